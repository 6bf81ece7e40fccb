//! `/v1/messages`: one text to one person.

use at_commands::text::{Encoding, SegmentOptions, segment};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath, ApiQuery, one_of};
use super::list::{self, List};
use super::view::{Message, time};
use super::write::Once;
use crate::engine::book::Book;
use crate::engine::eta::Outlook;
use crate::engine::{Reject, Work, accept, doubt};
use crate::ids::MessageId;
use crate::store::{self, MessageFilter};
use crate::terms::{Category, Policy, Rank, Word as _};
use crate::text::Text;
use crate::time::Timestamp;

/// One text to one person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// The number: E.164, or a national form of the box's country.
    to: String,
    /// What it says.
    text: String,
    /// What happens when it is not known whether it was sent: `alarm` sends again, `notice` waits and sends once more,
    /// `once` asks a person.
    #[schema(value_type = String, example = "notice")]
    policy: Policy,
    /// Urgency, 1 (first) to 9; the lane of the category decides where it is not given.
    rank: Option<u8>,
    /// What it is about, for consent: `alarm work outage visits billing account energy survey`; the policy decides otherwise.
    #[schema(value_type = Option<String>)]
    category: Option<Category>,
    /// Not before this instant.
    #[schema(value_type = Option<String>)]
    not_before: Option<Timestamp>,
    /// Worthless after this instant.
    #[schema(value_type = Option<String>)]
    expires: Option<Timestamp>,
    /// ICCID of the SIM it must leave on.
    sim: Option<String>,
    /// Message class (TP-DCS): 0 is shown at once and not kept, 1 is kept in the phone, 2 on the SIM, 3 is for equipment at the phone;
    /// the phone decides where it is left out.
    #[schema(minimum = 0, maximum = 3)]
    class: Option<u8>,
    /// 1 to 7: it takes the place of the last text to this person that had this number, in the queue and, where the phone knows how,
    /// on the phone. One part at most.
    #[schema(minimum = 1, maximum = 7)]
    replace: Option<u8>,
    /// `false` asks the network for no delivery report (TP-SRR), where a tariff charges for them: nobody learns whether the text came,
    /// and a lost answer of the modem has one witness less. `true` where it is left out.
    report: Option<bool>,
    /// Most parts it may take; 10 when absent.
    max_parts: Option<u8>,
    /// Your own labels.
    #[serde(default)]
    tags: Vec<String>,
}

/// The answer to an accepted message.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// Its id.
    pub id: String,
    /// How many parts it has on air.
    pub parts: u8,
    /// `gsm7` or `ucs2`.
    pub encoding: String,
    /// When its last part should be on air, by how fast each SIM sends, its caps and what stands in front; `null` while no modem can
    /// send it, and where `expires` comes first. Until it has left, `GET /v1/messages/{id}` says it anew.
    pub eta: Option<String>,
}

/// Accepts one message. 202 says: it is on disk and will not be forgotten.
pub async fn create(State(app): State<App>, once: Once, body: ApiJson<NewMessage>) -> Result<Response, ApiError> {
    let ApiJson { value, octets } = body;
    once.caller.must_send(value.policy)?;
    let request = request(value, &once.caller.who)?;
    // Before it is accepted: nobody else waits for an estimate.
    let (book, new) = (app.engine().book().await?, request.clone());
    let eta = time(app.outlook(move |outlook| outlook.of_new(&book, &new)).await?);
    let job = move |work: &mut Work<'_, '_>, _: &Caller| {
        let accepted = accept::message(work, &request)?.answer;
        Ok(Accepted { id: accepted.id.to_string(), parts: accepted.parts, encoding: accepted.encoding, eta })
    };
    once.run(&app, &octets, StatusCode::ACCEPTED, job).await
}

/// More parts than this are a letter.
const PARTS_MAX: u8 = 30;

fn request(value: NewMessage, who: &str) -> Result<accept::NewMessage, ApiError> {
    if value.max_parts.is_some_and(|parts| !(1..=PARTS_MAX).contains(&parts)) {
        return Err(ApiError::field("/max_parts", format!("must be 1 to {PARTS_MAX}")));
    }
    Ok(accept::NewMessage {
        to: value.to,
        text: Text::new(value.text),
        policy: value.policy,
        rank: value.rank.map(Rank),
        category: value.category,
        not_before: value.not_before,
        expires_at: value.expires,
        sim: value.sim,
        parts_max: value.max_parts,
        class: value.class,
        report: value.report.unwrap_or(true),
        replaces: value.replace,
        tags: value.tags,
        source: who.to_owned(),
        idempotency: None,
    })
}

