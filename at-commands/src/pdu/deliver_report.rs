//! SMS-DELIVER-REPORT: our answer to an SMS-DELIVER or SMS-STATUS-REPORT, as AT+CNMA carries it (3GPP 23.040 sec 9.2.2.1a).

use super::answer::Answer;
use super::cursor::Cursor;
use super::error::{DecodeError, EncodeError};
use super::failure_cause::FailureCause;
use super::first_octet::{FirstOctet, UDHI};
use super::parameters::Parameters;
use super::smsc::Smsc;

/// TP-MTI of SMS-DELIVER-REPORT from the phone.
pub(crate) const MTI: u8 = 0;
const ACK_OCTETS_MAX: usize = 159;
const ERROR_OCTETS_MAX: usize = 158;

/// An answer to a message that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliverReport {
    /// TP-FCS: why it was refused; `None` in an acknowledgement.
    pub fcs: Option<FailureCause>,
    /// TP-PI and what it announces.
    pub parameters: Parameters,
}

impl DeliverReport {
    /// Decodes the octets of an RP-ACK or an RP-ERROR; a service centre address in front is passed over.
    ///
    /// # Errors
    ///
    /// A field that is cut short, too long or inconsistent: which, where and why.
    pub fn decode(octets: &[u8], smsc: Smsc, answer: Answer) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(octets);
        smsc.read(&mut cursor)?;
        let first = FirstOctet::read(&mut cursor, &[MTI], "SMS-DELIVER-REPORT")?;
        let fcs = answer.read(&mut cursor)?;
        let (indicator, parameters) = Parameters::read_indicator(&mut cursor)?;
        let octets_max = octets_max(fcs);
        Ok(Self { fcs, parameters: parameters.read_fields(&mut cursor, indicator, first.bit(UDHI), octets_max)? })
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
        self.parameters.write_fields(octets_max(self.fcs), &mut out)?;
        Ok(out)
    }

    /// Length of the TPDU in octets: the `<length>` of AT+CNMA.
    #[must_use]
    pub fn tpdu_octets(&self) -> usize {
        self.parameters.octets().saturating_add(1).saturating_add(usize::from(self.fcs.is_some()))
    }
}

const fn octets_max(fcs: Option<FailureCause>) -> usize {
    if fcs.is_some() { ERROR_OCTETS_MAX } else { ACK_OCTETS_MAX }
}
