//! Parts: the outbox. A claim is a row state, not a queue in RAM.

use rusqlite::named_params;

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::delivery::cap::Passes;
use crate::ids::MessageId;
use crate::modem::io::PartKey;
use crate::msisdn::Msisdn;
use crate::terms::{PartState, Policy, Rank};
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
    /// Which caps of a SIM do not hold it back.
    pub passes: Passes,
    /// It waits for `due_at`; the store says so. What has once been due stays due, whatever the clock says later.
    pub deferred: bool,
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
    /// TP-MR that it is to leave with; a modem may put its own in the place.
    pub mr_given: Option<u8>,
    /// TP-RD: the service centre is to refuse it where it holds one with this reference.
    pub no_duplicate: bool,
}

/// A part that may leave, with what it asks of its SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePart {
    /// Which.
    pub key: PartKey,
    /// Row number of its message.
    pub n: i64,
    /// To whom.
    pub to: Msisdn,
    /// Urgency.
    pub rank: Rank,
    /// Which caps of a SIM do not hold it back.
    pub passes: Passes,
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
    /// ICCID of the SIM that refused it last.
    pub refused_by: Option<String>,
    /// It asks something: an answer is to come back.
    pub asks: bool,
}

impl Part {
    /// Where it stands.
    pub fn place(&self) -> QueuePlace {
        QueuePlace { rank: self.rank, queued_at: self.queued_at, n: self.n, key: Some(self.key) }
    }

    /// A part that may leave from `at` on, wherever there is room.
    pub fn queued(key: PartKey, n: i64, to: &Msisdn, rank: Rank, pdu: Vec<u8>, at: Timestamp) -> Self {
        Self {
            key,
            n,
            to: to.clone(),
            rank,
            wish: None,
            pdu,
            state: PartState::Queued,
            due_at: at,
            passes: Passes::of(rank, Policy::Notice, false),
            deferred: false,
            queued_at: at,
            claimed_sim: None,
            claimed_at: None,
            attempts: 0,
            refusals: 0,
            possibly_twice: false,
            sim: None,
            mr: None,
            submitted_at: None,
            delivered_at: None,
            error: None,
            reason: None,
            mr_given: None,
            no_duplicate: false,
        }
    }
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
        passes: row.get::<_, Spelled<_>>("passes")?.0,
        deferred: row.get("deferred")?,
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
        mr_given: row.get("mr_given")?,
        no_duplicate: row.get("no_duplicate")?,
    })
}

/// Most places of a lane that are looked at beyond the first part that may leave: what has expired, or waits for a person's word,
/// is passed.
const WALK_MAX: usize = 1_000;

/// Where a part stands in its lane.
#[derive(Debug, Clone)]
pub struct QueuePlace {
    /// Its urgency.
    pub rank: Rank,
    /// Since when it stands there.
    pub queued_at: Timestamp,
    /// Row number of its message.
    pub n: i64,
    /// Which; `None` in front of all of its message.
    pub key: Option<PartKey>,
}

impl QueuePlace {
    /// Its number in its message.
    pub(super) fn seq(&self) -> u8 {
        self.key.map_or(0, |key| key.seq)
    }
}

