//! A request to send is accepted or refused: after COMMIT it is never forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::idempotent::{Answered, Idempotency, once};
use super::outgoing::Extra;
use super::{Reject, Work};
use crate::conversation::session::Outgoing;
use crate::delivery::schedule;
use crate::ids::MessageId;
use crate::msisdn::Msisdn;
use crate::store::Message;
use crate::terms::{Category, MessageState, Policy, Purpose, Rank, Word};
use crate::text::Text;
use crate::time::Timestamp;

/// Parts that a plain message may take where its sender names no number.
pub const PARTS_MAX_DEFAULT: u8 = 10;
/// Longest tag, and most tags of one message.
const TAG_CHARACTERS_MAX: usize = 64;
const TAGS_MAX: usize = 20;
/// Seconds that a modem needs for a part and its answer, from measured GSM modems: for estimates only.
const PER_PART: Duration = Duration::from_secs(5);

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
    /// When it should be on air; `None` while no modem can send.
    pub eta: Option<Timestamp>,
}

/// Accepts a plain message.
pub fn message(work: &mut Work<'_, '_>, request: &NewMessage) -> Result<Answered<Accepted>, Reject> {
    once(work, request.idempotency.as_ref(), |work| accept(work, request))
}

fn accept(work: &mut Work<'_, '_>, request: &NewMessage) -> Result<Accepted, Reject> {
    let to = number(work, "/to", &request.to)?;
    check(work, request)?;
    let category = request.category.unwrap_or(match request.policy {
        Policy::Alarm => Category::Alarm,
        Policy::Notice => Category::Account,
        Policy::Once => Category::Billing,
    });
    work.refuse_without_consent(&to, category)?;
    let rank = request.rank.or_else(|| work.book.lane_of(category).map(|lane| lane.rank)).unwrap_or(Rank(5));
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
    let ahead = work.tx.parts_ahead(rank)?;
    // A text of several parts takes nobody's place.
    let parts_max = if request.replaces.is_some() { 1 } else { request.parts_max.unwrap_or(PARTS_MAX_DEFAULT) };
    let message = work.enqueue(&outgoing, &extra, parts_max)?;
    for id in older {
        work.withdraw(id, &format!("replaced by {}", message.id))?;
    }
    let eta = eta(work, &ahead, &message)?.map(|at| request.not_before.map_or(at, |from| from.max(at)));
    Ok(Accepted { id: message.id, parts: message.parts, encoding: message.encoding, eta })
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
    let read = match work.book.country() {
        Some(country) => Msisdn::parse(text, country),
        None if text.trim().starts_with('+') => Msisdn::from_e164(&text.chars().filter(|c| !" -.()/".contains(*c)).collect::<String>()),
        None => {
            let words = "the box has no country set, so a number must begin with + and its country code";
            return Err(Reject::at("invalid_number", pointer, words));
        }
    };
    read.map_err(|error| Reject::at("invalid_number", pointer, error.to_string()))
}

/// When a message should leave, behind so many in each lane.
fn eta(work: &Work<'_, '_>, ahead: &BTreeMap<String, u64>, message: &Message) -> Result<Option<Timestamp>, Reject> {
    let mut ready = work.tx.ready_sims()?;
    let mut from = work.now;
    if !message.rank.is_urgent() {
        let held = work.tx.held_sims(work.now)?;
        let until = |sim: &String| held.iter().find(|held| held.iccid == *sim)?.held.map(|held| held.until);
        if let Some(until) = message.sim.as_ref().filter(|_| message.sim_only).and_then(until) {
            from = until;
        } else if ready.iter().any(|sim| until(sim).is_none()) {
            ready.retain(|sim| until(sim).is_none());
        } else {
            from = ready.iter().filter_map(until).min().unwrap_or(from);
        }
    }
    let in_lane = |sim: &String| ahead.get(sim).copied().unwrap_or(0);
    let wish = message.sim.as_ref().filter(|sim| ready.contains(sim));
    if message.sim_only && wish.is_none() {
        return Ok(None);
    }
    let lanes: Vec<u64> = ready.iter().map(in_lane).collect();
    // Whose SIM cannot send now takes any other, after a while.
    let shared = ahead.values().sum::<u64>() - lanes.iter().sum::<u64>();
    Ok(schedule::eta(&lanes, shared, wish.map_or(0, in_lane), PER_PART).map(|wait| from.plus(wait)))
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
