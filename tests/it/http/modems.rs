//! `/v1/modems`, `/v1/status`, health and metrics.

use answerback::delivery::cap::{Cap, Held, Usage};
use answerback::engine::{Work, balance, modems, pin, recovery, told, ussd};
use answerback::modem::io::{Cell, Identity, ModemEvent, UssdEnd};
use answerback::modem::wire::Way;
use answerback::store::{ClockJump, Modem, Newest, Queue, Sim};
use answerback::terms::{Ailment, Rung};
use answerback::time::Timestamp;
use serde_json::json;

use super::TestApp;

const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

async fn plug_in(app: &TestApp) {
    let row = Modem { iccid: Some("8938001".to_owned()), signal_dbm: Some(-71), ..Modem::new("north", "/dev/x", NOW) };
    let plugged_in = move |work: &mut Work<'_, '_>| {
        work.tx.save_modem(&row)?;
        pin::set(work, "north", Some("4711"))
    };
    app.engine.run(Queue::Modems, plugged_in).await.expect("a modem with a PIN");
}

#[tokio::test]
async fn a_modem_is_shown_without_its_pin() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let listed = app.get("/v1/modems").await;
    assert_eq!((&listed.ok(200)["items"][0]["name"], &listed.ok(200)["items"][0]["state"]), (&json!("north"), &json!("unknown")));
    assert!(!listed.text.contains("4711") && !listed.text.contains("pin"), "{}", listed.text);
    assert_eq!(app.get("/v1/modems/north").await.ok(200)["signal_dbm"], -71);
    app.get("/v1/modems/south").await.problem(404, "not_found");
    assert_eq!(app.get("/v1/status").await.ok(200)["modems"][0]["name"], "north");
}

#[tokio::test]
async fn a_sim_at_its_cap_says_so() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let now = app.engine.now();
    let until = now.plus(std::time::Duration::from_mins(10));
    let usage = Usage { day_until: until, day_parts: 7, day_people: 2, month_until: until, month_parts: 9, ..Usage::default() };
    let held = Some(Held { cap: Cap::Day, until });
    let sim = Sim { iccid: "8938001".to_owned(), usage, held, ..Sim::default() };
    app.engine.run(Queue::Modems, move |work| Ok(work.tx.save_sim(&sim)?)).await.expect("a SIM");
    let status = app.get("/v1/status").await;
    let want = json!({ "day": 7, "recipients": 2, "month": 9, "held_by": "day", "held_until": until.to_string() });
    assert_eq!(status.ok(200)["sims"][0]["usage"], want);
}

#[tokio::test]
async fn what_went_over_the_port_is_shown_without_the_people() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    assert_eq!(app.get("/v1/modems/north/trace").await.ok(200), json!({ "items": [], "missed": 0 }));
    app.get("/v1/modems/south/trace").await.problem(404, "not_found");
    let wires = app.engine.wires();
    wires.record("north", NOW, Way::Sent, b"AT+CPIN=\"4711\"\r");
    wires.record("north", NOW, Way::Received, b"\r\n+CLIP: \"+15550100200\",145\r\n");
    let first = app.get("/v1/modems/north/trace?after=0").await;
    let octets = |item: usize| first.ok(200)["items"][item]["octets"].as_str().unwrap_or_default().to_owned();
    assert_eq!((octets(0).as_str(), octets(1).as_str()), ("AT+CPIN=\"0000\"\r", "\r\n+CLIP: \"+15000000000\",145\r\n"));
    assert_eq!(first.ok(200)["items"][0]["way"], "sent");
    // A long poll ends with the next octets.
    let (later, ()) = tokio::join!(app.get("/v1/modems/north/trace?after=2&wait=60"), async {
        tokio::task::yield_now().await;
        wires.record("north", NOW, Way::Received, b"\r\nOK\r\n");
    });
    assert_eq!(later.ok(200)["items"][0]["seq"], 3);
    app.get("/v1/modems/north/trace?since=1").await.problem(400, "bad_query");
}

