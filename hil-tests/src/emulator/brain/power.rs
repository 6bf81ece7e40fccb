//! Power off and on, and what only that ends. It knows nothing of what is said on the line.

use std::time::Duration;

use super::card::Card;
use super::io::{Output, Uplink};
use super::settings::Settings;
use super::{Brain, Later, Mode};
use crate::emulator::fault::Fault;

impl Brain {
    /// Why it answers nothing at all.
    pub fn is_hung(&self) -> Option<Fault> {
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
        for state in [Fault::Hung, Fault::Dead, Fault::DataMode, Fault::Silent, Fault::NoService, Fault::RadioStuck] {
            self.faults.cure(&state);
        }
        self.card.verified = false;
        self.set = self.fresh();
    }

    /// Power off and on: boot lines, a SIM that is busy for a while, registration.
    pub(super) fn power_cycle(&mut self) {
        self.power_off();
        for (ms, line) in self.dialect.boot {
            self.later(*ms, Later::Line((*line).to_owned()));
        }
        let awake = self.dialect.boot.first().map_or(0, |(ms, _)| *ms);
        self.later(awake, Later::Awake);
        self.is_busy_for(self.dialect.sim_busy_ms, self.dialect.sim_busy);
        self.radio_on(self.dialect.register_ms);
        self.schedule_chatter(awake);
    }

    /// The SIM says "busy" for so long, with this number.
    pub(super) fn is_busy_for(&mut self, ms: u64, number: u16) {
        self.busy_until = self.now.plus(Duration::from_millis(ms));
        self.busy_as = number;
    }

    /// What is set after power-on.
    pub(super) fn fresh(&self) -> Settings {
        let fresh = Settings::power_on(self.dialect);
        Settings { verbose: !self.faults.on(&Fault::Numeric), ..fresh }
    }

    /// Another card is put in while the modem is on; what lay on the old one went with it.
    pub(super) fn swap_sim(&mut self, sim: u16, silent: bool) {
        self.card = Card::numbered(sim);
        self.storage.card_swapped();
        self.uplink(Uplink::Card { number: self.card.number.clone(), smsc: self.card.smsc.clone() });
        if silent {
            return;
        }
        self.radio_off();
        self.urc("+CPIN: NOT INSERTED");
        self.is_busy_for(self.dialect.sim_busy_ms, self.dialect.sim_busy);
        self.later(self.dialect.sim_busy_ms, Later::Line("+CPIN: READY".to_owned()));
        self.radio_on(self.dialect.register_ms);
    }

    pub(super) fn vanish(&mut self, back_ms: Option<u64>) {
        self.power_off();
        self.out.push_back(Output::Gone { back: back_ms.map(Duration::from_millis) });
    }
}
