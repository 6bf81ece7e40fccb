//! T1 to T3: nothing that was answered is lost, nothing is repeated in silence, what is said of a message is so.

use std::collections::BTreeMap;

use answerback::store::page::Paging;
use answerback::store::{Message, MessageFilter};
use answerback::terms::{AttemptState, PartState, Policy};

use crate::sim::Sim;

/// T1: whoever was told 202 finds the answer again, and so what it names.
pub(super) fn answered_is_on_disk(sim: &Sim) -> Result<(), String> {
    for (number, _) in sim.office.requests().iter().enumerate().filter(|(_, request)| request.told) {
        let kept = sim.read(|reader| reader.first_answer("office", &format!("request-{number}")));
        if !kept.is_ok_and(|kept| kept.is_some()) {
            return Err(format!("request {number} was answered 202 and is not on disk"));
        }
    }
    Ok(())
}

/// Every message, newest first.
pub(super) fn messages(sim: &Sim) -> Vec<Message> {
    sim.read(|reader| reader.messages(&MessageFilter::default(), Paging::newest(1_000))).map(|page| page.items).unwrap_or_default()
}

/// L1: what the network took has an attempt of the same PDU on disk; so many submissions, at least so many attempts.
pub(super) fn taken_has_an_attempt(sim: &Sim) -> Result<(), String> {
    let mut taken: BTreeMap<(String, String), u32> = BTreeMap::new();
    for pdu in sim.world().network().taken() {
        *taken.entry((pdu.to.clone(), pdu.text.clone().unwrap_or_default())).or_default() += 1;
    }
    let mut attempts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for message in messages(sim) {
        let rows = sim.read(|reader| reader.attempts_of(message.id)).unwrap_or_default();
        for part in sim.read(|reader| reader.parts_of(message.id)).unwrap_or_default() {
            let text = at_commands::pdu::Submit::decode(&part.pdu, at_commands::pdu::Smsc::Absent).ok().and_then(|submit| submit.text());
            let count = rows.iter().filter(|row| row.part == part.key && row.state != AttemptState::Aborted).count();
            *attempts.entry((message.to.e164().to_owned(), text.unwrap_or_default())).or_default() += count as u32;
        }
    }
    for (key, count) in taken {
        let rows = attempts.get(&key).copied().unwrap_or(0);
        if count > rows {
            return Err(format!("the network took {count} times {:?} to {}, the box knows of {rows}", key.1, key.0));
        }
    }
    Ok(())
}

/// T2: a part has a second attempt only after a definite no, or marked, or by a person's word; `once` never by itself.
pub(super) fn no_silent_twice(sim: &Sim) -> Result<(), String> {
    for message in messages(sim) {
        let rows = sim.read(|reader| reader.attempts_of(message.id)).unwrap_or_default();
        for part in sim.read(|reader| reader.parts_of(message.id)).unwrap_or_default() {
            let mut may_be_out = false;
            for row in rows.iter().filter(|row| row.part == part.key) {
                if may_be_out && !row.again {
                    return Err(format!("attempt {} of {} may be the second on air and is not marked", row.id, message.id));
                }
                if may_be_out && message.policy == Policy::Once && !sim.human_acts().contains(&message.id) {
                    return Err(format!("{} has policy once and went out again without a person", message.id));
                }
                may_be_out |= matches!(row.state, AttemptState::Attempting | AttemptState::InDoubt | AttemptState::Submitted);
            }
        }
    }
    Ok(())
}

/// At rest nothing is claimed, nothing is being attempted, nothing that could leave waits.
pub(super) fn nothing_in_hand(sim: &Sim) -> Result<(), String> {
    let open = sim.read(|reader| reader.open_attempts()).unwrap_or_default();
    if let Some(attempt) = open.first() {
        return Err(format!("attempt {} of {} is still open", attempt.id, attempt.part.message));
    }
    for message in messages(sim) {
        for part in sim.read(|reader| reader.parts_of(message.id)).unwrap_or_default() {
            let stuck = match part.state {
                PartState::Claimed => true,
                PartState::Queued => part.due_at <= sim.now(),
                PartState::InDoubt => true,
                PartState::Submitted
                | PartState::Delivered
                | PartState::Parked
                | PartState::Failed
                | PartState::Expired
                | PartState::Withdrawn => false,
            };
            if stuck {
                return Err(format!("part {} of {} is {:?} at rest", part.key.seq, message.id, part.state));
            }
        }
    }
    Ok(())
}
