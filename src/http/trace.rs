//! `/v1/modems/{id}/trace`: what went over a modem's port, octet by octet.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::{ApiPath, ApiQuery};
use crate::modem::wire::{Chunk, Way};

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceQuery {
    after: Option<u64>,
    wait: Option<u64>,
}

/// What the docs say of it.
pub const TRACE_QUERY: &[(&str, &str)] = &[
    ("after", "Only what came behind this seq; 0 when absent: everything that is kept."),
    ("wait", "Wait up to so many seconds (at most 60) for the first of them."),
];

/// The newest octets of a port, oldest first. PINs, numbers and contents are replaced by zeros and the like, lengths are kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    /// The octets, oldest first.
    pub items: Vec<Crossed>,
    /// Chunks behind `after` that are not kept any more.
    pub missed: u64,
}

/// Octets that crossed the port together.
#[derive(Debug, Serialize, ToSchema)]
pub struct Crossed {
    /// Counts the chunks of this modem since the daemon started.
    pub seq: u64,
    /// When.
    pub at: String,
    /// `sent` to the modem, or `received` from it.
    pub way: &'static str,
    /// What: each character is one octet.
    pub octets: String,
}

impl Crossed {
    fn of(chunk: Chunk) -> Self {
        Self {
            seq: chunk.seq,
            at: chunk.at.to_string(),
            way: match chunk.way {
                Way::Sent => "sent",
                Way::Received => "received",
            },
            octets: chunk.octets.into_iter().map(char::from).collect(),
        }
    }
}

const WAIT_S_MAX: u64 = 60;
/// A line that is being said is shown a little later.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Shows it.
pub async fn show(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(query): ApiQuery<TraceQuery>,
) -> Result<Json<Trace>, ApiError> {
    let wanted = name.clone();
    app.read(move |reader| reader.modem(&wanted)).await?.ok_or_else(|| ApiError::not_found("modem"))?;
    let wires = app.engine().wires().clone();
    let (after, wait) = (query.after.unwrap_or(0), Duration::from_secs(query.wait.unwrap_or(0).min(WAIT_S_MAX)));
    let (mut changes, mut stopping) = (wires.changes(), app.stopping());
    let arrived = async {
        while wires.after(&name, after, app.now()).1.is_empty() {
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                changed = stopping.changed() => if changed.is_err() || *stopping.borrow() { return },
            }
        }
    };
    // A time-out is an answer as well: nothing was said.
    let _ = tokio::time::timeout(wait, arrived).await;
    let (missed, chunks) = wires.after(&name, after, app.now());
    Ok(Json(Trace { items: chunks.into_iter().map(Crossed::of).collect(), missed }))
}
