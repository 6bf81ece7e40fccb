//! Who we talk with, and one conversation whole: texts, sessions and tasks of one person.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use maud::{Markup, html};

use super::endpoints::tone as call_tone;
use super::guard::Visitor;
use super::layout::{Place, Tone, pill};
use super::show::{Calendar, first_words, spaced, words};
use super::{Around, No, Pages, around, consents, framed, oops, thread, told};
use crate::conversation::session::Session;
use crate::msisdn::Msisdn;
use crate::store::{Calling, ConversationHead, Paging, Reader, Result as Stored, Said, SessionFilter};
use crate::terms::{CallState, SessionState, Word as _};
use crate::value::Value;

/// As many people as a person looks through; the API lists the rest.
const HEADS_MAX: u32 = 100;
/// Texts of one thread on one page.
const TEXTS_MAX: u32 = 200;
const SESSIONS_MAX: u32 = 20;

/// `GET /conversations`
pub async fn list(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (around, heads) = pages.read(|reader| Ok((around(reader)?, reader.conversation_heads(HEADS_MAX)?))).await?;
    let content = html! {
        div class="heading" { h1 { "Conversations" } span class="live" data-lamp { "not live" } }
        section class="card" aria-label="People, newest first" data-live="/part/conversations" { (heads_list(&heads, &pages.calendar(&around.settings))) }
    };
    Ok(framed("Conversations", Place::Conversations, &around, &visitor, &content))
}

/// The list alone, when something changed.
pub async fn list_part(_: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (settings, heads) = pages.read(|reader| Ok((told(reader)?, reader.conversation_heads(HEADS_MAX)?))).await?;
    Ok(Html(heads_list(&heads, &pages.calendar(&settings)).into_string()))
}

fn heads_list(heads: &[ConversationHead], calendar: &Calendar) -> Markup {
    html! {
        @if heads.is_empty() { p class="empty" { "Nobody was written to yet, and nobody wrote." } }
        ul class="rows" {
            @for head in heads {
                li data-key=(format!("{}-{}", head.msisdn.e164(), head.at.unix_ms())) {
                    a class="whole" href=(format!("/conversations/{}", head.msisdn.e164())) {
                        div class="row" { span class="lead" { (head.msisdn.e164()) } span class="end" { (calendar.ago(head.at)) } }
                        div { span class="soft" { @if head.inbound { "They: " } @else { "We: " } } (first_words(head.text.expose(), 90)) }
                    }
                }
            }
        }
    }
}

/// Everything of one person.
struct Person {
    who: Msisdn,
    said: Vec<Said>,
    sessions: Vec<(Session, Vec<Calling>)>,
}

fn person(reader: &Reader<'_>, who: Msisdn) -> Stored<Person> {
    let filter = SessionFilter { with: Some(who.clone()), ..SessionFilter::default() };
    let mut sessions = Vec::new();
    for session in reader.sessions(&filter, Paging::newest(SESSIONS_MAX))?.items {
        let calls = reader.calls_of(session.id)?;
        sessions.push((session, calls));
    }
    Ok(Person { said: reader.thread(&who, TEXTS_MAX)?, sessions, who })
}

/// `GET /conversations/{number}`
pub async fn one(visitor: Visitor, State(pages): State<Pages>, Path(number): Path<String>) -> Result<Html<String>, No> {
    let (around, person) = read(&pages, &number).await?;
    let who = person.who.clone();
    let records = pages.read(move |reader| reader.consents_of(&who)).await?;
    let title = person.who.e164().to_owned();
    let calendar = pages.calendar(&around.settings);
    let content = html! {
        div class="heading" {
            h1 { (title) }
            span class="live" data-lamp { "not live" }
        }
        div data-live=(format!("/part/conversations/{title}")) data-follow { (whole(&person, &calendar)) }
        (consents::card(&person.who, &records, &visitor, &calendar))
    };
    Ok(framed(&title, Place::Conversations, &around, &visitor, &content))
}

/// The conversation alone, when something changed.
pub async fn one_part(_: Visitor, State(pages): State<Pages>, Path(number): Path<String>) -> Result<Html<String>, No> {
    let (around, person) = read(&pages, &number).await?;
    Ok(Html(whole(&person, &pages.calendar(&around.settings)).into_string()))
}

async fn read(pages: &Pages, number: &str) -> Result<(Around, Person), No> {
    let who = Msisdn::from_e164(number).map_err(|error| oops(StatusCode::NOT_FOUND, &error.to_string()))?;
    pages.read(move |reader| Ok((around(reader)?, person(reader, who)?))).await
}

fn whole(person: &Person, calendar: &Calendar) -> Markup {
    let flows: thread::Flows = person.sessions.iter().map(|(session, _)| (session.id, session.flow.name.clone())).collect();
    html! {
        div class="grid" {
            section class="card two-thirds" aria-label="Texts" { (thread::thread(&person.said, &flows, calendar)) }
            div class="third" {
                section class="card" {
                    header { h2 { "Sessions" } }
                    @if person.sessions.is_empty() { p class="empty" { "No flow has run with this person." } }
                    ul class="rows" { @for (session, calls) in &person.sessions { (session_row(session, calls, calendar)) } }
                }
            }
        }
    }
}

fn session_row(session: &Session, calls: &[Calling], calendar: &Calendar) -> Markup {
    html! {
        li data-key=(format!("{}-{}", session.id, session.visit)) {
            div class="row" {
                span class="lead" { (session.flow.name) } span class="soft small" { "revision " (session.flow.revision) }
                span class="end" { (pill(tone(session.state), session.state.word())) }
            }
            div class="small soft" {
                @if session.state.is_open() { "stands at " b { (session.step) } ", until " (calendar.time(session.expires_at)) }
                @else {
                    @if let Some(result) = &session.result { "result " b { (spaced(result)) } ", " }
                    @if let Some(end) = session.ended_at { "ended " (calendar.time(end)) }
                    @if let Some(how) = &session.ended_by { " (" (words(&spaced(how))) ")" }
                }
            }
            @for call in calls {
                div class="small" {
                    "called " span class="mono" { (words(&call.endpoint)) } " " (pill(call_tone(call.state), call.state.word())) " " (calendar.time(call.queued_at))
                    @if let Some(detail) = call.detail.as_ref().filter(|_| call.state != CallState::Ok) { div class="soft" { (words(detail)) } }
                }
            }
            details id=(format!("slots-{}", session.id)) {
                summary class="small" { "What it knows" }
                dl class="facts small" {
                    // What begins with @ is the machine's own.
                    @for (name, value) in session.slots.iter().filter(|(name, _)| !name.starts_with('@')) { dt { (words(name)) } dd { (shown(value)) } }
                    dt { "id" } dd class="mono" { (session.id) }
                }
            }
        }
    }
}

fn tone(state: SessionState) -> Tone {
    match state {
        SessionState::Opening | SessionState::Asked => Tone::Wait,
        SessionState::Completed => Tone::Good,
        SessionState::Expired | SessionState::Failed => Tone::Bad,
        SessionState::Closed | SessionState::Parked => Tone::Calm,
    }
}

fn shown(value: &Value) -> Markup {
    match value {
        Value::Text(text) => words(text),
        Value::Number(number) => html! { (number) },
        Value::Money(money) => html! { (money) },
        Value::Date(date) => html! { (date) },
        Value::Time(time) => html! { (time.strftime("%H:%M").to_string()) },
        Value::Bool(yes) => html! { @if *yes { "yes" } @else { "no" } },
        Value::Rows(rows) => html! { @for row in rows { div { (words(&row.label)) } } },
    }
}
