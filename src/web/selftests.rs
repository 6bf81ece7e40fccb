//! The self-test on a modem's page: what can be proved after a lost answer, and the button that finds it out.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::fields::{Line, line, refusal};
use super::guard::{Sealed, Visitor};
use super::layout::{Tone, pill};
use super::modems::{address, refused};
use super::settings::{must_be_admin, with_form};
use super::show::{Calendar, words};
use super::{No, Pages};
use crate::delivery::witness::{Witness, Worth};
use crate::engine::{Reject, selftest};
use crate::store::{Life, Queue, SelfTest, SelfTestState};

/// Tests on the page.
pub const SHOWN: u32 = 5;

/// `POST /modems/{name}/selftest`: starts one; what comes of it appears on the page.
pub async fn ask(State(pages): State<Pages>, Path(name): Path<String>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let to = Some(form.text("to").trim().to_owned()).filter(|to| !to.is_empty());
    let new = selftest::NewSelfTest { modem: name.clone(), to, asker: form.visitor.key.name.clone() };
    match with_form(pages.engine.run(Queue::Others, move |work| selftest::ask(work, &new)).await)? {
        Ok(_) => Ok(Redirect::to(&address(&name)).into_response()),
        Err(no) => refused(&pages, &form.visitor, name, &no).await,
    }
}

/// What is known of the SIM in the modem: the newest test in full, the ones before by a line.
pub fn card(tests: &[SelfTest], life: Option<&Life>, calendar: &Calendar) -> Markup {
    html! {
        section class="card" {
            header { h2 { "What it can prove" } }
            @if let Some(life) = life { div class="in" { (proof(life, calendar)) } }
            @match tests.split_first() {
                None => p class="empty" { "No self-test was made: nobody knows what this SIM and modem can prove after a lost answer." },
                Some((newest, before)) => {
                    div class="in" { (one(newest, calendar)) }
                    @if !before.is_empty() { ul class="rows" { @for test in before { (brief(test, calendar)) } } }
                }
            }
        }
    }
}

fn proof(life: &Life, calendar: &Calendar) -> Markup {
    html! {
        div class="row" {
            span class="lead" { "Proof of life" }
            @if life.missing { (pill(Tone::Bad, "missing")) } @else if life.proved_at.is_some() { (pill(Tone::Good, "came in")) } @else { (pill(Tone::Wait, "not yet")) }
            @if let Some(at) = life.proved_at { span class="end" { (calendar.ago(at)) } }
        }
        @if life.missing { p class="small" { "The SIM's text to this box itself never came in: texts may not leave, or none may come in." } }
    }
}

fn one(test: &SelfTest, calendar: &Calendar) -> Markup {
    html! {
        div class="row" { span class="lead" { "Self-test" } (state(test)) span class="end" { (calendar.ago(test.asked_at)) } }
        @if let Some(why) = selftest::words(test) { p { (why) } }
        @if test.state == SelfTestState::Done {
            @for witness in test.findings.witnesses() { (witnessed(&witness)) }
            @if let Some(ms) = test.findings.answer_ms() { div class="small soft" { "Longest answer " (seconds(ms)) } }
            @if let Some(ms) = test.findings.came_back_ms { div class="small soft" { "The text came in " (seconds(ms)) " later" } }
            @if let Some(ms) = test.findings.centre_ahead_ms { div class="small soft" { "The service centre's clock is ahead of the box by " (seconds(ms)) } }
        }
    }
}

fn witnessed(witness: &Witness) -> Markup {
    let (tone, word) = match witness.worth {
        Worth::Works => (Tone::Good, "works"),
        Worth::NotSeen => (Tone::Doubt, "not seen"),
    };
    html! { div { div class="row" { span class="lead" { (witness.name) } (pill(tone, word)) } p class="small" { (witness.words) } } }
}

fn brief(test: &SelfTest, calendar: &Calendar) -> Markup {
    let works = test.findings.witnesses().iter().filter(|witness| witness.worth == Worth::Works).count();
    html! {
        li data-key=(format!("selftest-{}", test.id)) {
            div class="row" {
                span class="lead" { (works) " witnesses work" } (state(test))
                span class="soft" { (words(&test.asker)) } span class="end" { (calendar.ago(test.asked_at)) }
            }
        }
    }
}

fn state(test: &SelfTest) -> Markup {
    match test.state {
        SelfTestState::Waiting => pill(Tone::Wait, "waits for a quiet moment"),
        SelfTestState::Looking | SelfTestState::Between | SelfTestState::Behind => pill(Tone::Wait, "asks the SIM"),
        SelfTestState::First | SelfTestState::Second => pill(Tone::Wait, "sends"),
        SelfTestState::Listening => pill(Tone::Wait, "listens"),
        SelfTestState::Done => pill(Tone::Good, "done"),
        SelfTestState::Ended => pill(Tone::Bad, "ended early"),
    }
}

fn seconds(ms: i64) -> String {
    format!("{}{}.{} s", if ms < 0 { "-" } else { "" }, ms.abs() / 1000, ms.abs() % 1000 / 100)
}

/// The button, with what it costs in front of it.
pub fn form(here: &str, visitor: &Visitor, no: Option<&Reject>) -> Markup {
    let hint = "Leave it empty where the SIM knows it.";
    html! {
        h3 { "Self-test" }
        section class="card" { div class="in" {
            (refusal(no))
            p { "Sends " (selftest::TEXTS) " texts over this SIM to itself, behind everything that waits, and finds out what can be proved when an answer is lost. They cost what two texts cost." }
            form method="post" action=(format!("{here}/selftest")) {
                input type="hidden" name="csrf" value=(visitor.csrf);
                div class="fields" { (line(&Line { name: "to", label: "The SIM's own number", value: "", hint }, no)) }
                button class="main" type="submit" { "Send 2 texts and see" }
            }
        } }
    }
}
