//! The way of one question: asked, answered "Y", charged once, receipt; and what can come between.

use std::collections::BTreeMap;

use super::{PERSON, Rig, past_due, status_report};
use crate::engine::called::{self, Found, Start};
use crate::engine::configure;
use crate::engine::happened::{self, Target};
use crate::engine::session;
use crate::engine::submit::Begin;
use crate::terms::{CallState, MessageState, QuestionState, SessionState};
use crate::value::Value;

/// Asked and accepted by the network, 60 seconds ago.
fn asked(rig: &mut Rig) -> crate::engine::session::Begun {
    let begun = rig.past_due();
    rig.send(begun.messages[0], 1);
    rig.wait(60);
    begun
}

fn receipt() -> BTreeMap<String, Value> {
    BTreeMap::from([("receipt".to_owned(), Value::Text("R-17".to_owned()))])
}

#[test]
fn a_yes_charges_once_and_the_receipt_goes_out() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    let question = rig.message(begun.messages[0]);
    assert!(question.text.expose().starts_with("Northgrid: "), "{:?}", question.text.expose());
    rig.send(begun.messages[0], 1);
    assert_eq!(rig.session(begun.id).state, SessionState::Asked);
    rig.wait(60);
    let heard = rig.hears("Y");
    assert_eq!((heard.rule, heard.answer.as_deref(), heard.session), (Some(12), Some("yes"), Some(begun.id)), "{}", heard.why);
    let calls = rig.read(|reader| reader.queued_calls(rig.now, 9));
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].endpoint.as_str(), calls[0].key()), ("billing.charge", format!("{}:charge:{}", begun.id, calls[0].visit)));
    let Start::Go(call) = rig.run(|work| called::start(work, calls[0].id)) else { panic!("it may leave") };
    assert_eq!(rig.run(|work| called::start(work, call.id)), Start::Skip, "nobody calls it twice");
    rig.run(|work| called::result(work, call.id, Found::Ok(receipt()), "200"));
    let words = rig.send_next(2).expect("a receipt");
    assert!(words.contains("R-17") && words.contains("84.50"), "{words}");
    let session = rig.session(begun.id);
    assert_eq!((session.state, session.result.as_deref()), (SessionState::Completed, Some("paid")));
    let sent = rig.now;
    rig.wait(10);
    rig.arrives(status_report(2, PERSON, sent, 0));
    let delivered = rig.read(|reader| reader.sent_texts(&question.to, 1));
    assert_eq!(rig.message(delivered[0].message).state, MessageState::Delivered);
    let events = rig.events(0);
    for kind in ["session.opened", "session.answered", "message.received", "session.completed", "message.delivered"] {
        assert!(events.iter().any(|event| event == kind), "{kind} in {events:?}");
    }
}

#[test]
fn the_same_yes_again_does_nothing() {
    let mut rig = Rig::new();
    let begun = asked(&mut rig);
    let stamp = rig.now;
    let pdu = super::deliver(PERSON, stamp, "Y");
    rig.arrives(pdu.clone());
    let before = (rig.count_events(), rig.session(begun.id));
    for _ in 0..2 {
        rig.arrives(pdu.clone());
    }
    assert_eq!((rig.count_events(), rig.session(begun.id)), before);
    assert_eq!(rig.last_inbound().redelivered, 2);
    rig.now = rig.now.shifted_ms(1000);
    rig.hears("Y");
    assert_eq!(rig.read(|reader| reader.calls_of(begun.id)).len(), 1, "a second Y does not charge twice");
}

#[test]
fn an_unknown_charge_is_never_posted_again() {
    let mut rig = Rig::new();
    let begun = asked(&mut rig);
    rig.hears("Y");
    let id = rig.read(|reader| reader.queued_calls(rig.now, 9))[0].id;
    rig.run(|work| called::start(work, id));
    assert_eq!(rig.run(called::restart), 1, "the box stopped while it was called");
    let call = rig.read(|reader| reader.calling(id)).expect("a row");
    assert_eq!((call.state, call.told), (CallState::Unknown, true));
    assert_eq!(rig.session(begun.id).step, "checking");
    assert_eq!(rig.read(|reader| reader.queued_calls(rig.now, 9)), []);
    rig.run(|work| called::result(work, id, Found::Ok(receipt()), "the look-up says ok"));
    assert_eq!(rig.session(begun.id).result.as_deref(), Some("paid"), "what is found out later settles it");
    rig.run(|work| called::result(work, id, Found::Fail(BTreeMap::new()), "too late"));
    assert_eq!(rig.read(|reader| reader.calling(id)).expect("a row").state, CallState::Ok, "an outcome is written once");
}

