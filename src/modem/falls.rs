//! A modem that falls: it starts by itself in the middle of its work, or its port goes away with a message in hand, as with a
//! supply that is too weak for its sending. Each fall may leave a text in doubt, so it is not given one after the other.
//!
//! More than three falls in an hour are a quarantine, and each fall behind it one of twice the time (at-domain section 1).

use std::collections::VecDeque;
use std::time::Duration;

use at_commands::Tick;

use super::profile::Profile;

/// So many in an hour may be the weather.
pub(crate) const FALLS_MAX: usize = 3;
/// More than it can have in a day between its pauses.
const KEPT: usize = 64;
const HOUR: Duration = Duration::from_hours(1);

/// When a modem fell, oldest first.
#[derive(Debug, Default)]
pub(super) struct Falls(VecDeque<Tick>);

impl Falls {
    /// Those that the box remembers of the modem that has said its IMEI.
    pub(super) fn of(falls: &[(String, Tick)], imei: &str) -> Self {
        Self(falls.iter().filter(|(whose, _)| whose == imei).map(|(_, at)| *at).collect())
    }

    /// What is seen here comes behind what was before.
    pub(super) fn behind(&mut self, before: Self) {
        let since = std::mem::replace(self, before);
        since.0.into_iter().for_each(|at| self.note(at));
    }

    pub(super) fn note(&mut self, now: Tick) {
        self.0.push_back(now);
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// Until when it is given no messages, whether or not that is over.
    pub(super) fn rest(&self, profile: &Profile) -> Option<Tick> {
        let (mut rounds, mut until) = (0_u32, None);
        for (at, fall) in self.0.iter().enumerate() {
            let in_the_hour = self.0.iter().take(at + 1).filter(|other| fall.since(**other) < HOUR).count();
            let falls_again = until.is_some_and(|until: Tick| *fall < until.plus(HOUR));
            if in_the_hour > FALLS_MAX || falls_again {
                let doubled = profile.quarantine_min.saturating_mul(1_u32 << rounds.min(10));
                until = Some(fall.plus(doubled.min(profile.quarantine_max)));
                rounds = rounds.saturating_add(1);
            } else {
                (rounds, until) = (0, None);
            }
        }
        until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;

    /// Falls at these minutes; how many minutes behind the last one it rests.
    fn check(falls: &[u64], rests: Option<u64>) {
        let tick = |minutes: u64| Tick::from_nanos(1).plus(Duration::from_secs(minutes * MINUTE));
        let falls_of = |imei: &str| falls.iter().map(|minutes| (imei.to_owned(), tick(1_000 + minutes))).collect::<Vec<_>>();
        let until = Falls::of(&[falls_of("one"), falls_of("another")].concat(), "one").rest(&Profile::default());
        let want = rests.zip(falls.last()).map(|(rests, last)| tick(1_000 + last + rests));
        assert_eq!(until, want, "{falls:?}");
    }

    #[test]
    fn more_than_three_falls_in_an_hour_are_a_rest_and_each_fall_behind_it_doubles_it() {
        check(&[], None);
        check(&[0, 1, 2], None);
        check(&[0, 30, 59, 61], None);
        check(&[0, 1, 2, 3], Some(1));
        check(&[0, 1, 2, 3, 5], Some(2));
        check(&[0, 1, 2, 3, 5, 8, 13], Some(8));
        check(&[0, 1, 2, 3, 5, 8, 13, 22, 39, 72], Some(60));
        check(&[0, 1, 2, 3, 5, 8, 13, 22, 39, 72, 133], Some(60));
        // An hour without a fall behind the pause: it begins anew.
        check(&[0, 1, 2, 3, 64], None);
    }
}
