//! `/v1/sessions`: runs of flows, with the people they speak with.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::conversations::{Line, TaskView};
use super::error::ApiError;
use super::extract::{ApiPath, ApiQuery, one_of};
use super::list::{self, List};
use super::view::{EventView, QuestionView, SessionView, time};
use crate::ids::SessionId;
use crate::store::{self, SessionFilter};
use crate::terms::Word as _;

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
