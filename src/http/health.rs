//! `/healthz` and `/readyz`: whether the process works, and whether a modem can send.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;

/// What the box says of itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: &'static str,
    /// Version of the program.
    pub version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// The process answers.
pub async fn live() -> Json<Health> {
    Json(OK)
}

/// A modem can send.
pub async fn ready(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    if app.fleet().can_send() {
        return Ok(Json(OK));
    }
    let words = "no modem can send; `answerback doctor` tells which modem needs what";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "no_modem", words))
}
