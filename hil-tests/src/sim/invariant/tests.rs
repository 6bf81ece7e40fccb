//! Each invariant falls over a violation made by hand.

use answerback::chance::Seeded;
use answerback::ids::{MessageId, PartKey};
use answerback::msisdn::Msisdn;
use answerback::store::{Attempt, Evidence, Message, Part};
use answerback::terms::{AttemptState, Category, MessageState, PartState, Policy, Purpose, Rank};
use answerback::text::Text;
use answerback::time::Timestamp;

use super::ledger::{Change, Life, Submission};
use super::{consent, outcome, truth};
use crate::emulator::network::Fate;

const NOW: Timestamp = Timestamp::from_unix_ms(1_000_000);
const SIM: &str = "8988000000000000001";

fn id() -> MessageId {
    MessageId::new(NOW, &mut Seeded::new(1))
}

/// A message of one part in these states, with these attempts; `taken` are the numbers of the attempts whose PDU the network has.
fn life(message: MessageState, part: PartState, attempts: &[(i64, AttemptState, bool)], taken: &[i64]) -> Life {
    let key = PartKey { message: id(), seq: 1 };
    let on_air = matches!(part, PartState::Submitted | PartState::Delivered | PartState::Failed);
    Life {
        message: Message {
            n: 1,
            id: id(),
            to: Msisdn::from_e164("+15550100200").expect("a number"),
            text: Text::new("Your power is back."),
            purpose: Purpose::Plain,
            category: Category::Account,
            policy: Policy::Notice,
            rank: Rank(5),
            sim: None,
            sim_only: false,
            session: None,
            question: None,
            state: message,
            encoding: "gsm7".to_owned(),
            parts: 1,
            reference: 1,
            replaces: None,
            class: None,
            report: true,
            doubted: attempts.iter().any(|(_, state, _)| *state == AttemptState::InDoubt),
            possibly_twice: attempts.iter().any(|(.., again)| *again),
            tags: Vec::new(),
            source: "test".to_owned(),
            rule: None,
            not_before: None,
            expires_at: None,
            created_at: NOW,
            accepted_at: on_air.then_some(NOW),
            accepted_sim: None,
            submitted_at: on_air.then_some(NOW),
            delivered_at: None,
            ended_at: None,
            reason: None,
        },
        parts: vec![Part {
            state: part,
            submitted_at: on_air.then_some(NOW),
            ..Part::queued(key, 1, &Msisdn::from_e164("+15550100200").expect("a number"), Rank(5), Vec::new(), NOW)
        }],
        attempts: attempts.iter().map(|(id, state, again)| attempt(*id, key, *state, *again)).collect(),
        taken: taken.iter().enumerate().map(|(place, attempt)| Submission { place, seq: 1, attempt: *attempt, mr: 7 }).collect(),
    }
}

fn attempt(id: i64, part: PartKey, state: AttemptState, again: bool) -> Attempt {
    Attempt {
        id,
        part,
        sim: SIM.to_owned(),
        modem: "north".to_owned(),
        state,
        mr_expected: None,
        mr: None,
        again,
        mr_given: None,
        no_duplicate: false,
        pdu_sha256: String::new(),
        at: NOW,
        settled_at: None,
        reason: None,
    }
}

fn check(name: &str, verdict: &Result<(), String>, holds: bool) {
    assert_eq!(verdict.is_ok(), holds, "{name}: {verdict:?}");
}

#[test]
fn an_outcome_is_final_but_for_a_late_report() {
    use MessageState as M;
    use PartState as P;
    for (from, part, to, part_to, holds) in [
        (M::Queued, P::Queued, M::Submitted, P::Submitted, true),
        (M::Failed, P::Failed, M::Delivered, P::Delivered, true),
        (M::UnknownDelivery, P::Submitted, M::Delivered, P::Delivered, true),
        (M::InDoubt, P::InDoubt, M::Queued, P::Queued, true),
        (M::Delivered, P::Delivered, M::Failed, P::Failed, false),
        (M::Submitted, P::Submitted, M::Queued, P::Queued, false),
        (M::Withdrawn, P::Withdrawn, M::Submitted, P::Submitted, false),
        (M::Expired, P::Expired, M::Queued, P::Queued, false),
        (M::Refused, P::Failed, M::InDoubt, P::InDoubt, false),
    ] {
        let change = Change { before: Some(life(from, part, &[], &[])), after: life(to, part_to, &[], &[]) };
        check(&format!("{from:?} to {to:?}"), &outcome::ends_once(&change), holds);
    }
    let rows = Change {
        before: Some(life(M::InDoubt, P::InDoubt, &[(1, AttemptState::InDoubt, false)], &[])),
        after: life(M::InDoubt, P::InDoubt, &[], &[]),
    };
    check("a row is lost", &outcome::ends_once(&rows), false);
}

#[test]
fn a_second_submission_is_marked_or_a_persons() {
    use AttemptState as A;
    let with = |policy, attempts: &[(i64, A, bool)], taken: &[i64]| {
        let mut life = life(MessageState::Submitted, PartState::Submitted, attempts, taken);
        life.message.policy = policy;
        life
    };
    let (doubt, sent) = (A::InDoubt, A::Submitted);
    let notice = |attempts: &[(i64, A, bool)], taken: &[i64]| outcome::no_silent_twice(&with(Policy::Notice, attempts, taken), 0);
    check("once", &notice(&[(1, sent, false)], &[1]), true);
    check("refused, then sent", &notice(&[(1, A::Refused, false), (2, sent, false)], &[2]), true);
    check("marked", &notice(&[(1, doubt, false), (2, sent, true)], &[1, 2]), true);
    check("not marked", &notice(&[(1, doubt, false), (2, sent, false)], &[2]), false);
    check("aborted, they say; taken all the same", &notice(&[(1, A::Aborted, false), (2, sent, false)], &[1, 2]), false);
    let twice = with(Policy::Once, &[(1, doubt, false), (2, sent, true)], &[1, 2]);
    check("once, by itself", &outcome::no_silent_twice(&twice, 0), false);
    check("once, by a person", &outcome::no_silent_twice(&twice, 1), true);
    let mut unsaid = with(Policy::Notice, &[(1, doubt, false), (2, sent, true)], &[1, 2]);
    unsaid.message.possibly_twice = false;
    check("the message hides it", &outcome::no_silent_twice(&unsaid, 0), false);
}

