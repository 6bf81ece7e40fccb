//! What stands in the state directory when a daemon begins: after a cut, after a bad disk, after a helping hand.

use std::fs;
use std::path::Path;

use super::{Error, FILE, Store, kinds, log};
use crate::store::{Origin, Queue, Writer, migrate};

/// A database that was left by a power cut: `count` events, all in the log beside it.
fn left(dir: &Path, count: usize) {
    let living = tempfile::tempdir().expect("a directory");
    let mut store = Store::open(living.path()).expect("a new database");
    for number in 0..count {
        store.transact(|tx| log(tx, &format!("event{number}"))).expect("a commit");
    }
    // Copied while it is open, as the disk holds it: closing would empty the log.
    for name in [FILE.to_owned(), format!("{FILE}-wal"), format!("{FILE}-shm"), "answerback.lock".to_owned()] {
        fs::copy(living.path().join(&name), dir.join(&name)).expect("copied");
    }
}

/// With this done to what a cut left of three events, this many of them are there, and all is sound.
fn opens(change: impl Fn(&Path, &Path, &Path), events: usize) {
    let dir = tempfile::tempdir().expect("a directory");
    left(dir.path(), 3);
    let [file, wal, shm] = ["", "-wal", "-shm"].map(|end| dir.path().join(format!("{FILE}{end}")));
    change(&file, &wal, &shm);
    let store = Store::open(dir.path()).expect("it opens");
    store.check().expect("sound");
    assert_eq!(kinds(&store).len(), events);
}

/// With this done to what a cut left, the refusal says these words, and the files stay as they are.
fn refused(change: impl Fn(&Path, &Path), words: &[&str]) {
    let dir = tempfile::tempdir().expect("a directory");
    left(dir.path(), 3);
    let [file, wal] = ["", "-wal"].map(|end| dir.path().join(format!("{FILE}{end}")));
    change(&file, &wal);
    let before = fs::read(&wal).ok();
    let error = Store::open(dir.path()).err().expect("refused").to_string();
    for part in words {
        assert!(error.contains(part), "{part:?} in {error:?}");
    }
    assert_eq!(fs::read(&wal).ok(), before, "the log is left for those who can read it");
}

#[test]
fn the_shared_memory_of_the_dead_is_not_believed() {
    opens(|_, _, shm| fs::remove_file(shm).expect("removed"), 3);
    opens(|_, _, shm| fs::write(shm, vec![0xA5; 32_768]).expect("written"), 3);
    opens(|_, _, shm| fs::write(shm, "").expect("written"), 3);
}

#[test]
fn a_torn_log_counts_up_to_its_last_whole_commit() {
    let torn = |octets: i64| {
        move |_: &Path, wal: &Path, _: &Path| {
            let mut log = fs::read(wal).expect("a log");
            let length = usize::try_from(log.len() as i64 + octets).expect("a length");
            log.resize(length, 0xA5);
            fs::write(wal, log).expect("written");
        }
    };
    opens(torn(0), 3);
    opens(torn(100), 3);
    opens(torn(5_000), 3);
    opens(torn(-1), 2);
    opens(torn(-4_000), 2);
}

#[test]
fn after_a_stop_the_database_file_alone_has_everything() {
    let (dir, copy) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let (writer, thread) = Writer::start(Store::open(dir.path()).expect("a new database")).expect("a writer");
    writer.run_blocking(Queue::Others, |tx| log(tx, "kept")).expect("a commit");
    let readers = writer.readers().expect("readers");
    readers.read_blocking(|reader| reader.newest_event()).expect("a reader that stays open");
    writer.close();
    thread.join().expect("the writer ends");
    fs::copy(dir.path().join(FILE), copy.path().join(FILE)).expect("copied");
    assert_eq!(kinds(&Store::open(copy.path()).expect("the copy")), [(1, "kept".to_owned())]);
    drop(readers);
}

#[test]
fn an_empty_database_beside_its_log_is_damage() {
    let words = &["the database is damaged", "is empty or gone, and its log answerback.db-wal is not", "restore the newest backup"];
    refused(|file, _| fs::write(file, "").expect("emptied"), words);
    refused(|file, _| fs::remove_file(file).expect("removed"), words);
}

#[test]
fn a_database_that_lost_its_first_page_is_damaged() {
    let overwritten = |file: &Path, _: &Path| {
        let mut octets = fs::read(file).expect("a database");
        octets[..4096].fill(0xA5);
        fs::write(file, octets).expect("written");
        // Its log would bring the page back.
        fs::remove_file(file.with_file_name(format!("{FILE}-wal"))).expect("removed");
    };
    refused(overwritten, &["the database is damaged", "stop the daemon, keep its files, restore the newest backup"]);
}

#[test]
fn a_database_that_was_never_finished_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join(FILE);
    let raw = rusqlite::Connection::open(&file).expect("a file");
    let sql = migrate::first();
    let (half, _) = sql.split_once("CREATE TABLE session").expect("a table in the middle");
    raw.execute_batch(half).expect("half of the tables");
    drop(raw);
    let error = Store::open(dir.path()).err().expect("refused");
    assert!(matches!(error, Error::Unfinished { .. }), "{error}");
    for words in [FILE, "has tables and no version", "restore the newest backup", "begin anew"] {
        assert!(error.to_string().contains(words), "{words:?} in {error}");
    }
}

#[test]
fn a_new_database_is_told_from_one_that_should_be_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let origin = || Store::open(dir.path()).expect("a database").origin();
    assert_eq!((origin(), origin()), (Origin::New, Origin::Found));
    fs::write(dir.path().join(FILE), "").expect("emptied");
    assert_eq!((origin(), origin()), (Origin::Anew, Origin::Found));
    fs::remove_file(dir.path().join(FILE)).expect("removed");
    assert_eq!((origin(), origin()), (Origin::Anew, Origin::Found));
}
