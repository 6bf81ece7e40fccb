//! The language of the scripts, one thing a line:
//!
//! ```text
//! profile keep_alive=1s verify=2s     times that differ from the emulator's profile (checks are an hour apart by default)
//! settle 5s                           what the store remembers; so do `known` (a modem answered here before), `avoid RUNG`, `helper` and
//!                                     `in-doubt` (nobody knows of the last text whether it left)
//! answer AT+CSQ => +CSQ: 5,99 | OK    what the pretend modem says from now on while it answers by itself; `*` is any command
//! serve                               opens the port and lets the pretend modem answer until the driver is idle and told Free
//! auto 3s                             lets the pretend modem answer from here until nothing more is asked for that long
//! skip                                forgets what was not named
//! stored - 3                          the slot is in a modem that names no memory
//! open | lost | restart | committed 7 | denied | pin-persisted 1234 | pin-denied spent | stored SM 3 | submit 1 | keep 1 | look | timer
//! submit 2 urgent                     one that overtakes
//! reject-calls | reject-calls no      the setting changes
//! ussd 1 *100# | ussd-reply 1 2 | ussd-cancel 1       somebody wants an exchange; the first number is its row
//! ring 1 +15550100200 10s | end-ring 1                 a telephone is to ring so long; it is not wanted any more
//! left                                the last driver may have left a call up
//! at 1 AT+CSQ                         a technician types; the first number is who waits
//! > AT+CMGS=13\r                      these bytes leave next (\r \n, \e is ESC, \z is Ctrl-Z)
//! < +CMGS: 42                         this line comes, with CR LF around it
//! << > \x20                           these bytes come as they are
//! @ 20ms                              time passes; timers fire on their way
//! = Submitted 1 attempt 7 mr 42       this is told next
//! # a remark
//! ```
//! Every output must be named, in its order: an output that is not is a failure at the next input.

use std::collections::VecDeque;
use std::time::Duration;

use at_commands::Tick;

use crate::chance::Seeded;
use crate::committed::{Committed, Slot};
use crate::ids::MessageId;
use crate::modem::driver::Driver;
use crate::modem::io::{
    AtEnd, AtErrand, Input, ModemCommand, ModemEvent, Output, PartKey, Pin, PinRefusal, Remembered, RingEnd, RingErrand, Submission,
    UssdAsk, UssdEnd, UssdErrand,
};
use crate::modem::profile::Profile;
use crate::terms::Rank;
use crate::terms::{Rung, Word};
use crate::time::Timestamp;

/// Runs one script.
pub fn check(name: &str, text: &str) {
    let mut play = Play::new(name);
    for (number, line) in text.lines().enumerate() {
        play.line = number + 1;
        let line = line.trim_start();
        if !line.is_empty() && !line.starts_with('#') {
            play.step(line.trim_end());
        }
    }
    play.nothing_left();
}

struct Play {
    name: String,
    line: usize,
    now: Tick,
    profile: Profile,
    remembered: Remembered,
    driver: Option<Driver>,
    pending: VecDeque<String>,
    /// Slots in the order they were told, for `stored`.
    told: VecDeque<Slot>,
    answers: Vec<(String, String)>,
    message: MessageId,
}

impl Play {
    fn new(name: &str) -> Self {
        let hour = Duration::from_hours(1);
        let profile =
            Profile { keep_alive: hour, verify: hour, storage: hour, modes: hour, clock: hour, card: hour, ..Profile::emulator() };
        Self {
            name: name.to_owned(),
            line: 0,
            now: Tick::from_nanos(1_000_000_000),
            profile,
            remembered: Remembered::default(),
            driver: None,
            pending: VecDeque::new(),
            told: VecDeque::new(),
            answers: ANSWERS.iter().map(|(command, answer)| ((*command).to_owned(), (*answer).to_owned())).collect(),
            message: MessageId::new(Timestamp::from_unix_ms(0), &mut Seeded::new(1)),
        }
    }

