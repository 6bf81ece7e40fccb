//! A pretend billing system for tests and the demo: it receives webhooks and answers the flows' http steps.
//!
//! One tiny HTTP server on a free port of the loopback interface. It verifies every signature, books charges by
//! idempotency key and can be told to fail, to charge and fall silent, or to be down.

mod ledger;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use answerback::signature::Secret;
use answerback::time::{Clock as _, SystemClock, Timestamp};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value as Json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

pub use ledger::{Behaviour, Charge, Ledger, Reply};

/// The billing system; it ends when this is dropped.
pub struct Utility {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: AbortHandle,
}

/// Something the billing system saw.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// A webhook.
    Hook(Hook),
    /// A call of an http step.
    Call(Call),
    /// A look-up of what became of the call with this key.
    LookUp(String),
}

/// A webhook as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// `webhook-id`.
    pub id: String,
    /// Whether signature and age are right.
    pub verified: bool,
    /// The event.
    pub body: Json,
    /// When it was read.
    pub at: Timestamp,
    /// What it was answered with.
    pub status: u16,
}

/// A call as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// For example `/billing/charge`.
    pub path: String,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// Whether signature and age are right; `true` where no secret is shared.
    pub verified: bool,
    /// What was sent.
    pub body: Json,
    /// When it was read.
    pub at: Timestamp,
}

struct Shared {
    ledger: Mutex<Ledger>,
    hook_status: Mutex<u16>,
    hook_secrets: Mutex<Vec<Secret>>,
    call_secret: Option<Secret>,
    seen: broadcast::Sender<Seen>,
    log: Mutex<Vec<Seen>>,
}

/// A reader that falls further behind reads [`Utility::log`] instead.
const SEEN_WAITING_MAX: usize = 4_096;
const BODY_OCTETS_MAX: usize = 1 << 20;
/// Standard Webhooks: a receiver refuses what is older or newer than this.
const AGE_MS_MAX: i64 = 5 * 60 * 1000;

impl Utility {
    /// Starts the server on a free port. Calls are verified with `call_secret`; without one they are taken unsigned.
    pub async fn start(call_secret: Option<Secret>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            ledger: Mutex::default(),
            hook_status: Mutex::new(204),
            hook_secrets: Mutex::default(),
            call_secret,
            seen: broadcast::channel(SEEN_WAITING_MAX).0,
            log: Mutex::default(),
        });
        let task = tokio::spawn(serve(listener, Arc::clone(&shared))).abort_handle();
        Ok(Self { address, shared, task })
    }

    /// Where a path of this server is, for example `/hooks`, `/billing/charge`, `/billing/status`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Adds a secret with which webhooks may be signed; it becomes known when the webhook is created.
    pub fn trust_hooks_signed_with(&self, secret: Secret) {
        locked(&self.shared.hook_secrets).push(secret);
    }

    /// What webhooks are answered with; 204 at first.
    pub fn answer_hooks_with(&self, status: u16) {
        *locked(&self.shared.hook_status) = status;
    }

    /// The books, to read them or to change how charges are treated.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        locked(&self.shared.ledger)
    }

    /// Everything seen from now on, as it comes.
    pub fn watch(&self) -> broadcast::Receiver<Seen> {
        self.shared.seen.subscribe()
    }

    /// Everything seen so far, in order.
    pub fn log(&self) -> Vec<Seen> {
        locked(&self.shared.log).clone()
    }

    /// The webhooks so far, in order.
    pub fn hooks(&self) -> Vec<Hook> {
        let hook = |seen| if let Seen::Hook(hook) = seen { Some(hook) } else { None };
        self.log().into_iter().filter_map(hook).collect()
    }

    /// The calls so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        let call = |seen| if let Seen::Call(call) = seen { Some(call) } else { None };
        self.log().into_iter().filter_map(call).collect()
    }

    /// Waits until something seen (so far or later) is what `wanted` looks for.
    pub async fn wait_for(&self, patience: Duration, wanted: impl Fn(&Seen) -> bool) -> Option<Seen> {
        let mut news = self.watch();
        if let Some(seen) = self.log().into_iter().find(|seen| wanted(seen)) {
            return Some(seen);
        }
        tokio::time::timeout(patience, async {
            loop {
                match news.recv().await {
                    Ok(seen) if wanted(&seen) => return Some(seen),
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        })
        .await
        .ok()
        .flatten()
    }
}

impl Drop for Utility {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Connections end with the server, not after it: a system that is down answers nobody.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(connection(stream, Arc::clone(&shared)))),
            Err(error) => tracing::warn!(%error, "The pretend billing system cannot accept"),
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| handle(request, Arc::clone(&shared)));
    // A handler's error closes the connection without an answer: that is how `Reply::Reset` is done.
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "A connection to the pretend billing system ended");
    }
}

