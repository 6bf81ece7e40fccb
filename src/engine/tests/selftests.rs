//! A self-test goes from step to step, ends honestly where it cannot go on, and is nobody's conversation.

use super::{MODEM, PERSON, Rig, SIM, deliver, status_report};
use crate::engine::selftest::{self, NewSelfTest};
use crate::engine::{modems, restart};
use crate::ids::MessageId;
use crate::store::{SelfTest, SelfTestState};
use crate::terms::{MessageState, Policy};

fn rig() -> (Rig, i64) {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    let id = ask(&mut rig, Some(PERSON));
    (rig, id)
}

fn ask(rig: &mut Rig, to: Option<&str>) -> i64 {
    let new = NewSelfTest { modem: MODEM.to_owned(), to: to.map(str::to_owned), asker: "test".to_owned() };
    rig.run(|work| {
        modems::ready(work, MODEM)?;
        selftest::ask(work, &new)
    })
}

fn test(rig: &Rig, id: i64) -> SelfTest {
    rig.read(|reader| reader.selftest(id)).expect("it is on record")
}

/// The modem is asked and says this reference.
fn looked(rig: &mut Rig, mr: Option<u8>) -> usize {
    let asked = rig.run(selftest::claim).len();
    rig.run(|work| selftest::reference(work, MODEM, mr));
    asked
}

/// The first text is answered; its id.
fn first(rig: &mut Rig, id: i64) -> MessageId {
    assert_eq!(looked(rig, Some(6)), 1);
    let first = test(rig, id).first.expect("it is queued");
    rig.send(first, 7);
    first
}

#[test]
fn from_step_to_step() {
    let (mut rig, id) = rig();
    let first = first(&mut rig, id);
    assert_eq!(looked(&mut rig, Some(7)), 1);
    let second = test(&rig, id).second.expect("it is queued");
    let part = rig.part(second, 1);
    assert_eq!((part.mr_given, part.no_duplicate), (Some(7), true));
    // What happens to the first meanwhile is not the second's answer.
    let taken = rig.now;
    rig.arrives(status_report(7, PERSON, taken, 0));
    assert_eq!((rig.message(first).state, test(&rig, id).state), (MessageState::Delivered, SelfTestState::Second));
    rig.send(second, 8);
    assert_eq!(looked(&mut rig, Some(8)), 1);
    assert_eq!(test(&rig, id).state, SelfTestState::Listening);
    let text = rig.message(first).text.expose().to_owned();
    rig.arrives(deliver(PERSON, rig.now, &text));
    let seen = test(&rig, id);
    assert_eq!(seen.state, SelfTestState::Done, "{seen:?}");
    assert_eq!(seen.findings.kept_references, [Some(6), Some(7), Some(8)]);
    assert!(!seen.findings.proved().mr_honoured && seen.findings.proved().reference_kept, "{seen:?}");
    let row = rig.last_inbound();
    assert_eq!((row.from, row.rule, row.outcome.as_deref()), (None, None, Some("proof")));
    assert!(rig.read(|reader| reader.conversation_heads(9)).is_empty());
    // The number has shown that it is the SIM's own: the next test needs no help.
    let next = ask(&mut rig, None);
    assert_eq!(test(&rig, next).number, seen.number);
}

#[test]
fn others_go_first() {
    let (mut rig, id) = rig();
    let text = rig.plain(Policy::Notice, "hello");
    assert!(rig.run(selftest::claim).is_empty());
    rig.send(text, 7);
    assert_eq!((rig.run(selftest::claim).len(), test(&rig, id).state), (1, SelfTestState::Looking));
}

#[test]
fn without_a_number_nothing_is_sent() {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    let id = ask(&mut rig, None);
    rig.run(selftest::claim);
    rig.run(|work| selftest::own_number(work, MODEM, SIM, Some("no number at all")));
    rig.run(|work| selftest::reference(work, MODEM, None));
    let ended = test(&rig, id);
    assert_eq!((ended.state, ended.why.as_deref(), ended.first), (SelfTestState::Ended, Some("no_number"), None));
}

#[test]
fn a_start_in_the_middle_ends_it() {
    for sent in [false, true] {
        let (mut rig, id) = rig();
        looked(&mut rig, None);
        let first = test(&rig, id).first.expect("it is queued");
        if sent {
            rig.attempt(first, 1);
        }
        rig.run(restart::all);
        let ended = test(&rig, id);
        assert_eq!((ended.state, rig.message(first).state), (SelfTestState::Ended, MessageState::Withdrawn), "{ended:?}");
        assert!(rig.read(|reader| reader.messages_in_doubt(9)).is_empty());
    }
}

#[test]
fn nothing_is_waited_for_for_ever() {
    // Seconds of silence behind so many steps, and what becomes of it.
    for (steps, why) in [(0, "busy"), (1, "modem_silent")] {
        let (mut rig, id) = rig();
        if steps > 0 {
            rig.run(selftest::claim);
        }
        rig.wait(1_000);
        assert_eq!(test(&rig, id).why.as_deref(), Some(why));
    }
    let (mut rig, id) = rig();
    first(&mut rig, id);
    // The SIM says no more, and no report and no text comes.
    rig.wait(1_000);
    let second = test(&rig, id).second.expect("it goes on without");
    rig.send(second, 8);
    rig.wait(1_000);
    rig.wait(1_000);
    let seen = test(&rig, id);
    assert_eq!((seen.state, seen.findings.report, seen.findings.came_back_ms), (SelfTestState::Done, None, None));
}

#[test]
fn a_reference_whose_report_may_still_come_is_given_to_nobody_else() {
    let (mut rig, _) = rig();
    for mr in [9, 10, 11, 8] {
        let text = rig.plain(Policy::Notice, "hello");
        rig.send(text, mr);
    }
    let next = rig.plain(Policy::Notice, "hello");
    rig.claim(next, 1);
    assert_eq!(rig.part(next, 1).mr_given, Some(12), "9 would be the next");
}
