//! A recorded modem on a pty, with real time: what `modem-emulator --replay` and the tests start.

use std::io;
use std::path::{Path, PathBuf};

use answerback::time::{Clock, SystemClock};
use at_commands::Tick;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::pty::{FromTerminal, Pty};
use super::replay::Replay;

/// A running one; dropped, it takes its port away.
#[derive(Debug)]
pub struct ReplayPort {
    link: PathBuf,
    task: JoinHandle<()>,
    state: watch::Receiver<Replay>,
}

const CHUNKS_MAX: usize = 256;

impl ReplayPort {
    /// Opens the port. Must be called inside a tokio runtime.
    pub fn open(link: &Path, modem: Replay) -> io::Result<Self> {
        let (from_terminal, typed) = mpsc::channel(CHUNKS_MAX);
        let pty = Pty::open(link, 0, 1, from_terminal)?;
        let (told, state) = watch::channel(modem.clone());
        let task = tokio::spawn(serve(pty, modem, typed, told));
        Ok(Self { link: link.to_owned(), task, state })
    }

    /// The link of its port.
    pub fn link(&self) -> &Path {
        &self.link
    }

    /// Waits until every command of the trace was said, but for those that begin so.
    pub async fn over(&self, but: &[&str]) -> Result<(), String> {
        let mut state = self.state.clone();
        state.wait_for(|replay| replay.is_over(but)).await.map(drop).map_err(|_| "the port is gone".to_owned())
    }

    /// Commands that the trace did not know so far.
    pub fn strange(&self) -> Vec<String> {
        self.state.borrow().strange().to_vec()
    }
}

impl Drop for ReplayPort {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(pty: Pty, mut modem: Replay, mut typed: mpsc::Receiver<FromTerminal>, told: watch::Sender<Replay>) {
    let started = SystemClock.tick();
    let now = || Tick::default().plus(SystemClock.tick().since(started));
    loop {
        while let Some(octets) = modem.poll_output(now()) {
            pty.print(octets);
        }
        let wait = modem.poll_timeout().map(|at| at.since(now()));
        let timer = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            chunk = typed.recv() => match chunk {
                Some((_, _, octets)) => {
                    modem.handle(now(), &octets);
                    told.send_replace(modem.clone());
                }
                None => return,
            },
            () = timer => {}
        }
    }
}
