//! The recovery ladder (reliability.md section 5), as far as a modem itself is asked: 1 ESC and `AT`, 2 the settings again, 3 the
//! port anew, 4 the radio off and on, 5 its reset, 6 its USB device anew, 7 its power off and on (6 and 7 by the root helper).
//! Rung 1 is the chat's own: it climbs it after every time-out.
//!
//! A round goes from rung to rung; where the last one did not help, the next round begins after a pause that doubles.

use std::collections::VecDeque;
use std::time::Duration;

use at_commands::Tick;
use at_commands::chat::{self, ChatError, Done, Request};
use at_commands::command::network::{self, Registration};

use super::driver::{Driver, Job, State, earliest};
use super::falls::Falls;
use super::io::{DEAD, ModemEvent, Output, Remembered};
use super::profile::Profile;
use super::words;
use crate::terms::{Ailment, Rung};

/// How far up it is.
#[derive(Debug, Default)]
pub(super) struct Ladder {
    /// Commands in a row that were not answered although `AT` was.
    misses: u8,
    /// The rung it stands on, until it is known to have helped.
    standing: Option<(Rung, Ailment)>,
    /// The time that rung has.
    until: Option<Tick>,
    /// What restarted it in the last hour.
    restarts: VecDeque<(Rung, Tick)>,
    /// Rounds in a row that did not help.
    rounds: u32,
    /// Until then nothing harder than `AT` is tried.
    pause: Option<Tick>,
    /// Since when no registration has carried messages.
    unregistered: Option<Tick>,
    /// Messages in a row that failed without a word about the message.
    failures: u8,
    /// Since when it has said nothing.
    silent_since: Option<Tick>,
    /// Whom those of them were for that may be the fault of a number: each counts once.
    failed_for: Vec<Vec<u8>>,
    /// How often it fell.
    falls: Falls,
    /// Messages in a row that the network refused this SIM.
    refusals: u8,
    /// It is not given messages until the pause is over.
    stopped: Option<Stop>,
}

/// Why a modem that is registered is given no messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    SendsFail,
    SimRefused {
        code: u16,
    },
    /// It falls over and over: it starts by itself, or goes away with a message in hand.
    Falls,
}

/// Unanswered commands in a row before the settings are made again: one may be a slow network, two are a sick modem.
const MISSES_MAX: u8 = 2;
/// In the bring-up each step is asked twice and one dumb step is gone over; two dumb steps in a row are a sick modem.
const STEP_MISSES_MAX: u8 = 4;
/// One failure is the weather, three in a row are the modem.
const FAILURES_MAX: u8 = 3;
/// So many in a row are no chance (at-domain section 12).
const REFUSALS_MAX: u8 = 5;
/// More of each kind in an hour harm: they make sticks vanish, and networks notice.
const RESTARTS_MAX: usize = 3;
/// As many as there are kinds of them.
const RESTARTS_KEPT: usize = 3 * RESTARTS_MAX;
const HOUR: Duration = Duration::from_hours(1);

impl Ladder {
    /// With what the box remembers of this modem.
    pub(super) fn after(remembered: &Remembered) -> Self {
        Self { standing: remembered.standing, restarts: remembered.restarts.iter().copied().collect(), ..Self::default() }
    }

    /// Its port is open: what it said before does not count where it was away meanwhile.
    pub(super) fn opened(&mut self, now: Tick, was_away: bool) {
        if was_away || self.silent_since.is_none() {
            self.silent_since = Some(now);
        }
    }

    /// Counts an answer or its absence.
    pub(super) fn answered(&mut self, now: Tick, serving: bool, done: &Done) {
        match &done.result {
            Ok(()) | Err(ChatError::Refused(_)) => {
                self.misses = 0;
                self.silent_since = Some(now);
                if serving {
                    self.cured(Ailment::NoAnswer);
                }
            }
            Err(ChatError::Timeout) => self.misses = self.misses.saturating_add(1),
            Err(ChatError::NoPrompt | ChatError::Cancelled | ChatError::Lost | ChatError::Restarted) => {}
        }
    }

    /// Everything is set again: the budget of rung 2 was kept.
    pub(super) fn settled(&mut self) {
        if matches!(self.standing, Some((Rung::Settings, _))) {
            self.until = None;
        }
    }

    /// It does not suffer from this any more.
    pub(super) fn cured(&mut self, ailment: Ailment) {
        if self.standing.is_some_and(|(_, of)| of == ailment) {
            self.standing = None;
            self.until = None;
            self.rounds = 0;
        }
    }

    /// The network took a message.
    pub(super) fn sent(&mut self) {
        (self.failures, self.refusals) = (0, 0);
        self.failed_for.clear();
        self.cured(Ailment::SendsFail);
        if self.standing.is_none() {
            self.rounds = 0;
        }
    }

