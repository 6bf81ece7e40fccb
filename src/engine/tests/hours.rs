//! When unasked texts may leave: by whose clock, on which days, and who may choose.

use std::collections::BTreeMap;

use super::{PERSON, Rig, past_due};
use crate::conversation::hours::{OUTAGE_HOURS, ZONE};
use crate::engine::configure;
use crate::engine::session::{self, NewSession};
use crate::msisdn::Msisdn;
use crate::store::Contact;
use crate::time::Timestamp;
use crate::value::Value;

/// A box at ten in the morning (UTC, a Monday) that knows this of the person.
fn rig(zone: Option<&str>, facts: &[(&str, &str)]) -> Rig {
    let mut rig = Rig::new();
    let contact = Contact {
        msisdn: Msisdn::from_e164(PERSON).expect("a number"),
        name: None,
        language: None,
        zone: zone.map(str::to_owned),
        accounts: 1,
        facts: facts.iter().map(|(name, value)| ((*name).to_owned(), Value::Text((*value).to_owned()))).collect(),
    };
    rig.run(|work| Ok(work.tx.save_contact(&contact, work.now)?));
    rig
}

/// The first text of this session leaves then; `None` is at once.
fn check(rig: &mut Rig, request: &NewSession, want: Option<&str>) {
    let begun = rig.run(|work| session::begin(work, request)).answer;
    let message = rig.message(begun.messages[0]);
    assert_eq!(message.not_before, want.and_then(Timestamp::parse), "{:?}", request.data.get(ZONE));
}

fn bill(zone: Option<&str>) -> NewSession {
    let mut request = past_due();
    request.data.extend(zone.map(|zone| (ZONE.to_owned(), Value::Text(zone.to_owned()))));
    request
}

fn outage() -> NewSession {
    let place = ("place".to_owned(), Value::Text("12 Elm Street".to_owned()));
    NewSession { flow: "outage.confirm".to_owned(), data: BTreeMap::from([place]), ..past_due() }
}

#[test]
fn hours_are_the_persons_else_the_premises_else_the_boxs() {
    check(&mut rig(None, &[]), &bill(None), None);
    check(&mut rig(None, &[]), &bill(Some("America/Chicago")), Some("2026-11-23T08:00:00-06:00"));
    check(&mut rig(Some("America/Los_Angeles"), &[]), &bill(Some("America/Chicago")), Some("2026-11-23T08:00:00-08:00"));
    check(&mut rig(Some("Europe/Kyiv"), &[]), &bill(Some("America/Chicago")), None);
    let refused = rig(None, &[]).try_run(|work| session::begin(work, &bill(Some("the north")))).expect_err("no zone");
    assert_eq!((refused.code, refused.errors[0].0.as_str()), ("bad_value", "/data/zone"));
}

#[test]
fn a_question_that_waited_is_held_by_the_premises_clock_too() {
    let mut rig = rig(None, &[]);
    // In Lisbon as at the box; in Kyiv it is two hours later.
    let begun = rig.run(|work| session::begin(work, &bill(Some("Europe/Kyiv")))).answer;
    rig.wait(9 * 3600 + 60);
    let part = crate::ids::PartKey { message: begun.messages[0], seq: 1 };
    assert_eq!(rig.run(|work| crate::engine::submit::claim(work, &part, super::SIM)), None, "21:01 at the premise");
    assert_eq!(Some(rig.part(part.message, 1).due_at), Timestamp::parse("2026-11-24T08:00:00+02:00"));
}

#[test]
fn a_morning_that_comes_twice_is_waited_for_twice() {
    let mut rig = rig(None, &[]);
    let begun = rig.run(|work| session::begin(work, &bill(Some("Europe/Kyiv")))).answer;
    rig.wait(9 * 3600 + 60);
    let part = crate::ids::PartKey { message: begun.messages[0], seq: 1 };
    let claim = |rig: &mut Rig| rig.run(|work| crate::engine::submit::claim(work, &part, super::SIM));
    assert_eq!(claim(&mut rig), None, "21:01 at the premise");
    let morning = rig.part(part.message, 1).due_at;
    rig.now = morning.shifted_ms(1_000);
    rig.wait(0);
    // It was due; then somebody sets the clock back by an hour.
    rig.now = morning.shifted_ms(-3_600_000);
    assert_eq!(claim(&mut rig), None, "it is night again");
    assert_eq!(rig.read(|reader| reader.due_parts(rig.now, 9)).len(), 0, "nobody tries it all night long");
    rig.now = morning;
    assert_eq!(rig.read(|reader| reader.due_parts(rig.now, 9)).len(), 1);
}

