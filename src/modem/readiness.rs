//! Whether messages can go out, and why not: told where it changed.

use at_commands::command::network::Registration;

use super::bring_up::Lack;
use super::driver::{Driver, State};
use super::health::Told;
use super::io::ModemEvent;
use super::words;
use crate::terms::Ailment;

impl Driver {
    /// Says whether messages can go out, when that changed.
    pub(super) fn announce(&mut self) {
        if !matches!(self.state, State::Serving(_)) {
            return;
        }
        match self.setup.lacks {
            Some(Lack::PduMode) => return self.not_ready("no_pdu_mode", words::NO_PDU_MODE),
            Some(Lack::ServiceCentre) => return self.not_ready("no_smsc", words::NO_SERVICE_CENTRE),
            None => {}
        }
        match self.best_stat() {
            Some(stat) if !Registration::carries_sms(stat) => self.not_ready("not_registered", words::registration(stat)),
            Some(_) => self.ready(),
            // No registration command works at all: it can only be tried.
            None if self.setup.domains.is_empty() => self.ready(),
            None => {}
        }
    }

    fn ready(&mut self) {
        self.ladder.cured(Ailment::NotRegistered);
        if let Some(why) = self.ladder.stopped() {
            let (code, words) = words::stopped(why);
            return self.not_ready(code, &words);
        }
        if self.health.told != Told::Ready {
            self.health.told = Told::Ready;
            self.tell(ModemEvent::Ready);
            if !self.can_receive() {
                self.tell(ModemEvent::CannotReceive);
            }
        }
    }

    pub(super) fn not_ready(&mut self, code: &'static str, words: &str) {
        self.abort_waiting("not_ready");
        self.free_told = false;
        if self.health.told != Told::NotReady(code) {
            self.health.told = Told::NotReady(code);
            self.tell(ModemEvent::NotReady { code, words: words.to_owned() });
        }
    }
}
