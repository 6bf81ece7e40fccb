//! A text of several parts has begun on a SIM that no modem can send with any more. The rest of it cannot leave elsewhere: parts
//! from two senders never join on a phone. An alarm is sent whole from another SIM, marked as possibly twice; of any other text,
//! and of an alarm that nothing else can send, a person and its session hear (reliability.md section 5, rung 8).
//!
//! What is in doubt is none of this file's business: its policy decides first.

use std::time::Duration;

use super::emit::About;
use super::outgoing::{PARTS_MAX, cut};
use super::{Reject, Work};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::ids::MessageId;
use crate::signature::sha256_hex;
use crate::store::{Attempt, Message, Part};
use crate::terms::{PartState, Policy};
use crate::text::Text;
use crate::time::Timestamp;

/// An alarm waits no longer for its SIM than a modem needs that is set up anew.
pub(super) const ALARM_WAIT: Duration = Duration::from_mins(1);
/// Everything else waits until the ladder has done what it can.
const WAIT: Duration = Duration::from_mins(6);
/// Half the circle away from the references that the next texts to this number have.
const FAR: u8 = 128;
/// What is noted of a text that a person was told of.
const TOLD: &str = "stranded";
/// What is noted of a part that was cut anew, and of a report that speaks of it as it was before.
pub(super) const CUT_ANEW: &str = "cut_anew";
pub(super) const FORMER: &str = "former_report";

/// Looks after texts whose SIM is gone, at most so many of each SIM; answers how many.
pub(super) fn due(work: &mut Work<'_, '_>, limit: u32) -> Result<usize, Reject> {
    let mut done = 0;
    for (iccid, since) in work.tx.sims_away(work.now.minus(work.book.sim_wait(ALARM_WAIT)))? {
        for id in work.tx.stranded_messages(&iccid, TOLD, limit)? {
            match work.apart(|work| look(work, id, &iccid, since))? {
                Ok(looked_after) => done += usize::from(looked_after),
                Err(reject) => tracing::error!(error = %reject, "A text whose SIM is gone waits on: {reject}"),
            }
        }
    }
    work.tx.looked_for_sims(work.now, work.book.sim_wait(WAIT))?;
    Ok(done)
}

fn look(work: &mut Work<'_, '_>, id: MessageId, iccid: &str, since: Timestamp) -> Result<bool, Reject> {
    let Some(message) = work.tx.message(id)? else { return Ok(false) };
    let parts = work.tx.parts_of(id)?;
    // One of them is in hand or in doubt: what becomes of that comes first.
    if parts.iter().any(|part| matches!(part.state, PartState::Claimed | PartState::InDoubt | PartState::Parked)) {
        return Ok(false);
    }
    if may_move(work, &message, &parts, iccid)? && send_whole(work, &message, parts.clone(), iccid)? {
        return Ok(true);
    }
    let told = || work.tx.evidence_of(id).map(|seen| seen.iter().any(|seen| seen.kind == TOLD));
    if work.now.minus(work.book.sim_wait(WAIT)) < since || told()? {
        return Ok(false);
    }
    tell(work, &message, &parts, iccid, since)?;
    Ok(true)
}

/// Only what may arrive twice is sent from another SIM, as often as its policy allows, and only where one can send.
fn may_move(work: &Work<'_, '_>, message: &Message, parts: &[Part], iccid: &str) -> Result<bool, Reject> {
    let tries_left = parts.iter().all(|part| part.attempts < message.policy.attempts_max());
    let may = message.policy == Policy::Alarm && !message.sim_only && tries_left;
    Ok(may && work.tx.ready_sims()?.iter().any(|other| other != iccid))
}

/// All parts again, under a reference of their own: whatever the phone has of the first cut stays a torso. `false` where the text
/// cannot be cut anew.
fn send_whole(work: &mut Work<'_, '_>, message: &Message, parts: Vec<Part>, iccid: &str) -> Result<bool, Reject> {
    let message = Message { reference: message.reference.wrapping_add(FAR), ..message.clone() };
    let segmented = cut(message.text.expose(), message.reference, PARTS_MAX, message.class)?;
    if segmented.parts.len() != parts.len() || !work.cut_anew(&message, segmented)? {
        return Ok(false);
    }
    for part in parts {
        work.note(&part, None, CUT_ANEW, format!("its SIM {iccid} is gone: the whole text is sent from another one, possibly twice"))?;
        work.tx.save_part(&Part {
            state: PartState::Queued,
            due_at: work.now,
            possibly_twice: true,
            sim: None,
            mr: None,
            submitted_at: None,
            delivered_at: None,
            error: None,
            reason: None,
            mr_given: None,
            no_duplicate: false,
            ..part
        })?;
    }
    work.settle(message.id)?;
    Ok(true)
}

/// Once for each text: a person decides, the log says so, and a session that waits for an answer to it moves on.
fn tell(work: &mut Work<'_, '_>, message: &Message, parts: &[Part], iccid: &str, since: Timestamp) -> Result<(), Reject> {
    let left = parts.iter().filter(|part| part.sim.is_some()).count();
    let until = message.expires_at.map_or_else(String::new, |end| format!(" until {end}"));
    let words = format!(
        "Text {} has left in part ({left} of {}) from SIM {iccid}, which has been gone since {since}. The rest waits for that SIM{until}. \
         Bring the SIM back, or cancel the text and send it anew: the person may read parts of it twice.",
        message.id,
        parts.len(),
    );
    if let Some(part) = parts.first() {
        work.note(part, None, TOLD, words.clone())?;
    }
    let queue = work.book.settings.control_room.clone();
    let subject = message.id.to_string();
    let data = serde_json::json!({ "message": message.id, "queue": queue, "sim": iccid, "why": words });
    work.emit("agent.requested", About { subject: &subject, msisdn: Some(&message.to), session: message.session }, data)?;
    work.task(&NewTask {
        kind: TaskKind::Inbox,
        queue,
        urgent: message.rank.is_urgent(),
        note: Text::new(words),
        session: message.session,
        msisdn: Some(message.to.clone()),
        due: None,
    })?;
    work.tell_undelivered(message)
}

/// Whether an attempt put these very octets on air: a text that was cut anew has other ones, and what is learned of the first cut
/// proves nothing about the second.
pub(super) fn is_of(attempt: &Attempt, part: &Part) -> bool {
    attempt.pdu_sha256 == sha256_hex(&part.pdu)
}
