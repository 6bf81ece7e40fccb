//! When a message should be on air: what the rows and the modems say, and that a long queue is not walked for it.

use std::time::Duration;

use super::{MODEM, PERSON, Rig, SIM, plain};
use crate::delivery::pace::Pace;
use crate::engine::accept::{self, NewMessage};
use crate::engine::eta::Outlook;
use crate::engine::fleet::Seat;
use crate::engine::{configure, modems, people, submit};
use crate::ids::{MessageId, PartKey};
use crate::msisdn::Msisdn;
use crate::settings::{Caps, Settings};
use crate::store::{MessageFilter, Paging};
use crate::terms::{Policy, Rank};
use crate::time::Timestamp;

const OTHER: &str = "8938002";

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.has_modem(MODEM, SIM);
    rig.run(|work| modems::ready(work, MODEM));
    rig
}

fn caps(rig: &mut Rig, caps: Caps) {
    rig.run(|work| configure::settings(work, &Settings { caps, ..work.book.settings.clone() }));
}

/// A SIM in a modem that can send, which took so long for its parts.
fn seat(iccid: &str, part_ms: u64) -> Seat {
    let mut pace = Pace::default();
    (0..1_000).for_each(|_| pace.took(Duration::from_millis(part_ms)));
    Seat { iccid: iccid.to_owned(), ready: true, since: super::START, in_hand: 0, pace }
}

fn send(rig: &mut Rig, new: &NewMessage) -> MessageId {
    rig.run(|work| accept::message(work, new)).answer.id
}

fn seconds(rig: &Rig, at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| (at.ms_since(rig.now) + 500) / 1000)
}

/// Whole seconds until a message should be on air.
fn eta(rig: &mut Rig, seats: &[Seat], id: MessageId) -> Option<i64> {
    let at = rig.run(|work| {
        let lanes = work.tx.lanes_now()?;
        Ok(Outlook { reader: work.tx, lanes: &lanes, seats, now: work.now }.of_message(work.book, id)?)
    });
    seconds(rig, at)
}

/// Whole seconds until all that waits should be.
fn whole(rig: &mut Rig, seats: &[Seat]) -> Option<i64> {
    let at = rig.run(|work| {
        let lanes = work.tx.lanes_now()?;
        Ok(Outlook { reader: work.tx, lanes: &lanes, seats, now: work.now }.of_all(&work.book.settings)?)
    });
    seconds(rig, at)
}

fn notice() -> NewMessage {
    plain(Policy::Notice, "The water is back.")
}

#[test]
fn each_message_knows_its_place() {
    let mut rig = rig();
    let ids: Vec<MessageId> = (0..30).map(|_| send(&mut rig, &notice())).collect();
    let one = [seat(SIM, 2_000)];
    assert_eq!((eta(&mut rig, &one, ids[0]), eta(&mut rig, &one, ids[29]), whole(&mut rig, &one)), (Some(2), Some(60), Some(60)));
    let two = [seat(SIM, 2_000), seat(OTHER, 4_000)];
    assert_eq!((eta(&mut rig, &two, ids[29]), whole(&mut rig, &two)), (Some(40), Some(40)), "a slow one helps");
    assert_eq!((eta(&mut rig, &[], ids[0]), whole(&mut rig, &[])), (None, None), "no modem can send");
    let away = [Seat { ready: false, ..seat(SIM, 2_000) }];
    assert_eq!(eta(&mut rig, &away, ids[0]), None);
    let alarm = send(&mut rig, &plain(Policy::Alarm, "Pump 7 stands."));
    assert_eq!((eta(&mut rig, &one, alarm), eta(&mut rig, &one, ids[29])), (Some(2), Some(62)), "an alarm overtakes them");
    let named = send(&mut rig, &NewMessage { sim: Some(OTHER.to_owned()), ..notice() });
    assert_eq!((eta(&mut rig, &one, named), eta(&mut rig, &two, named)), (None, Some(44)), "its SIM cannot send");
    rig.run(|work| accept::cancel(work, ids[3], "a test"));
    assert_eq!((eta(&mut rig, &one, ids[3]), eta(&mut rig, &one, ids[29])), (None, Some(60)), "what is withdrawn waits for nothing");
}

#[test]
fn a_text_of_several_parts_is_on_air_with_its_last() {
    let mut rig = rig();
    let long = send(&mut rig, &plain(Policy::Notice, &"The water is back. ".repeat(20)));
    let (one, two) = ([seat(SIM, 2_000)], [seat(SIM, 2_000), seat(OTHER, 2_000)]);
    assert_eq!((eta(&mut rig, &one, long), eta(&mut rig, &two, long)), (Some(6), Some(6)));
    let first = PartKey { message: long, seq: 1 };
    rig.run(|work| submit::claim(work, &first, SIM).map(drop));
    let busy = [Seat { in_hand: 1, ..seat(SIM, 2_000) }, seat(OTHER, 2_000)];
    assert_eq!(eta(&mut rig, &busy, long), Some(6), "one in hand, and two behind it on the same SIM");
}

