//! Which ports there are: patterns looked up again and again, one port for each modem. Roots are arguments, so that a test
//! can build a machine of its own. It opens nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::interfaces::{self, Descriptor, Role};

/// Where to look. On a real machine both are `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// In front of every pattern.
    pub dev: PathBuf,
    /// In front of `/sys`.
    pub sys: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self { dev: PathBuf::from("/"), sys: PathBuf::from("/") }
    }
}

/// A stick with more ports than this is no modem of ours.
const PORTS_MAX: usize = 256;

/// The ports of all patterns, in their order. Links to the same tty count once, the first name wins. Of the ports of one USB
/// device only those are taken that speak AT, as far as that is known, and none that is known for something else: writing AT to a
/// diagnostics port crashes some firmware.
pub fn scan(roots: &Roots, patterns: &[String]) -> Vec<PathBuf> {
    let mut found: Vec<Found> = Vec::new();
    for (rank, pattern) in patterns.iter().enumerate() {
        for path in matching(&roots.dev, pattern) {
            let Ok(tty) = fs::canonicalize(&path) else { continue };
            if found.len() < PORTS_MAX && found.iter().all(|other| other.tty != tty) {
                let usb = usb_of(&roots.sys, &tty);
                found.push(Found { path, tty, rank, usb });
            }
        }
    }
    let mut devices: BTreeMap<PathBuf, Vec<&Found>> = BTreeMap::new();
    for port in &found {
        if let Some(usb) = &port.usb {
            devices.entry(usb.device.clone()).or_default().push(port);
        }
    }
    let taken = |port: &Found| match port.usb.as_ref().and_then(|usb| devices.get(&usb.device)) {
        Some(siblings) => speaks_at(port, siblings),
        None => true,
    };
    found.iter().filter(|port| taken(port)).map(|port| port.path.clone()).collect()
}

#[derive(Debug)]
struct Found {
    path: PathBuf,
    tty: PathBuf,
    /// Place of the pattern that found it: names given by udev rules come first.
    rank: usize,
    usb: Option<Usb>,
}

/// The USB interface behind a port.
#[derive(Debug)]
pub(super) struct Usb {
    pub(super) device: PathBuf,
    pub(super) interface: u8,
    pub(super) vendor: String,
    pub(super) product: String,
    /// Class, subclass and protocol.
    kind: [String; 3],
}

impl Usb {
    fn role(&self) -> Role {
        let [class, subclass, protocol] = &self.kind;
        let kind = (class.as_str(), subclass.as_str(), protocol.as_str());
        interfaces::role(&Descriptor { vendor: &self.vendor, product: &self.product, number: self.interface, kind })
    }
}

/// Of the ports of one device: those a rule named; of these the best one that the table knows, or each that it has asked; where it
/// knows none of the device, all.
fn speaks_at(port: &Found, siblings: &[&Found]) -> bool {
    let role = |found: &Found| found.usb.as_ref().map_or(Role::Unknown, Usb::role);
    let may = || siblings.iter().filter(|sibling| role(sibling) != Role::Other);
    let named = may().map(|sibling| sibling.rank).min();
    if named.is_some_and(|rank| rank != port.rank) {
        return false;
    }
    let best = may().filter(|sibling| sibling.rank == port.rank).filter_map(|sibling| ranked(role(sibling))).min();
    match role(port) {
        Role::Best(rank) => best == Some(rank),
        Role::Asked => true,
        Role::Unknown => best.is_none(),
        Role::Other => false,
    }
}

const fn ranked(role: Role) -> Option<usize> {
    match role {
        Role::Best(rank) => Some(rank),
        Role::Asked | Role::Other | Role::Unknown => None,
    }
}

/// The paths of a pattern whose last part may hold `*` and `?`, sorted.
fn matching(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let full = root.join(pattern.trim_start_matches('/'));
    let (Some(dir), Some(glob)) = (full.parent(), full.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    if !glob.contains(['*', '?']) {
        return if full.exists() { vec![full.clone()] } else { Vec::new() };
    }
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut paths: Vec<PathBuf> = names.filter(|name| fits(glob.as_bytes(), name.as_bytes())).map(|name| dir.join(name)).collect();
    paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    paths
}

fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skipped| fits(rest, &name[skipped..])),
        Some((b'?', rest)) => name.split_first().is_some_and(|(_, left)| fits(rest, left)),
        Some((sign, rest)) => name.split_first().is_some_and(|(first, left)| first == sign && fits(rest, left)),
    }
}

