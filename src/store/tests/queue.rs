//! The queue: what is kept beside its rows agrees with them, and work in front of it does not grow with its length.

use std::collections::BTreeMap;
use std::time::Duration;

use super::NOW;
use super::rows::message;
use crate::chance::Seeded;
use crate::ids::PartKey;
use crate::msisdn::Msisdn;
use crate::store::{Error, Message, MessageFilter, Paging, Part, Store, Tx};
use crate::terms::{MessageState, PartState, Rank, Word as _};
use crate::time::Timestamp;

fn part(message: &Message, wish: Option<&str>, rank: u8, due_at: Timestamp) -> Part {
    let key = PartKey { message: message.id, seq: 1 };
    Part {
        wish: wish.map(str::to_owned),
        due_at,
        deferred: due_at > NOW,
        ..Part::queued(key, message.n, &message.to, Rank(rank), vec![0; 20], NOW)
    }
}

/// Writes one text with one part.
fn queue(tx: &mut Tx<'_>, seed: u64, wish: Option<&str>, rank: u8, due_at: Timestamp) -> Result<PartKey, Error> {
    let mut message = Message { expires_at: Some(NOW.plus(Duration::from_hours(72))), ..message(seed) };
    message.n = tx.insert_message(&message)?;
    let part = part(&message, wish, rank, due_at);
    tx.insert_part(&part)?;
    Ok(part.key)
}

type Counts = BTreeMap<(String, Rank, bool), u64>;

fn counted(store: &Store) -> Counts {
    let sql = "SELECT COALESCE(wish, ''), rank, deferred, COUNT(*) FROM part WHERE state = 'queued' GROUP BY 1, 2, 3";
    let mut statement = store.connection.prepare(sql).expect("sound");
    let rows =
        statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get::<_, i64>(3)? as u64))).expect("readable");
    rows.map(|row| row.expect("a row")).collect()
}

fn check_counts(store: &mut Store, seed: u64) {
    let kept = store.transact::<_, Error>(|tx| tx.lanes_now()).expect("readable").into_inner();
    let kept: Counts = kept.into_iter().map(|count| ((count.lane, count.rank, count.deferred), count.parts)).collect();
    assert_eq!(kept, counted(store), "seed {seed}");
}

/// One change that a part may undergo, whatever the engine would make of it.
fn change(tx: &mut Tx<'_>, chance: &mut Seeded, keys: &mut Vec<PartKey>, name: u64) -> Result<(), Error> {
    let mut pick = |many: u64| chance.below(many);
    let due_at = NOW.shifted_ms([0, 0, 5_000, 9_000][pick(4) as usize]);
    match pick(8) {
        0..=2 => {
            let wish = [None, Some("A"), Some("B")][pick(3) as usize];
            keys.push(queue(tx, name, wish, 1 + pick(9) as u8, due_at)?);
        }
        3 => drop(tx.take_up_deferred(NOW.shifted_ms(6_000), 1 + pick(3) as u32)?),
        _ if keys.is_empty() => {}
        _ => {
            let key = keys[pick(keys.len() as u64) as usize];
            let mut part = tx.part(&key)?.expect("a part");
            part.state = PartState::WORDS[pick(PartState::WORDS.len() as u64) as usize].0;
            part.due_at = due_at;
            tx.save_part(&part)?;
        }
    }
    Ok(())
}

#[test]
fn the_counts_of_the_queue_are_those_of_its_rows() {
    for seed in 0..20 {
        let dir = tempfile::tempdir().expect("a directory");
        let mut store = Store::open(dir.path()).expect("a store");
        let mut chance = Seeded::new(seed);
        let mut keys = Vec::new();
        for round in 0..40 {
            let (undone, apart_undone) = (chance.below(4) == 0, chance.below(4) == 0);
            let known = keys.clone();
            let done = store.transact::<_, Error>(|tx| {
                change(tx, &mut chance, &mut keys, seed * 10_000 + round * 10)?;
                let before = keys.clone();
                tx.begin_apart()?;
                change(tx, &mut chance, &mut keys, seed * 10_000 + round * 10 + 1)?;
                tx.end_apart(!apart_undone)?;
                if apart_undone {
                    keys = before;
                }
                if undone { Err(Error::Closed) } else { Ok(()) }
            });
            if done.is_err() {
                keys = known;
            }
            check_counts(&mut store, seed);
        }
        drop(store);
        check_counts(&mut Store::open(dir.path()).expect("the same store"), seed);
    }
}

