//! What has begun on a SIM that is gone waits neither for ever nor in silence: an alarm is sent whole from another SIM that can
//! send, and of everything else a person hears (reliability.md section 5, rung 8).

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::ids::MessageId;
use answerback::terms::{MessageState, PartState, Policy};
use answerback::time::Tick;

use super::ledger::{Change, Ledger, Life};
use crate::sim::Sim;

/// A minute for the SIM, one until the box looks, and one for a store that says no.
const MOVED_MAX: Duration = Duration::from_mins(3);
/// The ladder has six minutes.
const TOLD_MAX: Duration = Duration::from_mins(8);
/// What the box notes of a text that a person was told of.
const TOLD: &str = "stranded";

/// What waits for a SIM that is gone.
#[derive(Debug, Default)]
pub(super) struct Stranded {
    /// The life of the process, and the steps of the clock it has seen: each is a new beginning.
    life: (u64, u64),
    waiting: BTreeMap<MessageId, Waiting>,
    /// Alarms that were sent whole from another SIM, and texts that a person was told of.
    pub(super) moved: u64,
    pub(super) told: u64,
}

/// One text.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    /// Since when it waits, and since when another SIM could send all the time.
    since: Tick,
    other: Option<Tick>,
    told: bool,
}

impl Stranded {
    /// Judges what waits.
    pub(super) fn look(&mut self, sim: &Sim, changes: &[Change], ledger: &Ledger) -> Result<(), String> {
        self.moved += changes.iter().filter(|change| is_moved(change)).count() as u64;
        let Some(ram) = sim.ram.as_ref() else {
            self.waiting.clear();
            return Ok(());
        };
        if self.life != (ram.life, ram.jumps) {
            self.life = (ram.life, ram.jumps);
            self.waiting.clear();
        }
        let stuck: Vec<(&Life, &str)> = ledger.moving().filter_map(|life| Some((life, begun_on(life)?))).collect();
        if stuck.is_empty() {
            self.waiting.clear();
            return Ok(());
        }
        let ready = sim.read(|reader| reader.ready_sims()).map_err(|error| error.to_string())?;
        let (now, mut waiting) = (sim.tick(), BTreeMap::new());
        for (life, iccid) in stuck {
            let message = &life.message;
            if message.expires_at.is_some_and(|end| end <= sim.now()) || ready.iter().any(|sim| sim == iccid) {
                continue;
            }
            let before = self.waiting.get(&message.id);
            let other = (!ready.is_empty()).then(|| before.and_then(|before| before.other).unwrap_or(now));
            let since = before.map_or(now, |before| before.since);
            let noted = || sim.read(|reader| reader.evidence_of(message.id)).is_ok_and(|seen| seen.iter().any(|seen| seen.kind == TOLD));
            let told = before.is_some_and(|before| before.told) || noted();
            self.told += u64::from(told && before.is_some_and(|before| !before.told));
            let one = Waiting { since, other, told };
            judge(life, one, now)?;
            waiting.insert(message.id, one);
        }
        self.waiting = waiting;
        Ok(())
    }
}

fn judge(life: &Life, waiting: Waiting, now: Tick) -> Result<(), String> {
    let message = &life.message;
    let tries_left = life.parts.iter().all(|part| part.attempts < message.policy.attempts_max());
    let may_move = message.policy == Policy::Alarm && !message.sim_only && tries_left;
    if let Some(since) = waiting.other.filter(|since| may_move && now.since(*since) > MOVED_MAX) {
        return Err(format!("alarm {} waits for a SIM that is gone, and another one could send it for {:?}", message.id, now.since(since)));
    }
    let waited = now.since(waiting.since);
    if waited > TOLD_MAX && !waiting.told {
        return Err(format!("{} waits for a SIM that is gone for {waited:?}, and nobody was told", message.id));
    }
    Ok(())
}

/// The SIM that the rest of a text waits for: some of it is on air, and nothing of it is in hand or in doubt.
fn begun_on(life: &Life) -> Option<&str> {
    let waits = life.message.state == MessageState::Sending && life.parts.iter().any(|part| part.state == PartState::Queued);
    let busy = |state: PartState| matches!(state, PartState::Claimed | PartState::InDoubt | PartState::Parked);
    if !waits || life.parts.iter().any(|part| busy(part.state)) {
        return None;
    }
    life.parts.iter().find_map(|part| part.sim.as_deref())
}

/// What was on air waits again, with other octets.
fn is_moved(change: &Change) -> bool {
    let Some(before) = &change.before else { return false };
    before.parts.iter().zip(&change.after.parts).any(|(was, is)| was.sim.is_some() && was.pdu != is.pdu && is.state == PartState::Queued)
}
