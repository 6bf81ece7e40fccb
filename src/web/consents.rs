//! Who may be texted about what: the records of one number with what proves them, and what is recorded at the desk.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::fields::{Line, choice, line};
use super::guard::{Sealed, Visitor};
use super::layout::{Tone, pill};
use super::show::{Calendar, words};
use super::{No, Pages, oops};
use crate::conversation::effect::{ConsentChange, KEPT, Proof};
use crate::engine::consent;
use crate::msisdn::Msisdn;
use crate::store::ConsentRow;
use crate::terms::{Category, Word as _};

/// The card of one person's records, oldest first.
pub fn card(who: &Msisdn, records: &[ConsentRow], visitor: &Visitor, calendar: &Calendar) -> Markup {
    html! {
        section class="card" aria-label="Consent" {
            header { h2 { "Consent" } }
            @if records.is_empty() { p class="empty" { "This number never opted in or out." } }
            ul class="rows" { @for record in records { (row(record, calendar)) } }
            @if visitor.may_decide() { div class="in" { (form(who, visitor)) } }
        }
    }
}

fn row(record: &ConsentRow, calendar: &Calendar) -> Markup {
    let ConsentChange { msisdn: _, categories, granted, source, proof, pending } = &record.change;
    let (tone, what) = match (pending, source == KEPT, granted) {
        (true, _, _) => (Tone::Wait, "asked whether STOP was meant"),
        (false, true, _) => (Tone::Calm, "STOP was not meant"),
        (false, false, true) => (Tone::Good, "in"),
        (false, false, false) => (Tone::Bad, "out"),
    };
    html! {
        li data-key=(format!("consent-{}", record.id)) {
            div class="row" {
                (pill(tone, what))
                span class="lead" { (of_what(categories)) }
                span class="end" { (calendar.time(record.at)) }
            }
            dl class="facts small" {
                dt { "Words" } dd { (words(proof.reply.expose())) }
                @if let Some(shown) = &proof.shown { dt { "They had read" } dd { (words(shown.expose())) } }
                dt { "Came by" } dd { (words(source)) @if let Some(by) = &proof.by { ", noted by " (words(by)) } }
                @if let Some(sim) = &proof.sim { dt { "On SIM" } dd class="mono" { (words(sim)) } }
                @if let Some(flow) = &proof.flow { dt { "Asked by" } dd { (words(&flow.name)) ", revision " (flow.revision) } }
            }
        }
    }
}

fn of_what(categories: &[Category]) -> String {
    if categories.is_empty() {
        return "everything".to_owned();
    }
    categories.iter().map(|category| category.word()).collect::<Vec<_>>().join(", ")
}

fn form(who: &Msisdn, visitor: &Visitor) -> Markup {
    let sides = [("out", "wants no more texts"), ("in", "wants texts")].into_iter();
    let kinds = std::iter::once(("", "everything")).chain(Category::WORDS.iter().map(|(_, word)| (*word, *word)));
    html! {
        details {
            summary { "Record what they said elsewhere" }
            form method="post" action=(format!("/conversations/{}/consents", who.e164())) {
                input type="hidden" name="csrf" value=(visitor.csrf);
                (choice(&Line { name: "side", label: "The person", value: "out", hint: "" }, sides, None))
                (choice(&Line { name: "category", label: "About", value: "", hint: "" }, kinds, None))
                (line(&Line { name: "proof", label: "What proves it", value: "", hint: "Their words, the letter, the call." }, None))
                (line(&Line { name: "shown", label: "What they had read", value: "", hint: "The words of the form, where there was one." }, None))
                button type="submit" { "Record" }
            }
        }
    }
}

/// `POST /conversations/{number}/consents`
pub async fn record(State(pages): State<Pages>, Path(number): Path<String>, form: Sealed) -> Result<Response, No> {
    if !form.visitor.may_decide() {
        return Err(oops(StatusCode::FORBIDDEN, "This key may only look. Recording a consent needs the scope agent or admin."));
    }
    let msisdn = Msisdn::from_e164(&number).map_err(|error| oops(StatusCode::NOT_FOUND, &error.to_string()))?;
    let granted = match form.text("side") {
        "in" => true,
        "out" => false,
        _ => return Err(oops(StatusCode::BAD_REQUEST, "Choose whether the person wants texts or not.")),
    };
    let categories = match (form.text("category"), Category::from_word(form.text("category"))) {
        ("", _) => Vec::new(),
        (_, Some(category)) => vec![category],
        (_, None) => return Err(oops(StatusCode::BAD_REQUEST, "There is no such kind of texts.")),
    };
    if form.text("proof").is_empty() {
        return Err(oops(StatusCode::UNPROCESSABLE_ENTITY, "A consent needs a proof: the words, the letter, the call."));
    }
    let by = Some(form.visitor.key.name.clone());
    let shown = Some(form.text("shown")).filter(|shown| !shown.is_empty()).map(crate::text::Text::new);
    let proof = Proof { shown, ..Proof::told(form.text("proof"), by) };
    let change = ConsentChange { msisdn, categories, granted, source: "desk".to_owned(), proof, pending: false };
    let to = format!("/conversations/{}", change.msisdn.e164());
    pages.run(move |work| consent::note(work, &change)).await?;
    Ok(Redirect::to(&to).into_response())
}
