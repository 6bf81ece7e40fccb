//! One modem, one port: a stick shows several ports, and all of them may answer AT. Where it says which of them tells what comes
//! (`AT^GETPORTMODE`), that one is used, if it is open.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use at_commands::command::ports::PortModes;

use super::hotplug;
use super::supervisor::PortWish;

/// Which modem is driven through which port. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Twins {
    by_imei: Arc<Mutex<HashMap<String, String>>>,
    /// Ports with a driver, by the name of the modem.
    open: Arc<Mutex<HashMap<String, PathBuf>>>,
    /// Ports that a person named, by the name of the modem.
    named: Arc<Mutex<HashMap<String, PathBuf>>>,
}

impl Twins {
    /// Takes the radio of this IMEI for `name`; tells who has it already. No IMEI cannot be compared.
    pub(super) fn claim(&self, imei: &str, name: &str) -> Option<String> {
        if imei.is_empty() {
            return None;
        }
        let mut by_imei = self.by_imei.lock().unwrap_or_else(PoisonError::into_inner);
        let holder = by_imei.entry(imei.to_owned()).or_insert_with(|| name.to_owned());
        (holder != name).then(|| holder.clone())
    }

    /// A driver begins on this port.
    pub(super) fn opened(&self, name: &str, path: &Path) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), path.to_owned());
    }

    /// These ports are named: what was named for one modem is not taken for another.
    pub(super) fn named(&self, wishes: &[PortWish]) {
        let paths = wishes.iter().map(|wish| (wish.name.clone(), wish.path.clone()));
        self.named.lock().unwrap_or_else(PoisonError::into_inner).extend(paths);
    }

    /// Takes a port for `name` that nobody drives and nobody else was named for; whether it got it.
    pub(super) fn takes(&self, name: &str, path: &Path) -> bool {
        let tty = |path: &PathBuf| fs::canonicalize(path).ok();
        let wanted = fs::canonicalize(path).ok();
        let is_others = |(of, other): (&String, &PathBuf)| of != name && (other == path || (wanted.is_some() && tty(other) == wanted));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.iter().any(is_others) || self.named.lock().unwrap_or_else(PoisonError::into_inner).iter().any(is_others) {
            return false;
        }
        open.insert(name.to_owned(), path.to_owned());
        true
    }

    /// The open port of the same USB device that tells what comes, where `path` is another one of it.
    pub(super) fn better(&self, sys: &Path, path: &Path, modes: PortModes) -> Option<PathBuf> {
        let (own, wanted) = (hotplug::interface_of(sys, path)?, modes.pcui?);
        // A number that is none of this stick's says nothing.
        let is_known = [modes.pcui, modes.modem, modes.diag].contains(&Some(own));
        if own == wanted || !is_known {
            return None;
        }
        let open: Vec<PathBuf> = self.open.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let fits = |other: &&PathBuf| hotplug::interface_of(sys, other) == Some(wanted) && hotplug::are_siblings(sys, path, other);
        open.iter().find(fits).cloned()
    }

    /// Who has the radio of this IMEI.
    pub(super) fn holder(&self, imei: &str) -> Option<String> {
        self.by_imei.lock().unwrap_or_else(PoisonError::into_inner).get(imei).cloned()
    }

    /// A driver is at work on this port.
    pub(super) fn is_open(&self, path: &Path) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).values().any(|open| open == path)
    }

    /// Gives back what `name` had.
    pub(super) fn forget(&self, name: &str) {
        self.by_imei.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, holder| holder != name);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_port_of_a_radio_keeps_it_until_it_lets_go() {
        let twins = Twins::default();
        assert_eq!(twins.claim("35", "ttyUSB0"), None);
        assert_eq!(twins.claim("35", "ttyUSB0"), None, "its own claim again");
        assert_eq!(twins.claim("35", "ttyUSB1"), Some("ttyUSB0".to_owned()));
        assert_eq!(twins.claim("", "ttyUSB1"), None);
        assert_eq!((twins.holder("35").as_deref(), twins.holder("36")), (Some("ttyUSB0"), None));
        twins.forget("ttyUSB0");
        assert_eq!(twins.holder("35"), None);
        assert_eq!(twins.claim("35", "ttyUSB1"), None);
    }
}
