//! What a modem does with references and with what comes in: models differ, and a driver has to find out.

use serde::{Deserialize, Serialize};

use super::Brain;
use crate::emulator::dialect::Dialect;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own, named so on the control socket")]
pub struct Habits {
    /// TP-MR of the terminal goes out as it is; most modems put their own counter in its place.
    pub honours_mr: bool,
    /// EF_SMSS holds the reference of the last text; some modems keep that counter to themselves.
    pub keeps_reference: bool,
    /// A text sent from a slot is marked there as sent.
    pub says_sent: bool,
    /// What comes in is shown and kept nowhere: with `+CSMS=1`, until the box acknowledges it.
    pub shows_only: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self { honours_mr: false, keeps_reference: true, says_sent: true, shows_only: false }
    }
}

/// What EF_SMSS holds where nobody writes it.
const NEVER_WRITTEN: u8 = 0xFF;

impl Brain {
    /// The same modem with these habits.
    #[must_use]
    pub const fn with_habits(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self
    }

    /// How it speaks.
    pub fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    /// What it does.
    pub const fn habits(&self) -> Habits {
        self.habits
    }

    /// The reference a text goes out with.
    pub(super) fn reference(&mut self, asked: u8) -> u8 {
        if self.habits.honours_mr {
            self.card.last_mr = asked;
            return asked;
        }
        let mr = self.card.next_mr();
        if mr == 0 {
            self.faults.note("a reference wraps");
        }
        mr
    }

    /// What EF_SMSS says.
    pub(super) const fn kept_reference(&self) -> u8 {
        if self.habits.keeps_reference { self.card.last_mr } else { NEVER_WRITTEN }
    }
}