    fn step(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            ">" | "=" => self.expect(line),
            "<" => self.bytes(format!("\r\n{rest}\r\n").as_bytes()),
            "<<" => self.bytes(&unescape(rest)),
            "@" => self.pass(duration(rest)),
            "profile" => rest.split(' ').for_each(|field| self.set(field)),
            "known" => self.remembered.known = true,
            "helper" => self.remembered.helps = vec![Rung::UsbReset, Rung::Power],
            "left" => self.remembered.may_be_ringing = true,
            "avoid" => self.remembered.avoid.push(Rung::from_word(rest).expect("a rung")),
            "in-doubt" => self.remembered.look = true,
            "settle" => self.remembered.settle_until = Some(self.now.plus(duration(rest))),
            "answer" => {
                let (command, answer) = rest.split_once(" => ").expect("answer COMMAND => LINES");
                self.answers.retain(|(known, _)| known != command);
                self.answers.push((command.to_owned(), answer.to_owned()));
            }
            "serve" => {
                self.input(Input::Opened);
                self.auto(duration(if rest.is_empty() { "1s" } else { rest }));
                let serves = self.pending.iter().any(|told| told == "= Free");
                assert!(serves, "{}: the driver does not serve: {:#?}", self.place(), self.pending);
                self.pending.clear();
            }
            "auto" => self.auto(duration(if rest.is_empty() { "1s" } else { rest })),
            "skip" => self.pending.clear(),
            _ => self.shell(word, rest),
        }
    }

    fn shell(&mut self, word: &str, rest: &str) {
        match word {
            "open" => self.input(Input::Opened),
            "lost" => self.input(Input::Lost),
            "restart" => self.input(Input::Command(ModemCommand::Restart)),
            "reject-calls" => self.input(Input::Command(ModemCommand::RejectCalls(rest != "no"))),
            "committed" => self.input(Input::AttemptCommitted { attempt: rest.parse().expect("a row number") }),
            "denied" => self.input(Input::AttemptDenied),
            "pin-persisted" => self.input(Input::PinPersisted(Pin::new(rest))),
            "pin-denied" => self.input(Input::PinDenied(match rest {
                "" => PinRefusal::NotSet,
                "whose" => PinRefusal::Whose,
                "spent" => PinRefusal::Spent,
                "not-noted" => PinRefusal::NotNoted,
                other => panic!("{}: `{other}` is no reason to send no PIN", self.place()),
            })),
            "timer" => self.input(Input::Timer),
            "stored" => {
                let (memory, index) = rest.split_once(' ').expect("stored MEMORY INDEX");
                let index: u16 = index.parse().expect("an index");
                let shown = Slot::shown("").memory;
                let memory = match memory {
                    "shown" => &shown,
                    "-" => "",
                    named => named,
                };
                let waits = self.told.iter().position(|slot| slot.memory == memory && slot.index == index);
                let told = waits.and_then(|waits| self.told.remove(waits));
                let slot = told.unwrap_or_else(|| Slot::of(memory, index, "never told"));
                self.input(Input::Stored(Committed::after_commit(slot)));
            }
            "look" => self.input(Input::Command(ModemCommand::Look)),
            "submit" | "keep" => {
                let (seq, rank) = rest.strip_suffix(" urgent").map_or((rest, Rank(5)), |seq| (seq, Rank(2)));
                let seq = seq.parse().expect("a part");
                let part = PartKey { message: self.message, seq };
                let submission = Submission { part, rank, pdu: vec![0, 1, 0, seq], tpdu_octets: 3, keep: word == "keep" };
                self.input(Input::Command(ModemCommand::Submit(submission)));
            }
            "ring" => {
                let [id, number, time] = rest.split(' ').collect::<Vec<_>>()[..] else { panic!("ring ID NUMBER TIME") };
                let errand = RingErrand { id: id.parse().expect("a row"), number: number.to_owned(), ring_for: duration(time) };
                self.input(Input::Command(ModemCommand::Ring(errand)));
            }
            "end-ring" => self.input(Input::Command(ModemCommand::EndRing(rest.parse().expect("a row")))),
            "at" => {
                let (id, line) = rest.split_once(' ').expect("at ID LINE");
                let errand = AtErrand { id: id.parse().expect("who"), line: line.to_owned(), within: Duration::from_secs(2) };
                self.input(Input::Command(ModemCommand::At(errand)));
            }
            "ussd" | "ussd-reply" | "ussd-cancel" => {
                let (id, text) = rest.split_once(' ').unwrap_or((rest, ""));
                let ask = match word {
                    "ussd" => UssdAsk::Code(text.to_owned()),
                    "ussd-reply" => UssdAsk::Reply(text.to_owned()),
                    _ => UssdAsk::Cancel,
                };
                self.input(Input::Command(ModemCommand::Ussd(UssdErrand { id: id.parse().expect("a row"), ask })));
            }
            other => panic!("{}: `{other}` is no word of a script", self.place()),
        }
    }

    fn set(&mut self, field: &str) {
        let (name, value) = field.split_once('=').expect("NAME=DURATION");
        let value = duration(value);
        let profile = &mut self.profile;
        match name {
            "keep_alive" => profile.keep_alive = value,
            "deaf_sweep" => profile.deaf_sweep = value,
            "reset_silence" => profile.reset_silence = value,
            "verify" => profile.verify = value,
            "storage" => profile.storage = value,
            "modes" => profile.modes = value,
            "clock" => profile.clock = value,
            "card" => profile.card = value,
            "final_answer" => profile.final_answer = value,
            "held_up" => profile.held_up = value,
            "persist" => profile.persist = value,
            "overdue" => profile.overdue = value,
            "busy_max" => profile.busy_max = value,
            "barred_pause" => profile.barred_pause = value,
            "stored_wait" => profile.stored_wait = value,
            "registration_wait" => profile.registration_wait = value,
            "radio_budget" => profile.radio_budget = value,
            "reset_budget" => profile.reset_budget = value,
            "usb_budget" => profile.usb_budget = value,
            "power_budget" => profile.power_budget = value,
            "quarantine_min" => profile.quarantine_min = value,
            "quarantine_max" => profile.quarantine_max = value,
            "memory_stay" => profile.memory_stay = value,
            "ring_silence" => profile.ring_silence = value,
            "dial_setup" => profile.dial_setup = value,
            "dial_look" => profile.dial_look = value,
            "ussd" => profile.ussd = value,
            "ussd_menu" => profile.ussd_menu = value,
            "prompt_gap" => profile.pace.prompt_gap = value,
            other => panic!("{}: the scripts know no profile field `{other}`", self.place()),
        }
    }

    fn driver(&mut self) -> &mut Driver {
        let (profile, remembered) = (&self.profile, &self.remembered);
        self.driver.get_or_insert_with(|| Driver::new(profile.clone(), remembered.clone()))
    }

    fn input(&mut self, input: Input<'_>) {
        self.nothing_left();
        let now = self.now;
        self.driver().handle(now, input);
        self.collect();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.input(Input::Bytes(bytes));
    }

    fn collect(&mut self) {
        while let Some(output) = self.driver().poll_output() {
            if let Output::Event(ModemEvent::Received { slot: Some(slot), .. }) = &output {
                self.told.push_back(slot.clone());
            }
            self.pending.push_back(show(&output));
        }
    }

    fn pass(&mut self, time: Duration) {
        self.nothing_left();
        let end = self.now.plus(time);
        for _ in 0..10_000 {
            let Some(due) = self.driver().poll_timeout().filter(|due| *due <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(due);
            let now = self.now;
            self.driver().handle(now, Input::Timer);
            self.collect();
        }
        panic!("{}: timers fire without end", self.place());
    }

    /// The pretend modem answers what is asked, and time passes, until nothing more is asked for that long.
    fn auto(&mut self, patience: Duration) {
        let mut told = VecDeque::new();
        for _ in 0..400 {
            let before = told.len();
            let mut asked = Vec::new();
            for output in std::mem::take(&mut self.pending) {
                match output.strip_prefix("> ") {
                    Some(command) => asked.push(command.to_owned()),
                    None => told.push_back(output),
                }
            }
            for command in &asked {
                if let Some(answer) = self.answer(command) {
                    let now = self.now;
                    self.driver().handle(now, Input::Bytes(&answer));
                    self.collect();
                }
            }
            if asked.is_empty() && told.len() == before {
                let end = self.now.plus(patience);
                match self.driver().poll_timeout().filter(|due| *due <= end) {
                    Some(due) => self.pass(due.since(self.now).max(Duration::from_nanos(1))),
                    None => break,
                }
            }
        }
        self.pending = told;
    }

    fn answer(&self, command: &str) -> Option<Vec<u8>> {
        let line = command.strip_suffix("\\r")?.trim_start_matches("\\r\\n");
        if line.is_empty() || line == "\\e" {
            return None;
        }
        let answer = self.answers.iter().rev().find(|(known, _)| known == line || known == "*").map_or("OK", |(_, answer)| answer.as_str());
        if answer == "(nothing)" {
            return None;
        }
        Some(answer.split(" | ").flat_map(|line| format!("\r\n{line}\r\n").into_bytes()).collect())
    }

    fn expect(&mut self, line: &str) {
        let got = self.pending.pop_front();
        assert_eq!(got.as_deref(), Some(line), "{}: something else came (left), then {:?}", self.place(), self.pending);
    }

    fn nothing_left(&self) {
        assert!(self.pending.is_empty(), "{}: not expected: {:#?}", self.place(), self.pending);
    }

    fn place(&self) -> String {
        format!("{}.txt:{}", self.name, self.line)
    }
}

