//! L2. Everything that outlives the process: one SQLite file, one writer, many readers. The only place with SQL.
//!
//! The logic is plain synchronous methods on [`Reader`] and [`Tx`], one statement each, callable without a thread;
//! [`Writer`] adds group commit and the promise that nobody is answered before COMMIT. It calls nothing above itself.

mod api_key;
mod attempt;
mod audit;
mod balance;
mod call;
mod calling;
mod clock_jump;
mod columns;
mod consent;
mod delivery;
mod endpoint;
mod error;
mod event;
mod evidence;
mod flow_revision;
mod held_answer;
mod idempotency;
mod inbound;
mod inbound_part;
mod life;
mod link;
mod message;
mod migrate;
mod modem;
mod note;
mod overview;
pub mod page;
mod part;
mod person;
mod pin;
mod place;
mod question;
mod queue_count;
mod readers;
mod recovery;
mod report;
mod ring;
mod row;
mod selftest;
mod session;
mod setting;
mod signal;
mod signal_day;
mod sim_away;
mod smsc_clock;
mod tally;
mod task;
#[cfg(test)]
mod tests;
mod thread;
mod timer;
mod tx;
mod ussd;
mod watch;
mod webhook;
mod writer;

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

pub use api_key::ApiKey;
pub use attempt::{Attempt, NewAttempt};
pub use audit::{AuditRow, Decision};
pub use balance::Balance;
pub use call::Call;
pub use calling::Calling;
pub use clock_jump::{ClockJump, Newest};
pub use consent::ConsentRow;
pub use delivery::{Delivery, DeliveryState};
pub use endpoint::EndpointRow;
pub use error::{Error, Result};
pub use event::{EVENTS_MAX, Event, NewEvent};
pub use evidence::Evidence;
pub use flow_revision::FlowRevision;
pub use idempotency::FirstAnswer;
pub use inbound::{InboundRow, Verdict};
pub use inbound_part::InboundPart;
pub use life::Life;
pub use link::LinkRow;
pub use message::{Message, MessageFilter};
pub use modem::{Modem, ModemState, Sim};
pub use note::Note;
pub use overview::{ConversationHead, Overview};
pub use page::{Cursor, Page, Paging};
pub use part::{DuePart, Part, QueuePlace};
pub use person::Contact;
pub use pin::SimPin;
pub use place::{Place, Spot};
pub use queue_count::QueueCount;
pub use readers::Readers;
pub use recovery::{Recovery, RungRecord};
pub use report::Report;
pub use ring::{Ring, SimVoice};
pub use selftest::{SelfTest, SelfTestState};
pub use session::SessionFilter;
pub use signal::{SIGNAL_KEEP_MS, SIGNAL_STEP_MS, Signal};
pub use signal_day::{SIGNAL_DAYS_KEPT, SignalDay, SignalMonth};
pub use smsc_clock::SmscClockRow;
pub use tally::Tally;
pub use task::Task;
pub use thread::Said;
pub use timer::Timer;
pub use tx::{Reader, Tx};
pub use ussd::{Ussd, UssdKind, UssdState};
pub use watch::Changed;
pub use webhook::WebhookRow;
pub use writer::{Pulse, QUEUE_MAX, Queue, Writer};

use crate::committed::Committed;

/// Name of the database in the state directory.
pub const FILE: &str = "answerback.db";

/// Held for as long as the database is open: the kernel lets go of it when the process ends, however it ends.
const LOCK: &str = "answerback.lock";
/// It holds what people wrote, signing secrets and PINs: nobody but the daemon reads it.
const MODE: u32 = 0o600;
/// Readers and the writer of one file wait this long for each other.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Statements kept prepared on a connection: more than this layer has.
const STATEMENTS_MAX: usize = 256;

/// What [`Store::open`] found in its directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A database.
    Found,
    /// Nothing: the first start.
    New,
    /// No database, or one without content, where a daemon had been before.
    Anew,
}

/// One open database.
pub struct Store {
    connection: Connection,
    dir: Option<PathBuf>,
    origin: Origin,
    _lock: Option<File>,
}

impl Store {
    /// Opens the database of a state directory, makes it where there is none and brings it to this release's shape.
    pub fn open(dir: &Path) -> Result<Self> {
        let unusable = |cause: String| Error::Directory { dir: dir.to_owned(), cause };
        std::fs::create_dir_all(dir).map_err(|cause| unusable(cause.to_string()))?;
        let been_here = dir.join(LOCK).exists();
        let lock = lock(dir)?;
        let file = dir.join(FILE);
        let origin = origin(&file, been_here)?;
        open_private(&file).map_err(|cause| unusable(cause.to_string()))?;
        let connection = Connection::open(&file).map_err(|cause| unusable(cause.to_string()))?;
        let mut store = Self { connection, dir: Some(dir.to_owned()), origin, _lock: Some(lock) };
        store.prepare(&file.display().to_string()).map_err(|error| match error {
            // A directory that can be read and not written opens, and fails at the first write.
            Error::Sqlite(cause) => unusable(cause),
            other => other,
        })?;
        Ok(store)
    }

    /// A database in memory, for tests, the sandbox and the simulation.
    pub fn in_memory() -> Result<Self> {
        let mut store = Self { connection: Connection::open_in_memory()?, dir: None, origin: Origin::New, _lock: None };
        store.prepare("the database in memory")?;
        Ok(store)
    }

