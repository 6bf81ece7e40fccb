//! Inbound TPDUs as they came: the key that finds a repetition, the reference that joins parts, the raw hex.

use rusqlite::named_params;

use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::time::Timestamp;

/// One DELIVER TPDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundPart {
    /// Row number.
    pub id: i64,
    /// Hash of SIM, OA, SCTS, PID/DCS, UDH and UD: the same text read twice has the same.
    pub seen_key: String,
    /// ICCID.
    pub sim: String,
    /// Who wrote, as the network said it.
    pub sender: String,
    /// Address of the service centre.
    pub smsc: Option<String>,
    /// Its time, where that is a date.
    pub scts: Option<Timestamp>,
    /// The raw PDU.
    pub hex: String,
    /// Concatenation reference.
    pub reference: Option<u16>,
    /// The reference has 16 bits.
    pub wide: bool,
    /// Parts of the text.
    pub total: u8,
    /// Which of them, from 1.
    pub seq: u8,
    /// When the box read it.
    pub received_at: Timestamp,
    /// Indicated as it came.
    pub live: bool,
    /// The danger tap heard something in it.
    pub danger: bool,
    /// Its set waits for the rest until then.
    pub join_due: Option<Timestamp>,
    /// The text it became part of.
    pub inbound: Option<i64>,
}

fn read(row: &Row<'_>) -> Result<InboundPart> {
    Ok(InboundPart {
        id: row.get("id")?,
        seen_key: row.get("seen_key")?,
        sim: row.get("sim")?,
        sender: row.get("sender")?,
        smsc: row.get("smsc")?,
        scts: row.get("scts")?,
        hex: row.get("hex")?,
        reference: row.get("reference")?,
        wide: row.get("wide")?,
        total: row.get("total")?,
        seq: row.get("seq")?,
        received_at: row.get("received_at")?,
        live: row.get("live")?,
        danger: row.get("danger")?,
        join_due: row.get("join_due")?,
        inbound: row.get("inbound")?,
    })
}

impl Reader<'_> {
    /// The TPDU with this key, where it was seen before.
    pub fn seen_part(&self, seen_key: &str) -> Result<Option<InboundPart>> {
        self.one("SELECT * FROM inbound_part WHERE seen_key = ?1", [seen_key], read)
    }

    /// Parts of texts of a sender that are not whole yet, received at or after `since`, oldest first.
    pub fn part_set(&self, like: &InboundPart, since: Timestamp) -> Result<Vec<InboundPart>> {
        let sql = "SELECT * FROM inbound_part
                   WHERE sender = :sender AND reference = :reference AND wide = :wide AND total = :total AND total > 1 AND received_at >= :since
                   AND sim = :sim
                   AND (inbound IS NULL
                       OR EXISTS (SELECT 1 FROM inbound AS text WHERE text.id = inbound_part.inbound AND text.parts_have < text.parts_total))
                   ORDER BY id LIMIT 300";
        let set = named_params! {
            ":sender": like.sender, ":sim": like.sim, ":reference": like.reference, ":wide": like.wide, ":total": like.total, ":since": since,
        };
        self.all(sql, set, read)
    }

    /// Parts whose set has waited long enough.
    pub fn due_joins(&self, now: Timestamp, limit: u32) -> Result<Vec<InboundPart>> {
        self.all("SELECT * FROM inbound_part WHERE join_due <= ?1 ORDER BY join_due, id LIMIT ?2", (now, limit), read)
    }

    /// When the next set has waited long enough.
    pub fn next_join_due(&self) -> Result<Option<Timestamp>> {
        Ok(self.one("SELECT MIN(join_due) FROM inbound_part WHERE join_due IS NOT NULL", [], |row| Ok(row.get(0)?))?.flatten())
    }

    /// The TPDUs of an inbound text.
    pub fn parts_of_inbound(&self, inbound: i64) -> Result<Vec<InboundPart>> {
        self.all("SELECT * FROM inbound_part WHERE inbound = ?1 ORDER BY seq, id LIMIT 300", [inbound], read)
    }
}

impl Tx<'_> {
    /// Inserts a TPDU.
    pub fn insert_inbound_part(&mut self, part: &InboundPart) -> Result<i64> {
        let sql = "INSERT INTO inbound_part (seen_key, sim, sender, smsc, scts, hex, reference, wide, total, seq, received_at, live,
                       redelivered, seen_at, danger, join_due, inbound)
                   VALUES (:seen_key, :sim, :sender, :smsc, :scts, :hex, :reference, :wide, :total, :seq, :received_at, :live,
                       0, :received_at, :danger, :join_due, :inbound)";
        self.insert(
            sql,
            named_params! {
                ":seen_key": part.seen_key, ":sim": part.sim, ":sender": part.sender, ":smsc": part.smsc, ":scts": part.scts,
                ":hex": part.hex, ":reference": part.reference, ":wide": part.wide, ":total": part.total, ":seq": part.seq,
                ":received_at": part.received_at, ":live": part.live, ":danger": part.danger, ":join_due": part.join_due, ":inbound": part.inbound,
            },
        )
    }

    /// Counts that a TPDU came again.
    pub fn count_part_again(&mut self, id: i64, now: Timestamp) -> Result<()> {
        self.change("UPDATE inbound_part SET redelivered = redelivered + 1, seen_at = ?2 WHERE id = ?1", (id, now))?;
        Ok(())
    }

    /// Ties a TPDU to its text; it waits no more.
    pub fn join_part(&mut self, id: i64, inbound: i64) -> Result<()> {
        self.change("UPDATE inbound_part SET inbound = ?2, join_due = NULL WHERE id = ?1", (id, inbound))?;
        Ok(())
    }

    /// A TPDU waits for its set no more.
    pub fn stop_joining(&mut self, id: i64) -> Result<()> {
        self.change("UPDATE inbound_part SET join_due = NULL WHERE id = ?1", [id])?;
        Ok(())
    }
}
