//! Messages that a modem shows and keeps nowhere (`+CSMS=1`): acknowledged to the network once they are on disk, never before
//! (27.005 sections 3.4.1 and 3.4.4). What is not acknowledged in time comes again.

use std::time::Duration;

use at_commands::Tick;
use at_commands::answer::{Final, Numbered};
use at_commands::chat::{ChatError, Done, Request};
use at_commands::command::sms;
use at_commands::error::CmsError;

use super::driver::Driver;
use super::indications::Phase2Plus;
use super::io::ModemEvent;
use crate::committed::{Committed, Slot};

/// What was shown and is not acknowledged yet.
#[derive(Debug, Default)]
pub(super) struct Acknowledging {
    /// The modem owes the network an answer for each of these: one, where it keeps to the standard.
    shown: Vec<Shown>,
    /// It understood `AT+CNMA` in its plain form only.
    plainly: bool,
}

#[derive(Debug)]
struct Shown {
    slot: Slot,
    at: Tick,
    committed: bool,
}

/// A modem shows no second one before the first is acknowledged; some do.
const SHOWN_MAX: usize = 16;
/// 24.011 TR2M: 12 to 20 s. Behind that the modem has refused it to the network, and some then tell of nothing any more.
const IN_TIME: Duration = Duration::from_secs(11);
/// "No acknowledgement expected".
const NOT_EXPECTED: u16 = 340;

impl Acknowledging {
    /// The modem has started anew: it owes nothing any more.
    pub(super) fn modem_restarted(&mut self) {
        self.shown.clear();
    }

    /// Whether something is on disk and not acknowledged.
    pub(super) fn is_due(&self) -> bool {
        self.shown.iter().any(|shown| shown.committed)
    }

    pub(super) fn request(&self) -> Request {
        if self.plainly { sms::acknowledge_plainly() } else { sms::acknowledge(1) }
    }

    /// What was shown is on disk.
    pub(super) fn stored(&mut self, slot: &Committed<Slot>) {
        if let Some(shown) = self.shown.iter_mut().find(|shown| shown.slot == **slot) {
            shown.committed = true;
        }
    }
}

impl Driver {
    /// `+CMT` or `+CDS` with its PDU.
    pub(super) fn was_shown(&mut self, now: Tick, hex: String) {
        let slot = (self.setup.phase_2plus == Phase2Plus::Taken).then(|| Slot::shown(&hex));
        if let Some(slot) = &slot {
            let waiting = &mut self.acknowledging.shown;
            // Told again by a network that did not hear the last answer: one acknowledgement, for this one.
            waiting.retain(|other| other.slot != *slot);
            if waiting.len() >= SHOWN_MAX {
                waiting.remove(0);
            }
            waiting.push(Shown { slot: slot.clone(), at: now, committed: false });
        }
        self.tell(ModemEvent::Received { hex, slot, live: true });
    }

    /// `AT+CNMA` was answered. One that came too late, or that nobody expected, makes it look whether the modem is deaf now.
    pub(super) fn acknowledged(&mut self, now: Tick, done: &Done) {
        let waiting = &mut self.acknowledging.shown;
        let Some(place) = waiting.iter().position(|shown| shown.committed) else { return };
        let refused = match &done.result {
            Ok(()) => None,
            Err(ChatError::Refused(result)) => Some(is_not_expected(result)),
            Err(ChatError::Lost | ChatError::Restarted) => return,
            Err(ChatError::Timeout | ChatError::NoPrompt | ChatError::Cancelled) => Some(true),
        };
        if refused == Some(false) && !self.acknowledging.plainly {
            // It may know the plain form only.
            self.acknowledging.plainly = true;
            return;
        }
        let shown = waiting.remove(place);
        if refused.is_some() || now.since(shown.at) > IN_TIME {
            self.health.want_indications();
        }
    }
}

fn is_not_expected(result: &Final) -> bool {
    matches!(result.number(), Some(Numbered::Cms(CmsError(NOT_EXPECTED))))
}
