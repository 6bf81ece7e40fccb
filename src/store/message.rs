//! Outbound messages: what a person reads. Their parts lie in `part`, their tries in `attempt`.

use std::ops::RangeInclusive;

use rusqlite::named_params;

use super::columns::{Json, Spelled};
use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::conversation::session::SentText;
use crate::ids::{MessageId, SessionId};
use crate::msisdn::Msisdn;
use crate::terms::{Category, Certainty, MessageState, Policy, Purpose, Rank};
use crate::text::Text;
use crate::time::Timestamp;

/// One outbound message.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact of the row; together they are no state machine")]
pub struct Message {
    /// Row number: newer is higher.
    pub n: i64,
    /// Its id.
    pub id: MessageId,
    /// To whom.
    pub to: Msisdn,
    /// What it says.
    pub text: Text,
    /// Why.
    pub purpose: Purpose,
    /// Consent category.
    pub category: Category,
    /// What a doubt does.
    pub policy: Policy,
    /// Urgency.
    pub rank: Rank,
    /// ICCID it should leave on: the sender's wish, else the person's last.
    pub sim: Option<String>,
    /// It leaves on that SIM or not at all.
    pub sim_only: bool,
    /// Its session.
    pub session: Option<SessionId>,
    /// The question it puts, reminds of or reads back.
    pub question: Option<i64>,
    /// Where it is in its life.
    pub state: MessageState,
    /// `gsm7` or `ucs2`.
    pub encoding: String,
    /// How many parts.
    pub parts: u8,
    /// Concatenation reference of its parts.
    pub reference: u8,
    /// 1 to 7: on the phone it takes the place of the last text with this number (TP-PID 41 to 47).
    pub replaces: Option<u8>,
    /// Message class, 0 to 3 (23.038 clause 4).
    pub class: Option<u8>,
    /// A delivery report is asked for.
    pub report: bool,
    /// It was sent again while a doubt was open.
    pub possibly_twice: bool,
    /// It may be on air by an attempt that nobody has settled, or that was proved when its part had ended: follows from its
    /// attempts.
    pub doubted: bool,
    /// The sender's own labels.
    pub tags: Vec<String>,
    /// Who asked for it: a key's id, `local:UID`, `flow`.
    pub source: String,
    /// The rule whose inbound text it answers.
    pub rule: Option<u8>,
    /// Not before.
    pub not_before: Option<Timestamp>,
    /// Worthless after.
    pub expires_at: Option<Timestamp>,
    /// When it was accepted from its sender.
    pub created_at: Timestamp,
    /// When the network accepted its first part.
    pub accepted_at: Option<Timestamp>,
    /// ICCID its first part left on.
    pub accepted_sim: Option<String>,
    /// When the network had accepted all of it.
    pub submitted_at: Option<Timestamp>,
    /// Earliest discharge time by a report with ST 00.
    pub delivered_at: Option<Timestamp>,
    /// When it reached an end.
    pub ended_at: Option<Timestamp>,
    /// Why it ended or waits, in words.
    pub reason: Option<String>,
}

impl Message {
    /// What can be said about it being on air.
    pub const fn certainty(&self) -> Certainty {
        match self.state {
            MessageState::Accepted | MessageState::Queued | MessageState::Sending | MessageState::Withdrawn | MessageState::Expired => {
                if self.accepted_at.is_some() {
                    Certainty::Submitted
                } else if self.doubted {
                    // It waits for its second try, or was taken back in the middle of the doubt.
                    Certainty::InDoubt
                } else {
                    Certainty::NotSent
                }
            }
            MessageState::Submitted | MessageState::Delivered | MessageState::Failed | MessageState::UnknownDelivery => {
                Certainty::Submitted
            }
            MessageState::InDoubt | MessageState::Parked => Certainty::InDoubt,
            MessageState::Refused => {
                if self.doubted {
                    Certainty::InDoubt
                } else {
                    Certainty::Refused
                }
            }
        }
    }
}

