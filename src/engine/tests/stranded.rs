//! Texts of several parts whose SIM is gone behind the first.

use super::*;
use crate::engine::configure::{self, NewOnCall, NewRoster};
use crate::engine::report;
use crate::terms::MessageState;

const OTHER: &str = "8938003000000000002";
/// Two parts.
const LONG: &str = "Pump 4 of the well field has stopped. The level of the high tank falls by ten centimetres an hour and will be at its \
                    limit at five in the morning. Call the control room.";

/// Two modems that can send; the first part of a text has left on the first, which goes then.
fn torn(policy: Policy) -> (Rig, MessageId) {
    let mut rig = Rig::bare();
    for (name, iccid) in [(MODEM, SIM), ("south", OTHER)] {
        rig.has_modem(name, iccid);
        rig.run(|work| modems::ready(work, name));
    }
    let id = rig.plain(policy, LONG);
    assert_eq!(rig.message(id).parts, 2);
    rig.send(id, 1);
    rig.run(|work| modems::not_ready(work, MODEM, "lost", "unplugged"));
    (rig, id)
}

fn bound_to(rig: &Rig) -> Vec<Option<String>> {
    rig.read(|reader| reader.due_parts(rig.now, 9)).into_iter().map(|part| part.begun_on).collect()
}

fn sent_on_other(rig: &mut Rig, id: MessageId, seq: u8, mr: u8) {
    let key = PartKey { message: id, seq };
    rig.run(|work| submit::claim(work, &key, OTHER)).expect("not at night");
    let Begin::Go { attempt } = rig.run(|work| submit::begin_attempt(work, &key, OTHER, "south")) else { panic!("denied") };
    rig.run(|work| submit::submitted(work, &key, attempt, mr));
}

fn reported(rig: &mut Rig, sim: &str, hex: String) {
    let octets = hex::decode(&hex).expect("hex");
    let at_commands::pdu::Inbound::StatusReport(pdu) = at_commands::pdu::Inbound::decode(&octets, Smsc::Present).expect("a report") else {
        panic!("a report")
    };
    rig.run(|work| report::take(work, sim, &pdu, &hex, true));
}

