//! The loop that lets time pass: timers, joins, doubts, validity. It sleeps until the next of them is due.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::{STORE_PAUSE, sleep_until, stopped};
use crate::engine::{Engine, Reject, Work, clock, expire};
use crate::store::{ClockJump, Newest, Queue};
use crate::time::{Tick, Timestamp};

/// Messages without a report and old idempotency keys have no due time of their own: they are looked for this often.
const SWEEP: Duration = Duration::from_mins(1);

/// How many rows of each kind one job takes on: as many as take [`Pace::AIM`] on this machine, so that a thousand timers of one
/// instant fire soon, and no text that comes meanwhile waits for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace(pub(super) u32);

impl Pace {
    const AIM: Duration = Duration::from_millis(20);
    /// From a card that stalls to a machine that none of this troubles.
    const ROWS: RangeInclusive<u32> = 10..=500;

    /// What the next job takes on, after one that did `done` things in this time.
    pub(super) fn after(self, done: usize, took: Duration) -> Self {
        let Self(chunk) = self;
        let slow = took > Self::AIM;
        let full = done >= chunk as usize;
        let next = match (slow, full) {
            (true, _) => chunk / 2,
            // Half as many again take less than the time by then.
            (false, true) if took * 3 < Self::AIM * 2 => chunk + chunk / 2,
            (false, _) => chunk,
        };
        Self(next.clamp(*Self::ROWS.start(), *Self::ROWS.end()))
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self(expire::CHUNK)
    }
}

/// Runs until `stopping` says so.
pub async fn expiry(engine: Engine, beat: Arc<AtomicU64>, mut stopping: watch::Receiver<bool>) {
    let mut pulse = engine.pulse();
    let (mut swept, mut before) = (None, None);
    loop {
        beat.fetch_add(1, Ordering::Relaxed);
        pulse.mark_unchanged();
        let sleep = match round(&engine, &mut swept, &mut before, &beat).await {
            Ok(next) => sleep_until(next, engine.now()),
            Err(reject) => {
                tracing::warn!(%reject, "Timers wait for the store: {reject}");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = stopped(&mut stopping) => return,
            changed = pulse.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Does what is due and says when something is due next. After an outage that may take minutes: each job is a sign of life.
/// `before`: the newest rows that the daemon has found.
pub(super) async fn round(
    engine: &Engine,
    swept: &mut Option<Tick>,
    before: &mut Option<Newest>,
    beat: &AtomicU64,
) -> Result<Option<Timestamp>, Reject> {
    let before = match before {
        Some(before) => &*before,
        None => &*before.insert(engine.read(|reader| reader.newest_rows()).await?),
    };
    follow(engine, before).await?;
    let tick = engine.clock().tick();
    let sweep = swept.is_none_or(|last| tick.since(last) >= SWEEP);
    let next = engine.read(expire::next).await?;
    if !sweep && next.is_none_or(|at| at > engine.now()) {
        return Ok(next);
    }
    let mut pace = Pace::default();
    loop {
        let (done, took) = pass(engine, pace).await?;
        if done == 0 {
            break;
        }
        pace = pace.after(done, took);
        beat.fetch_add(1, Ordering::Relaxed);
    }
    *swept = Some(tick);
    // What could not be done is still due: it is looked at again, after a pause.
    let soonest = engine.now().plus(STORE_PAUSE);
    Ok(engine.read(expire::next).await?.map(|at| at.max(soonest)))
}

/// One job; how much it did, and how long it held the writer.
async fn pass(engine: &Engine, Pace(chunk): Pace) -> Result<(usize, Duration), Reject> {
    let clock = engine.clock();
    let job = move |work: &mut Work<'_, '_>| {
        let began = clock.tick();
        let done = expire::due_at_most(work, chunk)?;
        Ok((done, clock.tick().since(began)))
    };
    Ok(engine.run_named("let time pass", Queue::Others, job).await?.into_inner())
}

/// The wall clock was set: what waits is moved with it, and in the same transaction the time of the box. It may be set again
/// while that is written.
async fn follow(engine: &Engine, before: &Newest) -> Result<(), Reject> {
    while let Some(by_ms) = engine.steady().follow() {
        tracing::warn!(by_ms, "The clock was set by {} s: what waits keeps the time it had left", by_ms / 1000);
        let (steady, mark) = (engine.steady(), engine.steady().mark());
        let before = before.clone();
        let moved = engine.run(Queue::Others, move |work| {
            clock::jumped(work, &ClockJump { from: work.now, by_ms, before })?;
            steady.shift(by_ms);
            Ok(())
        });
        if let Err(reject) = moved.await {
            engine.steady().back_to(mark);
            return Err(reject);
        }
    }
    Ok(())
}
