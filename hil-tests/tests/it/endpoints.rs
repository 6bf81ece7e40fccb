//! Http steps against a pretend billing system that answers, refuses, charges and falls silent, or is not there.
//! However an answer gets lost, a key is charged at most once and the session learns the truth.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use answerback::chance::Os;
use answerback::conversation::session::Session;
use answerback::endpoint;
use answerback::engine::configure::{self, NewEndpoint};
use answerback::engine::session::{NewSession, begin};
use answerback::engine::{Engine, Reject, Work};
use answerback::ids::SessionId;
use answerback::settings::Settings;
use answerback::signature::Secret;
use answerback::store::{Calling, Queue, Store, Writer};
use answerback::terms::CallState;
use answerback::time::SystemClock;
use answerback::value::{Money, Value};
use hil_tests::utility::{Behaviour, Utility};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// It calls at once; what the customer reads afterwards shows the way it took.
const FLOW: &str = r#"
flow = "test.charge"
lane = "billing"
needs = { account = "account", amount = "money" }
start = "charge"
expires = "72h"
event.settled = { go = "paid", data = ["receipt"] }
event.refused = { go = "no" }

[step]
charge = { http = "billing.charge", send = { account = "{account}", amount = "{amount}" }, save = { receipt = "receipt" }, ok = "paid", fail = "no", unknown = "checking" }
paid = { done = { en = "{utility}: paid {amount}. Receipt {receipt}." }, result = "paid" }
no = { done = { en = "{utility}: not paid." }, result = "refused" }
checking = { tell = { en = "{utility}: we are checking your payment." }, wait = "settled", silence = { after = "30m", go = "no" } }
"#;

/// A store, its calls of endpoints and a billing system.
struct House {
    engine: Engine,
    utility: Utility,
    stop: watch::Sender<bool>,
    _dir: tempfile::TempDir,
}

impl House {
    async fn build(behaviour: Behaviour, look_up: bool, timeout_s: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (writer, _thread) = Writer::start(Store::open(dir.path()).unwrap()).unwrap();
        let engine = Engine::new(writer, Arc::new(SystemClock)).unwrap();
        let secret = Secret::generate(&mut Os);
        let utility = Utility::start(Some(secret.clone())).await.unwrap();
        utility.ledger().behaviour = behaviour;
        let endpoint = NewEndpoint {
            name: "billing.charge".into(),
            url: utility.url("/billing/charge"),
            status_url: look_up.then(|| utility.url("/billing/status")),
            secret: Some(secret.expose()),
            timeout_s: Some(timeout_s),
            private: true,
        };
        let house = Self { engine, utility, stop: watch::channel(false).0, _dir: dir };
        house.run(move |work| {
            let (utility, country, currency, emergency) = ("Acme".into(), "UA".into(), "UAH".into(), "112".into());
            let settings = Settings { utility, country, currency, emergency, ..Settings::default() };
            configure::settings(work, &settings)?;
            configure::endpoint(work, &endpoint)?;
            let put = configure::put_flow(work, "test.charge.flow.toml", FLOW, "test")?;
            configure::activate_flow(work, &put.name, put.revision).map(drop)
        });
        house
    }

