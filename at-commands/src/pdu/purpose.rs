//! What an SMS-DELIVER is for: a person's words, or one of the things networks send beside them. Read from TP-PID, TP-DCS, the
//! header and the CPHS senders of voice mail (3GPP 23.040 sec 9.2.3.9, 9.2.3.24; 23.038 sec 4; CPHS 4.2 annex B.4.2).

use super::deliver::Deliver;
use super::ie::Ie;
use super::pid::Pid;

/// The port of WAP push, which is how a multimedia message is announced.
const WAP_PUSH: u16 = 2948;

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Words for a person: everything that is nothing else.
    Person,
    /// Something waits in a mailbox, or waits no more.
    Waiting,
    /// Type 0: to be acknowledged and dropped.
    Silent,
    /// Data for the SIM or the equipment.
    Equipment,
    /// A multimedia message is announced: the sender is known, the picture is elsewhere.
    WapPush,
    /// Data for the application at this port.
    Application(u16),
}

impl Deliver {
    /// What this message is for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        match Pid::of(self.pid) {
            Pid::Type0 => return Purpose::Silent,
            pid if !pid.is_for_a_person() => return Purpose::Equipment,
            _ => {}
        }
        match self.udh.ports() {
            Some(ports) if ports.destination == WAP_PUSH => return Purpose::WapPush,
            Some(ports) => return Purpose::Application(ports.destination),
            None => {}
        }
        let indicated = self.udh.elements().any(|element| matches!(element, Ie::SpecialMessage(_)));
        if indicated || self.dcs.waiting().is_some() || self.oa.is_mailbox() { Purpose::Waiting } else { Purpose::Person }
    }
}