/// Closes the connection without an answer.
#[derive(Debug)]
struct Break;

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("told to break the connection")
    }
}

impl std::error::Error for Break {}

async fn handle(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Response<Full<Bytes>>, Break> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_OCTETS_MAX).collect().await.map_err(|_| Break)?.to_bytes();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let now = SystemClock.now();
    let signed = Signed { id: header("webhook-id"), at: header("webhook-timestamp"), signatures: header("webhook-signature") };
    let reply = match (&head.method, head.uri.path()) {
        (&Method::POST, "/hooks") => hook(&shared, &signed, &body, now),
        (&Method::GET, "/billing/status") => look_up(&shared, key_of(head.uri.query().unwrap_or_default())),
        (&Method::POST, path) => call(&shared, path, header("idempotency-key"), &signed, &body, now),
        _ => Reply::Json(405, Json::Null),
    };
    match reply {
        Reply::Json(status, json) => Ok(response(status, &json)),
        Reply::Reset => Err(Break),
        Reply::Silence => std::future::pending::<Result<_, Infallible>>().await.map_err(|never| match never {}),
    }
}

fn hook(shared: &Shared, signed: &Signed, body: &[u8], at: Timestamp) -> Reply {
    let secrets = locked(&shared.hook_secrets).clone();
    let verified = secrets.iter().any(|secret| signed.by(secret, body, at));
    let status = if verified { *locked(&shared.hook_status) } else { 401 };
    let id = signed.id.clone().unwrap_or_default();
    let body = serde_json::from_slice(body).unwrap_or(Json::Null);
    note(shared, Seen::Hook(Hook { id, verified, body, at, status }));
    Reply::Json(status, Json::Null)
}

fn call(shared: &Shared, path: &str, key: Option<String>, signed: &Signed, body: &[u8], at: Timestamp) -> Reply {
    let verified = shared.call_secret.as_ref().is_none_or(|secret| signed.by(secret, body, at));
    let fields: Map<String, Json> = serde_json::from_slice(body).unwrap_or_default();
    let reply = if verified {
        locked(&shared.ledger).post(path, key.as_deref(), &fields)
    } else {
        Reply::Json(401, serde_json::json!({ "reason": "the signature is wrong" }))
    };
    note(shared, Seen::Call(Call { path: path.to_owned(), key, verified, body: Json::Object(fields), at }));
    reply
}

fn look_up(shared: &Shared, key: String) -> Reply {
    let reply = locked(&shared.ledger).look_up(&key);
    note(shared, Seen::LookUp(key));
    reply
}

fn note(shared: &Shared, seen: Seen) {
    locked(&shared.log).push(seen.clone());
    // Nobody may be watching.
    drop(shared.seen.send(seen));
}

struct Signed {
    id: Option<String>,
    at: Option<String>,
    signatures: Option<String>,
}

impl Signed {
    fn by(&self, secret: &Secret, body: &[u8], now: Timestamp) -> bool {
        let (Some(id), Some(at), Some(signatures)) = (&self.id, &self.at, &self.signatures) else {
            return false;
        };
        let Ok(seconds) = at.parse::<i64>() else {
            return false;
        };
        let at = Timestamp::from_unix_ms(seconds.saturating_mul(1000));
        let wanted = secret.sign(id, at, body);
        now.ms_since(at).abs() <= AGE_MS_MAX && signatures.split(' ').any(|signature| signature == wanted)
    }
}

fn key_of(query: &str) -> String {
    let coded = query.split('&').find_map(|pair| pair.strip_prefix("key=")).unwrap_or_default();
    let mut octets = coded.bytes();
    let mut key = Vec::new();
    while let Some(octet) = octets.next() {
        let two: Vec<u8> = if octet == b'%' { octets.by_ref().take(2).collect() } else { Vec::new() };
        let decoded = std::str::from_utf8(&two).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
        key.push(decoded.unwrap_or(octet));
    }
    String::from_utf8_lossy(&key).into_owned()
}

fn response(status: u16, json: &Json) -> Response<Full<Bytes>> {
    let body = if json.is_null() { Bytes::new() } else { Bytes::from(json.to_string()) };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response
}