#[test]
fn a_call_waits_for_its_look_up_before_the_flow_is_told() {
    let mut rig = Rig::new();
    let begun = asked(&mut rig);
    rig.hears("Y");
    let id = rig.read(|reader| reader.queued_calls(rig.now, 9))[0].id;
    rig.run(|work| called::start(work, id));
    let soon = Some(rig.now.shifted_ms(500));
    rig.run(|work| called::result(work, id, Found::Unknown { look_up_at: soon, tell: false }, "timeout"));
    assert_eq!(rig.session(begun.id).step, "charge");
    rig.run(|work| called::result(work, id, Found::Ok(receipt()), "found"));
    assert_eq!(rig.session(begun.id).result.as_deref(), Some("paid"));
}

#[test]
fn paid_at_the_desk_takes_the_charge_back() {
    let mut rig = Rig::new();
    let begun = asked(&mut rig);
    rig.hears("Y");
    let id = rig.read(|reader| reader.queued_calls(rig.now, 9))[0].id;
    let wanted = Target::Where(BTreeMap::from([("account".to_owned(), Value::Text("00417733".to_owned()))]));
    let targets = rig.read(|reader| happened::targets(reader, &wanted));
    assert_eq!(targets, [begun.id]);
    let reached = rig.run(|work| happened::event(work, &targets, "paid", &BTreeMap::new()));
    assert_eq!((reached, rig.session(begun.id).state), (1, SessionState::Completed));
    assert_eq!(rig.run(|work| called::start(work, id)), Start::Skip, "the charge must not leave any more");
    assert_eq!(rig.read(|reader| happened::targets(reader, &wanted)), []);
}

#[test]
fn a_question_that_was_answered_elsewhere_is_not_sent_any_more() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    rig.claim(begun.messages[0], 1);
    rig.run(|work| happened::event(work, &[begun.id], "paid", &BTreeMap::new()));
    let Begin::Denied { why } = rig.begin(begun.messages[0], 1) else { panic!("the last check lets it pass") };
    assert!(["withdrawn", "the session moved"].contains(&why), "{why}");
}

#[test]
fn silence_ends_the_question_and_counts_from_its_acceptance() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    rig.wait(3600);
    rig.send(begun.messages[0], 1);
    rig.wait(70 * 3600 + 3000);
    assert!(rig.session(begun.id).state.is_open(), "71 hours after it was accepted, not after it was asked");
    rig.wait(2 * 3600);
    let session = rig.session(begun.id);
    assert!(!session.state.is_open(), "{session:?}");
    let questions = rig.read(|reader| reader.questions_of(begun.id));
    assert!(questions.iter().all(|question| question.state != QuestionState::Waiting), "{questions:?}");
}

#[test]
fn a_prompt_that_cannot_be_delivered_ends_its_session() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    let id = begun.messages[0];
    let attempt = rig.attempt(id, 1);
    let part = crate::ids::PartKey { message: id, seq: 1 };
    rig.run(|work| crate::engine::submit::refused(work, &part, Some(attempt), Some(1)));
    assert_eq!(rig.message(id).state, MessageState::Refused);
    assert!(!rig.session(begun.id).state.is_open());
    assert!(rig.events(0).contains(&"session.undelivered".to_owned()), "{:?}", rig.events(0));
}

#[test]
fn a_session_ends_on_the_revision_it_began_with() {
    let mut rig = Rig::new();
    let begun = asked(&mut rig);
    // The new revision knows no charge and no step of that name: a yes to it would lead elsewhere.
    let source = "flow = \"pay.past_due\"\nlane = \"billing\"\nneeds = { amount = \"money\" }\nstart = \"other\"\nexpires = \"9h\"\n\
                  [step]\nend = { done = true }\n[step.other]\nask = { en = \"{utility}: {amount}?\" }\nwant = \"yesno\"\n\
                  on = { yes = \"end\", no = \"end\" }\n";
    let put = rig.run(|work| configure::keep_flow(work, "pay.past_due.flow.toml", source, "test"));
    rig.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
    rig.hears("Y");
    let session = rig.session(begun.id);
    assert_eq!((session.step.as_str(), session.flow.revision), ("charge", put.revision - 1));
    assert_eq!(rig.read(|reader| reader.queued_calls(rig.now, 9)).len(), 1, "the charge of the old revision");
}

