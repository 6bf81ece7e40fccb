//! The pages over HTTP: who may see and change what, what is shown of hostile words, and link pages that work once.

mod doubts;
mod flows;
mod modems;
mod thread;

use std::sync::Arc;

use answerback::chance::Os;
use answerback::conversation::effect::{NewTask, TaskKind};
use answerback::engine::configure::{self, NewEndpoint, NewKey, NewWebhook};
use answerback::engine::session::{NewSession, begin};
use answerback::engine::{Engine, Reject, Work, modems as modem_rows};
use answerback::ids::{SessionId, TaskId};
use answerback::modem::io::Identity;
use answerback::settings::Settings;
use answerback::store::{InboundRow, Queue, Store, Writer};
use answerback::terms::{Scope, SessionState};
use answerback::text::Text;
use answerback::time::SystemClock;
use answerback::value::{Money, Value};
use answerback::web;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::watch;

use thread::blank;

const PERSON: &str = "+380501112233";

/// It sends a link at once; the choice decides how it ends.
const FLOW: &str = r#"
flow = "test.link"
lane = "outage"
needs = { account = "account", amount = "money" }
start = "form"
expires = "72h"

[step.form]
link = { page = "pay", ttl = "24h", uses = 1, show = ["account", "amount"], data = ["method"] }
tell = { en = "{utility}: pay {amount} here: {link}" }
on = { done = "thanks", expired = "over" }

[step]
thanks = { done = { en = "Thank you." }, result = "chosen" }
over = { done = true, result = "expired" }
"#;

/// A store, an engine and its pages on a free port, with a browser that keeps its cookie.
struct House {
    engine: Engine,
    base: String,
    http: Client<HttpConnector, Full<Bytes>>,
    stop: watch::Sender<bool>,
    _dir: tempfile::TempDir,
}

/// An answer.
struct Answer {
    status: u16,
    location: String,
    cookie: String,
    body: String,
}

impl House {
    async fn build() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (writer, _thread) = Writer::start(Store::open(dir.path()).unwrap()).unwrap();
        let engine = Engine::new(writer, Arc::new(SystemClock)).unwrap();
        let (stop, stopping) = watch::channel(false);
        let router = web::router(engine.clone(), answerback::engine::fleet::Fleet::default(), stopping);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = Client::builder(TokioExecutor::new()).build_http();
        let house = Self { engine, base, http, stop, _dir: dir };
        house.run(configured).await;
        house
    }

    async fn run<T: Send + 'static>(&self, job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static) -> T {
        self.engine.run(Queue::Others, job).await.unwrap().into_inner()
    }

    async fn key(&self, scopes: &[Scope]) -> String {
        let new = NewKey { name: "anna".into(), scopes: scopes.to_vec(), expires_at: None };
        self.run(move |work| configure::new_key(work, &new)).await.secret
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], form: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(Full::from(form.to_owned())).unwrap();
        let answer = self.http.request(request).await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let (status, location, cookie) = (answer.status().as_u16(), header("location"), header("set-cookie"));
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Answer { status, location, cookie, body: String::from_utf8_lossy(&body).into_owned() }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.ask(Method::GET, path, &[("cookie", cookie)], "").await
    }

    /// A form sent from our own page.
    async fn post(&self, path: &str, cookie: &str, form: &str) -> Answer {
        self.ask(Method::POST, path, &[("cookie", cookie), ("origin", &self.base)], form).await
    }

    /// Signs in and answers the cookie and what every form has to carry.
    async fn sign_in(&self, scopes: &[Scope]) -> (String, String) {
        let key = self.key(scopes).await;
        let cookie = self.post("/login", "", &format!("key={key}")).await.cookie;
        let page = self.get("/", &cookie).await.body;
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        (cookie, format!("csrf={csrf}"))
    }

    async fn begin(&self) -> (SessionId, String) {
        self.run(|work| {
            let account = ("account".to_owned(), Value::Text("ACC-1001733".into()));
            let amount = ("amount".to_owned(), Value::Money(Money { hundredths: 8450 }));
            let request = NewSession {
                flow: "test.link".into(),
                to: Some(PERSON.into()),
                data: [account, amount].into(),
                source: "test".into(),
                ..NewSession::default()
            };
            let begun = begin(work, &request)?.answer;
            let text = work.tx.message(begun.messages[0])?.unwrap().text.expose().to_owned();
            let path = text.split("https://pay.example").nth(1).unwrap_or_else(|| panic!("no link in {text}")).to_owned();
            Ok((begun.id, path))
        })
        .await
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.engine.writer().close();
    }
}

