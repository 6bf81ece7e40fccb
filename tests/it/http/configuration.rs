//! `/v1/settings`, `/v1/endpoints`, `/v1/webhooks` and `/v1/config`.

use serde_json::{Value, json};

use super::TestApp;

fn config() -> Value {
    json!({
        "settings": { "utility": "Water Works", "emergency": "112" },
        "lane": [{ "name": "billing", "category": "billing", "rank": 4, "policy": "once", "from": 9, "until": 20 }],
        "endpoint": [{ "name": "billing.check", "url": "http://127.0.0.1:9/charge", "private": true, "timeout": 5 }],
        "webhook": [{ "name": "billing", "url": "https://billing.example/hooks", "types": ["message.*"] }],
    })
}

#[tokio::test]
async fn a_configuration_is_applied_and_exported_in_the_same_form() {
    let app = TestApp::start().await;
    let applied = app.post("/v1/config", &config()).await.ok(200);
    assert_eq!((&applied["settings"], &applied["endpoints"], &applied["webhooks"]), (&json!(2), &json!(1), &json!(1)));
    let settings = app.get("/v1/settings").await.ok(200);
    assert_eq!((&settings["utility"], &settings["country"]), (&json!("Water Works"), &json!("US")), "what is not named stays");
    let plain = app.get("/v1/config").await;
    assert!(!plain.text.contains("whsec_") && !plain.text.contains("sha256"), "{}", plain.text);
    let full = app.get("/v1/config?secrets=true").await.ok(200);
    assert!(full["endpoint"][0]["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")));
    let other = TestApp::start().await;
    other.post("/v1/config", &full).await.ok(200);
    assert_eq!(other.get("/v1/config?secrets=true").await.ok(200)["endpoint"], full["endpoint"]);
    assert_eq!(other.get("/v1/lanes").await.ok(200)["items"][5]["rank"], 4);
    let bearer = format!("Bearer {}", app.admin);
    assert_eq!(other.call("GET", "/v1/keys", &[("authorization", &bearer)], Vec::new()).await.status, 200, "its keys work there");
}

#[tokio::test]
async fn a_lane_has_hours_by_weekday_and_for_holidays() {
    let app = TestApp::start().await;
    let hours = json!(["mon-fri 08:00-21:00", "sat,hol 10:00-18:00"]);
    let lane = json!({ "name": "visits", "category": "visits", "rank": 4, "policy": "notice", "hours": hours });
    let settings = json!({ "holidays": ["2026-12-25", "2027-01-01"] });
    app.post("/v1/config", &json!({ "lane": [lane], "settings": settings })).await.ok(200);
    let exported = app.get("/v1/config").await.ok(200);
    assert_eq!(exported["settings"]["holidays"], settings["holidays"]);
    let other = TestApp::start().await;
    other.post("/v1/config", &exported).await.ok(200);
    let lanes = other.get("/v1/lanes").await.ok(200);
    assert_eq!((&lanes["items"][4]["name"], &lanes["items"][4]["hours"]), (&json!("visits"), &hours));
    assert_eq!((&lanes["items"][5]["from"], &lanes["items"][5]["until"]), (&json!(8), &json!(21)), "others stay as they were");
    let mut both = lane.clone();
    both["from"] = json!(8);
    app.post("/v1/config", &json!({ "lane": [both] })).await.problem(422, "invalid");
}

#[tokio::test]
async fn one_wrong_value_refuses_the_whole_and_is_pointed_at() {
    let app = TestApp::start().await;
    for (pointer, value, code) in [
        ("/settings/country", json!("Ruritania"), "invalid"),
        ("/settings/zone", json!("Kyiv"), "invalid"),
        ("/settings/office_from", json!("eight"), "invalid"),
        ("/settings/utilty", json!("x"), "invalid"),
        ("/lane/0/rank", json!(0), "invalid"),
        ("/lane/0/category", json!("bills"), "invalid"),
        ("/lane/0/until", json!(8), "invalid"),
        ("/lane/0/hours", json!(["all day"]), "invalid"),
        ("/lane/0/hours", json!(["mon 08:00-12:00"]), "invalid"),
        ("/settings/holidays", json!(["Christmas"]), "invalid"),
        ("/endpoint/0/url", json!("billing"), "bad_address"),
        ("/endpoint/0/url", json!("http://169.254.169.254/"), "bad_address"),
        ("/endpoint/0/timeout", json!(0), "invalid"),
        ("/endpoint/0/name", json!("a b"), "invalid"),
        ("/endpoint/0/secret", json!("secret"), "invalid"),
        ("/webhook/0/url", json!("http://10.0.0.1/"), "bad_address"),
        ("/webhook/0/typs", json!([]), "invalid"),
        ("/flow", json!([{ "text": "flow = 1" }]), "bad_flow"),
        ("/keys", json!([]), "invalid"),
    ] {
        let mut body = config();
        let (around, key) = pointer.rsplit_once('/').expect("a pointer");
        body.pointer_mut(around).expect("a place")[key] = value;
        let reply = app.post("/v1/config", &body).await;
        let problem = reply.problem(422, code);
        let found = problem["errors"][0]["pointer"].as_str().unwrap_or_default();
        assert!(found.starts_with(pointer), "{pointer}: {}", reply.text);
        app.get("/v1/endpoints/billing.check").await.problem(404, "not_found");
        assert_eq!(app.get("/v1/settings").await.ok(200)["utility"], "City Power", "{pointer}: nothing was applied");
    }
}