/// The USB interface behind a tty, by `/sys/class/tty/<name>/device`; `None` for a UART or a pty.
pub(super) fn usb_of(sys: &Path, tty: &Path) -> Option<Usb> {
    let name = tty.file_name()?;
    let mut place = fs::canonicalize(sys.join("sys/class/tty").join(name).join("device")).ok()?;
    while !place.join("bInterfaceNumber").exists() {
        place = place.parent()?.to_owned();
    }
    let interface = u8::from_str_radix(&word(&place.join("bInterfaceNumber"))?, 16).ok()?;
    let device = place.parent()?.to_owned();
    let (vendor, product) = (word(&device.join("idVendor"))?, word(&device.join("idProduct"))?);
    let kind = ["bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"].map(|name| word(&place.join(name)).unwrap_or_default());
    Some(Usb { device, interface, vendor, product, kind })
}

/// The USB interface of a port, by its number; `None` for a UART.
pub fn interface_of(sys: &Path, port: &Path) -> Option<u8> {
    Some(usb_of(sys, &fs::canonicalize(port).ok()?)?.interface)
}

/// Whether two ports are interfaces of one USB device.
pub fn are_siblings(sys: &Path, one: &Path, other: &Path) -> bool {
    let device = |port: &Path| Some(usb_of(sys, &fs::canonicalize(port).ok()?)?.device);
    device(one).is_some_and(|device_of_one| device(other) == Some(device_of_one))
}

