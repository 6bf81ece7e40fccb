//! `/v1/events`: what happened, and what happened outside.

use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use serde_json::json;

use super::{PERSON, TestApp, past_due};

#[tokio::test]
async fn the_log_is_read_behind_a_number() {
    let app = TestApp::start().await;
    app.post("/v1/sessions", &past_due("733")).await.ok(202);
    let all = app.get("/v1/events?after=0&limit=500").await.ok(200)["items"].as_array().expect("a list").clone();
    let seqs: Vec<i64> = all.iter().filter_map(|event| event["seq"].as_i64()).collect();
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>(), "no gaps, oldest first");
    let rest = app.get("/v1/events?after=2").await.ok(200);
    assert_eq!(rest["items"][0]["seq"], 3);
    let newest = app.get("/v1/events?limit=1").await.ok(200);
    assert_eq!(newest["items"][0]["seq"], seqs.len() as i64);
    for key in ["id", "seq", "at", "type", "subject", "data"] {
        assert!(!all[0][key].is_null(), "{key} in {}", all[0]);
    }
}

#[tokio::test]
async fn a_long_poll_waits_for_the_first_event_and_no_longer() {
    let app = TestApp::start().await;
    let after = app.get("/v1/status").await.ok(200)["newest_event"].as_i64().expect("a number");
    let begun = SystemClock.tick();
    let path = format!("/v1/events?after={after}&wait=30");
    let later = async {
        tokio::task::yield_now().await;
        app.post("/v1/messages", &json!({ "to": PERSON, "text": "hi", "policy": "once" })).await.ok(202)
    };
    let (polled, _) = tokio::join!(app.get(&path), later);
    assert_eq!(polled.ok(200)["items"][0]["type"], "message.accepted");
    assert!(SystemClock.tick().since(begun) < Duration::from_secs(20), "it did not wait to the end");
    let far = app.get("/v1/events?after=100000&wait=0").await.ok(200);
    assert_eq!(far["items"], json!([]));
}

