//! Decisions of people: tasks closed, doubts decided.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::guard::Sealed;
use super::{No, Pages, oops};
use crate::engine::Reject;
use crate::engine::doubt::{self, As};
use crate::ids::{MessageId, TaskId};

/// `POST /tasks/{id}/close`
pub async fn close_task(State(pages): State<Pages>, Path(id): Path<String>, form: Sealed) -> Result<Response, No> {
    may_decide(&form)?;
    let id: TaskId = id.parse().map_err(|_| oops(StatusCode::NOT_FOUND, "There is no such task."))?;
    let by = form.visitor.key.name.clone();
    let close = move |work: &mut crate::engine::Work<'_, '_>| {
        let closed = work.tx.close_task(id, &by, work.now)?;
        let no = || Reject::new("closed", "somebody else has closed this task already, or there is none of this id");
        closed.then_some(()).ok_or_else(no)
    };
    pages.run(close).await?;
    Ok(Redirect::to("/tasks").into_response())
}

/// `POST /messages/{id}/resolve`
pub async fn resolve(State(pages): State<Pages>, Path(id): Path<String>, form: Sealed) -> Result<Response, No> {
    may_decide(&form)?;
    let id: MessageId = id.parse().map_err(|_| oops(StatusCode::NOT_FOUND, "There is no such text."))?;
    let decision = match form.text("as") {
        "resend" => As::Resend,
        "sent" => As::Sent,
        "cancel" => As::Cancel,
        _ => return Err(oops(StatusCode::BAD_REQUEST, "Choose one of the three: send again, treat as sent, give up.")),
    };
    let by = form.visitor.key.name.clone();
    pages.run(move |work| doubt::resolve(work, id, decision, &by)).await?;
    Ok(Redirect::to("/").into_response())
}

fn may_decide(form: &Sealed) -> Result<(), No> {
    if form.visitor.may_decide() {
        return Ok(());
    }
    Err(oops(StatusCode::FORBIDDEN, "This key may only look. Closing tasks and deciding doubts needs the scope agent or admin."))
}
