//! The same request with the same key gets the first answer again; the same key with another request is refused.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Reject, Work};
use crate::store::FirstAnswer;

/// The key of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Whose key space: the API key's id, or `local:UID`.
    pub owner: String,
    /// The key.
    pub key: String,
    /// SHA-256 of the request: method, path and body.
    pub body_sha256: String,
}

/// An answer, and whether it is the first one again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered<T> {
    /// The answer.
    pub answer: T,
    /// It was given before: nothing happened this time.
    pub replayed: bool,
}

/// Does something at most once for a key. Without a key it is done every time.
pub fn once<T: Serialize + DeserializeOwned>(
    work: &mut Work<'_, '_>,
    idempotency: Option<&Idempotency>,
    make: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject>,
) -> Result<Answered<T>, Reject> {
    let Some(request) = idempotency else {
        return Ok(Answered { answer: make(work)?, replayed: false });
    };
    if let Some(answer) = kept(work, request)? {
        return Ok(Answered { answer, replayed: true });
    }
    let answer = make(work)?;
    keep(work, request, &answer)?;
    Ok(Answered { answer, replayed: false })
}

/// What is kept under the key of a request; a refusal where the key was used for another one.
pub(super) fn kept<T: DeserializeOwned>(work: &Work<'_, '_>, request: &Idempotency) -> Result<Option<T>, Reject> {
    let Some(first) = work.tx.first_answer(&request.owner, &request.key)? else {
        return Ok(None);
    };
    if first.body_sha256 != request.body_sha256 {
        let words = "this Idempotency-Key was used for another request; take a new key for a new request";
        return Err(Reject::new("idempotency_mismatch", words));
    }
    let answer = serde_json::from_str(&first.answer);
    answer.map(Some).map_err(|error| Reject::new("internal", format!("a kept answer does not read back: {error}")))
}

/// Keeps what the same request will be answered with.
pub(super) fn keep<T: Serialize>(work: &mut Work<'_, '_>, request: &Idempotency, answer: &T) -> Result<(), Reject> {
    let answer = serde_json::to_string(answer).map_err(|error| Reject::new("internal", format!("an answer cannot be kept: {error}")))?;
    let first = FirstAnswer { body_sha256: request.body_sha256.clone(), answer };
    Ok(work.tx.keep_answer(&request.owner, &request.key, &first, work.now)?)
}
