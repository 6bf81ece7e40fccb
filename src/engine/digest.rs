//! A flood of alarms: after a few pages within a minute the next ones to the same person wait for its end and leave as one list,
//! each alarm with its own code (conversation.md section 8, number 6).

use std::time::Duration;

use super::apply::Cause;
use super::outgoing::{Extra, cut};
use super::{Reject, Work};
use crate::conversation::session::{Outgoing, Question};
use crate::ids::MessageId;
use crate::msisdn::Msisdn;
use crate::store::{Message, MessageFilter, Paging};
use crate::terms::{MessageState, Purpose, QuestionState};
use crate::text::Text;
use crate::time::Timestamp;

/// So many pages within a minute leave by themselves; what comes behind them is a flood.
const PAGES_MAX: usize = 3;
const MINUTE: Duration = Duration::from_mins(1);
/// A list longer than three parts is not read in a pump house.
const PARTS_MAX: u8 = 3;
const LINE_LETTERS_MAX: usize = 60;
const TEXTS_LOOKED_AT: u32 = 100;
/// Marks the list, and each question in it.
const MARK: &str = "digest";
const QUESTION: &str = "question:";

/// The questions that a text puts: one, or those of a list.
pub fn questions(message: &Message) -> Vec<i64> {
    let listed: Vec<i64> = message.tags.iter().filter_map(|tag| tag.strip_prefix(QUESTION)?.parse().ok()).collect();
    if is_digest(message) && !listed.is_empty() { listed } else { message.question.into_iter().collect() }
}

fn is_digest(message: &Message) -> bool {
    message.purpose == Purpose::Prompt && message.tags.first().is_some_and(|tag| tag == MARK)
}

/// Puts a page into the list of this minute where there is a flood; `None` where it leaves by itself.
pub(super) fn take(work: &mut Work<'_, '_>, question: i64, outgoing: &Outgoing, cause: &Cause) -> Result<Option<MessageId>, Reject> {
    let since = work.now.minus(MINUTE);
    let filter = MessageFilter { to: Some(outgoing.to.clone()), state: None };
    let texts = work.tx.messages(&filter, Paging::newest(TEXTS_LOOKED_AT))?.items;
    let pages = |message: &&Message| message.purpose == Purpose::Prompt && message.category == outgoing.category;
    let waiting = texts.iter().filter(pages).find(|message| is_digest(message) && is_unsent(message));
    let alone: Vec<Timestamp> = texts
        .iter()
        .filter(pages)
        .filter(|message| !is_digest(message) && message.created_at > since)
        .map(|message| message.created_at)
        .collect();
    if waiting.is_none() && alone.len() < PAGES_MAX {
        return Ok(None);
    }
    let mut listed = Vec::new();
    let mut due = alone.iter().min().copied().unwrap_or(work.now).plus(MINUTE);
    if let Some(before) = waiting.cloned()
        && work.withdraw(before.id, "a longer list takes its place")?
    {
        listed = questions(&before);
        due = before.not_before.unwrap_or(due);
    }
    listed.push(question);
    let list = Outgoing { session: None, not_before: Some(due), ..outgoing.clone() };
    let source = cause.source.clone().unwrap_or_else(|| "flow".to_owned());
    send(work, list, &listed, Extra { rule: cause.rule, source, ..Extra::default() })
}

/// An alarm is over, or somebody has it: where it stands in a list that has not left, the list goes on without it.
pub(super) fn leave(work: &mut Work<'_, '_>, question: &Question) -> Result<(), Reject> {
    let filter = MessageFilter { to: Some(question.to.clone()), state: None };
    let texts = work.tx.messages(&filter, Paging::newest(TEXTS_LOOKED_AT))?.items;
    let mine = |message: &&Message| is_digest(message) && is_unsent(message) && questions(message).contains(&question.id);
    let Some(before) = texts.iter().find(mine) else { return Ok(()) };
    if !work.withdraw(before.id, "a shorter list takes its place")? {
        return Ok(());
    }
    let left: Vec<i64> = questions(before).into_iter().filter(|id| *id != question.id).collect();
    let list = Outgoing {
        to: before.to.clone(),
        text: before.text.clone(),
        purpose: before.purpose,
        category: before.category,
        policy: before.policy,
        rank: before.rank,
        sim: before.sim.clone(),
        session: None,
        not_before: before.not_before,
        expires_at: before.expires_at,
    };
    let extra = Extra { rule: before.rule, source: before.source.clone(), ..Extra::default() };
    send(work, list, &left, extra).map(drop)
}

/// Sends the list of those alarms that still wait for somebody; none at all is no text.
fn send(work: &mut Work<'_, '_>, list: Outgoing, listed: &[i64], extra: Extra) -> Result<Option<MessageId>, Reject> {
    let mut open = Vec::new();
    for id in listed {
        open.extend(work.tx.question(*id)?.filter(|question| question.state == QuestionState::Waiting));
    }
    let Some(newest) = open.last() else { return Ok(None) };
    let question = Some(newest.id);
    let tags = std::iter::once(MARK.to_owned()).chain(open.iter().map(|question| format!("{QUESTION}{}", question.id))).collect();
    let text = Text::new(words(work, &list.to, &open)?);
    Ok(Some(work.enqueue(&Outgoing { text, ..list }, &Extra { question, tags, ..extra }, PARTS_MAX)?.id))
}

const fn is_unsent(message: &Message) -> bool {
    matches!(message.state, MessageState::Accepted | MessageState::Queued)
}

/// The list in words, as much of it as fits; a single alarm is the page it would have been.
fn words(work: &Work<'_, '_>, to: &Msisdn, open: &[Question]) -> Result<String, Reject> {
    if let [only] = open {
        return Ok(only.text.expose().to_owned());
    }
    let packs = &work.book.packs;
    let language = work.tx.contact(to)?.and_then(|contact| contact.language);
    let language = language.or_else(|| packs.languages().first().cloned()).unwrap_or_default();
    let said = |name: &str, n: usize| packs.text(&language, name).replace("{n}", &n.to_string());
    let lines: Vec<String> = open.iter().map(|question| line(question.text.expose())).collect();
    let heading = said("flood", lines.len());
    for shown in (0..=lines.len()).rev() {
        let more = if shown < lines.len() { format!("\n{}", said("flood_more", lines.len() - shown)) } else { String::new() };
        let text = format!("{heading}\n{}{more}", lines[..shown].join("\n"));
        if cut(&text, 0, PARTS_MAX, None).is_ok() {
            return Ok(text);
        }
    }
    Ok(heading)
}

/// A page up to its first full stop: the code, the place and what is wrong.
fn line(page: &str) -> String {
    page.split(". ").next().unwrap_or(page).chars().take(LINE_LETTERS_MAX).collect()
}
