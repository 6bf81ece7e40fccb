//! Requests that wait for the end of something a modem does.

use std::time::Duration;

use super::App;
use super::error::ApiError;
use crate::store::{self, Reader};

/// Proxies cut what takes longer.
const WAIT_S_MAX: u8 = 120;

/// How long a request waits.
pub fn patience(seconds: u8) -> Result<Duration, ApiError> {
    if seconds > WAIT_S_MAX {
        return Err(ApiError::field("/wait", format!("waits for 0 to {WAIT_S_MAX} seconds")));
    }
    Ok(Duration::from_secs(u64::from(seconds)))
}

/// What is read once it is open no more, or as it is after so long; `None` where there is no such thing.
pub async fn until_ended<T: Send + 'static>(
    app: &App,
    patience: Duration,
    read: impl Fn(&Reader<'_>) -> store::Result<Option<T>> + Clone + Send + 'static,
    is_open: impl Fn(&T) -> bool,
) -> Result<Option<T>, ApiError> {
    let (mut pulse, mut stopping) = (app.engine().pulse(), app.stopping());
    let patience = tokio::time::sleep(patience);
    tokio::pin!(patience);
    loop {
        let seen = pulse.borrow_and_update().errands;
        let row = app.read(read.clone()).await?;
        if row.as_ref().is_none_or(|row| !is_open(row)) || patience.is_elapsed() {
            return Ok(row);
        }
        tokio::select! {
            changed = pulse.wait_for(|pulse| pulse.errands != seen) => if changed.is_err() { return Ok(row) },
            _ = stopping.wait_for(|stop| *stop) => return Ok(row),
            () = &mut patience => {}
        }
    }
}
