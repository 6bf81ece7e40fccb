//! One HTTP request out of the box, to an address a person configured: for webhooks and for the flows' http steps.
//!
//! What matters is what can be said afterwards: did nothing leave, may something have left, or is there an answer?
//! Names are looked up once and the address that was checked is the one that is called. No redirects, limited
//! bodies, one deadline. It decides nothing and writes nothing.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};

use crate::target::{Reach, Target};

/// Sends requests. Cloning shares its connections.
#[derive(Clone)]
pub struct Courier {
    public: Inner,
    private: Inner,
}

/// What is sent.
#[derive(Debug, Clone)]
pub struct Letter {
    /// To whom.
    pub target: Target,
    /// How.
    pub verb: Verb,
    /// Header names and values; a value that is no header value is left out.
    pub headers: Vec<(&'static str, String)>,
    /// The whole time it may take.
    pub patience: Duration,
}

/// What a letter asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Look something up.
    Get,
    /// Hand over JSON.
    Post(Vec<u8>),
}

/// What can be said afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// No octet of the request left the box: it is safe to try again.
    Nothing {
        /// Why, in words.
        why: String,
    },
    /// Something may have left, and no whole answer came back.
    Perhaps {
        /// Why, in words.
        why: String,
    },
    /// The other side answered.
    Answered {
        /// The status code.
        status: u16,
        /// The body, whole.
        body: Vec<u8>,
    },
}

type Inner = Client<HttpsConnector<HttpConnector<Lookup>>, Full<Bytes>>;

/// Setting up a connection takes no longer than this.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Answers are a few values; more is a mistake or an attack.
const BODY_OCTETS_MAX: usize = 64 * 1024;

/// Whether connections are kept for the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// A new one each time: a failed connect then proves that nothing left.
    Fresh,
    /// Kept while idle.
    Kept,
}

impl Courier {
    /// A courier; it opens nothing yet.
    pub fn new(connections: Connections) -> Self {
        Self { public: client(Reach::Public, connections), private: client(Reach::Private, connections) }
    }

    /// Sends one letter and waits for the answer.
    pub async fn send(&self, letter: Letter) -> Sent {
        let client = match letter.target.reach() {
            Reach::Public => &self.public,
            Reach::Private => &self.private,
        };
        let mut request = request(&letter);
        let connection = capture_connection(&mut request);
        match tokio::time::timeout(letter.patience, exchange(client, request)).await {
            Ok(sent) => sent,
            Err(_) => late(&connection, letter.patience),
        }
    }
}

async fn exchange(client: &Inner, request: Request<Full<Bytes>>) -> Sent {
    let answer = match client.request(request).await {
        Ok(answer) => answer,
        Err(error) if error.is_connect() => return Sent::Nothing { why: causes(&error) },
        Err(error) => return Sent::Perhaps { why: causes(&error) },
    };
    let status = answer.status().as_u16();
    match Limited::new(answer.into_body(), BODY_OCTETS_MAX).collect().await {
        Ok(body) => Sent::Answered { status, body: body.to_bytes().to_vec() },
        Err(error) if error.is::<LengthLimitError>() => {
            Sent::Perhaps { why: format!("the answer is longer than {} KiB", BODY_OCTETS_MAX / 1024) }
        }
        Err(error) => Sent::Perhaps { why: format!("the answer broke off: {error}") },
    }
}

fn late(connection: &CaptureConnection, patience: Duration) -> Sent {
    let seconds = patience.as_secs_f32();
    if connection.connection_metadata().is_some() {
        Sent::Perhaps { why: format!("no answer within {seconds} s") }
    } else {
        Sent::Nothing { why: format!("no connection within {seconds} s") }
    }
}

fn request(letter: &Letter) -> Request<Full<Bytes>> {
    let (method, body) = match &letter.verb {
        Verb::Get => (Method::GET, Bytes::new()),
        Verb::Post(body) => (Method::POST, Bytes::copy_from_slice(body)),
    };
    let mut request = Request::new(Full::new(body));
    *request.uri_mut() = letter.target.uri().clone();
    let post = method == Method::POST;
    *request.method_mut() = method;
    let fixed = [("user-agent", AGENT), ("accept", "application/json")];
    let json = post.then_some(("content-type", "application/json"));
    let own = letter.headers.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in fixed.into_iter().chain(json).chain(own) {
        if let Ok(value) = value.parse() {
            request.headers_mut().insert(name, value);
        }
    }
    request
}

const AGENT: &str = concat!("Answerback/", env!("CARGO_PKG_VERSION"));

/// The innermost cause says what happened ("Connection refused"); the outer ones only that it did.
fn causes(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn client(reach: Reach, connections: Connections) -> Inner {
    let mut http = HttpConnector::new_with_resolver(Lookup { reach });
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT_MAX));
    http.set_nodelay(true);
    let idle = match connections {
        Connections::Fresh => 0,
        Connections::Kept => 4,
    };
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(idle).build(tls(http))
}

fn tls(http: HttpConnector<Lookup>) -> HttpsConnector<HttpConnector<Lookup>> {
    let ring = rustls::crypto::ring::default_provider;
    if let Ok(builder) = HttpsConnectorBuilder::new().with_provider_and_native_roots(ring()) {
        return builder.https_or_http().enable_http1().wrap_connector(http);
    }
    // A box without root certificates still reaches http targets; https ones fail by name of the issuer.
    let config = ClientConfig::builder_with_provider(ring().into())
        .with_safe_default_protocol_versions()
        // Ring supports every protocol version that rustls turns on by default.
        .expect("ring has the default versions")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().wrap_connector(http)
}

/// Looks a name up and lets through only addresses within reach, so that what was checked is what is called.
#[derive(Clone)]
struct Lookup {
    reach: Reach,
}

type Found = Pin<Box<dyn Future<Output = io::Result<std::vec::IntoIter<SocketAddr>>> + Send>>;

impl tower_service::Service<Name> for Lookup {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Found;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Found {
        let reach = self.reach;
        Box::pin(async move {
            let mut refused = None;
            let mut within = Vec::new();
            for address in tokio::net::lookup_host((name.as_str(), 0)).await? {
                match reach.admits(address.ip()) {
                    Ok(()) => within.push(address),
                    Err(error) => refused = Some(error),
                }
            }
            match refused {
                Some(error) if within.is_empty() => Err(io::Error::new(io::ErrorKind::PermissionDenied, error)),
                _ => Ok(within.into_iter()),
            }
        })
    }
}
