//! What a message is follows from its parts; this file alone writes that, tells the log, and tells the question.
//!
//! ```text
//! parts:  any parked -> parked | any in doubt -> in_doubt | any refused or failed -> refused | failed
//!         any claimed -> sending | any expired | withdrawn | queued | all submitted | all delivered
//! ```

use super::verify::{self, Doubted};
use super::{Reject, Work, digest, parked, proof};
use crate::conversation::Trigger;
use crate::conversation::session::Question;
use crate::ids::MessageId;
use crate::store::{Evidence, Message, Part};
use crate::terms::{MessageState, PartState, Purpose, QuestionState, SessionState};

/// What the parts of a message make it.
pub fn state_of(parts: &[Part]) -> MessageState {
    let any = |state: PartState| parts.iter().any(|part| part.state == state);
    let on_air = |part: &Part| matches!(part.state, PartState::Submitted | PartState::Delivered);
    if any(PartState::Parked) {
        MessageState::Parked
    } else if any(PartState::InDoubt) {
        MessageState::InDoubt
    } else if let Some(failed) = parts.iter().find(|part| part.state == PartState::Failed) {
        if failed.submitted_at.is_some() { MessageState::Failed } else { MessageState::Refused }
    } else if any(PartState::Claimed) {
        // Also where another part of it has expired: what a modem has in hand may still be sent.
        MessageState::Sending
    } else if any(PartState::Expired) {
        MessageState::Expired
    } else if any(PartState::Queued) {
        if parts.iter().any(on_air) { MessageState::Sending } else { MessageState::Queued }
    } else if any(PartState::Withdrawn) {
        MessageState::Withdrawn
    } else if parts.iter().all(|part| part.state == PartState::Delivered) {
        MessageState::Delivered
    } else {
        MessageState::Submitted
    }
}

const fn event_of(state: MessageState) -> Option<&'static str> {
    match state {
        MessageState::Submitted => Some("message.submitted"),
        MessageState::Delivered => Some("message.delivered"),
        MessageState::InDoubt | MessageState::Parked => Some("message.in_doubt"),
        MessageState::Withdrawn => Some("message.withdrawn"),
        MessageState::Expired => Some("message.expired"),
        MessageState::Refused | MessageState::Failed => Some("message.failed"),
        MessageState::Accepted | MessageState::Queued | MessageState::Sending | MessageState::UnknownDelivery => None,
    }
}

/// Nothing of a message in this state is to be sent any more.
pub(super) const fn is_end(state: MessageState) -> bool {
    match state {
        MessageState::Delivered
        | MessageState::Withdrawn
        | MessageState::Expired
        | MessageState::Refused
        | MessageState::Failed
        | MessageState::UnknownDelivery => true,
        MessageState::Accepted
        | MessageState::Queued
        | MessageState::Sending
        | MessageState::Submitted
        | MessageState::InDoubt
        | MessageState::Parked => false,
    }
}

impl Work<'_, '_> {
    /// A part changed: the message follows, with its event, its question and its session.
    pub fn settle(&mut self, id: MessageId) -> Result<Message, Reject> {
        let mut message = self.tx.message(id)?.ok_or_else(|| Reject::not_found("message"))?;
        let mut parts = self.tx.parts_of(id)?;
        let before = message.state;
        let state = match (before, state_of(&parts)) {
            // The time for reports is over, and one more of some is not all.
            (MessageState::UnknownDelivery, MessageState::Submitted) => MessageState::UnknownDelivery,
            // Some of it never left: what becomes of the rest on air is no second outcome.
            (end @ (MessageState::Withdrawn | MessageState::Expired | MessageState::Refused), MessageState::Failed) => end,
            (_, state) => state,
        };
        if is_end(state) && self.withdraw_rest(&mut parts)? {
            parts = self.tx.parts_of(id)?;
        }
        message.state = state;
        message.possibly_twice |= parts.iter().any(|part| part.possibly_twice);
        let is_kept = state == before && is_end(state);
        if !is_kept && state != MessageState::UnknownDelivery {
            message.reason = parts.iter().rev().find_map(|part| part.reason.clone());
        }
        self.note_times(&mut message, &parts);
        self.tx.save_message_state(&message)?;
        self.tell_question(&message)?;
        // Parked is told with the doubt that led to it.
        let same_doubt = before == MessageState::InDoubt && state == MessageState::Parked;
        if state != before && !same_doubt {
            self.tell(&message, before)?;
            if !message.category.is_staff() && parts.iter().any(verify::is_gone) {
                self.unverify(&message.to, Doubted::Unreachable)?;
            }
        }
        parked::moved(self, &message, before)?;
        if message.purpose == Purpose::Proof && state != before {
            proof::text_moved(self, &message)?;
        }
        Ok(message)
    }

    fn tell(&mut self, message: &Message, before: MessageState) -> Result<(), Reject> {
        // A report may come before the last `+CMGS`: nobody misses a step.
        let told = matches!(before, MessageState::Submitted | MessageState::Failed | MessageState::UnknownDelivery);
        if message.state == MessageState::Delivered && !told {
            let submitted = Message { state: MessageState::Submitted, ..message.clone() };
            self.emit_message("message.submitted", &submitted)?;
        }
        if let Some(kind) = event_of(message.state) {
            self.emit_message(kind, message)?;
        }
        if matches!(message.state, MessageState::Refused | MessageState::Failed | MessageState::Expired) {
            self.tell_undelivered(message)?;
        }
        Ok(())
    }

