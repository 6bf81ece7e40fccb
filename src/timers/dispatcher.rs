//! The dispatcher: gives the parts that wait to the modems that are free. A claim is committed before a modem hears of it,
//! and a modem is given its next part while the one before is still on air, so that it does not idle between two.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::{STORE_PAUSE, sleep_until, stopped};
use crate::delivery::schedule::{self, Claim};
use crate::engine::fleet::Fleet;
use crate::engine::{Engine, Reject, queue, submit};
use crate::modem::io::Submission;
use crate::store::Queue;

/// Runs until `stopping` says so; what was claimed then waits again at the next start (R0).
pub async fn dispatch(engine: Engine, fleet: Fleet, beat: Arc<AtomicU64>, mut stopping: watch::Receiver<bool>) {
    let (mut pulse, mut modems) = (engine.pulse(), fleet.changes());
    let mut back = Vec::new();
    loop {
        beat.fetch_add(1, Ordering::Relaxed);
        pulse.mark_unchanged();
        modems.mark_unchanged();
        let sleep = match round(&engine, &fleet, &mut back).await {
            Ok(sleep) => sleep,
            Err(reject) => {
                tracing::warn!(%reject, "The dispatcher waits for the store: {reject}");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = stopped(&mut stopping) => return,
            changed = pulse.changed() => if changed.is_err() { return },
            changed = modems.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Gives out what can be given out now, and says how long to sleep. `back` is what no modem took and is still to be written
/// as waiting.
pub(super) async fn round(engine: &Engine, fleet: &Fleet, back: &mut Vec<Claim>) -> Result<Duration, Reject> {
    give_back(engine, back).await?;
    let views = fleet.views();
    let now = engine.now();
    let (waiting, next) = engine.read(move |reader| Ok((queue::waiting(reader, now)?, queue::next_change(reader, now)?))).await?;
    let next = next.into_iter().chain(schedule::next_late(&views, now)).min();
    // Claiming writes: only when there is something to claim.
    if schedule::next(&waiting, &views, now).is_empty() {
        return Ok(sleep_until(next, now));
    }
    let claimed = engine.run_named("claim parts", Queue::Modems, move |work| queue::claim(work, &views)).await?.into_inner();
    let given = !claimed.is_empty();
    // Every part is handed over before anything is written that may fail: who was claimed has a modem or comes back.
    back.extend(claimed.into_iter().filter_map(|(claim, submission)| give(engine, fleet, claim, submission)));
    give_back(engine, back).await?;
    // There may be more for other modems at once.
    Ok(if given { Duration::ZERO } else { sleep_until(next, now) })
}

/// Hands a claimed part over; the claim, where the modem does not take it.
fn give(engine: &Engine, fleet: &Fleet, claim: Claim, submission: Submission) -> Option<Claim> {
    let taken = fleet.submit(&claim.imei, submission, engine.now());
    (!taken).then_some(claim)
}

/// What no modem took waits again. A claim stays in `back` until that is written: the store may be full for hours.
pub(super) async fn give_back(engine: &Engine, back: &mut Vec<Claim>) -> Result<(), Reject> {
    while let Some(claim) = back.last().cloned() {
        match engine.run(Queue::Modems, move |work| submit::give_back(work, &claim.part, &claim.iccid)).await {
            Ok(_committed) => {}
            Err(reject) if reject.cause.is_some() => return Err(reject),
            Err(reject) => tracing::error!(%reject, "A part cannot be given back: {reject}"),
        }
        back.pop();
    }
    Ok(())
}
