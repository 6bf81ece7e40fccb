//! `/v1/conversations/{msisdn}` and `/v1/tasks`: everything with one person, and what people have to do.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath, ApiQuery};
use super::list::{self, List};
use super::view::{InboundView, Message, SessionView, time};
use super::write::Once;
use crate::conversation::effect::{ConsentChange, Proof};
use crate::engine::people::Settled;
use crate::engine::{Reject, Work, accept, consent, people};
use crate::ids::{SessionId, TaskId};
use crate::store::{self, Paging, Said, SessionFilter};
use crate::terms::{Category, Word as _};
use crate::text::Text;

/// One text of a thread: ours or theirs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "direction", rename_all = "snake_case")]
pub enum Line {
    /// Ours.
    Out(Message),
    /// Theirs, with the rule that took it.
    In(InboundView),
}

impl Line {
    /// A row, rendered.
    pub fn of(said: Said) -> Self {
        match said {
            Said::Out(message) => Self::Out(Message::of(message)),
            Said::In(inbound) => Self::In(InboundView::of(inbound)),
        }
    }
}

/// Everything with one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conversation {
    /// The person, in E.164.
    pub msisdn: String,
    /// What was said, oldest first, the newest 200 texts.
    pub thread: Vec<Line>,
    /// The newest sessions first.
    pub sessions: Vec<SessionView>,
    /// The consent records, oldest first.
    pub consents: Vec<Consent>,
    /// What staff wrote beside it, oldest first.
    pub notes: Vec<NoteView>,
    /// Who holds the thread.
    pub held_by: Option<String>,
}

/// What staff wrote beside a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteView {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
    /// The session it is about.
    pub session: Option<String>,
}

impl NoteView {
    fn of(note: store::Note) -> Self {
        let session = note.session.map(|id| id.to_string());
        Self { at: note.at.to_string(), by: note.who, text: note.text.expose().to_owned(), session }
    }
}

/// One consent record.
#[derive(Debug, Serialize, ToSchema)]
pub struct Consent {
    /// When.
    pub at: String,
    /// Of what; empty is everything.
    pub categories: Vec<&'static str>,
    /// In or out.
    pub granted: bool,
    /// How it came: `sms`, `flow:NAME@REVISION`, `api`, `desk`.
    pub source: String,
    /// The words that proved it: the reply, the form, the call.
    pub proof: String,
    /// The text or form that the person had before them.
    pub shown: Option<String>,
    /// ICCID of the SIM the reply came in on.
    pub sim: Option<String>,
    /// The flow that had asked.
    pub flow: Option<String>,
    /// Its revision.
    pub revision: Option<u32>,
    /// Its session.
    pub session: Option<String>,
    /// Who wrote it down, where it did not come by SMS.
    pub by: Option<String>,
    /// "Did you mean STOP?" was asked: nothing unasked leaves until it is answered.
    pub pending: bool,
}

impl Consent {
    /// A row, rendered.
    pub fn of(row: store::ConsentRow) -> Self {
        let store::ConsentRow { id: _, message_n: _, at, change: ConsentChange { msisdn: _, categories, granted, source, proof, pending } } =
            row;
        let (flow, revision) = proof.flow.map(|flow| (flow.name, flow.revision)).unzip();
        Self {
            at: at.to_string(),
            categories: categories.iter().map(|category| category.word()).collect(),
            granted,
            source,
            proof: proof.reply.expose().to_owned(),
            shown: proof.shown.map(|shown| shown.expose().to_owned()),
            sim: proof.sim,
            flow,
            revision,
            session: proof.session.map(|session| session.to_string()),
            by: proof.by,
            pending,
        }
    }
}

const TEXTS_SHOWN: u32 = 200;
const SESSIONS_SHOWN: u32 = 50;

/// Everything with one person.
pub async fn one(State(app): State<App>, ApiPath(msisdn): ApiPath<String>) -> Result<Json<Conversation>, ApiError> {
    let person = app.number("msisdn", &msisdn).await?;
    let conversation = app.read(move |reader| {
        let filter = SessionFilter { with: Some(person.clone()), ..SessionFilter::default() };
        Ok(Conversation {
            thread: reader.thread(&person, TEXTS_SHOWN)?.into_iter().map(Line::of).collect(),
            sessions: reader.sessions(&filter, Paging::newest(SESSIONS_SHOWN))?.items.into_iter().map(SessionView::of).collect(),
            consents: reader.consents_of(&person)?.into_iter().map(Consent::of).collect(),
            notes: reader.notes_of(&person)?.into_iter().map(NoteView::of).collect(),
            held_by: reader.agent_hold(&person)?.map(|hold| hold.who),
            msisdn: person.e164().to_owned(),
        })
    });
    Ok(Json(conversation.await?))
}

