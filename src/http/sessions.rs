//! `/v1/sessions`: runs of flows, with the people they speak with.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json_};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::conversations::{Line, TaskView};
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath, ApiQuery, one_of, slots};
use super::list::{self, List};
use super::view::{EventView, QuestionView, SessionView, time};
use super::write::Once;
use crate::engine::consent::Approved;
use crate::engine::{Book, Reject, Work, advance, session};
use crate::ids::SessionId;
use crate::store::{self, SessionFilter};
use crate::terms::{Lane, Word as _};
use crate::time::Timestamp;

/// A question somebody wants to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The flow by name.
    flow: String,
    /// The number: E.164, or a national form of the box's country. Absent where the flow pages a roster.
    to: Option<String>,
    /// What the flow is told, by slot.
    #[serde(default)]
    #[schema(value_type = Object)]
    data: Map<String, Json_>,
    /// Blocks twins in place of the flow's own `key`.
    key: Option<String>,
    /// Language of its texts; the person's when absent.
    language: Option<String>,
    /// ICCID of the SIM it should speak on.
    sim: Option<String>,
    /// Its first text does not leave before.
    #[schema(value_type = Option<String>)]
    not_before: Option<Timestamp>,
    /// Only for flows of the category safety, and only where the setting `safety_passes_stop` allows it: reach the person in spite
    /// of a STOP.
    pass_stop: Option<PassStop>,
}

/// Who has decided that a safety text goes to somebody who opted out. It goes into the audit log.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassStop {
    /// A person.
    approver: String,
    /// Why.
    reason: String,
}

/// A session that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// Its id.
    pub id: String,
    /// The flow.
    pub flow: String,
    /// The revision it runs to its end.
    pub revision: u32,
    /// Where it is in its life.
    pub state: &'static str,
    /// The texts that were queued.
    pub messages: Vec<String>,
}

/// Asks a question. 202 says: it is on disk and will not be forgotten.
pub async fn create(State(app): State<App>, once: Once, body: ApiJson<NewSession>) -> Result<Response, ApiError> {
    let mut new = body.value;
    let approved = new.pass_stop.take().map(|PassStop { approver, reason }| Approved { approver, reason });
    let request = request(new, &once.caller.who)?;
    let job = move |work: &mut Work<'_, '_>, caller: &Caller| {
        if let Some(lane) = lane_of(work.book, &request.flow) {
            caller.must_send_in_job(lane.policy)?;
        }
        let begun = match &approved {
            Some(approved) => session::begin_past_stop(work, &request, approved)?.answer,
            None => session::begin(work, &request)?.answer,
        };
        Ok(Begun {
            id: begun.id.to_string(),
            flow: begun.flow,
            revision: begun.revision,
            state: begun.state.word(),
            messages: begun.messages.iter().map(ToString::to_string).collect(),
        })
    };
    once.run(&app, &body.octets, StatusCode::ACCEPTED, job).await
}

fn request(value: NewSession, who: &str) -> Result<session::NewSession, ApiError> {
    let data = slots("/data", &value.data)?;
    let NewSession { flow, to, key, language, sim, not_before, .. } = value;
    Ok(session::NewSession { flow, to, data, key, language, sim, not_before, source: who.to_owned(), idempotency: None })
}

/// The lane of a flow: its policy decides which scope may ask.
fn lane_of<'b>(book: &'b Book, flow: &str) -> Option<&'b Lane> {
    let (_, flow) = book.flows.active(flow)?;
    book.lanes.iter().find(|lane| lane.name == flow.lane.name)
}

/// Closes a session; what it has queued and not sent is taken back.
pub async fn close(State(app): State<App>, caller: Caller, ApiPath(id): ApiPath<SessionId>) -> Result<Json<SessionView>, ApiError> {
    let session = app.write(move |work| {
        let found = work.tx.session(id)?.ok_or_else(|| Reject::not_found("session"))?;
        if let Some(lane) = work.book.lanes.iter().find(|lane| lane.name == found.lane) {
            caller.must_work_or_send_in_job(lane.policy)?;
        }
        advance::close(work, id, &caller.who)?;
        work.tx.session(id)?.ok_or_else(|| Reject::not_found("session"))
    });
    session.await.map(|session| Json(SessionView::of(session)))
}

/// What a list of sessions is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrow {
    with: Option<String>,
    flow: Option<String>,
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// What the docs say of it.
pub const QUERY: &[(&str, &str)] = &[
    ("with", "Only with this number."),
    ("flow", "Only of this flow."),
    ("state", "Only in this state."),
    ("limit", "At most so many items, 1 to 500; 50 when absent."),
    ("cursor", "`next` of the page before."),
];

/// The newest sessions first.
pub async fn list(State(app): State<App>, ApiQuery(query): ApiQuery<Narrow>) -> Result<Json<List<SessionView>>, ApiError> {
    let paging = list::paging(query.limit, query.cursor.as_deref())?;
    let with = match query.with {
        Some(with) => Some(app.number("with", &with).await?),
        None => None,
    };
    let state = query.state.map(|word| one_of("state", &word)).transpose()?;
    let filter = SessionFilter { with, flow: query.flow, state };
    let page = app.read(move |reader| reader.sessions(&filter, paging)).await?;
    Ok(Json(List::of(page, SessionView::of)))
}

/// One session: what was said, what it knows, and why it moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionDetail {
    /// The session.
    #[serde(flatten)]
    pub session: SessionView,
    /// What was said, oldest first.
    pub transcript: Vec<Line>,
    /// Its questions, oldest first.
    pub questions: Vec<QuestionView>,
    /// Its http steps, oldest first.
    pub calls: Vec<CallView>,
    /// Tasks for people.
    pub tasks: Vec<TaskView>,
    /// Why it moved: its events, oldest first.
    pub events: Vec<EventView>,
}

/// One http step.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallView {
    /// The step.
    pub step: String,
    /// Which entry into it.
    pub visit: u32,
    /// The endpoint.
    pub endpoint: String,
    /// `queued calling ok fail unknown`.
    pub state: &'static str,
    /// What was seen.
    pub detail: Option<String>,
    /// When it was decided.
    pub queued_at: String,
    /// When its bytes left.
    pub started_at: Option<String>,
    /// When its outcome was known.
    pub ended_at: Option<String>,
}

/// One session with its transcript.
pub async fn one(State(app): State<App>, ApiPath(id): ApiPath<SessionId>) -> Result<Json<SessionDetail>, ApiError> {
    let detail = app.read(move |reader| detail(reader, id)).await?;
    detail.map(Json).ok_or_else(|| ApiError::not_found("session"))
}

fn detail(reader: &store::Reader<'_>, id: SessionId) -> store::Result<Option<SessionDetail>> {
    let Some(session) = reader.session(id)? else { return Ok(None) };
    Ok(Some(SessionDetail {
        session: SessionView::of(session),
        transcript: reader.transcript(id)?.into_iter().map(Line::of).collect(),
        questions: reader.questions_of(id)?.into_iter().map(QuestionView::of).collect(),
        calls: reader.callings_of(id)?.into_iter().map(call).collect(),
        tasks: reader.tasks_of(id)?.into_iter().map(TaskView::of).collect(),
        events: reader.events_of_session(id)?.into_iter().map(EventView::of).collect(),
    }))
}

fn call(call: store::Calling) -> CallView {
    CallView {
        step: call.step,
        visit: call.visit,
        endpoint: call.endpoint,
        state: call.state.word(),
        detail: call.detail,
        queued_at: call.queued_at.to_string(),
        started_at: time(call.started_at),
        ended_at: time(call.ended_at),
    }
}
