//! Rosters: who is on call, in calling order, with their shifts.

use super::super::accept::number;
use super::super::book::ROSTERS;
use super::super::danger::OWN_REVISION;
use super::super::{Reject, Work};
use super::{mark, name};
use crate::conversation::flow::{Flow, Verb};
use crate::conversation::session::FlowRef;
use crate::roster::{OnCall, Roster, Shift};
use crate::store::{self, Reader};

/// A roster somebody wants, by its name; one that is there already is replaced.
#[derive(Debug, Clone)]
pub struct NewRoster {
    /// Its name in flow files.
    pub name: String,
    /// In calling order.
    pub people: Vec<NewOnCall>,
}

/// Somebody on it.
#[derive(Debug, Clone)]
pub struct NewOnCall {
    /// What others call them.
    pub name: String,
    /// Their number in any form.
    pub number: String,
    /// When they are on call; none is always.
    pub shifts: Vec<String>,
}

/// Longer lists are no on-call rosters.
const PEOPLE_MAX: usize = 50;
const ROSTERS_MAX: usize = 200;
const SHIFTS_MAX: usize = 28;
/// A name stands in a text beside the place of the alarm.
const NAME_LETTERS_MAX: usize = 24;

/// Every roster.
pub fn rosters(reader: &Reader<'_>) -> store::Result<Vec<Roster>> {
    Ok(reader.setting(ROSTERS)?.unwrap_or_default())
}

/// Puts a roster in place.
pub fn roster(work: &mut Work<'_, '_>, new: &NewRoster) -> Result<Roster, Reject> {
    name("/name", &new.name)?;
    if new.people.is_empty() {
        return Err(Reject::at("invalid", "/people", "a roster without people pages nobody"));
    }
    if new.people.len() > PEOPLE_MAX {
        return Err(Reject::at("invalid", "/people", format!("at most {PEOPLE_MAX}")));
    }
    let mut people: Vec<OnCall> = Vec::with_capacity(new.people.len());
    for (n, person) in new.people.iter().enumerate() {
        let on_call = on_call(work, n, person)?;
        if people.iter().any(|other| other.number == on_call.number) {
            return Err(Reject::at("invalid", &format!("/people/{n}/number"), "this number stands on the roster already"));
        }
        people.push(on_call);
    }
    let roster = Roster { name: new.name.clone(), people };
    let mut all = rosters(work.tx)?;
    all.retain(|known| known.name != roster.name);
    if all.len() >= ROSTERS_MAX {
        return Err(Reject::at("invalid", "/name", format!("at most {ROSTERS_MAX} rosters")));
    }
    all.push(roster.clone());
    all.sort_by(|a, b| a.name.cmp(&b.name));
    save(work, &all)?;
    Ok(roster)
}

fn on_call(work: &Work<'_, '_>, n: usize, person: &NewOnCall) -> Result<OnCall, Reject> {
    let called = person.name.trim();
    let letters = called.chars().count();
    if letters == 0 || letters > NAME_LETTERS_MAX || called.chars().any(char::is_control) {
        let reason = format!("the name that others read in a text: 1 to {NAME_LETTERS_MAX} letters");
        return Err(Reject::at("invalid", &format!("/people/{n}/name"), reason));
    }
    if person.shifts.len() > SHIFTS_MAX {
        return Err(Reject::at("invalid", &format!("/people/{n}/shifts"), format!("at most {SHIFTS_MAX}")));
    }
    let shift = |(at, text): (usize, &String)| {
        text.parse::<Shift>().map_err(|error| Reject::at("invalid", &format!("/people/{n}/shifts/{at}"), error.to_string()))
    };
    let shifts = person.shifts.iter().enumerate().map(shift).collect::<Result<_, _>>()?;
    Ok(OnCall { name: called.to_owned(), number: number(work, &format!("/people/{n}/number"), &person.number)?, shifts })
}

/// Takes a roster away, unless an active flow pages it: its alarms would reach nobody.
pub fn remove_roster(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    let mut all = rosters(work.tx)?;
    let before = all.len();
    all.retain(|roster| roster.name != name);
    if all.len() == before {
        return Err(Reject::not_found("roster"));
    }
    let by_hand = |exact: &FlowRef| exact.revision != OWN_REVISION;
    if let Some((_, flow)) = work.book.flows.all_active().find(|(exact, flow)| by_hand(exact) && pages(flow, name)) {
        return Err(Reject::new("in_use", format!("flow {} pages roster {name}; retire the flow, or let it page another one", flow.name)));
    }
    if let Some(queue) = super::kept_queues(work.tx)?.into_iter().find(|queue| queue.told.as_deref() == Some(name)) {
        return Err(Reject::new("in_use", format!("queue {} tells roster {name} of its work; let it tell another one", queue.name)));
    }
    save(work, &all)
}

fn pages(flow: &Flow, name: &str) -> bool {
    flow.steps.values().any(|step| match &step.verb {
        Verb::Ask(ask) => ask.roster.as_ref().is_some_and(|roster| roster.list.name == name),
        Verb::Callback(callback) => callback.list.as_ref().is_some_and(|list| list.name == name),
        Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) => false,
        Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => false,
    })
}

fn save(work: &mut Work<'_, '_>, all: &[Roster]) -> Result<(), Reject> {
    work.tx.save_setting(ROSTERS, &all, work.now)?;
    mark(work)
}
