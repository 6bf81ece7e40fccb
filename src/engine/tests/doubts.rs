//! In doubt: each policy keeps its promise, witnesses resolve it, a person decides.

use std::collections::BTreeMap;

use super::{MODEM, PERSON, Rig, SIM, status_report};
use crate::engine::doubt::{self, As};
use crate::engine::receive::{self, Arrival};
use crate::engine::session::{self, NewSession};
use crate::engine::submit::{self, Begin};
use crate::engine::told;
use crate::engine::{accept, clock};
use crate::ids::{MessageId, PartKey};
use crate::modem::io::ModemEvent;
use crate::store::{ClockJump, Newest};
use crate::terms::{AttemptState, Certainty, MessageState, PartState, Policy};
use crate::value::Value;

fn key(id: MessageId) -> PartKey {
    PartKey { message: id, seq: 1 }
}

/// A message whose only attempt got no answer.
fn doubted(rig: &mut Rig, policy: Policy) -> MessageId {
    let id = rig.plain(policy, "hello");
    fall(rig, id);
    id
}

fn fall(rig: &mut Rig, id: MessageId) {
    let attempt = rig.attempt(id, 1);
    rig.run(|work| doubt::in_doubt(work, &key(id), attempt, "timeout"));
}

fn attempts(rig: &Rig, id: MessageId) -> usize {
    rig.read(|reader| reader.attempts_of(id)).len()
}

