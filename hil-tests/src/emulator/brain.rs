//! The modem model, PURE: an AT modem as its users know it. Bytes, network events, controls and time come in through
//! `handle`; bytes for the terminal and PDUs for the network come out of `poll_output`.
//!
//! It does not know the network's delays or losses (`network`), ptys (`pty`) or other modems. Clauses: V.250 for the
//! line, 27.007 for SIM and registration, 27.005 for messages, 23.040 for what travels.

mod access;
mod answer;
mod arm;
mod call;
mod card;
mod character_set;
mod clock;
mod cnmi;
mod dial;
mod general;
mod habits;
mod io;
mod online;
mod power;
mod receive;
mod registration;
mod settings;
mod sms;
mod storage;
mod submit;
mod syntax;
#[cfg(test)]
mod tests;
mod text_mode;
mod ussd;

use std::collections::VecDeque;
use std::time::Duration;

use at_commands::Tick;

use self::answer::{Answer, End};
pub use self::card::Card;
pub use self::clock::NetworkTime;
pub use self::habits::Habits;
pub use self::io::{Control, Downlink, Input, Output, Uplink};
use self::receive::Inbox;
use self::registration::Air;
use self::settings::Settings;
use self::storage::Storage;
use self::submit::{Entry, Pending};
use self::ussd::Ussd;
use super::dialect::Dialect;
use super::fault::{Fault, Faults, Place};

/// One emulated modem with its SIM.
#[derive(Debug)]
pub struct Brain {
    dialect: &'static Dialect,
    imei: String,
    card: Card,
    habits: Habits,
    set: Settings,
    storage: Storage,
    air: Air,
    inbox: Inbox,
    ussd: Ussd,
    clock: clock::Clock,
    dialing: dial::Dialing,
    faults: Faults,
    /// RP-Message-Reference of the last submission.
    submissions: u64,
    mode: Mode,
    online: online::Online,
    line: Vec<u8>,
    input: VecDeque<u8>,
    held: Vec<String>,
    due: Vec<(Tick, u64, Later)>,
    due_count: u64,
    busy_until: Tick,
    /// The number with which a busy SIM says so.
    busy_as: u16,
    chatter_ms: u64,
    /// When the last octet said so far has left a slow line.
    line_free: Tick,
    /// When the last submission was answered, and how long the modem then waited for the next `AT+CMGS`.
    answered: Option<Tick>,
    gaps: Vec<Duration>,
    out: VecDeque<Output>,
    now: Tick,
}

/// What the line is used for.
#[derive(Debug)]
enum Mode {
    /// A command line is typed.
    Command,
    /// A command runs: what is typed waits.
    Busy(Pending),
    /// Behind the prompt.
    Data(Entry),
    /// No power, or booting: what is typed is lost.
    Off,
}

/// A port that goes, and comes back after this time or when somebody plugs it in.
#[derive(Debug, Clone, Copy)]
struct Away {
    back_ms: Option<u64>,
}

/// What happens by itself later.
#[derive(Debug)]
enum Later {
    Prompt(Entry),
    Transmit(Vec<u8>),
    Answer(Answer),
    Line(String),
    /// What the network says to a code.
    Ussd(String),
    Awake,
    Registered,
    AcknowledgeLate(u64),
    Chatter(usize),
    Ring,
    Next,
    NetworkSilent(u64),
    Vanish(Away),
    Call(u64, dial::Turn),
    Frame,
    Escaped(u64),
}

/// What is typed while a command runs; a real modem's UART buffer is no larger.
const INPUT_MAX: usize = 16 * 1024;
/// A longer command line is answered with ERROR.
const LINE_MAX: usize = 2_048;
const ESC: u8 = 0x1B;
/// What was printed is read within this time: what a tty still holds when it goes is lost.
const READ_MS: u64 = 250;
/// A prompt is read within this time, and slow models have not been given their PDU yet.
const PROMPT_READ_MS: u64 = 20;

impl Brain {
    /// A modem that has been on for a while and is registered.
    pub fn new(dialect: &'static Dialect, imei: String, card: Card) -> Self {
        let mut brain = Self {
            dialect,
            imei,
            habits: Habits::default(),
            set: Settings::power_on(dialect),
            storage: Storage::new(dialect.slots, dialect.first_index),
            air: Air::default(),
            inbox: Inbox::default(),
            ussd: Ussd::default(),
            clock: clock::Clock::default(),
            dialing: dial::Dialing::default(),
            faults: Faults::default(),
            submissions: 0,
            mode: Mode::Command,
            online: online::Online::default(),
            line: Vec::new(),
            input: VecDeque::new(),
            held: Vec::new(),
            due: Vec::new(),
            due_count: 0,
            busy_until: Tick::default(),
            busy_as: dialect.sim_busy,
            line_free: Tick::default(),
            chatter_ms: dialect.chatter_ms,
            answered: None,
            gaps: Vec::new(),
            out: VecDeque::new(),
            now: Tick::default(),
            card,
        };
        brain.radio_on(0);
        brain.schedule_chatter(0);
        brain
    }

