//! Every refusal is problem+json with a stable code, whoever made it.

use super::{Reply, TestApp};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn refused(app: &TestApp, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let bearer = format!("Bearer {}", app.admin);
    let mut all = vec![("authorization", bearer.as_str())];
    all.extend_from_slice(headers);
    app.call(method, path, &all, body.to_vec()).await
}

#[tokio::test]
async fn bad_requests_are_told_with_code_and_place() {
    let app = TestApp::start().await;
    let good = br#"{"to":"+12025550123","text":"hi","policy":"once"}"#;
    let deep = [b"[".repeat(500), b"]".repeat(500)].concat();
    for (method, path, headers, body, status, code, pointer) in [
        ("GET", "/nowhere", &[][..], &b""[..], 404, "not_found", None),
        ("GET", "/v1/messages/msg_1", &[], b"", 404, "not_found", None),
        ("GET", "/v1/messages/msg_01m80433qk5zwevjw7bf074zd7", &[], b"", 404, "not_found", None),
        ("DELETE", "/v1/messages", &[], b"", 405, "method_not_allowed", None),
        ("POST", "/v1/messages", &[], good, 415, "not_json", None),
        ("POST", "/v1/messages", &[("content-type", "text/plain")], good, 415, "not_json", None),
        ("POST", "/v1/messages", &[JSON], b"", 400, "not_json", None),
        ("POST", "/v1/messages", &[JSON], b"to=1", 400, "not_json", None),
        ("POST", "/v1/messages", &[JSON], b"{\"to\":", 400, "not_json", None),
        ("POST", "/v1/messages", &[JSON], b"{} x", 422, "invalid", Some("")),
        ("POST", "/v1/messages", &[JSON], &deep, 422, "invalid", Some("")),
        ("POST", "/v1/messages", &[JSON], b"\xff\xfe", 400, "not_json", None),
        ("POST", "/v1/messages", &[JSON], br#"["+12025550123","hi","once"]"#, 422, "invalid", Some("")),
        ("POST", "/v1/messages", &[JSON], b"[]", 422, "invalid", Some("")),
        ("POST", "/v1/messages", &[JSON], br#"{"to":1,"text":"hi","policy":"once"}"#, 422, "invalid", Some("/to")),
        ("POST", "/v1/messages", &[JSON], br#"{"to":"1","text":"hi","policy":"soon"}"#, 422, "invalid", Some("/policy")),
        ("POST", "/v1/messages", &[JSON], br#"{"to":"1","text":"hi","policy":"once","rnak":1}"#, 422, "invalid", Some("/rnak")),
        ("POST", "/v1/messages", &[JSON], br#"{"to":"1","text":"hi","policy":"once","expires":"soon"}"#, 422, "invalid", Some("/expires")),
        ("POST", "/v1/messages", &[JSON, ("idempotency-key", "")], good, 400, "bad_query", Some("Idempotency-Key")),
        ("GET", "/v1/messages?limit=0", &[], b"", 400, "bad_query", Some("limit")),
        ("GET", "/v1/messages?limit=501", &[], b"", 400, "bad_query", Some("limit")),
        ("GET", "/v1/messages?limit=x", &[], b"", 400, "bad_query", Some("limit")),
        ("GET", "/v1/messages?cursor=x", &[], b"", 400, "bad_query", Some("cursor")),
        ("GET", "/v1/messages?state=gone", &[], b"", 400, "bad_query", Some("state")),
        ("GET", "/v1/messages?to=abc", &[], b"", 400, "bad_query", Some("to")),
        ("GET", "/v1/messages?stat=sent", &[], b"", 400, "bad_query", None),
        ("GET", "/readyz", &[], b"", 503, "no_modem", None),
    ] {
        let reply = refused(&app, method, path, headers, body).await;
        let problem = reply.problem(status, code);
        if let Some(pointer) = pointer {
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{method} {path} {}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let app = TestApp::start().await;
    let body = format!(r#"{{"to":"+12025550123","policy":"once","text":"{}"}}"#, "x".repeat(answerback::http::BODY_OCTETS_MAX));
    refused(&app, "POST", "/v1/messages", &[JSON], body.as_bytes()).await.problem(413, "too_large");
}

#[tokio::test]
async fn the_callers_own_request_id_comes_back_where_it_may_stand_in_a_log() {
    let app = TestApp::start().await;
    let reply = refused(&app, "GET", "/nowhere", &[("x-request-id", "scada-17.a_B")], b"").await;
    assert_eq!(reply.problem(404, "not_found")["request_id"], "scada-17.a_B");
    for forged in ["a b", "x\u{7f}", &"y".repeat(65)] {
        let reply = refused(&app, "GET", "/nowhere", &[("x-request-id", &forged.replace('\u{7f}', "="))], b"").await;
        assert!(reply.problem(404, "not_found")["request_id"].as_str().is_some_and(|id| id.starts_with("req_")), "{forged}");
    }
}

#[tokio::test]
async fn keys_that_do_not_open_are_told_apart() {
    let app = TestApp::start().await;
    let revoked = app.key(&[answerback::terms::Scope::Read]).await;
    let id = app.get("/v1/keys").await.ok(200)["items"][0]["id"].as_str().expect("an id").to_owned();
    app.post(&format!("/v1/keys/{id}/revoke"), &serde_json::json!({})).await.ok(200);
    for (header, code) in [
        (None, "no_key"),
        (Some("Basic dXNlcjpwYXNz".to_owned()), "no_key"),
        (Some("Bearer x".to_owned()), "wrong_key"),
        (Some(format!("Bearer {}0", app.admin)), "wrong_key"),
        (Some(format!("Bearer {revoked}")), "revoked_key"),
    ] {
        let headers: Vec<(&str, &str)> = header.iter().map(|header| ("authorization", header.as_str())).collect();
        let reply = app.call("GET", "/v1/messages", &headers, Vec::new()).await;
        reply.problem(401, code);
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{header:?}");
    }
}

#[tokio::test]
async fn a_key_that_has_expired_opens_nothing() {
    let app = TestApp::start().await;
    let soon = answerback::time::Timestamp::from_unix_ms(1);
    let refused = app.post("/v1/keys", &serde_json::json!({ "name": "old", "scopes": ["read"], "expires": soon })).await;
    assert_eq!(refused.problem(422, "invalid")["errors"][0]["pointer"], "/expires");
}

#[tokio::test]
async fn a_full_disk_is_507_and_nothing_accepted_is_lost() {
    let app = TestApp::start_with(|store| store.limit_pages(store.pages().expect("a size") + 24).expect("a limit")).await;
    let body = serde_json::json!({ "to": super::PERSON, "text": "x".repeat(1500), "policy": "once" });
    let mut accepted = 0;
    let refused = loop {
        let reply = app.post("/v1/messages", &body).await;
        if reply.status != 202 {
            break reply;
        }
        accepted += 1;
        assert!(accepted < 1000, "the limit holds");
    };
    refused.problem(507, "disk_full");
    let listed = app.get("/v1/messages?limit=500").await.ok(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(accepted), "what was answered 202 is there");
    assert_eq!(app.call("GET", "/healthz", &[], Vec::new()).await.status, 200);
}

#[tokio::test]
async fn a_queue_that_is_full_says_when_to_come_back() {
    use answerback::engine::Reject;
    use answerback::store::Queue;
    let app = TestApp::start().await;
    let (let_go, held) = std::sync::mpsc::channel::<()>();
    let (began, has_begun) = tokio::sync::oneshot::channel();
    let engine = app.engine.clone();
    let holder = tokio::spawn(async move {
        let job = move |_: &mut answerback::engine::Work<'_, '_>| {
            began.send(()).map_err(|()| Reject::new("internal", "nobody waits"))?;
            held.recv().map_err(|error| Reject::new("internal", error.to_string()))
        };
        engine.run(Queue::Others, job).await.map(drop)
    });
    has_begun.await.expect("the writer is held");
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..2000 {
        let engine = app.engine.clone();
        waiting.spawn(async move { engine.run(Queue::Others, |_| Ok(())).await.is_ok() });
    }
    tokio::task::yield_now().await;
    let reply = app.post("/v1/messages", &serde_json::json!({ "to": super::PERSON, "text": "hi", "policy": "once" })).await;
    let_go.send(()).expect("the writer waits");
    reply.problem(503, "busy");
    assert_eq!(reply.header("retry-after"), "1");
    holder.await.expect("it ends").expect("it was committed");
    let done = waiting.join_all().await.into_iter().filter(|ok| *ok).count();
    assert!((1..2000).contains(&done), "{done} of 2000 found a place");
    app.post("/v1/messages", &serde_json::json!({ "to": super::PERSON, "text": "hi", "policy": "once" })).await.ok(202);
}
