//! `/v1/events`: the log by long poll or as server-sent events, and outside events that come in.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Sse, KeepAlive};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::watch;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::{ApiJson, ApiQuery, slots};
use super::list::{self, List};
use super::view::EventView;
use super::write::{self, Once};
use crate::engine::happened::{self, Happening, Target};
use crate::store::{Event, Pulse};

/// What a long poll asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    after: Option<i64>,
    wait: Option<u64>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// What the docs say of it.
pub const LOG_QUERY: &[(&str, &str)] = &[
    ("after", "Events with a higher seq, oldest first. Without it: the newest events first, by pages."),
    ("wait", "With `after`: wait up to so many seconds (at most 60) for the first event."),
    ("limit", "At most so many items, 1 to 500; 50 when absent."),
    ("cursor", "`next` of the page before."),
];

/// Longer waits are cut by proxies on the way.
const WAIT_S_MAX: u64 = 60;

/// The log: behind a sequence number and oldest first, or newest first by pages.
pub async fn log(State(app): State<App>, ApiQuery(query): ApiQuery<LogQuery>) -> Result<Json<List<EventView>>, ApiError> {
    let paging = list::paging(query.limit, query.cursor.as_deref())?;
    let Some(after) = query.after else {
        let page = app.read(move |reader| reader.events(paging)).await?;
        return Ok(Json(List::of(page, EventView::of)));
    };
    let wait = Duration::from_secs(query.wait.unwrap_or(0).min(WAIT_S_MAX));
    let (mut pulse, mut stopping) = (app.engine().pulse(), app.stopping());
    let arrived = async {
        tokio::select! {
            _ = newer(&mut pulse, after) => {}
            () = stopped(&mut stopping) => {}
        }
    };
    // A time-out is an answer as well: an empty list.
    let _ = tokio::time::timeout(wait, arrived).await;
    let limit = query.limit.unwrap_or(50);
    let events = app.read(move |reader| reader.events_after(after, limit)).await?;
    Ok(Json(List::whole(events.into_iter().map(EventView::of).collect())))
}

/// Where a stream begins.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamQuery {
    after: Option<i64>,
}

/// What the docs say of it.
pub const STREAM_QUERY: &[(&str, &str)] =
    &[("after", "Begin behind this seq; the header Last-Event-ID does the same. Without either: new events only.")];

/// The log as server-sent events; `id` is the seq, so that a reader that comes back misses nothing.
pub async fn stream(State(app): State<App>, headers: HeaderMap, ApiQuery(query): ApiQuery<StreamQuery>) -> Result<Response, ApiError> {
    let last_seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let after = match last_seen.or(query.after) {
        Some(after) => after,
        None => app.read(|reader| reader.newest_event()).await?,
    };
    let follower = Follower { pulse: app.engine().pulse(), stopping: app.stopping(), app, after, waiting: VecDeque::new() };
    let events = as_stream(follower);
    Ok(axum::response::sse::Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

struct Follower {
    app: App,
    pulse: watch::Receiver<Pulse>,
    stopping: watch::Receiver<bool>,
    after: i64,
    waiting: VecDeque<Event>,
}

/// Events read ahead of a slow reader.
const READ_AHEAD: u32 = 100;

impl Follower {
    /// The next event; `None` when the daemon stops or the store has an error: the reader comes back with its last id.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                self.after = event.seq;
                return Some(event);
            }
            let after = self.after;
            self.waiting = self.app.read(move |reader| reader.events_after(after, READ_AHEAD)).await.ok()?.into();
            if self.waiting.is_empty() {
                tokio::select! {
                    more = newer(&mut self.pulse, after) => if !more { return None },
                    () = stopped(&mut self.stopping) => return None,
                }
            }
        }
    }
}

/// Waits for events behind `after`; `false` when there will be none any more.
async fn newer(pulse: &mut watch::Receiver<Pulse>, after: i64) -> bool {
    pulse.wait_for(|pulse| pulse.events > after).await.is_ok()
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the daemon has let go of the switch: then it has stopped, too.
    drop(stopping.wait_for(|stop| *stop).await);
}

fn as_stream(follower: Follower) -> impl futures_util::Stream<Item = Result<Sse, Infallible>> + Send {
    futures_util::stream::unfold(follower, |mut follower| async {
        let event = follower.next().await?;
        let (id, kind) = (event.seq.to_string(), event.kind.clone());
        let data = serde_json::to_string(&EventView::of(event)).unwrap_or_default();
        Some((Ok(Sse::default().id(id).event(kind).data(data)), follower))
    })
}

/// Something that happened outside: paid, restored, cleared. Exactly one of `session`, `flow` with `key`, `where`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// Its name in flow files, for example `paid`.
    event: String,
    /// Only this session.
    session: Option<String>,
    /// Only the session of this flow ...
    flow: Option<String>,
    /// ... with this key.
    key: Option<String>,
    /// Every session whose slots hold these values.
    #[schema(value_type = Option<Object>)]
    r#where: Option<Map<String, Value>>,
    /// Slots it fills, where the flow lets it.
    #[serde(default)]
    #[schema(value_type = Object)]
    data: Map<String, Value>,
}

/// How many it reached.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reached {
    /// Open sessions that took it.
    pub sessions: usize,
}

/// Something happened outside: it reaches every matching open session.
pub async fn happened(State(app): State<App>, once: Once, body: ApiJson<NewEvent>) -> Result<Response, ApiError> {
    let value = body.value;
    if value.event.trim().is_empty() {
        return Err(ApiError::field("/event", "name what happened, as the flow file does"));
    }
    let data = slots("/data", &value.data)?;
    let target = target(value.session, value.flow, value.key, value.r#where)?;
    let idempotency = once.idempotency(&body.octets);
    let happening = Happening { event: value.event, target, data, idempotency };
    let answered = happened::everywhere(app.engine(), happening).await?;
    let status = StatusCode::ACCEPTED;
    Ok(write::answer(status, &Reached { sessions: answered.answer }, answered.replayed))
}

fn target(
    session: Option<String>,
    flow: Option<String>,
    key: Option<String>,
    r#where: Option<Map<String, Value>>,
) -> Result<Target, ApiError> {
    match (session, flow, key, r#where) {
        (Some(id), None, None, None) => {
            let id = id.parse().map_err(|error: crate::ids::BadId| ApiError::field("/session", error.to_string()))?;
            Ok(Target::Session(id))
        }
        (None, Some(flow), Some(key), None) => Ok(Target::Key { flow, key }),
        (None, None, None, Some(wanted)) if !wanted.is_empty() => Ok(Target::Where(slots("/where", &wanted)?)),
        _ => Err(ApiError::invalid("say whom it concerns: `session`, or `flow` and `key`, or `where` with at least one slot")
            .at("", "exactly one of `session`, `flow` with `key`, `where`")),
    }
}
