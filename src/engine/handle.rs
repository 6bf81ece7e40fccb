//! [`Engine`]: what the shells hold: the writer, the readers, the configuration and the clock, so that a handler can say
//! `engine.run(Queue::Others, |work| accept::message(work, request)).await`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::book::{Book, Shelf};
use super::wires::Wires;
use super::{Reject, Work};
use crate::chance::Os;
use crate::committed::Committed;
use crate::hooks::{Hooks, NoHooks, Point};
use crate::store::{self, Pulse, Queue, Reader, Readers, Tx, Writer};
use crate::time::{Clock, Steady, Timestamp};

/// A handle to everything below the shells. Clones share it.
#[derive(Clone)]
pub struct Engine {
    writer: Writer,
    readers: Readers,
    books: Arc<Shelf>,
    clock: Arc<Steady>,
    hooks: Arc<dyn Hooks>,
    wires: Wires,
}

impl Engine {
    /// Joins a writer and its readers; `None` for a writer in memory, which has no readers.
    pub fn new(writer: Writer, clock: Arc<dyn Clock>) -> Option<Self> {
        let readers = writer.readers()?;
        Some(Self {
            writer,
            readers,
            books: Arc::new(Shelf::default()),
            clock: Arc::new(Steady::new(clock)),
            hooks: Arc::new(NoHooks),
            wires: Wires::default(),
        })
    }

    /// The same, telling these hooks.
    pub fn with_hooks(self, hooks: Arc<dyn Hooks>) -> Self {
        Self { hooks, ..self }
    }

    /// What went over the modems' ports lately.
    pub fn wires(&self) -> &Wires {
        &self.wires
    }

    /// Tells the hooks.
    pub fn reached(&self, point: Point<'_>) {
        self.hooks.reached(point);
    }

    /// [`Engine::run`] for a job that has a name: the hooks are told in front of its COMMIT and behind it.
    pub async fn run_named<T: Send + 'static>(
        &self,
        name: &'static str,
        lane: Queue,
        job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static,
    ) -> Result<Committed<T>, Reject> {
        let hooks = Arc::clone(&self.hooks);
        let named = move |work: &mut Work<'_, '_>| {
            let answer = job(work)?;
            hooks.reached(Point::Written(name));
            Ok(answer)
        };
        let answer = self.run(lane, named).await?;
        self.reached(Point::Committed(name));
        Ok(answer)
    }

    /// Lets no doubt wait longer than this for a witness: tests and technicians have no three minutes.
    #[must_use]
    pub fn hurried(self, doubt_wait_max: Duration) -> Self {
        Self { books: Arc::new(Shelf::hurried(doubt_wait_max)), ..self }
    }

    /// Runs one thing that happens in the writer and answers after COMMIT.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Queue,
        job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static,
    ) -> Result<Committed<T>, Reject> {
        self.writer.run(lane, self.job(job)).await
    }

    /// [`Engine::run`] for threads outside the async runtime.
    pub fn run_blocking<T: Send + 'static>(
        &self,
        lane: Queue,
        job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static,
    ) -> Result<Committed<T>, Reject> {
        self.writer.run_blocking(lane, self.job(job))
    }

    /// Reads from the store on a blocking thread.
    pub async fn read<T: Send + 'static>(&self, read: impl FnOnce(&Reader<'_>) -> store::Result<T> + Send + 'static) -> store::Result<T> {
        self.readers.read(read).await
    }

    /// The configuration as it is committed now.
    pub async fn book(&self) -> store::Result<Arc<Book>> {
        let (books, now) = (Arc::clone(&self.books), self.now());
        self.readers.read(move |reader| books.book(reader, now)).await
    }

    /// Changes after every COMMIT that somebody may wait for.
    pub fn pulse(&self) -> watch::Receiver<Pulse> {
        self.writer.pulse()
    }

    /// How many parts wait in each lane.
    pub fn lanes(&self) -> Arc<[store::QueueCount]> {
        self.writer.lanes()
    }

    /// The writer, for the rows that have no rules of their own: deliveries and cursors.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The readers.
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// The time of the box.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clocks.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::<Steady>::clone(&self.clock)
    }

    /// The time of the box, to be moved.
    pub fn steady(&self) -> Arc<Steady> {
        Arc::clone(&self.clock)
    }

    fn job<T>(
        &self,
        job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static,
    ) -> impl FnOnce(&mut Tx<'_>) -> Result<T, Reject> + Send + 'static {
        let (books, clock) = (Arc::clone(&self.books), Arc::clone(&self.clock));
        move |tx| {
            let now = clock.now();
            let book = books.book(tx, now)?;
            job(&mut Work { tx, now, chance: &mut Os, book: &book })
        }
    }
}
