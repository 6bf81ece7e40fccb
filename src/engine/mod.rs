//! L3. One file per thing that happens, each run inside one write transaction.
//!
//! `fn x(work: &mut Work, request) -> Result<Answer, Reject>`: what was changed before a `Reject` is rolled back. Nothing
//! leaves the box from here; the shells act on what was committed.

pub mod accept;
pub mod advance;
mod apply;
pub mod at;
pub mod balance;
pub mod book;
pub mod call;
pub mod called;
pub mod clock;
pub mod configure;
pub mod consent;
pub mod danger;
mod digest;
pub mod doubt;
mod emit;
pub mod eta;
pub mod expire;
pub mod fleet;
mod handle;
pub mod happened;
mod held;
pub mod idempotent;
mod join;
pub mod json;
mod life;
pub mod link;
pub mod modems;
pub mod network_time;
mod office;
mod other_sim;
mod outgoing;
mod parked;
pub mod people;
mod person;
pub mod pin;
mod proof;
pub mod queue;
pub mod receive;
pub mod recovery;
mod reference;
pub mod rehearse;
mod reject;
pub mod report;
pub mod restart;
pub mod ring;
pub mod selftest;
pub mod session;
mod settle;
mod stranded;
pub mod submit;
#[cfg(test)]
mod tests;
pub mod told;
mod usage;
pub mod ussd;
pub mod verify;
pub mod voice;
mod whereabouts;
pub mod wires;

pub use book::{Book, Shelf};
pub use handle::Engine;
pub use reject::Reject;

use std::panic::{AssertUnwindSafe, catch_unwind};

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

impl Work<'_, '_> {
    /// Does something that may fail on its own, by a panic even: what it had changed is undone, the rest of the job goes on.
    fn apart<T>(&mut self, job: impl FnOnce(&mut Self) -> Result<T, Reject>) -> Result<Result<T, Reject>, Reject> {
        self.tx.begin_apart()?;
        // Whatever a panic left half done is in rows, and those are undone with the savepoint.
        let answer = catch_unwind(AssertUnwindSafe(|| job(self)))
            .unwrap_or_else(|_| Err(Reject::new("internal", "it failed inside the program; the log has the place")));
        // Where the store itself gave up there is nothing to go on with.
        if let Err(Reject { cause: Some(cause), .. }) = &answer {
            return Err(cause.clone().into());
        }
        self.tx.end_apart(answer.is_ok())?;
        Ok(answer)
    }
}
