//! First answers by idempotency key: the same request again gets the same answer.

use rusqlite::named_params;

use super::error::Result;
use super::{Reader, Tx};
use crate::time::Timestamp;

/// What a key was first used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstAnswer {
    /// SHA-256 of the request's body.
    pub body_sha256: String,
    /// The answer, as JSON.
    pub answer: String,
}

impl Reader<'_> {
    /// The first answer under this owner's key.
    pub fn first_answer(&self, owner: &str, key: &str) -> Result<Option<FirstAnswer>> {
        let sql = "SELECT body_sha256, answer FROM idempotency WHERE owner = ?1 AND key = ?2";
        self.one(sql, (owner, key), |row| Ok(FirstAnswer { body_sha256: row.get(0)?, answer: row.get(1)? }))
    }
}

impl Tx<'_> {
    /// Keeps a first answer, or how far the work for it has come.
    pub fn keep_answer(&mut self, owner: &str, key: &str, answer: &FirstAnswer, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO idempotency (owner, key, body_sha256, answer, created_at) VALUES (:owner, :key, :body, :answer, :now)
                   ON CONFLICT (owner, key) DO UPDATE SET answer = :answer";
        self.change(sql, named_params! {":owner": owner, ":key": key, ":body": answer.body_sha256, ":answer": answer.answer, ":now": now})?;
        Ok(())
    }

    /// Forgets answers older than `before`, at most `limit` at a time; the newest `always` stay, whatever the clock says: a box
    /// that starts in a wrong year does not know how old anything is.
    pub fn forget_answers(&mut self, before: Timestamp, always: u32, limit: u32) -> Result<usize> {
        let sql = "DELETE FROM idempotency WHERE (owner, key) IN (
                       SELECT owner, key FROM idempotency
                       WHERE created_at < ?1 AND +created_at < (SELECT created_at FROM idempotency ORDER BY created_at DESC LIMIT 1 OFFSET ?2)
                       ORDER BY created_at LIMIT ?3)";
        self.change(sql, (before, always.saturating_sub(1), limit))
    }
}
