//! How a session ends: `done`, expiry, STOP, a person; and the flow that an end opens.

use std::collections::BTreeMap;

use super::begin::{begin_later, expires_at};
use super::{INSIDE, Machine, ask_of, category_of};
use crate::conversation::effect::{Due, Effect, TimerKind};
use crate::conversation::flow::{After, Done, Expires, Verb};
use crate::conversation::rules::Begin;
use crate::conversation::session::FlowRef;
use crate::terms::{Category, Purpose, SessionState};
use crate::value::Value;

impl Machine<'_, '_> {
    /// A `done`: the last words, then the end; in a sub-flow the outer flow goes on.
    pub(super) fn done(&mut self, done: &Done) -> Option<String> {
        if !self.note(INSIDE).is_empty() {
            if let Some(texts) = &done.text {
                self.say(texts, Purpose::Tell, &[]);
            }
            return self.return_from_run();
        }
        let by = self.session.ended_by.take().unwrap_or_else(|| "done".to_owned());
        self.close(SessionState::Completed, &by);
        self.session.result.clone_from(&done.result);
        match (&done.text, &done.keep) {
            (Some(texts), Some(keep)) => self.say_kept(texts, keep),
            (Some(texts), None) => self.say(texts, Purpose::Tell, &[]),
            (None, _) => {}
        }
        let result = done.result.clone().map(|result| ("result".to_owned(), Value::Text(result)));
        self.emit("session.completed", result.into_iter().collect());
        self.open_followers();
        None
    }

    /// An answer that an ended session still hears: it lives again, for another term where its own is over.
    pub(super) fn live_again(&mut self) {
        if self.session.state != SessionState::Completed {
            return;
        }
        if self.session.expires_at <= self.now {
            let again = self.flow().and_then(|flow| expires_at(&flow, &self.session, self.rules, self.now));
            self.session.expires_at = again.filter(|at| *at > self.now).unwrap_or_else(|| self.now.plus(TERM_AGAIN));
        }
        self.session.state = SessionState::Asked;
        self.session.result = None;
        self.session.ended_at = None;
        self.session.ended_by = None;
        let due = Due::At(self.session.expires_at);
        self.effects.push(Effect::Timer { session: self.session.id, visit: 0, kind: TimerKind::Expires, due });
    }

    /// Flows that begin after this one.
    fn open_followers(&mut self) {
        let followers: Vec<(FlowRef, After)> = self
            .rules
            .flows
            .all_active()
            .filter_map(|(exact, flow)| flow.after.clone().map(|after| (exact, after)))
            .filter(|(_, after)| after.flow.name == self.session.flow.name)
            .filter(|(_, after)| after.result.is_none() || after.result == self.session.result)
            .collect();
        for (exact, after) in followers {
            if self.is_sampled(&after) && !self.had_enough(&exact, &after) {
                self.open_follower(exact, &after);
            }
        }
    }

    fn is_sampled(&mut self, after: &After) -> bool {
        let mut octets = [0; 4];
        self.chance.fill(&mut octets);
        u32::from_be_bytes(octets) % after.one_in.max(1) == 0
    }

    fn had_enough(&self, exact: &FlowRef, after: &After) -> bool {
        let (Some((times, _)), Some(view)) = (after.per_person, self.view) else { return false };
        view.begun.get(&exact.name).is_some_and(|begun| *begun >= times)
    }

    fn open_follower(&mut self, exact: FlowRef, after: &After) {
        let Some(flow) = self.rules.flows.get(&exact).cloned() else { return };
        let data = flow
            .needs
            .keys()
            .filter_map(|slot| self.session.slots.get(slot).map(|value| (slot.clone(), value.clone())))
            .collect::<BTreeMap<_, _>>();
        let mut request = Begin::new(exact, self.session.people.first().cloned(), data);
        request.language = Some(self.session.language.clone());
        let at = self.now.plus(after.wait);
        // A follower that may not begin (opted out, twin) is none: the flow before it has ended well.
        if let Ok(moved) = begin_later(&flow, request, self.view, self.rules, (at, Some(at)), self.chance) {
            self.effects.extend(moved.effects);
        }
    }

    /// The session's time is over.
    pub(super) fn expire(&mut self) {
        let Some(flow) = self.rules.flows.get(&self.session.flow).cloned() else { return self.fail("its flow's revision is gone") };
        match &flow.expires {
            Expires::Renew { after, event, go } => self.renew(*after, event, &go.name),
            Expires::After(_) | Expires::Until(_) => {
                if self.session.expires_at > self.now {
                    return;
                }
                self.close(SessionState::Expired, "expired");
                self.emit("session.expired", BTreeMap::new());
            }
        }
    }

    fn renew(&mut self, term: std::time::Duration, event: &str, go: &str) {
        self.session.expires_at = self.now.plus(term);
        let due = Due::At(self.session.expires_at);
        self.effects.push(Effect::Timer { session: self.session.id, visit: 0, kind: TimerKind::Expires, due });
        if ask_of(&self.session, &self.session.step, self.rules).is_none() {
            return;
        }
        let data = BTreeMap::from([("event".to_owned(), Value::Text(event.to_owned()))]);
        // Whoever follows alarms knows one event, whatever a flow calls it.
        if event != UNANSWERED && category_of(&self.session, self.rules) == Category::Alarm {
            self.emit(UNANSWERED, data.clone());
        }
        self.emit(event.to_owned(), data);
        // The step is one of the flow itself, also where a sub-flow asks.
        self.session.slots.remove(INSIDE);
        self.enter(go);
    }

    /// The person opted out: a step that waits for an outcome may lead it to a person, everything else is parked.
    pub fn park(&mut self) {
        self.effects.push(Effect::WithdrawSession(self.session.id));
        let leads = self.flow().and_then(|flow| match flow.step(&self.session.step).map(|step| step.verb.clone()) {
            Some(Verb::Tell(tell)) => tell.on.get("parked").map(|target| target.name.clone()),
            Some(_) | None => None,
        });
        if let Some(step) = leads {
            self.emit("session.parked", BTreeMap::from([("goes_on".to_owned(), Value::Text(step.clone()))]));
            return self.enter(&step);
        }
        self.close(SessionState::Parked, "optout");
        self.emit("session.parked", BTreeMap::from([("reason".to_owned(), Value::Text("not answered, opted out".to_owned()))]));
    }
}

/// An alarm whose question nobody has answered in its time.
const UNANSWERED: &str = "alarm.unanswered";
/// Where the day of an end lies behind us.
const TERM_AGAIN: std::time::Duration = std::time::Duration::from_hours(24);
