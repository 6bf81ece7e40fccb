//! A danger task that nobody takes within two minutes pages the roster of the control room, then asks for it to be rung
//! (conversation.md section 1). What happens when is a flow of the box's own; here it is begun and ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::apply::Cause;
use super::{Reject, Work};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::conversation::flow::{Flow, Verb};
use crate::conversation::{self, Begin, Flows, Trigger};
use crate::ids::{SessionId, TaskId};
use crate::msisdn::Msisdn;
use crate::settings::Settings;
use crate::text::Text;
use crate::value::Value;

/// The flow that follows a danger task.
pub const FLOW: &str = "danger.page";
/// Its revision, as long as the box has none of its own: those count from 1.
pub const OWN_REVISION: u32 = 0;

const SOURCE: &str = include_str!("danger.page.flow.toml");
/// What a page shows of what was heard.
const DANGER_LETTERS_MAX: usize = 80;

/// Puts the flow among the flows of a box, with the roster that has the name of the control room's queue.
pub fn own_flow(flows: &mut Flows, settings: &Settings) {
    // The text ships with the program, and the test below reads it.
    let mut flow = Flow::parse("danger.page.flow.toml", SOURCE).expect("the flow that follows a danger");
    for step in flow.steps.values_mut() {
        match &mut step.verb {
            Verb::Ask(ask) => {
                if let Some(roster) = &mut Arc::make_mut(ask).roster {
                    roster.list.name.clone_from(&settings.control_room);
                }
            }
            Verb::Ring(ring) => ring.list.name.clone_from(&settings.control_room),
            Verb::Callback(callback) => callback.list.iter_mut().for_each(|list| list.name.clone_from(&settings.control_room)),
            Verb::Tell(_) | Verb::Http(_) | Verb::Link(_) | Verb::Agent(_) => {}
            Verb::Run(_) | Verb::When(_) | Verb::Consent(_) | Verb::Done(_) => {}
        }
    }
    flows.insert(OWN_REVISION, Arc::new(flow));
    if flows.active(FLOW).is_none() {
        flows.activate(FLOW, OWN_REVISION);
    }
}

/// A danger task was made: its two minutes run. Whatever keeps them from running is a task of its own.
pub(super) fn heard(work: &mut Work<'_, '_>, id: TaskId, task: &NewTask) -> Result<(), Reject> {
    let begun = work.apart(|work| begin(work, id, task))?;
    let Err(reject) = begun else { return Ok(()) };
    tracing::error!(task = %id, error = %reject, "Danger task {id} cannot page the control room: {reject}");
    work.task(&NewTask {
        kind: TaskKind::Callback,
        queue: task.queue.clone(),
        urgent: true,
        note: Text::new(format!("nobody can be paged for a danger ({reject}); ring the control room")),
        session: None,
        msisdn: task.msisdn.clone(),
        due: Some(work.now),
    })
}

fn begin(work: &mut Work<'_, '_>, id: TaskId, task: &NewTask) -> Result<(), Reject> {
    let book = work.book;
    let Some((exact, flow)) = book.flows.active(FLOW) else { return Err(Reject::not_found("flow")) };
    let danger: String = task.note.expose().chars().take(DANGER_LETTERS_MAX).collect();
    let who = task.msisdn.as_ref().map_or_else(|| "unknown number".to_owned(), |msisdn| msisdn.e164().to_owned());
    let data = [("task", id.to_string()), ("danger", danger), ("who", who)];
    let data: BTreeMap<String, Value> = data.into_iter().map(|(slot, words)| (slot.to_owned(), Value::Text(words))).collect();
    let (sims, rosters) = (work.tx.ready_sims()?, work.rosters_now()?);
    let rules = book.rules(&sims, &rosters);
    let moved = conversation::begin(flow, Begin::new(exact, None, data), None, &rules, work.now, work.chance);
    let moved = moved.map_err(|refused| super::session::refusal(&refused))?;
    work.apply(moved.effects, &Cause::default()).map(drop)
}

/// Somebody has a danger task: nobody is paged for it any more, and who was paged is told.
pub(super) fn taken(work: &mut Work<'_, '_>, id: TaskId) -> Result<(), Reject> {
    if let Some(session) = work.tx.twin_session(FLOW, &id.to_string())? {
        work.advance_apart(session.id, Trigger::Happened { event: "acked".to_owned(), data: BTreeMap::new() })?;
    }
    Ok(())
}

/// Somebody acknowledged a page: where it was for a danger, they have its task.
pub(super) fn acknowledged(work: &mut Work<'_, '_>, session: SessionId, by: &str) -> Result<(), Reject> {
    let Some(session) = work.tx.session(session)?.filter(|session| session.flow.name == FLOW) else { return Ok(()) };
    let task = match session.slots.get("task") {
        Some(Value::Text(task)) => task.parse::<TaskId>().ok(),
        Some(_) | None => None,
    };
    let open = task.map(|task| work.tx.task(task)).transpose()?.flatten().filter(|task| task.closed_at.is_none());
    match open {
        Some(task) => super::people::close_task(work, task.id, by),
        None => Ok(()),
    }
}

/// Who takes the thread of somebody has their danger, too.
pub(super) fn thread_taken(work: &mut Work<'_, '_>, person: &Msisdn) -> Result<(), Reject> {
    for task in work.tx.open_dangers_of(person)? {
        taken(work, task)?;
    }
    Ok(())
}
