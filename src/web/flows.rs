//! Flow files: the list, and the editor with the loader's findings beside the line.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::guard::{Sealed, Visitor};
use super::layout::{Tone, pill};
use super::settings::{framed_tab, must_be_admin, with_form};
use super::show::{Calendar, words};
use super::{Around, No, Pages, around, oops};
use crate::conversation::lint::{Finding, Severity};
use crate::engine::configure;
use crate::engine::{Reject, Work};
use crate::store::{FlowRevision, Queue};

const HERE: &str = "/settings/flows";

/// `GET /settings/flows`
pub async fn list(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (around, flows) = pages.read(|reader| Ok((around(reader)?, reader.newest_flows()?))).await?;
    let calendar = pages.calendar(&around.settings);
    let content = html! {
        p class="soft" { "A flow is one conversation: what is asked, what the answers mean, what is called. Running conversations end on the revision they began with." }
        section class="card" {
            @if flows.is_empty() { p class="empty" { "No flow yet." } }
            ul class="rows" { @for flow in &flows { (row(flow, &calendar)) } }
        }
        @if visitor.is_admin() { p class="actions" { a class="button" href="/settings/flows/new" { "New flow" } } }
    };
    Ok(framed_tab("Flows", HERE, &around, &visitor, &content))
}

fn row(flow: &FlowRevision, calendar: &Calendar) -> Markup {
    html! {
        li { a class="whole" href=(format!("{HERE}/{}", flow.name)) {
            div class="row" {
                span class="lead" { (words(&flow.name)) }
                span class="soft" { "revision " (flow.revision) " by " (words(&flow.created_by)) ", " (calendar.ago(flow.created_at)) }
                span class="end" { @if flow.active { (pill(Tone::Good, "active")) } @else { (pill(Tone::Calm, "not active")) } }
            }
        } }
    }
}

/// What the editor shows.
struct Editor<'a> {
    /// `new` for one that has no name yet.
    name: &'a str,
    source: &'a str,
    findings: &'a [Finding],
    /// What is said above the text.
    said: Option<(bool, String)>,
}

/// `GET /settings/flows/{name}`
pub async fn edit(visitor: Visitor, State(pages): State<Pages>, Path(name): Path<String>) -> Result<Html<String>, No> {
    let wanted = name.clone();
    let (around, flow) = pages.read(move |reader| Ok((around(reader)?, reader.revisions_of(&wanted)?.into_iter().next()))).await?;
    let source = match flow {
        Some(flow) => flow.source,
        None if name == "new" => NEW.to_owned(),
        None => return Err(oops(StatusCode::NOT_FOUND, "There is no flow of this name.")),
    };
    let findings = look(&pages, &name, &source).await?;
    Ok(shown(&around, &visitor, &Editor { name: &name, source: &source, findings: &findings, said: None }))
}

/// `POST /settings/flows/{name}`: check it, or check it and put it to work.
pub async fn save(State(pages): State<Pages>, Path(name): Path<String>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let (around, source) = (pages.read(around).await?, form.whole("source"));
    let findings = look(&pages, &name, &source).await?;
    let fine = !findings.iter().any(is_error);
    if form.text("do") == "save" && fine {
        let (text, by) = (source.clone(), form.visitor.key.name.clone());
        match with_form(pages.engine.run(Queue::Others, move |work| put_to_work(work, &text, &by)).await)? {
            Ok(name) => return Ok(Redirect::to(&format!("{HERE}/{}", *name)).into_response()),
            Err(no) => {
                let editor = Editor { name: &name, source: &source, findings: &findings, said: Some((false, no.detail)) };
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(&around, &form.visitor, &editor)).into_response());
            }
        }
    }
    let words = if fine { "This flow can be put to work." } else { "This flow cannot be put to work yet." };
    let editor = Editor { name: &name, source: &source, findings: &findings, said: Some((fine, words.to_owned())) };
    Ok(shown(&around, &form.visitor, &editor).into_response())
}

fn put_to_work(work: &mut Work<'_, '_>, source: &str, by: &str) -> Result<String, Reject> {
    let put = configure::put_flow(work, "flow.toml", source, by)?;
    configure::activate_flow(work, &put.name, put.revision)?;
    Ok(put.name)
}

async fn look(pages: &Pages, name: &str, source: &str) -> Result<Vec<Finding>, No> {
    let (file, source) = (format!("{name}.flow.toml"), source.to_owned());
    pages.read(move |reader| configure::look(reader, &file, &source)).await
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}

fn shown(around: &Around, visitor: &Visitor, editor: &Editor) -> Html<String> {
    let lines = editor.source.lines().count().max(1) + 1;
    let content = html! {
        p { a href=(HERE) { "All flows" } }
        @if let Some((fine, said)) = &editor.said { p class=@if *fine { "note good" } @else { "note bad" } role="status" { (said) } }
        @if !editor.findings.is_empty() { (findings(editor.findings)) }
        form method="post" action=(format!("{HERE}/{}", editor.name)) {
            input type="hidden" name="csrf" value=(visitor.csrf);
            label for="source" { @if editor.name == "new" { "Text of the new flow" } @else { "Text of " (editor.name) } }
            div class="editor" {
                ol class="gutter" aria-hidden="true" {
                    @for number in 1..=lines { li class=[mark(editor.findings, number)] { (number) } }
                }
                textarea id="source" name="source" rows=(lines) spellcheck="false" autocapitalize="off" readonly[!visitor.is_admin()] { "\n" (editor.source) }
            }
            @if visitor.is_admin() {
                div class="actions" {
                    button name="do" value="check" { "Check" }
                    button class="main" name="do" value="save" { "Check and put to work" }
                }
            }
        }
    };
    framed_tab(&format!("Flow {}", editor.name), HERE, around, visitor, &content)
}

fn mark(findings: &[Finding], line: usize) -> Option<&'static str> {
    let here: Vec<&Finding> = findings.iter().filter(|finding| finding.line as usize == line).collect();
    match (here.is_empty(), here.iter().any(|finding| is_error(finding))) {
        (true, _) => None,
        (false, true) => Some("bad"),
        (false, false) => Some("wait"),
    }
}

fn findings(findings: &[Finding]) -> Markup {
    html! {
        section class="card" aria-label="What the loader found" {
            ul class="rows" { @for finding in findings {
                li class="tight" { div class="finding" {
                    a href="#source" data-line=(finding.line) { "Line " (finding.line) }
                    span {
                        @if is_error(finding) { (pill(Tone::Bad, "must change")) } @else { (pill(Tone::Wait, "look at this")) }
                        " " span class="mono" { (words(&finding.key)) } " " (words(&finding.reason))
                    }
                    @if !finding.proposal.is_empty() { span class="soft small" { "Try: " (words(&finding.proposal)) } }
                } }
            } }
        }
    }
}

/// What a new flow begins with: the smallest one that asks something.
const NEW: &str = r#"# What this conversation is for.
flow = "visits.confirm"
lane = "visits"
needs = { day = "date" }
key = "{day}"
start = "ask"
expires = "24h"
late = { for = "2d", go = "stale" }

[step.ask]
ask = { en = "{utility}: may we come on {day}? Reply Y or N." }
want = "yesno"
on = { yes = "good", no = "other" }
silence = { after = "23h", go = "nobody" }

[step]
good = { done = { en = "Thank you, see you then." }, result = "confirmed" }
other = { agent = { queue = "dispatch", note = "wants another day" }, tell = { en = "A person will answer you here." } }
nobody = { done = true, result = "no_answer" }
stale = { done = { en = "That question has closed. Reply CALL to talk to us." } }
"#;
