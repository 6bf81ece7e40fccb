//! What the box is told about its utility, and the way to the other settings.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::fields::{Line, choice, line, lines, refusal, tick};
use super::guard::{Fields, Sealed, Visitor};
use super::layout::Place;
use super::{Around, No, Pages, around, framed, oops, store_failed};
use crate::engine::{Reject, configure};
use crate::msisdn::Country;
use crate::settings::{Caps, ProofOfLife, Settings};
use crate::store::Queue;

/// The parts of the settings.
const TABS: &[(&str, &str)] =
    &[("/settings", "Utility"), ("/settings/endpoints", "Endpoints"), ("/settings/webhooks", "Webhooks"), ("/settings/flows", "Flows")];

/// A page of the settings.
pub fn framed_tab(title: &str, here: &str, around: &Around, visitor: &Visitor, content: &Markup) -> Html<String> {
    let content = html! {
        h1 { "Settings" }
        nav aria-label="Settings" { ul class="tabs" {
            @for (path, name) in TABS { li { a href=(path) aria-current=[(*path == here).then_some("page")] { (name) } } }
        } }
        @if !visitor.is_admin() { p class="note" { "This key may look but not change anything: that needs the scope admin." } }
        (content)
    };
    framed(title, Place::Settings, around, visitor, &content)
}

/// Refuses a form of somebody who may only look.
pub fn must_be_admin(form: &Sealed) -> Result<(), No> {
    if form.visitor.is_admin() {
        return Ok(());
    }
    Err(oops(StatusCode::FORBIDDEN, "Changing settings needs a key with the scope admin."))
}

/// A refusal that belongs to the form stays with it; the box's own trouble becomes a page.
pub fn with_form<T>(done: Result<T, Reject>) -> Result<Result<T, Reject>, No> {
    match done {
        Err(Reject { cause: Some(cause), .. }) => Err(store_failed(&cause)),
        other => Ok(other),
    }
}

/// `GET /settings`
pub async fn page(visitor: Visitor, State(pages): State<Pages>) -> Result<Html<String>, No> {
    let around = pages.read(around).await?;
    Ok(shown(&around, &visitor, &around.settings, None))
}

/// `POST /settings`
pub async fn save(State(pages): State<Pages>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let around = pages.read(around).await?;
    let wanted = match read(&form, &around.settings) {
        Ok(wanted) => wanted,
        Err(both) => {
            let (wanted, no) = *both;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(&around, &form.visitor, &wanted, Some(&no))).into_response());
        }
    };
    let new = wanted.clone();
    match with_form(pages.engine.run(Queue::Others, move |work| configure::settings(work, &new)).await)? {
        Ok(_) => Ok(Redirect::to("/settings").into_response()),
        Err(no) => Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(&around, &form.visitor, &wanted, Some(&no))).into_response()),
    }
}