#[test]
fn an_alarm_is_sent_whole_from_another_sim_and_marked() {
    let (mut rig, id) = torn(Policy::Alarm);
    rig.wait(50);
    assert_eq!(bound_to(&rig), [Some(SIM.to_owned())], "it may come back");
    let before = (rig.message(id).reference, rig.part(id, 1).pdu);
    rig.wait(11);
    assert_eq!(bound_to(&rig), [None, None], "both parts, on any SIM");
    let message = rig.message(id);
    assert!(message.possibly_twice && message.reference != before.0 && rig.part(id, 1).pdu != before.1);
    // The network tells of the first cut: that is not this one.
    let taken = rig.now;
    sent_on_other(&mut rig, id, 1, 40);
    rig.run(|work| submit::claim(work, &PartKey { message: id, seq: 2 }, OTHER)).expect("taken");
    rig.wait(5);
    reported(&mut rig, SIM, status_report(1, PERSON, START, 0));
    assert_eq!(rig.part(id, 1).state, PartState::Submitted);
    let Begin::Go { attempt } = rig.run(|work| submit::begin_attempt(work, &PartKey { message: id, seq: 2 }, OTHER, "south")) else {
        panic!("denied")
    };
    rig.submitted(id, 2, attempt, 41);
    for (seq, mr) in [(1, 40), (2, 41)] {
        assert_eq!(rig.part(id, seq).state, PartState::Submitted);
        reported(&mut rig, OTHER, status_report(mr, PERSON, taken, 0));
    }
    assert_eq!(rig.message(id).state, MessageState::Delivered);
    rig.wait(3600);
    assert_eq!(rig.read(|reader| reader.attempts_of(id)).iter().map(|attempt| attempt.again).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn a_part_that_comes_back_unsent_is_not_taken_for_the_one_of_the_first_cut() {
    let (mut rig, id) = torn(Policy::Alarm);
    rig.wait(61);
    let key = PartKey { message: id, seq: 1 };
    rig.run(|work| submit::claim(work, &key, OTHER)).expect("taken");
    rig.run(|work| submit::aborted(work, &key, None, "overtaken"));
    assert_eq!(rig.part(id, 1).state, PartState::Queued);
}

#[test]
fn an_alarm_whose_sim_comes_back_goes_on_there() {
    let (mut rig, id) = torn(Policy::Alarm);
    rig.wait(50);
    rig.run(|work| modems::ready(work, MODEM));
    rig.wait(3600);
    assert_eq!((bound_to(&rig), rig.message(id).possibly_twice), (vec![Some(SIM.to_owned())], false));
}

#[test]
fn of_any_other_text_a_person_hears_once() {
    for policy in [Policy::Notice, Policy::Once] {
        let (mut rig, id) = torn(policy);
        rig.wait(355);
        let before = rig.count_events();
        let tasks = |rig: &Rig| rig.read(|reader| reader.tasks(true, crate::store::Paging::newest(9))).items;
        assert_eq!(tasks(&rig), [], "the ladder is at work");
        rig.wait(11);
        rig.wait(3600);
        let told = tasks(&rig);
        assert_eq!((told.len(), rig.events(before)), (1, vec!["agent.requested".to_owned()]), "{policy:?}");
        assert!(told[0].note.expose().contains(&format!("{id} has left in part (1 of 2) from SIM {SIM}")), "{}", told[0].note.expose());
        assert_eq!((bound_to(&rig), rig.message(id).possibly_twice), (vec![Some(SIM.to_owned())], false), "nothing is sent twice");
    }
}

#[test]
fn where_no_other_sim_can_send_a_person_hears_of_an_alarm_too() {
    let (mut rig, id) = torn(Policy::Alarm);
    rig.run(|work| modems::not_ready(work, "south", "lost", "unplugged"));
    rig.wait(361);
    assert_eq!(rig.events(0).iter().filter(|kind| *kind == "agent.requested").count(), 1);
    rig.run(|work| modems::ready(work, "south"));
    rig.wait(1);
    assert_eq!((bound_to(&rig), rig.message(id).possibly_twice), (vec![None, None], true), "and still leaves once one can");
}

/// It pages one after the other.
const PAGES: &str = r#"
flow = "pages"
lane = "alarm"
start = "page"
expires = "4h"

[step]
end = { done = true }

[step.page]
roster = { list = "oncall", order = "one_by_one", every = "1h" }
ask = { en = "{utility}: ACK {code}: pump 4 of the well field has stopped, and the level of the high tank falls by ten centimetres an hour. It will be at its lowest by five in the morning." }
want = "code"
on = { ack = "end" }
silence = { after = "3h", go = "end" }
"#;

/// The whole of it was sent as often as it may be: with its SIM gone again the next person is paged.
#[test]
fn a_page_whose_sim_is_gone_goes_on_to_the_next_person() {
    let mut rig = Rig::new();
    let people = [("Anna", PERSON), ("Ben", "+380501112244")].map(|(name, number)| NewOnCall {
        name: name.to_owned(),
        number: number.to_owned(),
        aliases: Vec::new(),
        shifts: Vec::new(),
    });
    rig.run(|work| configure::roster(work, &NewRoster { name: "oncall".to_owned(), people: people.to_vec() }).map(drop));
    let put = rig.run(|work| configure::put_flow(work, "pages.flow.toml", PAGES, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    rig.has_modem(MODEM, SIM);
    rig.run(|work| modems::ready(work, MODEM));
    let request = NewSession { flow: "pages".to_owned(), to: None, data: BTreeMap::new(), ..past_due() };
    let begun = rig.run(|work| session::begin(work, &request)).answer;
    let [page] = begun.messages.as_slice() else { panic!("one by one: {begun:?}") };
    assert_eq!(rig.message(*page).parts, 2);
    rig.send(*page, 1);
    rig.run(|work| modems::not_ready(work, MODEM, "lost", "unplugged"));
    let paged = |rig: &Rig| rig.read(|reader| reader.messages_of_session(begun.id)).iter().map(|page| page.to.clone()).collect::<Vec<_>>();
    rig.wait(355);
    assert_eq!(paged(&rig).len(), 1, "the ladder is at work");
    rig.wait(6);
    let to: Vec<String> = paged(&rig).iter().map(|to| to.e164().to_owned()).collect();
    assert_eq!(to, [PERSON, "+380501112244"]);
    rig.wait(600);
    assert_eq!(paged(&rig).len(), 2, "once");
}

/// The loop sleeps until something is due: what has begun on a SIM is due, too.
#[test]
fn the_box_knows_when_to_look() {
    let (mut rig, _) = torn(Policy::Notice);
    let gone = rig.now;
    let next = |rig: &Rig| rig.read(|reader| reader.next_look_for_sims());
    assert_eq!(next(&rig), Some(gone.plus(Duration::from_mins(1))));
    rig.wait(60);
    assert_eq!(next(&rig), Some(gone.plus(Duration::from_mins(6))));
    rig.wait(300);
    assert_eq!(next(&rig), None, "it was told");
    rig.run(crate::engine::restart::all);
    assert_eq!(rig.read(|reader| reader.sims_away(rig.now.minus(Duration::from_secs(1)))), [], "a box that was off says nothing of a SIM");
}
