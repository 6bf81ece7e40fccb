//! The power cut: a daemon is recorded while it works, and its database is rebuilt as a disk would hold it after a cut at
//! any moment. Every rebuilt database has to keep what the box had promised by then (reliability.md sections 2 and 7).
//!
//! `shim.c` records, `log` reads, `marks` finds the promises, `disk` forgets, `facts` opens, `judge` judges. SIGKILL of a
//! living daemon is tested elsewhere: a killed process loses nothing that it had written, a disk does.

mod burst;
mod cost;
mod cuts;
mod disk;
mod facts;
mod judge;
mod log;
mod marks;
mod shim;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::TempDir;

pub use burst::{Burst, Seen};
pub use cost::Cost;
pub use cuts::{Broken, Plan, Report, run as cut};
pub use disk::{Disk, Image, Images, Loss};
pub use facts::examine;
pub use judge::{Promise, Violation};
pub use log::Deed;
pub use marks::Mark;

/// A folder for rebuilt databases: in memory where the machine has such a place, since nobody cuts the power of the judge.
pub fn scratch() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("power-cut-").tempdir_in(place)
}

/// The database's files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A recorded burst: what was done and what was promised, in one order.
#[derive(Debug)]
pub struct Recording {
    /// What was done.
    pub deeds: Vec<Deed>,
    /// What was promised, each with its place among the deeds.
    pub marks: Vec<(usize, Mark)>,
    /// What the world outside saw.
    pub seen: Seen,
}

/// Records a burst of this program, and makes sure that nothing was overlooked: the files are what the record says, and
/// every promise that the world knows of stands in it.
pub async fn record(program: &Path, burst: &Burst) -> Result<Recording, String> {
    let seen = burst::record(program, burst).await?;
    let deeds = log::read(&seen.records)?;
    let recording = Recording { marks: marks::find(&deeds), deeds, seen };
    recording.is_whole()?;
    Ok(recording)
}

impl Recording {
    /// Writes and flushes of one accepted text, and of one text's whole way, each alone.
    pub fn costs(&self) -> Option<(Cost, Cost)> {
        let median = |ids: &[String]| cost::median(&self.deeds, &self.marks, ids);
        Some((median(&self.seen.alone)?, median(&self.seen.whole_ways)?))
    }

    /// Flushes of the whole recording.
    pub fn total(&self) -> Cost {
        cost::of(&self.deeds)
    }

    fn is_whole(&self) -> Result<(), String> {
        let mut disk = Disk::default();
        for (place, deed) in self.deeds.iter().enumerate() {
            disk.apply(place, deed)?;
        }
        self.makes(&disk.after_cut(Loss::Nothing)).map_err(|error| format!("the record cannot be replayed: {error}"))??;
        let promised: BTreeSet<&str> = self.answered().collect();
        if let Some(missed) = self.seen.accepted.iter().find(|id| !promised.contains(id.as_str())) {
            return Err(format!("the record does not show the 202 for {missed}"));
        }
        let count = |wanted: fn(&Mark) -> bool| self.marks.iter().filter(|(_, mark)| wanted(mark)).count();
        let sent = count(|mark| matches!(mark, Mark::OnAir { .. }));
        if sent != self.seen.taken.len() {
            return Err(format!("the record shows {sent} PDUs on air, the network took {}", self.seen.taken.len()));
        }
        let called = count(|mark| matches!(mark, Mark::Called { .. }));
        if called != self.seen.charges.len() {
            return Err(format!("the record shows {called} http steps, billing saw {}", self.seen.charges.len()));
        }
        let freed = count(|mark| matches!(mark, Mark::Freed { .. }));
        if freed < self.seen.delivered {
            return Err(format!("the record shows {freed} PDUs deleted, phones sent {}", self.seen.delivered));
        }
        Ok(())
    }

    /// Whether these are the files that the daemon left.
    fn makes(&self, images: &Images<'_>) -> io::Result<Result<(), String>> {
        let replayed = tempfile::tempdir()?;
        let mut names = BTreeSet::new();
        for (name, image) in images {
            names.insert(*name);
            let file = replayed.path().join(name);
            image.write(&mut File::create(&file)?)?;
            if self.seen.files.get(*name) != Some(&fs::read(file)?) {
                return Ok(Err(format!("the record makes another {name} than the daemon left")));
            }
        }
        let missed = self.seen.files.keys().find(|name| !names.contains(name.as_str()));
        Ok(missed.map_or(Ok(()), |name| Err(format!("the record makes no {name}, and the daemon left one"))))
    }

    fn answered(&self) -> impl Iterator<Item = &str> {
        self.marks.iter().filter_map(|(_, mark)| if let Mark::Answered { id, .. } = mark { Some(id.as_str()) } else { None })
    }
}
