//! `/v1/modems/{name}/selftest`: taken down, shown, refused.

use answerback::modem::io::Identity;
use answerback::store::{Modem, ModemState, Queue};
use answerback::time::Timestamp;
use serde_json::json;

use super::TestApp;

const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

async fn plug_in(app: &TestApp, state: ModemState) {
    let row = Modem { imei: Some("35".to_owned()), iccid: Some("8938001".to_owned()), state, ..Modem::new("north", "/dev/x", NOW) };
    app.engine.run(Queue::Modems, move |work| Ok(work.tx.save_modem(&row)?)).await.expect("a modem");
    app.fleet.join("north");
    app.fleet.ready("north", &Identity::default(), NOW);
}

#[tokio::test]
async fn a_self_test_is_taken_down_told_its_cost_and_audited() {
    let app = TestApp::start().await;
    app.post("/v1/modems/north/selftest", &json!({})).await.problem(404, "not_found");
    plug_in(&app, ModemState::NotReady).await;
    app.post("/v1/modems/north/selftest", &json!({})).await.problem(409, "modem_not_ready");
    plug_in(&app, ModemState::Ready).await;
    app.post("/v1/modems/north/selftest", &json!({ "to": "nobody" })).await.problem(422, "invalid_number");
    app.post("/v1/modems/north/selftest", &json!({ "wait": 121 })).await.problem(422, "invalid");
    let key = [("idempotency-key", "k1")];
    let wish = json!({ "to": "+15550100200" });
    let taken = app.post_as(&app.admin, "/v1/modems/north/selftest", &key, &wish).await.ok(202);
    assert_eq!((&taken["state"], &taken["texts"], &taken["witnesses"]), (&json!("waiting"), &json!(2), &json!([])));
    let again = app.post_as(&app.admin, "/v1/modems/north/selftest", &key, &wish).await;
    assert_eq!(again.ok(202)["id"], taken["id"]);
    app.post("/v1/modems/north/selftest", &wish).await.problem(409, "selftest_open");
    let bearer = format!("Bearer {}", app.admin);
    let audit = app.call("GET", "/v1/audit", &[("authorization", bearer.as_str())], Vec::new()).await.ok(200);
    assert_eq!((&audit["items"][0]["action"], &audit["items"][0]["subject"]), (&json!("modem.selftest"), &json!("north")));
    let listed = app.get("/v1/modems/north/selftest").await.ok(200);
    assert_eq!((&listed["items"][0]["id"], listed["items"].as_array().map(Vec::len)), (&taken["id"], Some(1)));
    app.get("/v1/modems/south/selftest").await.problem(404, "not_found");
}
