//! T3: what is said of a message is so, by the network's own log.

use std::collections::BTreeSet;

use answerback::store::{Evidence, Part};
use answerback::terms::{AttemptState, Certainty, PartState, Purpose};
use at_commands::pdu::{Status, StatusClass};

use super::ledger::{Life, Submission};
use crate::emulator::network::Fate;

/// Every part: on air only if it was taken, delivered or failed only if a report of its own PDU said so.
pub(super) fn parts_are_true(life: &Life, fates: &[Fate], persons: usize) -> Result<(), String> {
    for part in &life.parts {
        let taken: Vec<&Submission> = life.taken.iter().filter(|one| one.seq == part.key.seq).collect();
        on_air(part, &taken, persons)?;
        let said: Vec<Status> =
            taken.iter().filter_map(|one| fates.get(one.place)).flat_map(|fate| &fate.said).map(|st| Status::new(*st)).collect();
        let (name, of) = (part.key.seq, part.key.message);
        if part.state == PartState::Delivered && !said.iter().any(|status| status.is_delivered()) {
            return Err(format!("part {name} of {of} is delivered and no report of it said so"));
        }
        let failed = |status: &Status| matches!(status.class(), StatusClass::Failed | StatusClass::GaveUp);
        if part.state == PartState::Failed && part.submitted_at.is_some() && !said.iter().any(failed) {
            return Err(format!("part {name} of {of} has failed on air and no report of it said so"));
        }
    }
    Ok(())
}

fn on_air(part: &Part, taken: &[&Submission], persons: usize) -> Result<(), String> {
    let (name, of) = (part.key.seq, part.key.message);
    if persons > 0 {
        // A person may take it as sent.
        return Ok(());
    }
    if part.submitted_at.is_some() && taken.is_empty() {
        return Err(format!("part {name} of {of} is submitted and the network never took it"));
    }
    match part.mr {
        Some(mr) if !taken.iter().any(|one| one.mr == mr) => Err(format!(
            "part {name} of {of} left as MR {mr} and the network took {:?}",
            taken.iter().map(|one| one.mr).collect::<Vec<_>>()
        )),
        Some(_) | None => Ok(()),
    }
}

/// Every attempt: a proof is of its own PDU, and a definite no is so.
pub(super) fn attempts_are_true(life: &Life, misled: bool) -> Result<(), String> {
    for attempt in &life.attempts {
        let taken = life.taken.iter().find(|one| one.attempt == attempt.id);
        let (id, of) = (attempt.id, life.message.id);
        match (attempt.state, taken) {
            (AttemptState::Submitted, None) if !misled => {
                return Err(format!("attempt {id} of {of} is submitted and the network never took it"));
            }
            (AttemptState::Submitted, Some(one)) if attempt.mr.is_some_and(|mr| mr != one.mr) => {
                return Err(format!("attempt {id} of {of} has MR {:?} and the network took MR {}", attempt.mr, one.mr));
            }
            (AttemptState::Refused | AttemptState::Aborted, Some(_)) => {
                return Err(format!("attempt {id} of {of} is {:?} and the network took it", attempt.state));
            }
            // Somebody misled the box, or it is not known yet.
            (AttemptState::Submitted | AttemptState::Attempting | AttemptState::InDoubt, _)
            | (AttemptState::Refused | AttemptState::Aborted, None) => {}
        }
    }
    Ok(())
}

/// W3: what the service centre refused as a duplicate, as the box asked it to, was taken before; the box was told (`refused`).
pub(super) fn duplicates_prove(life: &Life, refused: &BTreeSet<i64>, persons: usize) -> Result<(), String> {
    if persons > 0 || life.message.purpose == Purpose::Proof {
        return Ok(());
    }
    for attempt in life.attempts.iter().filter(|attempt| attempt.no_duplicate && refused.contains(&attempt.id)) {
        let part = life.parts.iter().find(|part| part.key == attempt.part);
        if part.is_some_and(|part| part.submitted_at.is_none()) {
            let (id, of) = (attempt.id, life.message.id);
            return Err(format!("attempt {id} of {of} was refused as a duplicate, and nobody says that the first was sent"));
        }
    }
    Ok(())
}

/// The message: "not sent" is said only of what the network never took, "refused" only where it never took a part that was
/// refused.
pub(super) fn certainty_is_true(life: &Life) -> Result<(), String> {
    let certainty = life.message.certainty();
    let open = life.attempts.iter().any(|attempt| attempt.state == AttemptState::Attempting);
    let refused = |seq: u8| life.parts.iter().any(|part| part.key.seq == seq && part.submitted_at.is_none());
    let untrue = match certainty {
        Certainty::NotSent => !life.taken.is_empty(),
        Certainty::Refused => life.taken.iter().any(|one| refused(one.seq)),
        Certainty::Submitted | Certainty::InDoubt => false,
    };
    match certainty {
        Certainty::NotSent | Certainty::Refused if !open && untrue => {
            let (id, state) = (life.message.id, life.message.state);
            Err(format!("{id} is {state:?}, its certainty {certainty:?}, and the network took {} of its PDUs", life.taken.len()))
        }
        Certainty::NotSent | Certainty::Refused | Certainty::Submitted | Certainty::InDoubt => Ok(()),
    }
}

/// A doubt says what it rests on.
pub(super) fn doubts_have_evidence(life: &Life, evidence: &[Evidence]) -> Result<(), String> {
    let shown = |id: i64| evidence.iter().any(|line| line.attempt == Some(id) && line.kind == "silence");
    match life.attempts.iter().find(|attempt| attempt.state == AttemptState::InDoubt && !shown(attempt.id)) {
        Some(attempt) => Err(format!("attempt {} of {} is in doubt and nothing says why", attempt.id, life.message.id)),
        None => Ok(()),
    }
}
