//! How answers and unasked lines look on the wire: V0 and V1, CMEE 0 to 2, and the faults of the line.

use std::time::Duration;

use at_commands::error::{CmeError, CmsError};

use super::submit::Entry;
use super::{Brain, Later, Mode, Output};
use crate::emulator::fault::Fault;

/// The answer to a command line.
#[derive(Debug)]
pub(super) struct Answer {
    /// Information lines; an entry of a list holds its own line break.
    pub(super) lines: Vec<String>,
    /// How it ends.
    pub(super) end: End,
}

/// How an answer ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Ok,
    Error,
    /// 27.007 section 9.2.
    Cme(u16),
    /// 27.005 section 3.2.5.
    Cms(u16),
    /// Words of the vendor, or a call's result.
    Verbatim(&'static str),
    /// Nothing is printed (`ATQ1`, a lost answer, Wavecom after `+CPIN`).
    Silent,
    /// The answer comes when the network has spoken.
    Later,
    /// The prompt comes first.
    Prompt(Entry),
}

impl Answer {
    pub(super) const fn end(end: End) -> Self {
        Self { lines: Vec::new(), end }
    }

    pub(super) const fn ok() -> Self {
        Self::end(End::Ok)
    }

    pub(super) const fn error() -> Self {
        Self::end(End::Error)
    }

    pub(super) const fn cme(number: u16) -> Self {
        Self::end(End::Cme(number))
    }

    pub(super) const fn cms(number: u16) -> Self {
        Self::end(End::Cms(number))
    }

    pub(super) fn line(line: impl Into<String>) -> Self {
        Self { lines: vec![line.into()], end: End::Ok }
    }

    /// OK or ERROR.
    pub(super) const fn accepted(yes: bool) -> Self {
        if yes { Self::ok() } else { Self::error() }
    }
}

impl Brain {
    /// Prints an answer; the line is free again, and what waited behind it is printed.
    pub(super) fn answer(&mut self, mut answer: Answer) {
        self.mode = Mode::Command;
        let gap = self.faults.strike(|fault| match fault {
            Fault::UrcInside { line } => Some(format!("\r\n{line}\r\n")),
            _ => None,
        });
        let mut pieces = self.pieces(&answer);
        let text = match gap {
            Some(urc) if !pieces.is_empty() => {
                // A header and its second line are two lines, too.
                let lines = answer.lines.iter_mut();
                lines.for_each(|line| *line = line.replace("\r\n", &format!("\r\n{urc}")));
                format!("{urc}{}", self.pieces(&answer).join(&urc))
            }
            Some(_) | None => {
                self.glue(&answer.end, &mut pieces);
                pieces.concat()
            }
        };
        if !self.set.verbose && !text.is_empty() {
            self.faults.struck(&Fault::Numeric);
        }
        self.say_with_noise(text.as_bytes());
        self.flush_held();
        self.pump();
    }

    /// Some firmware prints the next line directly behind the number of an error.
    fn glue(&mut self, end: &End, pieces: &mut [String]) {
        let numbered = matches!(end, End::Cms(_)) || (matches!(end, End::Cme(_)) && self.set.cmee > 0);
        let Some(last) = pieces.last_mut().filter(|_| numbered && self.set.verbose) else { return };
        let line = self.faults.strike(|fault| match fault {
            Fault::Glued { line } => Some(line.clone()),
            _ => None,
        });
        if let Some(line) = line {
            *last = format!("{}{line}\r\n", last.trim_end_matches("\r\n"));
        }
    }

    /// The port goes away behind so many octets of an answer.
    pub(super) fn answer_cut(&mut self, answer: &Answer, octets: usize) {
        let text = self.pieces(answer).concat();
        self.say(&text.as_bytes()[..octets.min(text.len())]);
    }

    fn pieces(&self, answer: &Answer) -> Vec<String> {
        let lines = answer.lines.iter().map(|line| self.framed(line));
        lines.chain(self.final_result(&answer.end)).collect()
    }

