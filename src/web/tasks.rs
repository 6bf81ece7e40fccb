//! What waits for a person.

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::guard::Visitor;
use super::layout::{Place, Tone, pill};
use super::show::{Calendar, words};
use super::{No, Pages, around, framed, told};
use crate::conversation::effect::TaskKind;
use crate::store::{Paging, Reader, Result as Stored, Task};

const TASKS_MAX: u32 = 200;

/// `GET /tasks`
pub async fn page(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (around, tasks) = pages.read(|reader| Ok((around(reader)?, open_tasks(reader)?))).await?;
    let content = html! {
        div class="heading" { h1 { "Tasks" } span class="live" data-lamp { "not live" } }
        section class="card" aria-label="Open tasks" data-live="/part/tasks" { (list(&tasks, &visitor, &pages.calendar(&around.settings))) }
    };
    Ok(framed("Tasks", Place::Tasks, &around, &visitor, &content))
}

/// The list alone, when something changed.
pub async fn part(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (settings, tasks) = pages.read(|reader| Ok((told(reader)?, open_tasks(reader)?))).await?;
    Ok(Html(list(&tasks, &visitor, &pages.calendar(&settings)).into_string()))
}

/// Urgent ones first, then the oldest.
fn open_tasks(reader: &Reader<'_>) -> Stored<Vec<Task>> {
    let mut tasks = reader.tasks(true, Paging::newest(TASKS_MAX))?.items;
    tasks.sort_by_key(|task| (!task.urgent, task.due_at.unwrap_or(task.created_at), task.n));
    Ok(tasks)
}

fn list(tasks: &[Task], visitor: &Visitor, calendar: &Calendar) -> Markup {
    html! {
        @if tasks.is_empty() { p class="empty" { "Nothing waits for a person." } }
        ul class="rows" { @for task in tasks { (row(task, visitor, calendar)) } }
    }
}

fn row(task: &Task, visitor: &Visitor, calendar: &Calendar) -> Markup {
    html! {
        li data-key=(task.id) {
            div class="row" {
                @if task.urgent { (pill(Tone::Bad, "urgent")) }
                span class="lead" { (kind_words(task.kind)) }
                @if let Some(person) = &task.msisdn { a href=(format!("/conversations/{}", person.e164())) { (person.e164()) } }
                span class="soft" { "queue " (words(&task.queue)) }
                span class="end" { (calendar.ago(task.created_at)) }
            }
            p { (words(task.note.expose())) }
            @if let Some(due) = task.due_at {
                p class="small" { @if due < calendar.now() { (pill(Tone::Bad, "overdue")) " " } "by " (calendar.time(due)) }
            }
            @if visitor.may_decide() {
                form method="post" action=(format!("/tasks/{}/close", task.id)) {
                    input type="hidden" name="csrf" value=(visitor.csrf);
                    button id=(format!("close-{}", task.id)) { "Done" }
                }
            }
        }
    }
}

fn kind_words(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Agent => "Answer by text",
        TaskKind::Callback => "Ring back",
        TaskKind::Danger => "Danger",
        TaskKind::Inbox => "Read this text",
        TaskKind::Modem => "Look at the modem",
    }
}
