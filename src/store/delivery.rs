//! Deliveries: one event for one subscriber. A failed one holds back only its own conversation.

use std::time::Duration;

use rusqlite::named_params;

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::ids::WebhookId;
use crate::terms::Word;
use crate::time::Timestamp;

/// State of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// To be posted, now or after a back-off.
    Waiting,
    /// The subscriber said 2xx.
    Done,
    /// Given up: "send again" is a person's button.
    Dead,
}

impl Word for DeliveryState {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Waiting, "waiting"), (Self::Done, "done"), (Self::Dead, "dead")];
}

/// One event for one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Row number.
    pub id: i64,
    /// The subscriber.
    pub webhook: WebhookId,
    /// The event.
    pub seq: i64,
    /// What stays in order together.
    pub conversation: String,
    /// Where it is in its life.
    pub state: DeliveryState,
    /// Tries so far.
    pub attempts: u32,
    /// When it was made.
    pub first_at: Timestamp,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it was tried last.
    pub last_at: Option<Timestamp>,
    /// HTTP status of the last try.
    pub last_status: Option<u16>,
    /// What went wrong in the last try.
    pub last_error: Option<String>,
}

fn read(row: &Row<'_>) -> Result<Delivery> {
    Ok(Delivery {
        id: row.get("id")?,
        webhook: row.get("webhook")?,
        seq: row.get("seq")?,
        conversation: row.get("conversation")?,
        state: row.get::<_, Spelled<_>>("state")?.0,
        attempts: row.get("attempts")?,
        first_at: row.get("first_at")?,
        due_at: row.get("due_at")?,
        last_at: row.get("last_at")?,
        last_status: row.get("last_status")?,
        last_error: row.get("last_error")?,
    })
}

/// Longer than every pause between two tries: what is due later was reckoned from a clock that has been set back since, maybe
/// while the box was off.
const PAUSE_MAX: Duration = Duration::from_hours(2);

impl Reader<'_> {
    /// The heads of one subscriber's conversations that are due, the longest due first.
    pub fn due_deliveries(&self, webhook: WebhookId, now: Timestamp, limit: u32) -> Result<Vec<Delivery>> {
        let fallen = "SELECT * FROM delivery WHERE webhook = ?1 AND head = 1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3";
        let mut due = self.all(fallen, (webhook, now, limit), read)?;
        let beyond = "SELECT * FROM delivery WHERE webhook = ?1 AND head = 1 AND due_at > ?2 ORDER BY due_at LIMIT ?3";
        due.extend(self.all(beyond, (webhook, now.plus(PAUSE_MAX), limit.saturating_sub(due.len() as u32)), read)?);
        Ok(due)
    }

    /// When the next delivery falls due after `now`.
    pub fn next_delivery_due(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN((SELECT MIN(due_at) FROM delivery
                               WHERE delivery.webhook = webhook.id AND head = 1 AND due_at BETWEEN ?1 AND ?2)) FROM webhook";
        Ok(self.one(sql, (now.shifted_ms(1), now.plus(PAUSE_MAX)), |row| Ok(row.get(0)?))?.flatten())
    }

    /// The newest deliveries of a subscriber first; only in one state where given.
    pub fn deliveries(&self, webhook: WebhookId, state: Option<DeliveryState>, paging: Paging) -> Result<Page<Delivery>> {
        let sql = "SELECT * FROM delivery WHERE webhook = :webhook AND id < :before AND (:state IS NULL OR state = :state)
                   ORDER BY id DESC LIMIT :rows";
        let wanted = named_params! {":webhook": webhook, ":before": paging.before(), ":state": state.map(Spelled), ":rows": paging.rows()};
        Ok(Page::cut(self.all(sql, wanted, read)?, paging, |delivery| delivery.id))
    }

    /// One delivery.
    pub fn delivery(&self, id: i64) -> Result<Option<Delivery>> {
        self.one("SELECT * FROM delivery WHERE id = ?1", [id], read)
    }

    /// How many deliveries of a subscriber are in a state.
    pub fn deliveries_in(&self, webhook: WebhookId, state: DeliveryState) -> Result<u32> {
        self.count("SELECT COUNT(*) FROM delivery WHERE webhook = ?1 AND state = ?2", (webhook, Spelled(state))).map(|n| n as u32)
    }
}

