//! The product's driver against the emulated modem, both pure, in virtual time: every dialect with every fault. The network
//! is the ground truth: what was told must be what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use answerback::chance::Seeded;
use answerback::ids::MessageId;
use answerback::modem::driver::Driver;
use answerback::modem::io::{Input, ModemCommand, ModemEvent, Output, PartKey, Pin, PinRefusal, Remembered, Submission};
use answerback::modem::profile::Profile;
use answerback::store::{self, Store};
use answerback::terms::{Rank, Rung, Word as _};
use answerback::time::Timestamp;
use at_commands::Tick;
use at_commands::pdu::{Address, Smsc, Submit};
use at_commands::text::{SegmentOptions, segment};
use hil_tests::emulator::brain::{Brain, Control, Uplink};
use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::fault::{Fault, Place};
use hil_tests::emulator::network::NetworkOptions;
use hil_tests::emulator::world::{World, WorldInput, WorldOutput};

/// One modem on its port, and a box that stores what it is told.
struct Bench {
    name: String,
    world: World,
    driver: Driver,
    store: Store,
    now: Tick,
    open: bool,
    /// It lost its power and comes back from the start.
    gone: bool,
    opens_at: Option<Tick>,
    queue: Vec<u8>,
    outcomes: BTreeMap<u8, Vec<Outcome>>,
    received: Vec<String>,
    orphans: Vec<u8>,
    attempts: i64,
    ready: u32,
    /// SIMs whose PIN was sent and not accepted.
    /// The PIN that was set, and the SIMs on which it was tried.
    pin: Option<String>,
    pin_notes: BTreeSet<String>,
    log: Vec<String>,
    message: MessageId,
}

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Submitted(u8),
    Refused,
    Aborted,
    InDoubt,
}

const PARTS: u8 = 4;
const TEXTS: usize = 3;

impl Bench {
    fn new(name: &str, dialect: &'static Dialect) -> Self {
        let network = NetworkOptions {
            answer: Duration::from_millis(60),
            delivery: Duration::from_millis(40),
            report: Duration::from_millis(40),
            ..NetworkOptions::default()
        };
        Self {
            name: name.to_owned(),
            world: World::new(vec![Brain::numbered(dialect, 0)], network),
            driver: Driver::new(Profile::emulator(), Remembered { helps: vec![Rung::UsbReset, Rung::Power], ..Remembered::default() }),
            store: Store::in_memory().expect("a store in memory"),
            now: Tick::from_nanos(1_000_000_000),
            open: false,
            gone: false,
            opens_at: Some(Tick::from_nanos(1_000_000_000)),
            queue: Vec::new(),
            outcomes: BTreeMap::new(),
            received: Vec::new(),
            orphans: Vec::new(),
            attempts: 0,
            ready: 0,
            pin: None,
            pin_notes: BTreeSet::new(),
            log: Vec::new(),
            message: MessageId::new(Timestamp::from_unix_ms(0), &mut Seeded::new(1)),
        }
    }

    /// Runs until `done`, or until so much time has passed.
    fn run(&mut self, limit: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let end = self.now.plus(limit);
        let mut still = 0;
        while self.now < end {
            self.settle();
            if self.log.len() > 20_000 {
                self.fail("it talks without end");
            }
            if done(self) {
                return true;
            }
            let next = [self.world.poll_timeout(), self.driver.poll_timeout(), self.opens_at].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else { break };
            still = if next <= self.now { still + 1 } else { 0 };
            if still > 100 {
                self.fail("a deadline does not go away");
            }
            self.now = self.now.max(next);
            if self.opens_at.is_some_and(|at| at <= self.now) {
                self.opens_at = None;
                self.open = true;
                if std::mem::take(&mut self.gone) {
                    self.world.handle(self.now, WorldInput::Control { modem: 0, control: Control::PowerCycle });
                }
                self.driver.handle(self.now, Input::Opened);
            }
            self.world.handle(self.now, WorldInput::Timer);
            self.driver.handle(self.now, Input::Timer);
        }
        self.now = end;
        self.settle();
        done(self)
    }

