//! A flood of alarms: after a few pages within a minute the next ones to the same person wait for its end and leave as one list,
//! each alarm with its own code (conversation.md section 8, number 6).

use std::time::Duration;

use super::apply::Cause;
use super::outgoing::{Extra, cut};
use super::{Reject, Work};
use crate::conversation::session::Outgoing;
use crate::ids::MessageId;
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
    let text = Text::new(words(work, &listed)?);
    let list = Outgoing { text, session: None, not_before: Some(due), ..outgoing.clone() };
    let tags = std::iter::once(MARK.to_owned()).chain(listed.iter().map(|id| format!("{QUESTION}{id}"))).collect();
    let source = cause.source.clone().unwrap_or_else(|| "flow".to_owned());
    let extra = Extra { question: Some(question), rule: cause.rule, source, tags, ..Extra::default() };
    Ok(Some(work.enqueue(&list, &extra, PARTS_MAX)?.id))
}

const fn is_unsent(message: &Message) -> bool {
    matches!(message.state, MessageState::Accepted | MessageState::Queued)
}

/// The list in words, as much of it as fits.
fn words(work: &Work<'_, '_>, listed: &[i64]) -> Result<String, Reject> {
    let mut lines = Vec::new();
    for id in listed {
        let open = work.tx.question(*id)?.filter(|question| question.state == QuestionState::Waiting);
        lines.extend(open.map(|question| line(question.text.expose())));
    }
    let heading = format!("{} ALARMS. ACK ALL takes all of them.", lines.len());
    for shown in (0..=lines.len()).rev() {
        let more = if shown < lines.len() { format!("\n... and {} more", lines.len() - shown) } else { String::new() };
        let text = format!("{heading}\n{}{more}", lines[..shown].join("\n"));
        if cut(&text, 0, PARTS_MAX, false).is_ok() {
            return Ok(text);
        }
    }
    Ok(heading)
}

/// A page up to its first full stop: the code, the place and what is wrong.
fn line(page: &str) -> String {
    page.split(". ").next().unwrap_or(page).chars().take(LINE_LETTERS_MAX).collect()
}
