//! One modem: what it said of itself, what its network said by USSD, and a form to ask it.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use super::balances::{self, Filled};
use super::fields::{Line, line, refusal};
use super::guard::{Sealed, Visitor};
use super::layout::{Place, Tone, pill};
use super::overview::{signal, state_pill};
use super::settings::{must_be_admin, with_form};
use super::show::{Calendar, words};
use super::{Around, No, Pages, around, framed, history, oops, pins, places, selftests};
use crate::engine::{Reject, at, modems, network_time, ring, ussd, voice};
use crate::modem::io::UssdAsk;
use crate::modem::wire::{self, Chunk, Way};
use crate::store::{
    Balance, Call, Life, Modem, Paging, Place as Stay, Queue, Reader, Recovery, Result as Stored, Ring, SIGNAL_KEEP_MS, SelfTest, Signal,
    SimVoice, Ussd, UssdState,
};
use crate::terms::{Ailment, Outcome, RingState, Rung};
use crate::time::Timestamp;

/// Everything on the page.
struct View {
    modem: Modem,
    exchanges: Vec<Ussd>,
    recoveries: Vec<Recovery>,
    balance: Option<Balance>,
    signals: Vec<Signal>,
    year: history::Year,
    places: Vec<Stay>,
    calls: Vec<Call>,
    tests: Vec<SelfTest>,
    life: Option<Life>,
    rings: Vec<Ring>,
    voice: Option<SimVoice>,
    /// What went over its port last; only an admin sees it.
    wire: Vec<Chunk>,
}

const EXCHANGES_MAX: u32 = 20;
const RECOVERIES_MAX: u32 = 10;
const CALLS_READ: u32 = 200;
const CALLS_MAX: usize = 20;
const CHUNKS_MAX: usize = 40;

/// The address of a modem's page.
pub fn address(name: &str) -> String {
    name.bytes().fold("/modems/".to_owned(), |address, octet| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => address + &char::from(octet).to_string(),
        _ => address + &format!("%{octet:02X}"),
    })
}

fn view(reader: &Reader<'_>, name: &str, calendar: &Calendar) -> Stored<Option<View>> {
    let Some(modem) = reader.modem(name)? else { return Ok(None) };
    let exchanges = reader.ussds_of_modem(name, EXCHANGES_MAX)?;
    let recoveries = modem.imei.as_ref().map(|imei| reader.recoveries(imei, RECOVERIES_MAX)).transpose()?.unwrap_or_default();
    let balance = modem.iccid.as_deref().map(|iccid| reader.balance(iccid)).transpose()?.flatten();
    let signals = reader.signals(name, calendar.now().shifted_ms(-SIGNAL_KEEP_MS))?;
    let year = history::Year::read(reader, name, calendar.today())?;
    let places = reader.places(name, Paging::newest(places::SHOWN))?.items;
    let calls = reader.calls_in(Paging::newest(CALLS_READ))?.items.into_iter().filter(|call| call.modem == name).take(CALLS_MAX).collect();
    let tests = reader.selftests_of_modem(name, selftests::SHOWN)?;
    let life = modem.iccid.as_deref().map(|iccid| reader.life(iccid)).transpose()?.flatten();
    let own = |ring: &Ring| ring.modem.as_deref() == Some(name);
    let rings = reader.rings(Paging::newest(CALLS_READ))?.items.into_iter().filter(own).take(CALLS_MAX).collect();
    let voice = modem.iccid.as_deref().map(|iccid| reader.sim_voice(iccid)).transpose()?.flatten();
    Ok(Some(View { modem, exchanges, recoveries, balance, signals, year, places, calls, tests, life, rings, voice, wire: Vec::new() }))
}

