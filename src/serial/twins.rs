//! One modem, one port: a stick shows several ports, and all of them may answer AT.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Which modem is driven through which port. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Twins {
    by_imei: Arc<Mutex<HashMap<String, String>>>,
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

    /// Gives back what `name` had.
    pub(super) fn forget(&self, name: &str) {
        self.by_imei.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, holder| holder != name);
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
        twins.forget("ttyUSB0");
        assert_eq!(twins.claim("35", "ttyUSB1"), None);
    }
}
