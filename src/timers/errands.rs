//! The loop that gives modems what is wanted of them besides texts. What is given is committed as given first; a modem that
//! is not there leaves a row that says so.

use std::time::Duration;

use tokio::sync::watch;

use super::{STORE_PAUSE, sleep_until, stopped};
use crate::engine::fleet::Fleet;
use crate::engine::{Engine, Reject, balance, selftest, ussd};
use crate::store::{Queue, UssdState};

/// Runs until `stopping` says so.
pub async fn errands(engine: Engine, fleet: Fleet, mut stopping: watch::Receiver<bool>) {
    let mut pulse = engine.pulse();
    loop {
        let seen = pulse.borrow_and_update().errands;
        let sleep = match round(&engine, &fleet).await {
            Ok(sleep) => sleep,
            Err(reject) => {
                tracing::warn!(%reject, "Errands of modems wait for the store: {reject}");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = stopped(&mut stopping) => return,
            changed = pulse.wait_for(|pulse| pulse.errands != seen) => if changed.is_err() { return },
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

async fn round(engine: &Engine, fleet: &Fleet) -> Result<Duration, Reject> {
    let now = engine.now();
    if engine.read(move |reader| balance::is_due(reader, now)).await? {
        engine.run(Queue::Others, balance::ask_due).await?;
    }
    let waiting = engine.read(|reader| Ok(reader.ussds_open()?.iter().any(|ussd| ussd.state == UssdState::Waiting))).await?;
    if waiting {
        let claimed = engine.run(Queue::Others, ussd::claim).await?.into_inner();
        for (modem, errand) in claimed {
            let id = errand.id;
            if !fleet.ussd(&modem, errand) {
                engine.run(Queue::Others, move |work| ussd::not_given(work, &modem, id)).await?;
            }
        }
    }
    tests(engine, fleet).await?;
    Ok(sleep_until(None, engine.now()))
}

/// Modems in a self-test are asked what is to be asked next.
async fn tests(engine: &Engine, fleet: &Fleet) -> Result<(), Reject> {
    let now = engine.now();
    if !engine.read(move |reader| selftest::is_due(reader, now)).await? {
        return Ok(());
    }
    for (id, modem) in engine.run(Queue::Others, selftest::claim).await?.into_inner() {
        if !fleet.look(&modem) {
            engine.run(Queue::Others, move |work| selftest::not_given(work, id)).await?;
        }
    }
    Ok(())
}
