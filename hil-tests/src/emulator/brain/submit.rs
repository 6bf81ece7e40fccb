//! Sending: the prompt, the PDU behind it, Ctrl-Z, the answer of the network (27.005 sections 3.5.1, 3.5.3, 3.5.4).

use at_commands::hex;
use at_commands::pdu::{Smsc, Submit};

use super::answer::{Answer, End};
use super::receive::tpdu_octets;
use super::storage::{Memory, Stored};
use super::text_mode::composed;
use super::{Brain, ESC, Later, Mode, PROMPT_READ_MS, Uplink};
use crate::emulator::fault::{Fault, Place};

/// What is typed behind the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    purpose: Purpose,
    /// What was typed so far.
    typed: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Purpose {
    /// `+CMGS=<length>`.
    Send { octets: usize },
    /// `+CMGW=<length>[,<stat>]`.
    Write { octets: usize, stat: u8 },
    /// `+CMGS="<number>"` in text mode.
    SendText { to: String },
}

/// A command that waits for something.
#[derive(Debug)]
pub(super) enum Pending {
    /// The prompt.
    Prompt,
    /// The network's answer to this submission.
    Submission { mr: u8, rp: u64, how: How, stored: Option<(Memory, u16)> },
    /// The answer is ready and printed later.
    Answer,
}

/// What becomes of the network's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Plain,
    Lost,
    BareError,
    NoReference,
}

/// What the network made of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    Taken,
    Refused(u16),
    /// It never came there.
    Nothing,
}

impl From<Result<(), u16>> for Heard {
    fn from(result: Result<(), u16>) -> Self {
        result.map_or_else(Self::Refused, |()| Self::Taken)
    }
}

/// What is typed behind the prompt is at most a PDU in hex with room for echo mistakes.
const TYPED_MAX: usize = 4_096;

impl Brain {
    /// `+CMGS=<length>`, or `+CMGS="<number>"` in text mode.
    pub(super) fn begin_send(&mut self, values: &[String]) -> Answer {
        if let Some(answered) = self.answered.take() {
            self.gaps.push(self.now.since(answered));
        }
        let early = self.faults.strike(|fault| match fault {
            Fault::RefuseEarly { cms } => Some(*cms),
            _ => None,
        });
        if let Some(cms) = early {
            return Answer::cms(cms);
        }
        let first = values.first().map_or("", String::as_str);
        let purpose = if self.set.cmgf == 1 {
            Purpose::SendText { to: first.to_owned() }
        } else {
            match first.parse::<usize>() {
                Ok(octets @ 7..=164) => Purpose::Send { octets },
                Ok(_) | Err(_) => return Answer::cms(304),
            }
        };
        Answer::end(End::Prompt(Entry { purpose, typed: Vec::new() }))
    }

    /// `+CMGW=<length>[,<stat>]`, PDU mode only.
    pub(super) fn begin_write(&mut self, values: &[String]) -> Answer {
        let octets = values.first().and_then(|value| value.parse().ok());
        let stat = values.get(1).map_or(Some(2), |value| value.parse().ok());
        match (octets, stat) {
            (Some(octets @ 7..=164), Some(stat @ 0..=3)) if self.set.cmgf == 0 => {
                Answer::end(End::Prompt(Entry { purpose: Purpose::Write { octets, stat }, typed: Vec::new() }))
            }
            (_, _) => Answer::cms(304),
        }
    }

    /// `+CMSS=<index>`.
    pub(super) fn send_stored(&mut self, values: &[String]) -> Answer {
        let memory = self.set.memories[1];
        let Some(index) = values.first().and_then(|value| value.parse::<u16>().ok()) else { return Answer::cms(321) };
        match self.storage.slot(memory, index).map(|slot| slot.clone()) {
            Some(Some(stored)) if stored.stat >= 2 => self.send(stored.pdu, Some((memory, index))),
            Some(_) | None => Answer::cms(321),
        }
    }

