//! A session moves by something else than a reply: an outcome, an event, a timer, a page, a person.

use super::apply::Cause;
use super::{Reject, Work};
use crate::conversation::{self, Trigger};
use crate::ids::SessionId;
use crate::terms::SessionState;

impl Work<'_, '_> {
    /// Hands a trigger to a session; `false` where it had ended or is unknown.
    pub fn advance(&mut self, id: SessionId, trigger: Trigger) -> Result<bool, Reject> {
        let Some(session) = self.tx.session(id)?.filter(|session| session.state.is_open()) else {
            return Ok(false);
        };
        let asked = match &trigger {
            Trigger::Undelivered { question } => self.tx.question(*question)?.map(|question| question.to),
            Trigger::Called { .. }
            | Trigger::Happened { .. }
            | Trigger::Timer { .. }
            | Trigger::LinkDone { .. }
            | Trigger::Closed { .. }
            | Trigger::HandedBack => None,
        };
        let person = asked.or_else(|| session.people.first().cloned());
        let view = person.map(|person| self.person(&person, None)).transpose()?;
        let (sims, rosters) = (self.tx.ready_sims()?, self.rosters_on_duty()?);
        let rules = conversation::Rules { rosters: &rosters, ..self.book.rules(&sims) };
        let moved = conversation::advance(session, trigger, view.as_ref(), &rules, self.now, self.chance);
        self.apply(moved.effects, &Cause::default())?;
        Ok(true)
    }
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