fn configured(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    let settings = Settings {
        emergency: "112".into(),
        utility: "Acme".into(),
        country: "UA".into(),
        currency: "UAH".into(),
        public_url: "https://pay.example".into(),
        ..Settings::default()
    };
    configure::settings(work, &settings)?;
    modem_rows::opened(work, "north gate", "/dev/ttyUSB7")?;
    let put = configure::put_flow(work, "test.link.flow.toml", FLOW, "test")?;
    configure::activate_flow(work, &put.name, put.revision).map(drop)
}

const PAGES: &[&str] = &[
    "/",
    "/part/overview",
    "/conversations",
    "/part/conversations",
    "/conversations/+380501112233",
    "/part/conversations/+380501112233",
    "/modems/north%20gate",
    "/part/modems/north%20gate",
    "/tasks",
    "/part/tasks",
    "/settings",
    "/settings/endpoints",
    "/settings/webhooks",
    "/settings/flows",
    "/settings/flows/test.link",
    "/settings/flows/new",
];

#[tokio::test]
async fn pages_are_seen_by_those_who_may() {
    let house = House::build().await;
    for page in PAGES {
        let answer = house.get(page, "").await;
        assert_eq!((answer.status, answer.location.as_str()), (303, "/login"), "{page} without signing in");
    }
    for (scopes, want) in [(&[Scope::SendOnce][..], 403), (&[Scope::Read], 200), (&[Scope::Agent], 200), (&[Scope::Admin], 200)] {
        let (cookie, _) = house.sign_in(scopes).await;
        for page in PAGES {
            assert_eq!(house.get(page, &cookie).await.status, want, "{page} with {scopes:?}");
        }
    }
}

#[tokio::test]
async fn a_wrong_or_revoked_key_opens_nothing() {
    let house = House::build().await;
    for wrong in ["", "ab_00", "test"] {
        assert_eq!(house.post("/login", "", &format!("key={wrong}")).await.status, 401, "{wrong}");
    }
    let (cookie, csrf) = house.sign_in(&[Scope::Admin]).await;
    assert_eq!(house.get("/", &cookie).await.status, 200);
    let revoke = |work: &mut Work<'_, '_>| {
        let id = work.tx.keys()?[0].id;
        configure::revoke_key(work, id).map(drop)
    };
    house.run(revoke).await;
    assert_eq!(house.get("/", &cookie).await.status, 303, "revoked means out, at once");
    assert_eq!(house.post("/settings", &cookie, &csrf).await.status, 303);
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Read]).await;
    assert_eq!(house.post("/logout", &cookie, &csrf).await.status, 303);
    assert_eq!(house.get("/", &cookie).await.status, 303);
}

const FORMS: &[(&str, &str)] = &[
    ("/settings", "&utility=Evil&zone=UTC&languages=en&office_from=8&office_until=17&stop_scope=all&caps.day=70"),
    ("/settings/endpoints", "&name=a.b&url=https%3A%2F%2Fb.example&timeout=5"),
    ("/settings/endpoints/remove", "&name=a.b"),
    ("/settings/webhooks", "&name=hook&url=https%3A%2F%2Fb.example"),
    ("/settings/flows/new", "&do=check&source=x"),
];

#[tokio::test]
async fn forms_change_settings_only_for_an_admin_on_our_own_page() {
    let house = House::build().await;
    let (reader, reader_csrf) = house.sign_in(&[Scope::Read, Scope::Agent]).await;
    let (admin, csrf) = house.sign_in(&[Scope::Admin]).await;
    for (path, form) in FORMS {
        let whole = format!("{csrf}{form}");
        let evil = [("cookie", admin.as_str()), ("origin", "https://evil.example")];
        assert_eq!(house.ask(Method::POST, path, &evil, &whole).await.status, 403, "{path} from elsewhere");
        let cross = [("cookie", admin.as_str()), ("sec-fetch-site", "cross-site")];
        assert_eq!(house.ask(Method::POST, path, &cross, &whole).await.status, 403, "{path} cross-site");
        assert_eq!(house.post(path, &admin, form).await.status, 403, "{path} without its token");
        assert_eq!(house.post(path, &reader, &whole).await.status, 403, "{path} with another session's token");
        assert_eq!(house.post(path, &reader, &format!("{reader_csrf}{form}")).await.status, 403, "{path} without the scope");
        assert_eq!(house.post(path, "", &whole).await.status, 303, "{path} without signing in");
    }
    let utility = house.engine.book().await.unwrap().settings.utility.clone();
    assert_eq!(utility, "Acme", "nothing of this was taken");
    for (path, form) in FORMS {
        let status = house.post(path, &admin, &format!("{csrf}{form}")).await.status;
        assert!(status == 200 || status == 303, "{path}: {status}");
    }
    let settings = house.engine.book().await.unwrap().settings.clone();
    assert_eq!((settings.utility.as_str(), settings.caps.day, settings.caps.month), ("Evil", 70, 100_000));
}