impl Tx<'_> {
    /// An event becomes a delivery; the same one twice is once.
    pub fn insert_delivery(&mut self, webhook: WebhookId, seq: i64, conversation: &str, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO delivery (webhook, seq, conversation, state, attempts, first_at, due_at, head)
                   VALUES (?1, ?2, ?3, 'waiting', 0, ?4, ?4, 0) ON CONFLICT (webhook, seq) DO NOTHING";
        self.change(sql, (webhook, seq, conversation, now))?;
        self.lead(webhook, conversation)
    }

    /// "Send again": a delivery begins anew, under the same event id. What is waiting stays as it is.
    pub fn replay_delivery(&mut self, id: i64, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE delivery SET state = 'waiting', attempts = 0, first_at = ?2, due_at = ?2 WHERE id = ?1 AND state <> 'waiting'";
        let changed = self.change(sql, (id, now))? == 1;
        if let Some(delivery) = self.delivery(id)? {
            self.lead(delivery.webhook, &delivery.conversation)?;
        }
        self.touch().config += 1;
        Ok(changed)
    }

    /// "Send again" for everything a subscriber's dead letters hold; answers how many.
    pub fn replay_dead_deliveries(&mut self, webhook: WebhookId, now: Timestamp) -> Result<usize> {
        self.change("UPDATE delivery SET head = 0 WHERE webhook = ?1 AND head = 1", [webhook])?;
        let sql = "UPDATE delivery SET state = 'waiting', attempts = 0, first_at = ?2, due_at = ?2 WHERE webhook = ?1 AND state = 'dead'";
        let changed = self.change(sql, (webhook, now))?;
        let heads = "UPDATE delivery SET head = 1 WHERE webhook = ?1
                     AND seq IN (SELECT MIN(seq) FROM delivery WHERE webhook = ?1 AND state = 'waiting' GROUP BY conversation)";
        self.change(heads, [webhook])?;
        self.touch().config += 1;
        Ok(changed)
    }

    /// Writes back what a try did.
    pub fn save_delivery(&mut self, delivery: &Delivery) -> Result<()> {
        let sql = "UPDATE delivery SET state = :state, attempts = :attempts, first_at = :first_at, due_at = :due_at, last_at = :last_at,
                       last_status = :status, last_error = :error, head = head AND :state = 'waiting'
                   WHERE id = :id";
        self.change(
            sql,
            named_params! {
                ":state": Spelled(delivery.state), ":attempts": delivery.attempts, ":first_at": delivery.first_at,
                ":due_at": delivery.due_at, ":last_at": delivery.last_at, ":status": delivery.last_status,
                ":error": delivery.last_error, ":id": delivery.id,
            },
        )?;
        self.lead(delivery.webhook, &delivery.conversation)
    }

    /// The oldest waiting delivery of a conversation is its head: the only one that is tried.
    fn lead(&mut self, webhook: WebhookId, conversation: &str) -> Result<()> {
        let sql = "SELECT seq, head FROM delivery WHERE webhook = ?1 AND conversation = ?2 AND state = 'waiting' ORDER BY seq LIMIT 1";
        let first = self.one(sql, (webhook, conversation), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?)))?;
        if let Some((seq, false)) = first {
            self.change("UPDATE delivery SET head = 0 WHERE webhook = ?1 AND conversation = ?2 AND head = 1", (webhook, conversation))?;
            self.change("UPDATE delivery SET head = 1 WHERE webhook = ?1 AND seq = ?2", (webhook, seq))?;
        }
        Ok(())
    }
}
