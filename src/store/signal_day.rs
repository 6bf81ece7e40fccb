//! The signal of modems over the years: a row for each modem and day, for ten years.

use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::time::Day;

/// The signal of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalDay {
    /// Which, in the zone of the settings.
    pub day: Day,
    /// The weakest, in dBm.
    pub low: i16,
    /// The strongest.
    pub high: i16,
    /// All readings together.
    pub sum: i64,
    /// How many there were.
    pub readings: i64,
}

/// The signal of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalMonth {
    /// All its days together; `day` is its first.
    pub all: SignalDay,
    /// Days with a reading.
    pub days: u32,
}

impl SignalDay {
    /// The mean of the readings, rounded.
    pub fn mean(&self) -> i16 {
        let doubled = (2 * self.sum + self.readings).div_euclid(2 * self.readings.max(1));
        i16::try_from(doubled).unwrap_or(self.low)
    }

    fn and(self, other: &Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            sum: self.sum + other.sum,
            readings: self.readings + other.readings,
            ..self
        }
    }
}

impl SignalMonth {
    /// The months of days that stand newest first, in the same order.
    pub fn of(days: &[SignalDay]) -> Vec<Self> {
        let months = days.chunk_by(|one, next| one.day.month() == next.day.month());
        months
            .filter_map(|month| {
                let (first, rest) = month.split_first()?;
                let whole = rest.iter().fold(SignalDay { day: first.day.month(), ..*first }, SignalDay::and);
                Some(Self { all: whole, days: u32::try_from(month.len()).unwrap_or(u32::MAX) })
            })
            .collect()
    }
}

/// Days of one modem that are kept: ten years. They are counted, so a clock that was wrong for a while costs no other day.
pub const SIGNAL_DAYS_KEPT: i64 = 3_653;

fn read(row: &Row<'_>) -> Result<SignalDay> {
    Ok(SignalDay {
        day: row.get("day")?,
        low: row.get("low")?,
        high: row.get("high")?,
        sum: row.get("sum")?,
        readings: row.get("readings")?,
    })
}

impl Reader<'_> {
    /// The days of a modem up to one, newest first. What lies behind it was noted by a clock that was ahead.
    pub fn signal_days(&self, modem: &str, until: Day, paging: Paging) -> Result<Page<SignalDay>> {
        let sql = "SELECT * FROM signal_day WHERE modem = ?1 AND day <= ?2 AND day < ?3 ORDER BY day DESC LIMIT ?4";
        Ok(Page::cut(self.all(sql, (modem, until, paging.before(), paging.rows()), read)?, paging, |row| row.day.number()))
    }

    /// The months of a modem up to a day, newest first: every day that is kept, or those after `since`.
    pub fn signal_months(&self, modem: &str, since: Day, until: Day) -> Result<Vec<SignalMonth>> {
        let sql = "SELECT * FROM signal_day WHERE modem = ?1 AND day > ?2 AND day <= ?3 ORDER BY day DESC LIMIT ?4";
        Ok(SignalMonth::of(&self.all(sql, (modem, since, until, SIGNAL_DAYS_KEPT), read)?))
    }
}

impl Tx<'_> {
    /// Notes a reading in the row of its day; with a new day the oldest one goes.
    pub fn note_signal_of_day(&mut self, modem: &str, dbm: i16, day: Day) -> Result<()> {
        let more = "UPDATE signal_day SET low = MIN(low, ?3), high = MAX(high, ?3), sum = sum + ?3, readings = readings + 1
                    WHERE modem = ?1 AND day = ?2";
        if self.change(more, (modem, day, dbm))? > 0 {
            return Ok(());
        }
        self.change("INSERT INTO signal_day (modem, day, low, high, sum, readings) VALUES (?1, ?2, ?3, ?3, ?3, 1)", (modem, day, dbm))?;
        let oldest = "DELETE FROM signal_day WHERE modem = ?1 AND day <=
                      (SELECT day FROM signal_day WHERE modem = ?1 ORDER BY day DESC LIMIT 1 OFFSET ?2)";
        self.change(oldest, (modem, SIGNAL_DAYS_KEPT))?;
        Ok(())
    }

    /// The history goes on under the name that the modem has now; a day that both names had becomes one.
    pub fn rename_signal_days(&mut self, from: &str, to: &str) -> Result<()> {
        let sql = "INSERT INTO signal_day (modem, day, low, high, sum, readings)
                   SELECT ?2, day, low, high, sum, readings FROM signal_day WHERE modem = ?1
                   ON CONFLICT (modem, day) DO UPDATE SET low = MIN(low, excluded.low), high = MAX(high, excluded.high),
                   sum = sum + excluded.sum, readings = readings + excluded.readings";
        self.change(sql, (from, to))?;
        self.change("DELETE FROM signal_day WHERE modem = ?1", [from])?;
        Ok(())
    }
}
