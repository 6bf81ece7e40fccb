//! Power off and on, and what only that ends. It knows nothing of what is said on the line.

use std::time::Duration;

use super::io::Output;
use super::settings::Settings;
use super::{Brain, Later, Mode};
use crate::emulator::fault::Fault;

impl Brain {
    /// Why it answers nothing at all.
    pub(super) fn is_hung(&self) -> Option<Fault> {
        [Fault::Hung, Fault::Dead].into_iter().find(|fault| self.faults.on(fault))
    }

    pub(super) fn power_off(&mut self) {
        self.radio_off();
        self.mode = Mode::Off;
        self.line.clear();
        self.input.clear();
        self.held.clear();
        self.due.clear();
        self.line_free = self.now;
        self.inbox.power_off();
        self.ussd.power_off();
        self.clock.power_off();
        self.drop_call();
        for state in [Fault::Hung, Fault::Dead, Fault::Silent, Fault::NoService, Fault::RadioStuck] {
            self.faults.cure(&state);
        }
        self.card.verified = false;
        self.set = Settings::power_on(self.dialect);
    }

    /// Power off and on: boot lines, a SIM that is busy for a while, registration.
    pub(super) fn power_cycle(&mut self) {
        self.power_off();
        for (ms, line) in self.dialect.boot {
            self.later(*ms, Later::Line((*line).to_owned()));
        }
        let awake = self.dialect.boot.first().map_or(0, |(ms, _)| *ms);
        self.later(awake, Later::Awake);
        self.busy_until = self.now.plus(Duration::from_millis(self.dialect.sim_busy_ms));
        self.radio_on(self.dialect.register_ms);
        self.schedule_chatter(awake);
    }

    pub(super) fn vanish(&mut self, back_ms: Option<u64>) {
        self.power_off();
        self.out.push_back(Output::Gone { back: back_ms.map(Duration::from_millis) });
    }
}
