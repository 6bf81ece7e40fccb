//! Calls that come in over a pty: one row and one event each, and a rejection where it is wanted.

use answerback::engine::modems;
use answerback::store::{Call, Paging, Queue, Reader};
use hil_tests::emulator::fault::Fault;

use crate::bench::{Bench, PHONE, north};

impl Bench {
    async fn rings(&self, from: Option<&str>) {
        let from = from.map(str::to_owned);
        self.rig.on_world(move |world, now| world.with_network(now, |network| network.ring(0, true, from))).await.expect("it rings");
    }

    async fn hangs_up(&self) {
        self.rig.on_world(|world, now| world.with_network(now, |network| network.ring(0, false, None))).await.expect("it is over");
    }

    async fn calls(&self, count: usize) -> Vec<Call> {
        let look = move |reader: &Reader<'_>| Ok(Some(reader.calls_in(Paging::newest(50))?.items).filter(|calls| calls.len() >= count));
        self.until("the calls", look).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_call_is_one_row_and_one_event() {
    for dialect in ["generic", "cinterion", "huawei"] {
        let bench = Bench::with(dialect, north);
        bench.until_ready().await;
        for (count, from) in [(1, Some(PHONE)), (2, None), (3, Some(PHONE))] {
            bench.rings(from).await;
            bench.hangs_up().await;
            let calls = bench.calls(count).await;
            let shown = calls[0].from.as_ref().map(|from| from.e164().to_owned());
            assert_eq!((calls.len(), shown.as_deref(), calls[0].withheld), (count, from, from.is_none()), "{dialect}: {calls:?}");
        }
        let events = bench.engine.read(|reader| reader.events_after(0, 500)).await.expect("the store reads");
        assert_eq!(events.iter().filter(|event| event.kind == "call.received").count(), 3, "{dialect}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_rejected_where_the_settings_say_so() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.engine.run(Queue::Others, |work| modems::set_reject_calls(work, "north", true)).await.expect("set");
    bench.fleet.reject_calls("north", true);
    // `+CHUP` is not known there the first time: `ATH` does it.
    bench.rig.fault(0, Fault::NoChup, 1).await.expect("armed");
    for count in [1, 2] {
        bench.rings(Some(PHONE)).await;
        let calls = bench.calls(count).await;
        assert_eq!((calls.len(), calls[0].rejected), (count, true), "{calls:?}");
    }
}
