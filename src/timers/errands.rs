//! The loop that gives modems what is wanted of them besides texts. What is given is committed as given first; a modem that
//! is not there leaves a row that says so.

use std::time::Duration;

use tokio::sync::watch;

use super::{STORE_PAUSE, sleep_until, stopped};
use crate::engine::fleet::Fleet;
use crate::engine::{Engine, Reject, balance, ring, selftest, ussd};
use crate::store::{Queue, UssdState};
use crate::time::Timestamp;

/// What no modem took; it stays here until the store has that, or nobody would ever tell what came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct NotGiven {
    /// Calls.
    pub rings: Vec<i64>,
    /// USSD, with the modem that was to have it.
    pub codes: Vec<(String, i64)>,
}

/// Runs until `stopping` says so.
pub async fn errands(engine: Engine, fleet: Fleet, mut stopping: watch::Receiver<bool>) {
    let mut pulse = engine.pulse();
    let mut not_given = NotGiven::default();
    loop {
        let seen = pulse.borrow_and_update().errands;
        let sleep = match round(&engine, &fleet, &mut not_given).await {
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

async fn round(engine: &Engine, fleet: &Fleet, not_given: &mut NotGiven) -> Result<Duration, Reject> {
    note_not_given(engine, not_given).await?;
    let now = engine.now();
    if engine.read(move |reader| balance::is_due(reader, now)).await? {
        engine.run(Queue::Others, balance::ask_due).await?;
    }
    code_round(engine, fleet, not_given).await?;
    tests(engine, fleet).await?;
    let due = ring_round(engine, fleet, not_given).await?;
    Ok(sleep_until(due, engine.now()))
}

/// Gives each modem the code that waits for it.
pub(super) async fn code_round(engine: &Engine, fleet: &Fleet, not_given: &mut NotGiven) -> Result<(), Reject> {
    let waiting = engine.read(|reader| Ok(reader.ussds_open()?.iter().any(|ussd| ussd.state == UssdState::Waiting))).await?;
    if !waiting {
        return Ok(());
    }
    let claimed = engine.run(Queue::Others, ussd::claim).await?.into_inner();
    for (modem, errand) in claimed {
        let id = errand.id;
        if !fleet.ussd(&modem, errand) {
            not_given.codes.push((modem, id));
        }
    }
    note_not_given(engine, not_given).await
}

/// Gives out the telephones that are to be rung now, and ends what nobody wants any more; when there is something to do next.
pub(super) async fn ring_round(engine: &Engine, fleet: &Fleet, not_given: &mut NotGiven) -> Result<Option<Timestamp>, Reject> {
    let (due, unwanted) = engine.read(|reader| Ok((ring::next_due(reader)?, ring::unwanted(reader)?))).await?;
    for (modem, id) in unwanted {
        fleet.end_ring(&modem, id);
    }
    let now = engine.now();
    if due.is_none_or(|due| due > now) {
        return Ok(due);
    }
    let ringers = fleet.ringers();
    let claimed = engine.run_named("claim a call", Queue::Modems, move |work| ring::claim(work, &ringers)).await?.into_inner();
    for (modem, errand) in claimed {
        let id = errand.id;
        if !fleet.ring(&modem, errand) {
            not_given.rings.push(id);
        }
    }
    note_not_given(engine, not_given).await?;
    // What is due and found no modem is looked at again with the next round.
    Ok(None)
}

pub(super) async fn note_not_given(engine: &Engine, not_given: &mut NotGiven) -> Result<(), Reject> {
    while let Some(id) = not_given.rings.last().copied() {
        engine.run(Queue::Modems, move |work| ring::not_given(work, id)).await?;
        not_given.rings.pop();
    }
    while let Some((modem, id)) = not_given.codes.last().cloned() {
        engine.run(Queue::Others, move |work| ussd::not_given(work, &modem, id)).await?;
        not_given.codes.pop();
    }
    Ok(())
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
