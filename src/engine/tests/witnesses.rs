//! What a self-test has shown is used: a text sent again carries the reference of its doubt, a refusal as a duplicate proves
//! the first (W3), the SIM's last reference is a hint and no more (W5).

use at_commands::pdu::{Smsc, Submit};

use super::{MODEM, Rig, SIM};
use crate::delivery::witness::{Answered, Findings};
use crate::engine::{doubt, submit, told};
use crate::ids::{MessageId, PartKey};
use crate::modem::io::ModemEvent;
use crate::store::{SelfTest, SelfTestState};
use crate::terms::{AttemptState, MessageState, PartState, Policy};

fn key(id: MessageId) -> PartKey {
    PartKey { message: id, seq: 1 }
}

/// A box whose modem sends the reference it is given, or its own; its SIM keeps the last one.
fn rig(honours: bool) -> Rig {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    let answer = |mr| Some(Answered { mr, acknowledged: false, took_ms: 2_000 });
    let findings = Findings {
        kept_references: vec![Some(1), Some(2)],
        first: answer(2),
        second: answer(if honours { 2 } else { 3 }),
        ..Findings::default()
    };
    let now = rig.now;
    rig.run(|work| {
        let test = SelfTest {
            id: 0,
            modem: MODEM.to_owned(),
            imei: format!("imei of {MODEM}"),
            iccid: SIM.to_owned(),
            number: None,
            asker: "test".to_owned(),
            token: "AA".to_owned(),
            state: SelfTestState::Done,
            look: false,
            first: None,
            second: None,
            findings: findings.clone(),
            why: None,
            asked_at: now,
            due_at: now,
            ended_at: Some(now),
        };
        Ok(work.tx.insert_selftest(&test)?)
    });
    let before = rig.plain(Policy::Notice, "before");
    rig.send(before, 40);
    rig.arrives(super::status_report(40, super::PERSON, rig.now, 0));
    rig
}

/// What leaves next of a part: its reference, and whether a duplicate is to be refused. And its attempt.
fn leaves(rig: &mut Rig, id: MessageId) -> ((u8, bool), i64) {
    let submission = rig.claim(id, 1);
    let submit = Submit::decode(&submission.pdu, Smsc::Present).expect("it decodes");
    let crate::engine::submit::Begin::Go { attempt } = rig.begin(id, 1) else { panic!("denied") };
    ((submit.mr, submit.reject_duplicates), attempt)
}

fn in_doubt(rig: &mut Rig, id: MessageId, attempt: i64) {
    rig.run(|work| doubt::in_doubt(work, &key(id), attempt, "timeout"));
}

fn kinds(rig: &Rig, id: MessageId) -> Vec<String> {
    rig.read(|reader| reader.evidence_of(id)).into_iter().map(|seen| seen.kind).collect()
}

fn states(rig: &Rig, id: MessageId) -> Vec<AttemptState> {
    rig.read(|reader| reader.attempts_of(id)).iter().map(|attempt| attempt.state).collect()
}

#[test]
fn a_text_sent_again_carries_the_reference_of_its_doubt() {
    let mut rig = rig(true);
    let id = rig.plain(Policy::Alarm, "hello");
    let (sent, attempt) = leaves(&mut rig, id);
    assert_eq!(sent, (41, false));
    in_doubt(&mut rig, id, attempt);
    let (again, second) = leaves(&mut rig, id);
    assert_eq!(again, (41, true));
    rig.run(|work| told::event(work, MODEM, SIM, &ModemEvent::Duplicate { part: key(id), attempt: second }));
    assert_eq!((rig.message(id).state, rig.part(id, 1).mr), (MessageState::Submitted, Some(41)));
    assert_eq!(states(&rig, id), [AttemptState::Submitted, AttemptState::Refused]);
    assert!(kinds(&rig, id).contains(&"duplicate".to_owned()), "{:?}", kinds(&rig, id));
    assert!(rig.message(id).possibly_twice, "what was sent again is marked, whatever came of it");
}

/// The second was refused as well, or it was the one that was taken: nobody heard its answer.
#[test]
fn a_refusal_behind_two_doubts_proves_the_part_and_neither_of_them() {
    let mut rig = rig(true);
    let id = rig.plain(Policy::Alarm, "hello");
    for given in [(41, false), (41, true)] {
        let (sent, attempt) = leaves(&mut rig, id);
        assert_eq!(sent, given);
        in_doubt(&mut rig, id, attempt);
    }
    let (_, third) = leaves(&mut rig, id);
    rig.run(|work| doubt::duplicate(work, &key(id), third));
    assert_eq!((rig.message(id).state, rig.part(id, 1).mr), (MessageState::Submitted, Some(41)));
    assert_eq!(states(&rig, id), [AttemptState::InDoubt, AttemptState::InDoubt, AttemptState::Refused]);
    assert!(kinds(&rig, id).contains(&"duplicate".to_owned()), "{:?}", kinds(&rig, id));
    rig.arrives(super::status_report(41, super::PERSON, rig.now, 0));
    assert_eq!(rig.state(id), PartState::Delivered);
}

/// The service centre holds the first, so that it has refused the second.
#[test]
fn a_refusal_behind_one_that_was_proved_proves_no_other() {
    let mut rig = rig(true);
    let id = rig.plain(Policy::Alarm, "hello");
    for _ in 0..2 {
        let (_, attempt) = leaves(&mut rig, id);
        in_doubt(&mut rig, id, attempt);
    }
    let (_, third) = leaves(&mut rig, id);
    let first = rig.read(|reader| reader.attempts_of(id)).remove(0);
    assert!(rig.run(|work| doubt::prove(work, &first, Some(41), "report", "seen".to_owned())));
    rig.run(|work| doubt::duplicate(work, &key(id), third));
    assert_eq!(states(&rig, id), [AttemptState::Submitted, AttemptState::InDoubt, AttemptState::Refused]);
    assert_eq!((rig.state(id), rig.part(id, 1).mr), (PartState::Submitted, Some(41)));
}

