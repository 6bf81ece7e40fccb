//! What a run of a flow and its questions are: plain data, as the store keeps it.

use std::collections::BTreeMap;

use crate::ids::{MessageId, SessionId};
use crate::msisdn::Msisdn;
use crate::terms::{Category, Policy, QuestionState, Rank, SessionState};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// A flow by name and the revision a session began with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowRef {
    /// Name in the flow file.
    pub name: String,
    /// Counts from 1.
    pub revision: u32,
}

/// One run of a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Its id, the first part of every idempotency key.
    pub id: SessionId,
    /// What it runs.
    pub flow: FlowRef,
    /// Blocks twins: the rendered `key` of the flow.
    pub key: Option<String>,
    /// Its lane by name.
    pub lane: String,
    /// The people it speaks with; the first began it or was asked first.
    pub people: Vec<Msisdn>,
    /// Language of its texts.
    pub language: String,
    /// ICCID of the SIM it speaks on, once one is known.
    pub sim: Option<String>,
    /// The step it stands at.
    pub step: String,
    /// Counts entries into steps; every timer and every call carries it.
    pub visit: u32,
    /// What it knows.
    pub slots: BTreeMap<String, Value>,
    /// Where it is in its life.
    pub state: SessionState,
    /// The `result` of the `done` it ended with.
    pub result: Option<String>,
    /// When it began.
    pub opened_at: Timestamp,
    /// When its flow says it expires.
    pub expires_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended (`done`, `expired`, `silence`, `event:paid`, `closed`, `undelivered`...): rule 15 needs it.
    pub ended_by: Option<String>,
}

/// A question of a session to one person, as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Row number.
    pub id: i64,
    /// Whose question.
    pub session: SessionId,
    /// Visit of the step that asked.
    pub visit: u32,
    /// The step that asked.
    pub step: String,
    /// Who was asked.
    pub to: Msisdn,
    /// ICCID of the SIM that carried the prompt, once accepted.
    pub sim: Option<String>,
    /// When the network accepted the first prompt (box time): the hard fence.
    pub accepted_at: Option<Timestamp>,
    /// Discharge time of the prompt's earliest part by a report with ST 00: the soft fence.
    pub delivered_at: Option<Timestamp>,
    /// "Reply Y7 or N7".
    pub tag: Option<u8>,
    /// Staff code.
    pub code: Option<String>,
    /// Where it is in its life.
    pub state: QuestionState,
    /// How often it was asked again.
    pub asked_again: u8,
    /// The answer that a read-back proposes, by its name in `on`.
    pub proposed: Option<String>,
    /// Until when a kept question is heard.
    pub keep_until: Option<Timestamp>,
    /// When it left the waiting state.
    pub closed_at: Option<Timestamp>,
    /// The words of its prompt, for "which one?", reactions and asking again.
    pub text: Text,
}

/// A question a step wants to put; the engine makes the row, the message and its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQuestion {
    /// Whose question.
    pub session: SessionId,
    /// Visit of the step that asks.
    pub visit: u32,
    /// The step that asks.
    pub step: String,
    /// Who is asked.
    pub to: Msisdn,
    /// Its tag, when the door gave it one.
    pub tag: Option<u8>,
    /// Its staff code.
    pub code: Option<String>,
    /// Whether it waits behind the door until another question closes.
    pub held_until: Option<Timestamp>,
    /// The row is born in state `kept`: its text asks nothing, but these answers are heard until then.
    pub keep_until: Option<Timestamp>,
}

/// A text that has to go out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// To whom.
    pub to: Msisdn,
    /// What it says.
    pub text: Text,
    /// Why.
    pub purpose: crate::terms::Purpose,
    /// Consent category.
    pub category: Category,
    /// What a doubt does.
    pub policy: Policy,
    /// Urgency.
    pub rank: Rank,
    /// ICCID of the SIM it should leave on.
    pub sim: Option<String>,
    /// The session it belongs to.
    pub session: Option<SessionId>,
    /// Not before this instant (quiet hours).
    pub not_before: Option<Timestamp>,
    /// Worthless after this instant.
    pub expires_at: Option<Timestamp>,
}

/// One of our texts to a person that the network accepted: the gate asks which was the newest.
#[derive(Debug, Clone, PartialEq)]
pub struct SentText {
    /// The message.
    pub message: MessageId,
    /// Why it was sent.
    pub purpose: crate::terms::Purpose,
    /// Consent category.
    pub category: Category,
    /// The question it put, reminded of or read back.
    pub question: Option<i64>,
    /// Its session.
    pub session: Option<SessionId>,
    /// ICCID it left on.
    pub sim: String,
    /// When the network accepted its first part (box time).
    pub accepted_at: Timestamp,
    /// Discharge time of its earliest part, by a report with ST 00.
    pub delivered_at: Option<Timestamp>,
    /// Its words.
    pub text: Text,
}
