//! One text before the rules: what was heard, when it was stamped, and what has been decided so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clock::{Clock, stamped};
use crate::chance::Chance;
use crate::conversation::danger::Danger;
use crate::conversation::effect::{Effect, NewTask, TaskKind};
use crate::conversation::flow::Ask;
use crate::conversation::machine::{Machine, ask_of, lane_name};
use crate::conversation::matching::{self, Heard, Match};
use crate::conversation::rules::{Outcome, Resolution, Rules};
use crate::conversation::session::{Outgoing, Session};
use crate::conversation::view::{Asked, Inbound, PersonView, Replier};
use crate::conversation::{hours, render};
use crate::office::DEFAULT;
use crate::terms::{Category, Policy, Purpose, QuestionState, Rank};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// One text on its way through the rules.
pub(super) struct Case<'a, 'c> {
    pub inbound: &'a Inbound,
    pub view: &'a PersonView,
    /// The same person with what only a text is judged by.
    pub replier: &'a Replier,
    pub rules: &'a Rules<'a>,
    pub now: Timestamp,
    pub chance: &'c mut dyn Chance,
    pub clock: Clock,
    pub heard: Heard,
    pub danger: Option<Danger>,
    pub effects: Vec<Effect>,
    pub silenced: bool,
}

/// Why an automatic reply goes out: each has its own bound (the guard).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// A STOP is confirmed whatever else happened, but not to who says the same over and over.
    Consent,
    /// HELP, START, BAL: at most 3 an hour.
    Service,
    /// A staff code that does not fit: once each.
    Code,
    /// Asking again, "did you mean STOP?", reading back: at most 6 a day.
    Again,
    /// The fallback: once a day.
    Fallback,
}

/// Equal texts in an hour after which our own replies stop.
const EQUAL_MAX: u32 = 3;
const SERVICE_PER_HOUR_MAX: u32 = 3;
const ASKED_PER_DAY_MAX: u32 = 6;

impl<'a, 'c> Case<'a, 'c> {
    pub fn new(inbound: &'a Inbound, replier: &'a Replier, rules: &'a Rules<'a>, now: Timestamp, chance: &'c mut dyn Chance) -> Self {
        let heard = Heard::read(inbound.text.expose(), rules.packs);
        let clock = stamped(inbound);
        let view = &replier.person;
        Self { inbound, view, replier, rules, now, chance, clock, heard, danger: None, effects: Vec::new(), silenced: false }
    }

    /// A resolution by this rule with everything decided so far.
    pub fn taken(&mut self, rule: u8, outcome: Outcome, why: impl Into<String>) -> Resolution {
        let mut why = why.into();
        if let Some(said) = self.clock.distrust() {
            why = format!("{why} ({said})");
        }
        Resolution {
            rule,
            outcome,
            session: None,
            question: None,
            answer: None,
            value: None,
            note: None,
            why,
            candidates: Vec::new(),
            danger: false,
            queue: None,
            silenced: false,
            effects: std::mem::take(&mut self.effects),
        }
    }

    /// A resolution about one question. Whatever leaves its answer unclear is told to the log.
    pub fn taken_of(&mut self, rule: u8, outcome: Outcome, asked: &Asked, why: impl Into<String>) -> Resolution {
        if outcome == Outcome::Unclear {
            self.unclear(asked);
        }
        let mut resolution = self.taken(rule, outcome, why);
        resolution.session = Some(asked.session.id);
        resolution.question = Some(asked.question.id);
        resolution
    }

    /// Whether the guard lets this reply out; what it holds back is flagged.
    pub fn may_reply(&mut self, reply: Reply) -> bool {
        let guard = &self.replier.guard;
        let looping = self.is_looping();
        let may = match reply {
            Reply::Consent => !looping,
            Reply::Service => !looping && guard.service_last_hour < SERVICE_PER_HOUR_MAX,
            Reply::Code => !looping,
            Reply::Again => !looping && guard.asked_last_day < ASKED_PER_DAY_MAX,
            Reply::Fallback => {
                !looping && guard.fallback_last_day == 0 && guard.asked_last_day < ASKED_PER_DAY_MAX && self.view.out_of.is_empty()
            }
        };
        self.silenced |= !may;
        may
    }

    /// Whether the guard holds back what a keyword says: too many keywords in an hour (an outage is confirmed each time), the
    /// same text over and over, or a sender that asks for no automatic reply.
    pub fn is_keyword_quiet(&mut self, lane: &str) -> bool {
        let guard = &self.replier.guard;
        let category = self.rules.lane(lane).map(|lane| lane.category);
        let counts = !matches!(category, Some(Category::Outage | Category::Safety));
        let quiet = self.is_looping() || (counts && guard.begun_last_hour >= SERVICE_PER_HOUR_MAX);
        self.silenced |= quiet;
        quiet
    }

