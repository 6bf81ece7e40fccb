//! What moves a session besides a reply: outcomes, events, timers, pages, persons.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{HEARD, INSIDE, JOIN_UNTIL, Machine, RUNG, event_of};
use crate::chance::Chance;
use crate::conversation::effect::{Effect, TimerKind};
use crate::conversation::flow::{Ask, Flow, Http, Outside, Target, Verb};
use crate::conversation::render;
use crate::conversation::rules::{CallOutcome, Moved, Rules, Trigger};
use crate::conversation::session::{Question, Session};
use crate::conversation::view::PersonView;
use crate::terms::{Purpose, QuestionState, SessionState};
use crate::time::Timestamp;
use crate::value::Value;

/// Moves a session. A trigger of a visit that is over does nothing but save the session as it is.
pub fn advance(
    session: Session,
    trigger: Trigger,
    view: Option<&PersonView>,
    rules: &Rules<'_>,
    now: Timestamp,
    chance: &mut dyn Chance,
) -> Moved {
    let mut machine = Machine::new(session, view, rules, now, chance);
    if machine.session.state.is_open() {
        machine.pull(trigger);
    }
    machine.finish()
}

impl Machine<'_, '_> {
    fn pull(&mut self, trigger: Trigger) {
        match trigger {
            Trigger::Called { step, visit, outcome, saved } => self.called(&step, visit, outcome, &saved),
            Trigger::RungOut { outcome } => self.rung_out(outcome),
            Trigger::Happened { event, data } => self.happened(&event, &data),
            Trigger::Timer { kind: TimerKind::Expires, .. } => self.expire(),
            Trigger::Timer { kind, visit } if visit == self.session.visit => self.timed(kind),
            Trigger::Timer { .. } => {}
            Trigger::LinkDone { visit, data } if visit == self.session.visit => self.link_done(&data),
            Trigger::LinkDone { .. } => {}
            Trigger::Undelivered { question } => self.undelivered(question),
            Trigger::Closed { by } => {
                self.effects.push(Effect::WithdrawSession(self.session.id));
                self.close(SessionState::Closed, "closed");
                self.emit("session.completed", BTreeMap::from([("closed_by".to_owned(), Value::Text(by))]));
            }
            Trigger::HandedBack => self.handed_back(),
            Trigger::Led { step } => self.led(&step),
            Trigger::OptedOut => self.park(),
        }
    }

    fn here(&self) -> Option<(Arc<Flow>, Verb)> {
        let flow = self.flow()?;
        let verb = flow.step(&self.session.step)?.verb.clone();
        Some((flow, verb))
    }

    fn here_asks(&self) -> Option<Arc<Ask>> {
        match self.here() {
            Some((_, Verb::Ask(ask))) => Some(ask),
            Some(_) | None => None,
        }
    }

    fn called(&mut self, step: &str, visit: u32, outcome: CallOutcome, saved: &BTreeMap<String, Value>) {
        if step != self.session.step || visit != self.session.visit {
            return;
        }
        let Some((flow, Verb::Http(http))) = self.here() else { return };
        if outcome == CallOutcome::Ok {
            self.save(&flow, &http, saved);
        }
        let next = match outcome {
            CallOutcome::Ok => &http.ok,
            CallOutcome::Fail => &http.fail,
            CallOutcome::Unknown => http.unknown.as_ref().unwrap_or(&http.fail),
        };
        self.enter(&next.name);
    }

    /// Where the session has gone on meanwhile, nobody waits for this any more.
    fn rung_out(&mut self, outcome: CallOutcome) {
        let Some((step, visit)) = self.note(RUNG).split_once(' ').map(|(step, visit)| (step.to_owned(), visit.parse::<u32>().ok())) else {
            return;
        };
        self.set_note(RUNG, String::new());
        let Some(flow) = self.flow().filter(|_| visit == Some(self.session.visit)) else { return };
        let Some(Verb::Ring(ring)) = flow.step(&step).map(|step| &step.verb) else { return };
        let next = match outcome {
            CallOutcome::Ok => ring.ok.as_ref(),
            CallOutcome::Fail => ring.fail.as_ref(),
            CallOutcome::Unknown => ring.unknown.as_ref().or(ring.fail.as_ref()),
        };
        if let Some(next) = next {
            self.withdraw_prompt();
            self.enter(&next.name);
        }
    }

    fn save(&mut self, flow: &Flow, http: &Http, saved: &BTreeMap<String, Value>) {
        for (slot, field) in &http.save {
            if let Some(value) = saved.get(field) {
                self.fill(flow, slot, value);
            }
        }
    }

