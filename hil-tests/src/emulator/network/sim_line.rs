//! The network's side of one SIM: one text at a time on the air, a queue behind it, RP-SMMA after a full memory.

use std::collections::VecDeque;
use std::time::Duration;

use super::reports::Origin;
use super::{Due, Faults, Network, RECEIVED};
use crate::emulator::brain::Downlink;
use crate::emulator::fault::Fault;

/// What the network knows of one SIM.
#[derive(Debug)]
pub(super) struct SimLine {
    pub(super) number: String,
    /// Its service centre, where that is not the network's own.
    pub(super) smsc: Option<String>,
    pub(super) attached: bool,
    pub(super) faults: Faults,
    full: bool,
    queue: VecDeque<Waiting>,
    last: Option<Vec<u8>>,
    on_air: Option<(u64, Waiting)>,
}

/// A PDU on its way to a SIM.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) kind: Kind,
    pub(super) pdu: Vec<u8>,
    /// Whom to report its arrival to.
    pub(super) origin: Option<Origin>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Report,
}

/// RP cause 22: memory capacity exceeded.
const MEMORY_EXCEEDED: u16 = 22;
/// A service centre tries again after minutes; a rig after seconds.
const RETRY: Duration = Duration::from_secs(10);

impl SimLine {
    pub(super) fn new(number: String) -> Self {
        Self {
            number,
            smsc: None,
            attached: false,
            faults: Faults::default(),
            full: false,
            queue: VecDeque::new(),
            last: None,
            on_air: None,
        }
    }

    /// Another SIM is in the modem.
    pub(super) fn exchanged(&mut self, number: String, smsc: String) {
        self.number = number;
        self.smsc = Some(smsc);
        (self.full, self.last, self.on_air) = (false, None, None);
        self.queue.clear();
    }

    /// What the service centre still holds for this SIM.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.queue.iter().chain(self.on_air.iter().map(|(_, waiting)| waiting))
    }

    /// How many PDUs the service centre still holds for this SIM.
    pub(super) fn held(&self) -> usize {
        self.queue.len() + usize::from(self.on_air.is_some())
    }
}

impl Network {
    /// How many PDUs the service centre holds for the SIM of a modem.
    pub fn held(&self, modem: usize) -> usize {
        self.sims.get(modem).map_or(0, SimLine::held)
    }

    /// A text sets off; loss, doubling and jitter apply.
    pub(super) fn towards_sim(&mut self, modem: usize, waiting: Waiting) {
        if self.struck(modem, &Fault::LosePart) || self.dice(self.options.lost_permille) {
            return;
        }
        if self.struck(modem, &Fault::DoubleDelivery) || self.dice(self.options.doubled_permille) {
            let delay = self.jitter();
            self.later(delay, Due::ToSim { modem, waiting: Waiting { origin: None, ..waiting.clone() } });
        }
        let delay = self.jitter();
        self.later(delay, Due::ToSim { modem, waiting });
    }

    pub(super) fn queue_for_sim(&mut self, modem: usize, waiting: Waiting) {
        if let Some(sim) = self.sims.get_mut(modem) {
            if waiting.kind == Kind::Text {
                sim.last = Some(waiting.pdu.clone());
            }
            sim.queue.push_back(waiting);
            self.next_for_sim(modem);
        }
    }

    /// The service centre delivers the last text of a SIM once more, as it does after a lost acknowledgement; whether there
    /// was one.
    pub fn again(&mut self, modem: usize) -> bool {
        let Some(pdu) = self.sims.get(modem).and_then(|sim| sim.last.clone()) else { return false };
        self.queue_for_sim(modem, Waiting { kind: Kind::Text, pdu, origin: None });
        true
    }

    /// How often each fault of the network struck.
    pub fn strikes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.sims.iter().flat_map(|sim| sim.faults.strikes())
    }

    /// How often each fault of the network struck the SIM of a modem.
    pub fn strikes_of(&self, modem: usize) -> impl Iterator<Item = (&'static str, u64)> {
        self.sims.get(modem).into_iter().flat_map(|sim| sim.faults.strikes())
    }

    pub(super) fn next_for_sim(&mut self, modem: usize) {
        let Some(sim) = self.sims.get_mut(modem) else { return };
        // A report finds its way also past a full memory: the modem may show it instead of storing it.
        let blocked = |waiting: &Waiting| sim.full && waiting.kind == Kind::Text;
        if !sim.attached || sim.on_air.is_some() {
            return;
        }
        let Some(place) = sim.queue.iter().position(|waiting| !blocked(waiting)) else { return };
        let Some(waiting) = sim.queue.remove(place) else { return };
        self.count += 1;
        let (id, pdu) = (self.count, waiting.pdu.clone());
        let downlink = match waiting.kind {
            Kind::Text => Downlink::Deliver { id, pdu },
            Kind::Report => Downlink::Report { id, pdu },
        };
        sim.on_air = Some((id, waiting));
        self.out.push_back((modem, downlink));
    }

    pub(super) fn acknowledged(&mut self, modem: usize, id: u64) {
        let Some(waiting) = self.off_air(modem, id) else { return };
        if waiting.kind == Kind::Text {
            self.acknowledged.push((modem, waiting.pdu.clone()));
        }
        if let Some(origin) = waiting.origin {
            self.report_later(origin, RECEIVED);
        }
        self.next_for_sim(modem);
    }

    pub(super) fn refused(&mut self, modem: usize, id: u64, cause: u16) {
        let Some(waiting) = self.off_air(modem, id) else { return };
        let sim = &mut self.sims[modem];
        let kind = waiting.kind;
        sim.queue.push_front(waiting);
        sim.full |= cause == MEMORY_EXCEEDED;
        match kind {
            // A report behind it may still find room.
            Kind::Text if cause == MEMORY_EXCEEDED => self.next_for_sim(modem),
            Kind::Text | Kind::Report => self.later(RETRY, Due::Retry { modem }),
        }
    }

    /// Takes what is on the air with this id from it; an old id has nothing there.
    fn off_air(&mut self, modem: usize, id: u64) -> Option<Waiting> {
        let on_air = &mut self.sims.get_mut(modem)?.on_air;
        if on_air.as_ref().is_some_and(|(number, _)| *number == id) { on_air.take().map(|(_, waiting)| waiting) } else { None }
    }

    pub(super) fn room_again(&mut self, modem: usize) {
        if let Some(sim) = self.sims.get_mut(modem) {
            sim.full = false;
            self.next_for_sim(modem);
        }
    }

    /// The SIM came or went; what was on the air and not acknowledged comes again.
    pub(super) fn reachable(&mut self, modem: usize, attached: bool) {
        let Some(sim) = self.sims.get_mut(modem) else { return };
        sim.attached = attached;
        if let Some((_, waiting)) = sim.on_air.take() {
            sim.queue.push_front(waiting);
        }
        if attached {
            self.next_for_sim(modem);
        }
    }
}
