//! The engine on a store of its own, without thread, network or clock: what happens, step by step, and what is then in the rows.

mod accepting;
mod caps;
mod chances;
mod consents;
mod crowded;
mod dangers;
mod doubts;
mod edges;
mod estimates;
mod events;
mod holds;
mod hours;
mod inbound;
mod killed;
mod learned;
mod lives;
mod longer;
mod on_call;
mod other_sims;
mod parked;
mod pins;
mod recoveries;
mod refusals;
mod rehearsed;
mod repeated;
mod reports;
mod rings;
mod selftests;
mod set_clocks;
mod stranded;
mod troubled;
mod undelivered;
mod verified;
mod way;
mod witnesses;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use at_commands::hex;
use at_commands::pdu::{Address, Concat, Dcs, Deliver, Ie, Smsc, Status, StatusReport, Timestamp as NetworkTime, Udh, UserData};

use super::accept::{self, NewMessage};
use super::configure::{self, NewEndpoint};
use super::receive::{self, Arrival};
use super::session::{self, Begun, NewSession};
use super::submit::{self, Begin};
use super::{Reject, Shelf, Work, modems};
use crate::chance::Seeded;
use crate::committed::Slot;
use crate::ids::{MessageId, PartKey, SessionId};
use crate::modem::io::{Identity, Submission};
use crate::settings::Settings;
use crate::store::{InboundRow, Message, Part, Reader, Result as StoreResult, Store};
use crate::terms::{PartState, Policy};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// Monday 2026-11-23, 10:00 UTC: every lane may send.
pub const START: Timestamp = Timestamp::from_unix_ms(1_795_428_000_000);
pub const PERSON: &str = "+380501112233";
pub const SIM: &str = "8938001000000000001";
pub const MODEM: &str = "north";

/// A box.
pub struct Rig {
    pub store: Store,
    pub now: Timestamp,
    shelf: Shelf,
    chance: Seeded,
}

impl Rig {
    pub fn new() -> Self {
        Self::on(Store::in_memory().expect("a store")).configured()
    }

    /// A box on disk, configured where it is new: what survives a power cut is what it opens with.
    pub fn at(dir: &Path) -> Self {
        let rig = Self::on(Store::open(dir).expect("a store"));
        if rig.read(|reader| reader.active_flow("pay.past_due")).is_some() { rig } else { rig.configured() }
    }

    /// A box without flows: quick to make.
    pub fn bare() -> Self {
        let mut rig = Self::on(Store::in_memory().expect("a store"));
        let settings = Settings { country: "UA".to_owned(), ..Settings::default() };
        rig.run(|work| configure::settings(work, &settings));
        rig
    }

    fn on(store: Store) -> Self {
        Self { store, now: START, shelf: Shelf::default(), chance: Seeded::new(11) }
    }

    fn configured(mut self) -> Self {
        let settings = Settings {
            utility: "Northgrid".to_owned(),
            country: "UA".to_owned(),
            currency: "EUR".to_owned(),
            emergency: "112".to_owned(),
            public_url: "https://pay.example".to_owned(),
            ..Settings::default()
        };
        self.run(|work| configure::settings(work, &settings));
        for name in ["billing.charge", "billing.claim_paid", "oms.report", "oms.not_out"] {
            let endpoint = NewEndpoint {
                name: name.to_owned(),
                url: "http://127.0.0.1:9/x".to_owned(),
                status_url: None,
                secret: None,
                timeout_s: None,
                private: true,
            };
            self.run(|work| configure::endpoint(work, &endpoint).map(drop));
        }
        for (file, source) in FLOWS {
            let put = self.run(|work| configure::put_flow(work, file, source, "test"));
            self.run(|work| configure::activate_flow(work, &put.name, put.revision).map(drop));
        }
        self
    }

    pub fn try_run<T>(&mut self, job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject>) -> Result<T, Reject> {
        let Self { store, now, shelf, chance } = self;
        let committed = store.transact(|tx| {
            let book = shelf.book(tx, *now)?;
            assert_eq!(book.problems, Vec::<String>::new());
            job(&mut Work { tx, now: *now, chance, book: &book })
        });
        committed.map(crate::committed::Committed::into_inner)
    }

