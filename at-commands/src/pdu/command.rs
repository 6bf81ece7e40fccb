//! SMS-COMMAND: asks about, or deletes, a message already at the service centre (3GPP 23.040 sec 9.2.2.4).

use super::address::Address;
use super::cursor::Cursor;
use super::error::{DecodeCause, DecodeError, EncodeError};
use super::first_octet::{FirstOctet, STATUS_REPORT, UDHI};
use super::octets::Octets;
use super::smsc::Smsc;
use super::udh::Udh;

/// TP-MTI of SMS-COMMAND from the phone.
pub(crate) const MTI: u8 = 2;
/// Most octets of command data, the header included.
const DATA_OCTETS_MAX: usize = 157;

/// A command to the service centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The service centre to use; `None` takes the one stored in the modem.
    pub smsc: Option<Address>,
    /// TP-SRR: a status report is wanted.
    pub status_report_request: bool,
    /// TP-MR.
    pub mr: u8,
    /// TP-PID.
    pub pid: u8,
    /// TP-CT: 00 enquiry, 01 cancel the report request, 02 delete, 03 enable it; more are reserved or the service centre's own.
    pub ct: u8,
    /// TP-MN: TP-MR of the message it is about.
    pub mn: u8,
    /// TP-DA of the message it is about.
    pub da: Address,
    /// The header of the command data.
    pub udh: Udh,
    /// TP-CD behind the header.
    pub data: Octets<DATA_OCTETS_MAX>,
}

impl Command {
    /// Decodes the octets; what follows the command data is ignored.
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
        let first = FirstOctet::read(cursor, &[MTI], "SMS-COMMAND")?;
        let (mr, pid, ct, mn) = (cursor.octet("mr")?, cursor.octet("pid")?, cursor.octet("ct")?, cursor.octet("mn")?);
        let da = Address::read(cursor, "da")?;
        let length_at = cursor.offset();
        let length = usize::from(cursor.octet("cdl")?);
        let body_at = cursor.offset();
        let body = cursor.take(length, "cd")?;
        let udh = if first.bit(UDHI) { Udh::read(body, body_at)? } else { Udh::none() };
        let data = Octets::of(body.get(udh.as_octets().len()..).unwrap_or_default());
        let too_long = DecodeCause::TooLong { length, max: DATA_OCTETS_MAX, unit: "octets" };
        let data = data.filter(|_| length <= DATA_OCTETS_MAX).ok_or(DecodeError::new("cd", length_at, too_long))?;
        Ok(Self { smsc, status_report_request: first.bit(STATUS_REPORT), mr, pid, ct, mn, da, udh, data })
    }

    /// The octets, with or without the service centre's address in front.
    ///
    /// # Errors
    ///
    /// Header and command data together are longer than 157 octets.
    pub fn encode(&self, smsc: Smsc) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::with_capacity(self.tpdu_octets().saturating_add(12));
        smsc.write(self.smsc.as_ref(), &mut out);
        let first = FirstOctet::of(MTI).with(STATUS_REPORT, self.status_report_request).with(UDHI, self.udh.is_present());
        out.extend([first.octet(), self.mr, self.pid, self.ct, self.mn]);
        self.da.write(&mut out);
        let octets = self.udh.as_octets().len().saturating_add(self.data.len());
        let length = u8::try_from(octets).ok().filter(|_| octets <= DATA_OCTETS_MAX);
        out.push(length.ok_or(EncodeError::UserDataTooLong { octets, max: DATA_OCTETS_MAX })?);
        out.extend_from_slice(self.udh.as_octets());
        out.extend_from_slice(&self.data);
        Ok(out)
    }

    /// Length of the TPDU in octets, without the service centre's address.
    #[must_use]
    pub fn tpdu_octets(&self) -> usize {
        // First octet, MR, PID, CT, MN, CDL.
        self.da.octets().saturating_add(self.udh.as_octets().len()).saturating_add(self.data.len()).saturating_add(6)
    }
}
