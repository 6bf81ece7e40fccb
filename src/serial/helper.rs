//! [`Helper`]: asks the root helper (`answerback-usb`) to reset a USB device or to switch its power. The daemon itself has no right to.
//! One connection for each request, one line each way; where nobody listens, nothing is offered.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::terms::Rung;

/// Who resets USB devices and switches power.
#[derive(Debug, Clone, Default)]
pub struct Helper {
    socket: Option<PathBuf>,
}

/// What it can do is asked before every life of a driver: a box without a helper must not wait.
const ASK_PATIENCE: Duration = Duration::from_secs(2);
/// A relay of the site may take a minute.
const ACT_PATIENCE: Duration = Duration::from_secs(90);
const ANSWER_OCTETS_MAX: u64 = 512;

impl Helper {
    /// The one behind this socket.
    pub fn behind(socket: &Path) -> Self {
        Self { socket: Some(socket.to_owned()) }
    }

    /// What it can do for the modem on this port.
    pub(super) async fn offers(&self, port: &Path) -> Vec<Rung> {
        let answer = self.request("ask", port, ASK_PATIENCE).await.unwrap_or_default();
        let mut words = answer.split_whitespace();
        if words.next() != Some("can") {
            return Vec::new();
        }
        words
            .filter_map(|word| [("reset", Rung::UsbReset), ("power", Rung::Power)].into_iter().find(|(name, _)| *name == word))
            .map(|(_, rung)| rung)
            .collect()
    }

    /// Has it do this rung; words where it did not.
    pub(super) async fn act(&self, port: &Path, rung: Rung) -> Result<(), String> {
        let verb = if rung == Rung::Power { "power" } else { "reset" };
        match self.request(verb, port, ACT_PATIENCE).await?.as_str() {
            "done" => Ok(()),
            words => Err(words.strip_prefix("no: ").unwrap_or(words).to_owned()),
        }
    }

    async fn request(&self, verb: &str, port: &Path, patience: Duration) -> Result<String, String> {
        let socket = self.socket.as_deref().ok_or("there is no helper")?;
        // A name under /dev/answerback is a link; the helper knows the kernel's name alone.
        let tty = std::fs::canonicalize(port).map_err(|error| format!("{}: {error}", port.display()))?;
        let tty = tty.file_name().and_then(|name| name.to_str()).ok_or("the port has no name")?;
        let line = format!("{verb} {tty}\n");
        match tokio::time::timeout(patience, exchange(socket, &line)).await {
            Ok(Ok(answer)) => Ok(answer.lines().next().unwrap_or_default().to_owned()),
            Ok(Err(error)) => Err(format!("{}: {error}", socket.display())),
            Err(_late) => Err(format!("no answer within {} s", patience.as_secs())),
        }
    }
}

async fn exchange(socket: &Path, line: &str) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(line.as_bytes()).await?;
    stream.shutdown().await?;
    let mut answer = String::new();
    stream.take(ANSWER_OCTETS_MAX).read_to_string(&mut answer).await?;
    Ok(answer)
}