    fn prepare(&mut self, file: &str) -> Result<()> {
        let connection = &mut self.connection;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What a savepoint may have to put back lies in memory: a disk has better things to do.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        keep_statements(connection)?;
        migrate::migrate(connection, file)?;
        queue_count::keep(connection)
    }

    /// The directory it was opened in; `None` in memory.
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// What was there before it was opened.
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// One job in a transaction of its own, without the writer thread.
    pub fn transact<T, E: From<Error>>(
        &mut self,
        job: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<Committed<T>, E> {
        self.word("BEGIN IMMEDIATE")?;
        let answer = job(&mut Tx::on(&self.connection));
        match answer {
            Ok(value) => match self.word("COMMIT") {
                Ok(()) => Ok(Committed::after_commit(value)),
                Err(error) => {
                    self.rollback();
                    Err(error.into())
                }
            },
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    /// Reads without the reader threads.
    pub fn read<T>(&self, read: impl FnOnce(&Reader<'_>) -> T) -> T {
        read(&Reader::on(&self.connection))
    }

    /// Caps the file at so many pages of 4 KiB from now on: how a full disk is tested.
    pub fn limit_pages(&self, pages_max: u32) -> Result<()> {
        self.connection.pragma_update(None, "max_page_count", pages_max)?;
        Ok(())
    }

    /// How many pages of 4 KiB the file has.
    pub fn pages(&self) -> Result<u32> {
        Ok(self.connection.pragma_query_value(None, "page_count", |row| row.get(0))?)
    }

    /// Steps of SQLite's machine that something takes: what it costs, whatever else the machine does.
    #[cfg(test)]
    pub(crate) fn count_steps<E>(&mut self, work: impl FnOnce(&mut Self) -> std::result::Result<(), E>) -> std::result::Result<u64, E> {
        use std::sync::atomic::{AtomicU64, Ordering};
        let steps = std::sync::Arc::new(AtomicU64::new(0));
        let seen = std::sync::Arc::clone(&steps);
        let count = move || {
            seen.fetch_add(1, Ordering::Relaxed);
            false
        };
        self.connection.progress_handler(1, Some(count)).expect("a handler");
        let done = work(self);
        self.connection.progress_handler(0, None::<fn() -> bool>).expect("no handler");
        done.map(|()| steps.load(Ordering::Relaxed))
    }

    /// Whether the file is what SQLite wrote; the words of `PRAGMA quick_check` where it is not.
    pub fn check(&self) -> Result<()> {
        let words: String = self.connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if words == "ok" { Ok(()) } else { Err(Error::Corrupt(words)) }
    }

    /// From now on COMMIT leaves the log alone, and answers how many pages it has by then. SQLite would bring a long log into the
    /// file inside the COMMIT that makes it long, and one text in fifty would wait for a thousand pages of others.
    fn count_log(&mut self) -> Result<Arc<AtomicU32>> {
        let pages = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&pages);
        let count = move |_: &mut Wal, pages: i32| {
            counted.store(pages.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        };
        self.connection.wal_hook(Some(count))?;
        Ok(pages)
    }

    /// Brings what lies in the log into the database file, so that a copy of that one file has everything. Closing the last
    /// connection does it too, but readers may outlive the writer.
    fn bring_in_log(&self) -> Result<()> {
        Ok(self.connection.pragma(None, "wal_checkpoint", "PASSIVE", |_| Ok(()))?)
    }

    /// A statement that neither takes nor answers anything, prepared once.
    fn word(&self, sql: &str) -> Result<()> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn rollback(&self) {
        // SQLite rolls back by itself on some errors; then there is nothing left to roll back and that is what we want.
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

/// SQLite takes an empty file for a new database and throws the log beside it away. Here the file is flushed before its log
/// begins, so an empty one beside a log was emptied or removed afterwards: what the log holds must not go too.
fn origin(file: &Path, been_here: bool) -> Result<Origin> {
    let log = file.with_file_name(format!("{FILE}-wal"));
    let octets = |path: &Path| path.metadata().map_or(0, |found| found.len());
    match (octets(file), octets(&log)) {
        (0, 0) => Ok(if been_here { Origin::Anew } else { Origin::New }),
        (0, _) => Err(Error::Corrupt(format!("{} is empty or gone, and its log {FILE}-wal is not", file.display()))),
        (_, _) => Ok(Origin::Found),
    }
}

fn lock(dir: &Path) -> Result<File> {
    let unusable = |cause: String| Error::Directory { dir: dir.to_owned(), cause };
    let file = open_private(&dir.join(LOCK)).map_err(|cause| unusable(cause.to_string()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse { dir: dir.to_owned() }),
        Err(TryLockError::Error(cause)) => Err(unusable(cause.to_string())),
    }
}

/// Opens a file, and makes it readable for its owner alone where there is none. SQLite gives its side files the same mode.
fn open_private(file: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(MODE).open(file)
}

/// A connection that only reads, to a file that a [`Store`] has prepared.
fn open_reader(dir: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(dir.join(FILE), flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Statements are prepared once. Without the planner's guarantee SQLite prepares many of them anew for each value that is
/// bound, in the hope of a better plan: each has the one it is written for.
fn keep_statements(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}
