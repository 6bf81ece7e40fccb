//! What is posted: the event as JSON, with the three headers of Standard Webhooks.

use std::time::Duration;

use serde_json::json;

use crate::courier::{Letter, Verb};
use crate::store::Delivery;
use crate::store::Event;
use crate::store::WebhookRow;
use crate::store::{Reader, Result};
use crate::target::{BadTarget, Reach, Target};
use crate::time::Timestamp;

/// A subscriber has this long to take an event.
const PATIENCE: Duration = Duration::from_secs(15);

/// A delivery with all that is needed to send it.
pub struct Due {
    /// The row.
    pub delivery: Delivery,
    webhook: WebhookRow,
    event: Event,
}

/// What is due now: of each conversation of each subscriber the oldest, if that is due.
pub fn due(reader: &Reader<'_>, now: Timestamp, limit_each: u32) -> Result<Vec<Due>> {
    let mut due = Vec::new();
    for webhook in reader.webhooks()?.into_iter().filter(|webhook| webhook.enabled) {
        for delivery in reader.due_deliveries(webhook.id, now, limit_each)? {
            if let Some(event) = reader.event(delivery.seq)? {
                due.push(Due { delivery, webhook: webhook.clone(), event });
            }
        }
    }
    Ok(due)
}

impl Due {
    /// The request, signed now.
    pub fn letter(&self, now: Timestamp) -> std::result::Result<Letter, BadTarget> {
        let target = Target::parse(&self.webhook.url, Reach::of(self.webhook.allow_private))?;
        let (id, body) = (self.event.id.to_string(), body(&self.event));
        let headers = vec![
            ("webhook-signature", signatures(&self.webhook, &id, now, &body)),
            ("webhook-timestamp", (now.unix_ms() / 1000).to_string()),
            ("webhook-id", id),
        ];
        Ok(Letter { target, verb: Verb::Post(body), headers, patience: PATIENCE })
    }
}

fn body(event: &Event) -> Vec<u8> {
    let json = json!({
        "id": event.id, "seq": event.seq, "at": event.at, "type": event.kind, "subject": event.subject, "data": event.data,
    });
    json.to_string().into_bytes()
}

/// While a secret is being exchanged both sign.
fn signatures(webhook: &WebhookRow, id: &str, now: Timestamp, body: &[u8]) -> String {
    let previous = webhook.previous_secret.as_ref().filter(|_| webhook.previous_until.is_some_and(|until| now < until));
    let both = [Some(&webhook.secret), previous];
    both.into_iter().flatten().map(|secret| secret.sign(id, now, body)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;
    use crate::ids::{EventId, WebhookId};
    use crate::signature::Secret;

    const NOW: Timestamp = Timestamp::from_unix_ms(1_795_205_400_500);

    fn webhook(previous_until: Option<Timestamp>) -> WebhookRow {
        let mut chance = Seeded::new(5);
        WebhookRow {
            id: WebhookId::new(NOW, &mut chance),
            name: "billing".to_owned(),
            url: "https://billing.example/hooks".into(),
            events: vec![],
            secret: Secret::generate(&mut chance),
            previous_secret: Some(Secret::generate(&mut chance)),
            previous_until,
            allow_private: false,
            enabled: true,
            cursor: 0,
            created_at: NOW,
            removed_at: None,
        }
    }

    /// The signature is checked by the standard's own library, once for each secret that signs.
    fn check(previous_until: Option<Timestamp>, signed: usize) {
        let webhook = webhook(previous_until);
        let data = json!({"answer": "yes"});
        let (id, kind, subject) = (EventId::new(NOW, &mut Seeded::new(6)), "session.answered".into(), "ses_x".into());
        let event = Event { seq: 7, id, at: NOW, kind, subject, msisdn: None, session: None, data };
        let (id, body) = (event.id.to_string(), body(&event));
        let value = signatures(&webhook, &id, NOW, &body);
        assert_eq!(value.split(' ').count(), signed, "{previous_until:?}");
        for (secret, fits) in [(&webhook.secret, true), (webhook.previous_secret.as_ref().unwrap(), signed == 2)] {
            let theirs = standardwebhooks::Webhook::new(&secret.expose()).unwrap();
            let want = theirs.sign(&id, NOW.unix_ms() / 1000, &body).unwrap();
            assert_eq!(value.split(' ').any(|one| one == want), fits);
        }
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap()["type"], "session.answered");
    }

    #[test]
    fn both_secrets_sign_during_a_change_over() {
        check(Some(NOW.plus(Duration::from_hours(1))), 2);
        check(Some(NOW.minus(Duration::from_hours(1))), 1);
        check(None, 1);
    }
}
