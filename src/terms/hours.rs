//! Hours of the week in which unasked texts may leave, holidays apart: `mon-fri 08:00-21:00`, `sat,sun,hol 10:00-18:00`.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

use crate::roster::Shift;

/// Hours that come every week, on holidays, or both. They do not run over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    shift: Shift,
    /// On the days of the week that the shift names.
    weekly: bool,
    /// On holidays.
    holidays: bool,
}

/// The word for holidays among the days.
const HOLIDAYS: &str = "hol";

/// Why words are no hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` are no hours; write them like `daily 08:00-21:00`, `mon-fri 09:00-20:00` or `sat,sun,hol 10:00-18:00`")]
pub struct NoHours(String);

impl Hours {
    /// Every day of the week between two whole hours; `None` where they are no hours of a day.
    pub fn daily(from_hour: u8, until_hour: u8) -> Option<Self> {
        if from_hour >= until_hour || until_hour > 24 {
            return None;
        }
        format!("daily {from_hour:02}:00-{until_hour:02}:00").parse().ok()
    }

    /// The two whole hours of [`Hours::daily`], where these are such hours.
    pub fn as_daily(self) -> Option<(u8, u8)> {
        let whole = |minute: u16| minute.is_multiple_of(60).then_some((minute / 60) as u8);
        let (from, until) = self.shift.minutes();
        let (from, until) = (whole(from)?, whole(until)?);
        (Self::daily(from, until) == Some(self)).then_some((from, until))
    }

    /// Whether they come on no day of the week by itself.
    pub const fn is_for_holidays_only(&self) -> bool {
        !self.weekly
    }

    /// From when until when texts may leave on this day by these hours.
    fn span(self, day: Date, is_holiday: bool) -> Option<(DateTime, DateTime)> {
        let weekday = day.weekday().to_monday_zero_offset() as u8;
        let counts = if is_holiday { self.holidays } else { self.weekly && self.shift.begins_on(weekday) };
        let (from, until) = self.shift.minutes();
        let at = |minute: u16| day.to_datetime(Time::midnight()).saturating_add(i64::from(minute).minutes());
        counts.then(|| (at(from), at(until)))
    }
}

/// From when until when texts may leave on this day, in order. On a holiday only hours that name `hol` count.
pub fn spans(hours: &[Hours], day: Date, holidays: &[Date]) -> Vec<(DateTime, DateTime)> {
    let is_holiday = holidays.contains(&day);
    let mut spans: Vec<(DateTime, DateTime)> = hours.iter().filter_map(|hours| hours.span(day, is_holiday)).collect();
    spans.sort();
    spans
}

impl FromStr for Hours {
    type Err = NoHours;

    fn from_str(text: &str) -> Result<Self, NoHours> {
        read(text).ok_or_else(|| NoHours(text.chars().take(60).collect()))
    }
}

fn read(text: &str) -> Option<Hours> {
    let (days, times) = text.trim().split_once(' ')?;
    let weekdays: Vec<&str> = days.split(',').filter(|day| *day != HOLIDAYS).collect();
    let holidays = weekdays.len() < days.split(',').count();
    let weekly = !weekdays.is_empty();
    let on = if weekly { weekdays.join(",") } else { "daily".to_owned() };
    let shift: Shift = format!("{on} {times}").parse().ok()?;
    let (from, until) = shift.minutes();
    (from < until).then_some(Hours { shift, weekly, holidays })
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shift = self.shift.to_string();
        let (days, times) = shift.split_once(' ').unwrap_or_default();
        match (self.weekly, self.holidays) {
            (true, false) => write!(f, "{days} {times}"),
            (true, true) => write!(f, "{days},{HOLIDAYS} {times}"),
            (false, _) => write!(f, "{HOLIDAYS} {times}"),
        }
    }
}

impl Serialize for Hours {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_read_back_as_they_are_written() {
        for (text, said, daily) in [
            ("daily 8:00-21:00", "daily 08:00-21:00", Some((8, 21))),
            ("daily 00:00-24:00", "daily 00:00-24:00", Some((0, 24))),
            ("daily,hol 08:00-21:00", "daily,hol 08:00-21:00", None),
            ("mon-fri 08:30-21:00", "mon-fri 08:30-21:00", None),
            ("hol,sun 10:00-18:00", "sun,hol 10:00-18:00", None),
            ("hol 10:00-18:00", "hol 10:00-18:00", None),
        ] {
            let hours: Hours = text.parse().expect(text);
            assert_eq!((hours.to_string().as_str(), hours.as_daily()), (said, daily), "{text}");
            assert_eq!(said.parse(), Ok(hours), "{said}");
        }
    }

    #[test]
    fn what_are_no_hours_says_how_to_write_them() {
        for wrong in ["", "08:00-21:00", "daily 8-21", "daily 21:00-08:00", "hols 08:00-09:00", "mon 08:00-08:00", "hol"] {
            assert!(wrong.parse::<Hours>().expect_err(wrong).to_string().contains("mon-fri 09:00-20:00"), "{wrong}");
        }
        assert_eq!((Hours::daily(21, 8), Hours::daily(0, 25), Hours::daily(8, 8)), (None, None, None));
    }

    #[test]
    fn a_holiday_has_its_own_hours_or_none() {
        let week: Vec<Hours> =
            ["mon-fri 08:00-12:00", "mon-fri 13:00-21:00", "sun,hol 10:00-11:00"].map(|text| text.parse().expect(text)).into();
        let spans = |day: &str, holidays: &[&str]| {
            let holidays: Vec<Date> = holidays.iter().map(|day| day.parse().expect("a day")).collect();
            let spans = spans(&week, day.parse().expect("a day"), &holidays);
            spans.into_iter().map(|(from, until)| (from.hour(), until.hour())).collect::<Vec<_>>()
        };
        // 2026-11-23 is a Monday.
        assert_eq!(spans("2026-11-23", &[]), [(8, 12), (13, 21)]);
        assert_eq!(spans("2026-11-23", &["2026-11-23"]), [(10, 11)]);
        assert_eq!(spans("2026-11-28", &[]), []);
        assert_eq!(spans("2026-11-29", &[]), [(10, 11)]);
    }
}
