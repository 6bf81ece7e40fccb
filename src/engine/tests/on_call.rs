//! People on call and STOP: what takes them off the roster, and what puts them back (conversation.md section 5).

use super::{MODEM, PERSON, Rig, SIM, plain};
use crate::conversation::effect::{ConsentChange, Proof};
use crate::engine::accept::{self, NewMessage};
use crate::engine::configure::{self, NewOnCall, NewRoster};
use crate::engine::consent;
use crate::msisdn::Msisdn;
use crate::store::Paging;
use crate::terms::{Category, Policy, default_lanes};

/// A box whose one person is on call.
fn on_call() -> Rig {
    let mut rig = Rig::new();
    let person = NewOnCall { name: "Olha".to_owned(), number: PERSON.to_owned(), aliases: Vec::new(), shifts: Vec::new() };
    rig.run(|work| configure::roster(work, &NewRoster { name: "oncall".to_owned(), people: vec![person] }).map(drop));
    rig.has_modem(MODEM, SIM);
    rig
}

fn is_paged(rig: &mut Rig) -> bool {
    rig.run(|work| Ok(work.rosters_now()?["oncall"][0].on_duty))
}

fn out_of(rig: &mut Rig) -> Vec<Category> {
    let person = Msisdn::from_e164(PERSON).expect("a number");
    rig.run(|work| Ok(work.standing(&person)?.out.keys().copied().collect()))
}

/// A text of this category goes out, then STOP comes back: whether they are paged still.
fn check_stop(category: Category, paged: bool) {
    let mut rig = on_call();
    rig.run(|work| accept::message(work, &NewMessage { category: Some(category), ..plain(Policy::Notice, "Pump 4 is low") }));
    assert!(rig.send_next(1).is_some());
    rig.wait(60);
    rig.hears("STOP");
    assert_eq!(is_paged(&mut rig), paged, "{category:?}");
}

#[test]
fn a_stop_to_a_plain_alarm_leaves_the_roster_and_no_other_stop_does() {
    check_stop(Category::Alarm, false);
    check_stop(Category::Work, true);
    check_stop(Category::Billing, true);
}

#[test]
fn a_stop_on_the_sim_of_the_alarms_leaves_the_roster() {
    for (others, paged) in [(Vec::new(), false), (vec![SIM.to_owned()], true)] {
        let mut rig = on_call();
        let mut lanes = default_lanes();
        for lane in &mut lanes {
            lane.sims = if lane.category == Category::Alarm { vec![SIM.to_owned()] } else { others.clone() };
        }
        rig.run(|work| configure::lanes(work, &lanes));
        rig.hears("STOP");
        assert_eq!(is_paged(&mut rig), paged, "the other lanes leave on {others:?}");
    }
}

#[test]
fn a_start_gives_staff_back_what_a_customer_gets_and_the_supervisor_the_rest() {
    let mut rig = on_call();
    rig.plain(Policy::Alarm, "Pump 4 is low");
    assert!(rig.send_next(1).is_some());
    rig.wait(60);
    rig.hears("STOP");
    rig.wait(600);
    rig.plain(Policy::Notice, "Your meter is read on Monday.");
    while rig.send_next(2).is_some() {}
    rig.wait(60);
    rig.hears("STOP");
    assert!(out_of(&mut rig).contains(&Category::Billing) && !is_paged(&mut rig));
    rig.wait(60);
    rig.hears("START");
    assert_eq!((out_of(&mut rig), is_paged(&mut rig)), (vec![Category::Alarm, Category::Work], false));
    let tasks = rig.read(|reader| reader.tasks(true, Paging::newest(1))).items;
    assert_eq!((tasks[0].queue.as_str(), tasks[0].note.expose().contains("START")), ("supervisor", true));
    let change = ConsentChange {
        msisdn: Msisdn::from_e164(PERSON).expect("a number"),
        categories: vec![Category::Alarm, Category::Work],
        granted: true,
        source: "desk".to_owned(),
        proof: Proof::default(),
        pending: false,
    };
    rig.run(|work| consent::note(work, &change));
    assert!(is_paged(&mut rig));
}

/// What the desk notes that a person has said.
fn desk(rig: &mut Rig, categories: &[Category]) {
    let change = ConsentChange {
        msisdn: Msisdn::from_e164(PERSON).expect("a number"),
        categories: categories.to_vec(),
        granted: false,
        source: "desk".to_owned(),
        proof: Proof::told("by telephone", Some("Iryna".to_owned())),
        pending: false,
    };
    rig.run(|work| consent::note(work, &change));
}

fn supervisor_told(rig: &Rig) -> usize {
    rig.read(|reader| reader.tasks(true, Paging::newest(9))).items.iter().filter(|task| task.queue == "supervisor").count()
}

#[test]
fn everything_at_the_desk_takes_nobody_off_the_roster_and_alarm_by_name_does() {
    let mut rig = on_call();
    rig.plain(Policy::Alarm, "Pump 4 is low");
    desk(&mut rig, &[]);
    assert!(is_paged(&mut rig) && out_of(&mut rig).contains(&Category::Billing));
    assert!(rig.send_next(1).is_some(), "the alarm still leaves");
    assert_eq!(supervisor_told(&rig), 0);
    desk(&mut rig, &[Category::Alarm]);
    assert_eq!((is_paged(&mut rig), supervisor_told(&rig)), (false, 1));
    desk(&mut rig, &[Category::Alarm]);
    assert_eq!(supervisor_told(&rig), 1, "told once");
}

#[test]
fn a_stop_from_before_they_joined_the_roster_does_not_take_them_off_it() {
    let mut rig = Rig::new();
    rig.hears("STOP");
    assert!(out_of(&mut rig).contains(&Category::Alarm), "a customer gets no alarms");
    let person = NewOnCall { name: "Olha".to_owned(), number: PERSON.to_owned(), aliases: Vec::new(), shifts: Vec::new() };
    rig.run(|work| configure::roster(work, &NewRoster { name: "oncall".to_owned(), people: vec![person] }).map(drop));
    assert!(is_paged(&mut rig) && out_of(&mut rig).contains(&Category::Billing));
}