    pub fn run<T>(&mut self, job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject>) -> T {
        self.try_run(job).expect("not refused")
    }

    pub fn read<T>(&self, read: impl FnOnce(&Reader<'_>) -> StoreResult<T>) -> T {
        self.store.read(read).expect("readable")
    }

    /// Time passes and everything due happens.
    pub fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
        while self.run(super::expire::due) > 0 {}
    }

    pub fn message(&self, id: MessageId) -> Message {
        self.read(|reader| reader.message(id)).expect("a message")
    }

    pub fn part(&self, id: MessageId, seq: u8) -> Part {
        self.read(|reader| reader.part(&PartKey { message: id, seq })).expect("a part")
    }

    /// The kinds of all events after `seq`.
    pub fn events(&self, seq: i64) -> Vec<String> {
        self.read(|reader| reader.events_after(seq, 500)).into_iter().map(|event| event.kind).collect()
    }

    pub fn count_events(&self) -> i64 {
        let mut seen = 0;
        loop {
            let events = self.read(|reader| reader.events_after(seen, 500));
            if events.is_empty() {
                return seen;
            }
            seen += events.len() as i64;
        }
    }

    /// A modem with its SIM, known to the store.
    pub fn has_modem(&mut self, name: &'static str, iccid: &str) {
        let identity = Identity { iccid: iccid.to_owned(), imei: format!("imei of {name}"), ..Identity::default() };
        self.run(|work| modems::identity(work, name, &identity));
    }

    pub fn plain(&mut self, policy: Policy, text: &str) -> MessageId {
        self.run(|work| accept::message(work, &plain(policy, text))).answer.id
    }

    /// The past-due question with a mandate: a yes charges.
    pub fn past_due(&mut self) -> Begun {
        self.run(|work| session::begin(work, &past_due())).answer
    }

    pub fn claim(&mut self, id: MessageId, seq: u8) -> Submission {
        self.run(|work| submit::claim(work, &PartKey { message: id, seq }, SIM)).expect("not at night")
    }

    pub fn begin(&mut self, id: MessageId, seq: u8) -> Begin {
        self.run(|work| submit::begin_attempt(work, &PartKey { message: id, seq }, SIM, MODEM))
    }

    /// Claimed and begun: the attempt's row.
    pub fn attempt(&mut self, id: MessageId, seq: u8) -> i64 {
        self.claim(id, seq);
        match self.begin(id, seq) {
            Begin::Go { attempt } => attempt,
            Begin::Denied { why } => panic!("denied: {why}"),
        }
    }

    pub fn submitted(&mut self, id: MessageId, seq: u8, attempt: i64, mr: u8) {
        self.run(|work| submit::submitted(work, &PartKey { message: id, seq }, attempt, mr));
    }

    /// One part goes out and is accepted.
    pub fn send(&mut self, id: MessageId, mr: u8) {
        let attempt = self.attempt(id, 1);
        self.submitted(id, 1, attempt, mr);
    }

    /// The oldest queued message goes out and is accepted; its words.
    pub fn send_next(&mut self, mr: u8) -> Option<String> {
        let part = self.read(|reader| reader.due_parts(self.now, 1)).into_iter().next()?;
        let attempt = self.attempt(part.key.message, part.key.seq);
        self.submitted(part.key.message, part.key.seq, attempt, mr);
        Some(self.message(part.key.message).text.expose().to_owned())
    }

    pub fn arrives(&mut self, hex: String) -> Slot {
        let slot = Some(Slot::of("SM", 3, &hex));
        let arrival = Arrival { sim: SIM.to_owned(), modem: MODEM.to_owned(), hex, slot, live: true };
        self.run(|work| receive::pdu(work, &arrival))
    }

    /// The person writes; what the box made of it.
    pub fn hears(&mut self, text: &str) -> InboundRow {
        let stamp = self.now;
        self.arrives(deliver(PERSON, stamp, text));
        self.last_inbound()
    }

    pub fn last_inbound(&self) -> InboundRow {
        self.read(|reader| reader.inbounds(None, crate::store::Paging::newest(1))).items.into_iter().next().expect("a text")
    }

