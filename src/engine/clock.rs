//! The clocks of service centres: box time = service-centre time + offset, the median of recent live texts and reports.

use std::ops::RangeInclusive;

use super::{Reject, Work};
use crate::conversation::resolver::written_at;
use crate::conversation::view::SmscClock;
use crate::msisdn::Msisdn;
use crate::store::{self, ClockJump, InboundPart, InboundRow, Paging, Reader, SmscClockRow};
use crate::time::Timestamp;

/// The median is taken over so many samples.
const RECENT_MAX: usize = 15;
/// A stamp further off than this says nothing about a clock: the text was held back, or the date is wrong.
const OFFSET_MS_MAX: i64 = 36 * 3600 * 1000;
/// Half of the samples lie within so much of the median, or the clock is not steady and has proved nothing.
const STEADY_MS: i64 = 10_000;
/// What an unsteady clock is taken to rest on: fewer than any fence asks for.
const UNSTEADY_SAMPLES: u32 = 1;
/// Zones differ by these.
const QUARTER_MS: i64 = 15 * 60 * 1000;
/// Two texts show the same shift within this.
const SAME_MS: i64 = 60_000;

/// Texts looked at: what a sweep brings may stand behind what came live.
const TEXTS_LOOKED_AT: u32 = 10;

/// Whether a person wrote something within this time, by the stamp of the text: what was read just now may be hours old.
pub(super) fn wrote_within(reader: &Reader<'_>, person: &Msisdn, time: &RangeInclusive<Timestamp>) -> store::Result<bool> {
    let texts = reader.inbounds(Some(person), Paging::newest(TEXTS_LOOKED_AT))?.items;
    let written = |row: &InboundRow| {
        let clock = SmscClock { offset_ms: row.offset_ms, samples: row.samples, ..SmscClock::default() };
        written_at(row.scts, row.received_at, row.live, &clock).min(row.received_at)
    };
    Ok(texts.iter().any(|row| time.contains(&written(row))))
}

/// What is known of the clock behind a part.
pub(super) fn of(work: &Work<'_, '_>, part: &InboundPart) -> Result<SmscClock, Reject> {
    let Some(smsc) = &part.smsc else { return Ok(SmscClock::default()) };
    let row = work.tx.smsc_clock(smsc)?;
    let off_ms = part.scts.map(|scts| part.received_at.ms_since(scts));
    Ok(SmscClock { gap: has_gap(work, part)?, ..judged(&row, off_ms) })
}

/// Whether the modem was away between the stamp of a part and its reading: then the network held the text back, and an old
/// stamp is simply true. A modem that has been there for long has had what was held back.
fn has_gap(work: &Work<'_, '_>, part: &InboundPart) -> Result<bool, Reject> {
    let modems = work.tx.modems()?.into_iter().filter(|modem| modem.iccid.as_deref() == Some(part.sim.as_str()));
    let ready_since = modems.filter_map(|modem| modem.ready_since).max();
    let since_stamp = |at: Timestamp| part.scts.is_none_or(|scts| at <= scts);
    Ok(ready_since.is_none_or(|at| part.received_at.ms_since(at) < SETTLED_MS && !since_stamp(at)))
}

/// What the network held back comes within this, as a rule within minutes.
const SETTLED_MS: i64 = 6 * 3600 * 1000;

/// The clock as it may be trusted for a text whose stamp was `off_ms` behind its reading.
fn judged(row: &SmscClockRow, off_ms: Option<i64>) -> SmscClock {
    let seen = if row.recent.is_empty() { 0 } else { row.clock.samples };
    let samples = if is_steady(&row.recent) { seen } else { seen.min(UNSTEADY_SAMPLES) };
    let shifted =
        off_ms.is_some_and(|off_ms| is_shifted(off_ms - row.clock.offset_ms) && row.recent.iter().any(|other| near(*other, off_ms)));
    SmscClock { samples, shifted, ..row.clock }
}

fn is_steady(recent: &[i64]) -> bool {
    let middle = median(recent);
    let deviations: Vec<i64> = recent.iter().map(|sample| (sample - middle).abs()).collect();
    median(&deviations) <= STEADY_MS
}

fn is_shifted(by_ms: i64) -> bool {
    let quarters = (by_ms + QUARTER_MS / 2).div_euclid(QUARTER_MS);
    quarters != 0 && near(quarters * QUARTER_MS, by_ms)
}

const fn near(a: i64, b: i64) -> bool {
    (a - b).abs() <= SAME_MS
}

/// Learns from a text that came live and was not held back.
pub(super) fn learn(work: &mut Work<'_, '_>, part: &InboundPart) -> Result<(), Reject> {
    let (Some(smsc), Some(scts), true) = (&part.smsc, part.scts, part.live) else {
        return Ok(());
    };
    if has_gap(work, part)? {
        return Ok(());
    }
    sample(work, smsc, part.received_at.ms_since(scts))
}

/// Learns from a report: the centre stamped when it took what the modem said was accepted at `accepted_at`.
pub(super) fn learn_from_report(work: &mut Work<'_, '_>, smsc: &str, stamped: Timestamp, accepted_at: Timestamp) -> Result<(), Reject> {
    sample(work, smsc, accepted_at.ms_since(stamped))
}