#[test]
fn caps_and_times_are_kept() {
    let mut rig = rig();
    caps(&mut rig, Caps { minute: 10, day: 0, month: 0, recipients: 0 });
    let ids: Vec<MessageId> = (0..25).map(|_| send(&mut rig, &notice())).collect();
    let one = [seat(SIM, 2_000)];
    assert_eq!((eta(&mut rig, &one, ids[9]), eta(&mut rig, &one, ids[10]), whole(&mut rig, &one)), (Some(20), Some(62), Some(130)));
    let at_six = rig.now.plus(Duration::from_hours(8));
    let later = send(&mut rig, &NewMessage { not_before: Some(at_six), ..notice() });
    assert_eq!((eta(&mut rig, &one, later), whole(&mut rig, &one)), (Some(8 * 3_600 + 2), Some(8 * 3_600 + 2)));
    let behind = send(&mut rig, &NewMessage { not_before: Some(at_six), ..notice() });
    assert_eq!((eta(&mut rig, &one, behind), whole(&mut rig, &one)), (Some(8 * 3_600 + 4), Some(8 * 3_600 + 4)));
    caps(&mut rig, Caps { minute: 0, day: 5, month: 0, recipients: 0 });
    let midnight = 14 * 3_600;
    assert_eq!((eta(&mut rig, &one, ids[4]), eta(&mut rig, &one, ids[5])), (Some(10), Some(midnight + 2)));
    let alarm = send(&mut rig, &plain(Policy::Alarm, "Pump 7 stands."));
    assert_eq!(eta(&mut rig, &one, alarm), Some(2), "no cap holds an alarm");
}

/// A text whose SIM is away waits for it a while, and then takes another.
#[test]
fn a_wish_is_waited_for() {
    let mut rig = rig();
    let id = send(&mut rig, &notice());
    rig.run(|work| submit::claim(work, &PartKey { message: id, seq: 1 }, SIM).map(drop));
    let super::Begin::Go { attempt } = rig.run(|work| submit::begin_attempt(work, &PartKey { message: id, seq: 1 }, SIM, MODEM)) else {
        panic!("it may leave")
    };
    rig.run(|work| submit::submitted(work, &PartKey { message: id, seq: 1 }, attempt, 1));
    let next = send(&mut rig, &notice());
    let away = [Seat { ready: false, since: rig.now, ..seat(SIM, 2_000) }, seat(OTHER, 2_000)];
    assert_eq!(eta(&mut rig, &away, next), Some(302));
    assert_eq!(eta(&mut rig, &[seat(SIM, 2_000), seat(OTHER, 2_000)], next), Some(2));
    let alarm = send(&mut rig, &plain(Policy::Alarm, "Pump 7 stands."));
    assert_eq!(eta(&mut rig, &away, alarm), Some(2), "an alarm does not wait for it");
}

/// A question that would leave in the night waits for the hours of its lane.
#[test]
fn quiet_hours_are_kept() {
    let mut rig = rig();
    rig.past_due();
    let queued = rig.read(|reader| Ok(reader.messages(&MessageFilter::default(), Paging::newest(1))?.items.remove(0)));
    let night = eta(&mut rig, &[seat(SIM, 12 * 3_600_000)], queued.id).expect("a SIM can send");
    assert_eq!(night, (22 + 12) * 3_600, "not at ten in the evening: from eight in the morning on");
    assert_eq!(eta(&mut rig, &[seat(SIM, 2_000)], queued.id), Some(2));
}

/// Beyond what is counted, the place between the ends of the lane tells; a part far behind costs no more than one in front.
#[test]
fn a_long_lane_is_not_walked() {
    let mut rig = rig();
    let ids: Vec<MessageId> = (0..2_000).map(|_| send(&mut rig, &notice())).collect();
    let one = [seat(SIM, 1_000)];
    for (n, want) in [(0, 1), (998, 999), (1_500, 1_501), (1_999, 2_000)] {
        let got = eta(&mut rig, &one, ids[n]).expect("a SIM can send");
        assert!((got - want).abs() <= 2, "number {n}: {got} s");
    }
}

/// A text that is worth nothing by the time it could leave has no such time.
#[test]
fn what_ends_before_it_could_leave_is_never_on_air() {
    let mut rig = rig();
    let one = [seat(SIM, 2_000)];
    (0..30).for_each(|_| {
        send(&mut rig, &notice());
    });
    for (ends_s, want) in [(61, None), (62, Some(62)), (63, Some(62))] {
        let ends = NewMessage { expires_at: Some(rig.now.plus(Duration::from_secs(ends_s))), ..notice() };
        assert_eq!(planned(&mut rig, &one, &ends), want, "before it is accepted: {ends_s} s");
        let id = send(&mut rig, &ends);
        assert_eq!(eta(&mut rig, &one, id), want, "worth something for {ends_s} s");
        rig.run(|work| accept::cancel(work, id, "a test"));
    }
}

