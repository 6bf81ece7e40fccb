//! Which USB device a tty belongs to, and whether the udev rules call it a modem.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Machine, Refusal};

/// A port of this machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Device {
    pub tty: String,
    /// Name of its USB device, such as `1-1.2`; `None` where it is a port of the machine itself.
    pub usb: Option<String>,
    /// That device under /sys/devices.
    pub path: Option<PathBuf>,
}

/// The line by which 70-answerback.rules marks a modem in udev's database; a site's own rule may mark more.
const MARK: &str = "E:ANSWERBACK_MODEM=1";

pub fn find(machine: &Machine<'_>, tty: &str) -> Result<Device, Refusal> {
    let class = machine.root.join("sys/class/tty").join(tty);
    let real = fs::canonicalize(&class).map_err(|_| format!("there is no port {tty}"))?;
    let devices = fs::canonicalize(machine.root.join("sys/devices")).map_err(|error| format!("/sys/devices: {error}"))?;
    let above = real.ancestors().take_while(|path| path.starts_with(&devices) && **path != devices);
    let Some(path) = above.into_iter().find(|path| path.join("idVendor").is_file()) else {
        return Ok(Device { tty: tty.to_owned(), usb: None, path: None });
    };
    let usb = path.file_name().and_then(|name| name.to_str()).filter(|name| is_socket(name));
    let usb = usb.ok_or_else(|| format!("the USB device of {tty} has a strange name"))?.to_owned();
    if read(path, "bDeviceClass").as_deref() == Some("09") {
        return Err(format!("{usb} is a hub"));
    }
    if !is_marked(machine, path) {
        return Err(format!("the udev rules do not call {usb} a modem; see 70-answerback.rules"));
    }
    Ok(Device { tty: tty.to_owned(), usb: Some(usb), path: Some(path.to_owned()) })
}

/// Whether this is the name of a device in a socket: bus, `-`, and ports with dots between them.
pub fn is_socket(name: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    name.split_once('-').is_some_and(|(bus, ports)| number(bus) && ports.split('.').all(number))
}

/// Whether this device is there and the udev rules call it a modem.
pub fn is_modem(machine: &Machine<'_>, usb: &str) -> bool {
    let path = fs::canonicalize(machine.root.join("sys/bus/usb/devices").join(usb));
    path.is_ok_and(|path| read(&path, "bDeviceClass").as_deref() != Some("09") && is_marked(machine, &path))
}

fn is_marked(machine: &Machine<'_>, path: &Path) -> bool {
    let Some(number) = read(path, "dev") else { return false };
    let entry = machine.root.join("run/udev/data").join(format!("c{number}"));
    fs::read_to_string(entry).is_ok_and(|text| text.lines().any(|line| line == MARK))
}

fn read(path: &Path, attribute: &str) -> Option<String> {
    fs::read_to_string(path.join(attribute)).ok().map(|text| text.trim().to_owned())
}