    fn run<T: Send + 'static>(&self, job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static) -> T {
        let engine = self.engine.clone();
        std::thread::spawn(move || engine.run_blocking(Queue::Others, job)).join().unwrap().unwrap().into_inner()
    }

    /// The room that makes the calls; it may be started anew after a crash.
    fn serve(&mut self) {
        let (stop, stopping) = watch::channel(false);
        tokio::spawn(endpoint::run(self.engine.clone(), stopping));
        self.stop = stop;
    }

    fn begin(&self) -> SessionId {
        self.run(|work| {
            let data = [
                ("account".to_owned(), Value::Text("ACC-1001733".into())),
                ("amount".to_owned(), Value::Money(Money { hundredths: 8450 })),
            ];
            let request = NewSession {
                flow: "test.charge".into(),
                to: Some("+380501112233".into()),
                data: data.into(),
                source: "test".into(),
                ..NewSession::default()
            };
            begin(work, &request).map(|answered| answered.answer.id)
        })
    }

    async fn rows(&self, session: SessionId) -> (Session, Calling) {
        let read = self.engine.read(move |reader| Ok((reader.session(session)?, reader.calls_of(session)?)));
        let (session, calls) = read.await.unwrap();
        assert_eq!(calls.len(), 1);
        (session.unwrap(), calls.into_iter().next().unwrap())
    }

    /// Waits until the session stands there and the call is in that state.
    async fn comes_to(&self, session: SessionId, step: &str, state: CallState) -> (Session, Calling) {
        let mut last = None;
        for _ in 0..400 {
            let (now, call) = self.rows(session).await;
            if now.step == step && call.state == state {
                return (now, call);
            }
            last = Some((now.step, call));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not at {step}, {state:?}: {last:?}\n{:?}", self.utility.calls());
    }

    fn charged(&self) -> Vec<(String, u32)> {
        self.utility.ledger().charges().iter().map(|(key, charge)| (key.clone(), charge.posts)).collect()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.engine.writer().close();
    }
}

/// One behaviour of the billing system: where the session ends up, what the row says, how often the charge was posted.
async fn check(behaviour: Behaviour, look_up: bool, step: &str, state: CallState, posts: &[u32]) {
    let mut house = House::build(behaviour, look_up, 1).await;
    house.serve();
    let session = house.begin();
    let (session, call) = house.comes_to(session, step, state).await;
    let charged = house.charged();
    assert_eq!(charged.iter().map(|(_, posts)| *posts).collect::<Vec<_>>(), posts, "{behaviour:?}: {charged:?}");
    assert!(charged.iter().all(|(key, _)| *key == call.key()), "{charged:?}");
    assert!(house.utility.calls().iter().all(|call| call.verified), "{behaviour:?}");
    let receipt = (step == "paid").then(|| Value::Text("8841".into()));
    assert_eq!(session.slots.get("receipt"), receipt.as_ref(), "{behaviour:?}");
}

#[tokio::test]
async fn a_yes_brings_its_receipt() {
    check(Behaviour::Ok, false, "paid", CallState::Ok, &[1]).await;
}

#[tokio::test]
async fn a_no_is_a_fail() {
    check(Behaviour::Fail, false, "no", CallState::Fail, &[1]).await;
}

#[tokio::test]
async fn a_charge_whose_answer_is_lost_is_unknown_and_never_posted_again() {
    check(Behaviour::ChargeThenSilence, false, "checking", CallState::Unknown, &[1]).await;
    check(Behaviour::ChargeThenReset, false, "checking", CallState::Unknown, &[1]).await;
    check(Behaviour::Later, false, "checking", CallState::Unknown, &[1]).await;
    check(Behaviour::Broken, false, "checking", CallState::Unknown, &[]).await;
}

#[tokio::test]
async fn a_look_up_finds_out_before_the_customer_hears_of_a_doubt() {
    check(Behaviour::ChargeThenReset, true, "paid", CallState::Ok, &[1]).await;
    check(Behaviour::ChargeThenSilence, true, "paid", CallState::Ok, &[1]).await;
}

#[tokio::test]
async fn what_is_settled_later_reaches_the_waiting_session() {
    let mut house = House::build(Behaviour::Later, true, 1).await;
    house.serve();
    let session = house.begin();
    house.comes_to(session, "checking", CallState::Unknown).await;
    house.utility.ledger().settle();
    let (session, _) = house.comes_to(session, "paid", CallState::Ok).await;
    assert_eq!(session.slots.get("receipt"), Some(&Value::Text("8841".into())));
    assert_eq!(house.charged().len(), 1);
}

