//! Conversations, tasks and consents.

use answerback::conversation::effect::{NewTask, TaskKind};
use answerback::engine::receive::{self, Arrival};
use answerback::ids::TaskId;
use answerback::msisdn::Msisdn;
use answerback::store::Queue;
use answerback::text::Text;
use serde_json::json;

use super::{PERSON, TestApp, deliver, past_due};

/// A text of the person comes in.
async fn hears(app: &TestApp, words: &str) {
    let hex = deliver(PERSON, app.engine.now(), words);
    let arrival = Arrival { sim: "8938003000000000001".to_owned(), modem: "north".to_owned(), hex, slot: None, live: true };
    app.engine.run(Queue::Modems, move |work| receive::pdu(work, &arrival)).await.expect("received");
}

#[tokio::test]
async fn how_long_a_closed_conversation_is_kept_is_the_choice_of_the_admin() {
    let app = TestApp::start().await;
    let path = format!("/v1/conversations/{}", PERSON.replace('+', "%2B"));
    for (minutes, queue) in [(60, "billing"), (0, "default")] {
        let settings = json!({ "settings": { "keep_closed_minutes": minutes } });
        app.post("/v1/config", &settings).await.ok(200);
        assert_eq!(app.get("/v1/settings").await.ok(200)["keep_closed_minutes"], minutes);
        assert_eq!(app.post(&format!("{path}/take"), &json!({ "queue": "billing" })).await.status, 204);
        app.post(&format!("{path}/close"), &json!({})).await.ok(200);
        hears(&app, &format!("one more word about it, part {minutes}")).await;
        let tasks = app.get("/v1/tasks").await.ok(200);
        assert_eq!(tasks["items"][0]["queue"], queue, "{minutes} minutes: {tasks}");
    }
    app.post("/v1/config", &json!({ "settings": { "keep_closed_minutes": 100_000 } })).await.problem(422, "invalid");
}

#[tokio::test]
async fn a_conversation_shows_everything_with_one_person() {
    let app = TestApp::start().await;
    app.post("/v1/sessions", &past_due("733")).await.ok(202);
    let one = app.get("/v1/conversations/%2B12025550123").await.ok(200);
    assert_eq!((&one["msisdn"], &one["sessions"][0]["flow"]), (&json!(PERSON), &json!("pay.past_due")));
    assert_eq!(one["thread"][0]["direction"], "out");
    app.get("/v1/conversations/nobody").await.problem(400, "bad_query");
}

#[tokio::test]
async fn a_thread_is_taken_by_one_and_given_back() {
    let app = TestApp::start().await;
    let path = format!("/v1/conversations/{}", PERSON.replace('+', "%2B"));
    assert_eq!(app.post(&format!("{path}/take"), &json!({})).await.status, 204);
    let other = app.key(&[answerback::terms::Scope::Agent]).await;
    app.post_as(&other, &format!("{path}/take"), &[], &json!({})).await.problem(409, "taken");
    assert_eq!(app.post(&format!("{path}/release"), &json!({})).await.status, 204);
    app.post(&format!("{path}/release"), &json!({})).await.problem(409, "not_taken");
}

#[tokio::test]
async fn the_first_reply_takes_the_thread_and_another_agent_is_told() {
    let app = TestApp::start().await;
    app.post("/v1/sessions", &past_due("733")).await.ok(202);
    let path = format!("/v1/conversations/{}", PERSON.replace('+', "%2B"));
    let headers = [("idempotency-key", "r1")];
    let body = json!({ "text": "A person answers you here." });
    let first = app.post_as(&app.admin, &format!("{path}/reply"), &headers, &body).await.ok(202);
    let again = app.post_as(&app.admin, &format!("{path}/reply"), &headers, &body).await;
    assert_eq!((again.ok(202), again.header("idempotent-replayed")), (first, "true"));
    let one = app.get(&path).await.ok(200);
    let by_us: Vec<&str> = one["thread"].as_array().into_iter().flatten().filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(by_us.iter().filter(|text| **text == "A person answers you here.").count(), 1, "{by_us:?}");
    assert!(one["held_by"].as_str().is_some_and(|who| who.starts_with("key_")), "{one}");
    let other = app.key(&[answerback::terms::Scope::Agent]).await;
    for verb in ["reply", "close"] {
        app.post_as(&other, &format!("{path}/{verb}"), &[], &json!({ "text": "me too" })).await.problem(409, "taken");
    }
    app.post(&format!("{path}/reply"), &json!({ "text": " " })).await.problem(422, "invalid");
}