fn duration(text: &str) -> Duration {
    let digits = text.trim_end_matches(|sign: char| !sign.is_ascii_digit());
    let number = digits.parse().expect("a number and ms or s");
    if text.ends_with("ms") { Duration::from_millis(number) } else { Duration::from_secs(number) }
}

fn unescape(text: &str) -> Vec<u8> {
    text.replace("\\r", "\r").replace("\\n", "\n").replace("\\e", "\u{1b}").replace("\\z", "\u{1a}").replace("\\x20", " ").into_bytes()
}

fn show(output: &Output) -> String {
    match output {
        Output::Transmit(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let text = text.replace('\r', "\\r").replace('\n', "\\n").replace('\u{1b}', "\\e").replace('\u{1a}', "\\z");
            format!("> {text}")
        }
        Output::Persist(part) => format!("= Persist {}", part.seq),
        Output::PersistPin { sim, .. } => format!("= PersistPin {sim}"),
        Output::Reopen => "= Reopen".to_owned(),
        Output::Help(rung) => format!("= Help {}", rung.word()),
        Output::Event(event) => format!("= {}", show_event(event)),
    }
}

fn show_event(event: &ModemEvent) -> String {
    let row = |attempt: &Option<i64>| attempt.map_or("-".to_owned(), |attempt| attempt.to_string());
    match event {
        ModemEvent::Identity(identity) => {
            format!("Identity {} {}", identity.imei, if identity.iccid.is_empty() { "-" } else { &identity.iccid })
        }
        ModemEvent::Ports(modes) => format!("Ports {:?} {:?} {:?}", modes.pcui, modes.modem, modes.diag),
        ModemEvent::Ready => "Ready".to_owned(),
        ModemEvent::Free => "Free".to_owned(),
        ModemEvent::PinAccepted { sim, .. } => format!("PinAccepted {sim}"),
        ModemEvent::NotReady { code, .. } => format!("NotReady {code}"),
        ModemEvent::Received { hex, slot, live } => {
            let place = match slot {
                None => "direct".to_owned(),
                Some(slot) if slot.is_shown() => "shown".to_owned(),
                Some(slot) => format!("{} {}", if slot.memory.is_empty() { "-" } else { &slot.memory }, slot.index),
            };
            format!("Received {place} {} {hex}", if *live { "live" } else { "swept" })
        }
        ModemEvent::Submitted { part, attempt, mr, .. } => format!("Submitted {} attempt {attempt} mr {mr}", part.seq),
        ModemEvent::Refused { part, attempt, code } => {
            format!("Refused {} attempt {} code {}", part.seq, row(attempt), code.map_or("-".to_owned(), |code| code.to_string()))
        }
        ModemEvent::Aborted { part, attempt, why } => format!("Aborted {} attempt {} {why}", part.seq, row(attempt)),
        ModemEvent::InDoubt { part, attempt, reason } => format!("InDoubt {} attempt {attempt} {reason}", part.seq),
        ModemEvent::Duplicate { part, attempt } => format!("Duplicate {} attempt {attempt}", part.seq),
        ModemEvent::Kept { part, stat } => format!("Kept {} stat {}", part.seq, stat.map_or("-".to_owned(), |stat| stat.to_string())),
        ModemEvent::Reference(mr) => format!("Reference {}", mr.map_or("-".to_owned(), |mr| mr.to_string())),
        ModemEvent::OwnNumber(number) => format!("OwnNumber {}", number.as_deref().unwrap_or("-")),
        ModemEvent::Orphan { mr } => format!("Orphan {mr}"),
        ModemEvent::Settled => "Settled".to_owned(),
        ModemEvent::Signal(dbm) => format!("Signal {}", dbm.map_or("-".to_owned(), |dbm| dbm.to_string())),
        ModemEvent::NetworkTime { at, or } => format!("NetworkTime {at}{}", or.map_or(String::new(), |or| format!(" or {or}"))),
        ModemEvent::Registration { stat, operator, cell } => {
            let cell = cell.map_or(String::new(), |cell| format!(" in {:X}/{:X}", cell.area, cell.cell));
            format!("Registration {stat} {}{cell}", operator.as_deref().unwrap_or("-"))
        }
        ModemEvent::Storage { used, total } => format!("Storage {used}/{total}"),
        ModemEvent::Ussd { id, tries, end } => format!("Ussd {} tries {tries} {}", row(id), show_end(end)),
        ModemEvent::Rung { rung, ailment } => format!("Rung {} {}", rung.word(), ailment.word()),
        ModemEvent::Deaf => "Deaf".to_owned(),
        ModemEvent::Fell => "Fell".to_owned(),
        ModemEvent::CannotReceive => "CannotReceive".to_owned(),
        ModemEvent::Unsaid => "Unsaid".to_owned(),
        ModemEvent::Supply(supply) => format!("Supply {supply:?}"),
        ModemEvent::Called { number, withheld, rings, rejected, .. } => {
            let number = if number.is_empty() { "-" } else { number };
            format!("Called {number} rings {rings}{}{}", if *withheld { " withheld" } else { "" }, if *rejected { " rejected" } else { "" })
        }
        ModemEvent::Rang { id, end, rang } => format!("Rang {id} {}{}", show_ring(end), if *rang { " rang" } else { "" }),
        ModemEvent::At { id, end } => format!("At {id} {}", show_at(end)),
        ModemEvent::Noise(line) => format!("Noise {line}"),
    }
}

