//! Whose fault a message's failure is: the message's, the SIM's, the modem's, or nobody's. Three of the modem's in a row send it up
//! the ladder, five of the SIM's stop it (at-domain section 12).

use at_commands::Tick;
use at_commands::error::{Class, CmsError};
use at_commands::pdu::{Smsc, Submit};

use super::driver::Driver;

/// Whom a refusal speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blame {
    /// This number or these octets: the network answers, and others may go.
    Message,
    /// The SIM or its contract.
    Sim,
    /// The modem does not do its work.
    Modem,
    /// The modem's, where several numbers in a row get it; of one number alone it says nothing.
    Several,
    /// The network's weather, or a full memory.
    Nobody,
}

/// Numbers above 511 mean another thing with each maker.
fn blame(code: u16, maker: &str) -> Blame {
    match CmsError(code).class_by(maker) {
        // "Network out of order" is also said without credit, with a wrong service centre and to a barred SIM.
        Class::BackOff if code == 38 => Blame::Sim,
        Class::Account | Class::FixConfig | Class::SimStop => Blame::Sim,
        Class::PermanentRecipient | Class::PduBug | Class::Ignore => Blame::Message,
        Class::UnknownOutcome | Class::Vendor => Blame::Modem,
        Class::RetrySoon => Blame::Several,
        Class::BackOff | Class::WaitNetwork | Class::SweepStorage => Blame::Nobody,
    }
}

impl Driver {
    /// A message, with this PDU, was refused with this number; `None` is a bare `ERROR`.
    pub(super) fn blame_refusal(&mut self, now: Tick, code: Option<u16>, pdu: &[u8]) {
        match code.map(|code| (code, blame(code, &self.identity.manufacturer))) {
            Some((_, Blame::Message)) => self.ladder.refused(None),
            Some((code, Blame::Sim)) => {
                self.ladder.refused(Some(code));
                self.heed_refusals(now);
            }
            Some((_, Blame::Modem)) | None => self.ladder.failed(),
            Some((_, Blame::Several)) => self.ladder.failed_for(recipient(pdu)),
            Some((_, Blame::Nobody)) => {}
        }
    }
}

/// Whom a PDU is for; itself, where it does not say that.
fn recipient(pdu: &[u8]) -> Vec<u8> {
    let number = Submit::decode(pdu, Smsc::Present).ok().and_then(|submit| submit.da.number());
    number.map_or_else(|| pdu.to_vec(), String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_says_whom_it_speaks_of() {
        let cases = [
            (1, Blame::Message),
            (96, Blame::Message),
            (38, Blame::Sim),
            (50, Blame::Sim),
            (69, Blame::Sim),
            (310, Blame::Sim),
            (330, Blame::Sim),
            (41, Blame::Several),
            (300, Blame::Several),
            (314, Blame::Several),
            (42, Blame::Nobody),
            (322, Blame::Nobody),
            (331, Blame::Nobody),
            (332, Blame::Modem),
            (500, Blame::Modem),
            (513, Blame::Modem),
        ];
        for (code, want) in cases {
            assert_eq!(blame(code, "Generic"), want, "{code}");
        }
    }

    #[test]
    fn a_makers_number_speaks_of_whom_its_maker_means() {
        let cases = [
            ("SIMCOM_Ltd", 517, Blame::Message),
            ("SIMCOM_Ltd", 513, Blame::Nobody),
            ("SIMCOM_Ltd", 514, Blame::Sim),
            ("SIMCOM_Ltd", 521, Blame::Modem),
            ("WAVECOM MODEM", 513, Blame::Several),
            ("WAVECOM MODEM", 531, Blame::Sim),
            ("WAVECOM MODEM", 517, Blame::Modem),
            ("Quectel", 517, Blame::Modem),
            ("", 517, Blame::Modem),
            ("SIMCOM_Ltd", 38, Blame::Sim),
        ];
        for (maker, code, want) in cases {
            assert_eq!(blame(code, maker), want, "{maker} {code}");
        }
    }
}
