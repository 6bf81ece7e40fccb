//! `AT^GETPORTMODE`: which USB interface of a Huawei stick is which port.

use super::{QUERY, first};
use crate::chat::{Info, Request};

/// The interfaces that speak AT, by their number; what is not named is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PortModes {
    /// PCUI: commands, and the only one that tells unasked lines.
    pub pcui: Option<u8>,
    /// MDM: commands and data; no unasked lines on most firmware.
    pub modem: Option<u8>,
    /// DIAG: no AT at all.
    pub diag: Option<u8>,
}

/// `AT^GETPORTMODE`.
pub fn modes_read() -> Request {
    Request::new("AT^GETPORTMODE", QUERY).answered_by("^GETPORTMODE")
}

/// What it answered; `None` where no port that speaks AT is named, or one interface is named for two of them.
pub fn modes(lines: &[Info]) -> Option<PortModes> {
    let params = first(lines, "^GETPORTMODE")?;
    let mut modes = PortModes::default();
    for (name, number) in params.values.iter().filter_map(|value| named(&value.text()?)) {
        match name.as_str() {
            "PCUI" => modes.pcui = modes.pcui.or(Some(number)),
            "MDM" | "MODEM" => modes.modem = modes.modem.or(Some(number)),
            "DIAG" | "3G_DIAG" => modes.diag = modes.diag.or(Some(number)),
            _ => {}
        }
    }
    let named: Vec<u8> = [modes.pcui, modes.modem, modes.diag].into_iter().flatten().collect();
    let twice = named.iter().enumerate().any(|(place, number)| named.iter().skip(place.saturating_add(1)).any(|other| other == number));
    ((modes.pcui.is_some() || modes.modem.is_some()) && !twice).then_some(modes)
}

/// `PCUI:2`; the first field may hold the type in front of it: `TYPE: WCDMA: huawei`.
fn named(field: &str) -> Option<(String, u8)> {
    let (name, number) = field.rsplit_once(':')?;
    let name = name.rsplit(':').next().unwrap_or(name).trim().to_ascii_uppercase();
    Some((name, number.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, want: Option<(Option<u8>, Option<u8>, Option<u8>)>) {
        let lines = [Info { line: line.to_owned(), data: None }];
        assert_eq!(modes(&lines).map(|modes| (modes.pcui, modes.modem, modes.diag)), want, "{line}");
    }

    #[test]
    fn every_firmware_names_its_ports() {
        for (line, want) in [
            ("^GETPORTMODE:TYPE:WCDMA,,PCUI:2,MDM:0,DIAG:1", (Some(2), Some(0), Some(1))),
            ("^GETPORTMODE: TYPE: WCDMA: huawei,PCUI:0,MDM:1,NDIS:2,CDROM:3,SD:4,GPS:5,BT:6", (Some(0), Some(1), None)),
            ("^GETPORTMODE: TYPE: WCDMA: huawei,PCUI:0,MDM:1", (Some(0), Some(1), None)),
            ("^GETPORTMODE:TYPE:WCDMA:Qualcomm,MDM:0,NDIS:1,DIAG:2,PCUI:3,CDROM:4,SD:5", (Some(3), Some(0), Some(2))),
            (
                "^GETPORTMODE: TYPE: WCDMA: huawei,rndis:1,pcui:2,c_shell:3,a_shell:4,3g_diag:5,gps:6,4g_diag:7,mass:8,",
                (Some(2), None, Some(5)),
            ),
            ("^GETPORTMODE:PCUI: 1 , MDM : 0", (Some(1), Some(0), None)),
            ("^getportmode:pcui:1", (Some(1), None, None)),
            ("^GETPORTMODE:MDM:0,PCUI:x", (None, Some(0), None)),
            ("^GETPORTMODE:PCUI:2,PCUI:3,MDM:0", (Some(2), Some(0), None)),
        ] {
            check(line, Some(want));
        }
    }

    #[test]
    fn junk_names_none() {
        for line in [
            "^GETPORTMODE:",
            "^GETPORTMODE: TYPE: WCDMA: huawei",
            "^GETPORTMODE:,,,,",
            "^GETPORTMODE:PCUI:-1,MDM:300",
            "^GETPORTMODE:PCUI:0,MDM:0",
            "^GETPORTMODE:PCUI:2,MDM:0,DIAG:2",
            "^GETPORTMODE:DIAG:1",
            "^GETPORTMODE:PCUI2,MDM0",
            "+CSQ: 20,99",
        ] {
            check(line, None);
        }
    }
}
