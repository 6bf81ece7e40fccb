//! What a new text of a flow would make of replies that customers really wrote: matched again as of the time of the reply, and
//! nothing is moved.
//!
//! What a session knew then is what it knows at its end, without the answers that came later: those are in the event log. Of what
//! a call, an event or a page wrote over an older value only the last is stored: there the rehearsal sees the last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::Book;
use super::json::from_json;
use crate::conversation::flow::{Ask, Flow, Kind, Need, Verb};
use crate::conversation::machine::answer::Taken;
use crate::conversation::matching::{Heard, Match, matched};
use crate::conversation::render::typed;
use crate::conversation::session::{FlowRef, Session};
use crate::conversation::{Flows, Rosters, Rules};
use crate::store::page::LIMIT_MAX;
use crate::store::{self, InboundRow, Paging, Reader};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// A reply that is understood otherwise than it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Differs {
    /// What the customer wrote.
    pub text: Text,
    /// The step that asked.
    pub step: String,
    /// What it was taken as.
    pub was: String,
    /// What it would be taken as.
    pub now: String,
    /// How many customers wrote just that, to that step.
    pub times: u32,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rehearsed {
    /// Replies to questions of this flow.
    pub replies: u32,
    /// Taken as before.
    pub same: u32,
    /// To steps that the new text does not ask in any more.
    pub gone: u32,
    /// The others, the most frequent first.
    pub differs: Vec<Differs>,
    /// Unclear or not understood, before and now.
    pub unclear: (u32, u32),
}

/// More replies than this are not looked at; the newest are.
const REPLIES_MAX: usize = 20_000;

/// Holds the stored replies to a flow, from `since` on, against a text of it.
pub fn over(reader: &Reader<'_>, book: &Book, flow: &Arc<Flow>, since: Timestamp) -> store::Result<Rehearsed> {
    let mut flows: Flows = book.flows.clone();
    let (rosters, sims) = (Rosters::new(), Vec::new());
    let newest = reader.revisions_of(&flow.name)?.first().map_or(0, |row| row.revision);
    flows.insert(newest + 1, Arc::clone(flow));
    let rules = Rules { flows: &flows, ..book.rules(&sims, &rosters) };
    let mut found = Rehearsed::default();
    let mut differs: BTreeMap<(String, String, String, String), u32> = BTreeMap::new();
    for row in texts_since(reader, since)? {
        let at = row.received_at;
        let Some((question, session)) = asked(reader, &row)?.filter(|(_, session)| session.flow.name == flow.name) else { continue };
        found.replies += 1;
        let Some(ask) = ask_of(flow, &question) else {
            found.gone += 1;
            continue;
        };
        let slots = known_then(reader, book, &row, &session)?;
        let session = Session { flow: FlowRef { name: flow.name.clone(), revision: newest + 1 }, slots, ..session };
        let heard = Heard::read(row.text.expose(), rules.packs);
        let would = word(&matched(&heard, ask, &session, &rules, at));
        let was = before(&row);
        found.unclear.0 += u32::from(was == UNCLEAR);
        found.unclear.1 += u32::from(would == UNCLEAR);
        if was == would || (was == ANSWER && would != UNCLEAR) {
            found.same += 1;
        } else {
            *differs.entry((question, row.text.expose().to_owned(), was, would)).or_default() += 1;
        }
    }
    let differ = |((step, text, was, now), times)| Differs { text: Text::new(text), step, was, now, times };
    found.differs = differs.into_iter().map(differ).collect();
    found.differs.sort_by_key(|differs| std::cmp::Reverse(differs.times));
    Ok(found)
}

const ANSWER: &str = "an answer";
const UNCLEAR: &str = "unclear";

/// The newest texts first, that rules 8 to 16 took for a question.
fn texts_since(reader: &Reader<'_>, since: Timestamp) -> store::Result<Vec<InboundRow>> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    while rows.len() < REPLIES_MAX {
        let page = reader.inbounds(None, Paging::new(LIMIT_MAX, cursor))?;
        let older = page.items.last().is_none_or(|row| row.received_at < since);
        let speaks = |row: &InboundRow| row.received_at >= since && row.question.is_some() && row.rule.is_some_and(|rule| rule >= 8);
        rows.extend(page.items.into_iter().filter(speaks));
        cursor = page.next;
        if older || cursor.is_none() {
            break;
        }
    }
    Ok(rows)
}