    pub fn session(&self, id: SessionId) -> crate::conversation::session::Session {
        self.read(|reader| reader.session(id)).expect("a session")
    }

    pub fn state(&self, id: MessageId) -> PartState {
        self.part(id, 1).state
    }
}

const FLOWS: &[(&str, &str)] = &[
    ("pay.past_due.flow.toml", include_str!("../../../flows/pay.past_due.flow.toml")),
    ("outage.confirm.flow.toml", include_str!("../../../flows/outage.confirm.flow.toml")),
    ("consent.join.flow.toml", include_str!("../../../flows/consent.join.flow.toml")),
];

pub fn plain(policy: Policy, text: &str) -> NewMessage {
    NewMessage {
        to: PERSON.to_owned(),
        text: Text::new(text),
        policy,
        rank: None,
        category: None,
        not_before: None,
        expires_at: None,
        sim: None,
        parts_max: None,
        class: None,
        report: true,
        replaces: None,
        tags: Vec::new(),
        source: "test".to_owned(),
        idempotency: None,
    }
}

pub fn past_due() -> NewSession {
    let text = |words: &str| Value::Text(words.to_owned());
    let data = BTreeMap::from([
        ("account".to_owned(), text("00417733")),
        ("amount".to_owned(), text("84.50")),
        ("due".to_owned(), text("2026-11-12")),
        ("card".to_owned(), text("*4242")),
        ("mandate".to_owned(), Value::Bool(true)),
    ]);
    NewSession {
        flow: "pay.past_due".to_owned(),
        to: Some(PERSON.to_owned()),
        data,
        key: None,
        language: None,
        sim: None,
        not_before: None,
        source: "test".to_owned(),
        idempotency: None,
    }
}

fn network_time(at: Timestamp) -> NetworkTime {
    NetworkTime::from_unix_ms(at.unix_ms(), 8).expect("a date")
}

/// A DELIVER in hex, as a modem prints it.
pub fn deliver(from: &str, stamp: Timestamp, text: &str) -> String {
    let septets = at_commands::text::gsm7::encode(text, at_commands::text::Shift::DEFAULT).expect("in the alphabet");
    let ud = UserData::gsm7(&septets, at_commands::text::Shift::DEFAULT).expect("fits");
    deliver_part(from, stamp, Udh::none(), ud)
}

pub fn deliver_part(from: &str, stamp: Timestamp, udh: Udh, ud: UserData) -> String {
    let deliver = Deliver {
        smsc: Some(Address::from_e164("+380501000000").expect("an address")),
        more_messages: false,
        loop_prevention: false,
        status_report_indication: false,
        reply_path: false,
        oa: Address::from_e164(from).expect("an address"),
        pid: 0,
        dcs: if matches!(ud, UserData::Gsm7 { .. }) { Dcs::GSM7 } else { Dcs::EIGHT_BIT },
        scts: network_time(stamp),
        udh,
        ud,
    };
    hex::encode(&deliver.encode(Smsc::Present).expect("encodes"))
}

/// One part of a longer text.
pub fn deliver_of(stamp: Timestamp, (reference, total, seq): (u16, u8, u8), text: &str) -> String {
    let septets = at_commands::text::gsm7::encode(text, at_commands::text::Shift::DEFAULT).expect("in the alphabet");
    let ud = UserData::gsm7(&septets, at_commands::text::Shift::DEFAULT).expect("fits");
    let udh = Udh::of(&[Ie::Concat(Concat { reference, wide: false, total, seq })]).expect("fits");
    deliver_part(PERSON, stamp, udh, ud)
}

/// A STATUS-REPORT in hex.
pub fn status_report(mr: u8, ra: &str, taken: Timestamp, st: u8) -> String {
    let report = StatusReport {
        smsc: Some(Address::from_e164("+380501000000").expect("an address")),
        more_messages: false,
        loop_prevention: false,
        qualifier: false,
        mr,
        ra: Address::from_e164(ra).expect("an address"),
        scts: network_time(taken),
        dt: network_time(taken.plus(Duration::from_secs(9))),
        st: Status::new(st),
        parameters: None,
    };
    hex::encode(&report.encode(Smsc::Present).expect("encodes"))
}
