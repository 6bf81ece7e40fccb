//! Whatever happens in whatever order: no Ctrl-Z without a row on disk, no delete without a commit, exactly one outcome for
//! every part, no telephone dialed twice for one row, and no deadline that stays.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use at_commands::Tick;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::chance::Seeded;
use crate::committed::{Committed, Slot};
use crate::ids::MessageId;
use crate::modem::driver::Driver;
use crate::modem::io::{
    AtErrand, Input, ModemCommand, ModemEvent, Output, PartKey, Pin, PinRefusal, Remembered, RingErrand, Submission, UssdAsk, UssdEnd,
    UssdErrand,
};
use crate::modem::profile::Profile;
use crate::terms::Rank;
use crate::time::Timestamp;

/// One thing that happens to a driver.
#[derive(Debug, Clone)]
enum Step {
    /// The modem answers what was asked last, as a good modem does.
    Answer,
    /// The modem says something else.
    Says(&'static str),
    Bytes(Vec<u8>),
    Submit {
        urgent: bool,
    },
    /// 0 asks a code, 1 replies to a menu, 2 cancels.
    Ussd(u8),
    /// A telephone is to ring.
    Ring,
    /// No telephone is to ring any more.
    EndRing,
    /// A technician types.
    At,
    Committed,
    Denied,
    Stored(usize),
    Pin(bool),
    Restart,
    Lost,
    /// The port is open again and a good modem answers until it serves.
    Recover,
    Time(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let usual = prop::sample::select(vec![
        "\r\n+CMTI: \"ME\",3\r\n",
        "\r\n+CMTI: \"SM\",1\r\n",
        "\r\n+CMTI: \"ME\",4\r\n",
        "\r\n+CREG: 1\r\n",
        "\r\nRING\r\n",
    ]);
    let words = prop::sample::select(vec![
        "\r\n> ",
        "\r\nOK\r\n",
        "\r\nERROR\r\n",
        "\r\n+CMS ERROR: 38\r\n",
        "\r\n+CMS ERROR: 500\r\n",
        "\r\n+CME ERROR: 14\r\n",
        "\r\n+CMGS: 9\r\n\r\nOK\r\n",
        "\r\n+CMT: ,24\r\n0891683108608805F9240D91683109731147F400003130505152430004F4F29C0E\r\n",
        "\r\n+CMGR: 0,,22\r\n07913306092049F0040B913336766883F500007110811094904003CF7A1A\r\n\r\nOK\r\n",
        "\r\n+CMGR: 0,,24\r\n07913396050046F7240B913376499120F200007110815063404005CF7AFAFD06\r\n\r\nOK\r\n",
        "\r\nRDY\r\n",
        "\r\n+CREG: 1\r\n",
        "\r\n+CREG: 2\r\n",
        "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n",
        "\r\nNO CARRIER\r\n",
        "\r\nBUSY\r\n",
        "\r\n^CONN:1,0\r\n",
        "\r\n^CEND:1,0,29,16\r\n",
        "\r\n+CLCC: 1,0,3,0,0\r\n\r\nOK\r\n",
        "\r\n+CLCC: 1,0,0,0,0\r\n\r\nOK\r\n",
        "\r\n+CUSD: 0,\"Balance 5.00\",15\r\n",
        "\r\n+CUSD: 1,\"1. Top up\r\n2. Leave\",15\r\n",
        "\r\n+CUSD: 2\r\n",
    ]);
    prop_oneof![
        120 => Just(Step::Answer),
        24 => usual.prop_map(Step::Says),
        4 => words.prop_map(Step::Says),
        1 => vec(any::<u8>(), 0..30).prop_map(Step::Bytes),
        30 => any::<bool>().prop_map(|urgent| Step::Submit { urgent }),
        12 => (0_u8..3).prop_map(Step::Ussd),
        12 => Just(Step::Ring),
        3 => Just(Step::EndRing),
        6 => Just(Step::At),
        30 => Just(Step::Committed),
        3 => Just(Step::Denied),
        24 => any::<usize>().prop_map(Step::Stored),
        3 => any::<bool>().prop_map(Step::Pin),
        1 => Just(Step::Restart),
        2 => Just(Step::Lost),
        8 => Just(Step::Recover),
        24 => (1_u64..200).prop_map(Step::Time),
        2 => (200_u64..3_000).prop_map(Step::Time),
    ]
}

struct Play {
    driver: Driver,
    now: Tick,
    open: bool,
    last_command: String,
    next_part: u8,
    /// Parts asked for, with what was told of them.
    outcomes: BTreeMap<u8, u32>,
    /// The part whose row was asked for and is not answered.
    persisting: Option<u8>,
    /// The part whose row is on disk and whose PDU has not gone out.
    committed: Option<u8>,
    rows: i64,
    told_slots: Vec<Slot>,
    /// Slots that may be deleted.
    stored: BTreeSet<u16>,
    ready: bool,
    pin_asked: bool,
    pins_sent: u32,
    /// USSD exchanges asked for: how many ends were told, and whether the last one left it open to a late answer.
    exchanges: BTreeMap<i64, (u32, bool)>,
    /// Every USSD line that went out.
    ussd_lines: BTreeSet<String>,
    /// How many ends were told of each telephone and of each command of a technician.
    rings: Vec<u32>,
    typed: Vec<u32>,
    /// Every number that was dialed.
    dialed: BTreeSet<String>,
}

impl Play {
    fn new() -> Self {
        let remembered = Remembered::default();
        Self {
            driver: Driver::new(Profile::emulator(), remembered),
            now: Tick::from_nanos(1),
            open: false,
            last_command: String::new(),
            next_part: 0,
            outcomes: BTreeMap::new(),
            persisting: None,
            committed: None,
            rows: 0,
            told_slots: Vec::new(),
            stored: BTreeSet::new(),
            ready: false,
            pin_asked: false,
            pins_sent: 0,
            exchanges: BTreeMap::new(),
            ussd_lines: BTreeSet::new(),
            rings: Vec::new(),
            typed: Vec::new(),
            dialed: BTreeSet::new(),
        }
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Answer if self.open => {
                let answer = answer(&std::mem::take(&mut self.last_command));
                self.handle(Input::Bytes(answer.as_bytes()));
            }
            Step::Says(words) if self.open => self.handle(Input::Bytes(words.as_bytes())),
            Step::Bytes(bytes) if self.open => self.handle(Input::Bytes(bytes)),
            Step::Submit { urgent } if self.next_part < u8::MAX => {
                self.next_part += 1;
                let rank = if *urgent { Rank(2) } else { Rank(5) };
                self.outcomes.insert(self.next_part, 0);
                let submission =
                    Submission { part: part(self.next_part), rank, pdu: vec![0, 1, 0, self.next_part], tpdu_octets: 3, keep: false };
                self.handle(Input::Command(ModemCommand::Submit(submission)));
            }
            Step::Ussd(kind) => {
                let id = self.exchanges.len() as i64;
                self.exchanges.insert(id, (0, false));
                let ask = match kind {
                    0 => UssdAsk::Code(format!("*{id}#")),
                    1 => UssdAsk::Reply(format!("{id}")),
                    _ => UssdAsk::Cancel,
                };
                self.handle(Input::Command(ModemCommand::Ussd(UssdErrand { id, ask })));
            }
            Step::Ring => {
                let id = self.rings.len();
                self.rings.push(0);
                let number = format!("+1555010{id:04}");
                let errand = RingErrand { id: id as i64, number, ring_for: Duration::from_millis(500) };
                self.handle(Input::Command(ModemCommand::Ring(errand)));
            }
            Step::EndRing => self.handle(Input::Command(ModemCommand::EndRing(0))),
            Step::At => {
                let id = self.typed.len() as u64;
                self.typed.push(0);
                let errand = AtErrand { id, line: "AT+CESQ".to_owned(), within: Duration::from_secs(1) };
                self.handle(Input::Command(ModemCommand::At(errand)));
            }
            Step::Committed if self.persisting.is_some() => {
                self.committed = self.persisting.take();
                self.rows += 1;
                self.handle(Input::AttemptCommitted { attempt: self.rows });
            }
            Step::Denied if self.persisting.take().is_some() => self.handle(Input::AttemptDenied),
            Step::Stored(which) if !self.told_slots.is_empty() => {
                let slot = self.told_slots.remove(which % self.told_slots.len());
                self.stored.insert(slot.index);
                self.handle(Input::Stored(Committed::after_commit(slot)));
            }
            Step::Pin(persisted) if std::mem::take(&mut self.pin_asked) => {
                self.handle(if *persisted { Input::PinPersisted(Pin::new("1234")) } else { Input::PinDenied(PinRefusal::Spent) });
            }
            Step::Restart => self.handle(Input::Command(ModemCommand::Restart)),
            Step::Lost if std::mem::take(&mut self.open) => self.handle(Input::Lost),
            Step::Recover => self.recover(),
            Step::Time(ms) => self.pass(Duration::from_millis(*ms)),
            Step::Answer
            | Step::Says(_)
            | Step::Bytes(_)
            | Step::Submit { .. }
            | Step::Committed
            | Step::Denied
            | Step::Stored(_)
            | Step::Pin(_)
            | Step::Lost => {}
        }
    }

    fn recover(&mut self) {
        if !self.open {
            self.open = true;
            self.handle(Input::Opened);
        }
        for _ in 0..60 {
            self.pass(Duration::from_millis(50));
            if self.open {
                self.run(&Step::Answer);
            }
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.driver.handle(self.now, input);
        while let Some(output) = self.driver.poll_output() {
            match output {
                Output::Transmit(bytes) => self.written(&bytes),
                Output::Persist(part) => {
                    assert!(self.persisting.is_none(), "a row is asked for while another one is being written");
                    self.persisting = Some(part.seq);
                }
                Output::PersistPin { .. } => self.pin_asked = true,
                Output::Reopen | Output::Help(_) => self.open = false,
                Output::Event(event) => self.event(event),
            }
        }
    }

    fn written(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if bytes.contains(&0x1A) {
            let part = self.committed.take().expect("Ctrl-Z without a row on disk");
            assert_eq!(text, format!("000100{part:02X}\u{1a}"), "the PDU of another part");
        }
        if let Some(index) = text.strip_prefix("AT+CMGD=") {
            assert!(!index.contains(','), "a delete of more than one slot: {text}");
            let index = index.trim_end().parse().expect("an index");
            assert!(self.stored.contains(&index), "slot {index} is deleted and not committed");
        }
        if text.starts_with("AT+CUSD=1") {
            assert!(self.ussd_lines.insert(text.clone()), "asked twice: {text}");
        }
        if text.starts_with("ATD") {
            assert!(self.dialed.insert(text.clone()), "dialed twice: {text}");
            assert!(self.committed.is_none(), "dialed while a part waits for its Ctrl-Z");
        }
        self.pins_sent += u32::from(text.starts_with("AT+CPIN=\""));
        assert!(!text.starts_with("ATZ") && !text.contains("COPS=?"), "{text}");
        if text.ends_with(['\r', '\u{1a}']) {
            self.last_command = text;
        }
    }

    fn event(&mut self, event: ModemEvent) {
        match event {
            ModemEvent::Received { slot: Some(slot), .. } => {
                // New content in this slot: only an answer given from now on may free it.
                self.stored.remove(&slot.index);
                self.told_slots.push(slot);
            }
            ModemEvent::Submitted { part, .. }
            | ModemEvent::Refused { part, .. }
            | ModemEvent::Aborted { part, .. }
            | ModemEvent::InDoubt { part, .. }
            | ModemEvent::Duplicate { part, .. } => {
                if self.committed == Some(part.seq) {
                    self.committed = None;
                }
                *self.outcomes.entry(part.seq).or_default() += 1;
            }
            ModemEvent::Ussd { id: Some(id), end, .. } => {
                let (ends, may_come) = self.exchanges.get_mut(&id).expect("an exchange that was asked for");
                if !std::mem::take(may_come) {
                    *ends += 1;
                }
                *may_come = matches!(end, UssdEnd::Unknown { .. });
            }
            ModemEvent::Ussd { id: None, .. } | ModemEvent::Called { .. } => {}
            ModemEvent::Rang { id, .. } => *self.rings.get_mut(id as usize).expect("a ring that was asked for") += 1,
            ModemEvent::At { id, .. } => *self.typed.get_mut(id as usize).expect("a command that was typed") += 1,
            ModemEvent::Ready => self.ready = true,
            ModemEvent::Received { slot: None, .. }
            | ModemEvent::Identity(_)
            | ModemEvent::Free
            | ModemEvent::PinAccepted { .. }
            | ModemEvent::NotReady { .. }
            | ModemEvent::Orphan { .. }
            | ModemEvent::Kept { .. }
            | ModemEvent::Reference(_)
            | ModemEvent::OwnNumber(_)
            | ModemEvent::Settled
            | ModemEvent::Signal(_)
            | ModemEvent::NetworkTime { .. }
            | ModemEvent::Ports(_)
            | ModemEvent::Registration { .. }
            | ModemEvent::Storage { .. }
            | ModemEvent::Rung { .. }
            | ModemEvent::Fell
            | ModemEvent::Deaf
            | ModemEvent::Unsaid
            | ModemEvent::CannotReceive
            | ModemEvent::Supply(_)
            | ModemEvent::Noise(_) => {}
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now.plus(time);
        let mut still = 0;
        while let Some(due) = self.driver.poll_timeout().filter(|due| *due <= end) {
            still = if due <= self.now { still + 1 } else { 0 };
            assert!(still < 20, "a deadline stays");
            self.now = self.now.max(due);
            self.handle(Input::Timer);
        }
        self.now = end;
    }

    /// The port goes, the store answers what it owes: every part has had its one outcome.
    fn finish(&mut self) {
        self.run(&Step::Lost);
        self.run(&Step::Committed);
        self.open = true;
        self.run(&Step::Lost);
        for (part, outcomes) in &self.outcomes {
            assert_eq!(*outcomes, 1, "outcomes of part {part}");
        }
        for (id, (ends, _)) in &self.exchanges {
            assert_eq!(*ends, 1, "ends of exchange {id}");
        }
        assert!(self.rings.iter().all(|ends| *ends == 1), "ends of telephones: {:?}", self.rings);
        assert!(self.typed.iter().all(|ends| *ends == 1), "ends of commands: {:?}", self.typed);
    }
}

fn part(seq: u8) -> PartKey {
    PartKey { message: MessageId::new(Timestamp::from_unix_ms(0), &mut Seeded::new(1)), seq }
}

/// What a good modem answers.
fn answer(command: &str) -> String {
    let known = super::script::ANSWERS.iter().find(|(line, _)| command.strip_suffix('\r') == Some(line));
    if command.starts_with("AT+CMGS") {
        return "\r\n> ".to_owned();
    }
    if command.ends_with('\u{1a}') {
        return "\r\n+CMGS: 9\r\n\r\nOK\r\n".to_owned();
    }
    if command.starts_with("AT+CMGR") {
        return "\r\n+CMGR: 0,,22\r\n07913306092049F0040B913336766883F500007110811094904003CF7A1A\r\n\r\nOK\r\n".to_owned();
    }
    format!("\r\n{}\r\n", known.map_or("OK", |(_, answer)| answer).replace(" | ", "\r\n\r\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn no_order_of_things_breaks_a_promise(steps in vec(step(), 0..300)) {
        let mut play = Play::new();
        play.run(&Step::Recover);
        prop_assert!(play.ready, "a good modem is brought up");
        for step in &steps {
            play.run(step);
        }
        play.finish();
        prop_assert!(play.pins_sent <= 1 + steps.iter().filter(|step| matches!(step, Step::Pin(true))).count() as u32);
    }
}

/// A text is told twice and stored twice; the second answer comes while its slot is being freed, and another text is there then.
#[test]
fn a_slot_is_freed_once_for_what_was_stored_twice() {
    let arrives = Step::Says("\r\n+CMTI: \"ME\",1\r\n");
    let mut play = Play::new();
    for step in [
        Step::Recover,
        arrives.clone(),
        Step::Recover,
        arrives.clone(),
        Step::Recover,
        Step::Stored(0),
        Step::Answer,
        arrives,
        Step::Stored(0),
        Step::Recover,
    ] {
        play.run(&step);
    }
    assert_eq!(play.told_slots.len(), 1, "the text that is there now waits to be stored");
    play.finish();
}

#[test]
fn a_cancel_behind_a_code_that_the_modem_does_not_understand_has_its_end() {
    let mut play = Play::new();
    play.run(&Step::Recover);
    for step in [Step::Answer, Step::Ussd(0), Step::Ussd(2), Step::Says("\r\nERROR\r\n"), Step::Answer] {
        play.run(&step);
    }
    play.finish();
}
