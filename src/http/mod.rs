//! L4. The HTTP API: every route in one table, every refusal problem+json. Status codes are made here and in `web` only.
//!
//! A handler parses, calls the engine and renders. It holds no state but [`App`] and never waits inside a transaction.

mod at;
mod audit;
mod auth;
mod balances;
mod calls;
mod codes;
mod config;
mod contacts;
mod conversations;
mod docs;
mod endpoints;
mod error;
mod events;
mod extract;
mod flows;
mod health;
mod keys;
mod list;
mod messages;
mod metrics;
mod modems;
mod openapi;
mod places;
mod queues;
mod recoveries;
mod rings;
mod rosters;
mod routes;
mod selftests;
mod serve;
mod sessions;
mod settings;
mod signals;
mod table;
mod trace;
mod ussd;
mod view;
mod wait;
mod webhooks;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri, header};
use axum::middleware::from_fn;
use axum::routing::get;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;

pub use auth::Peer;
pub use error::{ApiError, FieldError, Problem};
pub use flows::{Rehearsal, Sandbox};
pub use routes::ROUTES;
pub use serve::{serve_local, serve_network};
pub use table::{Needs, Route};

use crate::engine::eta::Outlook;
use crate::engine::fleet::Fleet;
use crate::engine::{Engine, Reject, Work};
use crate::msisdn::Msisdn;
use crate::store::{self, Queue, Reader};
use crate::time::Timestamp;

/// The largest body of a request: a configuration with every flow fits many times.
pub const BODY_OCTETS_MAX: usize = 1 << 20;

/// What every handler has at hand. Clones share it.
#[derive(Clone)]
pub struct App {
    rooms: Arc<Rooms>,
}

/// What the daemon gives to the API.
pub struct Rooms {
    /// Everything below the shells.
    pub engine: Engine,
    /// The modems that are there now.
    pub fleet: Fleet,
    /// Tries flows for people.
    pub sandbox: Arc<Sandbox>,
    /// Turns true when the daemon stops: streams and long polls end.
    pub stopping: watch::Receiver<bool>,
}

impl App {
    /// The API of these rooms.
    pub fn new(rooms: Rooms) -> Self {
        Self { rooms: Arc::new(rooms) }
    }

    fn engine(&self) -> &Engine {
        &self.rooms.engine
    }

    /// Reads in one snapshot.
    async fn read<T: Send + 'static>(&self, read: impl FnOnce(&Reader<'_>) -> store::Result<T> + Send + 'static) -> Result<T, ApiError> {
        Ok(self.rooms.engine.read(read).await?)
    }

    /// Reads with what an estimate looks at.
    async fn outlook<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Outlook<'_>) -> store::Result<T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (lanes, seats, now) = (self.engine().lanes(), self.fleet().seats(), self.now());
        self.read(move |reader| read(&Outlook { reader, lanes: &lanes, seats: &seats, now })).await
    }

    /// Does one thing in the writer; the answer is of what was committed.
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject> + Send + 'static,
    ) -> Result<T, ApiError> {
        Ok(self.rooms.engine.run_named("serve a client", Queue::Others, job).await?.into_inner())
    }

    /// A number as the box's country writes it.
    async fn number(&self, pointer: &str, text: &str) -> Result<Msisdn, ApiError> {
        let book = self.rooms.engine.book().await?;
        let read = match book.country() {
            Some(country) => Msisdn::parse(text, country),
            None => Msisdn::from_e164(text),
        };
        read.map_err(|error| ApiError::parameter(pointer, error.to_string()))
    }

    fn stopping(&self) -> watch::Receiver<bool> {
        self.rooms.stopping.clone()
    }

    fn sandbox(&self) -> Arc<Sandbox> {
        Arc::clone(&self.rooms.sandbox)
    }

    fn fleet(&self) -> &Fleet {
        &self.rooms.fleet
    }

    fn now(&self) -> Timestamp {
        self.rooms.engine.now()
    }
}

/// The whole API. Pages of other rooms are merged into it by the daemon.
pub fn router(app: &App) -> Router {
    let document = openapi::document(ROUTES);
    // The document is made of strings and numbers: it always writes as JSON.
    let document = serde_json::to_value(&document).unwrap_or_default();
    let (page, text) = (docs::page(ROUTES, &document), document.to_string());
    let routes = table::assemble(ROUTES, app)
        .route("/openapi.json", get(async move || ([(header::CONTENT_TYPE, "application/json")], text)))
        .route("/docs", get(async move || docs::response(page)))
        .route("/docs/style.css", get(docs::style))
        .fallback(nowhere);
    dressed(routes)
}

/// What is around every route: a limit for bodies, a net for panics, and the form of refusals.
fn dressed(routes: Router) -> Router {
    routes.layer(DefaultBodyLimit::max(BODY_OCTETS_MAX)).layer(CatchPanicLayer::custom(panicked)).layer(from_fn(error::finish))
}

async fn nowhere(uri: Uri) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {}; /docs lists every address", uri.path()))
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    let words = cause.downcast_ref::<String>().cloned().or_else(|| cause.downcast_ref::<&str>().map(|words| (*words).to_owned()));
    ApiError::internal(words.unwrap_or_else(|| "a panic".to_owned())).into_response()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_and_keeps_its_words_to_itself() {
        let routes = Router::new().route("/", get(async || -> &'static str { panic!("secret words") }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        let (_stop, stopping) = watch::channel(false);
        tokio::spawn(serve_network(listener, dressed(routes), stopping));
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains("\"code\":\"internal\"") && !answer.contains("secret words"), "{answer}");
    }
}
