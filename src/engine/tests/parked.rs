//! An alarm of which three tries are in doubt: the control room has a task, and who is on duty there a text.

use super::{MODEM, PERSON, Rig, SIM};
use crate::conversation::effect::TaskKind;
use crate::engine::configure::{self, NewOnCall, NewRoster};
use crate::engine::doubt::{self, As};
use crate::ids::{MessageId, PartKey};
use crate::store::{MessageFilter, Paging, Task};
use crate::terms::{PartState, Policy};

const ON_CALL: &str = "+380671110001";

/// A box with a control room, and a text every try of which got no answer.
fn doubted(policy: Policy) -> (Rig, MessageId) {
    let mut rig = Rig::new();
    let person = NewOnCall { name: "Olha".to_owned(), number: ON_CALL.to_owned(), aliases: Vec::new(), shifts: Vec::new() };
    let roster = NewRoster { name: "control_room".to_owned(), people: vec![person] };
    rig.run(|work| configure::roster(work, &roster).map(drop));
    rig.has_modem(MODEM, SIM);
    let id = rig.plain(policy, "valve 4 is open");
    while rig.state(id) != PartState::Parked {
        let attempt = rig.attempt(id, 1);
        rig.run(|work| doubt::in_doubt(work, &PartKey { message: id, seq: 1 }, attempt, "timeout"));
        rig.wait(200);
    }
    (rig, id)
}

fn tasks(rig: &Rig) -> Vec<Task> {
    rig.read(|reader| reader.tasks(true, Paging::newest(9))).items
}

fn pages(rig: &Rig) -> usize {
    let filter = MessageFilter { to: crate::msisdn::Msisdn::from_e164(ON_CALL).ok(), state: None };
    rig.read(|reader| reader.messages(&filter, Paging::newest(9))).items.len()
}

#[test]
fn an_alarm_that_parks_is_an_urgent_task_and_pages_the_control_room() {
    let (rig, id) = doubted(Policy::Alarm);
    let tasks = tasks(&rig);
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    let (task, note) = (&tasks[0], tasks[0].note.expose());
    assert_eq!((task.kind, task.urgent, task.queue.as_str()), (TaskKind::Callback, true, "control_room"));
    assert!(note.contains(&id.to_string()) && note.contains(PERSON), "{note}");
    assert_eq!(pages(&rig), 1);
}

#[test]
fn other_policies_page_nobody() {
    for policy in [Policy::Notice, Policy::Once] {
        let (rig, _) = doubted(policy);
        assert_eq!((tasks(&rig), pages(&rig)), (Vec::new(), 0), "{policy:?}");
    }
}

#[test]
fn the_task_goes_with_the_doubt_and_comes_back_with_it() {
    let (mut rig, id) = doubted(Policy::Alarm);
    rig.run(|work| doubt::resolve(work, id, As::Resend, "anna"));
    assert_eq!(tasks(&rig), [], "it is sent again");
    let attempt = rig.attempt(id, 1);
    rig.run(|work| doubt::in_doubt(work, &PartKey { message: id, seq: 1 }, attempt, "timeout"));
    assert_eq!((rig.state(id), tasks(&rig).len(), pages(&rig)), (PartState::Parked, 1, 1), "paged once in a while");
    rig.run(|work| doubt::resolve(work, id, As::Sent, "anna"));
    assert_eq!(tasks(&rig), []);
}
