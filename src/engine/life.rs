//! Proof of life: where the settings ask for it, each SIM texts the box itself every so many hours, and what does not come in is
//! a task for a person (reliability.md section 5, "optional proof of life"). Off by default, because each text costs money.
//!
//! It goes behind every other text, counts for the caps, and is nobody's conversation.

use std::time::Duration;

use super::outgoing::Extra;
use super::selftest::LAST;
use super::{Reject, Work, doubt, proof, usage};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::conversation::session::Outgoing;
use crate::delivery::cap::Passes;
use crate::msisdn::Msisdn;
use crate::own_text;
use crate::settings::ProofOfLife;
use crate::store::{Life, ModemState, Reader, Result as Stored, Sim};
use crate::terms::{Category, PartState, Policy, Purpose};
use crate::text::Text;
use crate::time::Timestamp;

/// A text that has not come in by then is missing; it may have waited behind others.
const AWAITED_MAX: Duration = Duration::from_mins(30);
/// A SIM that cannot send now is looked at again after this.
const PAUSE: Duration = Duration::from_mins(15);

/// When the next proof is to leave, or is missing.
pub(super) fn next(reader: &Reader<'_>) -> Stored<Option<Timestamp>> {
    Ok(reader.lives()?.first().map(|life| life.due_at))
}

/// Whether there is anything to look at: where nobody asks for proofs there is not.
pub(super) fn is_due(work: &Work<'_, '_>) -> Result<bool, Reject> {
    Ok(work.book.settings.proof_of_life.every_hours > 0 || !work.tx.lives()?.is_empty())
}

/// Sends what is due and calls missing what has not come.
pub(super) fn due(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    let wanted = work.book.settings.proof_of_life.clone();
    let lives = work.tx.lives()?;
    if wanted.every_hours == 0 {
        for life in &lives {
            take_back(work, life)?;
        }
        return if lives.is_empty() { Ok(()) } else { Ok(work.tx.remove_lives()?) };
    }
    for (name, iccid) in ready(work)? {
        let life = lives.iter().find(|life| life.iccid == iccid).cloned().unwrap_or_else(|| new(&iccid, work.now));
        if life.due_at <= work.now && !life.awaited {
            send(work, &wanted, life)?;
        } else if life.due_at <= work.now {
            missing(work, &wanted, &name, life)?;
        }
    }
    // A modem that is not there has its own words; its proof waits for it.
    for life in work.tx.lives()?.into_iter().filter(|life| life.due_at <= work.now) {
        work.tx.save_life(&Life { due_at: work.now.plus(PAUSE), ..life })?;
    }
    Ok(())
}

/// Names and SIMs of the modems that can send now.
fn ready(work: &Work<'_, '_>) -> Result<Vec<(String, String)>, Reject> {
    let ready = work.tx.modems()?.into_iter().filter(|modem| modem.state == ModemState::Ready);
    Ok(ready.filter_map(|modem| Some((modem.name, modem.iccid?))).collect())
}

fn new(iccid: &str, now: Timestamp) -> Life {
    Life {
        iccid: iccid.to_owned(),
        token: None,
        message: None,
        asked_at: None,
        awaited: false,
        missing: false,
        proved_at: None,
        due_at: now,
    }
}

fn send(work: &mut Work<'_, '_>, wanted: &ProofOfLife, life: Life) -> Result<(), Reject> {
    let sim = super::submit::sim(work, &life.iccid)?;
    let to = receiver(work, wanted, &sim)?;
    let held = match &to {
        Some(to) => usage::bar(work.tx, &sim, Passes::None, to, work.now)?.is_some(),
        None => true,
    };
    // Without a number nobody can be texted: a self-test finds it out.
    let Some(to) = to.filter(|_| !held) else {
        return Ok(work.tx.save_life(&Life { due_at: work.now.plus(PAUSE), ..life })?);
    };
    let token = proof::new_token(work.chance);
    let outgoing = Outgoing {
        to,
        text: own_text::LIFE.text(&token),
        purpose: Purpose::Proof,
        category: Category::Work,
        policy: Policy::Once,
        rank: LAST,
        sim: Some(life.iccid.clone()),
        session: None,
        not_before: None,
        expires_at: Some(work.now.plus(AWAITED_MAX)),
    };
    let message = work.enqueue(&outgoing, &Extra { sim_only: true, source: "proof_of_life".to_owned(), ..Extra::default() }, 1)?;
    let due_at = work.now.plus(AWAITED_MAX);
    let sent = Life { token: Some(token), message: Some(message.id), asked_at: Some(work.now), awaited: true, due_at, ..life };
    Ok(work.tx.save_life(&sent)?)
}

