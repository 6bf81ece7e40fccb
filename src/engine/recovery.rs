//! The box's memory of the recovery ladder: each rung with what came of it, and by model what helps and what harms.

use std::time::Duration;

use super::{Reject, Work};
use crate::modem::io::Remembered;
use crate::modem::profile::Profile;
use crate::store::{Modem, Reader};
use crate::terms::{Ailment, Outcome, Rung};
use crate::time::{Tick, Timestamp};

/// A modem that is back later than this did not come back by itself.
const BY_ITSELF: Duration = Duration::from_mins(10);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// More than the modems of a box can have in a day between their pauses.
const FALLS_KEPT: usize = 256;
/// Where they are kept.
const FALLS_NAME: &str = "falls";
/// What a modem is called whose port is not there.
const GONE: [&str; 2] = ["lost", "port_missing"];
/// A port may come back a little later than the modem should serve.
const SLACK: Duration = Duration::from_mins(1);
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

/// A modem whose port did not come back from a rung that restarts it: that rung did harm, whenever somebody plugs it in again.
/// Answers how many rungs did.
pub(super) fn stayed_away(work: &mut Work<'_, '_>) -> Result<usize, Reject> {
    let mut harmed = 0;
    for modem in work.tx.modems()? {
        let is_gone = modem.code.as_deref().is_some_and(|code| GONE.contains(&code));
        let Some(imei) = modem.imei.filter(|_| is_gone) else { continue };
        let Some(open) = work.tx.open_recovery(&imei)?.filter(|open| open.rung.restarts()) else { continue };
        if work.now.ms_since(open.at) > i64::try_from(may_take(open.rung).as_millis()).unwrap_or(i64::MAX) {
            work.tx.end_recovery(&open, Outcome::Harmed, work.now)?;
            harmed += 1;
        }
    }
    Ok(harmed)
}

/// What a rung may take until the port is there again.
fn may_take(rung: Rung) -> Duration {
    let profile = Profile::default();
    let budget = match rung {
        Rung::Settings => profile.settings_budget,
        Rung::Reopen => Duration::ZERO,
        Rung::Radio => profile.radio_budget,
        Rung::Reset => profile.reset_budget,
        Rung::UsbReset => profile.usb_budget,
        Rung::Power => profile.power_budget,
    };
    budget + SLACK
}

/// Nothing helped.
pub(super) fn given_up(work: &mut Work<'_, '_>, modem: &Modem) -> Result<(), Reject> {
    let open = modem.imei.as_ref().map(|imei| work.tx.open_recovery(imei)).transpose()?.flatten();
    match open {
        Some(open) => Ok(work.tx.end_recovery(&open, Outcome::Failed, work.now)?),
        None => Ok(()),
    }
}

/// It started by itself, or went away with a message in hand.
pub fn fell(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    let Some(imei) = work.tx.modem(name)?.and_then(|modem| modem.imei) else { return Ok(()) };
    let mut falls = falls_of_day(work.tx, work.now)?;
    falls.push((imei, work.now));
    let first = falls.len().saturating_sub(FALLS_KEPT);
    Ok(work.tx.save_setting(FALLS_NAME, &falls[first..].to_vec(), work.now)?)
}

/// Which modems fell when in the last day, oldest first. A modem may come back at a port where it has no row yet, and who it is
/// shows later: its driver finds its own.
pub(super) fn falls(reader: &Reader<'_>, now: Timestamp, tick: Tick) -> crate::store::Result<Vec<(String, Tick)>> {
    let ago = |at: Timestamp| Duration::from_millis(now.ms_since(at).unsigned_abs());
    Ok(falls_of_day(reader, now)?.into_iter().map(|(imei, at)| (imei, tick.minus(ago(at)))).collect())
}

fn falls_of_day(reader: &Reader<'_>, now: Timestamp) -> crate::store::Result<Vec<(String, Timestamp)>> {
    let mut falls: Vec<(String, Timestamp)> = reader.setting(FALLS_NAME)?.unwrap_or_default();
    falls.retain(|(_, at)| now.last(DAY).contains(at));
    Ok(falls)
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