#[tokio::test]
async fn something_outside_reaches_the_sessions_it_concerns() {
    let app = TestApp::start().await;
    for account in ["733", "734"] {
        app.post("/v1/sessions", &past_due(account)).await.ok(202);
    }
    let paid = json!({ "event": "paid", "where": { "account": "733" }, "data": {} });
    let once = [("idempotency-key", "desk-1")];
    let reached = app.post_as(&app.admin, "/v1/events", &once, &paid).await;
    assert_eq!(reached.ok(202)["sessions"], 1);
    let again = app.post_as(&app.admin, "/v1/events", &once, &paid).await;
    assert_eq!((again.header("idempotent-replayed"), again.ok(202)["sessions"].clone()), ("true", json!(1)));
    let sessions = app.get("/v1/sessions").await.ok(200);
    let states: Vec<(&str, &str)> = sessions["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (one["slots"]["account"].as_str().unwrap_or_default(), one["state"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(states, [("734", states[0].1), ("733", "completed")]);
    assert_ne!(states[0].1, "completed");
}

#[tokio::test]
async fn an_event_for_nobody_in_particular_is_refused() {
    let app = TestApp::start().await;
    for body in [
        json!({ "event": "paid" }),
        json!({ "event": "paid", "where": {} }),
        json!({ "event": "paid", "flow": "pay.past_due" }),
        json!({ "event": "paid", "session": "x", "where": { "account": "1" } }),
        json!({ "event": " ", "where": { "account": "1" } }),
        json!({ "event": "paid", "session": "x" }),
        json!({ "evnt": "paid" }),
    ] {
        app.post("/v1/events", &body).await.problem(422, "invalid");
    }
    let nobody = app.post("/v1/events", &json!({ "event": "paid", "where": { "account": "none" } })).await;
    assert_eq!(nobody.ok(202)["sessions"], 0);
}

/// Nobody is told half of it: one session that cannot take it, and none takes it.
#[tokio::test]
async fn what_an_event_brings_fits_the_slots_of_every_session_it_concerns() {
    let app = TestApp::start().await;
    let flow = |name: &str, etr: &str| {
        format!(
            "flow = \"{name}\"\nlane = \"outage\"\nneeds = {{ place = \"text:30\", etr = \"{etr}?\" }}\nstart = \"wait\"\nexpires = \"3d\"\n\
             event.changed = {{ data = [\"etr\"], tell = {{ en = \"{{utility}}: new estimate {{etr}}.\" }} }}\nevent.over = {{ go = \"end\" }}\n\
             [step]\nend = {{ done = true }}\nwait = {{ tell = {{ en = \"{{utility}}: noted {{place}}.\" }}, wait = \"over\" }}\n"
        )
    };
    let mut sessions = Vec::new();
    for (name, etr, to) in [("outage.wide", "text:40", PERSON), ("outage.narrow", "text:16", "+380501112244")] {
        app.post("/v1/flows", &json!({ "text": flow(name, etr), "activate": true })).await.ok(201);
        let begun = app.post("/v1/sessions", &json!({ "flow": name, "to": to, "data": { "place": "Mill" } })).await.ok(202);
        sessions.push(begun["id"].as_str().expect("an id").to_owned());
    }
    let happened = |etr: &str| json!({ "event": "changed", "where": { "place": "Mill" }, "data": { "etr": etr } });
    let etr_of = async |id: &str| app.get(&format!("/v1/sessions/{id}")).await.ok(200)["slots"]["etr"].clone();
    let once = [("idempotency-key", "oms-1")];
    let no = app.post_as(&app.admin, "/v1/events", &once, &happened("when the cable is mended")).await.problem(422, "bad_value");
    assert_eq!(no["errors"][0]["pointer"], "/data/etr", "{no}");
    let reason = no["errors"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("outage.narrow") && reason.contains("at most 16 characters"), "{no}");
    for id in &sessions {
        assert!(etr_of(id).await.is_null(), "nothing is half done");
    }
    let taken = app.post_as(&app.admin, "/v1/events", &[("idempotency-key", "oms-2")], &happened("18:30")).await;
    assert_eq!(taken.ok(202)["sessions"], 2);
    for id in &sessions {
        assert_eq!(etr_of(id).await, "18:30");
    }
    // One alone may have room for it.
    let wide = json!({ "event": "changed", "session": sessions[0], "data": { "etr": "when the cable is mended" } });
    assert_eq!(app.post("/v1/events", &wide).await.ok(202)["sessions"], 1);
    // The request that was taken is answered as it was, whatever begins meanwhile.
    let narrow = flow("outage.tight", "text:4");
    app.post("/v1/flows", &json!({ "text": narrow, "activate": true })).await.ok(201);
    app.post("/v1/sessions", &json!({ "flow": "outage.tight", "to": "+380501112255", "data": { "place": "Mill" } })).await.ok(202);
    let again = app.post_as(&app.admin, "/v1/events", &[("idempotency-key", "oms-2")], &happened("18:30")).await;
    assert_eq!((again.header("idempotent-replayed"), again.ok(202)["sessions"].clone()), ("true", json!(2)));
}

#[tokio::test]
async fn a_stream_goes_on_where_its_reader_left_off() {
    let app = TestApp::start().await;
    app.post("/v1/sessions", &past_due("733")).await.ok(202);
    let all = app.stream("/v1/events/stream?after=0", &[], 4).await;
    let ids: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids[..4], ["1", "2", "3", "4"]);
    assert_eq!(all[0].1, "session.opened");
    let rest = app.stream("/v1/events/stream?after=0", &[("last-event-id", "2")], 1).await;
    assert_eq!(rest[0].0, "3", "the header is newer than the address");
    let sent = json!({ "to": PERSON, "text": "hi", "policy": "once" });
    let (live, _) = tokio::join!(app.stream("/v1/events/stream?after=5", &[], 1), app.post("/v1/messages", &sent));
    assert_eq!(live[0], ("6".to_owned(), "message.accepted".to_owned()));
}
