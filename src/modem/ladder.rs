//! The first rungs of the recovery ladder (reliability.md section 5): 1 ESC and `AT`, 2 the settings again, 3 open the port
//! anew. Rung 1 is the chat's own: it climbs it after every time-out. The deeper rungs belong to the shell.

use at_commands::Tick;
use at_commands::chat::{self, ChatError, Done};

use super::driver::{Driver, State};
use super::io::Output;

/// How far up it is.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    /// Commands in a row that were not answered although `AT` was.
    misses: u8,
    /// Rung 2 was tried since the modem last served.
    settings_tried: bool,
    /// When rung 2 has to be over.
    until: Option<Tick>,
}

/// Unanswered commands in a row before the settings are made again: one may be a slow network, two are a sick modem.
const MISSES_MAX: u8 = 2;
/// In the bring-up each step is asked twice and one dumb step is gone over; two dumb steps in a row are a sick modem.
const STEP_MISSES_MAX: u8 = 4;

impl Ladder {
    /// Counts an answer or its absence.
    pub(super) fn answered(&mut self, serving: bool, done: &Done) {
        match &done.result {
            Ok(()) | Err(ChatError::Refused(_)) => {
                self.misses = 0;
                self.settings_tried &= !serving;
            }
            Err(ChatError::Timeout) => self.misses = self.misses.saturating_add(1),
            Err(ChatError::NoPrompt | ChatError::Cancelled | ChatError::Lost | ChatError::Restarted) => {}
        }
    }

    /// Everything is set again: the budget of rung 2 was kept.
    pub(super) fn settled(&mut self) {
        self.until = None;
    }
}

impl Driver {
    /// Goes one rung up when the one it stands on did not help.
    pub(super) fn climb(&mut self, now: Tick) {
        let over_budget = self.ladder.until.is_some_and(|until| until <= now);
        let in_bring_up = matches!(self.state, State::BringUp { .. });
        let misses_max = if in_bring_up { STEP_MISSES_MAX } else { MISSES_MAX };
        if self.ladder.misses < misses_max && !over_budget {
            return;
        }
        match &self.state {
            State::Closed | State::Waking | State::AwaitingReopen | State::Barred { .. } => {}
            State::Serving(_) if !self.ladder.settings_tried => {
                self.ladder.misses = 0;
                self.ladder.settings_tried = true;
                self.ladder.until = Some(now.plus(self.profile.settings_budget));
                self.restart(now);
            }
            State::BringUp { .. } | State::Serving(_) => self.mute(now),
        }
    }

    /// It does not answer `AT`, or nothing but `AT`: the shell opens the port anew.
    pub(super) fn mute(&mut self, now: Tick) {
        self.ladder = Ladder::default();
        self.chat.handle(now, chat::Input::Lost);
        self.drain(now);
        self.abort_waiting("no_answer");
        self.abort_retry("no_answer");
        self.free_told = false;
        self.state = State::AwaitingReopen;
        self.outputs.push_back(Output::Reopen);
        self.not_ready(
            "no_answer",
            "The modem does not answer AT commands; the port is opened anew. If this stays, check power and cable, and that no other program uses the port.",
        );
    }
}
