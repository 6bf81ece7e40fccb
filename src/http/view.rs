//! Rows of the store as the API shows them. Numbers are whole here: a caller with `read` may see them; logs never do.

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::conversation::session::{Question, Session};
use crate::engine::json;
use crate::store;
use crate::terms::Word as _;
use crate::time::Timestamp;

/// An instant in RFC 3339.
pub fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// An outbound message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// To whom, in E.164.
    pub to: String,
    /// What it says.
    pub text: String,
    /// `alarm`, `notice` or `once`: what happens when it is not known whether it was sent.
    pub policy: &'static str,
    /// Why it was sent: `plain`, `prompt`, `tell`, `reminder` ...
    pub purpose: &'static str,
    /// Urgency: lower goes first.
    pub rank: u8,
    /// `accepted queued sending submitted delivered in_doubt parked withdrawn expired refused failed unknown_delivery`.
    pub state: &'static str,
    /// What can be said about it being on air: `not_sent submitted refused in_doubt`.
    pub certainty: &'static str,
    /// It was sent again while a doubt was open, and may arrive twice.
    pub possibly_twice: bool,
    /// `gsm7` or `ucs2`.
    pub encoding: String,
    /// How many parts it has on air.
    pub parts: u8,
    /// Its message class, 0 to 3, where one was wished for.
    pub class: Option<u8>,
    /// A delivery report is asked for.
    pub report: bool,
    /// Its session.
    pub session: Option<String>,
    /// ICCID it left on.
    pub sim: Option<String>,
    /// The sender's own labels.
    pub tags: Vec<String>,
    /// When it was accepted from its sender.
    pub created_at: String,
    /// When the network had accepted all of it.
    pub submitted_at: Option<String>,
    /// When the phone had it, by a delivery report.
    pub delivered_at: Option<String>,
    /// When it reached an end.
    pub ended_at: Option<String>,
    /// Why it ended or waits.
    pub reason: Option<String>,
}

impl Message {
    /// A row, rendered.
    pub fn of(row: store::Message) -> Self {
        let certainty = row.certainty().word();
        Self {
            id: row.id.to_string(),
            to: row.to.e164().to_owned(),
            text: row.text.expose().to_owned(),
            policy: row.policy.word(),
            purpose: row.purpose.word(),
            rank: row.rank.0,
            state: row.state.word(),
            certainty,
            possibly_twice: row.possibly_twice,
            encoding: row.encoding,
            parts: row.parts,
            class: row.class,
            report: row.report,
            session: row.session.map(|id| id.to_string()),
            sim: row.accepted_sim.or(row.sim),
            tags: row.tags,
            created_at: row.created_at.to_string(),
            submitted_at: time(row.submitted_at),
            delivered_at: time(row.delivered_at),
            ended_at: time(row.ended_at),
            reason: row.reason,
        }
    }
}

/// One run of a flow.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: String,
    /// The flow.
    pub flow: String,
    /// The revision it began with.
    pub revision: u32,
    /// What blocks twins.
    pub key: Option<String>,
    /// With whom, in E.164.
    pub people: Vec<String>,
    /// `opening asked completed expired closed failed parked`.
    pub state: &'static str,
    /// The step it stands at.
    pub step: String,
    /// What it knows.
    pub slots: Json,
    /// The `result` of the `done` it ended with.
    pub result: Option<String>,
    /// How it ended.
    pub ended_by: Option<String>,
    /// When it began.
    pub opened_at: String,
    /// When its flow says it expires.
    pub expires_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
}

impl SessionView {
    /// A row, rendered.
    pub fn of(session: Session) -> Self {
        Self {
            id: session.id.to_string(),
            flow: session.flow.name,
            revision: session.flow.revision,
            key: session.key,
            people: session.people.iter().map(|person| person.e164().to_owned()).collect(),
            state: session.state.word(),
            step: session.step,
            slots: Json::Object(json::object(&session.slots)),
            result: session.result,
            ended_by: session.ended_by,
            opened_at: session.opened_at.to_string(),
            expires_at: session.expires_at.to_string(),
            ended_at: time(session.ended_at),
        }
    }
}