#[tokio::test]
async fn a_restart_needs_a_modem_that_is_there() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    app.post("/v1/modems/north/restart", &json!({})).await.problem(409, "modem_gone");
    let mut queue = app.fleet.join("north");
    app.post("/v1/modems/north/restart", &json!({})).await.ok(200);
    assert!(matches!(queue.try_recv(), Ok(answerback::modem::io::ModemCommand::Restart)));
    app.post("/v1/modems/south/restart", &json!({})).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_pin_is_kept_and_its_modem_is_told() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let mut queue = app.fleet.join("north");
    app.post("/v1/modems/north/pin", &json!({ "pin": "12a4" })).await.problem(422, "invalid");
    app.post("/v1/modems/south/pin", &json!({ "pin": "1234" })).await.problem(404, "not_found");
    let answer = app.post("/v1/modems/north/pin", &json!({ "pin": "1234" })).await;
    answer.ok(200);
    assert!(!answer.text.contains("1234"), "{}", answer.text);
    assert!(matches!(queue.try_recv(), Ok(answerback::modem::io::ModemCommand::Rebuild)));
    let kept = app.engine.read(|reader| reader.pins()).await.expect("the rows");
    assert_eq!(kept.iter().map(|kept| kept.pin.as_str()).collect::<Vec<_>>(), ["1234"]);
}

#[tokio::test]
async fn ready_means_that_a_modem_can_send() {
    let app = TestApp::start().await;
    assert_eq!(app.call("GET", "/healthz", &[], Vec::new()).await.ok(200)["status"], "ok");
    app.call("GET", "/readyz", &[], Vec::new()).await.problem(503, "no_modem");
    let _queue = app.fleet.join("north");
    app.fleet.ready("north", &Identity { imei: "35".to_owned(), iccid: "8938001".to_owned(), ..Identity::default() }, NOW);
    app.call("GET", "/readyz", &[], Vec::new()).await.ok(200);
}

#[tokio::test]
async fn metrics_count_without_naming_anybody() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    app.post("/v1/messages", &json!({ "to": super::PERSON, "text": "hi", "policy": "once" })).await.ok(202);
    let metrics = app.call("GET", "/metrics", &[], Vec::new()).await;
    for line in [
        "answerback_parts_queued 1",
        "answerback_modem_signal_dbm{modem=\"north\"} -71",
        "answerback_events_total 1",
        "answerback_possible_dup_total 0",
        "# EOF",
    ] {
        assert!(metrics.text.contains(line), "{line} in\n{}", metrics.text);
    }
    assert!(!metrics.text.contains("2025550123"));
}

#[tokio::test]
async fn an_exchange_by_ussd_is_a_row_before_it_is_an_answer() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let waits = json!({ "code": "*100#", "wait": 0 });
    for wrong in [json!({}), json!({ "code": "*100#", "reply": "1" }), json!({ "cancel": false }), json!({ "code": "*1#", "wait": 121 })] {
        app.post("/v1/modems/north/ussd", &wrong).await.problem(422, "invalid");
    }
    for wrong in ["", "hello", "*100\"#", "*100#\rAT+CFUN=0"] {
        app.post("/v1/modems/north/ussd", &json!({ "code": wrong, "wait": 0 })).await.problem(422, "invalid");
    }
    app.post("/v1/modems/south/ussd", &waits).await.problem(404, "not_found");
    let key = [("idempotency-key", "k1")];
    let first = app.post_as(&app.admin, "/v1/modems/north/ussd", &key, &waits).await.ok(202);
    assert_eq!((&first["state"], &first["asked"], &first["iccid"]), (&json!("waiting"), &json!("*100#"), &json!("8938001")));
    // The same request is the same exchange, and another one has to wait for it.
    let again = app.post_as(&app.admin, "/v1/modems/north/ussd", &key, &waits).await;
    assert_eq!((again.ok(202)["id"].clone(), again.header("idempotent-replayed")), (first["id"].clone(), "true"));
    app.post("/v1/modems/north/ussd", &waits).await.problem(409, "ussd_open");
    let id = first["id"].as_i64();
    let text = "Balance 5.00".to_owned();
    let end = UssdEnd::Answered { text, menu: false };
    app.engine.run(Queue::Modems, move |work| ussd::ended(work, "north", id, 1, &end)).await.expect("told");
    let ended = app.post_as(&app.admin, "/v1/modems/north/ussd", &key, &waits).await.ok(200);
    assert_eq!((&ended["state"], &ended["answer"]), (&json!("answered"), &json!("Balance 5.00")));
    let listed = app.get("/v1/modems/north/ussd").await.ok(200);
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    app.get("/v1/modems/south/ussd").await.problem(404, "not_found");
}