    /// A message failed, and what was said tells nothing about the message.
    pub(super) fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// A message for this recipient failed, and it may be the recipient's fault: only another one's counts again.
    pub(super) fn failed_for(&mut self, recipient: Vec<u8>) {
        if self.failed_for.len() < usize::from(FAILURES_MAX) && !self.failed_for.contains(&recipient) {
            self.failed_for.push(recipient);
            self.failed();
        }
    }

    /// The network refused a message; `sim` when the refusal may be meant for the SIM and not for the message.
    pub(super) fn refused(&mut self, sim: Option<u16>) {
        self.failures = 0;
        self.failed_for.clear();
        match sim {
            None => self.refusals = 0,
            Some(code) => {
                self.refusals = self.refusals.saturating_add(1);
                if self.refusals >= REFUSALS_MAX {
                    self.stopped = Some(Stop::SimRefused { code });
                }
            }
        }
    }

    /// Why it is given no messages although it is registered.
    pub(super) fn stopped(&self) -> Option<Stop> {
        self.stopped
    }

    /// A person wants it tried again now.
    pub(super) fn forgive(&mut self) {
        *self = Self { restarts: std::mem::take(&mut self.restarts), ..Self::default() };
    }

    /// When it has to be looked after next while it serves.
    fn due(&self, profile: &Profile) -> Option<Tick> {
        let ill = if self.failures >= FAILURES_MAX {
            Some(Tick::default())
        } else {
            self.unregistered.map(|since| since.plus(profile.registration_wait))
        };
        let at = match self.stopped {
            Some(_) => Some(Tick::default()),
            None => ill,
        };
        at.map(|at| at.max(self.until.unwrap_or(at)).max(self.pause.unwrap_or(at)))
    }

    fn ends_pause(&mut self, now: Tick) {
        if self.pause.is_some_and(|pause| pause <= now) {
            self.pause = None;
            self.standing = None;
            self.until = None;
        }
    }

    fn end_round(&mut self, now: Tick, profile: &Profile) {
        self.rounds = self.rounds.saturating_add(1);
        let doubled = profile.quarantine_min.saturating_mul(1_u32 << (self.rounds - 1).min(10));
        self.pause = Some(now.plus(doubled.min(profile.quarantine_max)));
        self.standing = None;
        self.until = None;
    }
}

impl Driver {
    /// Goes one rung up when the one it stands on did not help.
    pub(super) fn climb(&mut self, now: Tick) {
        let on_settings = matches!(self.ladder.standing, Some((Rung::Settings, _)));
        let over_budget = on_settings && self.ladder.until.is_some_and(|until| until <= now);
        let in_bring_up = matches!(self.state, State::BringUp { .. });
        let misses_max = if in_bring_up { STEP_MISSES_MAX } else { MISSES_MAX };
        if self.ladder.misses < misses_max && !over_budget {
            return;
        }
        match &self.state {
            State::Closed | State::Waking | State::AwaitingReopen | State::Barred { .. } | State::Mending(_) | State::Dead { .. } => {}
            State::Serving(_) if self.ladder.standing.is_none_or(|(_, of)| of != Ailment::NoAnswer) => {
                self.ladder.misses = 0;
                self.stand(now, Rung::Settings, Ailment::NoAnswer);
                self.restart(now);
            }
            State::BringUp { .. } | State::Serving(_) => self.mute(now),
        }
    }

    /// It does not answer `AT`, or nothing but `AT`.
    pub(super) fn mute(&mut self, now: Tick) {
        self.ladder.misses = 0;
        self.chat.handle(now, chat::Input::Lost);
        self.drain(now);
        self.abort_waiting("no_answer");
        self.abort_retry("no_answer");
        self.free_told = false;
        self.ladder.ends_pause(now);
        if self.starts_up(now) {
            self.state = State::Waking;
            return self.chat.handle(now, chat::Input::Wake { until: None });
        }
        match self.next_rung(now, Ailment::NoAnswer) {
            // It may be busy with a message, or still start: it is asked on until it has been silent for long enough.
            Some(rung) if rung.restarts() && !self.is_silent_enough(now) => {
                self.state = State::Waking;
                self.chat.handle(now, chat::Input::Wake { until: None });
            }
            Some(Rung::Reopen) => {
                self.stand(now, Rung::Reopen, Ailment::NoAnswer);
                self.state = State::AwaitingReopen;
                self.outputs.push_back(Output::Reopen);
                self.not_ready("no_answer", words::NO_ANSWER);
            }
            Some(rung) if rung.needs_helper() => self.have_helped(now, rung, Ailment::NoAnswer),
            Some(rung) => self.mend(now, rung, Ailment::NoAnswer),
            None => self.give_up(now),
        }
    }

