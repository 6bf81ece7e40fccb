//! A webhook receiver that notes when the first octet of each request came in.

use std::net::SocketAddr;

use answerback::time::{Clock as _, SystemClock};
use at_commands::Tick;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A request: when its first octet came, and all of it.
pub(crate) struct Request {
    pub(crate) first_octet: Tick,
    pub(crate) text: String,
}

/// Listens on a free port of the loopback interface and tells of every request.
pub(crate) async fn listen() -> std::io::Result<(SocketAddr, mpsc::UnboundedReceiver<Request>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let (told, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, told.clone()));
        }
    });
    Ok((address, requests))
}

async fn serve(mut stream: TcpStream, told: mpsc::UnboundedSender<Request>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let Ok(mut filled) = stream.read(&mut buffer).await else { return };
        let first_octet = SystemClock.tick();
        while filled > 0 && !complete(&buffer[..filled]) {
            match stream.read(&mut buffer[filled..]).await {
                Ok(0) | Err(_) => return,
                Ok(more) => filled += more,
            }
        }
        if filled == 0 || stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.is_err() {
            return;
        }
        let text = String::from_utf8_lossy(&buffer[..filled]).into_owned();
        if told.send(Request { first_octet, text }).is_err() {
            return;
        }
    }
}

/// Whether head and body are there.
fn complete(octets: &[u8]) -> bool {
    let text = String::from_utf8_lossy(octets);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|n| n.trim().to_owned()));
    length.and_then(|length| length.parse::<usize>().ok()).is_none_or(|length| body.len() >= length)
}
