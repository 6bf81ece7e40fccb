//! The PIN of a SIM that asks for it, given on the page of its modem. What was given is never shown again.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::fields::{Line, refusal, secret};
use super::guard::{Sealed, Visitor};
use super::modems;
use super::settings::{must_be_admin, with_form};
use super::show::words;
use super::{No, Pages};
use crate::engine::{Reject, pin};
use crate::store::{Modem, ModemState, Queue};

/// `POST /modems/{name}/pin`: the modem is brought up again with it.
pub async fn set(State(pages): State<Pages>, Path(name): Path<String>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let (wanted, given) = (name.clone(), form.text("pin").to_owned());
    let done = pages.engine.run(Queue::Others, move |work| {
        pin::set(work, &wanted, Some(&given))?;
        Ok(work.tx.modem(&wanted)?.is_some_and(|modem| modem.state == ModemState::Ready))
    });
    match with_form(done.await)? {
        Ok(is_ready) => {
            // A modem that can send needs no PIN now, and may have a text in hand.
            if !is_ready.into_inner() {
                pages.fleet.rebuild(&name);
            }
            Ok(Redirect::to(&modems::address(&name)).into_response())
        }
        Err(no) => modems::pin_refused(&pages, &form.visitor, name, no).await,
    }
}

/// The form, for a modem whose SIM asks.
pub fn form(here: &str, modem: &Modem, visitor: &Visitor, no: Option<&Reject>) -> Markup {
    let asks = modem.state != ModemState::Ready && modem.code.as_deref().is_some_and(|code| CODES.contains(&code));
    html! { @if asks || no.is_some() {
        h3 id="pin-of-sim" { "The SIM asks for its PIN" }
        section class="card" { div class="in" {
            (refusal(no))
            @if let Some(why) = &modem.words { p { (words(why)) } }
            p class="note bad" {
                "A SIM takes three wrong PINs, then it is locked until somebody enters its PUK. Answerback sends this PIN once, and only while all three \
                 tries are left: it never uses the second or the last one. With fewer left, put the SIM into a phone and enter the right PIN there."
            }
            form method="post" action=(format!("{here}/pin#pin-of-sim")) autocomplete="off" {
                input type="hidden" name="csrf" value=(visitor.csrf);
                div class="fields" { (secret(&Line { name: "pin", label: "PIN", value: "", hint: "4 to 8 digits, from the operator's letter." }, no)) }
                button class="main" type="submit" { "Send it to the SIM once" }
            }
        } }
    } }
}

/// What a modem is told of while its SIM wants a PIN from a person.
const CODES: [&str; 2] = ["sim_pin", "sim_pin_wrong"];
