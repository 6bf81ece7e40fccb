//! Parts: the outbox. A claim is a row state, not a queue in RAM.

use rusqlite::{Row, named_params};

use super::columns::Spelled;
use super::error::Result;
use super::{Reader, Tx};
use crate::ids::MessageId;
use crate::modem::io::PartKey;
use crate::msisdn::Msisdn;
use crate::terms::{PartState, Rank};
use crate::time::Timestamp;

/// One TPDU of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its message and number, from 1.
    pub key: PartKey,
    /// Row number of its message: newer is higher.
    pub n: i64,
    /// To whom.
    pub to: Msisdn,
    /// Urgency.
    pub rank: Rank,
    /// ICCID its message asks for: its lane in the queue.
    pub wish: Option<String>,
    /// The SUBMIT TPDU behind an absent SMSC, without the validity that is set when it leaves.
    pub pdu: Vec<u8>,
    /// Where it is in its life.
    pub state: PartState,
    /// Not to be claimed, or not to be decided, before.
    pub due_at: Timestamp,
    /// When it entered the queue: its age there.
    pub queued_at: Timestamp,
    /// ICCID of the SIM that has it.
    pub claimed_sim: Option<String>,
    /// Since when.
    pub claimed_at: Option<Timestamp>,
    /// Attempts after which a PDU left or may have left.
    pub attempts: u32,
    /// Definite refusals so far.
    pub refusals: u32,
    /// It was queued again while a doubt was open.
    pub possibly_twice: bool,
    /// ICCID it left on.
    pub sim: Option<String>,
    /// TP-MR it left with.
    pub mr: Option<u8>,
    /// When the network accepted it.
    pub submitted_at: Option<Timestamp>,
    /// Discharge time by a report with ST 00.
    pub delivered_at: Option<Timestamp>,
    /// The last CMS or CME number, or TP-ST of a failed report.
    pub error: Option<u16>,
    /// Why it ended or waits, in words.
    pub reason: Option<String>,
}

/// A part that may leave, with what it asks of its SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePart {
    /// Which.
    pub key: PartKey,
    /// Row number of its message.
    pub n: i64,
    /// Urgency.
    pub rank: Rank,
    /// Not before.
    pub due_at: Timestamp,
    /// Its age in the queue counts from here.
    pub queued_at: Timestamp,
    /// Worthless after.
    pub expires_at: Option<Timestamp>,
    /// ICCID it should leave on.
    pub sim: Option<String>,
    /// On that SIM or not at all.
    pub sim_only: bool,
    /// ICCID that another part of its message left on, may have left on, or is about to leave on.
    pub begun_on: Option<String>,
}

fn read(row: &Row<'_>) -> Result<Part> {
    Ok(Part {
        key: PartKey { message: row.get("message")?, seq: row.get("seq")? },
        n: row.get("n")?,
        to: row.get("msisdn")?,
        rank: row.get("rank")?,
        wish: row.get("wish")?,
        pdu: row.get("pdu")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        due_at: row.get("due_at")?,
        queued_at: row.get("queued_at")?,
        claimed_sim: row.get("claimed_sim")?,
        claimed_at: row.get("claimed_at")?,
        attempts: row.get("attempts")?,
        refusals: row.get("refusals")?,
        possibly_twice: row.get("possibly_twice")?,
        sim: row.get("sim")?,
        mr: row.get("mr")?,
        submitted_at: row.get("submitted_at")?,
        delivered_at: row.get("delivered_at")?,
        error: row.get("error")?,
        reason: row.get("reason")?,
    })
}

