//! What the conversation decided becomes rows, in order, in the same transaction.

use super::emit::About;
use super::json::object;
use super::outgoing::{Extra, PARTS_MAX};
use super::verify::Doubted;
use super::{Reject, Work, called, consent, danger, digest, ring};
use crate::conversation::effect::{Due, Effect, Link, NewTask, QuestionChange, TaskKind};
use crate::conversation::session::{NewQuestion, Outgoing, Question, Session};
use crate::ids::{MessageId, SessionId, TaskId};
use crate::msisdn::Msisdn;
use crate::signature::sha256_hex;
use crate::store::LinkRow;
use crate::terms::{Category, QuestionState};

/// Why effects are applied.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// The rule whose inbound text led here.
    pub rule: Option<u8>,
    /// Who asked: a key's id, `local:UID`; `flow` where the box moved by itself.
    pub source: Option<String>,
    /// A danger task was raised while parts of this text came in.
    pub danger_raised: bool,
}

/// Whose effect it is, where it is a session's.
const fn session_of(effect: &Effect) -> Option<SessionId> {
    match effect {
        Effect::Save(session) => Some(session.id),
        Effect::Ask(question, _) => Some(question.session),
        Effect::Release { outgoing, .. } | Effect::Say { outgoing, .. } => outgoing.session,
        Effect::CloseQuestions { session, .. } | Effect::Timer { session, .. } | Effect::WithdrawSession(session) => Some(*session),
        Effect::Ring(list) => Some(list.session),
        Effect::StopRinging(session) => Some(*session),
        Effect::Call(call) => Some(call.session),
        Effect::Link(link) => Some(link.session),
        Effect::Task(task) => task.session,
        Effect::Emit { session, .. } => *session,
        Effect::Question { .. } | Effect::Hold { .. } | Effect::Consent(_) | Effect::Withdraw { .. } | Effect::Detach { .. } => None,
    }
}

/// The log's word for an alarm that somebody has.
const ALARM_ACKNOWLEDGED: &str = "alarm.acknowledged";

impl Work<'_, '_> {
    /// Applies effects in order; answers the messages that were queued.
    pub fn apply(&mut self, mut effects: Vec<Effect>, cause: &Cause) -> Result<Vec<MessageId>, Reject> {
        let twins = self.save_new_sessions(&effects)?;
        effects.retain(|effect| session_of(effect).is_none_or(|session| !twins.contains(&session)));
        let mut messages = Vec::new();
        for effect in effects {
            messages.extend(self.apply_one(effect, cause)?);
        }
        Ok(messages)
    }

    /// Rows refer to sessions: a session that is new comes first, as it will be saved last. Answers the new ones that have an
    /// open twin with somebody else, which the conversation could not see: they do not begin.
    fn save_new_sessions(&mut self, effects: &[Effect]) -> Result<Vec<SessionId>, Reject> {
        let saved = || effects.iter().filter_map(|effect| if let Effect::Save(session) = effect { Some(session) } else { None });
        let mut twins = Vec::new();
        for session in saved() {
            if twins.contains(&session.id) || self.tx.has_session(session.id)? {
                continue;
            }
            if let Some(twin) = self.open_twin(session)? {
                // The twin ends with these very effects: its place is free.
                let ended = saved().rfind(|other| other.id == twin && !other.state.is_open());
                let Some(ended) = ended else {
                    tracing::info!(session = %twin, "A second session of flow {} with key {:?} does not begin", session.flow.name, session.key);
                    twins.push(session.id);
                    continue;
                };
                self.tx.save_session(ended)?;
            }
            self.tx.save_session(session)?;
        }
        Ok(twins)
    }

    fn open_twin(&self, session: &Session) -> Result<Option<SessionId>, Reject> {
        let Some(key) = session.key.as_ref().filter(|_| session.state.is_open()) else {
            return Ok(None);
        };
        Ok(self.tx.twin_session(&session.flow.name, key)?.map(|twin| twin.id))
    }

