//! The live overview: what a technician wants to know in the first five seconds, and what waits for a decision.

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::guard::Visitor;
use super::layout::{Place, Tone, pill};
use super::show::{Calendar, first_words, span, words};
use super::{No, Pages, around, framed, happened, modems, store_failed, told};
use crate::conversation::session::Question;
use crate::delivery::cap::Cap;
use crate::engine::eta::Outlook;
use crate::engine::network_time;
use crate::store::{Event, Evidence, Message, Modem, ModemState, Overview, Paging, Result as Stored, Sim};
use crate::time::Timestamp;

/// Everything on the page.
struct View {
    counts: Overview,
    /// When all that waits should be on air.
    eta: Option<Timestamp>,
    modems: Vec<(Modem, Option<Sim>)>,
    doubts: Vec<(Message, Vec<Evidence>)>,
    questions: Vec<Question>,
    events: Vec<Event>,
}

const DOUBTS_MAX: u32 = 20;
const QUESTIONS_MAX: u32 = 12;
const EVENTS_MAX: u32 = 15;

/// `GET /`
pub async fn page(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (around, view) = pages.outlook(|outlook| Ok((around(outlook.reader)?, view(outlook)?))).await?;
    let book = pages.engine.book().await.map_err(|error| store_failed(&error))?;
    let content = html! {
        div class="heading" { h1 { "Overview" } span class="live" data-lamp { "not live" } }
        @if around.settings.utility.is_empty() {
            p class="note" { "This box has not been told whose it is. " a href="/settings" { "Give it the utility's name and country" } "." }
        }
        @for problem in &book.problems { p class="note bad" { (words(problem)) } }
        div data-live="/part/overview" { (whole(&view, &visitor, &pages.calendar(&around.settings))) }
    };
    Ok(framed("Overview", Place::Overview, &around, &visitor, &content))
}

/// The page's content alone, when something changed.
pub async fn part(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let (settings, view) = pages.outlook(|outlook| Ok((told(outlook.reader)?, view(outlook)?))).await?;
    Ok(Html(whole(&view, &visitor, &pages.calendar(&settings)).into_string()))
}

fn view(outlook: &Outlook<'_>) -> Stored<View> {
    let reader = outlook.reader;
    let mut modems = Vec::new();
    for modem in reader.modems()? {
        let sim = modem.iccid.as_deref().map(|iccid| reader.sim(iccid)).transpose()?.flatten();
        modems.push((modem, sim));
    }
    let mut doubts = Vec::new();
    for message in reader.messages_in_doubt(DOUBTS_MAX)? {
        let evidence = reader.evidence_of(message.id)?;
        doubts.push((message, evidence));
    }
    let questions = reader.questions_waiting(QUESTIONS_MAX)?;
    let events = reader.events(Paging::newest(EVENTS_MAX))?.items;
    let eta = outlook.of_all(&told(reader)?)?;
    Ok(View { counts: reader.overview()?, eta, modems, doubts, questions, events })
}

fn whole(view: &View, visitor: &Visitor, calendar: &Calendar) -> Markup {
    html! {
        (figures(view, calendar.now()))
        @for (modem, _) in &view.modems { @if let Some(complaint) = network_time::complaint(modem) { p class="note bad" { (words(&complaint)) } } }
        div class="grid" {
            @if !view.doubts.is_empty() { (doubts(&view.doubts, visitor, calendar)) }
            div class="third" { (modem_card(&view.modems, calendar)) }
            div class="two-thirds" { (questions(&view.questions, calendar)) }
            section class="card" {
                header { h2 { "Last events" } }
                @if view.events.is_empty() { p class="empty" { "Nothing has happened yet." } }
                ol class="rows" { @for event in &view.events { (happened::line(event, calendar)) } }
            }
        }
    }
}

fn figures(view: &View, now: Timestamp) -> Markup {
    let ready = view.modems.iter().filter(|(modem, _)| modem.state == ModemState::Ready).count();
    let counts = &view.counts;
    let waiting = counts.queued + counts.claimed;
    html! {
        div class="figures" {
            (figure(&format!("{ready}/{}", view.modems.len()), "modems ready", ready < view.modems.len() || ready == 0))
            (figure(&waiting.to_string(), &queue_words(waiting, view.eta, now), waiting > 0 && view.eta.is_none()))
            (figure(&counts.open_questions.to_string(), "questions waiting for an answer", false))
            (figure(&counts.in_doubt.to_string(), "texts in doubt", counts.in_doubt > 0))
            (figure(&counts.open_tasks.to_string(), "tasks for people", false))
            @if counts.open_calls > 0 { (figure(&counts.open_calls.to_string(), "calls to other systems open", false)) }
            @if counts.deliveries_dead > 0 { (figure(&counts.deliveries_dead.to_string(), "webhook deliveries given up", true)) }
        }
    }
}

fn queue_words(waiting: u32, eta: Option<Timestamp>, now: Timestamp) -> String {
    match (waiting, eta) {
        (0, _) => "texts waiting to be sent".to_owned(),
        (_, Some(eta)) => format!("texts waiting, about {}", span(eta.ms_since(now).max(0))),
        (_, None) => "texts waiting, and no modem can send".to_owned(),
    }
}

fn figure(number: &str, words: &str, hot: bool) -> Markup {
    html! { div class=@if hot { "figure hot" } @else { "figure" } { b { (number) } span { (words) } } }
}

