//! A modem that stores nothing of itself (`+CSMS=1`, `mt=2`): what it shows is acknowledged once it is on disk, and not before.

use std::sync::mpsc;

use answerback::serial::Ports;
use answerback::store::{Paging, Queue, Reader};
use answerback::terms::{MessageState, Policy};
use hil_tests::emulator::brain::{Control, Habits};
use hil_tests::emulator::fault::Fault;
use hil_tests::emulator::world::World;
use hil_tests::emulator::{Rig, RigOptions};

use crate::bench::{Bench, PATIENCE, PHONE, north};

async fn bench() -> Bench {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions::quick(&dir.path().join("dev"))).expect("ptys");
    rig.control(0, Control::Habits(Habits { shows_only: true, ..Habits::default() })).await.expect("learnt");
    let wish = north(&rig);
    let bench = Bench::on(dir, rig, Ports::Named(vec![wish]));
    bench.until_ready().await;
    bench
}

impl Bench {
    async fn until_world<T: Send + 'static>(&self, what: &str, look: impl Fn(&World) -> Option<T> + Clone + Send + 'static) -> T {
        self.rig.wait_for_world(look, PATIENCE).await.expect("the rig").unwrap_or_else(|| panic!("in vain: {what}"))
    }

    async fn texts(&self) -> Vec<String> {
        let look = |reader: &Reader<'_>| {
            Ok(reader.inbounds(None, Paging::newest(10))?.items.into_iter().map(|row| row.text.expose().to_owned()).collect())
        };
        self.engine.read(look).await.expect("the store reads")
    }
}

/// How often the first modem was told that something is safe.
fn acknowledged(times: u64) -> impl Fn(&World) -> Option<()> + Clone + Send + 'static {
    move |world| world.brains().first().filter(|brain| brain.answered_shown() == (false, times)).map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_and_a_report_are_acknowledged_and_stored() {
    let bench = bench().await;
    bench.rig.inject(0, PHONE, "Y").await.expect("injected");
    bench.until_world("its acknowledgement", acknowledged(1)).await;
    assert_eq!(bench.texts().await, ["Y"]);
    let id = bench.send("Pay 84.50? Reply Y", Policy::Notice).await;
    bench.until_state(id, MessageState::Delivered).await;
    bench.until_world("that of the report", acknowledged(2)).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_before_its_commit() {
    let bench = bench().await;
    // The disk stalls: the one writer is held.
    let (free, held) = mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let engine = bench.engine.clone();
    let stall = tokio::spawn(async move {
        let job = move |_: &mut answerback::engine::Work<'_, '_>| {
            begun.send(()).expect("the test waits");
            held.recv().expect("the test lets it go");
            Ok(())
        };
        engine.run(Queue::Others, job).await.expect("run");
    });
    begins.await.expect("the writer is held");
    bench.rig.inject(0, PHONE, "Y").await.expect("injected");
    let shown = |world: &World| world.brains().first().filter(|brain| brain.answered_shown().0).map(|brain| brain.clock_reads());
    let read = bench.until_world("it is shown", shown).await;
    // The driver goes on with its rounds meanwhile: it had every chance.
    let later =
        move |world: &World| world.brains().first().filter(|brain| brain.clock_reads() > read + 1).map(|brain| brain.answered_shown());
    assert_eq!(bench.until_world("a look at it", later).await, (true, 0));
    assert!(bench.texts().await.is_empty());
    free.send(()).expect("the writer waits");
    stall.await.expect("it ends");
    bench.until_world("its acknowledgement", acknowledged(1)).await;
    assert_eq!(bench.texts().await, ["Y"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_acknowledgement_brings_it_again_and_it_is_stored_once() {
    let bench = bench().await;
    bench.rig.fault(0, Fault::AcknowledgeLost, 1).await.expect("armed");
    bench.rig.inject(0, PHONE, "Y").await.expect("injected");
    bench.until_world("both acknowledgements", acknowledged(2)).await;
    bench.rig.inject(0, PHONE, "N").await.expect("injected");
    bench.until_world("that of the next", acknowledged(3)).await;
    assert_eq!(bench.texts().await, ["N", "Y"]);
}