/// Whom a SIM texts: itself, or another SIM of the box where there is one whose number is known.
fn receiver(work: &Work<'_, '_>, wanted: &ProofOfLife, own: &Sim) -> Result<Option<Msisdn>, Reject> {
    if wanted.to == ProofOfLife::ANOTHER {
        for (_, iccid) in ready(work)?.into_iter().filter(|(_, iccid)| *iccid != own.iccid) {
            if let Some(number) = work.tx.sim(&iccid)?.and_then(|sim| sim.number) {
                return Ok(Some(number));
            }
        }
    }
    Ok(own.number.clone())
}

/// The proof did not come in: a person has to look, until one does.
fn missing(work: &mut Work<'_, '_>, wanted: &ProofOfLife, name: &str, life: Life) -> Result<(), Reject> {
    take_back(work, &life)?;
    let beginning = task_beginning(&life.iccid);
    if work.tx.open_modem_tasks(&beginning)?.is_empty() {
        let words = format!(
            "the text that it sent to the box itself has not come in. Texts over modem {name} may not leave, or none may come in: \
             look at the modem's page, at the account of the SIM, and make a self-test."
        );
        let (queue, note) = (work.book.settings.control_room.clone(), Text::new(format!("{beginning}{words}")));
        work.task(&NewTask { kind: TaskKind::Modem, queue, urgent: true, note, session: None, msisdn: None, due: None })?;
    }
    let due_at = next_due(&life, wanted, work.now);
    Ok(work.tx.save_life(&Life { awaited: false, missing: true, due_at, ..life })?)
}

/// What has not left does not leave any more, and nobody is asked about what is in doubt.
fn take_back(work: &mut Work<'_, '_>, life: &Life) -> Result<(), Reject> {
    let Some(id) = life.message.filter(|_| life.awaited) else { return Ok(()) };
    work.withdraw(id, "the proof of life is over")?;
    let doubted = work.tx.parts_of(id)?.iter().any(|part| matches!(part.state, PartState::InDoubt | PartState::Parked));
    if doubted { doubt::resolve(work, id, doubt::As::Cancel, "the proof of life") } else { Ok(()) }
}

fn task_beginning(iccid: &str) -> String {
    format!("SIM {iccid} gives no proof of life: ")
}

fn next_due(life: &Life, wanted: &ProofOfLife, now: Timestamp) -> Timestamp {
    let every = Duration::from_hours(u64::from(wanted.every_hours));
    // A clock that was set back since then puts it off by no more than that.
    life.asked_at.unwrap_or(now).plus(every).clamp(now, now.plus(every))
}

/// The proof whose text this may be.
pub(super) fn of_text(work: &Work<'_, '_>, text: &str) -> Result<Option<Life>, Reject> {
    let Some(token) = own_text::LIFE.token(text) else { return Ok(None) };
    Ok(work.tx.lives()?.into_iter().find(|life| life.token.as_deref() == Some(token)))
}

/// It came in: the SIM sends, and the one it came in on receives. Once more it proves nothing about today.
pub(super) fn came_back(work: &mut Work<'_, '_>, life: Life) -> Result<(), Reject> {
    if !life.awaited && !life.missing {
        return Ok(());
    }
    if let Some(id) = life.message {
        doubt::came_in(work, id)?;
    }
    for task in work.tx.open_modem_tasks(&task_beginning(&life.iccid))? {
        work.tx.close_task(task, "a proof of life came in", work.now)?;
    }
    let due_at = next_due(&life, &work.book.settings.proof_of_life, work.now);
    Ok(work.tx.save_life(&Life { awaited: false, missing: false, proved_at: Some(work.now), due_at, ..life })?)
}
