//! `+CSCS`: the character set of strings between terminal and modem (27.007 section 5.5). What travels in PDUs is not touched.

use at_commands::hex;
use at_commands::text::{Shift, gsm7, ucs2};

use super::Brain;
use super::answer::Answer;
use super::syntax::Op;

impl Brain {
    pub(super) fn character_set(&mut self, op: &Op) -> Answer {
        match op {
            Op::Read => Answer::line(format!("+CSCS: \"{}\"", self.set.cscs)),
            Op::Test => Answer::line(format!("+CSCS: (\"{}\")", self.dialect.character_sets.join("\",\""))),
            Op::Set(value) => {
                let wanted = value.trim_matches('"').to_ascii_uppercase();
                let known = self.dialect.character_sets.contains(&wanted.as_str());
                if known {
                    self.set.cscs = wanted;
                }
                Answer::accepted(known)
            }
            Op::Run(_) => Answer::error(),
        }
    }

    /// A string as the terminal wants it; `HEX` shows each code of the default alphabet as two digits.
    pub(super) fn in_character_set(&self, text: &str) -> String {
        match self.set.cscs.as_str() {
            "UCS2" => hex::encode(&ucs2::encode(text)),
            "HEX" => hex::encode(&gsm7::encode(text, Shift::default()).unwrap_or_else(|_| vec![b'?'; text.chars().count()])),
            _ => text.to_owned(),
        }
    }

    /// A string as the terminal typed it; what is no hex is taken as it stands, as modems do with digits.
    pub(super) fn out_of_character_set(&self, typed: &str) -> String {
        let octets = || hex::decode(typed).ok();
        let read = match self.set.cscs.as_str() {
            "UCS2" => octets().and_then(|octets| ucs2::decode(&octets).ok()),
            "HEX" => octets().map(|codes| gsm7::decode(&codes, Shift::default())),
            _ => None,
        };
        read.unwrap_or_else(|| typed.to_owned())
    }
}
