//! Nothing fires early by the tick: a wall clock that is set shortens no wait (reliability.md section 6).
//!
//! Judged are the waits that begin in a life of the process and end in it: a row from before its start was reckoned by a clock
//! that this process never saw.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use answerback::ids::{MessageId, PartKey, SessionId};
use answerback::store::{Part, Timer};
use answerback::terms::{MessageState, PartState};
use answerback::time::{Tick, Timestamp};

use super::ledger::{Change, Life};
use crate::sim::Sim;

/// What is waited for, and until which tick.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// The life of the process that waits.
    life: Option<u64>,
    /// Sessions that are older than it.
    old: BTreeSet<SessionId>,
    timers: BTreeMap<i64, Wait>,
    doubts: BTreeMap<PartKey, Tick>,
    ends: BTreeMap<MessageId, Tick>,
    /// Steps of the clock that the box had seen at the last look.
    jumps: u64,
    early: Option<String>,
}

/// A timer of a session.
#[derive(Debug, Clone, Copy)]
struct Wait {
    due_at: Timestamp,
    /// `None`: nobody knows by which clock it was reckoned.
    until: Option<Tick>,
}

/// Rows tell milliseconds.
const SLACK: Duration = Duration::from_secs(1);
const TIMERS_MAX: u32 = 500;
const SESSIONS_MAX: u32 = 500;

impl Waits {
    /// Judges what ended since the last look, and remembers what began.
    pub(super) fn look(&mut self, sim: &Sim, changes: &[Change]) -> Result<(), String> {
        let Some(ram) = sim.ram.as_ref() else { return Ok(()) };
        if self.life.replace(ram.life) != Some(ram.life) {
            let open = sim.read(|reader| reader.open_sessions_after(0, SESSIONS_MAX)).map_err(|error| error.to_string())?;
            *self = Self { life: self.life, old: open.into_iter().map(|(_, session)| session.id).collect(), ..Self::default() };
            self.jumps = ram.jumps;
            return Ok(());
        }
        for change in changes {
            let asked = sim.human_acts().contains(&change.after.message.id);
            self.ends(sim, change)?;
            self.doubts(sim, change, asked)?;
        }
        if sim.sets_clock {
            let timers = sim.read(|reader| reader.due_timers(Timestamp::from_unix_ms(i64::MAX), TIMERS_MAX));
            self.timers(sim, &timers.map_err(|error| error.to_string())?);
        }
        self.jumps = ram.jumps;
        self.early.take().map_or(Ok(()), Err)
    }

    /// The box is about to let these timers fire.
    pub(super) fn fire(&mut self, now: Tick, timers: &[Timer]) {
        for timer in timers {
            let until = self.timers.get(&timer.id).and_then(|wait| wait.until);
            if let Err(words) = over(now, until, || format!("timer {} ({:?}) of {}", timer.id, timer.kind, timer.session)) {
                self.early.get_or_insert(words);
            }
        }
    }

    fn timers(&mut self, sim: &Sim, timers: &[Timer]) {
        let moved = sim.ram.as_ref().is_some_and(|ram| ram.jumps != self.jumps);
        let mut known = std::mem::take(&mut self.timers);
        for timer in timers {
            let Some(due_at) = timer.due_at else { continue };
            let until = match known.remove(&timer.id) {
                // The same wait; where the clock was set its row may have been moved with it.
                Some(wait) if wait.due_at == due_at || moved => wait.until,
                Some(_) | None if !self.old.contains(&timer.session) => Some(sim.tick_at(due_at)),
                Some(_) | None => None,
            };
            self.timers.insert(timer.id, Wait { due_at, until });
        }
    }

    fn ends(&mut self, sim: &Sim, change: &Change) -> Result<(), String> {
        let message = &change.after.message;
        match (&change.before, message.expires_at) {
            (None, Some(end)) => drop(self.ends.insert(message.id, sim.tick_at(end))),
            (None, _) => {}
            (Some(_), _) if message.state == MessageState::Expired => {
                over(sim.tick(), self.ends.remove(&message.id), || format!("the end of {}", message.id))?;
            }
            (Some(_), _) => {}
        }
        Ok(())
    }

    fn doubts(&mut self, sim: &Sim, change: &Change, asked: bool) -> Result<(), String> {
        for part in &change.after.parts {
            let before = change.before.as_ref().and_then(|before| state_of(before, part));
            match (before == Some(PartState::InDoubt), part.state) {
                (false, PartState::InDoubt) => drop(self.doubts.insert(part.key, sim.tick_at(part.due_at))),
                (true, PartState::Queued | PartState::Claimed | PartState::Parked) if !asked => {
                    let until = self.doubts.remove(&part.key);
                    over(sim.tick(), until, || format!("the doubt about part {} of {}", part.key.seq, part.key.message))?;
                }
                (true, PartState::InDoubt) => {}
                (_, _) => drop(self.doubts.remove(&part.key)),
            }
        }
        Ok(())
    }
}

fn state_of(life: &Life, part: &Part) -> Option<PartState> {
    life.parts.iter().find(|was| was.key == part.key).map(|was| was.state)
}

fn over(now: Tick, until: Option<Tick>, what: impl FnOnce() -> String) -> Result<(), String> {
    match until.filter(|until| *until > now.plus(SLACK)) {
        Some(until) => Err(format!("{} fired {:?} early by the tick", what(), until.since(now))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_ends_before_its_tick_is_told() {
        let at = |seconds| Tick::default().plus(Duration::from_secs(seconds));
        let what = || "the doubt".to_owned();
        assert_eq!(over(at(100), None, what), Ok(()), "nothing is known of it");
        assert_eq!(over(at(100), Some(at(100)), what), Ok(()));
        assert_eq!(over(at(100), Some(at(160)), what), Err("the doubt fired 60s early by the tick".to_owned()));
    }
}
