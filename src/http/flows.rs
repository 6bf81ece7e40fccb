//! `/v1/flows`: the text of each flow with its revisions and what the loader finds in it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath};
use super::list::List;
use super::view::time;
use super::write::Once;
use crate::conversation::flow::Flow;
use crate::conversation::flow::template::duration;
use crate::conversation::lint::{Finding, Severity};
use crate::engine::configure::Ground;
use crate::engine::{Reject, Work, configure, rehearse};
use crate::store::{self, FlowRevision, Reader};
use crate::terms::Word as _;
use crate::time::Timestamp;

/// The text of a flow file.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowText {
    /// The file, as a technician writes it.
    pub text: String,
    /// What the file is called, for findings.
    pub file: Option<String>,
    /// Whether new sessions begin with it at once.
    #[serde(default)]
    pub activate: bool,
}

impl FlowText {
    /// What the file is called.
    pub fn name_of_file(&self) -> String {
        self.file.clone().unwrap_or_else(|| "flow.toml".to_owned())
    }
}

/// Something the loader found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// The line, from 1.
    pub line: u32,
    /// `error`, which keeps the flow from running, or `warning`.
    pub severity: &'static str,
    /// The key.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What to write instead.
    pub proposal: String,
}

impl FindingView {
    fn of(finding: Finding) -> Self {
        let Finding { line, key, severity, reason, proposal } = finding;
        Self { line, severity: severity.word(), key, reason, proposal }
    }
}

/// A flow.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowView {
    /// Its name.
    pub name: String,
    /// Its newest revision.
    pub revision: u32,
    /// The revision that new sessions begin with.
    pub active_revision: Option<u32>,
    /// What the loader finds in the newest one.
    pub findings: Vec<FindingView>,
    /// When the newest one was put in.
    pub created_at: String,
}

/// One revision of a flow.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionView {
    /// Counts from 1.
    pub revision: u32,
    /// Whether new sessions begin with it.
    pub active: bool,
    /// The file.
    pub text: String,
    /// Who put it in.
    pub created_by: String,
    /// When.
    pub created_at: String,
    /// When new sessions stopped beginning with it.
    pub retired_at: Option<String>,
}

impl RevisionView {
    fn of(row: FlowRevision) -> Self {
        Self {
            revision: row.revision,
            active: row.active,
            text: row.source,
            created_by: row.created_by,
            created_at: row.created_at.to_string(),
            retired_at: time(row.retired_at),
        }
    }
}

/// A flow with its revisions.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowDetail {
    /// Its name.
    pub name: String,
    /// Its revisions, newest first.
    pub revisions: Vec<RevisionView>,
}

/// A flow file that was put in.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowPut {
    /// Its name, as the file says it.
    pub name: String,
    /// The revision that holds this text.
    pub revision: u32,
    /// Whether new sessions begin with it.
    pub active: bool,
    /// What somebody should look at in it.
    pub findings: Vec<FindingView>,
}

/// What the loader says of a text.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    /// Whether the flow could run.
    pub ok: bool,
    /// What was found.
    pub findings: Vec<FindingView>,
}

/// Every flow.
pub async fn list(State(app): State<App>) -> Result<Json<List<FlowView>>, ApiError> {
    let views = app.read(|reader| {
        let ground = Ground::of(reader)?;
        reader.newest_flows()?.into_iter().map(|row| view(reader, &ground, row)).collect()
    });
    Ok(Json(List::whole(views.await?)))
}

fn view(reader: &Reader<'_>, ground: &Ground, row: FlowRevision) -> store::Result<FlowView> {
    let findings = ground.look(&format!("{}.flow.toml", row.name), &row.source);
    Ok(FlowView {
        active_revision: reader.active_flow(&row.name)?.map(|active| active.revision),
        findings: findings.into_iter().map(FindingView::of).collect(),
        name: row.name,
        revision: row.revision,
        created_at: row.created_at.to_string(),
    })
}

