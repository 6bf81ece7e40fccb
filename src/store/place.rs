//! Where modems were registered: a row for each stay at a cell of an operator, with the signal there.

use rusqlite::named_params;

use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::time::Timestamp;

/// A network, a cell and a way of access, as far as the modem tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spot {
    /// The SIM in the modem.
    pub iccid: Option<String>,
    /// `<stat>` of the registration.
    pub registration: u8,
    /// Operator name or MCCMNC.
    pub operator: Option<String>,
    /// Location or tracking area.
    pub area: Option<u64>,
    /// The cell in it.
    pub cell: Option<u64>,
    /// `<AcT>` of 27.007 7.3.
    pub access: Option<u8>,
}

/// One stay of a modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Row number: newer is higher.
    pub n: i64,
    /// The modem by name.
    pub modem: String,
    /// Where.
    pub spot: Spot,
    /// When it came.
    pub since: Timestamp,
    /// When it was seen there last.
    pub seen_at: Timestamp,
    /// How often it came: a modem between two cells goes back and forth.
    pub visits: u32,
    /// The weakest signal there, in dBm.
    pub low: Option<i16>,
    /// The strongest.
    pub high: Option<i16>,
}

/// Stays kept of one modem.
const KEPT: u32 = 500;

fn read(row: &Row<'_>) -> Result<Place> {
    let number = |name: &str| Ok::<_, super::Error>(row.get::<_, Option<i64>>(name)?.map(i64::cast_unsigned));
    Ok(Place {
        n: row.get("n")?,
        modem: row.get("modem")?,
        spot: Spot {
            iccid: row.get("iccid")?,
            registration: row.get("registration")?,
            operator: row.get("operator")?,
            area: number("area")?,
            cell: number("cell")?,
            access: row.get("access")?,
        },
        since: row.get("since")?,
        seen_at: row.get("seen_at")?,
        visits: row.get("visits")?,
        low: row.get("low")?,
        high: row.get("high")?,
    })
}

impl Reader<'_> {
    /// The stays of a modem, newest first.
    pub fn places(&self, modem: &str, paging: Paging) -> Result<Page<Place>> {
        let sql = "SELECT * FROM place WHERE modem = ?1 AND n < ?2 ORDER BY n DESC LIMIT ?3";
        Ok(Page::cut(self.all(sql, (modem, paging.before(), paging.rows()), read)?, paging, |place| place.n))
    }

    /// One stay.
    pub fn place(&self, n: i64) -> Result<Option<Place>> {
        self.one("SELECT * FROM place WHERE n = ?1", [n], read)
    }
}

impl Tx<'_> {
    /// Inserts a stay and answers its number; the oldest of its modem go.
    pub fn insert_place(&mut self, modem: &str, spot: &Spot, now: Timestamp) -> Result<i64> {
        let sql = "INSERT INTO place (modem, iccid, registration, operator, area, cell, access, since, seen_at, visits)
                   VALUES (:modem, :iccid, :registration, :operator, :area, :cell, :access, :now, :now, 1)";
        let n = self.insert(
            sql,
            named_params! {
                ":modem": modem, ":iccid": spot.iccid, ":registration": spot.registration, ":operator": spot.operator,
                ":area": spot.area.map(u64::cast_signed), ":cell": spot.cell.map(u64::cast_signed), ":access": spot.access, ":now": now,
            },
        )?;
        let oldest = "DELETE FROM place WHERE modem = ?1 AND n <= (SELECT n FROM place WHERE modem = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)";
        self.change(oldest, (modem, KEPT))?;
        Ok(n)
    }

    /// Writes a stay back.
    pub fn save_place(&mut self, place: &Place) -> Result<()> {
        let sql = "UPDATE place SET registration = :registration, operator = :operator, access = :access, seen_at = :seen_at, visits = :visits, low = :low,
                       high = :high WHERE n = :n";
        self.change(
            sql,
            named_params! {
                ":n": place.n, ":registration": place.spot.registration, ":operator": place.spot.operator,
                ":access": place.spot.access, ":seen_at": place.seen_at,
                ":visits": place.visits, ":low": place.low, ":high": place.high,
            },
        )?;
        Ok(())
    }

    /// The history goes on under the name that the modem has now.
    pub fn rename_places(&mut self, from: &str, to: &str) -> Result<()> {
        self.change("UPDATE place SET modem = ?2 WHERE modem = ?1", (from, to))?;
        Ok(())
    }
}
