//! How many modems a site has: by a chance of its own, beside everything else.

use std::time::Duration;

use answerback::chance::Seeded;

/// The most that a box drives.
pub(in crate::sim) const MODEMS_MAX: usize = 8;
/// Of so many sites one has as many as that, and another has more than three.
const SITES: u64 = 24;

/// How many modems a site of this seed has instead of `few`, and for how long things happen there: every modem costs time, so a
/// large site lives shorter.
pub(super) fn of(seed: u64, few: usize, until: Duration) -> (usize, Duration) {
    let mut chance = Seeded::new(seed ^ 0x0E16_4700);
    match chance.below(SITES) {
        0 => (MODEMS_MAX, until / 2),
        1 => (4 + chance.below(4) as usize, until / 2),
        _ => (few, until),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_sites_are_large_and_live_shorter() {
        let day = Duration::from_hours(24);
        let of = |modems: usize| (1..=1_000).filter(|seed| of(*seed, 2, day) == (modems, day / 2)).count();
        assert!((25..=60).contains(&of(MODEMS_MAX)), "{}", of(MODEMS_MAX));
        assert!((4..MODEMS_MAX).all(|modems| of(modems) > 0));
    }
}
