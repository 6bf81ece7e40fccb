//! One conversation as a thread: theirs left, ours right, each with what is honestly known of it.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::layout::{Tone, pill};
use super::show::{Calendar, first_words, span, words};
use crate::ids::SessionId;
use crate::store::{InboundRow, Message, Said};
use crate::terms::{MessageState, Purpose, Word as _};

/// The whole thread, oldest first.
pub fn thread(said: &[Said], flows: &Flows, calendar: &Calendar) -> Markup {
    html! {
        @if said.is_empty() { p class="empty" { "Nothing was said yet." } }
        @else {
            div class="thread" role="log" aria-label="Texts, oldest first" {
                @for (n, one) in said.iter().enumerate() {
                    @match one {
                        Said::In(inbound) => (theirs(inbound, &Before { said: &said[..n], flows }, calendar)),
                        Said::Out(message) => (ours(message, calendar)),
                    }
                }
            }
        }
    }
}

/// The flow of each session, by its id.
pub type Flows = BTreeMap<SessionId, String>;

/// What was said before a text: it tells a session by its question.
struct Before<'a> {
    said: &'a [Said],
    flows: &'a Flows,
}

impl Before<'_> {
    /// "pay.past_due, which had said: ..." instead of an id.
    fn session(&self, id: SessionId) -> Markup {
        let asked = self.said.iter().rev().find_map(|one| match one {
            Said::Out(message) if message.session == Some(id) && matches!(message.purpose, Purpose::Prompt | Purpose::Tell) => {
                Some(message.text.expose())
            }
            Said::Out(_) | Said::In(_) => None,
        });
        html! {
            @match self.flows.get(&id) {
                Some(flow) => b { (words(flow)) },
                None => code class="mono" { (id) },
            }
            @if let Some(asked) = asked { ", which had said: " q { (first_words(asked, QUESTION_LETTERS)) } }
        }
    }
}

/// Enough to tell two questions apart.
const QUESTION_LETTERS: usize = 70;

fn theirs(inbound: &InboundRow, before: &Before<'_>, calendar: &Calendar) -> Markup {
    html! {
        article class="turn in" data-key=(format!("in-{}", inbound.id)) {
            span class="hidden" { "They wrote: " }
            div class="bubble" {
                @match &inbound.hex {
                    Some(hex) if inbound.text.is_empty() => {
                        p class="soft" { "This text could not be read. The raw message:" }
                        code class="mono" { (words(hex)) }
                    }
                    Some(_) | None => (words(inbound.text.expose())),
                }
            }
            div class="under" {
                (calendar.time(inbound.received_at))
                @if inbound.danger { (pill(Tone::Bad, "danger")) }
                @if inbound.parts_have < inbound.parts_total {
                    (pill(Tone::Bad, &format!("{} of {} parts", inbound.parts_have, inbound.parts_total)))
                }
                @if inbound.redelivered > 0 { span { "came again " (inbound.redelivered) "×, counted once" } }
            }
            (why(inbound, before, calendar))
        }
    }
}

/// Which rule took it, why, and by which clocks.
fn why(inbound: &InboundRow, before: &Before<'_>, calendar: &Calendar) -> Markup {
    html! {
        div class="why" {
            @match inbound.rule {
                Some(rule) => {
                    b { "Rule " (rule) } " · " (rule_name(rule))
                    @if let Some(answer) = &inbound.answer { " · understood as " b { (words(answer)) } }
                    @else if let Some(outcome) = &inbound.outcome { " · " (words(outcome_words(outcome))) }
                }
                None => { b { "Not decided yet" } }
            }
            @if !inbound.why.is_empty() { div { (words(&inbound.why)) } }
            @if inbound.candidates.len() > 1 {
                div { "It could have been meant for " (inbound.candidates.len()) " questions:" }
                ul { @for session in &inbound.candidates { li { (before.session(*session)) } } }
            } @else if let Some(session) = inbound.session {
                div { "It belongs to " (before.session(session)) }
            }
            div class="soft small" { (clocks(inbound, calendar)) }
        }
    }
}

