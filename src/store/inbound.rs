//! Inbound texts, whole: what was said, which rule took it and why. Their TPDUs lie in `inbound_part`.

use std::ops::RangeInclusive;

use rusqlite::named_params;

use super::columns::Json;
use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::text::Text;
use crate::time::Timestamp;

/// One inbound text with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundRow {
    /// Row number: newer is higher.
    pub id: i64,
    /// Who wrote, where that is a number.
    pub from: Option<Msisdn>,
    /// Who wrote, as the network said it.
    pub sender: String,
    /// ICCID it came in on.
    pub sim: String,
    /// What it says.
    pub text: Text,
    /// The raw PDU of what could not be decoded.
    pub hex: Option<String>,
    /// Service-centre time of its first part.
    pub scts: Option<Timestamp>,
    /// Milliseconds between that clock and the box's, as they were known when it was read.
    pub offset_ms: i64,
    /// How many texts and reports the offset rested on.
    pub samples: u32,
    /// When the box read it.
    pub received_at: Timestamp,
    /// Indicated as it came.
    pub live: bool,
    /// Parts that came.
    pub parts_have: u8,
    /// Parts it has.
    pub parts_total: u8,
    /// How often it came again.
    pub redelivered: u32,
    /// The rule that took it.
    pub rule: Option<u8>,
    /// What the rule made of it: `answer`, `unclear`, `optout` ...
    pub outcome: Option<String>,
    /// The session that took it.
    pub session: Option<SessionId>,
    /// The question it answered.
    pub question: Option<i64>,
    /// The answer by its name in the flow.
    pub answer: Option<String>,
    /// Why, in words.
    pub why: String,
    /// The sessions that could have taken it.
    pub candidates: Vec<SessionId>,
    /// The danger tap heard something.
    pub danger: bool,
}

/// What `resolve` said of a text, for its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict<'a> {
    /// The rule that took it.
    pub rule: u8,
    /// What the rule made of it.
    pub outcome: &'a str,
    /// The session that took it.
    pub session: Option<SessionId>,
    /// The question it answered.
    pub question: Option<i64>,
    /// The answer by its name in the flow.
    pub answer: Option<&'a str>,
    /// Why.
    pub why: &'a str,
    /// The sessions that could have taken it.
    pub candidates: &'a [SessionId],
    /// The danger tap heard something.
    pub danger: bool,
}

fn read(row: &Row<'_>) -> Result<InboundRow> {
    Ok(InboundRow {
        id: row.get("id")?,
        from: row.get("msisdn")?,
        sender: row.get("sender")?,
        sim: row.get("sim")?,
        text: row.get("text")?,
        hex: row.get("hex")?,
        scts: row.get("scts")?,
        offset_ms: row.get("offset_ms")?,
        samples: row.get("samples")?,
        received_at: row.get("received_at")?,
        live: row.get("live")?,
        parts_have: row.get("parts_have")?,
        parts_total: row.get("parts_total")?,
        redelivered: row.get("redelivered")?,
        rule: row.get("rule")?,
        outcome: row.get("outcome")?,
        session: row.get("session")?,
        question: row.get("question")?,
        answer: row.get("answer")?,
        why: row.get("why")?,
        candidates: row.get::<_, Json<_>>("candidates")?.0,
        danger: row.get("danger")?,
    })
}

