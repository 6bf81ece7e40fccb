//! `/v1/messages`.

use answerback::ids::MessageId;
use answerback::modem::io::Identity;
use answerback::time::Timestamp;
use at_commands::pdu::{Class, Smsc, Submit};
use serde_json::{Value, json};

use super::{PERSON, TestApp};

fn message() -> Value {
    json!({ "to": PERSON, "text": "Your meter is read on Friday.", "policy": "notice" })
}

fn with(key: &str, value: Value) -> Value {
    let mut body = message();
    body[key] = value;
    body
}

#[tokio::test]
async fn a_message_is_accepted_and_looked_up() {
    let app = TestApp::start().await;
    let accepted = app.post("/v1/messages", &with("tags", json!(["meters"]))).await.ok(202);
    assert_eq!((&accepted["parts"], &accepted["encoding"], &accepted["eta"]), (&json!(1), &json!("gsm7"), &json!(null)));
    let id = accepted["id"].as_str().expect("an id");
    let one = app.get(&format!("/v1/messages/{id}")).await.ok(200);
    assert_eq!((&one["state"], &one["certainty"], &one["to"]), (&json!("queued"), &json!("not_sent"), &json!(PERSON)));
    assert_eq!((&one["timeline"][0]["state"], &one["tags"][0]), (&json!("queued"), &json!("meters")));
}

#[tokio::test]
async fn a_message_that_waits_says_when_it_should_leave_and_so_does_the_queue() {
    let app = TestApp::start().await;
    let began = app.engine.now();
    // An answer was given between then and now.
    let after = |eta: &Value, seconds: i64| {
        let at = eta.as_str().and_then(Timestamp::parse).expect("an instant").ms_since(began) - seconds * 1000;
        assert!((0..=app.engine.now().ms_since(began)).contains(&at), "{at} ms beside {seconds} s");
    };
    let queue = async || app.get("/v1/status").await.ok(200)["queue_eta"].clone();
    let shown = async |id: &str| app.get(&format!("/v1/messages/{id}")).await.ok(200)["eta"].clone();
    let preview = async |policy: &str| {
        let draft = json!({ "text": "The water is back.", "policy": policy });
        app.post("/v1/messages/preview", &draft).await.ok(200)["eta"].clone()
    };
    assert_eq!((queue().await, preview("notice").await), (json!(null), json!(null)), "nothing waits, and no modem can send");
    let _commands = app.fleet.join("north");
    let identity = Identity { imei: "35".to_owned(), iccid: "8938001".to_owned(), ..Identity::default() };
    app.fleet.ready("north", &identity, app.engine.now());
    assert_eq!(queue().await, json!(null), "nothing waits");
    let mut ids = Vec::new();
    for place in 1..=12 {
        let accepted = app.post("/v1/messages", &message()).await.ok(202);
        after(&accepted["eta"], 5 * place);
        ids.push(accepted["id"].as_str().expect("an id").to_owned());
    }
    after(&shown(&ids[0]).await, 5);
    after(&shown(&ids[11]).await, 60);
    after(&queue().await, 60);
    after(&preview("notice").await, 65);
    after(&preview("alarm").await, 5);
    app.post(&format!("/v1/messages/{}/cancel", ids[11]), &json!({})).await.ok(200);
    assert_eq!(shown(&ids[11]).await, json!(null));
    after(&queue().await, 55);
}