    /// Puts a value that was looked at already into a slot, in the type the flow names for it.
    fn fill(&mut self, flow: &Flow, slot: &str, value: &Value) {
        let value = match flow.needs.get(slot) {
            Some(need) => render::typed(*need, value).unwrap_or_else(|| value.clone()),
            None => value.clone(),
        };
        self.session.slots.insert(slot.to_owned(), value);
    }

    /// Puts a value from outside into a slot; one of another type than the flow names is none.
    fn fill_typed(&mut self, flow: &Flow, slot: &str, value: &Value) {
        let value = match flow.needs.get(slot) {
            Some(need) => render::typed(*need, value),
            None => Some(value.clone()),
        };
        if let Some(value) = value {
            self.session.slots.insert(slot.to_owned(), value);
        }
    }

    fn happened(&mut self, event: &str, data: &BTreeMap<String, Value>) {
        let Some((_, verb)) = self.here() else { return self.fail("its step is gone") };
        if let Verb::Link(link) = &verb {
            match event {
                "done" => return self.link_done(data),
                "expired" => {
                    let next = link.expired.name.clone();
                    return self.enter(&next);
                }
                _ => {}
            }
        }
        let on = of_sleep(&verb, event);
        match event_of(&self.session, event, self.rules) {
            Some((of, outside)) => self.outside(&of, event, &outside, on, data),
            None => on.into_iter().for_each(|on| self.led_by(event, &on)),
        }
    }

    /// What an event fills and says, whatever step the session is in; and where it leads: where the sleeping step says so, else
    /// where the event does.
    fn outside(&mut self, of: &Arc<Flow>, event: &str, outside: &Outside, on: Option<Target>, data: &BTreeMap<String, Value>) {
        for slot in &outside.data {
            if let Some(value) = data.get(slot) {
                self.fill_typed(of, slot, value);
            }
        }
        let go = outside.go.as_ref().filter(|_| on.is_none());
        // Before anything is said: what the event says is no prompt of the step that it ends.
        if go.is_some() {
            self.effects.push(Effect::StopRinging(self.session.id));
            self.withdraw_prompt();
        }
        if let Some(texts) = &outside.tell {
            if outside.to_paged {
                self.say_to_paged(texts);
            } else {
                self.say(texts, Purpose::Tell, &[]);
            }
        }
        if let Some(on) = on {
            return self.led_by(event, &on);
        }
        let Some(go) = go else { return };
        if self.flow().is_some_and(|flow| !Arc::ptr_eq(&flow, of)) {
            self.session.slots.remove(INSIDE);
        }
        self.led_by(event, go);
    }

    /// Goes on at a step because of an event: a session that ends there has been ended by it.
    fn led_by(&mut self, event: &str, go: &Target) {
        self.session.ended_by = Some(format!("event:{event}"));
        self.enter(&go.name);
        if self.session.state.is_open() {
            self.session.ended_by = None;
        }
    }

    /// A prompt that has not left yet is not sent any more.
    fn withdraw_prompt(&mut self) {
        self.effects.push(Effect::WithdrawSession(self.session.id));
    }

    fn link_done(&mut self, data: &BTreeMap<String, Value>) {
        let Some((flow, Verb::Link(link))) = self.here() else { return };
        for slot in &link.data {
            if let Some(value) = data.get(slot) {
                self.fill_typed(&flow, slot, value);
            }
        }
        self.enter(&link.done.name);
    }

    fn timed(&mut self, kind: TimerKind) {
        match kind {
            TimerKind::Remind(at) => self.remind(usize::from(at)),
            TimerKind::Silence => self.silence(),
            TimerKind::Expires => self.expire(),
            TimerKind::LinkExpired => {
                if let Some((_, Verb::Link(link))) = self.here() {
                    self.enter(&link.expired.name);
                }
            }
            TimerKind::Door => self.open_door(),
            TimerKind::Join => self.joined(),
            TimerKind::Page => {
                if let Some(ask) = self.here_asks()
                    && let Some(roster) = ask.roster.clone()
                {
                    self.page_again(&ask, &roster);
                }
            }
        }
    }

    fn question(&self) -> Option<Question> {
        let view = self.view?;
        let mine =
            |asked: &&crate::conversation::view::Asked| asked.session.id == self.session.id && asked.question.visit == self.session.visit;
        view.questions.iter().find(mine).map(|asked| asked.question.clone())
    }

