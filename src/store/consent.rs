//! Consent records: append-only, with their proof. What a number is out of follows from its rows in order; that
//! reckoning is the engine's.

use std::collections::BTreeSet;

use rusqlite::named_params;

use super::columns::Json;
use super::error::{Error, Result};
use super::row::Row;
use super::{Reader, Tx};
use crate::conversation::effect::{ConsentChange, Proof};
use crate::conversation::session::FlowRef;
use crate::msisdn::Msisdn;
use crate::terms::{Category, Word};
use crate::time::Timestamp;

/// Most records of one number that are looked at: nobody changes their mind more often.
const RECORDS_MAX: u32 = 500;

/// One consent record.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentRow {
    /// Row number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Row number of the newest message that existed: what came later is known by this, not by a clock that may be set.
    pub message_n: i64,
    /// What was changed, for whom, and how that was proved.
    pub change: ConsentChange,
}

fn read(row: &Row<'_>) -> Result<ConsentRow> {
    let words: Vec<String> = row.get::<_, Json<_>>("categories")?.0;
    let category = |word: &String| {
        Category::from_word(word)
            .ok_or_else(|| Error::Row { column: "consent.categories".to_owned(), cause: format!("`{word}` is no category") })
    };
    Ok(ConsentRow {
        id: row.get("id")?,
        at: row.get("at")?,
        message_n: row.get("message_n")?,
        change: ConsentChange {
            msisdn: row.get("msisdn")?,
            categories: words.iter().map(category).collect::<Result<_>>()?,
            granted: row.get("granted")?,
            source: row.get("source")?,
            proof: Proof {
                reply: row.get("proof")?,
                shown: row.get("shown")?,
                sim: row.get("sim")?,
                flow: flow(row)?,
                session: row.get("session")?,
                by: row.get("noted_by")?,
            },
            pending: row.get("pending")?,
        },
    })
}

fn flow(row: &Row<'_>) -> Result<Option<FlowRef>> {
    let (name, revision): (Option<String>, Option<u32>) = (row.get("flow")?, row.get("revision")?);
    Ok(name.zip(revision).map(|(name, revision)| FlowRef { name, revision }))
}

impl Reader<'_> {
    /// The consent records of a number, oldest first.
    pub fn consents_of(&self, person: &Msisdn) -> Result<Vec<ConsentRow>> {
        let mut records = self.all("SELECT * FROM consent WHERE msisdn = ?1 ORDER BY id DESC LIMIT ?2", (person, RECORDS_MAX), read)?;
        records.reverse();
        Ok(records)
    }

    /// Those of these people who have any consent record.
    pub fn with_consents(&self, people: &[&Msisdn]) -> Result<BTreeSet<Msisdn>> {
        let sql = "SELECT value FROM json_each(?1) WHERE EXISTS (SELECT 1 FROM consent WHERE msisdn = value)";
        Ok(self.all(sql, [Json(people)], |row| Ok(row.get(0)?))?.into_iter().collect())
    }
}

impl Tx<'_> {
    /// Appends a consent record.
    pub fn insert_consent(&mut self, change: &ConsentChange, now: Timestamp) -> Result<()> {
        let words: Vec<&str> = change.categories.iter().map(|category| category.word()).collect();
        let sql =
            "INSERT INTO consent (msisdn, categories, granted, pending, source, proof, shown, sim, flow, revision, session, noted_by, message_n, at)
                   VALUES (:msisdn, :categories, :granted, :pending, :source, :proof, :shown, :sim, :flow, :revision, :session, :by,
                       COALESCE((SELECT MAX(n) FROM message), 0), :at)";
        let proof = &change.proof;
        self.insert(
            sql,
            named_params! {
                ":msisdn": change.msisdn, ":categories": Json(words), ":granted": change.granted, ":pending": change.pending,
                ":source": change.source, ":proof": proof.reply, ":shown": proof.shown, ":sim": proof.sim,
                ":flow": proof.flow.as_ref().map(|flow| &flow.name), ":revision": proof.flow.as_ref().map(|flow| flow.revision),
                ":session": proof.session, ":by": proof.by, ":at": now,
            },
        )?;
        Ok(())
    }
}
