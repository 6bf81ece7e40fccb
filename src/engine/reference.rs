//! The reference a text carries. Most modems put their own counter in its place; for one that does not, each text has to have
//! its own, or nobody can tell whose report comes. Where a self-test has shown that, a text sent again carries the reference of
//! its doubt, with "no duplicates" (W3, reliability.md section 2).
//!
//! A service centre refuses a second text with the same reference to the same number while it holds the first. That proves
//! the first only where no other text may be the one it holds.

use super::{Reject, Work, stranded};
use crate::delivery::witness::Proved;
use crate::store::{self, Attempt, Message, Part, Reader, Sim};
use crate::terms::{AttemptState, Purpose};

/// What the last self-test of the modem with this SIM has shown; nothing where there was none.
pub(super) fn proved(reader: &Reader<'_>, iccid: &str) -> store::Result<Proved> {
    let modem = reader.modems()?.into_iter().find(|modem| modem.iccid.as_deref() == Some(iccid));
    let Some(imei) = modem.and_then(|modem| modem.imei) else { return Ok(Proved::default()) };
    Ok(reader.findings_of(iccid, &imei)?.map(|findings| findings.proved()).unwrap_or_default())
}

/// A part that this SIM takes, with the reference it is to carry.
pub(super) fn given(work: &mut Work<'_, '_>, part: Part, message: &Message, sim: &Sim) -> Result<Part, Reject> {
    let is_test = message.purpose == Purpose::Proof;
    if is_test && part.no_duplicate {
        // The second text of a self-test tries what nobody knows yet.
        return Ok(part);
    }
    if !is_test
        && proved(work.tx, &sim.iccid)?.mr_honoured
        && let Some(mr) = doubted(work, &part, &sim.iccid)?
        && !work.tx.may_hold_another(&sim.iccid, mr, &part)?
    {
        return Ok(Part { mr_given: Some(mr), no_duplicate: true, ..part });
    }
    Ok(Part { mr_given: Some(next(work, sim)?), no_duplicate: false, ..part })
}

/// The reference that should come back: the one that was given, where that is known to go out; else the next of the modem's own.
pub(super) fn expected(reader: &Reader<'_>, part: &Part, sim: &Sim) -> store::Result<Option<u8>> {
    let next = sim.mr_last.map(|mr| mr.wrapping_add(1));
    let honoured = part.mr_given.is_some() && proved(reader, &sim.iccid)?.mr_honoured;
    Ok(if honoured { part.mr_given } else { next })
}

/// The reference of the youngest attempt in doubt that was given one on this SIM.
fn doubted(work: &Work<'_, '_>, part: &Part, iccid: &str) -> Result<Option<u8>, Reject> {
    let of_it = |attempt: &Attempt| attempt.part == part.key && stranded::is_of(attempt, part);
    let in_doubt = |attempt: &Attempt| of_it(attempt) && attempt.sim == iccid && attempt.state == AttemptState::InDoubt;
    let attempts = work.tx.attempts_of(part.key.message)?;
    Ok(attempts.iter().rev().find(|attempt| in_doubt(attempt)).and_then(|attempt| attempt.mr_given))
}

/// One that neither the last texts have, nor one in hand, nor one in doubt: behind a text that was sent again with its old reference
/// those that come next may just have been used.
fn next(work: &Work<'_, '_>, sim: &Sim) -> Result<u8, Reject> {
    let claimed = work.tx.claimed_parts(Some(&sim.iccid))?.into_iter().filter_map(|part| part.mr_given);
    let doubts = work.tx.attempts_in_doubt(&sim.iccid)?.into_iter().filter_map(|attempt| attempt.mr_given);
    let taken: Vec<u8> = claimed.chain(doubts).collect();
    let first = sim.mr_last.unwrap_or_default().wrapping_add(1);
    for mr in (0..=u8::MAX).map(|step| first.wrapping_add(step)).filter(|mr| !taken.contains(mr)) {
        if !work.tx.was_just_used(&sim.iccid, mr)? {
            return Ok(mr);
        }
    }
    Ok(first)
}
