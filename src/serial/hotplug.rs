//! Which ports there are: patterns looked up again and again, one port for each modem. Roots are arguments, so that a test
//! can build a machine of its own. It opens nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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
/// device only those are taken that speak AT, as far as that is known: writing AT to a diagnostic port crashes some firmware.
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
}

/// Of the ports of one device: those a rule named; else those the table knows; else all.
fn speaks_at(port: &Found, siblings: &[&Found]) -> bool {
    let best = siblings.iter().map(|sibling| sibling.rank).min().unwrap_or(port.rank);
    if port.rank != best {
        return false;
    }
    let known = |sibling: &Found| sibling.usb.as_ref().is_some_and(is_at_interface);
    known(port) || !siblings.iter().any(|sibling| known(sibling))
}

fn is_at_interface(usb: &Usb) -> bool {
    let rows = AT_INTERFACES.iter().filter(|(vendor, product, _)| *vendor == usb.vendor && (product.is_empty() || *product == usb.product));
    rows.max_by_key(|(_, product, _)| product.len()).is_some_and(|(_, _, interfaces)| interfaces.contains(&usb.interface))
}

/// Vendor, product (empty: all others of that vendor), interfaces that speak AT: the best first one only where several do.
/// From ModemManager's rules and the makers' manuals; what is missing here is tried port by port.
const AT_INTERFACES: &[(&str, &str, &[u8])] = &[
    ("2c7c", "", &[2]),
    ("2c7c", "0128", &[5]),
    ("1e0e", "9001", &[2]),
    ("1e0e", "9011", &[4]),
    ("1e0e", "9200", &[3]),
    ("1e0e", "9100", &[3]),
    ("1bc7", "1201", &[4]),
    ("1bc7", "1003", &[0]),
    ("1bc7", "1004", &[0]),
    ("1bc7", "1005", &[0]),
    ("1bc7", "1006", &[0]),
    ("1bc7", "1101", &[1]),
    ("1199", "9071", &[3]),
    ("1199", "9091", &[3]),
    ("1199", "9079", &[3]),
    ("1199", "68c0", &[3]),
    ("1e2d", "0061", &[2]),
    ("19d2", "0001", &[2]),
    ("19d2", "0002", &[2]),
    ("19d2", "0003", &[1]),
    ("05c6", "908b", &[1]),
];

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
    Some(Usb { device, interface, vendor, product })
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

    /// A tty, its USB device (name, vendor:product, interface), its udev link.
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
            let port = device.join(format!("1.{interface}")).join(tty);
            fs::create_dir_all(&port).expect("made");
            fs::write(device.join("idVendor"), format!("{vendor}\n")).expect("written");
            fs::write(device.join("idProduct"), format!("{product}\n")).expect("written");
            fs::write(port.with_file_name("bInterfaceNumber"), format!("{interface}\n")).expect("written");
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
