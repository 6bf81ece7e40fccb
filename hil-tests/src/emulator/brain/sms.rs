//! Messages in storage and their settings (27.005 section 3, PDU mode; text mode is in `text_mode`).

use at_commands::hex;

use super::Brain;
use super::answer::{Answer, End};
use super::general::numeric;
use super::receive::tpdu_octets;
use super::storage::{Memory, Stored};
use super::syntax::{Command, Op, parameters};
use crate::emulator::fault::{Fault, Place};

impl Brain {
    /// The answer to a command of this family; `None` for all others.
    pub(super) fn sms(&mut self, command: &Command) -> Option<Answer> {
        let needs_card = ["+CSCA", "+CPMS", "+CMGL", "+CMGR", "+CMGD", "+CMGS", "+CMGW", "+CMSS"].contains(&command.name.as_str());
        if needs_card
            && command.op != Op::Test
            && let Some(number) = self.sim_refusal()
        {
            return Some(Answer::cms(as_cms(number)));
        }
        let answer = match (command.name.as_str(), &command.op) {
            ("+CSCA", op) => self.smsc(op),
            ("+CMGF", op) => numeric(&mut self.set.cmgf, "+CMGF", 1, op),
            ("+CMMS", op) => numeric(&mut self.set.cmms, "+CMMS", 2, op),
            ("+CSMS", op) => self.service(op),
            ("+CPMS", op) => self.memories(op),
            ("+CNMI", op) => self.cnmi(op),
            ("+CNMA", op) => self.acknowledge(op),
            ("+CMGL", op) => self.list(op),
            ("+CMGR", Op::Set(value)) => self.read(value),
            ("+CMGD", op) => self.delete(op),
            ("+CMGS", Op::Set(value)) => self.begin_send(&parameters(value)),
            ("+CMGW", Op::Set(value)) => self.begin_write(&parameters(value)),
            ("+CMSS", Op::Set(value)) => self.send_stored(&parameters(value)),
            ("+CMGR" | "+CMGS" | "+CMGW" | "+CMSS", Op::Test) => Answer::ok(),
            ("+CSDH", Op::Set(value)) => {
                self.set.csdh = value == "1";
                Answer::ok()
            }
            ("+CSCB" | "+CSMP" | "+CSAS" | "+CRES", Op::Set(_) | Op::Run(_)) => Answer::ok(),
            _ => return None,
        };
        Some(answer)
    }

    fn smsc(&mut self, op: &Op) -> Answer {
        match op {
            Op::Read => {
                let kind = if self.card.smsc.starts_with('+') { 145 } else { 129 };
                Answer::line(format!("+CSCA: \"{}\",{kind}", self.in_character_set(&self.card.smsc)))
            }
            Op::Set(value) => {
                self.card.smsc = self.out_of_character_set(&parameters(value).swap_remove(0));
                Answer::ok()
            }
            Op::Test => Answer::ok(),
            Op::Run(_) => Answer::error(),
        }
    }

    fn service(&mut self, op: &Op) -> Answer {
        match op {
            Op::Read => Answer::line(format!("+CSMS: {},1,1,1", self.set.csms)),
            Op::Test if self.dialect.refused.contains(&"+CSMS=1") => Answer::line("+CSMS: (0)"),
            Op::Test => Answer::line("+CSMS: (0,1)"),
            Op::Set(value) => match value.as_str() {
                "0" | "1" => {
                    self.set.csms = u8::from(value == "1");
                    Answer::line("+CSMS: 1,1,1")
                }
                _ => Answer::cms(302),
            },
            Op::Run(_) => Answer::error(),
        }
    }

    fn memories(&mut self, op: &Op) -> Answer {
        match op {
            Op::Read => {
                let counts: Vec<String> =
                    self.set.memories.iter().map(|memory| format!("\"{}\",{}", memory.name(), self.counts(*memory))).collect();
                Answer::line(format!("+CPMS: {}", counts.join(",")))
            }
            Op::Test => {
                let names = |with_reports: bool| {
                    let known = [Memory::Sm, Memory::Me, Memory::Sr].into_iter();
                    let names: Vec<String> = known
                        .filter(|memory| self.storage.exists(*memory) && (with_reports || *memory != Memory::Sr))
                        .map(|memory| format!("\"{}\"", memory.name()))
                        .collect();
                    format!("({})", names.join(","))
                };
                let kinds = [names(true), names(false), names(false)].join(",");
                Answer::line(if self.dialect.memories_apart { format!("+CPMS: {kinds}") } else { format!("+CPMS: ({kinds})") })
            }
            Op::Set(value) => self.choose_memories(&parameters(value)),
            Op::Run(_) => Answer::error(),
        }
    }

    fn choose_memories(&mut self, names: &[String]) -> Answer {
        let mut wanted = self.set.memories;
        for (place, name) in names.iter().enumerate() {
            match (Memory::named(name), wanted.get_mut(place)) {
                (Some(Memory::Sr), Some(_)) if place > 0 => return Answer::cms(302),
                (Some(memory), Some(slot)) if self.storage.exists(memory) => *slot = memory,
                (Some(_) | None, _) => return Answer::cms(302),
            }
        }
        self.set.memories = wanted;
        let counts: Vec<String> = wanted.iter().map(|memory| self.counts(*memory)).collect();
        Answer::line(format!("+CPMS: {}", counts.join(",")))
    }

