//! When an http step is tried, looked up or given up again: pure, table-tested.

use std::time::Duration;

/// What to do with a request of which nothing left, or with a look-up that may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again after this long.
    After(Duration),
    /// It was tried often enough.
    GiveUp,
}

/// Pauses between tries of a request that certainly did not act: a restarting system is back within a minute.
const TRIES_S: &[u64] = &[1, 2, 4, 8, 15, 30];

/// The pause after the `tries`-th try (from 1) of which nothing left.
pub fn after_try(tries: u32) -> Next {
    let place = tries.saturating_sub(1) as usize;
    TRIES_S.get(place).map_or(Next::GiveUp, |seconds| Next::After(Duration::from_secs(*seconds)))
}

/// Pauses between look-ups, in milliseconds: quick at first, because a customer waits; then up to 15 minutes.
const LOOK_UPS_MS: &[u64] = &[500, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000];
/// A call nobody knows anything about after a day is for a person.
const LOOK_UPS_MAX: u32 = 104;

/// The pause before the `done + 1`-th look-up.
pub fn before_look_up(done: u32) -> Next {
    if done >= LOOK_UPS_MAX {
        return Next::GiveUp;
    }
    let place = (done as usize).min(LOOK_UPS_MS.len() - 1);
    Next::After(Duration::from_millis(LOOK_UPS_MS[place]))
}

/// How many look-ups are made before the flow is told `unknown`.
pub const LOOK_UPS_BEFORE_TELLING: u32 = 3;

/// "Not found" is believed only this long after the call: a proxy may still hold the request.
pub const NOT_FOUND_BELIEVED_AFTER: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_end_after_a_minute() {
        let mut total = Duration::ZERO;
        let mut tries = 1;
        while let Next::After(pause) = after_try(tries) {
            total += pause;
            tries += 1;
        }
        assert_eq!((tries, total), (7, Duration::from_mins(1)));
    }

    #[test]
    fn look_ups_slow_down_and_end_after_a_day() {
        let pauses: Vec<_> =
            (0..).map_while(|done| if let Next::After(pause) = before_look_up(done) { Some(pause) } else { None }).collect();
        let total: Duration = pauses.iter().sum();
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!((Duration::from_hours(23)..Duration::from_hours(25)).contains(&total), "{total:?}");
        let told: Duration = pauses[..LOOK_UPS_BEFORE_TELLING as usize].iter().sum();
        assert!(told <= Duration::from_secs(10), "a customer waits");
    }
}
