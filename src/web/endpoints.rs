//! The named addresses that flows may call, and how their last calls went.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::fields::{Line, line, refusal, tick};
use super::guard::{Sealed, Visitor};
use super::layout::{Tone, pill};
use super::settings::{framed_tab, must_be_admin, with_form};
use super::show::{Calendar, words};
use super::{Around, No, Pages, around};
use crate::engine::{Reject, configure};
use crate::store::{Calling, EndpointRow, Queue, Reader, Result as Stored};
use crate::terms::{CallState, Word as _};

const HERE: &str = "/settings/endpoints";
const CALLS_MAX: u32 = 5;

type Listed = Vec<(EndpointRow, Vec<Calling>)>;

fn listed(reader: &Reader<'_>) -> Stored<Listed> {
    let with_calls = |endpoint: EndpointRow| Ok((reader.calls_of_endpoint(&endpoint.name, CALLS_MAX)?, endpoint));
    reader.endpoints()?.into_iter().map(with_calls).map(|both| both.map(|(calls, endpoint)| (endpoint, calls))).collect()
}

/// `GET /settings/endpoints`
pub async fn page(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (around, listed) = pages.read(|reader| Ok((around(reader)?, listed(reader)?))).await?;
    Ok(shown(&pages, &around, &visitor, &listed, None, None))
}

/// `POST /settings/endpoints`
pub async fn save(State(pages): State<Pages>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let wanted = configure::NewEndpoint {
        name: form.text("name").to_owned(),
        url: form.text("url").to_owned(),
        status_url: Some(form.text("status_url").to_owned()).filter(|url| !url.is_empty()),
        secret: None,
        // What is no number is refused like 0: the reason then stands beside the field.
        timeout_s: Some(form.text("timeout").parse().unwrap_or(0)),
        private: form.ticked("private"),
    };
    let done = with_form(pages.engine.run(Queue::Others, move |work| configure::endpoint(work, &wanted)).await)?;
    let (around, listed) = pages.read(|reader| Ok((around(reader)?, listed(reader)?))).await?;
    match done {
        Ok(saved) => Ok(shown(&pages, &around, &form.visitor, &listed, Some(&saved), None).into_response()),
        Err(no) => Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(&pages, &around, &form.visitor, &listed, None, Some(&no))).into_response()),
    }
}

/// `POST /settings/endpoints/remove`
pub async fn remove(State(pages): State<Pages>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let name = form.text("name").to_owned();
    pages.run(move |work| configure::remove_endpoint(work, &name)).await?;
    Ok(Redirect::to(HERE).into_response())
}

fn shown(
    pages: &Pages,
    around: &Around,
    visitor: &Visitor,
    listed: &Listed,
    saved: Option<&EndpointRow>,
    no: Option<&Reject>,
) -> Html<String> {
    let calendar = pages.calendar(&around.settings);
    let content = html! {
        p class="soft" { "Flows call other systems by these names. What the other side has to do is in docs/endpoints.md." }
        @if let Some(saved) = saved {
            div class="note good" role="status" {
                p { "Saved. Requests to " b { (words(&saved.name)) } " are signed with this secret; give it to the other side now, it is not shown again:" }
                code class="mono words" { (saved.secret.expose()) }
            }
        }
        section class="card" {
            @if listed.is_empty() { p class="empty" { "No endpoint yet." } }
            ul class="rows" { @for (endpoint, calls) in listed { (row(endpoint, calls, visitor, &calendar)) } }
        }
        @if visitor.is_admin() { (form(visitor, no)) }
    };
    framed_tab("Endpoints", HERE, around, visitor, &content)
}

fn row(endpoint: &EndpointRow, calls: &[Calling], visitor: &Visitor, calendar: &Calendar) -> Markup {
    html! {
        li {
            div class="row" {
                span class="lead" { (words(&endpoint.name)) } span class="mono" { (words(&endpoint.url)) }
                @if visitor.is_admin() {
                    form class="end" method="post" action="/settings/endpoints/remove" data-sure="Flows that call this name will wait and then go to a person." {
                        input type="hidden" name="csrf" value=(visitor.csrf);
                        input type="hidden" name="name" value=(endpoint.name);
                        button class="danger" { "Remove" span class="hidden" { " " (endpoint.name) } }
                    }
                }
            }
            div class="small soft" {
                "waits " (endpoint.timeout_ms / 1000) " s for an answer"
                @if endpoint.allow_private { ", private addresses allowed" }
                @if let Some(url) = &endpoint.status_url { ", asks what became of unknown calls at " (words(url)) }
            }
            @if !calls.is_empty() {
                details id=(format!("calls-{}", endpoint.name)) {
                    summary class="small" { "Last calls" }
                    ul class="small" { @for call in calls { li {
                        (calendar.time(call.queued_at)) " " (pill(tone(call.state), call.state.word())) " "
                        @if let Some(detail) = &call.detail { (words(detail)) " " }
                        span class="mono" { (call.key()) }
                    } } }
                }
            }
        }
    }
}

/// Calls are in no doubt, they are unknown: the two words are kept apart.
pub fn tone(state: CallState) -> Tone {
    match state {
        CallState::Queued | CallState::Calling => Tone::Wait,
        CallState::Ok => Tone::Good,
        CallState::Fail => Tone::Bad,
        CallState::Unknown => Tone::Doubt,
    }
}

fn form(visitor: &Visitor, no: Option<&Reject>) -> Markup {
    html! {
        h3 { "Add or change an endpoint" }
        section class="card" { div class="in" {
            (refusal(no))
            form method="post" action=(HERE) {
                input type="hidden" name="csrf" value=(visitor.csrf);
                div class="fields" {
                    (line(&Line { name: "name", label: "Name", value: "", hint: "As flows write it, for example billing.charge." }, no))
                    (line(&Line { name: "url", label: "Address", value: "", hint: "http or https." }, no))
                    (line(&Line { name: "status_url", label: "Where to ask what became of a call", value: "", hint: "May be empty. The key is added as ?key=." }, no))
                    (line(&Line { name: "timeout", label: "Seconds to wait for an answer", value: "10", hint: "" }, no))
                }
                (tick("private", "The address lies in our own network or on this box", false))
                button class="main" type="submit" { "Save endpoint" }
            }
        } }
    }
}
