//! Who calls, and whether they may: a bearer key with scopes, or the uid that the kernel tells of a unix socket's peer.
//!
//! Keys are 256 random bits and stored as SHA-256, so that looking one up tells nothing about its neighbours.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

use super::App;
use super::error::ApiError;
use super::serve::Network;
use super::table::Needs;
use crate::engine::Reject;
use crate::ids::KeyId;
use crate::signature::sha256_hex;
use crate::terms::{Policy, Scope, Word as _};

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// By TCP: a key says who it is.
    Network(SocketAddr),
    /// By the unix socket: the kernel says who it is; `None` where it does not.
    Local(Option<u32>),
}

impl Connected<IncomingStream<'_, Network>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Network>) -> Self {
        Self::Network(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self::Local(stream.io().peer_cred().ok().map(|peer| peer.uid()))
    }
}

/// Who asks: for the audit, for idempotency keys and for what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `local:UID`, or the id of the key.
    pub who: String,
    /// What they may do.
    pub scopes: Vec<Scope>,
}

impl Caller {
    /// Whether one of these scopes is theirs; `admin` has all.
    pub fn may(&self, any_of: &[Scope]) -> bool {
        self.scopes.contains(&Scope::Admin) || any_of.iter().any(|scope| self.scopes.contains(scope))
    }

    /// Refuses sending under a policy that the key has no scope for.
    pub fn must_send(&self, policy: Policy) -> Result<(), ApiError> {
        let scope = Scope::to_send(policy);
        if self.may(&[scope]) { Ok(()) } else { Err(self.lacks(&[scope])) }
    }

    /// [`Caller::must_send`] where the policy is only known inside the transaction.
    pub fn must_send_in_job(&self, policy: Policy) -> Result<(), Reject> {
        let scope = Scope::to_send(policy);
        if self.may(&[scope]) { Ok(()) } else { Err(Reject::new("scope", self.lack_words(&[scope]))) }
    }

    /// Whoever may send under this policy may also end what was sent, and so may an agent.
    pub fn must_work_or_send_in_job(&self, policy: Policy) -> Result<(), Reject> {
        if self.may(&[Scope::Agent]) { Ok(()) } else { self.must_send_in_job(policy) }
    }

    fn lacks(&self, any_of: &[Scope]) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, "scope", self.lack_words(any_of))
    }

    fn lack_words(&self, any_of: &[Scope]) -> String {
        let list = |scopes: &[Scope]| scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(", ");
        format!("this needs one of the scopes {}; the key has {}", list(any_of), list(&self.scopes))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| ApiError::internal("a route without a scope asked who calls"))
    }
}

/// What stands in front of one route.
#[derive(Clone)]
pub struct Guard {
    /// The box.
    pub app: App,
    /// Who may.
    pub needs: Needs,
    /// Whether the time-out is not for it.
    pub waits: bool,
}

/// A request that takes longer has lost its caller.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// Lets a request through to its handler, or refuses it.
pub async fn pass(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    if let Needs::AnyOf(scopes) = guard.needs {
        let given = request.headers().get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default().to_owned());
        let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|peer| peer.0);
        match admitted(&guard.app, given, peer, scopes).await {
            Ok(caller) => request.extensions_mut().insert(caller),
            Err(refusal) => return refusal.into_response(),
        };
    }
    if guard.waits {
        return next.run(request).await;
    }
    let Ok(response) = tokio::time::timeout(REQUEST_TIME_MAX, next.run(request)).await else {
        let words = "the request took too long; nothing says whether it was done: ask again with the same Idempotency-Key";
        return ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", words).into_response();
    };
    response
}

async fn admitted(app: &App, given: Option<String>, peer: Option<Peer>, scopes: &[Scope]) -> Result<Caller, ApiError> {
    let caller = match (given, peer) {
        (None, Some(Peer::Local(Some(uid)))) => Caller { who: format!("local:{uid}"), scopes: vec![Scope::Admin] },
        (None, Some(Peer::Local(None) | Peer::Network(_)) | None) => {
            return Err(unauthorized("no_key", "send a key: Authorization: Bearer KEY (answerback key create makes one)"));
        }
        (Some(header), _) => bearer(app, &header).await?,
    };
    if caller.may(scopes) { Ok(caller) } else { Err(caller.lacks(scopes)) }
}

async fn bearer(app: &App, header: &str) -> Result<Caller, ApiError> {
    let Some((_, secret)) = header.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
        return Err(unauthorized("no_key", "write the header as Authorization: Bearer KEY"));
    };
    let hash = sha256_hex(secret.trim().as_bytes());
    let key = app.read(move |reader| reader.key_by_hash(&hash)).await?;
    let key = key.ok_or_else(|| unauthorized("wrong_key", "this is no key of this box"))?;
    if key.revoked_at.is_some() {
        return Err(unauthorized("revoked_key", "this key was revoked; ask for a new one"));
    }
    if key.expires_at.is_some_and(|end| end <= app.now()) {
        return Err(unauthorized("expired_key", "this key has expired; ask for a new one"));
    }
    if key.last_used_at.is_none_or(|last| app.now().ms_since(last) >= USED_EVERY_MS) {
        note_use(app, key.id);
    }
    Ok(Caller { who: key.id.to_string(), scopes: key.scopes.iter().filter_map(|word| Scope::from_word(word)).collect() })
}

/// The use of a key is noted to the minute: a write for every request would cost more than it tells.
const USED_EVERY_MS: i64 = 60_000;

/// Notes that a key was used, beside the request: nobody waits for it.
fn note_use(app: &App, id: KeyId) {
    let app = app.clone();
    tokio::spawn(async move {
        let now = app.now();
        // A box that cannot write this now will do so with the next request.
        drop(app.write(move |work| Ok(work.tx.touch_key(id, now)?)).await);
    });
}

fn unauthorized(code: &'static str, words: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, words)
}
