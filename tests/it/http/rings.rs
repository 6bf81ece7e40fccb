//! `/v1/rings` and `/v1/modems/{name}/at`: what leaves the box otherwise than as a text.

use answerback::engine::ring;
use answerback::modem::io::{AtEnd, Identity, ModemCommand, RingEnd};
use answerback::store::{Modem, Queue};
use answerback::terms::Scope;
use answerback::time::Timestamp;
use serde_json::{Value, json};

use super::{PERSON, TestApp};

async fn plug_in(app: &TestApp) {
    let row = Modem { iccid: Some("8938001".to_owned()), ..Modem::new("north", "/dev/x", Timestamp::from_unix_ms(1_795_000_000_000)) };
    app.engine.run(Queue::Modems, move |work| Ok(work.tx.save_modem(&row)?)).await.expect("a modem");
}

#[tokio::test]
async fn a_ring_is_ordered_once_by_its_key_and_told_as_it_is() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let body = json!({ "to": PERSON, "seconds": 20, "times": 2 });
    let key = app.key(&[Scope::SendAlarm]).await;
    let headers = [("idempotency-key", "pump-3")];
    let ordered = app.post_as(&key, "/v1/rings", &headers, &body).await;
    let list = ordered.ok(202)["id"].clone();
    assert_eq!(app.post_as(&key, "/v1/rings", &headers, &body).await.ok(202)["id"], list, "the same key rings nobody twice");
    assert_eq!(app.get("/v1/rings").await.ok(200)["items"].as_array().map(Vec::len), Some(2));
    let _queue = app.fleet.join("north");
    app.fleet.ready("north", &Identity { imei: "35".to_owned(), iccid: "8938001".to_owned(), ..Identity::default() }, app.engine.now());
    let ringers = app.fleet.ringers();
    let given = app.engine.run(Queue::Modems, move |work| ring::claim(work, &ringers)).await.expect("claimed").into_inner();
    let id = given[0].1.id;
    app.engine.run(Queue::Modems, move |work| ring::ended(work, id, &RingEnd::Answered, true)).await.expect("noted");
    let told = app.get(&format!("/v1/rings/{list}")).await;
    let states: Vec<Value> = told.ok(200)["calls"].as_array().into_iter().flatten().map(|call| call["state"].clone()).collect();
    assert_eq!((states, &told.ok(200)["open"]), (vec![json!("answered"), json!("withdrawn")], &json!(false)));
    assert!(told.ok(200)["calls"][0]["words"].as_str().is_some_and(|words| words.contains("no acknowledgement")), "{}", told.text);
    app.post(&format!("/v1/rings/{list}/cancel"), &json!({})).await.problem(409, "not_cancellable");
    app.get("/v1/rings/77").await.problem(404, "not_found");
    assert!(app.get("/v1/modems/north").await.ok(200)["voice"].as_str().is_some_and(|words| words.contains("can call")));
}

#[tokio::test]
async fn only_who_may_send_alarms_rings_and_only_numbers_are_rung() {
    let app = TestApp::start().await;
    for scope in [Scope::SendNotice, Scope::Read, Scope::Agent] {
        let key = app.key(&[scope]).await;
        app.post_as(&key, "/v1/rings", &[], &json!({ "to": PERSON })).await.problem(403, "scope");
    }
    app.post("/v1/rings", &json!({ "to": "112" })).await.problem(422, "invalid_number");
    app.post("/v1/rings", &json!({ "to": PERSON, "seconds": 90 })).await.problem(422, "invalid");
    app.post("/v1/rings", &json!({ "to": PERSON, "says": "hello" })).await.problem(422, "invalid");
}

#[tokio::test]
async fn a_command_goes_out_as_it_was_looked_at_and_both_ends_are_on_record() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let path = "/v1/modems/north/at";
    app.post(path, &json!({ "command": "AT+CSQ" })).await.problem(409, "modem_gone");
    let mut queue = app.fleet.join("north");
    let fleet = app.fleet.clone();
    let typed = json!({ "command": " at + csq " });
    let (answer, ()) = tokio::join!(app.post(path, &typed), async {
        let Some(ModemCommand::At(errand)) = queue.recv().await else { panic!("a command") };
        assert_eq!(errand.line, "AT+CSQ");
        fleet.at_ended(errand.id, AtEnd::Answered { lines: vec!["+CSQ: 20,99".to_owned(), "OK".to_owned()] });
    });
    assert_eq!(answer.ok(200), json!({ "command": "AT+CSQ", "lines": ["+CSQ: 20,99", "OK"] }));
    let typed = json!({ "command": "AT+COPS?" });
    let (refused, ()) = tokio::join!(app.post(path, &typed), async {
        let Some(ModemCommand::At(errand)) = queue.recv().await else { panic!("a command") };
        fleet.at_ended(errand.id, AtEnd::NotSent { why: "ringing" });
    });
    refused.problem(409, "at_busy");
    let audit = app.get("/v1/audit").await;
    let rows: Vec<(Value, Value)> =
        audit.ok(200)["items"].as_array().into_iter().flatten().map(|row| (row["action"].clone(), row["detail"].clone())).collect();
    assert!(rows.contains(&(json!("modem.at"), json!("AT+CSQ"))), "{}", audit.text);
    assert!(rows.contains(&(json!("modem.at.answered"), json!("+CSQ: 20,99 | OK"))), "{}", audit.text);
    assert!(rows.contains(&(json!("modem.at.answered"), json!("not sent: ringing"))), "{}", audit.text);
}

#[tokio::test]
async fn a_command_that_could_harm_says_what_to_do_instead() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let mut queue = app.fleet.join("north");
    for (command, code, instead) in [
        ("AT+CMGS=20", "at_sends", "answerback send"),
        ("ATD+15550100200;", "at_several", "without `;`"),
        ("ATD+15550100200", "at_basic", "answerback ring"),
        ("AT+CPIN=\"1234\"", "at_locks", "answerback modem pin"),
        ("AT+CUSD=1,\"*100#\"", "at_ussd", "answerback modem ussd"),
        ("AT+CFUN=1,1", "at_restarts", "answerback modem restart"),
    ] {
        let problem = app.post("/v1/modems/north/at", &json!({ "command": command })).await.problem(422, code);
        assert!(problem["detail"].as_str().is_some_and(|words| words.contains(instead)), "{command}: {problem}");
    }
    let key = app.key(&[Scope::Agent]).await;
    app.post_as(&key, "/v1/modems/north/at", &[], &json!({ "command": "AT" })).await.problem(403, "scope");
    app.post("/v1/modems/south/at", &json!({ "command": "AT" })).await.problem(404, "not_found");
    assert!(queue.try_recv().is_err(), "nothing went out");
    assert!(!app.get("/v1/audit").await.text.contains("1234"), "what was refused is not on record with its PIN");
}
