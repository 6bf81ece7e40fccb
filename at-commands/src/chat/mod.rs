//! The dialogue with one modem: ONE command in flight, its data prompt and its deadline; URCs told apart between any two
//! lines; after a time-out ESC, `AT` and silence, so that a late reply is never taken for the answer of the next command.
//!
//! Sans-IO: `handle`, then `poll_output` to `None`, then `poll_timeout`. It decides nothing about messages: that is the
//! modem driver's business. 27.005 3.5, V.250 5.

mod lines;
mod request;

use std::collections::VecDeque;

pub use request::{ChatError, Done, Event, Held, Info, Input, Output, Pace, Request, Text};

use crate::Tick;
use crate::syntax::{Hint, LINE_OCTETS_MAX, Syntax};
use crate::urc::Urc;

/// The state machine.
///
/// ```text
///          Command           OK, error
///   Idle ──────────► Waiting ─────────► Idle                        deadline
///    │ with prompt                        Waiting, Prompting ────────────────► Waking
///    ▼            '>'           Data                                             │
///   Prompting ─────► AtPrompt ──────► (Pasting ►) Waiting       AT answered, quiet│ or no answer
///                       │ Cancel                                                  ▼
///                       └──► Cancelling ── OK, error ──► Idle                    Idle
/// ```
#[derive(Debug)]
pub struct Chat {
    pace: Pace,
    syntax: Syntax,
    state: State,
    queue: VecDeque<Request>,
    headers: Vec<Header>,
    outputs: VecDeque<Output>,
    /// The first lines of a text whose quote is still open.
    open_text: Option<String>,
    /// Result codes come as digits.
    digits: bool,
    /// An echo came since it was last asked.
    echoed: bool,
}

#[derive(Debug)]
enum State {
    Idle,
    Waiting { flight: Flight, until: Tick },
    Prompting { flight: Flight, until: Tick },
    AtPrompt { flight: Flight },
    Pasting { flight: Flight, rest: VecDeque<u8>, next: Tick },
    Cancelling { flight: Flight, until: Tick },
    Waking(Wake),
}

#[derive(Debug)]
struct Flight {
    request: Request,
    lines: Vec<Info>,
    data: String,
    data_sent: bool,
}

#[derive(Debug)]
struct Wake {
    phase: Phase,
    tries_left: u8,
    settle_until: Option<Tick>,
    /// The last `AT` was answered by ERROR: somebody is there, and at no prompt.
    refused: bool,
    /// `+++` was tried.
    escaped: bool,
}

/// ESC is out: wait the guard; drain until quiet; `AT` is out: wait for its answer; then for silence. Where nothing answers, the
/// line may be in data mode: hush, `+++`, hush (at-domain.md section 1).
#[derive(Debug, Clone, Copy)]
enum Phase {
    Guard { until: Tick },
    Drain { until: Tick },
    Answer { until: Tick },
    Quiet { until: Tick },
    Hush { until: Tick },
    Escaped { until: Tick },
}

/// A first line whose second line has not come yet.
#[derive(Debug)]
struct Header {
    first: First,
    /// Lines since then that nobody knows.
    strange_lines: u8,
}

#[derive(Debug)]
enum First {
    Reply { text_mode: bool },
    Urc(Urc),
}

/// Commands that wait; the driver sends one at a time, so more than this is a bug of its owner.
const QUEUE_MAX: usize = 16;
/// Information responses kept of one command: `+CMGL` of the largest memory has 255.
const LINES_MAX: usize = 1024;
/// A reply's first line, and a URC's that came before its second one.
const HEADERS_MAX: usize = 2;
/// A line that is not whole, and a text whose quote is open with the line that went over its bound.
const OCTETS_MAX: usize = 2 * LINE_OCTETS_MAX + lines::OPEN_TEXT_OCTETS_MAX;
const ESC: u8 = 0x1B;
const CTRL_Z: u8 = 0x1A;

impl Chat {
    /// A chat that keeps these times.
    pub fn new(pace: Pace) -> Self {
        Self {
            pace,
            syntax: Syntax::default(),
            state: State::Idle,
            queue: VecDeque::new(),
            headers: Vec::new(),
            outputs: VecDeque::new(),
            open_text: None,
            digits: false,
            echoed: false,
        }
    }

