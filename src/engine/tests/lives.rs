//! Proof of life: off by default; a text that does not come in is a task, and one that does closes it.

use super::{MODEM, PERSON, Rig, SIM, deliver};
use crate::engine::{configure, modems};
use crate::msisdn::Msisdn;
use crate::settings::{ProofOfLife, Settings};
use crate::store::Life;
use crate::terms::{Policy, Rank};

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
