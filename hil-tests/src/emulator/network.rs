//! The simulated mobile network, PURE: one service centre, the SIMs of all modems, and simulated phones for every other
//! number. Its log of what it took is the ground truth every test judges by.
//!
//! It knows 23.040 (SUBMIT in, DELIVER and STATUS-REPORT out) and no AT command.

mod handset;
mod reports;
mod sim_line;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use answerback::chance::Seeded;
use at_commands::pdu::{Address, Class, Concat, Deliver, Smsc, Submit, Timestamp, TypeOfAddress};
use at_commands::text::{SegmentOptions, segment};
use at_commands::{Tick, hex};
use serde::Serialize;

use self::handset::Handset;
pub use self::handset::HandsetText;
use self::reports::Origin;
use self::sim_line::{Kind, SimLine, Waiting};
use super::brain::{Downlink, Uplink};
use super::fault::{Fault, Faults};

/// How the network behaves.
#[derive(Debug, Clone)]
pub struct NetworkOptions {
    /// From the submission to the answer that becomes `+CMGS`.
    pub answer: Duration,
    /// From the answer to the phone.
    pub delivery: Duration,
    /// From the phone to the status report.
    pub report: Duration,
    /// How many of 1,000 texts are lost after they were taken.
    pub lost_permille: u16,
    /// How many of 1,000 texts are delivered twice.
    pub doubled_permille: u16,
    /// Up to this much is added to each delivery, so that texts overtake each other.
    pub jitter: Duration,
    /// Unix milliseconds at tick 0.
    pub wall_ms: i64,
    /// The service centre's zone in quarters of an hour.
    pub zone_quarters: i8,
    /// The service centre's number.
    pub smsc: String,
    /// Numbers that nobody has: refused with cause 1.
    pub unassigned: Vec<String>,
    /// Seed of its chance.
    pub seed: u64,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(2),
            delivery: Duration::from_secs(1),
            report: Duration::from_secs(1),
            lost_permille: 0,
            doubled_permille: 0,
            jitter: Duration::ZERO,
            wall_ms: 1_795_000_000_000,
            zone_quarters: 8,
            smsc: "+15550109999".to_owned(),
            unassigned: Vec::new(),
            seed: 1,
        }
    }
}

/// One PDU the network took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Which modem sent it.
    pub modem: usize,
    /// The number of its SIM.
    pub from: String,
    /// Whom it is for.
    pub to: String,
    /// TP-MR.
    pub mr: u8,
    /// The text of this part; `None` for data.
    pub text: Option<String>,
    /// Reference, number of parts and place, where it is a part of a longer text.
    pub part: Option<TakenPart>,
    /// A report was asked for.
    pub report: bool,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// SMSC octets and TPDU in hex.
    pub pdu: String,
}

/// Where a part stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TakenPart {
    /// Concatenation reference.
    pub reference: u16,
    /// Number of parts.
    pub total: u8,
    /// This part, from 1.
    pub seq: u8,
}

impl From<Concat> for TakenPart {
    fn from(concat: Concat) -> Self {
        Self { reference: concat.reference, total: concat.total, seq: concat.seq }
    }
}

/// What became of a PDU the network took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fate {
    /// TP-ST of every report the network made of it.
    pub said: Vec<u8>,
}

/// The network with everything that travels in it.
#[derive(Debug)]
pub struct Network {
    options: NetworkOptions,
    now: Tick,
    chance: Seeded,
    sims: Vec<SimLine>,
    handsets: BTreeMap<String, Handset>,
    taken: Vec<Taken>,
    fates: Vec<Fate>,
    acknowledged: Vec<(usize, Vec<u8>)>,
    due: Vec<(Tick, u64, Due)>,
    count: u64,
    reference: u16,
    out: VecDeque<(usize, Downlink)>,
}

/// What happens in the network later.
#[derive(Debug)]
enum Due {
    Answer { modem: usize, rp: u64, result: Result<(), u16> },
    Arrive { to: Address, submit: Box<Submit>, origin: Origin },
    ToSim { modem: usize, waiting: Waiting },
    Report { origin: Origin, st: u8 },
    Expire { number: String },
    Retry { modem: usize },
}

