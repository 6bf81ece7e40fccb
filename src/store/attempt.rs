//! Attempts: committed before Ctrl-Z goes out, so that every submission has a row (reliability.md section 2).

use rusqlite::named_params;

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Part, Reader, Tx};
use crate::ids::MessageId;
use crate::modem::io::PartKey;
use crate::terms::AttemptState;
use crate::time::Timestamp;

/// One try to put a part on air.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Row number.
    pub id: i64,
    /// Of what.
    pub part: PartKey,
    /// ICCID.
    pub sim: String,
    /// The modem by name.
    pub modem: String,
    /// Where it is in its life.
    pub state: AttemptState,
    /// TP-MR that should come back.
    pub mr_expected: Option<u8>,
    /// TP-MR that came back.
    pub mr: Option<u8>,
    /// It was made while an earlier attempt of the part was in doubt: may be a duplicate.
    pub again: bool,
    /// TP-MR that the box wrote into it.
    pub mr_given: Option<u8>,
    /// TP-RD: the service centre was to refuse it as a duplicate.
    pub no_duplicate: bool,
    /// SHA-256 of the PDU.
    pub pdu_sha256: String,
    /// When it was committed.
    pub at: Timestamp,
    /// When its outcome was known.
    pub settled_at: Option<Timestamp>,
    /// Why it is refused, aborted or in doubt.
    pub reason: Option<String>,
}

/// An attempt about to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAttempt<'a> {
    /// Of what.
    pub part: &'a PartKey,
    /// ICCID.
    pub sim: &'a str,
    /// The modem by name.
    pub modem: &'a str,
    /// TP-MR that should come back.
    pub mr_expected: Option<u8>,
    /// May be a duplicate.
    pub again: bool,
    /// TP-MR that the box writes into it.
    pub mr_given: Option<u8>,
    /// TP-RD.
    pub no_duplicate: bool,
    /// SHA-256 of the PDU.
    pub pdu_sha256: &'a str,
    /// Now.
    pub at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<Attempt> {
    Ok(Attempt {
        id: row.get("id")?,
        part: PartKey { message: row.get("message")?, seq: row.get("seq")? },
        sim: row.get("sim")?,
        modem: row.get("modem")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        mr_expected: row.get("mr_expected")?,
        mr: row.get("mr")?,
        again: row.get("again")?,
        mr_given: row.get("mr_given")?,
        no_duplicate: row.get("no_duplicate")?,
        pdu_sha256: row.get("pdu_sha256")?,
        at: row.get("at")?,
        settled_at: row.get("settled_at")?,
        reason: row.get("reason")?,
    })
}

/// A counter of a SIM's own comes to a reference again after twice as many.
const JUST_USED: i64 = 128;

