//! The wall clock was set: what was reckoned from it keeps the time it had left.
//!
//! A row from before this daemon knew a right clock, and what a client or a flow names as an instant, stays as it is; what is
//! told apart here is only what the rows show.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::error::Result;
use super::{Reader, Tx};
use crate::time::Timestamp;

/// How the wall clock was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockJump {
    /// What the box takes for the time.
    pub from: Timestamp,
    /// By how much the wall clock is ahead of that.
    pub by_ms: i64,
    /// Rows up to here are older than this daemon.
    pub before: Newest,
}

/// The newest rows of a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Newest {
    /// Session.
    pub session: i64,
    /// Question.
    pub question: i64,
    /// Message.
    pub message: i64,
    /// Attempt.
    pub attempt: i64,
    /// How often each service centre's clock was seen.
    pub samples: BTreeMap<String, u32>,
}

/// Longer than every pause, every doubt's wait and every wait for a missing part.
const PAUSE_MAX_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

impl Tx<'_> {
    /// Moves what is open and was reckoned from the wrong time.
    pub fn clock_jumped(&mut self, jump: &ClockJump) -> Result<()> {
        let (from, by_ms) = (jump.from, jump.by_ms);
        let (now, latest) = (from.shifted_ms(by_ms), from.shifted_ms(PAUSE_MAX_MS));
        self.move_waits(now, by_ms)?;
        self.sims_are_away_from(now)?;
        // What could leave, or could after a pause, still can. Forwards that needs no help.
        if by_ms < 0 {
            let sql =
                "UPDATE part SET due_at = due_at + :by WHERE state = 'queued' AND deferred = 1 AND due_at > :now AND due_at <= :latest";
            self.change(sql, named_params! {":by": by_ms, ":now": now, ":latest": latest})?;
        }
        // Whatever was made since the start of the daemon is reckoned by this clock, also when it was set before.
        for (before, sql) in [
            // Their reports will carry the network's time.
            (
                jump.before.attempt,
                "UPDATE attempt SET at = at + :by, settled_at = settled_at + :by WHERE id > (SELECT MAX(id) FROM attempt) - 10000
                 AND id > :before",
            ),
            (
                jump.before.message,
                "UPDATE message SET expires_at = expires_at + :by WHERE state IN ('accepted', 'queued')
                 AND +n > :before",
            ),
            (
                jump.before.message,
                "UPDATE message SET expires_at = expires_at + :by WHERE state IN ('sending', 'in_doubt', 'parked')
                 AND +n > :before",
            ),
            (
                jump.before.message,
                "UPDATE message SET expires_at = expires_at + :by WHERE state = 'submitted'
                 AND +n > :before",
            ),
            (
                jump.before.session,
                "UPDATE timer SET due_at = due_at + :by WHERE due_at IS NOT NULL AND session IN (SELECT id FROM session
                 WHERE state IN ('opening', 'asked') AND n > :before)",
            ),
            (jump.before.session, "UPDATE session SET expires_at = expires_at + :by WHERE state IN ('opening', 'asked') AND n > :before"),
        ] {
            self.change(sql, named_params! {":by": by_ms, ":before": before})?;
        }
        self.move_what_is_fenced(jump)?;
        // A report that waits for its attempt came after that began.
        let sql = "UPDATE report SET received_at = received_at + :by WHERE message IS NULL AND received_at >= :since AND sim IN
                   (SELECT iccid FROM sim)";
        self.change(sql, named_params! {":by": by_ms, ":since": from.shifted_ms(-PAUSE_MAX_MS)})?;
        // The patience with a subscriber is as long as it was.
        let sql = "UPDATE delivery SET first_at = MIN(first_at + :by, :now), due_at = due_at + :by WHERE state = 'waiting'";
        self.change(sql, named_params! {":by": by_ms, ":now": now})?;
        // Never more often than the rule says, and not later either.
        self.change("UPDATE balance SET next_at = next_at + ?1", [by_ms])?;
        self.change("UPDATE life SET due_at = due_at + ?1", [by_ms])?;
        // How often a telephone was rung within the hour, and for how long a SIM counts as one without voice.
        let sql = "UPDATE ring SET dialed_at = dialed_at + ?1 WHERE state <> 'waiting' AND dialed_at > ?2";
        self.change(sql, (by_ms, from.shifted_ms(-PAUSE_MAX_MS)))?;
        self.change("UPDATE sim_voice SET at = at + ?1", [by_ms])?;
        self.change("UPDATE selftest SET due_at = due_at + ?1 WHERE ended_at IS NULL", [by_ms])?;
        let sql = "UPDATE modem SET clock_ahead_ms = clock_ahead_ms + ?1, clock_heard_at = clock_heard_at + ?1";
        self.change(sql, [by_ms])?;
        self.keep_answers(jump)?;
        self.touch().timers += 1;
        self.touch().parts += 1;
        self.touch().errands += 1;
        Ok(())
    }

    /// What waits minutes at most goes on waiting as long, and whatever clock it was reckoned by no longer than that: doubts for
    /// their witness, parts for each other, http steps for their next try, telephones for a modem.
    pub fn move_waits(&mut self, now: Timestamp, by_ms: i64) -> Result<()> {
        let latest = now.shifted_ms(PAUSE_MAX_MS);
        for sql in [
            // What waits for a person has no due time that could come.
            "UPDATE part SET due_at = MIN(due_at + :by, :latest) WHERE state IN ('claimed', 'in_doubt', 'parked')
             AND state IN ('in_doubt', 'parked') AND due_at < 9223372036854775807 AND (:by <> 0 OR due_at > :latest)",
            "UPDATE inbound_part SET join_due = MIN(join_due + :by, :latest), received_at = received_at + :by
             WHERE join_due IS NOT NULL AND (:by <> 0 OR join_due > :latest)",
            "UPDATE calling SET due_at = MIN(due_at + :by, :latest) WHERE state IN ('queued', 'calling', 'unknown')
             AND state <> 'calling' AND due_at IS NOT NULL AND (:by <> 0 OR due_at > :latest)",
            "UPDATE ring SET due_at = MIN(due_at + :by, :latest), expires_at = MIN(expires_at + :by, :latest)
             WHERE state IN ('waiting', 'calling') AND state = 'waiting' AND (:by <> 0 OR due_at > :latest OR expires_at > :latest)",
        ] {
            self.change(sql, named_params! {":by": by_ms, ":latest": latest})?;
        }
        let sql = "UPDATE sim SET minute_until = minute_until + ?1, day_until = day_until + ?1, month_until = month_until + ?1,
                       held_until = held_until + ?1 WHERE ?1 <> 0";
        self.change(sql, [by_ms])?;
        Ok(())
    }

    /// What texts are fenced by: when the network took a prompt, when a phone had it, and when its answer came. A text after the
    /// jump is stamped in the time after it.
    fn move_what_is_fenced(&mut self, jump: &ClockJump) -> Result<()> {
        // Some phones are told of in the network's own time; none has a text before the network took it.
        for (before, sql) in [
            (
                jump.before.question,
                "UPDATE question SET accepted_at = accepted_at + :by, delivered_at = MAX(delivered_at, accepted_at) + :by,
                     closed_at = closed_at + :by
                 WHERE id > (SELECT MAX(id) FROM question) - 10000 AND id > :before",
            ),
            (
                jump.before.message,
                "UPDATE message SET accepted_at = accepted_at + :by, submitted_at = submitted_at + :by,
                     delivered_at = MAX(delivered_at, accepted_at) + :by
                 WHERE n > (SELECT MAX(n) FROM message) - 10000 AND n > :before",
            ),
            (
                jump.before.message,
                "UPDATE part SET submitted_at = submitted_at + :by, delivered_at = MAX(delivered_at, submitted_at) + :by
                 WHERE message IN (SELECT id FROM message WHERE n > (SELECT MAX(n) FROM message) - 10000 AND n > :before)",
            ),
        ] {
            self.change(sql, named_params! {":by": jump.by_ms, ":before": before})?;
        }
        // No modem of an older daemon is ready.
        self.change("UPDATE modem SET ready_since = ready_since + ?1", [jump.by_ms])?;
        let sql = "UPDATE held_answer SET stamp = stamp + :by, until = MIN(until + :by, :latest)";
        let latest = jump.from.shifted_ms(jump.by_ms).shifted_ms(PAUSE_MAX_MS);
        self.change(sql, named_params! {":by": jump.by_ms, ":latest": latest})?;
        Ok(())
    }

    /// First answers keep their age: one that is forgotten too early is a message sent twice. Small steps do not matter to what
    /// is kept for weeks.
    fn keep_answers(&mut self, jump: &ClockJump) -> Result<()> {
        if jump.by_ms >= DAY_MS {
            self.change("UPDATE idempotency SET created_at = created_at + ?1", [jump.by_ms])?;
        } else if jump.by_ms < 0 {
            let now = jump.from.shifted_ms(jump.by_ms);
            self.change("UPDATE idempotency SET created_at = ?1 WHERE created_at > ?1", [now])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// The newest rows there are.
    pub fn newest_rows(&self) -> Result<Newest> {
        let newest = |sql| Ok::<_, super::Error>(self.one(sql, [], |row| Ok(row.get::<_, Option<i64>>(0)?))?.flatten().unwrap_or(0));
        Ok(Newest {
            session: newest("SELECT MAX(n) FROM session")?,
            question: newest("SELECT MAX(id) FROM question")?,
            message: newest("SELECT MAX(n) FROM message")?,
            attempt: newest("SELECT MAX(id) FROM attempt")?,
            samples: self.smsc_clocks()?.into_iter().map(|(smsc, row)| (smsc, row.clock.samples)).collect(),
        })
    }
}
