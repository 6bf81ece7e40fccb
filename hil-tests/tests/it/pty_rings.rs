//! Telephones that are rung over a pty: supervisor, driver, engine and store against every outcome of an emulated modem, and what the
//! network saw dialed.

use answerback::engine::ring::{self, NewRing};
use answerback::engine::voice;
use answerback::store::{Queue, Ring};
use answerback::terms::{Policy, RingState};
use hil_tests::emulator::fault::{Fault, Place, RingFate};

use crate::bench::{Bench, PATIENCE, PHONE, north};

impl Bench {
    async fn rings_up(&self, seconds: u16, times: u8) -> i64 {
        let new = NewRing { to: PHONE.to_owned(), seconds, times, pause: 0, sim: None, source: "test".to_owned() };
        self.engine.run(Queue::Others, move |work| ring::order(work, &new)).await.expect("taken").into_inner()
    }

    async fn rung(&self, list: i64) -> Ring {
        let over = move |reader: &answerback::store::Reader<'_>| {
            let rows = reader.rings_of_list(list)?;
            Ok((!rows.iter().any(|row| row.state.is_open())).then(|| rows.into_iter().next()).flatten())
        };
        self.until("the call is over", over).await
    }

    /// What the network saw dialed.
    async fn dialed(&self) -> Vec<String> {
        let look = |world: &hil_tests::emulator::world::World| world.brains().first().map(|brain| brain.dialed().to_vec());
        self.rig.wait_for_world(look, PATIENCE).await.expect("the rig").expect("a modem")
    }

    async fn no_call_is_up(&self) {
        let look = |world: &hil_tests::emulator::world::World| world.brains().iter().all(|brain| !brain.is_in_call()).then_some(());
        self.rig.wait_for_world(look, PATIENCE).await.expect("the rig").expect("every call is hung up");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_is_told_as_it_was_and_every_call_is_hung_up() {
    for dialect in ["generic", "huawei", "quectel"] {
        let bench = Bench::with(dialect, north);
        bench.until_ready().await;
        let mut dialed = 0;
        for (fate, state, rang) in [
            (RingFate::Answered, RingState::Answered, true),
            (RingFate::Busy, RingState::Busy, false),
            (RingFate::NoAnswer, RingState::NotAnswered, true),
            (RingFate::Rejected, RingState::NoCarrier, true),
            (RingFate::Held, RingState::Answered, true),
            (RingFate::NoCarrier, RingState::NoCarrier, false),
        ] {
            bench.rig.fault(0, Fault::Ring { fate }, 1).await.expect("armed");
            let list = bench.rings_up(5, 1).await;
            let row = bench.rung(list).await;
            dialed += 1;
            assert_eq!((row.state, row.rang), (state, rang), "{dialect} {fate:?}: {row:?}");
            bench.no_call_is_up().await;
            assert_eq!(bench.dialed().await, vec![PHONE; dialed], "{dialect} {fate:?}");
        }
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_that_cannot_tell_is_unknown_and_one_that_keeps_the_call_loses_its_radio() {
    let bench = Bench::start();
    bench.until_ready().await;
    // Its time without a word from the modem: the set-up and the ringing.
    bench.rig.fault(0, Fault::NoCallList, 0).await.expect("armed");
    let list = bench.rings_up(5, 1).await;
    let row = bench.rung(list).await;
    assert_eq!((row.state, row.why.as_deref()), (RingState::Unknown, Some("cannot_tell")));
    bench.no_call_is_up().await;
    bench.stop().await;
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::CallHangs, 1).await.expect("armed");
    bench.rig.fault(0, Fault::Ring { fate: RingFate::Answered }, 1).await.expect("armed");
    let list = bench.rings_up(5, 1).await;
    assert_eq!(bench.rung(list).await.state, RingState::Answered);
    bench.no_call_is_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_lost_in_the_middle_leaves_a_doubt_and_nobody_is_dialed_again() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::Vanish { place: Place::Dialed, octets: 0, back_ms: Some(300) }, 1).await.expect("armed");
    let list = bench.rings_up(5, 1).await;
    let row = bench.rung(list).await;
    assert_eq!((row.state, row.why.as_deref()), (RingState::InDoubt, Some("lost")));
    bench.until_ready().await;
    bench.no_call_is_up().await;
    assert_eq!(bench.dialed().await, [PHONE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sim_without_voice_is_learned_and_said() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::Ring { fate: RingFate::NoVoice }, 0).await.expect("armed");
    let list = bench.rings_up(5, 2).await;
    let row = bench.rung(list).await;
    assert_eq!((row.state, row.why.as_deref()), (RingState::NoCarrier, Some("Requested facility not subscribed")));
    let iccid = row.iccid.expect("a SIM");
    let voice = bench.engine.read(move |reader| reader.sim_voice(&iccid)).await.expect("the store reads").expect("learned");
    assert!(voice::words(&voice, bench.engine.now()).is_some_and(|words| words.contains("cannot call")));
    assert_eq!(bench.dialed().await.len(), 1, "the second call of the list is not dialed on it");
    assert!(bench.engine.read(|reader| reader.tasks(true, answerback::store::Paging::newest(5))).await.expect("reads").items.len() == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_wait_for_a_call_and_a_call_that_is_not_wanted_any_more_is_hung_up() {
    let bench = Bench::start();
    bench.until_ready().await;
    let list = bench.rings_up(60, 1).await;
    let up = |world: &hil_tests::emulator::world::World| world.brains()[0].is_in_call().then_some(());
    bench.rig.wait_for_world(up, PATIENCE).await.expect("the rig").expect("it rings");
    bench.dispatch();
    let (text, _) = bench.accept("Pump 3 failed.", Policy::Notice).await;
    bench.engine.run(Queue::Others, move |work| ring::cancel(work, list, "test")).await.expect("taken back");
    let row = bench.rung(list).await;
    assert_eq!((row.state, row.why.as_deref()), (RingState::NotAnswered, Some("cut")));
    let left = move |reader: &answerback::store::Reader<'_>| Ok(reader.message(text)?.and_then(|text| text.submitted_at));
    let submitted = bench.until("the text leaves", left).await;
    assert!(row.ended_at.is_some_and(|ended| ended <= submitted), "it waited");
}
