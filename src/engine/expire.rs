//! Time passes: timers fire, parts stop waiting for each other, doubts are decided, messages become worthless.

use std::time::Duration;

use super::{Reject, Work, doubt, held, join, life, people, recovery, selftest, stranded};
use crate::conversation::Trigger;
use crate::store::{self, Message, Part, Reader, Timer};
use crate::terms::{MessageState, PartState};
use crate::time::Timestamp;

/// Most rows of each kind in one job, where nobody has measured how long they take.
pub const CHUNK: u32 = 100;
/// A report may follow the end of the validity by this much.
const REPORT_GRACE: Duration = Duration::from_mins(10);
/// Who holds a thread and does nothing for so long has gone: the box answers again.
const IDLE_MAX: Duration = Duration::from_mins(30);
/// First answers are kept this long for repeated requests.
const IDEMPOTENCY_KEEP: Duration = Duration::from_hours(24 * 30);
/// So many stay however old they look.
const IDEMPOTENCY_ALWAYS: u32 = 10_000;

/// Does what is due, a bounded amount of it; answers how much. Call again at once while that is not 0.
pub fn due(work: &mut Work<'_, '_>) -> Result<usize, Reject> {
    due_at_most(work, CHUNK)
}

/// [`due`], at most so many rows of each kind: the modems' jobs wait as long as this takes.
pub fn due_at_most(work: &mut Work<'_, '_>, chunk: u32) -> Result<usize, Reject> {
    let mut done = 0;
    let timers = work.tx.due_timers(work.now, chunk)?;
    done += fire_all(work, timers)?;
    done += work.tx.take_up_deferred(work.now, chunk)?;
    for _ in 0..chunk {
        // One by one: whose set is given up waits no more.
        let Some(part) = work.tx.due_joins(work.now, 1)?.into_iter().next() else { break };
        work.tx.stop_joining(part.id)?;
        done += each(work, "a join", |work| join::give_up_waiting(work, &part), |_, _| Ok(()))?;
    }
    for id in work.tx.expired_messages(work.now, chunk)? {
        done += each(work, "the end of a message", |work| expire_message(work, id), |work, _| write_off(work, id))?;
    }
    for part in work.tx.due_doubts(work.now, chunk)? {
        let left = part.clone();
        done += each(work, "a doubt", |work| doubt::wait_is_over(work, part), |work, _| doubt::leave_to_a_person(work, left))?;
    }
    done += stranded::due(work, chunk)?;
    for id in work.tx.unreported_messages(work.now.minus(REPORT_GRACE), chunk)? {
        done += each(work, "a missing report", |work| no_report(work, id), |_, why| Err(why.clone()))?;
    }
    for person in work.tx.idle_threads(work.now.minus(IDLE_MAX), chunk)? {
        let release = |work: &mut Work<'_, '_>| people::release_thread(work, &person, people::IDLE);
        done += each(work, "an idle thread", release, |work, _| Ok(work.tx.release_thread(&person).map(drop)?))?;
    }
    done += recovery::stayed_away(work)?;
    if life::is_due(work)? {
        each(work, "a proof of life", life::due, |_, why| Err(why.clone()))?;
    }
    for test in work.tx.selftests_open()? {
        if test.due_at > work.now {
            break;
        }
        done += each(work, "a self-test", |work| selftest::overdue(work, test.id), |_, why| Err(why.clone()))?;
    }
    work.tx.forget_answers(work.now.minus(IDEMPOTENCY_KEEP), IDEMPOTENCY_ALWAYS, chunk)?;
    Ok(done)
}

/// When something is due next.
pub fn next(reader: &Reader<'_>) -> store::Result<Option<Timestamp>> {
    let idle = reader.longest_idle()?.map(|at| at.plus(IDLE_MAX));
    let parts = [reader.next_deferred()?, reader.next_doubt_due()?, reader.next_message_expiry()?];
    let times = [idle, life::next(reader)?, reader.next_selftest_due()?, reader.next_timer_due()?, reader.next_join_due()?];
    Ok(parts.into_iter().chain(times).chain([reader.next_look_for_sims()?]).flatten().min())
}

/// One thing that is due. Where it fails, its changes are undone, `else_` makes sure that it is not tried for ever, and nothing
/// else that is due waits for it. Answers 0 where it stays due all the same: that is not worth a second look at once.
fn each(
    work: &mut Work<'_, '_>,
    what: &str,
    job: impl FnOnce(&mut Work<'_, '_>) -> Result<(), Reject>,
    else_: impl FnOnce(&mut Work<'_, '_>, &Reject) -> Result<(), Reject>,
) -> Result<usize, Reject> {
    let Err(reject) = work.apart(job)? else {
        return Ok(1);
    };
    tracing::error!(error = %reject, "{what} did not do its work: {reject}");
    Ok(match work.apart(|work| else_(work, &reject))? {
        Ok(()) => 1,
        Err(again) => {
            tracing::error!(error = %again, "{what} stays due: {again}");
            0
        }
    })
}

/// A timer that cannot do its work does not fire again; a person looks at its session.
fn drop_timer(work: &mut Work<'_, '_>, timer: Timer, why: &Reject) -> Result<(), Reject> {
    work.tx.remove_timer(timer.id)?;
    work.give_to_a_person(timer.session, why)
}

/// Nearly always each does its work, and then one savepoint is enough for all: what a savepoint can undo has been copied before.
fn fire_all(work: &mut Work<'_, '_>, timers: Vec<Timer>) -> Result<usize, Reject> {
    if work.apart(|work| timers.iter().try_for_each(|timer| fire(work, *timer)))?.is_ok() {
        return Ok(timers.len());
    }
    let mut done = 0;
    for timer in timers {
        done += each(work, "a timer", |work| fire(work, timer), |work, why| drop_timer(work, timer, why))?;
    }
    Ok(done)
}

fn fire(work: &mut Work<'_, '_>, timer: Timer) -> Result<(), Reject> {
    // Removed first: the session may set the same timer anew.
    work.tx.remove_timer(timer.id)?;
    if held::waits(work, &timer)? {
        return Ok(());
    }
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

/// A message that cannot be settled ends all the same, without a word to its session.
fn write_off(work: &mut Work<'_, '_>, id: crate::ids::MessageId) -> Result<(), Reject> {
    for part in work.tx.parts_of(id)?.into_iter().filter(|part| part.state == PartState::Queued) {
        work.tx.save_part(&Part { state: PartState::Expired, ..part })?;
    }
    if let Some(message) = work.tx.message(id)? {
        work.tx.save_message_state(&Message { state: MessageState::Expired, ended_at: Some(work.now), ..message })?;
    }
    Ok(())
}

/// Sent, and nobody said what became of it.
fn no_report(work: &mut Work<'_, '_>, id: crate::ids::MessageId) -> Result<(), Reject> {
    if let Some(message) = work.tx.message(id)? {
        let why = if message.report { "no delivery report came in time" } else { "no delivery report was asked for" };
        let reason = Some(why.to_owned());
        work.tx.save_message_state(&Message { state: MessageState::UnknownDelivery, reason, ended_at: Some(work.now), ..message })?;
    }
    Ok(())
}
