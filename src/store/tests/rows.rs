//! Rows read back as they were written, and lists come in pages.

use std::time::Duration;

use super::NOW;
use crate::chance::Seeded;
use crate::ids::{MessageId, WebhookId};
use crate::msisdn::Msisdn;
use crate::signature::Secret;
use crate::store::{DeliveryState, Error, FirstAnswer, Message, MessageFilter, Paging, Store, WebhookRow};
use crate::terms::{Category, MessageState, Policy, Purpose, Rank};
use crate::text::Text;

pub(super) fn message(seed: u64) -> Message {
    Message {
        n: 0,
        id: MessageId::new(NOW, &mut Seeded::new(seed)),
        to: Msisdn::from_e164("+15550100200").expect("a number"),
        text: Text::new("hello"),
        purpose: Purpose::Plain,
        category: Category::Account,
        policy: Policy::Notice,
        rank: Rank(6),
        sim: None,
        sim_only: false,
        session: None,
        question: None,
        state: MessageState::Queued,
        encoding: "gsm7".to_owned(),
        parts: 1,
        reference: 7,
        possibly_twice: false,
        replaces: Some(3),
        class: Some(1),
        report: false,
        doubted: false,
        tags: vec!["a".to_owned()],
        source: "test".to_owned(),
        rule: None,
        not_before: None,
        expires_at: Some(NOW),
        created_at: NOW,
        accepted_at: None,
        accepted_sim: None,
        submitted_at: None,
        delivered_at: None,
        ended_at: None,
        reason: None,
    }
}

#[test]
fn a_message_reads_back_as_it_was_written() {
    let mut store = Store::in_memory().expect("a store");
    let written = message(1);
    let n = store.transact::<_, Error>(|tx| tx.insert_message(&written)).expect("a row").into_inner();
    let read = store.read(|reader| reader.message(written.id)).expect("readable");
    assert_eq!(read, Some(Message { n, ..written }));
}

#[test]
fn lists_come_newest_first_in_pages() {
    let mut store = Store::in_memory().expect("a store");
    for seed in 0..5 {
        store.transact::<_, Error>(|tx| tx.insert_message(&message(seed))).expect("a row");
    }
    let filter = MessageFilter { to: Some(message(0).to), state: Some(MessageState::Queued) };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.read(|reader| reader.messages(&filter, Paging::new(2, cursor))).expect("readable");
        seen.extend(page.items.iter().map(|message| message.n));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

#[test]
fn a_failed_delivery_holds_back_only_its_own_conversation() {
    let mut store = Store::in_memory().expect("a store");
    let id = WebhookId::new(NOW, &mut Seeded::new(1));
    let webhook = WebhookRow {
        id,
        name: "billing".to_owned(),
        url: "https://example.test".to_owned(),
        events: Vec::new(),
        secret: Secret::generate(&mut Seeded::new(2)),
        previous_secret: None,
        previous_until: None,
        allow_private: false,
        enabled: true,
        cursor: 0,
        created_at: NOW,
        removed_at: None,
    };
    store
        .transact::<_, Error>(|tx| {
            tx.save_webhook(&webhook)?;
            for conversation in ["a", "a", "b"] {
                let seq = super::log(tx, "message.received")?;
                tx.insert_delivery(id, seq, conversation, NOW)?;
            }
            Ok(())
        })
        .expect("rows");
    let due = |store: &Store| -> Vec<i64> {
        store.read(|reader| reader.due_deliveries(id, NOW, 10)).expect("readable").iter().map(|delivery| delivery.seq).collect()
    };
    assert_eq!(due(&store), [1, 3], "the second of a waits for the first");
    let mut first = store.read(|reader| reader.delivery(1)).expect("readable").expect("there");
    first.due_at = NOW.shifted_ms(1000);
    store.transact::<_, Error>(|tx| tx.save_delivery(&first)).expect("a row");
    assert_eq!(due(&store), [3], "a backs off, b does not");
    first.due_at = NOW.plus(std::time::Duration::from_hours(24 * 365));
    store.transact::<_, Error>(|tx| tx.save_delivery(&first)).expect("a row");
    assert_eq!(due(&store), [3, 1], "no pause is a year: the clock was wrong when it was reckoned");
    first.state = DeliveryState::Done;
    store.transact::<_, Error>(|tx| tx.save_delivery(&first)).expect("a row");
    assert_eq!(due(&store), [2, 3]);
    store.transact::<_, Error>(|tx| tx.replay_delivery(1, NOW)).expect("a row");
    assert_eq!(due(&store), [1, 3], "what is sent again goes before what came after it");
    for dead in [1, 3] {
        let mut delivery = store.read(|reader| reader.delivery(dead)).expect("readable").expect("there");
        delivery.state = DeliveryState::Dead;
        store.transact::<_, Error>(|tx| tx.save_delivery(&delivery)).expect("a row");
    }
    assert_eq!(due(&store), [2]);
    let again = store.transact::<_, Error>(|tx| tx.replay_dead_deliveries(id, NOW)).expect("rows").into_inner();
    assert_eq!((again, due(&store)), (2, vec![1, 3]));
}

#[test]
fn answers_are_forgotten_when_they_are_old_and_many_came_after_them() {
    let mut store = Store::in_memory().expect("a store");
    let answer = FirstAnswer { body_sha256: String::new(), answer: String::new() };
    for minute in 0..6 {
        let at = NOW.plus(Duration::from_mins(minute));
        store.transact::<_, Error>(|tx| tx.keep_answer("billing", &format!("key {minute}"), &answer, at)).expect("a row");
    }
    let before = |minutes| NOW.plus(Duration::from_mins(minutes));
    for (before, always, limit, forgotten) in [
        // However old they look, the newest stay.
        (before(60), 6, 100, 0),
        (before(60), 7, 100, 0),
        (before(0), 1, 100, 0),
        (before(60), 5, 100, 1),
        (before(3), 1, 1, 1),
        (before(3), 1, 100, 1),
        (before(60), 1, 100, 2),
    ] {
        let done = store.transact::<_, Error>(|tx| tx.forget_answers(before, always, limit)).expect("a look").into_inner();
        assert_eq!(done, forgotten, "{before:?}, {always} stay, {limit} at a time");
    }
    assert!(store.read(|reader| reader.first_answer("billing", "key 5")).expect("readable").is_some());
}
