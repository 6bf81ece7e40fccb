//! Webhooks: subscribers of the event log.

use std::time::Duration;

use super::{Reject, Work, changed, check_url};
use crate::ids::WebhookId;
use crate::signature::Secret;
use crate::store::{Delivery, DeliveryState, WebhookRow};

/// After a rotation the old secret signs beside the new one for so long.
const CHANGE_OVER: Duration = Duration::from_hours(24);
/// A box has a handful of subscribers.
const WEBHOOKS_MAX: usize = 50;

/// A subscriber as a technician writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// Where events are posted.
    pub url: String,
    /// Types it wants, `message.*` for a family; empty is all.
    pub events: Vec<String>,
    /// Signs what is posted; `None` makes one.
    pub secret: Option<String>,
    /// May point to a private address.
    pub allow_private: bool,
}

/// What changes in a subscriber; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Where events are posted.
    pub url: Option<String>,
    /// Types it wants.
    pub events: Option<Vec<String>>,
    /// May point to a private address.
    pub allow_private: Option<bool>,
    /// Is served.
    pub enabled: Option<bool>,
}

/// A new subscriber: it gets what happens from now on. Its secret is in the answer.
pub fn add(work: &mut Work<'_, '_>, new: &NewWebhook) -> Result<WebhookRow, Reject> {
    check_url("/url", &new.url)?;
    check_events(&new.events)?;
    if work.tx.webhooks()?.len() >= WEBHOOKS_MAX {
        return Err(Reject::new("too_many", format!("there are {WEBHOOKS_MAX} webhooks; take one away first")));
    }
    let secret = match &new.secret {
        Some(text) => {
            Secret::parse(text).ok_or_else(|| Reject::at("invalid", "/secret", "a secret is whsec_ and base64 of 24 to 64 octets"))?
        }
        None => Secret::generate(work.chance),
    };
    let row = WebhookRow {
        id: WebhookId::new(work.now, work.chance),
        url: new.url.clone(),
        events: new.events.clone(),
        secret,
        previous_secret: None,
        previous_until: None,
        allow_private: new.allow_private,
        enabled: true,
        cursor: work.tx.newest_event()?,
        created_at: work.now,
        removed_at: None,
    };
    work.tx.save_webhook(&row)?;
    changed(work)?;
    Ok(row)
}

/// Changes a subscriber.
pub fn change(work: &mut Work<'_, '_>, id: WebhookId, change: &WebhookChange) -> Result<WebhookRow, Reject> {
    let mut row = load(work, id)?;
    if let Some(url) = &change.url {
        check_url("/url", url)?;
        row.url.clone_from(url);
    }
    if let Some(events) = &change.events {
        check_events(events)?;
        row.events.clone_from(events);
    }
    row.allow_private = change.allow_private.unwrap_or(row.allow_private);
    row.enabled = change.enabled.unwrap_or(row.enabled);
    work.tx.save_webhook(&row)?;
    changed(work)?;
    Ok(row)
}

/// Gives a subscriber a new secret; the old one signs beside it for a day.
pub fn rotate(work: &mut Work<'_, '_>, id: WebhookId) -> Result<WebhookRow, Reject> {
    let mut row = load(work, id)?;
    let new = Secret::generate(work.chance);
    row.previous_secret = Some(std::mem::replace(&mut row.secret, new));
    row.previous_until = Some(work.now.plus(CHANGE_OVER));
    work.tx.save_webhook(&row)?;
    changed(work)?;
    Ok(row)
}

/// Takes a subscriber away; its deliveries stay to be seen and are not sent.
pub fn remove(work: &mut Work<'_, '_>, id: WebhookId) -> Result<(), Reject> {
    let mut row = load(work, id)?;
    row.enabled = false;
    row.removed_at = Some(work.now);
    work.tx.save_webhook(&row)?;
    changed(work)
}

/// Sends a delivery again that was given up or done.
pub fn send_again(work: &mut Work<'_, '_>, delivery: i64) -> Result<Delivery, Reject> {
    let row = work.tx.delivery(delivery)?.ok_or_else(|| Reject::not_found("delivery"))?;
    load(work, row.webhook)?;
    let row = Delivery { state: DeliveryState::Waiting, attempts: 0, first_at: work.now, due_at: work.now, ..row };
    work.tx.save_delivery(&row)?;
    changed(work)?;
    Ok(row)
}

fn load(work: &Work<'_, '_>, id: WebhookId) -> Result<WebhookRow, Reject> {
    work.tx.webhook(id)?.ok_or_else(|| Reject::not_found("webhook"))
}

fn check_events(events: &[String]) -> Result<(), Reject> {
    for (place, event) in events.iter().enumerate() {
        let family = event.strip_suffix('*').unwrap_or(event);
        let fits = !event.is_empty() && event.len() <= 64 && family.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b));
        if !fits {
            return Err(Reject::at("invalid", &format!("/events/{place}"), "a type like message.received, or a family like message.*"));
        }
    }
    Ok(())
}
