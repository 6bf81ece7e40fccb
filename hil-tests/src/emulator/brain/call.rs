//! Incoming calls as far as a missed call is a trigger (27.007 section 6.23).

use super::answer::{Answer, End};
use super::receive::Call;
use super::syntax::{Command, Op, parameters};
use super::{Brain, Later};
use crate::emulator::fault::Fault;

/// The network's name for a withheld number is validity 1 (27.007 section 7.6).
const WITHHELD: &str = "+CLIP: \"\",128,,,,1";
const RING_MS: u64 = 5_000;

impl Brain {
    /// The answer to a command of this family; `None` for all others.
    pub(super) fn calls(&mut self, command: &Command) -> Option<Answer> {
        let answer = match (command.name.as_str(), &command.op) {
            ("+CLIP", Op::Set(value)) => set(&mut self.set.clip, value),
            ("+CLIP", Op::Read) => Answer::line(format!("+CLIP: {},1", u8::from(self.set.clip))),
            ("+CRC", Op::Set(value)) => set(&mut self.set.crc, value),
            ("+CRC", Op::Read) => Answer::line(format!("+CRC: {}", u8::from(self.set.crc))),
            ("+CUSD", Op::Set(value)) => self.ussd(&parameters(value)),
            ("+CUSD", Op::Read) => Answer::line(format!("+CUSD: {}", u8::from(self.set.cusd))),
            ("+CUSD", Op::Test) => Answer::line("+CUSD: (0-2)"),
            ("+CLIR" | "+CVHU", Op::Set(_)) => Answer::ok(),
            ("+CHUP", Op::Run(_)) if self.faults.struck(&Fault::NoChup) => self.unknown(),
            ("+CHUP" | "H", Op::Run(_)) => {
                self.air_call_ends();
                self.hang_up_out();
                Answer::ok()
            }
            ("A", _) => Answer::end(End::Verbatim("NO CARRIER")),
            _ => return None,
        };
        Some(answer)
    }

    pub(super) fn ring_begins(&mut self, from: Option<String>) {
        self.inbox.call = Some(Call { from });
        self.ring();
    }

    /// One RING with its CLIP, and the next one after 5 s.
    pub(super) fn ring(&mut self) {
        let Some(Call { from }) = self.inbox.call.clone() else { return };
        let line = if self.set.crc { "+CRING: VOICE" } else { self.dialect.ring };
        self.urc(line);
        if self.set.clip {
            let clip = from.map_or_else(|| WITHHELD.to_owned(), |number| format!("+CLIP: \"{number}\",145,,,,0"));
            self.urc(&clip);
        }
        self.later(RING_MS, Later::Ring);
    }

    pub(super) fn ring_ends(&mut self) {
        if self.inbox.call.is_some() {
            self.air_call_ends();
            if !self.faults.struck(&Fault::CallEndLost) {
                self.urc("NO CARRIER");
            }
        }
    }

    fn air_call_ends(&mut self) {
        self.inbox.call = None;
        self.due.retain(|(_, _, what)| !matches!(what, Later::Ring));
    }
}

pub(super) fn set(setting: &mut bool, value: &str) -> Answer {
    match value.split(',').next() {
        Some("0" | "2") => *setting = false,
        Some("1") => *setting = true,
        Some(_) | None => return Answer::cme(50),
    }
    Answer::ok()
}
