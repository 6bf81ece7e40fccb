//! Calls: `+CLIP`, `+CRC`, `+CHUP`, `+CLCC` (27.007 7.6, 6.11, 6.5, 7.18). Answerback takes none; a missed call may be a trigger.

use super::{QUERY, RADIO, all};
use crate::answer::Params;
use crate::chat::{Info, Request};

/// `AT+CLIP=1`: show who calls.
pub fn caller_id_on() -> Request {
    Request::new("AT+CLIP=1", QUERY)
}

/// `AT+CRC=1`: `+CRING: VOICE` instead of `RING`.
pub fn ring_kind_on() -> Request {
    Request::new("AT+CRC=1", QUERY)
}

/// `AT+CHUP`: reject or end.
pub fn hang_up() -> Request {
    Request::new("AT+CHUP", RADIO)
}

/// `ATH`: the same where `+CHUP` is not known. Without effect under `AT+CVHU=1`.
pub fn hook() -> Request {
    Request::new("ATH", RADIO)
}

/// `AT+CLCC`.
pub fn list() -> Request {
    Request::new("AT+CLCC", QUERY).answered_by("+CLCC")
}

/// One call of `+CLCC`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `<id>`.
    pub index: u8,
    /// The other side called.
    pub incoming: bool,
    /// `<stat>`: 0 active, 1 held, 2 dialing, 3 alerting, 4 incoming, 5 waiting.
    pub stat: u8,
    /// `<mode>`: 0 voice, 1 data, 2 fax.
    pub mode: u8,
    /// The number, where it is known.
    pub number: Option<String>,
    /// Type of address; 27.007 lets a modem leave it out.
    pub toa: Option<u8>,
}

impl Call {
    /// Voice, also where data may follow; 1 is data, 2 is fax, above 5 is data and unknown.
    pub fn is_voice(&self) -> bool {
        matches!(self.mode, 0 | 3..=5)
    }

    /// Reads the parameters of `+CLCC`.
    pub fn parse(params: &Params) -> Option<Self> {
        let octet = |at: usize| -> Option<u8> { params.number(at)?.try_into().ok() };
        Some(Self { index: octet(0)?, incoming: octet(1)? == 1, stat: octet(2)?, mode: octet(3)?, number: params.text(5), toa: octet(6) })
    }
}

/// The calls of `+CLCC`.
pub fn calls(lines: &[Info]) -> Vec<Call> {
    all(lines, "+CLCC").filter_map(|params| Call::parse(&params)).collect()
}
