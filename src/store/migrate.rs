//! Brings a database file to the shape this program knows: numbered files, each in one transaction, counted by
//! `PRAGMA user_version`. A file from a newer release is refused, and one that has tables and no number; a shipped migration
//! is never edited.

use rusqlite::Connection;

use super::error::{Error, Result};

/// Every migration in order; the first makes version 1.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_init.sql")];

/// The version of a database that has them all.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Runs what is missing.
pub(super) fn migrate(connection: &mut Connection, file: &str) -> Result<()> {
    let found = version(connection)?;
    if found > VERSION {
        return Err(Error::Newer { file: file.to_owned(), theirs: found, ours: VERSION });
    }
    // Each migration and its number are one transaction: a power cut leaves both or neither.
    if found == 0 && has_tables(connection)? {
        return Err(Error::Unfinished { file: file.to_owned() });
    }
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let step = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", index as i64 + 1)?;
        step.commit()?;
    }
    Ok(())
}

/// The first migration, for tests.
#[cfg(test)]
pub(super) const fn first() -> &'static str {
    MIGRATIONS[0]
}

fn has_tables(connection: &Connection) -> Result<bool> {
    // Counts changes of the tables; a new file has had none.
    Ok(connection.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))? > 0)
}

fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
