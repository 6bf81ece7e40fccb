//! The writer: one commit for many, isolation of each, the modems first.

use std::sync::{Arc, Mutex, mpsc};

use super::{NOW, kinds, log};
use crate::store::writer::{BATCH_MAX, QUEUE_MAX};
use crate::store::{Error, FILE, Queue, Store, Writer};

/// Holds the writer inside a job until the sender is dropped, so that what follows piles up behind it.
fn hold(writer: &Writer) -> (std::thread::JoinHandle<()>, mpsc::Sender<()>) {
    let (release, held) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel::<()>();
    let writer = writer.clone();
    let thread = std::thread::spawn(move || {
        let _ = writer.run_blocking::<(), Error>(Queue::Others, move |_| {
            begun.send(()).expect("somebody waits");
            let _ = held.recv();
            Ok(())
        });
    });
    begins.recv().expect("the job began");
    (thread, release)
}

fn start(store: Store) -> (Writer, std::thread::JoinHandle<()>) {
    Writer::start(store).expect("a writer")
}

/// Enqueues a job from a thread of its own and comes back when it lies in the queue.
fn enqueue(
    writer: &Writer,
    lane: Queue,
    name: &'static str,
    seen: &Arc<Mutex<Vec<&'static str>>>,
) -> std::thread::JoinHandle<Result<(), Error>> {
    let before = writer.waiting();
    let (job_writer, seen) = (writer.clone(), Arc::clone(seen));
    let thread = std::thread::spawn(move || {
        job_writer
            .run_blocking(lane, move |tx| {
                seen.lock().expect("not poisoned").push(name);
                match name {
                    "panics" => panic!("a bug in one job"),
                    "refuses" => {
                        log(tx, name)?;
                        Err(Error::Closed)
                    }
                    _ => log(tx, name).map(|_| ()),
                }
            })
            .map(|_| ())
    });
    while writer.waiting() == before {
        std::thread::yield_now();
    }
    thread
}

#[test]
fn a_job_that_fails_or_panics_rolls_back_only_itself() {
    let dir = tempfile::tempdir().expect("a directory");
    let (writer, thread) = start(Store::open(dir.path()).expect("a store"));
    let (holder, release) = hold(&writer);
    let seen = Arc::default();
    let jobs: Vec<_> = ["one", "panics", "refuses", "two"].map(|name| enqueue(&writer, Queue::Others, name, &seen)).into_iter().collect();
    let batches = writer.batches();
    drop(release);
    let answers: Vec<_> = jobs.into_iter().map(|job| job.join().expect("the caller lives")).collect();
    holder.join().expect("the holder lives");
    assert_eq!(answers, [Ok(()), Err(Error::Panicked), Err(Error::Closed), Ok(())]);
    assert!(writer.batches() <= batches + 2, "four jobs in one commit behind the one that held them up");
    writer.close();
    thread.join().expect("the writer ends");
    let store = Store::open(dir.path()).expect("a store");
    assert_eq!(kinds(&store), [(1, "one".to_owned()), (2, "two".to_owned())]);
}

#[test]
fn the_modems_jobs_go_first() {
    let (writer, thread) = start(Store::in_memory().expect("a store"));
    let (holder, release) = hold(&writer);
    let seen = Arc::default();
    let mut jobs = Vec::new();
    for (lane, name) in [(Queue::Others, "page"), (Queue::Modems, "attempt"), (Queue::Others, "bulk"), (Queue::Modems, "inbound")] {
        jobs.push(enqueue(&writer, lane, name, &seen));
    }
    drop(release);
    for job in jobs {
        job.join().expect("the caller lives").expect("committed");
    }
    holder.join().expect("the holder lives");
    assert_eq!(*seen.lock().expect("not poisoned"), ["attempt", "inbound", "page", "bulk"]);
    writer.close();
    thread.join().expect("the writer ends");
}