#[tokio::test]
async fn endpoints_are_put_in_place_by_name_and_taken_away() {
    let app = TestApp::start().await;
    let body =
        json!({ "name": "crm.find", "url": "https://crm.example/find", "secret": "whsec_ZGVtbyBzZWNyZXQgb2YgdGhlIGVuZHBvaW50czAwMDE=" });
    let made = app.post("/v1/endpoints", &body).await;
    assert_eq!(made.ok(201)["timeout"], 10);
    assert!(!made.text.contains("whsec_"), "{}", made.text);
    app.post("/v1/endpoints", &json!({ "name": "crm.find", "url": "https://other.example/" })).await.ok(201);
    assert_eq!(app.get("/v1/endpoints").await.ok(200)["items"].as_array().map(Vec::len), Some(3));
    let bearer = [("authorization", &*format!("Bearer {}", app.admin))];
    assert_eq!(app.call("DELETE", "/v1/endpoints/crm.find", &bearer, Vec::new()).await.status, 204);
    app.call("DELETE", "/v1/endpoints/crm.find", &bearer, Vec::new()).await.problem(404, "not_found");
    app.get("/v1/endpoints/crm.find").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_webhook_shows_the_secret_it_was_given_once() {
    let app = TestApp::start().await;
    let body = json!({ "name": "scada", "url": "https://scada.example/hooks" });
    let made = app.post("/v1/webhooks", &body).await.ok(201);
    assert!(made["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_")));
    assert_eq!(app.post("/v1/webhooks", &body).await.ok(201)["secret"], json!(null), "it is there already");
    let id = made["id"].as_str().expect("an id");
    assert!(app.post(&format!("/v1/webhooks/{id}/test"), &json!({})).await.ok(200)["seq"].as_i64().is_some());
    let waiting = app.get(&format!("/v1/webhooks/{id}/deliveries?state=waiting")).await.ok(200);
    assert_eq!(waiting["items"].as_array().map(Vec::len), Some(1));
    let rotated = app.post(&format!("/v1/webhooks/{id}/rotate"), &json!({})).await.ok(200);
    assert!(rotated["secret"].as_str().is_some_and(|secret| secret.starts_with("whsec_") && rotated["secret"] != made["secret"]));
    assert_eq!(app.post(&format!("/v1/webhooks/{id}/replay"), &json!({})).await.ok(200)["deliveries"], 0);
    let bearer = [("authorization", &*format!("Bearer {}", app.admin))];
    assert_eq!(app.call("DELETE", &format!("/v1/webhooks/{id}"), &bearer, Vec::new()).await.status, 204);
    app.get(&format!("/v1/webhooks/{id}/deliveries")).await.problem(404, "not_found");
}

#[tokio::test]
async fn settings_are_replaced_as_a_whole() {
    let app = TestApp::start().await;
    let headers = [("authorization", &*format!("Bearer {}", app.admin)), ("content-type", "application/json")];
    let put = app.call("PUT", "/v1/settings", &headers, json!({ "utility": "Gas", "country": "UA" }).to_string().into_bytes()).await;
    assert_eq!((&put.ok(200)["country"], &put.ok(200)["emergency"]), (&json!("UA"), &json!("")));
    assert_eq!(put.ok(200)["caps"], json!({ "minute": 60, "day": 10_000, "month": 100_000, "recipients": 5_000 }));
    let caps = json!({ "utility": "Gas", "caps": { "month": 3_000 } });
    let put = app.call("PUT", "/v1/settings", &headers, caps.to_string().into_bytes()).await;
    assert_eq!(put.ok(200)["caps"], json!({ "minute": 60, "day": 10_000, "month": 3_000, "recipients": 5_000 }));
    let wrong = app.call("PUT", "/v1/settings", &headers, json!({ "caps": { "month": -1 } }).to_string().into_bytes()).await;
    assert_eq!(wrong.status, 422);
    let wrong = app.call("PUT", "/v1/settings", &headers, json!({ "zone": "Nowhere" }).to_string().into_bytes()).await;
    assert_eq!(wrong.problem(422, "invalid")["errors"][0]["pointer"], "/zone");
}
