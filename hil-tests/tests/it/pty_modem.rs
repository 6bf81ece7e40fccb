//! The real supervisor, driver and store against emulated modems on ptys: what the life of a modem does to messages.
//! Times are the emulator's profile: nothing waits longer than two seconds.

use std::time::Duration;

use answerback::ids::PartKey;
use answerback::serial::{self, PortWish, Ports};
use answerback::store::{ModemState, Paging, Reader};
use answerback::terms::{MessageState, Policy};
use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::fault::{Fault, Place};
use hil_tests::emulator::{Rig, RigOptions};

use crate::bench::{Bench, PATIENCE, PHONE, north};

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_comes_up_and_a_text_goes_out_with_its_report() {
    for dialect in Dialect::all() {
        let bench = Bench::with(dialect.name, north);
        bench.until_ready().await;
        let modem = bench.until("its row", |reader| Ok(reader.modem("north")?.filter(|modem| modem.state == ModemState::Ready))).await;
        assert_eq!((modem.manufacturer.as_deref(), modem.model.as_deref()), (Some(dialect.manufacturer), Some(dialect.model)));
        assert_eq!(modem.iccid.as_deref(), Some("8988001122330000018"), "{}", dialect.name);
        let id = bench.send("Pay 84.50? Reply Y", Policy::Notice).await;
        // A modem that lists no ds but 0 tells of no delivery.
        let told = if dialect.cnmi[3] == [0] { MessageState::Submitted } else { MessageState::Delivered };
        bench.until_state(id, told).await;
        let taken = bench.rig.sent().await.expect("the rig");
        assert_eq!(
            taken.iter().map(|pdu| (pdu.to.as_str(), pdu.text.as_deref())).collect::<Vec<_>>(),
            [(PHONE, Some("Pay 84.50? Reply Y"))]
        );
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_goes_out_part_by_part_and_is_joined_by_the_phone() {
    let bench = Bench::start();
    let long = "The water is off until 14:00. ".repeat(12);
    let id = bench.send(&long, Policy::Notice).await;
    bench.until_state(id, MessageState::Delivered).await;
    let texts = bench.rig.wait_for_text(PHONE, 1, PATIENCE).await.expect("joined");
    assert_eq!((texts[0].text.as_str(), texts[0].parts), (long.as_str(), 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unplugged_modem_leaves_a_doubt_and_its_report_settles_it() {
    let dir = tempfile::tempdir().expect("a directory");
    // The report has to find a modem that shows it again.
    let slow = RigOptions { delivery: Duration::from_secs(1), ..RigOptions::quick(&dir.path().join("dev")) };
    let rig = Rig::start(slow).expect("ptys");
    let wish = north(&rig);
    let bench = Bench::on(dir, rig, Ports::Named(vec![wish]));
    bench.until_ready().await;
    bench.rig.fault(0, Fault::Vanish { place: Place::Taken, octets: 0, back_ms: Some(300) }, 1).await.expect("armed");
    let id = bench.send("Your meter is read on Monday", Policy::Once).await;
    bench.until_state(id, MessageState::Parked).await;
    bench.until_state(id, MessageState::Delivered).await;
    assert_eq!(bench.rig.sent().await.expect("the rig").len(), 1, "nothing was sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_goes_in_the_middle_of_the_pdu_leaves_a_doubt_too() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::Vanish { place: Place::Pdu, octets: 10, back_ms: Some(200) }, 1).await.expect("armed");
    let id = bench.send("hello", Policy::Once).await;
    bench.until_state(id, MessageState::Parked).await;
    assert_eq!(bench.rig.sent().await.expect("the rig").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_that_goes_before_its_prompt_leaves_no_doubt() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::Vanish { place: Place::Prompt, octets: 0, back_ms: Some(200) }, 1).await.expect("armed");
    let id = bench.send("hello", Policy::Once).await;
    bench.until_state(id, MessageState::Queued).await;
    bench.hand_over(PartKey { message: id, seq: 1 }).await;
    bench.until_state(id, MessageState::Delivered).await;
    assert_eq!(bench.rig.sent().await.expect("the rig").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_a_doubt_and_the_report_proves_it() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::LostAnswer { taken: true }, 1).await.expect("armed");
    let id = bench.send("hello", Policy::Once).await;
    bench.until_state(id, MessageState::Delivered).await;
    let evidence = bench.engine.read(move |reader| reader.evidence_of(id)).await.expect("the store reads");
    assert!(evidence.len() >= 2, "{evidence:?}");
    assert_eq!(bench.rig.sent().await.expect("the rig").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbound_text_is_deleted_only_after_its_commit() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.inject(0, PHONE, "Y").await.expect("injected");
    let row = bench.until("the text", |reader| Ok(reader.inbounds(None, Paging::newest(10))?.items.into_iter().next())).await;
    assert_eq!(row.text.expose(), "Y");
    bench.rig.wait_for_stored(0, [0; 3], PATIENCE).await.expect("the slot is freed");
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_came_while_nobody_listened_are_swept_and_joined() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions::quick(&dir.path().join("dev"))).expect("ptys");
    let long = "My meter shows 004211 and the seal is broken. ".repeat(6);
    rig.fault(0, Fault::ReverseParts, 1).await.expect("armed");
    rig.inject(0, PHONE, &long).await.expect("injected");
    let wish = north(&rig);
    let bench = Bench::on(dir, rig, Ports::Named(vec![wish]));
    let row = bench.until("the text", |reader| Ok(reader.inbounds(None, Paging::newest(10))?.items.into_iter().next())).await;
    assert_eq!(row.text.expose(), long);
    bench.rig.wait_for_stored(0, [0; 3], PATIENCE).await.expect("the slots are freed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_appears_later_is_used_then() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions::quick(&dir.path().join("dev"))).expect("ptys");
    rig.unplug(0).await.expect("unplugged");
    let wish = north(&rig);
    let bench = Bench::on(dir, rig, Ports::Named(vec![wish]));
    let words = bench.until_code("port_missing").await;
    assert!(words.contains("not there yet"), "{words}");
    bench.rig.plug(0, None).await.expect("plugged");
    bench.until_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanned_modem_comes_back_under_another_name() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions { modems: 1, ..RigOptions::quick(&dir.path().join("dev")) }).expect("ptys");
    let patterns = vec![format!("{}/modem*", dir.path().join("dev").display())];
    let ports = Ports::Scan { patterns, roots: serial::hotplug::Roots::default(), baud: None };
    let bench = Bench::on(dir, rig, ports);
    bench.until_ready().await;
    bench.rig.unplug(0).await.expect("unplugged");
    bench.rig.plug(0, Some("modem7")).await.expect("plugged");
    bench.until("the new name", |reader| Ok(reader.modem("modem7")?.filter(|modem| modem.state == ModemState::Ready))).await;
    let names = |reader: &Reader<'_>| Ok(reader.modems()?.into_iter().map(|modem| modem.name).collect::<Vec<_>>());
    let names = bench.engine.read(names).await.expect("the store reads");
    assert_eq!(names, ["modem7"], "the same radio has one row");
    bench.until_ready().await;
    let id = bench.send("hello", Policy::Notice).await;
    bench.until_state(id, MessageState::Delivered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_without_a_modem_says_so() {
    let pty = nix::pty::openpty(None, None).expect("a pty");
    let path = nix::unistd::ttyname(&pty.slave).expect("its name");
    let bench = Bench::with("generic", |_| PortWish { path, name: "north".to_owned(), baud: None, scanned: false });
    bench.until_code("no_answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_held_by_another_program_says_by_whom() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions::quick(&dir.path().join("dev"))).expect("ptys");
    let path = rig.port(0);
    let held = std::fs::File::options().read(true).write(true).open(&path).expect("opens");
    let lock = nix::fcntl::Flock::lock(held, nix::fcntl::FlockArg::LockExclusiveNonblock).expect("locked");
    let bench = Bench::on(dir, rig, Ports::Named(vec![PortWish { path, name: "north".to_owned(), baud: None, scanned: false }]));
    let words = bench.until_code("port_held").await;
    assert!(words.contains("held by another program"), "{words}");
    drop(lock);
    bench.until_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_half_lines_change_nothing() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::Garbage { hex: "00FFFE2B434D54493A2022534D222C0D0A2B43".to_owned() }, 3).await.expect("armed");
    bench.rig.fault(0, Fault::Nul, 5).await.expect("armed");
    bench.rig.fault(0, Fault::UrcInside { line: "^RSSI:18".to_owned() }, 5).await.expect("armed");
    let id = bench.send("hello", Policy::Notice).await;
    bench.until_state(id, MessageState::Delivered).await;
    bench.rig.inject(0, PHONE, "Y").await.expect("injected");
    bench.until("the text", |reader| Ok(reader.inbounds(None, Paging::newest(10))?.items.into_iter().next())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ports_of_one_modem_use_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions { same_imei: true, ..RigOptions::quick(&dir.path().join("dev")) }).expect("ptys");
    let wish = |modem: usize, name: &str| PortWish { path: rig.port(modem), name: name.to_owned(), baud: None, scanned: false };
    let ports = Ports::Named(vec![wish(0, "first"), wish(1, "second")]);
    let bench = Bench::on(dir, rig, ports);
    bench.until_ready().await;
    let look = |reader: &Reader<'_>| Ok(reader.modems()?.into_iter().find(|modem| modem.code.as_deref() == Some("same_modem")));
    let twin = bench.until("the twin is told", look).await;
    assert!(twin.words.is_some_and(|words| words.contains("same modem as")));
    assert_eq!(bench.fleet.views().iter().filter(|view| view.ready).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_the_answer_that_is_on_its_way() {
    let bench = Bench::start();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::LateAnswer { ms: 400 }, 1).await.expect("armed");
    let id = bench.send("hello", Policy::Once).await;
    bench.rig.wait_for_sent(1, PATIENCE).await.expect("on air");
    let engine = bench.engine.clone();
    let dir = bench.stop().await;
    let message = engine.read(move |reader| reader.message(id)).await.expect("the store reads").expect("it is there");
    assert!(matches!(message.state, MessageState::Submitted | MessageState::Delivered), "{:?}", message.state);
    drop(dir);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_follow_each_other_without_a_pause() {
    const MESSAGES: usize = 30;
    let bench = Bench::start();
    bench.until_ready().await;
    for number in 0..MESSAGES {
        bench.accept(&format!("text {number}"), Policy::Notice).await;
    }
    bench.dispatch();
    bench.rig.wait_for_sent(MESSAGES, PATIENCE).await.expect("all of them");
    let mut gaps = bench.rig.send_gaps(0).await.expect("the rig");
    gaps.sort_unstable();
    let (median, p99) = (gaps[gaps.len() / 2], gaps[gaps.len() * 99 / 100]);
    println!("modem idle between two sends: median {median:?}, p99 {p99:?}, of {}", gaps.len());
    assert!(median < Duration::from_millis(100), "{gaps:?}");
}
