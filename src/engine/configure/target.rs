//! Endpoints that flows call and webhooks that hear events: addresses checked before they are kept.

use std::time::Duration;

use super::super::emit::About;
use super::super::{Reject, Work};
use super::name;
use crate::ids::WebhookId;
use crate::signature::Secret;
use crate::store::{Delivery, DeliveryState, EndpointRow, Paging, WebhookRow};
use crate::target::{Reach, Target};

/// An endpoint somebody wants, by its name; one that is there already is changed.
#[derive(Debug, Clone)]
pub struct NewEndpoint {
    /// Its name in flow files.
    pub name: String,
    /// Where steps are posted.
    pub url: String,
    /// Where the outcome of an unknown step is asked.
    pub status_url: Option<String>,
    /// Signs what is posted; `None` keeps the one it has, or makes one.
    pub secret: Option<String>,
    /// After so many seconds without an answer the outcome is unknown.
    pub timeout_s: Option<u32>,
    /// May point to a private address.
    pub private: bool,
}

/// A subscriber somebody wants, by its name; one that is there already is changed.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// What people call it.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// Types it wants, `message.*` for a family; empty is all.
    pub types: Vec<String>,
    /// Signs what is posted; `None` keeps the one it has, or makes one.
    pub secret: Option<String>,
    /// May point to a private address.
    pub private: bool,
    /// Is served.
    pub enabled: bool,
}

const TIMEOUT_S_DEFAULT: u32 = 10;
const TIMEOUT_S_MAX: u32 = 120;
const TYPES_MAX: usize = 50;

/// Puts an endpoint in place.
pub fn endpoint(work: &mut Work<'_, '_>, new: &NewEndpoint) -> Result<EndpointRow, Reject> {
    name("/name", &new.name)?;
    let reach = Reach::of(new.private);
    address("/url", &new.url, reach)?;
    if let Some(url) = &new.status_url {
        address("/status_url", url, reach)?;
    }
    let timeout_s = new.timeout_s.unwrap_or(TIMEOUT_S_DEFAULT);
    if !(1..=TIMEOUT_S_MAX).contains(&timeout_s) {
        return Err(Reject::at("invalid", "/timeout", format!("must be 1 to {TIMEOUT_S_MAX} seconds")));
    }
    let known = work.tx.endpoint(&new.name)?;
    let row = EndpointRow {
        name: new.name.clone(),
        url: new.url.clone(),
        status_url: new.status_url.clone(),
        method: "POST".to_owned(),
        secret: secret(work, new.secret.as_deref(), known.as_ref().map(|row| &row.secret))?,
        timeout_ms: timeout_s * 1000,
        allow_private: new.private,
        created_at: known.map_or(work.now, |row| row.created_at),
        updated_at: work.now,
    };
    work.tx.save_endpoint(&row)?;
    Ok(row)
}

/// Takes an endpoint away. Flows that name it are told by `flow check`, and their steps fail.
pub fn remove_endpoint(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    if work.tx.remove_endpoint(name)? { Ok(()) } else { Err(Reject::not_found("endpoint")) }
}

/// Puts a subscriber in place. A new one hears what happens from now on.
pub fn webhook(work: &mut Work<'_, '_>, new: &NewWebhook) -> Result<WebhookRow, Reject> {
    name("/name", &new.name)?;
    address("/url", &new.url, Reach::of(new.private))?;
    if new.types.len() > TYPES_MAX {
        return Err(Reject::at("invalid", "/types", format!("at most {TYPES_MAX}")));
    }
    let known = work.tx.webhooks()?.into_iter().find(|row| row.name == new.name);
    let secret = secret(work, new.secret.as_deref(), known.as_ref().map(|row| &row.secret))?;
    let row = match known {
        Some(known) => WebhookRow {
            url: new.url.clone(),
            events: new.types.clone(),
            secret,
            allow_private: new.private,
            enabled: new.enabled,
            ..known
        },
        None => WebhookRow {
            id: WebhookId::new(work.now, work.chance),
            name: new.name.clone(),
            url: new.url.clone(),
            events: new.types.clone(),
            secret,
            previous_secret: None,
            previous_until: None,
            allow_private: new.private,
            enabled: new.enabled,
            cursor: work.tx.newest_event()?,
            created_at: work.now,
            removed_at: None,
        },
    };
    work.tx.save_webhook(&row)?;
    Ok(row)
}

