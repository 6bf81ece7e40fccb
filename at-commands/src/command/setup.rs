//! Setting a modem up: V.250 6.1-6.2, `+CMEE` (27.007 9.1), `+CSCS` (27.007 5.5), `+CLAC`.

use super::{LIST, QUERY, QUICK, first};
use crate::chat::{Info, Request};

/// `AT`.
pub fn attention() -> Request {
    Request::new("AT", QUICK)
}

/// `ATQ0`: result codes on.
pub fn results_on() -> Request {
    Request::new("ATQ0", QUICK)
}

/// `ATV1`: result codes as words.
pub fn results_in_words() -> Request {
    Request::new("ATV1", QUICK)
}

/// `ATE0`: echo off. The echo of this very command still comes.
pub fn echo_off() -> Request {
    Request::new("ATE0", QUICK)
}

/// `AT+CMEE=1`: errors with numbers.
pub fn error_numbers() -> Request {
    Request::new("AT+CMEE=1", QUERY)
}

/// `AT+CMEE?`.
pub fn error_numbers_read() -> Request {
    Request::new("AT+CMEE?", QUERY).answered_by("+CMEE")
}

/// `<n>` of `+CMEE`.
pub fn error_mode(lines: &[Info]) -> Option<u16> {
    first(lines, "+CMEE")?.small(0)
}

/// `AT+CSCS="..."`: the charset of strings; PDUs do not depend on it.
pub fn charset(name: &str) -> Request {
    Request::new(format!("AT+CSCS=\"{name}\""), QUERY)
}

/// `AT+CSCS=?`.
pub fn charsets_test() -> Request {
    Request::new("AT+CSCS=?", QUERY).answered_by("+CSCS")
}

/// The charsets a modem offers.
pub fn charsets(lines: &[Info]) -> Vec<String> {
    first(lines, "+CSCS").map(|params| params.values.iter().flat_map(crate::answer::Value::texts).collect()).unwrap_or_default()
}

/// `AT+CLAC`: every command a modem knows.
pub fn list() -> Request {
    Request::new("AT+CLAC", LIST).answered_by("+CLAC").bare()
}
