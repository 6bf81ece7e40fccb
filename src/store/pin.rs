//! PINs of SIMs, each with what is known of whom it belongs to, and the notes of PINs that failed.

use std::fmt;

use rusqlite::named_params;

use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::time::Timestamp;

/// A PIN that somebody set.
#[derive(Clone, PartialEq, Eq)]
pub struct SimPin {
    /// Row number; 0 of one that is not kept yet.
    pub n: i64,
    /// The SIM it belongs to, once that is known.
    pub iccid: Option<String>,
    /// The modem whose SIM it is, once that is known.
    pub imei: Option<String>,
    /// What the modem was called when it was set, or taken.
    pub modem: String,
    /// The PIN.
    pub pin: String,
    /// When it was set.
    pub set_at: Timestamp,
}

impl fmt::Debug for SimPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimPin").field("iccid", &self.iccid).field("imei", &self.imei).field("modem", &self.modem).finish_non_exhaustive()
    }
}

fn read(row: &Row<'_>) -> Result<SimPin> {
    Ok(SimPin {
        n: row.get("n")?,
        iccid: row.get("iccid")?,
        imei: row.get("imei")?,
        modem: row.get("modem")?,
        pin: row.get("pin")?,
        set_at: row.get("set_at")?,
    })
}

impl Reader<'_> {
    /// Every PIN, the newest first.
    pub fn pins(&self) -> Result<Vec<SimPin>> {
        self.all("SELECT * FROM sim_pin ORDER BY n DESC LIMIT 1000", [], read)
    }

    /// Whether this PIN failed once on this SIM: it is never tried again.
    pub fn pin_failed(&self, iccid: &str, pin_sha256: &str) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM pin_attempt WHERE iccid = ?1 AND pin_sha256 = ?2";
        Ok(self.count(sql, (iccid, pin_sha256))? > 0)
    }
}

impl Tx<'_> {
    /// Keeps a new PIN.
    pub fn insert_pin(&mut self, pin: &SimPin) -> Result<()> {
        let sql = "INSERT INTO sim_pin (iccid, imei, modem, pin, set_at) VALUES (:iccid, :imei, :modem, :pin, :set_at)";
        let SimPin { n: _, iccid, imei, modem, pin, set_at } = pin;
        self.change(sql, named_params! { ":iccid": iccid, ":imei": imei, ":modem": modem, ":pin": pin, ":set_at": set_at })?;
        Ok(())
    }

    /// Writes down whom a PIN belongs to.
    pub fn bind_pin(&mut self, pin: &SimPin) -> Result<()> {
        let sql = "UPDATE sim_pin SET iccid = :iccid, imei = :imei, modem = :modem WHERE n = :n";
        self.change(sql, named_params! { ":n": pin.n, ":iccid": pin.iccid, ":imei": pin.imei, ":modem": pin.modem })?;
        Ok(())
    }

    /// Takes a PIN away.
    pub fn remove_pin(&mut self, n: i64) -> Result<()> {
        self.change("DELETE FROM sim_pin WHERE n = ?1", [n])?;
        Ok(())
    }

    /// Remembers that a PIN failed on a SIM.
    pub fn insert_pin_failure(&mut self, iccid: &str, pin_sha256: &str, now: Timestamp) -> Result<()> {
        self.change(
            "INSERT INTO pin_attempt (iccid, pin_sha256, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            (iccid, pin_sha256, now),
        )?;
        Ok(())
    }

    /// Takes back every note of a SIM: a person has set its PIN anew.
    pub fn forget_pin_failures(&mut self, iccid: &str) -> Result<()> {
        self.change("DELETE FROM pin_attempt WHERE iccid = ?1", [iccid])?;
        Ok(())
    }

    /// Takes back the note that a PIN failed on a SIM.
    pub fn remove_pin_failure(&mut self, iccid: &str, pin_sha256: &str) -> Result<()> {
        self.change("DELETE FROM pin_attempt WHERE iccid = ?1 AND pin_sha256 = ?2", (iccid, pin_sha256))?;
        Ok(())
    }
}
