//! How times are told: median, 99th percentile and greatest.

use std::fmt;
use std::time::Duration;

/// Times of one thing, sorted.
#[derive(Debug, Clone)]
pub struct Spread {
    sorted: Vec<Duration>,
}

impl Spread {
    /// Of these times.
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { sorted: times }
    }

    /// The time that `percent` of them do not exceed; zero when there are none.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((last * percent).div_ceil(100)).copied().unwrap_or_default()
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |percent| self.percentile(percent).as_secs_f64() * 1_000.0;
        write!(f, "p50 {:.3} ms, p99 {:.3} ms, most {:.3} ms of {}", ms(50), ms(99), ms(100), self.sorted.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let spread = Spread::of((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!(spread.percentile(50), Duration::from_millis(51));
        assert_eq!(spread.percentile(99), Duration::from_millis(100));
        assert_eq!(Spread::of(Vec::new()).percentile(50), Duration::ZERO);
    }
}