/// A text to be looked at before it is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What it says.
    text: String,
    /// `alarm`, `notice` or `once`, for the estimate; `notice` where it is left out.
    #[schema(value_type = Option<String>)]
    policy: Option<Policy>,
    /// Urgency, 1 (first) to 9, for the estimate; that of the policy where it is left out.
    #[schema(minimum = 1, maximum = 9)]
    rank: Option<u8>,
}

/// How a text would leave.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// `gsm7` or `ucs2`.
    pub encoding: &'static str,
    /// How many parts it has on air.
    pub parts: usize,
    /// The characters that forced `ucs2`, and what could stand in their place.
    pub forced: Vec<Forced>,
    /// When its last part would be on air if it were sent now; `null` while no modem can send.
    pub eta: Option<String>,
}

/// A character that no 7-bit alphabet has.
#[derive(Debug, Serialize, ToSchema)]
pub struct Forced {
    /// The character.
    pub character: String,
    /// What GSM-7 has in its place.
    pub stand_in: Option<&'static str>,
}

/// Looks at a text before it is sent.
pub async fn preview(State(app): State<App>, body: ApiJson<Draft>) -> Result<Json<Preview>, ApiError> {
    if body.value.rank.is_some_and(|rank| !(1..=9).contains(&rank)) {
        return Err(ApiError::field("/rank", "a rank is 1 (first) to 9 (last)"));
    }
    let options = SegmentOptions { parts_max: u8::MAX, ..SegmentOptions::default() };
    let segmented = segment(&body.value.text, &options).map_err(|error| ApiError::field("/text", error.to_string()))?;
    let forced = segmented.stand_ins().map(|(character, stand_in)| Forced { character: character.to_string(), stand_in });
    let encoding = match segmented.encoding {
        Encoding::Gsm7 => "gsm7",
        Encoding::Ucs2 => "ucs2",
    };
    let forced = forced.collect();
    let (book, parts) = (app.engine().book().await?, segmented.parts.len());
    let policy = body.value.policy.unwrap_or(Policy::Notice);
    let lane = || accept::rank_of(&book, accept::category_of(policy));
    let rank = body.value.rank.map_or_else(lane, Rank);
    let eta = app.outlook(move |outlook| outlook.of_draft(&book.settings, parts as u64, (rank, policy))).await?;
    Ok(Json(Preview { encoding, parts, forced, eta: time(eta) }))
}

/// Takes a message back while it can be.
pub async fn cancel(State(app): State<App>, caller: Caller, ApiPath(id): ApiPath<MessageId>) -> Result<Json<Message>, ApiError> {
    let message = app.write(move |work| {
        let message = work.tx.message(id)?.ok_or_else(|| Reject::not_found("message"))?;
        caller.must_send_in_job(message.policy)?;
        accept::cancel(work, id, &caller.who)?;
        reread(work, id)
    });
    message.await.map(|message| Json(Message::of(message)))
}

/// What becomes of a message in doubt.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// `resend`: send it again, it may arrive twice. `sent`: treat it as sent. `cancel`: give it up.
    r#as: String,
}

/// A person decides about a message in doubt.
pub async fn resolve(
    State(app): State<App>,
    caller: Caller,
    ApiPath(id): ApiPath<MessageId>,
    body: ApiJson<Decision>,
) -> Result<Json<Message>, ApiError> {
    let decision = doubt::As::from_word(&body.value.r#as).ok_or_else(|| ApiError::field("/as", "must be resend, sent or cancel"))?;
    let message = app.write(move |work| {
        doubt::resolve(work, id, decision, &caller.who)?;
        reread(work, id)
    });
    message.await.map(|message| Json(Message::of(message)))
}

fn reread(work: &Work<'_, '_>, id: MessageId) -> Result<store::Message, Reject> {
    work.tx.message(id)?.ok_or_else(|| Reject::not_found("message"))
}

/// What a list of messages is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrow {
    to: Option<String>,
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// What the docs say of it.
pub const QUERY: &[(&str, &str)] = &[
    ("to", "Only to this number."),
    ("state", "Only in this state."),
    ("limit", "At most so many items, 1 to 500; 50 when absent."),
    ("cursor", "`next` of the page before."),
];

/// The newest messages first.
pub async fn list(State(app): State<App>, ApiQuery(query): ApiQuery<Narrow>) -> Result<Json<List<Message>>, ApiError> {
    let paging = list::paging(query.limit, query.cursor.as_deref())?;
    let to = match query.to {
        Some(to) => Some(app.number("to", &to).await?),
        None => None,
    };
    let state = query.state.map(|word| one_of("state", &word)).transpose()?;
    let page = app.read(move |reader| reader.messages(&MessageFilter { to, state }, paging)).await?;
    Ok(Json(List::of(page, Message::of)))
}

/// One message with everything that is known about its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageDetail {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// While it waits: when its last part should be on air. `null` while no modem can send it or a person holds the thread, where its
    /// time is over before, and once nothing of it waits.
    pub eta: Option<String>,
    /// Each of its parts.
    pub timeline: Vec<PartView>,
    /// Every try to put a part on air.
    pub attempts: Vec<AttemptView>,
    /// Everything that was seen: answers of modems, reports, decisions.
    pub evidence: Vec<EvidenceView>,
}

