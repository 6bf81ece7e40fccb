//! Which RP message carries a report: it decides whether TP-FCS is there (3GPP 23.040 sec 9.2.2.1a, 9.2.2.2a), and nothing
//! in the TPDU itself says so.

use super::cursor::Cursor;
use super::error::DecodeError;
use super::failure_cause::FailureCause;

/// The RP message around a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// RP-ACK: accepted, no TP-FCS.
    Ack,
    /// RP-ERROR: refused, TP-FCS says why.
    Error,
}

impl Answer {
    pub(crate) fn read(self, cursor: &mut Cursor<'_>) -> Result<Option<FailureCause>, DecodeError> {
        match self {
            Self::Ack => Ok(None),
            Self::Error => cursor.octet("fcs").map(FailureCause::new).map(Some),
        }
    }
}