/// The step that was asked and its session.
fn asked(reader: &Reader<'_>, row: &InboundRow) -> store::Result<Option<(String, Session)>> {
    let (Some(question), Some(session)) = (row.question, row.session) else { return Ok(None) };
    Ok(reader.question(question)?.map(|question| question.step).zip(reader.session(session)?))
}

/// What the session knew when this text came: nothing that this answer or a later one filled, but what was there before.
fn known_then(reader: &Reader<'_>, book: &Book, row: &InboundRow, session: &Session) -> store::Result<BTreeMap<String, Value>> {
    let mut slots = session.slots.clone();
    let Some(asked) = book.flows.get(&session.flow) else { return Ok(slots) };
    let subject = row.id.to_string();
    let mut has_come = false;
    let mut before: BTreeMap<&str, &Json> = BTreeMap::new();
    let mut later: BTreeSet<&str> = BTreeSet::new();
    let events = reader.events_of_session(session.id)?;
    for event in &events {
        has_come |= event.kind == "message.received" && event.subject == subject;
        let step = event.data["step"].as_str().filter(|_| event.kind == "session.answered");
        let Some(slot) = step.and_then(|step| ask_of(asked, step)).and_then(|ask| ask.fills.as_deref()) else { continue };
        if has_come || event.at > row.received_at {
            later.insert(slot);
        } else if let Some(value) = event.data.get("value") {
            before.insert(slot, value);
        }
    }
    for slot in later {
        let value = before.get(slot).and_then(|value| like(value, slots.get(slot)));
        match value {
            Some(value) => drop(slots.insert(slot.to_owned(), value)),
            None if is_filled_elsewhere(asked, slot) => {}
            None => drop(slots.remove(slot)),
        }
    }
    Ok(slots)
}

/// A logged value in the type that the slot has now.
fn like(logged: &Json, now: Option<&Value>) -> Option<Value> {
    let kind = match now {
        Some(Value::Money(_)) => Some(Kind::Money),
        Some(Value::Date(_)) => Some(Kind::Date),
        Some(Value::Time(_)) => Some(Kind::Time),
        Some(Value::Number(_)) => Some(Kind::Int),
        Some(Value::Text(_) | Value::Bool(_) | Value::Rows(_)) | None => None,
    };
    let value = from_json(logged)?;
    kind.map_or(Some(value.clone()), |kind| typed(Need { kind, optional: true, line: 0 }, &value))
}

/// Whether something else than an answer may have filled a slot, with a value that nobody stored.
fn is_filled_elsewhere(flow: &Flow, slot: &str) -> bool {
    let by_step = |verb: &Verb| match verb {
        Verb::Http(http) => http.save.contains_key(slot),
        Verb::Link(link) => link.data.iter().any(|filled| filled == slot),
        _ => false,
    };
    flow.needs.contains_key(slot)
        || flow.events.values().any(|event| event.data.iter().any(|filled| filled == slot))
        || flow.steps.values().any(|step| by_step(&step.verb))
}

fn ask_of<'f>(flow: &'f Flow, step: &str) -> Option<&'f Ask> {
    match &flow.step(step)?.verb {
        Verb::Ask(ask) => Some(ask),
        _ => None,
    }
}

/// What it was taken as then: an answer by its name, a value, or nothing that moved the session.
fn before(row: &InboundRow) -> String {
    match (&row.answer, row.outcome.as_deref()) {
        (Some(answer), _) => answer.clone(),
        (None, Some("answer")) => ANSWER.to_owned(),
        (None, _) => UNCLEAR.to_owned(),
    }
}

fn word(taken: &Match) -> String {
    match taken {
        Match::Answer { taken: Taken::Named(name), .. } => name.clone(),
        Match::Answer { .. } => ANSWER.to_owned(),
        Match::Mixed(_) | Match::Unclear | Match::None => UNCLEAR.to_owned(),
    }
}
