//! Figures of a real daemon on this machine, each with the physical limit or the disk's own figure beside it.
//!
//! It reports what it measured and judges nothing: shared machines are noisy. `scripts/measure` runs it on a release build.

mod accept;
mod disk;
mod figures;
pub mod fleet;
pub(crate) mod hook;
mod radio;
pub mod sessions;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::machine::Machine;

pub use figures::Spread;

/// What to measure with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program `answerback`.
    pub program: PathBuf,
    /// Where the state directories are made: the disk that is measured.
    pub dir: PathBuf,
    /// Texts accepted with 64 clients; one client gets a tenth.
    pub accepts: usize,
    /// Texts sent and received over the modems.
    pub texts: usize,
}

/// Measures everything, one line at a time.
pub async fn run(options: &Options, mut tell: impl FnMut(&str)) -> Result<(), String> {
    let fsync = disk::fsync(&options.dir).map_err(|error| format!("{}: {error}", options.dir.display()))?;
    tell(&format!("disk            write of 4 KiB and fdatasync: {fsync}"));
    accept::measure(options, &mut tell).await?;
    radio::measure(options, &mut tell).await
}

/// A folder for one daemon on the measured disk.
fn folder(options: &Options) -> Result<tempfile::TempDir, String> {
    tempfile::Builder::new().prefix("measure-").tempdir_in(&options.dir).map_err(|error| format!("{}: {error}", options.dir.display()))
}

const SETTINGS: &str =
    "[settings]\nutility = \"City Power\"\ncountry = \"US\"\nzone = \"Etc/UTC\"\nemergency = \"911\"\n[settings.caps]\nminute = 0\n";

/// Resident set of a daemon in KiB.
fn resident_kib(machine: &Machine) -> Option<u64> {
    let status = std::fs::read_to_string(Path::new("/proc").join(machine.id()?.to_string()).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Time of the processor that a daemon has used.
fn processor_time(machine: &Machine) -> Option<Duration> {
    let stat = std::fs::read_to_string(Path::new("/proc").join(machine.id()?.to_string()).join("stat")).ok()?;
    // The name of a program may hold spaces; what follows its bracket does not. utime and stime are the 14th and 15th of all.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
}

/// USER_HZ of Linux, fixed for /proc on every architecture that we build for.
const TICKS_PER_SECOND: u64 = 100;
