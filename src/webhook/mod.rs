//! L4. Tells subscribers what happened: the event log becomes delivery rows, and these become signed requests.
//!
//! At least once, in order per conversation: of one conversation only the oldest waiting delivery is ever on its way, so
//! a failed one holds back nobody else. Nothing polls: a commit wakes the loop, or the next due time does.

pub mod fan_out;
pub mod request;
mod schedule;

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::chance::{Chance, Os};
use crate::courier::{Connections, Courier, Sent};
use crate::engine::Engine;
use crate::hooks::Point;
use crate::ids::WebhookId;
use crate::store::{Delivery, DeliveryState, Error, Queue, Result, Tx};
use crate::time::Timestamp;

/// Requests on their way at once, over all subscribers.
const FLYING_MAX: usize = 64;
/// Of one subscriber: one that hangs must not take the places of the others.
const FLYING_PER_WEBHOOK_MAX: usize = 16;
/// Rows of one subscriber looked at in one round: those that fly already, and as many more.
const DUE_ROWS_MAX: u32 = 2 * FLYING_PER_WEBHOOK_MAX as u32;
/// The wall clock may be set while we sleep: look again after this at the latest.
const SLEEP_MAX: Duration = Duration::from_mins(1);
/// After the store said no.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// Serves subscribers until `stopping` says so. What was on its way then is tried again at the next start.
pub async fn run(engine: Engine, mut stopping: watch::Receiver<bool>) {
    let mut pulse = engine.pulse();
    let mut sender = Sender { courier: Courier::new(Connections::Kept), flying: JoinSet::new(), aloft: HashSet::new(), engine };
    loop {
        pulse.mark_unchanged();
        let sleep = match sender.round().await {
            Ok(sleep) => sleep,
            Err(Error::Closed) => return,
            Err(error) => {
                tracing::warn!(%error, "Webhooks wait for the store: {error}");
                STORE_PAUSE
            }
        };
        tokio::select! {
            () = stopped(&mut stopping) => return,
            changed = pulse.changed() => if changed.is_err() { return },
            Some(done) = sender.flying.join_next() => sender.land(done).await,
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// An error means that the daemon has let go of the switch: then it has stopped, too.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stop| *stop).await);
}

struct Sender {
    engine: Engine,
    courier: Courier,
    flying: JoinSet<(Delivery, Sent)>,
    aloft: HashSet<(i64, WebhookId)>,
}

impl Sender {
    /// Makes deliveries of new events, sends what is due, and says how long to sleep.
    async fn round(&mut self) -> Result<Duration> {
        let now = self.engine.now();
        let behind = self.engine.read(fan_out::is_behind).await?;
        if behind {
            self.engine.writer().run(Queue::Others, move |tx| fan_out::advance(tx, now)).await?;
            self.engine.reached(Point::Committed("queue webhooks"));
        }
        let (due, next) =
            self.engine.read(move |reader| Ok((request::due(reader, now, DUE_ROWS_MAX)?, reader.next_delivery_due(now)?))).await?;
        for one in due {
            self.send(one);
        }
        // A step takes a few hundred events; one that no subscriber wants wakes nobody for the next.
        Ok(if behind { Duration::ZERO } else { next.map_or(SLEEP_MAX, |at| sleep_until(at, now)) })
    }

    fn send(&mut self, one: request::Due) {
        let id = (one.delivery.id, one.delivery.webhook);
        let of_webhook = self.aloft.iter().filter(|(_, webhook)| *webhook == id.1).count();
        if self.aloft.len() >= FLYING_MAX || of_webhook >= FLYING_PER_WEBHOOK_MAX || !self.aloft.insert(id) {
            return;
        }
        let (courier, now) = (self.courier.clone(), self.engine.now());
        self.flying.spawn(async move {
            let sent = match one.letter(now) {
                Ok(letter) => courier.send(letter).await,
                Err(error) => Sent::Nothing { why: error.to_string() },
            };
            (one.delivery, sent)
        });
    }

    /// Writes down what became of the requests that have come back: all of them in one commit.
    async fn land(&mut self, first: std::result::Result<(Delivery, Sent), tokio::task::JoinError>) {
        self.engine.reached(Point::Answered("webhook"));
        let mut landed = vec![first];
        while let Some(more) = self.flying.try_join_next() {
            landed.push(more);
        }
        // A request that panicked leaves its row waiting; it is tried again at the next start.
        let landed: Vec<(Delivery, Sent)> = landed.into_iter().filter_map(std::result::Result::ok).collect();
        let ids: Vec<(i64, WebhookId)> = landed.iter().map(|(delivery, _)| (delivery.id, delivery.webhook)).collect();
        let now = self.engine.now();
        loop {
            let batch = landed.clone();
            match self.engine.writer().run(Queue::Others, move |tx| settle_all(tx, batch, now)).await {
                Ok(_) => break self.engine.reached(Point::Committed("end webhooks")),
                Err(error @ (Error::Full | Error::Busy(_) | Error::Later(_))) => {
                    tracing::warn!(error = %error, "The outcome of webhooks waits for the store: {error}");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
                Err(error) => {
                    // Delivered and not written down: it goes out again, under the same id.
                    tracing::warn!(error = %error, "The outcome of webhooks was not written: {error}");
                    break;
                }
            }
        }
        for id in ids {
            self.aloft.remove(&id);
        }
    }
}

fn settle_all(tx: &mut Tx<'_>, landed: Vec<(Delivery, Sent)>, now: Timestamp) -> Result<()> {
    for (delivery, sent) in landed {
        settle(tx, delivery, &sent, now, &mut Os)?;
    }
    Ok(())
}

/// Writes down what became of one delivery.
pub fn settle(tx: &mut Tx<'_>, flown: Delivery, sent: &Sent, now: Timestamp, chance: &mut dyn Chance) -> Result<()> {
    // A person may have changed the row while the request was on its way.
    let Some(mut delivery) = tx.delivery(flown.id)?.filter(|row| row.state == DeliveryState::Waiting) else {
        return Ok(());
    };
    delivery.attempts += 1;
    delivery.last_at = Some(now);
    // Made while the clock was ahead: its patience begins now.
    delivery.first_at = delivery.first_at.min(now);
    delivery.last_status = if let Sent::Answered { status, .. } = sent { Some(*status) } else { None };
    match schedule::verdict(sent) {
        schedule::Verdict::Delivered => {
            delivery.state = DeliveryState::Done;
            delivery.last_error = None;
        }
        schedule::Verdict::Gone => {
            delivery.state = DeliveryState::Dead;
            delivery.last_error = Some("status 410: the subscriber wants no more, the webhook is switched off".to_owned());
            fan_out::switch_off(tx, delivery.webhook)?;
        }
        schedule::Verdict::Again(why) => {
            delivery.last_error = Some(why);
            match schedule::next_try(delivery.attempts, delivery.first_at, now, chance) {
                Some(due_at) => delivery.due_at = due_at,
                None => delivery.state = DeliveryState::Dead,
            }
        }
    }
    tx.save_delivery(&delivery)
}

fn sleep_until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(at.ms_since(now).max(0) as u64).min(SLEEP_MAX)
}
