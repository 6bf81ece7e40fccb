//! A request to begin a session is accepted or refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::accept::number;
use super::apply::Cause;
use super::consent::Approved;
use super::idempotent::{Answered, Idempotency, once};
use super::{Reject, Work};
use crate::conversation::session::Session;
use crate::conversation::{self, Begin, Refused};
use crate::ids::{MessageId, SessionId};
use crate::terms::SessionState;
use crate::time::Timestamp;
use crate::value::Value;

/// A session somebody wants to begin.
#[derive(Debug, Clone, Default)]
pub struct NewSession {
    /// The flow by name.
    pub flow: String,
    /// A number in any form; `None` where the flow pages a roster.
    pub to: Option<String>,
    /// What the flow is told, by slot.
    pub data: BTreeMap<String, Value>,
    /// Blocks twins in place of the flow's own `key`.
    pub key: Option<String>,
    /// Language of its texts.
    pub language: Option<String>,
    /// ICCID it should speak on.
    pub sim: Option<String>,
    /// Its first text does not leave before.
    pub not_before: Option<Timestamp>,
    /// Who asks.
    pub source: String,
    /// Makes the request safe to repeat.
    pub idempotency: Option<Idempotency>,
}

/// The answer to a session that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Its id.
    pub id: SessionId,
    /// The flow.
    pub flow: String,
    /// The revision it runs to its end.
    pub revision: u32,
    /// Where it is in its life.
    pub state: SessionState,
    /// The texts that were queued.
    pub messages: Vec<MessageId>,
}

/// Begins a session.
pub fn begin(work: &mut Work<'_, '_>, request: &NewSession) -> Result<Answered<Begun>, Reject> {
    once(work, request.idempotency.as_ref(), |work| begin_once(work, request, None))
}

/// Begins a session of the category safety, also with somebody who opted out.
pub fn begin_past_stop(work: &mut Work<'_, '_>, request: &NewSession, approved: &Approved) -> Result<Answered<Begun>, Reject> {
    once(work, request.idempotency.as_ref(), |work| begin_once(work, request, Some(approved)))
}

fn begin_once(work: &mut Work<'_, '_>, request: &NewSession, approved: Option<&Approved>) -> Result<Begun, Reject> {
    let book = work.book;
    let (exact, flow) = book.flows.active(&request.flow).ok_or_else(|| refusal(&Refused::UnknownFlow(request.flow.clone())))?;
    let to = request.to.as_deref().map(|text| number(work, "/to", text)).transpose()?;
    let view = to.as_ref().map(|to| work.person(to)).transpose()?;
    let lane = book.lanes.iter().find(|lane| lane.name == flow.lane.name);
    let passes_stop = match (&to, lane, approved) {
        (Some(to), Some(lane), Some(approved)) => work.pass_stop(to, lane.category, &request.source, approved)?,
        (Some(to), Some(lane), None) => {
            work.refuse_without_consent(to, lane.category)?;
            work.refuse_wrong_number(to, lane.category)?;
            false
        }
        (None, _, _) | (_, None, _) => false,
    };
    let begin = Begin {
        passes_stop,
        key: request.key.clone(),
        language: request.language.clone(),
        sim: request.sim.clone(),
        ..Begin::new(exact, to, request.data.clone())
    };
    let (sims, rosters) = (work.tx.ready_sims()?, work.rosters_now()?);
    let rules = book.rules(&sims, &rosters);
    let times = (work.now, request.not_before);
    let moved = conversation::machine::begin_later(flow, begin, view.as_ref(), &rules, times, work.chance).map_err(|no| refusal(&no))?;
    refuse_twin(work, &moved.session)?;
    let id = moved.session.id;
    let messages = work.apply(moved.effects, &Cause { source: Some(request.source.clone()), ..Cause::default() })?;
    let session = work.tx.session(id)?.ok_or_else(|| Reject::new("internal", "the flow began no session"))?;
    Ok(Begun { id, flow: session.flow.name, revision: session.flow.revision, state: session.state, messages })
}

/// Puts a session where a rehearsal wants it: at any step, with any tag, past the door.
pub fn place(work: &mut Work<'_, '_>, begin: Begin) -> Result<SessionId, Reject> {
    let flow = work.book.flows.get(&begin.flow).cloned().ok_or_else(|| refusal(&Refused::UnknownFlow(begin.flow.name.clone())))?;
    let view = begin.to.as_ref().map(|to| work.person(to)).transpose()?;
    let (sims, rosters) = (work.tx.ready_sims()?, work.rosters_now()?);
    let rules = work.book.rules(&sims, &rosters);
    let moved = conversation::begin(&flow, begin, view.as_ref(), &rules, work.now, work.chance).map_err(|no| refusal(&no))?;
    refuse_twin(work, &moved.session)?;
    let id = moved.session.id;
    work.apply(moved.effects, &Cause::default())?;
    Ok(id)
}

fn refuse_twin(work: &Work<'_, '_>, session: &Session) -> Result<(), Reject> {
    let (flow, Some(key)) = (&session.flow.name, &session.key) else {
        return Ok(());
    };
    match work.tx.twin_session(flow, key)? {
        Some(twin) => Err(refusal(&Refused::Twin { flow: flow.clone(), key: key.clone(), session: twin.id })),
        None => Ok(()),
    }
}

/// A refusal of the conversation with its stable code and its place in the request.
pub fn refusal(refused: &Refused) -> Reject {
    let words = refused.to_string();
    match refused {
        Refused::UnknownFlow(_) => Reject::at("unknown_flow", "/flow", words),
        Refused::UnknownStep { .. } => Reject::at("unknown_step", "/at", words),
        Refused::UnknownSlot { slot, .. } => Reject::at("unknown_slot", &format!("/data/{slot}"), words),
        Refused::Missing { slot, .. } => Reject::at("missing_slot", &format!("/data/{slot}"), words),
        Refused::BadValue { slot, .. } => Reject::at("bad_value", &format!("/data/{slot}"), words),
        Refused::NobodyToAsk(_) => Reject::at("invalid", "/to", words),
        Refused::OptedOut(_) => Reject::at("opted_out", "/to", words),
        Refused::NoOptIn(_) => Reject::at("no_opt_in", "/to", words),
        Refused::Twin { .. } => Reject::at("already_open", "/key", words),
        Refused::TooMany(_) => Reject::at("too_many_sessions", "/to", words),
        Refused::Unsayable(_) => Reject::at("unsayable", "/data", words),
    }
}
