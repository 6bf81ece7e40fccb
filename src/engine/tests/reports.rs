//! Status reports find their part, early or late, and say what became of it.

use std::time::Duration;

use super::{PERSON, Rig, plain, status_report};
use crate::engine::accept::{self, NewMessage};
use crate::ids::MessageId;
use crate::terms::{AttemptState, MessageState, Policy};

fn sent(rig: &mut Rig, mr: u8) -> MessageId {
    let id = rig.plain(Policy::Notice, "hello");
    rig.send(id, mr);
    id
}

fn check(st: u8, state: MessageState) {
    let mut rig = Rig::new();
    let id = sent(&mut rig, 7);
    let taken = rig.now;
    rig.arrives(status_report(7, PERSON, taken, st));
    assert_eq!(rig.message(id).state, state, "TP-ST {st:02X}");
}

#[test]
fn only_received_by_the_phone_is_delivered() {
    check(0x00, MessageState::Delivered);
    check(0x01, MessageState::Submitted);
    check(0x02, MessageState::Submitted);
    check(0x20, MessageState::Submitted);
    check(0x30, MessageState::Submitted);
    check(0x41, MessageState::Failed);
    check(0x46, MessageState::Failed);
    check(0x62, MessageState::Failed);
    check(0xFF, MessageState::Failed);
}

#[test]
fn trying_and_then_delivered_is_delivered() {
    let mut rig = Rig::new();
    let id = sent(&mut rig, 7);
    let taken = rig.now;
    rig.arrives(status_report(7, PERSON, taken, 0x20));
    rig.wait(60);
    rig.arrives(status_report(7, PERSON, taken, 0x00));
    rig.arrives(status_report(7, PERSON, taken, 0x00));
    assert_eq!(rig.message(id).state, MessageState::Delivered);
    assert_eq!(rig.events(0).iter().filter(|kind| *kind == "message.delivered").count(), 1);
}

#[test]
fn a_report_before_its_acceptance_waits_for_it() {
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Notice, "hello");
    let attempt = rig.attempt(id, 1);
    let taken = rig.now;
    rig.arrives(status_report(7, PERSON, taken, 0));
    assert_eq!(rig.message(id).state, MessageState::Sending);
    rig.wait(2);
    rig.submitted(id, 1, attempt, 7);
    assert_eq!(rig.message(id).state, MessageState::Delivered);
    let events = rig.events(0);
    let place = |kind: &str| events.iter().position(|event| event == kind).expect("told");
    assert!(place("message.submitted") < place("message.delivered"), "nobody misses a step: {events:?}");
}

#[test]
fn the_reference_wraps_and_the_stamp_tells_them_apart() {
    let mut rig = Rig::new();
    let old = sent(&mut rig, 7);
    let taken = rig.now;
    rig.wait(3600);
    let new = sent(&mut rig, 7);
    rig.arrives(status_report(7, PERSON, taken, 0));
    assert_eq!((rig.message(old).state, rig.message(new).state), (MessageState::Delivered, MessageState::Submitted));
}

#[test]
fn another_persons_report_is_not_ours() {
    let mut rig = Rig::new();
    let id = sent(&mut rig, 7);
    let taken = rig.now;
    rig.arrives(status_report(7, "+380509998877", taken, 0));
    assert_eq!(rig.message(id).state, MessageState::Submitted);
}

#[test]
fn a_message_without_a_report_is_not_called_delivered() {
    let mut rig = Rig::new();
    let id = sent(&mut rig, 7);
    rig.wait(73 * 3600);
    assert_eq!(rig.message(id).state, MessageState::UnknownDelivery);
}

#[test]
fn a_long_message_is_delivered_when_all_of_it_is() {
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Notice, &"long ".repeat(50));
    assert_eq!(rig.message(id).parts, 2);
    rig.send(id, 7);
    assert_eq!(rig.message(id).state, MessageState::Sending);
    let taken = rig.now;
    let attempt = rig.attempt(id, 2);
    rig.submitted(id, 2, attempt, 8);
    assert_eq!(rig.message(id).state, MessageState::Submitted);
    rig.arrives(status_report(8, PERSON, taken, 0));
    assert_eq!(rig.message(id).state, MessageState::Submitted);
    rig.arrives(status_report(7, PERSON, taken, 0));
    assert_eq!(rig.message(id).state, MessageState::Delivered);
}

#[test]
fn a_late_report_of_one_part_tells_nothing_twice() {
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Notice, &"long ".repeat(50));
    let taken = rig.now;
    rig.send(id, 7);
    let attempt = rig.attempt(id, 2);
    rig.submitted(id, 2, attempt, 8);
    rig.wait(73 * 3600);
    rig.arrives(status_report(7, PERSON, taken, 0));
    assert_eq!(rig.message(id).state, MessageState::UnknownDelivery);
    rig.arrives(status_report(8, PERSON, taken, 0));
    assert_eq!(rig.message(id).state, MessageState::Delivered);
    let told = |kind: &str| rig.events(0).iter().filter(|event| *event == kind).count();
    assert_eq!((told("message.submitted"), told("message.delivered")), (1, 1));
}

