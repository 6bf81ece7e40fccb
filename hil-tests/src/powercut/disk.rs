//! What a disk holds after a power cut: what was flushed for certain, and of the rest whatever the cut left. Pure but for
//! [`Image::write`].
//!
//! Between two flushes a disk may write in any order, and may stop inside a write. The folder is a journal, as every file
//! system in use keeps it: what is not flushed of it is lost from its end.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt as _;
use std::{fs, io, iter};

use answerback::chance::Seeded;

use super::log::Deed;

/// What the cut did to all that was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All of it had arrived.
    Nothing,
    /// None of it had.
    Everything,
    /// Some of it had, in pieces of a sector, by the chance of this seed.
    Pieces(u64),
    /// All but the last write, of which half had; behind that stands what the disk held there before.
    HalfOfTheLast,
}

/// What is found under each name.
pub type Images<'d> = BTreeMap<&'d str, Image<'d>>;

/// A disk under way.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    files: Vec<File>,
    flushed: BTreeMap<String, usize>,
    named: BTreeMap<String, usize>,
    folder: Vec<(usize, FolderChange)>,
}

#[derive(Debug, Clone, Default)]
struct File {
    flushed: Vec<u8>,
    unflushed: Vec<(usize, Change)>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, octets: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Clone)]
enum FolderChange {
    Add(String, usize),
    Remove(String),
}

impl Disk {
    /// The deed with this place in the record is done. A write to a file that nobody made is the record's fault.
    pub fn apply(&mut self, place: usize, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Created { file } => {
                self.files.push(File::default());
                let number = self.files.len() - 1;
                self.named.insert(file.clone(), number);
                self.folder.push((place, FolderChange::Add(file.clone(), number)));
            }
            Deed::Removed { file } => {
                self.named.remove(file);
                self.folder.push((place, FolderChange::Remove(file.clone())));
            }
            Deed::Written { file, at, octets } => {
                let write = Change::Write { at: *at as usize, octets: octets.clone() };
                self.file(file)?.unflushed.push((place, write));
            }
            Deed::Truncated { file, length } => self.file(file)?.unflushed.push((place, Change::Length(*length as usize))),
            Deed::Synced { file, before } => self.file(file)?.flush(*before),
            Deed::FolderSynced { before } => self.flush_folder(*before),
            Deed::Started | Deed::Left { .. } | Deed::Heard { .. } | Deed::Closed { .. } => {}
        }
        Ok(())
    }

    /// Whether a cut now could lose anything.
    pub fn has_unflushed(&self) -> bool {
        !self.folder.is_empty() || self.named.values().any(|number| !self.files[*number].unflushed.is_empty())
    }

    /// What is found after a cut now.
    pub fn after_cut(&self, loss: Loss) -> Images<'_> {
        let mut dice = Dice::new(loss);
        let mut names: BTreeMap<&str, usize> = self.flushed.iter().map(|(name, number)| (name.as_str(), *number)).collect();
        let kept = match loss {
            Loss::Nothing | Loss::HalfOfTheLast => self.folder.len(),
            Loss::Everything => 0,
            Loss::Pieces(_) => dice.seeded.below(self.folder.len() as u64 + 1) as usize,
        };
        for (_, change) in &self.folder[..kept] {
            match change {
                FolderChange::Add(name, number) => names.insert(name, *number),
                FolderChange::Remove(name) => names.remove(name.as_str()),
            };
        }
        let last = self.files.iter().flat_map(|file| &file.unflushed).map(|(place, _)| *place).max();
        names.into_iter().map(|(name, number)| (name, self.files[number].after_cut(loss, last, &mut dice))).collect()
    }

    fn file(&mut self, name: &str) -> Result<&mut File, String> {
        let number = self.named.get(name).ok_or_else(|| format!("{name} was written to and never made"))?;
        Ok(&mut self.files[*number])
    }

    fn flush_folder(&mut self, before: usize) {
        let (done, rest) = std::mem::take(&mut self.folder).into_iter().partition(|(place, _)| *place < before);
        self.folder = rest;
        for (_, change) in done {
            match change {
                FolderChange::Add(name, number) => self.flushed.insert(name, number),
                FolderChange::Remove(name) => self.flushed.remove(&name),
            };
        }
    }
}

