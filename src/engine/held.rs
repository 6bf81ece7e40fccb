//! While a person of the house holds a thread the sessions of the box wait there (conversation.md section 3, cases 33 and 34):
//! their texts, their reminders and their patience. What is about an outage or about safety, and what goes to the staff, does not
//! wait; neither does a plain message, whose sender has decided about it.

use std::time::Duration;

use super::{Reject, Work};
use crate::conversation::Rosters;
use crate::conversation::effect::{Due, TimerKind};
use crate::conversation::machine::{ask_of, category_of};
use crate::conversation::session::Session;
use crate::conversation::view::AgentHold;
use crate::msisdn::Msisdn;
use crate::store::{self, Message, MessageFilter, Paging, Part, Reader, Timer};
use crate::terms::{Category, MessageState, PartState, Purpose};

/// A text that waits is looked at again after this, should nobody let it go before.
const PAUSE: Duration = Duration::from_mins(1);
/// After the hand-back a person has at least so long before a question runs out of patience.
const GRACE: Duration = Duration::from_hours(1);
/// Bounds the texts that are let go at once; whatever is left goes after its pause.
const TEXTS_MAX: u32 = 100;
/// How the reason of a part begins that waits here.
const WAITS: &str = "waits while the thread is held by ";

const fn leaves(category: Category) -> bool {
    matches!(category, Category::Outage | Category::Safety) || category.is_staff()
}

/// Who holds a text back.
pub(super) fn holder(reader: &Reader<'_>, message: &Message) -> store::Result<Option<AgentHold>> {
    // START asks for its question: "consent" stands beside everything.
    let asked_for = message.category == Category::Consent && message.rule.is_some();
    let answers = matches!(message.purpose, Purpose::Agent | Purpose::Service | Purpose::Safety | Purpose::Plain | Purpose::Proof);
    if message.session.is_none() || answers || asked_for || leaves(message.category) {
        return Ok(None);
    }
    reader.agent_hold(&message.to)
}

/// A queued part waits, and says for whom.
pub(super) fn put_off(work: &mut Work<'_, '_>, mut part: Part, holder: &AgentHold) -> Result<(), Reject> {
    let why = format!("{WAITS}{} of {}", holder.who, holder.queue);
    if part.reason.as_ref() != Some(&why) {
        work.note(&part, None, "held", why.clone())?;
    }
    part.reason = Some(why);
    part.due_at = work.now.plus(PAUSE);
    part.deferred = true;
    work.tx.save_part(&part)?;
    work.settle(part.key.message)?;
    Ok(())
}

/// Nobody holds the thread any more: what has waited leaves.
pub(super) fn let_go(work: &mut Work<'_, '_>, person: &Msisdn) -> Result<(), Reject> {
    let filter = MessageFilter { to: Some(person.clone()), state: Some(MessageState::Queued) };
    for message in work.tx.messages(&filter, Paging::newest(TEXTS_MAX))?.items {
        let waits = |part: &Part| part.state == PartState::Queued && part.reason.as_ref().is_some_and(|why| why.starts_with(WAITS));
        for part in work.tx.parts_of(message.id)?.into_iter().filter(waits) {
            work.tx.save_part(&Part { due_at: work.now, reason: None, ..part })?;
        }
        work.settle(message.id)?;
    }
    Ok(())
}

/// Whether a timer waits: what nobody can answer now is neither repeated nor given up.
pub(super) fn waits(work: &mut Work<'_, '_>, timer: &Timer) -> Result<bool, Reject> {
    // Nearly always nobody holds any thread.
    if !is_patience(timer.kind) || work.tx.longest_idle()?.is_none() {
        return Ok(false);
    }
    let Some(session) = work.tx.session(timer.session)?.filter(|session| is_held_with(work, session)) else { return Ok(false) };
    let held = session.people.first().map(|person| work.tx.agent_hold(person)).transpose()?.flatten();
    if held.is_some() {
        work.tx.set_timer(timer.session, timer.visit, timer.kind, Due::At(work.now.plus(GRACE)))?;
    }
    Ok(held.is_some())
}

/// After a hand-back the open question stands as before, and its person has time to answer.
pub(super) fn give_time(work: &mut Work<'_, '_>, session: &Session) -> Result<(), Reject> {
    if !is_held_with(work, session) {
        return Ok(());
    }
    let least = work.now.plus(GRACE);
    for timer in work.tx.timers_of(session.id)?.into_iter().filter(|timer| is_patience(timer.kind)) {
        if timer.due_at.is_some_and(|due| due < least) {
            work.tx.set_timer(session.id, timer.visit, timer.kind, Due::At(least))?;
        }
    }
    Ok(())
}

const fn is_patience(kind: TimerKind) -> bool {
    matches!(kind, TimerKind::Remind(_) | TimerKind::Silence)
}

/// Whether a session waits for an answer that its person now gives to somebody else.
fn is_held_with(work: &Work<'_, '_>, session: &Session) -> bool {
    let rosters = Rosters::new();
    let rules = work.book.rules(&[], &rosters);
    let category = category_of(session, &rules);
    !leaves(category) && ask_of(session, &session.step, &rules).is_some()
}
