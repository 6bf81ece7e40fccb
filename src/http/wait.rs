//! Requests that wait for the end of something a modem does.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::App;
use super::error::ApiError;
use super::write;
use crate::engine::idempotent::{self, Idempotency};
use crate::engine::{Reject, Work};
use crate::store::{self, Reader};

/// Something that a modem does for a request, as its row tells.
pub trait Errand: Sized + Send + 'static {
    /// What it is called where it is not found.
    const NAME: &'static str;
    /// What clients are shown of it.
    type View: Serialize;
    /// By its number.
    fn read(reader: &Reader<'_>, id: i64) -> store::Result<Option<Self>>;
    /// Its end is still to come.
    fn is_open(&self) -> bool;
    /// As clients see it.
    fn view(self) -> Self::View;
}

/// Has it taken down, once for each key, and waits for its end: 202 where that is still to come.
pub async fn carry_out<E: Errand>(
    app: &App,
    idempotency: Option<Idempotency>,
    patience: Duration,
    ask: impl FnOnce(&mut Work<'_, '_>) -> Result<i64, Reject> + Send + 'static,
) -> Result<Response, ApiError> {
    let answered = app.write(move |work| idempotent::once(work, idempotency.as_ref(), ask)).await?;
    let row: Option<E> = until_ended(app, patience, answered.answer).await?;
    let row = row.ok_or_else(|| ApiError::not_found(E::NAME))?;
    let status = if row.is_open() { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok(write::answer(status, &row.view(), answered.replayed))
}

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
async fn until_ended<E: Errand>(app: &App, patience: Duration, id: i64) -> Result<Option<E>, ApiError> {
    let (mut pulse, mut stopping) = (app.engine().pulse(), app.stopping());
    let patience = tokio::time::sleep(patience);
    tokio::pin!(patience);
    loop {
        let seen = pulse.borrow_and_update().errands;
        let row = app.read(move |reader| E::read(reader, id)).await?;
        if row.as_ref().is_none_or(|row| !row.is_open()) || patience.is_elapsed() {
            return Ok(row);
        }
        tokio::select! {
            changed = pulse.wait_for(|pulse| pulse.errands != seen) => if changed.is_err() { return Ok(row) },
            _ = stopping.wait_for(|stop| *stop) => return Ok(row),
            () = &mut patience => {}
        }
    }
}
