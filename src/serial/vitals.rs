//! When each modem's task last moved, for the watchdog: a task that hangs must not be hidden by one that lives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::time::Tick;

/// The last move of each modem's task. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Vitals {
    last: Arc<Mutex<BTreeMap<String, Tick>>>,
}

impl Vitals {
    pub(super) fn beat(&self, name: &str, now: Tick) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), now);
    }

    pub(super) fn end(&self, name: &str) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// The move that is longest ago; `None` without modems. A task that lives moves at least every 5 s.
    pub fn oldest(&self) -> Option<(String, Tick)> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().min_by_key(|(_, at)| **at).map(|(name, at)| (name.clone(), *at))
    }
}
