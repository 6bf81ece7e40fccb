//! SIM, PIN and what a terminal asks about them (27.007 section 8), CFUN and small talk.

use super::Brain;
use super::answer::{Answer, End};
use super::card::{Tried, Wants};
use super::syntax::{Command, Op, parameters};
use crate::emulator::dialect::Tries;
use crate::emulator::fault::Fault;

impl Brain {
    /// The answer to a command of this family; `None` for all others.
    pub(super) fn access(&mut self, command: &Command) -> Option<Answer> {
        let name = command.name.as_str();
        if name == self.dialect.iccid.0 && matches!(command.op, Op::Run(_) | Op::Read) {
            return Some(self.iccid());
        }
        if name == self.dialect.tries.0 {
            return Some(self.tries());
        }
        let answer = match (name, &command.op) {
            ("+CPIN", Op::Read) => self.pin_state(),
            ("+CPIN", Op::Set(value)) => self.enter_pin(&parameters(value)),
            ("+CPIN", Op::Test) => Answer::ok(),
            ("+CLCK", Op::Set(value)) => self.lock(&parameters(value)),
            ("+CSIM", Op::Set(value)) => self.raw_sim(&parameters(value)),
            ("+CRSM", Op::Set(value)) => self.sim_file(&parameters(value)),
            ("+CIMI", Op::Run(_)) => self.gated(|brain| Answer::line(brain.card.imsi.clone())),
            ("+CNUM", Op::Run(_)) => self.gated(|brain| Answer::line(format!("+CNUM: \"\",\"{}\",145", brain.card.number))),
            ("+CFUN", Op::Read) => Answer::line(format!("+CFUN: {}", self.set.cfun)),
            ("+CFUN", Op::Test) => Answer::line("+CFUN: (0,1,4),(0,1)"),
            ("+CFUN", Op::Set(value)) => self.functionality(&parameters(value)),
            ("+CPAS", Op::Run(_)) => Answer::line("+CPAS: 0"),
            ("+CGATT", Op::Read) => Answer::line("+CGATT: 1"),
            ("+CGACT" | "+CGATT" | "+CGDCONT", Op::Set(_)) => Answer::ok(),
            _ => return None,
        };
        Some(answer)
    }

    /// What a command that needs the SIM gets before it serves: a CME number.
    pub(super) fn sim_refusal(&mut self) -> Option<u16> {
        match self.card.wants() {
            Wants::Missing => Some(10),
            Wants::Pin => Some(11),
            Wants::Puk => Some(12),
            Wants::Dead => Some(13),
            Wants::Nothing if self.set.cfun == 0 => Some(14),
            Wants::Nothing => self.sim_is_busy().then_some(self.busy_as),
        }
    }

    fn sim_is_busy(&mut self) -> bool {
        if self.busy_until > self.now {
            self.faults.strike(|fault| matches!(fault, Fault::SimBusy { .. }).then_some(()));
            return true;
        }
        self.faults.struck(&Fault::Busy)
    }

    fn gated(&mut self, serve: impl FnOnce(&mut Self) -> Answer) -> Answer {
        match self.sim_refusal() {
            Some(number) => Answer::cme(number),
            None => serve(self),
        }
    }

    fn iccid(&mut self) -> Answer {
        if !self.card.present {
            return Answer::cme(10);
        }
        Answer::line(format!("{}{}", self.dialect.iccid.1, self.card.iccid))
    }

    fn pin_state(&mut self) -> Answer {
        let words = match self.card.wants() {
            Wants::Missing => return Answer::cme(10),
            Wants::Dead => return Answer::cme(13),
            Wants::Pin => "+CPIN: SIM PIN",
            Wants::Puk => "+CPIN: SIM PUK",
            Wants::Nothing if self.sim_is_busy() => return Answer::cme(self.busy_as),
            Wants::Nothing => "+CPIN: READY",
        };
        let end = if self.dialect.ok_after_cpin { End::Ok } else { End::Silent };
        Answer { lines: vec![words.to_owned()], end }
    }

    fn enter_pin(&mut self, values: &[String]) -> Answer {
        let tried = match values {
            [pin] => self.card.try_pin(pin),
            [puk, pin] => self.card.try_puk(puk, pin),
            _ => return Answer::cme(50),
        };
        self.log(format!("PIN tried: {tried:?}, {} tries left", self.card.pin_tries));
        if matches!(tried, Tried::Wrong | Tried::Blocked) {
            self.faults.note("a PIN try is burned");
        }
        if tried == Tried::Ok {
            self.faults.note("a card that asks for its PIN");
            self.radio_on(self.dialect.register_ms);
        }
        after_try(tried)
    }

