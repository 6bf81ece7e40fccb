//! What the network tells of time and place over a pty: a box whose clock is wrong says so, and says when it is right again; nothing
//! sets a clock. A modem's cell is kept.

use answerback::engine::network_time;
use answerback::store::{Event, Modem, Paging, Reader, Result};
use answerback::time::{Clock as _, SystemClock};
use hil_tests::emulator::brain::{Control, NetworkTime};

use crate::bench::{Bench, PATIENCE, north};

const HOUR_MS: i64 = 3_600_000;

impl Bench {
    /// The network says that it is so much later than this machine thinks.
    async fn network_is_ahead(&self, ms: i64, quarters: i8) {
        let time = NetworkTime { now: SystemClock.now().shifted_ms(ms), quarters };
        self.rig.control(0, Control::NetworkTime(Some(time))).await.expect("the rig");
    }

    async fn hears_time(&self, what: &'static str, fits: impl Fn(i64) -> bool + Copy + Send + 'static) -> Modem {
        let look = move |reader: &Reader<'_>| Ok(reader.modem("north")?.filter(|modem| modem.clock_ahead_ms.is_some_and(fits)));
        self.until(what, look).await
    }
}

fn told(reader: &Reader<'_>) -> Result<Vec<Event>> {
    Ok(reader.events_after(0, 1000)?.into_iter().filter(|event| event.kind.starts_with("time.")).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_told_once_and_its_mending_once() {
    for dialect in ["generic", "quectel", "sim800"] {
        let bench = Bench::with(dialect, north);
        bench.until_ready().await;
        // A network that says nothing leaves the modem with the maker's default, which proves nothing.
        let asked = |world: &hil_tests::emulator::world::World| world.brains().first().filter(|brain| brain.clock_reads() > 1).map(drop);
        bench.rig.wait_for_world(asked, PATIENCE).await.expect("the rig").expect("it is read again and again");
        let modem = bench.engine.read(|reader| reader.modem("north")).await.expect("the store reads").expect("a modem");
        assert_eq!(modem.clock_ahead_ms, None, "{dialect}");
        bench.network_is_ahead(0, 22).await;
        let modem = bench.hears_time("the right time", |ahead| ahead.abs() < 60_000).await;
        assert_eq!(network_time::complaint(&modem), None, "{dialect}");
        bench.network_is_ahead(-3 * HOUR_MS - 12 * 60_000, -20).await;
        let modem = bench.hears_time("a wrong clock", |ahead| ahead > HOUR_MS).await;
        let words = network_time::complaint(&modem).unwrap_or_default();
        assert!(words.contains("3 h 12 min ahead of what the network says (modem north)"), "{dialect}: {words}");
        bench.network_is_ahead(2_000, -20).await;
        bench.hears_time("the right time again", |ahead| ahead.abs() < 60_000).await;
        let events = bench.until("both events", |reader| Ok(Some(told(reader)?).filter(|events| events.len() > 1))).await;
        let kinds: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.subject.as_str())).collect();
        assert_eq!(kinds, [("time.untrusted", "north"), ("time.trusted", "north")], "{dialect}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_that_is_served_by_another_cell_says_so() {
    let bench = Bench::start();
    bench.until_ready().await;
    let stay = |cell: u64| {
        move |reader: &Reader<'_>| {
            let places = reader.places("north", Paging::newest(10))?.items;
            Ok(places.into_iter().find(|place| place.spot.cell == Some(cell) && place.low.is_some() && place.spot.operator.is_some()))
        }
    };
    let first = bench.until("the first cell", stay(0x00D3_0173)).await;
    assert_eq!((first.spot.operator.as_deref(), first.spot.area, first.spot.access), (Some("Test Network"), Some(0x84CD), Some(7)));
    bench.rig.control(0, Control::Cell(0xBEEF)).await.expect("moved");
    let second = bench.until("the second cell", stay(0xBEEF)).await;
    assert!(second.n > first.n && second.since >= first.since, "{second:?}");
}
