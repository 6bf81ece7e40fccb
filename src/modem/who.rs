//! Who a modem and its SIM are, and where, as far as it has said so.

use at_commands::chat::Info;
use at_commands::command::{identity, ports, sms};

use super::bring_up::Lack;
use super::driver::Driver;
use super::io::{Identity, ModemEvent};

/// A cell of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Location or tracking area.
    pub area: u64,
    /// Its number.
    pub cell: u64,
    /// `<AcT>` of 27.007 7.3.
    pub access: Option<u8>,
}

/// Noise that lasts is a fault of the cable, and a modem that nobody knows can still send.
const ASKED_AGAIN_MAX: u8 = 3;

impl Driver {
    /// `AT^GETPORTMODE` was answered; whoever refuses it is driven through the port that was found.
    pub(super) fn ports_came(&mut self, lines: &[Info]) {
        if let Some(modes) = ports::modes(lines) {
            self.tell(ModemEvent::Ports(modes));
        }
    }

    /// Keeps an ICCID; otherwise the next way to ask for it, if there is one.
    pub(super) fn card_id(&mut self, lines: &[Info], way: usize) -> Option<usize> {
        if let Some(iccid) = identity::iccid(lines) {
            self.identity.iccid = iccid;
            self.setup.card_way = Some(way);
            return None;
        }
        (way + 1 < identity::ICCID_WAYS.len()).then_some(way + 1)
    }

    pub(super) fn service_centre_came(&mut self, lines: &[Info]) {
        if let Some(number) = sms::service_centre(lines) {
            self.setup.lacks = number.is_empty().then_some(Lack::ServiceCentre);
            self.identity.smsc = number;
        }
    }

    /// Something is missing or garbled and there was noise on the line: it is asked once more who it is, and no more than
    /// [`ASKED_AGAIN_MAX`] times.
    pub(super) fn may_be_misheard(&mut self) -> bool {
        let who = &self.identity;
        let garbled = [&who.manufacturer, &who.model, &who.firmware].iter().any(|words| words.contains(char::REPLACEMENT_CHARACTER));
        let lacks = garbled || who.imei.is_empty() || who.iccid.is_empty();
        let again = lacks && std::mem::take(&mut self.setup.noise) && self.setup.asked_again < ASKED_AGAIN_MAX;
        if again {
            self.setup.asked_again += 1;
            self.identity = Identity::default();
        }
        again
    }

    /// Tells who it is, where that is not what was told last.
    pub(super) fn tell_identity(&mut self) {
        if self.card.told != self.identity {
            if self.card.told.iccid != self.identity.iccid {
                // Another SIM: whoever hears `Ready` next finds this one's name, and what was meant for the old one goes back.
                self.abort_waiting("sim_changed");
                self.free_told = false;
                self.health.forget_ready();
            }
            self.card.told = self.identity.clone();
            self.tell(ModemEvent::Identity(self.identity.clone()));
        }
    }
}
