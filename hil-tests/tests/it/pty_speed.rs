//! A modem on a real serial line that listens at another speed than the box speaks.

use std::fs;
use std::path::Path;

use answerback::serial::hotplug::Roots;
use answerback::serial::{PortWish, Ports};
use answerback::store::{ModemState, Reader};
use hil_tests::emulator::{Crossed, Make, Rig, RigOptions};
use tokio::sync::mpsc;

use crate::bench::{Bench, PATIENCE};

/// A box with a modem that listens at 9600 baud; `uart`: at a port that is a real line. And what crosses that line.
fn bench(baud: Option<u32>, uart: bool) -> (Bench, mpsc::UnboundedReceiver<Crossed>) {
    let dir = tempfile::tempdir().expect("a directory");
    let makes = vec![Make { speed: Some(9_600), ..Make::default() }];
    let (tap, crossed) = mpsc::unbounded_channel();
    let rig = Rig::start(RigOptions { modems: 1, makes, tap: Some(tap), ..RigOptions::quick(&dir.path().join("dev")) }).expect("ptys");
    let sys = dir.path().join("machine");
    if uart {
        is_a_uart(&sys, &rig.port(0));
    }
    let wish = PortWish { path: rig.port(0), name: "north".to_owned(), baud, scanned: false };
    (Bench::rooted(dir, rig, Ports::Named(vec![wish]), Roots { sys, ..Roots::default() }), crossed)
}

fn is_a_uart(sys: &Path, port: &Path) {
    let tty = fs::canonicalize(port).expect("a pty");
    fs::create_dir_all(sys.join("sys/class/tty").join(tty.file_name().expect("a name")).join("device")).expect("made");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_speed_at_which_a_modem_answers_is_found_and_told() {
    let (bench, _crossed) = bench(None, true);
    let look =
        |reader: &Reader<'_>| Ok(reader.modem("north")?.filter(|modem| modem.state == ModemState::Ready).map(|modem| modem.line_speed));
    assert_eq!(bench.until("ready", look).await, Some(9_600));
    // It stays known while the modem goes and comes.
    bench.rig.unplug(0).await.expect("unplugged");
    bench.until_code("lost").await;
    bench.rig.plug(0, None).await.expect("plugged");
    assert_eq!(bench.until("ready again", look).await, Some(9_600));
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_speed_that_was_named_is_the_only_one_and_a_stick_has_none() {
    for (baud, uart) in [(Some(115_200), true), (None, false)] {
        let (bench, mut crossed) = bench(baud, uart);
        // It is woken in vain, its port is opened anew, and it is woken in vain again.
        for _ in 0..2 {
            let wakes = async { while crossed.recv().await.expect("the rig lives").octets != b"+++" {} };
            tokio::time::timeout(PATIENCE, wakes).await.expect("it is woken");
        }
        bench.until_code("no_answer").await;
        let modem = bench.engine.read(|reader| reader.modem("north")).await.expect("the store reads").expect("its row");
        assert_eq!((modem.line_speed, modem.imei), (None, None), "{baud:?} {uart}");
        bench.stop().await;
    }
    let (bench, _crossed) = bench(Some(9_600), true);
    bench.until_ready().await;
    bench.stop().await;
}
