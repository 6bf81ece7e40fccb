//! L4. The loops that act by themselves: what is due fires, and what waits goes to a modem: texts, and what else is wanted of it. Both sleep until there is
//! something to do: a commit, a modem, or the next due time.

mod dispatcher;
mod errands;
mod expiry;
#[cfg(test)]
mod tests;

pub use dispatcher::dispatch;
pub use errands::errands;
pub use expiry::expiry;

use std::time::Duration;

use tokio::sync::watch;

use crate::time::Timestamp;

/// The wall clock may be set while a loop sleeps, and the watchdog wants to see it move: look again after this at the latest.
const SLEEP_MAX: Duration = Duration::from_secs(5);
/// After the store said no.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// How long to sleep until `at`, at most [`SLEEP_MAX`].
fn sleep_until(at: Option<Timestamp>, now: Timestamp) -> Duration {
    at.map_or(SLEEP_MAX, |at| Duration::from_millis(u64::try_from(at.ms_since(now)).unwrap_or(0)).min(SLEEP_MAX))
}

/// Waits until the daemon stops. An error means that it has let go of the switch: then it has stopped, too.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stop| *stop).await);
}
