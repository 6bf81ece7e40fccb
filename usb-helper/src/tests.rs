//! The helper on a /sys of its own: what it writes there, and what it refuses.

use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use super::*;

/// A machine with a modem ttyUSB0 in socket 2 of hub 1-1, an adapter ttyUSB1 that is no modem, and a port ttyS0 of its own.
struct Fake {
    root: tempfile::TempDir,
    paused: RefCell<Vec<Duration>>,
}

const HUB: &str = "sys/devices/pci0/usb1/1-1";

impl Fake {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let fake = Self { root, paused: RefCell::default() };
        fake.write(&format!("{HUB}/idVendor"), "1d6b");
        fake.write(&format!("{HUB}/bDeviceClass"), "09");
        for (tty, socket, minor) in [("ttyUSB0", "1-1.2", 5), ("ttyUSB1", "1-1.3", 6)] {
            let device = format!("{HUB}/{socket}");
            fake.write(&format!("{device}/idVendor"), "12d1");
            fake.write(&format!("{device}/bDeviceClass"), "00");
            fake.write(&format!("{device}/dev"), &format!("189:{minor}\n"));
            fake.tty(tty, &format!("{device}/{socket}:1.0/{tty}/tty/{tty}"));
            fake.write(&format!("sys/bus/usb/drivers/usb/{socket}/here"), "");
            fs::create_dir_all(fake.root.path().join("sys/bus/usb/devices")).expect("a bus");
            let link = fake.root.path().join("sys/bus/usb/devices").join(socket);
            symlink(fake.root.path().join(&device), link).expect("a link");
        }
        fake.tty("ttyS0", "sys/devices/platform/serial8250/tty/ttyS0");
        fake.write(&format!("{HUB}/1-1:1.0/1-1-port2/disable"), "0\n");
        fake.write("run/udev/data/c189:5", "N:bus/usb/001/006\nE:ID_MODEL=E3372\nE:ANSWERBACK_MODEM=1\n");
        fake.write("run/udev/data/c189:6", "N:bus/usb/001/007\nE:ID_MODEL=FT232\n");
        fake.write("proc/uptime", "5000.25 9000.00\n");
        fake
    }

    fn tty(&self, tty: &str, device: &str) {
        let device = self.root.path().join(device);
        fs::create_dir_all(&device).expect("a device");
        fs::create_dir_all(self.root.path().join("sys/class/tty")).expect("a class");
        symlink(device, self.root.path().join("sys/class/tty").join(tty)).expect("a link");
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.root.path().join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.path().join(file)).unwrap_or_default()
    }

    fn relay(&self, script: &str, mode: u32) {
        self.write("etc/answerback/power-cycle", script);
        let file = self.root.path().join("etc/answerback/power-cycle");
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("rights");
    }

    /// A helper is killed when it has taken this device from its drivers.
    fn killed_after_unbind(&self, usb: &str) {
        self.write(&format!("run/answerback-usb/unbound/{usb}"), "");
        fs::remove_dir_all(self.root.path().join("sys/bus/usb/drivers/usb").join(usb)).expect("unbound");
    }

    fn restores(&self) -> Vec<String> {
        restore(&Machine { root: self.root.path().to_owned(), pause: &|_| {} })
    }

    fn notes(&self) -> usize {
        fs::read_dir(self.root.path().join("run/answerback-usb/unbound")).map_or(0, Iterator::count)
    }

    fn says(&self, line: &str) -> String {
        let pause = |time: Duration| {
            self.paused.borrow_mut().push(time);
            // A program that was started runs in real time.
            if time < Duration::from_secs(1) {
                std::thread::sleep(time);
            }
        };
        answer(&Machine { root: self.root.path().to_owned(), pause: &pause }, line)
    }

    fn check(&self, line: &str, want: &str) {
        let got = self.says(line);
        assert!(got.starts_with(want), "{line:?}: {got:?}, not {want:?}");
    }
}

