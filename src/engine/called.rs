//! Http steps: the row is `calling` on disk before bytes leave, and its outcome moves the session once. Unknown is never
//! posted again.

use std::collections::BTreeMap;

use super::{Reject, Work};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::conversation::{CallOutcome, Trigger};
use crate::store::Calling;
use crate::terms::CallState;
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// What the event is called that ends an unknown outcome in the endpoint's favour, and against it.
const SETTLED: &str = "settled";
const REFUSED: &str = "refused";

/// Whether an http step may leave.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// It is `calling`: post it once this is committed.
    Go(Calling),
    /// It must not leave any more: its session moved on, or somebody else took it.
    Skip,
}

/// What came of a call or of a look-up.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The endpoint did it.
    Ok(BTreeMap<String, Value>),
    /// The endpoint said no.
    Fail(BTreeMap<String, Value>),
    /// It may or may not have arrived.
    Unknown {
        /// When its status is asked next.
        look_up_at: Option<Timestamp>,
        /// The flow should not wait any longer.
        tell: bool,
    },
    /// Certainly nothing arrived: try again then.
    NotSent {
        /// When.
        again_at: Timestamp,
    },
}

/// Takes a queued step for calling, or drops it where its session has moved on.
pub fn start(work: &mut Work<'_, '_>, id: i64) -> Result<Start, Reject> {
    let Some(mut call) = work.tx.calling(id)?.filter(|call| call.state == CallState::Queued) else {
        return Ok(Start::Skip);
    };
    let here = work
        .tx
        .session(call.session)?
        .is_some_and(|session| session.state.is_open() && session.visit == call.visit && session.step == call.step);
    if !here {
        call.state = CallState::Fail;
        call.detail = Some("not called: the session had moved on".to_owned());
        call.ended_at = Some(work.now);
        work.tx.save_call(&call)?;
        return Ok(Start::Skip);
    }
    call.state = CallState::Calling;
    call.started_at = call.started_at.or(Some(work.now));
    call.due_at = None;
    work.tx.save_call(&call)?;
    Ok(Start::Go(call))
}

/// Writes what was found and moves the session.
pub fn result(work: &mut Work<'_, '_>, id: i64, found: Found, detail: &str) -> Result<(), Reject> {
    let mut call = work.tx.calling(id)?.ok_or_else(|| Reject::not_found("http step"))?;
    // An outcome is written once: the second one that comes is not looked at.
    if !matches!(call.state, CallState::Calling | CallState::Unknown) {
        return Ok(());
    }
    if call.state == CallState::Unknown {
        call.lookups += 1;
    }
    call.detail = Some(detail.to_owned());
    match found {
        Found::Ok(saved) => end(work, call, CallState::Ok, saved),
        Found::Fail(saved) => end(work, call, CallState::Fail, saved),
        Found::NotSent { again_at } => {
            call.state = CallState::Queued;
            call.due_at = Some(again_at);
            Ok(work.tx.save_call(&call)?)
        }
        Found::Unknown { look_up_at, tell } => unknown(work, call, look_up_at, tell),
    }
}

fn unknown(work: &mut Work<'_, '_>, mut call: Calling, look_up_at: Option<Timestamp>, tell: bool) -> Result<(), Reject> {
    call.state = CallState::Unknown;
    call.due_at = look_up_at;
    let told_before = call.told;
    let tell = tell || look_up_at.is_none();
    call.told |= tell;
    if look_up_at.is_none() {
        call.ended_at = Some(work.now);
    }
    work.tx.save_call(&call)?;
    if tell && !told_before {
        advance(work, &call, CallOutcome::Unknown, BTreeMap::new())?;
    }
    Ok(())
}

fn end(work: &mut Work<'_, '_>, mut call: Calling, state: CallState, saved: BTreeMap<String, Value>) -> Result<(), Reject> {
    call.state = state;
    call.due_at = None;
    call.ended_at = Some(work.now);
    work.tx.save_call(&call)?;
    let ok = state == CallState::Ok;
    if call.told {
        // The flow went on with `unknown`: what is known now is something that happened.
        let event = if ok { SETTLED } else { REFUSED };
        return work.advance_apart(call.session, Trigger::Happened { event: event.to_owned(), data: saved });
    }
    advance(work, &call, if ok { CallOutcome::Ok } else { CallOutcome::Fail }, saved)
}

/// A person who takes over behind a call that was not done reads which system it was, and what it said.
pub(super) fn with_reason(work: &Work<'_, '_>, mut task: NewTask) -> Result<NewTask, Reject> {
    let (TaskKind::Agent | TaskKind::Callback, Some(session)) = (task.kind, task.session) else { return Ok(task) };
    let Some(call) = work.tx.last_calling_of(session)? else { return Ok(task) };
    let came_of_it = match call.state {
        CallState::Unknown => "may or may not have been done",
        CallState::Fail => "was not done",
        CallState::Queued | CallState::Calling | CallState::Ok => return Ok(task),
    };
    let why = call.detail.unwrap_or_default();
    task.note = Text::new(format!("{} ({} {came_of_it}: {why})", task.note.expose(), call.endpoint));
    Ok(task)
}

fn advance(work: &mut Work<'_, '_>, call: &Calling, outcome: CallOutcome, saved: BTreeMap<String, Value>) -> Result<(), Reject> {
    let trigger = Trigger::Called { step: call.step.clone(), visit: call.visit, outcome, saved };
    work.advance_apart(call.session, trigger)
}

/// At start: nobody knows what became of the steps that were `calling`. Look-ups that change nothing are asked again; the
/// others are unknown, and their status is asked where the endpoint has one. Answers how many are unknown.
pub fn restart(work: &mut Work<'_, '_>) -> Result<usize, Reject> {
    let mut unknowns = 0;
    for mut call in work.tx.started_calls()? {
        if call.read {
            call.state = CallState::Queued;
            call.detail = Some("asked again: the box stopped while it was asked".to_owned());
            work.tx.save_call(&call)?;
            continue;
        }
        unknowns += 1;
        call.detail = Some("unknown: the box stopped while it was called".to_owned());
        let can_ask = work.tx.endpoint(&call.endpoint)?.is_some_and(|endpoint| endpoint.status_url.is_some());
        unknown(work, call, can_ask.then_some(work.now), false)?;
    }
    Ok(unknowns)
}
