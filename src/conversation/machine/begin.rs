//! Beginning a session: what the request must hold, and its first step.

use std::collections::{BTreeMap, BTreeSet};

use super::{Machine, OPEN_SESSIONS_MAX};
use crate::chance::Chance;
use crate::conversation::effect::{Due, Effect, TimerKind};
use crate::conversation::flow::{Expires, Flow, Verb};
use crate::conversation::hours;
use crate::conversation::render;
use crate::conversation::rules::{Begin, Moved, Refused, Rules};
use crate::conversation::session::Session;
use crate::conversation::view::PersonView;
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::terms::{Category, SessionState};
use crate::time::Timestamp;
use crate::value::Value;

/// Begins a session of a flow. `view` is `None` only where the flow speaks to a roster.
pub fn begin(
    flow: &Flow,
    request: Begin,
    view: Option<&PersonView>,
    rules: &Rules<'_>,
    now: Timestamp,
    chance: &mut dyn Chance,
) -> Result<Moved, Refused> {
    begin_later(flow, request, view, rules, (now, None), chance)
}

/// Begins a session whose first text does not leave before an instant.
pub fn begin_later(
    flow: &Flow,
    request: Begin,
    view: Option<&PersonView>,
    rules: &Rules<'_>,
    (now, not_before): (Timestamp, Option<Timestamp>),
    chance: &mut dyn Chance,
) -> Result<Moved, Refused> {
    permitted(flow, &request, view, rules)?;
    let start = request.at.clone().unwrap_or_else(|| flow.start.name.clone());
    if flow.step(&start).is_none() {
        return Err(Refused::UnknownStep { flow: flow.name.clone(), step: start });
    }
    let rehearsal = request.at.is_some() || request.asked_for;
    let slots = slots(flow, &request, rehearsal)?;
    let mut session = opened(flow, &request, view, slots, (now, rules), chance);
    session.key = request.key.clone().or_else(|| key(flow, &session));
    twin(&session, view)?;
    session.expires_at = expires_at(flow, &session, rules, now).unwrap_or(session.expires_at);
    if session.expires_at <= now && request.at.is_none() {
        return Err(Refused::Unsayable(format!("a session with this data would have expired on {}", session.expires_at)));
    }
    let mut machine = Machine::new(session, view, rules, now, chance);
    machine.tag = request.tag;
    machine.free_door = request.free_door;
    machine.live = request.asked_for;
    machine.not_before = not_before;
    machine.emit("session.opened", BTreeMap::from([("flow".to_owned(), Value::Text(flow.name.clone()))]));
    let expiry =
        Effect::Timer { session: machine.session.id, visit: 0, kind: TimerKind::Expires, due: Due::At(machine.session.expires_at) };
    machine.effects.push(expiry);
    machine.enter(&start);
    Ok(machine.finish())
}

fn permitted(flow: &Flow, request: &Begin, view: Option<&PersonView>, rules: &Rules<'_>) -> Result<(), Refused> {
    if request.to.is_none() && !has_roster(flow) {
        return Err(Refused::NobodyToAsk(flow.name.clone()));
    }
    let Some(view) = view else { return Ok(()) };
    let category = rules.lane(&flow.lane.name).map_or(Category::Account, |lane| lane.category);
    let may_pass = request.asked_for || request.passes_stop;
    if !may_pass && view.out_of.contains(&category) {
        return Err(Refused::OptedOut(flow.lane.name.clone()));
    }
    let opted_in = view.into.contains(&category) && !view.out_of.contains(&category);
    if rules.lane(&flow.lane.name).is_some_and(|lane| lane.requires_opt_in) && !opted_in && !may_pass {
        return Err(Refused::NoOptIn(flow.lane.name.clone()));
    }
    let open: BTreeSet<SessionId> =
        view.questions.iter().map(|asked| asked.session.id).chain(view.sessions.iter().map(|session| session.id)).collect();
    if open.len() >= OPEN_SESSIONS_MAX && !category.is_staff() && !request.asked_for {
        return Err(Refused::TooMany(open.len()));
    }
    Ok(())
}

fn has_roster(flow: &Flow) -> bool {
    flow.steps.values().any(|step| matches!(&step.verb, Verb::Ask(ask) if ask.roster.is_some()))
}

