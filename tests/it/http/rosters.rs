//! Rosters, and an alarm that pages one: who is on call, who passes, who has it.

use answerback::store::Queue;
use answerback::time::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::TestApp;

const ALARM: &str = include_str!("../../../flows/alarm.page.flow.toml");

fn roster(name: &str, people: &Value) -> Value {
    json!({ "name": name, "people": people })
}

fn water() -> Value {
    json!([
        { "name": "Anna", "number": "(202) 555-0301", "aliases": ["4471", "(202) 555-0399"] },
        { "name": "Ben", "number": "+12025550302", "shifts": ["mon-fri 08:00-16:00", "sat,sun 18:00-06:00"] },
    ])
}

#[tokio::test]
async fn a_roster_is_put_in_place_shown_and_taken_away() {
    let app = TestApp::start().await;
    let made = app.post("/v1/rosters", &roster("oncall.water", &water())).await.ok(201);
    assert_eq!(made["people"][0]["number"], "+12025550301", "a national form is read with the box's country");
    assert_eq!(made["people"][0]["aliases"], json!(["4471", "+12025550399"]));
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
        ("a", json!([{ "name": "A", "number": right, "aliases": ["4471", "x"] }]), "/people/0/aliases/1"),
        (
            "a",
            json!([{ "name": "A", "number": right }, { "name": "B", "number": "+12025550302", "aliases": [right] }]),
            "/people/1/aliases/0",
        ),
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

#[tokio::test]
async fn a_flood_of_alarms_is_one_list() {
    let app = box_with_alarms().await;
    for n in 0..8 {
        alarm(&app, &format!("P{n}")).await;
    }
    let thread = app.get("/v1/conversations/%2B12025550301").await.ok(200);
    let lines = thread["thread"].as_array().cloned().unwrap_or_default();
    let with = |state: &str| lines.iter().filter(|line| line["state"] == state).cloned().collect::<Vec<_>>();
    let (queued, replaced) = (with("queued"), with("withdrawn"));
    assert_eq!((queued.len(), replaced.len()), (4, 4), "three pages, one list, and the shorter lists before it: {lines:#?}");
    let list = queued.last().and_then(|line| line["text"].as_str()).unwrap_or_default().to_owned();
    assert!(list.starts_with("5 ALARMS. ACK ALL takes all of them."), "{list}");
    assert_eq!(list.matches("Pump 3 low pressure").count(), 5, "{list}");
    assert_eq!(thread["thread"].as_array().map(Vec::len), Some(8), "{lines:#?}");
}

#[tokio::test]
async fn where_nobody_can_be_paged_the_control_room_is_told_and_nothing_goes_in_circles() {
    let app = box_with_alarms().await;
    for number in ["+12025550301", "+12025550302", "+12025550309"] {
        let stop = json!({ "msisdn": number, "granted": false, "categories": ["alarm"], "proof": "on leave" });
        app.post("/v1/consents", &stop).await.ok(201);
    }
    assert_eq!(app.get("/v1/rosters/oncall.water").await.ok(200)["people"][0]["on_duty"], false);
    let session = alarm(&app, "P3").await;
    assert!(questions(&app, &session).await.is_empty());
    let detail = app.get(&format!("/v1/sessions/{session}")).await.ok(200);
    assert_eq!((&detail["state"], &detail["step"]), (&json!("asked"), &json!("first")), "it waits for its silence: {detail}");
    let tasks = detail["tasks"].as_array().cloned().unwrap_or_default();
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!((&tasks[0]["queue"], &tasks[0]["urgent"]), (&json!("control_room"), &json!(true)));
    let back = json!({ "msisdn": "+12025550302", "granted": true, "categories": ["alarm"], "proof": "the supervisor, by phone" });
    app.post("/v1/consents", &back).await.ok(201);
    let session = alarm(&app, "P4").await;
    assert_eq!(questions(&app, &session).await[0]["to"], "+12025550302", "the supervisor put Ben back");
}

#[tokio::test]
async fn who_is_off_shift_is_not_paged_and_a_hole_in_the_plan_pages_everybody() {
    let app = box_with_alarms().await;
    // A day on which no shift of today or of last night can begin; the box's zone is UTC.
    let days = SystemClock.now().unix_ms().div_euclid(86_400_000);
    let other = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][(days + 3 + 3).rem_euclid(7) as usize];
    let off = format!("{other} 08:00-16:00");
    let people = json!([{ "name": "Anna", "number": "+12025550301", "shifts": [off] }, { "name": "Ben", "number": "+12025550302" }]);
    app.post("/v1/rosters", &roster("oncall.water", &people)).await.ok(201);
    let session = alarm(&app, "P3").await;
    assert_eq!(questions(&app, &session).await[0]["to"], "+12025550302", "Anna is off");
    let people = json!([{ "name": "Anna", "number": "+12025550301", "shifts": [off] }]);
    app.post("/v1/rosters", &roster("oncall.water", &people)).await.ok(201);
    let session = alarm(&app, "P4").await;
    assert_eq!(questions(&app, &session).await[0]["to"], "+12025550301", "nobody's shift covers now: everybody is paged");
}