#[tokio::test]
async fn what_is_wrong_with_a_form_stands_beside_its_field() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Admin]).await;
    for (path, form, field, words) in [
        ("/settings", "&utility=A&zone=Kyiv&languages=en&office_from=8&office_until=17&stop_scope=all", "zone", "no time zone"),
        ("/settings", "&utility=A&zone=UTC&languages=xx&office_from=8&office_until=17&stop_scope=all", "languages", "no language pack"),
        (
            "/settings",
            "&utility=A&zone=UTC&languages=en&office_from=8&office_until=17&stop_scope=all&caps.day=many",
            "caps.day",
            "a whole number",
        ),
        (
            "/settings",
            "&utility=A&zone=UTC&languages=en&office_from=8&office_until=17&keep_closed_minutes=x&stop_scope=all",
            "keep_closed_minutes",
            "number of minutes",
        ),
        ("/settings", "&utility=A&zone=UTC&languages=en&office_from=x&office_until=17&stop_scope=all", "office_from", "0 to 24"),
        ("/settings/endpoints", "&name=a.b&url=http%3A%2F%2F10.0.0.1&timeout=5", "url", "private"),
        ("/settings/endpoints", "&name=a.b&url=https%3A%2F%2Fb.example&timeout=soon", "timeout", "seconds"),
        ("/settings/webhooks", "&name=+&url=https%3A%2F%2Fb.example", "name", "name"),
    ] {
        let answer = house.post(path, &cookie, &format!("{csrf}{form}")).await;
        assert_eq!(answer.status, 422, "{path} {form}");
        let wrong = answer.body.split(&format!("id=\"{field}-wrong\">")).nth(1).unwrap_or_else(|| panic!("{field} in {}", answer.body));
        assert!(wrong.split("</p>").next().unwrap().contains(words), "{wrong}");
    }
}

