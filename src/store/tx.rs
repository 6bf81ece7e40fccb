//! [`Reader`] and [`Tx`]: what every statement of this layer runs on. A `Tx` reads as a `Reader` does and also writes;
//! only the store makes one, inside a transaction.

use std::ops::Deref;

use rusqlite::{Connection, Params};

use super::error::Result;
use super::row::Row;
use super::writer::Pulse;

/// A connection to read with.
pub struct Reader<'c> {
    connection: &'c Connection,
}

impl<'c> Reader<'c> {
    pub(super) fn on(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// The first row of a query, if there is one.
    pub(super) fn one<T>(&self, sql: &str, params: impl Params, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        match rows.next()? {
            Some(row) => read(&Row::of(row)).map(Some),
            None => Ok(None),
        }
    }

    /// Every row of a query. The caller's SQL has a LIMIT or a bound by nature.
    pub(super) fn all<T>(&self, sql: &str, params: impl Params, mut read: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(&Row::of(row))?);
        }
        Ok(found)
    }

    /// A number that the query always answers with: a COUNT or a MAX with a default.
    pub(super) fn count(&self, sql: &str, params: impl Params) -> Result<i64> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
    }
}

/// A transaction under way: reads and writes. It ends with the store, never here.
pub struct Tx<'c> {
    reader: Reader<'c>,
    touched: Pulse,
}

impl<'c> Tx<'c> {
    pub(super) fn on(connection: &'c Connection) -> Self {
        Self { reader: Reader::on(connection), touched: Pulse::default() }
    }

    /// Runs one statement and answers how many rows it changed.
    pub(super) fn change(&mut self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.reader.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Inserts one row and answers its row number.
    pub(super) fn insert(&mut self, sql: &str, params: impl Params) -> Result<i64> {
        Ok(self.reader.connection.prepare_cached(sql)?.insert(params)?)
    }

    /// Begins a part of the transaction that may fail on its own; [`Tx::end_apart`] must follow.
    pub fn begin_apart(&mut self) -> Result<()> {
        self.word("SAVEPOINT apart")
    }

    /// Keeps or undoes what was done since [`Tx::begin_apart`].
    pub fn end_apart(&mut self, keep: bool) -> Result<()> {
        if !keep {
            self.word("ROLLBACK TO apart")?;
        }
        self.word("RELEASE apart")
    }

    /// A statement that neither takes nor answers anything, prepared once.
    fn word(&mut self, sql: &str) -> Result<()> {
        self.change(sql, []).map(drop)
    }

    /// Who has to be woken after COMMIT.
    pub(super) fn touch(&mut self) -> &mut Pulse {
        &mut self.touched
    }

    pub(super) fn touched(&self) -> Pulse {
        self.touched
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = Reader<'c>;

    fn deref(&self) -> &Reader<'c> {
        &self.reader
    }
}