    pub(super) fn open_prompt(&mut self, entry: Entry) {
        if self.vanished(Place::Prompt) {
            return;
        }
        self.mode = Mode::Busy(Pending::Prompt);
        let late = self.faults.strike(|fault| match fault {
            Fault::LatePrompt { ms } => Some(*ms),
            _ => None,
        });
        match late.unwrap_or(self.dialect.prompt_ms) {
            0 => self.prompt(entry),
            ms => self.later(ms, Later::Prompt(entry)),
        }
    }

    pub(super) fn prompt(&mut self, entry: Entry) {
        let other = self.faults.strike(|fault| match fault {
            Fault::DropPrompt => Some(String::new()),
            Fault::Prompt { text } => Some(text.clone()),
            Fault::GluedPrompt { line } => Some(format!("\r\n{line}\r\n> ")),
            _ => None,
        });
        self.mode = Mode::Data(entry);
        let prompt = other.unwrap_or_else(|| self.dialect.prompt.to_owned());
        if let Some(away) = self.vanishing(Place::AtPrompt) {
            self.later(PROMPT_READ_MS, Later::Vanish(away));
        }
        self.say(prompt.as_bytes());
        self.pump();
    }

    pub(super) fn data_byte(&mut self, byte: u8) {
        let Mode::Data(entry) = &mut self.mode else { return };
        match byte {
            ESC => return self.answer(Answer::ok()),
            0x1A => {
                let entry = entry.clone();
                return self.complete(entry);
            }
            b'\r' if matches!(entry.purpose, Purpose::SendText { .. }) => {
                entry.typed.push(b'\n');
                return self.say(b"\r\n> ");
            }
            b'\r' | b'\n' => return,
            _ if entry.typed.len() < TYPED_MAX => entry.typed.push(byte),
            _ => {}
        }
        let typed = entry.typed.len() / 2;
        let reset = self.faults.strike(|fault| matches!(fault, Fault::ResetMidPdu { octets } if *octets <= typed).then_some(()));
        if reset.is_some() {
            return self.power_cycle();
        }
        let vanish = self.faults.strike(|fault| match fault {
            Fault::Vanish { place: Place::Pdu, octets, back_ms } if *octets <= typed => Some(*back_ms),
            _ => None,
        });
        if let Some(back_ms) = vanish {
            self.vanish(back_ms);
        }
    }

    /// Ctrl-Z.
    fn complete(&mut self, entry: Entry) {
        let answer = match entry.purpose {
            Purpose::Send { octets } => match self.checked(&entry.typed, octets) {
                Ok(pdu) => self.send(pdu, None),
                Err(number) => Answer::cms(number),
            },
            Purpose::Write { octets, stat } => match self.checked(&entry.typed, octets) {
                Ok(pdu) => self.write(Stored { stat, pdu }),
                Err(number) => Answer::cms(number),
            },
            Purpose::SendText { to } => match composed(&to, &entry.typed) {
                Some(pdu) => self.send(pdu, None),
                None => Answer::cms(305),
            },
        };
        self.finish(answer);
    }

    /// The PDU behind the prompt: hex, a length that fits, an SMS-SUBMIT.
    fn checked(&mut self, typed: &[u8], octets: usize) -> Result<Vec<u8>, u16> {
        let text = String::from_utf8_lossy(typed);
        let pdu = hex::decode(text.trim()).map_err(|_| 304_u16)?;
        if tpdu_octets(&pdu) != octets {
            self.log(format!("+CMGS said {octets} octets, {} came", tpdu_octets(&pdu)));
            return Err(304);
        }
        if let Err(error) = Submit::decode(&pdu, Smsc::Present) {
            self.log(format!("no SMS-SUBMIT: {error}"));
            return Err(304);
        }
        Ok(pdu)
    }

    fn write(&mut self, stored: Stored) -> Answer {
        match self.storage.put(self.set.memories[1], stored) {
            Some(index) if self.vanishes_behind(Place::Written, &format!("\r\n+CMGW: {index}\r\n\r\nOK\r\n")) => Answer::end(End::Later),
            Some(index) => Answer::line(format!("+CMGW: {index}")),
            None => Answer::cms(322),
        }
    }