fn read(row: &Row<'_>) -> Result<Message> {
    Ok(Message {
        n: row.get("n")?,
        id: row.get("id")?,
        to: row.get("msisdn")?,
        text: row.get("text")?,
        purpose: row.get::<_, Spelled<_>>("purpose")?.0,
        category: row.get::<_, Spelled<_>>("category")?.0,
        policy: row.get::<_, Spelled<_>>("policy")?.0,
        rank: row.get("rank")?,
        sim: row.get("sim")?,
        sim_only: row.get("sim_only")?,
        session: row.get("session")?,
        question: row.get("question")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        encoding: row.get("encoding")?,
        parts: row.get("parts")?,
        reference: row.get("reference")?,
        replaces: row.get("replaces")?,
        class: row.get("class")?,
        report: row.get("report")?,
        possibly_twice: row.get("possibly_twice")?,
        doubted: row.get("doubted")?,
        tags: row.get::<_, Json<_>>("tags")?.0,
        source: row.get("source")?,
        rule: row.get("rule")?,
        not_before: row.get("not_before")?,
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
        accepted_at: row.get("accepted_at")?,
        accepted_sim: row.get("accepted_sim")?,
        submitted_at: row.get("submitted_at")?,
        delivered_at: row.get("delivered_at")?,
        ended_at: row.get("ended_at")?,
        reason: row.get("reason")?,
    })
}

fn read_sent(row: &Row<'_>) -> Result<SentText> {
    Ok(SentText {
        message: row.get("id")?,
        purpose: row.get::<_, Spelled<_>>("purpose")?.0,
        category: row.get::<_, Spelled<_>>("category")?.0,
        question: row.get("question")?,
        session: row.get("session")?,
        sim: row.get("accepted_sim")?,
        accepted_at: row.get("accepted_at")?,
        delivered_at: row.get("delivered_at")?,
        text: row.get("text")?,
    })
}

/// What a list of messages is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Only to this number.
    pub to: Option<Msisdn>,
    /// Only in this state.
    pub state: Option<MessageState>,
}

