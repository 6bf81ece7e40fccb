//! A port that the configuration names by its number comes back under another one: where the modem that was there may be now. What is
//! found is only a guess; who it is, the modem itself says.

use std::fs;
use std::path::{Path, PathBuf};

use super::hotplug::{self, Roots, Usb};
use super::interfaces;

/// What the system says of a port: the same stick says the same under another number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seat {
    vendor: String,
    product: String,
    interface: u8,
    /// Empty where the stick has none; clones share one.
    serial: String,
}

/// The kernel's names of USB serial ports.
pub(super) const NUMBERED: [&str; 2] = ["/dev/ttyUSB*", "/dev/ttyACM*"];

impl Seat {
    /// `None` for a port that is no USB interface.
    pub(super) fn of(sys: &Path, port: &Path) -> Option<Self> {
        let usb = hotplug::usb_of(sys, &fs::canonicalize(port).ok()?)?;
        Some(Self::behind(&usb))
    }

    fn behind(usb: &Usb) -> Self {
        let serial = fs::read_to_string(usb.device.join("serial")).unwrap_or_default().trim().to_owned();
        Self { vendor: usb.vendor.clone(), product: usb.product.clone(), interface: usb.interface, serial }
    }
}

/// Ports at which a modem may be that sat there before, the likeliest first: those that look the same, then those of modems.
pub(super) fn candidates(roots: &Roots, before: Option<&Seat>) -> Vec<PathBuf> {
    let ports = hotplug::scan(roots, &NUMBERED.map(str::to_owned));
    let seated: Vec<(PathBuf, Seat)> = ports.into_iter().filter_map(|path| Some((path.clone(), Seat::of(&roots.sys, &path)?))).collect();
    let looks_the_same = |seat: &Seat| before == Some(seat);
    // Whatever else hangs on a USB port of this box, such as a meter, is never talked to.
    let is_modem = |seat: &Seat| interfaces::is_maker(&seat.vendor);
    let same = seated.iter().filter(|(_, seat)| looks_the_same(seat));
    let others = seated.iter().filter(|(_, seat)| !looks_the_same(seat) && is_modem(seat));
    same.chain(others).map(|(path, _)| path.clone()).collect()
}