/// Nobody knows when a person gives a thread back.
#[test]
fn what_a_person_holds_back_has_no_time() {
    let mut rig = rig();
    let bill = rig.past_due().messages[0];
    let one = [seat(SIM, 2_000)];
    assert_eq!(eta(&mut rig, &one, bill), Some(2));
    let person = Msisdn::from_e164(PERSON).expect("a number");
    rig.run(|work| people::take_thread(work, &person, "anna", "billing"));
    assert_eq!(eta(&mut rig, &one, bill), None, "before the dispatcher has seen it");
    rig.run(|work| submit::claim(work, &PartKey { message: bill, seq: 1 }, SIM).map(drop));
    assert_eq!(eta(&mut rig, &one, bill), None, "and after");
    rig.run(|work| people::release_thread(work, &person, "anna"));
    assert!(eta(&mut rig, &one, bill).is_some(), "it leaves again");
}

/// Alarms leave at the cap of a day, and what they use up of it is missing for the rest.
#[test]
fn alarms_wait_for_no_day() {
    let mut rig = rig();
    caps(&mut rig, Caps { minute: 0, day: 5, month: 0, recipients: 0 });
    let one = [seat(SIM, 2_000)];
    for _ in 0..10 {
        send(&mut rig, &plain(Policy::Alarm, "Pump 7 stands."));
    }
    assert_eq!(whole(&mut rig, &one), Some(20), "alarms alone");
    let notice = send(&mut rig, &notice());
    let tomorrow = 14 * 3_600 + 2;
    assert_eq!((eta(&mut rig, &one, notice), whole(&mut rig, &one)), (Some(tomorrow), Some(tomorrow)), "and no day later");
}

/// The cap of a minute is no matter of an alarm, whatever its rank.
#[test]
fn an_alarm_of_a_lower_rank_is_told_without_the_cap_of_a_minute() {
    let mut rig = rig();
    caps(&mut rig, Caps { minute: 1, day: 0, month: 0, recipients: 0 });
    let one = [seat(SIM, 2_000)];
    (0..5).for_each(|_| {
        send(&mut rig, &NewMessage { rank: Some(Rank(3)), ..notice() });
    });
    let outage = NewMessage { rank: Some(Rank(3)), ..plain(Policy::Alarm, "Feeder 12 is off.") };
    assert_eq!(planned(&mut rig, &one, &outage), Some(12));
    let id = send(&mut rig, &outage);
    assert_eq!(eta(&mut rig, &one, id), Some(12));
    assert!(eta(&mut rig, &one, id) < whole(&mut rig, &one), "the others wait for their minutes");
}

/// Whole seconds until a message would be on air, as its sender is told.
fn planned(rig: &mut Rig, seats: &[Seat], new: &NewMessage) -> Option<i64> {
    let at = rig.run(|work| {
        let lanes = work.tx.lanes_now()?;
        Ok(Outlook { reader: work.tx, lanes: &lanes, seats, now: work.now }.of_new(work.book, new)?)
    });
    seconds(rig, at)
}

/// What a sender is told beforehand is what is said of the text once it waits.
#[test]
fn a_text_is_told_the_same_before_and_behind_its_acceptance() {
    let mut rig = rig();
    let first = send(&mut rig, &notice());
    rig.send(first, 1);
    let later = Some(rig.now.plus(Duration::from_hours(8)));
    (0..20).for_each(|n| {
        send(&mut rig, &NewMessage { not_before: later.filter(|_| n % 3 == 0), to: format!("+3805011100{n:02}"), ..notice() });
    });
    let stranger = "+380501119999".to_owned();
    let two = [seat(SIM, 19_000), seat(OTHER, 2_000)];
    let table = [
        ("to somebody this SIM has texted", notice()),
        ("to a stranger", NewMessage { to: stranger.clone(), ..notice() }),
        ("as it is dialed here", NewMessage { to: "050 111 9999".to_owned(), ..notice() }),
        ("of three parts", plain(Policy::Notice, &"The water is back. ".repeat(20))),
        ("on a SIM", NewMessage { sim: Some(OTHER.to_owned()), ..notice() }),
        ("on a SIM that is not there", NewMessage { sim: Some("8938009".to_owned()), ..notice() }),
        ("an alarm", plain(Policy::Alarm, "Pump 7 stands.")),
        ("of the last rank", NewMessage { rank: Some(Rank(9)), ..notice() }),
        ("for later", NewMessage { not_before: later, ..notice() }),
    ];
    for (name, new) in table {
        let before = planned(&mut rig, &two, &new);
        let id = send(&mut rig, &new);
        assert_eq!(before, eta(&mut rig, &two, id), "{name}");
        assert_eq!(before.is_none(), name == "on a SIM that is not there", "{name}");
        rig.run(|work| accept::cancel(work, id, "a test"));
    }
    let nowhere = NewMessage { to: "nobody".to_owned(), ..notice() };
    assert_eq!(planned(&mut rig, &two, &nowhere), None, "its refusal is told where it is accepted");
}