/// One prompt to one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionView {
    /// Row number.
    pub id: i64,
    /// The step that asked.
    pub step: String,
    /// Whom, in E.164.
    pub to: String,
    /// `held waiting kept answered withdrawn superseded expired`.
    pub state: &'static str,
    /// What it says.
    pub text: String,
    /// When the network accepted it: no earlier text can answer it.
    pub accepted_at: Option<String>,
    /// When the phone had it.
    pub delivered_at: Option<String>,
}

impl QuestionView {
    /// A row, rendered.
    pub fn of(question: Question) -> Self {
        Self {
            id: question.id,
            step: question.step,
            to: question.to.e164().to_owned(),
            state: question.state.word(),
            text: question.text.expose().to_owned(),
            accepted_at: time(question.accepted_at),
            delivered_at: time(question.delivered_at),
        }
    }
}

/// An inbound text and the rule that took it.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboundView {
    /// Row number.
    pub id: i64,
    /// Who wrote it, as the network said it.
    pub from: String,
    /// What it says.
    pub text: String,
    /// The raw PDU of what could not be decoded.
    pub hex: Option<String>,
    /// ICCID it came in on.
    pub sim: String,
    /// When the service centre stamped it.
    pub sent_at: Option<String>,
    /// Seconds between the service centre's clock and the box's, as known then.
    pub clock_offset: f64,
    /// How many texts and reports that offset rests on; below 5 it is loose.
    pub clock_samples: u32,
    /// When the box read it.
    pub received_at: String,
    /// Announced by the modem as it came; `false` was found by a sweep.
    pub live: bool,
    /// Parts that came, of all it has.
    pub parts: [u8; 2],
    /// How often it came again and was only counted.
    pub redelivered: u32,
    /// The danger tap heard something in it.
    pub danger: bool,
    /// The rule that took it, 1 to 17.
    pub rule: Option<u8>,
    /// What the rule made of it.
    pub outcome: Option<String>,
    /// The answer by its name in the flow.
    pub answer: Option<String>,
    /// Why, in words.
    pub why: String,
    /// The session that took it.
    pub session: Option<String>,
    /// The sessions that could have taken it.
    pub candidates: Vec<String>,
}

impl InboundView {
    /// A row, rendered.
    pub fn of(row: store::InboundRow) -> Self {
        Self {
            id: row.id,
            from: row.from.map_or(row.sender, |person| person.e164().to_owned()),
            text: row.text.expose().to_owned(),
            hex: row.hex,
            sim: row.sim,
            sent_at: time(row.scts),
            clock_offset: row.offset_ms as f64 / 1000.0,
            clock_samples: row.samples,
            received_at: row.received_at.to_string(),
            live: row.live,
            parts: [row.parts_have, row.parts_total],
            redelivered: row.redelivered,
            danger: row.danger,
            rule: row.rule,
            outcome: row.outcome,
            answer: row.answer,
            why: row.why,
            session: row.session.map(|id| id.to_string()),
            candidates: row.candidates.iter().map(ToString::to_string).collect(),
        }
    }
}

/// One row of the event log.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Stable across retries.
    pub id: String,
    /// Counts from 1 without gaps: the cursor of this list.
    pub seq: i64,
    /// When it happened.
    pub at: String,
    /// For example `message.submitted`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// The session it concerns.
    pub session: Option<String>,
    /// The person it concerns.
    pub msisdn: Option<String>,
    /// The rest.
    pub data: Json,
}

impl EventView {
    /// A row, rendered.
    pub fn of(event: store::Event) -> Self {
        Self {
            id: event.id.to_string(),
            seq: event.seq,
            at: event.at.to_string(),
            kind: event.kind,
            subject: event.subject,
            session: event.session.map(|id| id.to_string()),
            msisdn: event.msisdn.map(|person| person.e164().to_owned()),
            data: event.data,
        }
    }
}
