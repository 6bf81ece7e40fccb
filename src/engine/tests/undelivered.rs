//! Prompts that cannot be delivered, what a sub-flow finds out, and alarms that somebody takes.

use std::collections::BTreeMap;

use super::troubled::rig;
use super::{PERSON, Rig, past_due, status_report};
use crate::conversation::Trigger;
use crate::conversation::effect::{ConsentChange, Proof};
use crate::conversation::rules::CallOutcome;
use crate::engine::configure::{self, NewEndpoint, NewOnCall, NewRoster};
use crate::engine::session::{self, Begun, NewSession};
use crate::engine::{advance, consent};
use crate::ids::MessageId;
use crate::msisdn::Msisdn;
use crate::terms::{Category, SessionState};
use crate::value::Value;

const NEIGHBOUR: &str = "+380501112244";

/// It pages everybody at once, and an undelivered text leads to its end.
const PUMP: &str = r#"
flow = "pump"
lane = "alarm"
start = "page"
expires = "4h"
event.undelivered = { go = "end" }

[step]
end = { done = true }
has = { tell = { en = "{person} has it." }, to = "paged", wait = "cleared", go = "end" }

[step.page]
roster = { list = "oncall", order = "all", every = "10m", rounds = 2 }
ask = { en = "ACK {code}: pump 4. {utility}" }
want = "code"
on = { ack = "has" }
silence = { after = "30m", go = "end" }
"#;

const ASKS: &str = r#"
flow = "asks"
lane = "outage"
start = "ask"
expires = "1d"
event.undelivered = { go = "letter" }

[step]
letter = { agent = { queue = "billing", note = "write a letter" }, tell = { en = "{utility}: a person will write." } }
end = { done = true }

[step.ask]
ask = { en = "{utility}: still there? Reply Y or N." }
want = "yesno"
on = { yes = "again", no = "end" }

[step.again]
ask = { en = "And your neighbour? Reply Y or N." }
want = "yesno"
on = { yes = "end", no = "end" }
"#;

fn begin(rig: &mut Rig, flow: &str, to: Option<&str>) -> Begun {
    let request = NewSession { flow: flow.to_owned(), to: to.map(str::to_owned), data: BTreeMap::new(), ..past_due() };
    rig.run(|work| session::begin(work, &request)).answer
}

fn pump_people(rig: &mut Rig) {
    let people = [("Anna", PERSON), ("Ben", NEIGHBOUR)].map(|(name, number)| NewOnCall {
        name: name.to_owned(),
        number: number.to_owned(),
        aliases: Vec::new(),
        shifts: Vec::new(),
    });
    rig.run(|work| configure::roster(work, &NewRoster { name: "oncall".to_owned(), people: people.to_vec() }).map(drop));
}

