//! Rung 6: the device is taken from its drivers and given back, as if it had been plugged in again.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::unbound::Note;
use crate::{Machine, Refusal};

/// A stick that is bound again at once sometimes keeps its old state.
const UNBOUND_FOR: Duration = Duration::from_secs(2);
/// A device must not stay without drivers because the first attempt came too early.
const BIND_TRIES: u32 = 5;
const BIND_PAUSE: Duration = Duration::from_secs(1);

pub fn reset(machine: &Machine<'_>, usb: &str) -> Result<String, Refusal> {
    // One that a cut left without drivers cannot be taken from them; it is given back all the same.
    if is_bound(machine, usb) {
        let note = Note::write(machine, usb)?;
        let unbind = driver(machine).join("unbind");
        if let Err(error) = fs::write(unbind, usb) {
            note.remove();
            return Err(format!("{usb} cannot be taken from its drivers: {error}"));
        }
        (machine.pause)(UNBOUND_FOR);
        bind(machine, usb)?;
        note.remove();
    } else {
        bind(machine, usb)?;
    }
    Ok("done".to_owned())
}

/// Gives a device to its drivers.
pub fn bind(machine: &Machine<'_>, usb: &str) -> Result<(), Refusal> {
    for tries in 1.. {
        match fs::write(driver(machine).join("bind"), usb) {
            Ok(()) => break,
            Err(_) if tries < BIND_TRIES => (machine.pause)(BIND_PAUSE),
            Err(error) => return Err(format!("{usb} did not come back to its drivers: {error}; plug it in again")),
        }
    }
    Ok(())
}

pub fn is_bound(machine: &Machine<'_>, usb: &str) -> bool {
    driver(machine).join(usb).exists()
}

fn driver(machine: &Machine<'_>) -> PathBuf {
    machine.root.join("sys/bus/usb/drivers/usb")
}
