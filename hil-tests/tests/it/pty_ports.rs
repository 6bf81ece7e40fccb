//! A stick with several ports that speak AT: it is driven through the one that tells what comes, where the stick says which that is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use answerback::serial::Ports;
use answerback::serial::hotplug::Roots;
use answerback::store::{ModemState, Reader};
use answerback::terms::{MessageState, Policy};
use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::fault::Fault;
use hil_tests::emulator::{Rig, RigOptions};

use crate::bench::{Bench, PATIENCE};

/// A machine whose USB device shows these ports as its interfaces.
fn shows(sys: &Path, ports: &[(&Path, &str)]) {
    let device = sys.join("sys/devices/usb1/1-1");
    for (port, interface) in ports {
        let tty = fs::canonicalize(port).expect("a pty");
        let name = tty.file_name().expect("a name");
        let place = device.join(format!("1.{interface}")).join(name);
        fs::create_dir_all(&place).expect("made");
        fs::write(device.join("idVendor"), "12d1\n").expect("written");
        fs::write(device.join("idProduct"), "1506\n").expect("written");
        fs::write(place.with_file_name("bInterfaceNumber"), format!("{interface}\n")).expect("written");
        let class = sys.join("sys/class/tty").join(name);
        fs::create_dir_all(&class).expect("made");
        symlink(&place, class.join("device")).expect("linked");
    }
}

/// Drives a stick whose two ports are these interfaces; the port that serves, and what the other one says.
async fn check(interfaces: [&str; 2], serves: &'static str, says: &str) {
    let dir = tempfile::tempdir().expect("a directory");
    let huawei = Dialect::named("huawei").expect("a dialect");
    let rig = Rig::start(RigOptions { dialect: huawei, same_imei: true, ..RigOptions::quick(&dir.path().join("dev")) }).expect("ptys");
    let sys = dir.path().join("machine");
    shows(&sys, &[(&rig.port(0), interfaces[0]), (&rig.port(1), interfaces[1])]);
    let patterns = vec![format!("{}/modem*", dir.path().join("dev").display())];
    let ports = Ports::Scan { patterns, roots: Roots { sys, ..Roots::default() }, baud: None };
    let bench = Bench::on(dir, rig, ports);
    bench.until_ready().await;
    let other = if serves == "modem0" { "modem1" } else { "modem0" };
    let look = move |reader: &Reader<'_>| {
        let ready = reader.modem(serves)?.filter(|modem| modem.state == ModemState::Ready);
        let words = reader.modem(other)?.filter(|modem| modem.code.as_deref() == Some("same_modem")).and_then(|modem| modem.words);
        Ok(ready.and(words))
    };
    let words = bench.until("one port serves", look).await;
    assert!(words.contains(says), "{interfaces:?}: {words}");
    bench.stop().await;
}

/// A stick whose two ports tell the same of themselves, on a box.
fn stick_with_two_ports() -> Bench {
    let dir = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(RigOptions { same_imei: true, ..RigOptions::quick(&dir.path().join("dev")) }).expect("ptys");
    let patterns = vec![format!("{}/modem*", dir.path().join("dev").display())];
    Bench::on(dir, rig, Ports::Scan { patterns, roots: Roots::default(), baud: None })
}

/// Waits until the row of a port has this code.
async fn until(bench: &Bench, port: usize, code: &'static str) -> String {
    let look = move |reader: &Reader<'_>| {
        let modem = reader.modem(["modem0", "modem1"][port])?;
        Ok(modem.filter(|modem| modem.code.as_deref() == Some(code)).and_then(|modem| modem.words))
    };
    bench.until(code, look).await
}

/// Waits until this port serves and the other one is left alone.
async fn until_serves(bench: &Bench, port: usize) {
    let look =
        move |reader: &Reader<'_>| Ok(reader.modem(["modem0", "modem1"][port])?.filter(|modem| modem.state == ModemState::Ready).map(drop));
    bench.until("the port serves", look).await;
    let words = until(bench, 1 - port, "same_modem").await;
    assert!(words.contains(["modem0", "modem1"][port]), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_port_takes_over_from_one_that_was_given_up() {
    let bench = stick_with_two_ports();
    bench.until_ready().await;
    let look =
        |reader: &Reader<'_>| Ok(reader.modems()?.into_iter().find(|modem| modem.state == ModemState::Ready).map(|modem| modem.name));
    let first = usize::from(bench.until("one serves", look).await == "modem1");
    until_serves(&bench, first).await;
    bench.rig.fault(first, Fault::Hung, 0).await.expect("armed");
    bench.dispatch();
    let (text, _) = bench.accept("over the other port", Policy::Notice).await;
    until_serves(&bench, 1 - first).await;
    bench.until_state(text, MessageState::Delivered).await;
    let sent = bench.rig.wait_for_sent(1, PATIENCE).await.expect("the rig");
    assert_eq!(sent.last().map(|sent| sent.modem), Some(1 - first));
    assert_eq!(bench.fleet.views().iter().filter(|view| view.ready).count(), 1, "one radio, one port");
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_port_that_tells_what_comes_is_used() {
    check(["00", "02"], "modem1", "tells nothing of texts that come").await;
    check(["02", "00"], "modem0", "tells nothing of texts that come").await;
}
