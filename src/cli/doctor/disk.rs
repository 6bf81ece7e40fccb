//! The state directory: can it be written, is there room, does a flush take as long as a flush must?

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use nix::sys::statvfs::statvfs;

use super::Finding;
use crate::time::{Clock as _, SystemClock};

/// What is wrong with the directory, and what is right.
pub fn check(dir: &Path) -> Vec<Finding> {
    let what = "state directory";
    if !dir.is_dir() {
        let fix = format!("make it: install -d -o answerback -g answerback {}", dir.display());
        return vec![Finding::bad(what, format!("{} does not exist", dir.display()), fix)];
    }
    let probe = dir.join(".doctor");
    let flushes = match flushes_us(&probe) {
        Ok(flushes) => flushes,
        Err(error) => {
            let fix = format!("run this as the daemon's user, or: chown answerback: {}", dir.display());
            return vec![Finding::bad(what, format!("{} cannot be written ({error})", dir.display()), fix)];
        }
    };
    vec![Finding::good(what, format!("{} can be written", dir.display())), room(dir), flush(flushes)]
}

/// Below this the API refuses what is no alarm (reliability.md section 4).
const FREE_PERCENT_MIN: u64 = 5;
const FREE_PERCENT_LOOK: u64 = 10;

fn room(dir: &Path) -> Finding {
    let Ok(space) = statvfs(dir) else {
        return Finding::warn("disk space", "cannot be read", "look with df");
    };
    let percent = (space.blocks_available() * 100).checked_div(space.blocks()).unwrap_or_default();
    let mebibytes = space.blocks_available().saturating_mul(space.fragment_size()) >> 20;
    let words = format!("{mebibytes} MiB free, {percent} %");
    match percent {
        0..FREE_PERCENT_MIN => Finding::bad("disk space", words, "free some space: new texts that are no alarms are refused"),
        FREE_PERCENT_MIN..FREE_PERCENT_LOOK => Finding::warn("disk space", words, "free some space soon"),
        _ => Finding::good("disk space", words),
    }
}

const PROBES: usize = 40;
const BLOCK: [u8; 4096] = [0x55; 4096];
/// No flash writes this fast: the disk says "done" before it is.
const FLUSH_US_MIN: u64 = 30;
/// Slower than this and a batch of texts crawls.
const FLUSH_US_MAX: u64 = 50_000;

/// How long writing and flushing a block takes, sorted, in microseconds.
fn flushes_us(probe: &Path) -> std::io::Result<Vec<u64>> {
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(probe)?;
    let times = (0..PROBES).map(|_| flush_us(&mut file)).collect::<std::io::Result<Vec<u64>>>();
    drop(file);
    std::fs::remove_file(probe)?;
    let mut times = times?;
    times.sort_unstable();
    Ok(times)
}

fn flush_us(file: &mut File) -> std::io::Result<u64> {
    let begun = SystemClock.tick();
    file.write_all(&BLOCK)?;
    file.sync_data()?;
    Ok(SystemClock.tick().as_nanos().saturating_sub(begun.as_nanos()) / 1000)
}

fn flush(times_us: Vec<u64>) -> Finding {
    let (median, worst) = (times_us[times_us.len() / 2], times_us[times_us.len() - 1]);
    let words = format!("median {median} us, worst {worst} us for 4 KiB written and flushed");
    if median < FLUSH_US_MIN {
        let fix = "a power cut may lose what was answered: check that this disk honours a flush (no tmpfs, no write cache without battery)";
        return Finding::warn("disk flush", words, fix);
    }
    if median > FLUSH_US_MAX {
        return Finding::warn("disk flush", words, "put the state directory on a faster disk: every 202 waits for one flush");
    }
    Finding::good("disk flush", words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Health;

    #[test]
    fn a_flush_is_judged_by_its_median() {
        for (median, health) in [(3, Health::Warn), (200, Health::Good), (90_000, Health::Warn)] {
            assert_eq!(flush(vec![1, median, 100_000]).health, health, "{median}");
        }
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let found = check(Path::new("/no/such/directory"));
        assert_eq!((found.len(), found[0].health), (1, Health::Bad));
        assert!(found[0].words.contains("/no/such/directory"), "{}", found[0].words);
    }
}