#[test]
fn a_ninth_open_session_is_refused() {
    let mut rig = Rig::new();
    for n in 0..8 {
        let mut wanted = past_due();
        wanted.data.insert("account".to_owned(), Value::Text(format!("0041773{n}")));
        rig.run(|work| session::begin(work, &wanted).map(drop));
    }
    let mut wanted = past_due();
    wanted.data.insert("account".to_owned(), Value::Text("00417738".to_owned()));
    let refused = rig.try_run(|work| session::begin(work, &wanted).map(drop)).expect_err("refused");
    assert_eq!(refused.code, "too_many_sessions");
}

#[test]
fn after_stop_nothing_leaves_but_the_confirmation() {
    let mut rig = Rig::new();
    let begun = asked(&mut rig);
    let waiting = rig.plain(crate::terms::Policy::Notice, "your meter is due");
    let heard = rig.hears("STOP");
    assert_eq!((heard.rule, heard.outcome.as_deref()), (Some(4), Some("optout")));
    assert_eq!(rig.message(waiting).state, MessageState::Withdrawn);
    assert!(!rig.session(begun.id).state.is_open());
    let words = rig.send_next(2).expect("the confirmation");
    assert!(words.contains("Northgrid"), "{words}");
    assert_eq!(rig.send_next(3), None);
    let no =
        rig.try_run(|work| crate::engine::accept::message(work, &super::plain(crate::terms::Policy::Notice, "more"))).expect_err("refused");
    assert_eq!(no.code, "opted_out");
    rig.wait(60);
    rig.hears("Y");
    assert_eq!(rig.read(|reader| reader.calls_of(begun.id)), [], "a yes after STOP does nothing");
    rig.wait(60);
    assert_eq!(rig.hears("START").rule, Some(7));
    rig.run(|work| crate::engine::accept::message(work, &super::plain(crate::terms::Policy::Notice, "welcome back")));
}

#[test]
fn a_question_that_waited_into_the_evening_leaves_in_the_morning() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    let part = crate::ids::PartKey { message: begun.messages[0], seq: 1 };
    rig.wait(11 * 3600);
    assert_eq!(rig.run(|work| crate::engine::submit::claim(work, &part, super::SIM)), None, "billing is quiet from 21:00");
    let due = rig.part(part.message, 1).due_at;
    assert_eq!(due.to_string(), "2026-11-24T08:00:00.000Z");
    rig.now = due;
    rig.send(part.message, 1);
    let receipt = rig.plain(crate::terms::Policy::Notice, "an answer somebody asked for");
    rig.wait(13 * 3600);
    rig.send(receipt, 2);
}

#[test]
fn a_session_that_waits_for_a_call_ends_when_the_call_was_made() {
    let mut rig = Rig::new();
    let begun = asked(&mut rig);
    rig.hears("CALL");
    assert_eq!((rig.session(begun.id).step.as_str(), rig.session(begun.id).state), ("ring", SessionState::Asked), "it waits for the call");
    rig.wait(3600);
    let tasks = rig.read(|reader| reader.tasks_of(begun.id));
    let [call] = tasks.as_slice() else { panic!("one task: {tasks:?}") };
    rig.run(|work| crate::engine::people::close_task(work, call.id, "anna"));
    assert_eq!(rig.session(begun.id).state, SessionState::Closed);
}

#[test]
fn a_session_that_asks_goes_on_when_another_call_was_made() {
    let mut rig = Rig::new();
    let begun = asked(&mut rig);
    let task = crate::conversation::effect::NewTask {
        kind: crate::conversation::effect::TaskKind::Callback,
        queue: "billing".to_owned(),
        urgent: false,
        note: crate::text::Text::new("asks for a call"),
        session: Some(begun.id),
        msisdn: None,
        due: None,
    };
    rig.run(|work| work.task(&task));
    let call = rig.read(|reader| reader.tasks_of(begun.id)).remove(0);
    rig.run(|work| crate::engine::people::close_task(work, call.id, "anna"));
    assert_eq!(rig.session(begun.id).state, SessionState::Asked, "its question still waits");
}
