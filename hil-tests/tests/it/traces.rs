//! Recorded modems (`hil-tests/traces`) against the product's driver, in virtual time: a modem that came up, sent and received once
//! does so after every change.

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::ids::MessageId;
use answerback::modem::driver::Driver;
use answerback::modem::io::{Input, ModemCommand, ModemEvent, Output, PartKey, Pin, Remembered, Submission};
use answerback::modem::profile::Profile;
use answerback::store::{self, Store};
use answerback::terms::Rank;
use answerback::time::Timestamp;
use at_commands::Tick;
use at_commands::pdu::{Address, Smsc, Submit};
use at_commands::text::{SegmentOptions, segment};
use hil_tests::emulator::replay::Replay;

/// Longer than any of them.
const LIMIT: Duration = Duration::from_mins(5);

struct Bench {
    modem: Replay,
    driver: Driver,
    store: Store,
    now: Tick,
    ready: bool,
    given: bool,
    submitted: u32,
    received: u32,
    log: Vec<String>,
}

impl Bench {
    fn new(trace: &str) -> Self {
        Self {
            modem: Replay::read(trace).expect("a trace"),
            driver: Driver::new(Profile::emulator(), Remembered::default()),
            store: Store::in_memory().expect("a store in memory"),
            now: Tick::from_nanos(1_000_000_000),
            ready: false,
            given: false,
            submitted: 0,
            received: 0,
            log: Vec::new(),
        }
    }

    fn run(&mut self) {
        let end = self.now.plus(LIMIT);
        self.modem.handle(self.now, b"");
        self.driver.handle(self.now, Input::Opened);
        loop {
            self.settle();
            // What the health of an idle modem is asked for later is in no trace.
            if self.ready && self.submitted > 0 && self.received >= 2 {
                return;
            }
            let next = [self.modem.poll_timeout(), self.driver.poll_timeout()].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next < end) else { return };
            self.now = self.now.max(next);
            self.driver.handle(self.now, Input::Timer);
        }
    }

    fn settle(&mut self) {
        loop {
            while let Some(output) = self.driver.poll_output() {
                self.output(output);
            }
            let Some(octets) = self.modem.poll_output(self.now) else { return };
            self.log.push(format!("< {}", String::from_utf8_lossy(&octets).escape_debug()));
            self.driver.handle(self.now, Input::Bytes(&octets));
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Transmit(octets) => {
                self.log.push(format!("> {}", String::from_utf8_lossy(&octets).escape_debug()));
                self.modem.handle(self.now, &octets);
            }
            Output::Persist(_) => self.driver.handle(self.now, Input::AttemptCommitted { attempt: 1 }),
            Output::PersistPin { .. } => self.driver.handle(self.now, Input::PinPersisted(Pin::new("1234"))),
            Output::Reopen | Output::Help(_) => self.driver.handle(self.now, Input::Opened),
            Output::Event(ModemEvent::Ready) => self.ready = true,
            Output::Event(ModemEvent::Free) if !self.given => {
                self.given = true;
                self.driver.handle(self.now, Input::Command(ModemCommand::Submit(submission())));
            }
            Output::Event(ModemEvent::Submitted { .. }) => self.submitted += 1,
            Output::Event(ModemEvent::Received { slot, .. }) => {
                self.received += 1;
                if let Some(slot) = slot {
                    let committed = self.store.transact(|_| Ok::<_, store::Error>(slot)).expect("a commit");
                    self.driver.handle(self.now, Input::Stored(committed));
                }
            }
            Output::Event(event) => self.log.push(format!("= {event:?}")),
        }
    }
}

fn submission() -> Submission {
    let part = PartKey { message: MessageId::new(Timestamp::from_unix_ms(0), &mut Seeded::new(1)), seq: 1 };
    let segmented = segment("Another text", &SegmentOptions::default()).expect("it fits");
    let da = Address::from_e164("+15550100200").expect("a number");
    let mut submit = Submit::new(da, segmented.parts[0].dcs, segmented.parts[0].udh, segmented.parts[0].ud);
    submit.status_report_request = true;
    let pdu = submit.encode(Smsc::Present).expect("it encodes");
    Submission { part, rank: Rank(5), tpdu_octets: submit.tpdu_octets(), pdu, keep: false }
}

#[test]
fn every_recorded_modem_still_comes_up_sends_and_receives() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("traces").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let mut bench = Bench::new(&std::fs::read_to_string(&file).expect("a file"));
        bench.run();
        // A report and a text.
        let told = (bench.ready, bench.submitted, bench.received, bench.modem.strange());
        assert_eq!(told, (true, 1, 2, &[][..]), "{}\n{:#?}", file.display(), bench.log);
    }
}
