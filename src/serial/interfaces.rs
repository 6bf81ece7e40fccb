//! Which USB interfaces of a modem speak AT (at-domain.md section 8). Its others are a diagnostics port, which AT written to it
//! may crash, a satellite receiver or the data link of another program. `udev/70-answerback.rules` says the same to udev, and a
//! test holds the two together. It looks at nothing itself.

/// What the descriptors of a USB interface say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Descriptor<'a> {
    pub(super) vendor: &'a str,
    pub(super) product: &'a str,
    pub(super) number: u8,
    /// Class, subclass and protocol, in hex as sysfs has them.
    pub(super) kind: (&'a str, &'a str, &'a str),
}

/// What is known of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It speaks AT, and so do others of the same device; the lowest rank is the best one.
    Best(usize),
    /// It may speak AT: of these each is asked.
    Asked,
    /// It speaks something else: never write to it.
    Other,
    /// Nobody here knows this device.
    Unknown,
}

/// The interfaces of a device that speak AT.
#[derive(Debug)]
enum At {
    /// The best one first.
    Ranked(&'static [u8]),
    /// Their order changes with the firmware.
    Each(&'static [u8]),
}

/// Vendor, products (empty: all others of that vendor), their AT interfaces. From ModemManager's rules and the makers' manuals.
const TABLE: &[(&str, &str, At)] = &[
    ("12d1", "", At::Each(&[0, 1, 2])),
    ("19d2", "0001", At::Ranked(&[2, 0])),
    ("19d2", "0002", At::Ranked(&[2, 4])),
    ("19d2", "0003", At::Ranked(&[1, 0])),
    ("19d2", "0004|0005|0006|0007|0008|0009|000a", At::Each(&[0, 1])),
    ("19d2", "0015|0030|0031|0037|0039|0042|0052|0054|0057|0058|0061|0063|0066", At::Each(&[1, 3])),
    ("19d2", "0078|0082|0104|0106|0108|0122|0123|1007|1008|1010|1254|2002|2003", At::Each(&[1, 3])),
    ("19d2", "0033|0091|0113|0118|0121|0124|0126|0128", At::Each(&[1, 4])),
    ("19d2", "0125", At::Each(&[1, 5])),
    ("2c7c", "", At::Ranked(&[2])),
    ("2c7c", "0128", At::Ranked(&[5])),
    ("1e0e", "9001", At::Ranked(&[2])),
    ("1e0e", "9011", At::Ranked(&[4])),
    ("1e0e", "9100", At::Ranked(&[3])),
    ("1e0e", "9200", At::Ranked(&[3])),
    ("1bc7", "1003", At::Ranked(&[0])),
    ("1bc7", "1004", At::Ranked(&[0])),
    ("1bc7", "1005", At::Ranked(&[0])),
    ("1bc7", "1006", At::Ranked(&[0])),
    ("1bc7", "1101", At::Ranked(&[1])),
    ("1bc7", "1201", At::Ranked(&[4])),
    ("1199", "68c0", At::Ranked(&[3])),
    ("1199", "9071", At::Ranked(&[3])),
    ("1199", "9079", At::Ranked(&[3])),
    ("1199", "9091", At::Ranked(&[3])),
    ("1e2d", "005b", At::Ranked(&[0, 2])),
    ("1e2d", "005d", At::Ranked(&[0, 2])),
    ("1e2d", "0061", At::Ranked(&[2])),
    ("1e2d", "0069", At::Ranked(&[0, 2])),
    ("1546", "", At::Ranked(&[0])),
    ("1546", "1010", At::Ranked(&[6])),
    // Satellite receivers.
    ("1546", "01a4", At::Ranked(&[])),
    ("1546", "01a5", At::Ranked(&[])),
    ("1546", "01a6", At::Ranked(&[])),
    ("1546", "01a7", At::Ranked(&[])),
    ("1546", "01a8", At::Ranked(&[])),
    ("1546", "01a9", At::Ranked(&[])),
    ("05c6", "908b", At::Ranked(&[1, 2])),
];

/// What this interface is for.
pub(super) fn role(of: &Descriptor<'_>) -> Role {
    if is_diagnostic(of) {
        return Role::Other;
    }
    if says_at(of) {
        return Role::Asked;
    }
    let names = |products: &str| products.split('|').any(|product| product == of.product);
    let rows = TABLE.iter().filter(|(vendor, products, _)| *vendor == of.vendor && (products.is_empty() || names(products)));
    let Some((_, products, at)) = rows.max_by_key(|(_, products, _)| products.len()) else { return Role::Unknown };
    match at {
        At::Ranked(numbers) => numbers.iter().position(|number| *number == of.number).map_or(Role::Other, Role::Best),
        At::Each(numbers) if numbers.contains(&of.number) => Role::Asked,
        // Where the order changes, so does what the others are for.
        At::Each(_) if products.is_empty() => Role::Unknown,
        At::Each(_) => Role::Other,
    }
}

/// Whether this is a maker of modems: whatever else hangs on a USB port of the box, such as a meter, is none.
pub(super) fn is_maker(vendor: &str) -> bool {
    TABLE.iter().any(|(of, ..)| *of == vendor)
}

/// Diagnostics by its descriptors, whatever its number: Qualcomm's, and Huawei's.
fn is_diagnostic(of: &Descriptor<'_>) -> bool {
    match (of.vendor, of.kind) {
        (_, ("ff", "ff", "30")) => true,
        ("12d1", kind) => matches!(kind, ("ff", "01" | "02", "03" | "33")),
        _ => false,
    }
}

/// AT by its descriptors, whatever its number: newer sticks of Huawei.
fn says_at(of: &Descriptor<'_>) -> bool {
    of.vendor == "12d1" && matches!(of.kind, ("ff", "01" | "02", "01" | "02"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = include_str!("../../udev/70-answerback.rules");
    const PLAIN: (&str, &str, &str) = ("ff", "00", "00");

    /// Each `KEY=="a|b"` of a line: the key, whether it is `==`, what it is compared with.
    fn terms(line: &str) -> Vec<(&str, bool, &str)> {
        let term = |part| match (str::split_once(part, "!="), str::split_once(part, "==")) {
            (Some((key, words)), _) => Some((key, false, words.trim_matches('"'))),
            (None, Some((key, words))) => Some((key, true, words.trim_matches('"'))),
            (None, None) => None,
        };
        line.split(", ").filter_map(term).collect()
    }

    /// One of the patterns of udev: letters and one `[a-b]`.
    fn fits(patterns: &str, word: &str) -> bool {
        patterns.split('|').any(|pattern| match pattern.split_once('[') {
            None => pattern == word,
            Some((head, range)) => {
                let (from, to) = (range.as_bytes()[0], range.as_bytes()[2]);
                word.strip_prefix(head).is_some_and(|last| last.len() == 1 && (from..=to).contains(&last.as_bytes()[0]))
            }
        })
    }

    /// Whether the rules give this interface a link.
    fn has_link(of: &Descriptor<'_>) -> bool {
        let number = format!("{:02x}", of.number);
        let word = |key: &str| match key {
            "ATTRS{idVendor}" | "ENV{ID_VENDOR_ID}" => of.vendor.to_owned(),
            "ATTRS{idProduct}" => of.product.to_owned(),
            "ENV{ID_USB_INTERFACE_NUM}" => number.clone(),
            "ATTRS{bInterfaceClass}" => of.kind.0.to_owned(),
            "ATTRS{bInterfaceSubClass}" => of.kind.1.to_owned(),
            "ATTRS{bInterfaceProtocol}" => of.kind.2.to_owned(),
            other => panic!("the rules ask for {other}, which this test does not know"),
        };
        let ports = RULES.split("LABEL=\"answerback_port\"").nth(1).and_then(|rest| rest.split("LABEL=").next()).expect("the ports");
        let lines = ports.lines().filter(|line| !line.starts_with('#') && line.contains("GOTO="));
        let mut first = lines.filter(|line| terms(line).iter().all(|(key, is, words)| fits(words, &word(key)) == *is));
        first.next().is_some_and(|line| line.contains("GOTO=\"answerback_at\""))
    }

    #[test]
    fn the_table_and_the_rules_of_udev_say_the_same() {
        let products = TABLE.iter().flat_map(|(_, products, _)| products.split('|')).filter(|product| !product.is_empty());
        let products = products.chain(["ffff", "1506"]);
        let products: Vec<&str> = products.collect();
        let vendors: Vec<&str> = TABLE.iter().map(|(vendor, ..)| *vendor).chain(["0403"]).collect();
        let kinds = [
            PLAIN,
            ("ff", "ff", "ff"),
            ("ff", "ff", "30"),
            ("ff", "01", "03"),
            ("ff", "02", "03"),
            ("ff", "01", "33"),
            ("ff", "02", "33"),
            ("ff", "01", "02"),
            ("ff", "02", "01"),
        ];
        let mut linked = 0;
        for vendor in vendors {
            for product in &products {
                for (number, kind) in (0..12).flat_map(|number| kinds.map(|kind| (number, kind))) {
                    let of = Descriptor { vendor, product, number, kind };
                    let speaks = matches!(role(&of), Role::Best(_) | Role::Asked);
                    assert_eq!(has_link(&of), speaks, "{of:?}: udev's rules (left) and the table (right)");
                    linked += u32::from(speaks);
                }
            }
        }
        assert!(linked > 100, "the rules were not read");
    }

    #[test]
    fn the_makers_are_those_whose_devices_modem_manager_leaves_alone() {
        let device = RULES.split("LABEL=\"answerback_device\"").nth(1).and_then(|rest| rest.split("LABEL=").next()).expect("the devices");
        for vendor in ["12d1", "19d2", "2c7c", "1e0e", "1bc7", "1199", "1e2d", "1546", "05c6"] {
            assert!(is_maker(vendor) && device.contains(vendor), "{vendor}");
        }
        assert!(TABLE.iter().all(|(vendor, ..)| device.contains(vendor)));
        assert!(!is_maker("0403"));
    }

    #[test]
    fn a_diagnostics_port_is_none_of_ours_whatever_its_number() {
        let of = |vendor, number, kind| role(&Descriptor { vendor, product: "1506", number, kind });
        assert_eq!(of("12d1", 1, PLAIN), Role::Asked);
        assert_eq!(of("12d1", 1, ("ff", "01", "03")), Role::Other);
        assert_eq!(of("12d1", 3, ("ff", "02", "33")), Role::Other);
        assert_eq!((of("12d1", 3, ("ff", "01", "02")), of("12d1", 3, PLAIN)), (Role::Asked, Role::Unknown));
        assert_eq!(of("1bc7", 0, PLAIN), Role::Unknown);
        assert_eq!(of("1bc7", 0, ("ff", "ff", "30")), Role::Other);
    }
}
