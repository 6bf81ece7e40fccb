//! [`Writer`]: the one thread that writes. It takes what waits (at most [`BATCH_MAX`] jobs, the modems' first), runs
//! each in a savepoint, commits once and only then answers everybody: one fsync for many jobs.
//!
//! A job that fails or panics rolls back its own savepoint and nothing else. A COMMIT that fails answers everybody with
//! its error. The thread knows nothing of what the jobs do.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};

use super::Store;
use super::error::{Error, Result};
use super::queue_count::QueueCount;
use super::readers::Readers;
use super::tx::Tx;
use crate::committed::Committed;

/// Most jobs of one transaction: bounds how long the first of them waits for its answer.
pub const BATCH_MAX: usize = 64;
/// Most jobs that wait in one lane: beyond this a caller is told to come back.
pub const QUEUE_MAX: usize = 1024;

/// Pages in the log from which on it is brought into the database file when nobody waits, and even when somebody waits.
const LOG_LONG: u32 = 1000;
const LOG_MAX: u32 = 4000;

/// The two lanes in front of the writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Attempts and inbound texts: a modem waits for these.
    Modems,
    /// Everybody else.
    Others,
}

/// What a COMMIT changed, for those who wait for work. Counters only grow; `events` is the newest sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pulse {
    /// Newest event.
    pub events: i64,
    /// Grows when parts became due or free.
    pub parts: u64,
    /// Grows when an http step was queued.
    pub calls: u64,
    /// Grows when a timer was set.
    pub timers: u64,
    /// Grows when something is wanted of a modem besides texts, or has ended.
    pub errands: u64,
    /// Grows when settings, flows, endpoints, webhooks or keys changed.
    pub config: u64,
}

impl Pulse {
    fn add(&mut self, other: Self) {
        self.events = self.events.max(other.events);
        self.parts += other.parts;
        self.calls += other.calls;
        self.timers += other.timers;
        self.errands += other.errands;
        self.config += other.config;
    }
}

/// A handle to the writer. Clones share it; the thread ends when [`Writer::close`] is called.
#[derive(Clone)]
pub struct Writer {
    shared: Arc<Shared>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    work: Condvar,
    pulse: watch::Sender<Pulse>,
    /// How many parts wait in each lane, as of the last commit.
    lanes: Mutex<Arc<[QueueCount]>>,
    readers: Option<Readers>,
}

#[derive(Default)]
struct Waiting {
    modems: VecDeque<Job>,
    others: VecDeque<Job>,
    closed: bool,
    batches: u64,
}

/// A job answers through the closure it leaves behind, once it is known whether its batch was committed.
type Job = Box<dyn FnOnce(std::result::Result<&mut Tx<'_>, Error>) -> Outcome + Send>;
type Answer = Box<dyn FnOnce(Result<()>) + Send>;

struct Outcome {
    keep: bool,
    answer: Answer,
}

impl Writer {
    /// Starts the thread. Join the handle after [`Writer::close`].
    pub fn start(mut store: Store) -> Result<(Self, JoinHandle<()>)> {
        let log_pages = store.count_log()?;
        let (newest, lanes) = store.read(|reader| Ok::<_, Error>((reader.newest_event()?, reader.lanes()?)))?;
        let (pulse, _) = watch::channel(Pulse { events: newest, ..Pulse::default() });
        let readers = store.dir().map(|dir| Readers::of(dir.to_owned()));
        let shared = Arc::new(Shared { waiting: Mutex::default(), work: Condvar::new(), pulse, lanes: Mutex::new(lanes.into()), readers });
        let writer = Self { shared: Arc::clone(&shared) };
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || write(&store, &shared, &log_pages))
            .map_err(|cause| Error::Sqlite(format!("the writer thread did not start: {cause}")))?;
        Ok((writer, thread))
    }

    /// Runs a job and answers after its COMMIT. What it returns as `Err` is rolled back.
    pub async fn run<T, E>(
        &self,
        lane: Queue,
        job: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let receiver = self.enqueue(lane, job)?;
        receiver.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }

    /// [`Writer::run`] for threads outside the async runtime.
    pub fn run_blocking<T, E>(
        &self,
        lane: Queue,
        job: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let receiver = self.enqueue(lane, job)?;
        receiver.blocking_recv().unwrap_or_else(|_| Err(Error::Panicked.into()))
    }

    /// Changes after every COMMIT that somebody may wait for.
    pub fn pulse(&self) -> watch::Receiver<Pulse> {
        self.shared.pulse.subscribe()
    }

    /// How many parts wait in each lane, as of the last commit.
    pub fn lanes(&self) -> Arc<[QueueCount]> {
        Arc::clone(&self.shared.lanes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Read-only connections to the same file; `None` for a database in memory, which has one connection only.
    pub fn readers(&self) -> Option<Readers> {
        self.shared.readers.clone()
    }

    /// How many batches were written: a watchdog asks for a job and sees this grow.
    pub fn batches(&self) -> u64 {
        self.lock().batches
    }

    /// How many jobs wait: at most 1,024 in each lane.
    pub fn waiting(&self) -> usize {
        let waiting = self.lock();
        waiting.modems.len() + waiting.others.len()
    }

    /// Takes no more jobs; the thread finishes those that wait and ends.
    pub fn close(&self) {
        self.lock().closed = true;
        self.shared.work.notify_all();
    }

    fn enqueue<T, E>(
        &self,
        lane: Queue,
        job: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<oneshot::Receiver<std::result::Result<Committed<T>, E>>, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            let result = tx.map_err(E::from).and_then(job);
            let keep = result.is_ok();
            let answer: Answer = Box::new(move |committed| {
                let answer = match (result, committed) {
                    (Ok(value), Ok(())) => Ok(Committed::after_commit(value)),
                    (Ok(_), Err(error)) => Err(error.into()),
                    (Err(error), _) => Err(error),
                };
                // Nobody waits any more: the change is committed all the same.
                let _ = sender.send(answer);
            });
            Outcome { keep, answer }
        });
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(Error::Closed.into());
        }
        let queue = match lane {
            Queue::Modems => &mut waiting.modems,
            Queue::Others => &mut waiting.others,
        };
        if queue.len() >= QUEUE_MAX {
            return Err(Error::Busy(queue.len()).into());
        }
        queue.push_back(job);
        drop(waiting);
        self.shared.work.notify_one();
        Ok(receiver)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread: until it is closed and nothing waits.
fn write(store: &Store, shared: &Shared, log_pages: &AtomicU32) {
    while let Some(batch) = next_batch(shared) {
        let pulse = run_batch(store, batch, &shared.lanes);
        let idle = {
            let mut waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.batches += 1;
            waiting.modems.is_empty() && waiting.others.is_empty()
        };
        if pulse != Pulse::default() {
            shared.pulse.send_modify(|all| all.add(pulse));
        }
        // Everybody has their answer by now. Where it fails, the log is whole, and the next batch tries again.
        let long = if idle { LOG_LONG } else { LOG_MAX };
        if log_pages.load(Ordering::Relaxed) >= long && store.bring_in_log().is_ok() {
            log_pages.store(0, Ordering::Relaxed);
        }
    }
    if let Err(error) = store.bring_in_log() {
        tracing::warn!(error = %error, "The newest commits stay in the log beside the database: {error}");
    }
}

fn next_batch(shared: &Shared) -> Option<Vec<Job>> {
    let mut waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let modems = waiting.modems.len().min(BATCH_MAX);
        let others = waiting.others.len().min(BATCH_MAX - modems);
        if modems + others > 0 {
            let mut batch: Vec<Job> = waiting.modems.drain(..modems).collect();
            batch.extend(waiting.others.drain(..others));
            return Some(batch);
        }
        if waiting.closed {
            return None;
        }
        waiting = shared.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
    }
}

