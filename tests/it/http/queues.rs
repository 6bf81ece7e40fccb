//! Queues of people: office hours, holidays, who is told, and flows that name one.

use answerback::conversation::effect::{NewTask, TaskKind};
use answerback::msisdn::Msisdn;
use answerback::store::Queue;
use answerback::text::Text;
use serde_json::{Value, json};

use super::{PERSON, TestApp};

fn billing() -> Value {
    json!({ "name": "billing", "hours": ["mon-fri 08:00-16:00", "sat 09:00-12:00"], "holidays": ["2026-12-25"] })
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().into_iter().flatten().filter_map(|queue| queue["name"].as_str()).collect()
}

#[tokio::test]
async fn a_queue_is_put_in_place_shown_exported_and_taken_away() {
    let app = TestApp::start().await;
    let shipped = app.get("/v1/queues").await.ok(200);
    assert!(["default", "billing", "control_room"].iter().all(|name| names(&shipped).contains(name)), "{shipped}");
    let made = app.post("/v1/queues", &billing()).await.ok(201);
    assert_eq!((&made["hours"][1], &made["holidays"]), (&json!("sat 09:00-12:00"), &json!(["2026-12-25"])));
    let shown = app.get("/v1/queues/billing").await.ok(200);
    assert!(shown["says"].as_str().is_some_and(|says| says.starts_with("We answer ")), "{shown}");
    let exported = app.get("/v1/config").await.ok(200);
    assert_eq!(exported["queue"], json!([billing()]), "what ships is not written down");
    let other = TestApp::start().await;
    other.post("/v1/config", &json!({ "queue": exported["queue"] })).await.ok(200);
    assert_eq!(other.get("/v1/queues/billing").await.ok(200)["hours"], billing()["hours"]);
    let bearer = [("authorization", &*format!("Bearer {}", app.admin))];
    assert_eq!(app.call("DELETE", "/v1/queues/billing", &bearer, Vec::new()).await.status, 204);
    assert_eq!(app.get("/v1/queues/billing").await.ok(200)["hours"], json!(["mon-fri 08:00-17:00"]), "it ships");
    app.call("DELETE", "/v1/queues/default", &bearer, Vec::new()).await.problem(404, "not_found");
    app.get("/v1/queues/nobodys").await.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_wrong_with_a_queue_is_pointed_at() {
    let app = TestApp::start().await;
    for (body, pointer) in [
        (json!({ "name": "a b", "hours": [] }), "/name"),
        (json!({ "name": "a", "hours": ["mon-fri 08:00-16:00", "always"] }), "/hours/1"),
        (json!({ "name": "a", "hours": [], "holidays": ["25.12."] }), "/holidays/0"),
        (json!({ "name": "a", "hours": [], "told": "oncall.nobody" }), "/told"),
    ] {
        let reply = app.post("/v1/queues", &body).await;
        assert_eq!((reply.status, &reply.json()["errors"][0]["pointer"]), (422, &json!(pointer)), "{}", reply.text);
        let imported = app.post("/v1/config", &json!({ "queue": [body] })).await;
        assert_eq!(imported.json()["errors"][0]["pointer"], format!("/queue/0{pointer}"), "{}", imported.text);
    }
}

const FLOW: &str = r#"flow = "ask.quality"
lane = "account"
start = "ask"
expires = "2d"

[step.ask]
ask = { en = "{utility}: is your water clear? Reply Y or N." }
want = "yesno"
on = { yes = "fine", no = "human" }

[step.fine]
done = { en = "Thank you." }

[step.human]
agent = { queue = "labratory" }
tell = { en = "{utility}: a person will answer you here." }
"#;

#[tokio::test]
async fn a_flow_names_a_queue_that_exists() {
    let app = TestApp::start().await;
    app.post("/v1/queues", &json!({ "name": "laboratory", "hours": ["mon 08:00-09:00"] })).await.ok(201);
    let problem = app.post("/v1/flows", &json!({ "text": FLOW })).await.problem(422, "bad_flow");
    let words = problem.to_string();
    assert!(words.contains("there is no queue `labratory` in the settings") && words.contains("did you mean `laboratory`"), "{words}");
    let right = json!({ "text": FLOW.replace("labratory", "laboratory") });
    app.post("/v1/config", &json!({ "flow": [right] })).await.ok(200);
    let bearer = [("authorization", &*format!("Bearer {}", app.admin))];
    app.call("DELETE", "/v1/queues/laboratory", &bearer, Vec::new()).await.problem(409, "in_use");
}

async fn task(app: &TestApp, queue: &str, kind: TaskKind, note: &str) {
    let new = NewTask {
        kind,
        queue: queue.to_owned(),
        urgent: false,
        note: Text::new(note.to_owned()),
        session: None,
        msisdn: Msisdn::from_e164(PERSON).ok(),
        due: None,
    };
    app.engine.run(Queue::Others, move |work| work.task(&new)).await.expect("a task");
}

#[tokio::test]
async fn the_people_of_a_queue_are_told_of_work_once_in_a_while() {
    let app = TestApp::start().await;
    let anna = "+12025550301";
    app.post("/v1/rosters", &json!({ "name": "desk", "people": [{ "name": "Anna", "number": anna }] })).await.ok(201);
    app.post("/v1/queues", &json!({ "name": "billing", "hours": ["daily 00:00-24:00"], "told": "desk" })).await.ok(201);
    for note in ["the meter is \u{7}wet", "and again"] {
        task(&app, "billing", TaskKind::Agent, note).await;
    }
    task(&app, "dispatch", TaskKind::Agent, "nobody is told").await;
    let thread = app.get("/v1/conversations/%2B12025550301").await.ok(200);
    let texts: Vec<&str> = thread["thread"].as_array().into_iter().flatten().filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(texts, ["City Power billing: the meter is wet"]);
    let bearer = [("authorization", &*format!("Bearer {}", app.admin))];
    app.call("DELETE", "/v1/rosters/desk", &bearer, Vec::new()).await.problem(409, "in_use");
}
