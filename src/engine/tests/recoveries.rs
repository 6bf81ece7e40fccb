//! What the box remembers of the recovery ladder.

use super::{MODEM, Rig};
use crate::engine::{modems, recovery};
use crate::modem::io::{Identity, Remembered, Supply};
use crate::modem::profile::Profile;
use crate::terms::{Ailment, Outcome, Rung};
use crate::time::Tick;

const IMEI: &str = "imei of gate";
const MINUTE: u64 = 60;

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, "8938001");
    rig
}

fn imei(rig: &Rig) -> String {
    rig.read(|reader| reader.modem(MODEM)).expect("a modem").imei.expect("its IMEI")
}

fn tried(rig: &mut Rig, rung: Rung, ailment: Ailment) {
    rig.run(|work| recovery::tried(work, MODEM, rung, ailment));
}

fn outcomes(rig: &Rig) -> Vec<(Rung, Option<Outcome>)> {
    let imei = imei(rig);
    rig.read(|reader| reader.recoveries(&imei, 99)).into_iter().rev().map(|row| (row.rung, row.outcome)).collect()
}

fn remembered(rig: &Rig) -> Remembered {
    let tick = Tick::from_nanos(u64::MAX / 2);
    rig.read(|reader| modems::remembered(reader, MODEM, &Profile::default(), rig.now, tick))
}

#[test]
fn a_rung_helped_when_the_modem_is_ready_and_failed_when_the_next_one_is_climbed() {
    let mut rig = rig();
    tried(&mut rig, Rung::Reopen, Ailment::NoAnswer);
    tried(&mut rig, Rung::Reset, Ailment::NoAnswer);
    rig.wait(MINUTE);
    rig.run(|work| modems::ready(work, MODEM));
    assert_eq!(outcomes(&rig), [(Rung::Reopen, Some(Outcome::Failed)), (Rung::Reset, Some(Outcome::Mended))]);
    // What it suffers from now is another thing: the rung before did help.
    tried(&mut rig, Rung::Settings, Ailment::NoAnswer);
    tried(&mut rig, Rung::Radio, Ailment::NotRegistered);
    assert_eq!(outcomes(&rig)[2..], [(Rung::Settings, Some(Outcome::Mended)), (Rung::Radio, None)]);
    rig.run(|work| modems::not_ready(work, MODEM, "dead", "nothing helped"));
    assert_eq!(outcomes(&rig)[3], (Rung::Radio, Some(Outcome::Failed)));
}

#[test]
fn a_modem_that_could_not_send_is_well_when_it_has_sent() {
    let mut rig = rig();
    tried(&mut rig, Rung::Radio, Ailment::SendsFail);
    rig.run(|work| modems::ready(work, MODEM));
    assert_eq!(outcomes(&rig), [(Rung::Radio, None)], "it was registered all the time");
    rig.run(|work| recovery::sent(work, MODEM));
    assert_eq!(outcomes(&rig), [(Rung::Radio, Some(Outcome::Mended))]);
}

#[test]
fn a_rung_after_which_a_person_had_to_help_is_not_climbed_again_on_that_model() {
    let mut rig = rig();
    tried(&mut rig, Rung::Reset, Ailment::NoAnswer);
    let past = remembered(&rig);
    assert_eq!((past.known, past.standing, past.restarts.len()), (true, Some((Rung::Reset, Ailment::NoAnswer)), 1));
    assert!(past.avoid.is_empty());
    rig.wait(30 * MINUTE);
    assert_eq!(remembered(&rig).standing, None, "that was long ago");
    rig.run(|work| modems::ready(work, MODEM));
    assert_eq!(outcomes(&rig), [(Rung::Reset, Some(Outcome::Harmed))]);
    assert_eq!(remembered(&rig).avoid, [Rung::Reset]);
    // It helped twice since, on whichever modem: harm was the exception.
    for _ in 0..2 {
        tried(&mut rig, Rung::Reset, Ailment::NoAnswer);
        rig.run(|work| modems::ready(work, MODEM));
    }
    assert!(remembered(&rig).avoid.is_empty());
    rig.wait(2 * 60 * MINUTE);
    assert!(remembered(&rig).restarts.is_empty(), "only the last hour counts");
}

#[test]
fn who_has_not_said_who_he_is_has_no_history() {
    let mut rig = Rig::new();
    rig.run(|work| modems::opened(work, "other", "/dev/other"));
    rig.run(|work| recovery::tried(work, "other", Rung::Reopen, Ailment::NoAnswer));
    assert!(rig.read(|reader| reader.open_recovery(IMEI)).is_none());
    let tick = Tick::from_nanos(1);
    assert!(!rig.read(|reader| modems::remembered(reader, "other", &Profile::default(), rig.now, tick)).known);
}

#[test]
fn the_newest_two_hundred_are_kept() {
    let mut rig = rig();
    for _ in 0..210 {
        tried(&mut rig, Rung::Reopen, Ailment::NoAnswer);
    }
    let imei = imei(&rig);
    assert_eq!(rig.read(|reader| reader.recoveries(&imei, 999)).len(), 200);
}

