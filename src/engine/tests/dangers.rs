//! What follows a danger task (conversation.md section 1): two minutes, then the control room's roster, then somebody rings.

use super::{Rig, SIM};
use crate::conversation::effect::TaskKind;
use crate::engine::configure::{self, NewOnCall, NewRoster};
use crate::engine::{danger, people};
use crate::store::{Paging, Task};
use crate::terms::Purpose;

const ON_CALL: &str = "+380671110001";

/// A box with a control room, which has just heard of danger; its task.
fn heard() -> (Rig, Task) {
    let mut rig = Rig::new();
    let person = NewOnCall { name: "Olha".to_owned(), number: ON_CALL.to_owned(), aliases: Vec::new(), shifts: Vec::new() };
    let roster = NewRoster { name: "control_room".to_owned(), people: vec![person] };
    rig.run(|work| configure::roster(work, &roster).map(drop));
    rig.has_modem(super::MODEM, SIM);
    rig.hears("smell gas");
    let task = rig.read(|reader| reader.tasks(true, Paging::newest(1))).items.remove(0);
    assert_eq!(task.kind, TaskKind::Danger);
    (rig, task)
}

/// Texts to the roster so far.
fn pages(rig: &Rig) -> usize {
    let filter = crate::store::MessageFilter { to: crate::msisdn::Msisdn::from_e164(ON_CALL).ok(), state: None };
    let texts = rig.read(|reader| reader.messages(&filter, Paging::newest(50))).items;
    texts.iter().filter(|text| text.purpose == Purpose::Prompt).count()
}

#[test]
fn a_danger_that_is_taken_in_time_pages_nobody() {
    let (mut rig, task) = heard();
    rig.wait(119);
    rig.run(|work| people::close_task(work, task.id, "desk"));
    rig.wait(3600);
    assert_eq!(pages(&rig), 0);
}

#[test]
fn a_danger_that_nobody_takes_pages_the_control_room_until_somebody_does() {
    let (mut rig, task) = heard();
    rig.wait(120);
    assert_eq!(pages(&rig), 1);
    rig.wait(120);
    assert_eq!(pages(&rig), 2, "nobody answered: rung, and paged on");
    let rung = rig.read(|reader| reader.tasks(true, Paging::newest(9))).items;
    assert!(rung.iter().any(|task| task.kind == TaskKind::Callback && task.urgent && task.note.expose().contains(ON_CALL)), "{rung:?}");
    rig.run(|work| people::close_task(work, task.id, "desk"));
    rig.wait(3600);
    assert_eq!(pages(&rig), 2, "taken at the desk: it is over");
    assert!(rig.read(|reader| reader.twin_session(danger::FLOW, &task.id.to_string())).is_none());
}

#[test]
fn who_acknowledges_a_danger_has_its_task() {
    let (mut rig, task) = heard();
    rig.wait(120);
    let before = rig.count_events();
    while rig.send_next(1).is_some() {}
    let stamp = rig.now;
    rig.arrives(super::deliver(ON_CALL, stamp, "ACK"));
    let done = rig.read(|reader| reader.task(task.id)).expect("a task");
    assert_eq!(done.closed_by.as_deref(), Some("Olha"));
    assert!(rig.events(before).iter().any(|kind| kind == "danger.taken"));
}

#[test]
fn a_flow_of_the_utility_takes_the_place_of_the_boxs_own() {
    let (mut rig, _) = heard();
    let source = "flow = \"danger.page\"\nlane = \"alarm\"\nneeds = { task = \"text:40\", danger = \"text:80\", who = \"text:20\" }\n\
                  key = \"{task}\"\nstart = \"x\"\nexpires = \"1h\"\n[step]\nx = { done = true, result = \"own\" }\n";
    let put = rig.run(|work| configure::keep_flow(work, "danger.page.flow.toml", source, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    rig.hears("smell gas again");
    rig.wait(120);
    rig.wait(120);
    assert_eq!(pages(&rig), 2, "the first danger goes on as it began, the second is the utility's");
}
