//! SMS-SUBMIT-REPORT: the service centre's answer to an SMS-SUBMIT or SMS-COMMAND, as `+CMGS: <mr>,<ackpdu>` carries it
//! (3GPP 23.040 sec 9.2.2.2a).

use super::answer::Answer;
use super::cursor::Cursor;
use super::error::{DecodeError, EncodeError};
use super::failure_cause::FailureCause;
use super::first_octet::{FirstOctet, UDHI};
use super::parameters::Parameters;
use super::smsc::Smsc;
use super::timestamp::Timestamp;

/// TP-MTI of SMS-SUBMIT-REPORT towards the phone.
pub(crate) const MTI: u8 = 1;
const ACK_OCTETS_MAX: usize = 152;
const ERROR_OCTETS_MAX: usize = 151;

/// An answer to a message that went out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitReport {
    /// TP-FCS: why it was refused; `None` in an acknowledgement.
    pub fcs: Option<FailureCause>,
    /// TP-SCTS: when the service centre got the message. A later status report bears the same time.
    pub scts: Timestamp,
    /// TP-PI and what it announces.
    pub parameters: Parameters,
}

impl SubmitReport {
    /// Decodes the octets of an RP-ACK or an RP-ERROR; a service centre address in front is passed over.
    ///
    /// # Errors
    ///
    /// A field that is cut short, too long or inconsistent: which, where and why.
    pub fn decode(octets: &[u8], smsc: Smsc, answer: Answer) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(octets);
        smsc.read(&mut cursor)?;
        let first = FirstOctet::read(&mut cursor, &[MTI], "SMS-SUBMIT-REPORT")?;
        let fcs = answer.read(&mut cursor)?;
        let (indicator, parameters) = Parameters::read_indicator(&mut cursor)?;
        let scts = Timestamp::read(&mut cursor, "scts")?;
        let octets_max = octets_max(fcs);
        Ok(Self { fcs, scts, parameters: parameters.read_fields(&mut cursor, indicator, first.bit(UDHI), octets_max)? })
    }

    /// The octets.
    ///
    /// # Errors
    ///
    /// User data that is longer than this TPDU holds, or in another alphabet than TP-DCS names.
    pub fn encode(&self, smsc: Smsc) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::with_capacity(self.tpdu_octets().saturating_add(1));
        smsc.write(None, &mut out);
        out.push(FirstOctet::of(MTI).with(UDHI, self.parameters.udh.is_present()).octet());
        out.extend(self.fcs.map(FailureCause::octet));
        self.parameters.write_indicator(&mut out);
        out.extend(self.scts.encode());
        self.parameters.write_fields(octets_max(self.fcs), &mut out)?;
        Ok(out)
    }

    /// Length of the TPDU in octets.
    #[must_use]
    pub fn tpdu_octets(&self) -> usize {
        self.parameters.octets().saturating_add(8).saturating_add(usize::from(self.fcs.is_some()))
    }
}

const fn octets_max(fcs: Option<FailureCause>) -> usize {
    if fcs.is_some() { ERROR_OCTETS_MAX } else { ACK_OCTETS_MAX }
}
