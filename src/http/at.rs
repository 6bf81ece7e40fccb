//! `/v1/modems/{name}/at`: one command of a technician, and what the modem answered. Who typed what, and what came of it, is in the
//! audit log; PINs, numbers and contents are masked there.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath};
use crate::engine::at;

/// One command.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAt {
    /// For example `AT+CSQ`. What sends, dials, deletes, locks or resets is refused, and so is what the box sets itself.
    command: String,
    /// How long it may wait for its turn, and then for its answer, in seconds: 1 to 60; 10 when absent.
    wait: Option<u8>,
}

/// What the modem answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct AtAnswer {
    /// What was sent.
    pub command: String,
    /// Its lines; the last one is its result.
    pub lines: Vec<String>,
}

const WAIT_S: u8 = 10;
const WAIT_S_MAX: u8 = 60;

/// Has a modem carry out one command.
pub async fn ask(
    State(app): State<App>,
    caller: Caller,
    ApiPath(modem): ApiPath<String>,
    ApiJson { value, .. }: ApiJson<NewAt>,
) -> Result<Json<AtAnswer>, ApiError> {
    let wait = value.wait.unwrap_or(WAIT_S);
    if !(1..=WAIT_S_MAX).contains(&wait) {
        return Err(ApiError::field("/wait", format!("waits for 1 to {WAIT_S_MAX} seconds")));
    }
    let within = Duration::from_secs(u64::from(wait));
    let asked = at::Asked { modem, who: caller.who, command: value.command };
    let at::Answer { command, lines } = at::carry_out(app.engine(), app.fleet(), asked, within).await?;
    Ok(Json(AtAnswer { command, lines }))
}