/// Something a person has to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    /// Its id.
    pub id: String,
    /// `agent callback danger inbox`.
    pub kind: &'static str,
    /// Who should do it.
    pub queue: String,
    /// Before everything else.
    pub urgent: bool,
    /// What it is about.
    pub note: String,
    /// The session.
    pub session: Option<String>,
    /// The person it is about, in E.164.
    pub msisdn: Option<String>,
    /// By when.
    pub due_at: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When it was done.
    pub closed_at: Option<String>,
    /// Who did it.
    pub closed_by: Option<String>,
}

impl TaskView {
    /// A row, rendered.
    pub fn of(task: store::Task) -> Self {
        Self {
            id: task.id.to_string(),
            kind: task.kind.word(),
            queue: task.queue,
            urgent: task.urgent,
            note: task.note.expose().to_owned(),
            session: task.session.map(|id| id.to_string()),
            msisdn: task.msisdn.map(|person| person.e164().to_owned()),
            due_at: time(task.due_at),
            created_at: task.created_at.to_string(),
            closed_at: time(task.closed_at),
            closed_by: task.closed_by,
        }
    }
}

/// What a list of tasks is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrow {
    open: Option<bool>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// What the docs say of it.
pub const TASKS_QUERY: &[(&str, &str)] = &[
    ("open", "`false` lists the closed ones, too."),
    ("limit", "At most so many items, 1 to 500; 50 when absent."),
    ("cursor", "`next` of the page before."),
];

/// The newest tasks first.
pub async fn tasks(State(app): State<App>, ApiQuery(query): ApiQuery<Narrow>) -> Result<Json<List<TaskView>>, ApiError> {
    let paging = list::paging(query.limit, query.cursor.as_deref())?;
    let page = app.read(move |reader| reader.tasks(query.open.unwrap_or(true), paging)).await?;
    Ok(Json(List::of(page, TaskView::of)))
}

/// Closes a task.
pub async fn close_task(State(app): State<App>, caller: Caller, ApiPath(id): ApiPath<TaskId>) -> Result<Json<TaskView>, ApiError> {
    let task = app.write(move |work| {
        people::close_task(work, id, &caller.who)?;
        work.tx.task(id)?.ok_or_else(|| Reject::not_found("task"))
    });
    task.await.map(|task| Json(TaskView::of(task)))
}

/// The queue whose agent takes the thread.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Taking {
    /// Its name; `default` when absent.
    queue: Option<String>,
}

