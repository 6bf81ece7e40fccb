//! Subscribers of the event log.

use rusqlite::named_params;

use super::columns::Json;
use super::error::{Error, Result};
use super::row::Row;
use super::{Reader, Tx};
use crate::ids::WebhookId;
use crate::signature::Secret;
use crate::time::Timestamp;

/// A subscriber.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookRow {
    /// Its id.
    pub id: WebhookId,
    /// What people call it; one of its name at a time.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// Types it wants, `message.*` for a family; empty is all.
    pub events: Vec<String>,
    /// Signs what is posted.
    pub secret: Secret,
    /// Signs beside it while receivers change over.
    pub previous_secret: Option<Secret>,
    /// Until then.
    pub previous_until: Option<Timestamp>,
    /// May point to a private address.
    pub allow_private: bool,
    /// Is served.
    pub enabled: bool,
    /// Events up to here have become deliveries.
    pub cursor: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was taken away.
    pub removed_at: Option<Timestamp>,
}

impl WebhookRow {
    /// Whether it wants events of this type.
    pub fn wants(&self, kind: &str) -> bool {
        self.events.is_empty()
            || self.events.iter().any(|wanted| match wanted.strip_suffix('*') {
                Some(family) => kind.starts_with(family),
                None => kind == wanted,
            })
    }
}

fn secret(text: &str) -> Result<Secret> {
    Secret::parse(text).ok_or_else(|| Error::Row { column: "secret".to_owned(), cause: "not a signing secret".to_owned() })
}

fn read(row: &Row<'_>) -> Result<WebhookRow> {
    let previous: Option<String> = row.get("previous_secret")?;
    Ok(WebhookRow {
        id: row.get("id")?,
        name: row.get("name")?,
        url: row.get("url")?,
        events: row.get::<_, Json<_>>("events")?.0,
        secret: secret(&row.get::<_, String>("secret")?)?,
        previous_secret: previous.as_deref().map(secret).transpose()?,
        previous_until: row.get("previous_until")?,
        allow_private: row.get("allow_private")?,
        enabled: row.get("enabled")?,
        cursor: row.get("cursor")?,
        created_at: row.get("created_at")?,
        removed_at: row.get("removed_at")?,
    })
}

impl Reader<'_> {
    /// Every subscriber that was not taken away, oldest first.
    pub fn webhooks(&self) -> Result<Vec<WebhookRow>> {
        self.all("SELECT * FROM webhook WHERE removed_at IS NULL ORDER BY created_at, id LIMIT 1000", [], read)
    }

    /// One subscriber.
    pub fn webhook(&self, id: WebhookId) -> Result<Option<WebhookRow>> {
        self.one("SELECT * FROM webhook WHERE id = ?1 AND removed_at IS NULL", [id], read)
    }
}

impl Tx<'_> {
    /// Inserts a subscriber or writes it back; the cursor only moves by [`Tx::move_webhook_cursor`].
    pub fn save_webhook(&mut self, webhook: &WebhookRow) -> Result<()> {
        let sql = "INSERT INTO webhook (id, name, url, events, secret, previous_secret, previous_until, allow_private, enabled, cursor,
                       created_at, removed_at)
                   VALUES (:id, :name, :url, :events, :secret, :previous_secret, :previous_until, :allow_private, :enabled, :cursor,
                       :created_at, :removed_at)
                   ON CONFLICT (id) DO UPDATE SET name = :name, url = :url, events = :events, secret = :secret, previous_secret = :previous_secret,
                       previous_until = :previous_until, allow_private = :allow_private, enabled = :enabled, removed_at = :removed_at";
        self.change(
            sql,
            named_params! {
                ":id": webhook.id, ":name": webhook.name, ":url": webhook.url, ":events": Json(&webhook.events), ":secret": webhook.secret.expose(),
                ":previous_secret": webhook.previous_secret.as_ref().map(Secret::expose), ":previous_until": webhook.previous_until,
                ":allow_private": webhook.allow_private, ":enabled": webhook.enabled, ":cursor": webhook.cursor,
                ":created_at": webhook.created_at, ":removed_at": webhook.removed_at,
            },
        )?;
        self.touch().config += 1;
        Ok(())
    }

    /// Events up to `seq` have become deliveries.
    pub fn move_webhook_cursor(&mut self, id: WebhookId, seq: i64) -> Result<()> {
        self.change("UPDATE webhook SET cursor = ?2 WHERE id = ?1", (id, seq))?;
        Ok(())
    }
}