    fn note_times(&self, message: &mut Message, parts: &[Part]) {
        let first = parts.iter().filter(|part| part.submitted_at.is_some()).min_by_key(|part| part.submitted_at);
        if message.accepted_at.is_none() {
            message.accepted_at = first.and_then(|part| part.submitted_at);
            message.accepted_sim = first.and_then(|part| part.sim.clone());
        }
        let all_on_air = parts.iter().all(|part| part.submitted_at.is_some());
        message.submitted_at = message.submitted_at.or(all_on_air.then_some(self.now));
        message.delivered_at = parts.iter().filter_map(|part| part.delivered_at).min();
        message.ended_at = if is_end(message.state) { message.ended_at.or(Some(self.now)) } else { None };
    }

    /// Half a message helps nobody: what has not left is taken back.
    fn withdraw_rest(&mut self, parts: &mut [Part]) -> Result<bool, Reject> {
        let mut any = false;
        for part in parts.iter_mut().filter(|part| part.state == PartState::Queued) {
            part.state = PartState::Withdrawn;
            self.tx.save_part(part)?;
            any = true;
        }
        Ok(any)
    }

    /// The first acceptance of a prompt, or of a text whose step still hears answers, is the question's hard fence and starts its timers; its discharge is the soft fence.
    fn tell_question(&mut self, message: &Message) -> Result<(), Reject> {
        if matches!(message.purpose, Purpose::Prompt | Purpose::Tell) {
            for id in digest::questions(message) {
                self.tell_one_question(message, id)?;
            }
        }
        Ok(())
    }

    fn tell_one_question(&mut self, message: &Message, id: i64) -> Result<(), Reject> {
        let Some(mut question) = self.tx.question(id)? else {
            return Ok(());
        };
        let newly_accepted = message.accepted_at.is_some() && question.accepted_at != message.accepted_at;
        if newly_accepted {
            question.accepted_at = message.accepted_at;
            question.sim.clone_from(&message.accepted_sim);
        }
        let newly_delivered = message.delivered_at.is_some() && question.delivered_at.is_none();
        if newly_delivered {
            question.delivered_at = message.delivered_at;
        }
        if newly_accepted || newly_delivered {
            self.tx.save_question(&question)?;
        }
        if newly_accepted && let Some(at) = message.accepted_at {
            self.tx.arm_timers(question.session, question.visit, at)?;
            self.tell_session(message, &question)?;
        }
        Ok(())
    }

    fn tell_session(&mut self, message: &Message, question: &Question) -> Result<(), Reject> {
        let Some(mut session) = self.tx.session(question.session)? else {
            return Ok(());
        };
        if session.state == SessionState::Opening || session.sim.is_none() {
            if session.state == SessionState::Opening {
                session.state = SessionState::Asked;
            }
            session.sim = session.sim.or_else(|| message.accepted_sim.clone());
            self.tx.save_session(&session)?;
        }
        Ok(())
    }

    /// The prompt of a question that waits or is kept will not arrive, or a text that asks nothing: its session has to know.
    pub fn tell_undelivered(&mut self, message: &Message) -> Result<(), Reject> {
        if !matches!(message.purpose, Purpose::Prompt | Purpose::Tell) {
            return Ok(());
        }
        let ids = digest::questions(message);
        for id in &ids {
            let is_heard = |question: &Question| matches!(question.state, QuestionState::Waiting | QuestionState::Kept);
            let Some(question) = self.tx.question(*id)?.filter(is_heard) else { continue };
            self.advance_apart(question.session, Trigger::Undelivered { question: Some(*id) })?;
        }
        match message.session.filter(|_| ids.is_empty()) {
            Some(session) => self.advance_apart(session, Trigger::Undelivered { question: None }),
            None => Ok(()),
        }
    }

    /// Takes back every part that has not left; `false` where none could be.
    pub fn withdraw(&mut self, id: MessageId, reason: &str) -> Result<bool, Reject> {
        let mut any = false;
        for mut part in self.tx.parts_of(id)? {
            // A claimed part has no open attempt yet, or its attempt's last check finds it withdrawn and sends ESC.
            let open = self
                .tx
                .attempts_of(id)?
                .iter()
                .any(|attempt| attempt.part == part.key && attempt.state == crate::terms::AttemptState::Attempting);
            if matches!(part.state, PartState::Queued | PartState::Claimed) && !open {
                part.state = PartState::Withdrawn;
                part.reason = Some(reason.to_owned());
                self.tx.save_part(&part)?;
                any = true;
            }
        }
        if any {
            self.settle(id)?;
        }
        Ok(any)
    }

    /// Notes what was seen about a part.
    pub fn note(&mut self, part: &Part, attempt: Option<i64>, kind: &str, raw: String) -> Result<(), Reject> {
        let (message, seq) = (part.key.message, Some(part.key.seq));
        self.tx.insert_evidence(&Evidence { id: 0, message, seq, attempt, kind: kind.to_owned(), raw, at: self.now })?;
        Ok(())
    }
}
