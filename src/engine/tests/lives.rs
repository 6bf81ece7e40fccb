//! Proof of life: off by default; a text that does not come in is a task, and one that does closes it.

use super::{MODEM, PERSON, Rig, SIM, deliver};
use crate::engine::{clock, configure, doubt, modems};
use crate::ids::PartKey;
use crate::msisdn::Msisdn;
use crate::settings::{ProofOfLife, Settings};
use crate::store::{ClockJump, Life};
use crate::terms::{MessageState, Policy, Rank};

fn rig(every_hours: u16) -> Rig {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    rig.run(|work| {
        modems::ready(work, MODEM)?;
        let mut sim = work.tx.sim(SIM)?.unwrap_or_default();
        (sim.iccid, sim.number) = (SIM.to_owned(), Msisdn::from_e164(PERSON).ok());
        work.tx.save_sim(&sim)?;
        let proof_of_life = ProofOfLife { every_hours, ..ProofOfLife::default() };
        let settings = Settings { proof_of_life, ..work.book.settings.clone() };
        configure::settings(work, &settings)
    });
    rig.wait(60);
    rig
}

fn life(rig: &Rig) -> Option<Life> {
    rig.read(|reader| reader.life(SIM))
}

fn tasks(rig: &Rig) -> usize {
    rig.read(|reader| reader.open_modem_tasks("SIM ")).len()
}

/// The proof that waits leaves; its words.
fn sends(rig: &mut Rig) -> String {
    let message = life(rig).and_then(|life| life.message).expect("it is queued");
    rig.send(message, 7);
    rig.message(message).text.expose().to_owned()
}

#[test]
fn nobody_pays_for_it_unasked() {
    let mut rig = rig(0);
    rig.wait(90_000);
    assert_eq!(life(&rig), None);
    assert!(rig.read(|reader| reader.due_parts(rig.now, 9)).is_empty());
}

#[test]
fn a_proof_that_comes_in_is_followed_by_the_next_in_its_time() {
    let mut rig = rig(6);
    let other = rig.plain(Policy::Notice, "hello");
    let due = rig.read(|reader| reader.due_parts(rig.now, 9));
    assert_eq!((due[0].key.message, due[1].rank), (other, Rank(9)), "it goes behind every other text");
    rig.send(other, 6);
    let text = sends(&mut rig);
    rig.arrives(deliver(PERSON, rig.now, &text));
    let proved = life(&rig).expect("a row");
    assert_eq!((proved.awaited, proved.missing, proved.proved_at), (false, false, Some(rig.now)));
    assert_eq!(rig.last_inbound().outcome.as_deref(), Some("proof"));
    rig.wait(5 * 3_600);
    assert!(!life(&rig).expect("a row").awaited);
    rig.wait(3_600);
    assert!(life(&rig).expect("a row").awaited, "and the next");
}

#[test]
fn a_proof_that_does_not_come_in_is_a_task_until_one_does() {
    let mut rig = rig(1);
    let text = sends(&mut rig);
    rig.wait(29 * 60);
    assert_eq!(tasks(&rig), 0);
    rig.wait(120);
    assert_eq!((tasks(&rig), life(&rig).expect("a row").missing), (1, true));
    rig.wait(2 * 3_600);
    assert_eq!(tasks(&rig), 1, "one stands for all");
    // The first one comes late: it is not the one that is awaited now, and proves nothing about today.
    rig.arrives(deliver(PERSON, rig.now, &text));
    assert_eq!(tasks(&rig), 1);
    rig.wait(3_600);
    if !life(&rig).expect("a row").awaited {
        rig.wait(3_600);
    }
    let text = sends(&mut rig);
    rig.arrives(deliver(PERSON, rig.now, &text));
    assert_eq!((tasks(&rig), life(&rig).expect("a row").missing), (0, false));
}

/// Another number than the SIM's own.
const STRANGER: &str = "+380509998877";

/// A text comes in; whether it is taken for one of the box.
fn is_own(rig: &mut Rig, from: &str, text: &str) -> bool {
    rig.wait(60);
    let before = rig.read(|reader| reader.conversation_heads(9)).len();
    rig.arrives(deliver(from, rig.now, text));
    let row = rig.last_inbound();
    let heads = rig.read(|reader| reader.conversation_heads(9)).len();
    let is_own = row.outcome.as_deref() == Some("proof");
    assert_eq!(is_own, row.from.is_none() && row.rule.is_none() && heads == before, "{row:?}");
    is_own
}