#[tokio::test]
async fn what_was_under_way_when_the_daemon_stopped_is_never_asked_again() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let ask = async |code: &str| app.post("/v1/modems/north/ussd", &json!({ "code": code, "wait": 0 })).await.ok(202)["id"].clone();
    ask("*100#").await;
    let claimed = app.engine.run(Queue::Modems, ussd::claim).await.expect("claimed").into_inner();
    assert_eq!(claimed.len(), 1);
    app.engine.run(Queue::Modems, answerback::engine::restart::all).await.expect("taken over");
    ask("*101#").await;
    app.engine.run(Queue::Modems, answerback::engine::restart::all).await.expect("taken over");
    let rows = app.get("/v1/modems/north/ussd").await.ok(200);
    let states: Vec<_> = rows["items"].as_array().expect("rows").iter().map(|row| row["state"].as_str().unwrap_or_default()).collect();
    assert_eq!(states, ["not_sent", "unknown"], "{rows}");
    assert!(rows["items"][1]["words"].as_str().is_some_and(|words| words.contains("may have been carried out")), "{rows}");
    let claimed = app.engine.run(Queue::Modems, ussd::claim).await.expect("claimed").into_inner();
    assert!(claimed.is_empty(), "{claimed:?}");
    // What comes late is the truth.
    let id = rows["items"][1]["id"].as_i64();
    let late = UssdEnd::Answered { text: "Done".to_owned(), menu: false };
    app.engine.run(Queue::Modems, move |work| ussd::ended(work, "north", id, 0, &late)).await.expect("told");
    assert_eq!(app.get("/v1/modems/north/ussd").await.ok(200)["items"][1]["state"], "answered");
}

#[tokio::test]
async fn what_was_tried_for_a_modem_is_told() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    assert_eq!(app.get("/v1/modems/north/recoveries").await.ok(200)["items"], json!([]), "nobody knows who it is");
    app.engine
        .run(Queue::Modems, |work| {
            modems::identity(work, "north", &Identity { imei: "35".to_owned(), ..Identity::default() })?;
            recovery::tried(work, "north", Rung::Reopen, Ailment::NoAnswer)?;
            recovery::tried(work, "north", Rung::Reset, Ailment::NoAnswer)
        })
        .await
        .expect("two rungs");
    let items = app.get("/v1/modems/north/recoveries").await.ok(200)["items"].clone();
    assert_eq!((&items[0]["rung"], &items[0]["outcome"], &items[0]["ailment"]), (&json!("reset"), &json!(null), &json!("no_answer")));
    assert_eq!((&items[1]["rung"], &items[1]["outcome"]), (&json!("reopen"), &json!("failed")));
    app.get("/v1/modems/south/recoveries").await.problem(404, "not_found");
}

const SIM: &str = "8938001122334455667";

impl TestApp {
    /// What the engine's loop does with a rule that is due, and what the network says to it.
    async fn asked_for_balance(&self, says: &'static str) -> usize {
        let asked = self.engine.run(Queue::Modems, balance::ask_due).await.expect("asked").into_inner();
        let claimed = self.engine.run(Queue::Modems, ussd::claim).await.expect("claimed").into_inner();
        for (modem, errand) in claimed {
            let end = UssdEnd::Answered { text: says.to_owned(), menu: false };
            self.engine.run(Queue::Modems, move |work| ussd::ended(work, &modem, Some(errand.id), 1, &end)).await.expect("told");
        }
        asked
    }

    /// The rule's time has come.
    async fn due_again(&self) {
        let now = self.engine.now();
        let back = move |work: &mut answerback::engine::Work<'_, '_>| {
            let rule = work.tx.balance(SIM)?.expect("a rule");
            Ok(work.tx.save_balance(&answerback::store::Balance { next_at: now, ..rule })?)
        };
        self.engine.run(Queue::Others, back).await.expect("written");
    }
}

