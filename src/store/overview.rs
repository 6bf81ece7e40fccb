//! Counts for the overview page, `status` and metrics: each one index away.

use super::Reader;
use super::error::Result;
use crate::msisdn::Msisdn;
use crate::text::Text;
use crate::time::Timestamp;

/// What a person wants to see first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overview {
    /// Parts that wait for a modem.
    pub queued: u32,
    /// Parts that a modem has.
    pub claimed: u32,
    /// Messages in doubt, the parked ones included.
    pub in_doubt: u32,
    /// Messages that wait for a person's word.
    pub parked: u32,
    /// Questions that wait for an answer.
    pub open_questions: u32,
    /// Open sessions.
    pub open_sessions: u32,
    /// Http steps without an outcome.
    pub open_calls: u32,
    /// Tasks nobody has closed.
    pub open_tasks: u32,
    /// Deliveries that wait.
    pub deliveries_waiting: u32,
    /// Deliveries that were given up.
    pub deliveries_dead: u32,
}

/// One person's conversation in a list of conversations.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationHead {
    /// Who.
    pub msisdn: Msisdn,
    /// The newest text.
    pub text: Text,
    /// The person wrote it.
    pub inbound: bool,
    /// When.
    pub at: Timestamp,
}

impl Reader<'_> {
    /// The counts.
    pub fn overview(&self) -> Result<Overview> {
        let sql = "SELECT
                (SELECT COUNT(*) FROM part WHERE state = 'queued' AND deferred = 0)
                    + (SELECT COUNT(*) FROM part WHERE state = 'queued' AND deferred = 1) AS queued,
                (SELECT COUNT(*) FROM part WHERE state IN ('claimed', 'in_doubt', 'parked') AND state = 'claimed') AS claimed,
                (SELECT COUNT(*) FROM message WHERE state IN ('in_doubt', 'parked')) AS in_doubt,
                (SELECT COUNT(*) FROM message WHERE state IN ('in_doubt', 'parked') AND state = 'parked') AS parked,
                (SELECT COUNT(*) FROM question WHERE state = 'waiting') AS questions,
                (SELECT COUNT(*) FROM session WHERE state IN ('opening', 'asked')) AS sessions,
                (SELECT COUNT(*) FROM calling WHERE state IN ('queued', 'calling', 'unknown')) AS calls,
                (SELECT COUNT(*) FROM task WHERE closed_at IS NULL) AS tasks,
                (SELECT COUNT(*) FROM delivery WHERE state = 'waiting') AS waiting,
                (SELECT COUNT(*) FROM delivery WHERE state = 'dead') AS dead";
        let counts = self.one(sql, [], |row| {
            Ok(Overview {
                queued: row.get("queued")?,
                claimed: row.get("claimed")?,
                in_doubt: row.get("in_doubt")?,
                parked: row.get("parked")?,
                open_questions: row.get("questions")?,
                open_sessions: row.get("sessions")?,
                open_calls: row.get("calls")?,
                open_tasks: row.get("tasks")?,
                deliveries_waiting: row.get("waiting")?,
                deliveries_dead: row.get("dead")?,
            })
        })?;
        Ok(counts.unwrap_or_default())
    }

    /// The people last heard from or written to, newest first.
    pub fn conversation_heads(&self, limit: u32) -> Result<Vec<ConversationHead>> {
        // The newest rows of both tables hold the newest conversations; 20 rows each for every head is ample.
        let sql = "SELECT msisdn, text, inbound, MAX(at) AS at FROM (
                       SELECT * FROM (SELECT msisdn, text, 0 AS inbound, created_at AS at FROM message WHERE purpose <> 'proof' ORDER BY n DESC LIMIT ?1 * 20)
                       UNION ALL
                       SELECT * FROM (SELECT msisdn, text, 1, received_at FROM inbound WHERE msisdn IS NOT NULL ORDER BY id DESC LIMIT ?1 * 20)
                   ) GROUP BY msisdn ORDER BY at DESC LIMIT ?1";
        self.all(sql, [limit], |row| {
            Ok(ConversationHead { msisdn: row.get("msisdn")?, text: row.get("text")?, inbound: row.get("inbound")?, at: row.get("at")? })
        })
    }
}