fn modem_card(modems: &[(Modem, Option<Sim>)], calendar: &Calendar) -> Markup {
    html! {
        section class="card" {
            header { h2 { "Modems" } }
            @if modems.is_empty() { p class="empty" { "No modem was found yet. Plug one in, or run " code { "answerback doctor" } "." } }
            ul class="rows" { @for (modem, sim) in modems { (modem_row(modem, sim.as_ref(), calendar)) } }
        }
    }
}

fn modem_row(modem: &Modem, sim: Option<&Sim>, calendar: &Calendar) -> Markup {
    html! {
        li {
            div class="row" { a class="lead" href=(modems::address(&modem.name)) { (words(&modem.name)) } (state_pill(modem.state)) span class="end" { (signal(modem.signal_dbm)) } }
            div class="small soft" {
                @if let Some(operator) = &modem.operator { (words(operator)) " · " }
                @if let Some(model) = &modem.model { (words(model)) " · " }
                (words(&modem.port))
            }
            @if let Some(why) = &modem.words { p class="small" { (words(why)) } }
            @if let Some(sim) = sim {
                div class="small soft" {
                    "Last proven send " @match sim.sent_at { Some(at) => (calendar.ago(at)), None => "never" }
                    ", receive " @match sim.received_at { Some(at) => (calendar.ago(at)), None => "never" }
                }
                @if let Some(held) = sim.held.filter(|held| held.until > calendar.now()) {
                    p class="small" { (cap_words(held.cap)) " Only safety and alarms leave on it until " (calendar.time(held.until)) "; the caps stand in the " a href="/settings" { "settings" } "." }
                }
            }
        }
    }
}

const fn cap_words(cap: Cap) -> &'static str {
    match cap {
        Cap::Minute => "Its SIM has sent what it may send in a minute.",
        Cap::Day => "Its SIM has sent what it may send in a day.",
        Cap::Month => "Its SIM has sent what it may send in a month.",
        Cap::Recipients => "Its SIM has texted as many people as it may in a day.",
    }
}

/// Whether a modem can send, in a word.
pub fn state_pill(state: ModemState) -> Markup {
    match state {
        ModemState::Ready => pill(Tone::Good, "ready"),
        ModemState::NotReady => pill(Tone::Bad, "cannot send"),
        ModemState::Unknown => pill(Tone::Wait, "starting"),
    }
}

/// 27.007 section 8.5: -113 dBm is nothing, -51 is all.
pub fn signal(dbm: Option<i16>) -> Markup {
    let Some(dbm) = dbm else { return html! { span { "no signal known" } } };
    let bars = [-109, -97, -85, -73].iter().filter(|least| dbm >= **least).count();
    html! {
        span class="bars" role="img" aria-label=(format!("signal {dbm} dBm, {bars} of 4 bars")) title=(format!("{dbm} dBm")) {
            @for bar in 0..4 { i class=[(bar < bars).then_some("on")] {} }
        }
    }
}

fn questions(questions: &[Question], calendar: &Calendar) -> Markup {
    html! {
        section class="card" {
            header { h2 { "Open questions" } }
            @if questions.is_empty() { p class="empty" { "No question waits for an answer." } }
            ul class="rows" {
                @for question in questions {
                    li data-key=(format!("question-{}", question.id)) {
                        a class="whole" href=(format!("/conversations/{}", question.to.e164())) {
                            div class="row" {
                                span class="lead" { (question.to.e164()) }
                                span class="soft" { "step " (question.step) }
                                span class="end" {
                                    @match question.accepted_at { Some(at) => { "asked " (calendar.ago(at)) }, None => "not sent yet" }
                                }
                            }
                            div { (first_words(question.text.expose(), 120)) }
                        }
                    }
                }
            }
        }
    }
}

/// What may or may not be on air, with the three decisions a person can take.
fn doubts(doubts: &[(Message, Vec<Evidence>)], visitor: &Visitor, calendar: &Calendar) -> Markup {
    html! {
        section class="card alert" {
            header { h2 { "In doubt: were these sent?" } }
            ul class="rows" {
                @for (message, evidence) in doubts {
                    li data-key=(message.id) {
                        div class="row" {
                            a class="lead" href=(format!("/conversations/{}", message.to.e164())) { (message.to.e164()) }
                            (pill(Tone::Doubt, super::thread::state_words(message).1))
                            span class="end" { (calendar.ago(message.created_at)) }
                        }
                        p { (words(message.text.expose())) }
                        @if let Some(reason) = &message.reason { p class="small soft" { (words(reason)) } }
                        @if !evidence.is_empty() {
                            details id=(format!("evidence-{}", message.id)) {
                                summary class="small" { "What was seen" }
                                ul class="small" { @for one in evidence { li { (calendar.time(one.at)) " " (words(&one.kind)) ": " (words(&one.raw)) } } }
                            }
                        }
                        @if visitor.may_decide() { (decisions(message, &visitor.csrf)) }
                    }
                }
            }
        }
    }
}

fn decisions(message: &Message, csrf: &str) -> Markup {
    let buttons = [
        ("sent", "Treat as sent", "The text is taken as sent. It will not go out again."),
        ("resend", "Send again", "The text goes out again. If the first one did arrive, the person reads it twice."),
        ("cancel", "Give up", "The text is not sent again, and counts as not sent."),
    ];
    html! {
        div class="actions" {
            @for (decision, label, sure) in buttons {
                form method="post" action=(format!("/messages/{}/resolve", message.id)) data-sure=(sure) {
                    input type="hidden" name="csrf" value=(csrf);
                    button id=(format!("{decision}-{}", message.id)) name="as" value=(decision) { (label) }
                }
            }
        }
    }
}
