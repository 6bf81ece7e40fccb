//! One verb a step: what each does when it is entered.

use std::collections::BTreeMap;

use super::{DEPTH_MAX, HEARD, HEARD_SIM, INSIDE, Machine, RUNG, current_ref, inside, lane_name};
use crate::conversation::effect::{Call, ConsentChange, Due, Effect, Link, NewTask, Proof, RingList, TaskKind, TimerKind};
use crate::conversation::flow::{AgentStep, Branches, CallbackStep, ConsentStep, Flow, Http, LinkStep, RingStep, Run, Step, Tell, Verb};
use crate::conversation::render;
use crate::conversation::session::{FlowRef, SentText};
use crate::office::DEFAULT;
use crate::terms::{Category, Purpose, QuestionState, SessionState, Word};
use crate::text::Text;
use crate::value::Value;

impl Machine<'_, '_> {
    /// Enters one step; answers with the next one where it does not wait.
    pub(super) fn step(&mut self, name: &str) -> Option<String> {
        let Some(flow) = self.flow() else {
            self.fail("its flow's revision is gone");
            return None;
        };
        let Some(step) = flow.step(name) else {
            self.fail(&format!("flow {} has no step {name}", flow.name));
            return None;
        };
        if self.session.visit > 0 {
            self.leave(QuestionState::Superseded);
        }
        self.forget_round(name);
        self.session.visit += 1;
        name.clone_into(&mut self.session.step);
        self.session.state = SessionState::Asked;
        self.emit("session.moved", BTreeMap::from([("step".to_owned(), Value::Text(name.to_owned()))]));
        self.act(&flow, step)
    }

    fn act(&mut self, flow: &Flow, step: &Step) -> Option<String> {
        match &step.verb {
            Verb::Tell(_) | Verb::Link(_) => {}
            Verb::Ask(_) | Verb::Http(_) | Verb::Agent(_) | Verb::Callback(_) | Verb::Ring(_) => self.say_first(step),
            Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => self.say_first(step),
        }
        match &step.verb {
            Verb::Ask(ask) => self.ask(flow, ask),
            Verb::Tell(tell) => self.tell(step, tell),
            Verb::Http(http) => {
                self.http(http);
                None
            }
            Verb::Link(link) => self.link(step, link),
            Verb::Agent(agent) => self.agent(agent),
            Verb::Callback(callback) => self.callback(callback),
            Verb::Ring(ring) => Some(self.ring(step, ring)),
            Verb::Run(run) => self.run(run),
            Verb::When(branches) => self.when(branches),
            Verb::Consent(consent) => self.consent(consent),
            Verb::Done(done) => self.done(done),
        }
    }

    fn say_first(&mut self, step: &Step) {
        let Some(texts) = &step.tell else { return };
        match self.handed_to(&step.verb) {
            Some(queue) => self.say_with_hours(texts, &queue),
            None => self.say(texts, Purpose::Tell, &[]),
        }
    }

