//! Names that must exist: steps, slots, events, lanes, endpoints, pages, queues, rosters, flows, categories.

use std::collections::BTreeSet;

use super::{Found, Site};
use crate::conversation::flow::reader::propose;
use crate::conversation::flow::{
    Ask, ConsentStep, DueAt, Expires, Figure, Flow, Keep, LinkStep, Moment, Named, RingStep, Step, Target, Tell, Template, Texts, Verb,
};
use crate::conversation::machine::known_slots;
use crate::terms::{Category, Word};

/// What a flow calls.
const ENDPOINT: &str = "endpoint";

/// Slots that every text may use.
const SYSTEM: &[&str] = &["utility", "emergency", "from", "heard", "heard_at", "person"];

pub(super) fn check(flow: &Flow, site: &Site<'_>, found: &mut Found) {
    let look = Look { flow, site, slots: known_slots(flow) };
    look.head(found);
    for step in flow.steps.values() {
        look.step(step, found);
    }
    look.unreached(found);
}

struct Look<'a> {
    flow: &'a Flow,
    site: &'a Site<'a>,
    slots: BTreeSet<&'a str>,
}

impl Look<'_> {
    fn head(&self, found: &mut Found) {
        let flow = self.flow;
        let settings = self.site.settings;
        for (name, value) in [("emergency", &settings.emergency), ("control_room", &settings.control_room)] {
            if value.is_empty() {
                let reason = format!("the settings name no `{name}`: a danger that somebody texts would go nowhere");
                found.error(1, "settings", reason, format!("set `{name}` in the settings"));
            }
        }
        if !flow.lane.name.is_empty() && !self.site.lanes.iter().any(|lane| lane.name == flow.lane.name) {
            let names: Vec<&str> = self.site.lanes.iter().map(|lane| lane.name.as_str()).collect();
            found.error(flow.lane.line, "lane", format!("there is no lane `{}`", flow.lane.name), propose(&flow.lane.name, &names));
        }
        self.target("start", &flow.start, found);
        if let Some(late) = &flow.late {
            self.target("late.go", &late.go, found);
        }
        match &flow.expires {
            Expires::After(_) => {}
            Expires::Until(moment) => self.moment("expires", flow.expires_line, moment, found),
            Expires::Renew { go, .. } => self.target("expires.go", go, found),
        }
        if let Some(key) = &flow.key {
            self.template("key", flow.key_line, key, &[], found);
        }
        if let Some(begin) = &flow.begin {
            if let Some(look) = &begin.look {
                self.target("begin.look", look, found);
            }
            if let Some(rank) = &begin.rank
                && !self.site.lanes.iter().any(|lane| lane.name == rank.name)
            {
                found.error(rank.line, "begin.rank", format!("there is no lane `{}`", rank.name), "name a lane whose rank it has");
            }
            if let Some(rest) = &begin.rest {
                let owned = flow.steps.values().any(|step| matches!(&step.verb, Verb::Ask(ask) if ask.fills.as_ref() == Some(&rest.name)));
                if !owned {
                    found.error(rest.line, "begin.rest", format!("no question fills `{}`", rest.name), "name the slot of an `ask`");
                }
            }
        }
        if let Some(after) = &flow.after {
            Self::listed("after.flow", "flow", &after.flow, self.site.flows, found);
        }
        for (event, outside) in &flow.events {
            let key = format!("event.{event}");
            if let Some(go) = &outside.go {
                self.target(&format!("{key}.go"), go, found);
            }
            if let Some(texts) = &outside.tell {
                self.texts(&format!("{key}.tell"), texts, &[], found);
            }
        }
    }

    fn step(&self, step: &Step, found: &mut Found) {
        let key = format!("step.{}", step.name);
        let extra: &[&str] = if matches!(step.verb, Verb::Link(_)) { &["link"] } else { &[] };
        if let Some(texts) = &step.tell {
            self.texts(&format!("{key}.tell"), texts, extra, found);
        }
        for (name, target) in ways(step) {
            self.target(&format!("{key}.{name}"), target, found);
        }
        match &step.verb {
            Verb::Ask(ask) => self.ask(&key, step.line, ask, found),
            Verb::Tell(tell) => self.tell(&key, tell, found),
            Verb::Http(http) => {
                Self::listed(&format!("{key}.http"), ENDPOINT, &http.endpoint, self.site.endpoints, found);
                for (field, template) in &http.send {
                    self.template(&format!("{key}.send.{field}"), step.line, template, &[], found);
                }
            }
            Verb::Link(link) => self.link(&key, step.line, link, found),
            Verb::Agent(agent) => {
                Self::listed(&format!("{key}.agent.queue"), "queue", &agent.queue, self.site.queues, found);
                if let Some(note) = &agent.note {
                    self.template(&format!("{key}.agent.note"), step.line, note, &[], found);
                }
            }
            Verb::Callback(callback) => {
                if let Some(queue) = &callback.queue {
                    Self::listed(&format!("{key}.callback.queue"), "queue", queue, self.site.queues, found);
                }
                if let Some(list) = &callback.list {
                    Self::listed(&format!("{key}.callback.list"), "roster", list, self.site.rosters, found);
                }
                for number in &callback.to {
                    self.template(&format!("{key}.callback.to"), step.line, number, &[], found);
                }
            }
            Verb::Ring(ring) => self.ring(&key, ring, found),
            Verb::Run(run) => Self::listed(&format!("{key}.run"), "flow", &run.flow, self.site.flows, found),
            Verb::When(when) => {
                for (branch, target) in &when.branches {
                    self.slot(&format!("{key}.when"), target.line, &branch.slot, &[], found);
                }
            }
            Verb::Consent(consent) => self.consent(&key, consent, found),
            Verb::Done(done) => {
                if let Some(texts) = &done.text {
                    self.texts(&format!("{key}.done"), texts, &[], found);
                }
                if let Some(keep) = &done.keep {
                    self.keep(&key, keep, found);
                }
            }
        }
    }

    /// A call says nothing: whoever is rung must have the text, and only staff is rung by a machine.
    fn ring(&self, key: &str, ring: &RingStep, found: &mut Found) {
        let key = format!("{key}.ring.list");
        Self::listed(&key, "roster", &ring.list, self.site.rosters, found);
        let pages =
            |verb: &Verb| matches!(verb, Verb::Ask(ask) if ask.roster.as_ref().is_some_and(|roster| roster.list.name == ring.list.name));
        if !self.flow.steps.values().any(|step| pages(&step.verb)) {
            let reason =
                format!("rings roster `{}`, and no step pages it: a call says nothing, the person then reads the text", ring.list.name);
            found.error(ring.list.line, key.clone(), reason, "page the same list with `roster`, or use `callback`");
        }
        let staff = self
            .site
            .lanes
            .iter()
            .find(|lane| lane.name == self.flow.lane.name)
            .is_none_or(|lane| matches!(lane.category, Category::Safety | Category::Alarm | Category::Work));
        if !staff {
            found.error(
                ring.list.line,
                key,
                format!("lane `{}` is about customers: no machine rings them", self.flow.lane.name),
                "use `callback`",
            );
        }
    }

    fn tell(&self, key: &str, tell: &Tell, found: &mut Found) {
        if let Some(wait) = tell.wait.as_ref().filter(|wait| tell.go.is_none() && !tell.on.contains_key(&wait.name)) {
            let key = format!("{key}.wait");
            match self.flow.events.get(&wait.name) {
                None => {
                    let names: Vec<&str> = self.flow.events.keys().map(String::as_str).collect();
                    found.error(wait.line, key, format!("there is no event `{}`", wait.name), propose(&wait.name, &names));
                }
                Some(outside) if outside.go.is_none() => {
                    let reason = format!("waits for `{0}`, and neither the step nor event.{0} says where it then goes", wait.name);
                    found.error(wait.line, key, reason, "write go = \"step\" beside `wait`");
                }
                Some(_) => {}
            }
        }
        if let Some(keep) = &tell.keep {
            self.keep(key, keep, found);
        }
        if let Some(silence) = &tell.silence {
            self.due(&format!("{key}.silence"), silence.go.line, &silence.due, found);
        }
    }

    fn keep(&self, key: &str, keep: &Keep, found: &mut Found) {
        let asks = matches!(self.flow.step(&keep.step.name).map(|step| &step.verb), Some(Verb::Ask(_)));
        if self.flow.step(&keep.step.name).is_some() && !asks {
            found.error(keep.step.line, format!("{key}.keep"), "keeps a step that asks nothing", "name an `ask` step");
        }
        self.due(&format!("{key}.keep"), keep.step.line, &keep.until, found);
    }

    fn link(&self, key: &str, line: u32, link: &LinkStep, found: &mut Found) {
        Self::listed(&format!("{key}.link.page"), "page", &link.page, self.site.pages, found);
        for slot in &link.show {
            self.slot(&format!("{key}.link.show"), line, slot, &[], found);
        }
        if link.photo {
            let reason = "the box's pages take no photo: nobody is asked for one";
            found.warn(line, format!("{key}.link.photo"), reason, "take it out, or ask for the photo another way");
        }
        if self.site.settings.public_url.is_empty() {
            found.warn(line, key, "no `public_url` is set: the step goes to `expired` at once", "set public_url in the settings");
        }
    }

    fn consent(&self, key: &str, consent: &ConsentStep, found: &mut Found) {
        for category in consent.grant.iter().chain(&consent.revoke) {
            if Category::from_word(&category.name).is_none() {
                let names: Vec<&str> = Category::WORDS.iter().map(|(_, word)| *word).collect();
                let reason = format!("there is no category `{}`", category.name);
                found.error(category.line, format!("{key}.consent"), reason, propose(&category.name, &names));
            }
        }
        if let Some(texts) = consent.done.as_ref().and_then(|done| done.text.as_ref()) {
            self.texts(&format!("{key}.done"), texts, &[], found);
        }
    }

    fn ask(&self, key: &str, line: u32, ask: &Ask, found: &mut Found) {
        let extra: &[&str] = if ask.roster.is_some() { &["code"] } else { &[] };
        self.texts(&format!("{key}.ask"), &ask.text, extra, found);
        if let Some(say) = &ask.retry.say {
            self.texts(&format!("{key}.retry.say"), say, &[], found);
        }
        if let Some(from) = &ask.from {
            self.slot(&format!("{key}.from"), from.line, &from.name, &[], found);
        }
        for figure in [&ask.checks.digits, &ask.checks.min, &ask.checks.max].into_iter().flatten() {
            if let Figure::Slot(slot) = figure {
                self.slot(key, line, slot, &[], found);
            }
        }
        for remind in &ask.remind {
            self.due(&format!("{key}.remind"), line, &remind.due, found);
        }
        if let Some(silence) = &ask.silence {
            self.due(&format!("{key}.silence"), silence.go.line, &silence.due, found);
        }
        if let Some(roster) = &ask.roster {
            Self::listed(&format!("{key}.roster.list"), "roster", &roster.list, self.site.rosters, found);
        }
    }

    fn due(&self, key: &str, line: u32, due: &DueAt, found: &mut Found) {
        if let DueAt::At(moment) = due {
            self.moment(key, line, moment, found);
        }
    }

    fn moment(&self, key: &str, line: u32, moment: &Moment, found: &mut Found) {
        for slot in moment.slots() {
            self.slot(key, line, slot, &[], found);
        }
    }

    fn texts(&self, key: &str, texts: &Texts, extra: &[&str], found: &mut Found) {
        for template in texts.by_language.values() {
            self.template(key, texts.line, template, extra, found);
        }
    }

    fn template(&self, key: &str, line: u32, template: &Template, extra: &[&str], found: &mut Found) {
        for slot in template.slots() {
            self.slot(key, line, slot, extra, found);
        }
    }

    fn slot(&self, key: &str, line: u32, slot: &str, extra: &[&str], found: &mut Found) {
        if self.slots.contains(slot) || SYSTEM.contains(&slot) || extra.contains(&slot) {
            return;
        }
        let known: Vec<&str> = self.slots.iter().copied().chain(SYSTEM.iter().copied()).collect();
        found.error(line, key, format!("there is no slot `{slot}`"), propose(slot, &known));
    }

    fn target(&self, key: &str, target: &Target, found: &mut Found) {
        if !target.name.is_empty() && !self.flow.steps.contains_key(&target.name) {
            let names: Vec<&str> = self.flow.steps.keys().map(String::as_str).collect();
            found.error(target.line, key, format!("there is no step `{}`", target.name), propose(&target.name, &names));
        }
    }

    /// A name of the settings: offline it can only be warned of, where it matters.
    fn listed(key: &str, what: &str, name: &Named, known: Option<&[String]>, found: &mut Found) {
        let Some(known) = known else {
            if what == ENDPOINT {
                let reason = format!("nobody knows here whether the box has an endpoint `{}`", name.name);
                found.warn(name.line, key, reason, "check with --settings FILE, from `answerback config export`");
            }
            return;
        };
        if !known.contains(&name.name) {
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            found.error(name.line, key, format!("there is no {what} `{}` in the settings", name.name), propose(&name.name, &names));
        }
    }

    /// Steps that nothing leads to.
    fn unreached(&self, found: &mut Found) {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = vec![&self.flow.start.name];
        open.extend(self.flow.late.iter().map(|late| late.go.name.as_str()));
        open.extend(self.flow.events.values().filter_map(|event| event.go.as_ref()).map(|go| go.name.as_str()));
        open.extend(self.flow.begin.iter().filter_map(|begin| begin.look.as_ref()).map(|look| look.name.as_str()));
        if let Expires::Renew { go, .. } = &self.flow.expires {
            open.push(&go.name);
        }
        while let Some(name) = open.pop() {
            if reached.insert(name)
                && let Some(step) = self.flow.step(name)
            {
                open.extend(ways(step).into_iter().map(|(_, target)| target.name.as_str()));
            }
        }
        for step in self.flow.steps.values().filter(|step| !reached.contains(step.name.as_str())) {
            found.warn(step.line, format!("step.{}", step.name), "nothing leads to this step", "take it out, or lead to it");
        }
    }
}

