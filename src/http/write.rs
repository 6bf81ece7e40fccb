//! Idempotency: what one `Idempotency-Key` created once is not created twice. The first answer is kept in the transaction
//! that did the work, so that there is no moment in which one is there without the other.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use crate::engine::idempotent::{Answered, Idempotency, once};
use crate::engine::{Reject, Work};
use crate::signature::sha256_hex;

/// Who creates something, where, and under which key.
#[derive(Debug)]
pub struct Once {
    /// Who.
    pub caller: Caller,
    path: String,
    key: Option<String>,
}

const HEADER: &str = "idempotency-key";
/// Longer keys are no keys but payloads.
const KEY_CHARACTERS_MAX: usize = 255;

impl<S: Send + Sync> FromRequestParts<S> for Once {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let key = parts.headers.get(HEADER).map(|value| value.to_str().unwrap_or_default().to_owned());
        if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > KEY_CHARACTERS_MAX) {
            return Err(ApiError::parameter("Idempotency-Key", format!("must be 1 to {KEY_CHARACTERS_MAX} printable ASCII characters")));
        }
        Ok(Self { caller, path: parts.uri.path().to_owned(), key })
    }
}

/// What is kept of a first answer.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    body: Json,
}

impl Once {
    /// Does `job` in one transaction and answers its body with `status`; the same key and body answer the same again.
    pub async fn run<T: Serialize>(
        self,
        app: &App,
        octets: &[u8],
        status: StatusCode,
        job: impl FnOnce(&mut Work<'_, '_>, &Caller) -> Result<T, Reject> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let body_sha256 = sha256_hex(&[self.path.as_bytes(), b"\n", octets].concat());
        let Self { caller, key, .. } = self;
        let idempotency = key.map(|key| Idempotency { owner: caller.who.clone(), key, body_sha256 });
        let answered = app.write(move |work| {
            once(work, idempotency.as_ref(), |work| {
                let body = serde_json::to_value(job(work, &caller)?);
                let body = body.map_err(|error| Reject::new("internal", format!("an answer is no JSON: {error}")))?;
                Ok(Kept { status: status.as_u16(), body })
            })
        });
        Ok(rendered(&answered.await?))
    }
}

fn rendered(answered: &Answered<Kept>) -> Response {
    let kept = &answered.answer;
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, axum::Json(&kept.body)).into_response();
    if answered.replayed {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    response
}