/// What was typed; where it is no settings, with the reason, so that nothing has to be typed again.
fn read(form: &Fields, before: &Settings) -> Result<Settings, Box<(Settings, Reject)>> {
    let text = |name: &str| form.text(name).to_owned();
    let hour = |name: &str| form.text(name).parse::<u8>().ok().filter(|hour| *hour <= 24);
    let (from, until) = (hour("office_from"), hour("office_until"));
    let keep = match form.text("keep_closed_minutes") {
        "" => Some(before.keep_closed_minutes),
        typed => typed.parse::<u32>().ok(),
    };
    let holidays = form.text("holidays").split([',', ' ']).filter(|day| !day.is_empty()).map(str::parse).collect::<Result<Vec<_>, _>>();
    let wanted = Settings {
        utility: text("utility"),
        country: text("country"),
        zone: text("zone"),
        currency: text("currency"),
        languages: form.text("languages").split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        emergency: text("emergency"),
        public_url: text("public_url"),
        control_room: text("control_room"),
        holidays: holidays.as_ref().map_or_else(|_| before.holidays.clone(), Clone::clone),
        office_from: from.unwrap_or(before.office_from),
        office_until: until.unwrap_or(before.office_until),
        keep_closed_minutes: keep.unwrap_or(before.keep_closed_minutes),
        safety_gas: text("safety_gas"),
        safety_wires: text("safety_wires"),
        stop_scope: text("stop_scope"),
        safety_passes_stop: form.ticked("safety_passes_stop"),
        sim_by_prefix: before.sim_by_prefix.clone(),
        caps: before.caps,
        proof_of_life: before.proof_of_life.clone(),
    };
    let wanted = match form.text("proof.every_hours") {
        "" => wanted,
        typed => match typed.parse() {
            Ok(every_hours) => {
                let to = Some(text("proof.to")).filter(|to| !to.is_empty()).unwrap_or_else(|| before.proof_of_life.to.clone());
                Settings { proof_of_life: ProofOfLife { every_hours, to }, ..wanted }
            }
            Err(_) => {
                let no = Reject::at("invalid", "/proof.every_hours", "write a number of hours; 0 is none");
                return Err(Box::new((wanted, no)));
            }
        },
    };
    let wanted = match caps(form, before.caps) {
        Ok(caps) => Settings { caps, ..wanted },
        Err(no) => return Err(Box::new((wanted, no))),
    };
    if holidays.is_err() {
        let no = Reject::at("invalid", "/holidays", "write days like 2026-12-25, separated by commas");
        return Err(Box::new((wanted, no)));
    }
    if keep.is_none() {
        return Err(Box::new((wanted, Reject::at("invalid", "/keep_closed_minutes", "write a number of minutes"))));
    }
    match (from, until) {
        (Some(_), Some(_)) => Ok(wanted),
        (None, _) => Err(Box::new((wanted, Reject::at("invalid", "/office_from", "write an hour from 0 to 24")))),
        (_, None) => Err(Box::new((wanted, Reject::at("invalid", "/office_until", "write an hour from 0 to 24")))),
    }
}

/// The names of the caps in the form, and what people read.
const CAPS: [(&str, &str, &str); 4] = [
    ("caps.minute", "Texts a minute", "0 is no cap."),
    ("caps.day", "Texts a day", "0 is no cap."),
    ("caps.month", "Texts a month", "What the contract of the SIM allows. 0 is no cap."),
    ("caps.recipients", "Different people a day", "0 is no cap."),
];

/// The caps as they were typed. A form of before without them changes none.
fn caps(form: &Fields, before: Caps) -> Result<Caps, Reject> {
    let number = |(name, _, _): (&str, &str, &str), before: u32| match form.text(name) {
        "" => Ok(before),
        text => text.parse().map_err(|_| Reject::at("invalid", &format!("/{name}"), "write a whole number; 0 is no cap")),
    };
    let [minute, day, month, recipients] = CAPS;
    Ok(Caps {
        minute: number(minute, before.minute)?,
        day: number(day, before.day)?,
        month: number(month, before.month)?,
        recipients: number(recipients, before.recipients)?,
    })
}

fn shown(around: &Around, visitor: &Visitor, settings: &Settings, no: Option<&Reject>) -> Html<String> {
    let content = html! {
        section class="card" { div class="in" {
            (refusal(no))
            form method="post" action="/settings" {
                input type="hidden" name="csrf" value=(visitor.csrf);
                (who(settings, no))
                (hours(settings, no))
                (safety(settings, no))
                (each_sim(&settings.caps, no))
                (proof(&settings.proof_of_life, no))
                @if visitor.is_admin() { button class="main" type="submit" { "Save" } }
            }
        } }
    };
    framed_tab("Settings", "/settings", around, visitor, &content)
}

fn who(settings: &Settings, no: Option<&Reject>) -> Markup {
    let languages = settings.languages.join(", ");
    let countries = std::iter::once(("", "choose…")).chain(Country::all().iter().map(|country| (country.iso, country.iso)));
    html! {
        div class="fields" {
            (line(&Line { name: "utility", label: "Name of the utility", value: &settings.utility, hint: "Customers read it in the first text of every conversation." }, no))
            (choice(&Line { name: "country", label: "Country", value: &settings.country, hint: "How national phone numbers are read." }, countries, no))
            (line(&Line { name: "zone", label: "Time zone", value: &settings.zone, hint: "For example Europe/Kyiv." }, no))
            (line(&Line { name: "currency", label: "Currency", value: &settings.currency, hint: "Three letters, for example EUR." }, no))
            (line(&Line { name: "languages", label: "Languages", value: &languages, hint: "The first is the default. For example: en, es." }, no))
            (line(&Line { name: "public_url", label: "Public address of link pages", value: &settings.public_url, hint: "Where customers' phones reach this box, through your proxy. Empty: no links are sent." }, no))
        }
    }
}