#[tokio::test]
async fn a_system_that_is_not_there_is_tried_again_with_the_same_key() {
    let mut house = House::build(Behaviour::Ok, false, 1).await;
    let gone = NewEndpoint {
        name: "billing.charge".into(),
        // Nobody listens on port 1 of the loopback interface.
        url: "http://127.0.0.1:1/billing/charge".into(),
        status_url: None,
        secret: None,
        timeout_s: Some(1),
        private: true,
    };
    let back = NewEndpoint { url: house.utility.url("/billing/charge"), ..gone.clone() };
    house.run(move |work| configure::endpoint(work, &gone).map(drop));
    house.serve();
    let session = house.begin();
    let (_, call) = house.comes_to(session, "charge", CallState::Queued).await;
    assert!(call.due_at.is_some() || call.started_at.is_none(), "{call:?}");
    house.run(move |work| configure::endpoint(work, &back).map(drop));
    house.comes_to(session, "paid", CallState::Ok).await;
    assert_eq!(house.charged().len(), 1);
}

#[tokio::test]
async fn a_crash_in_the_middle_of_a_charge_makes_it_unknown() {
    for (look_up, step, state) in [(false, "checking", CallState::Unknown), (true, "paid", CallState::Ok)] {
        let mut house = House::build(Behaviour::Ok, look_up, 1).await;
        let session = house.begin();
        // The row was committed and the charge was posted; then the box lost its power, before any answer.
        let call = house.run(move |work| {
            let call = work.tx.calls_of(session)?.remove(0);
            answerback::engine::called::start(work, call.id)?;
            Ok(call)
        });
        let body: BTreeMap<_, _> = answerback::engine::json::object(&call.body).into_iter().collect();
        house.utility.ledger().post("/billing/charge", Some(&call.key()), &body.into_iter().collect());
        house.serve();
        house.comes_to(session, step, state).await;
        assert_eq!(house.charged(), [(call.key(), 1)], "look-up {look_up}");
    }
}

/// A system that answers every request with the same octets, then with as many blanks as it may.
async fn answers(head: String, blanks: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let mut request = [0; 4096];
            // The box may hang up in the middle: that is its right.
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(head.as_bytes()).await;
            let page = [b' '; 8_192];
            for _ in 0..blanks / page.len() {
                if stream.write_all(&page).await.is_err() {
                    break;
                }
            }
            let _ = stream.shutdown().await;
        }
    });
    (format!("http://{address}/charge"), asked)
}

/// One answer that no sane system gives: the session waits for the truth, nothing is posted again, and people read why.
async fn check_bad(head: &str, body: &str, blanks: usize, why: &str) {
    let mut house = House::build(Behaviour::Ok, false, 5).await;
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len() + blanks);
    let (url, asked) = answers(head, blanks).await;
    let odd = NewEndpoint { name: "billing.charge".into(), url, status_url: None, secret: None, timeout_s: Some(5), private: true };
    house.run(move |work| configure::endpoint(work, &odd).map(drop));
    house.serve();
    let session = house.begin();
    let (session, call) = house.comes_to(session, "checking", CallState::Unknown).await;
    let detail = call.detail.unwrap_or_default();
    assert!(detail.contains(why), "{detail}");
    assert_eq!(asked.load(Ordering::Relaxed), 1, "{why}: a charge is never posted again by itself");
    assert_eq!(session.slots.get("receipt"), None, "{why}");
    assert!(house.charged().is_empty());
}

#[tokio::test]
async fn html_is_no_yes() {
    check_bad("200 OK\r\nContent-Type: text/html", "<html><h1>Welcome</h1></html>", 0, "not a JSON object").await;
}

#[tokio::test]
async fn fifty_megabytes_are_not_read() {
    check_bad("200 OK\r\nContent-Type: application/json", "", 50_000_000, "the answer is longer than 64 KiB").await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    check_bad("302 Found\r\nLocation: http://127.0.0.1:1/elsewhere", "", 0, "redirects are not followed").await;
}

#[tokio::test]
async fn an_answer_about_another_amount_is_no_yes() {
    let lie = r#"{"result":"ok","receipt":"8841","amount":"8450.00"}"#;
    check_bad("200 OK\r\nContent-Type: application/json", lie, 0, "the answer says `amount` 8450.00, and 84.50 was sent").await;
}