impl Reader<'_> {
    /// Texts to this person that have not left and would take the same place on the phone.
    pub fn messages_replaced(&self, to: &Msisdn, replaces: u8) -> Result<Vec<MessageId>> {
        let sql = "SELECT id FROM message WHERE msisdn = ?1 AND replaces = ?2 AND state IN ('accepted', 'queued') ORDER BY n LIMIT 100";
        self.all(sql, (to, replaces), |row| Ok(row.get(0)?))
    }

    /// Whether the network took a text to this person on this SIM since then.
    pub fn was_texted(&self, to: &Msisdn, sim: &str, since: Timestamp) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM message WHERE msisdn = ?1 AND accepted_at IS NOT NULL AND accepted_at >= ?2
                   AND accepted_sim = ?3 LIMIT 1)";
        Ok(self.count(sql, (to, since, sim))? > 0)
    }

    /// One message.
    pub fn message(&self, id: MessageId) -> Result<Option<Message>> {
        self.one(
            "SELECT *, EXISTS (SELECT 1 FROM attempt LEFT JOIN part ON part.message = attempt.message AND part.seq = attempt.seq
                       AND part.submitted_at IS NULL
                   WHERE attempt.message = message.id
                   AND (attempt.state = 'in_doubt' OR (attempt.state = 'submitted' AND part.seq IS NOT NULL))) AS doubted
             FROM message WHERE id = ?1",
            [id],
            read,
        )
    }

    /// The newest messages first.
    pub fn messages(&self, filter: &MessageFilter, paging: Paging) -> Result<Page<Message>> {
        let state = filter.state.map(Spelled);
        let rows = match &filter.to {
            Some(to) => self.all(
                "SELECT *, EXISTS (SELECT 1 FROM attempt LEFT JOIN part ON part.message = attempt.message AND part.seq = attempt.seq
                       AND part.submitted_at IS NULL
                   WHERE attempt.message = message.id
                   AND (attempt.state = 'in_doubt' OR (attempt.state = 'submitted' AND part.seq IS NOT NULL))) AS doubted
                 FROM message WHERE msisdn = :to AND n < :before AND (:state IS NULL OR state = :state)
                 ORDER BY n DESC LIMIT :rows",
                named_params! {":before": paging.before(), ":to": to, ":state": state, ":rows": paging.rows()},
                read,
            ),
            None => self.all(
                "SELECT *, EXISTS (SELECT 1 FROM attempt LEFT JOIN part ON part.message = attempt.message AND part.seq = attempt.seq
                       AND part.submitted_at IS NULL
                   WHERE attempt.message = message.id
                   AND (attempt.state = 'in_doubt' OR (attempt.state = 'submitted' AND part.seq IS NOT NULL))) AS doubted
                 FROM message WHERE n < :before AND (:state IS NULL OR state = :state)
                 ORDER BY n DESC LIMIT :rows",
                named_params! {":before": paging.before(), ":state": state, ":rows": paging.rows()},
                read,
            ),
        };
        Ok(Page::cut(rows?, paging, |message| message.n))
    }

    /// Messages of one session, oldest first.
    pub fn messages_of_session(&self, session: SessionId) -> Result<Vec<Message>> {
        self.all(
            "SELECT *, EXISTS (SELECT 1 FROM attempt LEFT JOIN part ON part.message = attempt.message AND part.seq = attempt.seq
                       AND part.submitted_at IS NULL
                   WHERE attempt.message = message.id
                   AND (attempt.state = 'in_doubt' OR (attempt.state = 'submitted' AND part.seq IS NOT NULL))) AS doubted
             FROM message WHERE session = ?1 ORDER BY n LIMIT 1000",
            [session],
            read,
        )
    }

    /// Messages in doubt or parked, oldest first.
    pub fn messages_in_doubt(&self, limit: u32) -> Result<Vec<Message>> {
        self.all(
            "SELECT *, EXISTS (SELECT 1 FROM attempt LEFT JOIN part ON part.message = attempt.message AND part.seq = attempt.seq
                       AND part.submitted_at IS NULL
                   WHERE attempt.message = message.id
                   AND (attempt.state = 'in_doubt' OR (attempt.state = 'submitted' AND part.seq IS NOT NULL))) AS doubted
             FROM message WHERE state IN ('in_doubt', 'parked') ORDER BY n LIMIT ?1",
            [limit],
            read,
        )
    }

    /// Messages of a question, oldest first.
    pub fn messages_of_question(&self, question: i64) -> Result<Vec<Message>> {
        self.all(
            "SELECT *, EXISTS (SELECT 1 FROM attempt LEFT JOIN part ON part.message = attempt.message AND part.seq = attempt.seq
                       AND part.submitted_at IS NULL
                   WHERE attempt.message = message.id
                   AND (attempt.state = 'in_doubt' OR (attempt.state = 'submitted' AND part.seq IS NOT NULL))) AS doubted
             FROM message WHERE question = ?1 ORDER BY n LIMIT 100",
            [question],
            read,
        )
    }

    /// Our texts to a number that the network accepted, newest first.
    pub fn sent_texts(&self, to: &Msisdn, limit: u32) -> Result<Vec<SentText>> {
        let sql = "SELECT * FROM message WHERE msisdn = ?1 AND accepted_at IS NOT NULL ORDER BY accepted_at DESC, n DESC LIMIT ?2";
        self.all(sql, (to, limit), read_sent)
    }

    /// Whether another text than this one has reached the phone of a person since `since`, or may have: of the newest 50. A text
    /// that reads this one's question back is no other text.
    pub fn may_have_another(&self, than: &Message, since: Timestamp) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM (SELECT id, question, purpose FROM message WHERE msisdn = ?1 ORDER BY n DESC LIMIT 50) AS this
                   JOIN attempt ON attempt.message = this.id
                   WHERE this.id <> ?2 AND attempt.state IN ('submitted', 'in_doubt', 'attempting') AND attempt.at >= ?3
                   AND NOT (this.purpose = ?4 AND this.question IS ?5)";
        self.count(sql, (&than.to, than.id, since, Spelled(Purpose::ReadBack), than.question)).map(|n| n > 0)
    }

    /// How many texts of a purpose were made for a number within this time, in answer to one of these rules (any when empty).
    pub fn texts_made_within(&self, to: &Msisdn, purpose: Purpose, rules: &[u8], time: &RangeInclusive<Timestamp>) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM message WHERE msisdn = :to AND purpose = :purpose AND created_at BETWEEN :from AND :until
                   AND (:any OR rule IN (SELECT value FROM json_each(:rules)))";
        let wanted = named_params! {
            ":to": to, ":purpose": Spelled(purpose), ":from": time.start(), ":until": time.end(), ":any": rules.is_empty(),
            ":rules": Json(rules.to_vec()),
        };
        self.count(sql, wanted).map(|n| n as u32)
    }

    /// How many texts of a purpose with these very words were made for a number within this time.
    pub fn equal_texts_made_within(&self, to: &Msisdn, purpose: Purpose, text: &Text, time: &RangeInclusive<Timestamp>) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM message WHERE msisdn = ?1 AND purpose = ?2 AND created_at BETWEEN ?3 AND ?4 AND text = ?5";
        self.count(sql, (to, Spelled(purpose), time.start(), time.end(), text)).map(|n| n as u32)
    }

    /// When one of the newest 50 texts to a number last arrived on its phone.
    pub fn newest_delivery(&self, to: &Msisdn) -> Result<Option<Timestamp>> {
        let sql = "SELECT MAX(delivered_at) FROM (SELECT delivered_at FROM message WHERE msisdn = ?1 ORDER BY n DESC LIMIT 50)";
        Ok(self.one(sql, [to], |row| Ok(row.get(0)?))?.flatten())
    }

    /// When a number was last told that a person had left its thread, among its newest 50 texts: accepted by the network, or made.
    pub fn handed_back_at(&self, to: &Msisdn) -> Result<Option<Timestamp>> {
        let sql = "SELECT COALESCE(accepted_at, created_at) FROM (SELECT * FROM message WHERE msisdn = ?1 ORDER BY n DESC LIMIT 50)
                   WHERE purpose = 'hand_back' AND state <> 'withdrawn' ORDER BY n DESC LIMIT 1";
        self.one(sql, [to], |row| Ok(row.get(0)?))
    }

    /// The concatenation reference of the newest message to a number.
    pub fn newest_reference(&self, to: &Msisdn) -> Result<Option<u8>> {
        let sql = "SELECT reference FROM message WHERE msisdn = ?1 ORDER BY n DESC LIMIT 1";
        self.one(sql, [to], |row| Ok(row.get(0)?))
    }

    /// ICCID of the SIM that last spoke with a number, either way.
    pub fn last_sim_of(&self, person: &Msisdn) -> Result<Option<String>> {
        let sql = "SELECT sim FROM (
                       SELECT * FROM (SELECT accepted_sim AS sim, accepted_at AS at FROM message
                           WHERE msisdn = ?1 AND accepted_at IS NOT NULL ORDER BY accepted_at DESC LIMIT 1)
                       UNION ALL
                       SELECT * FROM (SELECT sim, received_at FROM inbound WHERE msisdn = ?1 ORDER BY id DESC LIMIT 1)
                   ) ORDER BY at DESC LIMIT 1";
        self.one(sql, [person], |row| Ok(row.get(0)?))
    }

    /// ICCID of the SIM on which a session last wrote to a number.
    pub fn sim_of_session(&self, session: SessionId, to: &Msisdn) -> Result<Option<String>> {
        let sql = "SELECT accepted_sim FROM message WHERE session = ?1 AND msisdn = ?2 AND accepted_at IS NOT NULL ORDER BY n DESC LIMIT 1";
        Ok(self.one(sql, (session, to), |row| Ok(row.get(0)?))?.flatten())
    }

    /// Messages whose time has run out with all of them, or a part of them, not on air.
    pub fn expired_messages(&self, now: Timestamp, limit: u32) -> Result<Vec<MessageId>> {
        // A half-sent message counts only while a part waits: what a modem has, or nobody knows, is not expired from here.
        let sql = "SELECT id FROM (
                       SELECT * FROM (SELECT id, expires_at FROM message WHERE state IN ('accepted', 'queued') AND expires_at <= ?1
                           ORDER BY expires_at LIMIT ?2)
                       UNION ALL
                       SELECT * FROM (SELECT id, expires_at FROM message WHERE state IN ('sending', 'in_doubt', 'parked') AND expires_at <= ?1
                           AND EXISTS (SELECT 1 FROM part WHERE part.message = message.id AND part.state = 'queued')
                           ORDER BY expires_at LIMIT ?2)
                   ) ORDER BY expires_at LIMIT ?2";
        self.all(sql, (now, limit), |row| Ok(row.get(0)?))
    }

    /// Messages of which a part left on this SIM and another one waits, and of which nothing of this kind was noted.
    pub fn stranded_messages(&self, iccid: &str, noted: &str, limit: u32) -> Result<Vec<MessageId>> {
        let sql = "SELECT id FROM message WHERE state IN ('sending', 'in_doubt', 'parked') AND state = 'sending' AND parts > 1
                   AND EXISTS (SELECT 1 FROM part WHERE part.message = message.id AND part.state = 'queued')
                   AND EXISTS (SELECT 1 FROM part WHERE part.message = message.id AND part.sim = ?1)
                   AND (policy = 'alarm' OR NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.message = message.id AND evidence.kind = ?2))
                   LIMIT ?3";
        self.all(sql, (iccid, noted, limit), |row| Ok(row.get(0)?))
    }

    /// Messages on air whose time ran out at or before `before` without a closing report.
    pub fn unreported_messages(&self, before: Timestamp, limit: u32) -> Result<Vec<MessageId>> {
        let sql = "SELECT id FROM message WHERE state = 'submitted' AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2";
        self.all(sql, (before, limit), |row| Ok(row.get(0)?))
    }

    /// When the next message that is not on air, or not with all its parts, expires.
    pub fn next_message_expiry(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(at) FROM (
                       SELECT MIN(expires_at) AS at FROM message WHERE state IN ('accepted', 'queued')
                       UNION ALL
                       SELECT MIN(expires_at) FROM message WHERE state IN ('sending', 'in_doubt', 'parked')
                           AND EXISTS (SELECT 1 FROM part WHERE part.message = message.id AND part.state = 'queued')
                   )";
        Ok(self.one(sql, [], |row| Ok(row.get(0)?))?.flatten())
    }

    /// Unsent messages to a number in these categories (all when empty), except service and safety texts.
    pub fn withdrawable_messages(&self, to: &Msisdn, categories: &[Category]) -> Result<Vec<MessageId>> {
        let words: Vec<&str> = categories.iter().map(|category| crate::terms::Word::word(*category)).collect();
        let sql = "SELECT id FROM message WHERE msisdn = :to AND state IN ('accepted', 'queued')
                   AND purpose NOT IN ('service', 'safety')
                   AND (:all OR category IN (SELECT value FROM json_each(:categories)))";
        let wanted = named_params! {":to": to, ":all": words.is_empty(), ":categories": Json(words.clone())};
        self.all(sql, wanted, |row| Ok(row.get(0)?))
    }

    /// Unsent messages of a session.
    pub fn withdrawable_messages_of_session(&self, session: SessionId) -> Result<Vec<MessageId>> {
        let sql = "SELECT id FROM message WHERE session = ?1 AND state IN ('accepted', 'queued')";
        self.all(sql, [session], |row| Ok(row.get(0)?))
    }
}