    /// Carries bytes and answers until both sides are quiet.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            let mut quiet = true;
            while let Some(output) = self.driver.poll_output() {
                quiet = false;
                self.output(output);
            }
            while let Some(output) = self.world.poll_output() {
                quiet = false;
                match output {
                    WorldOutput::Transmit { bytes, .. } if self.open => {
                        self.log.push(format!("< {}", String::from_utf8_lossy(&bytes).escape_debug()));
                        self.driver.handle(self.now, Input::Bytes(&bytes));
                    }
                    WorldOutput::Transmit { .. } | WorldOutput::Log { .. } => {}
                    WorldOutput::Gone { back, .. } => {
                        self.log.push("gone".to_owned());
                        self.open = false;
                        self.gone = true;
                        self.opens_at = back.map(|back| self.now.plus(back));
                        self.driver.handle(self.now, Input::Lost);
                    }
                }
            }
            if quiet {
                return;
            }
        }
        self.fail("it talks without end");
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Transmit(bytes) => {
                self.log.push(format!("> {}", String::from_utf8_lossy(&bytes).escape_debug()));
                if self.open {
                    self.world.handle(self.now, WorldInput::Bytes { modem: 0, bytes: &bytes });
                }
            }
            Output::Persist(_) => {
                self.attempts += 1;
                self.driver.handle(self.now, Input::AttemptCommitted { attempt: self.attempts });
            }
            Output::PersistPin { sim, .. } => {
                let note = match &self.pin {
                    None => Input::PinDenied(PinRefusal::NotSet),
                    Some(pin) if self.pin_notes.insert(sim) => Input::PinPersisted(Pin::new(pin)),
                    Some(_) => Input::PinDenied(PinRefusal::Spent),
                };
                self.driver.handle(self.now, note);
            }
            Output::Reopen | Output::Help(_) => {
                if let Output::Help(rung) = output {
                    self.log.push(rung.word().to_owned());
                    let control = if rung == Rung::Power { Control::PowerCycle } else { Control::UsbReset };
                    self.world.handle(self.now, WorldInput::Control { modem: 0, control });
                }
                self.log.push("reopen".to_owned());
                self.open = false;
                self.opens_at = Some(self.now.plus(Duration::from_millis(200)));
            }
            Output::Event(event) => {
                self.log.push(format!("= {event:?}"));
                self.event(event);
            }
        }
    }

    fn event(&mut self, event: ModemEvent) {
        match event {
            ModemEvent::Free => {
                if let Some(seq) = self.queue.pop() {
                    let submission = submission(PartKey { message: self.message, seq });
                    self.driver.handle(self.now, Input::Command(ModemCommand::Submit(submission)));
                }
            }
            ModemEvent::Ready => self.ready += 1,
            ModemEvent::PinAccepted { sim, .. } => {
                self.pin_notes.remove(&sim);
            }
            ModemEvent::Received { hex, slot, .. } => {
                self.received.push(hex);
                if let Some(slot) = slot {
                    let committed = self.store.transact(|_| Ok::<_, store::Error>(slot)).expect("a commit");
                    self.driver.handle(self.now, Input::Stored(committed));
                }
            }
            ModemEvent::Submitted { part, mr, .. } => self.outcome(part, Outcome::Submitted(mr)),
            ModemEvent::Refused { part, .. } => self.outcome(part, Outcome::Refused),
            ModemEvent::Aborted { part, attempt, .. } => {
                self.outcome(part, Outcome::Aborted);
                // Given back: no doubt, so it may go again.
                if attempt.is_none() || self.outcomes[&part.seq].len() < 3 {
                    self.queue.push(part.seq);
                }
            }
            ModemEvent::InDoubt { part, .. } => self.outcome(part, Outcome::InDoubt),
            ModemEvent::Orphan { mr } => self.orphans.push(mr),
            ModemEvent::Identity(_)
            | ModemEvent::Duplicate { .. }
            | ModemEvent::Kept { .. }
            | ModemEvent::Reference(_)
            | ModemEvent::OwnNumber(_)
            | ModemEvent::NotReady { .. }
            | ModemEvent::Settled
            | ModemEvent::Rang { .. }
            | ModemEvent::At { .. }
            | ModemEvent::Rung { .. }
            | ModemEvent::Fell
            | ModemEvent::Deaf
            | ModemEvent::Unsaid
            | ModemEvent::CannotReceive
            | ModemEvent::Supply(_)
            | ModemEvent::Signal(_)
            | ModemEvent::NetworkTime { .. }
            | ModemEvent::Ports(_)
            | ModemEvent::Registration { .. }
            | ModemEvent::Storage { .. }
            | ModemEvent::Ussd { .. }
            | ModemEvent::Called { .. }
            | ModemEvent::Noise(_) => {}
        }
    }

    fn outcome(&mut self, part: PartKey, outcome: Outcome) {
        self.outcomes.entry(part.seq).or_default().push(outcome);
    }

    /// The last word about every part is in.
    fn all_told(&self) -> bool {
        (1..=PARTS).all(|seq| self.outcomes.get(&seq).is_some_and(|told| told.last() != Some(&Outcome::Aborted)))
    }

    fn taken(&self, seq: u8) -> Vec<u8> {
        self.world.network().taken().iter().filter(|taken| taken.to == number(seq)).map(|taken| taken.mr).collect()
    }

    fn all_in(&self) -> bool {
        let distinct: BTreeSet<&String> = self.received.iter().filter(|hex| hex.len() > 60).collect();
        distinct.len() >= TEXTS && self.world.brains()[0].stored() == [0, 0, 0]
    }

    fn fail(&self, why: &str) -> ! {
        let tail: Vec<&String> = self.log.iter().rev().take(60).rev().collect();
        panic!("{}: {why}\noutcomes {:?}\n{tail:#?}", self.name, self.outcomes);
    }
}

