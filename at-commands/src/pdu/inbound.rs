//! What sits in a modem's storage or comes with +CMT and +CDS: TPDUs towards the phone, told apart by TP-MTI
//! (3GPP 23.040 sec 9.2.3.1), never by the command that listed them.

use super::cursor::Cursor;
use super::deliver::{self, Deliver};
use super::error::{DecodeCause, DecodeError};
use super::smsc::Smsc;
use super::status_report::{self, StatusReport};

/// A TPDU from the service centre to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// A message.
    Deliver(Deliver),
    /// A report about a message of ours.
    StatusReport(StatusReport),
}

impl Inbound {
    /// Decodes the octets by their TP-MTI. SMS-SUBMIT-REPORT is refused: it never stands alone, it is part of the answer to
    /// a submission, and in a storage the same TP-MTI is a draft of ours (SMS-SUBMIT).
    ///
    /// # Errors
    ///
    /// Another TP-MTI, or what the decoder of that TPDU says: field, octet and cause.
    pub fn decode(octets: &[u8], smsc: Smsc) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(octets);
        let smsc = smsc.read(&mut cursor)?;
        let first = cursor.peek().ok_or_else(|| cursor.error("fo", DecodeCause::Short { need: 1, left: 0 }))?;
        match first & 0x03 {
            status_report::MTI => StatusReport::read(&mut cursor, smsc).map(Self::StatusReport),
            deliver::MTI | deliver::MTI_RESERVED => Deliver::read(&mut cursor, smsc).map(Self::Deliver),
            mti => Err(cursor.error("fo", DecodeCause::MessageType { mti, wanted: "SMS-DELIVER or SMS-STATUS-REPORT" })),
        }
    }
}
