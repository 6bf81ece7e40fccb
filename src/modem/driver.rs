//! One modem, from an open port to messages in both directions: `handle`, `poll_output`, `poll_timeout`.
//!
//! It reads no clock, opens nothing and never blocks: bytes and ticks come in, bytes and events go out. PDUs pass through
//! as hex and octets; what they say is the engine's business. Its rooms: `bring_up`, `who` and `pin` until it serves, then
//! `sending`, `inbox`, `ussd`, `call`, `dial`, `raw` and `health`; `ladder` when it does not answer. 27.005, 27.007.

use std::collections::VecDeque;

use at_commands::Tick;
use at_commands::chat::{self, Chat, Done};
use at_commands::command::sms;

use super::acknowledge::Acknowledging;
use super::bring_up::{Phase, Setup, Step};
use super::call::{Calls, HangUp};
use super::dial::{DialJob, Dialing};
use super::ears::Ears;
use super::health::{Check, Health};
use super::inbox::Inbox;
use super::io::{Identity, Input, ModemCommand, ModemEvent, Output, Remembered, Submission};
use super::ladder::{Ladder, Mending, service_due};
use super::mask::mask;
use super::pin::Card;
use super::profile::Profile;
use super::raw::Raw;
use super::sending::Sending;
use super::ussd::{Ussd, UssdJob};
use super::witness::{Ask, Witness};
use super::words;

/// The driver of one modem. It has no `Debug`: it holds a PIN and contents of messages.
pub struct Driver {
    /// As given, without the quirks of the model found.
    pub(super) plain_profile: Profile,
    pub(super) profile: Profile,
    pub(super) remembered: Remembered,
    pub(super) chat: Chat,
    pub(super) state: State,
    pub(super) outputs: VecDeque<Output>,
    pub(super) identity: Identity,
    pub(super) card: Card,
    pub(super) setup: Setup,
    pub(super) sending: Option<Sending>,
    /// The message that goes next, so that its `AT+CMGS` leaves the moment the one before is answered.
    pub(super) waiting: Option<Submission>,
    pub(super) free_told: bool,
    /// An attempt ended in doubt and the port is not known to be quiet yet.
    pub(super) unsettled: bool,
    pub(super) inbox: Inbox,
    pub(super) ears: Ears,
    pub(super) acknowledging: Acknowledging,
    pub(super) ussd: Ussd,
    pub(super) calls: Calls,
    pub(super) witness: Witness,
    pub(super) dialing: Dialing,
    pub(super) raw: Raw,
    pub(super) health: Health,
    pub(super) ladder: Ladder,
}

/// Where it stands.
///
/// ```text
///           Opened            answers AT, quiet            every step answered
///   Closed ───────► Waking ─────────────────────► BringUp ────────────────────► Serving ◄──┐
///     ▲               ▲ │                            │  ▲ ready                 │  │  job  │
///     │               │ │        PIN, PUK, no SIM    ▼  │                       │  └───────┘
///     │ Lost          │ │                          Barred (asks again)          │
///     │ (from any)    │ └── mute ──► AwaitingReopen ◄──────── mute ─────────────┤
///     │               │                   │ Opened        boot, lost settings   │
///     └───────────────┴───────────────────┴─────────────────────────────────────┘
///
///   Waking ── mute, and no rung left ──► Dead ── asks now and then ──► Waking
///   Serving, Waking ── rung 4 or 5 ──► Mending ── done ──► Waking
/// ```
#[derive(Debug)]
pub(super) enum State {
    /// No port.
    Closed,
    /// ESC, drain, `AT` until it answers: at opening, after a restart of the modem, and for settling.
    Waking,
    /// Setting it up, one command after the other.
    BringUp {
        /// Which command.
        step: Step,
        /// Whether it is asked, answered, or put off.
        phase: Phase,
    },
    /// In service; one job at a time.
    Serving(Job),
    /// Nothing can be done without a person; the SIM is asked again now and then.
    Barred {
        /// When it is asked again; `None` while it is being asked.
        until: Option<Tick>,
    },
    /// The shell was asked to open the port anew.
    AwaitingReopen,
    /// A deeper rung of the ladder: its radio or all of it starts anew.
    Mending(Mending),
    /// Nothing helped; it is asked now and then.
    Dead {
        /// When.
        ask: Tick,
    },
}