/// The data of the request in the types the flow names. What a rehearsal or a keyword lacks, a later step fills.
fn slots(flow: &Flow, request: &Begin, may_lack: bool) -> Result<BTreeMap<String, Value>, Refused> {
    let mut slots = BTreeMap::new();
    let known = known_slots(flow);
    for (slot, value) in &request.data {
        let Some(need) = flow.needs.get(slot) else {
            if slot == hours::ZONE && !known.contains(slot.as_str()) && !hours::is_zone(value) {
                return Err(Refused::BadValue { slot: slot.clone(), kind: "a time zone like Europe/Kyiv".to_owned() });
            }
            if known.contains(slot.as_str()) || slot.starts_with('@') || slot == hours::ZONE {
                slots.insert(slot.clone(), value.clone());
                continue;
            }
            let needs = flow.needs.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(Refused::UnknownSlot { flow: flow.name.clone(), slot: slot.clone(), needs });
        };
        match render::typed(*need, value) {
            Some(value) => slots.insert(slot.clone(), value),
            None => return Err(Refused::BadValue { slot: slot.clone(), kind: render::kind_word(need.kind) }),
        };
    }
    let missing = flow.needs.iter().find(|(slot, need)| !need.optional && !slots.contains_key(*slot));
    match missing {
        Some((slot, need)) if !may_lack => {
            Err(Refused::Missing { flow: flow.name.clone(), slot: slot.clone(), kind: render::kind_word(need.kind) })
        }
        Some(_) | None => Ok(slots),
    }
}

/// Slots that some step or event of the flow fills.
pub fn known_slots(flow: &Flow) -> BTreeSet<&str> {
    let mut known: BTreeSet<&str> = flow.needs.keys().map(String::as_str).collect();
    known.extend(flow.events.values().flat_map(|event| event.data.iter().map(String::as_str)));
    known.extend(flow.begin.iter().filter_map(|begin| begin.rest.as_ref()).map(|slot| slot.name.as_str()));
    for step in flow.steps.values() {
        match &step.verb {
            Verb::Ask(ask) => known.extend(ask.fills.as_deref()),
            Verb::Http(http) => known.extend(http.save.keys().map(String::as_str)),
            Verb::Link(link) => known.extend(link.data.iter().map(String::as_str)),
            Verb::Tell(_)
            | Verb::Agent(_)
            | Verb::Callback(_)
            | Verb::Ring(_)
            | Verb::Run(_)
            | Verb::When(_)
            | Verb::Consent(_)
            | Verb::Done(_) => {}
        }
    }
    known
}

fn opened(
    flow: &Flow,
    request: &Begin,
    view: Option<&PersonView>,
    slots: BTreeMap<String, Value>,
    (now, rules): (Timestamp, &Rules<'_>),
    chance: &mut dyn Chance,
) -> Session {
    let default = rules.packs.languages().first().cloned().unwrap_or_else(|| "en".to_owned());
    let language = request.language.clone().or_else(|| view.map(|view| view.language.clone())).filter(|language| !language.is_empty());
    Session {
        id: SessionId::new(now, chance),
        flow: request.flow.clone(),
        key: None,
        lane: flow.lane.name.clone(),
        people: request.to.iter().cloned().collect::<Vec<Msisdn>>(),
        language: language.unwrap_or(default),
        sim: request.sim.clone(),
        step: String::new(),
        visit: 0,
        slots,
        state: SessionState::Opening,
        result: None,
        opened_at: now,
        expires_at: now.plus(TERM_MAX),
        ended_at: None,
        ended_by: None,
    }
}

/// Where the end depends on data that is not there yet: nothing waits longer than this.
const TERM_MAX: std::time::Duration = std::time::Duration::from_hours(30 * 24);

fn key(flow: &Flow, session: &Session) -> Option<String> {
    let from = session.people.first().map(|person| person.e164().to_owned());
    let template = match (&flow.key, &flow.begin) {
        (Some(template), _) => template,
        (None, Some(_)) => return from,
        (None, None) => return None,
    };
    Some(render::key(template, &session.slots, from.as_deref().unwrap_or_default()))
}

fn twin(session: &Session, view: Option<&PersonView>) -> Result<(), Refused> {
    let (Some(key), Some(view)) = (&session.key, view) else { return Ok(()) };
    let open = view.questions.iter().map(|asked| &asked.session).chain(&view.sessions);
    let same = |other: &&Session| other.flow.name == session.flow.name && other.key.as_ref() == Some(key) && other.state.is_open();
    match open.into_iter().find(same) {
        Some(other) => Err(Refused::Twin { flow: session.flow.name.clone(), key: key.clone(), session: other.id }),
        None => Ok(()),
    }
}

/// When a session of this flow ends by itself.
pub fn expires_at(flow: &Flow, session: &Session, rules: &Rules<'_>, now: Timestamp) -> Option<Timestamp> {
    match &flow.expires {
        Expires::After(term) | Expires::Renew { after: term, .. } => Some(now.plus(*term)),
        Expires::Until(moment) => hours::moment(moment, &session.slots, &hours::zone(None, Some(&session.slots), rules.settings)),
    }
}
