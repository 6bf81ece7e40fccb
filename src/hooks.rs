//! Named points of the daemon's life. The product does nothing there; the tests of whole processes cut its power at one.

/// Where the daemon has come to. The words name a job or a kind of request.
#[derive(Clone, Copy)]
pub enum Point<'a> {
    /// The database is open; what the last run left is as it was.
    Opened,
    /// Everything is served.
    Serving,
    /// The rows of this job are written and its transaction is open: nothing of it is on disk.
    Written(&'static str),
    /// This job is on disk, and nobody has heard of it.
    Committed(&'static str),
    /// These octets are about to go to a modem.
    Writes(&'a [u8]),
    /// They have gone.
    Wrote(&'a [u8]),
    /// A request of this kind has its answer, or will have none, and nothing of that is on disk.
    Answered(&'static str),
}

/// Who is told.
pub trait Hooks: Send + Sync {
    /// The daemon has come to this point.
    fn reached(&self, point: Point<'_>);
}

/// Hooks that do nothing: the product's.
pub struct NoHooks;

impl Hooks for NoHooks {
    fn reached(&self, _: Point<'_>) {}
}