async fn read(pages: &Pages, visitor: &Visitor, name: String) -> Result<(Around, View), No> {
    let now = pages.engine.now();
    let mut wire = if visitor.is_admin() { pages.engine.wires().after(&name, 0, now).1 } else { Vec::new() };
    wire.drain(..wire.len().saturating_sub(CHUNKS_MAX));
    let look = move |reader: &Reader<'_>| {
        let around = around(reader)?;
        let view = view(reader, &name, &Calendar::new(&around.settings.zone, now))?;
        Ok((around, view))
    };
    let (around, view) = pages.read(look).await?;
    view.map(|view| (around, View { wire, ..view })).ok_or_else(|| oops(StatusCode::NOT_FOUND, "There is no modem of this name."))
}

/// `GET /modems/{name}`
pub async fn page(visitor: Visitor, State(pages): State<Pages>, Path(name): Path<String>) -> Result<Html<String>, No> {
    let (around, view) = read(&pages, &visitor, name).await?;
    Ok(shown(&pages, &around, &visitor, &view, None, &Typed::default()))
}

/// `GET /part/modems/{name}`: what changes by itself.
pub async fn part(visitor: Visitor, State(pages): State<Pages>, Path(name): Path<String>) -> Result<Html<String>, No> {
    let (around, view) = read(&pages, &visitor, name).await?;
    Ok(Html(whole(&view, &pages.calendar(&around.settings), pages.engine.now()).into_string()))
}

/// `POST /modems/{name}/ussd`: asks; the answer appears on the page when it comes.
pub async fn ask(State(pages): State<Pages>, Path(name): Path<String>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let ask = match form.text("do") {
        "reply" => UssdAsk::Reply(form.text("reply").to_owned()),
        "cancel" => UssdAsk::Cancel,
        _ => UssdAsk::Code(form.text("code").to_owned()),
    };
    let new = ussd::NewUssd { modem: name.clone(), ask, asker: form.visitor.key.name.clone() };
    match with_form(pages.engine.run(Queue::Others, move |work| ussd::ask(work, &new)).await)? {
        Ok(_) => Ok(Redirect::to(&address(&name)).into_response()),
        Err(no) => refused(&pages, &form.visitor, name, &no).await,
    }
}

/// The page again, with what was wrong beside the form.
pub async fn refused(pages: &Pages, visitor: &Visitor, name: String, no: &Reject) -> Result<Response, No> {
    let (around, view) = read(pages, visitor, name).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(pages, &around, visitor, &view, Some(no), &Typed::default())).into_response())
}

/// The page again, with the form for the balance as it was filled in.
pub async fn filled(pages: &Pages, visitor: &Visitor, name: String, balance: Filled) -> Result<Html<String>, No> {
    let (around, view) = read(pages, visitor, name).await?;
    Ok(shown(pages, &around, visitor, &view, None, &Typed { balance: Some(balance), ..Typed::default() }))
}

/// The page again, with what was wrong with the PIN.
pub async fn pin_refused(pages: &Pages, visitor: &Visitor, name: String, no: Reject) -> Result<Response, No> {
    let (around, view) = read(pages, visitor, name).await?;
    let typed = Typed { pin: Some(no), ..Typed::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown(pages, &around, visitor, &view, None, &typed)).into_response())
}

/// ICCID of the SIM in a modem.
pub async fn sim_of(pages: &Pages, name: &str) -> Result<Option<String>, No> {
    let name = name.to_owned();
    let modem = pages.read(move |reader| reader.modem(&name)).await?;
    modem.map(|modem| modem.iccid).ok_or_else(|| oops(StatusCode::NOT_FOUND, "There is no modem of this name."))
}

/// What an admin typed to the modem, and what came of it.
#[derive(Default)]
struct Typed {
    command: String,
    answer: Option<at::Answer>,
    no: Option<Reject>,
    /// The form for the balance, filled in.
    balance: Option<Filled>,
    /// Why a PIN was not taken.
    pin: Option<Reject>,
}

/// How long a command may wait for its turn, and then for its answer.
const AT_WITHIN: Duration = Duration::from_secs(10);