    /// The emulated modem number `index` with its own IMEI and card.
    pub fn numbered(dialect: &'static Dialect, index: u16) -> Self {
        let imei = card::with_check_digit(&format!("86000001{:06}", u32::from(index) + 1));
        Self::new(dialect, imei, Card::numbered(index + 1))
    }

    /// The same modem, saying its unasked lines this often: days of simulation are not spent on signal strengths.
    #[must_use]
    pub fn chatting_every(mut self, every: Duration) -> Self {
        self.chatter_ms = every.as_millis() as u64;
        self.due.retain(|(_, _, what)| !matches!(what, Later::Chatter(_)));
        self.schedule_chatter(0);
        self
    }

    /// The same modem with a card that asks for this PIN.
    #[must_use]
    pub fn locked(mut self, pin: &str) -> Self {
        (self.card.pin_enabled, self.card.pin) = (true, pin.to_owned());
        self.radio_off();
        self
    }

    /// Takes one thing that happened. Never blocks, never fails.
    pub fn handle(&mut self, now: Tick, input: Input<'_>) {
        self.now = self.now.max(now);
        self.run_due();
        match input {
            Input::Bytes(bytes) => self.typed(bytes),
            Input::Network(downlink) => self.downlink(downlink),
            Input::Control(control) => self.control(control),
            Input::Timer => {}
        }
        self.run_due();
    }

    /// The next thing the modem wants; drain to `None` after every `handle`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When something happens by itself next.
    pub fn poll_timeout(&self) -> Option<Tick> {
        self.due.iter().map(|(at, ..)| *at).min()
    }

    /// The card, for whoever shows the rig's state.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// The IMEI.
    pub fn imei(&self) -> &str {
        &self.imei
    }

    /// Registration by the standard's number.
    pub fn stat(&self) -> u8 {
        self.air.stat
    }

    /// Messages in SM, ME and SR.
    pub fn stored(&self) -> [usize; 3] {
        [storage::Memory::Sm, storage::Memory::Me, storage::Memory::Sr].map(|memory| self.storage.used(memory))
    }

    /// How long it stood idle between the answer to one submission and the next `AT+CMGS`.
    pub fn send_gaps(&self) -> &[Duration] {
        &self.gaps
    }

    /// Whether it showed something that waits for `+CNMA`, and how often that was said.
    pub fn answered_shown(&self) -> (bool, u64) {
        self.inbox.shown()
    }

    /// How often its clock was read.
    pub fn clock_reads(&self) -> u64 {
        self.clock.reads()
    }

