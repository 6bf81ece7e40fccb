//! SMS-SUBMIT: a message of ours to a phone (3GPP 23.040 sec 9.2.2.2).

use super::address::Address;
use super::cursor::Cursor;
use super::dcs::Dcs;
use super::error::{DecodeError, EncodeError};
use super::first_octet::{FirstOctet, REJECT_DUPLICATES, REPLY_PATH, STATUS_REPORT, UDHI};
use super::smsc::Smsc;
use super::udh::Udh;
use super::user_data::{USER_DATA_OCTETS_MAX, UserData};
use super::validity::ValidityPeriod;

/// TP-MTI of SMS-SUBMIT from the phone.
pub(crate) const MTI: u8 = 1;
/// TP-VPF stands in bits 3 and 4.
const VPF_SHIFT: u8 = 3;

/// A message that goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit {
    /// The service centre to use; `None` takes the one stored in the modem.
    pub smsc: Option<Address>,
    /// TP-RD: a second message with this reference to this number is to be refused.
    pub reject_duplicates: bool,
    /// TP-SRR: a status report is wanted.
    pub status_report_request: bool,
    /// TP-RP: the answer may go through this service centre.
    pub reply_path: bool,
    /// TP-MR; most modems put their own counter here.
    pub mr: u8,
    /// TP-DA: who is to get it.
    pub da: Address,
    /// TP-PID.
    pub pid: u8,
    /// TP-DCS.
    pub dcs: Dcs,
    /// TP-VP; `None` leaves it to the service centre.
    pub vp: Option<ValidityPeriod>,
    /// The user data header.
    pub udh: Udh,
    /// The user data behind the header.
    pub ud: UserData,
}

impl Submit {
    /// A message with nothing asked for: no report, no validity period.
    #[must_use]
    pub const fn new(da: Address, dcs: Dcs, udh: Udh, ud: UserData) -> Self {
        Self {
            smsc: None,
            reject_duplicates: false,
            status_report_request: false,
            reply_path: false,
            mr: 0,
            da,
            pid: 0,
            dcs,
            vp: None,
            udh,
            ud,
        }
    }

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
        let first = FirstOctet::read(cursor, &[MTI], "SMS-SUBMIT")?;
        let mr = cursor.octet("mr")?;
        let da = Address::read(cursor, "da")?;
        let pid = cursor.octet("pid")?;
        let dcs = Dcs::new(cursor.octet("dcs")?);
        let vp = ValidityPeriod::read(cursor, first.octet() >> VPF_SHIFT)?;
        let (udh, ud) = UserData::read(cursor, dcs, first.bit(UDHI), USER_DATA_OCTETS_MAX)?;
        Ok(Self {
            smsc,
            reject_duplicates: first.bit(REJECT_DUPLICATES),
            status_report_request: first.bit(STATUS_REPORT),
            reply_path: first.bit(REPLY_PATH),
            mr,
            da,
            pid,
            dcs,
            vp,
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
        self.encode_into(smsc, &mut out)?;
        Ok(out)
    }

    /// Appends the octets to `out`, which a caller who sends many can use again; after an error `out` is as it was.
    ///
    /// # Errors
    ///
    /// As [`Submit::encode`].
    pub fn encode_into(&self, smsc: Smsc, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        self.write(smsc, out).inspect_err(|_| out.truncate(start))
    }

    fn write(&self, smsc: Smsc, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        smsc.write(self.smsc.as_ref(), out);
        let vpf = ValidityPeriod::format(self.vp.as_ref());
        let first = FirstOctet::of(MTI | vpf << VPF_SHIFT)
            .with(REJECT_DUPLICATES, self.reject_duplicates)
            .with(STATUS_REPORT, self.status_report_request)
            .with(UDHI, self.udh.is_present())
            .with(REPLY_PATH, self.reply_path);
        out.push(first.octet());
        out.push(self.mr);
        self.da.write(out);
        out.push(self.pid);
        out.push(self.dcs.octet());
        ValidityPeriod::write(self.vp.as_ref(), out);
        self.ud.write(&self.udh, self.dcs, USER_DATA_OCTETS_MAX, out)
    }

    /// The `<length>` of AT+CMGS: octets of the TPDU, without the service centre's address.
    #[must_use]
    pub fn tpdu_octets(&self) -> usize {
        // First octet, MR, PID, DCS, UDL.
        let fixed = ValidityPeriod::octets(self.vp.as_ref()).saturating_add(5);
        self.da.octets().saturating_add(self.ud.octets(&self.udh)).saturating_add(fixed)
    }

    /// The text of this part alone; `None` for data.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.ud.text()
    }
}