    fn framed(&self, line: &str) -> String {
        if self.set.verbose { format!("\r\n{line}\r\n") } else { format!("{line}\r\n") }
    }

    fn final_result(&self, end: &End) -> Option<String> {
        let words = match end {
            End::Ok => "OK".to_owned(),
            End::Cme(number) if self.set.cmee == 1 => format!("+CME ERROR: {number}"),
            End::Cme(number) if self.set.cmee == 2 => format!("+CME ERROR: {}", CmeError(*number).words()),
            End::Cms(number) if self.set.cmee == 2 => format!("+CMS ERROR: {}", CmsError(*number).words()),
            End::Cms(number) => format!("+CMS ERROR: {number}"),
            End::Error | End::Cme(_) => "ERROR".to_owned(),
            End::Verbatim(words) => (*words).to_owned(),
            End::Silent | End::Later | End::Prompt(_) => return None,
        };
        if self.set.quiet {
            return None;
        }
        Some(match (self.set.verbose, words.as_str()) {
            (true, _) => format!("\r\n{words}\r\n"),
            (false, "OK") => "0\r".to_owned(),
            (false, "NO CARRIER") => "3\r".to_owned(),
            (false, "ERROR") => "4\r".to_owned(),
            (false, _) => format!("{words}\r\n"),
        })
    }

    fn say_with_noise(&mut self, bytes: &[u8]) {
        let garbage = self.faults.strike(|fault| match fault {
            Fault::Garbage { hex } => at_commands::hex::decode(hex).ok(),
            _ => None,
        });
        if let Some(garbage) = garbage {
            self.say(&garbage);
        }
        let burst = self.faults.strike(|fault| match fault {
            Fault::Burst { octets } => Some(*octets),
            _ => None,
        });
        if let Some(octets) = burst {
            self.say(&burst_of(octets));
        }
        if self.faults.struck(&Fault::Nul) {
            self.say(&[&[0, 0], bytes, &[0]].concat());
        } else {
            self.say(bytes);
        }
    }

    /// An unasked line: at once, or after the prompt that is open.
    pub(super) fn urc(&mut self, line: &str) {
        match self.mode {
            Mode::Data(_) => self.held.push(line.to_owned()),
            Mode::Command if self.is_online() => self.held.push(line.to_owned()),
            Mode::Off if self.is_hung().is_none() => {
                // Boot lines come before the modem listens.
                let text = self.framed(line);
                self.say(text.as_bytes());
            }
            Mode::Off => {}
            Mode::Command | Mode::Busy(_) => {
                let text = self.framed(line);
                self.say(text.as_bytes());
            }
        }
    }

    pub(super) fn flush_held(&mut self) {
        for line in std::mem::take(&mut self.held) {
            self.urc(&line);
        }
    }

    pub(super) fn say(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || self.is_hung().is_some() {
            return;
        }
        if self.faults.on(&Fault::Silent) {
            return self.faults.note(Fault::Silent.name());
        }
        if self.faults.on(&Fault::Chop) && bytes.len() > 1 {
            self.faults.note(Fault::Chop.name());
            for byte in bytes {
                self.transmit(vec![*byte]);
            }
        } else {
            self.transmit(bytes.to_vec());
        }
    }

    /// At once, or when the last octet has passed a slow line.
    fn transmit(&mut self, bytes: Vec<u8>) {
        if self.dialect.octets_per_s == 0 {
            return self.out.push_back(Output::Transmit(bytes));
        }
        let passes = Duration::from_secs(bytes.len() as u64) / self.dialect.octets_per_s;
        self.line_free = self.line_free.max(self.now).plus(passes);
        self.at(self.line_free, Later::Transmit(bytes));
    }
}

/// The first half is one line, the rest are many.
fn burst_of(octets: usize) -> Vec<u8> {
    let mut burst = vec![b'X'; octets / 2];
    while burst.len() < octets {
        burst.extend(b"\r\n^RSSI:18\r\n");
    }
    burst
}