/// Takes a subscriber away; what waits for it is not sent any more.
pub fn remove_webhook(work: &mut Work<'_, '_>, id: WebhookId) -> Result<(), Reject> {
    let row = work.tx.webhook(id)?.ok_or_else(|| Reject::not_found("webhook"))?;
    work.tx.save_webhook(&WebhookRow { enabled: false, removed_at: Some(work.now), ..row })?;
    Ok(())
}

/// How long a subscriber's old secret signs beside the new one.
const ROTATION: Duration = Duration::from_hours(24);

/// Gives a subscriber a new secret; the old one signs beside it until receivers have changed over.
pub fn rotate_secret(work: &mut Work<'_, '_>, id: WebhookId) -> Result<WebhookRow, Reject> {
    let row = work.tx.webhook(id)?.ok_or_else(|| Reject::not_found("webhook"))?;
    let secret = Secret::generate(work.chance);
    let until = work.now.plus(ROTATION);
    let row = WebhookRow { previous_secret: Some(row.secret), previous_until: Some(until), secret, ..row };
    work.tx.save_webhook(&row)?;
    Ok(row)
}

/// Most dead letters of one "send again": press it again for more.
const REPLAY_MAX: u32 = 500;

/// Dead letters of a subscriber wait again; answers how many.
pub fn replay_dead_letters(work: &mut Work<'_, '_>, id: WebhookId) -> Result<u32, Reject> {
    let row = work.tx.webhook(id)?.ok_or_else(|| Reject::not_found("webhook"))?;
    let dead = work.tx.deliveries(id, Some(DeliveryState::Dead), Paging::newest(REPLAY_MAX))?.items;
    for delivery in &dead {
        let again = Delivery { state: DeliveryState::Waiting, attempts: 0, first_at: work.now, due_at: work.now, ..delivery.clone() };
        work.tx.save_delivery(&again)?;
    }
    // Written back unchanged: this wakes the room that sends.
    work.tx.save_webhook(&row)?;
    Ok(dead.len() as u32)
}

/// Puts the event `webhook.test` into the log; this subscriber hears it whatever types it wants.
pub fn test_webhook(work: &mut Work<'_, '_>, id: WebhookId, by: &str) -> Result<i64, Reject> {
    let row = work.tx.webhook(id)?.ok_or_else(|| Reject::not_found("webhook"))?;
    let subject = id.to_string();
    let about = About { subject: &subject, msisdn: None, session: None };
    let seq = work.emit("webhook.test", about, serde_json::json!({ "webhook": row.name, "by": by }))?;
    work.tx.insert_delivery(id, seq, &subject, work.now)?;
    Ok(seq)
}

fn address(pointer: &str, url: &str, reach: Reach) -> Result<(), Reject> {
    Target::parse(url, reach).map(drop).map_err(|error| Reject::at("bad_address", pointer, error.to_string()))
}

fn secret(work: &mut Work<'_, '_>, given: Option<&str>, known: Option<&Secret>) -> Result<Secret, Reject> {
    match (given, known) {
        (Some(text), _) => Secret::parse(text).ok_or_else(|| {
            Reject::at("invalid", "/secret", "a secret is whsec_ and the base64 of 24 to 64 octets; leave it out and one is made")
        }),
        (None, Some(known)) => Ok(known.clone()),
        (None, None) => Ok(Secret::generate(work.chance)),
    }
}
