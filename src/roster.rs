//! Who is on call: rosters of people in calling order, each perhaps with shifts. Times of day are those of the box's zone.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

use crate::msisdn::Msisdn;

/// A roster, as the settings keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Its name in flow files.
    pub name: String,
    /// In calling order.
    pub people: Vec<OnCall>,
}

/// Somebody on a roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCall {
    /// What others call them: `{person}`.
    pub name: String,
    /// Their number.
    pub number: Msisdn,
    /// How else their texts may come: short numbers of the house, other phones of theirs. Nothing is sent there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// When they are on call; none is always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<Shift>,
}

impl OnCall {
    /// Whether they are on call at this weekday (0 is Monday) and minute of the day.
    pub fn is_on_shift(&self, weekday: u8, minute: u16) -> bool {
        self.shifts.is_empty() || self.shifts.iter().any(|shift| shift.covers(weekday, minute))
    }
}

/// A shift that comes every week: `mon-fri 08:00-16:00`. One that ends before it begins runs over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// One bit a day, Monday the lowest: the days on which it begins.
    days: u8,
    /// First minute of the day.
    from: u16,
    /// The minute in which it is over.
    until: u16,
}

/// Why a text is no shift.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shift; write it like `mon-fri 08:00-16:00`, `sat,sun 18:00-06:00` or `daily 00:00-24:00`")]
pub struct NoShift(String);

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MIN: u16 = 24 * 60;

impl Shift {
    /// Day and night.
    pub const ALWAYS: Self = Self { days: 0b111_1111, from: 0, until: DAY_MIN };

    /// Monday to Friday between two hours; `None` where they are no hours of a day.
    pub fn weekdays(from_hour: u8, until_hour: u8) -> Option<Self> {
        let (from, until) = (u16::from(from_hour) * 60, u16::from(until_hour) * 60);
        (from < until && until <= DAY_MIN).then_some(Self { days: 0b001_1111, from, until })
    }

    /// From when until when it lasts where it begins on this day.
    pub fn span(self, day: Date) -> Option<(DateTime, DateTime)> {
        let weekday = day.weekday().to_monday_zero_offset();
        let begins = self.days & (1 << weekday) != 0;
        let at = |minute: u16| day.to_datetime(Time::midnight()).saturating_add(i64::from(minute).minutes());
        let over_midnight = if self.from < self.until { 0 } else { DAY_MIN };
        begins.then(|| (at(self.from), at(self.until + over_midnight)))
    }

    fn covers(self, weekday: u8, minute: u16) -> bool {
        let begins = |day: u8| self.days & (1 << (day % 7)) != 0;
        if self.from < self.until {
            return begins(weekday) && (self.from..self.until).contains(&minute);
        }
        (begins(weekday) && minute >= self.from) || (begins(weekday + 6) && minute < self.until)
    }

    /// Whether it begins on this weekday (0 is Monday).
    pub const fn begins_on(self, weekday: u8) -> bool {
        self.days & (1 << (weekday % 7)) != 0
    }

    /// The minute of the day in which it begins, and the one in which it is over.
    pub const fn minutes(self) -> (u16, u16) {
        (self.from, self.until)
    }
}

impl FromStr for Shift {
    type Err = NoShift;

    fn from_str(text: &str) -> Result<Self, NoShift> {
        read(text).ok_or_else(|| NoShift(text.chars().take(60).collect()))
    }
}

fn read(text: &str) -> Option<Shift> {
    let (days, hours) = text.trim().split_once(' ')?;
    let (from, until) = hours.trim().split_once('-')?;
    let (from, until) = (minute(from)?, minute(until)?);
    let days = days.split(',').try_fold(0, |days, part| Some(days | days_of(part)?))?;
    (from != until && from < DAY_MIN).then_some(Shift { days, from, until })
}

fn days_of(part: &str) -> Option<u8> {
    let day = |word: &str| DAYS.iter().position(|day| *day == word);
    if part == "daily" {
        return Some(0b111_1111);
    }
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (first, last) = (day(first)?, day(last)?);
    // `fri-mon` goes over the weekend.
    let length = (last + 7 - first) % 7;
    Some((0..=length).fold(0, |days, at| days | 1 << ((first + at) % 7)))
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY_MIN).then_some(hour * 60 + minute)
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> = (0..7).filter(|day| self.days & (1 << day) != 0).map(|day| DAYS[day]).collect();
        let days = match self.days {
            0b111_1111 => "daily".to_owned(),
            0b001_1111 => "mon-fri".to_owned(),
            _ => named.join(","),
        };
        write!(f, "{days} {:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, self.until / 60, self.until % 60)
    }
}

impl Serialize for Shift {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Shift {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shift: &str, said: &str, on: &[(u8, u16)], off: &[(u8, u16)]) {
        let read: Shift = shift.parse().expect(shift);
        assert_eq!(read.to_string(), said);
        assert_eq!(said.parse::<Shift>().as_ref(), Ok(&read), "it reads back");
        for (day, minute) in on {
            assert!(read.covers(*day, *minute), "{shift}: on call on day {day} at minute {minute}");
        }
        for (day, minute) in off {
            assert!(!read.covers(*day, *minute), "{shift}: off on day {day} at minute {minute}");
        }
    }

    #[test]
    fn shifts_cover_their_days_and_hours() {
        check("mon-fri 08:00-16:00", "mon-fri 08:00-16:00", &[(0, 480), (4, 959)], &[(0, 479), (4, 960), (5, 600)]);
        check("daily 0:00-24:00", "daily 00:00-24:00", &[(0, 0), (6, 1439)], &[]);
        // Over midnight: Sunday's night ends on Monday.
        check("sat,sun 18:00-06:00", "sat,sun 18:00-06:00", &[(5, 1080), (6, 0), (6, 1439), (0, 359)], &[(5, 0), (0, 360), (5, 1079)]);
        check("fri-mon 20:00-22:00", "mon,fri,sat,sun 20:00-22:00", &[(4, 1200), (0, 1200)], &[(1, 1200), (3, 1200)]);
    }

    #[test]
    fn what_is_no_shift_says_how_to_write_one() {
        for wrong in [
            "",
            "mon",
            "mon 8-16",
            "mon 08:00",
            "mon 08:00-08:00",
            "mon 24:00-06:00",
            "mon 08:00-25:00",
            "mo 08:00-16:00",
            "mon 08:60-09:00",
        ] {
            let error = wrong.parse::<Shift>().expect_err(wrong);
            assert!(error.to_string().contains("mon-fri 08:00-16:00"), "{error}");
        }
    }
}
