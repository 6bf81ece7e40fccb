//! The signal of modems over time: a row for each modem and ten minutes, for a week.

use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::time::Timestamp;

/// The signal in ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signal {
    /// When they began.
    pub at: Timestamp,
    /// The weakest, in dBm.
    pub low: i16,
    /// The strongest.
    pub high: i16,
}

/// How long one row is.
pub const SIGNAL_STEP_MS: i64 = 600_000;
/// A week.
pub const SIGNAL_KEEP_MS: i64 = 7 * 86_400_000;

fn read(row: &Row<'_>) -> Result<Signal> {
    Ok(Signal { at: row.get("at")?, low: row.get("low")?, high: row.get("high")? })
}

impl Reader<'_> {
    /// The signal of a modem since then, oldest first.
    pub fn signals(&self, modem: &str, since: Timestamp) -> Result<Vec<Signal>> {
        let rows = SIGNAL_KEEP_MS / SIGNAL_STEP_MS + 1;
        let sql = "SELECT * FROM (SELECT at, low, high FROM signal WHERE modem = ?1 AND at >= ?2 ORDER BY at DESC LIMIT ?3) ORDER BY at";
        self.all(sql, (modem, since, rows), read)
    }
}

impl Tx<'_> {
    /// Notes a reading; rows of other weeks go, those of a clock that was ahead as well.
    pub fn note_signal(&mut self, modem: &str, dbm: i16, now: Timestamp) -> Result<()> {
        let ms = now.unix_ms();
        let at = Timestamp::from_unix_ms(ms - ms.rem_euclid(SIGNAL_STEP_MS));
        let sql = "INSERT INTO signal (modem, at, low, high) VALUES (?1, ?2, ?3, ?3)
                   ON CONFLICT (modem, at) DO UPDATE SET low = MIN(low, excluded.low), high = MAX(high, excluded.high)";
        self.change(sql, (modem, at, dbm))?;
        self.change("DELETE FROM signal WHERE modem = ?1 AND (at <= ?2 OR at > ?3)", (modem, at.shifted_ms(-SIGNAL_KEEP_MS), at))?;
        Ok(())
    }

    /// The history goes on under the name that the modem has now.
    pub fn rename_signals(&mut self, from: &str, to: &str) -> Result<()> {
        self.change("UPDATE OR IGNORE signal SET modem = ?2 WHERE modem = ?1", (from, to))?;
        self.change("DELETE FROM signal WHERE modem = ?1", [from])?;
        Ok(())
    }
}