#[tokio::test]
async fn a_national_number_is_read_with_the_country_of_the_box() {
    let app = TestApp::start().await;
    let id = app.post("/v1/messages", &with("to", json!("(202) 555-0123"))).await.ok(202)["id"].clone();
    let one = app.get(&format!("/v1/messages/{}", id.as_str().expect("an id"))).await.ok(200);
    assert_eq!(one["to"], PERSON);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_its_place() {
    let app = TestApp::start().await;
    for (body, code, pointer) in [
        (with("to", json!("not a number")), "invalid_number", "/to"),
        (with("to", json!("12")), "invalid_number", "/to"),
        (with("to", json!("")), "invalid_number", "/to"),
        (with("text", json!("")), "invalid", "/text"),
        (with("text", json!("x".repeat(2000))), "too_long", "/text"),
        (with("max_parts", json!(0)), "invalid", "/max_parts"),
        (with("rank", json!(0)), "invalid", "/rank"),
        (with("class", json!(4)), "invalid", "/class"),
        (with("replace", json!(8)), "invalid", "/replace"),
        (with("expires", json!("2020-01-01T00:00:00Z")), "invalid", "/expires"),
        (with("tags", json!(vec!["x"; 21])), "invalid", "/tags"),
        (with("replace", json!("x")), "invalid", "/replace"),
    ] {
        let reply = app.post("/v1/messages", &body).await;
        assert_eq!(reply.problem(422, code)["errors"][0]["pointer"], pointer, "{}", reply.text);
    }
    assert_eq!(app.get("/v1/messages").await.ok(200)["items"], json!([]));
}

#[tokio::test]
async fn the_same_key_and_body_do_it_once() {
    let app = TestApp::start().await;
    let once = [("idempotency-key", "order-17")];
    let first = app.post_as(&app.admin, "/v1/messages", &once, &message()).await;
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = app.post_as(&app.admin, "/v1/messages", &once, &message()).await;
    assert_eq!((again.status, again.header("idempotent-replayed"), again.json()), (202, "true", first.json()));
    let other = app.post_as(&app.admin, "/v1/messages", &once, &with("text", json!("Another text."))).await;
    other.problem(422, "idempotency_mismatch");
    let refused = app.post_as(&app.admin, "/v1/messages", &[("idempotency-key", "k2")], &with("to", json!("1"))).await;
    refused.problem(422, "invalid_number");
    app.post_as(&app.admin, "/v1/messages", &[("idempotency-key", "k2")], &message()).await.ok(202);
    let elsewhere = app.key(&[answerback::terms::Scope::SendNotice]).await;
    let theirs = app.post_as(&elsewhere, "/v1/messages", &once, &message()).await;
    assert_eq!((theirs.status, theirs.header("idempotent-replayed")), (202, ""), "keys of two callers are two keys");
    assert_eq!(app.get("/v1/messages").await.ok(200)["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn lists_are_newest_first_and_paged() {
    let app = TestApp::start().await;
    for n in 1..=5 {
        app.post("/v1/messages", &with("text", json!(format!("text {n}")))).await.ok(202);
    }
    let (mut seen, mut path) = (Vec::new(), "/v1/messages?limit=2".to_owned());
    loop {
        let page = app.get(&path).await.ok(200);
        let items = page["items"].as_array().expect("a list").clone();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|item| item["text"].as_str().unwrap_or_default().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/messages?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["text 5", "text 4", "text 3", "text 2", "text 1"]);
    let none = app.get("/v1/messages?to=%2B12025550199").await.ok(200);
    assert_eq!(none["items"], json!([]));
    assert_eq!(app.get("/v1/messages?state=queued&limit=9").await.ok(200)["items"].as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn a_queued_message_is_taken_back() {
    let app = TestApp::start().await;
    let id = app.post("/v1/messages", &message()).await.ok(202)["id"].as_str().expect("an id").to_owned();
    let cancelled = app.post(&format!("/v1/messages/{id}/cancel"), &json!({})).await.ok(200);
    assert_eq!(cancelled["state"], "withdrawn");
    app.post(&format!("/v1/messages/{id}/cancel"), &json!({})).await.problem(409, "not_cancellable");
    app.post(&format!("/v1/messages/{id}/resolve"), &json!({ "as": "sent" })).await.problem(409, "not_in_doubt");
    app.post(&format!("/v1/messages/{id}/resolve"), &json!({ "as": "lost" })).await.problem(422, "invalid");
}

#[tokio::test]
async fn a_preview_names_what_forces_ucs2() {
    let app = TestApp::start().await;
    let plain = app.post("/v1/messages/preview", &json!({ "text": "x".repeat(161) })).await.ok(200);
    assert_eq!((&plain["encoding"], &plain["parts"]), (&json!("gsm7"), &json!(2)));
    let forced = app.post("/v1/messages/preview", &json!({ "text": "It\u{2019}s \u{1f600}" })).await.ok(200);
    assert_eq!(forced["encoding"], "ucs2");
    assert_eq!(forced["forced"][0], json!({ "character": "\u{2019}", "stand_in": "'" }));
    assert_eq!(forced["forced"][1], json!({ "character": "\u{1f600}", "stand_in": null }));
}

#[tokio::test]
async fn a_number_that_opted_out_is_not_written_to() {
    let app = TestApp::start().await;
    let out = json!({ "msisdn": PERSON, "granted": false, "categories": ["account"], "proof": "letter of 12 November" });
    app.post("/v1/consents", &out).await.ok(201);
    app.post("/v1/messages", &message()).await.problem(409, "opted_out");
}

#[tokio::test]
async fn a_class_and_the_wish_for_no_report_reach_the_pdu() {
    let app = TestApp::start().await;
    for (class, report, dcs_class, srr) in [
        (None, None, None, true),
        (Some(0), Some(true), Some(Class::Flash), true),
        (Some(1), Some(false), Some(Class::Equipment), false),
        (Some(2), None, Some(Class::Sim), true),
        (Some(3), Some(false), Some(Class::Terminal), false),
    ] {
        let mut body = json!({ "to": PERSON, "text": "Вода буде о 14:00", "policy": "notice" });
        if let Some(class) = class {
            body["class"] = json!(class);
        }
        if let Some(report) = report {
            body["report"] = json!(report);
        }
        let id = app.post("/v1/messages", &body).await.ok(202)["id"].as_str().expect("an id").to_owned();
        let shown = app.get(&format!("/v1/messages/{id}")).await;
        assert_eq!((&shown.ok(200)["class"], &shown.ok(200)["report"]), (&json!(class), &json!(srr)), "{body}");
        let message: MessageId = id.parse().expect("an id");
        let parts = app.engine.read(move |reader| reader.parts_of(message)).await.expect("the parts");
        let submit = Submit::decode(&parts[0].pdu, Smsc::Absent).expect("a SUBMIT");
        assert_eq!((submit.dcs.class(), submit.status_report_request), (dcs_class, srr), "{body}");
    }
    for wrong in [json!(4), json!(-1), json!("flash"), json!(256)] {
        let body = json!({ "to": PERSON, "text": "hi", "policy": "notice", "class": wrong });
        let answer = app.post("/v1/messages", &body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
    }
}