/// Steps of SQLite's machine that a piece of work takes.
fn steps<T>(store: &mut Store, work: impl FnOnce(&mut Tx<'_>) -> Result<T, Error>) -> u64 {
    store.count_steps(|store| store.transact(|tx| work(tx)).map(drop)).expect("it works")
}

/// A store where so many texts wait in a lane each, for any SIM and for one, and as many until tomorrow.
fn long(count: u64) -> Store {
    let mut store = Store::in_memory().expect("a store");
    let tomorrow = NOW.plus(Duration::from_hours(24));
    store
        .transact::<_, Error>(|tx| {
            let to = Msisdn::from_e164(SOMEBODY).expect("a number");
            tx.insert_message(&Message { to, state: MessageState::Delivered, ..message(888_888_888) })?;
            for seed in 0..count {
                queue(tx, seed * 3, None, 5, NOW)?;
                queue(tx, seed * 3 + 1, Some("A"), 5, NOW)?;
                queue(tx, seed * 3 + 2, Some("A"), 5, tomorrow)?;
            }
            Ok(())
        })
        .expect("rows");
    store
}

const LIMIT: u32 = 10;

type Piece = fn(&mut Tx<'_>) -> Result<(), Error>;

/// Somebody who got the first text of all, before so many others.
const SOMEBODY: &str = "+15550100300";

/// What is done about the queue for one more text, or for one that leaves.
const WORK: &[(&str, Piece)] = &[
    ("what may leave", |tx| {
        assert_eq!(tx.due_parts(NOW, LIMIT)?.len(), 2 * LIMIT as usize);
        Ok(())
    }),
    ("when more may leave", |tx| {
        assert!(tx.next_part_due(NOW)?.is_some() && tx.next_deferred()?.is_some());
        Ok(())
    }),
    ("who is ahead", |tx| {
        assert_eq!(tx.lanes_now()?.len(), 3);
        let newest = Paging::newest(1);
        let message =
            tx.messages(&MessageFilter { state: Some(MessageState::Queued), ..MessageFilter::default() }, newest)?.items.remove(0);
        let last = tx.parts_of(message.id)?.remove(0);
        assert_eq!(tx.parts_before(Some("A"), &last.place(), 50)?, 50);
        assert!(tx.ends_of_lane(None, Rank(5))?.is_some_and(|(first, last)| first < last) && tx.last_deferred()?.is_some());
        assert_eq!(tx.deferred_before(&last.place(), NOW.plus(Duration::from_hours(24)), 50)?.len(), 50);
        Ok(())
    }),
    ("one more", |tx| queue(tx, 999_999_999, None, 5, NOW).map(drop)),
    ("one more for tomorrow", |tx| queue(tx, 999_999_998, None, 5, NOW.plus(Duration::from_hours(24))).map(drop)),
    ("one leaves", |tx| {
        let key = tx.due_parts(NOW, 1)?[0].key;
        let part = tx.part(&key)?.expect("a part");
        tx.save_part(&Part { state: PartState::Claimed, claimed_sim: Some("A".to_owned()), ..part })
    }),
    ("one waits again", |tx| {
        let part = tx.claimed_parts(None)?.remove(0);
        tx.save_part(&Part { state: PartState::Queued, due_at: NOW.shifted_ms(1), ..part })
    }),
    ("what was put off is taken up", |tx| {
        assert_eq!(tx.take_up_deferred(NOW.shifted_ms(1), 100)?, 1);
        Ok(())
    }),
    ("a person's texts", |tx| {
        let to = Some(Msisdn::from_e164(SOMEBODY).expect("a number"));
        let thread = tx.messages(&MessageFilter { to, state: None }, Paging::newest(100))?;
        assert_eq!(thread.items.len(), 1);
        Ok(())
    }),
    ("what is overdue", |tx| {
        let due = (tx.due_doubts(NOW, 100)?.len(), tx.next_doubt_due()?, tx.expired_messages(NOW, 100)?.len());
        assert_eq!(due, (0, None, 0));
        tx.next_message_expiry().map(|at| assert!(at.is_some()))
    }),
];

#[test]
fn work_does_not_grow_with_the_queue() {
    let (mut short, mut long) = (long(100), long(10_000));
    for (name, work) in WORK {
        let (few, many) = (steps(&mut short, work), steps(&mut long, work));
        assert!(many <= few + few / 10, "{name}: {few} steps with 300 in the queue, {many} with 30,000");
    }
}
