//! Rungs 6 and 7: the real root helper behind a real socket, on a /sys of its own; what it writes there reaches the emulated modem.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use answerback::serial::Ports;
use answerback::store::Reader;
use answerback::terms::{MessageState, Outcome, Policy, Rung};
use answerback_usb::{Machine, answer};
use hil_tests::emulator::brain::Control;
use hil_tests::emulator::fault::Fault;
use hil_tests::emulator::{Rig, RigHandle, RigOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;

use crate::bench::{Bench, north};

const DEVICE: &str = "sys/devices/usb1/1-1";
const SWITCH: &str = "sys/devices/usb1/1-0:1.0/usb1-port1/disable";
const BIND: &str = "sys/bus/usb/drivers/usb/bind";

/// A machine with one modem in a socket of the root hub.
fn machine(root: &Path) {
    let write = |file: &str, text: &str| {
        let file = root.join(file);
        fs::create_dir_all(file.parent().expect("a folder")).and_then(|()| fs::write(file, text)).expect("written");
    };
    write(&format!("{DEVICE}/idVendor"), "12d1");
    write(&format!("{DEVICE}/dev"), "189:5");
    write(&format!("{DEVICE}/1-1:1.0/ttyUSB0/tty/ttyUSB0/dev"), "188:0");
    write(SWITCH, "0");
    write("run/udev/data/c189:5", "E:ANSWERBACK_MODEM=1\n");
    write("proc/uptime", "100.00 100.00\n");
    fs::create_dir_all(root.join("sys/bus/usb/drivers/usb/1-1")).expect("a driver");
    fs::create_dir_all(root.join("sys/class/tty")).expect("a class");
    std::os::unix::fs::symlink(root.join(DEVICE).join("1-1:1.0/ttyUSB0/tty/ttyUSB0"), root.join("sys/class/tty/ttyUSB0")).expect("a link");
}

/// Answers as systemd has the helper answer; a pty has no name that the helper takes, so it gets the name of the modem's tty.
async fn listen(socket: PathBuf, root: PathBuf, rig: RigHandle) {
    let listener = UnixListener::bind(&socket).expect("a socket");
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut line = String::new();
        stream.read_to_string(&mut line).await.expect("a line");
        let verb = line.split(' ').next().unwrap_or_default().to_owned();
        let request = format!("{verb} ttyUSB0\n");
        let machine = root.clone();
        let work = move || answer(&Machine { root: machine, pause: &|_| {} }, &request);
        let said = tokio::task::spawn_blocking(work).await.expect("it answers");
        let effect = match verb.as_str() {
            "reset" if fs::read_to_string(root.join(BIND)).is_ok_and(|usb| usb == "1-1") => Some(Control::UsbReset),
            "power" if said == "done" => Some(Control::PowerCycle),
            _ => None,
        };
        if let Some(effect) = effect {
            rig.control(0, effect).await.expect("it reaches the modem");
        }
        // One who asked and left hears nothing.
        let _gone = stream.write_all(format!("{said}\n").as_bytes()).await;
    }
}

async fn check(fault: Fault, by: Rung) {
    let dir = tempfile::tempdir().expect("a folder");
    let (root, socket) = (dir.path().join("machine"), dir.path().join("usb.sock"));
    machine(&root);
    let rig = Rig::start(RigOptions { modems: 1, ..RigOptions::quick(&dir.path().join("dev")) }).expect("ptys");
    let helper = tokio::spawn(listen(socket.clone(), root, rig.handle()));
    let wish = north(&rig);
    let bench = Bench::helped(dir, rig, Ports::Named(vec![wish]), &socket);
    bench.until_ready().await;
    bench.rig.fault(0, fault.clone(), 0).await.expect("armed");
    bench.send("hello", Policy::Notice).await;
    let mended = move |reader: &Reader<'_>| {
        let imei = reader.modem("north")?.and_then(|modem| modem.imei).unwrap_or_default();
        Ok(reader.recoveries(&imei, 20)?.into_iter().find(|tried| tried.rung == by && tried.outcome == Some(Outcome::Mended)))
    };
    bench.until(&format!("{fault:?} is mended by {by:?}"), mended).await;
    bench.until_ready().await;
    let next = bench.send("next", Policy::Notice).await;
    bench.until_state(next, MessageState::Delivered).await;
    helper.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_helper_brings_back_what_the_box_cannot() {
    tokio::join!(check(Fault::Hung, Rung::UsbReset), check(Fault::Dead, Rung::Power));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helper_that_hangs_or_talks_nonsense_is_done_without() {
    for says in [None, Some("can\u{7}reset\n".repeat(100_000)), Some(String::new())] {
        let dir = tempfile::tempdir().expect("a folder");
        let socket = dir.path().join("usb.sock");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let helper = tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                match &says {
                    // It is cut off in the middle of what it says.
                    Some(words) => drop(stream.write_all(words.as_bytes()).await),
                    None => kept.push(stream),
                }
            }
        });
        let rig = Rig::start(RigOptions { modems: 1, ..RigOptions::quick(&dir.path().join("dev")) }).expect("ptys");
        let wish = north(&rig);
        let bench = Bench::helped(dir, rig, Ports::Named(vec![wish]), &socket);
        tokio::time::timeout(Duration::from_secs(30), bench.until_ready()).await.expect("it serves all the same");
        helper.abort();
    }
}