/// RP cause 1: unassigned number (24.011 annex E-2).
const UNASSIGNED: u16 = 1;
/// RP cause 95: semantically incorrect message.
const INCORRECT: u16 = 95;
/// TP-FCS C5: a second text with this reference to this number, and the first is not delivered yet (23.040 9.2.3.25).
const DUPLICATE: u16 = 197;
/// TP-ST 00.
const RECEIVED: u8 = 0;

impl Network {
    /// A network that knows the SIMs of these numbers; place in the list is the modem.
    pub fn new(numbers: Vec<String>, options: NetworkOptions) -> Self {
        Self {
            chance: Seeded::new(options.seed),
            sims: numbers.into_iter().map(SimLine::new).collect(),
            options,
            now: Tick::default(),
            handsets: BTreeMap::new(),
            taken: Vec::new(),
            fates: Vec::new(),
            acknowledged: Vec::new(),
            due: Vec::new(),
            count: 0,
            reference: 0,
            out: VecDeque::new(),
        }
    }

    /// Lets time pass up to `now`.
    pub fn advance(&mut self, now: Tick) {
        loop {
            let next = self.due.iter().enumerate().filter(|(_, (at, ..))| *at <= now).min_by_key(|(_, (at, n, _))| (*at, *n));
            let Some((place, _)) = next else { break };
            let (at, _, due) = self.due.remove(place);
            self.now = self.now.max(at);
            self.happens(due);
        }
        self.now = self.now.max(now);
    }

    /// What a modem tells the network.
    pub fn uplink(&mut self, now: Tick, modem: usize, uplink: Uplink) {
        self.advance(now);
        match uplink {
            Uplink::Submit { mr, rp, pdu } => self.submit(modem, mr, rp, &pdu),
            Uplink::Acknowledge { id } => self.acknowledged(modem, id),
            Uplink::Refuse { id, cause } => self.refused(modem, id, cause),
            Uplink::MemoryAvailable => self.room_again(modem),
            Uplink::Attached => self.reachable(modem, true),
            Uplink::Detached => self.reachable(modem, false),
            // What is held for the old SIM waits for it, not for this one.
            Uplink::Card { number, smsc } => self.sims[modem].exchanged(number, smsc),
        }
        self.advance(now);
    }

    /// The next thing for a modem.
    pub fn poll_output(&mut self) -> Option<(usize, Downlink)> {
        self.out.pop_front()
    }

    /// When something happens by itself next.
    pub fn poll_timeout(&self) -> Option<Tick> {
        self.due.iter().map(|(at, ..)| *at).min()
    }

    /// Every PDU the network took, oldest first.
    pub fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// What became of each of them, in the same order.
    pub fn fates(&self) -> &[Fate] {
        &self.fates
    }

    /// Every text that a modem took on itself, oldest first: which modem, and the PDU behind its SMSC. The network has no copy
    /// of them any more.
    pub fn acknowledged_texts(&self) -> &[(usize, Vec<u8>)] {
        &self.acknowledged
    }

    /// What the phone of this number shows, joined, oldest first.
    pub fn received(&self, number: &str) -> &[HandsetText] {
        self.handsets.get(number).map_or(&[], |handset| handset.texts())
    }

