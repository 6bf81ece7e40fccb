//! Registration, signal and operator (27.007 section 7).

use super::answer::Answer;
use super::card::Wants;
use super::syntax::{Command, Op, parameters};
use super::{Brain, Later, Uplink};
use crate::emulator::fault::Fault;

/// What the modem knows of the air.
#[derive(Debug)]
pub(super) struct Air {
    /// `<stat>` as the modem sees it now.
    pub(super) stat: u8,
    /// What the network answers to a registration.
    granted: u8,
    /// `+CSQ`.
    pub(super) csq: u8,
    /// The cell it is at.
    cell: u32,
}

impl Default for Air {
    fn default() -> Self {
        Self { stat: 0, granted: 1, csq: 20, cell: 0x00D3_0173 }
    }
}

const OPERATOR: [&str; 3] = ["Test Network", "TESTNET", "00101"];

impl Air {
    fn place(&self) -> String {
        format!("\"84CD\",\"{:08X}\"", self.cell)
    }

    /// Whether texts can travel: registered at home, roaming, or "SMS only" (27.007 section 7.2).
    pub(super) const fn carries_sms(&self) -> bool {
        matches!(self.stat, 1 | 5 | 6 | 7 | 9 | 10)
    }
}

impl Brain {
    /// The answer to a command of this family; `None` for all others.
    pub(super) fn registration(&mut self, command: &Command) -> Option<Answer> {
        let place = ["+CREG", "+CGREG", "+CEREG"].iter().position(|name| *name == command.name);
        if let Some(place) = place {
            return Some(self.registration_command(place, command));
        }
        let answer = match (command.name.as_str(), &command.op) {
            ("+CSQ", Op::Run(_)) => Answer::line(format!("+CSQ: {},99", self.air.csq)),
            ("+CSQ", Op::Test) => Answer::line("+CSQ: (0-31,99),(0-7,99)"),
            ("+COPS", Op::Read) => self.operator(),
            ("+COPS", Op::Test) => {
                Answer::line(format!("+COPS: (2,\"{}\",\"{}\",\"{}\",7),,(0,1,2,3,4),(0,1,2)", OPERATOR[0], OPERATOR[1], OPERATOR[2]))
            }
            ("+COPS", Op::Set(value)) => self.choose_operator(&parameters(value)),
            _ => return None,
        };
        Some(answer)
    }

    fn registration_command(&mut self, place: usize, command: &Command) -> Answer {
        let (n, stat, name) = (self.set.registration[place], self.air.stat, &command.name);
        match &command.op {
            Op::Read if n == 2 && self.air.carries_sms() => Answer::line(format!("{name}: {n},{stat},{},7", self.air.place())),
            Op::Read => Answer::line(format!("{name}: {n},{stat}")),
            Op::Test => Answer::line(format!("{name}: (0-2)")),
            Op::Set(value) => match value.parse::<u8>() {
                Ok(number @ 0..=2) => {
                    self.set.registration[place] = number;
                    Answer::ok()
                }
                Ok(_) | Err(_) => Answer::cme(50),
            },
            Op::Run(_) => Answer::error(),
        }
    }

    fn operator(&self) -> Answer {
        let format = self.set.cops_format;
        match OPERATOR.get(usize::from(format)).filter(|_| self.air.carries_sms()) {
            Some(name) if format == 2 => Answer::line(format!("+COPS: 0,{format},\"{name}\",7")),
            Some(name) => Answer::line(format!("+COPS: 0,{format},\"{}\",7", self.in_character_set(name))),
            None => Answer::line("+COPS: 0"),
        }
    }

    fn choose_operator(&mut self, values: &[String]) -> Answer {
        match (values.first().map(String::as_str), values.get(1).and_then(|value| value.parse().ok())) {
            (Some("3"), Some(format @ 0..=2)) => {
                self.set.cops_format = format;
                Answer::ok()
            }
            (Some("0"), _) => {
                self.radio_on(self.dialect.register_ms);
                Answer::ok()
            }
            (Some("2"), _) => {
                self.radio_off();
                Answer::ok()
            }
            (Some("1"), _) => Answer::accepted(values.get(2).is_some_and(|name| OPERATOR.contains(&name.as_str()))),
            (Some(_) | None, _) => Answer::cme(50),
        }
    }

    /// Registers after `ms`, when the card serves and the radio is on.
    pub(super) fn radio_on(&mut self, ms: u64) {
        if self.set.cfun == 1 && self.card.wants() == Wants::Nothing && !self.air.carries_sms() {
            self.air.stat = 2;
            self.later(ms, Later::Registered);
        }
    }

    pub(super) fn radio_off(&mut self) {
        self.drop_call();
        self.due.retain(|(_, _, what)| !matches!(what, Later::Registered));
        self.change(0);
    }

    pub(super) fn register(&mut self) {
        if self.faults.on(&Fault::NoService) {
            return self.faults.note(Fault::NoService.name());
        }
        self.change(self.air.granted);
    }

    /// It searches, and will not find any.
    pub(super) fn lose_network(&mut self) {
        if self.air.carries_sms() {
            self.faults.note(Fault::NoService.name());
            self.change(2);
        }
    }

    /// The network's answer to registration from now on.
    pub(super) fn network_says(&mut self, stat: u8) {
        self.air.granted = stat;
        if self.air.stat != 0 && !self.faults.on(&Fault::NoService) {
            self.change(stat);
        }
    }

    /// Another cell serves from now on.
    pub(super) fn moves_to(&mut self, cell: u32) {
        self.air.cell = cell;
        if self.air.carries_sms() {
            self.tell_registration(&[2]);
        }
    }

    /// To those of `+CREG` and its sisters that were asked for in one of these forms.
    fn tell_registration(&mut self, forms: &[u8]) {
        let (stat, at) = (self.air.stat, self.air.place());
        for (place, name) in ["+CREG", "+CGREG", "+CEREG"].into_iter().enumerate() {
            match self.set.registration[place] {
                form if !forms.contains(&form) => {}
                2 if self.air.carries_sms() => self.urc(&format!("{name}: {stat},{at},7")),
                _ => self.urc(&format!("{name}: {stat}")),
            }
        }
    }

    fn change(&mut self, stat: u8) {
        let had_service = self.air.carries_sms();
        if stat == self.air.stat {
            return;
        }
        self.air.stat = stat;
        self.tell_registration(&[1, 2]);
        match (had_service, self.air.carries_sms()) {
            (false, true) => {
                self.uplink(Uplink::Attached);
                self.hear_time();
            }
            (true, false) => self.uplink(Uplink::Detached),
            (true, true) | (false, false) => {}
        }
    }
}
