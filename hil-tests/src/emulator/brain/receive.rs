//! What the network brings: stored or shown, acknowledged now or by `+CNMA`, full memories (27.005 sections 3.4.1, 3.4.4).

use std::collections::VecDeque;

use at_commands::hex;
use at_commands::pdu::{Class, Inbound, Smsc};

use super::answer::Answer;
use super::storage::{Memory, Stored};
use super::syntax::Op;
use super::{Brain, Downlink, Later, Uplink};
use crate::emulator::fault::Fault;

/// What has come and is not settled yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// Shown and waiting for `+CNMA`.
    unacknowledged: Option<u64>,
    /// Behind it: the modem does not show the next one before the acknowledgement.
    behind: VecDeque<(Kind, u64, Vec<u8>)>,
    /// Lines kept back by CNMI mode 0.
    pub(super) buffered: Vec<String>,
    /// How often `+CNMA` acknowledged something.
    acknowledged: u64,
    /// A message found no room; the network waits for RP-SMMA.
    full: bool,
    /// It has said so, and indicates no text any more.
    pub(super) silent: bool,
    /// A call that rings.
    pub(super) call: Option<Call>,
}

/// A call that rings.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// `None` withholds the number.
    pub(super) from: Option<String>,
}

/// What a network PDU is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Report,
}

/// Where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Store(Memory),
    Show,
    Drop,
}

/// RP-ACK guard of 24.011 TR2M: 12 to 20 s; on expiry the modem falls back to mt=ds=0.
const ACKNOWLEDGE_MS: u64 = 15_000;
const MEMORY_EXCEEDED: u16 = 22;
const PROTOCOL_ERROR: u16 = 111;

impl Inbox {
    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    /// Whether something was shown and waits for its acknowledgement, and how often one came.
    pub(super) const fn shown(&self) -> (bool, u64) {
        (self.unacknowledged.is_some(), self.acknowledged)
    }

    pub(super) fn power_off(&mut self) {
        *self = Self { full: self.full, acknowledged: self.acknowledged, ..Self::default() };
    }
}

impl Brain {
    pub(super) fn downlink(&mut self, downlink: Downlink) {
        match downlink {
            Downlink::Deliver { id, pdu } => self.incoming(Kind::Text, id, pdu),
            Downlink::Report { id, pdu } => self.incoming(Kind::Report, id, pdu),
            Downlink::Submitted { rp, result } => self.submitted(rp, result.into()),
            Downlink::Ring { from } => self.ring_begins(from),
            Downlink::RingEnds => self.ring_ends(),
        }
    }

    fn incoming(&mut self, kind: Kind, id: u64, pdu: Vec<u8>) {
        if !self.air.carries_sms() {
            // The network finds out by its own timer; here it is told at once.
            return self.uplink(Uplink::Refuse { id, cause: PROTOCOL_ERROR });
        }
        if self.inbox.unacknowledged.is_some() {
            return self.inbox.behind.push_back((kind, id, pdu));
        }
        match self.route(kind, &pdu) {
            Route::Store(memory) => self.store(kind, memory, id, pdu),
            Route::Show => self.show(kind, id, &pdu),
            Route::Drop => {
                self.faults.shows(Fault::Deaf.name());
                self.uplink(Uplink::Acknowledge { id });
            }
        }
    }

    fn route(&self, kind: Kind, pdu: &[u8]) -> Route {
        let [_, mt, _, ds, _] = self.set.cnmi;
        if kind == Kind::Report {
            return match ds {
                1 => Route::Show,
                // A modem without SR keeps reports among the texts.
                2 => Route::Store(if self.storage.exists(Memory::Sr) { Memory::Sr } else { self.set.memories[2] }),
                _ => Route::Drop,
            };
        }
        let class = match Inbound::decode(pdu, Smsc::Present) {
            Ok(Inbound::Deliver(deliver)) => deliver.dcs.class(),
            Ok(Inbound::StatusReport(_)) | Err(_) => None,
        };
        let own = Route::Store(self.set.memories[2]);
        match (class, mt) {
            (Some(Class::Sim), _) => Route::Store(Memory::Sm),
            (Some(Class::Flash), 1) | (Some(Class::Terminal), 3) | (_, 2) => Route::Show,
            (_, _) => own,
        }
    }

    fn store(&mut self, kind: Kind, memory: Memory, id: u64, pdu: Vec<u8>) {
        let full = self.faults.on(&Fault::SimFull);
        if memory == Memory::Sr && self.storage.used(memory) == self.storage.total(memory) {
            self.storage.drop_first(memory);
        }
        let shown = (kind == Kind::Text).then(|| shown_pdu(kind, self.dialect.alpha, &pdu));
        let place = if full { None } else { self.storage.put(memory, Stored { stat: 0, pdu }) };
        let Some(index) = place else {
            self.uplink(Uplink::Refuse { id, cause: MEMORY_EXCEEDED });
            let told = self.dialect.full.filter(|_| !self.inbox.full);
            if !self.inbox.full {
                self.faults.note(if told.is_some() { "sim_full, told" } else { "sim_full, silent" });
            }
            if let Some(line) = told {
                self.inbox.silent = self.faults.on(&Fault::SilentWhenFull);
                self.urc(line);
            }
            self.inbox.full = true;
            return;
        };
        self.uplink(Uplink::Acknowledge { id });
        self.log(format!("stored in {} {index}", memory.name()));
        if kind == Kind::Text && memory != self.set.memories[2] {
            self.faults.note("a text in another memory");
        }
        if let Some(shown) = shown.filter(|_| self.set.cnmi[1] != 0)
            && let Some(told) = self.shows_and_stores()
        {
            self.indicate(&shown);
            if !told {
                return;
            }
        }
        match kind {
            Kind::Text if self.set.cnmi[1] != 0 && self.inbox.silent => drop(self.faults.struck(&Fault::SilentWhenFull)),
            Kind::Text if self.set.cnmi[1] != 0 => self.indicate(&format!("+CMTI: \"{}\",{index}", memory.name())),
            Kind::Text => self.faults.shows(Fault::Deaf.name()),
            Kind::Report => self.indicate(&format!("+CDSI: \"{}\",{index}", memory.name())),
        }
    }