/// `POST /modems/{name}/at`: one command, and the page with its answer.
pub async fn type_at(State(pages): State<Pages>, Path(name): Path<String>, form: Sealed) -> Result<Response, No> {
    must_be_admin(&form)?;
    let command = form.text("command").to_owned();
    let asked = at::Asked { modem: name.clone(), who: form.visitor.key.name.clone(), command: command.clone() };
    let done = with_form(at::carry_out(&pages.engine, &pages.fleet, asked, AT_WITHIN).await)?;
    let (around, view) = read(&pages, &form.visitor, name).await?;
    let (status, typed) = match done {
        Ok(answer) => (StatusCode::OK, Typed { command, answer: Some(answer), ..Typed::default() }),
        Err(no) => (StatusCode::UNPROCESSABLE_ENTITY, Typed { command, no: Some(no), ..Typed::default() }),
    };
    Ok((status, shown(&pages, &around, &form.visitor, &view, None, &typed)).into_response())
}

fn shown(pages: &Pages, around: &Around, visitor: &Visitor, view: &View, no: Option<&Reject>, typed: &Typed) -> Html<String> {
    let here = address(&view.modem.name);
    let content = html! {
        div class="heading" { h1 { (words(&view.modem.name)) } span class="live" data-lamp { "not live" } }
        div data-live=(format!("/part{here}")) { (whole(view, &pages.calendar(&around.settings), pages.engine.now())) }
        @if visitor.is_admin() {
            (pins::form(&here, &view.modem, visitor, typed.pin.as_ref()))
            (selftests::form(&here, visitor, no.filter(|no| is_of_test(no))))
            (form(&here, view, visitor, no.filter(|no| !is_of_test(no))))
            (balances::form(&here, visitor, view.balance.as_ref(), typed.balance.as_ref()))
            (at_form(&here, visitor, typed))
        }
    };
    framed(&view.modem.name, Place::Overview, around, visitor, &content)
}

/// Two forms stand on the page: which of them was refused.
fn is_of_test(no: &Reject) -> bool {
    matches!(no.code, "selftest_open" | "modem_not_ready" | "sim_at_cap") || no.errors.iter().any(|(pointer, _)| pointer == "/to")
}

fn whole(view: &View, calendar: &Calendar, now: Timestamp) -> Markup {
    html! { div class="grid" {
        (facts(&view.modem, view.voice.as_ref().and_then(|voice| voice::words(voice, now)).as_deref()))
        (selftests::card(&view.tests, view.life.as_ref(), calendar))
        (history::card(&view.signals, now))
        (history::year(&view.year))
        (places::card(&view.places, calendar))
        @if let Some(rule) = &view.balance { (balances::card(rule, calendar)) }
        section class="card" {
            header { h2 { "What was done for it" } }
            @if view.recoveries.is_empty() { p class="empty" { "It has needed no help." } }
            ul class="rows" { @for tried in &view.recoveries { (help(tried, calendar)) } }
        }
        section class="card" {
            header { h2 { "Asked of the network (USSD)" } }
            @if view.exchanges.is_empty() { p class="empty" { "Nothing was asked yet." } }
            ul class="rows" { @for exchange in &view.exchanges { (row(exchange, calendar)) } }
        }
        @if !view.calls.is_empty() {
            section class="card" {
                header { h2 { "Calls that came in" } }
                ul class="rows" { @for call in &view.calls { (call_row(call, calendar)) } }
            }
        }
        @if !view.rings.is_empty() {
            section class="card" {
                header { h2 { "Telephones it rang" } }
                ul class="rows" { @for ring in &view.rings { (ring_row(ring, calendar)) } }
            }
        }
        @if !view.wire.is_empty() { (port(&view.modem, &view.wire)) }
    } }
}

/// The last words on the port, for those who know AT commands.
fn port(modem: &Modem, wire: &[Chunk]) -> Markup {
    let line = |chunk: &Chunk| format!("{} {}", if chunk.way == Way::Sent { '>' } else { '<' }, wire::readable(&chunk.octets));
    let lines: Vec<String> = wire.iter().map(line).collect();
    html! {
        section class="card" {
            header { h2 { "On its port" } }
            div class="in" {
                p class="small soft" {
                    "What the box (>) and the modem (<) said last; PINs, numbers and contents are replaced. More of it: "
                    code { "answerback modem trace " (modem.name) }
                }
                pre class="source" { (lines.join("\n")) }
            }
        }
    }
}

