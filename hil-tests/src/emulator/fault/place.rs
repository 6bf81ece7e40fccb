//! Where in an exchange the port goes away, as data of the control protocol.

use serde::{Deserialize, Serialize};

/// Where in an exchange the port goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Instead of the prompt.
    Prompt,
    /// When the prompt has been read.
    AtPrompt,
    /// After some octets of the PDU.
    Pdu,
    /// After Ctrl-Z; the network got it.
    Taken,
    /// After Ctrl-Z; the network did not get it.
    NotTaken,
    /// When a part of `+CMGS: mr` has been read.
    Reference,
    /// Between `+CMGS: mr` and `OK`.
    Ok,
    /// When a half of the answer to `AT+CMGR` has been read.
    Read,
    /// Instead of the answer to `AT+CMGD`; the slot is free.
    Deleted,
    /// Instead of the answer to `AT+CMGD`; the slot is as it was.
    NotDeleted,
    /// After some octets of the answer to the PDU.
    Answer,
    /// After `ATD`; the network puts the call through.
    Dialed,
    /// When the answer to `AT+CMGW` has been read.
    Written,
}

impl Place {
    /// What a port that goes here is counted as.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prompt => "vanish, prompt",
            Self::AtPrompt => "vanish, at_prompt",
            Self::Pdu => "vanish, pdu",
            Self::Taken => "vanish, taken",
            Self::NotTaken => "vanish, not_taken",
            Self::Reference => "vanish, reference",
            Self::Ok => "vanish, ok",
            Self::Read => "vanish, read",
            Self::Deleted => "vanish, deleted",
            Self::NotDeleted => "vanish, not_deleted",
            Self::Answer => "vanish, answer",
            Self::Dialed => "vanish, dialed",
            Self::Written => "vanish, written",
        }
    }
}
