//! A stick with several ports that speak AT: it is driven through the one that tells what comes, where the stick says which that is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use answerback::serial::Ports;
use answerback::serial::hotplug::Roots;
use answerback::store::{ModemState, Reader};
use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::{Rig, RigOptions};

use crate::bench::Bench;

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
    let ports = Ports::Scan { patterns, roots: Roots { sys, ..Roots::default() }, baud: 115_200 };
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

#[tokio::test(flavor = "multi_thread")]
async fn the_port_that_tells_what_comes_is_used() {
    check(["00", "02"], "modem1", "tells nothing of texts that come").await;
    check(["02", "00"], "modem0", "tells nothing of texts that come").await;
}