#[tokio::test]
async fn a_note_stays_beside_the_thread_and_close_ends_its_sessions() {
    let app = TestApp::start().await;
    let begun = app.post("/v1/sessions", &past_due("733")).await.ok(202);
    let path = format!("/v1/conversations/{}", PERSON.replace('+', "%2B"));
    let noted = app.post(&format!("{path}/note"), &json!({ "text": "Called: pays on Friday.", "session": begun["id"] })).await.ok(201);
    assert_eq!(noted["session"], begun["id"]);
    let one = app.get(&path).await.ok(200);
    assert_eq!(one["notes"][0]["text"], "Called: pays on Friday.");
    assert_eq!(one["thread"].as_array().map(Vec::len), Some(1), "a note is never texted: {one}");
    let elsewhere = app.post("/v1/conversations/%2B12025550999/note", &json!({ "text": "x", "session": begun["id"] })).await;
    assert_eq!(elsewhere.problem(422, "invalid")["errors"][0]["pointer"], "/session");
    assert_eq!(app.post(&format!("{path}/close"), &json!({})).await.ok(200)["sessions"], 1);
    assert_eq!(app.get(&path).await.ok(200)["sessions"][0]["state"], "closed");
    assert_eq!(app.post(&format!("{path}/close"), &json!({})).await.ok(200)["sessions"], 0);
}

#[tokio::test]
async fn a_thread_is_given_back_to_a_chosen_step() {
    let app = TestApp::start().await;
    let id = app.post("/v1/sessions", &past_due("733")).await.ok(202)["id"].clone();
    let path = format!("/v1/conversations/{}", PERSON.replace('+', "%2B"));
    let release = format!("{path}/release");
    assert_eq!(app.post(&format!("{path}/take"), &json!({})).await.status, 204);
    for (body, pointer) in [
        (json!({ "session": id }), "/step"),
        (json!({ "step": "why" }), "/session"),
        (json!({ "session": id, "step": "nowhere" }), "/step"),
        // Nobody has said yes to it.
        (json!({ "session": id, "step": "charge" }), "/step"),
    ] {
        assert_eq!(app.post(&release, &body).await.problem(422, "invalid")["errors"][0]["pointer"], pointer, "{body}");
        let one = app.get(&path).await.ok(200);
        assert!(one["held_by"].is_string() && one["sessions"][0]["step"] == "ask", "{body}: nothing has happened: {one}");
    }
    let stranger = "/v1/conversations/%2B12025550999";
    assert_eq!(app.post(&format!("{stranger}/take"), &json!({})).await.status, 204);
    let body = json!({ "session": id, "step": "why" });
    assert_eq!(app.post(&format!("{stranger}/release"), &body).await.problem(422, "invalid")["errors"][0]["pointer"], "/session");
    assert_eq!(app.post(&release, &body).await.status, 204);
    let one = app.get(&path).await.ok(200);
    assert!(one["held_by"].is_null() && one["sessions"][0]["step"] == "why", "{one}");
    let texts: Vec<&str> = one["thread"].as_array().into_iter().flatten().filter_map(|line| line["state"].as_str()).collect();
    assert_eq!(texts.iter().filter(|state| **state == "withdrawn").count(), 1, "the older prompt is taken back: {one}");
}

#[tokio::test]
async fn the_note_of_a_call_moves_its_session_or_closes_it() {
    let app = TestApp::start().await;
    let id = app.post("/v1/sessions", &past_due("733")).await.ok(202)["id"].clone();
    let path = format!("/v1/conversations/{}", PERSON.replace('+', "%2B"));
    let note = format!("{path}/note");
    for (body, pointer) in [
        (json!({ "text": "Called.", "close": true }), "/session"),
        (json!({ "text": "Called.", "go": "why" }), "/session"),
        (json!({ "text": "Called.", "session": id, "close": true, "go": "why" }), "/go"),
        (json!({ "text": "Called.", "session": id, "go": "charge" }), "/step"),
    ] {
        assert_eq!(app.post(&note, &body).await.problem(422, "invalid")["errors"][0]["pointer"], pointer, "{body}");
    }
    assert_eq!(app.get(&path).await.ok(200)["notes"].as_array().map(Vec::len), Some(0), "a refused note is none");
    app.post(&note, &json!({ "text": "Called: wants other choices.", "session": id, "go": "why" })).await.ok(201);
    assert_eq!(app.get(&path).await.ok(200)["sessions"][0]["step"], "why");
    app.post(&note, &json!({ "text": "Called: has paid.", "session": id, "close": true })).await.ok(201);
    let one = app.get(&path).await.ok(200);
    assert_eq!((&one["sessions"][0]["state"], one["notes"].as_array().map(Vec::len)), (&json!("closed"), Some(2)), "{one}");
    app.post(&note, &json!({ "text": "Called again.", "session": id, "go": "why" })).await.problem(409, "already_ended");
}

