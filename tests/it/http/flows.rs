//! `/v1/flows`.

use answerback::ids::SessionId;
use answerback::store::{InboundRow, Queue, Verdict};
use answerback::text::Text;
use serde_json::json;

use super::{PAST_DUE, TestApp};

#[tokio::test]
async fn revisions_are_kept_activated_and_retired() {
    let app = TestApp::start().await;
    let same = app.post("/v1/flows", &json!({ "text": PAST_DUE })).await.ok(201);
    assert_eq!((&same["revision"], &same["active"]), (&json!(1), &json!(true)), "the same text is the same revision");
    let changed = PAST_DUE.replace("72h", "73h");
    let new = app.post("/v1/flows", &json!({ "text": changed })).await.ok(201);
    assert_eq!((&new["name"], &new["revision"], &new["active"]), (&json!("pay.past_due"), &json!(2), &json!(false)));
    app.post("/v1/flows/pay.past_due/activate", &json!({ "revision": 2 })).await.ok(200);
    assert_eq!(app.get("/v1/flows").await.ok(200)["items"][0]["active_revision"], 2);
    let detail = app.get("/v1/flows/pay.past_due").await.ok(200);
    assert_eq!((&detail["revisions"][0]["text"], &detail["revisions"][1]["active"]), (&json!(changed), &json!(false)));
    app.post("/v1/flows/pay.past_due/activate", &json!({ "revision": 9 })).await.problem(404, "not_found");
    assert_eq!(app.post("/v1/flows/pay.past_due/retire", &json!({})).await.status, 204);
    app.post("/v1/flows/pay.past_due/retire", &json!({})).await.problem(404, "not_found");
    app.post("/v1/sessions", &super::past_due("1")).await.problem(422, "unknown_flow");
}

/// A word that begins one flow of the box and answers a question of another: the upload says so, and so do the list and the check.
#[tokio::test]
async fn a_keyword_that_answers_a_question_of_another_flow_is_told() {
    let app = TestApp::start().await;
    let text = "flow = \"sure\"\nlane = \"account\"\nbegin = { words = { en = [\"sure\"] } }\nstart = \"b\"\nexpires = \"1h\"\n[step]\n\
                b = { done = { en = \"{utility}: fine.\" } }\n";
    let said = |findings: &serde_json::Value| {
        let reasons = findings.as_array().into_iter().flatten().map(|finding| finding["reason"].to_string()).collect::<String>();
        reasons.contains("is also an answer in flow pay.past_due (step.ask)")
    };
    let checked = app.post("/v1/flows/check", &json!({ "text": text })).await.ok(200);
    assert!(checked["ok"] == true && said(&checked["findings"]), "{checked}");
    let put = app.post("/v1/flows", &json!({ "text": text, "activate": true })).await.ok(201);
    assert!(put["active"] == true && said(&put["findings"]), "{put}");
    assert_eq!(put["findings"][0]["severity"], "warning");
    let listed = app.get("/v1/flows").await.ok(200);
    let of = |name: &str| listed["items"].as_array().into_iter().flatten().find(|flow| flow["name"] == name).cloned().expect("listed");
    assert!(said(&of("sure")["findings"]), "{listed}");
    let other = of("pay.past_due")["findings"].to_string();
    assert!(other.contains("`sure` is an answer here and begins flow sure"), "{listed}");
}

