//! Wall-clock instants, and the only place in the product that reads a clock.
//!
//! Deadlines inside a process use [`Tick`] (monotonic); [`Timestamp`] is for what people and networks see: rows, quiet
//! hours, service-centre times.

pub mod day;
pub mod steady;

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

pub use at_commands::Tick;
pub use day::Day;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
pub use steady::Steady;

/// A wall-clock instant in UTC, in milliseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// This instant moved by a duration to the future; saturates.
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(ms_of(by)))
    }

    /// This instant moved by a duration to the past; saturates.
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(ms_of(by)))
    }

    /// The time up to this instant: what is stamped later was stamped by a clock that has been set back, and is not recent.
    pub fn last(self, period: Duration) -> RangeInclusive<Self> {
        self.minus(period)..=self
    }

    /// This instant moved by signed milliseconds; saturates.
    pub const fn shifted_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Signed milliseconds from `earlier` to `self`.
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The same instant for calendar arithmetic; out-of-range values are clamped to what a calendar can say.
    pub fn civil(self, zone: &jiff::tz::TimeZone) -> jiff::Zoned {
        let clamped = self.0.clamp(CALENDAR_MIN_MS, CALENDAR_MAX_MS);
        // The clamp above keeps the value inside jiff's range.
        jiff::Timestamp::from_millisecond(clamped).expect("clamped to the calendar").to_zoned(zone.clone())
    }

    /// A day (year, month, day) and a time of day in UTC; a leap second is the one before it. `None` where there is no such day or time.
    pub fn of_calendar(date: (u16, u8, u8), time: (u8, u8, u8)) -> Option<Self> {
        let ((year, month, day), (hour, minute, second)) = (date, time);
        let small = |value: u8| i8::try_from(value).ok();
        let second = if second == 60 { 59 } else { second };
        let civil = jiff::civil::DateTime::new(
            i16::try_from(year).ok()?,
            small(month)?,
            small(day)?,
            small(hour)?,
            small(minute)?,
            small(second)?,
            0,
        );
        Some(Self(civil.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond()))
    }

    /// Reads RFC 3339 with a zone, for example `2026-11-12T09:30:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }
}

const CALENDAR_MIN_MS: i64 = -62_135_596_800_000;
const CALENDAR_MAX_MS: i64 = 253_402_200_000_000;

fn ms_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zoned = self.civil(&jiff::tz::TimeZone::UTC);
        write!(f, "{}", zoned.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a time is written like 2026-11-12T09:30:00Z"))
    }
}

/// What tells the time: the machine's clocks, or a test's.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// The monotonic clock.
    fn tick(&self) -> Tick;
}

/// The machine's clocks: real time, and CLOCK_BOOTTIME, which also runs while the box sleeps.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }

    fn tick(&self) -> Tick {
        // Linux has had this clock since 2.6.39; reading it cannot fail.
        let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME).expect("CLOCK_BOOTTIME");
        Tick::from_nanos(time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_reads_back_as_written() {
        let at = Timestamp::from_unix_ms(1_795_000_123_456);
        assert_eq!(at.to_string(), "2026-11-18T11:08:43.456Z");
        assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        assert_eq!(Timestamp::parse("2026-11-18T13:08:43.456+02:00"), Some(at));
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn arithmetic_saturates() {
        let end = Timestamp::from_unix_ms(i64::MAX);
        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert!(end.to_string().starts_with("9999"));
    }
}