#[tokio::test]
async fn a_balance_is_asked_for_as_often_as_its_rule_says_and_told_when_it_falls() {
    let app = TestApp::start().await;
    let row = Modem { iccid: Some(SIM.to_owned()), state: answerback::store::ModemState::Ready, ..Modem::new("north", "/dev/x", NOW) };
    let plugged_in = move |work: &mut Work<'_, '_>| {
        work.tx.save_modem(&row)?;
        pin::set(work, "north", Some("4711"))
    };
    app.engine.run(Queue::Modems, plugged_in).await.expect("a modem with a PIN");
    let rule = json!({ "iccid": SIM, "code": "*100#", "pattern": "Balance: {} EUR", "warn": "5.00", "critical": "1" });
    for (field, wrong) in [("code", "hello"), ("pattern", "no number"), ("warn", "5,00 EUR"), ("critical", "6.00"), ("iccid", "12")] {
        let mut bad = rule.clone();
        bad[field] = json!(wrong);
        app.post("/v1/balances", &bad).await.problem(422, "invalid");
    }
    let try_on = |rule: &serde_json::Value, answer: Option<&str>| json!({ "rule": rule, "answer": answer });
    let read = |answer: Option<&str>, amount: Option<&str>, level: &str| json!({ "answer": answer, "amount": amount, "level": level });
    for (words, amount, level) in [("Balance: 5.00 EUR", Some("5.00"), "warn"), ("Try later", None, "unknown")] {
        assert_eq!(app.post("/v1/balances/try", &try_on(&rule, Some(words))).await.ok(200), read(Some(words), amount, level));
    }
    assert_eq!(app.post("/v1/balances/try", &try_on(&rule, None)).await.ok(200), read(None, None, "unknown"));
    let mut bad = rule.clone();
    bad["pattern"] = json!("no number");
    let no = app.post("/v1/balances/try", &try_on(&bad, None)).await.problem(422, "invalid");
    assert_eq!(no["errors"][0]["pointer"], "/rule/pattern");
    assert_eq!(app.get("/v1/balances").await.ok(200)["items"], json!([]));
    app.post("/v1/balances", &rule).await.ok(201);
    assert_eq!(app.asked_for_balance("Balance: 12.50 EUR").await, 1);
    assert_eq!(app.post("/v1/balances/try", &try_on(&rule, None)).await.ok(200), read(Some("Balance: 12.50 EUR"), Some("12.50"), "good"));
    assert_eq!(app.asked_for_balance("Balance: 12.50 EUR").await, 0, "not again within a day");
    app.post("/v1/balances", &rule).await.ok(201);
    assert_eq!(app.asked_for_balance("Balance: 12.50 EUR").await, 0, "nor because the rule was written once more");
    app.engine.run(Queue::Modems, answerback::engine::restart::all).await.expect("taken over");
    assert_eq!(app.asked_for_balance("Balance: 12.50 EUR").await, 0, "nor after a restart");
    let back = move |work: &mut answerback::engine::Work<'_, '_>| answerback::engine::modems::ready(work, "north");
    app.engine.run(Queue::Modems, back).await.expect("ready again");
    assert_eq!(app.asked_for_balance("Balance: 12.50 EUR").await, 0, "a restart forgets no time");
    for (says, level) in [
        ("Balance: 12.50 EUR", "good"),
        ("Balance: 5.00 EUR", "warn"),
        ("Balance: 4.10 EUR", "warn"),
        ("Balance: 0.90 EUR", "critical"),
        ("Try later", "critical"),
        ("Balance: 20.00 EUR", "good"),
        ("Balance: 0.10 EUR", "critical"),
    ] {
        app.due_again().await;
        assert_eq!(app.asked_for_balance(says).await, 1, "{says}");
        let last = app.get("/v1/balances").await.ok(200)["items"][0]["last"].clone();
        assert_eq!((&last["level"], last["problem"].is_null()), (&json!(level), says != "Try later"), "{says}: {last}");
    }
    let events = app.get("/v1/events?after=0").await.ok(200);
    let told: Vec<_> = events["items"]
        .as_array()
        .expect("events")
        .iter()
        .filter(|event| event["type"] == "modem.sim")
        .map(|event| event["data"].clone())
        .collect();
    let levels: Vec<_> = told.iter().map(|data| (data["level"].as_str(), data["balance"].as_str())).collect();
    assert_eq!(levels, [(Some("warn"), Some("5.00")), (Some("critical"), Some("0.90")), (Some("critical"), Some("0.10"))]);
    let status = app.get("/v1/status").await.ok(200);
    assert_eq!((&status["sims"][0]["iccid"], &status["sims"][0]["balance"]["amount"]), (&json!(SIM), &json!("0.10")));
    let exported = app.get("/v1/config").await.ok(200);
    assert_eq!(exported["balance"][0]["pattern"], "Balance: {} EUR");
    assert_eq!(app.post("/v1/config", &json!({ "balance": exported["balance"] })).await.ok(200)["balances"], 1);
    app.call("DELETE", &format!("/v1/balances/{SIM}"), &[("authorization", &format!("Bearer {}", app.admin))], Vec::new()).await.ok(204);
    assert_eq!(app.get("/v1/balances").await.ok(200)["items"], json!([]));
}