fn hours(settings: &Settings, no: Option<&Reject>) -> Markup {
    let (from, until) = (settings.office_from.to_string(), settings.office_until.to_string());
    let keep = settings.keep_closed_minutes.to_string();
    let holidays = settings.holidays.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let scopes = [("all", "stops all our texts"), ("category", "stops texts of that kind only")].into_iter();
    html! {
        h3 { "Office and consent" }
        div class="fields" {
            (line(&Line { name: "office_from", label: "Office opens at", value: &from, hint: "Hour of the day." }, no))
            (line(&Line { name: "office_until", label: "Office closes at", value: &until, hint: "Hour of the day." }, no))
            (line(&Line { name: "keep_closed_minutes", label: "Minutes after a conversation was closed", value: &keep, hint: "So long a customer's next text goes to the queue of who closed it. 0: it is new at once." }, no))
            (line(&Line { name: "holidays", label: "Holidays", value: &holidays, hint: "Days on which nothing unasked leaves, unless a lane has hours for holidays. For example: 2026-12-25, 2027-01-01." }, no))
            (choice(&Line { name: "stop_scope", label: "STOP", value: &settings.stop_scope, hint: "Ask your lawyer before you change this." }, scopes, no))
        }
    }
}

fn each_sim(caps: &Caps, no: Option<&Reject>) -> Markup {
    let values = [caps.minute, caps.day, caps.month, caps.recipients].map(|cap| cap.to_string());
    html! {
        h3 { "What each SIM may send" }
        p class="small soft" { "An operator bars a SIM that sends more than its contract allows. At a cap texts wait, or take another SIM; safety, alarms and the answers to STOP and HELP pass." }
        div class="fields" {
            @for ((name, label, hint), value) in CAPS.iter().zip(&values) { (line(&Line { name, label, value, hint }, no)) }
        }
    }
}

fn proof(proof: &ProofOfLife, no: Option<&Reject>) -> Markup {
    let hours = proof.every_hours.to_string();
    let to = [(ProofOfLife::ITSELF, "to itself"), (ProofOfLife::ANOTHER, "to another SIM of this box")].into_iter();
    html! {
        h3 { "Proof of life" }
        p class="small soft" { "Every so many hours each SIM texts this box, behind everything that waits: one text each time, which costs what a text costs. What does not come in is an urgent task." }
        div class="fields" {
            (line(&Line { name: "proof.every_hours", label: "Hours between two proofs", value: &hours, hint: "0 is none." }, no))
            (choice(&Line { name: "proof.to", label: "Texts go", value: &proof.to, hint: "The SIM's number has to be known: a self-test finds it out." }, to, no))
        }
    }
}

fn safety(settings: &Settings, no: Option<&Reject>) -> Markup {
    html! {
        h3 { "Safety" }
        div class="fields" {
            (line(&Line { name: "emergency", label: "Emergency number", value: &settings.emergency, hint: "Stands in the safety texts." }, no))
            (line(&Line { name: "control_room", label: "Queue of the control room", value: &settings.control_room, hint: "Urgent danger tasks go there." }, no))
        }
        (tick("safety_passes_stop", "A system may send safety texts to people who opted out, with an approver and a reason on record", settings.safety_passes_stop))
        (lines(&Line { name: "safety_gas", label: "What somebody reads who smells gas", value: &settings.safety_gas, hint: "" }, 3, no))
        (lines(&Line { name: "safety_wires", label: "What somebody reads who sees a wire down", value: &settings.safety_wires, hint: "" }, 2, no))
    }
}
