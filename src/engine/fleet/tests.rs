//! Who takes what, and when a modem is late.

use super::*;
use crate::chance::Seeded;
use crate::ids::MessageId;
use crate::terms::Rank;

fn part() -> Submission {
    let message = MessageId::new(Timestamp::from_unix_ms(1), &mut Seeded::new(1));
    Submission { part: PartKey { message, seq: 1 }, rank: Rank(5), pdu: Vec::new(), tpdu_octets: 0, keep: false }
}

const NOW: Timestamp = Timestamp::from_unix_ms(1);

fn identity() -> Identity {
    Identity { imei: "35".to_owned(), iccid: "8938001".to_owned(), ..Identity::default() }
}

#[test]
fn a_modem_takes_one_part_for_each_free_place() {
    let fleet = Fleet::default();
    let mut queue = fleet.join("north");
    assert!(!fleet.submit("35", part(), NOW) && !fleet.can_send() && fleet.views().is_empty());
    fleet.ready("north", &identity(), NOW);
    assert!(fleet.can_send() && !fleet.submit("35", part(), NOW), "ready, and its place is not free yet");
    fleet.free("north");
    assert!(fleet.submit("35", part(), NOW));
    assert!(!fleet.submit("35", part(), NOW), "one part for one place");
    assert!(matches!(queue.try_recv(), Ok(ModemCommand::Submit(_))));
    fleet.free("north");
    fleet.not_ready("north", NOW);
    assert!(!fleet.submit("35", part(), NOW) && !fleet.can_send());
    fleet.leave("north");
    assert!(!fleet.restart("north"));
}

#[test]
fn another_sim_takes_nothing_that_was_meant_for_the_one_before() {
    let fleet = Fleet::default();
    let _queue = fleet.join("north");
    fleet.identified("north", &identity(), NOW);
    assert!(fleet.views().is_empty());
    fleet.ready("north", &identity(), NOW);
    fleet.free("north");
    fleet.identified("north", &identity(), NOW);
    assert!(fleet.can_send(), "the same SIM, told once more");
    let other = Identity { iccid: "8938002".to_owned(), ..identity() };
    fleet.identified("north", &other, NOW);
    assert_eq!((fleet.can_send(), fleet.views()[0].iccid.as_str()), (false, "8938002"));
    assert!(!fleet.submit("35", part(), NOW));
    fleet.ready("north", &other, NOW);
    fleet.free("north");
    assert!(fleet.submit("35", part(), NOW));
}

#[test]
fn a_modem_is_late_with_what_takes_longer_than_it_should_and_with_what_is_not_settled() {
    let fleet = Fleet::default();
    let _queue = fleet.join("north");
    fleet.ready("north", &identity(), NOW);
    fleet.free("north");
    let at = |seconds: i64| NOW.shifted_ms(seconds * 1000);
    let late_from = || fleet.views()[0].late_from;
    let (first, second) = (Submission { part: key(1), ..part() }, Submission { part: key(2), ..part() });
    assert!(fleet.submit("35", first, NOW) && late_from() == Some(at(10)), "twice the guess");
    fleet.free("north");
    assert!(fleet.submit("35", second, at(1)) && late_from() == Some(at(10)), "it is at the first one");
    fleet.is_done_with("north", &key(1), true, at(3));
    assert_eq!((late_from(), fleet.pace("8938001").per_part()), (Some(at(3 + 8)), Duration::from_secs(4)), "the second begins");
    fleet.is_done_with("north", &key(7), true, at(4));
    assert_eq!(late_from(), Some(at(11)), "it never had that one");
    fleet.is_done_with("north", &key(2), false, at(9));
    assert_eq!((late_from(), fleet.pace("8938001").per_part()), (None, Duration::from_secs(4)), "what was refused took no time");
    fleet.unsettled("north", at(10));
    assert_eq!(late_from(), Some(at(10)));
    fleet.settled("north");
    assert_eq!(late_from(), None);
    fleet.unsettled("north", at(10));
    fleet.ready("north", &identity(), at(20));
    assert_eq!(late_from(), None);
}

fn key(seq: u8) -> PartKey {
    PartKey { seq, ..part().part }
}

#[test]
fn a_modem_that_rings_somebody_takes_no_text_and_nobody_else_to_ring_until_it_is_free() {
    let fleet = Fleet::default();
    let mut queue = fleet.join("north");
    let errand = RingErrand { id: 1, number: "+15550100200".to_owned(), ring_for: Duration::from_secs(20) };
    assert!(!fleet.ring("north", errand.clone()) && fleet.ringers().is_empty(), "it is not ready");
    fleet.ready("north", &identity(), NOW);
    assert!(fleet.ring("north", errand.clone()) && !fleet.ring("north", errand.clone()) && fleet.ringers().is_empty());
    assert!(!fleet.submit("35", part(), NOW));
    assert!(matches!(queue.try_recv(), Ok(ModemCommand::Ring(_))));
    fleet.free("north");
    assert!(fleet.submit("35", part(), NOW) && fleet.ring("north", errand), "a text on air keeps nobody from being rung");
}

#[test]
fn an_answer_to_a_command_finds_who_asked() {
    let fleet = Fleet::default();
    assert!(fleet.at("north", "AT".to_owned(), Duration::ZERO).is_none());
    let mut queue = fleet.join("north");
    let mut answer = fleet.at("north", "AT".to_owned(), Duration::ZERO).expect("given");
    let Ok(ModemCommand::At(errand)) = queue.try_recv() else { panic!("a command") };
    fleet.at_ended(errand.id + 1, AtEnd::NotSent { why: "busy" });
    assert!(answer.try_recv().is_err());
    fleet.at_ended(errand.id, AtEnd::Answered { lines: vec!["OK".to_owned()] });
    assert_eq!(answer.try_recv(), Ok(AtEnd::Answered { lines: vec!["OK".to_owned()] }));
    let lost = fleet.at("north", "AT".to_owned(), Duration::ZERO).expect("given");
    fleet.leave("north");
    assert!(lost.blocking_recv().is_err(), "its driver is gone");
}

#[test]
fn those_who_wait_hear_of_changes() {
    let fleet = Fleet::default();
    let mut changes = fleet.changes();
    let _queue = fleet.join("north");
    fleet.ready("north", &identity(), NOW);
    assert!(changes.has_changed().expect("the fleet lives"));
    changes.mark_unchanged();
    fleet.leave("north");
    assert!(changes.has_changed().expect("the fleet lives"));
}
