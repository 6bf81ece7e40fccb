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
    /// The key of this request with what it is bound to.
    pub fn idempotency(&self, octets: &[u8]) -> Option<Idempotency> {
        let body_sha256 = sha256_hex(&[self.path.as_bytes(), b"\n", octets].concat());
        self.key.clone().map(|key| Idempotency { owner: self.caller.who.clone(), key, body_sha256 })
    }

    /// Does `job` in one transaction and answers its body with `status`; the same key and body answer the same again.
    pub async fn run<T: Serialize>(
        self,
        app: &App,
        octets: &[u8],
        status: StatusCode,
        job: impl FnOnce(&mut Work<'_, '_>, &Caller) -> Result<T, Reject> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let idempotency = self.idempotency(octets);
        let answered = keep(app, idempotency, status, move |work| job(work, &self.caller)).await?;
        Ok(rendered(&answered))
    }

    /// [`Once::run`] for an answer with a `secret` in it. What is kept for a repetition holds the secret only under a mask
    /// made of the caller's own key, and that key only as its hash: the database alone tells neither.
    pub async fn run_with_secret<T: Serialize>(
        self,
        app: &App,
        octets: &[u8],
        status: StatusCode,
        secret: &'static str,
        job: impl FnOnce(&mut Work<'_, '_>, &Caller) -> Result<T, Reject> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let key = self.key.clone().unwrap_or_default();
        let hidden = |idempotency: Idempotency| Idempotency { key: sha256_hex(idempotency.key.as_bytes()), ..idempotency };
        let idempotency = self.idempotency(octets).map(hidden);
        let by = key.clone();
        let answered = keep(app, idempotency, status, move |work| {
            let body = serde_json::to_value(job(work, &self.caller)?);
            let mut body = body.map_err(|error| Reject::new("internal", format!("an answer is no JSON: {error}")))?;
            mask(&mut body[secret], &by);
            Ok(body)
        });
        let mut answered = answered.await?;
        mask(&mut answered.answer.body[secret], &key);
        Ok(rendered(&answered))
    }
}

async fn keep<T: Serialize>(
    app: &App,
    idempotency: Option<Idempotency>,
    status: StatusCode,
    job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static,
) -> Result<Answered<Kept>, ApiError> {
    let answered = app.write(move |work| {
        once(work, idempotency.as_ref(), |work| {
            let body = serde_json::to_value(job(work)?);
            let body = body.map_err(|error| Reject::new("internal", format!("an answer is no JSON: {error}")))?;
            Ok(Kept { status: status.as_u16(), body })
        })
    });
    answered.await
}

/// Exchanges the digits of a text in hex by a stream made of `key`; the second time brings them back.
fn mask(text: &mut Json, key: &str) {
    let stream = sha256_hex(format!("mask of {key}").as_bytes());
    let Json::String(secret) = text else { return };
    let (front, digits) = secret.split_at(secret.len().saturating_sub(stream.len()));
    let masked = digits.chars().zip(stream.chars()).map(|(digit, by)| match (digit.to_digit(16), by.to_digit(16)) {
        (Some(digit), Some(by)) => char::from_digit(digit ^ by, 16).unwrap_or('0'),
        _ => digit,
    });
    *secret = format!("{front}{}", masked.collect::<String>());
}

/// An answer that says whether it was given before.
pub fn answer<T: Serialize>(status: StatusCode, body: &T, replayed: bool) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    if replayed {
        response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    response
}

fn rendered(answered: &Answered<Kept>) -> Response {
    let status = StatusCode::from_u16(answered.answer.status).unwrap_or(StatusCode::OK);
    answer(status, &answered.answer.body, answered.replayed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_hides_a_secret_and_gives_it_back() {
        let secret = format!("ab_{}", "0123456789abcdef".repeat(4));
        let mut text = Json::String(secret.clone());
        mask(&mut text, "k1");
        assert!(text.as_str().is_some_and(|masked| masked != secret && masked.starts_with("ab_") && masked.len() == secret.len()));
        mask(&mut text, "k1");
        assert_eq!(text, Json::String(secret));
    }
}