    /// The queue that a step hands over to. A roster is rung at once: it has no office hours.
    fn handed_to(&self, verb: &Verb) -> Option<String> {
        match verb {
            Verb::Agent(agent) => Some(agent.queue.name.clone()),
            Verb::Callback(callback) if callback.list.is_none() => Some(self.callback_queue(callback)),
            Verb::Callback(_) | Verb::Ring(_) | Verb::Ask(_) | Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) => None,
            Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => None,
        }
    }

    fn callback_queue(&self, callback: &CallbackStep) -> String {
        let listed = callback.list.as_ref().map(|list| list.name.clone());
        callback.queue.as_ref().map(|queue| queue.name.clone()).or(listed).unwrap_or_else(|| self.lane_queue())
    }

    /// The queue for what has no queue of its own: the one of the lane, else `default`.
    pub(super) fn lane_queue(&self) -> String {
        self.rules.queues.get(&lane_name(&self.session, self.rules)).map_or(DEFAULT, |queue| queue.name.as_str()).to_owned()
    }

    fn tell(&mut self, step: &Step, tell: &Tell) -> Option<String> {
        match (&step.tell, &tell.keep) {
            (Some(texts), Some(keep)) => self.say_kept(texts, keep),
            (Some(texts), None) if tell.to_paged => self.say_to_paged(texts),
            (Some(texts), None) => self.say(texts, Purpose::Tell, &[]),
            (None, _) => {}
        }
        if tell.wait.is_none() {
            return tell.go.as_ref().map(|go| go.name.clone());
        }
        if let Some(silence) = &tell.silence {
            let due = self.due(&silence.due, true);
            self.timer(TimerKind::Silence, due);
        }
        None
    }

    fn http(&mut self, http: &Http) {
        let body = http.send.iter().map(|(field, template)| (field.clone(), self.value_of(template))).collect();
        self.effects.push(Effect::Call(Call {
            session: self.session.id,
            step: self.session.step.clone(),
            visit: self.session.visit,
            endpoint: http.endpoint.name.clone(),
            read: http.read,
            body,
        }));
    }

    fn link(&mut self, step: &Step, link: &LinkStep) -> Option<String> {
        let base = self.rules.settings.public_url.trim_end_matches('/').to_owned();
        if base.is_empty() {
            return Some(link.expired.name.clone());
        }
        let token = self.token();
        let expires_at = self.now.plus(link.ttl);
        let address = format!("{base}/l/{token}");
        self.effects.push(Effect::Link(Link {
            token,
            session: self.session.id,
            visit: self.session.visit,
            page: link.page.name.clone(),
            show: link.show.clone(),
            fills: link.data.clone(),
            expires_at,
        }));
        self.timer(TimerKind::LinkExpired, Due::At(expires_at));
        if let Some(texts) = &step.tell {
            self.say(texts, Purpose::Tell, &[("link", address)]);
        }
        None
    }

    /// 22 letters of 64: 132 bits that nobody guesses, and short in a text.
    fn token(&mut self) -> String {
        const LETTERS: &[u8; 64] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
        let mut octets = [0; 22];
        self.chance.fill(&mut octets);
        octets.iter().map(|octet| char::from(LETTERS[usize::from(octet & 63)])).collect()
    }

    fn agent(&mut self, agent: &AgentStep) -> Option<String> {
        let note = agent.note.as_ref().map(|note| self.words_of(note)).unwrap_or_default();
        self.task(TaskKind::Agent, agent.queue.name.clone(), agent.urgent, note, None);
        self.emit("agent.requested", BTreeMap::from([("queue".to_owned(), Value::Text(agent.queue.name.clone()))]));
        agent.go.as_ref().map(|go| go.name.clone())
    }

    fn callback(&mut self, callback: &CallbackStep) -> Option<String> {
        let numbers: Vec<String> = callback.to.iter().map(|number| self.words_of(number)).collect();
        let numbers = if numbers.is_empty() { self.roster_or_own(callback) } else { numbers };
        let queue = self.callback_queue(callback);
        let due = callback.within.map(|within| self.now.plus(within));
        let note = format!("call {}", numbers.join(", "));
        let urgent = callback.within.is_some_and(|within| within.is_zero());
        self.task(TaskKind::Callback, queue.clone(), urgent, note, due);
        let kind = ("kind".to_owned(), Value::Text("callback".to_owned()));
        self.emit("agent.requested", BTreeMap::from([("queue".to_owned(), Value::Text(queue)), kind]));
        callback.go.as_ref().map(|go| go.name.clone())
    }

    /// Rings who is on duty, one after the other, while the flow goes on: an answered call says nothing.
    fn ring(&mut self, step: &Step, ring: &RingStep) -> String {
        let people = self.rules.rosters.get(&ring.list.name).into_iter().flatten();
        let people: Vec<_> = people.filter(|colleague| colleague.on_duty).map(|colleague| colleague.msisdn.clone()).collect();
        let awaited = ring.outcomes().next().is_some();
        // Where nobody is on duty, nobody is waited for.
        let nobody = ring.fail.as_ref().filter(|_| people.is_empty());
        let next = nobody.unwrap_or(&ring.go).name.clone();
        self.set_note(RUNG, if awaited && !people.is_empty() { step.name.clone() } else { String::new() });
        self.effects.push(Effect::Ring(RingList {
            session: self.session.id,
            name: ring.list.name.clone(),
            people,
            ring_for: ring.ring_for,
            rounds: ring.rounds,
            pause: ring.pause,
            awaited,
        }));
        next
    }

    fn roster_or_own(&self, callback: &CallbackStep) -> Vec<String> {
        let people = callback.list.as_ref().and_then(|list| self.rules.rosters.get(&list.name));
        match people {
            Some(people) => people.iter().filter(|person| person.on_duty).map(|person| person.msisdn.e164().to_owned()).collect(),
            None => self.session.people.iter().map(|person| person.e164().to_owned()).collect(),
        }
    }

    /// Gives a person something to do.
    pub fn task(&mut self, kind: TaskKind, queue: String, urgent: bool, note: String, due: Option<crate::time::Timestamp>) {
        let (session, msisdn) = (Some(self.session.id), self.person());
        self.effects.push(Effect::Task(NewTask { kind, queue, urgent, note: Text::new(note), session, msisdn, due }));
    }

    fn run(&mut self, run: &Run) -> Option<String> {
        let Some((exact, flow)) = self.rules.flows.active(&run.flow.name) else {
            self.fail(&format!("there is no active flow {}", run.flow.name));
            return None;
        };
        if inside(&self.session).len() >= DEPTH_MAX {
            self.fail("sub-flows are nested too deep");
            return None;
        }
        let frame = format!("{}@{}:{}", exact.name, exact.revision, run.go.name);
        let stack = format!("{} {frame}", self.note(INSIDE)).trim().to_owned();
        self.set_note(INSIDE, stack);
        let look = flow.begin.as_ref().and_then(|begin| begin.look.as_ref());
        let lacks = flow.needs.iter().any(|(slot, need)| !need.optional && !self.session.slots.contains_key(slot));
        match look {
            Some(look) if lacks => Some(look.name.clone()),
            Some(_) | None => Some(flow.start.name.clone()),
        }
    }

    /// Leaves a sub-flow; the step the outer flow goes on at.
    pub(super) fn return_from_run(&mut self) -> Option<String> {
        let stack = self.note(INSIDE).to_owned();
        let (rest, last) = stack.rsplit_once(' ').unwrap_or(("", &stack));
        let back = last.split_once(':').map(|(_, back)| back.to_owned())?;
        let rest = rest.to_owned();
        self.set_note(INSIDE, rest);
        Some(back)
    }

    fn when(&mut self, branches: &Branches) -> Option<String> {
        let taken = branches.branches.iter().find(|(branch, _)| branch.holds(self.session.slots.get(&branch.slot)));
        let target = taken.map(|(_, target)| target).or(branches.otherwise.as_ref());
        if target.is_none() {
            self.fail("no condition holds");
        }
        target.map(|target| target.name.clone())
    }

    fn consent(&mut self, consent: &ConsentStep) -> Option<String> {
        let asking = current_ref(&self.session);
        let proof = self.proof(consent, asking.clone());
        for (names, granted) in [(&consent.grant, true), (&consent.revoke, false)] {
            let categories: Vec<Category> = names.iter().filter_map(|name| Category::from_word(&name.name)).collect();
            let Some(msisdn) = self.person().filter(|_| !categories.is_empty()) else { continue };
            let source = format!("flow:{}@{}", asking.name, asking.revision);
            self.effects.push(Effect::Consent(ConsentChange { msisdn, categories, granted, source, proof: proof.clone(), pending: false }));
        }
        match (&consent.done, &consent.go) {
            (Some(done), _) => self.done(done),
            (None, go) => go.as_ref().map(|go| go.name.clone()),
        }
    }

    /// The words that the flow keeps, and the question of this session that they answer.
    fn proof(&self, consent: &ConsentStep, asking: FlowRef) -> Proof {
        let reply = consent.proof.as_ref().map_or_else(|| self.note(HEARD).to_owned(), |proof| self.words_of(proof));
        let own = |sent: &&SentText| sent.session == Some(self.session.id);
        let shown = self.view.and_then(|view| view.sent.iter().find(own));
        let sim = Some(self.note(HEARD_SIM)).filter(|sim| !sim.is_empty()).map(str::to_owned);
        Proof {
            reply: Text::new(reply),
            shown: shown.map(|sent| sent.text.clone()),
            sim: sim.or_else(|| self.session.sim.clone()),
            flow: Some(asking),
            session: Some(self.session.id),
            by: None,
        }
    }

    /// The value of a template for another system: one slot alone keeps its type.
    fn value_of(&self, template: &crate::conversation::flow::Template) -> Value {
        match template.single_slot() {
            Some("from") | None => Value::Text(self.words_of(template)),
            Some(slot) => match self.session.slots.get(slot) {
                Some(value) => render::sent(value),
                None => Value::Text(self.system_words(slot)),
            },
        }
    }
}