impl Reader<'_> {
    /// One part.
    pub fn part(&self, key: &PartKey) -> Result<Option<Part>> {
        self.one("SELECT * FROM part WHERE message = ?1 AND seq = ?2", (key.message, key.seq), read)
    }

    /// The parts of a message in order.
    pub fn parts_of(&self, message: MessageId) -> Result<Vec<Part>> {
        self.all("SELECT * FROM part WHERE message = ?1 ORDER BY seq", [message], read)
    }

    /// Queued parts that may leave now, at most `limit` of each lane: most urgent first, then oldest, each with what it asks of
    /// its SIM. Parts to people who were asked "did you mean STOP?" wait, except service and safety texts.
    pub fn due_parts(&self, now: Timestamp, limit: u32) -> Result<Vec<DuePart>> {
        let mut due = Vec::new();
        for wish in self.wishes()? {
            due.extend(self.due_parts_of(wish.as_deref(), now, limit)?);
        }
        due.sort_by_key(|part| (part.rank, part.queued_at, part.n, part.key.seq));
        Ok(due)
    }

    /// The lanes in which parts wait.
    fn wishes(&self) -> Result<Vec<Option<String>>> {
        self.all("SELECT DISTINCT wish FROM part WHERE state = 'queued'", [], |row| Ok(row.get(0)?))
    }

    fn due_parts_of(&self, wish: Option<&str>, now: Timestamp, limit: u32) -> Result<Vec<DuePart>> {
        let sql = "SELECT part.message, part.seq, part.n, part.rank, part.due_at, part.queued_at, part.wish, message.sim_only,
                       message.expires_at,
                       (SELECT COALESCE(other.sim, CASE other.state
                               WHEN 'claimed' THEN other.claimed_sim
                               WHEN 'queued' THEN NULL
                               ELSE (SELECT attempt.sim FROM attempt WHERE attempt.message = other.message AND attempt.seq = other.seq
                                   AND attempt.state = 'in_doubt' ORDER BY attempt.id DESC LIMIT 1)
                               END) AS bound
                           FROM part AS other WHERE other.message = part.message AND bound IS NOT NULL
                           ORDER BY other.sim IS NULL, other.seq LIMIT 1) AS begun_on
                   FROM part JOIN message ON message.id = part.message
                   WHERE part.state = 'queued' AND part.wish IS :wish AND part.due_at <= :now
                   AND (message.expires_at IS NULL OR message.expires_at > :now)
                   AND (message.purpose IN ('service', 'safety')
                       OR NOT COALESCE((SELECT pending FROM consent WHERE consent.msisdn = part.msisdn ORDER BY id DESC LIMIT 1), 0))
                   ORDER BY part.rank, part.queued_at, part.n, part.seq LIMIT :limit";
        self.all(sql, named_params! {":wish": wish, ":now": now, ":limit": limit}, |row| {
            Ok(DuePart {
                key: PartKey { message: row.get("message")?, seq: row.get("seq")? },
                n: row.get("n")?,
                rank: row.get("rank")?,
                due_at: row.get("due_at")?,
                queued_at: row.get("queued_at")?,
                expires_at: row.get("expires_at")?,
                sim: row.get("wish")?,
                sim_only: row.get("sim_only")?,
                begun_on: row.get("begun_on")?,
            })
        })
    }

    /// When the next queued part falls due that is not due yet.
    pub fn next_part_due(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(due_at) FROM part WHERE state = 'queued' AND due_at > ?1";
        Ok(self.one(sql, [now], |row| Ok(row.get(0)?))?.flatten())
    }

    /// Doubts, parked ones included, whose wait is over.
    pub fn due_doubts(&self, now: Timestamp, limit: u32) -> Result<Vec<Part>> {
        let sql = "SELECT * FROM part WHERE state IN ('claimed', 'in_doubt', 'parked') AND state IN ('in_doubt', 'parked')
                   AND due_at <= ?1 ORDER BY due_at LIMIT ?2";
        self.all(sql, (now, limit), read)
    }

    /// When the wait of the next doubt is over.
    pub fn next_doubt_due(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(due_at) FROM part WHERE state IN ('claimed', 'in_doubt', 'parked') AND state IN ('in_doubt', 'parked')";
        Ok(self.one(sql, [], |row| Ok(row.get(0)?))?.flatten())
    }

    /// Parts that a modem has: of one SIM, or of all.
    pub fn claimed_parts(&self, sim: Option<&str>) -> Result<Vec<Part>> {
        self.all("SELECT * FROM part WHERE state IN ('claimed', 'in_doubt', 'parked') AND state = 'claimed' AND (?1 IS NULL OR claimed_sim = ?1)", [sim], read)
    }

    /// Parts on air with this reference on this SIM whose report is still open, youngest first.
    pub fn reported_candidates(&self, sim: &str, mr: u8) -> Result<Vec<Part>> {
        let sql = "SELECT * FROM part WHERE sim = ?1 AND mr = ?2 AND state = 'submitted' ORDER BY submitted_at DESC LIMIT 20";
        self.all(sql, (sim, mr), read)
    }

    /// How many parts of at least this urgency wait, counted up to `most`.
    pub fn parts_ahead(&self, rank: Rank, most: u32) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM part WHERE state = 'queued' AND rank <= ?1 LIMIT ?2)";
        self.count(sql, (rank, most)).map(|n| n as u32)
    }
}

impl Tx<'_> {
    /// Inserts a queued part.
    pub fn insert_part(&mut self, part: &Part) -> Result<()> {
        let sql =
            "INSERT INTO part (message, seq, n, msisdn, rank, wish, pdu, state, due_at, queued_at, attempts, refusals, possibly_twice)
                   VALUES (:message, :seq, :n, :to, :rank, :wish, :pdu, :state, :due_at, :queued_at, 0, 0, 0)";
        self.insert(
            sql,
            named_params! {
                ":message": part.key.message, ":seq": part.key.seq, ":n": part.n, ":to": part.to, ":rank": part.rank,
                ":wish": part.wish, ":pdu": part.pdu,
                ":state": Spelled(part.state), ":due_at": part.due_at, ":queued_at": part.queued_at,
            },
        )?;
        self.touch().parts += 1;
        Ok(())
    }

    /// Writes back everything of a part that changes in its life.
    pub fn save_part(&mut self, part: &Part) -> Result<()> {
        let sql = "UPDATE part SET state = :state, due_at = :due_at, claimed_sim = :claimed_sim, claimed_at = :claimed_at,
                       attempts = :attempts, refusals = :refusals, possibly_twice = :twice, sim = :sim, mr = :mr,
                       submitted_at = :submitted_at, delivered_at = :delivered_at, error = :error, reason = :reason
                   WHERE message = :message AND seq = :seq";
        self.change(
            sql,
            named_params! {
                ":state": Spelled(part.state), ":due_at": part.due_at, ":claimed_sim": part.claimed_sim, ":claimed_at": part.claimed_at,
                ":attempts": part.attempts, ":refusals": part.refusals, ":twice": part.possibly_twice, ":sim": part.sim,
                ":mr": part.mr, ":submitted_at": part.submitted_at, ":delivered_at": part.delivered_at, ":error": part.error,
                ":reason": part.reason, ":message": part.key.message, ":seq": part.key.seq,
            },
        )?;
        self.touch().parts += 1;
        Ok(())
    }
}
