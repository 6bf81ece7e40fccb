//! Calls: `+CLIP`, `+CRC`, `D`, `+CHUP`, `+CLCC`, `+CEER` (27.007 7.6, 6.11, 6.2, 6.5, 7.18, 6.10). Answerback takes none; a missed
//! call may be a trigger, and a call that goes out only rings.

use core::time::Duration;

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

/// `ATD<number>;`: a voice call, and commands go on. Most modems answer at once, some when the call is taken or over: `within` is how
/// long that may be. `None` where it is no number in E.164: what is dialed is digits behind a plus.
pub fn dial(number: &str, within: Duration) -> Option<Request> {
    let digits = number.strip_prefix('+')?;
    let is_number = (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| Request::new(format!("ATD{number};"), within))
}

/// The shortest number with a country code, and the longest of E.164: nothing shorter is dialed, so no emergency number is.
const DIGITS_MIN: usize = 7;
const DIGITS_MAX: usize = 15;

/// `AT+CEER`: why the last call ended, in words of the modem.
pub fn why() -> Request {
    Request::new("AT+CEER", QUERY).answered_by("+CEER")
}

/// What `+CEER` says.
pub fn reason(lines: &[Info]) -> Option<String> {
    let said = lines.iter().find_map(|info| info.line.split_once(':'))?.1.trim().trim_matches('"');
    (!said.is_empty()).then(|| said.to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_number_is_dialed() {
        let line = |number: &str| dial(number, QUERY).map(|request| request.line);
        assert_eq!(line("+15550100200").as_deref(), Some("ATD+15550100200;"));
        for number in ["112", "+112", "15550100200", "+1555010020012345", "+1555;0100200", "+15550100200\r", "*100#", ""] {
            assert_eq!(line(number), None, "{number}");
        }
    }

    #[test]
    fn a_reason_is_what_stands_behind_the_colon() {
        let said = |line: &str| reason(&[Info { line: line.to_owned(), data: None }]);
        assert_eq!(said("+CEER: \"Bearer capability not authorized\"").as_deref(), Some("Bearer capability not authorized"));
        assert_eq!(said("+CEER: CC setup error,57,Bearer").as_deref(), Some("CC setup error,57,Bearer"));
        assert_eq!(said("+CEER:"), None);
    }
}