/// What the command in flight is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Job {
    /// Nothing is in flight.
    Free,
    /// `AT+CMGS`, or `AT+CMSS`; the details are in `sending`.
    Send,
    /// `AT+CMGW`.
    Keep,
    /// A question about what was sent.
    Witness(Ask),
    /// Changes the memory to read and delete.
    Memory(String),
    /// `AT+CNMA`.
    Acknowledge,
    /// Reads a slot of the current memory.
    Read {
        /// The slot.
        index: u16,
        /// Indicated as it came.
        live: bool,
    },
    /// Deletes a slot of the current memory.
    Delete {
        /// The slot.
        index: u16,
    },
    /// Rejects a call that comes in.
    HangUp(HangUp),
    /// `AT+CUSD`.
    Ussd(UssdJob),
    /// A call that goes out.
    Dial(DialJob),
    /// A command of a technician.
    Raw,
    /// A look at the modem's health.
    Check(Check),
}

/// What one read of a port can bring: a line takes three octets, and few of them want anything.
const OUTPUTS_MAX: usize = 2_048;

impl Driver {
    /// A driver for a port that is not open yet.
    pub fn new(profile: Profile, remembered: Remembered) -> Self {
        let ladder = Ladder::after(&remembered);
        let mut witness = Witness::default();
        if remembered.look {
            witness.want_reference();
        }
        let dialing = Dialing::after(remembered.may_be_ringing);
        Self {
            chat: Chat::new(profile.pace.clone()),
            plain_profile: profile.clone(),
            profile,
            remembered,
            state: State::Closed,
            outputs: VecDeque::new(),
            identity: Identity::default(),
            card: Card::default(),
            setup: Setup::default(),
            sending: None,
            waiting: None,
            free_told: false,
            unsettled: false,
            inbox: Inbox::default(),
            ears: Ears::default(),
            acknowledging: Acknowledging::default(),
            ussd: Ussd::default(),
            calls: Calls::default(),
            witness,
            dialing,
            raw: Raw::default(),
            health: Health::default(),
            ladder,
        }
    }

    /// Takes one thing that happened. Never blocks, never fails, bounded work.
    pub fn handle(&mut self, now: Tick, input: Input<'_>) {
        match input {
            Input::Opened => self.opened(now),
            Input::Bytes(bytes) => self.chat.handle(now, chat::Input::Bytes(bytes)),
            Input::Lost => self.lost(now),
            Input::Command(ModemCommand::Submit(submission)) => self.submit(now, submission),
            Input::Command(ModemCommand::RejectCalls(rejects)) => self.remembered.reject_calls = rejects,
            Input::Command(ModemCommand::Ussd(errand)) => self.ussd_wanted(now, errand),
            Input::Command(ModemCommand::Look) => self.witness.want_all(),
            Input::Command(ModemCommand::Ring(errand)) => self.ring_wanted(now, errand),
            Input::Command(ModemCommand::EndRing(id)) => self.ring_unwanted(now, id),
            Input::Command(ModemCommand::At(errand)) => self.raw_wanted(now, errand),
            Input::Command(ModemCommand::Restart | ModemCommand::Rebuild) => {
                self.ladder.forgive();
                self.restart(now);
            }
            Input::Stored(slot) if slot.is_shown() => self.acknowledging.stored(&slot),
            Input::Stored(slot) => self.inbox.stored(&slot),
            Input::AttemptCommitted { attempt } => self.attempt_committed(now, attempt),
            Input::AttemptDenied => self.attempt_denied(now),
            Input::PinPersisted(pin) => self.pin_persisted(pin),
            Input::PinDenied(why) => self.pin_denied(now, why),
            Input::Timer => {}
        }
        self.chat.handle(now, chat::Input::Timer);
        self.pump(now);
    }

    /// The next thing it wants; drain to `None` after every `handle`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The one next deadline; `handle(Input::Timer)` is due then.
    pub fn poll_timeout(&self) -> Option<Tick> {
        let own = match &self.state {
            State::Closed | State::Waking | State::AwaitingReopen | State::Mending(_) => None,
            State::BringUp { phase, .. } => phase.until(),
            State::Dead { ask } => Some(*ask),
            // While it rings nothing else is looked after.
            State::Serving(Job::Free) if self.dialing.is_up() => None,
            State::Serving(Job::Free) if self.chat.is_idle() => service_due(self),
            State::Barred { until } if self.chat.is_idle() => *until,
            State::Serving(_) | State::Barred { .. } => None,
        };
        let persist = earliest(self.sending.as_ref().and_then(Sending::deadline), self.held_up_due());
        let besides = earliest(
            earliest(self.ussd.deadline(), self.raw.deadline()),
            earliest(self.call_deadline(), self.dialing.deadline(&self.profile)),
        );
        earliest(earliest(own, persist), earliest(besides, self.chat.poll_timeout()))
    }