/// One part on air.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartView {
    /// From 1.
    pub seq: u8,
    /// `queued claimed submitted delivered in_doubt parked failed expired withdrawn`.
    pub state: &'static str,
    /// ICCID it left on.
    pub sim: Option<String>,
    /// TP-MR it left with.
    pub mr: Option<u8>,
    /// When the network accepted it.
    pub submitted_at: Option<String>,
    /// When the phone had it.
    pub delivered_at: Option<String>,
    /// The last CMS or CME number, or the status of a failed report.
    pub error: Option<u16>,
    /// Why it ended or waits.
    pub reason: Option<String>,
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptView {
    /// Row number.
    pub id: i64,
    /// Of which part.
    pub seq: u8,
    /// On which SIM.
    pub sim: String,
    /// By which modem.
    pub modem: String,
    /// `attempting submitted refused aborted in_doubt`.
    pub state: &'static str,
    /// It was made while an earlier one was in doubt.
    pub again: bool,
    /// When it was committed, before its bytes left.
    pub at: String,
    /// When its outcome was known.
    pub settled_at: Option<String>,
    /// Why it is refused, aborted or in doubt.
    pub reason: Option<String>,
}

/// One thing that was seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceView {
    /// When.
    pub at: String,
    /// Of which part.
    pub seq: Option<u8>,
    /// Of which try.
    pub attempt: Option<i64>,
    /// `cmgs orphan report refused silence aborted reply policy person`.
    pub kind: String,
    /// What was seen.
    pub raw: String,
}

/// One message with its timeline.
pub async fn one(State(app): State<App>, ApiPath(id): ApiPath<MessageId>) -> Result<Json<MessageDetail>, ApiError> {
    let book = app.engine().book().await?;
    let detail = app.outlook(move |outlook| detail(outlook, &book, id)).await?;
    detail.map(Json).ok_or_else(|| ApiError::not_found("message"))
}

fn detail(outlook: &Outlook<'_>, book: &Book, id: MessageId) -> store::Result<Option<MessageDetail>> {
    let reader = outlook.reader;
    let Some(message) = reader.message(id)? else { return Ok(None) };
    Ok(Some(MessageDetail {
        message: Message::of(message),
        eta: time(outlook.of_message(book, id)?),
        timeline: reader.parts_of(id)?.into_iter().map(part).collect(),
        attempts: reader.attempts_of(id)?.into_iter().map(attempt).collect(),
        evidence: reader.evidence_of(id)?.into_iter().map(evidence).collect(),
    }))
}

fn part(part: store::Part) -> PartView {
    PartView {
        seq: part.key.seq,
        state: part.state.word(),
        sim: part.sim,
        mr: part.mr,
        submitted_at: time(part.submitted_at),
        delivered_at: time(part.delivered_at),
        error: part.error,
        reason: part.reason,
    }
}

fn attempt(attempt: store::Attempt) -> AttemptView {
    AttemptView {
        id: attempt.id,
        seq: attempt.part.seq,
        sim: attempt.sim,
        modem: attempt.modem,
        state: attempt.state.word(),
        again: attempt.again,
        at: attempt.at.to_string(),
        settled_at: time(attempt.settled_at),
        reason: attempt.reason,
    }
}

fn evidence(evidence: store::Evidence) -> EvidenceView {
    EvidenceView { at: evidence.at.to_string(), seq: evidence.seq, attempt: evidence.attempt, kind: evidence.kind, raw: evidence.raw }
}
