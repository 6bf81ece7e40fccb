//! What is accepted, what is refused, and that a request can be repeated.

use std::collections::BTreeMap;

use at_commands::pdu::{Smsc, Submit};

use super::{MODEM, PERSON, Rig, START, past_due, plain};
use crate::engine::accept::{self, NewMessage};
use crate::engine::idempotent::Idempotency;
use crate::engine::submit::Begin;
use crate::engine::{clock, configure, session, submit};
use crate::ids::PartKey;
use crate::store::{ClockJump, FirstAnswer, Newest, Paging};
use crate::terms::{MessageState, Policy};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

fn key(key: &str, body: &str) -> Idempotency {
    Idempotency { owner: "key_1".to_owned(), key: key.to_owned(), body_sha256: body.to_owned() }
}

#[test]
fn the_same_request_again_gets_the_first_answer() {
    let mut rig = Rig::new();
    let request = NewMessage { idempotency: Some(key("k", "body")), ..plain(Policy::Notice, "hello") };
    let first = rig.run(|work| accept::message(work, &request));
    let again = rig.run(|work| accept::message(work, &request));
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(first.answer, again.answer);
    assert_eq!(rig.read(|reader| reader.messages(&crate::store::MessageFilter::default(), Paging::newest(9))).items.len(), 1);
    let other = NewMessage { idempotency: Some(key("k", "another body")), ..request };
    assert_eq!(rig.try_run(|work| accept::message(work, &other)).err().map(|no| no.code), Some("idempotency_mismatch"));
}

#[test]
fn a_refused_request_does_not_use_up_its_key() {
    let mut rig = Rig::new();
    let bad = NewMessage { to: "nobody".to_owned(), idempotency: Some(key("k", "one")), ..plain(Policy::Notice, "hello") };
    assert!(rig.try_run(|work| accept::message(work, &bad)).is_err());
    let good = NewMessage { to: PERSON.to_owned(), idempotency: Some(key("k", "two")), ..bad };
    assert!(!rig.run(|work| accept::message(work, &good)).replayed);
}

fn check(name: &str, change: impl FnOnce(&mut NewMessage), code: &str, pointer: &str) {
    let mut request = plain(Policy::Notice, "hello");
    change(&mut request);
    let no = Rig::new().try_run(|work| accept::message(work, &request)).expect_err(name);
    let place = no.errors.first().map_or("", |(pointer, _)| pointer);
    assert_eq!((no.code, place), (code, pointer), "{name}: {no}");
}

#[test]
fn a_wrong_message_is_refused_where_it_is_wrong() {
    check("no number", |it| it.to = "call me".to_owned(), "invalid_number", "/to");
    check("too few digits", |it| it.to = "12345".to_owned(), "invalid_number", "/to");
    check("no text", |it| it.text = Text::default(), "invalid", "/text");
    check("too long", |it| (it.text, it.parts_max) = (Text::new("x".repeat(161)), Some(1)), "too_long", "/text");
    check("over before it begins", |it| it.expires_at = Some(START), "invalid", "/expires");
    check("no such rank", |it| it.rank = Some(crate::terms::Rank(0)), "invalid", "/rank");
}

#[test]
fn a_text_that_is_too_long_says_how_long_it_is() {
    let request = NewMessage { parts_max: Some(1), ..plain(Policy::Notice, "Привіт, ".repeat(10).trim()) };
    let no = Rig::new().try_run(|work| accept::message(work, &request)).expect_err("refused");
    assert!(no.detail.contains("takes 2 parts, at most 1") && no.detail.contains("UCS-2"), "{no}");
}

#[test]
fn a_national_number_is_read_as_the_country_writes_it() {
    let mut rig = Rig::new();
    let request = NewMessage { to: "050 111-22-33".to_owned(), ..plain(Policy::Notice, "hello") };
    let id = rig.run(|work| accept::message(work, &request)).answer.id;
    assert_eq!(rig.message(id).to.e164(), PERSON);
}

#[test]
fn a_message_is_cancelled_while_it_can_be() {
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Notice, "hello");
    rig.claim(id, 1);
    rig.run(|work| accept::cancel(work, id, "somebody"));
    assert_eq!(rig.message(id).state, MessageState::Withdrawn);
    assert_eq!(rig.begin(id, 1), Begin::Denied { why: "withdrawn" }, "the last check finds it");
    let no = rig.try_run(|work| accept::cancel(work, id, "somebody")).expect_err("it is gone");
    assert_eq!(no.code, "not_cancellable");
    let sent = rig.plain(Policy::Notice, "hello again");
    rig.send(sent, 1);
    assert_eq!(rig.try_run(|work| accept::cancel(work, sent, "somebody")).expect_err("it has left").code, "not_cancellable");
}

