//! An alarm that is parked: every try of it is in doubt and nothing sends it again, so a person has to know now (reliability.md
//! section 2: park, then page). What the session of a question hears of it, it hears by itself.

use super::{Reject, Work, digest};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::ids::MessageId;
use crate::store::Message;
use crate::terms::{MessageState, Policy, QuestionState};
use crate::text::Text;

/// Who closed the task of an alarm that waits for nobody any more.
const NO_LONGER: &str = "the text is not parked any more";

/// A message became parked, or is so no more.
pub(super) fn moved(work: &mut Work<'_, '_>, message: &Message, before: MessageState) -> Result<(), Reject> {
    let (was, is) = (before == MessageState::Parked, message.state == MessageState::Parked);
    if is && !was && message.policy == Policy::Alarm {
        return ask_for_help(work, message);
    }
    if was && !is {
        for task in work.tx.open_callbacks(&message.to, &beginning(message.id))? {
            work.tx.close_task(task, NO_LONGER, work.now)?;
        }
    }
    Ok(())
}

/// One urgent task of the control room, whose people on duty are texted.
fn ask_for_help(work: &mut Work<'_, '_>, message: &Message) -> Result<(), Reject> {
    for id in digest::questions(message) {
        // Its session learns that it is undelivered, and goes on: to the next one on call, for example.
        if work.tx.question(id)?.is_some_and(|question| question.state == QuestionState::Waiting) {
            return Ok(());
        }
    }
    let note = format!(
        "{} to {} may not have left, and is not sent again by itself. Ring them; then resend it, take it as sent, or cancel it.",
        beginning(message.id),
        message.to.e164(),
    );
    work.task(&NewTask {
        kind: TaskKind::Callback,
        queue: work.book.settings.control_room.clone(),
        urgent: true,
        note: Text::new(note),
        session: None,
        msisdn: Some(message.to.clone()),
        due: Some(work.now),
    })
}

fn beginning(id: MessageId) -> String {
    format!("Alarm {id}")
}
