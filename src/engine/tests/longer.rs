//! Texts of more than one part: all of them on one SIM, and an end where only some have left.

use super::{Rig, SIM};
use crate::delivery::route::{ModemView, SimWish};
use crate::delivery::schedule;
use crate::engine::doubt::{self, As};
use crate::engine::submit::Begin;
use crate::engine::{queue, submit};
use crate::ids::{MessageId, PartKey};
use crate::terms::{MessageState, PartState, Policy};

const OTHER: &str = "8938001000000000002";
const FOUR_DAYS_S: u64 = 96 * 3600;

/// Two parts, and what became of the first.
fn begun(policy: Policy, first: &str) -> (Rig, MessageId) {
    let mut rig = Rig::bare();
    let id = rig.plain(policy, &"long ".repeat(50));
    assert_eq!(rig.message(id).parts, 2);
    let key = PartKey { message: id, seq: 1 };
    match first {
        "waits" => {}
        "claimed" => drop(rig.claim(id, 1)),
        _ => {
            let attempt = rig.attempt(id, 1);
            match first {
                "attempting" => {}
                "submitted" => rig.submitted(id, 1, attempt, 7),
                "refused" => rig.run(|work| submit::refused(work, &key, Some(attempt), Some(38))),
                "aborted" => rig.run(|work| submit::aborted(work, &key, Some(attempt), "no prompt")),
                "in doubt" => rig.run(|work| doubt::in_doubt(work, &key, attempt, "timeout")),
                other => panic!("{other}"),
            }
        }
    }
    (rig, id)
}

fn check_bound(policy: Policy, first: &str, want: &SimWish) {
    let (rig, id) = begun(policy, first);
    let waiting = rig.read(|reader| queue::waiting(reader, rig.now));
    let second = waiting.iter().find(|part| part.part == PartKey { message: id, seq: 2 }).expect("it waits");
    assert_eq!(second.asks.sim, *want, "{policy:?}, the first part {first}");
    // The SIM of the first part is busy with it; another modem is free.
    let free = ModemView {
        imei: "35".to_owned(),
        iccid: OTHER.to_owned(),
        ready: true,
        since: rig.now,
        busy: false,
        in_hand: None,
        ringing: false,
        last_sent_at: None,
        late_from: None,
    };
    let second: Vec<_> = waiting.into_iter().filter(|part| part.part.seq == 2).collect();
    assert_eq!(schedule::next(&second, &[free], rig.now).is_empty(), *want != SimWish::Any, "{policy:?}, the first part {first}");
}

#[test]
fn the_parts_of_a_text_leave_on_one_sim() {
    let bound = SimWish::Only(SIM.to_owned());
    check_bound(Policy::Notice, "waits", &SimWish::Any);
    for first in ["claimed", "attempting", "submitted"] {
        check_bound(Policy::Notice, first, &bound);
    }
    // Nothing of it may have left: every SIM will do.
    for first in ["refused", "aborted"] {
        check_bound(Policy::Notice, first, &SimWish::Any);
    }
    check_bound(Policy::Notice, "in doubt", &bound);
    check_bound(Policy::Once, "in doubt", &bound);
    // It is sent again at once, wherever there is room: the second part follows that copy.
    check_bound(Policy::Alarm, "in doubt", &SimWish::Any);
}

fn check_ends(policy: Policy, first: &str, resolve: Option<As>, want: (MessageState, PartState)) {
    let (mut rig, id) = begun(policy, first);
    if let Some(decision) = resolve {
        rig.run(|work| doubt::resolve(work, id, decision, "anna"));
    }
    assert!(rig.read(crate::engine::expire::next).is_some(), "{policy:?} {first}: its end is known");
    rig.wait(FOUR_DAYS_S);
    assert_eq!((rig.message(id).state, rig.part(id, 2).state), want, "{policy:?}, the first part {first}, {resolve:?}");
    assert_eq!(rig.read(|reader| reader.due_parts(rig.now, 9)), [], "nothing waits that is worthless");
}

#[test]
fn a_text_that_left_half_ends_when_its_time_is_over() {
    check_ends(Policy::Notice, "waits", None, (MessageState::Expired, PartState::Expired));
    check_ends(Policy::Notice, "submitted", None, (MessageState::Expired, PartState::Expired));
    check_ends(Policy::Notice, "claimed", None, (MessageState::Sending, PartState::Expired));
    check_ends(Policy::Once, "in doubt", None, (MessageState::Parked, PartState::Expired));
    check_ends(Policy::Once, "in doubt", Some(As::Sent), (MessageState::Expired, PartState::Expired));
}

#[test]
fn what_is_worthless_is_not_offered() {
    let (mut rig, _) = begun(Policy::Notice, "submitted");
    assert_eq!(rig.read(|reader| reader.due_parts(rig.now, 9)).len(), 1);
    rig.now = rig.now.shifted_ms(FOUR_DAYS_S as i64 * 1000);
    assert_eq!(rig.read(|reader| reader.due_parts(rig.now, 9)), []);
}

#[test]
fn the_second_part_of_a_refused_text_stays_in_hand() {
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Notice, &"half a message helps nobody ".repeat(8));
    let first = rig.attempt(id, 1);
    rig.claim(id, 2);
    let unassigned = Some(1);
    rig.run(|work| submit::refused(work, &PartKey { message: id, seq: 1 }, Some(first), unassigned));
    assert_eq!(rig.message(id).state, MessageState::Refused);
    assert_eq!(rig.begin(id, 2), Begin::Denied { why: "the rest of it has ended" });
    assert_eq!((rig.part(id, 2).state, rig.message(id).state), (PartState::Withdrawn, MessageState::Refused));
}

/// The second part is on its way while the first, which came back, runs out of time.
#[test]
fn a_text_has_not_expired_while_a_part_of_it_is_on_its_way() {
    let mut rig = Rig::bare();
    let id = rig.plain(Policy::Notice, &"long ".repeat(50));
    let attempt = rig.attempt(id, 2);
    rig.wait(FOUR_DAYS_S);
    assert_eq!(rig.message(id).state, MessageState::Sending);
    let key = PartKey { message: id, seq: 2 };
    rig.run(|work| doubt::in_doubt(work, &key, attempt, "timeout"));
    assert_eq!(rig.message(id).state, MessageState::InDoubt);
}

#[test]
fn a_part_that_was_claimed_in_time_expires_before_it_is_sent() {
    let (mut rig, id) = begun(Policy::Notice, "claimed");
    rig.wait(FOUR_DAYS_S);
    let why = rig.begin(id, 1);
    assert!(matches!(why, Begin::Denied { why: "expired" }), "{why:?}");
    assert_eq!(rig.message(id).state, MessageState::Expired);
}