impl Reader<'_> {
    /// One attempt.
    pub fn attempt(&self, id: i64) -> Result<Option<Attempt>> {
        self.one("SELECT * FROM attempt WHERE id = ?1", [id], read)
    }

    /// Attempts of a message, oldest first.
    pub fn attempts_of(&self, message: MessageId) -> Result<Vec<Attempt>> {
        self.all("SELECT * FROM attempt WHERE message = ?1 ORDER BY id LIMIT 1000", [message], read)
    }

    /// The attempt of a SIM whose outcome is open: at most one.
    pub fn open_attempt(&self, sim: &str) -> Result<Option<Attempt>> {
        self.one("SELECT * FROM attempt WHERE state = 'attempting' AND sim = ?1", [sim], read)
    }

    /// Attempts whose outcome is open, of all SIMs.
    pub fn open_attempts(&self) -> Result<Vec<Attempt>> {
        self.all("SELECT * FROM attempt WHERE state = 'attempting' ORDER BY sim", [], read)
    }

    /// Attempts of a SIM that a report with this reference may speak of: submitted with it, or with one that nobody knows, in
    /// doubt, or under way.
    pub fn attempts_awaiting_report(&self, sim: &str, mr: u8) -> Result<Vec<Attempt>> {
        let sql = "SELECT * FROM (SELECT * FROM attempt WHERE state = 'submitted' AND sim = :sim AND mr = :mr ORDER BY id DESC LIMIT 20)
                   UNION ALL SELECT * FROM (SELECT * FROM attempt WHERE state = 'submitted' AND sim = :sim AND mr IS NULL
                       ORDER BY id DESC LIMIT 20)
                   UNION ALL SELECT * FROM (SELECT * FROM attempt WHERE state = 'in_doubt' AND sim = :sim ORDER BY id DESC LIMIT 200)
                   UNION ALL SELECT * FROM attempt WHERE state = 'attempting' AND sim = :sim";
        self.all(sql, named_params! {":sim": sim, ":mr": mr}, read)
    }

    /// Attempts of a SIM in doubt, youngest first.
    pub fn attempts_in_doubt(&self, sim: &str) -> Result<Vec<Attempt>> {
        self.all("SELECT * FROM attempt WHERE sim = ?1 AND state = 'in_doubt' ORDER BY id DESC LIMIT 20", [sim], read)
    }

    /// Whether a text besides this part may have left on a SIM with this reference to the same number and is not known to have
    /// arrived: the service centre may hold it.
    pub fn may_hold_another(&self, sim: &str, mr: u8, part: &Part) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM attempt JOIN part ON part.message = attempt.message AND part.seq = attempt.seq
                   WHERE attempt.state = 'submitted' AND attempt.sim = :sim AND attempt.mr = :mr AND part.msisdn = :to
                   AND part.state NOT IN ('delivered', 'failed') AND NOT (part.message = :message AND part.seq = :seq)";
        let of = named_params! {":sim": sim, ":mr": mr, ":to": part.to, ":message": part.key.message, ":seq": part.key.seq};
        if self.count(sql, of)? > 0 {
            return Ok(true);
        }
        let sql = "SELECT COUNT(*) FROM attempt JOIN part ON part.message = attempt.message AND part.seq = attempt.seq
                   WHERE attempt.state = 'in_doubt' AND attempt.sim = :sim AND COALESCE(attempt.mr_given, :mr) = :mr AND part.msisdn = :to
                   AND NOT (part.message = :message AND part.seq = :seq)";
        let of = named_params! {":sim": sim, ":mr": mr, ":to": part.to, ":message": part.key.message, ":seq": part.key.seq};
        Ok(self.count(sql, of)? > 0)
    }

    /// Whether a SIM has sent something with this reference in one of the last attempts: its report may still be on the way.
    pub fn was_just_used(&self, sim: &str, mr: u8) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM attempt WHERE state = 'submitted' AND sim = ?1 AND mr = ?2
                   AND id > (SELECT COALESCE(MAX(id), 0) FROM attempt) - ?3";
        Ok(self.count(sql, (sim, mr, JUST_USED))? > 0)
    }

    /// Whether anything was tried on a SIM behind this attempt.
    pub fn was_tried_behind(&self, attempt: &Attempt) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM attempt WHERE id > ?1 AND sim = ?2 LIMIT 1)";
        Ok(self.count(sql, (attempt.id, &attempt.sim))? > 0)
    }
}

impl Tx<'_> {
    /// W1: the row that has to be on disk before the PDU.
    pub fn insert_attempt(&mut self, attempt: &NewAttempt<'_>) -> Result<i64> {
        let sql = "INSERT INTO attempt (message, seq, sim, modem, state, mr_expected, again, mr_given, no_duplicate, pdu_sha256, at)
                   VALUES (:message, :seq, :sim, :modem, 'attempting', :mr_expected, :again, :mr_given, :no_duplicate, :pdu_sha256, :at)";
        self.insert(
            sql,
            named_params! {
                ":message": attempt.part.message, ":seq": attempt.part.seq, ":sim": attempt.sim, ":modem": attempt.modem,
                ":mr_expected": attempt.mr_expected, ":again": attempt.again, ":mr_given": attempt.mr_given,
                ":no_duplicate": attempt.no_duplicate, ":pdu_sha256": attempt.pdu_sha256, ":at": attempt.at,
            },
        )
    }

    /// Writes the outcome of an attempt.
    pub fn settle_attempt(&mut self, id: i64, state: AttemptState, mr: Option<u8>, reason: Option<&str>, at: Timestamp) -> Result<()> {
        let sql = "UPDATE attempt SET state = :state, mr = COALESCE(:mr, mr), reason = COALESCE(:reason, reason), settled_at = :at WHERE id = :id";
        self.change(sql, named_params! {":state": Spelled(state), ":mr": mr, ":reason": reason, ":at": at, ":id": id})?;
        Ok(())
    }
}
