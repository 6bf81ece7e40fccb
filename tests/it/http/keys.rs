//! `/v1/keys`.

use serde_json::json;

use super::TestApp;

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_revoked() {
    let app = TestApp::start().await;
    let made = app.post("/v1/keys", &json!({ "name": "billing", "scopes": ["read", "send:once"] })).await.ok(201);
    let (key, id) = (made["key"].as_str().expect("a key"), made["id"].as_str().expect("an id"));
    assert_eq!(key.len(), 3 + 64, "256 bits in hex");
    let bearer = [("authorization", &*format!("Bearer {key}"))];
    assert_eq!(app.call("GET", "/v1/messages", &bearer, Vec::new()).await.status, 200);
    let listed = app.get("/v1/keys").await;
    assert!(!listed.text.contains(key) && listed.text.contains(&key[..9]), "{}", listed.text);
    app.post(&format!("/v1/keys/{id}/revoke"), &json!({})).await.ok(200);
    app.call("GET", "/v1/messages", &bearer, Vec::new()).await.problem(401, "revoked_key");
    app.post(&format!("/v1/keys/{id}/revoke"), &json!({})).await.ok(200);
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_key_which_the_database_does_not_hold() {
    let app = TestApp::start().await;
    let (once, body) = ([("idempotency-key", "make-it-once")], json!({ "name": "billing", "scopes": ["read"] }));
    let first = app.post_as(&app.admin, "/v1/keys", &once, &body).await;
    let again = app.post_as(&app.admin, "/v1/keys", &once, &body).await;
    assert_eq!((again.status, again.header("idempotent-replayed"), again.json()), (201, "true", first.json()));
    let secret = first.json()["key"].as_str().expect("a key").trim_start_matches("ab_").to_owned();
    let dir = app.dir();
    for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
        let octets = std::fs::read(entry.path()).expect("a file");
        assert!(!octets.windows(secret.len()).any(|window| window == secret.as_bytes()), "{}", entry.path().display());
    }
}

#[tokio::test]
async fn a_key_needs_a_name_and_known_scopes() {
    let app = TestApp::start().await;
    for (body, pointer) in [
        (json!({ "name": " ", "scopes": ["read"] }), "/name"),
        (json!({ "name": "x", "scopes": [] }), "/scopes"),
        (json!({ "name": "x", "scopes": ["write"] }), "/scopes/0"),
        (json!({ "name": "x", "scopes": ["read"], "expires": "2020-01-01T00:00:00Z" }), "/expires"),
    ] {
        assert_eq!(app.post("/v1/keys", &body).await.problem(422, "invalid")["errors"][0]["pointer"], pointer);
    }
    app.post("/v1/keys/key_01m80433qk5zwevjw7bf074zd7/revoke", &json!({})).await.problem(404, "not_found");
}

#[tokio::test]
async fn the_last_use_of_a_key_is_noted() {
    let app = TestApp::start().await;
    let before = app.get("/v1/keys").await.ok(200);
    let key = app.key(&[answerback::terms::Scope::Read]).await;
    app.call("GET", "/v1/modems", &[("authorization", &format!("Bearer {key}"))], Vec::new()).await.ok(200);
    let used =
        |keys: &serde_json::Value| keys["items"].as_array().into_iter().flatten().filter(|key| !key["last_used_at"].is_null()).count();
    let mut after = before.clone();
    for _ in 0..1000 {
        after = app.get("/v1/keys").await.ok(200);
        if used(&after) == 2 {
            return;
        }
    }
    panic!("{before}\n{after}");
}