#[test]
fn an_alarm_is_sent_again_at_once_three_times_and_marked() {
    let mut rig = Rig::new();
    let id = doubted(&mut rig, Policy::Alarm);
    let message = rig.message(id);
    assert_eq!((rig.state(id), message.possibly_twice), (PartState::Queued, true));
    fall(&mut rig, id);
    assert_eq!(rig.state(id), PartState::Queued);
    fall(&mut rig, id);
    assert_eq!((rig.state(id), attempts(&rig, id)), (PartState::Parked, 3));
    assert_eq!(rig.read(|reader| reader.attempts_of(id)).iter().map(|attempt| attempt.again).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn a_notice_waits_for_a_witness_and_is_sent_once_more() {
    let mut rig = Rig::new();
    let id = doubted(&mut rig, Policy::Notice);
    assert_eq!((rig.state(id), rig.message(id).certainty()), (PartState::InDoubt, Certainty::InDoubt));
    rig.wait(179);
    assert_eq!(rig.state(id), PartState::InDoubt);
    rig.wait(1);
    assert_eq!((rig.state(id), rig.message(id).possibly_twice), (PartState::Queued, true));
    fall(&mut rig, id);
    rig.wait(1000);
    assert_eq!((rig.state(id), attempts(&rig, id)), (PartState::Parked, 2));
}

#[test]
fn once_is_never_sent_again_without_a_person() {
    let mut rig = Rig::new();
    let id = doubted(&mut rig, Policy::Once);
    assert_eq!((rig.message(id).state, rig.message(id).certainty()), (MessageState::Parked, Certainty::InDoubt));
    for _ in 0..10 {
        rig.wait(3600);
        assert_eq!((rig.state(id), attempts(&rig, id)), (PartState::Parked, 1));
    }
    assert_eq!(rig.events(0).iter().filter(|kind| *kind == "message.in_doubt").count(), 1);
    rig.run(|work| doubt::resolve(work, id, As::Resend, "anna"));
    assert_eq!((rig.state(id), rig.message(id).possibly_twice), (PartState::Queued, true));
    rig.send(id, 9);
    assert_eq!(rig.message(id).state, MessageState::Submitted);
}

#[test]
fn what_may_be_on_air_is_never_said_to_be_unsent() {
    let certainty = |rig: &Rig, id| (rig.message(id).state, rig.message(id).certainty());
    let mut rig = Rig::new();
    let again = doubted(&mut rig, Policy::Alarm);
    assert_eq!(certainty(&rig, again), (MessageState::Queued, Certainty::InDoubt), "it waits for its second try");
    rig.run(|work| work.withdraw(again, "cancelled"));
    assert_eq!(certainty(&rig, again), (MessageState::Withdrawn, Certainty::InDoubt), "taken back before its second try");
    let given_up = doubted(&mut rig, Policy::Once);
    rig.run(|work| doubt::resolve(work, given_up, As::Cancel, "anna"));
    assert_eq!(certainty(&rig, given_up), (MessageState::Withdrawn, Certainty::InDoubt), "given up in the middle of the doubt");
    let never = rig.plain(Policy::Once, "hello");
    rig.run(|work| work.withdraw(never, "cancelled"));
    assert_eq!(certainty(&rig, never), (MessageState::Withdrawn, Certainty::NotSent));
}

fn check_resolved(decision: As, state: MessageState) {
    let mut rig = Rig::new();
    let id = doubted(&mut rig, Policy::Once);
    rig.run(|work| doubt::resolve(work, id, decision, "anna"));
    assert_eq!(rig.message(id).state, state, "{decision:?}");
    let evidence = rig.read(|reader| reader.evidence_of(id));
    assert!(evidence.iter().any(|seen| seen.kind == "person" && seen.raw.starts_with("anna")), "{evidence:?}");
}

#[test]
fn a_person_decides() {
    check_resolved(As::Resend, MessageState::Queued);
    check_resolved(As::Sent, MessageState::Submitted);
    check_resolved(As::Cancel, MessageState::Withdrawn);
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Once, "hello");
    assert_eq!(rig.try_run(|work| doubt::resolve(work, id, As::Sent, "anna")).expect_err("no doubt").code, "not_in_doubt");
}

#[test]
fn an_orphan_proves_the_one_attempt_in_doubt() {
    let mut rig = Rig::new();
    let id = doubted(&mut rig, Policy::Once);
    assert!(rig.run(|work| doubt::orphan(work, SIM, 41)));
    let part = rig.part(id, 1);
    assert_eq!((part.state, part.mr, part.attempts), (PartState::Submitted, Some(41), 1));
    assert!(!rig.run(|work| doubt::orphan(work, SIM, 42)), "nobody is in doubt any more");
}

#[test]
fn an_orphan_with_two_candidates_proves_nothing() {
    let mut rig = Rig::new();
    let (one, two) = (doubted(&mut rig, Policy::Once), doubted(&mut rig, Policy::Once));
    assert!(!rig.run(|work| doubt::orphan(work, SIM, 41)));
    assert_eq!((rig.state(one), rig.state(two)), (PartState::Parked, PartState::Parked));
}

#[test]
fn an_orphan_of_a_text_that_left_in_another_year_proves_no_older_one() {
    let mut rig = Rig::new();
    let one = doubted(&mut rig, Policy::Once);
    let right = rig.now;
    rig.now = right.shifted_ms(-8 * 365 * 86_400_000);
    let two = doubted(&mut rig, Policy::Once);
    rig.now = right.shifted_ms(30_000);
    assert!(!rig.run(|work| doubt::orphan(work, SIM, 41)));
    assert_eq!((rig.state(one), rig.state(two)), (PartState::Parked, PartState::Parked));
}

#[test]
fn a_late_report_resolves_a_doubt() {
    let mut rig = Rig::new();
    let first = rig.plain(Policy::Notice, "before");
    rig.send(first, 40);
    let id = doubted(&mut rig, Policy::Once);
    let taken = rig.now;
    rig.wait(30);
    rig.arrives(status_report(41, PERSON, taken, 0));
    assert_eq!(rig.message(id).state, MessageState::Delivered);
    let kinds: Vec<String> = rig.read(|reader| reader.evidence_of(id)).into_iter().map(|seen| seen.kind).collect();
    assert!(kinds.contains(&"report".to_owned()), "{kinds:?}");
}

#[test]
fn a_witness_stops_the_second_send_of_an_alarm() {
    let mut rig = Rig::new();
    let id = doubted(&mut rig, Policy::Alarm);
    assert!(rig.run(|work| doubt::orphan(work, SIM, 5)));
    assert_eq!((rig.state(id), attempts(&rig, id)), (PartState::Submitted, 1));
    assert_eq!(rig.read(|reader| reader.due_parts(rig.now, 9)), []);
}

/// Two doubts; a report proves the second, and then its own late answer comes.
#[test]
fn a_late_answer_of_what_was_proved_says_nothing_of_another() {
    let mut rig = Rig::new();
    let before = rig.plain(Policy::Notice, "before");
    rig.send(before, 40);
    let first = doubted(&mut rig, Policy::Once);
    rig.wait(60);
    let other = rig.run(|work| {
        let message = accept::NewMessage { to: "+380509998877".to_owned(), ..super::plain(Policy::Once, "hello") };
        accept::message(work, &message)
    });
    fall(&mut rig, other.answer.id);
    let taken = rig.now;
    rig.arrives(status_report(41, "+380509998877", taken, 0));
    assert_eq!(rig.message(other.answer.id).state, MessageState::Delivered);
    assert!(!rig.run(|work| doubt::orphan(work, SIM, 41)));
    assert_eq!(rig.message(first).state, MessageState::Parked);
}

#[test]
fn the_reply_proves_the_prompt() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    let id = begun.messages[0];
    fall(&mut rig, id);
    rig.wait(60);
    let heard = rig.hears("CALL");
    assert_eq!((heard.rule, heard.answer.as_deref()), (Some(12), Some("call")), "{}", heard.why);
    assert_eq!(rig.message(id).state, MessageState::Submitted);
    let kinds: Vec<String> = rig.read(|reader| reader.evidence_of(id)).into_iter().map(|seen| seen.kind).collect();
    assert!(kinds.contains(&"reply".to_owned()), "{kinds:?}");
}

