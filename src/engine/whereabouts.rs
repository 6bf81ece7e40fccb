//! Where a modem is registered becomes a row for each stay: operator, cell, access, and the signal it had there.

use super::{Reject, Work};
use crate::modem::io::Cell;
use crate::store::{Modem, Paging, Place, Spot};
use crate::time::Timestamp;

/// A modem that comes back within this goes on with the row of that stay: between two cells it goes back and forth all day.
const BACK_WITHIN_MS: i64 = 3_600_000;
/// The rows that are looked at for that.
const NEWEST: u32 = 16;
/// A stay without news is written this often.
const SEEN_EVERY_MS: i64 = 600_000;

/// Notes the registration that a modem told in its row; one that carries no messages ends the stay.
pub(super) fn registered(
    work: &mut Work<'_, '_>,
    modem: &mut Modem,
    stat: u8,
    operator: Option<&str>,
    cell: Option<Cell>,
) -> Result<(), Reject> {
    if !at_commands::command::network::Registration::carries_sms(stat) {
        modem.place = None;
        return Ok(());
    }
    let spot = Spot {
        iccid: modem.iccid.clone(),
        registration: stat,
        operator: operator.map(str::to_owned),
        area: cell.map(|cell| cell.area),
        cell: cell.map(|cell| cell.cell),
        access: cell.and_then(|cell| cell.access),
    };
    let now = work.now;
    let recent = work.tx.places(&modem.name, Paging::newest(NEWEST))?.items;
    let fits = |place: &Place| is_same(&place.spot, &spot) && (modem.place == Some(place.n) || is_recent(place, now));
    let Some(mut place) = recent.into_iter().find(fits) else {
        modem.place = Some(work.tx.insert_place(&modem.name, &spot, now)?);
        return Ok(());
    };
    place.visits = place.visits.saturating_add(u32::from(modem.place != Some(place.n)));
    place.seen_at = now;
    place.spot.registration = stat;
    place.spot.operator = spot.operator.or(place.spot.operator);
    place.spot.access = spot.access.or(place.spot.access);
    modem.place = Some(place.n);
    Ok(work.tx.save_place(&place)?)
}

/// Notes the signal of a modem where it is.
pub(super) fn signal(work: &mut Work<'_, '_>, modem: &Modem, dbm: i16) -> Result<(), Reject> {
    let Some(mut place) = modem.place.map(|n| work.tx.place(n)).transpose()?.flatten() else { return Ok(()) };
    let (low, high) = (place.low.map_or(dbm, |low| low.min(dbm)), place.high.map_or(dbm, |high| high.max(dbm)));
    let news = (Some(low), Some(high)) != (place.low, place.high) || !is_within(place.seen_at, work.now, SEEN_EVERY_MS);
    if news {
        (place.low, place.high, place.seen_at) = (Some(low), Some(high), work.now);
        work.tx.save_place(&place)?;
    }
    Ok(())
}

/// The name of the network is asked for behind the registration, and the way of access may come later: until they are known they are
/// anyone's.
fn is_same(known: &Spot, told: &Spot) -> bool {
    let operator = known.operator.is_none() || told.operator.is_none() || known.operator == told.operator;
    let access = known.access.is_none() || told.access.is_none() || known.access == told.access;
    operator && access && (&known.iccid, known.area, known.cell) == (&told.iccid, told.area, told.cell)
}

fn is_recent(place: &Place, now: Timestamp) -> bool {
    is_within(place.seen_at, now, BACK_WITHIN_MS)
}

/// What is stamped later was stamped by a clock that was wrong.
fn is_within(at: Timestamp, now: Timestamp, ms: i64) -> bool {
    (0..ms).contains(&now.ms_since(at))
}
