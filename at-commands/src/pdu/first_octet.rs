//! The first octet of a TPDU: TP-MTI and flags (3GPP 23.040 sec 9.2.3.1 and following). TP-MTI means one type towards the
//! phone and another from it, so a reader always says which it wants.

use super::cursor::Cursor;
use super::error::{DecodeCause, DecodeError};

/// The octet and its bits by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstOctet(u8);

impl FirstOctet {
    pub(crate) const fn of(mti: u8) -> Self {
        Self(mti)
    }

    /// Reads the octet; its TP-MTI must be one of `mtis`.
    pub(crate) fn read(cursor: &mut Cursor<'_>, mtis: &[u8], wanted: &'static str) -> Result<Self, DecodeError> {
        let at = cursor.offset();
        let octet = cursor.octet("fo")?;
        let mti = octet & 0x03;
        if mtis.contains(&mti) { Ok(Self(octet)) } else { Err(DecodeError::new("fo", at, DecodeCause::MessageType { mti, wanted })) }
    }

    pub(crate) const fn bit(self, bit: u8) -> bool {
        self.0 >> bit & 1 == 1
    }

    pub(crate) const fn with(self, bit: u8, set: bool) -> Self {
        Self(self.0 | (set as u8) << bit)
    }

    pub(crate) const fn octet(self) -> u8 {
        self.0
    }
}

/// Bit 6 of every TPDU: TP-UDHI.
pub(crate) const UDHI: u8 = 6;
/// Bit 7 of SMS-DELIVER and SMS-SUBMIT: TP-RP.
pub(crate) const REPLY_PATH: u8 = 7;
/// Bit 2 towards the phone: TP-MMS, set when NO more messages wait.
pub(crate) const NO_MORE_MESSAGES: u8 = 2;
/// Bit 3 towards the phone: TP-LP.
pub(crate) const LOOP_PREVENTION: u8 = 3;
/// Bit 5: TP-SRI, TP-SRR or TP-SRQ, by type.
pub(crate) const STATUS_REPORT: u8 = 5;
/// Bit 2 of SMS-SUBMIT: TP-RD.
pub(crate) const REJECT_DUPLICATES: u8 = 2;