#[tokio::test]
async fn calls_and_the_signal_of_a_week_are_listed() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    let mut queue = app.fleet.join("north");
    let tell = async |event: ModemEvent| {
        let told = move |work: &mut answerback::engine::Work<'_, '_>| answerback::engine::told::event(work, "north", "8938001", &event);
        app.engine.run(Queue::Modems, told).await.expect("told");
    };
    let call = |number: &str, withheld| ModemEvent::Called {
        number: number.to_owned(),
        withheld,
        rings: 3,
        rejected: false,
        lasted: std::time::Duration::from_secs(10),
    };
    for (number, withheld) in [("+12025550123", false), ("2025550123", false), ("", true), ("anonymous", false)] {
        tell(call(number, withheld)).await;
    }
    let calls = app.get("/v1/calls").await.ok(200);
    let from: Vec<_> =
        calls["items"].as_array().expect("calls").iter().map(|call| (call["from"].as_str(), call["withheld"] == true)).collect();
    assert_eq!(from, [(None, false), (None, true), (Some("+12025550123"), false), (Some("+12025550123"), false)]);
    let events = app.get("/v1/events?after=0").await.ok(200);
    let told = events["items"].as_array().expect("events").iter().filter(|event| event["type"] == "call.received").count();
    assert_eq!(told, 4, "one event a call: {events}");
    for dbm in [Some(-80), Some(-91), None, Some(-75)] {
        tell(ModemEvent::Signal(dbm)).await;
    }
    let signal = app.get("/v1/modems/north/signal").await.ok(200);
    let rows = signal["items"].as_array().expect("rows");
    assert!((1..=2).contains(&rows.len()), "{signal}");
    let low = rows.iter().filter_map(|row| row["low_dbm"].as_i64()).min();
    let high = rows.iter().filter_map(|row| row["high_dbm"].as_i64()).max();
    assert_eq!((low, high), (Some(-91), Some(-75)));
    app.get("/v1/modems/south/signal").await.problem(404, "not_found");
    app.post("/v1/modems/south/reject-calls", &json!({ "reject": true })).await.problem(404, "not_found");
    assert_eq!(app.post("/v1/modems/north/reject-calls", &json!({ "reject": true })).await.ok(200)["reject_calls"], true);
    assert!(matches!(queue.try_recv(), Ok(answerback::modem::io::ModemCommand::RejectCalls(true))));
}

#[tokio::test]
async fn a_week_of_signal_is_kept_and_no_more() {
    let app = TestApp::start().await;
    let ten = answerback::store::SIGNAL_STEP_MS;
    let fill = move |work: &mut answerback::engine::Work<'_, '_>| {
        for step in 0..3_000 {
            work.tx.note_signal("north", -80, NOW.shifted_ms(step * ten))?;
        }
        // The clock was a day ahead.
        work.tx.note_signal("north", -81, NOW.shifted_ms(2_856 * ten))?;
        Ok(work.tx.signals("north", Timestamp::from_unix_ms(0))?)
    };
    let kept = app.engine.run(Queue::Modems, fill).await.expect("written").into_inner();
    assert!((860..=1_008).contains(&kept.len()), "{}", kept.len());
    assert!(kept.windows(2).all(|pair| pair[0].at < pair[1].at));
    assert_eq!(kept.last().map(|row| row.low), Some(-81));
}

#[tokio::test]
async fn the_networks_time_is_shown_beside_the_boxs_clock() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    assert_eq!(app.get("/v1/modems/north").await.ok(200)["network_time"], json!(null));
    let now = app.engine.now();
    let hear = async |ahead_ms: i64, or_ms: Option<i64>| {
        let event = ModemEvent::NetworkTime { at: now.shifted_ms(-ahead_ms), or: or_ms.map(|ahead_ms| now.shifted_ms(-ahead_ms)) };
        let job = move |work: &mut answerback::engine::Work<'_, '_>| {
            work.now = now;
            told::event(work, "north", "8938001", &event)
        };
        app.engine.run(Queue::Modems, job).await.expect("taken");
    };
    app.engine.run(Queue::Modems, |work| modems::ready(work, "north")).await.expect("ready");
    // Behind a modem that may have shown UTC the nearer reading counts.
    let hours = 3_600_000;
    for (ahead_ms, or_ms, seconds, untrusted) in [
        (300_000, None, 300, false),
        (2 * hours, Some(4_000), 4, false),
        (-301_000, None, -301, true),
        (-301_000, Some(9 * hours), -301, true),
    ] {
        hear(ahead_ms, or_ms).await;
        let told = app.get("/v1/modems/north").await.ok(200)["network_time"].clone();
        assert_eq!((&told["box_ahead_s"], &told["untrusted"]), (&json!(seconds), &json!(untrusted)), "{told}");
        let status = app.get("/v1/status").await;
        let codes: Vec<_> = status.ok(200)["health"].as_array().into_iter().flatten().map(|complaint| complaint["code"].clone()).collect();
        assert_eq!(codes, if untrusted { vec![json!("time_untrusted")] } else { Vec::new() });
    }
    let events = app.get("/v1/events").await;
    let kinds: Vec<_> = events.ok(200)["items"].as_array().into_iter().flatten().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "time.untrusted").count(), 1, "{kinds:?}");
    // Set by hand, it is right at once; that is told when the network's time is heard next.
    let jump = ClockJump { from: now, by_ms: 301_000, before: Newest::default() };
    app.engine.run(Queue::Others, move |work| Ok(work.tx.clock_jumped(&jump)?)).await.expect("moved");
    assert_eq!(app.get("/v1/status").await.ok(200)["health"], json!([]));
    hear(0, None).await;
    let last = app.get("/v1/events?after=0").await;
    assert_eq!(
        last.ok(200)["items"].as_array().and_then(|items| items.last()).map(|event| event["type"].clone()),
        Some(json!("time.trusted"))
    );
}