    /// Whether it was reset a moment ago and may be silent.
    fn starts_up(&self, now: Tick) -> bool {
        self.ladder.standing.is_some_and(|(rung, _)| rung.restarts()) && self.ladder.until.is_some_and(|until| now < until)
    }

    fn is_silent_enough(&self, now: Tick) -> bool {
        self.ladder.silent_since.is_none_or(|since| now.since(since) >= self.profile.reset_silence)
    }

    /// It started by itself while it served, or went away with a message in hand.
    pub(super) fn fell(&mut self, now: Tick) {
        if !self.starts_up(now) {
            self.ladder.falls.note(now);
            self.tell(ModemEvent::Fell);
        }
    }

    /// It serves: where it fell too often it is given no messages for a while.
    pub(super) fn heed_falls(&mut self, now: Tick) {
        let before = Falls::of(&std::mem::take(&mut self.remembered.falls), &self.identity.imei);
        self.ladder.falls.behind(before);
        if let Some(until) = self.ladder.falls.rest(&self.profile).filter(|until| *until > now) {
            self.ladder.pause = Some(until);
            self.ladder.stopped = Some(Stop::Falls);
        }
    }

    /// Nothing helped: it is left alone but for `AT` now and then, until the pause is over.
    fn give_up(&mut self, now: Tick) {
        if self.ladder.pause.is_none() {
            self.ladder.end_round(now, &self.profile);
        }
        self.state = State::Dead { ask: now.plus(self.profile.keep_alive) };
        if self.is_known() {
            self.not_ready(DEAD, words::DEAD);
        }
    }

    /// A modem that was given up is asked again.
    pub(super) fn ask_dead(&mut self, now: Tick) {
        if let State::Dead { ask } = self.state
            && ask <= now
        {
            self.state = State::Waking;
            self.chat.handle(now, chat::Input::Wake { until: None });
        }
    }

    /// When [`look_after`](Self::look_after) has something to do.
    pub(super) fn care_due(&self) -> Option<Tick> {
        let busy = self.sending.is_some() || self.unsettled || self.dialing.is_up();
        if busy { None } else { self.ladder.due(&self.profile) }
    }

    /// Looks after a modem that answers and does not do its work; whether there was anything to do.
    pub(super) fn look_after(&mut self, now: Tick) -> bool {
        if !matches!(self.state, State::Serving(_)) {
            return false;
        }
        let carries = self.best_stat().is_none_or(Registration::carries_sms);
        self.ladder.unregistered = if carries { None } else { self.ladder.unregistered.or(Some(now)) };
        let idle = matches!(self.state, State::Serving(Job::Free)) && self.chat.is_idle();
        if !idle || self.care_due().is_none_or(|due| due > now) {
            return false;
        }
        self.ladder.ends_pause(now);
        self.take_care(now);
        true
    }

    fn take_care(&mut self, now: Tick) {
        if self.ladder.stopped.take().is_some() {
            // One message more shows whether it is over.
            self.ladder.failures = self.ladder.failures.min(FAILURES_MAX - 1);
            self.ladder.refusals = self.ladder.refusals.min(REFUSALS_MAX - 1);
            return self.announce();
        }
        let ailment = if self.ladder.failures >= FAILURES_MAX { Ailment::SendsFail } else { Ailment::NotRegistered };
        match self.next_rung(now, ailment) {
            Some(rung) if rung.needs_helper() => {
                self.chat.handle(now, chat::Input::Lost);
                self.drain(now);
                self.abort_waiting("restarted");
                self.free_told = false;
                self.have_helped(now, rung, ailment);
            }
            Some(rung) => self.mend(now, rung, ailment),
            None => {
                self.ladder.end_round(now, &self.profile);
                if ailment == Ailment::SendsFail {
                    self.stop(now, Stop::SendsFail);
                }
            }
        }
    }

    /// It is registered, and is given no messages for a while.
    pub(super) fn stop(&mut self, now: Tick, why: Stop) {
        if self.ladder.pause.is_none() {
            self.ladder.end_round(now, &self.profile);
        }
        self.ladder.stopped = Some(why);
        self.announce();
    }

    /// A SIM that the network refused too often is stopped.
    pub(super) fn heed_refusals(&mut self, now: Tick) {
        if let Some(why) = self.ladder.stopped {
            self.stop(now, why);
        }
    }

