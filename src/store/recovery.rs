//! What was tried for modems that failed, and what came of it: each rung of the ladder, and the record of each rung by model.

use rusqlite::named_params;

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::terms::{Ailment, Outcome, Rung};
use crate::time::Timestamp;

/// One rung that was climbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Row number: newer is higher.
    pub n: i64,
    /// The modem.
    pub imei: String,
    /// `+CGMI` and `+CGMM`.
    pub model: String,
    /// What was tried.
    pub rung: Rung,
    /// What for.
    pub ailment: Ailment,
    /// When.
    pub at: Timestamp,
    /// When it was known what came of it.
    pub ended_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

/// How a rung did on modems of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RungRecord {
    /// Which rung.
    pub rung: Rung,
    /// How often the modem was well then.
    pub mended: u32,
    /// How often it was not.
    pub failed: u32,
    /// How often a person had to help.
    pub harmed: u32,
}

/// Rows kept of one modem.
const KEPT: u32 = 200;

fn read(row: &Row<'_>) -> Result<Recovery> {
    Ok(Recovery {
        n: row.get("n")?,
        imei: row.get("imei")?,
        model: row.get("model")?,
        rung: row.get::<_, Spelled<_>>("rung")?.0,
        ailment: row.get::<_, Spelled<_>>("ailment")?.0,
        at: row.get("at")?,
        ended_at: row.get("ended_at")?,
        outcome: row.get::<_, Option<Spelled<_>>>("outcome")?.map(|outcome| outcome.0),
    })
}

impl Reader<'_> {
    /// The rung a modem stands on: what came of it is not known yet.
    pub fn open_recovery(&self, imei: &str) -> Result<Option<Recovery>> {
        self.one("SELECT * FROM recovery WHERE imei = ?1 AND outcome IS NULL LIMIT 1", [imei], read)
    }

    /// What was tried last for a modem, newest first.
    pub fn recoveries(&self, imei: &str, most: u32) -> Result<Vec<Recovery>> {
        self.all("SELECT * FROM recovery WHERE imei = ?1 ORDER BY n DESC LIMIT ?2", (imei, most), read)
    }

    /// How the rungs did on modems of this model.
    pub fn rung_records(&self, model: &str) -> Result<Vec<RungRecord>> {
        let sql = "SELECT rung, mended, failed, harmed FROM rung_record WHERE model = ?1 ORDER BY rung LIMIT 100";
        self.all(sql, [model], |row| {
            let rung = row.get::<_, Spelled<_>>("rung")?.0;
            Ok(RungRecord { rung, mended: row.get("mended")?, failed: row.get("failed")?, harmed: row.get("harmed")? })
        })
    }
}

impl Tx<'_> {
    /// A rung is climbed. The oldest rows of this modem go.
    pub fn insert_recovery(&mut self, imei: &str, model: &str, rung: Rung, ailment: Ailment, at: Timestamp) -> Result<()> {
        self.insert(
            "INSERT INTO recovery (imei, model, rung, ailment, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            (imei, model, Spelled(rung), Spelled(ailment), at),
        )?;
        let oldest = "DELETE FROM recovery
                      WHERE imei = ?1 AND n <= (SELECT n FROM recovery WHERE imei = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)";
        self.change(oldest, (imei, KEPT))?;
        Ok(())
    }

    /// It is known what came of a rung.
    pub fn end_recovery(&mut self, recovery: &Recovery, outcome: Outcome, at: Timestamp) -> Result<()> {
        self.change("UPDATE recovery SET outcome = ?2, ended_at = ?3 WHERE n = ?1", (recovery.n, Spelled(outcome), at))?;
        let sql = "INSERT INTO rung_record (model, rung, mended, failed, harmed) VALUES (:model, :rung, :mended, :failed, :harmed)
                   ON CONFLICT (model, rung) DO UPDATE SET mended = mended + :mended, failed = failed + :failed, harmed = harmed + :harmed";
        self.change(
            sql,
            named_params! {
                ":model": recovery.model, ":rung": Spelled(recovery.rung), ":mended": outcome == Outcome::Mended,
                ":failed": outcome == Outcome::Failed, ":harmed": outcome == Outcome::Harmed,
            },
        )?;
        Ok(())
    }
}
