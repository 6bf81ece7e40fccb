//! The loop that lets time pass: timers, joins, doubts, validity. It sleeps until the next of them is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::jump::Watch;
use super::{STORE_PAUSE, sleep_until, stopped};
use crate::engine::{Engine, Reject, Work, expire};
use crate::store::Queue;
use crate::time::{Tick, Timestamp};

/// Messages without a report and old idempotency keys have no due time of their own: they are looked for this often.
const SWEEP: Duration = Duration::from_mins(1);

/// Runs until `stopping` says so.
pub async fn expiry(engine: Engine, beat: Arc<AtomicU64>, mut stopping: watch::Receiver<bool>) {
    let mut pulse = engine.pulse();
    let (mut swept, mut watch) = (None, None);
    loop {
        beat.fetch_add(1, Ordering::Relaxed);
        pulse.mark_unchanged();
        let sleep = match round(&engine, &mut swept, &mut watch, &beat).await {
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
pub(super) async fn round(
    engine: &Engine,
    swept: &mut Option<Tick>,
    watch: &mut Option<Watch>,
    beat: &AtomicU64,
) -> Result<Option<Timestamp>, Reject> {
    let watch = match watch {
        Some(watch) => watch,
        None => watch.insert(Watch::new(engine.now(), engine.clock().tick(), engine.read(|reader| reader.newest_rows()).await?)),
    };
    follow(engine, watch).await?;
    let (watch, clock) = (*watch, engine.clock());
    let tick = clock.tick();
    let sweep = swept.is_none_or(|last| tick.since(last) >= SWEEP);
    let next = engine.read(expire::next).await?;
    if !sweep && next.is_none_or(|at| at > engine.now()) {
        return Ok(next);
    }
    let due = move |work: &mut Work<'_, '_>| {
        // A disk may be slow: what is due by a clock that was set meanwhile is not done.
        if watch.look(work.now, clock.tick()).is_some() { Ok(0) } else { expire::due(work) }
    };
    while *engine.run_named("let time pass", Queue::Others, due.clone()).await? > 0 {
        beat.fetch_add(1, Ordering::Relaxed);
    }
    *swept = Some(tick);
    // What could not be done is still due: it is looked at again, after a pause.
    let soonest = engine.now().plus(STORE_PAUSE);
    Ok(engine.read(expire::next).await?.map(|at| at.max(soonest)))
}

/// Before anything acts on a time that was set, what waits is moved with it; it may be set again while that is written.
async fn follow(engine: &Engine, watch: &mut Watch) -> Result<(), Reject> {
    loop {
        let (wall, tick) = (engine.now(), engine.clock().tick());
        let jump = watch.look(wall, tick);
        if let Some(jump) = jump {
            tracing::warn!(by_ms = jump.by_ms, "The clock was set by {} s: what waits keeps the time it had left", jump.by_ms / 1000);
            engine.run(Queue::Others, move |work| Ok(work.tx.clock_jumped(&jump)?)).await?;
        }
        watch.seen(wall, tick);
        if jump.is_none() {
            return Ok(());
        }
    }
}
