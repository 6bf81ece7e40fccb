//! What Kannel calls: a small loopback server that notes the target of every request and answers with nothing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Hook {
    address: SocketAddr,
    targets: Arc<Mutex<Vec<String>>>,
    task: AbortHandle,
}

/// Kannel's requests are a few hundred octets; what is longer is not read on.
const REQUEST_MAX: usize = 64 * 1024;
/// Without a body; Kannel keeps the connection or opens another.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

impl Hook {
    /// Listens on a free port of the loopback interface. Must be called inside a tokio runtime.
    pub(super) fn start() -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let (address, listener) = (listener.local_addr()?, TcpListener::from_std(listener)?);
        let targets: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&targets);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&noted)));
            }
        });
        Ok(Self { address, targets, task: task.abort_handle() })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every `/path?query` so far, oldest first.
    pub(super) fn targets(&self) -> Vec<String> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, noted: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < REQUEST_MAX {
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
    if let Some(target) = line.split(' ').nth(1) {
        noted.lock().unwrap_or_else(PoisonError::into_inner).push(target.to_owned());
    }
    // Who hangs up early wants no answer.
    let _gone = stream.write_all(ANSWER).await;
}