fn read_place(row: &Row<'_>) -> Result<QueuePlace> {
    let key = Some(PartKey { message: row.get(4)?, seq: row.get(3)? });
    Ok(QueuePlace { rank: row.get(0)?, queued_at: row.get(1)?, n: row.get(2)?, key })
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

    /// Queued parts that may leave now, at most `limit` of each lane, of what passes a cap behind them and of those whose time has just come: most urgent first, then
    /// oldest, each with what it asks of its SIM. Parts to people who were asked "did you mean STOP?" wait, except service and
    /// safety texts.
    pub fn due_parts(&self, now: Timestamp, limit: u32) -> Result<Vec<DuePart>> {
        let mut due = self.front_of_lane(None, now, limit)?;
        let mut lane = String::new();
        while let Some(next) = self.lane_after(&lane)? {
            due.extend(self.front_of_lane(Some(&next), now, limit)?);
            lane = next;
        }
        for place in self.deferred_due(now, limit)? {
            due.extend(self.due_part(&place, now)?);
        }
        due.sort_by_key(|part| (part.rank, part.queued_at, part.n, part.key.seq));
        Ok(due)
    }

    /// The next SIM, in the order of their names, that parts wait for.
    fn lane_after(&self, lane: &str) -> Result<Option<String>> {
        let sql = "SELECT MIN(wish) FROM part WHERE state = 'queued' AND deferred = 0 AND wish > ?1";
        Ok(self.one(sql, [lane], |row| Ok(row.get(0)?))?.flatten())
    }

    /// Walks a lane from its front until `limit` parts may leave, or something may and [`WALK_MAX`] places were looked at. Behind them
    /// it looks for what no cap of a minute holds: all of them may wait for their SIM.
    fn front_of_lane(&self, wish: Option<&str>, now: Timestamp, limit: u32) -> Result<Vec<DuePart>> {
        let (mut due, mut walked, mut after) = (Vec::new(), 0, None);
        loop {
            let places = self.places_behind(wish, after.as_ref(), limit)?;
            let count = places.len();
            for place in places {
                due.extend(self.due_part(&place, now)?);
                after = Some(place);
                if due.len() >= limit as usize {
                    break;
                }
            }
            walked += count;
            if due.len() >= limit as usize || (walked >= WALK_MAX && !due.is_empty()) {
                for place in self.passing_behind(wish, after.as_ref(), limit)? {
                    due.extend(self.due_part(&place, now)?);
                }
                return Ok(due);
            }
            if count < limit as usize {
                return Ok(due);
            }
        }
    }

    fn places_behind(&self, wish: Option<&str>, after: Option<&QueuePlace>, limit: u32) -> Result<Vec<QueuePlace>> {
        let sql = "SELECT rank, queued_at, n, seq, message FROM part
                   WHERE state = 'queued' AND deferred = 0 AND wish IS :wish AND (rank, queued_at, n, seq) > (:rank, :queued_at, :n, :seq)
                   ORDER BY rank, queued_at, n, seq LIMIT :limit";
        self.behind(sql, wish, after, limit)
    }

    fn passing_behind(&self, wish: Option<&str>, after: Option<&QueuePlace>, limit: u32) -> Result<Vec<QueuePlace>> {
        let sql = "SELECT rank, queued_at, n, seq, message FROM part
                   WHERE state = 'queued' AND deferred = 0 AND passes <> 'none' AND rank > 2
                   AND wish IS :wish AND (rank, queued_at, n, seq) > (:rank, :queued_at, :n, :seq)
                   ORDER BY rank, queued_at, n, seq LIMIT :limit";
        self.behind(sql, wish, after, limit)
    }

    fn behind(&self, sql: &str, wish: Option<&str>, after: Option<&QueuePlace>, limit: u32) -> Result<Vec<QueuePlace>> {
        let front = QueuePlace { rank: Rank(0), queued_at: Timestamp::from_unix_ms(i64::MIN), n: 0, key: None };
        let after = after.unwrap_or(&front);
        let wanted = named_params! {
            ":wish": wish, ":rank": after.rank, ":queued_at": after.queued_at, ":n": after.n,
            ":seq": after.seq(), ":limit": limit,
        };
        self.all(sql, wanted, read_place)
    }

    /// What was deferred and is due, until [`Tx::take_up_deferred`] gives it its place in its lane.
    fn deferred_due(&self, now: Timestamp, limit: u32) -> Result<Vec<QueuePlace>> {
        let sql = "SELECT rank, queued_at, n, seq, message FROM part
                   WHERE state = 'queued' AND deferred = 1 AND due_at <= ?1 ORDER BY due_at LIMIT ?2";
        self.all(sql, (now, limit), read_place)
    }

    /// What the part in a place asks of its SIM; `None` where it may not leave.
    fn due_part(&self, place: &QueuePlace, now: Timestamp) -> Result<Option<DuePart>> {
        let Some(key) = place.key else { return Ok(None) };
        let sql = "SELECT part.wish, part.msisdn, part.passes, message.purpose = 'prompt' AS asks, message.sim_only, message.expires_at,
                       (SELECT COALESCE(other.sim, CASE other.state
                               WHEN 'claimed' THEN other.claimed_sim
                               WHEN 'queued' THEN NULL
                               ELSE (SELECT attempt.sim FROM attempt WHERE attempt.message = other.message AND attempt.seq = other.seq
                                   AND attempt.state = 'in_doubt' ORDER BY attempt.id DESC LIMIT 1)
                               END) AS bound
                           FROM part AS other WHERE other.message = part.message AND bound IS NOT NULL
                           ORDER BY other.sim IS NULL, other.seq LIMIT 1) AS begun_on,
                       CASE WHEN part.refusals > 0 THEN (SELECT attempt.sim FROM attempt WHERE attempt.message = part.message
                           AND attempt.seq = part.seq AND attempt.state = 'refused' ORDER BY attempt.id DESC LIMIT 1) END AS refused_by
                   FROM part JOIN message ON message.id = part.message
                   WHERE part.message = :message AND part.seq = :seq
                   AND (message.expires_at IS NULL OR message.expires_at > :now)
                   AND (message.purpose IN ('service', 'safety')
                       OR NOT COALESCE((SELECT pending FROM consent WHERE consent.msisdn = part.msisdn ORDER BY id DESC LIMIT 1), 0))";
        self.one(sql, named_params! {":message": key.message, ":seq": key.seq, ":now": now}, |row| {
            Ok(DuePart {
                key,
                n: place.n,
                to: row.get("msisdn")?,
                rank: place.rank,
                passes: row.get::<_, Spelled<_>>("passes")?.0,
                queued_at: place.queued_at,
                expires_at: row.get("expires_at")?,
                sim: row.get("wish")?,
                sim_only: row.get("sim_only")?,
                begun_on: row.get("begun_on")?,
                refused_by: row.get("refused_by")?,
                asks: row.get("asks")?,
            })
        })
    }

    /// What a part that waits asks of its SIM; `None` where it may not leave.
    pub fn asks_of(&self, part: &Part, now: Timestamp) -> Result<Option<DuePart>> {
        self.due_part(&part.place(), now)
    }

    /// When the next deferred part falls due that is not due yet.
    pub fn next_part_due(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(due_at) FROM part WHERE state = 'queued' AND deferred = 1 AND due_at > ?1";
        Ok(self.one(sql, [now], |row| Ok(row.get(0)?))?.flatten())
    }

    /// When the next deferred part falls due, or fell.
    pub fn next_deferred(&self) -> Result<Option<Timestamp>> {
        Ok(self.one("SELECT MIN(due_at) FROM part WHERE state = 'queued' AND deferred = 1", [], |row| Ok(row.get(0)?))?.flatten())
    }

    /// Doubts, parked ones included, whose wait is over.
    pub fn due_doubts(&self, now: Timestamp, limit: u32) -> Result<Vec<Part>> {
        let sql = "SELECT * FROM part WHERE state IN ('claimed', 'in_doubt', 'parked') AND state IN ('in_doubt', 'parked')
                   AND due_at <= ?1 ORDER BY due_at LIMIT ?2";
        self.all(sql, (now, limit), read)
    }

    /// When the wait of the next doubt is over.
    pub fn next_doubt_due(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(at) FROM (
                       SELECT MIN(due_at) AS at FROM part WHERE state IN ('claimed', 'in_doubt', 'parked') AND state = 'in_doubt'
                       UNION ALL
                       SELECT MIN(due_at) FROM part WHERE state IN ('claimed', 'in_doubt', 'parked') AND state = 'parked'
                   )";
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
}

impl Tx<'_> {
    /// Inserts a queued part.
    pub fn insert_part(&mut self, part: &Part) -> Result<()> {
        let sql = "INSERT INTO part (message, seq, n, msisdn, rank, wish, pdu, state, due_at, deferred, queued_at, passes, attempts,
                       refusals, possibly_twice)
                   VALUES (:message, :seq, :n, :to, :rank, :wish, :pdu, :state, :due_at, :due_at > :queued_at, :queued_at, :passes, 0,
                       0, 0)";
        self.insert(
            sql,
            named_params! {
                ":message": part.key.message, ":seq": part.key.seq, ":n": part.n, ":to": part.to, ":rank": part.rank,
                ":wish": part.wish, ":pdu": part.pdu,
                ":state": Spelled(part.state), ":due_at": part.due_at, ":queued_at": part.queued_at,
                ":passes": Spelled(part.passes),
            },
        )?;
        self.touch().parts += 1;
        Ok(())
    }

    /// Takes a part away that was never tried: its message is cut anew.
    pub fn remove_part(&mut self, key: &PartKey) -> Result<()> {
        self.change("DELETE FROM part WHERE message = ?1 AND seq = ?2", (key.message, key.seq))?;
        self.touch().parts += 1;
        Ok(())
    }

    /// Writes what a part says now that its message was cut anew.
    pub fn save_part_pdu(&mut self, key: &PartKey, pdu: &[u8]) -> Result<()> {
        self.change("UPDATE part SET pdu = ?3 WHERE message = ?1 AND seq = ?2", (key.message, key.seq, pdu))?;
        self.touch().parts += 1;
        Ok(())
    }

    /// Writes back everything of a part that changes in its life.
    pub fn save_part(&mut self, part: &Part) -> Result<()> {
        // A new due time defers it, and so does whoever says so; where that time is now, it is taken up again at once.
        let sql = "UPDATE part SET state = :state, deferred = deferred OR :deferred OR due_at <> :due_at, due_at = :due_at,
                       claimed_sim = :claimed_sim, claimed_at = :claimed_at,
                       attempts = :attempts, refusals = :refusals, possibly_twice = :twice, sim = :sim, mr = :mr,
                       submitted_at = :submitted_at, delivered_at = :delivered_at, error = :error, reason = :reason,
                       mr_given = :mr_given, no_duplicate = :no_duplicate
                   WHERE message = :message AND seq = :seq";
        self.change(
            sql,
            named_params! {
                ":state": Spelled(part.state), ":due_at": part.due_at, ":deferred": part.deferred, ":claimed_sim": part.claimed_sim, ":claimed_at": part.claimed_at,
                ":attempts": part.attempts, ":refusals": part.refusals, ":twice": part.possibly_twice, ":sim": part.sim,
                ":mr": part.mr, ":submitted_at": part.submitted_at, ":delivered_at": part.delivered_at, ":error": part.error,
                ":reason": part.reason, ":mr_given": part.mr_given, ":no_duplicate": part.no_duplicate, ":message": part.key.message, ":seq": part.key.seq,
            },
        )?;
        self.touch().parts += 1;
        Ok(())
    }

    /// Deferred parts whose time has come get their place in their lanes, at most `limit` at a time; answers how many.
    pub fn take_up_deferred(&mut self, now: Timestamp, limit: u32) -> Result<usize> {
        let sql = "UPDATE part SET deferred = 0 WHERE (message, seq) IN (SELECT message, seq FROM part
                       WHERE state = 'queued' AND deferred = 1 AND due_at <= ?1 ORDER BY due_at LIMIT ?2)";
        let taken = self.change(sql, (now, limit))?;
        if taken > 0 {
            self.touch().parts += 1;
        }
        Ok(taken)
    }
}