fn clocks(inbound: &InboundRow, calendar: &Calendar) -> Markup {
    html! {
        @match inbound.scts {
            Some(stamp) => {
                "Network stamp " (calendar.time(stamp)) ", read by the box "
                @let late = inbound.received_at.ms_since(stamp);
                @if late >= 0 { (span(late)) " later" } @else { (span(-late)) " earlier" }
            }
            None => "The network's stamp is no date"
        }
        @if inbound.samples > 0 && inbound.offset_ms.abs() >= 1000 {
            ", that clock is " (span(inbound.offset_ms.abs())) @if inbound.offset_ms > 0 { " slow" } @else { " fast" }
        }
        ", " @if inbound.live { "announced as it came" } @else { "found by a sweep" }
        ", SIM …" (words(&tail(&inbound.sim)))
    }
}

fn tail(iccid: &str) -> String {
    let skip = iccid.chars().count().saturating_sub(4);
    iccid.chars().skip(skip).collect()
}

fn outcome_words(outcome: &str) -> &str {
    match outcome {
        "answer" => "an answer",
        "unclear" => "not clear, asked back",
        "none" => "not an answer",
        "optout" => "opted out",
        "help" => "asked for help",
        "start" => "opted in or began something",
        "agent" => "goes to a person",
        "danger" => "a danger",
        "late" => "too late",
        other => other,
    }
}

/// The rules by their short names (conversation.md section 1).
fn rule_name(rule: u8) -> &'static str {
    match rule {
        1 => "seen before",
        2 => "sender cannot be answered",
        3 => "parts missing",
        4 => "stop",
        5 => "danger",
        6 => "help",
        7 => "start",
        8 => "staff code",
        9 => "a person holds the thread",
        10 => "tagged answer",
        11 => "reaction",
        12 => "open question",
        13 => "keyword",
        14 => "free text was asked for",
        15 => "after the end",
        16 => "asked again",
        17 => "inbox",
        _ => "unknown rule",
    }
}

fn ours(message: &Message, calendar: &Calendar) -> Markup {
    let (tone, word) = state_words(message);
    html! {
        article class="turn out" data-key=(format!("out-{}-{}", message.n, message.state.word())) {
            span class="hidden" { "We wrote: " }
            div class="bubble" { (words(message.text.expose())) }
            div class="under" {
                span { (purpose_words(message.purpose)) }
                (calendar.time(message.submitted_at.or(message.accepted_at).unwrap_or(message.created_at)))
                (pill(tone, word))
                @if message.possibly_twice { (pill(Tone::Doubt, "possibly twice")) }
                @if message.parts > 1 { span { (message.parts) " parts" } }
            }
            @if let Some(reason) = message.reason.as_ref().filter(|_| tone != Tone::Good) { div class="under" { (words(reason)) } }
        }
    }
}

/// What may honestly be said of a text of ours.
pub fn state_words(message: &Message) -> (Tone, &'static str) {
    match message.state {
        MessageState::Accepted | MessageState::Queued => (Tone::Wait, "not sent yet"),
        MessageState::Sending => (Tone::Wait, "being sent"),
        MessageState::Submitted => (Tone::Good, "sent"),
        MessageState::Delivered => (Tone::Good, "on the phone"),
        MessageState::InDoubt => (Tone::Doubt, "in doubt: may or may not be sent"),
        MessageState::Parked => (Tone::Doubt, "in doubt: waits for your word"),
        MessageState::Withdrawn => (Tone::Calm, "taken back, not sent"),
        MessageState::Expired => (Tone::Bad, "not sent: its time ran out"),
        MessageState::Refused => (Tone::Bad, "not sent: refused"),
        MessageState::Failed => (Tone::Bad, "sent, but did not arrive"),
        MessageState::UnknownDelivery => (Tone::Calm, "sent, no delivery report came"),
    }
}

fn purpose_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Prompt => "question",
        Purpose::Reminder => "reminder",
        Purpose::Again => "asked again",
        Purpose::ReadBack => "read back",
        Purpose::WhichOne => "which one?",
        Purpose::Tell => "information",
        Purpose::Service => "service",
        Purpose::Fallback => "not awaited",
        Purpose::Safety => "safety",
        Purpose::Agent => "by a person",
        Purpose::HandBack => "given back",
        Purpose::Plain => "message",
        Purpose::Proof => "proof",
    }
}
