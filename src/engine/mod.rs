//! L3. One file per thing that happens, each run inside one write transaction.
//!
//! `fn x(work: &mut Work, request) -> Result<Answer, Reject>`: what was changed before a `Reject` is rolled back. Nothing
//! leaves the box from here; the shells act on what was committed.

pub mod accept;
pub mod book;
pub mod configure;
pub mod consent;
pub mod doubt;
mod emit;
pub mod fleet;
mod handle;
pub mod idempotent;
mod outgoing;
pub mod queue;
mod reject;
pub mod report;
mod settle;
pub mod submit;

pub use book::{Book, Shelf};
pub use handle::Engine;
pub use reject::Reject;

use crate::chance::Chance;
use crate::store::Tx;
use crate::time::Timestamp;

/// What every function here works with.
pub struct Work<'w, 'c> {
    /// The transaction.
    pub tx: &'w mut Tx<'c>,
    /// The wall clock, read once for the whole job.
    pub now: Timestamp,
    /// Where ids, tokens and keys come from.
    pub chance: &'w mut dyn Chance,
    /// The configuration.
    pub book: &'w Book,
}