    /// `<used>,<total>`.
    fn counts(&self, memory: Memory) -> String {
        let total = self.storage.total(memory);
        let used = if self.faults.on(&Fault::SimFull) { total } else { self.storage.used(memory) };
        format!("{used},{total}")
    }

    fn list(&mut self, op: &Op) -> Answer {
        let text_mode = self.set.cmgf == 1;
        let wanted: Vec<u8> = match op {
            Op::Run(_) => vec![0],
            Op::Test if text_mode => {
                return Answer::line("+CMGL: (\"REC UNREAD\",\"REC READ\",\"STO UNSENT\",\"STO SENT\",\"ALL\")");
            }
            Op::Test => return Answer::line("+CMGL: (0-4)"),
            Op::Set(value) => match stats(value, text_mode) {
                Some(stats) => stats,
                None => return Answer::cms(302),
            },
            Op::Read => return Answer::error(),
        };
        let memory = self.set.memories[0];
        let found: Vec<(u16, Stored)> = self
            .storage
            .list(memory)
            .filter(|(_, stored)| wanted.contains(&stored.stat))
            .map(|(index, stored)| {
                let before = stored.clone();
                // Listing an unread message makes it a read one.
                stored.stat = if stored.stat == 0 { 1 } else { stored.stat };
                (index, before)
            })
            .collect();
        let lines = found
            .iter()
            .map(|(index, stored)| {
                if text_mode {
                    return self.listed_text(*index, stored);
                }
                format!(
                    "+CMGL: {index},{},{},{}{}{}",
                    stored.stat,
                    self.dialect.alpha,
                    tpdu_octets(&stored.pdu),
                    self.dialect.list_break,
                    hex::encode(&stored.pdu)
                )
            })
            .collect();
        Answer { lines, end: End::Ok }
    }

    fn read(&mut self, value: &str) -> Answer {
        let Ok(index) = value.parse::<u16>() else { return Answer::cms(321) };
        let memory = self.set.memories[0];
        let Some(slot) = self.storage.slot(memory, index) else { return Answer::cms(321) };
        // An empty slot is answered with OK alone, as most modems do.
        let Some(stored) = slot else { return Answer::ok() };
        let before = stored.clone();
        if stored.stat == 0 {
            stored.stat = 1;
        }
        if self.set.cmgf == 1 {
            return Answer::line(self.read_text(&before));
        }
        let alpha = self.dialect.alpha;
        let line = format!("+CMGR: {},{alpha},{}\r\n{}", before.stat, tpdu_octets(&before.pdu), hex::encode(&before.pdu));
        if self.vanishes_behind(Place::Read, &format!("\r\n{}", &line[..line.len() / 2])) {
            return Answer::end(End::Later);
        }
        Answer::line(line)
    }

    fn delete(&mut self, op: &Op) -> Answer {
        let values = match op {
            Op::Set(value) => parameters(value),
            Op::Test => return Answer::line(format!("+CMGD: ({}),(0-4)", self.indices().join(","))),
            Op::Run(_) | Op::Read => return Answer::error(),
        };
        let Some(index) = values.first().and_then(|value| value.parse::<u16>().ok()) else { return Answer::cms(321) };
        let memory = self.set.memories[0];
        if self.vanished(Place::NotDeleted) {
            return Answer::end(End::Later);
        }
        match values.get(1).map_or("0", String::as_str) {
            "" | "0" => match self.storage.slot(memory, index) {
                Some(slot) => *slot = None,
                None => return Answer::cms(321),
            },
            "1" => self.storage.clear(memory, &[1]),
            "2" => self.storage.clear(memory, &[1, 3]),
            "3" => self.storage.clear(memory, &[1, 2, 3]),
            "4" => self.storage.clear(memory, &[0, 1, 2, 3]),
            _ => return Answer::cms(302),
        }
        self.room_again();
        if self.vanished(Place::Deleted) {
            return Answer::end(End::Later);
        }
        Answer::ok()
    }

    fn indices(&mut self) -> Vec<String> {
        let memory = self.set.memories[0];
        self.storage.list(memory).map(|(index, _)| index.to_string()).collect()
    }
}

/// The `<stat>` values a list asks for.
fn stats(value: &str, text_mode: bool) -> Option<Vec<u8>> {
    let names = if text_mode { ["REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL"] } else { ["0", "1", "2", "3", "4"] };
    let place = names.iter().position(|name| *name == value.trim_matches('"'))? as u8;
    Some(if place == 4 { vec![0, 1, 2, 3] } else { vec![place] })
}

/// 27.005 has its own numbers for what 27.007 says of a SIM.
fn as_cms(cme: u16) -> u16 {
    match cme {
        10 => 310,
        11 => 311,
        12 => 316,
        14 => 314,
        515 => 515,
        _ => 313,
    }
}