    fn apply_one(&mut self, effect: Effect, cause: &Cause) -> Result<Option<MessageId>, Reject> {
        match effect {
            Effect::Save(session) => self.save(&session)?,
            Effect::Ask(question, outgoing) => return self.ask(&question, &outgoing, cause),
            Effect::Release { question, outgoing, tag } => return self.release(question, &outgoing, tag, cause).map(Some),
            Effect::Say { outgoing, question } => return self.say(&outgoing, question, cause).map(Some),
            Effect::Question { id, change } => self.change_question(id, change)?,
            Effect::CloseQuestions { session, state } => self.close_questions(session, state)?,
            Effect::Hold { msisdn, held: Some(held) } => self.tx.hold_answer(&msisdn, &held)?,
            Effect::Hold { msisdn, held: None } => self.tx.forget_held_answer(&msisdn)?,
            Effect::Call(call) => {
                self.tx.queue_call(&call, self.now)?;
            }
            Effect::Link(link) => self.link(&link)?,
            // The parts of this text have raised the alarm already.
            Effect::Task(task) if task.kind == TaskKind::Danger && cause.danger_raised => {}
            Effect::Task(task) => {
                let task = called::with_reason(self, task)?;
                self.task(&task)?;
            }
            Effect::Ring(list) => ring::roster(self, &list)?,
            Effect::StopRinging(session) => ring::withdraw_session(self, session, "somebody has it")?,
            Effect::Timer { session, visit, kind, due } => self.timer(session, visit, kind, due)?,
            Effect::Consent(change) => consent::record(self, &change)?,
            Effect::Withdraw { msisdn, categories } => self.withdraw_from(&msisdn, &categories)?,
            Effect::Detach { msisdn } => self.unverify(&msisdn, Doubted::WrongNumber)?,
            Effect::WithdrawSession(session) => self.withdraw_session(session)?,
            Effect::Emit { kind, session, msisdn, data } => {
                let subject = match (session, &msisdn) {
                    (Some(session), _) => session.to_string(),
                    (None, Some(msisdn)) => msisdn.e164().to_owned(),
                    (None, None) => String::new(),
                };
                let about = About { subject: &subject, msisdn: msisdn.as_ref(), session };
                let mut data = object(&data);
                if let Some(session) = session {
                    data.entry("session").or_insert_with(|| serde_json::json!(session));
                }
                if let Some(msisdn) = &msisdn {
                    data.entry("msisdn").or_insert_with(|| serde_json::json!(msisdn));
                }
                let by = data.get("by").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
                self.emit(&kind, about, data.into())?;
                if let (ALARM_ACKNOWLEDGED, Some(session)) = (&*kind, session) {
                    danger::acknowledged(self, session, &by)?;
                }
            }
        }
        Ok(None)
    }

    fn save(&mut self, session: &Session) -> Result<(), Reject> {
        self.tx.save_session(session)?;
        self.tx.remove_stale_timers(session.id, session.visit, !session.state.is_open())?;
        if !session.state.is_open() {
            ring::withdraw_session(self, session.id, "the session is over")?;
        }
        Ok(())
    }

    fn ask(&mut self, question: &NewQuestion, outgoing: &Outgoing, cause: &Cause) -> Result<Option<MessageId>, Reject> {
        let id = self.tx.insert_question(question, &outgoing.text, self.now)?;
        if question.held_until.is_some() {
            return Ok(None);
        }
        if question.code.is_some()
            && let Some(list) = digest::take(self, id, outgoing, cause)?
        {
            return Ok(Some(list));
        }
        self.say(outgoing, Some(id), cause).map(Some)
    }

    fn release(&mut self, id: i64, outgoing: &Outgoing, tag: Option<u8>, cause: &Cause) -> Result<MessageId, Reject> {
        let mut question = self.tx.question(id)?.ok_or_else(|| Reject::not_found("question"))?;
        question.state = QuestionState::Waiting;
        question.tag = tag.or(question.tag);
        question.text = outgoing.text.clone();
        self.tx.save_question(&question)?;
        self.say(outgoing, Some(id), cause)
    }

