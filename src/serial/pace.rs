//! The shell's own times (a modem's protocol times are its profile) and the pause between two lives of a driver.

use std::time::Duration;

use crate::chance::{Chance, Os};

/// How fast the shell does what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// How often ports are looked for.
    pub poll: Duration,
    /// What the kernel tells of new ports is looked at once it has told nothing for so long: a stick makes many names.
    pub quiet: Duration,
    /// From a port's appearance to its opening: udev has rights and links to set.
    pub settle: Duration,
    /// The first pause after a loss; it doubles.
    pub rest_min: Duration,
    /// The longest pause.
    pub rest_max: Duration,
    /// A modem that could send for so long was well: the next pause is the first again.
    pub proven: Duration,
    /// One write.
    pub write: Duration,
    /// Between tries to open a port again that the driver wants opened anew.
    pub reopen: Duration,
    /// How long that is tried.
    pub reopen_max: Duration,
    /// How long a port may be gone after the root helper's work, before it is waited for as one that was unplugged.
    pub helped_max: Duration,
    /// How long a port at which a modem is looked for may take to say who is there.
    pub says_who: Duration,
    /// How long a modem may take to answer `AT` while its speed is sought.
    pub hears: Duration,
    /// How long the end of the daemon waits for an answer that is on its way.
    pub grace: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(2),
            quiet: Duration::from_millis(500),
            settle: Duration::from_secs(2),
            rest_min: Duration::from_secs(1),
            rest_max: Duration::from_mins(5),
            proven: Duration::from_mins(1),
            write: Duration::from_secs(5),
            reopen: Duration::from_secs(1),
            reopen_max: Duration::from_secs(10),
            helped_max: Duration::from_secs(30),
            says_who: Duration::from_mins(2),
            hears: Duration::from_millis(500),
            grace: Duration::from_secs(10),
        }
    }
}

impl Pace {
    /// For emulated modems: nothing to wait for.
    pub fn emulator() -> Self {
        Self {
            poll: Duration::from_millis(50),
            quiet: Duration::from_millis(20),
            settle: Duration::from_millis(20),
            rest_min: Duration::from_millis(50),
            rest_max: Duration::from_millis(500),
            proven: Duration::from_secs(1),
            write: Duration::from_millis(500),
            reopen: Duration::from_millis(50),
            reopen_max: Duration::from_secs(1),
            helped_max: Duration::from_secs(2),
            says_who: Duration::from_secs(10),
            hears: Duration::from_millis(200),
            grace: Duration::from_secs(2),
        }
    }
}

/// Doubling pauses with a quarter of jitter, so that many modems on one hub do not come back in step.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    min: Duration,
    max: Duration,
}

impl Backoff {
    pub(super) fn new(pace: &Pace) -> Self {
        Self { next: pace.rest_min, min: pace.rest_min, max: pace.rest_max }
    }

    pub(super) fn next(&mut self) -> Duration {
        let mut octet = [0];
        Os.fill(&mut octet);
        let pause = self.next;
        self.next = (self.next * 2).min(self.max);
        pause.mul_f64(0.875 + f64::from(octet[0]) / 1_024.0).min(self.max)
    }

    pub(super) fn reset(&mut self) {
        self.next = self.min;
    }

    /// What will not change by itself is looked at rarely.
    pub(super) fn longest(&mut self) {
        self.next = self.max;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::new(&Pace::default());
        let pauses: Vec<u64> = (0..12).map(|_| backoff.next().as_millis() as u64).collect();
        for (pause, whole) in pauses.iter().zip([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]) {
            let whole = whole * 1_000;
            assert!((whole * 7 / 8..=whole * 9 / 8).contains(pause), "{pauses:?}");
        }
        assert!(pauses.iter().all(|pause| *pause <= 300_000));
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(1_125));
    }
}
