//! Ways through the flow: nothing changes without a fresh ask, and no text uses a slot that a way to it does not set.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use super::names::ways;
use crate::conversation::flow::{Expires, Flow, Step, Template, Texts, Verb};
use crate::conversation::resolver::reaches_change;

pub(super) fn check(flow: &Flow, found: &mut Found) {
    changes(flow, found);
    set_slots(flow, found);
    circles(flow, found);
}

/// `late`, `silence`, `event` and what was not understood may not reach a changing step without a fresh ask.
fn changes(flow: &Flow, found: &mut Found) {
    let mut unasked: Vec<(String, &crate::conversation::flow::Target)> = Vec::new();
    unasked.extend(flow.late.iter().map(|late| ("late.go".to_owned(), &late.go)));
    for (event, outside) in &flow.events {
        unasked.extend(outside.go.iter().map(|go| (format!("event.{event}.go"), go)));
    }
    if let Expires::Renew { go, .. } = &flow.expires {
        unasked.push(("expires.go".to_owned(), go));
    }
    for step in flow.steps.values() {
        let silence = match &step.verb {
            Verb::Ask(ask) => ask.silence.as_ref(),
            Verb::Tell(tell) => tell.silence.as_ref(),
            Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) | Verb::Callback(_) => None,
            Verb::Ring(_) | Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => None,
        };
        unasked.extend(silence.map(|silence| (format!("step.{}.silence", step.name), &silence.go)));
        match &step.verb {
            Verb::Tell(tell) => unasked.extend(tell.on.iter().map(|(event, target)| (format!("step.{}.on.{event}", step.name), target))),
            // Nobody opened the page, or nobody was understood.
            Verb::Link(link) => unasked.push((format!("step.{}.on.expired", step.name), &link.expired)),
            Verb::Ask(ask) => unasked.extend(ask.retry.go.iter().map(|go| (format!("step.{}.retry.go", step.name), go))),
            // A call that somebody took says nothing.
            Verb::Ring(ring) => unasked.extend(ring.outcomes().map(|(way, target)| (format!("step.{}.{way}", step.name), target))),
            Verb::Http(_) | Verb::Agent(_) | Verb::Callback(_) => {}
            Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => {}
        }
    }
    for (key, target) in unasked {
        if reaches_change(flow, &target.name, &mut Vec::new()) {
            let reason = format!("`{}` changes something, and nobody is asked on the way there", target.name);
            found.error(target.line, key, reason, "lead to an `ask` first");
        }
    }
}

type Slots = BTreeSet<String>;

/// A slot must be set on every way to the text that uses it.
fn set_slots(flow: &Flow, found: &mut Found) {
    let given: Slots = flow.needs.iter().filter(|(_, need)| !need.optional).map(|(slot, _)| slot.clone()).collect();
    let mut at: BTreeMap<&str, Slots> = BTreeMap::new();
    let mut open: Vec<(&str, Slots)> = vec![(&flow.start.name, given.clone())];
    open.extend(flow.late.iter().map(|late| (late.go.name.as_str(), given.clone())));
    for outside in flow.events.values() {
        let with: Slots = given.iter().chain(&outside.data).cloned().collect();
        open.extend(outside.go.iter().map(|go| (go.name.as_str(), with.clone())));
    }
    if let Some(look) = flow.begin.as_ref().and_then(|begin| begin.look.as_ref()) {
        open.push((&look.name, given.clone()));
    }
    if let Expires::Renew { go, .. } = &flow.expires {
        open.push((&go.name, given));
    }
    while let Some((name, slots)) = open.pop() {
        let Some(step) = flow.step(name) else { continue };
        let merged: Slots = match at.get(name) {
            Some(before) => before.intersection(&slots).cloned().collect(),
            None => slots,
        };
        if at.get(name) == Some(&merged) {
            continue;
        }
        at.insert(&step.name, merged.clone());
        for (key, target) in ways(step) {
            let mut out = merged.clone();
            out.extend(sets(flow, step, &key));
            open.push((&target.name, out));
        }
    }
    event_texts(flow, &at, found);
    for (name, slots) in at {
        if let Some(step) = flow.step(name) {
            uses(flow, step, &slots, found);
        }
    }
}

/// An event may happen at every step that waits: what it says knows what each of them knows, and what it fills itself.
fn event_texts(flow: &Flow, at: &BTreeMap<&str, Slots>, found: &mut Found) {
    let waiting: Vec<&Slots> = at.iter().filter(|(name, _)| flow.step(name).is_some_and(waits)).map(|(_, slots)| slots).collect();
    for (event, outside) in &flow.events {
        let Some(texts) = &outside.tell else { continue };
        for slot in texts.by_language.values().flat_map(Template::slots) {
            let is_set = outside.data.iter().any(|filled| filled == slot) || waiting.iter().all(|slots| slots.contains(slot));
            if is_known(flow, slot) && !is_set {
                let reason = format!("`{{{slot}}}` is not set at every step at which this may happen");
                let proposal = "let the event bring it (`data`), fill it before, or leave it out";
                found.error(texts.line, format!("event.{event}.tell"), reason, proposal);
            }
        }
    }
}

