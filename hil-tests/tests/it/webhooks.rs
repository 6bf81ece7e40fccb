//! Webhooks against a real receiver: signed, in order per conversation, again after a no, and quick.

use std::sync::Arc;
use std::time::Duration;

use answerback::chance::Os;
use answerback::engine::Engine;
use answerback::ids::{EventId, WebhookId};
use answerback::msisdn::Msisdn;
use answerback::signature::Secret;
use answerback::store::{DeliveryState, Error, NewEvent, Paging, Queue, Store, WebhookRow, Writer};
use answerback::time::{Clock as _, SystemClock, Timestamp};
use answerback::webhook;
use hil_tests::utility::{Hook, Seen, Utility};
use tokio::sync::watch;

const PATIENCE: Duration = Duration::from_secs(10);

/// A store, its webhooks room and a receiver.
struct House {
    writer: Writer,
    utility: Utility,
    webhook: WebhookId,
    stop: watch::Sender<bool>,
    _dir: tempfile::TempDir,
}

impl House {
    async fn build(events: &[&str], allow_private: bool, path: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (writer, _thread) = Writer::start(Store::open(dir.path()).unwrap()).unwrap();
        let utility = Utility::start(None).await.unwrap();
        let secret = Secret::generate(&mut Os);
        utility.trust_hooks_signed_with(secret.clone());
        let now = SystemClock.now();
        let webhook = WebhookId::new(now, &mut Os);
        let row = WebhookRow {
            id: webhook,
            name: "billing".to_owned(),
            url: utility.url(path),
            events: events.iter().map(|kind| (*kind).to_owned()).collect(),
            secret,
            previous_secret: None,
            previous_until: None,
            allow_private,
            enabled: true,
            cursor: 0,
            created_at: now,
            removed_at: None,
        };
        writer.run(Queue::Others, move |tx| tx.save_webhook(&row)).await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let engine = Engine::new(writer.clone(), Arc::new(SystemClock)).unwrap();
        tokio::spawn(webhook::run(engine, stopping));
        Self { writer, utility, webhook, stop, _dir: dir }
    }

    /// Something happens to a person; the answer is when it was committed.
    async fn happen(&self, kind: &str, person: &str) -> Timestamp {
        let (kind, person) = (kind.to_owned(), Msisdn::from_e164(person).unwrap());
        let append = move |tx: &mut answerback::store::Tx<'_>| {
            let now = SystemClock.now();
            let data = serde_json::json!({ "kind": kind });
            let id = EventId::new(now, &mut Os);
            tx.append_event(&NewEvent { id, at: now, kind, subject: "x".into(), msisdn: Some(person), session: None, data })
        };
        self.writer.run::<i64, Error>(Queue::Modems, append).await.unwrap();
        SystemClock.now()
    }

    async fn hook(&self, wanted: impl Fn(&Hook) -> bool) -> Hook {
        let seen = self.utility.wait_for(PATIENCE, |seen| matches!(seen, Seen::Hook(hook) if wanted(hook))).await;
        match seen {
            Some(Seen::Hook(hook)) => hook,
            other => panic!("{other:?} after {:?}", self.utility.log()),
        }
    }

    async fn states(&self) -> Vec<(DeliveryState, Option<u16>)> {
        let webhook = self.webhook;
        let page = self.writer.readers().unwrap().read(move |reader| reader.deliveries(webhook, None, Paging::newest(50))).await.unwrap();
        page.items.into_iter().rev().map(|delivery| (delivery.state, delivery.last_status)).collect()
    }

    /// Waits until the rows say `want`: the outcome is written after the answer.
    async fn settled(&self, want: &[(DeliveryState, Option<u16>)]) {
        let mut found = Vec::new();
        for _ in 0..200 {
            found = self.states().await;
            if found == want {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{found:?} is not {want:?}");
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.writer.close();
    }
}

const ANNA: &str = "+15550100200";
const BORIS: &str = "+15550100201";

fn kinds(hooks: &[Hook]) -> Vec<&str> {
    hooks.iter().filter(|hook| hook.status < 300).map(|hook| hook.body["type"].as_str().unwrap_or("?")).collect()
}

#[tokio::test]
async fn events_arrive_signed_in_order_and_only_those_wanted() {
    let house = House::build(&["message.*", "session.opened"], true, "/hooks").await;
    for kind in ["message.accepted", "modem.up", "session.opened", "session.asked", "message.received"] {
        house.happen(kind, ANNA).await;
    }
    house.hook(|hook| hook.body["type"] == "message.received").await;
    let hooks = house.utility.hooks();
    assert_eq!(kinds(&hooks), ["message.accepted", "session.opened", "message.received"]);
    for hook in &hooks {
        assert!(hook.verified && hook.id == hook.body["id"], "{hook:?}");
    }
    house.settled(&[(DeliveryState::Done, Some(204)); 3]).await;
}

#[tokio::test]
async fn a_failed_event_holds_back_its_own_conversation_alone() {
    let house = House::build(&[], true, "/hooks").await;
    house.utility.answer_hooks_with(503);
    house.happen("message.accepted", ANNA).await;
    let first = house.hook(|hook| hook.status == 503).await;
    house.utility.answer_hooks_with(204);
    house.happen("message.submitted", ANNA).await;
    house.happen("message.accepted", BORIS).await;
    house.hook(|hook| hook.body["type"] == "message.submitted").await;
    let hooks = house.utility.hooks();
    let ids: Vec<&str> = hooks.iter().filter(|hook| hook.body["type"] == "message.accepted").map(|hook| hook.id.as_str()).collect();
    assert_eq!(ids.iter().filter(|id| **id == first.id).count(), 2, "the same id again: {hooks:?}");
    let order = kinds(&hooks);
    assert_eq!(order, ["message.accepted", "message.accepted", "message.submitted"], "Boris's went first, then Anna's two in order");
}

#[tokio::test]
async fn a_subscriber_that_is_gone_is_switched_off() {
    let house = House::build(&[], true, "/hooks").await;
    house.utility.answer_hooks_with(410);
    house.happen("message.accepted", ANNA).await;
    house.settled(&[(DeliveryState::Dead, Some(410))]).await;
    let webhook = house.webhook;
    let row = house.writer.readers().unwrap().read(move |reader| reader.webhook(webhook)).await.unwrap().unwrap();
    assert!(!row.enabled);
    house.happen("message.accepted", BORIS).await;
    assert_eq!(house.utility.hooks().len(), 1);
}

#[tokio::test]
async fn a_private_target_is_not_called_unless_it_was_allowed() {
    let house = House::build(&[], false, "/hooks").await;
    house.happen("message.accepted", ANNA).await;
    house.settled(&[(DeliveryState::Waiting, None)]).await;
    assert!(house.utility.hooks().is_empty());
}

#[tokio::test]
async fn an_event_is_out_within_milliseconds_of_its_commit() {
    let house = House::build(&[], true, "/hooks").await;
    let mut delays = Vec::new();
    for turn in 0..20 {
        let person = format!("+155501003{turn:02}");
        let committed = house.happen("message.received", &person).await;
        let hook = house.hook(|hook| hook.body["seq"] == turn + 1).await;
        delays.push(hook.at.ms_since(committed));
    }
    delays.sort_unstable();
    println!("commit to webhook: p50 {} ms, worst {} ms", delays[delays.len() / 2], delays[delays.len() - 1]);
    assert!(delays[delays.len() / 2] < 250, "a loaded machine is slow, a poll would be slower: {delays:?}");
}