/// One command of somebody who knows AT commands.
fn at_form(here: &str, visitor: &Visitor, typed: &Typed) -> Markup {
    let no = typed.no.as_ref();
    let hint = "For example AT+CSQ. What sends, dials, deletes, locks or resets is refused; every use is on record.";
    html! {
        h3 id="at" { "Type to the modem" }
        section class="card" { div class="in" {
            (refusal(no))
            @if let Some(answer) = &typed.answer {
                div role="status" { p class="small mono" { (words(&answer.command)) } pre class="source" { (answer.lines.join("\n")) } }
            }
            form method="post" action=(format!("{here}/at#at")) {
                input type="hidden" name="csrf" value=(visitor.csrf);
                div class="fields" { (line(&Line { name: "command", label: "AT command", value: &typed.command, hint }, no)) }
                button class="main" type="submit" { "Send" }
            }
        } }
    }
}

fn facts(modem: &Modem, voice: Option<&str>) -> Markup {
    let storage = modem.storage_used.zip(modem.storage_total).map(|(used, total)| format!("{used} of {total} slots in use"));
    let maker = [&modem.manufacturer, &modem.model].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    let rows = [
        ("Operator", modem.operator.as_deref()),
        ("Network", modem.registration.map(modems::registration_words)),
        ("Model", Some(maker.as_str()).filter(|maker| !maker.is_empty())),
        ("Firmware", modem.firmware.as_deref()),
        ("Port", Some(modem.port.as_str())),
        ("IMEI", modem.imei.as_deref()),
        ("SIM (ICCID)", modem.iccid.as_deref()),
        ("Service centre", modem.smsc.as_deref()),
        ("Memory for texts", storage.as_deref()),
        ("Calls that come in", modem.reject_calls.then_some("are rejected")),
    ];
    let time = modem.clock_ahead_ms.map(|ahead_ms| (network_time::is_untrusted(ahead_ms), network_time::words(&modem.name, ahead_ms)));
    html! {
        section class="card" { div class="in" {
            div class="row" { (state_pill(modem.state)) span class="end" { (signal(modem.signal_dbm)) } }
            @if let Some(why) = &modem.words { p { (words(why)) } }
            @if let Some((untrusted, time)) = &time { p class=@if *untrusted { "note bad" } @else { "small" } { (words(time)) } }
            @if let Some(voice) = voice { p class="small" { (words(voice)) } }
            @if let Some(baud) = modem.line_speed { p class="small" { (modems::speed_words(baud)) } }
            @for (name, value) in rows { @if let Some(value) = value { div class="small" { span class="soft" { (name) " " } (words(value)) } } }
        } }
    }
}

fn help(tried: &Recovery, calendar: &Calendar) -> Markup {
    let (tone, word) = match tried.outcome {
        None => (Tone::Wait, "not known yet"),
        Some(Outcome::Mended) => (Tone::Good, "helped"),
        Some(Outcome::Failed) => (Tone::Bad, "did not help"),
        Some(Outcome::Harmed) => (Tone::Bad, "stayed away until a person helped"),
    };
    let what = match tried.rung {
        Rung::Settings => "Everything set again",
        Rung::Reopen => "Port closed and opened",
        Rung::Radio => "Radio off and on",
        Rung::Reset => "Reset",
        Rung::UsbReset => "USB device reset",
        Rung::Power => "Power off and on",
    };
    let why = match tried.ailment {
        Ailment::NoAnswer => "it did not answer",
        Ailment::NotRegistered => "it found no network",
        Ailment::SendsFail => "one message after the other failed",
    };
    html! {
        li data-key=(format!("recovery-{}", tried.n)) {
            div class="row" {
                span class="lead" { (what) } (pill(tone, word)) span class="soft" { (why) } span class="end" { (calendar.ago(tried.at)) }
            }
        }
    }
}