fn show_ring(end: &RingEnd) -> String {
    match end {
        RingEnd::NotDialed { why } => format!("not_dialed {why}"),
        RingEnd::Answered => "answered".to_owned(),
        RingEnd::Busy => "busy".to_owned(),
        RingEnd::NotAnswered { cut } => if *cut { "not_answered cut" } else { "not_answered" }.to_owned(),
        RingEnd::NoCarrier { cause } => format!("no_carrier {}", cause.as_deref().unwrap_or("-")),
        RingEnd::Refused { why } => format!("refused {why}"),
        RingEnd::Unknown => "unknown".to_owned(),
        RingEnd::InDoubt { why } => format!("in_doubt {why}"),
    }
}

fn show_at(end: &AtEnd) -> String {
    match end {
        AtEnd::Answered { lines } => format!("answered {}", lines.join(" | ")),
        AtEnd::NotSent { why } => format!("not_sent {why}"),
        AtEnd::NoAnswer { why, lines } => format!("no_answer {why} {}", lines.join(" | ")).trim_end().to_owned(),
    }
}

fn show_end(end: &UssdEnd) -> String {
    match end {
        UssdEnd::Answered { text, menu } => format!("{} {}", if *menu { "menu" } else { "answered" }, text.replace('\n', "|")),
        UssdEnd::Cancelled => "cancelled".to_owned(),
        UssdEnd::NotSent { why } => format!("not_sent {why}"),
        UssdEnd::Refused { why } => format!("refused {why}"),
        UssdEnd::Unknown { why } => format!("unknown {why}"),
    }
}

