//! The clocks of service centres: box time = service-centre time + offset, the median of recent live texts.

use super::{Reject, Work};
use crate::conversation::view::SmscClock;
use crate::store::InboundPart;

/// The median is taken over so many samples.
const RECENT_MAX: usize = 15;
/// A stamp further off than this says nothing about a clock: the text was held back, or the date is wrong.
const OFFSET_MS_MAX: i64 = 36 * 3600 * 1000;

/// What is known of the clock behind a part.
pub(super) fn of(work: &Work<'_, '_>, part: &InboundPart) -> Result<SmscClock, Reject> {
    match &part.smsc {
        Some(smsc) => Ok(work.tx.smsc_clock(smsc)?.clock),
        None => Ok(SmscClock::default()),
    }
}

/// Learns from a text that came live.
pub(super) fn learn(work: &mut Work<'_, '_>, part: &InboundPart) -> Result<(), Reject> {
    let (Some(smsc), Some(scts), true) = (&part.smsc, part.scts, part.live) else {
        return Ok(());
    };
    let offset_ms = part.received_at.ms_since(scts);
    if offset_ms.abs() > OFFSET_MS_MAX {
        return Ok(());
    }
    let mut row = work.tx.smsc_clock(smsc)?;
    row.recent.push(offset_ms);
    if row.recent.len() > RECENT_MAX {
        row.recent.remove(0);
    }
    row.clock = SmscClock { offset_ms: median(&row.recent), samples: row.clock.samples.saturating_add(1) };
    Ok(work.tx.save_smsc_clock(smsc, &row)?)
}

fn median(samples: &[i64]) -> i64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}
