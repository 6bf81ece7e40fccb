//! The SIM's PIN (at-domain: "SIM PIN safety"). Three tries, then the PUK, then the SIM is dead, and the count survives
//! restarts. So a PIN is sent only when three tries are known to be left, once per SIM and PIN, and only after the failure
//! was noted durably. A PUK is never sent.

use at_commands::Tick;
use at_commands::answer::{Final, Numbered};
use at_commands::chat::{ChatError, Done, Info, Request};
use at_commands::command::sim::{self, PinState};
use at_commands::error::{CmeError, CmsError};

use std::fmt;

use super::bring_up::{Phase, Step};
use super::driver::{Driver, State};
use super::io::{Identity, ModemEvent, Output};
use super::words;

/// The PIN of a SIM; it shows itself nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// Of these digits.
    pub fn new(digits: &str) -> Self {
        Self(digits.to_owned())
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// Why no PIN is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinRefusal {
    /// Nobody has set it.
    NotSet,
    /// One was set for this name, and another modem's SIM may be meant.
    Whose,
    /// It was sent to this SIM before.
    Spent,
    /// The note about it could not be made.
    NotNoted,
}

impl PinRefusal {
    /// A stable code and words for a technician.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotSet => (
                "sim_pin",
                "The SIM asks for its PIN, and all 3 tries are left; set it with `answerback modem pin NAME`, or switch the SIM's PIN off in a phone.",
            ),
            Self::Whose => (
                "sim_pin",
                "The SIM asks for its PIN. One was set for this name before the modem had said who it is, and another modem may be meant, so it is not sent. Set it again: answerback modem pin NAME.",
            ),
            Self::Spent => (
                "sim_pin_wrong",
                "This PIN was sent to this SIM before and was not accepted; it is not sent again. Set the right one: answerback modem pin NAME.",
            ),
            Self::NotNoted => (
                "sim_pin",
                "The SIM asks for its PIN, which cannot be sent while the box's disk takes nothing; it is tried again every minute.",
            ),
        }
    }
}

/// What is known of the SIM's lock.
#[derive(Debug, Default)]
pub(super) struct Card {
    /// A PIN went out since the SIM was last ready.
    pin_sent: bool,
    /// It was taken: after a restart of the modem it is asked for anew.
    pin_taken: bool,
    /// The PIN whose note is durable while it has not gone out yet, and its SIM.
    noted: Option<(String, Pin)>,
    /// The SIM whose PIN was asked for and has not come; empty without one.
    asked_for: String,
    /// There was no SIM that works when it was looked at last.
    missing: bool,
    /// The identity told last.
    pub(super) told: Identity,
}

/// Only with all tries left: somebody else's wrong PIN, or ours of yesterday, must not cost the SIM.
const TRIES_NEEDED: u16 = 3;

impl Driver {
    pub(super) fn tries_request(&self, row: usize) -> Option<Request> {
        let (maker, ..) = sim::TRIES_WAYS.get(row)?;
        let fits = self.identity.manufacturer.to_ascii_lowercase().contains(maker);
        fits.then(|| sim::tries_by(row)).flatten()
    }

    pub(super) fn pin_request(&self) -> Option<Request> {
        self.card.noted.as_ref().map(|(_, pin)| sim::pin_enter(&pin.0))
    }

    /// `AT+CPIN?` was answered, or not.
    pub(super) fn pin_state_came(&mut self, now: Tick, done: &Done) {
        if let Some((code, words)) = fault_of(done) {
            return self.bar_without_card(now, code, words);
        }
        match state_of(done) {
            // A modem that does not know the question may still send.
            Some(PinState::Unknown) if self.identity.imei.is_empty() && self.identity.iccid.is_empty() => {
                self.bar(now, "no_gsm", words::NO_GSM);
            }
            None | Some(PinState::Ready | PinState::Pin2 | PinState::Puk2 | PinState::Unknown) => {
                self.card.pin_sent = false;
                self.card.noted = None;
                self.skip(now, Step::PinState);
            }
            // Told as a fault.
            Some(PinState::Missing) => self.skip(now, Step::PinState),
            Some(PinState::NotReady) => match self.busy_until(now) {
                Some(until) => self.state = State::BringUp { step: Step::PinState, phase: Phase::Pause { until } },
                None => self.bar_without_card(now, "sim_not_ready", NOT_READY),
            },
            Some(PinState::Pin) => self.pin_wanted(now),
            Some(PinState::Puk) => self.bar(
                now,
                "sim_puk",
                "The SIM asks for its PUK: three wrong PINs were entered. Unlock it in a phone with the PUK of the operator's letter; Answerback never sends a PUK.",
            ),
            Some(PinState::Device(lock)) => {
                let words = format!("The modem or the SIM is locked ({lock}); ask the seller of the modem for the unlock code.");
                self.bar(now, "sim_lock", &words);
            }
        }
    }