/// Who may never have read the amount has not agreed to it, whatever word is written.
#[test]
fn no_money_moves_on_a_prompt_in_doubt_before_it_is_read_back() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    fall(&mut rig, begun.messages[0]);
    rig.wait(60);
    let heard = rig.hears("PAY");
    assert_eq!((heard.rule, heard.answer.as_deref()), (Some(12), None), "{}", heard.why);
    assert_eq!(rig.read(|reader| reader.callings_of(begun.id)).len(), 0);
    let read_back = rig.send_next(9).expect("a text");
    assert!(read_back.contains("PAY"), "{read_back}");
    rig.wait(20);
    let heard = rig.hears("PAY");
    assert_eq!(heard.answer.as_deref(), Some("yes"), "{}", heard.why);
    assert_eq!(rig.read(|reader| reader.callings_of(begun.id)).len(), 1);
}

#[test]
fn a_reply_proves_no_doubt_beside_a_copy_that_left() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    let id = begun.messages[0];
    fall(&mut rig, id);
    rig.run(|work| doubt::resolve(work, id, As::Resend, "anna"));
    rig.send(id, 41);
    rig.wait(60);
    let heard = rig.hears("CALL");
    assert_eq!(heard.answer.as_deref(), Some("call"), "{}", heard.why);
    let states: Vec<AttemptState> = rig.read(|reader| reader.attempts_of(id)).iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [AttemptState::InDoubt, AttemptState::Submitted]);
}

/// The person has another text of ours on the phone, and what is said next may be about that.
#[test]
fn a_reply_proves_no_doubt_where_it_may_be_about_another_text() {
    let state = |other: &dyn Fn(&mut Rig)| {
        let mut rig = Rig::new();
        let begun = rig.past_due();
        fall(&mut rig, begun.messages[0]);
        other(&mut rig);
        rig.wait(60);
        let heard = rig.hears("CALL");
        assert_eq!(heard.answer.as_deref(), Some("call"), "{}", heard.why);
        rig.message(begun.messages[0]).state
    };
    assert_eq!(state(&|_| ()), MessageState::Submitted, "nothing else was said to this person");
    let plain = |rig: &mut Rig| {
        let other = rig.plain(Policy::Notice, "Reply CALL if you need help");
        rig.send(other, 7);
    };
    assert_eq!(state(&plain), MessageState::Parked, "a plain text");
    let outage = |rig: &mut Rig| {
        let data = BTreeMap::from([("place".to_owned(), Value::Text("Elm St 1".to_owned()))]);
        let request = NewSession { flow: "outage.confirm".to_owned(), data, ..super::past_due() };
        let other = rig.run(|work| session::begin(work, &request)).answer;
        rig.send(other.messages[0], 7);
        rig.wait(1);
    };
    assert_eq!(state(&outage), MessageState::Parked, "another question");
}

#[test]
fn a_prompt_parked_in_doubt_ends_its_session_after_the_wait() {
    let mut rig = Rig::new();
    let begun = rig.past_due();
    fall(&mut rig, begun.messages[0]);
    rig.wait(179);
    assert!(rig.session(begun.id).state.is_open(), "a report may still come");
    rig.wait(2);
    assert!(!rig.session(begun.id).state.is_open());
    assert_eq!(rig.state(begun.messages[0]), PartState::Parked, "a person can still decide");
}

#[test]
fn one_sim_has_one_open_attempt() {
    let mut rig = Rig::new();
    let (one, two) = (rig.plain(Policy::Notice, "one"), rig.plain(Policy::Notice, "two"));
    rig.attempt(one, 1);
    rig.claim(two, 1);
    assert_eq!(rig.begin(two, 1), Begin::Denied { why: "another attempt is open on this SIM" });
    assert_eq!(rig.state(two), PartState::Queued);
}

