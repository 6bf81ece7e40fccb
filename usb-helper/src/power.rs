//! Rung 7: the power of a modem off and on, by the hub's socket or by a relay that the site has wired.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::device::Device;
use crate::{Machine, Refusal};

/// What switches it.
#[derive(Debug, PartialEq, Eq)]
pub enum Way {
    /// The site's own program, called with the name of the tty.
    Relay(PathBuf),
    /// `disable` of the hub's socket (Linux 6.0 and later).
    Socket(PathBuf),
}

pub const NO_WAY: &str = "no power to switch: the hub has no sockets that can be switched, and there is no /etc/answerback/power-cycle";

/// Capacitors of a stick hold it up for a second or two.
const OFF_FOR: Duration = Duration::from_secs(5);
const RELAY_PATIENCE: Duration = Duration::from_mins(1);
const RELAY_POLL: Duration = Duration::from_millis(100);

pub fn way(machine: &Machine<'_>, device: &Device) -> Option<Way> {
    let relay = machine.root.join("etc/answerback/power-cycle");
    if is_of_root(&relay, owner(machine)?) {
        return Some(Way::Relay(relay));
    }
    socket(device).map(Way::Socket)
}

/// Root's files belong to whoever owns /sys.
fn owner(machine: &Machine<'_>) -> Option<u32> {
    fs::metadata(machine.root.join("sys")).ok().map(|sys| sys.uid())
}

/// Whether a program is a file that root alone may change.
fn is_of_root(program: &Path, root: u32) -> bool {
    const OTHERS_WRITE: u32 = 0o022;
    const EXECUTES: u32 = 0o100;
    fs::symlink_metadata(program)
        .is_ok_and(|file| file.is_file() && file.uid() == root && file.mode() & OTHERS_WRITE == 0 && file.mode() & EXECUTES != 0)
}

/// `1-1.2` sits in socket 2 of hub `1-1`, `1-1` in socket 1 of the root hub `usb1`.
fn socket(device: &Device) -> Option<PathBuf> {
    let (usb, path) = device.usb.as_deref().zip(device.path.as_deref())?;
    let hub = path.parent()?;
    let (bus, ports) = usb.split_once('-')?;
    let (interface, socket) = match ports.rsplit_once('.') {
        Some((above, port)) => (format!("{bus}-{above}:1.0"), format!("{bus}-{above}-port{port}")),
        None => (format!("{bus}-0:1.0"), format!("usb{bus}-port{ports}")),
    };
    let switch = hub.join(interface).join(socket).join("disable");
    switch.is_file().then_some(switch)
}

pub fn cycle(machine: &Machine<'_>, device: &Device, way: &Way) -> Result<String, Refusal> {
    match way {
        Way::Socket(switch) => {
            let cannot = |error| format!("the socket of {} cannot be switched: {error}", device.tty);
            fs::write(switch, "1").map_err(cannot)?;
            (machine.pause)(OFF_FOR);
            fs::write(switch, "0").map_err(cannot)?;
        }
        Way::Relay(program) => relay(machine, program, &device.tty)?,
    }
    Ok("done".to_owned())
}

fn relay(machine: &Machine<'_>, program: &Path, tty: &str) -> Result<(), Refusal> {
    let quiet = || Stdio::null();
    let mut command = Command::new(program);
    command.arg(tty).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(quiet()).stdout(quiet()).stderr(quiet());
    let mut running = command.spawn().map_err(|error| format!("{} does not start: {error}", program.display()))?;
    let mut waited = Duration::ZERO;
    loop {
        match running.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{} failed: {status}", program.display())),
            Ok(None) if waited < RELAY_PATIENCE => (machine.pause)(RELAY_POLL),
            Ok(None) | Err(_) => {
                // It may have ended a moment ago.
                let _ended = running.kill().and_then(|()| running.wait());
                return Err(format!("{} did not end within {} s", program.display(), RELAY_PATIENCE.as_secs()));
            }
        }
        waited += RELAY_POLL;
    }
}
