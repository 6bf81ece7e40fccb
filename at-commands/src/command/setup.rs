//! Setting a modem up: V.250 6.1-6.2, `+CMEE` (27.007 9.1), `+CSCS` (27.007 5.5), `+CLAC`.

use super::{LIST, QUERY, QUICK, first};
use crate::answer::Value;
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
    first(lines, "+CSCS").map(|params| params.values.iter().flat_map(Value::texts).collect()).unwrap_or_default()
}

/// A string of this charset as text: UCS-2 comes as hex, four digits a character; everything else as it is.
pub fn string(text: &str, charset: &str) -> String {
    if !charset.eq_ignore_ascii_case("UCS2") {
        return text.to_owned();
    }
    crate::hex::decode(text).map_or_else(|_| text.to_owned(), |octets| crate::text::ucs2::decode_lossy(&octets))
}

/// `AT+CLAC`: every command a modem knows.
pub fn list() -> Request {
    Request::new("AT+CLAC", LIST).answered_by("+CLAC").bare()
}

/// One indicator of `AT+CIND=?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Its name: `signal`, `service`, `message` ...
    pub name: String,
    /// Its lowest value.
    pub min: i64,
    /// Its highest value.
    pub max: i64,
}

/// `AT+CIND=?`: the indicators of `+CIEV`, in the order of their numbers.
pub fn indicators_test() -> Request {
    Request::new("AT+CIND=?", QUERY).answered_by("+CIND")
}

/// The indicators a modem has.
pub fn indicators(lines: &[Info]) -> Vec<Indicator> {
    let Some(params) = first(lines, "+CIND") else { return Vec::new() };
    params.values.iter().filter_map(indicator).collect()
}

fn indicator(value: &Value) -> Option<Indicator> {
    let Value::List(fields) = value else { return None };
    let name = fields.first()?.text()?;
    let values: Vec<i64> = fields.iter().skip(1).flat_map(Value::numbers).collect();
    Some(Indicator { name, min: *values.iter().min()?, max: *values.iter().max()? })
}