/// Whether a session stays at this step until something happens.
fn waits(step: &Step) -> bool {
    match &step.verb {
        Verb::Ask(_) | Verb::Http(_) | Verb::Link(_) | Verb::Run(_) => true,
        Verb::Tell(tell) => tell.wait.is_some(),
        Verb::Agent(agent) => agent.go.is_none(),
        Verb::Callback(callback) => callback.go.is_none(),
        Verb::Ring(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => false,
    }
}

/// The slots a step sets on this way out.
fn sets(flow: &Flow, step: &Step, way: &str) -> Vec<String> {
    let brings =
        |event: Option<&str>| event.and_then(|event| flow.events.get(event)).map(|outside| outside.data.clone()).unwrap_or_default();
    match &step.verb {
        Verb::Ask(ask) if matches!(way, "go" | "over" | "under") => ask.fills.iter().cloned().collect(),
        Verb::Http(http) if way == "ok" => http.save.keys().cloned().collect(),
        Verb::Link(link) if way == "on.done" => link.data.clone(),
        Verb::Tell(tell) if way == "go" => brings(tell.wait.as_ref().map(|wait| wait.name.as_str())),
        Verb::Tell(_) => brings(way.strip_prefix("on.")),
        Verb::Ask(_) | Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) => Vec::new(),
        // What a sub-flow fills passes by name; its own texts are its own to check.
        Verb::Callback(_) | Verb::Ring(_) | Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => Vec::new(),
    }
}

fn uses(flow: &Flow, step: &Step, set: &Slots, found: &mut Found) {
    let key = format!("step.{}", step.name);
    let mut texts: Vec<(&str, &Texts)> = step.tell.iter().map(|texts| ("tell", texts)).collect();
    match &step.verb {
        Verb::Ask(ask) => {
            texts.push(("ask", &ask.text));
            texts.extend(ask.retry.say.iter().map(|say| ("retry.say", say)));
        }
        Verb::Done(done) => texts.extend(done.text.iter().map(|text| ("done", text))),
        Verb::Consent(consent) => texts.extend(consent.done.iter().filter_map(|done| done.text.as_ref()).map(|text| ("done", text))),
        Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) => {}
        Verb::Callback(_) | Verb::Ring(_) | Verb::Run(_) | Verb::When(_) => {}
    }
    for (name, texts) in texts {
        for slot in texts.by_language.values().flat_map(Template::slots) {
            let filled_later = is_known(flow, slot) && !set.contains(slot);
            if filled_later {
                let reason = format!("`{{{slot}}}` is not set on every way to this text");
                found.error(texts.line, format!("{key}.{name}"), reason, "fill it before, or leave it out");
            }
        }
    }
}

fn is_known(flow: &Flow, slot: &str) -> bool {
    crate::conversation::machine::known_slots(flow).contains(slot)
}

/// Steps that lead to each other without ever waiting.
fn circles(flow: &Flow, found: &mut Found) {
    for step in flow.steps.values() {
        let mut at = step;
        let mut passed: BTreeSet<&str> = BTreeSet::new();
        while let Some(next) = passes_on(at).and_then(|name| flow.step(name)) {
            if !passed.insert(&at.name) {
                found.error(
                    step.line,
                    format!("step.{}", step.name),
                    "goes round in circles and waits for nothing",
                    "lead it to a question or an end",
                );
                break;
            }
            at = next;
        }
    }
}

/// The only way out of a step that waits for nothing.
fn passes_on(step: &Step) -> Option<&str> {
    match &step.verb {
        Verb::Tell(tell) if tell.wait.is_none() => tell.go.as_ref().map(|go| go.name.as_str()),
        Verb::When(when) => {
            let mut ways = when.branches.iter().map(|(_, target)| target).chain(&when.otherwise);
            let first = ways.next()?;
            ways.all(|other| other.name == first.name).then_some(first.name.as_str())
        }
        Verb::Agent(agent) => agent.go.as_ref().map(|go| go.name.as_str()),
        Verb::Callback(callback) => callback.go.as_ref().map(|go| go.name.as_str()),
        Verb::Ring(ring) => Some(ring.go.name.as_str()),
        Verb::Consent(consent) => consent.go.as_ref().map(|go| go.name.as_str()),
        Verb::Tell(_) | Verb::Ask(_) | Verb::Http(_) | Verb::Link(_) | Verb::Run(_) | Verb::Done(_) => None,
    }
}