    /// Every phone that got something.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.handsets.keys().map(String::as_str)
    }

    /// Switches a phone on or off; off, what comes for it waits until its validity ends.
    pub fn handset_power(&mut self, number: &str, on: bool) {
        let waiting = self.handsets.entry(number.to_owned()).or_default().power(on);
        for (submit, origin) in waiting {
            self.arrive_at_handset(number, &submit, origin);
        }
    }

    /// Switches a fault on for the SIM of a modem.
    pub fn arm(&mut self, modem: usize, fault: Fault, times: u32) {
        if let Some(sim) = self.sims.get_mut(modem) {
            sim.faults.arm(fault, times);
        }
    }

    /// Switches one fault of a SIM off.
    pub fn disarm(&mut self, modem: usize, fault: &Fault) {
        if let Some(sim) = self.sims.get_mut(modem) {
            sim.faults.cure(fault);
        }
    }

    /// Switches all faults of a SIM off.
    pub fn clear_faults(&mut self, modem: usize) {
        if let Some(sim) = self.sims.get_mut(modem) {
            sim.faults.clear();
        }
    }

    /// Somebody calls the SIM of a modem, or hangs up.
    pub fn ring(&mut self, modem: usize, on: bool, from: Option<String>) {
        if self.sims.get(modem).is_some_and(|sim| sim.attached) {
            self.out.push_back((modem, if on { Downlink::Ring { from } } else { Downlink::RingEnds }));
        }
    }

    /// A phone texts the SIM of a modem; gives the number of parts.
    pub fn inject(&mut self, modem: usize, from: &str, text: &str) -> Result<usize, String> {
        if modem >= self.sims.len() {
            return Err(format!("there is no modem {modem}; the network knows {}", self.sims.len()));
        }
        let oa = address(from)?;
        self.reference = self.reference % 255 + 1;
        let options = SegmentOptions { reference: self.reference, ..SegmentOptions::default() };
        let parts = segment(text, &options).map_err(|error| error.to_string())?.parts;
        let (scts, count) = (self.time(), parts.len());
        let class = self.sims[modem].faults.strike(|fault| match fault {
            Fault::TextClass { class } => Some(Class::of(*class)),
            _ => None,
        });
        let mut pdus = Vec::new();
        for (place, part) in parts.into_iter().enumerate() {
            let deliver = Deliver {
                smsc: self.centre_of(modem),
                more_messages: place + 1 < count,
                loop_prevention: false,
                status_report_indication: false,
                reply_path: false,
                oa: oa.clone(),
                pid: 0,
                dcs: class.map_or(part.dcs, |class| part.dcs.with_class(class)),
                scts,
                udh: part.udh,
                ud: part.ud,
            };
            pdus.push(deliver.encode(Smsc::Present).map_err(|error| error.to_string())?);
        }
        if count > 1 && self.struck(modem, &Fault::ReverseParts) {
            pdus.reverse();
        }
        self.note_parts(modem, count);
        for pdu in pdus {
            self.towards_sim(modem, Waiting { kind: Kind::Text, pdu, origin: None });
        }
        Ok(count)
    }

    /// A DELIVER or STATUS-REPORT of the tester's own goes to the SIM of a modem as it is.
    pub fn inject_pdu(&mut self, modem: usize, pdu: &str) -> Result<(), String> {
        let pdu = hex::decode(pdu).map_err(|error| error.to_string())?;
        let first = pdu.first().and_then(|smsc| pdu.get(usize::from(*smsc) + 1)).ok_or("the PDU ends inside the SMSC address")?;
        let kind = if first & 3 == 2 { Kind::Report } else { Kind::Text };
        if modem >= self.sims.len() {
            return Err(format!("there is no modem {modem}; the network knows {}", self.sims.len()));
        }
        self.towards_sim(modem, Waiting { kind, pdu, origin: None });
        Ok(())
    }

    fn submit(&mut self, modem: usize, mr: u8, rp: u64, pdu: &[u8]) {
        let Ok(submit) = Submit::decode(pdu, Smsc::Present) else {
            return self.out.push_back((modem, Downlink::Submitted { rp, result: Err(INCORRECT) }));
        };
        let Some(to) = submit.da.number() else {
            return self.out.push_back((modem, Downlink::Submitted { rp, result: Err(UNASSIGNED) }));
        };
        let answer = self.options.answer;
        if self.options.unassigned.contains(&to) {
            self.note(modem, "a number that nobody has");
            return self.later(answer, Due::Answer { modem, rp, result: Err(UNASSIGNED) });
        }
        if submit.reject_duplicates && self.holds(modem, mr, &to) {
            self.note(modem, "a duplicate is refused");
            return self.later(answer, Due::Answer { modem, rp, result: Err(DUPLICATE) });
        }
        let at_ms = self.wall_ms();
        self.taken.push(Taken {
            modem,
            from: self.sims[modem].number.clone(),
            to,
            mr,
            text: submit.text(),
            part: submit.udh.concat().map(TakenPart::from),
            report: submit.status_report_request,
            at_ms,
            pdu: hex::encode(pdu),
        });
        self.fates.push(Fate::default());
        let taken = self.taken.len() - 1;
        let origin = Origin { taken, modem, mr, ra: submit.da.clone(), scts: self.time(), wanted: submit.status_report_request };
        if origin.wanted && self.struck(modem, &Fault::ReportFirst) {
            self.sims[modem].faults.arm(Fault::NoReport, 1);
            self.push_report(&origin, RECEIVED);
        }
        self.later(answer, Due::Answer { modem, rp, result: Ok(()) });
        if self.dice(self.options.lost_permille) {
            return;
        }
        let delay = answer + self.options.delivery + self.jitter();
        let to = submit.da.clone();
        if self.dice(self.options.doubled_permille) {
            let again = Origin { wanted: false, ..origin.clone() };
            self.later(delay, Due::Arrive { to: to.clone(), submit: Box::new(submit.clone()), origin: again });
        }
        self.later(delay, Due::Arrive { to, submit: Box::new(submit), origin });
    }

    fn happens(&mut self, due: Due) {
        match due {
            Due::Answer { modem, rp, result } => self.out.push_back((modem, Downlink::Submitted { rp, result })),
            Due::Arrive { to, submit, origin } => self.arrive(&to, &submit, origin),
            Due::ToSim { modem, waiting } => self.queue_for_sim(modem, waiting),
            Due::Report { origin, st } => self.push_report(&origin, st),
            Due::Expire { number } => self.expire(&number),
            Due::Retry { modem } => self.next_for_sim(modem),
        }
    }

    fn arrive(&mut self, to: &Address, submit: &Submit, origin: Origin) {
        let Some(number) = to.number() else { return };
        let Some(modem) = self.sims.iter().position(|sim| sim.number == number) else {
            return self.arrive_at_handset(&number, submit, origin);
        };
        let from = self.sims.get(origin.modem).map_or_else(String::new, |sim| sim.number.clone());
        let Ok(oa) = address(&from) else { return };
        let deliver = Deliver {
            smsc: self.centre_of(modem),
            more_messages: false,
            loop_prevention: false,
            status_report_indication: false,
            reply_path: false,
            oa,
            pid: submit.pid,
            dcs: submit.dcs,
            scts: origin.scts,
            udh: submit.udh,
            ud: submit.ud,
        };
        // What was decoded from a SUBMIT fits a DELIVER: same user data, a shorter head.
        if let Ok(pdu) = deliver.encode(Smsc::Present) {
            self.towards_sim(modem, Waiting { kind: Kind::Text, pdu, origin: Some(origin) });
        }
    }

    fn later(&mut self, delay: Duration, due: Due) {
        self.count += 1;
        self.due.push((self.now.plus(delay), self.count, due));
    }

    /// What is lost or doubled next is a part of a longer text.
    fn note_parts(&mut self, modem: usize, count: usize) {
        let Some(sim) = self.sims.get_mut(modem).filter(|_| count > 1) else { return };
        for (fault, name) in [(Fault::LosePart, "a part is missing"), (Fault::DoubleDelivery, "a part comes twice")] {
            if sim.faults.on(&fault) {
                sim.faults.note(name);
            }
        }
    }

    fn note(&mut self, modem: usize, name: &'static str) {
        if let Some(sim) = self.sims.get_mut(modem) {
            sim.faults.note(name);
        }
    }

    fn struck(&mut self, modem: usize, fault: &Fault) -> bool {
        self.sims.get_mut(modem).is_some_and(|sim| sim.faults.struck(fault))
    }

    fn dice(&mut self, permille: u16) -> bool {
        permille > 0 && self.chance.below(1_000) < u64::from(permille)
    }

    fn jitter(&mut self) -> Duration {
        let most = self.options.jitter.as_millis() as u64;
        if most == 0 { Duration::ZERO } else { Duration::from_millis(self.chance.below(most)) }
    }

    /// The service centre of a SIM.
    fn centre_of(&self, modem: usize) -> Option<Address> {
        let own = self.sims.get(modem).and_then(|sim| sim.smsc.as_deref());
        Address::from_e164(own.unwrap_or(&self.options.smsc)).ok()
    }

    /// Unix milliseconds now.
    fn wall_ms(&self) -> i64 {
        self.options.wall_ms + self.now.since(Tick::default()).as_millis() as i64
    }

    /// The service centre's clock as it writes it.
    fn time(&self) -> Timestamp {
        let unset = Timestamp { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, zone_quarters: 0, as_received: None };
        Timestamp::from_unix_ms(self.wall_ms(), self.options.zone_quarters).unwrap_or(unset)
    }
}

/// A sender as people write it: E.164, a short code, or up to 11 letters.
fn address(from: &str) -> Result<Address, String> {
    let made = match from.chars().next() {
        Some('+') => Address::from_e164(from),
        Some('0'..='9') => Address::digits(from, TypeOfAddress::UNKNOWN),
        Some(_) | None => Address::from_alphanumeric(from),
    };
    made.map_err(|error| format!("`{from}` is no sender: {error}"))
}
