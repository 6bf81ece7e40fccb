//! Devices that were taken from their drivers and not given back, because the helper was killed in between: each has a note, written
//! before it is taken, and whoever comes next gives it back.

use std::fs::{self, File, TryLockError};
use std::path::PathBuf;

use crate::{Machine, Refusal, device, reset};

/// The note of a device that has no drivers. It is held as long as somebody is about to give the device back; a process that is killed
/// holds nothing any more.
#[derive(Debug)]
pub struct Note {
    file: PathBuf,
    _held: File,
}

impl Note {
    /// Written before the device is taken: what cannot be noted is not done.
    pub fn write(machine: &Machine<'_>, usb: &str) -> Result<Self, Refusal> {
        let file = folder(machine).join(usb);
        let held = fs::create_dir_all(folder(machine)).and_then(|()| File::create(&file));
        let held = held.and_then(|held| held.lock().map(|()| held)).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self { file, _held: held })
    }

    /// The device has its drivers again.
    pub fn remove(self) {
        // One that stays is looked at again: the device has drivers then.
        let _stays = fs::remove_file(&self.file);
    }
}

/// Gives back what has a note that nobody holds, where it is still there, still a modem and still without drivers.
pub fn restore(machine: &Machine<'_>) -> Vec<String> {
    let notes = fs::read_dir(folder(machine)).into_iter().flatten().flatten();
    let mut said = Vec::new();
    for file in notes.map(|entry| entry.path()) {
        let Some(usb) = file.file_name().and_then(|name| name.to_str()).filter(|name| device::is_socket(name)) else { continue };
        let Ok(held) = File::open(&file) else { continue };
        match held.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => continue,
        }
        if !reset::is_bound(machine, usb) && device::is_modem(machine, usb) {
            match reset::bind(machine, usb) {
                Ok(()) => said.push(format!("{usb} was left without drivers and has them again")),
                Err(words) => {
                    said.push(words);
                    continue;
                }
            }
        }
        Note { file: file.clone(), _held: held }.remove();
    }
    said
}

fn folder(machine: &Machine<'_>) -> PathBuf {
    machine.root.join("run/answerback-usb/unbound")
}
