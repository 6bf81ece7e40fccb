//! The local commands' way to the daemon: its HTTP API over the unix socket. The kernel says who is calling, so no key is needed.

use std::path::{Path, PathBuf};

use axum::body::Body;
use http_body_util::BodyExt as _;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use super::Failure;

/// A daemon on this machine.
#[derive(Debug, Clone)]
pub struct Client {
    socket: PathBuf,
}

/// What the daemon said.
#[derive(Debug)]
pub struct Answer {
    /// Whether it is a yes.
    pub ok: bool,
    /// Its body.
    pub body: Value,
}

impl Client {
    /// The daemon behind this socket.
    pub fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    /// Asks for something to read; a refusal is a failure with the daemon's words.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await?.accepted()
    }

    /// Asks for something to be done; a refusal is a failure with the daemon's words.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, Some(body)).await?.accepted()
    }

    /// One request, one answer.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        let response = self.send(method, path, body).await?;
        let status = response.status();
        let octets = response.into_body().collect().await.map_err(|error| self.cut(&error))?.to_bytes();
        let body = serde_json::from_slice(&octets).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&octets).into_owned()));
        Ok(Answer { ok: status.is_success(), body })
    }

    /// Reads server-sent events until `each` says it has enough.
    pub async fn events(&self, path: &str, mut each: impl FnMut(&Value) -> Enough) -> Result<(), Failure> {
        let response = self.send(Method::GET, path, None).await?;
        if !response.status().is_success() {
            let octets = response.into_body().collect().await.map_err(|error| self.cut(&error))?.to_bytes();
            let body = serde_json::from_slice(&octets).unwrap_or(Value::Null);
            return Answer { ok: false, body }.accepted().map(drop);
        }
        let (mut body, mut pending) = (response.into_body(), Vec::new());
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.cut(&error))?;
            pending.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            while let Some(end) = pending.iter().position(|octet| *octet == b'\n') {
                let line: Vec<u8> = pending.drain(..=end).collect();
                let data = line.strip_prefix(b"data:").and_then(|data| serde_json::from_slice(data).ok());
                if data.is_some_and(|event| each(&event) == Enough::Yes) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response<hyper::body::Incoming>, Failure> {
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| self.unreachable(&error))?;
        let (mut sender, connection): (SendRequest<Body>, _) = handshake(TokioIo::new(stream)).await.map_err(|error| self.cut(&error))?;
        tokio::spawn(connection);
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        let request = match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let request = request.map_err(|error| Failure::no(format!("this cannot be asked of the daemon: {error}")))?;
        sender.send_request(request).await.map_err(|error| self.cut(&error))
    }

    fn unreachable(&self, error: &std::io::Error) -> Failure {
        let socket = self.socket.display();
        if error.kind() == std::io::ErrorKind::PermissionDenied {
            return Failure::no(format!("{socket}: permission denied; run this as root or join the group `answerback`"));
        }
        Failure::not_running(format!(
            "the daemon is not running ({socket}: {error}); start it with `systemctl start answerback` or `answerback run`"
        ))
    }

    fn cut(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::no(format!("the daemon hung up ({}: {error}); look at its log", self.socket.display()))
    }
}

/// Whether a reader of events goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enough {
    /// It has what it wanted.
    Yes,
    /// It reads on.
    No,
}

impl Answer {
    /// The body of a yes, or a failure with the words of the no.
    pub fn accepted(self) -> Result<Value, Failure> {
        if self.ok {
            return Ok(self.body);
        }
        let text = |key: &str| self.body[key].as_str().unwrap_or_default().to_owned();
        let detail = if text("detail").is_empty() { self.body.to_string() } else { text("detail") };
        Err(Failure::no(match text("code").as_str() {
            "" => detail,
            code => format!("{detail} ({code})"),
        }))
    }
}
