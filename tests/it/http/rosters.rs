//! Rosters, and an alarm that pages one: who is on call, who passes, who has it.

use answerback::store::Queue;
use serde_json::{Value, json};

use super::TestApp;

const ALARM: &str = include_str!("../../../flows/alarm.page.flow.toml");

fn roster(name: &str, people: &Value) -> Value {
    json!({ "name": name, "people": people })
}

fn water() -> Value {
    json!([
        { "name": "Anna", "number": "(202) 555-0301" },
        { "name": "Ben", "number": "+12025550302", "shifts": ["mon-fri 08:00-16:00", "sat,sun 18:00-06:00"] },
    ])
}

#[tokio::test]
async fn a_roster_is_put_in_place_shown_and_taken_away() {
    let app = TestApp::start().await;
    let made = app.post("/v1/rosters", &roster("oncall.water", &water())).await.ok(201);
    assert_eq!(made["people"][0]["number"], "+12025550301", "a national form is read with the box's country");
    assert_eq!(made["people"][1]["shifts"], json!(["mon-fri 08:00-16:00", "sat,sun 18:00-06:00"]));
    let listed = app.get("/v1/rosters").await.ok(200);
    assert_eq!(listed["items"][0]["people"][0]["on_duty"], true, "no shift is always");
    app.post("/v1/rosters", &roster("oncall.water", &json!([{ "name": "Cy", "number": "+12025550303" }]))).await.ok(201);
    assert_eq!(app.get("/v1/rosters/oncall.water").await.ok(200)["people"].as_array().map(Vec::len), Some(1), "it is replaced");
    let bearer = [("authorization", &*format!("Bearer {}", app.admin))];
    assert_eq!(app.call("DELETE", "/v1/rosters/oncall.water", &bearer, Vec::new()).await.status, 204);
    app.get("/v1/rosters/oncall.water").await.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_wrong_with_a_roster_is_pointed_at() {
    let app = TestApp::start().await;
    let one = |name: &str, number: &str, shift: &str| json!([{ "name": name, "number": number, "shifts": [shift] }]);
    let right = "+12025550301";
    for (name, people, pointer) in [
        ("on call", water(), "/name"),
        ("a", json!([]), "/people"),
        ("a", one("", right, "daily 00:00-24:00"), "/people/0/name"),
        ("a", one("Anna Annabella of the Waterworks", right, "daily 00:00-24:00"), "/people/0/name"),
        ("a", one("Anna", "12", "daily 00:00-24:00"), "/people/0/number"),
        ("a", one("Anna", right, "mondays"), "/people/0/shifts/0"),
        ("a", json!([{ "name": "A", "number": right }, { "name": "B", "number": right }]), "/people/1/number"),
    ] {
        let reply = app.post("/v1/rosters", &roster(name, &people)).await;
        assert_eq!(reply.status, 422, "{}", reply.text);
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{}", reply.text);
        let imported = app.post("/v1/config", &json!({ "roster": [roster(name, &people)] })).await;
        assert_eq!(imported.json()["errors"][0]["pointer"], format!("/roster/0{pointer}"), "{}", imported.text);
    }
    assert_eq!(app.get("/v1/rosters").await.ok(200)["items"], json!([]), "nothing was kept");
}

async fn box_with_alarms() -> TestApp {
    let app = TestApp::start().await;
    let endpoint = json!({ "name": "scada.ack", "url": "https://scada.example/ack" });
    let managers = roster("managers.water", &json!([{ "name": "Mia", "number": "+12025550309" }]));
    let two = json!([{ "name": "Anna", "number": "+12025550301" }, { "name": "Ben", "number": "+12025550302" }]);
    let config = json!({ "endpoint": [endpoint], "roster": [roster("oncall.water", &two), managers], "flow": [{ "text": ALARM }] });
    app.post("/v1/config", &config).await.ok(200);
    app
}

async fn alarm(app: &TestApp, name: &str) -> String {
    let data = json!({ "alarm": name, "site": "Pump 3", "text": "low pressure", "level": 1 });
    let begun = app.post("/v1/sessions", &json!({ "flow": "alarm.page", "data": data })).await.ok(202);
    begun["id"].as_str().expect("an id").to_owned()
}

async fn questions(app: &TestApp, session: &str) -> Vec<Value> {
    let detail = app.get(&format!("/v1/sessions/{session}")).await.ok(200);
    detail["questions"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn an_alarm_pages_the_first_of_its_roster_and_its_roster_stays() {
    let app = box_with_alarms().await;
    let session = alarm(&app, "P3").await;
    let asked = questions(&app, &session).await;
    assert_eq!(asked.len(), 1, "one by one: {asked:?}");
    assert_eq!(asked[0]["to"], "+12025550301");
    let bearer = [("authorization", &*format!("Bearer {}", app.admin))];
    app.call("DELETE", "/v1/rosters/oncall.water", &bearer, Vec::new()).await.problem(409, "in_use");
    let exported = app.get("/v1/config").await.ok(200);
    assert_eq!(exported["roster"][1]["people"][0]["name"], "Anna");
    assert_eq!(exported["roster"][1]["people"][0]["on_duty"], json!(null), "an export says nothing of this minute");
    TestApp::start().await.post("/v1/config", &json!({ "roster": exported["roster"] })).await.ok(200);
}

#[tokio::test]
async fn codes_of_one_person_differ_in_two_digits_across_alarms() {
    let app = box_with_alarms().await;
    let mut codes: Vec<String> = Vec::new();
    for n in 0..20 {
        let session = alarm(&app, &format!("P{n}")).await;
        let code = app.engine.run(Queue::Others, move |work| {
            let questions = work.tx.questions_of(session.parse().expect("an id"))?;
            Ok(questions.into_iter().find_map(|question| question.code))
        });
        let code = code.await.expect("read").into_inner().expect("a code");
        for other in &codes {
            let unlike = code.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count() + code.len().abs_diff(other.len());
            assert!(unlike >= 2, "{code} is one slip away from {other}");
        }
        codes.push(code);
    }
}

#[tokio::test]
async fn without_its_roster_an_alarm_flow_is_refused() {
    let app = TestApp::start().await;
    app.post("/v1/endpoints", &json!({ "name": "scada.ack", "url": "https://scada.example/ack" })).await.ok(201);
    let problem = app.post("/v1/flows", &json!({ "text": ALARM })).await.problem(422, "bad_flow");
    assert!(problem.to_string().contains("there is no roster `oncall.water` in the settings"), "{problem}");
}
