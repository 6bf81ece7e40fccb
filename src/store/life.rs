//! Proof of life of SIMs: the text of the box to itself that is awaited, and when the next leaves. One row for each SIM, and only
//! where the settings ask for it.

use rusqlite::named_params;

use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::ids::MessageId;
use crate::time::Timestamp;

/// What is known of a SIM's proof of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// Which SIM sends.
    pub iccid: String,
    /// What the last text is known by when it comes in.
    pub token: Option<String>,
    /// That text.
    pub message: Option<MessageId>,
    /// When it was queued.
    pub asked_at: Option<Timestamp>,
    /// It has not come in yet.
    pub awaited: bool,
    /// The last one never came in.
    pub missing: bool,
    /// When one came in last.
    pub proved_at: Option<Timestamp>,
    /// When the next leaves, or the awaited one is missing.
    pub due_at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<Life> {
    Ok(Life {
        iccid: row.get("iccid")?,
        token: row.get("token")?,
        message: row.get("message")?,
        asked_at: row.get("asked_at")?,
        awaited: row.get("awaited")?,
        missing: row.get("missing")?,
        proved_at: row.get("proved_at")?,
        due_at: row.get("due_at")?,
    })
}

impl Reader<'_> {
    /// Of one SIM.
    pub fn life(&self, iccid: &str) -> Result<Option<Life>> {
        self.one("SELECT * FROM life WHERE iccid = ?1", [iccid], read)
    }

    /// Of every SIM.
    pub fn lives(&self) -> Result<Vec<Life>> {
        self.all("SELECT * FROM life ORDER BY due_at LIMIT 1000", [], read)
    }
}

impl Tx<'_> {
    /// Inserts the row of a SIM or writes it back.
    pub fn save_life(&mut self, life: &Life) -> Result<()> {
        let sql = "INSERT INTO life (iccid, token, message, asked_at, awaited, missing, proved_at, due_at)
                   VALUES (:iccid, :token, :message, :asked_at, :awaited, :missing, :proved_at, :due_at)
                   ON CONFLICT (iccid) DO UPDATE SET token = :token, message = :message, asked_at = :asked_at, awaited = :awaited,
                       missing = :missing, proved_at = :proved_at, due_at = :due_at";
        self.change(
            sql,
            named_params! {
                ":iccid": life.iccid, ":token": life.token, ":message": life.message, ":asked_at": life.asked_at,
                ":awaited": life.awaited, ":missing": life.missing, ":proved_at": life.proved_at, ":due_at": life.due_at,
            },
        )?;
        self.touch().timers += 1;
        Ok(())
    }

    /// Takes every row away: nobody asks for proofs any more.
    pub fn remove_lives(&mut self) -> Result<()> {
        self.change("DELETE FROM life", [])?;
        Ok(())
    }
}
