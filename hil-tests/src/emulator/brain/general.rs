//! V.250 and identity: echo, result codes, error texts, who the modem is.

use super::answer::{Answer, End};
use super::syntax::{Command, Op};
use super::{Brain, Settings};

impl Brain {
    /// The answer to a command of this family; `None` for all others.
    pub(super) fn general(&mut self, command: &Command) -> Option<Answer> {
        let answer = match (command.name.as_str(), &command.op) {
            ("", _) => Answer::ok(),
            ("E", Op::Run(number)) => switch(&mut self.set.echo, *number),
            ("V", Op::Run(number)) => switch(&mut self.set.verbose, *number),
            ("Q", Op::Run(number)) => switch(&mut self.set.quiet, *number),
            ("Z" | "&F", Op::Run(_)) => self.restore(),
            ("X" | "&C" | "&D" | "&K" | "&S" | "&W" | "L" | "M" | "S", Op::Run(_) | Op::Set(_)) => Answer::ok(),
            ("S", Op::Read) => Answer::line("000"),
            ("I", Op::Run(_)) => Answer {
                lines: vec![self.dialect.manufacturer.to_owned(), self.dialect.model.to_owned(), self.dialect.firmware.to_owned()],
                end: End::Ok,
            },
            ("+CGMI" | "+GMI", Op::Run(_)) => Answer::line(self.dialect.manufacturer),
            ("+CGMM" | "+GMM", Op::Run(_)) => Answer::line(self.dialect.model),
            ("+CGMR" | "+GMR", Op::Run(_)) => Answer::line(self.dialect.firmware),
            ("+CGSN" | "+GSN", Op::Run(_)) => Answer::line(self.imei.clone()),
            ("+CGMI" | "+GMI" | "+CGMM" | "+GMM" | "+CGMR" | "+GMR" | "+CGSN" | "+GSN", Op::Test) => Answer::ok(),
            ("+GCAP", Op::Run(_)) => Answer::line("+GCAP: +CGSM,+ES"),
            ("^GETPORTMODE", Op::Run(_)) if !self.dialect.port_modes.is_empty() => Answer::line(self.dialect.port_modes),
            ("+CMEE", op) => numeric(&mut self.set.cmee, "+CMEE", 2, op),
            ("+CSCS", op) => self.character_set(op),
            ("+IPR", Op::Read) => Answer::line("+IPR: 115200"),
            ("+IPR" | "+IFC" | "+ICF", Op::Set(_)) => Answer::ok(),
            _ => return None,
        };
        Some(answer)
    }

    /// `ATZ` and `AT&F`: also CMEE, CNMI and CMGF are as after power-on.
    fn restore(&mut self) -> Answer {
        let cfun = self.set.cfun;
        self.set = Settings { cfun, ..self.fresh() };
        Answer::ok()
    }
}

fn switch(setting: &mut bool, number: Option<u32>) -> Answer {
    match number.unwrap_or(0) {
        value @ 0..=1 => {
            *setting = value == 1;
            Answer::ok()
        }
        _ => Answer::error(),
    }
}

/// `+XXXX=<n>`, `?` and `=?` of a setting from 0 to `max`.
pub(super) fn numeric(setting: &mut u8, name: &str, max: u8, op: &Op) -> Answer {
    match op {
        Op::Read => Answer::line(format!("{name}: {setting}")),
        Op::Test => Answer::line(format!("{name}: (0-{max})")),
        Op::Set(value) => match value.parse::<u8>() {
            Ok(number) if number <= max => {
                *setting = number;
                Answer::ok()
            }
            Ok(_) | Err(_) => Answer::cme(50),
        },
        Op::Run(_) => Answer::error(),
    }
}
