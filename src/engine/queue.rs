//! The outbox as the scheduler sees it.

use crate::delivery::route::SimWish;
use crate::delivery::schedule::WaitingPart;
use crate::store::{self, DuePart, Reader};
use crate::time::Timestamp;

/// Most parts of each SIM's lane that the scheduler looks at in one round: with so many in front of it, a part has time.
pub const WAITING_MAX: u32 = 100;

/// The parts that may leave now, most urgent first, then oldest.
pub fn waiting(reader: &Reader<'_>, now: Timestamp) -> store::Result<Vec<WaitingPart>> {
    Ok(reader.due_parts(now, WAITING_MAX)?.into_iter().map(view).collect())
}

/// When the queue changes by itself next: a pause ends, a doubt's wait is over.
pub fn next_change(reader: &Reader<'_>, now: Timestamp) -> store::Result<Option<Timestamp>> {
    reader.next_part_due(now)
}

fn view(part: DuePart) -> WaitingPart {
    let sim = match (part.begun_on, part.sim) {
        (Some(begun_on), _) => SimWish::Only(begun_on),
        (None, Some(sim)) if part.sim_only => SimWish::Only(sim),
        (None, Some(sim)) => SimWish::Prefer(sim),
        (None, None) => SimWish::Any,
    };
    WaitingPart {
        part: part.key,
        rank: part.rank,
        accepted_at: part.queued_at,
        not_before: Some(part.due_at),
        expires_at: part.expires_at,
        sim,
    }
}