#[test]
fn a_part_that_was_claimed_for_the_sim_before_waits_again() {
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Notice, "hello");
    rig.claim(id, 1);
    let key = PartKey { message: id, seq: 1 };
    let begun = rig.run(|work| submit::begin_attempt(work, &key, "8938002", MODEM));
    assert_eq!(begun, Begin::Denied { why: "claimed for another SIM" });
    assert_eq!(rig.message(id).state, MessageState::Queued);
    rig.wait(2);
    rig.send(id, 1);
}

#[test]
fn what_waits_too_long_is_worthless() {
    let mut rig = Rig::new();
    let request = NewMessage { expires_at: Some(START.shifted_ms(60_000)), ..plain(Policy::Alarm, "now or never") };
    let id = rig.run(|work| accept::message(work, &request)).answer.id;
    rig.wait(61);
    assert_eq!(rig.message(id).state, MessageState::Expired);
    assert!(rig.events(0).contains(&"message.expired".to_owned()));
}

#[test]
fn a_later_message_waits_for_its_time() {
    let mut rig = Rig::new();
    let later = START.shifted_ms(3_600_000);
    let request = NewMessage { not_before: Some(later), ..plain(Policy::Notice, "at eleven") };
    rig.run(|work| accept::message(work, &request));
    let due = |rig: &Rig, at: Timestamp| rig.read(|reader| reader.due_parts(at, 9)).len();
    assert_eq!((due(&rig, later.shifted_ms(-1)), due(&rig, later)), (0, 1));
}

fn check_session(name: &str, change: impl FnOnce(&mut session::NewSession), code: &str, pointer: &str) {
    let mut request = past_due();
    change(&mut request);
    let no = Rig::new().try_run(|work| session::begin(work, &request)).expect_err(name);
    let place = no.errors.first().map_or("", |(pointer, _)| pointer);
    assert_eq!((no.code, place), (code, pointer), "{name}: {no}");
}

#[test]
fn a_wrong_session_is_refused_where_it_is_wrong() {
    check_session("no such flow", |it| it.flow = "pay.tomorrow".to_owned(), "unknown_flow", "/flow");
    check_session("a slot nobody knows", |it| drop(it.data.insert("colour".to_owned(), Value::Bool(true))), "unknown_slot", "/data/colour");
    check_session("a slot that is missing", |it| drop(it.data.remove("amount")), "missing_slot", "/data/amount");
    check_session(
        "a price that is none",
        |it| drop(it.data.insert("amount".to_owned(), Value::Text("much".to_owned()))),
        "bad_value",
        "/data/amount",
    );
    check_session("nobody to ask", |it| it.to = None, "invalid", "/to");
    check_session("no number", |it| it.to = Some("x".to_owned()), "invalid_number", "/to");
}

const NEWS: &str = "flow = \"news\"\nlane = \"account\"\nstart = \"say\"\nexpires = \"3d\"\n[step]\nsay = { done = { en = \"{utility}: the office moves on Monday.\" } }\n";