#[test]
fn what_it_can_do_is_told() {
    let fake = Fake::new();
    fake.check("ask ttyUSB0\n", "can reset power");
    fake.check("ask ttyS0\n", "can");
    assert_eq!(fake.says("ask ttyS0\n"), "can");
    fs::remove_file(fake.root.path().join(HUB).join("1-1:1.0/1-1-port2/disable")).expect("no switch");
    assert_eq!(fake.says("ask ttyUSB0"), "can reset");
    fake.check("power ttyUSB0", "no: no power to switch");
}

#[test]
fn a_device_is_taken_from_its_drivers_and_given_back() {
    let fake = Fake::new();
    fake.check("reset ttyUSB0\n", "done");
    assert_eq!((fake.read("sys/bus/usb/drivers/usb/unbind"), fake.read("sys/bus/usb/drivers/usb/bind")), ("1-1.2".into(), "1-1.2".into()));
    assert_eq!(*fake.paused.borrow(), [Duration::from_secs(2)]);
}

#[test]
fn a_device_that_was_left_without_drivers_is_given_back() {
    let fake = Fake::new();
    fs::remove_dir_all(fake.root.path().join("sys/bus/usb/drivers/usb/1-1.2")).expect("unbound");
    fake.check("reset ttyUSB0\n", "done");
    assert_eq!((fake.read("sys/bus/usb/drivers/usb/unbind"), fake.read("sys/bus/usb/drivers/usb/bind")), (String::new(), "1-1.2".into()));
}

#[test]
fn binding_is_tried_again_and_its_failure_told() {
    let fake = Fake::new();
    fs::create_dir_all(fake.root.path().join("sys/bus/usb/drivers/usb/bind")).expect("a bind that cannot be written");
    fake.check("reset ttyUSB0\n", "no: 1-1.2 did not come back to its drivers");
    assert_eq!(fake.paused.borrow().len(), 5, "one pause unbound, four between tries");
}

#[test]
fn power_goes_off_and_on() {
    let fake = Fake::new();
    fake.check("power ttyUSB0\n", "done");
    assert_eq!(fake.read(&format!("{HUB}/1-1:1.0/1-1-port2/disable")), "0");
    assert_eq!(*fake.paused.borrow(), [Duration::from_secs(5)]);
}

#[test]
fn a_relay_of_the_site_goes_before_the_hub() {
    let fake = Fake::new();
    let told = fake.root.path().join("told");
    fake.relay(&format!("#!/bin/sh\necho \"$1\" > {}\n", told.display()), 0o755);
    fake.check("power ttyS0\n", "done");
    assert_eq!(fs::read_to_string(&told).expect("it ran"), "ttyS0\n");
    fake.relay("#!/bin/sh\nexit 3\n", 0o755);
    fake.check("power ttyUSB0\n", "no: ");
    // One that anybody may change is not run as root.
    fake.relay(&format!("#!/bin/sh\necho wrong > {}\n", told.display()), 0o777);
    fake.check("power ttyUSB0\n", "done");
    assert_eq!(fs::read_to_string(&told).expect("not run again"), "ttyS0\n");
    assert_eq!(fake.read(&format!("{HUB}/1-1:1.0/1-1-port2/disable")), "0");
}

#[test]
fn nothing_else_is_touched() {
    let fake = Fake::new();
    for (line, want) in [
        ("reset ttyUSB1\n", "no: the udev rules do not call 1-1.3 a modem"),
        ("reset ttyUSB9\n", "no: there is no port ttyUSB9"),
        ("reset ttyS0\n", "no: this port is no USB device"),
        ("reset ../../etc\n", "no: a port is named"),
        ("reset ttyUSB0/../ttyUSB1\n", "no: a port is named"),
        ("reset ttyUSB\n", "no: a port is named"),
        ("reset ttyUSB1234\n", "no: a port is named"),
        ("reset ttyUSB0 \n", "no: a port is named"),
        ("unbind ttyUSB0\n", "no: only ask, reset and power"),
        ("reset\n", "no: a request is a verb"),
        ("", "no: a request is a verb"),
    ] {
        fake.check(line, want);
    }
    assert!(!Path::new(&fake.root.path().join("sys/bus/usb/drivers/usb/unbind")).exists());
    let hub = fake.root.path().join("sys/class/tty/ttyUSB2");
    symlink(fake.root.path().join(HUB), hub).expect("a link");
    fake.check("reset ttyUSB2", "no: 1-1 is a hub");
}