fn pump() -> (Rig, Begun) {
    let mut rig = Rig::new();
    pump_people(&mut rig);
    let put = rig.run(|work| configure::put_flow(work, "pump.flow.toml", PUMP, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    let begun = begin(&mut rig, "pump", None);
    for (mr, message) in (1..).zip(&begun.messages) {
        rig.send(*message, mr);
    }
    (rig, begun)
}

fn to(rig: &Rig, begun: &Begun, number: &str) -> (u8, MessageId) {
    let place = begun.messages.iter().position(|id| rig.message(*id).to.e164() == number).expect("paged");
    (place as u8 + 1, begun.messages[place])
}

/// The network says that this text will never arrive.
fn lost(rig: &mut Rig, mr: u8, number: &str) {
    let taken = rig.now;
    rig.wait(9);
    rig.arrives(status_report(mr, number, taken, 0x46));
}

#[test]
fn one_lost_page_of_many_moves_nothing() {
    let (mut rig, begun) = pump();
    assert_eq!(begun.messages.len(), 2, "everybody is paged at once");
    let (mr, _) = to(&rig, &begun, NEIGHBOUR);
    lost(&mut rig, mr, NEIGHBOUR);
    assert!(rig.events(0).contains(&"session.undelivered".to_owned()));
    let session = rig.session(begun.id);
    assert_eq!((session.state, session.step.as_str()), (SessionState::Asked, "page"), "the others were paged, too");
    assert_eq!(rig.send_next(9), None, "and nobody is paged again at once");
}

#[test]
fn an_alarm_that_somebody_takes_is_told_with_the_name() {
    let (mut rig, begun) = pump();
    let (_, page) = to(&rig, &begun, PERSON);
    let text = rig.message(page).text.expose().to_owned();
    let code = text.split([' ', ':']).nth(1).expect("a code").to_owned();
    rig.wait(60);
    let row = rig.hears(&format!("ack {code}"));
    assert_eq!((row.rule, row.answer.as_deref()), (Some(8), Some("ack")), "{}", row.why);
    let events = rig.read(|reader| reader.events_of_session(begun.id));
    let told: Vec<_> = events.iter().filter(|event| event.kind == "alarm.acknowledged").collect();
    let [told] = told.as_slice() else { panic!("{events:#?}") };
    assert_eq!((&told.data["by"], told.session), (&"Anna".into(), Some(begun.id)));
    rig.wait(60);
    rig.hears(&format!("ack {code}"));
    assert_eq!(rig.events(0).iter().filter(|kind| *kind == "alarm.acknowledged").count(), 1, "told once");
}

#[test]
fn an_undelivered_question_goes_where_its_flow_says() {
    let mut rig = rig(&[("asks.flow.toml", ASKS)]);
    let begun = begin(&mut rig, "asks", Some(PERSON));
    rig.send(begun.messages[0], 1);
    lost(&mut rig, 1, PERSON);
    assert_eq!(rig.session(begun.id).step, "letter");
}

#[test]
fn a_question_that_was_answered_is_not_lost_any_more() {
    let mut rig = rig(&[("asks.flow.toml", ASKS)]);
    let begun = begin(&mut rig, "asks", Some(PERSON));
    rig.send(begun.messages[0], 1);
    rig.wait(60);
    rig.hears("Y");
    assert_eq!(rig.session(begun.id).step, "again");
    lost(&mut rig, 1, PERSON);
    assert_eq!(rig.session(begun.id).step, "again", "who answered has read it, whatever the network says");
    assert!(rig.send_next(2).is_some_and(|text| text.contains("neighbour")), "the next question leaves");
}

/// The inner flow looks a row up; the outer one says it.
const OUTER: &str = r#"
flow = "outer"
lane = "account"
needs = { row = "text:20?" }
start = "in"
expires = "1d"

[step]
in = { run = "inner", go = "sort" }
sort = { when = { "row == none" = "none", else = "say" } }
none = { done = { en = "{utility}: nothing found." } }
say = { done = { en = "{utility}: found it." }, result = "found" }
"#;

const INNER: &str = r#"
flow = "inner"
lane = "account"
start = "look"
expires = "1d"

[step]
end = { done = true }

[step.look]
http = "rows.find"
read = true
send = { phone = "{from}" }
save = { row = "line" }
ok = "end"
fail = "end"
"#;

#[test]
fn what_a_sub_flow_saves_the_outer_flow_knows() {
    let mut rig = Rig::new();
    let endpoint = NewEndpoint {
        name: "rows.find".to_owned(),
        url: "http://127.0.0.1:9/x".to_owned(),
        status_url: None,
        secret: None,
        timeout_s: None,
        private: true,
    };
    rig.run(|work| configure::endpoint(work, &endpoint).map(drop));
    for (file, source) in [("inner.flow.toml", INNER), ("outer.flow.toml", OUTER)] {
        let put = rig.run(|work| configure::put_flow(work, file, source, "test"));
        rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    }
    for (line, want) in [("none", "nothing found"), ("Bill of 12 Nov", "found it")] {
        let begun = begin(&mut rig, "outer", Some(PERSON));
        let session = rig.session(begun.id);
        assert_eq!(session.step, "look", "inside the sub-flow");
        let saved = BTreeMap::from([("line".to_owned(), Value::Text(line.to_owned()))]);
        let called = Trigger::Called { step: session.step.clone(), visit: session.visit, outcome: CallOutcome::Ok, saved };
        rig.run(|work| work.advance(begun.id, called));
        assert_eq!(rig.session(begun.id).slots.get("row"), Some(&Value::Text(line.to_owned())));
        assert!(rig.send_next(1).is_some_and(|text| text.contains(want)), "{line}");
    }
}

/// Name, whether they are paged now, and how many codes are open to them.
fn on_call(rig: &mut Rig) -> Vec<(String, bool, usize)> {
    let rosters = rig.run(|work| work.rosters_now());
    rosters["oncall"].iter().map(|one| (one.name.clone(), one.on_duty, one.live_codes.len())).collect()
}

#[test]
fn a_roster_knows_who_takes_alarms_and_whose_codes_are_open() {
    let (mut rig, begun) = pump();
    let own = |name: &str, on_duty, codes| (name.to_owned(), on_duty, codes);
    assert_eq!(on_call(&mut rig), [own("Anna", true, 1), own("Ben", true, 1)]);
    let change = |granted| ConsentChange {
        msisdn: Msisdn::from_e164(NEIGHBOUR).expect("a number"),
        categories: vec![Category::Alarm],
        granted,
        source: "desk".to_owned(),
        proof: Proof::default(),
        pending: false,
    };
    rig.run(|work| Ok(work.tx.insert_consent(&change(false), work.now)?));
    assert_eq!(on_call(&mut rig), [own("Anna", true, 1), own("Ben", false, 1)]);
    rig.run(|work| Ok(work.tx.insert_consent(&change(true), work.now)?));
    rig.run(|work| advance::close(work, begun.id, "desk"));
    assert_eq!(on_call(&mut rig), [own("Anna", true, 0), own("Ben", true, 0)]);
}

#[test]
fn who_leaves_the_roster_at_the_desk_is_not_waited_for() {
    let mut rig = Rig::new();
    pump_people(&mut rig);
    let one_by_one = PUMP.replace("order = \"all\", ", "");
    let put = rig.run(|work| configure::put_flow(work, "pump.flow.toml", &one_by_one, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    let begun = begin(&mut rig, "pump", None);
    assert_eq!(begun.messages.len(), 1);
    assert_eq!(rig.message(begun.messages[0]).to.e164(), PERSON);
    rig.send(begun.messages[0], 1);
    let out = |categories: &[Category]| ConsentChange {
        msisdn: Msisdn::from_e164(PERSON).expect("a number"),
        categories: categories.to_vec(),
        granted: false,
        source: "desk".to_owned(),
        proof: Proof::default(),
        pending: false,
    };
    rig.run(|work| consent::note(work, &out(&[])));
    assert_eq!(rig.send_next(2), None, "everything is not the alarms");
    rig.run(|work| consent::note(work, &out(&[Category::Alarm])));
    assert!(rig.send_next(2).is_some_and(|text| text.contains("pump 4")), "the next person is paged at once");
}

/// It tells something and sleeps.
const SLEEPS: &str = r#"
flow = "sleeps"
lane = "outage"
start = "note"
expires = "1d"
event.restored = { go = "end" }

[step]
letter = { agent = { queue = "billing", note = "write a letter" }, tell = { en = "{utility}: a person will write." } }
end = { done = true }

[step.note]
tell = { en = "{utility}: power is out at your place." }
wait = "restored"
on = { undelivered = "letter" }
"#;

#[test]
fn a_step_that_sleeps_goes_where_it_says_when_its_text_is_lost() {
    let mut rig = Rig::new();
    let put = rig.run(|work| configure::put_flow(work, "sleeps.flow.toml", SLEEPS, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    let begun = begin(&mut rig, "sleeps", Some(PERSON));
    rig.send(begun.messages[0], 1);
    lost(&mut rig, 1, PERSON);
    assert!(rig.events(0).contains(&"session.undelivered".to_owned()));
    assert_eq!(rig.session(begun.id).step, "letter");
}

#[test]
fn a_kept_prompt_that_is_lost_ends_what_nobody_was_reached_for() {
    let mut rig = Rig::new();
    let source = include_str!("../../../flows/bill.due.flow.toml");
    let put = rig.run(|work| configure::put_flow(work, "bill.due.flow.toml", source, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    let mut request = NewSession { flow: put.name, ..past_due() };
    request.data.insert("due".to_owned(), Value::Text("2026-12-12".to_owned()));
    let begun = rig.run(|work| session::begin(work, &request)).answer;
    rig.send(begun.messages[0], 1);
    lost(&mut rig, 1, PERSON);
    assert!(rig.events(0).contains(&"session.undelivered".to_owned()));
    let session = rig.session(begun.id);
    assert_eq!((session.state, session.ended_by.as_deref()), (SessionState::Failed, Some("undelivered")));
}