#[test]
fn a_full_queue_and_a_closed_writer_say_so() {
    let (writer, thread) = start(Store::in_memory().expect("a store"));
    let (holder, release) = hold(&writer);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut waiting: Vec<_> = (0..QUEUE_MAX).map(|_| Box::pin(writer.run::<i64, Error>(Queue::Others, |tx| log(tx, "many")))).collect();
    runtime.block_on(async {
        for job in &mut waiting {
            let waker = std::task::Waker::noop();
            assert!(job.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
        }
        let one_more = writer.run::<i64, Error>(Queue::Others, |tx| log(tx, "one too many")).await;
        assert_eq!(one_more.err(), Some(Error::Busy(QUEUE_MAX)));
    });
    let batches = writer.batches();
    drop(release);
    runtime.block_on(async {
        for job in waiting {
            job.await.expect("committed");
        }
    });
    assert!(writer.batches() - batches >= (QUEUE_MAX / BATCH_MAX) as u64, "no batch is larger than it may be");
    holder.join().expect("the holder lives");
    writer.close();
    thread.join().expect("the writer ends");
    let closed = writer.run_blocking::<i64, Error>(Queue::Modems, |tx| log(tx, "late"));
    assert_eq!(closed.err(), Some(Error::Closed));
}

#[test]
fn a_full_disk_answers_everybody_and_leaves_room_for_what_fits() {
    let store = Store::in_memory().expect("a store");
    store.limit_pages(store.pages().expect("a count") + 2).expect("a limit");
    let (writer, thread) = start(store);
    let big = "x".repeat(100_000);
    let full = writer.run_blocking::<i64, Error>(Queue::Others, move |tx| log(tx, &big));
    assert_eq!(full.err(), Some(Error::Full));
    writer.run_blocking::<i64, Error>(Queue::Modems, |tx| log(tx, "small")).expect("room for a small one");
    writer.close();
    thread.join().expect("the writer ends");
}

#[test]
fn waiters_are_woken_after_the_commit_and_readers_see_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let (writer, thread) = start(Store::open(dir.path()).expect("a store"));
    let mut pulse = writer.pulse();
    pulse.mark_unchanged();
    writer.run_blocking::<i64, Error>(Queue::Others, |tx| log(tx, "news")).expect("committed");
    let readers = writer.readers().expect("a file has readers");
    assert_eq!(readers.read_blocking(|reader| reader.events_after(0, 9)).expect("readable").len(), 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async { pulse.changed().await.expect("the writer lives") });
    assert_eq!(pulse.borrow().events, 1);
    let answer = runtime.block_on(readers.read(|reader| reader.events_after(0, 10))).expect("readable");
    assert_eq!(answer.len(), 1);
    writer.close();
    thread.join().expect("the writer ends");
}

/// Octets that make the log long.
const LONG: usize = 1_500 * 4_096;

#[test]
fn a_commit_does_not_pay_for_the_log_of_others() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut store = Store::open(dir.path()).expect("a store");
    let octets = || dir.path().join(FILE).metadata().expect("a file").len() as usize;
    let pages = store.count_log().expect("a hook");
    store.transact(|tx| tx.save_setting("long", &"x".repeat(LONG), NOW)).expect("written");
    assert!(octets() < LONG, "{} octets in the file", octets());
    assert!(pages.load(std::sync::atomic::Ordering::Relaxed) > 1_000);
    store.bring_in_log().expect("brought in");
    assert!(octets() > LONG, "{} octets in the file", octets());
}

#[test]
fn a_long_log_is_brought_in_behind_the_answer() {
    let dir = tempfile::tempdir().expect("a directory");
    let (writer, thread) = start(Store::open(dir.path()).expect("a store"));
    let write = |text: String| writer.run_blocking(Queue::Others, move |tx| tx.save_setting("long", &text, NOW)).expect("written");
    write("x".repeat(LONG));
    // It looks whether somebody waits when it counts the batch, behind the answer: by then nobody does.
    while writer.batches() == 0 {
        std::thread::yield_now();
    }
    // What is written next is written after the writer has done everything that follows from the first.
    write("short".to_owned());
    assert!(dir.path().join(FILE).metadata().expect("a file").len() as usize > LONG);
    writer.close();
    thread.join().expect("no panic");
}
