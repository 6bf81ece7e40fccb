//! Feeds systemd's watchdog, and only while the writer, the timers, the dispatcher and the HTTP loop make real progress.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::serial::Vitals;
use crate::store::{self, Queue, Writer};
use crate::time::{Clock, Tick};

/// Counters that loops advance.
pub struct Beats {
    timers: Arc<AtomicU64>,
    dispatcher: Arc<AtomicU64>,
    modems: Vitals,
    clock: Arc<dyn Clock>,
}

/// A modem's task moves every few seconds, also while its modem is away.
const MODEM_STILL_MAX: Duration = Duration::from_mins(2);

impl Beats {
    /// Beside those of the loops, what the modems' tasks tell of themselves.
    pub fn new(modems: Vitals, clock: Arc<dyn Clock>) -> Self {
        Self { timers: Arc::default(), dispatcher: Arc::default(), modems, clock }
    }

    /// For the loop of the timers.
    pub fn timers(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.timers)
    }

    /// For the loop of the dispatcher.
    pub fn dispatcher(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dispatcher)
    }

    /// The modem whose task hangs.
    fn hanging(&self) -> Option<String> {
        let (name, last) = self.modems.oldest()?;
        (self.clock.tick().since(last) > MODEM_STILL_MAX).then_some(name)
    }

    fn read(&self) -> [u64; 2] {
        [self.timers.load(Ordering::Relaxed), self.dispatcher.load(Ordering::Relaxed)]
    }
}

/// A loop looks around at least every 5 s; one that has not for so long hangs.
const LOOP_STILL_MAX: Duration = Duration::from_secs(15);

/// Starts feeding, where systemd asks for it.
pub fn start(rooms: &mut JoinSet<&'static str>, writer: Writer, beats: Beats, socket: PathBuf, mut stopping: watch::Receiver<bool>) {
    let Some(patience) = sd_notify::watchdog_enabled() else { return };
    rooms.spawn(async move {
        let mut last = beats.read().map(|count| (count, beats.clock.tick()));
        loop {
            tokio::select! {
                () = tokio::time::sleep(patience / 3) => {}
                _ = stopping.wait_for(|stop| *stop) => return "the watchdog",
            }
            let still = still(&mut last, beats.read(), beats.clock.tick());
            let hanging = beats.hanging();
            if !still && hanging.is_none() && writes(&writer, patience / 4).await && answers(&socket, patience / 4).await {
                drop(sd_notify::notify(&[sd_notify::NotifyState::Watchdog]));
            } else {
                tracing::error!(still, ?hanging, "The watchdog is not fed: a loop stands still");
            }
        }
    });
}

/// Whether a loop has stood still for too long. `last`: each loop's count and when it was first seen.
fn still(last: &mut [(u64, Tick); 2], counts: [u64; 2], now: Tick) -> bool {
    for (seen, count) in last.iter_mut().zip(counts) {
        if seen.0 != count {
            *seen = (count, now);
        }
    }
    last.iter().any(|(_, at)| now.since(*at) > LOOP_STILL_MAX)
}

async fn writes(writer: &Writer, patience: Duration) -> bool {
    let job = writer.run(Queue::Others, |_| Ok::<(), store::Error>(()));
    // A full disk is no reason to start anew; a thread that does not answer is.
    tokio::time::timeout(patience, job).await.is_ok()
}

async fn answers(socket: &PathBuf, patience: Duration) -> bool {
    let asked = async {
        let mut stream = UnixStream::connect(socket).await.ok()?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.ok()?;
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).await.ok()?;
        answer.starts_with(b"HTTP/1.1 200").then_some(())
    };
    matches!(tokio::time::timeout(patience, asked).await, Ok(Some(())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Tick {
        Tick::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_loop_that_stands_still_is_seen_although_the_other_moves() {
        let mut last = [(0, at(0)), (0, at(0))];
        for (counts, seconds, expect) in
            [([1, 1], 5, false), ([2, 1], 19, false), ([3, 1], 21, true), ([4, 2], 22, false), ([4, 2], 38, true)]
        {
            assert_eq!(still(&mut last, counts, at(seconds)), expect, "{counts:?} at {seconds} s");
        }
    }
}
