//! A day of the calendar, as people count them where the box stands.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Timestamp;

/// A day, as the number of days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

const DAY_MS: i64 = 86_400_000;

impl Day {
    /// The day that an instant belongs to in a zone.
    pub fn of(at: Timestamp, zone: &TimeZone) -> Self {
        let since = at.civil(zone).date().duration_since(Date::constant(1970, 1, 1));
        Self(since.as_hours().div_euclid(24))
    }

    /// By its number.
    pub const fn numbered(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// So many days before this one.
    pub const fn minus(self, days: i64) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// The first day of its month.
    pub fn month(self) -> Self {
        Self(self.0 - i64::from(self.date().day()) + 1)
    }

    /// Its date; a number beyond the calendar is its first or last day.
    pub fn date(self) -> Date {
        Timestamp::from_unix_ms(self.0.saturating_mul(DAY_MS)).civil(&TimeZone::UTC).date()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_one_of_the_zone() {
        let kyiv = TimeZone::fixed(jiff::tz::offset(3));
        for (ms, here, there) in [
            (0, "1970-01-01", "1970-01-01"),
            (DAY_MS - 1, "1970-01-01", "1970-01-02"),
            (-1, "1969-12-31", "1970-01-01"),
            (1_795_000_000_000, "2026-11-18", "2026-11-18"),
            (i64::MAX, "9999-12-30", "9999-12-30"),
        ] {
            let at = Timestamp::from_unix_ms(ms);
            assert_eq!(
                (Day::of(at, &TimeZone::UTC).to_string(), Day::of(at, &kyiv).to_string()),
                (here.to_owned(), there.to_owned()),
                "{ms}"
            );
        }
    }

    #[test]
    fn a_month_begins_with_its_first_day() {
        for (day, month) in [("2026-10-01", "2026-10-01"), ("2026-10-31", "2026-10-01"), ("2024-02-29", "2024-02-01")] {
            let at: jiff::civil::Date = day.parse().expect("a date");
            let day =
                Day::of(Timestamp::from_unix_ms(at.to_zoned(TimeZone::UTC).expect("there").timestamp().as_millisecond()), &TimeZone::UTC);
            assert_eq!(day.month().to_string(), month);
        }
    }
}
