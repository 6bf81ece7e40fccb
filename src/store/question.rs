//! Questions: prompts to one person that wait for an answer; the table a reply is matched with.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::columns::{Json, Spelled};
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::conversation::session::{NewQuestion, Question};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::terms::QuestionState;
use crate::text::Text;
use crate::time::Timestamp;

fn read(row: &Row<'_>) -> Result<Question> {
    Ok(Question {
        id: row.get("id")?,
        session: row.get("session")?,
        visit: row.get("visit")?,
        step: row.get("step")?,
        to: row.get("msisdn")?,
        sim: row.get("sim")?,
        accepted_at: row.get("accepted_at")?,
        delivered_at: row.get("delivered_at")?,
        tag: row.get("tag")?,
        code: row.get("code")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        asked_again: row.get("asked_again")?,
        proposed: row.get("proposed")?,
        keep_until: row.get("keep_until")?,
        closed_at: row.get("closed_at")?,
        text: row.get("text")?,
    })
}

impl Reader<'_> {
    /// One question.
    pub fn question(&self, id: i64) -> Result<Option<Question>> {
        self.one("SELECT * FROM question WHERE id = ?1", [id], read)
    }

    /// Questions to a person that are held, waiting or kept, oldest first.
    pub fn questions_heard(&self, person: &Msisdn) -> Result<Vec<Question>> {
        let sql = "SELECT * FROM question WHERE msisdn = ?1 AND state IN ('held', 'waiting', 'kept') ORDER BY id LIMIT 200";
        self.all(sql, [person], read)
    }

    /// Staff codes of alarms that are open to each of these people.
    pub fn codes_open_to(&self, people: &[&Msisdn]) -> Result<BTreeMap<Msisdn, Vec<String>>> {
        let sql = "SELECT msisdn, code FROM question WHERE msisdn IN (SELECT value FROM json_each(?1))
                   AND state IN ('held', 'waiting', 'kept') AND code IS NOT NULL LIMIT 10000";
        let mut codes: BTreeMap<Msisdn, Vec<String>> = BTreeMap::new();
        for (person, code) in self.all(sql, [Json(people)], |row| Ok((row.get(0)?, row.get(1)?)))? {
            codes.entry(person).or_default().push(code);
        }
        Ok(codes)
    }

    /// Questions that wait for an answer, newest first.
    pub fn questions_waiting(&self, limit: u32) -> Result<Vec<Question>> {
        let sql = "SELECT * FROM question WHERE state = 'waiting' ORDER BY id DESC LIMIT ?1";
        self.all(sql, [limit], read)
    }

    /// Questions to a person that left the waiting state at or after `since`, newest first.
    pub fn questions_closed(&self, person: &Msisdn, since: Timestamp) -> Result<Vec<Question>> {
        let sql = "SELECT * FROM question WHERE msisdn = ?1 AND closed_at >= ?2 ORDER BY closed_at DESC, id DESC LIMIT 100";
        self.all(sql, (person, since), read)
    }

    /// Tags given to questions to a person at or after `since`, each as often as it was given.
    pub fn tags_used(&self, person: &Msisdn, since: Timestamp) -> Result<Vec<u8>> {
        let sql = "SELECT tag FROM question WHERE msisdn = ?1 AND created_at >= ?2 AND tag IS NOT NULL";
        self.all(sql, (person, since), |row| Ok(row.get(0)?))
    }

    /// Questions of a session that are held, waiting or kept.
    pub fn questions_open_of(&self, session: SessionId) -> Result<Vec<Question>> {
        let sql = "SELECT * FROM question WHERE session = ?1 AND state IN ('held', 'waiting', 'kept') ORDER BY id LIMIT 1000";
        self.all(sql, [session], read)
    }

    /// Whether somebody was paged in a session: asked with the code of an alarm.
    pub fn is_paged(&self, session: SessionId, to: &Msisdn) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM question WHERE session = ?1 AND msisdn = ?2 AND code IS NOT NULL LIMIT 1)";
        Ok(self.count(sql, (session, to))? > 0)
    }

    /// Questions of a session, oldest first.
    pub fn questions_of(&self, session: SessionId) -> Result<Vec<Question>> {
        self.all("SELECT * FROM question WHERE session = ?1 ORDER BY id LIMIT 1000", [session], read)
    }

    /// The last question of a session to a person.
    pub fn last_question_of(&self, session: SessionId, person: &Msisdn) -> Result<Option<Question>> {
        let sql = "SELECT * FROM question WHERE session = ?1 AND msisdn = ?2 ORDER BY id DESC LIMIT 1";
        self.one(sql, (session, person), read)
    }

    /// When the network accepted the first prompt of a visit.
    pub fn visit_accepted_at(&self, session: SessionId, visit: u32) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(accepted_at) FROM question WHERE session = ?1 AND visit = ?2";
        Ok(self.one(sql, (session, visit), |row| Ok(row.get(0)?))?.flatten())
    }
}

impl Tx<'_> {
    /// Inserts a question: held behind the door, or waiting.
    pub fn insert_question(&mut self, question: &NewQuestion, text: &Text, now: Timestamp) -> Result<i64> {
        let state = match (question.held_until, question.keep_until) {
            (Some(_), _) => QuestionState::Held,
            (None, Some(_)) => QuestionState::Kept,
            (None, None) => QuestionState::Waiting,
        };
        let sql =
            "INSERT INTO question (session, visit, step, msisdn, tag, code, state, asked_again, held_until, keep_until, created_at, text)
                   VALUES (:session, :visit, :step, :to, :tag, :code, :state, 0, :held_until, :keep_until, :now, :text)";
        self.insert(
            sql,
            named_params! {
                ":session": question.session, ":visit": question.visit, ":step": question.step, ":to": question.to,
                ":tag": question.tag, ":code": question.code, ":state": Spelled(state), ":held_until": question.held_until,
                ":keep_until": question.keep_until,
                ":now": now, ":text": text,
            },
        )
    }

    /// Writes back everything of a question that changes in its life.
    pub fn save_question(&mut self, question: &Question) -> Result<()> {
        let sql = "UPDATE question SET sim = :sim, accepted_at = :accepted_at, delivered_at = :delivered_at, tag = :tag, code = :code,
                       state = :state, asked_again = :asked_again, proposed = :proposed, keep_until = :keep_until,
                       closed_at = :closed_at, text = :text
                   WHERE id = :id";
        self.change(
            sql,
            named_params! {
                ":sim": question.sim, ":accepted_at": question.accepted_at, ":delivered_at": question.delivered_at,
                ":tag": question.tag, ":code": question.code, ":state": Spelled(question.state),
                ":asked_again": question.asked_again, ":proposed": question.proposed, ":keep_until": question.keep_until,
                ":closed_at": question.closed_at, ":text": question.text, ":id": question.id,
            },
        )?;
        Ok(())
    }
}
