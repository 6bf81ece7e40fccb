//! The API, driven over a real socket: the product's router and store, no modem. One file per resource.

mod configuration;
mod events;
mod flows;
mod keys;
mod messages;
mod modems;
mod openapi;
mod people;
mod problems;
mod queues;
mod rings;
mod rosters;
mod scopes;
mod selftests;
mod sessions;
mod signals;

use std::net::SocketAddr;
use std::sync::Arc;

use answerback::engine::fleet::Fleet;
use answerback::engine::{Engine, configure};
use answerback::http::{self, App, Rooms};
use answerback::store::{Queue, Store, Writer};
use answerback::terms::{Scope, Word as _};
use answerback::time::{SystemClock, Timestamp};
use at_commands::hex;
use at_commands::pdu::{Address, Dcs, Deliver, Smsc, Timestamp as NetworkTime, Udh, UserData};
use at_commands::text::{Shift, gsm7};
use axum::body::Body;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1::handshake;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A box without modems, on a port of its own.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// What stands below the API.
    pub engine: Engine,
    /// The modems it believes to have.
    pub fleet: Fleet,
    /// A key with every scope.
    pub admin: String,
    stop: watch::Sender<bool>,
    dir: tempfile::TempDir,
}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

impl Reply {
    /// The body as JSON; a body that is none is null.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A header, empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Holds a refusal to its form and gives its body.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        assert_eq!(body["status"], status, "{}", self.text);
        assert_eq!(body["request_id"].as_str(), Some(self.header("x-request-id")), "{}", self.text);
        assert!(body["detail"].as_str().is_some_and(|words| !words.is_empty()), "{}", self.text);
        body
    }

    /// Holds an answer to its status and gives its body.
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }
}

impl TestApp {
    /// Starts one, in a country of its own and with the past-due flow.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// Starts one after something was done to its store.
    pub async fn start_with(prepare: impl FnOnce(&Store)) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let store = Store::open(dir.path()).expect("a store");
        prepare(&store);
        let (writer, _) = Writer::start(store).expect("a writer");
        let engine = Engine::new(writer, Arc::new(SystemClock)).expect("a store on disk");
        let (stop, stopping) = watch::channel(false);
        let fleet = Fleet::default();
        let app = App::new(Rooms {
            engine: engine.clone(),
            fleet: fleet.clone(),
            sandbox: answerback::daemon::sandbox(),
            stopping: stopping.clone(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        tokio::spawn(http::serve_network(listener, http::router(&app), stopping));
        let mut test = Self { address, engine, fleet, admin: String::new(), stop, dir };
        test.admin = test.key(&[Scope::Admin]).await;
        let endpoints: Vec<Value> = ENDPOINTS.iter().map(|name| json!({ "name": name, "url": "https://billing.example/" })).collect();
        let config = json!({ "settings": SETTINGS.clone(), "endpoint": endpoints, "flow": [{ "text": PAST_DUE }] });
        test.post("/v1/config", &config).await.ok(200);
        test
    }

    /// Its state directory.
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// A new key with these scopes.
    pub async fn key(&self, scopes: &[Scope]) -> String {
        let name = scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(" ");
        let new = configure::NewKey { name, scopes: scopes.to_vec(), expires_at: None };
        let made = self.engine.run(Queue::Others, move |work| Ok(configure::new_key(work, &new)?.secret));
        made.await.expect("a key").into_inner()
    }

    /// Looks something up as admin.
    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, &[("authorization", &format!("Bearer {}", self.admin))], Vec::new()).await
    }

    /// Does something as admin.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_as(&self.admin, path, &[], body).await
    }

    /// Does something with a key and more headers.
    pub async fn post_as(&self, key: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let bearer = format!("Bearer {key}");
        let mut all = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.call("POST", path, &all, body.to_string().into_bytes()).await
    }

    /// The first `count` events of a stream, as (id, type).
    pub async fn stream(&self, path: &str, headers: &[(&str, &str)], count: usize) -> Vec<(String, String)> {
        let bearer = format!("Bearer {}", self.admin);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        let response = self.send("GET", path, &all, Vec::new()).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let (mut body, mut text) = (response.into_body(), String::new());
        let events = |text: &str| -> Vec<(String, String)> {
            let field =
                |block: &str, name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
            let whole = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
            whole.split("\n\n").filter(|block| !block.is_empty()).map(|block| (field(block, "id:"), field(block, "event:"))).collect()
        };
        while events(&text).len() < count {
            let frame = body.frame().await.expect("the stream goes on").expect("a frame");
            text.push_str(&String::from_utf8_lossy(frame.data_ref().map_or(&[][..], |data| data)));
        }
        events(&text)
    }

    /// One request with nothing added.
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let (parts, body) = self.send(method, path, headers, body).await.into_parts();
        let octets = body.collect().await.expect("a body").to_bytes();
        Reply { status: parts.status.as_u16(), headers: parts.headers, text: String::from_utf8_lossy(&octets).into_owned() }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response<Incoming> {
        let stream = TcpStream::connect(self.address).await.expect("a connection");
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.expect("a handshake");
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(path).header("host", "localhost");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        sender.send_request(request.body(Body::from(body)).expect("a request")).await.expect("an answer")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.engine.writer().close();
    }
}

/// The flow that ships.
pub const PAST_DUE: &str = include_str!("../../../flows/pay.past_due.flow.toml");

/// What it calls.
pub const ENDPOINTS: [&str; 2] = ["billing.charge", "billing.claim_paid"];

/// A person.
pub const PERSON: &str = "+12025550123";

static SETTINGS: std::sync::LazyLock<Value> = std::sync::LazyLock::new(
    || json!({ "utility": "City Power", "country": "US", "zone": "Etc/UTC", "currency": "USD", "languages": ["en", "es"], "emergency": "911" }),
);

/// What the past-due flow needs.
pub fn past_due(account: &str) -> Value {
    let data = json!({ "account": account, "amount": "84.50", "due": "2026-11-12", "card": "1234", "mandate": true });
    json!({ "flow": "pay.past_due", "to": PERSON, "data": data })
}

/// A text as a modem prints it.
pub fn deliver(from: &str, at: Timestamp, text: &str) -> String {
    let septets = gsm7::encode(text, Shift::DEFAULT).expect("in the alphabet");
    let deliver = Deliver {
        smsc: None,
        more_messages: false,
        loop_prevention: false,
        status_report_indication: false,
        reply_path: false,
        oa: Address::from_e164(from).expect("an address"),
        pid: 0,
        dcs: Dcs::GSM7,
        scts: NetworkTime::from_unix_ms(at.unix_ms(), 0).expect("a date"),
        udh: Udh::none(),
        ud: UserData::gsm7(&septets, Shift::DEFAULT).expect("fits"),
    };
    hex::encode(&deliver.encode(Smsc::Present).expect("encodes"))
}