    /// Takes one thing that happened.
    pub fn handle(&mut self, now: Tick, input: Input<'_>) {
        match input {
            Input::Bytes(bytes) => {
                self.bytes(now, bytes);
                self.note_activity(now);
            }
            Input::Command(request) => {
                if self.queue.len() < QUEUE_MAX {
                    self.queue.push_back(request);
                }
                self.start_next(now);
            }
            Input::Data(data) => self.data(now, data),
            Input::Cancel => self.cancel(now),
            Input::Wake { until } => {
                self.end_flight(&ChatError::Cancelled);
                self.wake(now, until);
            }
            Input::Restarted => self.fail(ChatError::Restarted),
            Input::Lost => {
                self.fail(ChatError::Lost);
                self.syntax.reset();
                self.headers.clear();
                self.tell_open_text();
                self.digits = false;
            }
            Input::Timer => {}
        }
        self.expire(now);
    }

    /// The next thing it wants; drain to `None` after every `handle`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call with [`Input::Timer`].
    pub fn poll_timeout(&self) -> Option<Tick> {
        match &self.state {
            State::Idle | State::AtPrompt { .. } => None,
            State::Waiting { until, .. } | State::Prompting { until, .. } | State::Cancelling { until, .. } => Some(*until),
            State::Pasting { next, .. } => Some(*next),
            State::Waking(wake) => Some(wake.phase.until()),
        }
    }

    /// What it holds now, for those who watch its bounds.
    pub fn held(&self) -> Held {
        Held {
            commands: self.queue.len(),
            lines: self.state.flight().map_or(0, |flight| flight.lines.len()),
            headers: self.headers.len(),
            octets: self.syntax.held().saturating_add(self.open_text.as_ref().map_or(0, String::len)),
        }
    }