/// One flow with its revisions.
pub async fn one(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<FlowDetail>, ApiError> {
    let wanted = name.clone();
    let rows = app.read(move |reader| reader.revisions_of(&wanted)).await?;
    if rows.is_empty() {
        return Err(ApiError::not_found("flow"));
    }
    Ok(Json(FlowDetail { name, revisions: rows.into_iter().map(RevisionView::of).collect() }))
}

/// Keeps a text as the newest revision of its flow.
pub async fn put(State(app): State<App>, once: Once, body: ApiJson<FlowText>) -> Result<Response, ApiError> {
    let text = body.value;
    let job = move |work: &mut Work<'_, '_>, caller: &Caller| keep(work, &text, &caller.who);
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// Keeps a text, and activates it where that is wanted.
pub fn keep(work: &mut Work<'_, '_>, text: &FlowText, by: &str) -> Result<FlowPut, Reject> {
    let put = configure::put_flow(work, &text.name_of_file(), &text.text, by)?;
    let active = if text.activate {
        configure::activate_flow(work, &put.name, put.revision)?.active
    } else {
        work.tx.active_flow(&put.name)?.is_some_and(|active| active.revision == put.revision)
    };
    let findings = configure::look(work.tx, &text.name_of_file(), &text.text)?.into_iter().map(FindingView::of).collect();
    Ok(FlowPut { name: put.name, revision: put.revision, active, findings })
}

/// Which revision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// Its number.
    revision: u32,
}

/// New sessions begin with this revision from now on.
pub async fn activate(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    body: ApiJson<Activation>,
) -> Result<Json<RevisionView>, ApiError> {
    let row = app.write(move |work| configure::activate_flow(work, &name, body.value.revision)).await?;
    Ok(Json(RevisionView::of(row)))
}

/// No new session begins with this flow.
pub async fn retire(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<StatusCode, ApiError> {
    app.write(move |work| configure::retire_flow(work, &name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the loader says of a text; nothing is kept.
pub async fn check(State(app): State<App>, body: ApiJson<FlowText>) -> Result<Json<Checked>, ApiError> {
    let text = body.value;
    let findings = app.read(move |reader| configure::look(reader, &text.name_of_file(), &text.text)).await?;
    let ok = findings.iter().all(|finding| finding.severity != Severity::Error);
    Ok(Json(Checked { ok, findings: findings.into_iter().map(FindingView::of).collect() }))
}

/// A flow to be tried, and what a person would write.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rehearsal {
    /// The file, as a technician writes it.
    pub text: String,
    /// What the person writes, in order.
    pub replies: Vec<String>,
    /// Further flow files that it may run, beside the active flows of the box; one of the same name takes its place.
    #[serde(default)]
    pub beside: Vec<String>,
    /// What the flow is told: `slot=value`; what is missing is made up.
    #[serde(default)]
    pub set: Vec<String>,
    /// What endpoints answer: `NAME=ok`, `fail` or `unknown`; `ok` otherwise.
    #[serde(default)]
    pub http: Vec<String>,
    /// When it is.
    #[schema(value_type = Option<String>)]
    pub now: Option<Timestamp>,
    /// Whether every reply meets a new session at its first question.
    #[serde(default)]
    pub fresh: bool,
}

/// What each reply would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rehearsed {
    /// One answer for each reply: rule, outcome, answer, step, calls, said.
    #[schema(value_type = Vec<Object>)]
    pub answers: Vec<Value>,
}

/// Runs a flow that is only a text so far, beside the active ones; the daemon brings it, because it is another room's work.
pub type Sandbox = dyn Fn(&Rehearsal, &[String]) -> Result<Vec<Value>, String> + Send + Sync;

/// More replies than a person would try.
const REPLIES_MAX: usize = 100;

/// What would these texts do now? Nothing is kept, nothing is sent, no endpoint is called.
pub async fn rehearse(State(app): State<App>, body: ApiJson<Rehearsal>) -> Result<Json<Rehearsed>, ApiError> {
    let request = body.value;
    if request.replies.len() > REPLIES_MAX {
        return Err(ApiError::field("/replies", format!("at most {REPLIES_MAX}")));
    }
    let active = app.read(|reader| {
        let names = reader.newest_flows()?.into_iter().map(|row| reader.active_flow(&row.name));
        Ok(names.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().map(|row| row.source).collect::<Vec<String>>())
    });
    let (active, sandbox) = (active.await?, app.sandbox());
    let tried = tokio::task::spawn_blocking(move || sandbox(&request, &active)).await.map_err(ApiError::internal)?;
    tried.map(|answers| Json(Rehearsed { answers })).map_err(|words| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_flow", words))
}

/// A text of a flow that is held against the replies that the box has stored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replies {
    /// The file, as a technician writes it.
    pub text: String,
    /// What the file is called, for findings.
    pub file: Option<String>,
    /// How far back: `30d`, `12h`; 30 days when absent.
    pub since: Option<String>,
}

/// A reply that would be understood otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiffersView {
    /// The step that asked.
    pub step: String,
    /// What the customer wrote.
    pub text: String,
    /// What it was taken as: an answer by its name, `an answer`, or `unclear`.
    pub was: String,
    /// What it would be taken as.
    pub now: String,
    /// How many wrote just that.
    pub times: u32,
}

/// What a new text of a flow would make of stored replies.
#[derive(Debug, Serialize, ToSchema)]
pub struct Held {
    /// Replies to questions of this flow.
    pub replies: u32,
    /// Taken as before.
    pub same: u32,
    /// To steps that ask no more.
    pub gone: u32,
    /// Unclear when they came.
    pub unclear_before: u32,
    /// Unclear now.
    pub unclear_now: u32,
    /// The others, the most frequent first.
    pub differs: Vec<DiffersView>,
}

const SINCE_DEFAULT: std::time::Duration = std::time::Duration::from_hours(30 * 24);

/// Holds a text against the replies that customers really wrote; nothing is kept and nothing moves.
pub async fn replies(State(app): State<App>, body: ApiJson<Replies>) -> Result<Json<Held>, ApiError> {
    let Replies { text, file, since } = body.value;
    let back = match since.as_deref() {
        None => SINCE_DEFAULT,
        Some(words) => duration(words).ok_or_else(|| ApiError::field("/since", "write a number and s, m, h or d: 30d"))?,
    };
    let file = file.unwrap_or_else(|| "flow.toml".to_owned());
    let flow = Flow::parse(&file, &text).map(Arc::new).map_err(|found| {
        let first = found.first().map_or_else(String::new, ToString::to_string);
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_flow", first)
    })?;
    let (book, now) = (app.engine().book().await?, app.now());
    let found = app.read(move |reader| rehearse::over(reader, &book, &flow, now.minus(back))).await?;
    let differs = found.differs.into_iter().map(|one| DiffersView {
        step: one.step,
        text: one.text.expose().to_owned(),
        was: one.was,
        now: one.now,
        times: one.times,
    });
    Ok(Json(Held {
        replies: found.replies,
        same: found.same,
        gone: found.gone,
        unclear_before: found.unclear.0,
        unclear_now: found.unclear.1,
        differs: differs.collect(),
    }))
}