impl Reader<'_> {
    /// One inbound text.
    pub fn inbound(&self, id: i64) -> Result<Option<InboundRow>> {
        self.one("SELECT * FROM inbound WHERE id = ?1", [id], read)
    }

    /// The newest inbound texts first; only those of one number where given.
    pub fn inbounds(&self, from: Option<&Msisdn>, paging: Paging) -> Result<Page<InboundRow>> {
        let (before, rows) = (paging.before(), paging.rows());
        let rows = match from {
            Some(from) => {
                let sql = "SELECT * FROM inbound WHERE msisdn = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
                self.all(sql, (from, before, rows), read)
            }
            None => self.all("SELECT * FROM inbound WHERE id < ?1 ORDER BY id DESC LIMIT ?2", (before, rows), read),
        };
        Ok(Page::cut(rows?, paging, |inbound| inbound.id))
    }

    /// Inbound texts that a session took, oldest first.
    pub fn inbounds_of_session(&self, session: SessionId) -> Result<Vec<InboundRow>> {
        self.all("SELECT * FROM inbound WHERE session = ?1 ORDER BY id LIMIT 1000", [session], read)
    }

    /// Whether a number wrote its newest text within this time.
    pub fn heard_within(&self, from: &Msisdn, time: &RangeInclusive<Timestamp>) -> Result<bool> {
        // The newest text of a number has its newest row.
        let sql = "SELECT received_at FROM inbound WHERE msisdn = ?1 ORDER BY id DESC LIMIT 1";
        Ok(self.one(sql, [from], |row| Ok(row.get::<_, Timestamp>(0)?))?.is_some_and(|at| time.contains(&at)))
    }

    /// When a number wrote the text before this row.
    pub fn heard_before(&self, from: &Msisdn, row: i64) -> Result<Option<Timestamp>> {
        let sql = "SELECT received_at FROM inbound WHERE msisdn = ?1 AND id < ?2 ORDER BY id DESC LIMIT 1";
        self.one(sql, (from, row), |row| Ok(row.get(0)?))
    }

    /// How many texts with these very words came from a number within this time, the row `but` not counted.
    pub fn equal_texts_within(&self, from: &Msisdn, text: &Text, time: &RangeInclusive<Timestamp>, but: i64) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM inbound WHERE msisdn = ?1 AND received_at BETWEEN ?2 AND ?3 AND id <> ?4
                   AND trim(text) = trim(?5) COLLATE NOCASE";
        self.count(sql, (from, time.start(), time.end(), but, text)).map(|n| n as u32)
    }

    /// Staff codes of a number within this time that were refused, of its newest 100 texts, the row `but` not counted.
    pub fn codes_refused_within(&self, from: &Msisdn, time: &RangeInclusive<Timestamp>, but: i64) -> Result<Vec<Text>> {
        let sql = "SELECT text FROM (SELECT * FROM inbound WHERE msisdn = ?1 ORDER BY id DESC LIMIT 100)
                   WHERE received_at BETWEEN ?2 AND ?3 AND id <> ?4 AND rule = 8 AND outcome = 'none'";
        self.all(sql, (from, time.start(), time.end(), but), |row| Ok(row.get(0)?))
    }

    /// How many texts of a number within this time were keywords of flows, the row `but` not counted.
    pub fn keywords_within(&self, from: &Msisdn, time: &RangeInclusive<Timestamp>, but: i64) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM inbound WHERE msisdn = ?1 AND received_at BETWEEN ?2 AND ?3 AND id <> ?4
                   AND rule = 13 AND outcome = 'start'";
        self.count(sql, (from, time.start(), time.end(), but)).map(|n| n as u32)
    }
}

impl Tx<'_> {
    /// Inserts a text before it is resolved; `id` and the verdict are filled later.
    pub fn insert_inbound(&mut self, inbound: &InboundRow) -> Result<i64> {
        let sql = "INSERT INTO inbound (msisdn, sender, sim, text, hex, scts, offset_ms, samples, received_at, live, parts_have, parts_total, redelivered,
                       rule, outcome, why, candidates, danger)
                   VALUES (:from, :sender, :sim, :text, :hex, :scts, :offset_ms, :samples, :received_at, :live, :have, :total, 0,
                       :rule, :outcome, :why, '[]', :danger)";
        self.insert(
            sql,
            named_params! {
                ":from": inbound.from, ":sender": inbound.sender, ":sim": inbound.sim, ":text": inbound.text, ":hex": inbound.hex,
                ":scts": inbound.scts, ":offset_ms": inbound.offset_ms, ":samples": inbound.samples, ":received_at": inbound.received_at, ":live": inbound.live, ":have": inbound.parts_have,
                ":total": inbound.parts_total, ":rule": inbound.rule, ":outcome": inbound.outcome, ":why": inbound.why,
                ":danger": inbound.danger,
            },
        )
    }

    /// Writes what became of a text.
    pub fn save_verdict(&mut self, id: i64, verdict: &Verdict<'_>) -> Result<()> {
        let sql = "UPDATE inbound SET rule = :rule, outcome = :outcome, session = :session, question = :question, answer = :answer,
                       why = :why, candidates = :candidates, danger = danger OR :danger
                   WHERE id = :id";
        self.change(
            sql,
            named_params! {
                ":rule": verdict.rule, ":outcome": verdict.outcome, ":session": verdict.session, ":question": verdict.question,
                ":answer": verdict.answer, ":why": verdict.why, ":candidates": Json(verdict.candidates), ":danger": verdict.danger,
                ":id": id,
            },
        )?;
        Ok(())
    }

    /// Counts that a text came again.
    pub fn count_redelivered(&mut self, id: i64) -> Result<()> {
        self.change("UPDATE inbound SET redelivered = redelivered + 1 WHERE id = ?1", [id])?;
        Ok(())
    }
}