    fn say(&mut self, outgoing: &Outgoing, question: Option<i64>, cause: &Cause) -> Result<MessageId, Reject> {
        let source = cause.source.clone().unwrap_or_else(|| "flow".to_owned());
        let extra = Extra { question, rule: cause.rule, source, ..Extra::default() };
        Ok(self.enqueue(outgoing, &extra, PARTS_MAX)?.id)
    }

    fn change_question(&mut self, id: i64, change: QuestionChange) -> Result<(), Reject> {
        let mut question = self.tx.question(id)?.ok_or_else(|| Reject::not_found("question"))?;
        match change {
            QuestionChange::State(state) => return self.close_question(question, state),
            QuestionChange::AskedAgain => question.asked_again = question.asked_again.saturating_add(1),
            QuestionChange::Proposed(proposed) => question.proposed = proposed,
            QuestionChange::KeepUntil(until) => question.keep_until = Some(until),
        }
        Ok(self.tx.save_question(&question)?)
    }

    fn close_questions(&mut self, session: SessionId, state: QuestionState) -> Result<(), Reject> {
        for question in self.tx.questions_open_of(session)? {
            self.close_question(question, state)?;
        }
        Ok(())
    }

    fn close_question(&mut self, mut question: Question, state: QuestionState) -> Result<(), Reject> {
        let leaves = question.state == QuestionState::Waiting && state != QuestionState::Waiting;
        question.state = state;
        if leaves {
            question.closed_at = Some(self.now);
        }
        self.tx.save_question(&question)?;
        if leaves && question.code.is_some() {
            digest::leave(self, &question)?;
        }
        Ok(())
    }

    fn link(&mut self, link: &Link) -> Result<(), Reject> {
        Ok(self.tx.insert_link(&LinkRow {
            token_sha256: sha256_hex(link.token.as_bytes()),
            session: link.session,
            visit: link.visit,
            page: link.page.clone(),
            show: link.show.clone(),
            fills: link.fills.clone(),
            made_at: self.now,
            expires_at: link.expires_at,
            used_at: None,
        })?)
    }

    /// Inserts a task. A danger is told here, whoever heard it; the other kinds are told by the flow that made them.
    pub fn task(&mut self, task: &NewTask) -> Result<(), Reject> {
        let id = TaskId::new(self.now, self.chance);
        self.tx.insert_task(id, task, self.now)?;
        if task.kind == TaskKind::Danger {
            let data = serde_json::json!({"task": id, "queue": task.queue, "msisdn": task.msisdn, "note": task.note});
            let subject = id.to_string();
            self.emit("danger.heard", About { subject: &subject, msisdn: task.msisdn.as_ref(), session: task.session }, data)?;
            danger::heard(self, id, task)?;
        }
        self.tell_queue(task)
    }

    fn timer(&mut self, session: SessionId, visit: u32, kind: crate::conversation::effect::TimerKind, due: Due) -> Result<(), Reject> {
        let accepted_at = self.tx.visit_accepted_at(session, visit)?;
        let due = match (due, accepted_at) {
            // The prompt of this visit has been accepted already: its timers run from there.
            (Due::AfterAccepted(after), Some(at)) => Due::At(at.plus(after)),
            (due, _) => due,
        };
        Ok(self.tx.set_timer(session, visit, kind, due)?)
    }

    /// Withdraws what is queued to a person in these categories, all where none is named.
    pub(super) fn withdraw_from(&mut self, person: &Msisdn, categories: &[Category]) -> Result<(), Reject> {
        for message in self.tx.withdrawable_messages(person, categories)? {
            self.withdraw(message, "the person opted out")?;
        }
        Ok(())
    }

    fn withdraw_session(&mut self, session: SessionId) -> Result<(), Reject> {
        for message in self.tx.withdrawable_messages_of_session(session)? {
            self.withdraw(message, "the session had moved on")?;
        }
        Ok(())
    }
}
