//! Customer link pages: opening never consumes, submitting does, once.

use std::collections::BTreeMap;

use super::{Book, Reject, Work};
use crate::conversation::flow::Verb;
use crate::conversation::machine::answer::Taken;
use crate::conversation::machine::current_flow;
use crate::conversation::matching::{Heard, Match, matched};
use crate::conversation::render::typed;
use crate::conversation::session::Session;
use crate::conversation::{Rosters, Trigger};
use crate::signature::sha256_hex;
use crate::store::{self, LinkRow, Reader};
use crate::time::Timestamp;
use crate::value::Value;

/// What a visitor of a page finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    /// The page with its session.
    Open(LinkRow, Session),
    /// It was submitted: show the receipt.
    Used(LinkRow, Session),
    /// Its time is over, or its session moved on.
    Gone,
}

/// Looks at a page by its token. Nothing changes: preview robots look too.
pub fn look(reader: &Reader<'_>, token: &str, now: Timestamp) -> store::Result<Page> {
    let Some(link) = reader.link(&sha256_hex(token.as_bytes()))? else {
        return Ok(Page::Gone);
    };
    let Some(session) = reader.session(link.session)? else {
        return Ok(Page::Gone);
    };
    if link.used_at.is_some() {
        return Ok(Page::Used(link, session));
    }
    let stands_here = session.state.is_open() && session.visit == link.visit;
    Ok(if now < link.expires_at && stands_here { Page::Open(link, session) } else { Page::Gone })
}

/// A line somebody wrote on a page, as the question that owns its slot reads it; `None` where that question would ask again.
/// A slot that no question owns takes any words that its type allows.
pub fn written(book: &Book, session: &Session, slot: &str, words: &str, now: Timestamp) -> Option<Value> {
    let rosters = Rosters::new();
    let rules = book.rules(&[], &rosters);
    let flow = current_flow(session, &rules)?;
    let owner = flow.steps.values().find_map(|step| match &step.verb {
        Verb::Ask(ask) if ask.fills.as_deref() == Some(slot) && ask.from.is_none() => Some(ask),
        _ => None,
    });
    let Some(ask) = owner else {
        let value = Value::Text(words.to_owned());
        return flow.needs.get(slot).map_or(Some(value.clone()), |need| typed(*need, &value));
    };
    match matched(&Heard::read(words, &book.packs), ask, session, &rules, now) {
        Match::Answer { taken: Taken::Value(value), .. } => Some(value),
        Match::Answer { .. } | Match::Mixed(_) | Match::Unclear | Match::None => None,
    }
}

/// Submits a page; `false` where it was used up or gone. Only the slots it fills are taken.
pub fn submit(work: &mut Work<'_, '_>, token: &str, data: &BTreeMap<String, Value>) -> Result<bool, Reject> {
    let Page::Open(link, session) = look(work.tx, token, work.now)? else {
        return Ok(false);
    };
    if !work.tx.use_link(&link.token_sha256, work.now)? {
        return Ok(false);
    }
    let data = data.iter().filter(|(slot, _)| link.fills.contains(slot)).map(|(slot, value)| (slot.clone(), value.clone())).collect();
    work.advance(session.id, Trigger::LinkDone { visit: link.visit, data })?;
    Ok(true)
}
