//! The session machine: a session enters steps until one waits. Pure: session in, session and effects out.
//!
//! Slots whose name begins with `@` are the machine's own (which text was heard, who was paged, in which sub-flow it is);
//! no flow file can name them.

pub mod answer;
mod begin;
mod end;
mod roster;
mod say;
mod steps;
mod trigger;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::effect::{Effect, TimerKind};
use super::flow::{Ask, Flow, Outside, Verb};
use super::rules::{Moved, Rules};
use super::session::Session;
use super::view::PersonView;
use crate::chance::Chance;
use crate::msisdn::Msisdn;
use crate::terms::{Category, Lane, QuestionState, SessionState};
use crate::time::Timestamp;
use crate::value::Value;

pub use roster::was_paged;

pub use begin::{begin, begin_later, known_slots};
pub use trigger::advance;

/// A flow that takes more steps than this without a wait goes round in circles.
const STEPS_MAX: u32 = 100;
/// Sub-flows in sub-flows.
const DEPTH_MAX: usize = 4;
/// Open sessions per number; staff is exempt.
pub const OPEN_SESSIONS_MAX: usize = 8;
/// A text younger than this has its writer at the phone: quiet hours do not hold an answer back.
pub const LIVE_MS: i64 = 30 * 60 * 1000;

/// The last text that moved the session.
pub const HEARD: &str = "@heard";
/// When it was stamped, in milliseconds.
pub const HEARD_AT: &str = "@heard_at";
/// The visit that put the session's first question.
pub const FIRST_ASKED: &str = "@first_asked";
/// ICCID of the SIM it came in on.
const HEARD_SIM: &str = "@heard_sim";
/// The number of whoever answered last.
pub const WHO: &str = "@who";
/// Numbers that were paged, in order, separated by blanks.
const PAGED: &str = "@paged";
/// Numbers the present roster step has paged in this round.
const ROUND: &str = "@round";
/// The numbers of this roster step whose page cannot be delivered.
const UNREACHED: &str = "@unreached";
/// How often pages that cannot be delivered have led to the next step before its time.
const HURRIED: &str = "@hurried";
/// The alarm as its first page names it.
const ALARM: &str = "@alarm";
/// Rounds that the present roster step has finished.
const ROUNDS: &str = "@rounds";
/// Numbers that passed the alarm on in the present roster step.
const PASSED: &str = "@passed";
/// Sub-flows: `flow@revision:return step`, separated by blanks.
const INSIDE: &str = "@inside";
/// The step that has somebody rung, and the visit behind it that waits for what comes of that.
const RUNG: &str = "@rung";
/// When the join window of a text step ends, in milliseconds.
const JOIN_UNTIL: &str = "@join_until";
/// The words after the keyword that began the session; the `ask` that owns their slot looks at them first.
pub const REST: &str = "@rest";
/// The row that the next page of the present list begins with, where it takes more than one.
pub const NEXT_PAGE: &str = "@next_page";
/// The row that the page to be shown begins with.
const PAGE: &str = "@page";
/// The lane whose rank the session has from its keyword.
pub const RANK: &str = "@rank";
/// The guard holds back what the session says, until its person answers one of its questions.
pub const QUIET: &str = "@quiet";
/// Prefix of a person's staff code.
const CODE: &str = "@code:";

/// One session on its way.
pub struct Machine<'a, 'c> {
    /// Flows, packs, settings.
    pub rules: &'a Rules<'a>,
    /// The person it speaks with, where it speaks with one.
    pub view: Option<&'a PersonView>,
    /// When this happens.
    pub now: Timestamp,
    /// Where ids, tokens and codes come from.
    pub chance: &'c mut dyn Chance,
    /// The session.
    pub session: Session,
    /// What has to happen so far.
    pub effects: Vec<Effect>,
    /// The next prompt carries this tag and passes the door: rehearsals.
    pub tag: Option<u8>,
    /// The next prompt passes the door.
    pub free_door: bool,
    /// The person is at the phone: quiet hours do not hold texts back.
    pub live: bool,
    /// Texts do not leave before this.
    pub not_before: Option<Timestamp>,
}

impl<'a, 'c> Machine<'a, 'c> {
    /// A machine for this session.
    pub fn new(session: Session, view: Option<&'a PersonView>, rules: &'a Rules<'a>, now: Timestamp, chance: &'c mut dyn Chance) -> Self {
        let heard = match session.slots.get(HEARD_AT) {
            Some(Value::Number(ms)) => now.ms_since(Timestamp::from_unix_ms(*ms)) < LIVE_MS,
            Some(_) | None => false,
        };
        let effects = Vec::new();
        Self { rules, view, now, chance, session, effects, tag: None, free_door: false, live: heard, not_before: None }
    }

    /// The flow whose steps the session is in: a sub-flow while one runs.
    pub fn flow(&self) -> Option<Arc<Flow>> {
        current_flow(&self.session, self.rules)
    }

    /// Enters a step and goes on until one waits.
    pub fn enter(&mut self, name: &str) {
        let mut next = Some(name.to_owned());
        let mut steps = 0;
        while let Some(name) = next {
            if !self.session.state.is_open() {
                return;
            }
            steps += 1;
            if steps > STEPS_MAX {
                self.fail("it took 100 steps without waiting for anything");
                return;
            }
            next = self.step(&name);
        }
        if !self.note(RUNG).is_empty() && !self.note(RUNG).contains(' ') {
            self.set_note(RUNG, format!("{} {}", self.note(RUNG), self.session.visit));
        }
    }

