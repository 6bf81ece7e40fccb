//! A person of the house holds a thread: what the box would say by itself waits, and says for whom.

use super::{PERSON, Rig, SIM, deliver, troubled};
use crate::committed::Slot;
use crate::engine::people;
use crate::engine::receive::{self, Arrival};
use crate::engine::submit::{self, Begin};
use crate::ids::{MessageId, PartKey};
use crate::msisdn::Msisdn;
use crate::terms::{PartState, Policy};

fn person() -> Msisdn {
    Msisdn::from_e164(PERSON).expect("a number")
}

fn claimed(rig: &mut Rig, id: MessageId) -> bool {
    rig.run(|work| submit::claim(work, &PartKey { message: id, seq: 1 }, SIM)).is_some()
}

#[test]
fn a_prompt_waits_for_the_hand_back_and_says_so() {
    let mut rig = Rig::new();
    let bill = rig.past_due().messages[0];
    rig.run(|work| people::take_thread(work, &person(), "anna", "billing"));
    let plain = rig.plain(Policy::Notice, "somebody has asked for this");
    assert!(!claimed(&mut rig, bill));
    let part = rig.part(bill, 1);
    assert_eq!((part.state, part.reason.as_deref()), (PartState::Queued, Some("waits while the thread is held by anna of billing")));
    assert!(claimed(&mut rig, plain), "its sender has decided about it");
    rig.wait(61);
    assert!(!claimed(&mut rig, bill), "still held");
    let noted = rig.read(|reader| reader.evidence_of(bill)).into_iter().filter(|seen| seen.kind == "held").count();
    assert_eq!(noted, 1, "once");
    rig.run(|work| people::release_thread(work, &person(), "anna"));
    assert_eq!((rig.part(bill, 1).due_at, rig.part(bill, 1).reason), (rig.now, None));
    assert!(claimed(&mut rig, bill));
}

#[test]
fn a_thread_that_is_taken_while_a_modem_has_the_prompt_holds_it_back() {
    let mut rig = troubled::rig(&[("test.visit.flow.toml", troubled::VISIT)]);
    let visit = troubled::begin(&mut rig, "test.visit", PERSON, "7").messages[0];
    assert!(claimed(&mut rig, visit));
    rig.run(|work| people::take_thread(work, &person(), "anna", "dispatch"));
    assert_eq!(rig.begin(visit, 1), Begin::Denied { why: "a person holds the thread" });
    assert_eq!((rig.state(visit), rig.part(visit, 1).claimed_sim), (PartState::Queued, None));
    rig.run(|work| people::release_thread(work, &person(), "anna"));
    rig.send(visit, 1);
}

/// Conversation.md section 5: a live customer is one whose text is under 30 minutes old by its stamp.
#[test]
fn an_old_text_that_is_swept_at_night_wakes_nobody() {
    for (age_s, awake) in [(8 * 3600, false), (60, true)] {
        let mut rig = Rig::new();
        let bill = rig.past_due().messages[0];
        rig.wait(13 * 3600);
        let hex = deliver(PERSON, rig.now.shifted_ms(-age_s * 1000), "when does your office open");
        let slot = Some(Slot::of("SM", 3, &hex));
        let arrival = Arrival { sim: SIM.to_owned(), modem: super::MODEM.to_owned(), hex, slot, live: false };
        rig.run(|work| receive::pdu(work, &arrival));
        assert_eq!(claimed(&mut rig, bill), awake, "written {age_s} s ago, read at 23:00");
    }
}