#[tokio::test]
async fn where_a_modem_was_is_kept_stay_by_stay() {
    let app = TestApp::start().await;
    plug_in(&app).await;
    assert_eq!(app.get("/v1/modems/north/places").await.ok(200), json!({ "items": [], "next": null }));
    app.get("/v1/modems/south/places").await.problem(404, "not_found");
    let start = app.engine.now();
    let told = async |minutes: i64, event: ModemEvent| {
        let job = move |work: &mut answerback::engine::Work<'_, '_>| {
            work.now = start.shifted_ms(minutes * 60_000);
            told::event(work, "north", "8938001", &event)
        };
        app.engine.run(Queue::Modems, job).await.expect("taken");
    };
    let at = |stat: u8, operator: Option<&str>, cell: Option<u64>| ModemEvent::Registration {
        stat,
        operator: operator.map(str::to_owned),
        cell: cell.map(|cell| Cell { area: 0x84CD, cell, access: Some(7) }),
    };
    // A signal of nowhere, then the network's name behind the registration.
    told(0, ModemEvent::Signal(Some(-60))).await;
    told(0, at(1, None, Some(0xA))).await;
    told(1, at(1, Some("Net"), Some(0xA))).await;
    told(2, ModemEvent::Signal(Some(-71))).await;
    told(3, ModemEvent::Signal(Some(-90))).await;
    told(3, ModemEvent::Signal(None)).await;
    // To a neighbour and back: two stays, not three.
    told(4, at(1, Some("Net"), Some(0xB))).await;
    told(5, at(1, Some("Net"), Some(0xA))).await;
    assert_eq!(app.get("/v1/modems/north").await.ok(200)["place"]["cell"], "A");
    // Away for longer than an hour, and roaming without a cell.
    told(6, at(2, None, None)).await;
    assert_eq!(app.get("/v1/modems/north").await.ok(200)["place"], json!(null));
    told(120, at(1, Some("Net"), Some(0xA))).await;
    told(121, at(5, Some("Other"), None)).await;
    let listed = app.get("/v1/modems/north/places").await;
    let row = |item: &serde_json::Value| {
        let words = ["operator", "area", "cell", "access"].map(|name| item[name].as_str().unwrap_or("-").to_owned()).join(" ");
        (words, item["visits"].as_u64(), item["low_dbm"].as_i64(), item["high_dbm"].as_i64())
    };
    let rows: Vec<_> = listed.ok(200)["items"].as_array().into_iter().flatten().map(row).collect();
    let stay = |words: &str, visits, low, high| (words.to_owned(), Some(visits), low, high);
    assert_eq!(
        rows,
        [
            stay("Other - - -", 1, None, None),
            stay("Net 84CD A E-UTRAN", 1, None, None),
            stay("Net 84CD B E-UTRAN", 1, None, None),
            stay("Net 84CD A E-UTRAN", 2, Some(-90), Some(-71)),
        ]
    );
    let first = app.get("/v1/modems/north/places?limit=1").await;
    let cursor = first.ok(200)["next"].as_str().expect("more").to_owned();
    assert_eq!(app.get(&format!("/v1/modems/north/places?limit=1&cursor={cursor}")).await.ok(200)["items"][0]["cell"], "A");
    app.get("/v1/modems/north/places?since=1").await.problem(400, "bad_query");
}