    /// How often each fault struck.
    pub fn strikes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.faults.strikes()
    }

    /// The faults that are on.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.armed()
    }

    fn typed(&mut self, bytes: &[u8]) {
        if let Some(fault) = self.is_hung() {
            return self.faults.note(fault.name());
        }
        if matches!(self.mode, Mode::Off) {
            return;
        }
        if self.is_online() {
            return self.typed_online(bytes);
        }
        let room = INPUT_MAX.saturating_sub(self.input.len());
        self.input.extend(&bytes[..bytes.len().min(room)]);
        self.pump();
    }

    /// Reads what was typed as far as the mode allows.
    fn pump(&mut self) {
        loop {
            match self.mode {
                Mode::Busy(_) => return,
                Mode::Off => return self.input.clear(),
                Mode::Command | Mode::Data(_) => {}
            }
            let Some(byte) = self.input.pop_front() else { return };
            if self.set.echo && byte != ESC {
                self.faults.shows(Fault::EchoBack.name());
                self.say(&[byte]);
            }
            match &mut self.mode {
                Mode::Data(_) => self.data_byte(byte),
                Mode::Command => self.command_byte(byte),
                Mode::Busy(_) | Mode::Off => {}
            }
        }
    }

    fn command_byte(&mut self, byte: u8) {
        match byte {
            b'\r' => {
                let line = std::mem::take(&mut self.line);
                self.run_line(&line);
            }
            8 | 127 => drop(self.line.pop()),
            b'\n' | 0 | ESC | 0x1A => {}
            _ if self.line.len() <= LINE_MAX => self.line.push(byte),
            _ => {}
        }
    }

    fn run_line(&mut self, line: &[u8]) {
        if line.len() > LINE_MAX {
            return self.answer(Answer::error());
        }
        let Some(commands) = syntax::parse(&String::from_utf8_lossy(line)) else { return };
        let mut lines = Vec::new();
        for command in &commands {
            let mut answer = self.command(command);
            lines.append(&mut answer.lines);
            if answer.end != End::Ok {
                answer.lines = lines;
                return self.finish(answer);
            }
        }
        self.finish(Answer { lines, end: End::Ok });
    }

    fn finish(&mut self, answer: Answer) {
        match answer.end {
            End::Later => {}
            End::Prompt(entry) => self.open_prompt(entry),
            End::Ok | End::Error | End::Cme(_) | End::Cms(_) | End::Verbatim(_) | End::Silent => self.answer(answer),
        }
    }

    fn command(&mut self, command: &syntax::Command) -> Answer {
        let spelled = command.spelled();
        let switch = self.dialect.chatter_switch.and_then(|words| words.iter().position(|word| word.eq_ignore_ascii_case(&spelled)));
        if let Some(on) = switch {
            self.set.chatter = on == 1;
            return Answer::ok();
        }
        if command.is_in(self.dialect.reset) {
            return self.reset();
        }
        if command.is_in(self.dialect.refused) {
            return self.unknown();
        }
        if command.is_in(self.dialect.accepted) {
            return Answer::ok();
        }
        let found = self
            .general(command)
            .or_else(|| self.clock(command))
            .or_else(|| self.access(command))
            .or_else(|| self.registration(command))
            .or_else(|| self.dialing(command))
            .or_else(|| self.calls(command))
            .or_else(|| self.sms(command));
        found.unwrap_or_else(|| self.unknown())
    }

    fn unknown(&self) -> Answer {
        match self.dialect.unknown {
            "ERROR" => Answer::error(),
            words => Answer::end(End::Verbatim(words)),
        }
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Arm(fault, times) => self.arm(fault, times),
            Control::Disarm(fault) => self.faults.cure(&fault),
            Control::ClearFaults => self.faults.clear(),
            Control::PowerCycle => self.power_cycle(),
            Control::UsbReset if self.faults.on(&Fault::Dead) => self.faults.note(Fault::Dead.name()),
            Control::UsbReset => self.power_cycle(),
            Control::Unplugged => self.power_off(),
            Control::Registration(stat) => self.network_says(stat),
            Control::Signal(csq) => self.air.csq = csq,
            Control::Cell(cell) => self.moves_to(cell),
            Control::NetworkTime(time) => self.network_time(time),
            Control::Urc(line) => self.urc(&line),
            Control::LastMr(mr) => self.card.last_mr = mr,
            Control::Habits(habits) => self.habits = habits,
            Control::Ussd { code, text, menu } => self.ussd.learns(code, text, menu),
            Control::SwapSim { sim, silent } => self.swap_sim(sim, silent),
            Control::Pin { enabled, pin } => (self.card.pin_enabled, self.card.pin) = (enabled, pin),
        }
    }

    /// Uses up a `Vanish` of this place; whether the port went.
    fn vanished(&mut self, at: Place) -> bool {
        self.vanishing(at).map(|away| self.vanish(away.back_ms)).is_some()
    }

    /// Uses up a `Vanish` of this place, where `half` is all that is printed; whether the port will go.
    fn vanishes_behind(&mut self, at: Place, half: &str) -> bool {
        let Some(away) = self.vanishing(at) else { return false };
        self.mode = Mode::Busy(Pending::Answer);
        self.say(half.as_bytes());
        self.later(READ_MS, Later::Vanish(away));
        true
    }

    /// Uses up a `Vanish` of this place.
    fn vanishing(&mut self, at: Place) -> Option<Away> {
        self.faults.strike(|fault| match fault {
            Fault::Vanish { place, back_ms, .. } if *place == at => Some(Away { back_ms: *back_ms }),
            _ => None,
        })
    }

    fn later(&mut self, ms: u64, what: Later) {
        self.at(self.now.plus(Duration::from_millis(ms)), what);
    }

    fn at(&mut self, when: Tick, what: Later) {
        self.due_count += 1;
        self.due.push((when, self.due_count, what));
    }

    fn run_due(&mut self) {
        loop {
            let next = self.due.iter().enumerate().filter(|(_, (at, ..))| *at <= self.now).min_by_key(|(_, (at, n, _))| (*at, *n));
            let Some((place, _)) = next else { return };
            let (_, _, what) = self.due.remove(place);
            match what {
                Later::Prompt(entry) => self.prompt(entry),
                Later::Transmit(bytes) => self.out.push_back(Output::Transmit(bytes)),
                Later::Answer(answer) => self.answer(answer),
                Later::Line(line) | Later::Ussd(line) => self.urc(&line),
                Later::Awake => self.mode = Mode::Command,
                Later::Registered => self.register(),
                Later::AcknowledgeLate(id) => self.acknowledge_late(id),
                Later::Chatter(turn) => self.chatter(turn),
                Later::Ring => self.ring(),
                Later::Next => self.show_next(),
                Later::NetworkSilent(rp) => self.submitted(rp, submit::Heard::Nothing),
                Later::Vanish(away) => self.vanish(away.back_ms),
                Later::Call(nth, turn) => self.call_turns(nth, turn),
                Later::Frame => self.frame(),
                Later::Escaped(typed) => self.escaped(typed),
            }
        }
    }

    fn schedule_chatter(&mut self, ms: u64) {
        if !self.dialect.chatter.is_empty() {
            self.later(ms + self.chatter_ms, Later::Chatter(0));
        }
    }

    fn chatter(&mut self, turn: usize) {
        let lines = self.dialect.chatter;
        if self.set.chatter {
            self.urc(lines[turn % lines.len()]);
        }
        self.later(self.chatter_ms, Later::Chatter((turn + 1) % lines.len()));
    }

    fn log(&mut self, words: impl Into<String>) {
        self.out.push_back(Output::Log(words.into()));
    }

    fn uplink(&mut self, uplink: Uplink) {
        self.out.push_back(Output::ToNetwork(uplink));
    }
}