#[test]
fn a_proof_that_nobody_waits_for_is_nobody_s_text() {
    let mut rig = rig(1);
    let first = sends(&mut rig);
    rig.wait(32 * 60);
    rig.wait(3_600);
    let second = sends(&mut rig);
    assert_ne!(first, second);
    assert!(is_own(&mut rig, PERSON, &first), "late");
    assert!(is_own(&mut rig, PERSON, &second) && is_own(&mut rig, PERSON, &second), "twice");
    assert!(is_own(&mut rig, PERSON, &first), "late and twice");
    assert!(is_own(&mut rig, STRANGER, &first), "from another SIM whose number is not known");
    assert!(is_own(&mut rig, PERSON, &format!("{first} Sent by Vodafone")), "with words of the network");
    rig.run(|work| configure::settings(work, &Settings { proof_of_life: ProofOfLife::default(), ..work.book.settings.clone() }));
    rig.wait(60);
    assert_eq!(life(&rig), None);
    assert!(is_own(&mut rig, PERSON, &second), "nobody asks for proofs any more");
    assert!(is_own(&mut rig, PERSON, &second.replace("proof of life", "self-test")), "a self-test that is forgotten");
    assert!(!is_own(&mut rig, STRANGER, &format!("{first} I smell gas")), "a person's words stand behind it");
    assert!(!is_own(&mut rig, PERSON, &second.replace("this box", "that box").replace("proof", "prof")), "other words");
}

#[test]
fn a_proof_that_comes_in_twice_proves_only_once() {
    let mut rig = rig(6);
    let text = sends(&mut rig);
    rig.arrives(deliver(PERSON, rig.now, &text));
    let proved = life(&rig);
    assert!(is_own(&mut rig, PERSON, &text));
    assert_eq!(life(&rig), proved);
}

/// The proof is handed over, and its answer is lost: before it comes in, or behind that.
#[test]
fn a_proof_in_doubt_that_comes_in_was_sent() {
    for faster in [false, true] {
        let mut rig = rig(6);
        let id = life(&rig).and_then(|life| life.message).expect("it is queued");
        let text = rig.message(id).text.expose().to_owned();
        let attempt = rig.attempt(id, 1);
        if faster {
            assert!(is_own(&mut rig, PERSON, &text));
        }
        rig.run(|work| doubt::in_doubt(work, &PartKey { message: id, seq: 1 }, attempt, "silence"));
        if !faster {
            assert!(is_own(&mut rig, PERSON, &text));
        }
        assert_eq!(rig.message(id).state, MessageState::Submitted, "faster: {faster}");
        assert!(rig.read(|reader| reader.messages_in_doubt(9)).is_empty());
    }
}

#[test]
fn a_proof_in_doubt_that_nobody_waits_for_is_no_question_to_anybody() {
    let mut rig = rig(1);
    let id = life(&rig).and_then(|life| life.message).expect("it is queued");
    let attempt = rig.attempt(id, 1);
    rig.wait(32 * 60);
    assert!(life(&rig).expect("a row").missing);
    rig.run(|work| doubt::in_doubt(work, &PartKey { message: id, seq: 1 }, attempt, "silence"));
    assert_eq!(rig.message(id).state, MessageState::Withdrawn);
}

#[test]
fn a_proof_that_waits_is_taken_back_where_nobody_asks_for_it_any_more() {
    let mut rig = rig(6);
    let id = life(&rig).and_then(|life| life.message).expect("it is queued");
    rig.run(|work| configure::settings(work, &Settings { proof_of_life: ProofOfLife::default(), ..work.book.settings.clone() }));
    rig.wait(60);
    assert_eq!((rig.message(id).state, life(&rig)), (MessageState::Withdrawn, None));
}

#[test]
fn a_clock_that_was_set_back_puts_no_proof_off_for_years() {
    let mut rig = rig(6);
    let text = sends(&mut rig);
    let from = rig.now;
    let by_ms = -10 * 365 * 86_400_000;
    let before = rig.read(|reader| reader.newest_rows());
    rig.now = from.shifted_ms(by_ms);
    rig.run(|work| clock::jumped(work, &ClockJump { from, by_ms, before }));
    rig.arrives(deliver(PERSON, rig.now, &text));
    rig.wait(6 * 3_600 + 1);
    assert!(life(&rig).expect("a row").awaited);
}