    /// Whether a command could leave at once.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.queue.is_empty()
    }

    /// Whether the modem echoed a command since this was last asked: after `ATE0` a sign that it lost its settings.
    pub fn take_echoed(&mut self) -> bool {
        core::mem::take(&mut self.echoed)
    }

    /// Changes the times, for a model found out in the meantime.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn transmit(&mut self, bytes: Vec<u8>) {
        self.outputs.push_back(Output::Transmit(bytes));
    }

    fn start_next(&mut self, now: Tick) {
        if !matches!(self.state, State::Idle) {
            return;
        }
        let Some(request) = self.queue.pop_front() else { return };
        // A line ends where a control character stands: what follows would be a command of its own.
        let line = request.line.split(char::is_control).next().unwrap_or_default();
        let mut line = line.as_bytes().to_vec();
        line.push(b'\r');
        self.transmit(line);
        let flight = Flight { request, lines: Vec::new(), data: String::new(), data_sent: false };
        self.state = match flight.request.prompt {
            Some(within) => {
                self.syntax.hint(Hint::Prompt);
                State::Prompting { until: now.plus(within), flight }
            }
            None => State::Waiting { until: now.plus(flight.request.timeout), flight },
        };
    }

    fn data(&mut self, now: Tick, data: Vec<u8>) {
        match core::mem::replace(&mut self.state, State::Idle) {
            State::AtPrompt { mut flight } => {
                flight.data = String::from_utf8_lossy(&data).into_owned();
                let mut rest: VecDeque<u8> = data.into();
                rest.push_back(CTRL_Z);
                self.state = State::Pasting { flight, rest, next: now.plus(self.pace.prompt_gap) };
                if self.pace.prompt_gap.is_zero() {
                    self.paste(now);
                }
            }
            other => self.state = other,
        }
    }

    /// Writes the next piece; the flight waits for its result from the moment Ctrl-Z is among the bytes handed out.
    fn paste(&mut self, now: Tick) {
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Pasting { mut flight, mut rest, .. } => {
                let piece = if self.pace.piece_octets == 0 { rest.len() } else { self.pace.piece_octets.min(rest.len()) };
                self.transmit(rest.drain(..piece).collect());
                self.state = if rest.is_empty() {
                    flight.data_sent = true;
                    State::Waiting { until: now.plus(flight.request.timeout), flight }
                } else {
                    State::Pasting { flight, rest, next: now.plus(self.pace.piece_gap) }
                };
            }
            other => self.state = other,
        }
    }

    fn cancel(&mut self, now: Tick) {
        match core::mem::replace(&mut self.state, State::Idle) {
            State::AtPrompt { flight } | State::Prompting { flight, .. } | State::Pasting { flight, .. } => {
                self.transmit(vec![ESC]);
                self.syntax.hint(Hint::Prompt);
                self.state = State::Cancelling { flight, until: now.plus(self.pace.cancel) };
            }
            other => self.state = other,
        }
    }

    fn wake(&mut self, now: Tick, settle_until: Option<Tick>) {
        self.transmit(vec![ESC]);
        self.syntax.hint(Hint::Prompt);
        let phase = Phase::Guard { until: now.plus(self.pace.escape_guard) };
        let tries_left = self.pace.tries.max(1);
        self.state = State::Waking(Wake { phase, tries_left, settle_until, refused: false, escaped: false });
    }

    /// Ends the command in flight and every queued one with this error.
    fn fail(&mut self, error: ChatError) {
        self.end_flight(&error);
        for request in core::mem::take(&mut self.queue) {
            self.done(Flight { request, lines: Vec::new(), data: String::new(), data_sent: false }, Err(error.clone()));
        }
    }

    fn end_flight(&mut self, error: &ChatError) {
        self.headers.clear();
        match core::mem::replace(&mut self.state, State::Idle) {
            State::Waiting { flight, .. }
            | State::Prompting { flight, .. }
            | State::AtPrompt { flight }
            | State::Pasting { flight, .. }
            | State::Cancelling { flight, .. } => self.done(flight, Err(error.clone())),
            State::Idle | State::Waking(_) => {}
        }
    }

    fn done(&mut self, flight: Flight, result: Result<(), ChatError>) {
        self.event(Event::Done(Done { lines: flight.lines, data_sent: flight.data_sent, result }));
    }

    fn expire(&mut self, now: Tick) {
        while self.poll_timeout().is_some_and(|until| until <= now) {
            match core::mem::replace(&mut self.state, State::Idle) {
                State::Waiting { flight, .. } if flight.request.silence_completes && !flight.lines.is_empty() => {
                    self.done(flight, Ok(()));
                    self.start_next(now);
                }
                State::Waiting { flight, .. } => self.give_up(now, flight, ChatError::Timeout),
                State::Prompting { flight, .. } => self.give_up(now, flight, ChatError::NoPrompt),
                State::Cancelling { flight, .. } => self.give_up(now, flight, ChatError::Cancelled),
                pasting @ State::Pasting { .. } => {
                    self.state = pasting;
                    self.paste(now);
                }
                State::Waking(wake) => self.wake_step(now, wake),
                quiet @ (State::Idle | State::AtPrompt { .. }) => {
                    self.state = quiet;
                    return;
                }
            }
        }
    }

    fn give_up(&mut self, now: Tick, flight: Flight, error: ChatError) {
        self.headers.clear();
        self.done(flight, Err(error));
        self.wake(now, None);
    }

    fn wake_step(&mut self, now: Tick, mut wake: Wake) {
        match wake.phase {
            Phase::Guard { .. } if wake.tries_left == self.pace.tries.max(1) && wake.settle_until.is_none() => {
                self.transmit(b"\r\n".to_vec());
                wake.phase = Phase::Drain { until: now.plus(self.pace.drain) };
            }
            Phase::Guard { .. } if wake.tries_left == self.pace.tries.max(1) => {
                wake.phase = Phase::Drain { until: now.plus(self.pace.settle_quiet) };
            }
            Phase::Guard { .. } | Phase::Drain { .. } => self.attend(now, &mut wake),
            Phase::Answer { .. } => {
                let patient = wake.settle_until.is_some_and(|until| now < until);
                let refused = core::mem::take(&mut wake.refused);
                match (patient || wake.tries_left > 0, refused) {
                    (true, false) => self.leave_prompt(now, &mut wake, patient),
                    // No ESC: what answers stands at no prompt.
                    (true, true) => self.attend(now, &mut wake),
                    (false, true) => wake.phase = Phase::Quiet { until: now.plus(self.pace.quiet) },
                    (false, false) if !wake.escaped => {
                        wake.escaped = true;
                        wake.phase = Phase::Hush { until: now.plus(self.pace.hush) };
                    }
                    // What is queued stays: the owner gives the port up, or wakes again.
                    (false, false) => return self.event(Event::Mute),
                }
            }
            Phase::Hush { .. } => {
                self.transmit(b"+++".to_vec());
                wake.phase = Phase::Escaped { until: now.plus(self.pace.hush) };
            }
            Phase::Escaped { .. } => {
                // The line in front of it ends what a modem in command mode takes `+++` for.
                self.transmit(b"\r\nATH\r".to_vec());
                wake.tries_left = 1;
                wake.phase = Phase::Answer { until: now.plus(self.pace.hang_up) };
            }
            Phase::Quiet { .. } => {
                self.syntax.hint(Hint::Line);
                self.event(Event::Awake);
                self.start_next(now);
                return;
            }
        }
        self.state = State::Waking(wake);
    }

    fn attend(&mut self, now: Tick, wake: &mut Wake) {
        self.transmit(b"AT\r".to_vec());
        wake.tries_left = wake.tries_left.saturating_sub(1);
        wake.phase = Phase::Answer { until: now.plus(self.pace.attention) };
    }

    fn leave_prompt(&mut self, now: Tick, wake: &mut Wake, patient: bool) {
        self.transmit(vec![ESC]);
        let least = u8::from(patient);
        wake.tries_left = wake.tries_left.clamp(least, self.pace.tries.saturating_sub(1).max(least));
        wake.phase = Phase::Guard { until: now.plus(self.pace.escape_guard) };
    }

    /// Silence is measured from the last byte.
    fn note_activity(&mut self, now: Tick) {
        let pace = &self.pace;
        match &mut self.state {
            State::Waiting { flight, until } if flight.request.silence_completes && !flight.lines.is_empty() => {
                *until = now.plus(pace.silence);
            }
            State::Waking(wake) => match &mut wake.phase {
                Phase::Drain { until } => {
                    let limit = wake.settle_until.unwrap_or(*until);
                    let quiet = now.plus(if wake.settle_until.is_some() { pace.settle_quiet } else { pace.drain });
                    *until = quiet.min(limit.max(*until));
                }
                Phase::Quiet { until } => *until = now.plus(pace.quiet),
                Phase::Guard { .. } | Phase::Answer { .. } | Phase::Hush { .. } | Phase::Escaped { .. } => {}
            },
            State::Idle
            | State::Waiting { .. }
            | State::Prompting { .. }
            | State::AtPrompt { .. }
            | State::Pasting { .. }
            | State::Cancelling { .. } => {}
        }
    }
}

