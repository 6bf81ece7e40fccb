//! L4. The flows' http steps: each is written down as `calling` before its first octet leaves, posted under one key, and
//! never posted again once it may have arrived. docs/endpoints.md is what the other side is told.
//!
//! What an answer means is decided in `verdict`, what follows in `plan`; here is only the going and coming.

mod plan;
pub mod request;
pub mod verdict;
pub mod write;

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::courier::{Connections, Courier, Sent};
use crate::engine::{Engine, Reject, Work, called};
use crate::hooks::Point;
use crate::store::{Calling, Error, Queue, Result};
use crate::terms::CallState;
use crate::time::Timestamp;

/// Calls and look-ups on their way at once.
const FLYING_MAX: usize = 32;
/// Of one endpoint: one that hangs must not take the places of the others.
const FLYING_PER_ENDPOINT_MAX: usize = 8;
/// Rows looked at in one round.
const ROWS_MAX: u32 = 256;
/// The wall clock may be set while we sleep: look again after this at the latest.
const SLEEP_MAX: Duration = Duration::from_mins(1);
/// After the store said no.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Makes the calls of flows until `stopping` says so. A call that is on its way then is unknown at the next start.
pub async fn run(engine: Engine, mut stopping: watch::Receiver<bool>) {
    let mut pulse = engine.pulse();
    tokio::select! {
        () = stopped(&mut stopping) => return,
        () = patiently(&engine, "take over calls", |work| called::restart(work).map(drop)) => {}
    }
    let courier = Courier::new(Connections::Fresh);
    let mut caller = Caller { engine, courier, flying: JoinSet::new(), aloft: HashSet::new() };
    loop {
        pulse.mark_unchanged();
        let sleep = match caller.round().await {
            Ok(sleep) => sleep,
            Err(Error::Closed) => return,
            Err(error) => {
                tracing::warn!(%error, "Calls of flows wait for the store: {error}");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = stopped(&mut stopping) => return,
            changed = pulse.changed() => if changed.is_err() { return },
            Some(landed) = caller.flying.join_next() => caller.land(&landed),
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// An error means that the daemon has let go of the switch: then it has stopped, too.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stop| *stop).await);
}

struct Caller {
    engine: Engine,
    courier: Courier,
    flying: JoinSet<i64>,
    aloft: HashSet<(i64, String)>,
}

impl Caller {
    /// Starts what is due and says how long to sleep.
    async fn round(&mut self) -> Result<Duration> {
        let now = self.engine.now();
        let (calls, look_ups, next) = self
            .engine
            .read(move |reader| {
                let (calls, look_ups) = (reader.queued_calls(now, ROWS_MAX)?, reader.calls_to_look_up(now, ROWS_MAX)?);
                Ok((calls, look_ups, reader.next_call_due(now)?))
            })
            .await?;
        for row in calls.into_iter().chain(look_ups) {
            self.start(row);
        }
        Ok(next.map_or(SLEEP_MAX, |at| sleep_until(at, now)))
    }

    fn start(&mut self, row: Calling) {
        let of_endpoint = self.aloft.iter().filter(|(_, endpoint)| *endpoint == row.endpoint).count();
        if self.aloft.len() >= FLYING_MAX || of_endpoint >= FLYING_PER_ENDPOINT_MAX || !self.aloft.insert((row.id, row.endpoint.clone())) {
            return;
        }
        let (engine, courier) = (self.engine.clone(), self.courier.clone());
        self.flying.spawn(async move {
            match row.state {
                CallState::Queued => call(&engine, &courier, row.id).await,
                CallState::Unknown => look_up(&engine, &courier, row.id).await,
                CallState::Calling | CallState::Ok | CallState::Fail => {}
            }
            row.id
        });
    }

    fn land(&mut self, landed: &std::result::Result<i64, tokio::task::JoinError>) {
        match landed {
            Ok(id) => self.aloft.retain(|(aloft, _)| aloft != id),
            // Which one panicked is not known here: its row stays `calling` and is unknown at the next start.
            Err(error) => tracing::error!(%error, "A call of a flow failed inside the program: {error}"),
        }
    }
}

/// One try: written down, sent, judged, written down.
async fn call(engine: &Engine, courier: &Courier, id: i64) {
    let started = match engine.run_named("start a call", Queue::Others, move |work| write::start(work, id)).await {
        Ok(started) => started.into_inner(),
        Err(error) => {
            tracing::warn!(call = id, %error, "Call {id} was not started: {error}");
            return tokio::time::sleep(STORE_PAUSE).await;
        }
    };
    let Some(started) = started else { return };
    let sent = match started.letter(engine.now()) {
        Ok(letter) => courier.send(letter).await,
        Err(why) => Sent::Nothing { why },
    };
    engine.reached(Point::Answered("call"));
    let verdict = verdict::of_call(&sent, &started.asked);
    patiently(engine, "end a call", move |work| write::after_call(work, id, verdict.clone())).await;
}

/// One look-up. It changes nothing on the other side, so nothing is written before it.
async fn look_up(engine: &Engine, courier: &Courier, id: i64) {
    let asked = match engine.run_named("prepare a look-up", Queue::Others, move |work| write::prepare(work, id)).await {
        Ok(asked) => asked.into_inner(),
        Err(error) => {
            tracing::warn!(call = id, %error, "Call {id} was not looked up: {error}");
            return tokio::time::sleep(STORE_PAUSE).await;
        }
    };
    let sent = match asked.question(engine.now()) {
        Ok(letter) => courier.send(letter).await,
        Err(why) => Sent::Nothing { why },
    };
    engine.reached(Point::Answered("look-up"));
    let looked = verdict::of_look_up(&sent, &asked.asked);
    patiently(engine, "end a look-up", move |work| write::after_look_up(work, id, looked.clone())).await;
}

/// Writes an outcome down. While the disk is full or the queue long the outcome is kept in hand and written later: a
/// charge that was made must not be forgotten for want of a block.
async fn patiently(
    engine: &Engine,
    what: &'static str,
    job: impl Fn(&mut Work<'_, '_>) -> std::result::Result<(), Reject> + Clone + Send + 'static,
) {
    loop {
        let job = job.clone();
        match engine.run_named(what, Queue::Others, move |work| job(work)).await {
            Ok(_) => return,
            Err(reject) if matches!(reject.cause, Some(Error::Full | Error::Busy(_) | Error::Later(_))) => {
                tokio::time::sleep(STORE_PAUSE).await;
            }
            Err(reject) => return tracing::error!(error = %reject, "The outcome of a call was not written: {reject}"),
        }
    }
}

fn sleep_until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(at.ms_since(now).max(0) as u64).min(SLEEP_MAX)
}
