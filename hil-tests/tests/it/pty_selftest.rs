//! The self-test over a pty: two texts of a SIM to itself, and what they show of it and of its modem.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use answerback::delivery::witness::Worth;
use answerback::engine::selftest::{self, NewSelfTest};
use answerback::own_text;
use answerback::serial::Ports;
use answerback::store::page::Paging;
use answerback::store::{ModemState, Queue, Reader, SelfTest, SelfTestState};
use answerback::terms::{MessageState, Policy};
use at_commands::hex;
use at_commands::pdu::{Address, Smsc, Submit};
use at_commands::text::{SegmentOptions, segment};
use hil_tests::emulator::brain::{Control, Habits};
use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::fault::{Fault, Place};
use hil_tests::emulator::world::World;
use hil_tests::emulator::{Rig, RigOptions};

use crate::bench::{Bench, PATIENCE, PHONE, north};

/// So long the network holds a text: the second leaves meanwhile, as a rule.
const HELD: Duration = Duration::from_secs(3);
/// A machine that is busier than that is asked again.
const TRIES: usize = 4;

fn held() -> Bench {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions { delivery: HELD, ..RigOptions::quick(&dir.path().join("dev")) }).expect("ptys");
    let ports = Ports::Named(vec![north(&rig)]);
    Bench::on(dir, rig, ports)
}

impl Bench {
    async fn tests(&self, to: Option<&str>) -> i64 {
        let is_ready = |reader: &Reader<'_>| Ok(reader.modem("north")?.filter(|modem| modem.state == ModemState::Ready).map(drop));
        self.until("the modem is ready", is_ready).await;
        let new = NewSelfTest { modem: "north".to_owned(), to: to.map(str::to_owned), asker: "test".to_owned() };
        self.engine.run(Queue::Others, move |work| selftest::ask(work, &new)).await.expect("taken down").into_inner()
    }

    async fn tested(&self, id: i64) -> SelfTest {
        self.until("the self-test ends", move |reader| Ok(reader.selftest(id)?.filter(|test| !test.state.is_open()))).await
    }
}