    /// Whether it also shows what it keeps, and whether it then tells of the copy.
    fn shows_and_stores(&mut self) -> Option<bool> {
        self.faults.strike(|fault| match fault {
            Fault::ShowsAndStores { told } => Some(*told),
            _ => None,
        })
    }

    fn show(&mut self, kind: Kind, id: u64, pdu: &[u8]) {
        let line = if self.set.cmgf == 1 { self.shown_text(kind == Kind::Report, pdu) } else { shown_pdu(kind, self.dialect.alpha, pdu) };
        if self.faults.on(&Fault::ShowsOnly) {
            self.faults.note(Fault::ShowsOnly.name());
        }
        if self.set.csms == 1 && !self.faults.on(&Fault::AcknowledgesItself) {
            self.inbox.unacknowledged = Some(id);
            let late = self.faults.struck(&Fault::AcknowledgeLate);
            self.later(if late { 0 } else { ACKNOWLEDGE_MS }, Later::AcknowledgeLate(id));
        } else {
            // Without phase 2+ the modem has already said RP-ACK when the line is printed.
            self.uplink(Uplink::Acknowledge { id });
        }
        self.indicate(&line);
    }

    /// Prints an indication, or keeps it back in CNMI mode 0.
    fn indicate(&mut self, line: &str) {
        let is_off = self.dialect.chatter_switch.is_some() && !self.set.chatter;
        if self.faults.struck(&Fault::LostUrc) || (is_off && self.faults.struck(&Fault::SwitchSilences)) {
            return self.log(format!("not printed: {line}"));
        }
        if self.set.cnmi[0] == 0 {
            self.faults.shows(Fault::Deaf.name());
            return self.inbox.buffered.push(line.to_owned());
        }
        self.urc(line);
    }

    /// `+CNMA`: 0 or 1 is RP-ACK, 2 is RP-ERROR; without anything to acknowledge it is CMS 340.
    pub(super) fn acknowledge(&mut self, op: &Op) -> Answer {
        let good = match op {
            Op::Run(_) => true,
            Op::Set(value) => match value.split(',').next() {
                Some("0" | "1") => true,
                Some("2") => false,
                Some(_) | None => return Answer::cms(302),
            },
            Op::Test => return Answer::line("+CNMA: (0-2)"),
            Op::Read => return Answer::error(),
        };
        let Some(id) = self.inbox.unacknowledged.take() else {
            self.faults.struck(&Fault::AcknowledgesItself);
            self.faults.note("an acknowledgement that is not expected");
            return Answer::cms(340);
        };
        self.inbox.acknowledged += 1;
        if self.habits.shows_only {
            self.faults.note("shown only, and acknowledged by the box");
        }
        let good = good && !self.faults.struck(&Fault::AcknowledgeLost);
        self.uplink(if good { Uplink::Acknowledge { id } } else { Uplink::Refuse { id, cause: PROTOCOL_ERROR } });
        self.due.retain(|(_, _, what)| !matches!(what, Later::AcknowledgeLate(_)));
        self.later(0, Later::Next);
        Answer::ok()
    }

    /// The terminal did not acknowledge in time: RP-ERROR, and the modem is deaf until CNMI is set again.
    pub(super) fn acknowledge_late(&mut self, id: u64) {
        if self.inbox.unacknowledged != Some(id) {
            return;
        }
        self.inbox.unacknowledged = None;
        if self.habits.shows_only {
            self.faults.note("shown only, and not acknowledged in time");
        }
        self.uplink(Uplink::Refuse { id, cause: PROTOCOL_ERROR });
        (self.set.cnmi[1], self.set.cnmi[3]) = (0, 0);
        self.show_next();
    }

    pub(super) fn show_next(&mut self) {
        while self.inbox.unacknowledged.is_none() {
            let Some((kind, id, pdu)) = self.inbox.behind.pop_front() else { return };
            self.incoming(kind, id, pdu);
        }
    }

    /// A slot was freed: a network that waits may try again.
    pub(super) fn room_again(&mut self) {
        if self.inbox.full && !self.faults.on(&Fault::SimFull) {
            self.inbox.full = false;
            self.uplink(Uplink::MemoryAvailable);
        }
    }
}

fn shown_pdu(kind: Kind, alpha: &str, pdu: &[u8]) -> String {
    let (octets, hex) = (tpdu_octets(pdu), hex::encode(pdu));
    match kind {
        Kind::Text => format!("+CMT: {alpha},{octets}\r\n{hex}"),
        Kind::Report => format!("+CDS: {octets}\r\n{hex}"),
    }
}

/// The `<length>` of 27.005: octets without the SMSC address.
pub(super) fn tpdu_octets(pdu: &[u8]) -> usize {
    let smsc = pdu.first().map_or(0, |octets| usize::from(*octets) + 1);
    pdu.len().saturating_sub(smsc)
}
