//! The wall clock was set: what was reckoned from it keeps the time it had left.
//!
//! A row from before this daemon knew a right clock, and what a client or a flow names as an instant, stays as it is; what is
//! told apart here is only what the rows show.

use rusqlite::named_params;

use super::Tx;
use super::error::Result;
use crate::time::Timestamp;

/// How the wall clock was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockJump {
    /// What it would show now.
    pub from: Timestamp,
    /// From when on it showed the wrong time, as it showed it then: the start of the daemon, or the jump before.
    pub since: Timestamp,
    /// By how much it was set.
    pub by_ms: i64,
}

/// Longer than every pause and every doubt's wait.
const PAUSE_MAX_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

impl Tx<'_> {
    /// Moves what is open and was reckoned from the wrong time.
    pub fn clock_jumped(&mut self, jump: &ClockJump) -> Result<()> {
        let (from, by_ms) = (jump.from, jump.by_ms);
        let latest = from.shifted_ms(PAUSE_MAX_MS);
        // A doubt waits for its witness as long as it would have.
        let sql = "UPDATE part SET due_at = due_at + :by WHERE state IN ('claimed', 'in_doubt', 'parked')
                   AND state IN ('in_doubt', 'parked') AND due_at BETWEEN :from AND :latest";
        self.change(sql, named_params! {":by": by_ms, ":from": from, ":latest": latest})?;
        // What could leave, or could after a pause, still can. Forwards that needs no help.
        if by_ms < 0 {
            let sql = "UPDATE part SET due_at = due_at + :by WHERE state = 'queued' AND due_at > :now AND due_at <= :latest";
            self.change(sql, named_params! {":by": by_ms, ":now": from.shifted_ms(by_ms), ":latest": latest})?;
        }
        let young = named_params! {":by": by_ms, ":since": jump.since, ":from": from};
        for sql in [
            // Their reports will carry the network's time.
            "UPDATE attempt SET at = at + :by, settled_at = settled_at + :by
                 WHERE id > (SELECT MAX(id) FROM attempt) - 10000 AND at BETWEEN :since AND :from",
            "UPDATE message SET expires_at = expires_at + :by WHERE state IN ('accepted', 'queued') AND created_at BETWEEN :since AND :from",
            "UPDATE message SET expires_at = expires_at + :by
                 WHERE state IN ('sending', 'in_doubt', 'parked') AND created_at BETWEEN :since AND :from",
            "UPDATE message SET expires_at = expires_at + :by WHERE state = 'submitted' AND created_at BETWEEN :since AND :from",
            "UPDATE timer SET due_at = due_at + :by WHERE due_at IS NOT NULL AND session IN
                 (SELECT id FROM session WHERE state IN ('opening', 'asked') AND opened_at BETWEEN :since AND :from)",
            "UPDATE session SET expires_at = expires_at + :by
                 WHERE state IN ('opening', 'asked') AND opened_at BETWEEN :since AND :from",
        ] {
            self.change(sql, young)?;
        }
        self.keep_answers(jump)?;
        self.touch().timers += 1;
        self.touch().parts += 1;
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