    /// Hands a PDU to the network with this card's next TP-MR.
    fn send(&mut self, mut pdu: Vec<u8>, stored: Option<(Memory, u16)>) -> Answer {
        if !self.air.carries_sms() {
            return Answer::cms(331);
        }
        if pdu.first() == Some(&0) && self.card.smsc.is_empty() {
            return Answer::cms(330);
        }
        let refused = self.faults.strike(|fault| match fault {
            Fault::Refuse { cms } => Some(*cms),
            Fault::RadioStuck => Some(500),
            _ => None,
        });
        // `checked` decoded the PDU: the first octet and TP-MR behind the SMSC octets exist.
        let place = usize::from(pdu[0]) + 2;
        let mr = self.reference(pdu[place]);
        if let Some(cms) = refused {
            return Answer::cms(cms);
        }
        pdu[place] = mr;
        let (how, taken) = self.how();
        self.submissions += 1;
        let rp = self.submissions;
        if taken {
            self.uplink(Uplink::Submit { mr, rp, pdu });
        } else {
            self.later(0, Later::NetworkSilent(rp));
        }
        self.mode = Mode::Busy(Pending::Submission { mr, rp, how, stored });
        let _gone = self.vanished(if taken { Place::Taken } else { Place::NotTaken });
        Answer::end(End::Later)
    }

    fn how(&mut self) -> (How, bool) {
        let away = self.faults.on_place(Place::NotTaken);
        let struck = self.faults.strike(|fault| match fault {
            Fault::LostAnswer { taken } => Some((How::Lost, *taken)),
            Fault::ErrorAfterPdu { taken } => Some((How::BareError, *taken)),
            Fault::OkWithoutReference { taken } => Some((How::NoReference, *taken)),
            _ => None,
        });
        struck.unwrap_or((How::Plain, !away))
    }

    /// The network has answered the submission `rp`, or never will.
    pub(super) fn submitted(&mut self, rp: u64, heard: Heard) {
        let (mr, how, stored) = match &self.mode {
            Mode::Busy(Pending::Submission { mr, rp: waiting, how, stored }) if *waiting == rp => (*mr, *how, *stored),
            Mode::Busy(_) | Mode::Command | Mode::Data(_) | Mode::Off => return,
        };
        if let (Some((memory, index)), Heard::Taken) = (stored.filter(|_| self.habits.says_sent), heard)
            && let Some(Some(message)) = self.storage.slot(memory, index)
        {
            message.stat = 3;
        }
        self.answered = Some(self.now);
        let word = if stored.is_some() { "+CMSS" } else { "+CMGS" };
        let line = format!("\r\n{word}: {mr}\r\n");
        let taken = heard == Heard::Taken;
        if taken && (self.vanishes_behind(Place::Reference, &line[..line.len() / 2]) || self.vanishes_behind(Place::Ok, &line)) {
            return;
        }
        let answer = match (how, heard) {
            (How::Lost, _) | (How::Plain, Heard::Nothing) => Answer::end(End::Silent),
            (How::BareError, _) => Answer::error(),
            (How::NoReference, _) => Answer::ok(),
            (How::Plain, Heard::Taken) => Answer::line(format!("{word}: {mr}")),
            (How::Plain, Heard::Refused(cause)) => Answer::cms(cause),
        };
        let cut = self.faults.strike(|fault| match fault {
            Fault::Vanish { place: Place::Answer, octets, back_ms } => Some((*octets, *back_ms)),
            _ => None,
        });
        if let Some((octets, back_ms)) = cut {
            self.answer_cut(&answer, octets);
            return self.vanish(back_ms);
        }
        let late = self.faults.strike(|fault| match fault {
            Fault::LateAnswer { ms } => Some(*ms),
            _ => None,
        });
        match late {
            Some(ms) => {
                self.mode = Mode::Busy(Pending::Answer);
                self.later(ms, Later::Answer(answer));
            }
            None => self.answer(answer),
        }
    }
}