/// Takes a thread: the box is silent there until it is given back.
pub async fn take(
    State(app): State<App>,
    caller: Caller,
    ApiPath(msisdn): ApiPath<String>,
    body: ApiJson<Taking>,
) -> Result<StatusCode, ApiError> {
    let person = app.number("msisdn", &msisdn).await?;
    let queue = body.value.queue.unwrap_or_else(|| "default".to_owned());
    app.write(move |work| people::take_thread(work, &person, &caller.who, &queue)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a thread goes on that is given back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Releasing {
    /// The session that goes on at `step`; the others go on where they stand.
    #[schema(value_type = Option<String>)]
    session: Option<SessionId>,
    /// A step of its flow that asks, tells or ends.
    step: Option<String>,
}

/// Gives a thread back: the sessions of the person go on.
pub async fn release(
    State(app): State<App>,
    caller: Caller,
    ApiPath(msisdn): ApiPath<String>,
    body: Option<ApiJson<Releasing>>,
) -> Result<StatusCode, ApiError> {
    let person = app.number("msisdn", &msisdn).await?;
    let Releasing { session, step } = body.map(|body| body.value).unwrap_or_default();
    let both = |name: &str| Reject::at("invalid", &format!("/{name}"), "give `session` and `step` together, or neither");
    app.write(move |work| {
        let chosen = match (session, step.as_deref()) {
            (Some(session), Some(step)) => Some((session, step)),
            (None, None) => None,
            (Some(_), None) => return Err(both("step")),
            (None, Some(_)) => return Err(both("session")),
        };
        people::release_thread_to(work, &person, &caller.who, chosen)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an agent texts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    /// The words.
    text: String,
    /// The queue it is taken for, where nobody holds the thread yet; `default` when absent.
    queue: Option<String>,
}

/// A text of an agent that was accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replied {
    /// The message.
    pub id: String,
}

/// Answers in a thread; the first text takes it.
pub async fn reply(
    State(app): State<App>,
    once: Once,
    ApiPath(msisdn): ApiPath<String>,
    body: ApiJson<NewReply>,
) -> Result<Response, ApiError> {
    let person = app.number("msisdn", &msisdn).await?;
    let NewReply { text, queue } = body.value;
    let job = move |work: &mut Work<'_, '_>, caller: &Caller| {
        let queue = queue.as_deref().unwrap_or("default");
        Ok(Replied { id: people::reply(work, &person, Text::new(text), &caller.who, queue)?.to_string() })
    };
    once.run(&app, &body.octets, StatusCode::ACCEPTED, job).await
}

/// What is written beside a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// The words; they are never texted.
    text: String,
    /// The session it is about.
    #[schema(value_type = Option<String>)]
    session: Option<SessionId>,
    /// The session is over with it.
    #[serde(default)]
    close: bool,
    /// The session goes on at this step with it: one that asks, tells or ends.
    go: Option<String>,
}

/// Writes a note beside a conversation, of a call for example.
pub async fn note(
    State(app): State<App>,
    once: Once,
    ApiPath(msisdn): ApiPath<String>,
    body: ApiJson<NewNote>,
) -> Result<Response, ApiError> {
    let person = app.number("msisdn", &msisdn).await?;
    let NewNote { text, session, close, go } = body.value;
    let job = move |work: &mut Work<'_, '_>, caller: &Caller| {
        let settled = match (close, go) {
            (true, Some(_)) => return Err(Reject::at("invalid", "/go", "a session is closed or goes on, not both")),
            (true, None) => Settled::Closed,
            (false, Some(step)) => Settled::Step(step),
            (false, None) => Settled::Nothing,
        };
        let id = people::note(work, &person, (session, &settled), &Text::new(text), &caller.who)?;
        let noted = work.tx.notes_of(&person)?.into_iter().find(|note| note.id == id);
        noted.map(NoteView::of).ok_or_else(|| Reject::not_found("note"))
    };
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// What was closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedThread {
    /// How many sessions.
    pub sessions: usize,
}

/// Closes a conversation: its sessions, their tasks, and the hold.
pub async fn close(State(app): State<App>, caller: Caller, ApiPath(msisdn): ApiPath<String>) -> Result<Json<ClosedThread>, ApiError> {
    let person = app.number("msisdn", &msisdn).await?;
    let sessions = app.write(move |work| people::close_thread(work, &person, &caller.who)).await?;
    Ok(Json(ClosedThread { sessions }))
}

/// A consent record of a person, with its proof.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// The number: E.164, or a national form of the box's country.
    msisdn: String,
    /// Of what; empty is everything.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    categories: Vec<Category>,
    /// In or out.
    granted: bool,
    /// The words, the form or the call that proves it.
    proof: String,
    /// What the person had before them: the words of the form, the text of the letter.
    shown: Option<String>,
}

/// Records an opt-in or an opt-out that came by another way than SMS.
pub async fn record_consent(State(app): State<App>, once: Once, body: ApiJson<NewConsent>) -> Result<Response, ApiError> {
    let NewConsent { msisdn, categories, granted, proof, shown } = body.value;
    if proof.trim().is_empty() {
        return Err(ApiError::field("/proof", "a consent needs a proof: the words, the form, the call"));
    }
    let job = move |work: &mut Work<'_, '_>, caller: &Caller| {
        let msisdn = accept::number(work, "/msisdn", &msisdn)?;
        let (source, by) = ("api".to_owned(), Some(caller.who.clone()));
        let proof = Proof { shown: shown.map(Text::new), ..Proof::told(proof, by) };
        let change = ConsentChange { msisdn: msisdn.clone(), categories, granted, source, proof, pending: false };
        consent::note(work, &change)?;
        Ok(List::whole(work.tx.consents_of(&msisdn)?.into_iter().map(Consent::of).collect()))
    };
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// The consent records of a person, oldest first.
pub async fn consents(State(app): State<App>, ApiPath(msisdn): ApiPath<String>) -> Result<Json<List<Consent>>, ApiError> {
    let person = app.number("msisdn", &msisdn).await?;
    let rows = app.read(move |reader| reader.consents_of(&person)).await?;
    Ok(Json(List::whole(rows.into_iter().map(Consent::of).collect())))
}
