//! What a handler takes from a request: body, query and path, each refused in our words with a pointer at what is wrong.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use super::error::ApiError;
use crate::engine::json;
use crate::terms::Word;
use crate::value::Value;

/// A JSON body, read strictly, with the octets it was read from (an idempotency key is bound to them).
#[derive(Debug)]
pub struct ApiJson<T> {
    /// The body.
    pub value: T,
    /// As it came.
    pub octets: Bytes,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = says_json(request.headers());
        let octets = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
        if !is_json {
            let words = "send the body as JSON with Content-Type: application/json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", words));
        }
        Ok(Self { value: read(&octets)?, octets })
    }
}

/// A body that may be left out altogether; one that is sent is read strictly.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
    }
}

/// The query, read strictly.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri).map(|Query(value)| Self(value)).map_err(|rejection| {
            let words = rejection.body_text();
            let words = words.strip_prefix("Failed to deserialize query string: ").unwrap_or(&words);
            let (pointer, reason) = words.split_once(": ").unwrap_or(("", words));
            ApiError::new(StatusCode::BAD_REQUEST, "bad_query", words).at(pointer, reason)
        })
    }
}

/// One part of the path, parsed; what does not parse is not found.
#[derive(Debug)]
pub struct ApiPath<T>(pub T);

impl<T: std::str::FromStr, S: Send + Sync> FromRequestParts<S> for ApiPath<T>
where
    T::Err: std::fmt::Display,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found("address"))?;
        text.parse().map(Self).map_err(|error: T::Err| ApiError::new(StatusCode::NOT_FOUND, "not_found", error.to_string()))
    }
}

/// Slots of a body. Their types are the flow's to check.
pub fn slots(pointer: &str, data: &serde_json::Map<String, serde_json::Value>) -> Result<BTreeMap<String, Value>, ApiError> {
    const TAKEN: &str = "a slot is a text, a whole number, an amount with at most two digits behind the point, true or false, \
        or a list of rows {id, label}";
    let slot = |(name, value)| match json::from_json(value) {
        Some(value) => Ok((String::clone(name), value)),
        None => Err(ApiError::field(&format!("{pointer}/{name}"), TAKEN)),
    };
    data.iter().map(slot).collect()
}

/// One of a closed set of words in a query parameter.
pub fn one_of<W: Word>(name: &str, word: &str) -> Result<W, ApiError> {
    W::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = W::WORDS.iter().map(|(_, word)| *word).collect();
        ApiError::parameter(name, format!("must be one of {}", words.join(", ")))
    })
}

fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn unread(rejection: &BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let limit = super::BODY_OCTETS_MAX;
        return ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("the body is larger than {limit} octets"));
    }
    ApiError::new(StatusCode::BAD_REQUEST, "unreadable", format!("the body could not be read: {}", rejection.body_text()))
}

fn read<T: DeserializeOwned>(octets: &[u8]) -> Result<T, ApiError> {
    // A list would be read as the fields in order: that is not what anybody means.
    if octets.trim_ascii_start().first() == Some(&b'[') {
        serde_json::from_slice::<serde::de::IgnoredAny>(octets).map_err(|error| not_json(&error))?;
        return Err(ApiError::invalid("the body is a JSON object").at("", "must be an object, not a list"));
    }
    let mut reader = serde_json::Deserializer::from_slice(octets);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let error = error.into_inner();
        if error.is_data() { misfit(&pointer, &error) } else { not_json(&error) }
    })?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "not_json", format!("the body is not JSON: {error}"))
}

fn misfit(pointer: &str, error: &serde_json::Error) -> ApiError {
    let reason = error.to_string();
    // The place is told by the pointer; line and column would only repeat it.
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(words, _)| words).to_owned();
    ApiError::invalid(if pointer.is_empty() { reason.clone() } else { format!("{pointer}: {reason}") }).at(pointer, reason)
}

/// Reads a JSON value strictly: where it is wrong, and why.
pub fn parse_value<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, (String, String)> {
    serde_path_to_error::deserialize(value).map_err(|error| (pointer(error.path()), error.inner().to_string()))
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { variant } => format!("{pointer}/{variant}"),
        Segment::Unknown => pointer,
    })
}
