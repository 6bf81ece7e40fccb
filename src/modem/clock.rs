//! What the network says of the time: the modem's clock, once it is known to follow the network, and the maker's own lines.
//!
//! The driver only tells it. Whether the box's clock is to be trusted is the engine's business, and nobody sets it from here.

use std::time::Duration;

use at_commands::Tick;
use at_commands::chat::{ChatError, Done};
use at_commands::command::clock::{self, Clock};

use super::bring_up::is_busy;
use super::driver::Driver;
use super::health::Check;
use super::io::ModemEvent;
use crate::time::Timestamp;

/// What is known of a modem's clock.
#[derive(Debug, Default)]
pub(super) struct ModemClock {
    /// The network sets it: the modem agreed to that, or told of a network time.
    follows: bool,
    /// It may show UTC beside the zone, not local time.
    may_be_universal: bool,
    /// It does not know `+CCLK`.
    unknown: bool,
    /// When a line of the network last made it be read.
    heeded: Option<Tick>,
}

/// A modem whose network never told the time begins in 1970, 1980, 2000, 2004, 2014 or 2018; of a year it shows two digits.
const YEARS: std::ops::RangeInclusive<u16> = 2024..=2069;

/// Some networks tell the time with every cell.
const HEED_EVERY: Duration = Duration::from_secs(30);

impl ModemClock {
    /// The choice at `at` of the profile was taken.
    pub(super) fn follows_network(&mut self, at: usize) {
        self.follows = true;
        self.may_be_universal = at > 0;
    }

    /// Whether it says anything about the network's time.
    pub(super) fn is_asked(&self) -> bool {
        self.follows && !self.unknown
    }
}

impl Driver {
    /// The network told its time or a new zone: the modem's clock is read, and where it has none, the line stands for itself.
    pub(super) fn network_told_time(&mut self, now: Tick, told: Option<Clock>) {
        let clock = &mut self.setup.clock;
        clock.follows = true;
        if clock.heeded.is_some_and(|last| now.since(last) < HEED_EVERY) {
            return;
        }
        clock.heeded = Some(now);
        if !clock.unknown {
            self.health.want(Check::Clock);
        } else if let Some(told) = told {
            self.tell_time(told, true);
        }
    }

    /// `AT+CCLK?` was answered.
    pub(super) fn clock_came(&mut self, done: &Done) {
        match (clock::clock(&done.lines), &done.result) {
            (Some(clock), _) => self.tell_time(clock, self.setup.clock.may_be_universal),
            (None, Err(ChatError::Refused(result))) => self.setup.clock.unknown = !is_busy(result),
            (None, _) => {}
        }
    }

    fn tell_time(&mut self, clock: Clock, may_be_universal: bool) {
        if let Some((at, universal)) = instants(clock) {
            self.tell(ModemEvent::NetworkTime { at, or: Some(universal).filter(|_| may_be_universal) });
        }
    }
}

/// What a clock shows, read as local time and as UTC; `None` for one that the network cannot have set, and for one without a zone.
fn instants(clock: Clock) -> Option<(Timestamp, Timestamp)> {
    let quarters = i64::from(clock.zone_quarters?);
    let universal = Timestamp::of_calendar(clock.date, clock.time)?;
    let plausible = YEARS.contains(&clock.date.0) && ZONE_QUARTERS.contains(&quarters);
    plausible.then(|| (universal.shifted_ms(-quarters * QUARTER_MS), universal))
}

/// Zones there are, daylight saving included (27.007 8.41).
const ZONE_QUARTERS: std::ops::RangeInclusive<i64> = -48..=56;
const QUARTER_MS: i64 = 15 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: Option<(&str, &str)>) {
        let clock = clock::clock_text(text).unwrap_or_else(|| panic!("{text} is no clock"));
        let got = instants(clock).map(|(local, universal)| (local.to_string(), universal.to_string()));
        assert_eq!(got.as_ref().map(|(local, universal)| (local.as_str(), universal.as_str())), want, "{text}");
    }

    #[test]
    fn a_clock_is_believed_where_a_network_can_have_set_it() {
        check("26/11/22,20:30:40+04", Some(("2026-11-22T19:30:40.000Z", "2026-11-22T20:30:40.000Z")));
        check("26/11/22,20:30:40-22", Some(("2026-11-23T02:00:40.000Z", "2026-11-22T20:30:40.000Z")));
        check("24/02/29,23:59:60+00", Some(("2024-02-29T23:59:59.000Z", "2024-02-29T23:59:59.000Z")));
        for never in
            ["80/01/06,00:00:10+00", "00/01/01,00:00:10+00", "04/01/01,00:00:10+08", "70/01/01,00:00:00+00", "23/12/31,23:59:59+00"]
        {
            check(never, None);
        }
        for odd in ["26/02/29,20:30:40+04", "26/13/01,20:30:40+04", "26/11/22,24:30:40+04", "26/11/22,20:61:40+04", "26/11/22,20:30:40+57"]
        {
            check(odd, None);
        }
        check("26/11/22,20:30:40", None);
    }
}
