//! Time passes: timers fire, parts stop waiting for each other, doubts are decided, messages become worthless.

use std::time::Duration;

use super::{Reject, Work, doubt, join, people};
use crate::conversation::Trigger;
use crate::store::{self, Message, Part, Reader, Timer};
use crate::terms::{MessageState, PartState};
use crate::time::Timestamp;

/// Most rows of each kind in one job: the modems' jobs wait no longer than this takes.
const CHUNK: u32 = 100;
/// A report may follow the end of the validity by this much.
const REPORT_GRACE: Duration = Duration::from_mins(10);
/// Who holds a thread and does nothing for so long has gone: the box answers again.
const IDLE_MAX: Duration = Duration::from_mins(30);
/// First answers are kept this long for repeated requests.
const IDEMPOTENCY_KEEP: Duration = Duration::from_hours(24 * 30);

/// Does what is due, a bounded amount of it; answers how much. Call again at once while that is not 0.
pub fn due(work: &mut Work<'_, '_>) -> Result<usize, Reject> {
    let mut done = 0;
    for timer in work.tx.due_timers(work.now, CHUNK)? {
        done += 1;
        each(work, "a timer", |work| fire(work, timer), |work| Ok(work.tx.remove_timer(timer.id)?))?;
    }
    while let Some(part) = work.tx.due_joins(work.now, 1)?.into_iter().next() {
        done += 1;
        work.tx.stop_joining(part.id)?;
        each(work, "a join", |work| join::give_up_waiting(work, &part), |_| Ok(()))?;
    }
    for id in work.tx.expired_messages(work.now, CHUNK)? {
        done += 1;
        expire_message(work, id)?;
    }
    for part in work.tx.due_doubts(work.now, CHUNK)? {
        done += 1;
        doubt::wait_is_over(work, part)?;
    }
    for id in work.tx.unreported_messages(work.now.minus(REPORT_GRACE), CHUNK)? {
        done += 1;
        no_report(work, id)?;
    }
    for person in work.tx.idle_threads(work.now.minus(IDLE_MAX), CHUNK)? {
        done += 1;
        people::release_thread(work, &person, "idle")?;
    }
    work.tx.forget_answers(work.now.minus(IDEMPOTENCY_KEEP), CHUNK)?;
    Ok(done)
}

/// When something is due next.
pub fn next(reader: &Reader<'_>) -> store::Result<Option<Timestamp>> {
    let idle = reader.longest_idle()?.map(|at| at.plus(IDLE_MAX));
    let times = [idle, reader.next_timer_due()?, reader.next_join_due()?, reader.next_message_expiry()?, reader.next_doubt_due()?];
    Ok(times.into_iter().flatten().min())
}

/// One thing that is due; where it fails, its changes are undone and `else_` makes sure that it is not tried for ever.
fn each(
    work: &mut Work<'_, '_>,
    what: &str,
    job: impl FnOnce(&mut Work<'_, '_>) -> Result<(), Reject>,
    else_: impl FnOnce(&mut Work<'_, '_>) -> Result<(), Reject>,
) -> Result<(), Reject> {
    if let Err(reject) = work.apart(job)? {
        tracing::error!(error = %reject, "{what} did not do its work: {reject}");
        return else_(work);
    }
    Ok(())
}

fn fire(work: &mut Work<'_, '_>, timer: Timer) -> Result<(), Reject> {
    // Removed first: the session may set the same timer anew.
    work.tx.remove_timer(timer.id)?;
    work.advance(timer.session, Trigger::Timer { kind: timer.kind, visit: timer.visit })?;
    Ok(())
}

fn expire_message(work: &mut Work<'_, '_>, id: crate::ids::MessageId) -> Result<(), Reject> {
    for part in work.tx.parts_of(id)? {
        if part.state == PartState::Queued {
            let reason = Some("its time was over before it could leave".to_owned());
            work.tx.save_part(&Part { state: PartState::Expired, reason, ..part })?;
        }
    }
    work.settle(id)?;
    Ok(())
}

/// Sent, and nobody said what became of it.
fn no_report(work: &mut Work<'_, '_>, id: crate::ids::MessageId) -> Result<(), Reject> {
    if let Some(message) = work.tx.message(id)? {
        let reason = Some("no delivery report came in time".to_owned());
        work.tx.save_message_state(&Message { state: MessageState::UnknownDelivery, reason, ended_at: Some(work.now), ..message })?;
    }
    Ok(())
}
