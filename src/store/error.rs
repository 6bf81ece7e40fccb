//! What can go wrong below: one type that answers "can we go on?".

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No room on the disk: inbound texts stay on the modem, new sends are refused.
    #[error("the disk is full: free space in the state directory; nothing that was accepted is lost")]
    Full,
    /// The file is not what SQLite wrote.
    #[error("the database is damaged ({0}): stop the daemon, keep its files, restore the newest backup")]
    Corrupt(String),
    /// The writer has stopped.
    #[error("the store is closed: the daemon is stopping")]
    Closed,
    /// The queue in front of the writer is full.
    #[error("the store has {0} jobs waiting: try again in a moment")]
    Busy(usize),
    /// The file cannot be used at this moment: another process reads it for long, or the disk hangs.
    #[error("the database cannot be used at this moment ({0}): try again in a moment; see the disk's health if it stays so")]
    Later(String),
    /// A job panicked; its changes were rolled back, its neighbours' were not.
    #[error("a change failed inside the program and was rolled back; the log has the place")]
    Panicked,
    /// The database was written by a newer release.
    #[error("{file} has version {theirs}, this program reads up to {ours}: install the release that wrote it or restore an older backup")]
    Newer {
        /// The file.
        file: String,
        /// Its version.
        theirs: i64,
        /// The version this program knows.
        ours: i64,
    },
    /// There are tables and no version: the making of the file was broken off, or it belongs to another program.
    #[error(
        "{file} has tables and no version: another program made it, or it was never finished; keep it, and restore the newest backup or move it away with its -wal to begin anew"
    )]
    Unfinished {
        /// The file.
        file: String,
    },
    /// The state directory cannot be used.
    #[error("{}: {cause}; the user of the daemon must own this directory and be able to write in it", dir.display())]
    Directory {
        /// Which.
        dir: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// Another process has the database: two daemons on one outbox would send everything twice.
    #[error("{} is in use by another answerback; stop that one first, or give this one a directory of its own", dir.display())]
    InUse {
        /// Which.
        dir: PathBuf,
    },
    /// A row holds what no row should.
    #[error("column {column} of a row cannot be read: {cause}")]
    Row {
        /// Which column.
        column: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A change that the tables do not allow: it alone was undone, the transaction stands.
    #[error("the tables do not allow this: {0}")]
    Constraint(String),
    /// Anything else that SQLite says.
    #[error("SQLite: {0}")]
    Sqlite(String),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(failure, words) => match failure.code {
                ErrorCode::DiskFull => Self::Full,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt(words.clone().unwrap_or_else(|| failure.to_string())),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => {
                    Self::Later(words.clone().unwrap_or_else(|| failure.to_string()))
                }
                ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch => Self::Constraint(error.to_string()),
                // The list of SQLite's codes is SQLite's; each of the others is told in its own words.
                _ => Self::Sqlite(error.to_string()),
            },
            rusqlite::Error::FromSqlConversionFailure(column, _, cause) => {
                Self::Row { column: column.to_string(), cause: cause.to_string() }
            }
            rusqlite::Error::InvalidColumnType(_, column, found) => {
                Self::Row { column: column.clone(), cause: format!("it holds {found}") }
            }
            rusqlite::Error::IntegralValueOutOfRange(column, value) => {
                Self::Row { column: column.to_string(), cause: format!("{value} is out of range") }
            }
            // rusqlite's enum is open; its own words are the best there are.
            _ => Self::Sqlite(error.to_string()),
        }
    }
}

/// What the functions of this layer answer.
pub type Result<T> = std::result::Result<T, Error>;
