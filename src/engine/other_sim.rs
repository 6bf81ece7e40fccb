//! A session writes from another SIM than before, because the one it spoke on is gone or in trouble: its text says so, once
//! (conversation.md section 3, number 44). Only here it is known which SIM takes a text, so the words come with the claim.

use super::outgoing::{PARTS_MAX, cut, encoding_word};
use super::{Reject, Work, digest};
use crate::conversation::session::Session;
use crate::conversation::{Rosters, render};
use crate::store::{Message, Part};
use crate::terms::PartState;
use crate::text::Text;
use crate::value::Value;

/// The slot that holds which message has said it.
const SAID: &str = "@other_sim";

/// A text that this SIM takes: with the sentence where the person has to know, without it where another SIM was to take it and
/// the old one does after all.
pub(super) fn told(work: &mut Work<'_, '_>, part: Part, message: Message, iccid: &str) -> Result<(Part, Message), Reject> {
    let Some(mut session) = session_of(work, &message)? else { return Ok((part, message)) };
    let Some(before) = work.tx.sim_of_session(session.id, &message.to)? else { return Ok((part, message)) };
    let rosters = Rosters::new();
    let words = render::built_in(&work.book.rules(&[], &rosters), &session.language, "other_sim", &[]);
    let id = message.id.to_string();
    let said = match session.slots.get(SAID) {
        Some(Value::Text(said)) => Some(said.clone()),
        Some(_) | None => None,
    };
    let text = match (said, before == iccid) {
        (None, false) => {
            session.slots.insert(SAID.to_owned(), Value::Text(id));
            render::with_hint(&message.text, words.expose())
        }
        (Some(said), true) if said == id => {
            session.slots.remove(SAID);
            let behind = format!(" {}", words.expose());
            Text::new(message.text.expose().strip_suffix(&behind).unwrap_or(message.text.expose()))
        }
        _ => return Ok((part, message)),
    };
    let (key, is_staff) = (part.key, message.category.is_staff());
    let segmented = cut(text.expose(), message.reference, PARTS_MAX, message.class)?;
    if is_staff && segmented.parts.len() > usize::from(message.parts) {
        // An alarm keeps its one segment.
        return Ok((part, message));
    }
    let words = encoding_word(segmented.encoding).to_owned();
    let changed = Message { text, encoding: words, parts: segmented.parts.len() as u8, ..message.clone() };
    if !work.cut_anew(&changed, segmented)? {
        return Ok((part, message));
    }
    work.tx.save_session(&session)?;
    let part = work.tx.part(&key)?.ok_or_else(|| Reject::not_found("part"))?;
    Ok((part, changed))
}

/// The session of a text that may still be worded: none of it is or may be on air.
fn session_of(work: &Work<'_, '_>, message: &Message) -> Result<Option<Session>, Reject> {
    let Some(id) = message.session.filter(|_| message.accepted_at.is_none() && digest::questions(message).len() < 2) else {
        return Ok(None);
    };
    let unsent = |part: &Part| part.state == PartState::Queued && part.attempts == 0 && !part.possibly_twice;
    let all = work.tx.parts_of(message.id)?.iter().all(unsent);
    Ok(if all { work.tx.session(id)? } else { None })
}
