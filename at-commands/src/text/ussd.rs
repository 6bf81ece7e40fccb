//! The string of `+CUSD` in the half dozen forms modems give it: plain, in the GSM alphabet, hex of UCS-2, hex of packed septets
//! (3GPP 27.007 sec 7.15, 23.038 sec 5). The coding scheme is often wrong, so the string itself decides where it can.

use super::language::Shift;
use super::{gsm7, packing, ucs2};
use crate::hex;

/// Which character set strings are exchanged in (`AT+CSCS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// ASCII, or anything that came as UTF-8.
    #[default]
    Ira,
    /// The bytes are codes of the default alphabet.
    Gsm,
}

/// How a modem wants the request written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Plain,
    /// Hex of packed septets, as Huawei sticks want it.
    PackedHex,
    /// Hex of UCS-2, under `AT+CSCS="UCS2"`.
    Ucs2Hex,
}

/// The text of the network's answer. What follows a U+0000 is rubbish of the modem's buffer and is dropped, and so are line
/// ends behind the text: some networks pad with them.
#[must_use]
pub fn read(string: &str, dcs: Option<u8>, charset: Charset) -> String {
    let text = match octets(string) {
        None => plain(string, charset),
        Some(octets) if is_ucs2(dcs) || looks_like_ucs2(&octets) => ucs2::decode_lossy(without_language(&octets, dcs)),
        Some(octets) if has_letters(string) => {
            let septets = packing::unpack_ussd(&octets, 0);
            gsm7::decode(without_language_septets(&septets, dcs), Shift::DEFAULT)
        }
        Some(_) => plain(string, charset),
    };
    text.split('\0').next().unwrap_or_default().trim_end_matches(['\r', '\n']).to_owned()
}

/// The string for `AT+CUSD=1,"..."`; `None` when the form cannot carry a character.
#[must_use]
pub fn request(code: &str, form: Form) -> Option<String> {
    match form {
        Form::Plain => (!code.contains(['"', '\r', '\n'])).then(|| code.to_owned()),
        Form::PackedHex => Some(hex::encode(&packing::pack_ussd(&gsm7::encode(code, Shift::DEFAULT).ok()?))),
        Form::Ucs2Hex => Some(hex::encode(&ucs2::encode(code))),
    }
}

/// The octets of a string that is hex throughout.
fn octets(string: &str) -> Option<Vec<u8>> {
    hex::decode(string).ok().filter(|octets| octets.len() >= 2)
}

fn plain(string: &str, charset: Charset) -> String {
    match charset {
        Charset::Ira => string.to_owned(),
        Charset::Gsm if string.is_ascii() => gsm7::decode(string.as_bytes(), Shift::DEFAULT),
        Charset::Gsm => string.to_owned(),
    }
}

/// A run of decimal digits is a number more often than packed letters, in which some nibble is nearly always above 9.
fn has_letters(string: &str) -> bool {
    string.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The coding schemes of cell broadcast and USSD that say UCS-2: 11, and the general group with bits 3 and 2 of 10.
fn is_ucs2(dcs: Option<u8>) -> bool {
    dcs.is_some_and(|dcs| dcs == 0x11 || dcs >> 6 == 1 && dcs & 0x0C == 0x08)
}

/// Whole units, most of them in the blocks of Latin, Cyrillic or Arabic letters.
fn looks_like_ucs2(octets: &[u8]) -> bool {
    let units = octets.len() / 2;
    let common = octets.chunks_exact(2).filter(|unit| matches!(unit, [0x00 | 0x04 | 0x06, _])).count();
    octets.len().is_multiple_of(2) && common.saturating_mul(4) >= units.saturating_mul(3)
}

/// Scheme 11: the language comes first, two letters packed into two octets.
fn without_language(octets: &[u8], dcs: Option<u8>) -> &[u8] {
    match (dcs, octets) {
        (Some(0x11), [first, second, rest @ ..]) => {
            let letters = packing::unpack_ussd(&[*first, *second], 0);
            let is_language = letters.iter().all(u8::is_ascii_lowercase);
            if is_language { rest } else { octets }
        }
        _ => octets,
    }
}

/// Scheme 10: the language comes first, two letters and a carriage return.
fn without_language_septets(septets: &[u8], dcs: Option<u8>) -> &[u8] {
    match (dcs, septets) {
        (Some(0x10), [_, _, b'\r', rest @ ..]) => rest,
        _ => septets,
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Form, read, request};

    #[test]
    fn every_form_of_the_answer_is_read() {
        let cases = [
            ("You have 5.00 left", Some(15), Charset::Ira, "You have 5.00 left"),
            ("w{hlen", None, Charset::Gsm, "w\u{E4}hlen"),
            ("31D98C56B3DD1A", Some(15), Charset::Ira, "1234567"),
            ("49B41C74ACD3D16171D90D", Some(15), Charset::Ira, "Ihr Guthaben"),
            (
                "49B41C74ACD3D16171D90D32FBE52072BA0C72CA5DB45CAC76C3CD6CB41B2D060389CB74F9FE4C07D55C371CA85897BF1B",
                Some(15),
                Charset::Ira,
                "Ihr Guthaben f\u{FC}r die Nr.4915783647410 betr\u{E4}gt 5.78 Euro",
            ),
            ("00480069", Some(72), Charset::Ira, "Hi"),
            ("0414043004210020", Some(15), Charset::Ira, "\u{414}\u{430}\u{421} "),
            ("613906270644", Some(17), Charset::Ira, "\u{627}\u{644}"),
            ("0048006900000BAD", Some(72), Charset::Ira, "Hi"),
            ("20", Some(15), Charset::Ira, "20"),
            ("12345678901234", Some(15), Charset::Ira, "12345678901234"),
            ("", None, Charset::Ira, ""),
            ("Balance 5.00\r\n", Some(15), Charset::Ira, "Balance 5.00"),
            ("1. Top up\r\n2. Balance\r", Some(15), Charset::Ira, "1. Top up\r\n2. Balance"),
            ("00480069000D", Some(72), Charset::Ira, "Hi"),
            ("Balance 5.00\0rubbish of the last answer", Some(15), Charset::Ira, "Balance 5.00"),
        ];
        for (string, dcs, charset, expected) in cases {
            assert_eq!(read(string, dcs, charset), expected, "{string:?} {dcs:?}");
        }
    }

    #[test]
    fn a_request_is_written_as_the_modem_wants_it() {
        assert_eq!(request("*100#", Form::Plain).as_deref(), Some("*100#"));
        assert_eq!(request("*100#", Form::PackedHex).as_deref(), Some("AA180C3602"));
        assert_eq!(request("*99#", Form::Ucs2Hex).as_deref(), Some("002A003900390023"));
        assert_eq!(request("*1\"#", Form::Plain), None);
    }
}