    /// The next rung of this round, if there is one.
    fn next_rung(&self, now: Tick, ailment: Ailment) -> Option<Rung> {
        if self.ladder.pause.is_some() {
            return None;
        }
        let least = if ailment == Ailment::NoAnswer { Some(Rung::Settings) } else { None };
        let above = self.ladder.standing.map(|(rung, _)| rung).max(least);
        let open = ailment.rungs().iter().copied().filter(|rung| above.is_none_or(|above| *rung > above));
        open.into_iter().find(|rung| self.may(now, *rung))
    }

    /// Whether a rung may be tried: what goes deeper than the port only on a port that is known to be a modem's.
    fn may(&self, now: Tick, rung: Rung) -> bool {
        let allowed = || self.is_known() && !self.remembered.avoid.contains(&rung);
        match rung {
            Rung::Settings | Rung::Reopen => true,
            Rung::Radio => allowed(),
            Rung::Reset => allowed() && self.restarts_within_hour(now, rung) < RESTARTS_MAX,
            Rung::UsbReset | Rung::Power => {
                allowed() && self.remembered.helps.contains(&rung) && self.restarts_within_hour(now, rung) < RESTARTS_MAX
            }
        }
    }

    fn restarts_within_hour(&self, now: Tick, rung: Rung) -> usize {
        self.ladder.restarts.iter().filter(|(of, at)| *of == rung && now.since(*at) < HOUR).count()
    }

    /// A modem has said on this port who it is.
    fn is_known(&self) -> bool {
        self.remembered.known || !self.card.told.imei.is_empty()
    }

    fn stand(&mut self, now: Tick, rung: Rung, ailment: Ailment) {
        let budget = match rung {
            Rung::Settings => self.profile.settings_budget,
            Rung::Reopen => Duration::ZERO,
            Rung::Radio => self.profile.radio_budget,
            Rung::Reset => self.profile.reset_budget,
            Rung::UsbReset => self.profile.usb_budget,
            Rung::Power => self.profile.power_budget,
        };
        if rung.restarts() {
            self.ladder.restarts.push_back((rung, now));
            if self.ladder.restarts.len() > RESTARTS_KEPT {
                self.ladder.restarts.pop_front();
            }
        }
        self.ladder.standing = Some((rung, ailment));
        self.ladder.until = Some(now.plus(budget));
        self.tell(ModemEvent::Rung { rung, ailment });
    }

    /// Rungs 6 and 7.
    fn have_helped(&mut self, now: Tick, rung: Rung, ailment: Ailment) {
        self.stand(now, rung, ailment);
        self.state = State::AwaitingReopen;
        self.outputs.push_back(Output::Help(rung));
        match ailment {
            Ailment::NoAnswer => self.not_ready("no_answer", words::NO_ANSWER),
            Ailment::NotRegistered | Ailment::SendsFail => self.not_ready("recovering", words::RECOVERING),
        }
    }

    /// A call that no command ends, ends with the radio.
    pub(super) fn radio_off(&mut self, now: Tick) {
        self.mend(now, Rung::Radio, Ailment::SendsFail);
    }

    /// Rungs 4 and 5.
    fn mend(&mut self, now: Tick, rung: Rung, ailment: Ailment) {
        self.stand(now, rung, ailment);
        match ailment {
            Ailment::SendsFail => self.not_ready("recovering", words::RECOVERING),
            Ailment::NoAnswer => self.not_ready("no_answer", words::NO_ANSWER),
            Ailment::NotRegistered => {}
        }
        let (state, request) = match rung {
            Rung::Radio => (Mending::RadioOff, network::function_set(4)),
            Rung::Settings | Rung::Reopen | Rung::Reset | Rung::UsbReset | Rung::Power => {
                (Mending::Reset, Request::new(self.profile.reset, RESET_ANSWER))
            }
        };
        self.state = State::Mending(state);
        self.ask(now, request);
    }

    /// A command of rung 4 or 5 ended, answered or not.
    pub(super) fn mending_done(&mut self, now: Tick, step: Mending) {
        match step {
            Mending::RadioOff => {
                self.state = State::Mending(Mending::RadioOn);
                self.ask(now, network::function_set(1));
            }
            Mending::RadioOn | Mending::Reset => self.restart(now),
        }
    }
}

/// Which command of rung 4 or 5 is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mending {
    RadioOff,
    RadioOn,
    Reset,
}

/// A modem that resets itself often says nothing more.
const RESET_ANSWER: Duration = Duration::from_secs(5);

/// The earlier of the deadlines of a modem in service.
pub(super) fn service_due(driver: &Driver) -> Option<Tick> {
    let inbox = earliest(driver.inbox.home_due(), driver.inbox.look_again_due(driver.profile.stored_wait));
    let extra = earliest(driver.ussd_due(), driver.care_due());
    earliest(earliest(driver.health.due(), inbox), extra)
}
