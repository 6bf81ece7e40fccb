//! SMS-STATUS-REPORT: what became of a message of ours, or of a command (3GPP 23.040 sec 9.2.2.3).

use super::address::Address;
use super::cursor::Cursor;
use super::error::{DecodeError, EncodeError};
use super::first_octet::{FirstOctet, LOOP_PREVENTION, NO_MORE_MESSAGES, STATUS_REPORT, UDHI};
use super::parameters::Parameters;
use super::smsc::Smsc;
use super::status::Status;
use super::timestamp::Timestamp;

/// TP-MTI of SMS-STATUS-REPORT towards the phone.
pub(crate) const MTI: u8 = 2;
/// Most octets of user data in a report (sec 9.2.2.3).
const USER_DATA_OCTETS_MAX: usize = 143;

/// A delivery report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The service centre it came through.
    pub smsc: Option<Address>,
    /// TP-MMS: more messages wait at the service centre (the bit is inverted on the wire).
    pub more_messages: bool,
    /// TP-LP: the report must not cause another.
    pub loop_prevention: bool,
    /// TP-SRQ: this answers an SMS-COMMAND, not an SMS-SUBMIT.
    pub qualifier: bool,
    /// TP-MR of the message it is about.
    pub mr: u8,
    /// TP-RA: whom that message was for, perhaps in another form than we wrote it.
    pub ra: Address,
    /// TP-SCTS: when the service centre got that message.
    pub scts: Timestamp,
    /// TP-DT: when it was delivered, or last tried.
    pub dt: Timestamp,
    /// TP-ST.
    pub st: Status,
    /// TP-PI and what it announces; a report may end before it.
    pub parameters: Option<Parameters>,
}

impl StatusReport {
    /// Decodes the octets. FF padding behind TP-ST is no TP-PI.
    ///
    /// # Errors
    ///
    /// A field that is cut short, too long or inconsistent: which, where and why.
    pub fn decode(octets: &[u8], smsc: Smsc) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(octets);
        let smsc = smsc.read(&mut cursor)?;
        Self::read(&mut cursor, smsc)
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>, smsc: Option<Address>) -> Result<Self, DecodeError> {
        let first = FirstOctet::read(cursor, &[MTI], "SMS-STATUS-REPORT")?;
        let mr = cursor.octet("mr")?;
        let ra = Address::read(cursor, "ra")?;
        let scts = Timestamp::read_as_received(cursor, "scts")?;
        let dt = Timestamp::read_as_received(cursor, "dt")?;
        let st = Status::new(cursor.octet("st")?);
        let padding = cursor.rest().iter().all(|octet| *octet == 0xFF);
        let parameters = if padding {
            None
        } else {
            let (indicator, parameters) = Parameters::read_indicator(cursor)?;
            Some(parameters.read_fields(cursor, indicator, first.bit(UDHI), USER_DATA_OCTETS_MAX)?)
        };
        Ok(Self {
            smsc,
            more_messages: !first.bit(NO_MORE_MESSAGES),
            loop_prevention: first.bit(LOOP_PREVENTION),
            qualifier: first.bit(STATUS_REPORT),
            mr,
            ra,
            scts,
            dt,
            st,
            parameters,
        })
    }

    /// The octets, with or without the service centre's address in front.
    ///
    /// # Errors
    ///
    /// User data that is longer than this TPDU holds, or in another alphabet than TP-DCS names.
    pub fn encode(&self, smsc: Smsc) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::with_capacity(self.tpdu_octets().saturating_add(12));
        smsc.write(self.smsc.as_ref(), &mut out);
        let udhi = self.parameters.as_ref().is_some_and(|parameters| parameters.udh.is_present());
        let first = FirstOctet::of(MTI)
            .with(NO_MORE_MESSAGES, !self.more_messages)
            .with(LOOP_PREVENTION, self.loop_prevention)
            .with(STATUS_REPORT, self.qualifier)
            .with(UDHI, udhi);
        out.push(first.octet());
        out.push(self.mr);
        self.ra.write(&mut out);
        out.extend(self.scts.encode());
        out.extend(self.dt.encode());
        out.push(self.st.octet());
        if let Some(parameters) = &self.parameters {
            parameters.write_indicator(&mut out);
            parameters.write_fields(USER_DATA_OCTETS_MAX, &mut out)?;
        }
        Ok(out)
    }

    /// Length of the TPDU in octets, without the service centre's address.
    #[must_use]
    pub fn tpdu_octets(&self) -> usize {
        // First octet, MR, two times of seven, ST.
        let parameters = self.parameters.as_ref().map_or(0, Parameters::octets);
        self.ra.octets().saturating_add(parameters).saturating_add(17)
    }
}
