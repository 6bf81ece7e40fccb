//! Cuts the power in a record: chooses where, rebuilds the files as a disk would hold them, and judges each.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;

use answerback::chance::Seeded;
use answerback::engine::Shelf;

use super::disk::{Disk, Images, Loss};
use super::facts;
use super::judge::{Promise, Violation, judge};
use super::log::Deed;
use super::marks::Mark;

/// Where and how often to cut.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Most cuts; each is tried with every loss.
    pub cuts: usize,
    /// Seed of the places and of the pieces that arrive.
    pub seed: u64,
    /// Directories are made here and removed again.
    pub scratch: PathBuf,
}

/// What was tried and what was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Places of the record at which the power went.
    pub cuts: usize,
    /// Disks that were rebuilt and judged.
    pub disks: usize,
    /// The disks on which a promise was broken.
    pub broken: Vec<Broken>,
}

/// A disk that breaks promises.
#[derive(Debug)]
pub struct Broken {
    /// The cut came before this deed of the record.
    pub place: usize,
    /// What it took.
    pub loss: Loss,
    /// The promises.
    pub violations: Vec<Violation>,
}

impl Report {
    /// How often each promise was broken.
    pub fn by_promise(&self) -> BTreeMap<Promise, usize> {
        let mut counts = BTreeMap::new();
        for violation in self.broken.iter().flat_map(|broken| &broken.violations) {
            *counts.entry(violation.promise).or_default() += 1;
        }
        counts
    }
}

/// As many as the smallest machine that builds this has cores.
const THREADS: usize = 2;

/// Cuts at every chosen place.
pub fn run(deeds: &[Deed], marks: &[(usize, Mark)], plan: &Plan) -> Result<Report, String> {
    let places = choose(deeds, plan);
    let reports = thread::scope(|scope| {
        let cut = |thread: usize| {
            let share: Vec<usize> = places.iter().copied().skip(thread).step_by(THREADS).collect();
            let dir = plan.scratch.join(format!("disk{thread}"));
            move || run_share(deeds, marks, &share, plan.seed, &dir)
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(cut(thread))).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a judge panicked".to_owned())?).collect::<Result<Vec<_>, String>>()
    })?;
    let mut all = Report::default();
    for report in reports {
        all.cuts += report.cuts;
        all.disks += report.disks;
        all.broken.extend(report.broken);
    }
    all.broken.sort_by_key(|broken| broken.place);
    Ok(all)
}

/// Right before every flush, where most is at stake; what is left of the number goes to any other place by chance. The power
/// also goes after the last deed.
fn choose(deeds: &[Deed], plan: &Plan) -> Vec<usize> {
    let mut chance = Seeded::new(plan.seed);
    let flush = |deed: &Deed| matches!(deed, Deed::Synced { .. } | Deed::FolderSynced { .. });
    let (mut flushes, mut others): (Vec<usize>, Vec<usize>) = (0..deeds.len()).partition(|place| flush(&deeds[*place]));
    let mut places = vec![deeds.len()];
    for among in [&mut flushes, &mut others] {
        while places.len() < plan.cuts && !among.is_empty() {
            places.push(among.swap_remove(chance.below(among.len() as u64) as usize));
        }
    }
    places.sort_unstable();
    places
}

fn run_share(deeds: &[Deed], marks: &[(usize, Mark)], places: &[usize], seed: u64, dir: &Path) -> Result<Report, String> {
    let (mut disk, mut done, shelf) = (Disk::default(), 0, Shelf::default());
    let mut report = Report::default();
    for place in places {
        for (done, deed) in deeds.iter().enumerate().take(*place).skip(done) {
            disk.apply(done, deed)?;
        }
        done = *place;
        report.cuts += 1;
        for (files, loss) in disks(&disk, seed.wrapping_add(*place as u64)) {
            report.disks += 1;
            let violations = examine(&files, marks.iter().filter(|(at, _)| at < place).map(|(_, mark)| mark), dir, &shelf)?;
            if !violations.is_empty() {
                report.broken.push(Broken { place: *place, loss, violations });
            }
        }
    }
    Ok(report)
}

/// Every different disk that a cut may leave.
fn disks(disk: &Disk, seed: u64) -> Vec<(Images<'_>, Loss)> {
    let mut disks: Vec<(Images<'_>, Loss)> = Vec::new();
    for loss in [Loss::Everything, Loss::Nothing, Loss::HalfOfTheLast, Loss::Pieces(seed)] {
        let files = disk.after_cut(loss);
        if disks.iter().all(|(known, _)| *known != files) {
            disks.push((files, loss));
        }
    }
    disks
}

fn examine<'m>(files: &Images<'_>, marks: impl IntoIterator<Item = &'m Mark>, dir: &Path, shelf: &Shelf) -> Result<Vec<Violation>, String> {
    rebuild(files, dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    Ok(match facts::examine(dir, shelf) {
        Ok((found, restarted)) => judge(&found, &restarted, marks),
        Err(what) => vec![Violation { promise: Promise::Opens, what }],
    })
}

fn rebuild(files: &Images<'_>, dir: &Path) -> std::io::Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    files.iter().try_for_each(|(name, image)| image.write(&mut File::create(dir.join(name))?))
}
