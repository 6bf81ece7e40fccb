//! USSD: `+CUSD` (27.007 7.15).
//!
//! The string comes in half a dozen encodings; reading it is the business of `text`, given the octets or the words.

use core::time::Duration;

use super::QUERY;
use crate::answer::Params;
use crate::chat::Request;
use crate::text::ussd::{self, Charset, Form};

/// `AT+CUSD=1,"...",15`. The answer comes as a URC, before or after OK, up to a minute later.
pub fn ask(code: &str) -> Request {
    Request::new(format!("AT+CUSD=1,\"{code}\",15"), Duration::from_mins(1))
}

/// The same in the form that a modem wants; `None` where that form cannot carry a character of it.
pub fn ask_in(code: &str, form: Form) -> Option<Request> {
    ussd::request(code, form).map(|string| ask(&string))
}

/// `AT+CUSD=2`: ends a dialogue that waits for an answer.
pub fn cancel() -> Request {
    Request::new("AT+CUSD=2", QUERY)
}

/// What the network said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UssdAnswer {
    /// 0 done, 1 it waits for an answer, 2 ended, 3 another client, 4 not supported, 5 time-out.
    pub m: u8,
    /// The string as it came.
    pub text: Option<String>,
    /// `<dcs>`.
    pub dcs: Option<u8>,
}

impl UssdAnswer {
    /// The string as text, out of whichever form the modem gave it.
    pub fn words(&self, charset: Charset) -> Option<String> {
        self.text.as_deref().map(|text| ussd::read(text, self.dcs, charset))
    }

    /// Reads the parameters of `+CUSD`.
    pub fn parse(params: &Params) -> Option<Self> {
        let dcs = params.number(2).and_then(|dcs| dcs.try_into().ok());
        Some(Self { m: params.number(0)?.try_into().ok()?, text: params.text(1), dcs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_goes_out_in_the_form_that_the_modem_wants() {
        let cases = [
            ("*100#", Form::Plain, Some("AT+CUSD=1,\"*100#\",15")),
            ("*100#", Form::PackedHex, Some("AT+CUSD=1,\"AA180C3602\",15")),
            ("1", Form::PackedHex, Some("AT+CUSD=1,\"31\",15")),
            ("*99#", Form::Ucs2Hex, Some("AT+CUSD=1,\"002A003900390023\",15")),
            ("a\"b", Form::Plain, None),
            ("a\rAT+CFUN=0", Form::Plain, None),
        ];
        for (code, form, want) in cases {
            assert_eq!(ask_in(code, form).map(|request| request.line).as_deref(), want, "{code:?} {form:?}");
        }
        assert_eq!(cancel().line, "AT+CUSD=2");
    }
}
