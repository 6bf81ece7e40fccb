//! The balance of the SIM in a modem: what was read last, and the form for its rule with a try against the network's last answer.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::fields::{Line, line, refusal};
use super::guard::{Sealed, Visitor};
use super::layout::{Tone, pill};
use super::modems::{address, filled, sim_of};
use super::settings::{must_be_admin, with_form};
use super::show::{Calendar, words};
use super::{No, Pages, oops, store_failed};
use crate::balance::Level;
use crate::engine::Reject;
use crate::engine::balance::{self, NewBalance, Trial};
use crate::store::{Balance, Queue};

/// What an admin filled in, and what came of it.
pub struct Filled {
    rule: NewBalance,
    every: String,
    trial: Option<Trial>,
    no: Option<Reject>,
}

impl Filled {
    /// What stands in the form at first.
    fn of(rule: Option<&Balance>) -> Self {
        let limit = |limit: Option<crate::value::Money>| limit.map(|limit| limit.to_string());
        let rule = rule.map_or_else(
            || NewBalance {
                iccid: String::new(),
                code: String::new(),
                pattern: String::new(),
                warn: None,
                critical: None,
                every_minutes: A_DAY,
            },
            |rule| NewBalance {
                iccid: rule.iccid.clone(),
                code: rule.code.clone(),
                pattern: rule.pattern.clone(),
                warn: limit(rule.warn),
                critical: limit(rule.critical),
                every_minutes: rule.every_minutes,
            },
        );
        Self { every: rule.every_minutes.to_string(), rule, trial: None, no: None }
    }
}

const A_DAY: u32 = 1_440;

/// `POST /modems/{name}/balance`: tries the rule, puts it in place, or takes it away.
pub async fn act(State(pages): State<Pages>, Path(name): Path<String>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let Some(iccid) = sim_of(&pages, &name).await? else {
        return Err(oops(StatusCode::CONFLICT, "The modem has not told which SIM it has: a rule belongs to a SIM."));
    };
    let some = |field: &str| Some(form.text(field).to_owned()).filter(|text| !text.is_empty());
    let every = form.text("every_minutes").to_owned();
    let rule = NewBalance {
        iccid: iccid.clone(),
        code: form.text("code_of_balance").to_owned(),
        pattern: form.text("pattern").to_owned(),
        warn: some("warn"),
        critical: some("critical"),
        // What is no number is no number of minutes that is allowed.
        every_minutes: every.parse().unwrap_or(0),
    };
    let done = match form.text("do") {
        "remove" => pages.engine.run(Queue::Others, move |work| balance::remove(work, &iccid)).await.map(|_| None),
        "save" => {
            let wanted = rule.clone();
            pages.engine.run(Queue::Others, move |work| balance::put(work, &wanted)).await.map(|_| None)
        }
        _ => {
            let wanted = rule.clone();
            let tried =
                pages.engine.read(move |reader| balance::tried(reader, &wanted, None)).await.map_err(|error| store_failed(&error))?;
            tried.map(Some)
        }
    };
    let (status, trial, no) = match with_form(done)? {
        Ok(None) => return Ok(Redirect::to(&address(&name)).into_response()),
        Ok(trial) => (StatusCode::OK, trial, None),
        Err(no) => (StatusCode::UNPROCESSABLE_ENTITY, None, Some(named(no))),
    };
    Ok((status, filled(&pages, &form.visitor, name, Filled { rule, every, trial, no }).await?).into_response())
}

/// The page has another field `code`.
fn named(mut no: Reject) -> Reject {
    for (pointer, _) in &mut no.errors {
        if pointer == "/code" {
            "/code_of_balance".clone_into(pointer);
        }
    }
    no
}

fn level(level: Level) -> Markup {
    let (tone, word) = match level {
        Level::Unknown => (Tone::Wait, "not read yet"),
        Level::Good => (Tone::Good, "good"),
        Level::Warn => (Tone::Doubt, "low"),
        Level::Critical => (Tone::Bad, "nearly empty"),
    };
    pill(tone, word)
}

/// What was read last.
pub fn card(rule: &Balance, calendar: &Calendar) -> Markup {
    html! {
        section class="card" { div class="in" {
            div class="row" {
                span class="lead" { "Balance " @if let Some(amount) = rule.amount { (amount) } } (level(rule.level))
                @if let Some(at) = rule.read_at { span class="end" { "read " (calendar.ago(at)) } }
            }
            @if let Some(problem) = &rule.problem { p class="small" { (words(problem)) } }
            div class="small soft" { "Asked by " (words(&rule.code)) ", at most every " (rule.every_minutes) " minutes, next " (calendar.time(rule.next_at)) }
        } }
    }
}

/// The form for the rule.
pub fn form(here: &str, visitor: &Visitor, rule: Option<&Balance>, filled: Option<&Filled>) -> Markup {
    let at_first = Filled::of(rule);
    let Filled { rule: wanted, every, trial, no } = filled.unwrap_or(&at_first);
    let no = no.as_ref();
    let field = |name, label, value, hint| line(&Line { name, label, value, hint }, no);
    html! {
        h3 id="balance" { "Watch the balance" }
        section class="card" { div class="in" {
            (refusal(no))
            @if let Some(trial) = trial { (tried(trial)) }
            form method="post" action=(format!("{here}/balance#balance")) {
                input type="hidden" name="csrf" value=(visitor.csrf);
                div class="fields" {
                    (field("code_of_balance", "Code", &wanted.code, "What shows the balance, for example *100#."))
                    (field("pattern", "The network's words", &wanted.pattern,
                        "With {} where the number stands and * for what changes, for example Balance: {} EUR."))
                    (field("warn", "Low at", wanted.warn.as_deref().unwrap_or_default(), "At or below this it is told, for example 5.00."))
                    (field("critical", "Nearly empty at", wanted.critical.as_deref().unwrap_or_default(), "At or below this it is told again."))
                    (field("every_minutes", "Minutes between two questions", every, "A question may cost money. 1440 is a day."))
                }
                div class="actions" {
                    button type="submit" name="do" value="try" { "Try it on the last answer" }
                    button class="main" type="submit" name="do" value="save" { "Save" }
                    @if rule.is_some() { button type="submit" name="do" value="remove" { "Take it away" } }
                }
            }
        } }
    }
}

fn tried(trial: &Trial) -> Markup {
    html! {
        div role="status" {
            @match (&trial.answer, trial.amount) {
                (None, _) => p { "The network has said nothing to this code on this SIM yet. Ask it with the form above, then try again." },
                (Some(answer), Some(amount)) => {
                    p { "Reads " b { (amount) } " " (level(trial.level)) }
                    pre class="source" { (words(answer)) }
                },
                (Some(answer), None) => {
                    p { "The words do not fit what the network said last; copy them from here and put {} in the place of the number." }
                    pre class="source" { (words(answer)) }
                },
            }
        }
    }
}