    fn is_looping(&self) -> bool {
        self.inbound.loop_prevention || self.replier.guard.equal_last_hour >= EQUAL_MAX
    }

    /// One of the box's own texts, to the writer, on the SIM that was written to.
    pub fn service(&mut self, name: &str, extra: &[(&str, &str)], reply: Reply) -> bool {
        let text = render::built_in(self.rules, &self.view.language, name, extra);
        self.service_text(text, reply)
    }

    /// Words of the box's own, to the writer.
    pub fn service_text(&mut self, text: Text, reply: Reply) -> bool {
        if text.is_empty() || !self.may_reply(reply) {
            return false;
        }
        let purpose = if reply == Reply::Fallback { Purpose::Fallback } else { Purpose::Service };
        let outgoing = self.to_writer(text, purpose);
        self.effects.push(Effect::Say { outgoing, question: None });
        true
    }

    /// A text to the writer outside any session.
    pub fn to_writer(&self, text: Text, purpose: Purpose) -> Outgoing {
        Outgoing {
            to: self.view.msisdn.clone(),
            text,
            purpose,
            category: if purpose == Purpose::Safety { Category::Safety } else { Category::Consent },
            policy: Policy::Notice,
            // What nobody waits for goes behind the alarms: a flood of strangers must not hold those up.
            rank: if purpose == Purpose::Fallback { Rank(3) } else { Rank(1) },
            sim: Some(self.inbound.sim.clone()),
            session: None,
            not_before: None,
            expires_at: Some(self.now.plus(SERVICE_TERM)),
        }
    }

    /// Gives a person something to do.
    pub fn task(&mut self, kind: TaskKind, queue: &str, urgent: bool, note: String, session: Option<&Session>) {
        self.effects.push(Effect::Task(NewTask {
            kind,
            queue: queue.to_owned(),
            urgent,
            note: Text::new(note),
            session: session.map(|session| session.id),
            msisdn: Some(self.view.msisdn.clone()),
            due: None,
        }));
    }

    pub fn emit(&mut self, kind: &'static str, session: Option<&Session>, data: BTreeMap<String, Value>) {
        let (session, msisdn) = (session.map(|session| session.id), Some(self.view.msisdn.clone()));
        self.effects.push(Effect::Emit { kind: kind.into(), session, msisdn, data });
    }

    /// A text did not answer this question.
    pub fn unclear(&mut self, asked: &Asked) {
        let step = Value::Text(asked.question.step.clone());
        self.emit("session.unclear", Some(&asked.session), BTreeMap::from([("step".to_owned(), step)]));
    }

    /// A machine for a session of this person.
    pub fn machine(&mut self, session: &Session) -> Machine<'a, '_> {
        Machine::new(session.clone(), Some(self.view), self.rules, self.now, self.chance)
    }

    /// What a machine did becomes what this text does. The door is opened once, at the end.
    pub fn adopt(&mut self, session: &Session, effects: Vec<Effect>) {
        self.effects.push(Effect::Save(session.clone()));
        self.effects.extend(effects);
    }

    pub fn ask(&self, asked: &Asked) -> Option<Arc<Ask>> {
        ask_of(&asked.session, &asked.question.step, self.rules)
    }

    pub fn matched(&self, asked: &Asked, ask: &Ask) -> Match {
        matching::matched(&self.heard, ask, &asked.session, self.rules, self.now)
    }

    /// Questions that wait for an answer, oldest first.
    pub fn waiting(&self) -> Vec<&'a Asked> {
        self.view.questions.iter().filter(|asked| asked.question.state == QuestionState::Waiting).collect()
    }

    /// One of the box's own texts that hands over to a person: it says when somebody of this queue answers.
    pub fn hand_over_text(&mut self, name: &str, queue: &str, reply: Reply) -> bool {
        let language = &self.view.language;
        let hint = hours::somebody_answers(queue, language, self.rules, self.now);
        let text = render::built_in(self.rules, language, name, &[]);
        self.service_text(render::with_hint(&text, &hint), reply)
    }

    /// The queue for what has no queue of its own: the one of the session's lane, else `default`.
    pub fn queue_of(&self, session: Option<&Session>) -> String {
        session.map_or_else(|| DEFAULT.to_owned(), |session| self.queue_of_lane(&lane_name(session, self.rules)))
    }

    /// The queue of a lane: the one of its name, else `default`.
    pub fn queue_of_lane(&self, lane: &str) -> String {
        self.rules.queues.get(lane).map_or(DEFAULT, |queue| queue.name.as_str()).to_owned()
    }

    /// The first words of a text, for notes.
    pub fn quote(&self) -> String {
        self.inbound.text.expose().chars().take(NOTE_LETTERS_MAX).collect()
    }
}

/// A note is no novel.
const NOTE_LETTERS_MAX: usize = 300;
/// An automatic reply that has not left by then helps nobody.
const SERVICE_TERM: std::time::Duration = std::time::Duration::from_hours(1);
