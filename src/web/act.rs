//! Decisions of people: tasks closed, doubts decided.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::guard::Sealed;
use super::{Pages, oops, store_failed};
use crate::ids::TaskId;
use crate::store::Queue;

/// `POST /tasks/{id}/close`
pub async fn close_task(State(pages): State<Pages>, Path(id): Path<String>, form: Sealed) -> Result<Response, Response> {
    may_decide(&form)?;
    let id: TaskId = id.parse().map_err(|_| oops(StatusCode::NOT_FOUND, "There is no such task."))?;
    let (by, now) = (form.visitor.key.name.clone(), pages.clock.now());
    let closed = pages.writer.run(Queue::Others, move |tx| tx.close_task(id, &by, now)).await.map_err(|error| store_failed(&error))?;
    if !*closed {
        return Err(oops(StatusCode::CONFLICT, "Somebody else has closed this task already, or there is none of this id."));
    }
    Ok(Redirect::to("/tasks").into_response())
}

fn may_decide(form: &Sealed) -> Result<(), Response> {
    if form.visitor.may_decide() {
        return Ok(());
    }
    Err(oops(StatusCode::FORBIDDEN, "This key may only look. Closing tasks and deciding doubts needs the scope agent or admin."))
}