/// The wall clock was set: what waits is moved with it, and what texts are fenced by. An offset that this daemon has learned is
/// that to the clock as it was.
pub fn jumped(work: &mut Work<'_, '_>, jump: &ClockJump) -> Result<(), Reject> {
    work.tx.clock_jumped(jump)?;
    for (smsc, row) in work.tx.smsc_clocks()? {
        let older = jump.before.samples.get(&smsc).copied().unwrap_or(0);
        work.tx.save_smsc_clock(&smsc, &moved(row, older, jump.by_ms))?;
    }
    Ok(())
}

/// A clock's samples behind the first `older` are of this daemon, and move.
fn moved(row: SmscClockRow, older: u32, by_ms: i64) -> SmscClockRow {
    let mine = row.clock.samples.saturating_sub(older) as usize;
    let kept = row.recent.len().saturating_sub(mine);
    let places = row.recent.into_iter().enumerate();
    let recent: Vec<i64> = places.map(|(place, sample)| if place < kept { sample } else { sample.saturating_add(by_ms) }).collect();
    let offset_ms = if kept == 0 { row.clock.offset_ms.saturating_add(by_ms) } else { offset_of(&recent) };
    if recent.iter().any(|sample| sample.abs() > OFFSET_MS_MAX) {
        // Years off: the box learns it anew once its clock is right.
        return SmscClockRow { clock: SmscClock { samples: row.clock.samples, ..SmscClock::default() }, recent: Vec::new() };
    }
    SmscClockRow { clock: SmscClock { offset_ms, ..row.clock }, recent }
}

fn sample(work: &mut Work<'_, '_>, smsc: &str, offset_ms: i64) -> Result<(), Reject> {
    if offset_ms.abs() > OFFSET_MS_MAX {
        return Ok(());
    }
    let mut row = work.tx.smsc_clock(smsc)?;
    row.recent.push(offset_ms);
    if row.recent.len() > RECENT_MAX {
        row.recent.remove(0);
    }
    row.clock = SmscClock { offset_ms: offset_of(&row.recent), samples: row.clock.samples.saturating_add(1), ..SmscClock::default() };
    Ok(work.tx.save_smsc_clock(smsc, &row)?)
}

/// What a few samples say of a clock. One text that the network held back looks like a clock that is slow: until samples agree
/// only a clock that runs ahead is believed, which no delay can feign.
fn offset_of(recent: &[i64]) -> i64 {
    let agree = recent.len() > 1 && recent.iter().all(|sample| near(*sample, median(recent)));
    if agree || recent.len() >= SURE_SAMPLES {
        return median(recent);
    }
    recent.iter().copied().min().unwrap_or(0).min(0)
}

/// From so many samples on the median stands for itself.
const SURE_SAMPLES: usize = 5;

fn median(samples: &[i64]) -> i64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(recent: &[i64]) -> SmscClockRow {
        let recent: Vec<i64> = recent.iter().map(|seconds| seconds * 1000).collect();
        let clock = SmscClock { offset_ms: median(&recent), samples: recent.len() as u32, ..SmscClock::default() };
        SmscClockRow { clock, recent }
    }

    #[test]
    fn one_text_proves_no_slow_clock() {
        for (recent, want_s) in [
            (&[][..], 0),
            (&[4], 0),
            (&[10_800], 0),
            (&[-3600], -3600),
            (&[10_800, 4], 0),
            (&[10_800, 7200, -30], -30),
            (&[3600, 3605], 3605),
            (&[3600, 3605, 3601], 3601),
            (&[3600, 10_800, 3605, 3601, 3602], 3602),
        ] {
            let recent: Vec<i64> = recent.iter().map(|seconds| seconds * 1000).collect();
            assert_eq!(offset_of(&recent), want_s * 1000, "{recent:?}");
        }
    }

    #[test]
    fn what_this_daemon_learned_moves_with_the_clock() {
        for (recent, older, by_s, want, offset_s) in [
            (&[3, 4, 3][..], 0, 21_600, &[21_603, 21_604, 21_603][..], 21_603),
            (&[3, 4, 3], 3, 21_600, &[3, 4, 3], 3),
            (&[3, 4, 3], 9, 21_600, &[3, 4, 3], 3),
            (&[3, 4, -7200, -7197], 2, 7200, &[3, 4, 0, 3], 3),
            (&[21_603, 21_604], 0, -21_600, &[3, 4], 4),
            (&[3, 4, 3], 0, 40 * 3600, &[], 0),
        ] {
            let moved = moved(row(recent), older, by_s * 1000);
            assert_eq!((moved.recent, moved.clock.offset_ms), (row(want).recent, offset_s * 1000), "{recent:?}, {older} older, {by_s}");
        }
    }

    #[test]
    fn a_clock_is_trusted_as_far_as_its_texts_agree() {
        for (recent, off_s, samples, shifted) in [
            (&[][..], 3, 0, false),
            (&[3, 4, 3, 5, 4, 3], 4, 6, false),
            (&[3, 400, 3, 5, 4, 3], 4, 6, false),
            (&[3, 90, 200, 5, 400, 30], 4, 1, false),
            (&[3, 4, 3, 5, 4, 3], 3605, 6, false),
            (&[3, 4, 3, 5, 4, 3603], 3605, 6, true),
            (&[3, 4, 3, 5, 4, 3603], 3905, 6, false),
            (&[3, 4, 3, 5, 4, -897], -896, 6, true),
            (&[3, 4, 3, 5, 4, 3603], 4, 6, false),
        ] {
            let clock = judged(&row(recent), Some(off_s * 1000));
            assert_eq!((clock.samples, clock.shifted), (samples, shifted), "{recent:?} {off_s}");
        }
    }
}