/// Every way out of a step, by its key.
pub(super) fn ways(step: &Step) -> Vec<(String, &Target)> {
    let mut ways: Vec<(String, &Target)> = Vec::new();
    match &step.verb {
        Verb::Ask(ask) => {
            ways.extend(ask.go.as_ref().map(|way| ("go".to_owned(), way)));
            ways.extend(ask.checks.over.as_ref().map(|way| ("over".to_owned(), way)));
            ways.extend(ask.checks.under.as_ref().map(|way| ("under".to_owned(), way)));
            ways.extend(ask.retry.go.as_ref().map(|way| ("retry.go".to_owned(), way)));
            ways.extend(ask.silence.as_ref().map(|silence| &silence.go).map(|way| ("silence.go".to_owned(), way)));
            ways.extend(ask.on.iter().map(|(answer, target)| (format!("on.{answer}"), target)));
        }
        Verb::Tell(tell) => {
            ways.extend(tell.go.as_ref().map(|way| ("go".to_owned(), way)));
            ways.extend(tell.silence.as_ref().map(|silence| &silence.go).map(|way| ("silence.go".to_owned(), way)));
            ways.extend(tell.keep.as_ref().map(|keep| &keep.step).map(|way| ("keep.step".to_owned(), way)));
            ways.extend(tell.on.iter().map(|(event, target)| (format!("on.{event}"), target)));
        }
        Verb::Http(http) => {
            ways.push(("ok".to_owned(), &http.ok));
            ways.push(("fail".to_owned(), &http.fail));
            ways.extend(http.unknown.as_ref().map(|way| ("unknown".to_owned(), way)));
        }
        Verb::Link(link) => {
            ways.push(("on.done".to_owned(), &link.done));
            ways.push(("on.expired".to_owned(), &link.expired));
        }
        Verb::Agent(agent) => {
            ways.extend(agent.go.as_ref().map(|way| ("go".to_owned(), way)));
            ways.extend(agent.back.as_ref().map(|way| ("agent.back".to_owned(), way)));
        }
        Verb::Ring(ring) => ways.extend(ring.ways().map(|(way, target)| (way.to_owned(), target))),
        Verb::Callback(callback) => ways.extend(callback.go.as_ref().map(|way| ("go".to_owned(), way))),
        Verb::Run(run) => ways.push(("go".to_owned(), &run.go)),
        Verb::When(when) => {
            ways.extend(when.branches.iter().map(|(_, target)| ("when".to_owned(), target)));
            ways.extend(when.otherwise.iter().map(|target| ("when.else".to_owned(), target)));
        }
        Verb::Consent(consent) => ways.extend(consent.go.as_ref().map(|way| ("go".to_owned(), way))),
        Verb::Done(done) => ways.extend(done.keep.as_ref().map(|keep| ("keep.step".to_owned(), &keep.step))),
    }
    ways
}
