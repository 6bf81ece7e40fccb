//! R8 and R9: a modem that has become deaf is found within a minute in which its port is idle; a modem that answers nothing is back
//! or given up within six minutes of the moment at which the box saw it, and it sees that in time.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::modem::driver::Driver;
use answerback::modem::io::ModemEvent;
use answerback::terms::Ailment;
use answerback::time::Tick;

use super::{Violation, named};
use crate::emulator::brain::Brain;
use crate::emulator::fault::Fault;
use crate::sim::Sim;
use crate::sim::shell::{Phase, Shell};

/// R8, and the time in which one command is answered.
const DEAF_MAX: Duration = Duration::from_secs(65);
/// R9.
const HUNG_MAX: Duration = Duration::from_mins(6);
/// The longest answer that a box waits for (T_final), from the next look at an idle modem on.
const UNSEEN_MAX: Duration = Duration::from_mins(5);

/// What is known of each modem's troubles.
#[derive(Debug, Default)]
pub(super) struct Watch {
    shells: BTreeMap<u64, Seen>,
    /// Deaf modems that were found, and hung ones that ended.
    pub(super) deaf: u64,
    pub(super) hung: u64,
}

/// Of one modem, as long as its port is open.
#[derive(Debug, Default)]
struct Seen {
    /// It was ready since its supervisor began.
    known: bool,
    /// The box was told of what came in, at some time since its port was opened.
    heard: bool,
    /// How long the port has been idle since it is deaf.
    idle: Duration,
    was_idle: bool,
    looked: Tick,
    /// Since when it answers nothing, and since when the box knows.
    hung: Option<Tick>,
    known_hung: Option<Tick>,
}

impl Watch {
    /// Looks at every modem; called at every instant at which something happens.
    pub(super) fn look(&mut self, sim: &Sim) -> Result<(), Violation> {
        let Some(ram) = sim.ram.as_ref() else {
            self.shells.clear();
            return Ok(());
        };
        let now = sim.tick();
        self.shells.retain(|id, _| ram.shells.iter().any(|shell| shell.id == *id));
        for shell in &ram.shells {
            let Some(brain) = sim.world.brains().get(shell.modem) else { continue };
            let seen = self.shells.entry(shell.id).or_default();
            self.deaf += u64::from(named("a deaf modem is found", seen.listens(now, shell, brain))?);
            self.hung += u64::from(named("a hung modem is back or given up", seen.answers(now, shell, brain))?);
            seen.looked = now;
        }
        Ok(())
    }

    /// A driver tells what it knows.
    pub(super) fn hears(&mut self, now: Tick, shell: u64, event: &ModemEvent) {
        let Some(seen) = self.shells.get_mut(&shell) else { return };
        match event {
            // Its bring-up is through, and every command of that was answered: what comes then is another trouble.
            ModemEvent::Ready | ModemEvent::Free => {
                seen.known |= matches!(event, ModemEvent::Ready);
                self.hung += u64::from(seen.known_hung.take().is_some());
            }
            // The box knows; what it does then is its bring-up.
            ModemEvent::Deaf => {
                (seen.heard, seen.idle) = (false, Duration::ZERO);
                self.deaf += 1;
            }
            ModemEvent::Rung { ailment: Ailment::NoAnswer, .. } => {
                seen.known_hung.get_or_insert(now);
            }
            ModemEvent::NotReady { code: "dead", .. } => seen.known_hung = None,
            _ => {}
        }
    }
}

impl Seen {
    /// R8; whether it was deaf and is not any more.
    fn listens(&mut self, now: Tick, shell: &Shell, brain: &Brain) -> Result<bool, String> {
        let driver = shell.driver.as_ref().filter(|_| shell.phase == Phase::Serving);
        let Some(driver) = driver.filter(|_| !is_line_faulty(brain)) else {
            (self.heard, self.was_idle, self.idle) = (false, false, Duration::ZERO);
            return Ok(false);
        };
        let passed = if self.was_idle { now.since(self.looked) } else { Duration::ZERO };
        self.was_idle = driver.is_idle();
        if !brain.is_deaf() {
            let found = self.heard && self.idle > Duration::ZERO;
            (self.heard, self.idle) = (true, Duration::ZERO);
            return Ok(found);
        }
        if self.heard {
            self.idle += passed;
        }
        if self.idle > DEAF_MAX {
            return Err(format!("{} is deaf, its port was idle for {:?}, and nobody has looked", shell.name, self.idle));
        }
        Ok(false)
    }

    /// R9; whether it hung and the box has ended that, or given it up.
    fn answers(&mut self, now: Tick, shell: &Shell, brain: &Brain) -> Result<bool, String> {
        let open = !matches!(shell.phase, Phase::Resting { .. } | Phase::Recovering | Phase::Ending { .. } | Phase::Burying);
        let is_idle = shell.driver.as_ref().is_some_and(Driver::is_idle);
        if !open || !self.known {
            (self.hung, self.known_hung) = (None, None);
            return Ok(false);
        }
        let before = self.known_hung;
        // In service again: it has answered everything that it was asked.
        if is_idle {
            self.known_hung = None;
        }
        self.hung = if brain.is_hung().is_some() { self.hung.or(Some(now)) } else { None };
        if let Some(since) = self.known_hung.filter(|since| now.since(*since) > HUNG_MAX) {
            return Err(format!("{} was seen to answer nothing {:?} ago, is not back and not given up", shell.name, now.since(since)));
        }
        if is_idle && let Some(since) = self.hung.filter(|since| now.since(*since) > UNSEEN_MAX) {
            return Err(format!("{} answers nothing since {:?} and nobody has seen it", shell.name, now.since(since)));
        }
        Ok(before.is_some() && self.known_hung.is_none())
    }
}

/// What keeps a question from its answer has to end before anybody can look.
fn is_line_faulty(brain: &Brain) -> bool {
    let faulty =
        |fault: &Fault| matches!(fault, Fault::Hung | Fault::Dead | Fault::Silent | Fault::DataMode | Fault::Busy | Fault::Garbage { .. });
    brain.faults().any(faulty)
}
