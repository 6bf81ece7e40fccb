//! Brings a database file to the shape this program knows: numbered files, each in one transaction, counted by
//! `PRAGMA user_version`. A file from a newer release is refused; a shipped migration is never edited.

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
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let step = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", index as i64 + 1)?;
        step.commit()?;
    }
    Ok(())
}

fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