    fn lock(&mut self, values: &[String]) -> Answer {
        match values.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["SC", "2"] => Answer::line(format!("+CLCK: {}", u8::from(self.card.pin_enabled))),
            ["SC", "0", pin] => after_try(self.card.lock(false, pin)),
            ["SC", "1", pin] => after_try(self.card.lock(true, pin)),
            _ => Answer::cme(50),
        }
    }

    fn tries(&self) -> Answer {
        let (pin, puk) = (self.card.pin_tries, self.card.puk_tries);
        if !self.card.present {
            return Answer::cme(10);
        }
        let state = match self.card.wants() {
            Wants::Pin => "SIM PIN",
            Wants::Puk => "SIM PUK",
            Wants::Nothing | Wants::Missing | Wants::Dead => "READY",
        };
        match self.dialect.tries.1 {
            Tries::Cpinr => Answer { lines: vec![format!("+CPINR: SIM PIN,{pin},3"), format!("+CPINR: SIM PUK,{puk},10")], end: End::Ok },
            Tries::Huawei => Answer::line(format!("^CPIN: {state},,{puk},{pin},10,3")),
            Tries::Qpinc => Answer::line(format!("+QPINC: \"SC\",{pin},{puk}")),
            Tries::Spic => Answer::line(format!("+SPIC: {pin},{puk},3,10")),
            Tries::CaretSpic => Answer::line(format!("^SPIC: {pin}")),
            Tries::Upincnt => Answer::line(format!("+UPINCNT: {pin},3,{puk},10")),
            Tries::Cpinc => Answer::line(format!("+CPINC: {pin},3,{puk},10")),
            Tries::Pct => Answer::line(format!("#PCT: {}", if self.card.wants() == Wants::Puk { puk } else { pin })),
        }
    }

    /// `+CSIM`: only "how many PIN tries are left" (VERIFY without data, TS 102 221 section 11.1.9).
    fn raw_sim(&mut self, values: &[String]) -> Answer {
        if values.get(1).map(String::as_str) != Some("0020000100") {
            return Answer::cme(50);
        }
        Answer::line(match self.card.pin_tries {
            0 => "+CSIM: 4,\"6983\"".to_owned(),
            left => format!("+CSIM: 4,\"63C{left}\""),
        })
    }

    /// `+CRSM`: only reading EF_SMSS (31.102 section 4.2.28): last TP-MR and "memory exceeded".
    fn sim_file(&mut self, values: &[String]) -> Answer {
        if values.first().map(String::as_str) != Some("176") || values.get(1).map(String::as_str) != Some("28483") {
            return Answer::cme(50);
        }
        self.gated(|brain| {
            let exceeded = if brain.inbox.is_full() { 0xFE } else { 0xFF_u8 };
            Answer::line(format!("+CRSM: 144,0,\"{:02X}{exceeded:02X}\"", brain.kept_reference()))
        })
    }

    /// It says OK, and starts anew.
    pub(super) fn reset(&mut self) -> Answer {
        self.say(b"\r\nOK\r\n");
        self.power_cycle();
        Answer::end(End::Later)
    }

    fn functionality(&mut self, values: &[String]) -> Answer {
        let reset = values.get(1).is_some_and(|value| value == "1");
        match values.first().map(String::as_str) {
            Some("1") if reset => self.reset(),
            Some("1") => {
                if self.set.cfun != 1 {
                    self.set.cfun = 1;
                    self.radio_on(self.dialect.register_ms);
                }
                Answer::ok()
            }
            Some(off @ ("0" | "4")) => {
                self.set.cfun = if off == "0" { 0 } else { 4 };
                self.faults.cure(&Fault::NoService);
                self.faults.cure(&Fault::RadioStuck);
                self.radio_off();
                Answer::ok()
            }
            Some(_) | None => Answer::cme(50),
        }
    }
}

fn after_try(tried: Tried) -> Answer {
    match tried {
        Tried::Ok => Answer::ok(),
        Tried::Wrong => Answer::cme(16),
        Tried::NotAsked => Answer::cme(3),
        Tried::Blocked => Answer::cme(12),
    }
}