#[test]
fn on_air_is_what_the_network_took() {
    use PartState as P;
    let sent = [(1, AttemptState::Submitted, false)];
    let said = |said: &[u8]| vec![Fate { said: said.to_vec() }];
    let part = |state, taken: &[i64], fates: &[Fate], persons| {
        truth::parts_are_true(&life(MessageState::Submitted, state, &sent, taken), fates, persons)
    };
    check("taken", &part(P::Submitted, &[1], &said(&[]), 0), true);
    check("never taken", &part(P::Submitted, &[], &[], 0), false);
    check("a person takes it as sent", &part(P::Submitted, &[], &[], 1), true);
    check("delivered", &part(P::Delivered, &[1], &said(&[0]), 0), true);
    check("delivered by another's report", &part(P::Delivered, &[1], &said(&[]), 0), false);
    check("failed", &part(P::Failed, &[1], &said(&[0x46]), 0), true);
    check("failed by another's report", &part(P::Failed, &[1], &said(&[0]), 0), false);
    let mut other = life(MessageState::Submitted, P::Submitted, &sent, &[1]);
    other.parts[0].mr = Some(9);
    check("another reference", &truth::parts_are_true(&other, &said(&[]), 0), false);
}

#[test]
fn an_attempt_is_what_it_says() {
    use AttemptState as A;
    let told = |state, taken: &[i64], misled| {
        truth::attempts_are_true(&life(MessageState::Sending, PartState::Claimed, &[(1, state, false)], taken), misled)
    };
    let of = |state, taken: &[i64]| told(state, taken, false);
    check("in doubt and taken", &of(A::InDoubt, &[1]), true);
    check("submitted and taken", &of(A::Submitted, &[1]), true);
    check("submitted and not taken", &of(A::Submitted, &[]), false);
    check("refused and taken", &of(A::Refused, &[1]), false);
    check("aborted and taken", &of(A::Aborted, &[1]), false);
    check("a misled box believes in it", &told(A::Submitted, &[], true), true);
    check("a misled box says no", &told(A::Aborted, &[1], true), false);
    let mut other = life(MessageState::Submitted, PartState::Submitted, &[(1, A::Submitted, false)], &[1]);
    other.attempts[0].mr = Some(8);
    check("another reference", &truth::attempts_are_true(&other, false), false);
}

#[test]
fn not_sent_is_certain() {
    use MessageState as M;
    let of = |state, attempts: &[(i64, AttemptState, bool)], taken: &[i64]| {
        truth::certainty_is_true(&life(state, PartState::Withdrawn, attempts, taken))
    };
    let doubt = [(1, AttemptState::InDoubt, false)];
    check("withdrawn before it left", &of(M::Withdrawn, &[], &[]), true);
    let hidden = [(1, AttemptState::Aborted, false)];
    check("withdrawn, taken", &of(M::Withdrawn, &hidden, &[1]), false);
    check("refused, taken", &of(M::Refused, &hidden, &[1]), false);
    check("in doubt", &of(M::InDoubt, &doubt, &[1]), true);
    check("withdrawn in doubt", &of(M::Withdrawn, &doubt, &[1]), true);
    check("on its way", &of(M::Sending, &[(1, AttemptState::Attempting, false)], &[1]), true);
}

#[test]
fn a_doubt_shows_what_it_rests_on() {
    let life = life(MessageState::InDoubt, PartState::InDoubt, &[(1, AttemptState::InDoubt, false)], &[]);
    let line =
        |kind: &str| Evidence { id: 1, message: id(), seq: Some(1), attempt: Some(1), kind: kind.to_owned(), raw: String::new(), at: NOW };
    check("silence", &truth::doubts_have_evidence(&life, &[line("silence")]), true);
    check("nothing", &truth::doubts_have_evidence(&life, &[]), false);
    check("something else", &truth::doubts_have_evidence(&life, &[line("policy")]), false);
}

#[test]
fn after_a_stop_only_what_had_begun_leaves() {
    let sent = |taken: &[i64]| life(MessageState::Submitted, PartState::Submitted, &[(5, AttemptState::Submitted, false)], taken);
    let before = |attempt, message| consent::Before { attempt, message };
    check("its attempt had begun", &consent::judge(&sent(&[5]), 0, before(5, 1), false), true);
    check("its attempt began after", &consent::judge(&sent(&[5]), 0, before(4, 1), false), false);
    check("it left before that was looked at", &consent::judge(&sent(&[5]), 1, before(4, 1), false), true);
    check("made after, by the person", &consent::judge(&sent(&[5]), 0, before(4, 0), false), true);
    check("made after, by a client", &consent::judge(&sent(&[]), 0, before(4, 0), true), false);
}

#[test]
fn a_request_is_one_message() {
    let one = life(MessageState::Queued, PartState::Queued, &[], &[]);
    check("nobody asked", &outcome::asked_is_made_once([].iter(), [&one].into_iter()), false);
    check("nothing was made", &outcome::asked_is_made_once([].iter(), [].into_iter()), true);
}
