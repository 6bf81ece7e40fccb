//! The process is told to stop: it takes nothing new, waits a while for what is on air, writes down what it knows, and ends.

use std::time::Duration;

use answerback::modem::driver::Driver;
use answerback::time::Tick;

use super::Sim;
use super::shell::{GRACE, Phase};

/// How far a stop has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    /// What it waits for has until then.
    pub(super) until: Tick,
    /// It still waits for what is on air; later only for the disk.
    patient: bool,
    /// From its end to the next start.
    back: Duration,
}

impl Sim {
    /// SIGTERM.
    pub(super) fn stop(&mut self, back: Duration) {
        let until = self.tick().plus(GRACE);
        let Some(ram) = self.ram.as_mut().filter(|ram| ram.stop.is_none()) else { return };
        ram.stop = Some(Stop { until, patient: true, back });
        for shell in &mut ram.shells {
            shell.leaving = true;
            ram.fleet.leave(&shell.name);
        }
        self.coverage.count("stopped in order");
        self.note("box", format_args!("is told to stop"));
    }

    /// Lets go of every modem that sends nothing any more; the process ends when all is written.
    pub(super) fn stopping(&mut self) {
        let now = self.tick();
        let Some(ram) = self.ram.as_ref() else { return };
        let Some(stop) = ram.stop else { return };
        let over = stop.until <= now;
        for place in 0..ram.shells.len() {
            self.let_go(place, over || !stop.patient);
        }
        let Some(ram) = self.ram.as_mut() else { return };
        let written = ram.shells.is_empty() && ram.writer.in_hand() == 0 && ram.put_off.is_empty();
        // A store that takes nothing is not waited for without end.
        if written || (over && !stop.patient) {
            self.crash(stop.back);
        } else if over {
            ram.stop = Some(Stop { until: stop.until.plus(GRACE), patient: false, ..stop });
        }
    }

    fn let_go(&mut self, place: usize, at_once: bool) {
        let Some(shell) = self.ram.as_ref().and_then(|ram| ram.shells.get(place)) else { return };
        let sends = shell.driver.as_ref().is_some_and(Driver::is_sending);
        match shell.phase {
            Phase::Serving | Phase::Reopening { .. } if at_once || !sends => {
                let modem = shell.modem;
                self.close(modem);
                self.lose(place);
            }
            Phase::Serving
            | Phase::Reopening { .. }
            | Phase::Resting { .. }
            | Phase::Recovering
            | Phase::Ending { .. }
            | Phase::Burying => {}
        }
    }
}