/// The ids of the witnesses that work.
fn works(test: &SelfTest) -> Vec<&'static str> {
    assert_eq!(test.state, SelfTestState::Done, "{test:?}");
    test.findings.witnesses().iter().filter(|witness| witness.worth == Worth::Works).map(|witness| witness.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dialect_is_tested_to_its_end() {
    for dialect in Dialect::all() {
        let bench = Bench::with(dialect.name, north);
        bench.dispatch();
        bench.until_ready().await;
        let id = bench.tests(None).await;
        // A modem without reports is listened to until its time is over.
        let heard = move |reader: &Reader<'_>| {
            let open = |test: &SelfTest| test.state.is_open();
            let back = |test: &SelfTest| test.state == SelfTestState::Listening && test.findings.came_back_ms.is_some();
            Ok(reader.selftest(id)?.filter(|test| back(test) || !open(test)))
        };
        let test = bench.until(dialect.name, heard).await;
        let findings = &test.findings;
        assert!(findings.first.is_some() && findings.second.is_some() && findings.came_back_ms.is_some(), "{}: {test:?}", dialect.name);
        assert!(!findings.proved().mr_honoured, "{}: {test:?}", dialect.name);
        assert_eq!(bench.rig.wait_for_sent(2, HELD).await.expect("both").len(), 2, "{}", dialect.name);
        // Nobody wrote to anybody.
        let rows = bench.engine.read(|reader| reader.inbounds(None, Paging::newest(10))).await.expect("the store reads").items;
        assert!(rows.iter().all(|row| row.from.is_none() && row.rule.is_none() && row.outcome.as_deref() == Some("proof")), "{rows:?}");
        let heads = bench.engine.read(|reader| reader.conversation_heads(10)).await.expect("the store reads");
        assert!(heads.is_empty(), "{}: {heads:?}", dialect.name);
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_modem_does_with_references_is_found_out() {
    let plain = Habits::default();
    for (habits, want) in [
        (plain, &["W2", "W4", "W5"][..]),
        (Habits { honours_mr: true, ..plain }, &["W2", "W3", "W4", "W5"]),
        (Habits { honours_mr: true, keeps_reference: false, says_sent: false, ..plain }, &["W2", "W3"]),
        (Habits { says_sent: false, ..plain }, &["W2", "W5"]),
    ] {
        let bench = held();
        bench.rig.control(0, Control::Habits(habits)).await.expect("learnt");
        bench.rig.control(0, Control::LastMr(100)).await.expect("learnt");
        bench.dispatch();
        bench.until_ready().await;
        let mut seen = Vec::new();
        for _ in 0..TRIES {
            let test = bench.tested(bench.tests(None).await).await;
            seen = works(&test);
            assert_eq!(test.findings.proved().mr_honoured, habits.honours_mr, "{habits:?}: {test:?}");
            if seen == want {
                break;
            }
        }
        assert_eq!(seen, want, "{habits:?}");
        bench.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_ends_it_and_leaves_nothing_to_decide() {
    let bench = Bench::start();
    bench.dispatch();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::LostAnswer { taken: true }, 1).await.expect("armed");
    let test = bench.tested(bench.tests(None).await).await;
    assert_eq!((test.state, test.why.as_deref()), (SelfTestState::Ended, Some("in_doubt")));
    let doubts = bench.engine.read(|reader| reader.messages_in_doubt(10)).await.expect("the store reads");
    assert!(doubts.is_empty(), "{doubts:?}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_go_first() {
    let bench = Bench::start();
    bench.until_ready().await;
    // Nobody dispatches yet: texts wait, and the test with them.
    let (text, _) = bench.accept("first", Policy::Alarm).await;
    let id = bench.tests(None).await;
    bench.dispatch();
    bench.until_state(text, MessageState::Delivered).await;
    let test = bench.tested(id).await;
    assert_eq!(test.state, SelfTestState::Done, "{test:?}");
    let sent = bench.rig.wait_for_sent(3, HELD).await.expect("all");
    assert_eq!(sent.first().and_then(|taken| taken.text.as_deref()), Some("first"));
    assert_eq!(sent.len(), 3);
    bench.stop().await;
}

/// A program types a line and reads until `end` was printed.
fn talks(tty: &mut File, typed: &str, end: &str) {
    tty.write_all(typed.as_bytes()).expect("the port takes octets");
    let (mut printed, mut buffer, began) = (String::new(), [0; 512], Instant::now());
    while !printed.contains(end) {
        assert!(began.elapsed() < PATIENCE, "{typed:?}: {printed:?}");
        let count = tty.read(&mut buffer).expect("the port gives octets");
        printed.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
}

/// A text lies in the modem for sending, or has been sent from there.
fn keeps(port: &Path, text: &str, stat: u8) {
    let part = segment(text, &SegmentOptions::default()).expect("fits").parts.remove(0);
    let da = Address::from_e164(PHONE).expect("an address");
    let pdu = Submit::new(da, part.dcs, part.udh, part.ud).encode(Smsc::Present).expect("encodes");
    let mut tty = File::options().read(true).write(true).open(port).expect("the port opens");
    talks(&mut tty, "AT+CMGF=0\r", "OK");
    talks(&mut tty, "AT+CPMS=\"ME\",\"ME\",\"ME\"\r", "OK");
    talks(&mut tty, &format!("AT+CMGW={},{stat}\r", pdu.len() - 1), "> ");
    talks(&mut tty, &format!("{}\x1A", hex::encode(&pdu)), "OK");
}

/// The port was lost between `+CMGW` and `+CMGD`, whatever had been sent by then.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_test_has_left_in_the_modem_is_freed_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions::quick(&dir.path().join("dev"))).expect("ptys");
    let (port, own) = (rig.port(0), own_text::SELF_TEST.text("0123456789AB").expose().to_owned());
    let kept = tokio::task::spawn_blocking(move || {
        keeps(&port, &own, 2);
        keeps(&port, &format!("{own} Or do not."), 2);
        keeps(&port, &own, 3);
        keeps(&port, "The pump is dry.", 3);
    });
    kept.await.expect("no panic");
    rig.wait_for_stored(0, [0, 4, 0], PATIENCE).await.expect("they lie there");
    let ports = Ports::Named(vec![north(&rig)]);
    let bench = Bench::on(dir, rig, ports);
    bench.until_ready().await;
    bench.rig.wait_for_stored(0, [0, 2, 0], PATIENCE).await.expect("what is somebody's stays");
    bench.dispatch();
    let test = bench.tested(bench.tests(None).await).await;
    assert_eq!(test.state, SelfTestState::Done, "{test:?}");
    bench.rig.wait_for_stored(0, [0, 2, 0], PATIENCE).await.expect("and stays");
    bench.stop().await;
}

/// The port goes between `AT+CMGW` and `AT+CMGD` of a test and comes back: what lies in the modem is freed, the texts of people in
/// both directions are not touched, and nobody is shown a text of the box to itself.
async fn unplugged(place: Place) {
    let bench = held();
    bench.dispatch();
    bench.until_ready().await;
    bench.rig.fault(0, Fault::Vanish { place, octets: 0, back_ms: Some(300) }, 1).await.expect("armed");
    bench.tests(None).await;
    let lies_there = move |world: &World| {
        let brain = world.brains().first()?;
        let struck = brain.strikes().any(|(name, times)| name == place.name() && times == 1);
        (struck && brain.stored() == [0, 1, 0]).then_some(())
    };
    let seen = bench.rig.wait_for_world(lies_there, PATIENCE).await.expect("the rig");
    assert!(seen.is_some(), "{place:?}: the port went and the text lies in the modem");
    bench.rig.inject(0, PHONE, "Is the power back?").await.expect("injected");
    let (answer, _) = bench.accept("Yes, it is.", Policy::Notice).await;
    bench.until_state(answer, MessageState::Delivered).await;
    let back = |reader: &Reader<'_>| Ok(reader.selftests_of_modem("north", 1)?.pop().filter(|test| !test.state.is_open()));
    bench.until("the self-test ends", back).await;
    // Its texts that were taken come in when the network lets go of them.
    tokio::time::sleep(HELD).await;
    bench.rig.wait_for_stored(0, [0, 0, 0], PATIENCE).await.unwrap_or_else(|error| panic!("{place:?}: {error}"));
    let heads = bench.engine.read(|reader| reader.conversation_heads(10)).await.expect("the store reads");
    assert_eq!(heads.iter().map(|head| head.msisdn.e164()).collect::<Vec<_>>(), [PHONE], "{place:?}");
    let rows = bench.engine.read(|reader| reader.inbounds(None, Paging::newest(10))).await.expect("the store reads").items;
    let (people, own): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.from.is_some());
    assert_eq!(people.len(), 1, "{place:?}: {rows:?}");
    assert!(own.iter().all(|row| row.outcome.as_deref() == Some("proof")), "{place:?}: {rows:?}");
    let doubts = bench.engine.read(|reader| reader.messages_in_doubt(10)).await.expect("the store reads");
    assert!(doubts.is_empty(), "{place:?}: {doubts:?}");
    println!("held: {place:?}");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_goes_in_the_middle_of_a_test_leaves_nothing_in_the_modem() {
    tokio::join!(
        unplugged(Place::Written),
        unplugged(Place::NotTaken),
        unplugged(Place::Taken),
        unplugged(Place::Reference),
        unplugged(Place::Ok),
        unplugged(Place::NotDeleted),
    );
}
