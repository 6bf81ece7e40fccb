//! Calls that came in: who, on which SIM, when. A row is a missed call, or one that was rejected.

use rusqlite::named_params;

use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::msisdn::Msisdn;
use crate::time::Timestamp;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Row number; 0 before it has one.
    pub id: i64,
    /// Name of the modem.
    pub modem: String,
    /// The SIM that was called.
    pub iccid: String,
    /// Who called, as the network says; `None` where it says nothing that is a number.
    pub from: Option<Msisdn>,
    /// The caller hid the number.
    pub withheld: bool,
    /// How often it rang.
    pub rings: u16,
    /// The box rejected it.
    pub rejected: bool,
    /// When it began.
    pub at: Timestamp,
}

/// Calls that are kept.
const KEPT: i64 = 5_000;

fn read(row: &Row<'_>) -> Result<Call> {
    Ok(Call {
        id: row.get("id")?,
        modem: row.get("modem")?,
        iccid: row.get("iccid")?,
        from: row.get("msisdn")?,
        withheld: row.get("withheld")?,
        rings: row.get("rings")?,
        rejected: row.get("rejected")?,
        at: row.get("at")?,
    })
}

impl Reader<'_> {
    /// The newest calls first.
    pub fn calls_in(&self, paging: Paging) -> Result<Page<Call>> {
        let sql = "SELECT * FROM call_in WHERE id < :before ORDER BY id DESC LIMIT :rows";
        let rows = self.all(sql, named_params! {":before": paging.before(), ":rows": paging.rows()}, read)?;
        Ok(Page::cut(rows, paging, |call| call.id))
    }
}

impl Tx<'_> {
    /// Inserts a call and answers its number; the oldest go.
    pub fn insert_call_in(&mut self, call: &Call) -> Result<i64> {
        let sql = "INSERT INTO call_in (modem, iccid, msisdn, withheld, rings, rejected, at)
                   VALUES (:modem, :iccid, :msisdn, :withheld, :rings, :rejected, :at)";
        let id = self.insert(
            sql,
            named_params! {
                ":modem": call.modem, ":iccid": call.iccid, ":msisdn": call.from, ":withheld": call.withheld, ":rings": call.rings,
                ":rejected": call.rejected, ":at": call.at,
            },
        )?;
        self.change("DELETE FROM call_in WHERE id <= ?1", [id - KEPT])?;
        Ok(id)
    }
}
