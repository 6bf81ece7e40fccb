//! Notes: what staff wrote beside a conversation. They are never texted.

use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::text::Text;
use crate::time::Timestamp;

/// One note.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Row number: newer is higher.
    pub id: i64,
    /// The session it is about, where it is about one.
    pub session: Option<SessionId>,
    /// Who wrote it.
    pub who: String,
    /// What.
    pub text: Text,
    /// When.
    pub at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<Note> {
    Ok(Note { id: row.get("id")?, session: row.get("session")?, who: row.get("who")?, text: row.get("text")?, at: row.get("at")? })
}

impl Reader<'_> {
    /// The newest 100 notes beside a conversation, oldest of them first.
    pub fn notes_of(&self, person: &Msisdn) -> Result<Vec<Note>> {
        let mut notes = self.all("SELECT * FROM note WHERE msisdn = ?1 ORDER BY id DESC LIMIT 100", [person], read)?;
        notes.reverse();
        Ok(notes)
    }
}

impl Tx<'_> {
    /// Inserts a note.
    pub fn insert_note(&mut self, person: &Msisdn, session: Option<SessionId>, who: &str, text: &Text, at: Timestamp) -> Result<i64> {
        self.insert("INSERT INTO note (msisdn, session, who, text, at) VALUES (?1, ?2, ?3, ?4, ?5)", (person, session, who, text, at))
    }
}
