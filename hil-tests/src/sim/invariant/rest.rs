//! At rest: nothing is in hand, nothing that is due waits, every message has its one outcome.

use answerback::delivery::cap::Held;
use answerback::delivery::schedule;
use answerback::engine::{expire, queue};
use answerback::terms::{MessageState, Word as _};

use super::ledger::Life;
use super::{Memory, Violation, inbound, named, rings, ussd, witness};
use crate::sim::Sim;

/// Everything that only rest can show.
pub(super) fn all(sim: &Sim, memory: &Memory) -> Result<(), Violation> {
    named("nothing is in hand", nothing_in_hand(sim))?;
    named("nothing is overdue", nothing_overdue(sim))?;
    named("no telephone rings on", rings::at_rest(sim))?;
    named("no code waits", ussd::at_rest(sim))?;
    named("the subscriber hears everything", memory.log.all_heard())?;
    named("every change is told", sim.read(|reader| memory.log.sessions_are_told(reader)))?;
    named("nothing acknowledged is lost", inbound::nothing_acknowledged_is_lost(sim))?;
    named("danger is heard", witness::danger_is_heard(sim))?;
    named("STOP is heard", witness::stop_is_heard(sim))?;
    named("a request is one message", witness::requests_make_one_message(sim))?;
    named("what is said of a call is so", witness::calls_are_true(sim))?;
    memory.ledger.lives().try_for_each(|life| named("every message has its outcome", has_an_outcome(sim, life)))
}

/// No attempt is open, no part is claimed, no http step is being called.
fn nothing_in_hand(sim: &Sim) -> Result<(), String> {
    let open = sim.read(|reader| reader.open_attempts()).unwrap_or_default();
    if let Some(attempt) = open.first() {
        return Err(format!("attempt {} of {} is still open", attempt.id, attempt.part.message));
    }
    let claimed = sim.read(|reader| reader.claimed_parts(None)).unwrap_or_default();
    if let Some(part) = claimed.first() {
        return Err(format!("part {} of {} is still claimed", part.key.seq, part.key.message));
    }
    let calling = sim.read(|reader| reader.started_calls()).unwrap_or_default();
    match calling.first() {
        Some(call) => Err(format!("http step {} is still being called", call.key())),
        None => Ok(()),
    }
}

/// No timer, doubt, join or end of a message is overdue; no part waits that a modem could take; no http step is due.
fn nothing_overdue(sim: &Sim) -> Result<(), String> {
    let now = sim.now();
    let next = sim.read(expire::next).map_err(|error| error.to_string())?;
    if next.is_some_and(|at| at < now) {
        return Err(format!("something was due at {next:?}, it is {now:?}"));
    }
    let waiting = sim.read(|reader| queue::waiting(reader, now)).map_err(|error| error.to_string())?;
    let views = sim.ram.as_ref().map(|ram| ram.fleet.views()).unwrap_or_default();
    if let Some(claim) = schedule::next(&waiting, &views, now).first() {
        return Err(format!("part {} of {} waits and a modem is free", claim.part.seq, claim.part.message));
    }
    let calls = sim.read(|reader| reader.queued_calls(now, 1)).map_err(|error| error.to_string())?;
    match calls.first() {
        Some(call) => Err(format!("http step {} is due and nobody calls", call.key())),
        None => Ok(()),
    }
}

/// A message that has not ended is on air, or a person's, or waits for its hour.
fn has_an_outcome(sim: &Sim, life: &Life) -> Result<(), String> {
    let message = &life.message;
    let holds = |held: Held| held.until > sim.now() && life.parts.iter().any(|part| part.passes.is_held_at(held.cap));
    let at_cap = || sim.read(|reader| reader.sims()).unwrap_or_default().iter().any(|one| one.held.is_some_and(holds));
    let waits = || life.parts.iter().any(|part| part.due_at > sim.now()) || at_cap();
    let fine = match message.state {
        MessageState::Accepted | MessageState::Queued | MessageState::Sending => waits() || sim.is_asked_about_stop(&message.to),
        MessageState::InDoubt => false,
        MessageState::Submitted
        | MessageState::Delivered
        | MessageState::Parked
        | MessageState::Withdrawn
        | MessageState::Expired
        | MessageState::Refused
        | MessageState::Failed
        | MessageState::UnknownDelivery => true,
    };
    if fine { Ok(()) } else { Err(format!("{} is {} at rest", message.id, message.state.word())) }
}
