//! Who a modem and its SIM are: 27.007 5.1-5.4 and 5.6; `+CCID` and its many spellings are the makers' own.

use super::QUERY;
use crate::answer::Line;
use crate::chat::{Info, Request};

/// `AT+CGMI`.
pub fn manufacturer() -> Request {
    Request::new("AT+CGMI", QUERY).answered_by("+CGMI").bare()
}

/// `AT+CGMM`.
pub fn model() -> Request {
    Request::new("AT+CGMM", QUERY).answered_by("+CGMM").bare()
}

/// `AT+CGMR`.
pub fn firmware() -> Request {
    Request::new("AT+CGMR", QUERY).answered_by("+CGMR").bare()
}

/// `AT+CGSN`.
pub fn imei() -> Request {
    Request::new("AT+CGSN", QUERY).answered_by("+CGSN").bare()
}

/// `AT+CIMI`.
pub fn imsi() -> Request {
    Request::new("AT+CIMI", QUERY).answered_by("+CIMI").bare()
}

/// The ways to ask for the ICCID, commonest first.
pub const ICCID_WAYS: &[&str] = &["+CCID", "+QCCID", "^ICCID", "+ICCID", "#CCID", "^SCID"];

/// Asks for the ICCID in one of [`ICCID_WAYS`].
pub fn iccid_by(way: &'static str) -> Request {
    let line = if way == "^ICCID" { "AT^ICCID?".to_owned() } else { format!("AT{way}") };
    Request::new(line, QUERY).answered_by(way).answered_by("ICCID").bare()
}

/// `ATI`: several lines of the form `Manufacturer: ...`.
pub fn product() -> Request {
    Request::new("ATI", QUERY).bare()
}

/// The text of an identity answer: behind its code, or the first bare line. Quotes are stripped.
pub fn text(lines: &[Info]) -> Option<String> {
    lines.iter().map(|info| value_of(&info.line)).find(|text| !text.is_empty())
}

/// One line of an `ATI` answer.
pub fn product_field(lines: &[Info], name: &str) -> Option<String> {
    lines.iter().find_map(|info| match Line::parse(&info.line) {
        Line::Info { code, rest } if code.eq_ignore_ascii_case(name) => Some(rest.to_owned()),
        Line::Info { .. } | Line::Text(_) | Line::Final(..) => None,
    })
}

/// The digits of an ICCID answer: quotes, the filler F and SW codes in front of it are left out.
pub fn iccid(lines: &[Info]) -> Option<String> {
    let text = text(lines)?;
    let digits = text.split([',', ' ']).map(|word| word.trim_matches('"')).find(|word| word.len() >= ICCID_DIGITS_MIN)?;
    let digits = digits.trim_end_matches(['F', 'f']);
    (digits.len() >= ICCID_DIGITS_MIN && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| digits.to_owned())
}

/// ICCIDs have 19 or 20 digits, a few old ones 18.
const ICCID_DIGITS_MIN: usize = 18;

/// The digits of an IMEI or IMSI answer.
pub fn digits(lines: &[Info]) -> Option<String> {
    let text = text(lines)?;
    let digits: String = text.chars().skip_while(|sign| !sign.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    (digits.len() >= 14).then_some(digits)
}

fn value_of(line: &str) -> String {
    let value = match Line::parse(line) {
        Line::Info { code, rest } if code.starts_with(['+', '^', '#']) || code == "ICCID" => rest,
        Line::Info { .. } | Line::Text(_) | Line::Final(..) => line.trim(),
    };
    value.trim_matches('"').trim().to_owned()
}
