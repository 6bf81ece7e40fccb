//! What udev has noted of a port: whether ModemManager is told to leave it alone. Everybody may read that (`udevadm info`).

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::sys::stat::{major, minor};

/// What a rule sets on a port, or on the USB device that it belongs to.
const IGNORED: [&str; 2] = ["E:ID_MM_PORT_IGNORE=1", "E:ID_MM_DEVICE_IGNORE=1"];
/// From a port up to its USB device: port, interface, device.
const STEPS_MAX: usize = 6;

/// Whether ModemManager runs, and nothing keeps it from taking this USB port.
pub(super) fn is_open_to_modem_manager(root: &Path, port: &Path) -> bool {
    let Some(name) = fs::canonicalize(port).ok().and_then(|path| Some(path.file_name()?.to_str()?.to_owned())) else { return false };
    let is_usb = name.starts_with("ttyUSB") || name.starts_with("ttyACM");
    is_usb && modem_manager_runs(root) && !is_ignored(root, port, &name)
}

/// Its name is to be seen by everybody, other than the files that it has open.
pub(super) fn modem_manager_runs(root: &Path) -> bool {
    let processes = fs::read_dir(root.join("proc")).into_iter().flatten().flatten();
    let is_number = |name: &str| name.bytes().all(|sign| sign.is_ascii_digit());
    let mut names = processes.filter(|entry| entry.file_name().to_str().is_some_and(is_number));
    names.any(|entry| fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| name.trim() == "ModemManager"))
}

fn is_ignored(root: &Path, port: &Path, name: &str) -> bool {
    let own = fs::metadata(port).ok().map(|facts| format!("{}:{}", major(facts.rdev()), minor(facts.rdev())));
    let device = device_number(root, name);
    [own, device].into_iter().flatten().any(|number| {
        let notes = fs::read_to_string(root.join("run/udev/data").join(format!("c{number}"))).unwrap_or_default();
        notes.lines().any(|line| IGNORED.contains(&line))
    })
}

/// `189:5` of the USB device that the port is part of.
fn device_number(root: &Path, name: &str) -> Option<String> {
    let place = fs::canonicalize(root.join("sys/class/tty").join(name).join("device")).ok()?;
    let device = place.ancestors().take(STEPS_MAX).find(|folder| folder.join("idVendor").exists())?;
    Some(fs::read_to_string(device.join("dev")).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn write(root: &Path, file: &str, content: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, content).expect("written");
    }

    /// A stick whose USB device has this note of udev, and whether ModemManager runs; what is said of its port.
    fn check(device: &str, port_note: &str, runs: bool, open: bool) {
        let root = tempfile::tempdir().expect("a directory");
        let root = root.path();
        write(root, "sys/devices/usb1/1-2/idVendor", "1234\n");
        write(root, "sys/devices/usb1/1-2/dev", "189:5\n");
        write(root, "sys/devices/usb1/1-2/1-2:1.0/ttyUSB0/port_number", "0\n");
        fs::create_dir_all(root.join("sys/class/tty/ttyUSB0")).expect("made");
        symlink(root.join("sys/devices/usb1/1-2/1-2:1.0/ttyUSB0"), root.join("sys/class/tty/ttyUSB0/device")).expect("linked");
        write(root, "run/udev/data/c189:5", device);
        // A file of a test is no device: its number is 0:0.
        write(root, "run/udev/data/c0:0", port_note);
        write(root, "dev/ttyUSB0", "");
        if runs {
            write(root, "proc/77/comm", "ModemManager\n");
        }
        assert_eq!(is_open_to_modem_manager(root, &root.join("dev/ttyUSB0")), open, "{device:?} {port_note:?} {runs}");
    }

    #[test]
    fn a_port_is_open_to_modem_manager_where_it_runs_and_no_rule_says_no() {
        check("E:ID_VENDOR=x\n", "", true, true);
        check("E:ID_VENDOR=x\n", "", false, false);
        check("E:ID_VENDOR=x\nE:ID_MM_DEVICE_IGNORE=1\n", "", true, false);
        check("", "E:ID_MM_PORT_IGNORE=1\n", true, false);
        check("E:ID_MM_DEVICE_IGNORE=0\n", "", true, true);
    }
}
