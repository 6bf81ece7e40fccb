//! From the event log to delivery rows, subscriber by subscriber, each from its own cursor.

use crate::ids::WebhookId;
use crate::store::WebhookRow;
use crate::store::{Reader, Result, Tx};
use crate::time::Timestamp;

/// Events taken in one commit: bounds how long a subscriber that was off for a month keeps others from writing.
const EVENTS_MAX: u32 = 500;

/// Whether any subscriber has events that are not deliveries yet.
pub fn is_behind(reader: &Reader<'_>) -> Result<bool> {
    let newest = reader.newest_event()?;
    Ok(reader.webhooks()?.iter().any(|webhook| webhook.enabled && webhook.cursor < newest))
}

/// Makes deliveries of the next events of every subscriber.
pub fn advance(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    for webhook in tx.webhooks()?.into_iter().filter(|webhook| webhook.enabled) {
        advance_one(tx, &webhook, now)?;
    }
    Ok(())
}

fn advance_one(tx: &mut Tx<'_>, webhook: &WebhookRow, now: Timestamp) -> Result<()> {
    let events = tx.events_after(webhook.cursor, EVENTS_MAX)?;
    let Some(last) = events.last().map(|event| event.seq) else {
        return Ok(());
    };
    for event in events.iter().filter(|event| webhook.wants(&event.kind)) {
        tx.insert_delivery(webhook.id, event.seq, event.conversation(), now)?;
    }
    tx.move_webhook_cursor(webhook.id, last)
}

/// 410: nothing more is sent until a person switches it on again.
pub fn switch_off(tx: &mut Tx<'_>, id: WebhookId) -> Result<()> {
    match tx.webhook(id)? {
        Some(webhook) => tx.save_webhook(&WebhookRow { enabled: false, ..webhook }),
        None => Ok(()),
    }
}
