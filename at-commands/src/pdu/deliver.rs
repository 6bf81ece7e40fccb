//! SMS-DELIVER: a message of a person or a service to us (3GPP 23.040 sec 9.2.2.1).

use super::address::Address;
use super::cursor::Cursor;
use super::dcs::Dcs;
use super::error::{DecodeError, EncodeError};
use super::first_octet::{FirstOctet, LOOP_PREVENTION, NO_MORE_MESSAGES, REPLY_PATH, STATUS_REPORT, UDHI};
use super::smsc::Smsc;
use super::timestamp::Timestamp;
use super::udh::Udh;
use super::user_data::{USER_DATA_OCTETS_MAX, UserData};

/// TP-MTI of SMS-DELIVER towards the phone.
pub(crate) const MTI: u8 = 0;
/// Reserved: "process it as if it were an SMS-DELIVER" (sec 9.2.3.1).
pub(crate) const MTI_RESERVED: u8 = 3;

/// A message that came in.
#[expect(clippy::struct_excessive_bools, reason = "each is one flag of the first octet, by the standard's name")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// The service centre it came through.
    pub smsc: Option<Address>,
    /// TP-MMS: more messages wait at the service centre (the bit is inverted on the wire).
    pub more_messages: bool,
    /// TP-LP: the message was forwarded or spawned, and must not cause another.
    pub loop_prevention: bool,
    /// TP-SRI: the sender asked for a report.
    pub status_report_indication: bool,
    /// TP-RP: the answer may go through this service centre.
    pub reply_path: bool,
    /// TP-OA: who sent it.
    pub oa: Address,
    /// TP-PID.
    pub pid: u8,
    /// TP-DCS.
    pub dcs: Dcs,
    /// TP-SCTS: when the service centre got it, in its local time.
    pub scts: Timestamp,
    /// The user data header.
    pub udh: Udh,
    /// The user data behind the header.
    pub ud: UserData,
}

impl Deliver {
    /// Decodes the octets; what follows the user data is ignored.
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
        let first = FirstOctet::read(cursor, &[MTI, MTI_RESERVED], "SMS-DELIVER")?;
        let oa = Address::read(cursor, "oa")?;
        let pid = cursor.octet("pid")?;
        let dcs = Dcs::new(cursor.octet("dcs")?);
        let scts = Timestamp::read_as_received(cursor, "scts")?;
        let (udh, ud) = UserData::read(cursor, dcs, first.bit(UDHI), USER_DATA_OCTETS_MAX)?;
        Ok(Self {
            smsc,
            more_messages: !first.bit(NO_MORE_MESSAGES),
            loop_prevention: first.bit(LOOP_PREVENTION),
            status_report_indication: first.bit(STATUS_REPORT),
            reply_path: first.bit(REPLY_PATH),
            oa,
            pid,
            dcs,
            scts,
            udh,
            ud,
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
        let first = FirstOctet::of(MTI)
            .with(NO_MORE_MESSAGES, !self.more_messages)
            .with(LOOP_PREVENTION, self.loop_prevention)
            .with(STATUS_REPORT, self.status_report_indication)
            .with(UDHI, self.udh.is_present())
            .with(REPLY_PATH, self.reply_path);
        out.push(first.octet());
        self.oa.write(&mut out);
        out.push(self.pid);
        out.push(self.dcs.octet());
        out.extend(self.scts.encode());
        self.ud.write(&self.udh, self.dcs, USER_DATA_OCTETS_MAX, &mut out)?;
        Ok(out)
    }

    /// Length of the TPDU in octets, without the service centre's address.
    #[must_use]
    pub fn tpdu_octets(&self) -> usize {
        // First octet, PID, DCS, seven of time, UDL.
        self.oa.octets().saturating_add(self.ud.octets(&self.udh)).saturating_add(11)
    }

    /// The text of this part alone; `None` for data.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.ud.text()
    }
}
