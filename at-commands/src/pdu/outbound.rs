//! TPDUs from us to the service centre that stand alone: what AT+CMGS and AT+CMGW carry, and the drafts and sent messages
//! (`stat` 2 and 3) of a modem's storage. Told apart by TP-MTI (3GPP 23.040 sec 9.2.3.1).

use super::command::{self, Command};
use super::cursor::Cursor;
use super::error::{DecodeCause, DecodeError};
use super::smsc::Smsc;
use super::submit::{self, Submit};

/// A TPDU from us to the service centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbound {
    /// A message.
    Submit(Submit),
    /// A command about one.
    Command(Command),
}

impl Outbound {
    /// Decodes the octets by their TP-MTI. SMS-DELIVER-REPORT is refused: it never stands alone (see `DeliverReport`).
    ///
    /// # Errors
    ///
    /// Another TP-MTI, or what the decoder of that TPDU says: field, octet and cause.
    pub fn decode(octets: &[u8], smsc: Smsc) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(octets);
        let smsc = smsc.read(&mut cursor)?;
        let first = cursor.peek().ok_or_else(|| cursor.error("fo", DecodeCause::Short { need: 1, left: 0 }))?;
        match first & 0x03 {
            submit::MTI => Submit::read(&mut cursor, smsc).map(Self::Submit),
            command::MTI => Command::read(&mut cursor, smsc).map(Self::Command),
            mti => Err(cursor.error("fo", DecodeCause::MessageType { mti, wanted: "SMS-SUBMIT or SMS-COMMAND" })),
        }
    }
}