impl File {
    fn flush(&mut self, before: usize) {
        let (done, rest) = std::mem::take(&mut self.unflushed).into_iter().partition(|(place, _)| *place < before);
        self.unflushed = rest;
        for (_, change) in done {
            change.apply(&mut self.flushed);
        }
    }

    fn after_cut(&self, loss: Loss, last: Option<usize>, dice: &mut Dice) -> Image<'_> {
        let mut image = Image { flushed: &self.flushed, arrived: Vec::new() };
        for (place, change) in &self.unflushed {
            match loss {
                Loss::Nothing => image.arrived.extend(change.whole()),
                Loss::Everything => {}
                Loss::Pieces(_) => image.arrived.extend(change.whole().flat_map(Arrived::sectors).filter(|_| dice.keeps())),
                Loss::HalfOfTheLast if Some(*place) == last => image.arrived.extend(change.half()),
                Loss::HalfOfTheLast => image.arrived.extend(change.whole()),
            }
        }
        image
    }
}

/// What a file holds after a cut: what was flushed, and what had arrived of the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image<'d> {
    flushed: &'d [u8],
    arrived: Vec<Arrived<'d>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrived<'d> {
    Octets {
        at: usize,
        octets: &'d [u8],
    },
    /// The file has grown to here, and what is new holds what the disk held there before.
    Stale {
        until: usize,
    },
    Length(usize),
}

/// What a grown file shows where its new content did not arrive, on file systems that do not clear it first.
const STALE: [u8; SECTOR] = [0xA5; SECTOR];
/// The smallest piece that a disk writes whole.
const SECTOR: usize = 512;

