//! [`ApiError`]: the only type that knows status codes, written as problem+json (RFC 9457).
//!
//! Every refusal passes here, axum's own included: `finish` turns any answer of 400 and above that is no problem yet into
//! one, and gives it the request's id. The internal cause is logged there, once, and never sent.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::codes;
use crate::engine::Reject;
use crate::store;

/// A refusal.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    retry_after_s: Option<u32>,
    cause: Option<String>,
}

/// What is wrong with one value of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body (RFC 6901), or the name of a query parameter.
    pub pointer: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Where this code is explained, on this box.
    #[serde(rename = "type")]
    pub kind: String,
    /// Words of the status.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable: what a program may branch on.
    pub code: &'static str,
    /// For a person: what is wrong and what to do.
    pub detail: String,
    /// The same id stands in the log.
    pub request_id: String,
    /// What is wrong with single values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
/// How long a caller waits before it tries a busy box again.
const RETRY_AFTER_S: u32 = 1;

impl ApiError {
    /// A refusal with words.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), retry_after_s: None, cause: None }
    }

    /// The body or a parameter cannot be read.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// One value of the body is wrong.
    pub fn field(pointer: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::invalid(format!("{pointer}: {reason}")).at(pointer, reason)
    }

    /// A query parameter or a header is wrong.
    pub fn parameter(name: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(StatusCode::BAD_REQUEST, "bad_query", format!("{name}: {reason}")).at(name, reason)
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    /// The state of the thing does not allow it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// The box cannot take it now.
    pub fn busy() -> Self {
        let words = "the box has more to write than it can take; try again in a moment";
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", words);
        Self { retry_after_s: Some(RETRY_AFTER_S), ..error }
    }

    /// The disk is full.
    pub fn disk_full() -> Self {
        let words = "the disk of the box is full; free space in the state directory (alarms are still taken while any is left)";
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", words)
    }

    /// A bug or a broken database: the cause goes to the log, not to the caller.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let words = "something inside the box went wrong; the log tells more under this request_id";
        let error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", words);
        Self { cause: Some(cause.to_string()), ..error }
    }

    /// Adds what is wrong with one value.
    pub fn at(mut self, pointer: &str, reason: impl Into<String>) -> Self {
        self.errors.push(FieldError { pointer: pointer.to_owned(), reason: reason.into() });
        self
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for ApiError {
    /// Leaves the body to `finish`, which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        Self::from(Reject::from(error))
    }
}

impl From<Reject> for ApiError {
    fn from(reject: Reject) -> Self {
        match reject.code {
            "internal" => Self::internal(reject.cause.map_or(reject.detail, |cause| cause.to_string())),
            "busy" => Self::busy(),
            "disk_full" => Self::disk_full(),
            code => {
                let errors = reject.errors.into_iter().map(|(pointer, reason)| FieldError { pointer, reason }).collect();
                Self { errors, ..Self::new(codes::status_of(code), code, reject.detail) }
            }
        }
    }
}

/// Gives every request an id and every refusal its problem+json.
pub async fn finish(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if response.status().as_u16() >= 400 {
        let error = response.extensions_mut().remove::<ApiError>();
        let error = match error {
            Some(error) => error,
            None => adopted(response.status(), &path),
        };
        if let Some(cause) = &error.cause {
            tracing::error!(request.id = %id, %method, %cause, "Request {id} failed inside: {cause}");
        }
        response = rendered(response, error, &id);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// The caller's own id where it is one that may stand in a log line; else a new one.
fn request_id(request: &Request) -> String {
    let given = request.headers().get("x-request-id").and_then(|value| value.to_str().ok());
    let fits = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    given.filter(fits).map_or_else(new_request_id, str::to_owned)
}

fn new_request_id() -> String {
    let mut octets = [0; 10];
    crate::chance::Chance::fill(&mut crate::chance::Os, &mut octets);
    octets.iter().fold("req_".to_owned(), |id, octet| id + &format!("{octet:02x}"))
}

/// A refusal that axum or a layer made: the status is right, the words are ours.
fn adopted(status: StatusCode, path: &str) -> ApiError {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("not_found", format!("there is nothing at {path}; /docs lists every address")),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", format!("{path} does not take this method; the Allow header lists those it takes"))
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", format!("the body is larger than {} octets", super::BODY_OCTETS_MAX)),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("not_json", "send the body as JSON with Content-Type: application/json".to_owned()),
        _ if status.is_server_error() => return ApiError { status, ..ApiError::internal("an answer without words") },
        _ => ("bad_request", "the request cannot be read; /docs shows how it is written".to_owned()),
    };
    ApiError::new(status, code, detail)
}

fn rendered(mut response: Response, error: ApiError, request_id: &str) -> Response {
    let problem = Problem {
        kind: format!("/docs#{}", error.code),
        title: error.status.canonical_reason().unwrap_or("refused").to_owned(),
        status: error.status.as_u16(),
        code: error.code,
        detail: error.detail,
        request_id: request_id.to_owned(),
        errors: error.errors,
    };
    // A struct of strings and a number always writes as JSON.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    if let Some(seconds) = error.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    *response.body_mut() = Body::from(body);
    response
}
