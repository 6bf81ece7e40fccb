//! T1 and T2: nothing that was answered is lost, what has ended stays ended, nothing is repeated in silence.

use std::collections::BTreeMap;

use answerback::msisdn::{Country, Msisdn};
use answerback::terms::{AttemptState, MessageState, PartState, Policy, Purpose, Word as _};

use super::ledger::{Change, Life};
use crate::sim::Sim;
use crate::sim::office::{Ask, Said};

/// T1: whoever was told 202 finds the answer again.
pub(super) fn answer_is_on_disk(sim: &Sim, number: usize) -> Result<(), String> {
    let kept = sim.read(|reader| reader.first_answer("office", &format!("request-{number}")));
    if kept.is_ok_and(|kept| kept.is_some()) { Ok(()) } else { Err(format!("request {number} was answered 202 and is not on disk")) }
}

/// T1: what was answered is there.
pub(super) fn answered_is_on_disk(sim: &Sim, said: Option<&Said>) -> Result<(), String> {
    let messages = match said {
        Some(Said::Message(id)) => vec![*id],
        Some(Said::Session(id, messages)) => {
            if !sim.read(|reader| reader.session(*id)).is_ok_and(|session| session.is_some()) {
                return Err(format!("session {id} was answered 202 and is not on disk"));
            }
            messages.clone()
        }
        None => Vec::new(),
    };
    match messages.into_iter().find(|id| !sim.read(|reader| reader.message(*id)).is_ok_and(|message| message.is_some())) {
        Some(id) => Err(format!("{id} was answered 202 and is not on disk")),
        None => Ok(()),
    }
}

/// The number that a client means, in whatever form it is written.
fn dialled(to: &str) -> String {
    let number = Country::of("US").and_then(|country| Msisdn::parse(to, country).ok());
    number.map_or_else(|| to.to_owned(), |number| number.e164().to_owned())
}

/// A request is one message, however often it is sent.
pub(super) fn asked_is_made_once<'a>(asks: impl Iterator<Item = &'a Ask>, lives: impl Iterator<Item = &'a Life>) -> Result<(), String> {
    let mut left: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for ask in asks {
        if let Ask::Message(message) = ask {
            *left.entry((dialled(&message.to), message.text.expose())).or_default() += 1;
        }
    }
    for message in lives.map(|life| &life.message).filter(|message| message.purpose == Purpose::Plain) {
        match left.get_mut(&(message.to.e164().to_owned(), message.text.expose())) {
            Some(count) if *count > 0 => *count -= 1,
            Some(_) | None => return Err(format!("{} was made and nobody asked for it, or only once", message.id)),
        }
    }
    Ok(())
}

/// T1: one outcome. What has ended stays so, but for what a late report says.
pub(super) fn ends_once(change: &Change) -> Result<(), String> {
    let Some(before) = &change.before else { return Ok(()) };
    let (from, to) = (before.message.state, change.after.message.state);
    if from != to && !may_become(from, to) {
        return Err(format!("{} was {} and became {}", change.after.message.id, from.word(), to.word()));
    }
    for (was, is) in before.parts.iter().zip(&change.after.parts) {
        // An alarm whose SIM is gone is cut anew and sent whole.
        let whole_again = was.pdu != is.pdu && is.state == PartState::Queued && is.possibly_twice;
        if was.state != is.state && !whole_again && !part_may_become(was.state, was.submitted_at.is_some(), is.state) {
            let (was, state) = (was.state.word(), is.state.word());
            return Err(format!("part {} of {} was {was} and became {state}", is.key.seq, is.key.message));
        }
    }
    let reworded = before.message.text != change.after.message.text;
    if reworded && !(before.taken.is_empty() && before.parts.iter().all(|part| part.state == PartState::Queued)) {
        return Err(format!("{} was worded anew though it may be on air", change.after.message.id));
    }
    if (change.after.parts.len() != before.parts.len() && !reworded) || change.after.attempts.len() < before.attempts.len() {
        return Err(format!("{} has lost rows", change.after.message.id));
    }
    Ok(())
}

fn may_become(from: MessageState, to: MessageState) -> bool {
    match from {
        MessageState::Delivered | MessageState::Withdrawn | MessageState::Expired | MessageState::Refused => false,
        MessageState::Failed => to == MessageState::Delivered,
        MessageState::UnknownDelivery => matches!(to, MessageState::Delivered | MessageState::Failed),
        MessageState::Submitted => {
            matches!(to, MessageState::Delivered | MessageState::Failed | MessageState::UnknownDelivery)
        }
        MessageState::Accepted | MessageState::Queued | MessageState::Sending | MessageState::InDoubt | MessageState::Parked => true,
    }
}

fn part_may_become(from: PartState, was_on_air: bool, to: PartState) -> bool {
    match from {
        PartState::Delivered | PartState::Withdrawn | PartState::Expired => false,
        PartState::Failed => was_on_air && to == PartState::Delivered,
        PartState::Submitted => matches!(to, PartState::Delivered | PartState::Failed),
        PartState::Queued | PartState::Claimed | PartState::InDoubt | PartState::Parked => true,
    }
}

/// T2: every PDU of a part but the first was taken in an attempt that is marked; `once` never a second one without a person.
pub(super) fn no_silent_twice(life: &Life, persons: usize) -> Result<(), String> {
    let message = &life.message;
    for part in &life.parts {
        let seq = part.key.seq;
        let taken = life.taken.iter().filter(|one| one.seq == seq).count();
        let marked = life.attempts.iter().filter(|attempt| attempt.part == part.key && attempt.again).count();
        if taken > marked + 1 {
            return Err(format!("the network took part {seq} of {} {taken} times, {marked} attempts are marked", message.id));
        }
        if taken > 1 && !message.possibly_twice {
            return Err(format!("the network took part {seq} of {} {taken} times and the message does not say so", message.id));
        }
        if message.policy == Policy::Once && taken > 1 + persons {
            return Err(format!("{} has policy once, {persons} persons decided, and part {seq} went out {taken} times", message.id));
        }
    }
    rows_are_marked(life, persons)
}

/// The same by the rows: a second attempt follows only a definite no, or is marked, or a person asked for it.
fn rows_are_marked(life: &Life, persons: usize) -> Result<(), String> {
    for part in &life.parts {
        let mut may_be_out = 0;
        for row in life.attempts.iter().filter(|row| row.part == part.key) {
            if may_be_out > 0 && !row.again {
                return Err(format!("attempt {} of {} may be the second on air and is not marked", row.id, life.message.id));
            }
            if life.message.policy == Policy::Once && may_be_out > persons {
                return Err(format!("{} has policy once and went out again without a person", life.message.id));
            }
            may_be_out += usize::from(matches!(row.state, AttemptState::Attempting | AttemptState::InDoubt | AttemptState::Submitted));
        }
    }
    Ok(())
}
