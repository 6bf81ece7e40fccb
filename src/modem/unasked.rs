//! What a modem says without being asked, given to the room it concerns.

use std::time::Duration;

use at_commands::Tick;
use at_commands::urc::{Supply, Urc};

use super::driver::{Driver, State};
use super::io::ModemEvent;

/// What was told of the supply is told again after this.
const SUPPLY_PAUSE: Duration = Duration::from_hours(1);

impl Driver {
    pub(super) fn urc(&mut self, now: Tick, urc: Urc) {
        match urc {
            Urc::MessageStored { memory, index } | Urc::ReportStored { memory, index } => {
                self.ears.heard();
                self.inbox.indicated(memory, index);
            }
            Urc::Message { pdu, .. } | Urc::Report { pdu, .. } => {
                self.ears.heard();
                self.was_shown(now, pdu);
            }
            Urc::Registration(registration) => self.registration_told(&registration),
            Urc::Boot => {
                if matches!(self.state, State::Serving(_)) {
                    self.fell(now);
                }
                self.restart(now);
            }
            Urc::SmsReady => self.sms_ready(),
            Urc::StorageFull => self.health.want_list(),
            Urc::Pin(state) => self.pin_told(now, &state),
            Urc::Sim { .. } => self.sim_told(now),
            Urc::Supply(supply) => self.supply_told(now, supply),
            Urc::Ussd(answer) => self.ussd_came(now, &answer),
            Urc::Ring => self.rings(now),
            Urc::CallerId { number, toa, validity } => self.caller_shown(now, &number, toa, validity),
            Urc::CallEnd(end) => self.call_ended(end),
            Urc::CallProgress(progress) => self.call_goes_on(now, progress),
            Urc::NetworkTime(clock) => self.network_told_time(now, clock),
            Urc::Signal { .. } | Urc::Service(_) | Urc::Broadcast { .. } | Urc::CallWaiting { .. } | Urc::Notice { .. } => {}
        }
    }

    /// Under load a weak supply is told of every few seconds.
    fn supply_told(&mut self, now: Tick, supply: Supply) {
        let last = self.health.supply_told.filter(|(_, at)| now.since(*at) < SUPPLY_PAUSE);
        // A modem that is reset by the box may say that it goes off.
        let is_ours = supply == Supply::Off && matches!(self.state, State::Mending(_));
        if is_ours || last.is_some_and(|(told, _)| told == supply) {
            return;
        }
        self.health.supply_told = Some((supply, now));
        self.tell(ModemEvent::Supply(supply));
    }
}
