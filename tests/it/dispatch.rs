//! The dispatcher: what waits goes to a modem that is free, once, most urgent first, and nothing is lost on the way.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use answerback::engine::accept::{self, NewMessage};
use answerback::engine::fleet::Fleet;
use answerback::engine::{Engine, submit};
use answerback::ids::MessageId;
use answerback::modem::io::{Identity, ModemCommand, Submission};
use answerback::store::{Queue, Store, Writer};
use answerback::terms::{PartState, Policy, Rank};
use answerback::text::Text;
use answerback::time::SystemClock;
use answerback::timers;
use tokio::sync::{mpsc, watch};

/// A box with a dispatcher and modems that only exist as queues.
struct Desk {
    engine: Engine,
    fleet: Fleet,
    stop: watch::Sender<bool>,
    _dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let (writer, _) = Writer::start(Store::open(dir.path()).expect("a store")).expect("a writer");
        let engine = Engine::new(writer, Arc::new(SystemClock)).expect("a store on disk");
        let (stop, stopping) = watch::channel(false);
        let fleet = Fleet::default();
        tokio::spawn(timers::dispatch(engine.clone(), fleet.clone(), Arc::new(AtomicU64::default()), stopping));
        Self { engine, fleet, stop, _dir: dir }
    }

    /// A modem that is ready and takes one part.
    fn modem(&self, name: &str) -> mpsc::Receiver<ModemCommand> {
        let queue = self.fleet.join(name);
        let identity = Identity { imei: format!("imei-{name}"), iccid: format!("sim-{name}"), ..Identity::default() };
        self.fleet.ready(name, &identity, self.engine.now());
        self.fleet.free(name);
        queue
    }

    async fn send(&self, text: &str, rank: u8) -> MessageId {
        let request = NewMessage {
            to: "+12025550123".to_owned(),
            text: Text::new(text),
            policy: Policy::Notice,
            rank: Some(Rank(rank)),
            category: None,
            not_before: None,
            expires_at: None,
            sim: None,
            parts_max: None,
            class: None,
            report: true,
            replaces: None,
            tags: Vec::new(),
            source: "test".to_owned(),
            idempotency: None,
        };
        let accepted = self.engine.run(Queue::Others, move |work| Ok(accept::message(work, &request)?.answer.id));
        accepted.await.expect("accepted").into_inner()
    }

    async fn state(&self, message: MessageId) -> PartState {
        self.engine.read(move |reader| Ok(reader.parts_of(message)?[0].state)).await.expect("read")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.engine.writer().close();
    }
}

async fn next(queue: &mut mpsc::Receiver<ModemCommand>) -> Submission {
    let command = tokio::time::timeout(Duration::from_secs(20), queue.recv()).await.expect("in time").expect("a command");
    match command {
        ModemCommand::Submit(submission) => submission,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_part_that_comes_goes_to_the_modem_that_waits() {
    let desk = Desk::new();
    let mut queue = desk.modem("north");
    let message = desk.send("hi", 5).await;
    let submission = next(&mut queue).await;
    assert_eq!((submission.part.message, submission.part.seq), (message, 1));
    assert_eq!(desk.state(message).await, PartState::Claimed);
}

#[tokio::test]
async fn an_alarm_takes_the_place_of_a_notice_in_hand() {
    let desk = Desk::new();
    let mut queue = desk.modem("north");
    let notice = desk.send("notice", 5).await;
    assert_eq!(next(&mut queue).await.part.message, notice);
    let alarm = desk.send("alarm", 2).await;
    assert_eq!(next(&mut queue).await.part.message, alarm);
    let second = desk.send("a second alarm", 2).await;
    assert!(tokio::time::timeout(Duration::from_millis(50), queue.recv()).await.is_err(), "one urgent part does not overtake another");
    assert_eq!((desk.state(alarm).await, desk.state(second).await), (PartState::Claimed, PartState::Queued));
}

#[tokio::test]
async fn a_modem_that_gets_free_takes_the_most_urgent_part() {
    let desk = Desk::new();
    let mut queue = desk.modem("north");
    let first = desk.send("first", 5).await;
    assert_eq!(next(&mut queue).await.part.message, first);
    let later = desk.send("later", 5).await;
    let urgent = desk.send("urgent", 3).await;
    assert!(queue.try_recv().is_err(), "its place is taken");
    desk.fleet.free("north");
    assert_eq!(next(&mut queue).await.part.message, urgent);
    desk.fleet.free("north");
    assert_eq!(next(&mut queue).await.part.message, later);
}

#[tokio::test]
async fn two_modems_share_the_queue_and_no_part_goes_twice() {
    let desk = Desk::new();
    let (mut north, mut south) = (desk.modem("north"), desk.modem("south"));
    let mut sent = Vec::new();
    for n in 0..10 {
        sent.push(desk.send(&format!("text {n}"), 5).await);
    }
    let mut taken = Vec::new();
    while taken.len() < sent.len() {
        tokio::select! {
            command = north.recv() => { taken.push(command.expect("a command")); desk.fleet.free("north"); }
            command = south.recv() => { taken.push(command.expect("a command")); desk.fleet.free("south"); }
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("{} of {} were taken", taken.len(), sent.len()),
        }
    }
    let mut messages: Vec<MessageId> = taken
        .into_iter()
        .map(|command| match command {
            ModemCommand::Submit(submission) => submission.part.message,
            other => panic!("{other:?}"),
        })
        .collect();
    messages.sort_unstable();
    sent.sort_unstable();
    assert_eq!(messages, sent);
}

#[tokio::test]
async fn a_part_whose_modem_is_gone_waits_again() {
    let desk = Desk::new();
    let queue = desk.modem("north");
    // Nobody hears this modem any more, and the fleet has not noticed.
    drop(queue);
    let message = desk.send("hi", 5).await;
    let mut south = desk.modem("south");
    let submission = next(&mut south).await;
    assert_eq!(submission.part.message, message);
    let part = submission.part;
    desk.engine.run(Queue::Modems, move |work| submit::aborted(work, &part, None, "test")).await.expect("given back");
    assert_eq!(desk.state(message).await, PartState::Queued);
}