#[test]
fn a_reply_to_one_of_two_doubts_proves_the_prompt_and_neither_of_them() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    let id = begun.messages[0];
    for _ in 0..2 {
        let (_, attempt) = leaves(&mut rig, id);
        in_doubt(&mut rig, id, attempt);
        rig.run(|work| doubt::resolve(work, id, doubt::As::Resend, "anna"));
    }
    rig.wait(60);
    assert_eq!(rig.hears("CALL").answer.as_deref(), Some("call"));
    assert_eq!(rig.message(id).state, MessageState::Submitted);
    assert_eq!(states(&rig, id), [AttemptState::InDoubt, AttemptState::InDoubt]);
    assert_eq!(kinds(&rig, id).iter().filter(|kind| *kind == "reply").count(), 1);
}

/// It may have been read as it left for the second time, before anybody heard that it had.
#[test]
fn a_reply_while_the_second_copy_is_under_way_waits_for_what_comes_of_that() {
    use AttemptState::{Aborted, InDoubt, Refused, Submitted};
    for outcome in [Submitted, InDoubt, Refused, Aborted] {
        let mut rig = Rig::new();
        let begun = rig.past_due();
        let id = begun.messages[0];
        let (_, attempt) = leaves(&mut rig, id);
        in_doubt(&mut rig, id, attempt);
        rig.run(|work| doubt::resolve(work, id, doubt::As::Resend, "anna"));
        let (_, second) = leaves(&mut rig, id);
        rig.wait(20);
        assert_eq!(rig.hears("CALL").answer.as_deref(), Some("call"));
        assert_eq!(states(&rig, id), [InDoubt, AttemptState::Attempting]);
        match outcome {
            Submitted => rig.submitted(id, 1, second, 42),
            Refused => rig.run(|work| submit::refused(work, &key(id), Some(second), Some(38))),
            Aborted => rig.run(|work| submit::aborted(work, &key(id), Some(second), "no prompt")),
            _ => in_doubt(&mut rig, id, second),
        }
        assert_eq!(states(&rig, id), [InDoubt, outcome]);
        assert_eq!(rig.state(id), PartState::Submitted, "the person has it: {outcome:?}");
    }
}

#[test]
fn a_modem_with_references_of_its_own_is_not_asked_for_a_refusal() {
    let mut rig = rig(false);
    let id = rig.plain(Policy::Alarm, "hello");
    let (sent, attempt) = leaves(&mut rig, id);
    assert_eq!(sent, (41, false));
    in_doubt(&mut rig, id, attempt);
    let (again, second) = leaves(&mut rig, id);
    assert_eq!(again, (42, false), "each text that leaves has a reference of its own");
    // Nobody asked for that refusal: it may be about what the modem itself sent twice.
    rig.run(|work| doubt::duplicate(work, &key(id), second));
    assert_eq!(states(&rig, id), [AttemptState::InDoubt, AttemptState::InDoubt]);
}

#[test]
fn where_another_text_may_be_the_one_that_is_held_nothing_is_asked() {
    let mut rig = rig(true);
    let id = rig.plain(Policy::Notice, "hello");
    let (sent, attempt) = leaves(&mut rig, id);
    assert_eq!(sent, (41, false));
    in_doubt(&mut rig, id, attempt);
    // 256 texts later one to the same number has its reference, and waits for a phone that is off.
    let other = rig.plain(Policy::Notice, "other");
    let (taken, _) = leaves(&mut rig, other);
    assert_ne!(taken.0, 41, "a reference in doubt is not given to another text");
    let attempt = rig.read(|reader| reader.attempts_of(other))[0].id;
    rig.submitted(other, 1, attempt, 41);
    rig.wait(200);
    let (again, _) = leaves(&mut rig, id);
    assert_eq!(again, (42, false));
}

#[test]
fn the_last_reference_is_a_hint_and_settles_nothing() {
    for (mr, hint) in [(41, "as if it had left"), (40, "did not leave"), (77, "says nothing")] {
        let mut rig = rig(false);
        let id = rig.plain(Policy::Notice, "hello");
        let (_, attempt) = leaves(&mut rig, id);
        in_doubt(&mut rig, id, attempt);
        for _ in 0..2 {
            rig.run(|work| told::event(work, MODEM, SIM, &ModemEvent::Reference(Some(mr))));
        }
        assert_eq!((rig.state(id), states(&rig, id)), (PartState::InDoubt, vec![AttemptState::InDoubt]), "{mr}");
        let seen = rig.read(|reader| reader.evidence_of(id));
        let hints: Vec<&str> = seen.iter().filter(|seen| seen.kind == "reference").map(|seen| seen.raw.as_str()).collect();
        assert!(matches!(hints.as_slice(), [only] if only.contains(hint)), "{mr}: {hints:?}");
    }
}

#[test]
fn behind_another_text_the_last_reference_says_nothing() {
    let mut rig = rig(false);
    let id = rig.plain(Policy::Notice, "hello");
    let (_, attempt) = leaves(&mut rig, id);
    in_doubt(&mut rig, id, attempt);
    let other = rig.plain(Policy::Notice, "other");
    rig.send(other, 42);
    rig.run(|work| doubt::reference(work, SIM, 42));
    assert!(!kinds(&rig, id).contains(&"reference".to_owned()));
}