#[tokio::test]
async fn who_stopped_texts_is_not_written_to_unasked() {
    let app = TestApp::start().await;
    app.post("/v1/consents", &json!({ "msisdn": PERSON, "granted": false, "proof": "letter 12" })).await.ok(201);
    let path = format!("/v1/conversations/{}/reply", PERSON.replace('+', "%2B"));
    app.post(&path, &json!({ "text": "hello" })).await.problem(409, "opted_out");
}

#[tokio::test]
async fn a_task_is_listed_and_closed_once() {
    let app = TestApp::start().await;
    let task = NewTask {
        kind: TaskKind::Callback,
        queue: "billing".to_owned(),
        urgent: true,
        note: Text::new("ring them"),
        session: None,
        msisdn: Some(Msisdn::from_e164(PERSON).expect("a number")),
        due: None,
    };
    let id = app.engine.run(Queue::Others, move |work| {
        let id = TaskId::new(work.now, work.chance);
        work.tx.insert_task(id, &task, work.now)?;
        Ok(id)
    });
    let id = id.await.expect("a task").into_inner();
    let listed = app.get("/v1/tasks").await.ok(200);
    assert_eq!((&listed["items"][0]["kind"], &listed["items"][0]["msisdn"]), (&json!("callback"), &json!(PERSON)));
    let closed = app.post(&format!("/v1/tasks/{id}/close"), &json!({})).await.ok(200);
    assert!(closed["closed_by"].as_str().is_some_and(|who| who.starts_with("key_")), "{closed}");
    app.post(&format!("/v1/tasks/{id}/close"), &json!({})).await.problem(409, "already_closed");
    assert_eq!(app.get("/v1/tasks").await.ok(200)["items"], json!([]));
    assert_eq!(app.get("/v1/tasks?open=false").await.ok(200)["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn consent_is_recorded_with_its_proof() {
    let app = TestApp::start().await;
    let body = json!({ "msisdn": "(202) 555-0123", "granted": true, "categories": ["survey"], "proof": "web form 77", "shown": "I agree to texts." });
    app.post("/v1/consents", &body).await.ok(201);
    let records = app.get("/v1/consents/%2B12025550123").await.ok(200);
    assert_eq!(records["items"][0]["categories"], json!(["survey"]));
    assert_eq!((&records["items"][0]["granted"], &records["items"][0]["proof"]), (&json!(true), &json!("web form 77")));
    let by = records["items"][0]["by"].as_str().unwrap_or_default();
    assert!(by.starts_with("key_") && records["items"][0]["source"] == "api", "{records}");
    assert_eq!((&records["items"][0]["shown"], &records["items"][0]["sim"]), (&json!("I agree to texts."), &json!(null)));
    let unproved = json!({ "msisdn": PERSON, "granted": true, "proof": " " });
    assert_eq!(app.post("/v1/consents", &unproved).await.problem(422, "invalid")["errors"][0]["pointer"], "/proof");
}

#[tokio::test]
async fn a_safety_text_past_a_stop_is_on_record() {
    let app = TestApp::start().await;
    let flow = "flow = \"gas\"\nlane = \"safety\"\nstart = \"say\"\nexpires = \"1h\"\n[step]\nsay = { done = { en = \"{utility}: leave the building.\" } }\n";
    let import = json!({ "flow": [{ "text": flow }], "settings": { "safety_passes_stop": true } });
    app.post("/v1/config", &import).await.ok(200);
    app.post("/v1/consents", &json!({ "msisdn": PERSON, "granted": false, "proof": "letter 12" })).await.ok(201);
    app.post("/v1/sessions", &json!({ "flow": "gas", "to": PERSON })).await.problem(409, "opted_out");
    let approved = json!({ "approver": "Anna Bell", "reason": "gas at the pumping station" });
    app.post("/v1/sessions", &json!({ "flow": "gas", "to": PERSON, "pass_stop": approved })).await.ok(202);
    let audit = app.get("/v1/audit").await.ok(200);
    let row = &audit["items"][0];
    assert_eq!((&row["action"], &row["subject"]), (&json!("stop.passed"), &json!(PERSON)));
    assert_eq!((&row["detail"]["approver"], &row["detail"]["reason"]), (&approved["approver"], &approved["reason"]));
    assert!(row["who"].as_str().is_some_and(|who| who.starts_with("key_")), "{row}");
    assert_eq!(app.get("/v1/audit/verify").await.ok(200), json!({ "whole": true, "rows": 1, "broken_at": null }));
    let past_due = json!({ "flow": "pay.past_due", "to": PERSON, "data": past_due("1")["data"], "pass_stop": approved });
    app.post("/v1/sessions", &past_due).await.problem(403, "stop_not_passable");
}

#[tokio::test]
async fn a_contact_is_known_and_forgotten() {
    let app = TestApp::start().await;
    app.get("/v1/contacts/%2B12025550123").await.problem(404, "not_found");
    let hours = "mon-fri 07:00-22:00; sat,sun,hol 09:00-22:00";
    let body = json!({ "number": "(202) 555-0123", "language": "es", "zone": "America/Chicago", "facts": { "outage_hours": hours, "meter": "M-7" } });
    let made = app.post("/v1/contacts", &body).await.ok(201);
    assert_eq!((&made["number"], &made["accounts"], &made["zone"]), (&json!(PERSON), &json!(1), &json!("America/Chicago")));
    let more = json!({ "number": PERSON, "accounts": 2, "zone": "", "facts": { "meter": null } });
    let changed = app.post("/v1/contacts", &more).await.ok(201);
    assert_eq!(
        (&changed["language"], &changed["zone"], &changed["accounts"]),
        (&json!("es"), &json!(null), &json!(2)),
        "what is left out stays"
    );
    assert_eq!(changed["facts"], json!({ "outage_hours": hours }));
    assert_eq!(app.get("/v1/contacts/%2B12025550123").await.ok(200), changed);
    assert_eq!(app.get("/v1/contacts").await.ok(200)["items"], json!([changed]));
    for (pointer, value) in [
        ("/language", json!("klingon")),
        ("/zone", json!("the north")),
        ("/accounts", json!(0)),
        ("/number", json!("12")),
        ("/facts/outage_hours", json!("whenever")),
        ("/facts/x", json!({ "a": 1 })),
    ] {
        let mut wrong = json!({ "number": PERSON, "facts": {} });
        let (around, key) = pointer.rsplit_once('/').expect("a pointer");
        wrong.pointer_mut(around).expect("a place")[key] = value;
        let reply = app.post("/v1/contacts", &wrong).await;
        assert!((400..500).contains(&reply.status), "{pointer}: {}", reply.text);
        assert!(reply.text.contains(&format!("\"{pointer}\"")), "{pointer}: {}", reply.text);
    }
    let doubted = app.post("/v1/contacts", &json!({ "number": PERSON, "verified": false })).await.ok(201);
    assert_eq!((&doubted["unverified"], &doubted["facts"]), (&json!("wrong number"), &json!({ "outage_hours": hours })), "{doubted}");
    app.post("/v1/sessions", &past_due("733")).await.problem(409, "wrong_number");
    let verified = app.post("/v1/contacts", &json!({ "number": PERSON, "verified": true })).await.ok(201);
    assert_eq!(verified["unverified"], json!(null));
    app.post("/v1/sessions", &past_due("733")).await.ok(202);
    let thread = app.get("/v1/conversations/%2B12025550123").await.ok(200);
    let text = thread["thread"][0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("Responda"), "in the language of the contact: {text}");
    assert_eq!(
        app.call("DELETE", "/v1/contacts/%2B12025550123", &[("authorization", &format!("Bearer {}", app.admin))], Vec::new()).await.status,
        204
    );
    app.get("/v1/contacts/%2B12025550123").await.problem(404, "not_found");
}
