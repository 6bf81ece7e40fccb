//! The box's memory of the recovery ladder: each rung with what came of it, and by model what helps and what harms.

use std::time::Duration;

use super::{Reject, Work};
use crate::modem::io::Remembered;
use crate::store::{Modem, Reader};
use crate::terms::{Ailment, Outcome, Rung};
use crate::time::{Tick, Timestamp};

/// A modem that is back later than this did not come back by itself.
const BY_ITSELF: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);
/// More than the rungs of an hour.
const LOOKED_AT: u32 = 100;

/// A modem climbs a rung. Where it suffers from the same as before, the rung below did not help.
pub fn tried(work: &mut Work<'_, '_>, name: &str, rung: Rung, ailment: Ailment) -> Result<(), Reject> {
    let Some(modem) = work.tx.modem(name)? else { return Ok(()) };
    // A port on which nobody has said who he is has no history.
    let Some(imei) = &modem.imei else { return Ok(()) };
    if let Some(open) = work.tx.open_recovery(imei)? {
        let outcome = if open.ailment == ailment { Outcome::Failed } else { Outcome::Mended };
        work.tx.end_recovery(&open, outcome, work.now)?;
    }
    Ok(work.tx.insert_recovery(imei, &model_of(&modem), rung, ailment, work.now)?)
}

/// It answers and is registered.
pub(super) fn well(work: &mut Work<'_, '_>, modem: &Modem) -> Result<(), Reject> {
    end(work, modem, |ailment| ailment != Ailment::SendsFail)
}

/// The network took a message of it.
pub(super) fn sent(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    let Some(modem) = work.tx.modem(name)? else { return Ok(()) };
    end(work, &modem, |ailment| ailment == Ailment::SendsFail)
}

fn end(work: &mut Work<'_, '_>, modem: &Modem, proves: impl Fn(Ailment) -> bool) -> Result<(), Reject> {
    let open = modem.imei.as_ref().map(|imei| work.tx.open_recovery(imei)).transpose()?.flatten();
    let Some(open) = open.filter(|open| proves(open.ailment)) else { return Ok(()) };
    // A modem with a port is tried on, rung by rung: a rung that stood open for so long had none.
    let stayed_away = open.rung.restarts() && !work.now.last(BY_ITSELF).contains(&open.at);
    let outcome = if stayed_away { Outcome::Harmed } else { Outcome::Mended };
    Ok(work.tx.end_recovery(&open, outcome, work.now)?)
}

/// Nothing helped.
pub(super) fn given_up(work: &mut Work<'_, '_>, modem: &Modem) -> Result<(), Reject> {
    let open = modem.imei.as_ref().map(|imei| work.tx.open_recovery(imei)).transpose()?.flatten();
    match open {
        Some(open) => Ok(work.tx.end_recovery(&open, Outcome::Failed, work.now)?),
        None => Ok(()),
    }
}

/// What the driver of a modem must know of what was tried for it.
pub(super) fn past(reader: &Reader<'_>, modem: &Modem, now: Timestamp, tick: Tick) -> crate::store::Result<Remembered> {
    let Some(imei) = &modem.imei else { return Ok(Remembered::default()) };
    let hour = now.last(HOUR);
    let recent: Vec<_> = reader.recoveries(imei, LOOKED_AT)?.into_iter().filter(|tried| hour.contains(&tried.at)).collect();
    let ago = |at: Timestamp| Duration::from_millis(now.ms_since(at).unsigned_abs());
    let restarts = recent.iter().rev().filter(|tried| tried.rung.restarts()).map(|tried| (tried.rung, tick.minus(ago(tried.at)))).collect();
    let standing = recent.iter().find(|tried| tried.outcome.is_none() && now.last(BY_ITSELF).contains(&tried.at));
    let harmful = reader.rung_records(&model_of(modem))?.into_iter().filter(|record| record.harmed > 0 && record.harmed >= record.mended);
    Ok(Remembered {
        known: true,
        standing: standing.map(|tried| (tried.rung, tried.ailment)),
        restarts,
        avoid: harmful.map(|record| record.rung).collect(),
        ..Remembered::default()
    })
}

fn model_of(modem: &Modem) -> String {
    let words = [modem.manufacturer.as_deref(), modem.model.as_deref()];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