fn number(seq: u8) -> String {
    format!("+1555020{:04}", u32::from(seq))
}

fn submission(part: PartKey) -> Submission {
    let segmented = segment(&format!("Part number {} of the test", part.seq), &SegmentOptions::default()).expect("it fits");
    let parts = &segmented.parts[0];
    let da = Address::from_e164(&number(part.seq)).expect("a number");
    let submit = Submit::new(da, parts.dcs, parts.udh, parts.ud);
    let pdu = submit.encode(Smsc::Present).expect("it encodes");
    Submission { part, rank: Rank(5), tpdu_octets: submit.tpdu_octets(), pdu, keep: false }
}

/// Everything goes out and comes in under this fault, and what was told is what happened.
fn check(dialect: &'static Dialect, fault: Option<(Fault, u32)>) {
    let name = format!("{} {fault:?}", dialect.name);
    let mut bench = Bench::new(&name, dialect);
    if !bench.run(Duration::from_mins(1), |bench| bench.ready > 0) {
        bench.fail("it did not get ready");
    }
    if let Some((fault, times)) = fault.clone() {
        let now = bench.now;
        bench.world.arm(now, 0, fault, times);
    }
    let doubtful = fault.as_ref().is_some_and(|(fault, _)| leaves_doubt(fault));
    bench.queue = (1..=PARTS).rev().collect();
    // A busy modem takes its next part at the next Free; an idle one was told already.
    if let Some(seq) = bench.queue.pop() {
        let submission = submission(PartKey { message: bench.message, seq });
        let now = bench.now;
        bench.driver.handle(now, Input::Command(ModemCommand::Submit(submission)));
    }
    for text in 0..TEXTS {
        let now = bench.now;
        let texted =
            bench.world.with_network(now, |network| network.inject(0, "+15550100200", &format!("Reply number {text} of the customer")));
        texted.expect("the network takes a text");
        bench.run(Duration::from_millis(300), |_| false);
    }
    if !bench.run(Duration::from_secs(30), |bench| bench.all_told() && bench.all_in()) {
        let now = bench.now;
        bench.world.clear_faults(now, 0);
        // The network waits to hear of a free slot, and a fault that is cleared frees none.
        bench.world.with_network(now, |network| network.uplink(now, 0, Uplink::MemoryAvailable));
    }
    if !bench.run(Duration::from_mins(10), |bench| bench.all_told() && bench.all_in()) {
        bench.fail(if bench.all_told() { "a text was not read, or not deleted" } else { "a part has no outcome" });
    }
    bench.run(Duration::from_secs(10), |_| false);
    truthful(&bench);
    if !doubtful && bench.outcomes.values().flatten().any(|outcome| *outcome == Outcome::InDoubt) {
        bench.fail("a doubt without a reason");
    }
    if matches!(&fault, Some((Fault::LateAnswer { ms: 2_300.. }, _))) && bench.orphans.is_empty() {
        bench.fail("the late reference was not told");
    }
}

