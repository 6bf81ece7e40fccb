//! Clocks of service centres, by their address: the median of what recent live texts showed.

use rusqlite::named_params;

use super::columns::Json;
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::conversation::view::SmscClock;

/// A service centre's clock with the samples it rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SmscClockRow {
    /// The offset and how many samples were seen in all.
    pub clock: SmscClock,
    /// The newest samples in milliseconds, oldest first.
    pub recent: Vec<i64>,
}

fn read(row: &Row<'_>) -> Result<SmscClockRow> {
    let clock = SmscClock { offset_ms: row.get("offset_ms")?, samples: row.get("samples")?, ..SmscClock::default() };
    Ok(SmscClockRow { clock, recent: row.get::<_, Json<_>>("recent")?.0 })
}

impl Reader<'_> {
    /// What is known of a service centre's clock.
    pub fn smsc_clock(&self, smsc: &str) -> Result<SmscClockRow> {
        Ok(self.one("SELECT * FROM smsc_clock WHERE smsc = ?1", [smsc], read)?.unwrap_or_default())
    }

    /// The service centres whose clocks were seen, by address.
    pub fn smsc_clocks(&self) -> Result<Vec<(String, SmscClockRow)>> {
        let sql = "SELECT * FROM smsc_clock ORDER BY smsc LIMIT 1000";
        self.all(sql, [], |row| Ok((row.get("smsc")?, read(row)?)))
    }
}

impl Tx<'_> {
    /// Writes what is known of a service centre's clock.
    pub fn save_smsc_clock(&mut self, smsc: &str, row: &SmscClockRow) -> Result<()> {
        let sql = "INSERT INTO smsc_clock (smsc, offset_ms, samples, recent) VALUES (:smsc, :offset, :samples, :recent)
                   ON CONFLICT (smsc) DO UPDATE SET offset_ms = :offset, samples = :samples, recent = :recent";
        self.change(
            sql,
            named_params! {":smsc": smsc, ":offset": row.clock.offset_ms, ":samples": row.clock.samples, ":recent": Json(&row.recent)},
        )?;
        Ok(())
    }
}
