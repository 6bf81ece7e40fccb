//! Whether a modem tells of the texts that come. What it was set to (`+CNMI?`) may be right, and its lines go to another port of
//! the stick, or were switched off with others: that shows only in texts that nobody but a sweep finds.
//!
//! One such sweep makes the next one come sooner, the second in a row is deafness: it is told, and what may have done it is undone.

use at_commands::Tick;

use super::driver::{Driver, State};
use super::io::ModemEvent;

/// A line may get lost; texts of two sweeps in a row were not told of by a modem that is deaf.
const SWEEPS_MAX: u8 = 2;

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Ears {
    /// Sweeps that found what nobody had told of, since it told of anything.
    found: u8,
    /// This sweep was counted: it looks into several memories.
    counted: bool,
    /// It was told as deaf.
    pub(super) told: bool,
    /// What may have made it deaf is not set any more.
    pub(super) undone: bool,
}

impl Ears {
    /// It told of something that came.
    pub(super) fn heard(&mut self) {
        (self.found, self.told) = (0, false);
    }

    /// A look through its memories begins.
    pub(super) fn sweep_begins(&mut self) {
        self.counted = false;
    }

    /// It is looked through more often.
    pub(super) fn doubted(&self) -> bool {
        self.found > 0
    }
}

impl Driver {
    /// A sweep in service found what it should have told of.
    pub(super) fn was_unsaid(&mut self, now: Tick) {
        // A modem that offers no indications is looked through, and no worse than it was.
        let should_tell = self.setup.indications.is_some_and(|setting| setting[1] != 0);
        let news = !std::mem::replace(&mut self.ears.counted, true);
        if !should_tell || !news || !matches!(self.state, State::Serving(_)) {
            return;
        }
        self.ears.found = self.ears.found.saturating_add(1);
        self.health.look_sooner(now.plus(self.profile.deaf_sweep));
        if self.ears.found < SWEEPS_MAX || std::mem::replace(&mut self.ears.told, true) {
            return;
        }
        self.tell(ModemEvent::Unsaid);
        if !self.ears.undone {
            self.ears.undone = true;
            self.restart(now);
        }
    }
}
