//! A session moves by something else than a reply: an outcome, an event, a timer, a page, a person.

use super::apply::Cause;
use super::{Reject, Work};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::conversation::machine::current_flow;
use crate::conversation::resolver::reaches_change;
use crate::conversation::{self, Rosters, Trigger};
use crate::ids::SessionId;
use crate::terms::SessionState;
use crate::text::Text;

impl Work<'_, '_> {
    /// Hands a trigger to a session; `false` where it had ended or is unknown.
    pub fn advance(&mut self, id: SessionId, trigger: Trigger) -> Result<bool, Reject> {
        let Some(session) = self.tx.session(id)?.filter(|session| session.state.is_open()) else {
            return Ok(false);
        };
        let asked = match &trigger {
            Trigger::Undelivered { question: Some(question) } => self.tx.question(*question)?.map(|question| question.to),
            Trigger::Undelivered { question: None }
            | Trigger::Called { .. }
            | Trigger::RungOut { .. }
            | Trigger::Happened { .. }
            | Trigger::Timer { .. }
            | Trigger::LinkDone { .. }
            | Trigger::Closed { .. }
            | Trigger::HandedBack
            | Trigger::Led { .. }
            | Trigger::OptedOut => None,
        };
        let person = asked.or_else(|| session.people.first().cloned());
        let view = person.map(|person| self.person(&person)).transpose()?;
        let (sims, rosters) = (self.tx.ready_sims()?, self.rosters_now()?);
        let rules = self.book.rules(&sims, &rosters);
        let moved = conversation::advance(session, trigger, view.as_ref(), &rules, self.now, self.chance);
        self.apply(moved.effects, &Cause::default())?;
        Ok(true)
    }

    /// [`Work::advance`] for what has happened whatever the session makes of it: where it cannot move, what led here stands,
    /// and a person looks at the session.
    pub(super) fn advance_apart(&mut self, id: SessionId, trigger: Trigger) -> Result<(), Reject> {
        match self.apart(|work| work.advance(id, trigger))? {
            Ok(_) => Ok(()),
            Err(reject) => self.give_to_a_person(id, &reject),
        }
    }

    /// A session could not move.
    pub(super) fn give_to_a_person(&mut self, id: SessionId, reject: &Reject) -> Result<(), Reject> {
        tracing::error!(session = %id, error = %reject, "Session {id} could not move: {reject}");
        // A session that cannot be read may be what is wrong with it.
        let msisdn = self.tx.session(id).ok().flatten().and_then(|session| session.people.into_iter().next());
        let note = Text::new(format!("session {id} could not go on ({reject}); look at it, and close it or take it over"));
        let (kind, queue) = (TaskKind::Inbox, "default".to_owned());
        self.task(&NewTask { kind, queue, urgent: false, note, session: Some(id), msisdn, due: None })
    }
}

/// A person of the house leads a session to a step, which asks before it changes anything: nobody has answered it.
pub fn lead(work: &mut Work<'_, '_>, id: SessionId, step: &str) -> Result<(), Reject> {
    let session = work.tx.session(id)?.ok_or_else(|| Reject::not_found("session"))?;
    if !session.state.is_open() {
        return Err(Reject::new("already_ended", format!("the session has ended: {}", crate::terms::Word::word(session.state))));
    }
    let rosters = Rosters::new();
    let here = current_flow(&session, &work.book.rules(&[], &rosters));
    let flows = here.iter().chain(work.book.flows.get(&session.flow));
    let Some(flow) = flows.into_iter().find(|flow| flow.step(step).is_some()) else {
        return Err(Reject::at("invalid", "/step", format!("flow `{}` has no step `{step}`", session.flow.name)));
    };
    if reaches_change(flow, step, &mut Vec::new()) {
        let words = format!("step `{step}` changes something that nobody has answered yet: lead to the step that asks for it");
        return Err(Reject::at("invalid", "/step", words));
    }
    work.advance(id, Trigger::Led { step: step.to_owned() }).map(drop)
}

/// A person or a system closes a session.
pub fn close(work: &mut Work<'_, '_>, id: SessionId, by: &str) -> Result<(), Reject> {
    let session = work.tx.session(id)?.ok_or_else(|| Reject::not_found("session"))?;
    if !session.state.is_open() {
        return Err(Reject::new("already_ended", format!("the session has ended: {}", crate::terms::Word::word(session.state))));
    }
    work.advance(id, Trigger::Closed { by: by.to_owned() })?;
    // Whatever the flow makes of it: who closes a session finds it closed.
    if let Some(mut session) = work.tx.session(id)?.filter(|session| session.state.is_open()) {
        session.state = SessionState::Closed;
        session.ended_at = Some(work.now);
        session.ended_by = Some("closed".to_owned());
        work.tx.save_session(&session)?;
    }
    Ok(())
}
