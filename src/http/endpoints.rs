//! `/v1/endpoints`: the named addresses that flows may call.

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
use crate::engine::{Work, configure};
use crate::store::EndpointRow;

/// A named address of the utility's systems.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEndpoint {
    /// Its name in flow files, for example `billing.charge`.
    pub name: String,
    /// Where steps are posted.
    pub url: String,
    /// Where the outcome of an unknown step is asked, by its key.
    #[serde(alias = "status")]
    pub status_url: Option<String>,
    /// Signs what is posted: `whsec_...`; left out, the one it has stays, or one is made.
    pub secret: Option<String>,
    /// After so many seconds without an answer the outcome is unknown; 10 when absent.
    pub timeout: Option<u32>,
    /// Whether it may be a private or loopback address.
    #[serde(default)]
    pub private: bool,
}

impl NewEndpoint {
    /// As the engine takes it.
    pub fn into_request(self) -> configure::NewEndpoint {
        let Self { name, url, status_url, secret, timeout, private } = self;
        configure::NewEndpoint { name, url, status_url, secret, timeout_s: timeout, private }
    }
}

/// An endpoint. Its secret is shown only by `config export --secrets` and when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Endpoint {
    /// Its name in flow files.
    pub name: String,
    /// Where steps are posted.
    pub url: String,
    /// Where the outcome of an unknown step is asked.
    pub status_url: Option<String>,
    /// After so many seconds without an answer the outcome is unknown.
    pub timeout: u32,
    /// Whether it may be a private or loopback address.
    pub private: bool,
    /// Signs what is posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl Endpoint {
    /// A row, rendered.
    pub fn of(row: &EndpointRow, with_secret: bool) -> Self {
        Self {
            name: row.name.clone(),
            url: row.url.clone(),
            status_url: row.status_url.clone(),
            timeout: row.timeout_ms / 1000,
            private: row.allow_private,
            secret: with_secret.then(|| row.secret.expose()),
        }
    }
}

/// Puts an endpoint in place, by its name.
pub async fn put(State(app): State<App>, once: Once, body: ApiJson<NewEndpoint>) -> Result<Response, ApiError> {
    let request = body.value.into_request();
    let job = move |work: &mut Work<'_, '_>, _: &Caller| Ok(Endpoint::of(&configure::endpoint(work, &request)?, false));
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// Every endpoint.
pub async fn list(State(app): State<App>) -> Result<Json<List<Endpoint>>, ApiError> {
    let rows = app.read(|reader| reader.endpoints()).await?;
    Ok(Json(List::whole(rows.iter().map(|row| Endpoint::of(row, false)).collect())))
}

/// One endpoint.
pub async fn one(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<Endpoint>, ApiError> {
    let row = app.read(move |reader| reader.endpoint(&name)).await?;
    row.map(|row| Json(Endpoint::of(&row, false))).ok_or_else(|| ApiError::not_found("endpoint"))
}

/// Takes an endpoint away.
pub async fn remove(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<StatusCode, ApiError> {
    app.write(move |work| configure::remove_endpoint(work, &name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
