//! What one thing costs does not grow with how many others wait: counted in steps of SQLite's machine, not in time.

use std::time::Duration;

use super::{PERSON, Rig, START, plain};
use crate::conversation::effect::{Due, TimerKind};
use crate::delivery::route::ModemView;
use crate::engine::accept::{self, NewMessage};
use crate::engine::session::{self, NewSession};
use crate::engine::{Reject, Work, expire, queue};
use crate::terms::Policy;

type Piece = fn(&mut Work<'_, '_>) -> Result<(), Reject>;

/// A box with so many texts in its queue, as many for tomorrow, and as many open sessions with one more person each.
fn crowd(count: usize) -> Rig {
    let mut rig = Rig::new();
    rig.has_modem("north", super::SIM);
    let tomorrow = START.plus(Duration::from_hours(24));
    for person in 0..count {
        let to = format!("+38050{person:07}");
        rig.run(|work| {
            accept::message(work, &NewMessage { to: to.clone(), ..plain(Policy::Notice, "now") })?;
            accept::message(work, &NewMessage { to: to.clone(), not_before: Some(tomorrow), ..plain(Policy::Notice, "later") })?;
            session::begin(work, &with(to)).map(drop)
        });
    }
    rig
}

fn with(to: String) -> NewSession {
    NewSession { key: Some(to.clone()), to: Some(to), ..super::past_due() }
}

fn free() -> Vec<ModemView> {
    let since = START;
    let (imei, iccid) = ("imei of north".to_owned(), super::SIM.to_owned());
    vec![ModemView { imei, iccid, ready: true, since, busy: false, in_hand: None, ringing: false, last_sent_at: None, late_from: None }]
}

const WORK: &[(&str, Piece)] = &[
    ("a text is accepted", |work| {
        let answer = accept::message(work, &NewMessage { to: PERSON.to_owned(), ..plain(Policy::Notice, "one more") })?.answer;
        assert_eq!(answer.parts, 1);
        Ok(())
    }),
    ("a session begins", |work| session::begin(work, &with(PERSON.to_owned())).map(drop)),
    ("a modem takes a part", |work| {
        assert_eq!(queue::claim(work, &free())?.len(), 1);
        Ok(())
    }),
    ("nothing is due", |work| {
        assert_eq!(expire::due(work)?, 0);
        Ok(())
    }),
    ("what is due next", |work| {
        assert!(expire::next(work.tx)?.is_some() && queue::next_change(work.tx, work.now)?.is_some());
        Ok(())
    }),
];

fn steps(rig: &mut Rig, piece: Piece) -> u64 {
    let Rig { store, now, shelf, chance } = rig;
    let counted = store.count_steps(|store| {
        let done = store.transact(|tx| {
            let book = shelf.book(tx, *now)?;
            piece(&mut Work { tx, now: *now, chance, book: &book })
        });
        done.map(drop)
    });
    counted.expect("not refused")
}

#[test]
fn one_more_costs_the_same_in_a_crowd() {
    // More than the scheduler looks at in one round, in both.
    let (mut few, mut many) = (crowd(120), crowd(600));
    for (name, piece) in WORK {
        let (alone, crowded) = (steps(&mut few, *piece), steps(&mut many, *piece));
        assert!(crowded <= alone + alone / 10, "{name}: {alone} steps among 120, {crowded} among 600");
    }
}

/// One person with so many texts behind them, and a session whose timer is due.
fn past(count: usize) -> Rig {
    let mut rig = Rig::new();
    rig.has_modem("north", super::SIM);
    for _ in 0..count {
        rig.run(|work| accept::message(work, &plain(Policy::Notice, "before")).map(drop));
    }
    let begun = rig.past_due();
    rig.run(|work| Ok(work.tx.set_timer(begun.id, 1, TimerKind::Silence, Due::At(work.now))?));
    rig
}

/// What only a reply is judged by is counted when there is one.
#[test]
fn a_timer_costs_the_same_whatever_was_texted_before() {
    let fires: Piece = |work| {
        assert_eq!(expire::due(work)?, 1);
        Ok(())
    };
    let (few, many) = (steps(&mut past(60), fires), steps(&mut past(600), fires));
    assert!(many <= few + few / 10, "{few} steps behind 60 texts, {many} behind 600");
}
