//! The speed of a real serial line: where the modem answers nothing at the one that was set, at which of the usual ones it does.
//! Only an answer to `AT` is looked for; who is there, the driver finds out.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::hotplug;
use super::port::{Port, PortError};

/// Line speed where nothing else is said.
pub(super) const DEFAULT: u32 = 115_200;
/// Speeds at which GSM modems are found: as shipped, and as older ones were set.
const USUAL: [u32; 5] = [DEFAULT, 9_600, 57_600, 38_400, 19_200];
/// USB adapters that end in an RS-232 line.
const ADAPTERS: [&str; 7] = ["ftdi_sio", "pl2303", "cp210x", "ch341", "ch341-uart", "mos7840", "ti_usb_3410_5052"];
/// A modem that finds the speed by itself needs some (at-domain.md section 1).
const TRIES: usize = 4;
/// More is no answer to `AT`.
const HEARD_MAX: usize = 4_096;

/// Whether octets have a speed there: on a UART and behind an adapter, and not on the USB port of a modem.
pub(super) fn is_line(sys: &Path, port: &Path) -> bool {
    let Ok(tty) = fs::canonicalize(port) else { return false };
    let Some(device) = tty.file_name().map(|name| sys.join("sys/class/tty").join(name).join("device")) else { return false };
    if hotplug::usb_of(sys, &tty).is_none() {
        return device.exists();
    }
    let driver = fs::canonicalize(device.join("driver")).ok();
    let name = driver.as_ref().and_then(|path| path.file_name()).and_then(|name| name.to_str());
    name.is_some_and(|name| ADAPTERS.contains(&name))
}

/// The speeds to try where nothing answers at this one.
pub(super) fn others(than: u32) -> impl Iterator<Item = u32> {
    USUAL.into_iter().filter(move |speed| *speed != than)
}

/// Whether somebody answers on this port, each try given so long.
pub(super) async fn answers(port: &mut Port, within: Duration) -> Result<bool, PortError> {
    let mut heard = Vec::new();
    for _ in 0..TRIES {
        port.write(b"AT\r", within).await?;
        let listens = async {
            let mut buffer = [0; 256];
            loop {
                let count = port.read(&mut buffer).await?;
                heard.extend_from_slice(&buffer[..count]);
                if is_answer(&heard) || heard.len() > HEARD_MAX {
                    return Ok(());
                }
            }
        };
        if let Ok(Err(error)) = tokio::time::timeout(within, listens).await {
            return Err(error);
        }
        if is_answer(&heard) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `OK` or `ERROR` in a line of its own, or the digit of them behind the echo: noise of a wrong speed does not look so.
fn is_answer(heard: &[u8]) -> bool {
    let lines = heard.split(|octet| matches!(octet, b'\r' | b'\n'));
    let ended = heard.ends_with(b"\r") || heard.ends_with(b"\n");
    ended && (lines.into_iter().any(|line| matches!(line, b"OK" | b"ERROR")) || heard.ends_with(b"AT\r0\r"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn an_answer_stands_in_a_line_of_its_own() {
        for (heard, want) in [
            ("\r\nOK\r\n", true),
            ("AT\r\r\nOK\r\n", true),
            ("AT\r0\r", true),
            ("\r\nERROR\r\n", true),
            ("\r\nOK", false),
            ("xOK\r\n", false),
            ("AT\r", false),
            ("", false),
        ] {
            assert_eq!(is_answer(heard.as_bytes()), want, "{heard:?}");
        }
    }

    #[test]
    fn a_uart_and_an_adapter_have_a_speed_and_a_stick_has_none() {
        let root = tempfile::tempdir().expect("a directory");
        let path = |name: &str| root.path().join(name);
        fs::create_dir_all(path("dev")).expect("made");
        for (tty, driver) in [("ttyS0", None), ("ttyUSB0", Some("ftdi_sio")), ("ttyUSB1", Some("option1")), ("ttyACM0", Some("cdc_acm"))] {
            fs::write(path("dev").join(tty), "").expect("written");
            let device = path("sys/devices").join(tty).join("1.0").join(tty);
            fs::create_dir_all(&device).expect("made");
            fs::create_dir_all(path("sys/class/tty").join(tty)).expect("made");
            symlink(&device, path("sys/class/tty").join(tty).join("device")).expect("linked");
            let Some(driver) = driver else { continue };
            for (file, word) in [("1.0/bInterfaceNumber", "00"), ("idVendor", "0403"), ("idProduct", "6001")] {
                fs::write(path("sys/devices").join(tty).join(file), word).expect("written");
            }
            fs::create_dir_all(path("sys/drivers").join(driver)).expect("made");
            symlink(path("sys/drivers").join(driver), device.join("driver")).expect("linked");
        }
        fs::write(path("dev/pty"), "").expect("written");
        for (tty, want) in [("ttyS0", true), ("ttyUSB0", true), ("ttyUSB1", false), ("ttyACM0", false), ("pty", false), ("none", false)] {
            assert_eq!(is_line(root.path(), &path("dev").join(tty)), want, "{tty}");
        }
    }

    #[test]
    fn the_speed_that_was_set_is_not_tried_again() {
        assert_eq!(others(9_600).collect::<Vec<_>>(), [115_200, 57_600, 38_400, 19_200]);
        assert_eq!(others(230_400).count(), 5);
    }
}
