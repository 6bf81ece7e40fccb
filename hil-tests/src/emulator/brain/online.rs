//! The line in data mode (V.250 6.3, 27.007 annex on PPP): octets are data, and only `+++` with silence around it leaves it.

use at_commands::Tick;

use super::answer::Answer;
use super::{Brain, Later, Mode};
use crate::emulator::fault::Fault;

/// What was typed while the line was in data mode.
#[derive(Debug, Default)]
pub(super) struct Online {
    /// How many octets.
    typed: u64,
    last: Tick,
    pluses: u8,
}

/// S12 as makers ship it: a second in front of `+++` and behind it.
const GUARD_MS: u64 = 1_000;
/// A peer asks again for its configuration this often.
const FRAME_MS: u64 = 3_000;
/// An LCP Configure-Request as it stands on the line (RFC 1662).
const FRAME: &[u8] = b"\x7E\xFF\x7D\x23\xC0\x21\x7D\x21\x7D\x21\x7D\x20\x7D\x34\x7D\x22\x7D\x26\x7D\x20\xA3\x7D\x5E\x7E";

impl Brain {
    /// Whether what is typed is data.
    pub(super) fn is_online(&self) -> bool {
        self.faults.on(&Fault::DataMode) && matches!(self.mode, Mode::Command)
    }

    pub(super) fn goes_online(&mut self) {
        self.online = Online { last: self.now, ..Online::default() };
        self.later(0, Later::Frame);
    }

    pub(super) fn frame(&mut self) {
        if self.is_online() {
            self.say(FRAME);
        }
        if self.faults.on(&Fault::DataMode) {
            self.later(FRAME_MS, Later::Frame);
        }
    }

    pub(super) fn typed_online(&mut self, bytes: &[u8]) {
        self.faults.note(Fault::DataMode.name());
        for byte in bytes {
            let quiet = self.now.since(self.online.last).as_millis() >= u128::from(GUARD_MS);
            self.online.pluses = match (byte, self.online.pluses) {
                (b'+', _) if quiet => 1,
                (b'+', 1 | 2) => self.online.pluses + 1,
                _ => 0,
            };
            self.online.typed += 1;
            self.online.last = self.now;
        }
        if self.online.pluses == 3 {
            self.later(GUARD_MS, Later::Escaped(self.online.typed));
        }
    }

    /// Silence behind `+++` is over; whatever was typed into it made it data.
    pub(super) fn escaped(&mut self, typed: u64) {
        if self.is_online() && self.online.typed == typed {
            self.faults.cure(&Fault::DataMode);
            self.answer(Answer::ok());
            self.flush_held();
        }
    }
}