#[test]
fn a_refusal_is_tried_again_by_its_class_and_a_sick_modem_does_not_spin() {
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Once, "hello");
    let attempt = rig.attempt(id, 1);
    rig.run(|work| submit::refused(work, &key(id), Some(attempt), Some(38)));
    let part = rig.part(id, 1);
    assert_eq!((part.state, part.refusals, part.error), (PartState::Queued, 1, Some(38)));
    assert!(part.due_at > rig.now, "after a pause");
    rig.now = part.due_at;
    let attempt = rig.attempt(id, 1);
    rig.run(|work| submit::aborted(work, &key(id), Some(attempt), "no prompt"));
    let part = rig.part(id, 1);
    assert!(part.state == PartState::Queued && part.due_at > rig.now);
    let states: Vec<AttemptState> = rig.read(|reader| reader.attempts_of(id)).iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [AttemptState::Refused, AttemptState::Aborted]);
    rig.now = part.due_at;
    rig.run(|work| submit::claim(work, &key(id), SIM));
    assert!(
        matches!(rig.run(|work| submit::begin_attempt(work, &key(id), SIM, MODEM)), Begin::Go { .. }),
        "no doubt, so once more is allowed"
    );
}

#[test]
fn a_witness_stops_a_second_send_that_a_modem_has_in_hand() {
    let mut rig = Rig::new();
    let id = doubted(&mut rig, Policy::Alarm);
    rig.claim(id, 1);
    assert!(rig.run(|work| doubt::orphan(work, SIM, 5)));
    assert_eq!((rig.state(id), rig.part(id, 1).mr), (PartState::Submitted, Some(5)));
    assert_eq!(rig.begin(id, 1), Begin::Denied { why: "withdrawn" });
    assert_eq!((rig.state(id), attempts(&rig, id)), (PartState::Submitted, 1));
}

#[test]
fn what_was_proved_during_the_second_send_is_not_sent_a_third_time() {
    for outcome in ["refused", "aborted", "in doubt", "restart"] {
        let mut rig = Rig::new();
        let id = doubted(&mut rig, Policy::Alarm);
        let second = rig.attempt(id, 1);
        let first = rig.read(|reader| reader.attempts_of(id)).remove(0);
        assert!(rig.run(|work| doubt::prove(work, &first, Some(5), "report", "seen".to_owned())));
        assert_eq!(rig.state(id), PartState::Claimed, "its second copy is on its way");
        rig.run(|work| match outcome {
            "refused" => submit::refused(work, &key(id), Some(second), Some(38)),
            "aborted" => submit::aborted(work, &key(id), Some(second), "no prompt"),
            "in doubt" => doubt::in_doubt(work, &key(id), second, "timeout"),
            _ => doubt::restart(work, "crash").map(drop),
        });
        assert_eq!((rig.state(id), rig.part(id, 1).mr), (PartState::Submitted, Some(5)), "{outcome}");
    }
}

#[test]
fn a_claim_is_given_back_only_while_it_is_the_one_that_was_made() {
    let mut rig = Rig::new();
    let id = rig.plain(Policy::Once, "hello");
    rig.claim(id, 1);
    rig.run(|work| submit::give_back(work, &key(id), "another"));
    assert_eq!(rig.state(id), PartState::Claimed, "another SIM has it by now");
    rig.begin(id, 1);
    rig.run(|work| submit::give_back(work, &key(id), SIM));
    assert_eq!(rig.state(id), PartState::Claimed, "it is on its way by now");
    let other = rig.plain(Policy::Once, "hello");
    rig.claim(other, 1);
    rig.run(|work| submit::give_back(work, &key(other), SIM));
    assert_eq!(rig.state(other), PartState::Queued);
}

#[test]
fn a_doubt_keeps_its_wait_when_the_clock_is_set() {
    for by_ms in [86_400_000, -86_400_000] {
        let mut rig = Rig::new();
        let id = doubted(&mut rig, Policy::Notice);
        rig.wait(60);
        let from = rig.now;
        rig.now = from.shifted_ms(by_ms);
        rig.run(|work| clock::jumped(work, &ClockJump { from, by_ms, before: Newest::default() }));
        rig.wait(119);
        assert_eq!(rig.state(id), PartState::InDoubt, "{by_ms}");
        rig.wait(1);
        assert_eq!(rig.state(id), PartState::Queued, "{by_ms}");
    }
}

