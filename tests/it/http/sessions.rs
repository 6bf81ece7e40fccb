//! `/v1/sessions`.

use serde_json::{Value, json};

use super::{PERSON, TestApp, past_due};

#[tokio::test]
async fn a_question_is_asked_and_looked_up() {
    let app = TestApp::start().await;
    let begun = app.post("/v1/sessions", &past_due("733")).await.ok(202);
    assert_eq!((&begun["flow"], &begun["revision"]), (&json!("pay.past_due"), &json!(1)));
    let id = begun["id"].as_str().expect("an id");
    let one = app.get(&format!("/v1/sessions/{id}")).await.ok(200);
    assert_eq!((&one["step"], &one["people"][0], &one["slots"]["amount"]), (&json!("ask"), &json!(PERSON), &json!("84.50")));
    let text = one["transcript"][0]["text"].as_str().unwrap_or_default();
    assert!(text.starts_with("City Power: ") && text.contains("84.50"), "{one}");
    assert_eq!((&one["transcript"][0]["direction"], &one["questions"][0]["state"]), (&json!("out"), &json!("waiting")));
    let kinds: Vec<&str> = one["events"].as_array().into_iter().flatten().filter_map(|event| event["type"].as_str()).collect();
    assert!(kinds.contains(&"session.opened") && kinds.contains(&"session.asked"), "{kinds:?}");
    assert_eq!(app.get("/v1/sessions?flow=pay.past_due&state=asked").await.ok(200)["items"].as_array().map(Vec::len), Some(1));
}

fn without(slot: &str) -> Value {
    let mut body = past_due("1");
    body["data"].as_object_mut().expect("data").remove(slot);
    body
}

fn with(pointer: &str, value: Value) -> Value {
    let mut body = past_due("1");
    let (around, key) = pointer.rsplit_once('/').expect("a pointer");
    body.pointer_mut(around).expect("a place")[key] = value;
    body
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_with_its_place() {
    let app = TestApp::start().await;
    for (body, status, code, pointer) in [
        (with("/flow", json!("pay.nope")), 422, "unknown_flow", "/flow"),
        (with("/to", json!("x")), 422, "invalid_number", "/to"),
        (with("/data/acount", json!("1")), 422, "unknown_slot", "/data/acount"),
        (without("amount"), 422, "missing_slot", "/data/amount"),
        (with("/data/amount", json!("a lot")), 422, "bad_value", "/data/amount"),
        (with("/data/due", json!("yesterday")), 422, "bad_value", "/data/due"),
        (with("/data/amount", json!({ "value": 1 })), 422, "invalid", "/data/amount"),
        (with("/data/amount", json!(84.505)), 422, "invalid", "/data/amount"),
        (with("/data/amount", json!(null)), 422, "invalid", "/data/amount"),
    ] {
        let reply = app.post("/v1/sessions", &body).await;
        assert_eq!(reply.problem(status, code)["errors"][0]["pointer"], pointer, "{}", reply.text);
    }
    assert_eq!(app.get("/v1/sessions").await.ok(200)["items"], json!([]));
    assert_eq!(app.get("/v1/messages").await.ok(200)["items"], json!([]));
}

#[tokio::test]
async fn twins_and_repetitions_open_no_second_session() {
    let app = TestApp::start().await;
    let once = [("idempotency-key", "bill-733")];
    let first = app.post_as(&app.admin, "/v1/sessions", &once, &past_due("733")).await;
    let again = app.post_as(&app.admin, "/v1/sessions", &once, &past_due("733")).await;
    assert_eq!((again.status, again.header("idempotent-replayed"), again.json()), (202, "true", first.json()));
    app.post("/v1/sessions", &past_due("733")).await.problem(409, "already_open");
    assert_eq!(app.get("/v1/sessions").await.ok(200)["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_session_is_closed_once() {
    let app = TestApp::start().await;
    let id = app.post("/v1/sessions", &past_due("733")).await.ok(202)["id"].as_str().expect("an id").to_owned();
    let closed = app.post(&format!("/v1/sessions/{id}/close"), &json!({})).await.ok(200);
    assert_eq!(closed["state"], "closed");
    app.post(&format!("/v1/sessions/{id}/close"), &json!({})).await.problem(409, "already_ended");
    let messages = app.get("/v1/messages").await.ok(200);
    assert_eq!(messages["items"][0]["state"], "withdrawn", "its question has not left and does not leave");
}

#[tokio::test]
async fn an_unknown_session_is_not_found() {
    let app = TestApp::start().await;
    app.get("/v1/sessions/ses_01m80433qk5zwevjw7bf074zd7").await.problem(404, "not_found");
    app.get("/v1/sessions/7").await.problem(404, "not_found");
}