impl Phase {
    fn until(self) -> Tick {
        match self {
            Self::Guard { until }
            | Self::Drain { until }
            | Self::Answer { until }
            | Self::Quiet { until }
            | Self::Hush { until }
            | Self::Escaped { until } => until,
        }
    }
}

impl State {
    fn flight(&self) -> Option<&Flight> {
        match self {
            Self::Waiting { flight, .. }
            | Self::Prompting { flight, .. }
            | Self::AtPrompt { flight }
            | Self::Pasting { flight, .. }
            | Self::Cancelling { flight, .. } => Some(flight),
            Self::Idle | Self::Waking(_) => None,
        }
    }

    fn flight_mut(&mut self) -> Option<&mut Flight> {
        match self {
            Self::Waiting { flight, .. }
            | Self::Prompting { flight, .. }
            | Self::AtPrompt { flight }
            | Self::Pasting { flight, .. }
            | Self::Cancelling { flight, .. } => Some(flight),
            Self::Idle | Self::Waking(_) => None,
        }
    }
}

impl Header {
    fn new(first: First) -> Self {
        Self { first, strange_lines: 0 }
    }

    /// Its second line is a person's text, and may look like anything.
    fn is_text_mode_reply(&self) -> bool {
        matches!(self.first, First::Reply { text_mode: true })
    }

    /// Without the length of a PDU it may have come in text mode.
    fn announces_no_length(&self) -> bool {
        match &self.first {
            First::Urc(Urc::Message { length, .. } | Urc::Report { length, .. }) => length.is_none(),
            First::Urc(_) => true,
            First::Reply { .. } => false,
        }
    }
}

impl Flight {
    fn none() -> Self {
        Self { request: Request::new("", core::time::Duration::ZERO), lines: Vec::new(), data: String::new(), data_sent: false }
    }
}