#[tokio::test]
async fn a_broken_flow_is_told_by_line_and_not_kept() {
    let app = TestApp::start().await;
    let broken = PAST_DUE.replace("start = ", "strat = ");
    let refused = app.post("/v1/flows", &json!({ "text": broken, "file": "pay.flow.toml" })).await;
    let problem = refused.problem(422, "bad_flow");
    let reason = problem["errors"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("pay.flow.toml:") && reason.contains("start"), "{reason}");
    let checked = app.post("/v1/flows/check", &json!({ "text": broken })).await.ok(200);
    assert_eq!((&checked["ok"], &checked["findings"][0]["severity"]), (&json!(false), &json!("error")));
    assert!(checked["findings"][0]["line"].as_u64().is_some_and(|line| line > 0), "{checked}");
    let nowhere = PAST_DUE.replace("fail = \"form\"", "fail = \"from\"");
    let warned = app.post("/v1/flows/check", &json!({ "text": nowhere })).await.ok(200);
    assert!(
        warned["findings"]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one["reason"].as_str().is_some_and(|reason| reason.contains("from"))))
    );
    app.post("/v1/flows", &json!({ "text": nowhere })).await.problem(422, "bad_flow");
    let syntax = app.post("/v1/flows/check", &json!({ "text": "flow = " })).await.ok(200);
    assert_eq!((&syntax["ok"], &syntax["findings"][0]["line"]), (&json!(false), &json!(1)));
    assert_eq!(app.post("/v1/flows/check", &json!({ "text": PAST_DUE })).await.ok(200)["ok"], true);
    assert_eq!(app.get("/v1/flows/pay.past_due").await.ok(200)["revisions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_flow_is_tried_before_it_is_put_anywhere() {
    let app = TestApp::start().await;
    let changed = PAST_DUE.replace("Paid {amount}.", "Well paid, {amount}.");
    let body = json!({ "text": changed, "replies": ["N", "4"], "fresh": false });
    let tried = app.post("/v1/flows/try", &body).await.ok(200);
    assert_eq!((&tried["answers"][0]["answer"], &tried["answers"][1]["step"]), (&json!("no"), &json!("later")), "{tried}");
    let paid = json!({ "text": changed, "replies": ["Y"], "set": ["amount=84.50"], "http": ["billing.charge=ok"] });
    let tried = app.post("/v1/flows/try", &paid).await.ok(200);
    assert_eq!(tried["answers"][0]["calls"], json!(["billing.charge"]));
    assert!(tried["answers"][0]["said"][0].as_str().is_some_and(|said| said.contains("Well paid")), "{tried}");
    let outer = "flow = \"outer\"\nlane = \"account\"\nstart = \"in\"\nexpires = \"1d\"\n[step.in]\nrun = \"inner\"\ngo = \"end\"\n[step.end]\ndone = { en = \"{utility}: over.\" }\n";
    let inner = "flow = \"inner\"\nlane = \"account\"\nstart = \"ask\"\nexpires = \"1d\"\n[step.ask]\nask = { en = \"{utility}: one?\" }\nwant = \"yesno\"\non = { yes = \"end\", no = \"end\" }\n[step.end]\ndone = true\n";
    let nested = app.post("/v1/flows/try", &json!({ "text": outer, "beside": [inner], "replies": ["Y"] })).await.ok(200);
    assert_eq!((&nested["answers"][0]["answer"], &nested["answers"][0]["step"]), (&json!("yes"), &json!("end")), "{nested}");
    app.post("/v1/flows/try", &json!({ "text": outer, "beside": ["flow = 1"], "replies": [] })).await.problem(422, "bad_flow");
    app.post("/v1/flows/try", &json!({ "text": PAST_DUE, "replies": ["x".repeat(200_001)] })).await.problem(422, "bad_flow");
    app.post("/v1/flows/try", &json!({ "text": "flow = 1", "replies": [] })).await.problem(422, "bad_flow");
    app.post("/v1/flows/try", &json!({ "text": PAST_DUE, "replies": vec!["Y"; 101] })).await.problem(422, "invalid");
    assert_eq!(app.get("/v1/messages").await.ok(200)["items"], json!([]), "nothing is sent");
    assert_eq!(app.get("/v1/flows/pay.past_due").await.ok(200)["revisions"].as_array().map(Vec::len), Some(1), "nothing is kept");
}

#[tokio::test]
async fn a_new_text_is_held_against_what_customers_wrote() {
    let app = TestApp::start().await;
    let begun = app.post("/v1/sessions", &super::past_due("733")).await.ok(202);
    let id: SessionId = begun["id"].as_str().expect("an id").parse().expect("an id");
    let written = app.engine.run(Queue::Others, move |work| {
        let question = work.tx.questions_of(id)?.first().map(|question| question.id);
        for (text, outcome, answer) in [("Y", "answer", Some("yes")), ("hazlo ya", "unclear", None), ("hazlo ya", "unclear", None)] {
            let row = InboundRow {
                id: 0,
                from: None,
                sender: super::PERSON.to_owned(),
                sim: "A".to_owned(),
                text: Text::new(text),
                hex: None,
                scts: None,
                offset_ms: 0,
                samples: 0,
                received_at: work.now,
                live: true,
                parts_have: 1,
                parts_total: 1,
                redelivered: 0,
                rule: None,
                outcome: None,
                session: None,
                question: None,
                answer: None,
                why: String::new(),
                candidates: Vec::new(),
                danger: false,
            };
            let inbound = work.tx.insert_inbound(&row)?;
            let verdict = Verdict { rule: 12, outcome, session: Some(id), question, answer, why: "", candidates: &[], danger: false };
            work.tx.save_verdict(inbound, &verdict)?;
        }
        Ok(())
    });
    written.await.expect("written");
    let hold = async |text: &str| app.post("/v1/flows/rehearse", &json!({ "text": text, "since": "1d" })).await.ok(200);
    let same = hold(super::PAST_DUE).await;
    assert_eq!((&same["replies"], &same["same"], &same["differs"]), (&json!(3), &json!(3), &json!([])), "{same}");
    let wider = hold(&super::PAST_DUE.replace("es = [\"pagar\"]", "es = [\"pagar\", \"hazlo ya\"]")).await;
    let differs = json!([{ "step": "ask", "text": "hazlo ya", "was": "unclear", "now": "yes", "times": 2 }]);
    assert_eq!(wider["differs"], differs, "{wider}");
    assert_eq!((&wider["unclear_before"], &wider["unclear_now"]), (&json!(2), &json!(0)));
    let renamed = hold(&super::PAST_DUE.replace("[step.ask]", "[step.question]").replace("\"ask\"", "\"question\"")).await;
    assert_eq!(renamed["gone"], 3, "{renamed}");
    let session = app.get(&format!("/v1/sessions/{id}")).await.ok(200);
    assert_eq!(session["step"], "ask", "nothing has moved");
    app.post("/v1/flows/rehearse", &json!({ "text": "flow = 1" })).await.problem(422, "bad_flow");
    app.post("/v1/flows/rehearse", &json!({ "text": super::PAST_DUE, "since": "a month" })).await.problem(422, "invalid");
}