fn word(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A tty, its USB device (name, vendor:product, interface and, where they matter, its class, subclass and protocol), its udev link.
    type Tty = (&'static str, Option<(&'static str, &'static str, &'static str)>, Option<&'static str>);

    /// A machine of files.
    fn machine(ttys: &[Tty]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a directory");
        let path = |name: &str| root.path().join(name);
        fs::create_dir_all(path("dev/answerback")).expect("made");
        for (tty, usb, link) in ttys {
            fs::write(path("dev").join(tty), "").expect("written");
            if let Some(link) = link {
                symlink(path("dev").join(tty), path("dev/answerback").join(link)).expect("linked");
            }
            let Some((device, ids, interface)) = usb else { continue };
            let (vendor, product) = ids.split_once(':').expect("vendor:product");
            let device = path("sys/devices/usb1").join(device);
            let port = device.join(format!("1.{}", &interface[..2])).join(tty);
            fs::create_dir_all(&port).expect("made");
            fs::write(device.join("idVendor"), format!("{vendor}\n")).expect("written");
            fs::write(device.join("idProduct"), format!("{product}\n")).expect("written");
            let mut words = interface.split(' ');
            for name in ["bInterfaceNumber", "bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"] {
                fs::write(port.with_file_name(name), format!("{}\n", words.next().unwrap_or("ff"))).expect("written");
            }
            let class = path("sys/class/tty").join(tty);
            fs::create_dir_all(&class).expect("made");
            symlink(&port, class.join("device")).expect("linked");
        }
        root
    }

    fn check(ttys: &[Tty], want: &[&str]) {
        let root = machine(ttys);
        let roots = Roots { dev: root.path().to_owned(), sys: root.path().to_owned() };
        let patterns = ["/dev/answerback/*".to_owned(), "/dev/ttyUSB*".to_owned()];
        let found = scan(&roots, &patterns);
        let names: Vec<&str> =
            found.iter().map(|path| path.strip_prefix(root.path().join("dev")).expect("below dev").to_str().expect("a name")).collect();
        assert_eq!(names, want);
    }

    #[test]
    fn one_port_of_each_stick_is_taken() {
        check(
            &[("ttyUSB0", None, None), ("ttyUSB10", None, None), ("ttyUSB9", None, None), ("ttyS0", None, None)],
            &["ttyUSB0", "ttyUSB9", "ttyUSB10"],
        );
        let quectel = |tty, interface| (tty, Some(("1-1", "2c7c:0125", interface)), None);
        check(&[quectel("ttyUSB0", "00"), quectel("ttyUSB1", "01"), quectel("ttyUSB2", "02"), quectel("ttyUSB3", "03")], &["ttyUSB2"]);
        check(
            &[
                ("ttyUSB0", Some(("1-1", "12d1:1506", "00")), None),
                ("ttyUSB1", Some(("1-1", "12d1:1506", "01")), Some("north")),
                ("ttyUSB2", Some(("1-2", "12d1:1506", "00")), None),
                ("ttyUSB3", Some(("1-2", "12d1:1506", "01")), None),
            ],
            &["answerback/north", "ttyUSB2", "ttyUSB3"],
        );
    }

    /// Sticks as they stand in /sys: of each, what AT may be written to.
    #[test]
    fn nothing_is_written_to_a_port_that_is_known_for_something_else() {
        type Stick = (&'static str, &'static [&'static str], &'static [&'static str]);
        let sticks: &[Stick] = &[
            ("12d1:1506", &["00 ff 02 01", "01 ff 02 03", "02 ff 02 02", "03 ff 01 02"], &["ttyUSB0", "ttyUSB2", "ttyUSB3"]),
            ("12d1:14ac", &["00 ff 02 01", "03 ff 02 02", "04 ff 02 33"], &["ttyUSB0", "ttyUSB1"]),
            ("19d2:0063", &["00", "01", "02", "03"], &["ttyUSB1", "ttyUSB3"]),
            ("1546:1010", &["00", "02", "06"], &["ttyUSB2"]),
            // One that nobody here knows: each is asked.
            ("19d2:9999", &["00", "01"], &["ttyUSB0", "ttyUSB1"]),
            ("19d2:0002", &["00", "01", "02", "03", "04"], &["ttyUSB2"]),
            ("19d2:0001", &["00", "01"], &["ttyUSB0"]),
            ("2c7c:0125", &["00", "01", "02", "03"], &["ttyUSB2"]),
            // Its AT port has another driver: what is left is diagnostics and position.
            ("2c7c:0125", &["00", "01"], &[]),
            ("2c7c:0128", &["00", "02", "05"], &["ttyUSB2"]),
            ("1199:9091", &["00", "02", "03"], &["ttyUSB2"]),
            ("1e0e:9001", &["00", "01", "02", "03", "04"], &["ttyUSB2"]),
            ("1e0e:9011", &["02", "03", "04"], &["ttyUSB2"]),
            ("1bc7:1201", &["00", "04", "05"], &["ttyUSB1"]),
            ("1e2d:0069", &["00", "02", "04"], &["ttyUSB0"]),
            ("1546:01a8", &["00"], &[]),
            // A product nobody here knows: all but what says of itself that it is diagnostics.
            ("1bc7:1031", &["00 ff ff 30", "01 ff ff 60", "02 ff ff 40"], &["ttyUSB1", "ttyUSB2"]),
            ("0403:6001", &["00"], &["ttyUSB0"]),
        ];
        let names = ["ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3", "ttyUSB4"];
        for (ids, interfaces, want) in sticks {
            let ttys: Vec<Tty> =
                interfaces.iter().zip(names).map(|(interface, tty)| (tty, Some(("1-1", *ids, *interface)), None)).collect();
            check(&ttys, want);
            // Nor where a rule of the site has named all of its ports.
            let links: Vec<Tty> = ttys.iter().map(|(tty, usb, _)| (*tty, *usb, Some(*tty))).collect();
            let want: Vec<String> = want.iter().map(|tty| format!("answerback/{tty}")).collect();
            check(&links, &want.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn patterns_know_stars_and_question_marks() {
        for (pattern, name, want) in [
            ("ttyUSB*", "ttyUSB12", true),
            ("ttyUSB*", "ttyACM0", false),
            ("tty?", "ttyS", true),
            ("tty?", "tty", false),
            ("*modem*", "my-modem-2", true),
        ] {
            assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), want, "{pattern} {name}");
        }
    }
}
