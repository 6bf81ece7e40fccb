//! USSD: a network that knows a few codes and one menu (27.007 section 7.15), in the forms that modems write it.

use std::collections::BTreeMap;

use at_commands::hex;
use at_commands::text::{Shift, gsm7, packing, ucs2, ussd};

use super::answer::{Answer, End};
use super::call::set;
use super::{Brain, Later};
use crate::emulator::fault::{Fault, UssdForm};

/// What the network says, and what it heard.
#[derive(Debug, Default)]
pub(super) struct Ussd {
    said: BTreeMap<String, (String, bool)>,
    heard: Vec<String>,
    /// Codes and replies that it answered with words.
    answered: Vec<String>,
    menu: bool,
}

const ANSWER_MS: u64 = 200;
/// What every network says to a code of its own.
const BALANCE: &str = "Balance 12.50";

impl Ussd {
    pub(super) fn learns(&mut self, code: String, text: String, menu: bool) {
        self.said.insert(code, (text, menu));
    }

    pub(super) fn heard(&self) -> &[String] {
        &self.heard
    }

    pub(super) fn power_off(&mut self) {
        self.menu = false;
    }

    /// Its words and `<m>`; 4 for what it does not know.
    fn answer(&mut self, code: String) -> (u8, Option<String>) {
        let in_menu = std::mem::take(&mut self.menu);
        let told = self.said.get(&code).cloned();
        let is_code = code.starts_with('*') && code.ends_with('#');
        self.heard.push(code);
        match told {
            Some((text, menu)) => {
                self.menu = menu;
                (u8::from(menu), Some(text))
            }
            None if is_code => (0, Some(BALANCE.to_owned())),
            None if in_menu => (2, None),
            None => (4, None),
        }
    }
}

impl Brain {
    /// Every code and reply the network heard by USSD.
    pub fn ussd_heard(&self) -> &[String] {
        self.ussd.heard()
    }

    /// Every code and reply the network answered with words, when it had made them up.
    pub fn ussd_said(&self) -> &[String] {
        &self.ussd.answered
    }

    /// `AT+CUSD=<n>[,<str>[,<dcs>]]`.
    pub(super) fn ussd(&mut self, values: &[String]) -> Answer {
        match values {
            [mode] if mode == "2" => {
                // A network that has not answered yet does not answer a dialogue that is over.
                self.ussd.menu = false;
                self.due.retain(|(_, _, what)| !matches!(what, Later::Ussd(_)));
                Answer::ok()
            }
            [mode] => set(&mut self.set.cusd, mode),
            [_, code, ..] => self.ussd_asked(code),
            [] => Answer::cme(50),
        }
    }

    fn ussd_asked(&mut self, code: &str) -> Answer {
        self.set.cusd = true;
        let refused = self.faults.strike(|fault| match fault {
            Fault::UssdRefuse { cme } => Some(*cme),
            _ => None,
        });
        if let Some(cme) = refused {
            return Answer::cme(cme);
        }
        let Some(code) = self.ussd_read(code) else {
            if self.dialect.ussd != ussd::Form::PackedHex {
                self.faults.note(Fault::UssdPacked.name());
            }
            return Answer::cme(50);
        };
        let (m, text) = self.ussd.answer(code.clone());
        if self.faults.struck(&Fault::UssdSilent) {
            return Answer::ok();
        }
        let (m, text) = if self.faults.struck(&Fault::UssdEnds) { (2, None) } else { (m, text) };
        if text.is_some() {
            self.ussd.answered.push(code);
        }
        let line = match text {
            Some(text) => self.ussd_line(m, &text),
            None => format!("+CUSD: {m}"),
        };
        if self.faults.struck(&Fault::UssdEarly) {
            return Answer { lines: vec![line], end: End::Ok };
        }
        let late = self.faults.strike(|fault| match fault {
            Fault::UssdLate { ms } => Some(*ms),
            _ => None,
        });
        self.later(ANSWER_MS + late.unwrap_or(0), Later::Ussd(line));
        Answer::ok()
    }

    fn is_packed(&self) -> bool {
        self.dialect.ussd == ussd::Form::PackedHex || self.faults.on(&Fault::UssdPacked)
    }

    /// The code as the network hears it; `None` where the modem does not understand the string.
    fn ussd_read(&self, typed: &str) -> Option<String> {
        if !self.is_packed() {
            return Some(self.out_of_character_set(typed));
        }
        let octets = hex::decode(typed).ok()?;
        let septets = packing::unpack_ussd(&octets, 0);
        Some(gsm7::decode(&septets, Shift::default()))
    }

    fn ussd_line(&mut self, m: u8, text: &str) -> String {
        let form = self.faults.strike(|fault| match fault {
            Fault::UssdForm { form } => Some(*form),
            _ => None,
        });
        let form = form.or(self.is_packed().then_some(UssdForm::Packed));
        let in_ucs2 = || hex::encode(&ucs2::encode(text));
        let (string, dcs) = match form {
            None => (self.in_character_set(text), 15),
            Some(UssdForm::Ucs2) => (in_ucs2(), 72),
            Some(UssdForm::Ucs2UnderFifteen) => (in_ucs2(), 15),
            // "en", packed into two octets.
            Some(UssdForm::Language) => (format!("6537{}", in_ucs2()), 17),
            Some(UssdForm::Packed) => (packed(text), 15),
            Some(UssdForm::Rubbish) => (format!("{}00000BAD0BAD", in_ucs2()), 72),
            Some(UssdForm::TrailingCr) => (format!("{text}\r"), 15),
        };
        format!("+CUSD: {m},\"{string}\",{dcs}")
    }
}

/// Letters that the alphabet lacks are not said.
fn packed(text: &str) -> String {
    let sayable: String = text.chars().filter(|sign| gsm7::encode(&sign.to_string(), Shift::default()).is_ok()).collect();
    ussd::request(&sayable, ussd::Form::PackedHex).unwrap_or_default()
}