/// After which faults nobody can know whether the network took the part.
fn leaves_doubt(fault: &Fault) -> bool {
    match fault {
        Fault::LostAnswer { .. }
        | Fault::ErrorAfterPdu { .. }
        | Fault::OkWithoutReference { .. }
        | Fault::Refuse { cms: 500 }
        | Fault::Hung
        | Fault::Dead
        | Fault::Silent
        | Fault::RadioStuck => true,
        Fault::LateAnswer { ms } => *ms >= 2_000,
        // Bytes of garbage in place of the answer may take the reference with them.
        Fault::Garbage { .. } | Fault::ResetMidPdu { .. } => true,
        Fault::Vanish { place, .. } => {
            matches!(place, Place::AtPrompt | Place::Pdu | Place::Taken | Place::NotTaken | Place::Reference)
        }
        _ => false,
    }
}

/// The network's log against what was told.
fn truthful(bench: &Bench) {
    for (seq, told) in &bench.outcomes {
        let taken = bench.taken(*seq);
        let doubts = told.iter().filter(|outcome| **outcome == Outcome::InDoubt).count();
        let submitted: Vec<u8> =
            told.iter().filter_map(|outcome| if let Outcome::Submitted(mr) = outcome { Some(*mr) } else { None }).collect();
        if taken.len() > submitted.len() + doubts {
            bench.fail(&format!("part {seq} was taken {} times", taken.len()));
        }
        if !submitted.iter().all(|mr| taken.contains(mr)) {
            bench.fail(&format!("part {seq} was told as submitted and never taken"));
        }
        if told.iter().filter(|outcome| **outcome != Outcome::Aborted).count() != 1 {
            bench.fail(&format!("part {seq} has more than one outcome"));
        }
    }
}

