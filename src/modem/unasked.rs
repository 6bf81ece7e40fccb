//! What a modem says without being asked, given to the room it concerns.

use at_commands::Tick;
use at_commands::urc::Urc;

use super::driver::Driver;
use super::io::ModemEvent;

impl Driver {
    pub(super) fn urc(&mut self, now: Tick, urc: Urc) {
        match urc {
            Urc::MessageStored { memory, index } | Urc::ReportStored { memory, index } => self.inbox.indicated(memory, index),
            Urc::Message { pdu, .. } | Urc::Report { pdu, .. } => self.was_shown(now, pdu),
            Urc::Registration(registration) => self.registration_told(&registration),
            Urc::Boot => self.restart(now),
            Urc::SmsReady => self.sms_ready(),
            Urc::StorageFull => self.health.want_list(),
            Urc::Pin(state) => self.pin_told(now, &state),
            Urc::Sim { .. } => self.sim_told(now),
            Urc::Supply => {
                self.tell(ModemEvent::Noise("The modem reports its supply: check voltage, current and cable.".to_owned()));
            }
            Urc::Ussd(answer) => self.ussd_came(now, &answer),
            Urc::Ring => self.rings(now),
            Urc::CallerId { number, toa, validity } => self.caller_shown(now, &number, toa, validity),
            Urc::CallEnd(end) => self.call_ended(end),
            Urc::CallProgress(progress) => self.call_goes_on(now, progress),
            Urc::NetworkTime(clock) => self.network_told_time(now, clock),
            Urc::Signal { .. } | Urc::Service(_) | Urc::Broadcast { .. } | Urc::CallWaiting { .. } | Urc::Notice { .. } => {}
        }
    }
}
