//! What comes of a call that goes out, as data of the control protocol.

use serde::{Deserialize, Serialize};

/// What comes of a call that goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum RingFate {
    /// Somebody takes it.
    Answered,
    /// It is engaged.
    Busy,
    /// It rings, and the network says that nobody takes it.
    NoAnswer,
    /// It rings, and the other side ends it.
    Rejected,
    /// The network does not put it through, and says nothing of why.
    NoCarrier,
    /// The SIM has no voice service.
    NoVoice,
    /// The modem does not dial.
    Refused {
        /// `+CME ERROR: cme`.
        cme: u16,
    },
    /// `ATD` is answered when somebody takes the call.
    Held,
}