    /// Leaves the present step: whatever it asked is over.
    fn leave(&mut self, state: QuestionState) {
        self.effects.push(Effect::CloseQuestions { session: self.session.id, state });
        self.session.slots.remove(JOIN_UNTIL);
    }

    /// The machine's own slot as words.
    fn note(&self, name: &str) -> &str {
        match self.session.slots.get(name) {
            Some(Value::Text(text)) => text,
            Some(_) | None => "",
        }
    }

    fn set_note(&mut self, name: &str, words: String) {
        if words.is_empty() {
            self.session.slots.remove(name);
        } else {
            self.session.slots.insert(name.to_owned(), Value::Text(words));
        }
    }

    /// Appends to the event log.
    pub fn emit(&mut self, kind: impl Into<Cow<'static, str>>, data: BTreeMap<String, Value>) {
        let msisdn = self.person();
        self.effects.push(Effect::Emit { kind: kind.into(), session: Some(self.session.id), msisdn, data });
    }

    /// The person it speaks with; on a roster, who answered last.
    pub fn person(&self) -> Option<Msisdn> {
        Msisdn::from_e164(self.note(WHO)).ok().or_else(|| self.session.people.first().cloned())
    }

    /// What the session is now and what has to happen; the row comes first, the questions refer to it.
    pub fn finish(mut self) -> Moved {
        let at = 0;
        self.effects.insert(at, Effect::Save(self.session.clone()));
        if let Some(view) = self.view {
            super::door::release(view, self.rules, &mut self.effects, self.now);
        }
        Moved { session: self.session, effects: self.effects }
    }

    /// Ends the session with a reason that people can read.
    fn fail(&mut self, why: &str) {
        let data = BTreeMap::from([("reason".to_owned(), Value::Text(why.to_owned()))]);
        self.close(SessionState::Failed, "failed");
        self.emit("session.failed", data);
    }

    fn close(&mut self, state: SessionState, by: &str) {
        self.leave(QuestionState::Withdrawn);
        self.session.state = state;
        self.session.ended_at = Some(self.now);
        self.session.ended_by = Some(by.to_owned());
    }

    fn timer(&mut self, kind: TimerKind, due: super::effect::Due) {
        self.effects.push(Effect::Timer { session: self.session.id, visit: self.session.visit, kind, due });
    }
}

/// The flow whose steps a session is in.
pub fn current_flow(session: &Session, rules: &Rules<'_>) -> Option<Arc<Flow>> {
    rules.flows.get(&current_ref(session)).cloned()
}

/// The name of the lane that counts for a session: a sub-flow's while one runs.
pub fn lane_name(session: &Session, rules: &Rules<'_>) -> String {
    current_flow(session, rules).map_or_else(|| session.lane.clone(), |flow| flow.lane.name.clone())
}

/// The lane that counts for a session: a sub-flow's while one runs.
pub fn lane_of<'a>(session: &Session, rules: &Rules<'a>) -> Option<&'a Lane> {
    let name = lane_name(session, rules);
    rules.lanes.iter().find(|lane| lane.name == name)
}

/// The category that a session's texts have now.
pub fn category_of(session: &Session, rules: &Rules<'_>) -> Category {
    lane_of(session, rules).map_or(Category::Account, |lane| lane.category)
}

/// What an event does to a session, and the flow that says it: a sub-flow while one runs, else the outer one.
pub fn event_of(session: &Session, event: &str, rules: &Rules<'_>) -> Option<(Arc<Flow>, Outside)> {
    let flows = [current_flow(session, rules), rules.flows.get(&session.flow).cloned()];
    flows.into_iter().flatten().find_map(|flow| flow.events.get(event).cloned().map(|outside| (flow, outside)))
}

/// The flow a session is in, at its revision: a sub-flow while one runs.
fn current_ref(session: &Session) -> super::session::FlowRef {
    inside(session).pop().map_or_else(|| session.flow.clone(), |(exact, _)| exact)
}

/// The sub-flows a session is in, outermost first, each with the step to return to.
fn inside(session: &Session) -> Vec<(super::session::FlowRef, String)> {
    let Some(Value::Text(stack)) = session.slots.get(INSIDE) else { return Vec::new() };
    let frame = |frame: &str| {
        let (exact, back) = frame.split_once(':')?;
        let (name, revision) = exact.split_once('@')?;
        Some((super::session::FlowRef { name: name.to_owned(), revision: revision.parse().ok()? }, back.to_owned()))
    };
    stack.split(' ').filter_map(frame).collect()
}

/// The `ask` of a step of the flow a session is in.
pub fn ask_of(session: &Session, step: &str, rules: &Rules<'_>) -> Option<Arc<Ask>> {
    match &current_flow(session, rules)?.step(step)?.verb {
        Verb::Ask(ask) => Some(Arc::clone(ask)),
        _ => None,
    }
}

/// Whether the session waits for something: a question, an outcome, a person.
pub fn numbers_of(words: &str) -> Vec<Msisdn> {
    words.split(' ').filter_map(|number| Msisdn::from_e164(number).ok()).collect()
}