    fn pin_wanted(&mut self, now: Tick) {
        if self.card.pin_sent {
            return self.bar(
                now,
                "sim_pin_wrong",
                "The PIN was sent and the SIM still asks for it; it is not sent again. Set the right one: answerback modem pin NAME.",
            );
        }
        self.next_tries_way(now, 0);
    }

    /// The first way to ask for the tries, from `row` on, that fits this maker.
    fn next_tries_way(&mut self, now: Tick, row: usize) {
        let fitting = (row..sim::TRIES_WAYS.len()).find(|row| self.tries_request(*row).is_some());
        match fitting {
            Some(row) => self.go(Step::PinTries(row)),
            None => self.bar(
                now,
                "sim_pin",
                "The SIM asks for its PIN and the modem does not say how many tries are left, so the PIN is not sent. Switch the SIM's PIN off in a phone.",
            ),
        }
    }

    pub(super) fn tries_came(&mut self, now: Tick, row: usize, lines: &[Info]) {
        match sim::tries(lines) {
            Some(TRIES_NEEDED) => {
                let sim = self.card_name();
                if self.card.noted.as_ref().is_some_and(|(noted, _)| *noted == sim) {
                    self.card.pin_sent = true;
                    return self.go(Step::PinEnter);
                }
                self.card.noted = None;
                // The answer to the last question comes first: it may be of another SIM.
                if self.card.asked_for.is_empty() {
                    self.card.asked_for.clone_from(&sim);
                    self.outputs.push_back(Output::PersistPin { sim, imei: self.identity.imei.clone() });
                }
                self.state = State::BringUp { step: Step::PinNote, phase: Phase::Noting };
            }
            Some(left) => {
                let words = format!(
                    "The SIM asks for its PIN and only {left} of 3 tries are left, so the PIN is not sent. Enter the right PIN in a phone first."
                );
                self.bar(now, "sim_pin", &words);
            }
            None => self.next_tries_way(now, row + 1),
        }
    }

    pub(super) fn pin_persisted(&mut self, pin: Pin) {
        // Where the modem started anew meanwhile the note holds for when it asks again.
        let is_this_ones = self.is_answer_about_this_sim();
        self.card.noted = Some((std::mem::take(&mut self.card.asked_for), pin));
        match is_this_ones {
            Some(true) => {
                self.card.pin_sent = true;
                self.go(Step::PinEnter);
            }
            Some(false) => self.go(Step::PinState),
            None => {}
        }
    }

    /// Whether the SIM whose PIN was asked for is the one that waits for it; `None` where none waits.
    fn is_answer_about_this_sim(&self) -> Option<bool> {
        let waits = matches!(self.state, State::BringUp { step: Step::PinNote, .. });
        waits.then(|| self.card.asked_for == self.card_name())
    }

    /// A modem that starts anew asks again for a PIN it has taken.
    pub(super) fn pin_after_restart(&mut self) {
        if std::mem::take(&mut self.card.pin_taken) {
            self.card.pin_sent = false;
        }
    }

    pub(super) fn pin_denied(&mut self, now: Tick, why: PinRefusal) {
        let is_this_ones = self.is_answer_about_this_sim();
        self.card.asked_for.clear();
        match is_this_ones {
            Some(true) => {}
            Some(false) => return self.go(Step::PinState),
            None => return,
        }
        let (code, words) = why.words();
        self.bar(now, code, words);
        if why == PinRefusal::NotNoted {
            self.state = State::BringUp { step: Step::PinState, phase: Phase::Pause { until: now.plus(self.profile.barred_pause) } };
        }
    }

    pub(super) fn pin_entered(&mut self, now: Tick, ok: bool) {
        self.card.noted = None;
        if !ok {
            // Whatever the reason was: a second try is a person's decision.
            return self.bar(
                now,
                "sim_pin_wrong",
                "The SIM did not take the PIN; it is not sent again. Set the right one: answerback modem pin NAME.",
            );
        }
        let sim = self.card_name();
        self.card.pin_taken = true;
        self.tell(ModemEvent::PinAccepted { sim, imei: self.identity.imei.clone() });
        self.state = State::BringUp { step: Step::PinState, phase: Phase::Pause { until: now.plus(self.profile.busy_pause) } };
    }

    /// `+CPIN` came unasked: the SIM was taken out, put in or unlocked.
    pub(super) fn pin_told(&mut self, now: Tick, state: &PinState) {
        match (&self.state, state) {
            (State::Barred { .. }, PinState::Ready) => self.unbarred(),
            (State::Barred { .. }, PinState::Pin | PinState::Puk) if self.card.missing => self.sim_told(now),
            (State::Serving(_), PinState::Pin | PinState::Puk | PinState::Missing) => self.restart(now),
            // Of the same SIM, or of another one.
            (State::Serving(_), PinState::Ready | PinState::NotReady) => self.want_card(),
            (
                State::Closed
                | State::Waking
                | State::BringUp { .. }
                | State::Serving(_)
                | State::Barred { .. }
                | State::AwaitingReopen
                | State::Mending(_)
                | State::Dead { .. },
                PinState::Ready
                | PinState::Pin
                | PinState::Puk
                | PinState::Pin2
                | PinState::Puk2
                | PinState::Missing
                | PinState::NotReady
                | PinState::Unknown
                | PinState::Device(_),
            ) => {}
        }
    }

