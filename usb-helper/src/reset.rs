//! Rung 6: the device is taken from its drivers and given back, as if it had been plugged in again.

use std::fs;
use std::time::Duration;

use crate::{Machine, Refusal};

/// A stick that is bound again at once sometimes keeps its old state.
const UNBOUND_FOR: Duration = Duration::from_secs(2);
/// A device must not stay without drivers because the first attempt came too early.
const BIND_TRIES: u32 = 5;
const BIND_PAUSE: Duration = Duration::from_secs(1);

pub fn reset(machine: &Machine<'_>, usb: &str) -> Result<String, Refusal> {
    let driver = machine.root.join("sys/bus/usb/drivers/usb");
    // One that a cut left without drivers cannot be taken from them; it is given back all the same.
    if driver.join(usb).exists() {
        fs::write(driver.join("unbind"), usb).map_err(|error| format!("{usb} cannot be taken from its drivers: {error}"))?;
        (machine.pause)(UNBOUND_FOR);
    }
    for tries in 1.. {
        match fs::write(driver.join("bind"), usb) {
            Ok(()) => break,
            Err(_) if tries < BIND_TRIES => (machine.pause)(BIND_PAUSE),
            Err(error) => return Err(format!("{usb} did not come back to its drivers: {error}; plug it in again")),
        }
    }
    Ok("done".to_owned())
}
