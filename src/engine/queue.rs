//! The outbox as the scheduler sees it.

use std::time::Duration;

use super::{Reject, Work, submit, usage};
use crate::delivery::route::{Asks, Barred, ModemView, SimWish};
use crate::delivery::schedule::{self, Claim, WaitingPart};
use crate::modem::io::Submission;
use crate::store::{self, DuePart, Reader, Sim};
use crate::time::Timestamp;

/// Most parts of each SIM's lane that the scheduler looks at in one round: with so many in front of it, a part has time.
pub const WAITING_MAX: u32 = 100;

/// A modem that can receive nothing will not learn it soon: a question waits for no such SIM.
const MUTE_FOR: Duration = Duration::from_hours(1);

/// The parts that may leave now, most urgent first, then oldest.
pub fn waiting(reader: &Reader<'_>, now: Timestamp) -> store::Result<Vec<WaitingPart>> {
    let (held, mute) = (reader.held_sims(now)?, reader.mute_sims()?);
    let seen = |part: DuePart| {
        let mut barred = barred(reader, &held, &part, now)?;
        if part.asks {
            barred.extend(mute.iter().map(|iccid| Barred { iccid: iccid.clone(), until: now.plus(MUTE_FOR) }));
        }
        Ok(view(part, barred))
    };
    reader.due_parts(now, WAITING_MAX)?.into_iter().map(seen).collect()
}

/// When the queue changes by itself next: a pause ends, a SIM at its cap has room again.
pub fn next_change(reader: &Reader<'_>, now: Timestamp) -> store::Result<Option<Timestamp>> {
    let room = reader.held_sims(now)?.iter().filter_map(|sim| usage::room_at(sim, now)).min();
    Ok(reader.next_part_due(now)?.into_iter().chain(room).min())
}

/// The SIMs at their cap that a part may not leave on.
fn barred(reader: &Reader<'_>, held: &[Sim], part: &DuePart, now: Timestamp) -> store::Result<Vec<Barred>> {
    let mut barred = Vec::new();
    for sim in held {
        if let Some(by) = usage::bar(reader, sim, part.passes, &part.to, now)? {
            barred.push(Barred { iccid: sim.iccid.clone(), until: by.until });
        }
    }
    Ok(barred)
}

/// Claims in one transaction what the scheduler chooses. A part that cannot be claimed must not stand in the way of the next; of
/// those that are put off until the morning one transaction sees a bounded number, and its COMMIT wakes the dispatcher for more.
pub fn claim(work: &mut Work<'_, '_>, views: &[ModemView]) -> Result<Vec<(Claim, Submission)>, Reject> {
    let mut free: Vec<ModemView> = views.to_vec();
    let (mut claimed, mut passed) = (Vec::new(), Vec::new());
    let mut parts = waiting(work.tx, work.now)?;
    loop {
        let next = schedule::next(&parts, &free, work.now);
        if next.is_empty() || passed.len() >= WAITING_MAX as usize {
            return Ok(claimed);
        }
        let before = claimed.len();
        for claim in next {
            match submit::claim(work, &claim.part, &claim.iccid) {
                Ok(Some(submission)) => {
                    let rank = parts.iter().find(|part| part.part == claim.part).map(|part| part.rank);
                    let taken = free.iter_mut().filter(|modem| modem.imei == claim.imei);
                    taken.for_each(|modem| (modem.busy, modem.in_hand) = (true, rank));
                    claimed.push((claim, submission));
                }
                // Put off until the morning: it is not due any more, and the next one may go.
                Ok(None) => passed.push(claim.part),
                Err(reject) if reject.cause.is_some() => return Err(reject),
                Err(reject) => {
                    tracing::error!(part = ?claim.part, %reject, "A part cannot be claimed: {reject}");
                    passed.push(claim.part);
                }
            }
        }
        if claimed.len() > before {
            // Read anew: a part that was just claimed binds the SIM of its message.
            parts = waiting(work.tx, work.now)?;
        }
        parts.retain(|part| !passed.contains(&part.part));
    }
}

/// What a part asks of its SIM.
pub(super) fn wish(part: &DuePart) -> SimWish {
    match (&part.begun_on, &part.sim) {
        (Some(begun_on), _) => SimWish::Only(begun_on.clone()),
        (None, Some(sim)) if part.sim_only => SimWish::Only(sim.clone()),
        (None, Some(sim)) => SimWish::Prefer(sim.clone()),
        (None, None) => SimWish::Any,
    }
}

fn view(part: DuePart, barred: Vec<Barred>) -> WaitingPart {
    let sim = wish(&part);
    WaitingPart {
        part: part.key,
        rank: part.rank,
        accepted_at: part.queued_at,
        n: part.n,
        not_before: None,
        expires_at: part.expires_at,
        asks: Asks { sim, barred, refused_by: part.refused_by },
    }
}
