//! The store's promises: migrations, the writer's isolation and order, a full disk, the log without gaps.

mod found;
mod places;
mod plans;
mod queue;
mod rows;
mod writer;

use super::{Error, FILE, Store};
use crate::chance::Seeded;
use crate::ids::EventId;
use crate::store::{NewEvent, Tx};
use crate::time::Timestamp;

pub(super) const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

/// Appends an event: the smallest change that has a number.
pub(super) fn log(tx: &mut Tx<'_>, kind: &str) -> Result<i64, Error> {
    let seed = tx.newest_event()? as u64;
    tx.append_event(&NewEvent {
        id: EventId::new(NOW, &mut Seeded::new(seed)),
        at: NOW,
        kind: kind.to_owned(),
        subject: "test".to_owned(),
        msisdn: None,
        session: None,
        data: serde_json::json!({}),
    })
}

pub(super) fn kinds(store: &Store) -> Vec<(i64, String)> {
    store.read(|reader| reader.events_after(0, 500)).expect("readable").into_iter().map(|event| (event.seq, event.kind)).collect()
}

#[test]
fn a_database_opens_again_with_what_was_committed() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a new database");
    store.transact(|tx| log(tx, "kept")).expect("a commit");
    drop(store);
    let store = Store::open(dir.path()).expect("the same database");
    assert_eq!(kinds(&store), [(1, "kept".to_owned())]);
    store.check().expect("sound");
}

#[test]
fn a_newer_database_is_refused_in_words() {
    let dir = tempfile::tempdir().expect("a directory");
    drop(Store::open(dir.path()).expect("a new database"));
    let raw = rusqlite::Connection::open(dir.path().join(FILE)).expect("the file");
    raw.pragma_update(None, "user_version", 999).expect("a version");
    drop(raw);
    let error = Store::open(dir.path()).err().expect("refused");
    let words = error.to_string();
    for part in [FILE, "version 999", "up to 1", "install the release that wrote it"] {
        assert!(words.contains(part), "{words}");
    }
}

#[test]
fn what_is_no_database_is_said_to_be_damaged() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join(FILE), vec![7; 8192]).expect("a file");
    let error = Store::open(dir.path()).err().expect("refused");
    assert!(matches!(error, Error::Corrupt(_)), "{error}");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("a file");
    std::fs::write(&file, "").expect("a file");
    let error = Store::open(&file).err().expect("refused");
    assert!(matches!(&error, Error::Directory { .. }) && error.to_string().contains("a file"), "{error}");
}

#[test]
fn a_refused_change_leaves_nothing_and_no_gap() {
    let mut store = Store::in_memory().expect("a store");
    store.transact(|tx| log(tx, "first")).expect("a commit");
    let refused: Result<_, Error> = store.transact(|tx| {
        log(tx, "undone")?;
        Err::<(), _>(Error::Closed)
    });
    assert_eq!(refused.err(), Some(Error::Closed));
    store.transact(|tx| log(tx, "second")).expect("a commit");
    assert_eq!(kinds(&store), [(1, "first".to_owned()), (2, "second".to_owned())]);
}

#[test]
fn a_part_of_a_job_can_fail_on_its_own() {
    let mut store = Store::in_memory().expect("a store");
    store
        .transact(|tx| {
            log(tx, "before")?;
            tx.begin_apart()?;
            log(tx, "undone")?;
            tx.end_apart(false)?;
            log(tx, "after")
        })
        .expect("a commit");
    assert_eq!(kinds(&store), [(1, "before".to_owned()), (2, "after".to_owned())]);
}

#[test]
fn a_full_disk_loses_nothing_that_was_committed() {
    let mut store = Store::in_memory().expect("a store");
    store.transact(|tx| log(tx, "kept")).expect("a commit");
    let pages = store.pages().expect("a count");
    store.limit_pages(pages + 2).expect("a limit");
    let big = "x".repeat(40_000);
    let full: Result<_, Error> = store.transact(|tx| {
        for _ in 0..10 {
            log(tx, &big)?;
        }
        Ok(())
    });
    assert_eq!(full.err(), Some(Error::Full));
    assert_eq!(kinds(&store), [(1, "kept".to_owned())]);
    store.transact(|tx| log(tx, "small")).expect("room for a small one");
}

#[test]
fn two_daemons_never_share_an_outbox() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = Store::open(dir.path()).expect("a store");
    let error = Store::open(dir.path()).err().expect("refused");
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    drop(first);
    Store::open(dir.path()).expect("free again");
}

#[test]
fn only_the_owner_reads_the_database() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a store");
    store.transact(|tx| log(tx, "kept")).expect("a commit");
    for entry in std::fs::read_dir(dir.path()).expect("a directory") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}
