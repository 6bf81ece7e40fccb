//! Evidence: what was seen that tells whether a part was sent, in words a person can read beside a doubt.

use rusqlite::named_params;

use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::ids::MessageId;
use crate::time::Timestamp;

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Row number.
    pub id: i64,
    /// Of which message.
    pub message: MessageId,
    /// Of which part.
    pub seq: Option<u8>,
    /// Of which attempt.
    pub attempt: Option<i64>,
    /// `cmgs`, `orphan`, `report`, `refused`, `silence`, `aborted`, `reply`, `duplicate`, `reference`, `policy`,
    /// `person`.
    pub kind: String,
    /// What was seen, without text or full number.
    pub raw: String,
    /// When.
    pub at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<Evidence> {
    Ok(Evidence {
        id: row.get("id")?,
        message: row.get("message")?,
        seq: row.get("seq")?,
        attempt: row.get("attempt")?,
        kind: row.get("kind")?,
        raw: row.get("raw")?,
        at: row.get("at")?,
    })
}

impl Reader<'_> {
    /// Everything seen about a message, oldest first.
    pub fn evidence_of(&self, message: MessageId) -> Result<Vec<Evidence>> {
        self.all("SELECT * FROM evidence WHERE message = ?1 ORDER BY id LIMIT 1000", [message], read)
    }
}

impl Tx<'_> {
    /// Adds one thing seen; its `id` is the store's to choose.
    pub fn insert_evidence(&mut self, evidence: &Evidence) -> Result<i64> {
        let sql = "INSERT INTO evidence (message, seq, attempt, kind, raw, at) VALUES (:message, :seq, :attempt, :kind, :raw, :at)";
        self.insert(
            sql,
            named_params! {
                ":message": evidence.message, ":seq": evidence.seq, ":attempt": evidence.attempt,
                ":kind": evidence.kind, ":raw": evidence.raw, ":at": evidence.at,
            },
        )
    }
}
