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
    /// Short numbers and other phones that their texts may come from.
    pub aliases: Vec<String>,
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
        refuse_shared(work, n, &on_call, (&new.name, &people))?;
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

/// A text has one writer: an alias of one is neither the number nor an alias of another, on this roster or the next.
fn refuse_shared(work: &Work<'_, '_>, n: usize, new: &OnCall, (name, people): (&str, &[OnCall])) -> Result<(), Reject> {
    let elsewhere = rosters(work.tx)?;
    let others = elsewhere.iter().filter(|roster| roster.name != name).flat_map(|roster| &roster.people).chain(people);
    for other in others.filter(|other| other.number != new.number) {
        let taken = |alias: &String| *alias == other.number.e164() || other.aliases.contains(alias);
        if let Some(at) = new.aliases.iter().position(taken) {
            let words = format!("{} has this number already", other.name);
            return Err(Reject::at("invalid", &format!("/people/{n}/aliases/{at}"), words));
        }
    }
    Ok(())
}

/// A short number of the house as it is, any other in E.164.
fn alias(work: &Work<'_, '_>, pointer: &str, text: &str) -> Result<String, Reject> {
    let digits: String = text.trim().to_owned();
    let is_short = SHORT_DIGITS.contains(&digits.len()) && digits.bytes().all(|sign| sign.is_ascii_digit());
    if is_short { Ok(digits) } else { Ok(number(work, pointer, text)?.e164().to_owned()) }
}

/// So many digits have the short numbers of companies.
const SHORT_DIGITS: std::ops::RangeInclusive<usize> = 2..=6;
const ALIASES_MAX: usize = 8;

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
    if person.aliases.len() > ALIASES_MAX {
        return Err(Reject::at("invalid", &format!("/people/{n}/aliases"), format!("at most {ALIASES_MAX}")));
    }
    let aliases = person.aliases.iter().enumerate().map(|(at, text)| alias(work, &format!("/people/{n}/aliases/{at}"), text));
    let aliases = aliases.collect::<Result<_, _>>()?;
    Ok(OnCall { name: called.to_owned(), number: number(work, &format!("/people/{n}/number"), &person.number)?, aliases, shifts })
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
        Verb::Ring(ring) => ring.list.name == name,
        Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) => false,
        Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => false,
    })
}

fn save(work: &mut Work<'_, '_>, all: &[Roster]) -> Result<(), Reject> {
    work.tx.save_setting(ROSTERS, &all, work.now)?;
    mark(work)
}
