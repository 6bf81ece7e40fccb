//! How often one device may be touched: a daemon gone wrong must not wear it out.

use std::fs;

use crate::{Machine, Refusal};

/// Acts on one device in an hour.
pub const ACTS_MAX: usize = 6;
const HOUR_S: u64 = 3_600;

/// Notes one more act; refuses where there have been enough. The note is gone after a restart of the machine, as is the harm.
pub fn count(machine: &Machine<'_>, tty: &str, name: &str) -> Result<(), Refusal> {
    let folder = machine.root.join("run/answerback-usb");
    let file = folder.join(name);
    let now = uptime_s(machine)?;
    let noted = fs::read_to_string(&file).unwrap_or_default();
    let mut acts: Vec<u64> = noted.lines().filter_map(|line| line.parse().ok()).filter(|at| now.saturating_sub(*at) < HOUR_S).collect();
    if acts.len() >= ACTS_MAX {
        return Err(format!("{tty} was reset {ACTS_MAX} times within an hour; plug the modem in again or replace it"));
    }
    acts.push(now);
    let lines: Vec<String> = acts.iter().map(u64::to_string).collect();
    // Written before the act: what cannot be counted is not done.
    let write = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, lines.join("\n")));
    write.map_err(|error| format!("{}: {error}", file.display()))
}

fn uptime_s(machine: &Machine<'_>) -> Result<u64, Refusal> {
    let file = machine.root.join("proc/uptime");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    text.split(['.', ' ']).next().and_then(|seconds| seconds.parse().ok()).ok_or_else(|| "/proc/uptime is not understood".to_owned())
}
