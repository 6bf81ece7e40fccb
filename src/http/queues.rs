//! `/v1/queues`: who works on what, their office hours and holidays, and who is told of new work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath};
use super::list::List;
use super::write::Once;
use crate::conversation::hours;
use crate::engine::book::Book;
use crate::engine::{Reject, Work, configure};
use crate::office::Queue;
use crate::time::Timestamp;

/// A queue of people.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQueue {
    /// Its name in flow files, for example `billing`.
    pub name: String,
    /// When somebody is there, like `mon-fri 08:00-17:00` in the box's zone; none is never.
    pub hours: Vec<String>,
    /// Days on which nobody is, like `2026-12-25`.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// The roster whose people on duty get a text when work comes in, at most one in ten minutes.
    #[serde(default)]
    pub told: Option<String>,
}

impl NewQueue {
    /// As the engine takes it.
    pub fn into_request(self) -> configure::NewQueue {
        let Self { name, hours, holidays, told } = self;
        configure::NewQueue { name, hours, holidays, told }
    }
}

/// A queue of people.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueView {
    /// Its name in flow files.
    pub name: String,
    /// When somebody is there.
    pub hours: Vec<String>,
    /// Days on which nobody is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// The roster that is told of new work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// What a customer who is handed over now reads, in the box's first language; absent in an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}

impl QueueView {
    /// A queue as it is written.
    pub fn of(queue: &Queue) -> Self {
        Self {
            name: queue.name.clone(),
            hours: queue.hours.iter().map(ToString::to_string).collect(),
            holidays: queue.holidays.iter().map(ToString::to_string).collect(),
            told: queue.told.clone(),
            says: None,
        }
    }

    fn now(queue: &Queue, book: &Book, now: Timestamp) -> Self {
        let rosters = crate::conversation::Rosters::new();
        let language = book.packs.languages().first().map_or("en", String::as_str);
        let says = hours::somebody_answers(&queue.name, language, &book.rules(&[], &rosters), now);
        Self { says: Some(says), ..Self::of(queue) }
    }
}

/// Puts a queue in place, by its name.
pub async fn put(State(app): State<App>, once: Once, body: ApiJson<NewQueue>) -> Result<Response, ApiError> {
    let request = body.value.into_request();
    let job = move |work: &mut Work<'_, '_>, _: &Caller| Ok(QueueView::of(&configure::queue(work, &request)?));
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// Every queue, with what it would tell a customer now.
pub async fn list(State(app): State<App>) -> Result<Json<List<QueueView>>, ApiError> {
    let rows = app.write(|work| Ok(work.book.queues.iter().map(|queue| QueueView::now(queue, work.book, work.now)).collect()));
    Ok(Json(List::whole(rows.await?)))
}

/// One queue.
pub async fn one(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<QueueView>, ApiError> {
    let row = app.write(move |work| {
        let found = work.book.queues.get(&name).ok_or_else(|| Reject::not_found("queue"))?;
        Ok(QueueView::now(found, work.book, work.now))
    });
    Ok(Json(row.await?))
}

/// Takes what the settings say of a queue away.
pub async fn remove(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<StatusCode, ApiError> {
    app.write(move |work| configure::remove_queue(work, &name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