impl Tx<'_> {
    /// Inserts a message; its `n` is the store's to choose.
    pub fn insert_message(&mut self, message: &Message) -> Result<i64> {
        let sql =
            "INSERT INTO message (id, msisdn, text, purpose, category, policy, rank, sim, sim_only, session, question, state, encoding,
                       parts, reference, replaces, class, report, possibly_twice, tags, source, rule, not_before, expires_at, created_at)
                   VALUES (:id, :to, :text, :purpose, :category, :policy, :rank, :sim, :sim_only, :session, :question, :state, :encoding,
                       :parts, :reference, :replaces, :class, :report, 0, :tags, :source, :rule, :not_before, :expires_at, :created_at)";
        let n = self.insert(
            sql,
            named_params! {
                ":id": message.id, ":to": message.to, ":text": message.text, ":purpose": Spelled(message.purpose),
                ":category": Spelled(message.category), ":policy": Spelled(message.policy), ":rank": message.rank,
                ":sim": message.sim, ":sim_only": message.sim_only, ":session": message.session, ":question": message.question,
                ":state": Spelled(message.state), ":encoding": message.encoding, ":parts": message.parts,
                ":reference": message.reference, ":replaces": message.replaces, ":class": message.class,
                ":report": message.report, ":tags": Json(&message.tags), ":source": message.source,
                ":rule": message.rule, ":not_before": message.not_before, ":expires_at": message.expires_at,
                ":created_at": message.created_at,
            },
        )?;
        self.touch().parts += 1;
        Ok(n)
    }

    /// Writes the words of a message that has not left anew.
    pub fn save_message_text(&mut self, message: &Message) -> Result<()> {
        let sql = "UPDATE message SET text = :text, encoding = :encoding, parts = :parts, reference = :reference WHERE id = :id";
        let words = named_params! {":text": message.text, ":encoding": message.encoding, ":parts": message.parts, ":reference": message.reference, ":id": message.id};
        self.change(sql, words)?;
        Ok(())
    }

    /// Writes back where a message is in its life.
    pub fn save_message_state(&mut self, message: &Message) -> Result<()> {
        let sql = "UPDATE message SET state = :state, possibly_twice = :twice, accepted_at = :accepted_at, accepted_sim = :accepted_sim,
                       submitted_at = :submitted_at, delivered_at = :delivered_at, ended_at = :ended_at, reason = :reason
                   WHERE id = :id";
        self.change(
            sql,
            named_params! {
                ":state": Spelled(message.state), ":twice": message.possibly_twice, ":accepted_at": message.accepted_at,
                ":accepted_sim": message.accepted_sim, ":submitted_at": message.submitted_at,
                ":delivered_at": message.delivered_at, ":ended_at": message.ended_at, ":reason": message.reason, ":id": message.id,
            },
        )?;
        Ok(())
    }
}
