//! How long a SIM takes for a part, as far as was seen, and from when on an exchange is late.

use std::time::Duration;

/// The running average of one SIM; the first guess counts as one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    per_part: Duration,
    seen: u32,
}

/// A part on a plain GSM radio.
const GUESS: Duration = Duration::from_secs(5);
/// The last parts count for so much: weather and cell change within minutes.
const WEIGHT_MAX: u32 = 16;
/// A shorter exchange is never late, and a longer one always: what is urgent does not wait on it.
const LATE_MIN: Duration = Duration::from_secs(5);
const LATE_MAX: Duration = Duration::from_secs(15);

impl Default for Pace {
    fn default() -> Self {
        Self { per_part: GUESS, seen: 0 }
    }
}

impl Pace {
    /// A part took so long.
    pub fn took(&mut self, took: Duration) {
        self.seen = self.seen.saturating_add(1);
        let weight = self.seen.saturating_add(1).min(WEIGHT_MAX);
        self.per_part = (self.per_part * (weight - 1) + took) / weight;
    }

    /// The time of a part.
    pub fn per_part(&self) -> Duration {
        self.per_part
    }

    /// Nobody who is urgent waits longer for an exchange than the time of two.
    pub fn late_after(&self) -> Duration {
        (self.per_part * 2).clamp(LATE_MIN, LATE_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parts_ms: &[u64], per_part_ms: u64, late_ms: u64) {
        let mut pace = Pace::default();
        for ms in parts_ms {
            pace.took(Duration::from_millis(*ms));
        }
        let got = (pace.per_part(), pace.late_after());
        assert_eq!(got, (Duration::from_millis(per_part_ms), Duration::from_millis(late_ms)), "{parts_ms:?}");
    }

    #[test]
    fn what_was_seen_is_expected() {
        check(&[], 5_000, 10_000);
        check(&[1_000], 3_000, 6_000);
        check(&[1_000, 3_000, 3_000], 3_000, 6_000);
        check(&[200; 3], 1_400, 5_000);
        check(&[150_000], 77_500, 15_000);
        let mut pace = Pace::default();
        (0..1_000).for_each(|_| pace.took(Duration::from_secs(30)));
        (0..40).for_each(|_| pace.took(Duration::from_secs(2)));
        assert!(pace.per_part() < Duration::from_secs(5), "a fair hour ago counts for little: {:?}", pace.per_part());
    }
}
