//! Whether octets begin with the service centre's address: modems put it there (3GPP 27.005 sec 3.1), the network does not.

use super::address::Address;
use super::cursor::Cursor;
use super::error::DecodeError;

/// Does the octet string start with the service centre's address?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Smsc {
    /// Yes, as in every answer of a modem and in AT+CMGS.
    Present,
    /// No: a bare TPDU.
    Absent,
}

impl Smsc {
    pub(crate) fn read(self, cursor: &mut Cursor<'_>) -> Result<Option<Address>, DecodeError> {
        match self {
            Self::Present => Address::read_smsc(cursor),
            Self::Absent => Ok(None),
        }
    }

    pub(crate) fn write(self, address: Option<&Address>, out: &mut Vec<u8>) {
        match self {
            Self::Present => Address::write_smsc(address, out),
            Self::Absent => {}
        }
    }
}
