//! A request to send is accepted or refused: after COMMIT it is never forgotten.

use serde::{Deserialize, Serialize};

use super::book::Book;
use super::idempotent::{Answered, Idempotency, once};
use super::outgoing::Extra;
use super::{Reject, Work};
use crate::conversation::session::Outgoing;
use crate::ids::MessageId;
use crate::msisdn::Msisdn;
use crate::terms::{Category, MessageState, Policy, Purpose, Rank, Word};
use crate::text::Text;
use crate::time::Timestamp;

/// Parts that a plain message may take where its sender names no number.
pub const PARTS_MAX_DEFAULT: u8 = 10;
/// Longest tag, and most tags of one message.
const TAG_CHARACTERS_MAX: usize = 64;
const TAGS_MAX: usize = 20;

/// A plain message somebody wants to send.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// A number in any form.
    pub to: String,
    /// What it says.
    pub text: Text,
    /// What a doubt does.
    pub policy: Policy,
    /// Urgency; the lane of the category decides where it is not given.
    pub rank: Option<Rank>,
    /// Consent category; the policy decides where it is not given.
    pub category: Option<Category>,
    /// Not before this instant.
    pub not_before: Option<Timestamp>,
    /// Worthless after this instant.
    pub expires_at: Option<Timestamp>,
    /// ICCID it must leave on.
    pub sim: Option<String>,
    /// Most parts it may take.
    pub parts_max: Option<u8>,
    /// Message class, 0 to 3.
    pub class: Option<u8>,
    /// A delivery report is asked for.
    pub report: bool,
    /// It takes the place of the last text with this number, 1 to 7, on the phone and in the queue.
    pub replaces: Option<u8>,
    /// The sender's own labels.
    pub tags: Vec<String>,
    /// Who asks: a key's id, `local:UID`.
    pub source: String,
    /// Makes the request safe to repeat.
    pub idempotency: Option<Idempotency>,
}

/// The answer to an accepted message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Its id.
    pub id: MessageId,
    /// How many parts.
    pub parts: u8,
    /// `gsm7` or `ucs2`.
    pub encoding: String,
}

/// Accepts a plain message.
pub fn message(work: &mut Work<'_, '_>, request: &NewMessage) -> Result<Answered<Accepted>, Reject> {
    once(work, request.idempotency.as_ref(), |work| accept(work, request))
}

fn accept(work: &mut Work<'_, '_>, request: &NewMessage) -> Result<Accepted, Reject> {
    let to = number(work, "/to", &request.to)?;
    check(work, request)?;
    let category = request.category.unwrap_or(category_of(request.policy));
    work.refuse_without_consent(&to, category)?;
    let rank = request.rank.unwrap_or_else(|| rank_of(work.book, category));
    let outgoing = Outgoing {
        to,
        text: request.text.clone(),
        purpose: Purpose::Plain,
        category,
        policy: request.policy,
        rank,
        sim: request.sim.clone(),
        session: None,
        not_before: request.not_before,
        expires_at: request.expires_at,
    };
    let extra = Extra {
        sim_only: request.sim.is_some(),
        tags: request.tags.clone(),
        source: request.source.clone(),
        class: request.class,
        no_report: !request.report,
        replaces: request.replaces,
        ..Extra::default()
    };
    let older = request.replaces.map_or_else(|| Ok(Vec::new()), |number| work.tx.messages_replaced(&outgoing.to, number))?;
    // A text of several parts takes nobody's place.
    let parts_max = if request.replaces.is_some() { 1 } else { request.parts_max.unwrap_or(PARTS_MAX_DEFAULT) };
    let message = work.enqueue(&outgoing, &extra, parts_max)?;
    for id in older {
        work.withdraw(id, &format!("replaced by {}", message.id))?;
    }
    Ok(Accepted { id: message.id, parts: message.parts, encoding: message.encoding })
}

/// The category of a text whose sender names none.
pub const fn category_of(policy: Policy) -> Category {
    match policy {
        Policy::Alarm => Category::Alarm,
        Policy::Notice => Category::Account,
        Policy::Once => Category::Billing,
    }
}

/// The urgency of a text whose sender names none.
pub fn rank_of(book: &Book, category: Category) -> Rank {
    book.lane_of(category).map_or(Rank(5), |lane| lane.rank)
}

fn check(work: &Work<'_, '_>, request: &NewMessage) -> Result<(), Reject> {
    if request.text.is_empty() {
        return Err(Reject::at("invalid", "/text", "the text is empty"));
    }
    if request.expires_at.is_some_and(|end| end <= work.now.max(request.not_before.unwrap_or(work.now))) {
        return Err(Reject::at("invalid", "/expires", "it ends before it can leave"));
    }
    if request.tags.len() > TAGS_MAX || request.tags.iter().any(|tag| tag.chars().count() > TAG_CHARACTERS_MAX) {
        return Err(Reject::at("invalid", "/tags", format!("at most {TAGS_MAX} tags of {TAG_CHARACTERS_MAX} characters")));
    }
    if request.replaces.is_some_and(|number| !(1..=7).contains(&number)) {
        return Err(Reject::at("invalid", "/replace", "a number from 1 to 7"));
    }
    if request.class.is_some_and(|class| class > 3) {
        let words = "a class is 0 (shown at once, not kept), 1 (kept in the phone), 2 (kept on the SIM) or 3 (for equipment at the phone)";
        return Err(Reject::at("invalid", "/class", words));
    }
    if request.rank.is_some_and(|rank| !(1..=9).contains(&rank.0)) {
        return Err(Reject::at("invalid", "/rank", "a rank is 1 (first) to 9 (last)"));
    }
    Ok(())
}

/// Reads a number as people of the box's country write it.
pub fn number(work: &Work<'_, '_>, pointer: &str, text: &str) -> Result<Msisdn, Reject> {
    number_of(work.book, pointer, text)
}

/// The same for who only reads.
pub fn number_of(book: &Book, pointer: &str, text: &str) -> Result<Msisdn, Reject> {
    let read = match book.country() {
        Some(country) => Msisdn::parse(text, country),
        None if text.trim().starts_with('+') => Msisdn::from_e164(&text.chars().filter(|c| !" -.()/".contains(*c)).collect::<String>()),
        None => {
            let words = "the box has no country set, so a number must begin with + and its country code";
            return Err(Reject::at("invalid_number", pointer, words));
        }
    };
    read.map_err(|error| Reject::at("invalid_number", pointer, error.to_string()))
}

/// Takes a message back while it can be: what has left is told, not undone.
pub fn cancel(work: &mut Work<'_, '_>, id: MessageId, by: &str) -> Result<(), Reject> {
    let message = work.tx.message(id)?.ok_or_else(|| Reject::not_found("message"))?;
    if !matches!(message.state, MessageState::Accepted | MessageState::Queued | MessageState::Sending) {
        return Err(Reject::new("not_cancellable", format!("the message is {}: there is nothing left to take back", message.state.word())));
    }
    if !work.withdraw(id, &format!("cancelled by {by}"))? {
        return Err(Reject::new("not_cancellable", "every part of the message is on its way"));
    }
    work.tell_undelivered(&message)
}
