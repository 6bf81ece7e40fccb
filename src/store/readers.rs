//! [`Readers`]: a few read-only connections for everybody who only looks. They never wait for the writer (WAL).

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::error::{Error, Result};
use super::tx::Reader;

/// Enough for a handful of pages at once; more would only wait for the same disk.
const CONNECTIONS_MAX: usize = 4;

/// A pool of read-only connections. Clones share it.
#[derive(Clone)]
pub struct Readers {
    pool: Arc<Pool>,
}

struct Pool {
    dir: PathBuf,
    /// As many threads as there are connections: one that only waited for another would cost memory.
    threads: Arc<Semaphore>,
    idle: Mutex<Idle>,
    returned: Condvar,
}

struct Idle {
    connections: Vec<Connection>,
    made: usize,
}

impl Readers {
    pub(super) fn of(dir: PathBuf) -> Self {
        let idle = Mutex::new(Idle { connections: Vec::new(), made: 0 });
        let threads = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Self { pool: Arc::new(Pool { dir, threads, idle, returned: Condvar::new() }) }
    }

    /// Reads on a blocking thread.
    pub async fn read<T: Send + 'static>(&self, read: impl FnOnce(&Reader<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        let readers = self.clone();
        let turn = Arc::clone(&self.pool.threads).acquire_owned().await.map_err(|_| Error::Closed)?;
        let reading = move || {
            let _turn = turn;
            readers.read_blocking(read)
        };
        match tokio::task::spawn_blocking(reading).await {
            Ok(answer) => answer,
            Err(failed) if failed.is_panic() => Err(Error::Panicked),
            Err(_) => Err(Error::Closed),
        }
    }

    /// Reads on this thread; not for async code.
    pub fn read_blocking<T>(&self, read: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        let lent = self.lend()?;
        // One snapshot for all statements of one read.
        lent.connection().execute_batch("BEGIN")?;
        let answer = read(&Reader::on(lent.connection()));
        lent.connection().execute_batch("COMMIT")?;
        answer
    }

    fn lend(&self) -> Result<Lent<'_>> {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.connections.pop() {
                return Ok(Lent { pool: &self.pool, connection: Some(connection) });
            }
            if idle.made < CONNECTIONS_MAX {
                let connection = super::open_reader(&self.pool.dir)?;
                idle.made += 1;
                return Ok(Lent { pool: &self.pool, connection: Some(connection) });
            }
            idle = self.pool.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A connection that goes back to the pool by itself, also when the read panics.
struct Lent<'p> {
    pool: &'p Pool,
    connection: Option<Connection>,
}

impl Lent<'_> {
    fn connection(&self) -> &Connection {
        // Taken only by `drop`, after which nobody can call this.
        self.connection.as_ref().expect("a lent connection")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match self.connection.take() {
            // A read that panicked or failed may have left its snapshot open.
            Some(connection) if connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() => {
                idle.connections.push(connection);
            }
            Some(_) | None => idle.made -= 1,
        }
        drop(idle);
        self.pool.returned.notify_one();
    }
}