#[test]
fn what_ends_as_it_begins_waits_for_nothing() {
    let mut rig = Rig::new();
    let put = rig.run(|work| configure::put_flow(work, "news.flow.toml", NEWS, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    let news = session::NewSession { flow: "news".to_owned(), data: BTreeMap::new(), ..past_due() };
    let begun = rig.run(|work| session::begin(work, &news)).answer;
    assert!(!rig.session(begun.id).state.is_open());
    assert_eq!(rig.read(|reader| reader.timers_of(begun.id)), []);
    let asked = rig.past_due();
    assert!(!rig.read(|reader| reader.timers_of(asked.id)).is_empty(), "what asks does");
}

#[test]
fn the_same_bill_is_asked_about_once() {
    let mut rig = Rig::new();
    let first = rig.past_due();
    let no = rig.try_run(|work| session::begin(work, &past_due())).expect_err("a twin");
    assert_eq!(no.code, "already_open");
    assert!(no.detail.contains(&first.id.to_string()), "{no}");
}

#[test]
fn parts_that_wait_for_a_dead_sim_hide_nobody_elses() {
    let mut rig = Rig::bare();
    for _ in 0..=crate::engine::queue::WAITING_MAX {
        rig.run(|work| accept::message(work, &NewMessage { sim: Some("dead".to_owned()), ..plain(Policy::Alarm, "stuck") }));
    }
    let free = rig.plain(Policy::Once, "the last in the queue");
    let waiting = rig.read(|reader| crate::engine::queue::waiting(reader, rig.now));
    assert_eq!(waiting.len(), crate::engine::queue::WAITING_MAX as usize + 1);
    assert_eq!(waiting.last().map(|part| part.part.message), Some(free));
}

#[test]
fn a_thread_whose_holder_has_gone_is_given_back() {
    let mut rig = Rig::new();
    let person = crate::msisdn::Msisdn::from_e164(PERSON).expect("a number");
    rig.run(|work| crate::engine::people::take_thread(work, &person, "anna", "billing"));
    rig.wait(29 * 60);
    rig.run(|work| crate::engine::people::say(work, &person, Text::new("One moment."), None));
    rig.wait(29 * 60);
    assert!(rig.read(|reader| reader.agent_hold(&person)).is_some());
    rig.wait(60);
    assert_eq!(rig.read(|reader| reader.agent_hold(&person)), None);
    assert!(rig.events(0).contains(&"agent.released".to_owned()));
}

#[test]
fn a_first_answer_is_kept_as_long_when_the_clock_is_set() {
    let mut rig = Rig::new();
    let request = NewMessage { idempotency: Some(key("k", "body")), ..plain(Policy::Notice, "hello") };
    let first = rig.run(|work| accept::message(work, &request)).answer.id;
    many_come_after_it(&mut rig, "others");
    let year = 365 * 86_400_000;
    for by_ms in [year, -year] {
        rig.wait(60);
        let from = rig.now;
        rig.now = from.shifted_ms(by_ms);
        rig.run(|work| clock::jumped(work, &ClockJump { from, by_ms, before: Newest::default() }));
        rig.wait(1);
        let again = rig.run(|work| accept::message(work, &request));
        assert_eq!((again.answer.id, again.replayed), (first, true), "{by_ms}");
    }
    many_come_after_it(&mut rig, "others later");
    rig.wait(31 * 86_400);
    rig.wait(1);
    assert!(!rig.run(|work| accept::message(work, &request)).replayed, "it is not kept for ever");
}

/// The newest stay, however old they look: so many have to come before an old one is forgotten.
fn many_come_after_it(rig: &mut Rig, owner: &str) {
    rig.wait(1);
    let other = FirstAnswer { body_sha256: String::new(), answer: String::new() };
    rig.run(|work| {
        let now = work.now;
        Ok((0..10_000).try_for_each(|n| work.tx.keep_answer(owner, &n.to_string(), &other, now))?)
    });
}

#[test]
fn a_text_takes_the_place_of_the_one_before() {
    let mut rig = Rig::new();
    let say = |rig: &mut Rig, text: &str, replaces| {
        let new = NewMessage { replaces, ..plain(Policy::Notice, text) };
        rig.try_run(|work| accept::message(work, &new))
    };
    let said = |rig: &mut Rig, text: &str, replaces| say(rig, text, replaces).expect("accepted").answer.id;
    let first = said(&mut rig, "Power back at 14:00", Some(3));
    let other = said(&mut rig, "The crew is there", Some(4));
    let second = said(&mut rig, "Power back at 16:00", Some(3));
    let withdrawn = rig.message(first);
    assert_eq!(withdrawn.state, MessageState::Withdrawn);
    assert_eq!(withdrawn.reason.as_deref(), Some(format!("replaced by {second}").as_str()));
    assert_eq!(rig.message(other).state, MessageState::Queued, "another place");
    let pid = |rig: &Rig, id| Submit::decode(&rig.part(id, 1).pdu, Smsc::Absent).expect("a SUBMIT").pid;
    assert_eq!((pid(&rig, second), pid(&rig, other)), (0x43, 0x44));
    rig.send(second, 1);
    let third = said(&mut rig, "Power back at 18:00", Some(3));
    assert_eq!(rig.message(second).state, MessageState::Submitted, "what has left is replaced on the phone");
    assert_eq!(pid(&rig, third), 0x43);
    assert_eq!(say(&mut rig, "x", Some(8)).expect_err("1 to 7").errors[0].0, "/replace");
    assert_eq!(say(&mut rig, &"x".repeat(161), Some(1)).expect_err("one part").code, "too_long");
}