/// One transaction, or more where SQLite gave one up in the middle (disk full): then those before it are told.
fn run_batch(store: &Store, batch: Vec<Job>, lanes: &Mutex<Arc<[QueueCount]>>) -> Pulse {
    let mut pulse = Pulse::default();
    let mut jobs = batch.into_iter().peekable();
    while jobs.peek().is_some() {
        let mut answers = Vec::new();
        let mut touched = Pulse::default();
        let committed = store.connection.execute_batch("BEGIN IMMEDIATE").map_err(Error::from).and_then(|()| {
            for job in jobs.by_ref() {
                let (answer, changed) = run_job(store, job);
                answers.extend(answer);
                touched.add(changed);
                if store.connection.is_autocommit() {
                    return Err(Error::Full);
                }
            }
            store.connection.execute_batch("COMMIT").map_err(Error::from)
        });
        match committed {
            Ok(()) => {
                pulse.add(touched);
                if touched.parts > 0 {
                    count(store, lanes);
                }
            }
            Err(ref error) => {
                tracing::error!(error = %error, jobs = answers.len(), "A batch was not committed: {error}");
                store.rollback();
                // BEGIN itself failed: nobody has run, and all who wait are told the same.
                if answers.is_empty() {
                    answers.extend(jobs.by_ref().map(|job| job(Err(error.clone())).answer));
                }
            }
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
    pulse
}

/// Who was answered finds what waits counted with what they did. Where the count fails, the one before stands: it is an estimate's.
fn count(store: &Store, lanes: &Mutex<Arc<[QueueCount]>>) {
    if let Ok(counted) = store.read(|reader| reader.lanes()) {
        *lanes.lock().unwrap_or_else(PoisonError::into_inner) = counted.into();
    }
}

/// One job in its savepoint. No answer is left where it panicked: the caller sees its channel close.
fn run_job(store: &Store, job: Job) -> (Option<Answer>, Pulse) {
    if let Err(error) = store.connection.execute_batch("SAVEPOINT job") {
        return (Some(job(Err(error.into())).answer), Pulse::default());
    }
    let mut tx = Tx::on(&store.connection);
    let outcome = catch_unwind(AssertUnwindSafe(|| job(Ok(&mut tx))));
    let touched = tx.touched();
    let kept = outcome.as_ref().is_ok_and(|outcome| outcome.keep);
    let end = if kept { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    // Where SQLite has given up the whole transaction there is no savepoint left; `run_batch` sees that.
    let ended = store.connection.is_autocommit() || store.connection.execute_batch(end).is_ok();
    match outcome {
        Ok(outcome) if ended => (Some(outcome.answer), if kept { touched } else { Pulse::default() }),
        Ok(outcome) => {
            tracing::error!("A savepoint did not end");
            (Some(Box::new(move |_| (outcome.answer)(Err(Error::Full)))), Pulse::default())
        }
        Err(_) => (None, Pulse::default()),
    }
}
