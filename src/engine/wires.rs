//! [`Wires`]: what went over the port of each modem lately. It holds nothing that must survive.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::modem::wire::{Chunk, Way, Wire};
use crate::time::Timestamp;

/// The ports' newest octets, by the modem's name. Clones share them.
#[derive(Clone)]
pub struct Wires {
    shared: Arc<Shared>,
}

struct Shared {
    wires: Mutex<BTreeMap<String, Wire>>,
    changed: watch::Sender<u64>,
}

impl Default for Wires {
    fn default() -> Self {
        let (changed, _) = watch::channel(0);
        Self { shared: Arc::new(Shared { wires: Mutex::default(), changed }) }
    }
}

/// Ports that come and go under new names push out nobody's.
const MODEMS_MAX: usize = 256;

impl Wires {
    /// Takes down what crossed a port.
    pub fn record(&self, modem: &str, at: Timestamp, way: Way, octets: &[u8]) {
        let mut wires = self.lock();
        if let Some(wire) = wires.get_mut(modem) {
            wire.record(at, way, octets);
        } else if wires.len() < MODEMS_MAX {
            wires.entry(modem.to_owned()).or_default().record(at, way, octets);
        }
        drop(wires);
        self.shared.changed.send_modify(|count| *count += 1);
    }

    /// What came after `seq`, masked, and how many chunks between are gone; nothing of a modem that never spoke.
    pub fn after(&self, modem: &str, seq: u64, now: Timestamp) -> (u64, Vec<Chunk>) {
        self.lock().get(modem).map_or_else(|| (0, Vec::new()), |wire| wire.after(seq, now))
    }

    /// Changes with every octet.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Wire>> {
        self.shared.wires.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
