//! Status reports as they came, matched or not: the same report may be read twice and may come before `+CMGS`.

use rusqlite::named_params;

use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::modem::io::PartKey;
use crate::time::Timestamp;

/// One STATUS-REPORT TPDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Row number.
    pub id: i64,
    /// ICCID it came in on.
    pub sim: String,
    /// TP-MR.
    pub mr: u8,
    /// TP-RA as digits.
    pub ra: String,
    /// When the service centre took the message.
    pub scts: Option<Timestamp>,
    /// TP-DT.
    pub discharged: Option<Timestamp>,
    /// TP-ST.
    pub st: u8,
    /// The modem showed it as it came; false where it lay in a slot.
    pub shown: bool,
    /// The raw PDU.
    pub hex: String,
    /// When the box read it.
    pub received_at: Timestamp,
    /// The part it was matched with.
    pub part: Option<PartKey>,
}

fn read(row: &Row<'_>) -> Result<Report> {
    let message: Option<crate::ids::MessageId> = row.get("message")?;
    let seq: Option<u8> = row.get("seq")?;
    Ok(Report {
        id: row.get("id")?,
        sim: row.get("sim")?,
        mr: row.get("mr")?,
        ra: row.get("ra")?,
        scts: row.get("scts")?,
        discharged: row.get("discharged")?,
        st: row.get("st")?,
        shown: row.get("shown")?,
        hex: row.get("hex")?,
        received_at: row.get("received_at")?,
        part: message.zip(seq).map(|(message, seq)| PartKey { message, seq }),
    })
}

impl Reader<'_> {
    /// The report with this very PDU, where it was read before on this SIM.
    pub fn seen_report(&self, hex: &str) -> Result<Option<Report>> {
        self.one("SELECT * FROM report WHERE hex = ?1", [hex], read)
    }

    /// Reports of a SIM and reference that found no part, received at or after `since`, oldest first.
    pub fn unmatched_reports(&self, sim: &str, mr: Option<u8>, since: Timestamp) -> Result<Vec<Report>> {
        let sql = "SELECT * FROM report WHERE sim = ?1 AND (?2 IS NULL OR mr = ?2) AND received_at >= ?3 AND message IS NULL
                   ORDER BY id LIMIT 20";
        self.all(sql, (sim, mr, since), read)
    }
}

impl Tx<'_> {
    /// Inserts a report; `id` is the store's to choose.
    pub fn insert_report(&mut self, report: &Report) -> Result<i64> {
        let sql = "INSERT INTO report (sim, mr, ra, scts, discharged, st, shown, hex, received_at, message, seq)
                   VALUES (:sim, :mr, :ra, :scts, :discharged, :st, :shown, :hex, :received_at, :message, :seq)";
        self.insert(
            sql,
            named_params! {
                ":sim": report.sim, ":mr": report.mr, ":ra": report.ra, ":scts": report.scts, ":discharged": report.discharged,
                ":st": report.st, ":shown": report.shown, ":hex": report.hex, ":received_at": report.received_at,
                ":message": report.part.as_ref().map(|part| part.message), ":seq": report.part.as_ref().map(|part| part.seq),
            },
        )
    }

    /// Ties a report to the part it speaks of.
    pub fn match_report(&mut self, id: i64, part: &PartKey) -> Result<()> {
        self.change("UPDATE report SET message = ?2, seq = ?3 WHERE id = ?1", (id, part.message, part.seq))?;
        Ok(())
    }
}