fn call_row(call: &Call, calendar: &Calendar) -> Markup {
    html! {
        li data-key=(format!("call-{}", call.id)) {
            div class="row" {
                @match &call.from {
                    Some(from) => a class="lead" href=(format!("/conversations/{}", from.e164())) { (from.e164()) },
                    None => span class="lead" { @if call.withheld { "number hidden" } @else { "no number" } },
                }
                (pill(Tone::Calm, if call.rejected { "rejected" } else { "missed" })) span class="end" { (calendar.ago(call.at)) }
            }
        }
    }
}

fn ring_row(row: &Ring, calendar: &Calendar) -> Markup {
    let (tone, word) = match row.state {
        RingState::Waiting => (Tone::Wait, "waits"),
        RingState::Calling => (Tone::Wait, "rings"),
        RingState::Answered => (Tone::Good, "somebody took it"),
        RingState::NotAnswered => (Tone::Calm, "nobody took it"),
        RingState::Busy => (Tone::Calm, "engaged"),
        RingState::NoCarrier => (Tone::Bad, "not put through"),
        RingState::Failed => (Tone::Bad, "not rung"),
        RingState::Unknown => (Tone::Doubt, "unknown"),
        RingState::InDoubt => (Tone::Doubt, "in doubt"),
        RingState::Withdrawn => (Tone::Calm, "not wanted any more"),
    };
    html! {
        li data-key=(format!("ring-{}", row.id)) {
            div class="row" {
                a class="lead" href=(format!("/conversations/{}", row.to.e164())) { (row.to.e164()) }
                (pill(tone, word)) span class="end" { (calendar.ago(row.ordered_at)) }
            }
            @if let Some(why) = ring::words(row) { p class="small" { (words(&why)) } }
        }
    }
}

fn row(exchange: &Ussd, calendar: &Calendar) -> Markup {
    let (tone, word) = match exchange.state {
        UssdState::Waiting | UssdState::Asking => (Tone::Wait, "asking"),
        UssdState::Answered => (Tone::Good, "answered"),
        UssdState::Menu => (Tone::Wait, "waits for a reply"),
        UssdState::Cancelled => (Tone::Calm, "left"),
        UssdState::NotSent => (Tone::Bad, "not sent"),
        UssdState::Refused => (Tone::Bad, "refused"),
        UssdState::Unknown => (Tone::Doubt, "unknown"),
    };
    html! {
        li data-key=(format!("ussd-{}", exchange.id)) {
            div class="row" {
                span class="lead mono" { (words(&exchange.asked)) } (pill(tone, word))
                span class="soft" { (words(&exchange.asker)) } span class="end" { (calendar.ago(exchange.asked_at)) }
            }
            @if let Some(answer) = &exchange.answer { @for line in answer.lines() { div { (words(line)) } } }
            @if let Some(why) = ussd::words(exchange) { p class="small" { (words(&why)) } }
        }
    }
}

fn form(here: &str, view: &View, visitor: &Visitor, no: Option<&Reject>) -> Markup {
    let menu = view.exchanges.first().is_some_and(|newest| newest.state == UssdState::Menu);
    let (field, what) = if menu { ("reply", "Reply to the menu") } else { ("code", "Code") };
    let hint = if menu { "For example 1." } else { "For example *100#. A code may cost money; it is sent once." };
    html! {
        h3 { "Ask the network" }
        section class="card" { div class="in" {
            (refusal(no))
            form method="post" action=(format!("{here}/ussd")) {
                input type="hidden" name="csrf" value=(visitor.csrf);
                div class="fields" { (line(&Line { name: field, label: what, value: "", hint }, no)) }
                div class="actions" {
                    button class="main" type="submit" name="do" value=(field) { "Ask" }
                    @if menu { button type="submit" name="do" value="cancel" { "Leave the menu" } }
                }
            }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_makes_one_segment() {
        let cases = [("ttyUSB0", "/modems/ttyUSB0"), ("/dev/x y", "/modems/%2Fdev%2Fx%20y"), ("é", "/modems/%C3%A9")];
        for (name, want) in cases {
            assert_eq!(address(name), want);
        }
    }
}
