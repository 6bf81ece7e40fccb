//! Endpoints: the named addresses that flows may call.

use super::{Reject, Work, changed, check_name, check_url};
use crate::signature::Secret;
use crate::store::EndpointRow;

/// An answer may take from so long ...
const TIMEOUT_MS_MIN: u32 = 100;
/// ... to so long: a customer waits.
const TIMEOUT_MS_MAX: u32 = 60_000;
/// Where nothing else is said.
pub const TIMEOUT_MS_DEFAULT: u32 = 10_000;

/// An endpoint as a technician writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Its name in flow files.
    pub name: String,
    /// Where steps are posted.
    pub url: String,
    /// Where the outcome of an unknown step is asked, with `{key}` in it.
    pub status_url: Option<String>,
    /// `POST` or `GET`; `None` is `POST`.
    pub method: Option<String>,
    /// Signs what is posted; `None` keeps the one there is, or makes one.
    pub secret: Option<String>,
    /// `None` is [`TIMEOUT_MS_DEFAULT`].
    pub timeout_ms: Option<u32>,
    /// May point to a private address.
    pub allow_private: bool,
}

/// Keeps an endpoint, new or changed. Its secret is in the answer: the receiver needs it.
pub fn save(work: &mut Work<'_, '_>, new: &NewEndpoint) -> Result<EndpointRow, Reject> {
    check_name("/name", &new.name)?;
    check_url("/url", &new.url)?;
    if let Some(url) = &new.status_url {
        check_url("/status_url", url)?;
        if !url.contains("{key}") {
            return Err(Reject::at("invalid", "/status_url", "it must hold {key}, which becomes the idempotency key of the step"));
        }
    }
    let method = new.method.clone().unwrap_or_else(|| "POST".to_owned()).to_ascii_uppercase();
    if !["POST", "GET"].contains(&method.as_str()) {
        return Err(Reject::at("invalid", "/method", "POST, or GET for a look-up"));
    }
    let timeout_ms = new.timeout_ms.unwrap_or(TIMEOUT_MS_DEFAULT);
    if !(TIMEOUT_MS_MIN..=TIMEOUT_MS_MAX).contains(&timeout_ms) {
        return Err(Reject::at("invalid", "/timeout_ms", format!("{TIMEOUT_MS_MIN} to {TIMEOUT_MS_MAX} milliseconds")));
    }
    let before = work.tx.endpoint(&new.name)?;
    let secret = match (&new.secret, &before) {
        (Some(text), _) => {
            Secret::parse(text).ok_or_else(|| Reject::at("invalid", "/secret", "a secret is whsec_ and base64 of 24 to 64 octets"))?
        }
        (None, Some(before)) => before.secret.clone(),
        (None, None) => Secret::generate(work.chance),
    };
    let row = EndpointRow {
        name: new.name.clone(),
        url: new.url.clone(),
        status_url: new.status_url.clone(),
        method,
        secret,
        timeout_ms,
        allow_private: new.allow_private,
        created_at: before.map_or(work.now, |before| before.created_at),
        updated_at: work.now,
    };
    work.tx.save_endpoint(&row)?;
    changed(work)?;
    Ok(row)
}

/// Takes an endpoint away. Steps that name it fail from here on, and `flow check` says so.
pub fn remove(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    if !work.tx.remove_endpoint(name)? {
        return Err(Reject::not_found("endpoint"));
    }
    changed(work)
}
