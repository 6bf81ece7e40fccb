//! Another SIM is put into a modem that is on: from then on everything is the new one's.

use answerback::store::Reader;
use answerback::terms::{MessageState, Policy};
use hil_tests::emulator::brain::{Card, Control};

use crate::bench::{Bench, PATIENCE};

/// Whatever the modem says of it: the next text goes out as the new SIM's.
async fn check(silent: bool) {
    let bench = Bench::start();
    bench.until_ready().await;
    let first = bench.send("over the first SIM", Policy::Notice).await;
    bench.until_state(first, MessageState::Delivered).await;
    bench.rig.control(0, Control::SwapSim { sim: 107, silent }).await.expect("swapped");
    let new = Card::numbered(107);
    let iccid = new.iccid.clone();
    let known = move |reader: &Reader<'_>| Ok(reader.modem("north")?.filter(|modem| modem.iccid.as_ref() == Some(&iccid)).map(drop));
    bench.until(&format!("the new SIM is seen, silent: {silent}"), known).await;
    bench.until_ready().await;
    let second = bench.send("over the second SIM", Policy::Notice).await;
    bench.until_state(second, MessageState::Delivered).await;
    let sent = bench.rig.wait_for_sent(2, PATIENCE).await.expect("the rig");
    assert_eq!(sent[1].from, new.number, "silent: {silent}");
    let iccid = new.iccid.clone();
    let (parts, sim) = bench.engine.read(move |reader| Ok((reader.parts_of(second)?, reader.sim(&iccid)?))).await.expect("the store reads");
    assert_eq!(parts[0].sim.as_deref(), Some(new.iccid.as_str()), "silent: {silent}");
    assert_eq!(sim.expect("the new SIM").submitted, 1, "its own count, silent: {silent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sim_that_is_exchanged_is_another_account() {
    tokio::join!(check(false), check(true));
}