    /// The modem says that something happened to its SIM, in its maker's numbers: it is looked at.
    pub(super) fn sim_told(&mut self, now: Tick) {
        match &mut self.state {
            State::Serving(_) => self.want_card(),
            State::Barred { until: Some(until) } => *until = now,
            State::Barred { until: None }
            | State::Closed
            | State::Waking
            | State::BringUp { .. }
            | State::AwaitingReopen
            | State::Mending(_)
            | State::Dead { .. } => {}
        }
    }

    /// Nothing but a person helps: say so, and look again now and then.
    pub(super) fn bar(&mut self, now: Tick, code: &'static str, words: &str) {
        self.state = State::Barred { until: Some(now.plus(self.profile.barred_pause)) };
        self.tell_identity();
        self.not_ready(code, words);
    }

    pub(super) fn ask_barred(&mut self, now: Tick) -> bool {
        self.state = State::Barred { until: None };
        self.ask(now, sim::pin_state_read());
        true
    }

    pub(super) fn barred_done(&mut self, now: Tick, done: &Done) {
        if let Some((code, words)) = fault_of(done) {
            return self.bar_without_card(now, code, words);
        }
        match state_of(done) {
            Some(PinState::Ready) => self.unbarred(),
            // There was no SIM, and this one has a lock of its own.
            Some(PinState::Pin | PinState::Puk) if self.card.missing => self.unbarred(),
            Some(_) | None => self.state = State::Barred { until: Some(now.plus(self.profile.barred_pause)) },
        }
    }

    /// What was done to the SIM before says nothing of the next one.
    fn bar_without_card(&mut self, now: Tick, code: &'static str, words: &str) {
        self.card.missing = true;
        (self.card.pin_sent, self.card.pin_taken, self.card.noted) = (false, false, None);
        self.identity.iccid.clear();
        self.bar(now, code, words);
    }

    /// Somebody unlocked the SIM, or put another one in.
    fn unbarred(&mut self) {
        self.card.missing = false;
        self.identity.iccid.clear();
        self.go(Step::CardId(0));
    }

    fn card_name(&self) -> String {
        if self.identity.iccid.is_empty() { format!("imei:{}", self.identity.imei) } else { self.identity.iccid.clone() }
    }
}

const MISSING: (&str, &str) = (
    "sim_missing",
    "There is no SIM in the modem, or it makes no contact. Put a SIM in, its contacts clean and the right way round; the modem is asked again every minute. A modem that reads its SIM only at its start has to be restarted then: answerback modem restart NAME.",
);
const BROKEN: (&str, &str) = ("sim_failure", "The SIM does not work; try it in a phone, clean its contacts or replace it.");
const NOT_READY: &str = "The SIM in the modem is not ready yet; the modem is asked again every minute. If this stays, take the SIM out, clean its contacts and put it back, or try it in a phone.";

/// What `AT+CPIN?` says that the SIM asks for.
fn state_of(done: &Done) -> Option<PinState> {
    let told_by_error = || match &done.result {
        Err(ChatError::Refused(result)) => lock_told_by_error(result),
        Ok(()) | Err(_) => None,
    };
    sim::pin_state(&done.lines).or_else(told_by_error)
}

/// What `AT+CPIN?` says that waiting does not mend.
fn fault_of(done: &Done) -> Option<(&'static str, &'static str)> {
    match &done.result {
        Err(ChatError::Refused(result)) => card_fault(result),
        Ok(()) | Err(_) => None,
    }
    .or_else(|| (sim::pin_state(&done.lines) == Some(PinState::Missing)).then_some(MISSING))
}

/// Some modems answer the question for the lock with the lock as an error.
fn lock_told_by_error(result: &Final) -> Option<PinState> {
    match result.number()? {
        Numbered::Cme(CmeError(11)) | Numbered::Cms(CmsError(311)) => Some(PinState::Pin),
        Numbered::Cme(CmeError(12)) | Numbered::Cms(CmsError(316)) => Some(PinState::Puk),
        Numbered::Cme(_) | Numbered::Cms(_) | Numbered::Modem(_) => None,
    }
}

/// Faults of the card that waiting does not mend.
fn card_fault(result: &Final) -> Option<(&'static str, &'static str)> {
    match result.number()? {
        Numbered::Cme(CmeError(10)) | Numbered::Cms(CmsError(310)) => Some(MISSING),
        Numbered::Cme(CmeError(13 | 15)) | Numbered::Cms(CmsError(313 | 315)) => Some(BROKEN),
        Numbered::Cme(_) | Numbered::Cms(_) | Numbered::Modem(_) => None,
    }
}