    fn remind(&mut self, at: usize) {
        let Some(ask) = self.here_asks() else { return };
        let Some(remind) = ask.remind.get(at) else { return };
        let question = self.question();
        if question.as_ref().is_some_and(|question| question.state != QuestionState::Waiting) {
            return;
        }
        if remind.by_email {
            return self.emit("session.reminder_due", BTreeMap::from([("via".to_owned(), Value::Text("email".to_owned()))]));
        }
        let (Some(to), Some(question)) = (self.person(), question) else { return };
        let outgoing = self.outgoing(to, question.text.clone(), Purpose::Reminder);
        self.effects.push(Effect::Say { outgoing, question: Some(question.id) });
    }

    fn silence(&mut self) {
        if self.session.slots.contains_key(JOIN_UNTIL) {
            return;
        }
        let silence = match self.here() {
            Some((_, Verb::Ask(ask))) => ask.silence.clone(),
            Some((_, Verb::Tell(tell))) => tell.silence.clone(),
            Some(_) | None => None,
        };
        let Some(silence) = silence else { return };
        self.leave(QuestionState::Expired);
        self.session.ended_by = Some("silence".to_owned());
        self.enter(&silence.go.name);
        if self.session.state.is_open() {
            self.session.ended_by = None;
        }
    }

    fn open_door(&mut self) {
        let (Some(view), Some(question)) = (self.view, self.question()) else { return };
        if question.state == QuestionState::Held {
            let effect = crate::conversation::door::let_out(view, self.rules, &self.session, &question, self.now, true);
            self.effects.extend(effect);
        }
    }

    fn joined(&mut self) {
        let until = match self.session.slots.get(JOIN_UNTIL) {
            Some(Value::Number(ms)) => Timestamp::from_unix_ms(*ms),
            Some(_) | None => return,
        };
        if until > self.now {
            return;
        }
        if let Some(go) = self.here_asks().and_then(|ask| ask.go.clone()) {
            self.leave(QuestionState::Answered);
            self.enter(&go.name);
        }
    }

    /// What cannot be delivered leads where a sleeping step or the flow says; by default a session ends whose person was never
    /// reached, or whose question cannot be. A text that asks nothing moves only a step that says where.
    fn undelivered(&mut self, question: Option<i64>) {
        let Some((_, verb)) = self.here() else { return };
        let on = of_sleep(&verb, UNDELIVERED);
        if question.is_none() && on.is_none() {
            return;
        }
        let about = question.map(|question| ("question".to_owned(), Value::Number(question)));
        self.emit("session.undelivered", about.into_iter().collect());
        if let Verb::Ask(ask) = &verb
            && let Some(roster) = &ask.roster
        {
            return self.unreached(ask, roster);
        }
        match (event_of(&self.session, UNDELIVERED, self.rules), on) {
            (Some((of, outside)), on) => return self.outside(&of, UNDELIVERED, &outside, on, &BTreeMap::new()),
            (None, Some(on)) => return self.led_by(UNDELIVERED, &on),
            (None, None) => {}
        }
        let current = self.question().is_some_and(|current| Some(current.id) == question);
        let ends = match verb {
            Verb::Ask(_) => true,
            // Who has answered before was reached: what they agreed to stands.
            Verb::Tell(_) => self.note(HEARD).is_empty(),
            _ => false,
        };
        if current && ends {
            self.close(SessionState::Failed, "undelivered");
            let why = Value::Text("the question cannot be delivered".to_owned());
            self.emit("session.failed", BTreeMap::from([("reason".to_owned(), why)]));
        }
    }

    /// A person of the house has decided where it goes on; what it had queued is not sent any more.
    fn led(&mut self, step: &str) {
        if self.flow().is_none_or(|flow| flow.step(step).is_none()) {
            self.session.slots.remove(INSIDE);
        }
        self.effects.push(Effect::StopRinging(self.session.id));
        self.withdraw_prompt();
        self.enter(step);
    }

    /// A person gave the thread back: a question with a risk is asked anew, so that no older yes can answer it.
    fn handed_back(&mut self) {
        if let Some((_, Verb::Agent(agent))) = self.here()
            && let Some(back) = &agent.back
        {
            return self.enter(&back.name);
        }
        if self.here_asks().is_some_and(|ask| ask.risk.is_some()) {
            let step = self.session.step.clone();
            self.free_door = true;
            self.enter(&step);
        }
    }
}

/// The event that every flow knows: a text cannot be delivered.
const UNDELIVERED: &str = "undelivered";

/// Where a step that sleeps goes when this happens.
fn of_sleep(verb: &Verb, event: &str) -> Option<Target> {
    let Verb::Tell(tell) = verb else { return None };
    let awaited = || tell.go.as_ref().filter(|_| tell.wait.as_ref().is_some_and(|wait| wait.name == event));
    tell.on.get(event).or_else(awaited).cloned()
}
