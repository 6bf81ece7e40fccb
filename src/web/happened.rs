//! Events of the log as sentences. One table; an event without a sentence is shown by its own name.

use maud::{Markup, html};

use super::layout::Tone;
use super::show::{Calendar, spaced, words};
use crate::store::Event;

/// One line of the list of events.
pub fn line(event: &Event, calendar: &Calendar) -> Markup {
    let (tone, sentence) = sentence(&event.kind);
    let (mark, class) = match tone {
        Tone::Good => ("✓", "mark good"),
        Tone::Wait => ("…", "mark wait"),
        Tone::Bad => ("!", "mark bad"),
        Tone::Doubt => ("?", "mark doubt"),
        Tone::Calm => ("·", "mark"),
    };
    html! {
        li class="tight" data-key=(format!("event-{}", event.seq)) {
            div class="event" {
                span aria-hidden="true" class=(class) { (mark) }
                div class="row" {
                    span title=(event.kind) { (sentence) }
                    @match &event.msisdn {
                        Some(person) => a href=(format!("/conversations/{}", person.e164())) class="nowrap" { (person.e164()) },
                        None => span class="soft" { (words(&event.subject)) },
                    }
                    @if let Some(detail) = detail(event) { span class="soft small" { (words(&detail)) } }
                    span class="end" { (calendar.time(event.at)) }
                }
            }
        }
    }
}

fn sentence(kind: &str) -> (Tone, String) {
    match SENTENCES.iter().find(|(known, ..)| *known == kind) {
        Some((_, tone, sentence)) => (*tone, (*sentence).to_owned()),
        None => (Tone::Calm, spaced(kind)),
    }
}

/// The one fact that helps most beside the sentence; a state is what the sentence says already.
fn detail(event: &Event) -> Option<String> {
    let word = |name: &str| event.data.get(name).and_then(serde_json::Value::as_str).map(spaced);
    if event.kind == "session.moved" {
        return word("step").map(|step| format!("to step {step}"));
    }
    ["answer", "result", "endpoint", "reason", "queue"].iter().find_map(|name| word(name))
}

const SENTENCES: &[(&str, Tone, &str)] = &[
    ("message.accepted", Tone::Calm, "Text accepted for"),
    ("message.submitted", Tone::Good, "Text sent to"),
    ("message.in_doubt", Tone::Doubt, "Text may or may not have been sent to"),
    ("message.delivered", Tone::Good, "Text is on the phone of"),
    ("message.failed", Tone::Bad, "Text did not arrive at"),
    ("message.expired", Tone::Bad, "Text was not sent in time to"),
    ("message.withdrawn", Tone::Calm, "Text taken back for"),
    ("message.received", Tone::Calm, "Reply from"),
    ("session.opened", Tone::Calm, "Conversation begun with"),
    ("session.asked", Tone::Wait, "Question put to"),
    ("session.answered", Tone::Good, "Answer understood from"),
    ("session.unclear", Tone::Doubt, "Answer not clear from"),
    ("session.moved", Tone::Calm, "Conversation went on with"),
    ("session.undelivered", Tone::Bad, "Question could not be delivered to"),
    ("session.parked", Tone::Bad, "Conversation put aside, opted out:"),
    ("session.expired", Tone::Bad, "Conversation ran out of time with"),
    ("session.completed", Tone::Good, "Conversation completed with"),
    ("session.failed", Tone::Bad, "Conversation failed with"),
    ("session.reminder_due", Tone::Wait, "Reminder due for"),
    ("agent.requested", Tone::Wait, "A person is asked for by"),
    ("agent.taken", Tone::Calm, "A person took over with"),
    ("agent.released", Tone::Calm, "A person handed back"),
    ("danger.heard", Tone::Bad, "DANGER reported by"),
    ("danger.taken", Tone::Calm, "Danger taken over:"),
    ("consent.out", Tone::Calm, "Opted out:"),
    ("consent.in", Tone::Good, "Opted in:"),
    ("modem.up", Tone::Good, "Modem ready:"),
    ("modem.down", Tone::Bad, "Modem lost:"),
    ("modem.deaf", Tone::Bad, "Modem does not hear:"),
    ("modem.supply", Tone::Bad, "Supply is bad of modem"),
    ("modem.storage", Tone::Bad, "Modem storage is filling:"),
    ("modem.sim", Tone::Calm, "SIM changed in"),
    ("time.untrusted", Tone::Bad, "The box's clock is not what the network says at"),
    ("time.trusted", Tone::Good, "The box's clock is right again by"),
    ("call.queued", Tone::Wait, "Call to be made for"),
    ("call.ok", Tone::Good, "The other system did it, for"),
    ("call.fail", Tone::Bad, "The other system said no, for"),
    ("call.unknown", Tone::Doubt, "Not known whether the other system did it, for"),
];
