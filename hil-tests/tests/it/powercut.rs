//! The power goes at every flush of a recorded daemon, and at other places by chance: no database that a disk may be left
//! with breaks a promise. Records that were weakened on purpose show that the judge would see it.

use std::path::Path;
use std::sync::OnceLock;

use hil_tests::powercut::{self, Burst, Deed, Mark, Plan, Promise, Recording, Report};
use tokio::runtime::Runtime;

/// Nearly every flush of the recording; `power-cut --cuts` tries more.
const CUTS: usize = 300;
/// A weakened record shows what it is at nearly every flush.
const CUTS_WEAKENED: usize = 40;
const ROUNDS_MAX: u64 = 10;
/// What a lost or late flush breaks. [`Promise::Repeats`] breaks only for a box that forgets the key apart from the work.
const BY_FLUSHES: [Promise; 5] = [Promise::Remembers, Promise::Intent, Promise::Keeps, Promise::CallsOnce, Promise::Tells];
const SEED: u64 = 20_261_122;
const DATABASE: &str = "answerback.db";
const WAL: &str = "answerback.db-wal";

/// One recording for all tests of this file.
fn recording() -> &'static Recording {
    static RECORDING: OnceLock<Recording> = OnceLock::new();
    RECORDING.get_or_init(|| {
        let runtime = Runtime::new().expect("a runtime");
        let program = Path::new(env!("CARGO_BIN_EXE_daemon-under-test"));
        runtime.block_on(powercut::record(program, &Burst::small())).expect("a whole recording")
    })
}

fn cut(deeds: &[Deed], marks: &[(usize, Mark)], cuts: usize) -> Report {
    cut_by(SEED, deeds, marks, cuts)
}

fn cut_by(seed: u64, deeds: &[Deed], marks: &[(usize, Mark)], cuts: usize) -> Report {
    let scratch = powercut::scratch().expect("a temporary folder");
    let plan = Plan { cuts, seed, scratch: scratch.path().to_owned() };
    powercut::cut(deeds, marks, &plan).expect("a record that can be cut")
}

#[test]
fn no_cut_breaks_a_promise() {
    let recording = recording();
    let report = cut(&recording.deeds, &recording.marks, CUTS);
    let first = report.broken.iter().take(5).map(|broken| format!("{broken:#?}")).collect::<Vec<_>>().join("\n");
    assert!(report.broken.is_empty(), "{} of {} disks are broken, seed {SEED}:\n{first}", report.broken.len(), report.disks);
    assert!(report.disks > 2 * report.cuts, "{} cuts left only {} different disks", report.cuts, report.disks);
}

#[test]
fn the_recording_holds_what_a_cut_could_break() {
    let recording = recording();
    let deeds = |wanted: fn(&Deed) -> bool| recording.deeds.iter().filter(|deed| wanted(deed)).count();
    let marks = |wanted: fn(&Mark) -> bool| recording.marks.iter().filter(|(_, mark)| wanted(mark)).count();
    assert_eq!(deeds(|deed| matches!(deed, Deed::Started)), 2, "the daemon died once and came back");
    let checkpoints = deeds(|deed| matches!(deed, Deed::Synced { file, .. } if file == DATABASE));
    assert!(checkpoints >= 3, "the database was made, and more than once brought up to its log: {checkpoints}");
    let burst = Burst::small();
    let accepted = burst.alone + burst.whole_ways + burst.clients * burst.texts + burst.customers;
    assert!(marks(|mark| matches!(mark, Mark::Answered { status: 202, .. })) >= accepted);
    assert!(marks(|mark| matches!(mark, Mark::OnAir { .. })) >= accepted - burst.alone);
    assert!(marks(|mark| matches!(mark, Mark::Freed { .. })) >= burst.inbound);
    assert_eq!(marks(|mark| matches!(mark, Mark::Called { .. })), burst.customers, "each is charged once");
    assert!(marks(|mark| matches!(mark, Mark::Told { .. })) >= accepted);
    let (accepted, way) = recording.costs().expect("the cost of one text");
    println!("one accepted text: {accepted}; its whole way: {way}");
    assert_eq!(accepted.flushes, 1, "a 202 costs one flush");
}

#[test]
fn without_flushes_every_promise_breaks() {
    let recording = recording();
    let unflushed = without(&recording.deeds, WAL);
    // Calls are few in a recording, and so are the cuts that show them: other cuts are made until each promise was seen to break.
    let mut unseen = BY_FLUSHES.to_vec();
    for round in 0..ROUNDS_MAX {
        let broken = cut_by(SEED + round, &unflushed, &recording.marks, CUTS_WEAKENED).by_promise();
        unseen.retain(|promise| !broken.contains_key(promise));
        if unseen.is_empty() {
            return;
        }
    }
    panic!("{unseen:?} are not seen to break in {ROUNDS_MAX} times {CUTS_WEAKENED} cuts");
}

#[test]
fn a_checkpoint_without_a_flush_is_seen() {
    let recording = recording();
    let report = cut(&without(&recording.deeds, DATABASE), &recording.marks, CUTS_WEAKENED);
    assert!(!report.broken.is_empty(), "the log was begun again while the database had not arrived, and nobody saw it");
}

#[test]
fn an_effect_ahead_of_its_flush_is_seen() {
    for promise in BY_FLUSHES {
        let ahead = recording().marks.iter().filter(|(_, mark)| kept_by(mark) == promise);
        assert!(ahead.take(20).any(|(place, mark)| breaks_ahead(*place, mark, promise)), "{promise:?} is not seen to break");
    }
}

/// The promise that an effect relies on.
fn kept_by(mark: &Mark) -> Promise {
    match mark {
        Mark::Answered { .. } => Promise::Remembers,
        Mark::OnAir { .. } => Promise::Intent,
        Mark::Freed { .. } => Promise::Keeps,
        Mark::Called { .. } => Promise::CallsOnce,
        Mark::Told { .. } => Promise::Tells,
    }
}

/// Whether this effect breaks its promise where it comes before one of the last flushes in front of it. The last one may be
/// another's.
fn breaks_ahead(place: usize, mark: &Mark, promise: Promise) -> bool {
    let deeds = &recording().deeds;
    let flush = |place: &usize| matches!(&deeds[*place], Deed::Synced { file, .. } if file == WAL);
    let mut flushes = (0..place).rev().filter(flush).take(3);
    flushes.any(|flush| cut(&deeds[..flush], &[(flush - 1, mark.clone())], 1).by_promise().contains_key(&promise))
}

/// The record of a box that never flushes this file.
fn without(deeds: &[Deed], flushes_of: &str) -> Vec<Deed> {
    // Places stay as they are: marks and other flushes name them.
    let weakened = |deed: &Deed| match deed {
        Deed::Synced { file, .. } if file == flushes_of => Deed::Synced { file: file.clone(), before: 0 },
        other => other.clone(),
    };
    deeds.iter().map(weakened).collect()
}