    /// Who the modem and its SIM are, as far as they have said.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether a message is in hand: asked for, at its prompt or on air.
    pub fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// Whether it is in service and its port is idle: nothing is in flight.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Serving(Job::Free)) && self.chat.is_idle() && !self.dialing.is_up()
    }

    /// What it and its chat hold now, for those who watch their bounds: what, how many, how many at most.
    pub fn held(&self) -> [(&'static str, usize, usize); 8] {
        let (chat, most) = (self.chat.held(), chat::Held::MAX);
        let [to_read, to_delete, slots] = self.inbox.held();
        [
            ("outputs wait to be taken", self.outputs.len(), OUTPUTS_MAX),
            ("commands wait for the chat", chat.commands, most.commands),
            ("answer lines are kept", chat.lines, most.lines),
            ("first lines wait for their second", chat.headers, most.headers),
            ("octets make no line yet", chat.octets, most.octets),
            ("slots wait to be read", to_read.0, to_read.1),
            ("slots wait to be deleted", to_delete.0, to_delete.1),
            ("slots are remembered", slots.0, slots.1),
        ]
    }

    pub(super) fn tell(&mut self, event: ModemEvent) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(super) fn ask(&mut self, now: Tick, mut request: chat::Request) {
        if request.prompt.is_none() {
            request.timeout = request.timeout.min(self.profile.command_max);
        }
        self.chat.handle(now, chat::Input::Command(request));
    }

    fn opened(&mut self, now: Tick) {
        self.chat.handle(now, chat::Input::Lost);
        self.drain(now);
        self.ladder.opened(now, matches!(self.state, State::Closed));
        let until = self.remembered.settle_until.take().filter(|until| *until > now);
        self.unsettled |= until.is_some();
        self.state = State::Waking;
        self.chat.handle(now, chat::Input::Wake { until });
    }

    fn lost(&mut self, now: Tick) {
        if self.has_handed_over() {
            self.fell(now);
        }
        self.chat.handle(now, chat::Input::Lost);
        self.drain(now);
        self.abort_waiting("lost");
        self.abort_retry("lost");
        self.state = State::Closed;
        self.free_told = false;
        self.not_ready("lost", words::LOST);
    }

    /// A command of a person, or the modem said that it has just started.
    pub(super) fn restart(&mut self, now: Tick) {
        match &self.state {
            State::Closed | State::AwaitingReopen | State::Waking => return,
            State::BringUp { .. } | State::Serving(_) | State::Barred { .. } | State::Mending(_) | State::Dead { .. } => {}
        }
        self.chat.handle(now, chat::Input::Restarted);
        self.drain(now);
        self.abort_retry("restarted");
        self.state = State::Waking;
        self.chat.handle(now, chat::Input::Wake { until: None });
    }

    fn pump(&mut self, now: Tick) {
        loop {
            self.deadlines(now);
            self.drain(now);
            if !self.look_after(now) && !self.start_next(now) {
                break;
            }
        }
        self.tell_free();
    }

    fn deadlines(&mut self, now: Tick) {
        if let State::BringUp { phase, .. } = &mut self.state
            && phase.until().is_some_and(|until| until <= now)
        {
            *phase = Phase::Next;
        }
        self.sending_deadline(now);
        self.ussd_deadline(now);
        self.dial_deadline(now);
        self.raw_deadline(now);
        self.ask_dead(now);
        self.calls_deadline(now);
    }

    /// Sends the next command if nothing is in flight; false when there is none.
    fn start_next(&mut self, now: Tick) -> bool {
        if !self.chat.is_idle() {
            return false;
        }
        match &self.state {
            State::Closed | State::Waking | State::AwaitingReopen | State::Mending(_) | State::Dead { .. } => false,
            State::BringUp { phase: Phase::Next, .. } => self.start_step(now),
            State::BringUp { phase: Phase::Asked | Phase::Pause { .. } | Phase::Noting, .. } => false,
            State::Serving(Job::Free) => self.start_job(now),
            State::Serving(_) => false,
            State::Barred { until } if until.is_some_and(|until| until <= now) => self.ask_barred(now),
            State::Barred { .. } => false,
        }
    }

    fn start_job(&mut self, now: Tick) -> bool {
        if self.acknowledging.is_due() {
            return self.start(now, Job::Acknowledge);
        }
        if self.dialing.is_up() {
            let Some(job) = self.next_dial().or_else(|| self.next_fetch(now)) else { return false };
            return self.start(now, job);
        }
        let late = self.health.is_urgent(&self.profile, now);
        let fetch = self.next_fetch(now);
        let urgent = if fetch.is_none() && late { self.next_check(now) } else { None };
        let early = self.next_hang_up().or_else(|| self.next_dial()).or(fetch).or(urgent);
        let early = early.or_else(|| self.next_raw()).or_else(|| self.next_ussd(now, true));
        let send = early.or_else(|| self.next_witness()).or_else(|| self.next_send()).or_else(|| self.next_ussd(now, false));
        let Some(job) = send.or_else(|| self.next_check(now)) else { return false };
        self.start(now, job)
    }

    fn start(&mut self, now: Tick, job: Job) -> bool {
        let request = match &job {
            Job::Free => return false,
            Job::Send | Job::Keep => return self.start_send(now),
            Job::Witness(ask) => Self::witness_request(*ask),
            Job::Ussd(job) => return self.start_ussd(now, *job),
            Job::Dial(job) => return self.start_dial(now, *job),
            Job::Raw => return self.start_raw(now),
            Job::HangUp(way) => self.start_hang_up(*way),
            Job::Memory(memory) => sms::storage_to_read(memory),
            Job::Acknowledge => self.acknowledging.request(),
            Job::Read { index, .. } => sms::read(*index),
            Job::Delete { index } => sms::delete(*index),
            Job::Check(check) => check.request(),
        };
        self.state = State::Serving(job);
        self.ask(now, request);
        true
    }

    pub(super) fn drain(&mut self, now: Tick) {
        while let Some(output) = self.chat.poll_output() {
            match output {
                chat::Output::Transmit(bytes) => self.outputs.push_back(Output::Transmit(bytes)),
                chat::Output::Event(event) => self.chat_event(now, event),
            }
        }
    }

    fn chat_event(&mut self, now: Tick, event: chat::Event) {
        match event {
            chat::Event::Prompt => self.prompt_came(now),
            chat::Event::Done(done) => self.done(now, done),
            chat::Event::Urc(urc) => self.urc(now, urc),
            chat::Event::Orphan(line) => {
                if let Some(mr) = sms::sent_line(&line) {
                    self.tell(ModemEvent::Orphan { mr });
                }
            }
            chat::Event::Unknown(line) => {
                self.setup.noise = true;
                self.tell(ModemEvent::Noise(mask(&line)));
            }
            chat::Event::Awake => self.awake(),
            chat::Event::Mute => self.mute(now),
        }
    }

    fn done(&mut self, now: Tick, done: Done) {
        let serving = matches!(self.state, State::Serving(_));
        self.ladder.answered(now, serving, &done);
        if self.chat.take_echoed() && serving && self.setup.echo_off {
            self.inbox.doubt_memory();
            self.health.echo_heard(now, &self.profile);
        }
        match &mut self.state {
            State::Closed | State::Waking | State::AwaitingReopen | State::Dead { .. } => {}
            State::Mending(step) => {
                let step = *step;
                if !matches!(done.result, Err(chat::ChatError::Lost | chat::ChatError::Restarted)) {
                    self.mending_done(now, step);
                }
            }
            State::BringUp { .. } => self.step_done(now, &done),
            State::Barred { .. } => self.barred_done(now, &done),
            State::Serving(job) => {
                let job = std::mem::replace(job, Job::Free);
                self.job_done(now, job, &done);
            }
        }
        self.climb(now);
    }

    fn job_done(&mut self, now: Tick, job: Job, done: &Done) {
        match job {
            Job::Free => {}
            Job::Send => self.send_done(now, done),
            Job::Keep => self.keep_done(done),
            Job::Witness(ask) => self.witness_done(ask, done),
            Job::Memory(memory) => {
                self.inbox.memory_changed(&memory, done);
                if done.result.is_err() {
                    let _next_round = self.health.take_list_of(&memory);
                }
                if self.inbox.doubted_home().is_some() {
                    self.health.forget_list();
                }
            }
            Job::Acknowledge => self.acknowledged(now, done),
            Job::Read { index, live } => self.read_done(now, index, live, done),
            Job::Delete { index } => self.inbox.deleted(index, done),
            Job::HangUp(way) => self.hang_up_done(way, done),
            Job::Ussd(job) => self.ussd_done(now, job, done),
            Job::Dial(job) => self.dial_done(now, job, done),
            Job::Raw => self.raw_done(done),
            Job::Check(check) => self.check_done(now, check, done),
        }
    }

    fn awake(&mut self) {
        if self.unsettled {
            self.unsettled = false;
            self.inbox.doubt_memory();
            self.health.want_reports(&self.setup);
            self.tell(ModemEvent::Settled);
        }
        if matches!(self.state, State::Waking) {
            self.begin_bring_up();
        }
    }
}

/// The earlier of two deadlines.
pub(super) fn earliest(a: Option<Tick>, b: Option<Tick>) -> Option<Tick> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, None) | (None, one) => one,
    }
}