impl Image<'_> {
    /// Writes it to a new file.
    pub fn write(&self, file: &mut fs::File) -> io::Result<()> {
        file.write_all_at(self.flushed, 0)?;
        for arrived in &self.arrived {
            match arrived {
                Arrived::Octets { at, octets } => file.write_all_at(octets, *at as u64)?,
                Arrived::Length(length) => file.set_len(*length as u64)?,
                Arrived::Stale { until } => {
                    let mut from = file.metadata()?.len() as usize;
                    while from < *until {
                        let count = STALE.len().min(until - from);
                        file.write_all_at(&STALE[..count], from as u64)?;
                        from += count;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Change {
    fn whole(&self) -> impl Iterator<Item = Arrived<'_>> {
        iter::once(match self {
            Self::Write { at, octets } => Arrived::Octets { at: *at, octets },
            Self::Length(length) => Arrived::Length(*length),
        })
    }

    fn half(&self) -> Vec<Arrived<'_>> {
        match self {
            Self::Write { at, octets } => {
                vec![Arrived::Octets { at: *at, octets: &octets[..octets.len() / 2] }, Arrived::Stale { until: at + octets.len() }]
            }
            Self::Length(_) => Vec::new(),
        }
    }

    fn apply(self, content: &mut Vec<u8>) {
        match self {
            Self::Length(length) => content.resize(length, 0),
            Self::Write { at, octets } => {
                let old = octets.len().min(content.len().saturating_sub(at));
                if content.len() < at {
                    content.resize(at, 0);
                }
                content[at..at + old].copy_from_slice(&octets[..old]);
                content.extend_from_slice(&octets[old..]);
            }
        }
    }
}

impl Arrived<'_> {
    /// The pieces that a disk may write in any order.
    fn sectors(self) -> Vec<Self> {
        let Self::Octets { at, octets } = self else { return vec![self] };
        let first = octets.len().min(SECTOR - at % SECTOR);
        let (head, rest) = octets.split_at(first);
        let rest = rest.chunks(SECTOR).enumerate();
        let rest = rest.map(|(number, octets)| Self::Octets { at: at + first + number * SECTOR, octets });
        iter::once(Self::Octets { at, octets: head }).chain(rest).collect()
    }
}

/// Which pieces arrive: of one cut few, of another nearly all.
struct Dice {
    seeded: Seeded,
    percent: u64,
}

impl Dice {
    fn new(loss: Loss) -> Self {
        let seed = if let Loss::Pieces(seed) = loss { seed } else { 0 };
        let mut seeded = Seeded::new(seed);
        let percent = [20, 50, 80, 97][seeded.below(4) as usize];
        Self { seeded, percent }
    }

    fn keeps(&mut self) -> bool {
        self.seeded.below(100) < self.percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> String {
        "a".to_owned()
    }

    fn written(at: u64, octets: &[u8]) -> Deed {
        Deed::Written { file: file(), at, octets: octets.to_vec() }
    }

    fn disk(deeds: &[Deed]) -> Disk {
        let mut disk = Disk::default();
        for (place, deed) in deeds.iter().enumerate() {
            disk.apply(place, deed).expect("a sound record");
        }
        disk
    }

    fn check(deeds: &[Deed], loss: Loss, expected: Option<&[u8]>) {
        assert_eq!(content(&disk(deeds), loss).as_deref(), expected, "{loss:?} after {deeds:?}");
    }

    /// What the file holds that is written after a cut.
    fn content(disk: &Disk, loss: Loss) -> Option<Vec<u8>> {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        disk.after_cut(loss).get("a")?.write(file.as_file_mut()).expect("written");
        Some(fs::read(file.path()).expect("readable"))
    }

    #[test]
    fn what_was_flushed_stays_and_what_was_not_may_go() {
        let made = [Deed::Created { file: file() }, written(0, b"abcd"), Deed::Synced { file: file(), before: 2 }];
        check(&made, Loss::Everything, None);
        check(&made, Loss::Nothing, Some(b"abcd"));
        let mut deeds = made.to_vec();
        deeds.push(Deed::FolderSynced { before: 3 });
        check(&deeds, Loss::Everything, Some(b"abcd"));
        assert!(!disk(&deeds).has_unflushed());
        deeds.push(written(2, b"XYZ_"));
        assert!(disk(&deeds).has_unflushed());
        check(&deeds, Loss::Everything, Some(b"abcd"));
        check(&deeds, Loss::Nothing, Some(b"abXYZ_"));
        check(&deeds, Loss::HalfOfTheLast, Some(b"abXY\xA5\xA5"));
        deeds.push(Deed::Removed { file: file() });
        check(&deeds, Loss::Everything, Some(b"abcd"));
        check(&deeds, Loss::Nothing, None);
    }

    #[test]
    fn a_flush_vouches_for_what_was_there_when_it_began() {
        let deeds = [
            Deed::Created { file: file() },
            Deed::FolderSynced { before: 1 },
            written(0, b"a"),
            written(1, b"b"),
            Deed::Synced { file: file(), before: 3 },
        ];
        check(&deeds, Loss::Everything, Some(b"a"));
        check(&deeds, Loss::Nothing, Some(b"ab"));
    }

    #[test]
    fn pieces_are_sectors_in_any_order() {
        let deeds = [
            Deed::Created { file: file() },
            Deed::FolderSynced { before: 1 },
            written(500, &[1; 600]),
            Deed::Truncated { file: file(), length: 600 },
        ];
        let disk = disk(&deeds);
        let seen: std::collections::BTreeSet<Vec<u8>> = (0..200).filter_map(|seed| content(&disk, Loss::Pieces(seed))).collect();
        assert!(seen.contains(&Vec::new()), "nothing arrived");
        let first_only = [vec![0; 500], vec![1; 12]].concat();
        assert!(seen.contains(&first_only), "only the piece in the first sector");
        let second_only = [vec![0; 512], vec![1; 512]].concat();
        assert!(seen.contains(&second_only), "a later piece without the one before it");
        assert!(seen.iter().all(|content| content.len() <= 1100));
        assert_eq!(disk.after_cut(Loss::Pieces(7)), disk.after_cut(Loss::Pieces(7)), "the same seed gives the same disk");
    }

    #[test]
    fn a_write_to_a_file_nobody_made_is_no_sound_record() {
        assert!(Disk::default().apply(0, &written(0, b"x")).is_err());
    }
}