/// Its second part waited until its time was over; the first one is undeliverable.
#[test]
fn a_text_that_expired_does_not_fail_as_well() {
    for st in [0x00, 0x46] {
        let mut rig = Rig::new();
        let new = NewMessage { expires_at: Some(rig.now.plus(Duration::from_mins(5))), ..plain(Policy::Notice, &"long ".repeat(50)) };
        let id = rig.run(|work| accept::message(work, &new)).answer.id;
        let taken = rig.now;
        rig.send(id, 7);
        rig.wait(301);
        let before = rig.message(id);
        assert_eq!(before.state, MessageState::Expired);
        rig.arrives(status_report(7, PERSON, taken, st));
        let after = rig.message(id);
        assert_eq!((after.state, after.reason, after.ended_at), (MessageState::Expired, before.reason, before.ended_at), "TP-ST {st:02X}");
        let told: Vec<String> = rig.events(0).into_iter().filter(|kind| kind.starts_with("message.")).collect();
        assert_eq!(told.last().map(String::as_str), Some("message.expired"), "{told:?}");
    }
}

#[test]
fn a_report_read_before_its_acceptance_proves_no_older_doubt() {
    for (mr, want) in [(8, (MessageState::Parked, MessageState::Delivered)), (9, (MessageState::Delivered, MessageState::Submitted))] {
        let mut rig = Rig::new();
        sent(&mut rig, 7);
        let doubted = rig.plain(Policy::Once, "hello");
        let attempt = rig.attempt(doubted, 1);
        let key = crate::ids::PartKey { message: doubted, seq: 1 };
        rig.run(|work| crate::engine::doubt::in_doubt(work, &key, attempt, "timeout"));
        rig.wait(10);
        let id = rig.plain(Policy::Notice, "the next one");
        let attempt = rig.attempt(id, 1);
        let taken = rig.now;
        rig.arrives(status_report(8, PERSON, taken, 0));
        assert_eq!(rig.message(doubted).state, MessageState::Parked, "whose it is shows with the acceptance");
        rig.wait(6 * 60);
        rig.submitted(id, 1, attempt, mr);
        assert_eq!((rig.message(doubted).state, rig.message(id).state), want, "+CMGS: {mr}");
    }
}

#[test]
fn a_report_that_waited_for_an_attempt_that_failed_proves_the_older_doubt() {
    let mut rig = Rig::new();
    sent(&mut rig, 7);
    let doubted = rig.plain(Policy::Once, "hello");
    let attempt = rig.attempt(doubted, 1);
    let key = |message| crate::ids::PartKey { message, seq: 1 };
    rig.run(|work| crate::engine::doubt::in_doubt(work, &key(doubted), attempt, "timeout"));
    let id = rig.plain(Policy::Notice, "the next one");
    let attempt = rig.attempt(id, 1);
    let taken = rig.now;
    rig.arrives(status_report(8, PERSON, taken, 0));
    rig.run(|work| crate::engine::submit::aborted(work, &key(id), Some(attempt), "no prompt"));
    assert_eq!(rig.message(doubted).state, MessageState::Delivered);
}

#[test]
fn the_copy_that_arrives_counts() {
    let mut rig = Rig::new();
    let id = sent(&mut rig, 7);
    let taken = rig.now;
    rig.arrives(status_report(7, PERSON, taken, 0x46));
    assert_eq!(rig.message(id).state, MessageState::Failed);
    rig.arrives(status_report(7, PERSON, taken, 0x00));
    let message = rig.message(id);
    assert_eq!((message.state, message.reason), (MessageState::Delivered, None));
    assert_eq!(rig.events(0).iter().filter(|kind| *kind == "message.submitted").count(), 1);
}

/// An alarm is repeated at once: its attempts, all in doubt, await the same guessed reference.
#[test]
fn a_report_of_one_of_several_attempts_proves_the_part_and_names_none() {
    let mut rig = Rig::new();
    sent(&mut rig, 7);
    let id = rig.plain(Policy::Alarm, "pump 3 has failed");
    let key = crate::ids::PartKey { message: id, seq: 1 };
    let taken = rig.now;
    for _ in 0..3 {
        let attempt = rig.attempt(id, 1);
        rig.run(|work| crate::engine::doubt::in_doubt(work, &key, attempt, "error"));
    }
    assert_eq!(rig.message(id).state, MessageState::Parked);
    rig.arrives(status_report(8, PERSON, taken, 0));
    assert_eq!(rig.message(id).state, MessageState::Delivered);
    assert_eq!(rig.part(id, 1).mr, Some(8));
    let states: Vec<AttemptState> = rig.read(|reader| reader.attempts_of(id)).iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [AttemptState::InDoubt; 3], "it may be any of them");
    let said = rig.read(|reader| reader.evidence_of(id)).into_iter().filter(|seen| seen.kind == "report" && seen.attempt.is_none());
    assert!(said.count() > 0);
}

/// Two texts to one person in doubt: the first may have used up the reference that the second is expected to have.
#[test]
fn a_report_proves_nothing_where_another_text_may_have_left_with_its_reference() {
    let mut rig = Rig::new();
    sent(&mut rig, 7);
    let taken = rig.now;
    let both = ["one", "two"].map(|text| {
        let id = rig.plain(Policy::Once, text);
        let attempt = rig.attempt(id, 1);
        rig.run(|work| crate::engine::doubt::in_doubt(work, &crate::ids::PartKey { message: id, seq: 1 }, attempt, "error"));
        id
    });
    rig.arrives(status_report(8, PERSON, taken, 0));
    assert_eq!(both.map(|id| rig.message(id).state), [MessageState::Parked; 2]);
}