#[tokio::test]
async fn what_was_said_elsewhere_is_recorded_with_its_proof() {
    let house = House::build().await;
    let (cookie, csrf) = house.sign_in(&[Scope::Agent]).await;
    let path = format!("/conversations/{PERSON}/consents");
    let form = format!("{csrf}&side=out&category=billing&proof=said%20so%20by%20phone&shown=letter%20of%20May");
    let (reader, reader_csrf) = house.sign_in(&[Scope::Read]).await;
    assert_eq!(house.post(&path, &reader, &form.replace(&csrf, &reader_csrf)).await.status, 403, "may only look");
    for wrong in ["proof=+", "side=maybe", "category=news"] {
        let (key, _) = wrong.split_once('=').unwrap();
        let changed: Vec<&str> = form.split('&').map(|pair| if pair.starts_with(key) { wrong } else { pair }).collect();
        assert!((400..500).contains(&house.post(&path, &cookie, &changed.join("&")).await.status), "{wrong}");
    }
    assert!(house.get(&format!("/conversations/{PERSON}"), &cookie).await.body.contains("never opted in or out"));
    assert_eq!(house.post(&path, &cookie, &form).await.status, 303);
    let page = house.get(&format!("/conversations/{PERSON}"), &cookie).await.body;
    for words in ["billing", "said so by phone", "letter of May", "desk", "noted by", "anna"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

/// A text as a form carries it.
fn in_a_form(text: &str) -> String {
    text.bytes().fold(String::new(), |coded, octet| coded + &format!("%{octet:02X}"))
}

/// What somebody might text, name or answer.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</textarea><svg/onload=alert(1)>",
    "</title><script>alert(2)</script>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "\u{202e}evil\u{1b}[31m",
];

#[tokio::test]
async fn hostile_words_are_words_on_every_page() {
    let house = House::build().await;
    for words in HOSTILE {
        house.run(move |work| hostile(work, words)).await;
    }
    let (cookie, _) = house.sign_in(&[Scope::Admin]).await;
    for page in PAGES {
        let body = house.get(page, &cookie).await.body;
        for mark in [
            "<script>alert",
            "<img src=x",
            "<svg/onload",
            "<a href=\"javascript:",
            "\u{202e}",
            "\u{1b}",
            " style=\"",
            " onclick=",
            "<style",
        ] {
            let place = body
                .find(mark)
                .map(|at| body[..at + mark.len()].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect::<String>());
            assert_eq!(place, None, "{mark:?} on {page}");
        }
    }
    let thread = house.get("/conversations/+380501112233", &cookie).await.body;
    assert!(thread.contains("&lt;script&gt;alert(1)") && thread.contains("[U+202E]"), "they are shown, not swallowed");
}

/// The words in every place where a stranger's words can stand.
fn hostile(work: &mut Work<'_, '_>, words: &str) -> Result<(), Reject> {
    let person = answerback::msisdn::Msisdn::from_e164(PERSON).unwrap();
    let now = work.now;
    let inbound = InboundRow {
        sender: words.into(),
        sim: words.into(),
        text: Text::new(words),
        outcome: Some(words.into()),
        why: words.into(),
        ..blank(now)
    };
    work.tx.insert_inbound(&inbound)?;
    let unread = InboundRow { text: Text::new(""), hex: Some(words.into()), ..inbound };
    work.tx.insert_inbound(&unread)?;
    let note = NewTask {
        kind: TaskKind::Inbox,
        queue: words.into(),
        urgent: true,
        note: Text::new(words),
        session: None,
        msisdn: Some(person),
        due: None,
    };
    work.tx.insert_task(TaskId::new(now, &mut Os), &note, now)?;
    modem_rows::opened(work, words, words)?;
    modem_rows::identity(work, words, &Identity { imei: words.into(), iccid: words.into(), model: words.into(), ..Identity::default() })?;
    modem_rows::not_ready(work, words, "sim_pin", words)
}

#[tokio::test]
async fn a_link_page_works_once() {
    let house = House::build().await;
    let (session, path) = house.begin().await;
    for look in 0..3 {
        let page = house.get(&path, "").await;
        assert_eq!(page.status, 200, "looking never consumes: {look}");
        assert!(
            page.body.contains("84.50 UAH") && page.body.contains("ACC-1001733") && page.body.contains("value=\"debit\""),
            "{}",
            page.body
        );
    }
    for wrong in ["", "method=4111111111111111", "method=", "other=debit"] {
        assert_eq!(house.ask(Method::POST, &path, &[], wrong).await.status, 422, "{wrong:?}");
    }
    let (first, second) =
        tokio::join!(house.ask(Method::POST, &path, &[], "method=debit"), house.ask(Method::POST, &path, &[], "method=next_bill"));
    let taken = |answer: &Answer| answer.status == 200 && answer.body.contains("We have your answer");
    let already = |answer: &Answer| answer.status == 200 && answer.body.contains("We already have your answer");
    assert!((taken(&first) && already(&second)) || (taken(&second) && already(&first)), "{} {}", first.body, second.body);
    assert!(already(&house.get(&path, "").await) && already(&house.ask(Method::POST, &path, &[], "method=call").await));
    let row = house.engine.read(move |reader| reader.session(session)).await.unwrap().unwrap();
    assert_eq!((row.state, row.result.as_deref()), (SessionState::Completed, Some("chosen")));
    let method = if taken(&first) { "debit" } else { "next_bill" };
    assert_eq!(row.slots.get("method"), Some(&Value::Text(method.into())));
}

#[tokio::test]
async fn unknown_and_settled_links_say_so_kindly() {
    let house = House::build().await;
    let (session, path) = house.begin().await;
    house
        .run(move |work| {
            let closed = answerback::conversation::Trigger::Closed { by: "desk".into() };
            work.advance(session, closed).map(drop)
        })
        .await;
    for path in [path.as_str(), "/l/unknown", "/l/00000000000000000000000000000000"] {
        for method in [Method::GET, Method::POST] {
            let answer = house.ask(method.clone(), path, &[], "method=debit").await;
            assert!(answer.status == 410 && answer.body.contains("This page has closed"), "{method} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let house = House::build().await;
    for path in ["/", "/login", "/assets/style.css", "/l/unknown", "/assets/nothing"] {
        let request = Request::builder().uri(format!("{}{path}", house.base)).body(Full::default()).unwrap();
        let answer = house.http.request(request).await.unwrap();
        let policy = answer.headers().get("content-security-policy").map(|value| value.to_str().unwrap().to_owned());
        let policy = policy.unwrap_or_else(|| panic!("{path} has no policy"));
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn webhooks_and_endpoints_show_what_they_are() {
    let house = House::build().await;
    house
        .run(|work| {
            let (url, secret) = ("https://b.example/x".to_owned(), None);
            let endpoint =
                NewEndpoint { name: "billing.charge".into(), url: url.clone(), status_url: None, secret, timeout_s: None, private: false };
            configure::endpoint(work, &endpoint)?;
            let webhook = NewWebhook { name: "billing".into(), url, types: vec![], secret: None, private: false, enabled: true };
            configure::webhook(work, &webhook).map(drop)
        })
        .await;
    let (cookie, _) = house.sign_in(&[Scope::Read]).await;
    for (page, wanted) in [("/settings/endpoints", "billing.charge"), ("/settings/webhooks", "billing")] {
        let body = house.get(page, &cookie).await.body;
        assert!(body.contains(wanted) && !body.contains("whsec_"), "{page}: secrets are shown once, when they are made");
        assert!(!body.contains("Save endpoint") && !body.contains("Save webhook"), "{page}: no form for those who may only look");
    }
}