#[test]
fn a_deaf_modem_is_an_event() {
    let mut rig = rig();
    let before = rig.count_events();
    rig.run(|work| modems::deaf(work, MODEM, modems::UNSAID));
    assert_eq!(rig.events(before), ["modem.deaf"]);
}

#[test]
fn a_weak_supply_is_told_once_an_hour_and_is_one_task() {
    let mut rig = rig();
    let before = rig.count_events();
    let notes = |rig: &Rig| -> Vec<String> {
        rig.read(|reader| reader.tasks(true, crate::store::Paging::newest(9)))
            .items
            .iter()
            .map(|task| task.note.expose().to_owned())
            .collect()
    };
    for supply in [Supply::Under, Supply::Off, Supply::Under] {
        rig.run(|work| modems::supply(work, MODEM, supply));
        rig.wait(MINUTE);
    }
    assert_eq!(rig.events(before).iter().filter(|kind| *kind == "modem.supply").count(), 1);
    assert_eq!(notes(&rig).len(), 1);
    assert!(
        notes(&rig)[0].starts_with("Supply of modem north: its supply is too weak") && notes(&rig)[0].contains("powered hub"),
        "{:?}",
        notes(&rig)
    );
    rig.run(|work| modems::ready(work, MODEM));
    assert_eq!(notes(&rig).len(), 1, "that it is ready makes no better supply");
    rig.wait(60 * MINUTE);
    rig.run(|work| modems::supply(work, MODEM, Supply::Under));
    assert_eq!(rig.events(before).iter().filter(|kind| *kind == "modem.supply").count(), 2);
    assert_eq!(notes(&rig).len(), 1);
}

#[test]
fn a_modem_that_nothing_brings_back_is_one_task_until_it_can_send() {
    let mut rig = rig();
    let open = |rig: &Rig| rig.read(|reader| reader.tasks(true, crate::store::Paging::newest(9))).items;
    rig.run(|work| modems::not_ready(work, MODEM, "no_answer", "it is silent"));
    assert_eq!(open(&rig), [], "the box helps it first");
    rig.run(|work| modems::not_ready(work, MODEM, "dead", "Take its power away."));
    rig.run(|work| modems::not_ready(work, MODEM, "no_answer", "it is silent"));
    rig.run(|work| modems::not_ready(work, MODEM, "dead", "Take its power away."));
    rig.run(|work| modems::not_ready(work, "gate", "sim_refused", "Ask the operator."));
    let notes: Vec<_> = open(&rig).iter().map(|task| (task.queue.clone(), task.urgent, task.note.expose().to_owned())).collect();
    let task = |note: &str| ("control_room".to_owned(), true, note.to_owned());
    assert_eq!(notes, [task("Modem gate: Ask the operator."), task(&format!("Modem {MODEM}: Take its power away."))]);
    rig.run(|work| modems::ready(work, MODEM));
    assert_eq!(open(&rig).len(), 1, "the other one still needs somebody");
}

#[test]
fn the_task_of_a_port_that_was_given_up_ends_when_its_modem_answers_on_another_one() {
    let mut rig = rig();
    rig.run(|work| modems::not_ready(work, MODEM, "dead", "Take its power away."));
    let open = |rig: &Rig| rig.read(|reader| reader.tasks(true, crate::store::Paging::newest(9))).items.len();
    assert_eq!(open(&rig), 1);
    let identity = Identity { imei: imei(&rig), ..Identity::default() };
    rig.run(|work| modems::identity(work, "its other port", &identity));
    assert_eq!((open(&rig), rig.read(|reader| reader.modem(MODEM))), (0, None));
}

/// A modem that a rung took away for good is known as such before anybody plugs it in again, and however soon that is.
#[test]
fn a_rung_after_which_the_port_stayed_away_did_harm() {
    let mut rig = rig();
    tried(&mut rig, Rung::Reset, Ailment::NoAnswer);
    rig.run(|work| modems::not_ready(work, MODEM, "lost", "its port is gone"));
    rig.wait(2 * MINUTE);
    assert_eq!(outcomes(&rig), [(Rung::Reset, None)], "it may still come");
    rig.wait(MINUTE);
    assert_eq!(outcomes(&rig), [(Rung::Reset, Some(Outcome::Harmed))]);
    assert_eq!(remembered(&rig).avoid, [Rung::Reset], "also for another one of that model");
    rig.run(|work| modems::ready(work, MODEM));
    assert_eq!(outcomes(&rig), [(Rung::Reset, Some(Outcome::Harmed))], "somebody plugged it in again");
}

#[test]
fn falls_of_a_day_are_remembered_and_too_many_are_a_task() {
    let mut rig = rig();
    for _ in 0..3 {
        rig.run(|work| recovery::fell(work, MODEM));
        rig.wait(13 * 60 * MINUTE);
    }
    assert_eq!(
        remembered(&rig).falls.iter().map(|(whose, _)| whose.clone()).collect::<Vec<_>>(),
        [imei(&rig)],
        "the others are older than a day"
    );
    rig.run(|work| modems::not_ready(work, MODEM, "falls", "it falls over and over"));
    let tasks = rig.read(|reader| reader.tasks(true, crate::store::Paging::newest(9))).items;
    assert!(tasks.len() == 1 && tasks[0].urgent, "{tasks:?}");
}