#[test]
fn nothing_unasked_leaves_on_a_holiday() {
    let mut rig = rig(None, &[]);
    rig.run(|work| {
        let mut settings = work.book.settings.clone();
        settings.holidays = vec![jiff::civil::date(2026, 11, 23), jiff::civil::date(2026, 11, 24)];
        configure::settings(work, &settings)
    });
    check(&mut rig, &bill(None), Some("2026-11-25T08:00:00Z"));
    check(&mut rig, &outage(), None);
}

#[test]
fn texts_about_outages_come_when_the_person_chose() {
    check(&mut rig(None, &[]), &outage(), None);
    let chosen = [(OUTAGE_HOURS, "mon-fri 12:00-22:00; sat,sun,hol 14:00-20:00")];
    check(&mut rig(None, &chosen), &outage(), Some("2026-11-23T12:00:00Z"));
    check(&mut rig(Some("Europe/Kyiv"), &chosen), &outage(), None);
    check(&mut rig(None, &chosen), &bill(None), None);
}

#[test]
fn who_writes_is_answered_at_any_hour() {
    let mut rig = rig(None, &[(OUTAGE_HOURS, "daily 12:00-22:00")]);
    put(&mut rig, "first", &FIRST.replace("billing", "outage"));
    rig.run(|work| session::begin(work, &asked("first")).map(drop));
    rig.wait(11 * 3600 + 50 * 60);
    assert!(rig.send_next(1).is_some(), "the question, at 21:50");
    rig.wait(40 * 60);
    let row = rig.hears("N");
    assert_eq!(row.answer.as_deref(), Some("no"), "{}", row.why);
    assert_eq!(rig.send_next(2).as_deref(), Some("Thank you."));
}

fn put(rig: &mut Rig, name: &str, source: &str) {
    let put = rig.run(|work| configure::put_flow(work, &format!("{name}.flow.toml"), source, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
}

fn asked(flow: &str) -> NewSession {
    NewSession { flow: flow.to_owned(), data: BTreeMap::new(), ..past_due() }
}

/// Two questions of one form: the second waits behind the door, and its flow does not wait for the morning.
const FIRST: &str = "flow = \"first\"\nlane = \"billing\"\nstart = \"ask\"\nexpires = \"5d\"\n[step]\nend = { done = { en = \"Thank you.\" } }\n[step.ask]\nask = { en = \"{utility}: one?\" }\nwant = \"yesno\"\non = { yes = \"end\", no = \"end\" }\n";

#[test]
fn what_does_not_wait_for_the_morning_leaves_when_the_door_opens() {
    for (quiet, want) in [("send", None), ("wait", Timestamp::parse("2026-11-24T08:00:00Z"))] {
        let mut rig = rig(None, &[]);
        let second = FIRST.replace("\"first\"", "\"second\"").replace("billing", "account").replace("one?", "two?");
        let second = second.replace("expires", &format!("quiet = \"{quiet}\"\nexpires"));
        rig.now = Timestamp::parse("2026-11-23T18:00:00Z").expect("a time");
        put(&mut rig, "first", FIRST);
        put(&mut rig, "second", &second);
        let first = rig.run(|work| session::begin(work, &asked("first"))).answer;
        rig.send_next(1);
        let second = rig.run(|work| session::begin(work, &asked("second"))).answer;
        assert!(second.messages.is_empty(), "it waits behind the door");
        rig.now = Timestamp::parse("2026-11-23T21:30:00Z").expect("a time");
        rig.run(|work| crate::engine::advance::close(work, first.id, "test"));
        let queued = rig.read(|reader| reader.messages(&crate::store::MessageFilter::default(), crate::store::Paging::newest(1))).items;
        assert_eq!((queued[0].text.expose(), queued[0].not_before), ("Northgrid: two?", want), "{quiet}");
    }
}
