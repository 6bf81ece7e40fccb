//! Another SIM is put into a modem that is on: from then on everything is the new one's.

use answerback::engine::configure;
use answerback::settings::{Caps, Settings};
use answerback::store::{Queue, Reader, Sim};
use answerback::terms::{MessageState, Policy};
use hil_tests::emulator::brain::{Card, Control};

use crate::bench::{Bench, PATIENCE};

/// One text a day for each SIM.
async fn caps(bench: &Bench) {
    let capped = bench.engine.run(Queue::Others, |work| {
        let settings = Settings { caps: Caps { minute: 0, day: 1, month: 0, recipients: 0 }, ..work.book.settings.clone() };
        configure::settings(work, &settings)
    });
    capped.await.expect("settings");
}

/// What is counted for a SIM: its row, and how often its service centre told the time.
async fn counted(bench: &Bench, card: &Card) -> (Option<Sim>, u32) {
    let (iccid, smsc) = (card.iccid.clone(), card.smsc.clone());
    let read = move |reader: &Reader<'_>| Ok((reader.sim(&iccid)?, reader.smsc_clock(&smsc)?.clock.samples));
    bench.engine.read(read).await.expect("the store reads")
}

/// Whatever the modem says of it: the next text goes out as the new SIM's, which has sent nothing today.
async fn check(silent: bool) {
    let bench = Bench::start();
    let (old, new) = (Card::numbered(1), Card::numbered(107));
    caps(&bench).await;
    bench.dispatch();
    bench.until_ready().await;
    let (first, _) = bench.accept("over the first SIM", Policy::Notice).await;
    bench.until_state(first, MessageState::Delivered).await;
    let (second, _) = bench.accept("over the second SIM", Policy::Notice).await;
    bench.rig.control(0, Control::SwapSim { sim: 107, silent }).await.expect("swapped");
    let (iccid, smsc) = (new.iccid.clone(), new.smsc.clone());
    let known = move |reader: &Reader<'_>| {
        let is_new = |modem: &answerback::store::Modem| modem.iccid.as_ref() == Some(&iccid) && modem.smsc.as_ref() == Some(&smsc);
        Ok(reader.modem("north")?.filter(is_new).map(drop))
    };
    bench.until(&format!("the new SIM is told, silent: {silent}"), known).await;
    assert!(bench.fleet.views().iter().all(|view| view.iccid == new.iccid), "nothing is for the old SIM any more, silent: {silent}");
    bench.until_state(second, MessageState::Delivered).await;
    let sent = bench.rig.wait_for_sent(2, PATIENCE).await.expect("the rig");
    assert_eq!([&sent[0].from, &sent[1].from], [&old.number, &new.number], "silent: {silent}");
    let parts = bench.engine.read(move |reader| reader.parts_of(second)).await.expect("the store reads");
    assert_eq!(parts[0].sim.as_deref(), Some(new.iccid.as_str()), "silent: {silent}");
    for card in [&old, &new] {
        let (sim, told_the_time) = counted(&bench, card).await;
        let sim = sim.expect("its row");
        assert_eq!((sim.submitted, sim.usage.day_parts, told_the_time), (1, 1, 1), "of {}, silent: {silent}", card.iccid);
    }
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sim_that_is_exchanged_is_another_account() {
    check(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sim_that_is_exchanged_in_silence_is_another_account() {
    check(true).await;
}
