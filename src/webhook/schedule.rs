//! When a delivery is tried again, and what an answer means: pure, table-tested.
//!
//! Back-off 1 s, 2 s, 4 s .. 1 h, each with jitter, for 3 days from the first try; then dead letter. Days by the clock alone do
//! not count: it may have been set.

use std::time::Duration;

use crate::chance::Chance;
use crate::courier::Sent;
use crate::time::Timestamp;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The subscriber has it.
    Delivered,
    /// Try again later.
    Again(String),
    /// 410: the subscriber wants no more; the webhook is switched off.
    Gone,
}

/// What an answer of the subscriber means.
pub fn verdict(sent: &Sent) -> Verdict {
    match sent {
        Sent::Nothing { why } | Sent::Perhaps { why } => Verdict::Again(why.clone()),
        Sent::Answered { status: 200..=299, .. } => Verdict::Delivered,
        Sent::Answered { status: 410, .. } => Verdict::Gone,
        Sent::Answered { status: status @ 300..=399, .. } => Verdict::Again(format!("status {status}: redirects are not followed")),
        Sent::Answered { status, .. } => Verdict::Again(format!("status {status}")),
    }
}

const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_hours(1);
/// From the first try to the dead letter.
pub const PATIENCE: Duration = Duration::from_hours(72);
/// As many tries as fill most of that time; fewer mean that the clock was set, or that the box was off.
const TRIES_MIN: u32 = 72;

/// When the next try is due after `tries` failed ones (from 1); `None` when the patience is over.
pub fn next_try(tries: u32, first_at: Timestamp, now: Timestamp, chance: &mut dyn Chance) -> Option<Timestamp> {
    if tries >= TRIES_MIN && now.ms_since(first_at) >= first_at.plus(PATIENCE).ms_since(first_at) {
        return None;
    }
    Some(now.plus(pause(tries, chance)))
}

/// Between three quarters and five quarters of the doubled pause: subscribers that fell together do not rise together.
fn pause(tries: u32, chance: &mut dyn Chance) -> Duration {
    let whole = PAUSE_MIN.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX)).min(PAUSE_MAX);
    let mut octet = [0];
    chance.fill(&mut octet);
    let permille = 750 + u32::from(octet[0]) * 500 / 255;
    (whole * permille / 1000).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;

    #[test]
    fn answers() {
        let answered = |status| Sent::Answered { status, body: Vec::new() };
        for (sent, delivered, gone) in [
            (answered(200), true, false),
            (answered(204), true, false),
            (answered(301), false, false),
            (answered(400), false, false),
            (answered(410), false, true),
            (answered(500), false, false),
            (Sent::Nothing { why: "refused".into() }, false, false),
            (Sent::Perhaps { why: "reset".into() }, false, false),
        ] {
            let verdict = verdict(&sent);
            assert_eq!((verdict == Verdict::Delivered, verdict == Verdict::Gone), (delivered, gone), "{sent:?}");
        }
    }

    #[test]
    fn pauses_double_to_an_hour_with_jitter() {
        let mut chance = Seeded::new(3);
        for tries in 1..200 {
            let whole = 2_f64.powi(tries as i32 - 1).min(3600.0);
            let found = pause(tries, &mut chance).as_secs_f64();
            assert!(found >= whole * 0.749 && found <= (whole * 1.251).min(3600.0), "try {tries}: {found} s of {whole} s");
        }
    }

    #[test]
    fn after_three_days_it_is_a_dead_letter() {
        let first = Timestamp::from_unix_ms(1_795_000_000_000);
        let mut now = first;
        let mut tries = 0;
        while let Some(next) = next_try(tries + 1, first, now, &mut Seeded::new(1)) {
            now = next;
            tries += 1;
            assert!(tries < 1000, "seed 1 never ends");
        }
        let days = now.ms_since(first) as f64 / 86_400_000.0;
        assert!((3.0..3.1).contains(&days), "{days} days, {tries} tries");
    }

    #[test]
    fn a_clock_that_jumps_for_years_ends_no_patience() {
        let first = Timestamp::from_unix_ms(1_795_000_000_000);
        let later = first.plus(Duration::from_hours(24 * 3_650));
        for (tries, ends) in [(1, false), (12, false), (71, false), (72, true), (90, true)] {
            assert_eq!(next_try(tries, first, later, &mut Seeded::new(1)).is_none(), ends, "{tries} tries");
        }
    }
}
