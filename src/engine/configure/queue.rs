//! Queues of people: their office hours, their holidays, and who is told of new work.

use jiff::civil::Date;

use super::super::book::{QUEUES, SETTINGS};
use super::super::{Reject, Work};
use super::{mark, name};
use crate::conversation::flow::{Flow, Verb};
use crate::office::{Queue, Queues};
use crate::roster::Shift;
use crate::settings::Settings;
use crate::store::{self, Reader};

/// A queue somebody wants, by its name; one that is there already is replaced.
#[derive(Debug, Clone)]
pub struct NewQueue {
    /// Its name in flow files.
    pub name: String,
    /// When somebody is there.
    pub hours: Vec<String>,
    /// Days on which nobody is.
    pub holidays: Vec<String>,
    /// The roster whose people on duty get a text when work comes in.
    pub told: Option<String>,
}

const QUEUES_MAX: usize = 200;
const HOURS_MAX: usize = 28;
/// Ten years of holidays.
const HOLIDAYS_MAX: usize = 400;

/// Every queue of the box: what the settings keep, and those that exist anyway.
pub fn queues(reader: &Reader<'_>) -> store::Result<Queues> {
    let settings: Settings = reader.setting(SETTINGS)?.unwrap_or_default();
    Ok(Queues::new(kept_queues(reader)?, &settings))
}

/// The queues that the settings keep.
pub fn kept_queues(reader: &Reader<'_>) -> store::Result<Vec<Queue>> {
    Ok(reader.setting(QUEUES)?.unwrap_or_default())
}

/// Puts a queue in place.
pub fn queue(work: &mut Work<'_, '_>, new: &NewQueue) -> Result<Queue, Reject> {
    name("/name", &new.name)?;
    let hours = each("hours", HOURS_MAX, &new.hours, |text| text.parse::<Shift>().map_err(|error| error.to_string()))?;
    let day = |text: &str| text.parse::<Date>().map_err(|_| format!("`{text}` is no day; write it like 2026-12-25"));
    let holidays = each("holidays", HOLIDAYS_MAX, &new.holidays, day)?;
    if let Some(told) = &new.told
        && !super::rosters(work.tx)?.iter().any(|roster| roster.name == *told)
    {
        return Err(Reject::at("invalid", "/told", format!("there is no roster `{told}`; put it in place first")));
    }
    let queue = Queue { name: new.name.clone(), hours, holidays, told: new.told.clone() };
    let mut all = kept_queues(work.tx)?;
    all.retain(|known| known.name != queue.name);
    if all.len() >= QUEUES_MAX {
        return Err(Reject::at("invalid", "/name", format!("at most {QUEUES_MAX} queues")));
    }
    all.push(queue.clone());
    save(work, &all)?;
    Ok(queue)
}

fn each<T>(field: &str, most: usize, texts: &[String], read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, Reject> {
    if texts.len() > most {
        return Err(Reject::at("invalid", &format!("/{field}"), format!("at most {most}")));
    }
    let one = |(at, text): (usize, &String)| read(text).map_err(|reason| Reject::at("invalid", &format!("/{field}/{at}"), reason));
    texts.iter().enumerate().map(one).collect()
}

/// Takes what the settings say of a queue away. One that ships has its first hours again; another is gone, unless an active
/// flow names it.
pub fn remove_queue(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    let mut all = kept_queues(work.tx)?;
    let before = all.len();
    all.retain(|queue| queue.name != name);
    if all.len() == before {
        return Err(Reject::not_found("queue of the settings"));
    }
    let stays = Queues::new(all.clone(), &work.book.settings).get(name).is_some();
    if let Some((_, flow)) = work.book.flows.all_active().find(|(_, flow)| !stays && hands_to(flow, name)) {
        let words = format!("flow {} hands over to queue {name}; retire the flow, or let it name another one", flow.name);
        return Err(Reject::new("in_use", words));
    }
    save(work, &all)
}

fn hands_to(flow: &Flow, name: &str) -> bool {
    flow.steps.values().any(|step| match &step.verb {
        Verb::Agent(agent) => agent.queue.name == name,
        Verb::Callback(callback) => callback.queue.as_ref().is_some_and(|queue| queue.name == name),
        Verb::Ask(_) | Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) => false,
        Verb::Ring(_) | Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => false,
    })
}

fn save(work: &mut Work<'_, '_>, all: &[Queue]) -> Result<(), Reject> {
    work.tx.save_setting(QUEUES, &all, work.now)?;
    mark(work)
}