#[test]
fn no_device_is_worn_out() {
    let fake = Fake::new();
    for _ in 0..limit::ACTS_MAX {
        fake.check("reset ttyUSB0\n", "done");
    }
    fake.check("reset ttyUSB0\n", "no: ttyUSB0 was reset 6 times within an hour");
    fake.check("power ttyUSB0\n", "no: ttyUSB0 was reset 6 times within an hour");
    fake.check("ask ttyUSB0\n", "can reset power");
    fake.write("proc/uptime", "8600.25 9000.00\n");
    fake.check("reset ttyUSB0\n", "done");
    fs::remove_file(fake.root.path().join("proc/uptime")).expect("no uptime");
    fake.check("reset ttyUSB0\n", "no: ");
}

#[test]
fn what_a_killed_helper_left_without_drivers_is_given_back_by_the_next() {
    let fake = Fake::new();
    fake.killed_after_unbind("1-1.2");
    assert_eq!(fake.restores(), ["1-1.2 was left without drivers and has them again"]);
    assert_eq!((fake.read("sys/bus/usb/drivers/usb/bind"), fake.notes()), ("1-1.2".to_owned(), 0));
    assert!(fake.restores().is_empty());
}

#[test]
fn only_what_was_taken_by_the_helper_and_is_a_modem_is_given_back() {
    let fake = Fake::new();
    // Somebody else took this one.
    fs::remove_dir_all(fake.root.path().join("sys/bus/usb/drivers/usb/1-1.2")).expect("unbound");
    assert!(fake.restores().is_empty());
    // No modem any more; not there any more; no name of a device; back by itself.
    fake.killed_after_unbind("1-1.3");
    for name in ["7-7", "hosts", "1-1.2:1.0"] {
        fake.write(&format!("run/answerback-usb/unbound/{name}"), "");
    }
    fake.write("sys/bus/usb/drivers/usb/1-1.2/here", "");
    fake.write("run/answerback-usb/unbound/1-1.2", "");
    assert!(fake.restores().is_empty());
    assert_eq!((fake.read("sys/bus/usb/drivers/usb/bind"), fake.notes()), (String::new(), 2));
}

#[test]
fn a_device_in_the_hands_of_another_helper_is_left_to_it() {
    let fake = Fake::new();
    let root = fake.root.path().to_owned();
    let took_away = || fs::remove_dir_all(root.join("sys/bus/usb/drivers/usb/1-1.2"));
    let seen = RefCell::new(Vec::new());
    let pause = |_| {
        took_away().expect("unbound");
        seen.borrow_mut().push((fake.notes(), fake.restores(), fake.read("sys/bus/usb/drivers/usb/bind")));
    };
    assert_eq!(answer(&Machine { root: root.clone(), pause: &pause }, "reset ttyUSB0"), "done");
    assert_eq!(*seen.borrow(), [(1, Vec::<String>::new(), String::new())]);
    assert_eq!((fake.read("sys/bus/usb/drivers/usb/bind"), fake.notes()), ("1-1.2".to_owned(), 0));
}

#[test]
fn one_that_does_not_come_back_is_tried_again_by_the_next() {
    let fake = Fake::new();
    fake.killed_after_unbind("1-1.2");
    let bind = fake.root.path().join("sys/bus/usb/drivers/usb/bind");
    fs::create_dir_all(&bind).expect("a bind that cannot be written");
    let said = fake.restores();
    assert!(said.len() == 1 && said[0].starts_with("1-1.2 did not come back to its drivers"), "{said:?}");
    fs::remove_dir_all(&bind).expect("it can be written");
    assert_eq!(fake.restores().len(), 1);
    assert_eq!(fake.notes(), 0);
}