/// What the pretend modem answers; everything else is OK.
pub const ANSWERS: &[(&str, &str)] = &[
    ("AT+CGMI", "Generic | OK"),
    ("AT+CGMM", "G1 | OK"),
    ("AT+CGMR", "1.0 | OK"),
    ("AT+CGSN", "350000000000017 | OK"),
    ("AT+CFUN?", "+CFUN: 1 | OK"),
    ("AT+CCID", "+CCID: \"8900000000000000017F\" | OK"),
    ("AT+CPIN?", "+CPIN: READY | OK"),
    ("AT+CIMI", "001010000000017 | OK"),
    ("AT+CPMS?", "+CPMS: \"ME\",0,23,\"ME\",0,23,\"ME\",0,23 | OK"),
    ("AT+CSCA?", "+CSCA: \"+15550100000\",145 | OK"),
    ("AT+CSMS=0", "+CSMS: 1,1,1 | OK"),
    ("AT+CMGF?", "+CMGF: 0 | OK"),
    ("AT+CPMS=?", "+CPMS: (\"ME\",\"SM\"),(\"ME\",\"SM\"),(\"ME\",\"SM\") | OK"),
    ("AT+CPMS=\"SM\"", "+CPMS: 0,10,0,23,0,23 | OK"),
    ("AT+CPMS=\"ME\"", "+CPMS: 0,23,0,23,0,23 | OK"),
    ("AT+CPMS=\"ME\",\"ME\",\"ME\"", "+CPMS: 0,23,0,23,0,23 | OK"),
    ("AT+CNMI=?", "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1) | OK"),
    ("AT+CNMI?", "+CNMI: 2,1,0,1,0 | OK"),
    ("AT+C5GREG=2", "ERROR"),
    ("AT+CREG?", "+CREG: 2,1,\"84CD\",\"00D30173\" | OK"),
    ("AT+CGREG?", "+CGREG: 2,1,\"84CD\",\"00D30173\",3,\"00\" | OK"),
    ("AT+CEREG?", "+CEREG: 2,0 | OK"),
    ("AT+CSQ", "+CSQ: 20,99 | OK"),
    ("AT+CMEE?", "+CMEE: 1 | OK"),
    ("AT+COPS?", "+COPS: 0,0,\"Utility Net\",7 | OK"),
];