fn faults() -> Vec<Option<(Fault, u32)>> {
    let line = |text: &str| text.to_owned();
    let mut faults = vec![
        (Fault::DropPrompt, 1),
        (Fault::DropPrompt, 3),
        (Fault::LostAnswer { taken: true }, 1),
        (Fault::LostAnswer { taken: false }, 1),
        (Fault::ErrorAfterPdu { taken: true }, 1),
        (Fault::ErrorAfterPdu { taken: false }, 1),
        (Fault::OkWithoutReference { taken: true }, 1),
        (Fault::Refuse { cms: 38 }, 1),
        (Fault::Refuse { cms: 500 }, 1),
        (Fault::Refuse { cms: 331 }, 1),
        (Fault::RefuseEarly { cms: 304 }, 1),
        (Fault::RefuseEarly { cms: 302 }, 2),
        (Fault::LateAnswer { ms: 1_500 }, 1),
        (Fault::LateAnswer { ms: 2_300 }, 1),
        (Fault::UrcInside { line: line("+CREG: 1,\"84CD\",\"00D30173\",7") }, 0),
        (Fault::UrcInside { line: line("RING") }, 0),
        (Fault::UrcInside { line: line("NO CARRIER") }, 0),
        (Fault::UrcInside { line: line("^RSSI:17") }, 0),
        (Fault::UrcInside { line: line("+UNHEARD-OF: 1,2,3") }, 0),
        (Fault::GluedPrompt { line: line("+CREG: 1") }, 1),
        (Fault::EchoBack, 1),
        (Fault::Nul, 0),
        (Fault::Chop, 0),
        (Fault::SilentReset, 1),
        (Fault::SimFull, 1),
        (Fault::Deaf, 1),
        (Fault::LostUrc, 2),
        (Fault::Hung, 3),
        (Fault::Dead, 0),
        (Fault::Silent, 0),
        (Fault::DataMode, 0),
        (Fault::NoService, 0),
        (Fault::RadioStuck, 0),
        (Fault::Busy, 3),
        (Fault::Garbage { hex: line("00FF80C3280D0A3E20FE") }, 3),
        (Fault::ReportFirst, 1),
        (Fault::DoubleReport, 1),
        (Fault::DoubleDelivery, 1),
    ];
    faults.extend([">", "> ", "\r\n>\r\n", "\n>", "\r\n> \r\n", "\r\n+CREG: 1\r\n> "].map(|text| (Fault::Prompt { text: line(text) }, 0)));
    faults.extend([0, 1, 7, 20].map(|octets| (Fault::ResetMidPdu { octets }, 1)));
    faults.push((Fault::LatePrompt { ms: 300 }, 0));
    let sending = [Place::Prompt, Place::AtPrompt, Place::Taken, Place::NotTaken, Place::Reference, Place::Ok];
    let reading = [Place::Read, Place::Deleted, Place::NotDeleted];
    let vanish = |place, octets| (Fault::Vanish { place, octets, back_ms: Some(700) }, 1);
    faults.extend(sending.into_iter().chain(reading).map(|place| vanish(place, 0)));
    faults.extend([3, 40].map(|octets| vanish(Place::Pdu, octets)));
    std::iter::once(None).chain(faults.into_iter().map(Some)).collect()
}

#[test]
fn a_generic_modem_survives_every_fault_and_tells_the_truth() {
    for fault in faults() {
        check(Dialect::named("generic").expect("a dialect"), fault);
    }
}

#[test]
fn every_dialect_survives_every_fault_and_tells_the_truth() {
    for dialect in Dialect::all().iter().filter(|dialect| dialect.name != "generic") {
        for fault in faults() {
            check(dialect, fault);
        }
    }
}

/// A SIM with a PIN, through power cycles and new drivers: tries left in the end, and whether it got ready.
fn check_pin(dialect: &'static Dialect, configured: &str, left: u8, ready: bool) {
    let mut bench = Bench::new(&format!("{} with PIN {configured}", dialect.name), dialect);
    let now = bench.now;
    bench.world.handle(now, WorldInput::Control { modem: 0, control: Control::Pin { enabled: true, pin: "4711".to_owned() } });
    for _ in 0..5 {
        let now = bench.now;
        bench.world.handle(now, WorldInput::Control { modem: 0, control: Control::PowerCycle });
        bench.pin = Some(configured.to_owned());
        bench.driver = Driver::new(Profile::emulator(), Remembered::default());
        bench.opens_at = Some(now);
        bench.ready = 0;
        bench.run(Duration::from_mins(1), |bench| bench.ready > 0);
        if (bench.ready > 0) != ready {
            bench.fail("ready, or not, against the PIN");
        }
    }
    if bench.world.brains()[0].card().pin_tries != left {
        bench.fail(&format!("{} tries are left", bench.world.brains()[0].card().pin_tries));
    }
}

#[test]
fn a_wrong_pin_costs_one_try_in_all_the_starts_of_its_life() {
    for dialect in Dialect::all() {
        check_pin(dialect, "4711", 3, true);
        check_pin(dialect, "0815", 2, false);
    }
}