#[test]
fn a_session_keeps_its_time_when_the_clock_is_set() {
    let mut rig = Rig::new();
    let old = rig.past_due();
    rig.send(old.messages[0], 1);
    rig.wait(1);
    let before = rig.read(|reader| reader.newest_rows());
    let to = super::super::session::NewSession { to: Some("+380501112299".to_owned()), key: Some("young".to_owned()), ..super::past_due() };
    let young = rig.run(|work| crate::engine::session::begin(work, &to)).answer;
    rig.send(young.messages[0], 2);
    // Wrong for a while, right again, and wrong for good.
    for by_ms in [-365 * 86_400_000, 365 * 86_400_000, 4 * 86_400_000] {
        rig.wait(25);
        let from = rig.now;
        rig.now = from.shifted_ms(by_ms);
        rig.run(|work| clock::jumped(work, &ClockJump { from, by_ms, before: before.clone() }));
    }
    rig.wait(0);
    assert!(!rig.session(old.id).state.is_open(), "it was reckoned by another clock: its time is over");
    assert!(rig.session(young.id).state.is_open(), "it began a minute ago");
    rig.wait(72 * 3600);
    assert!(!rig.session(young.id).state.is_open());
}

/// The box lost its power and is back; the modem answers before it has said who it is.
#[test]
fn witnesses_that_come_before_the_modem_has_said_who_it_is_count() {
    let check = |evidence: &str, state: MessageState, witness: &dyn Fn(&mut Rig)| {
        let mut rig = Rig::new();
        rig.has_modem(MODEM, SIM);
        let before = rig.plain(Policy::Notice, "before");
        rig.send(before, 40);
        let id = doubted(&mut rig, Policy::Once);
        witness(&mut rig);
        assert_eq!(rig.message(id).state, state, "{evidence}");
        let kinds: Vec<String> = rig.read(|reader| reader.evidence_of(id)).into_iter().map(|seen| seen.kind).collect();
        assert!(kinds.contains(&evidence.to_owned()), "{kinds:?}");
    };
    check("orphan", MessageState::Submitted, &|rig| {
        rig.run(|work| told::event(work, MODEM, "", &ModemEvent::Orphan { mr: 41 }));
    });
    check("report", MessageState::Delivered, &|rig| {
        let hex = status_report(41, PERSON, rig.now, 0);
        let shown = Arrival { sim: String::new(), modem: MODEM.to_owned(), hex, slot: None, live: true };
        rig.run(|work| receive::pdu(work, &shown));
    });
}

/// What a person gave up in the doubt was sent after all: nobody says any more that it was not.
#[test]
fn what_was_given_up_and_is_proved_later_is_not_called_unsent() {
    let mut rig = Rig::new();
    let before = rig.plain(Policy::Notice, "before");
    rig.send(before, 40);
    let id = doubted(&mut rig, Policy::Once);
    let taken = rig.now;
    rig.run(|work| doubt::resolve(work, id, As::Cancel, "anna"));
    assert_eq!(rig.message(id).certainty(), Certainty::InDoubt);
    rig.arrives(status_report(41, PERSON, taken, 0));
    let message = rig.message(id);
    assert_eq!((message.state, message.certainty()), (MessageState::Withdrawn, Certainty::InDoubt));
}

/// A daemon that ran in a wrong year dies, and the next one knows the right one.
#[test]
fn a_doubt_that_was_reckoned_in_a_year_to_come_waits_no_longer_than_a_doubt() {
    let mut rig = Rig::new();
    let right = rig.now;
    rig.wait(20 * 365 * 86_400);
    let id = doubted(&mut rig, Policy::Notice);
    rig.now = right;
    rig.run(crate::engine::restart::all);
    rig.wait(3_600);
    assert_eq!(rig.state(id), PartState::Queued);
}

/// What `/metrics` tells of doubts: by reason, by witness, and what may be there twice.
#[test]
fn doubts_are_counted_by_reason_and_by_witness() {
    let mut rig = Rig::new();
    let one = doubted(&mut rig, Policy::Once);
    rig.run(|work| doubt::orphan(work, SIM, 41));
    let two = doubted(&mut rig, Policy::Once);
    rig.run(|work| doubt::resolve(work, two, As::Resend, "anna"));
    rig.attempt(two, 1);
    let counts = rig.read(|reader| reader.tallies());
    let counts: Vec<_> = counts.iter().map(|count| (count.name.as_str(), count.label.as_str(), count.n)).collect();
    let want = [("in_doubt", "timeout", 2), ("possible_dup", "", 1), ("resolved", "orphan", 1), ("resolved", "person", 1)];
    assert_eq!(counts, want, "{one} {two}");
}
