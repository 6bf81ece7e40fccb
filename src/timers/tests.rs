//! The loops on a store on disk, round by round.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempDir;

use super::errands::NotGiven;
use super::expiry::Pace;
use super::{dispatcher, errands, expiry, sleep_until};
use crate::delivery::schedule::Claim;
use crate::engine::accept::{self, NewMessage};
use crate::engine::fleet::Fleet;
use crate::engine::ring::{self, NewRing};
use crate::engine::{Engine, Reject, configure};
use crate::ids::PartKey;
use crate::modem::io::Identity;
use crate::settings::Settings;
use crate::store::{Queue, Store, Writer};
use crate::terms::{PartState, Policy, RingState};
use crate::text::Text;
use crate::time::{Clock, Tick, Timestamp};

const START: i64 = 1_795_428_000_000;

/// A clock that a test sets.
struct Set(AtomicI64, AtomicU64);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }

    fn tick(&self) -> Tick {
        Tick::from_nanos(self.1.load(Ordering::SeqCst))
    }
}

struct Rig {
    engine: Engine,
    clock: Arc<Set>,
    thread: Option<JoinHandle<()>>,
    _dir: TempDir,
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let (writer, thread) = Writer::start(Store::open(dir.path()).expect("a store")).expect("a writer");
        let clock = Arc::new(Set(AtomicI64::new(START), AtomicU64::new(0)));
        let engine = Engine::new(writer, Arc::<Set>::clone(&clock)).expect("readers");
        let settings = Settings { country: "UA".to_owned(), ..Settings::default() };
        engine.run_blocking(Queue::Others, move |work| configure::settings(work, &settings)).expect("settings");
        Self { engine, clock, thread: Some(thread), _dir: dir }
    }

    /// So many texts that are worthless after an hour.
    fn accept(&self, count: usize) -> Vec<PartKey> {
        let expires_at = Some(Timestamp::from_unix_ms(START + 3_600_000));
        let job = move |work: &mut crate::engine::Work<'_, '_>| {
            let message = NewMessage { expires_at, ..plain() };
            (0..count)
                .map(|_| Ok(PartKey { message: accept::message(work, &message)?.answer.id, seq: 1 }))
                .collect::<Result<Vec<PartKey>, Reject>>()
        };
        self.engine.run_blocking(Queue::Others, job).expect("accepted").into_inner()
    }

    async fn states(&self, keys: &[PartKey]) -> Vec<PartState> {
        let keys = keys.to_vec();
        let read = self.engine.read(move |reader| keys.iter().map(|key| Ok(reader.part(key)?.expect("a part").state)).collect());
        read.await.expect("readable")
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.engine.writer().close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn plain() -> NewMessage {
    NewMessage {
        to: "+380501112233".to_owned(),
        text: Text::new("hello"),
        policy: Policy::Notice,
        rank: None,
        category: None,
        not_before: None,
        expires_at: None,
        sim: None,
        parts_max: None,
        class: None,
        report: true,
        replaces: None,
        tags: Vec::new(),
        source: "test".to_owned(),
        idempotency: None,
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn after_an_outage_every_job_is_a_sign_of_life() {
    let rig = Rig::new();
    let keys = rig.accept(400);
    rig.clock.0.fetch_add(7_200_000, Ordering::SeqCst);
    let beat = AtomicU64::new(0);
    let states = run(async {
        expiry::round(&rig.engine, &mut None, &mut None, &beat).await.expect("a round");
        rig.states(&keys).await
    });
    assert!(states.iter().all(|state| *state == PartState::Expired));
    assert!(beat.load(Ordering::Relaxed) >= 3, "400 messages are at least three jobs");
}

#[test]
fn what_no_modem_takes_waits_again() {
    let rig = Rig::new();
    let keys = rig.accept(2);
    let fleet = Fleet::default();
    for (name, number) in [("north", "1"), ("south", "2")] {
        // Its supervisor has ended: nobody reads this queue.
        drop(fleet.join(name));
        let identity = Identity { imei: number.to_owned(), iccid: number.to_owned(), ..Identity::default() };
        fleet.ready(name, &identity, rig.engine.now());
        fleet.free(name);
    }
    let mut back = Vec::new();
    let states = run(async {
        dispatcher::round(&rig.engine, &fleet, &mut back).await.expect("a round");
        rig.states(&keys).await
    });
    assert_eq!((states, back), (vec![PartState::Queued; 2], Vec::new()));
}

#[test]
fn what_cannot_be_given_back_now_is_given_back_later() {
    let rig = Rig::new();
    let claim = |key: &PartKey| Claim { part: *key, imei: "1".to_owned(), iccid: "1".to_owned() };
    let mut back: Vec<Claim> = rig.accept(3).iter().map(claim).collect();
    rig.engine.writer().close();
    run(dispatcher::give_back(&rig.engine, &mut back)).expect_err("the store takes nothing");
    assert_eq!(back.len(), 3, "none is forgotten");
}

#[test]
fn a_telephone_that_no_modem_took_is_noted_as_not_rung_once_the_store_takes_that() {
    let rig = Rig::new();
    let mut not_given = NotGiven { rings: vec![7, 9], ..NotGiven::default() };
    rig.engine.writer().close();
    run(errands::note_not_given(&rig.engine, &mut not_given)).expect_err("the store takes nothing");
    assert_eq!(not_given.rings, [7, 9], "none is forgotten");
    let rig = Rig::new();
    let new = NewRing { to: "+380501112233".to_owned(), seconds: 20, times: 1, pause: 0, sim: None, source: "test".to_owned() };
    let list = rig.engine.run_blocking(Queue::Others, move |work| ring::order(work, &new)).expect("taken").into_inner();
    let fleet = Fleet::default();
    // Its supervisor has ended: nobody reads this queue.
    drop(fleet.join("north"));
    let identity = Identity { imei: "1".to_owned(), iccid: "1".to_owned(), ..Identity::default() };
    fleet.ready("north", &identity, rig.engine.now());
    let mut not_given = NotGiven::default();
    run(errands::ring_round(&rig.engine, &fleet, &mut not_given)).expect("a round");
    let rows = run(rig.engine.read(move |reader| reader.rings_of_list(list))).expect("readable");
    assert_eq!((rows[0].state, rows[0].refusals, not_given), (RingState::Waiting, 1, NotGiven::default()));
}

#[test]
fn a_code_that_no_modem_took_is_noted_as_not_sent_once_the_store_takes_that() {
    let rig = Rig::new();
    let codes = vec![("north".to_owned(), 7), ("south".to_owned(), 9)];
    let mut not_given = NotGiven { codes: codes.clone(), ..NotGiven::default() };
    rig.engine.writer().close();
    run(errands::note_not_given(&rig.engine, &mut not_given)).expect_err("the store takes nothing");
    assert_eq!(not_given.codes, codes, "none is forgotten");
}

/// Texts worth one hour; the clock is set by so much, and then an hour and a bit goes by.
fn check_jump(by_ms: i64) {
    let rig = Rig::new();
    let (beat, mut swept, mut watch) = (AtomicU64::new(0), None, None);
    let pass = |ms: u64| {
        rig.clock.0.fetch_add(ms as i64, Ordering::SeqCst);
        rig.clock.1.fetch_add(ms * 1_000_000, Ordering::SeqCst);
    };
    run(async { expiry::round(&rig.engine, &mut swept, &mut watch, &beat).await.expect("a round") });
    pass(1_000);
    let keys = rig.accept(1);
    run(async {
        expiry::round(&rig.engine, &mut swept, &mut watch, &beat).await.expect("a round");
        pass(5_000);
        rig.clock.0.fetch_add(by_ms, Ordering::SeqCst);
        expiry::round(&rig.engine, &mut swept, &mut watch, &beat).await.expect("a round");
        assert_eq!(rig.states(&keys).await, [PartState::Queued], "by {by_ms}: it keeps its hour");
        let now = rig.engine.now();
        let due = rig.engine.read(move |reader| reader.due_parts(now, 9)).await.expect("readable");
        assert_eq!(due.len(), 1, "by {by_ms}: it can leave");
        pass(3_600_000);
        expiry::round(&rig.engine, &mut swept, &mut watch, &beat).await.expect("a round");
        assert_eq!(rig.states(&keys).await, [PartState::Expired], "by {by_ms}: and no longer");
    });
}

#[test]
fn what_waits_keeps_its_time_when_the_clock_is_set() {
    for by_ms in [0, 86_400_000, -86_400_000] {
        check_jump(by_ms);
    }
}

#[test]
fn a_loop_sleeps_until_the_next_due_time_and_never_too_long() {
    let now = Timestamp::from_unix_ms(10_000);
    for (at_ms, sleep_ms) in [(Some(10_250), 250), (Some(9_000), 0), (Some(90_000), 5_000), (None, 5_000)] {
        assert_eq!(sleep_until(at_ms.map(Timestamp::from_unix_ms), now), Duration::from_millis(sleep_ms), "{at_ms:?}");
    }
}

#[test]
fn a_job_takes_on_what_this_machine_does_in_a_moment() {
    for (before, done, took_ms, after) in [
        (100, 100, 5, 150),
        (100, 130, 13, 150),
        (100, 100, 14, 100),
        // It was not full: nothing is known of more.
        (100, 99, 1, 100),
        (100, 100, 21, 50),
        (100, 3, 400, 50),
        (15, 15, 400, 10),
        (10, 10, 400, 10),
        (400, 400, 5, 500),
        (500, 500, 5, 500),
    ] {
        let pace = Pace(before).after(done, Duration::from_millis(took_ms));
        assert_eq!(pace, Pace(after), "{done} of {before} in {took_ms} ms");
    }
}
