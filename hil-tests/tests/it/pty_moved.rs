//! A modem whose port is named by its number, and that comes back under another number: it is found by who it is.

use std::fs;
use std::os::fd::AsFd as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use answerback::serial::hotplug::Roots;
use answerback::serial::{PortWish, Ports};
use answerback::store::{ModemState, Reader};
use answerback::terms::{MessageState, Policy};
use hil_tests::emulator::{Rig, RigOptions};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::openpty;
use tempfile::TempDir;

use crate::bench::Bench;

/// What `/sys` tells of a port: the first interface of a stick of its own, with no serial number.
fn seats(root: &Path, port: &Path, device: &str, vendor: &str) {
    let tty = fs::canonicalize(port).expect("a pty");
    let name = tty.file_name().expect("a name");
    let device = root.join("sys/devices/usb1").join(device);
    let place = device.join("1.00").join(name);
    fs::create_dir_all(&place).expect("made");
    fs::write(device.join("idVendor"), vendor).expect("written");
    fs::write(device.join("idProduct"), "1506\n").expect("written");
    fs::write(place.with_file_name("bInterfaceNumber"), "00\n").expect("written");
    let class = root.join("sys/class/tty").join(name);
    let _of_a_pty_before = fs::remove_dir_all(&class);
    fs::create_dir_all(&class).expect("made");
    symlink(&place, class.join("device")).expect("linked");
}

struct Site {
    root: PathBuf,
    bench: Bench,
}

impl Site {
    /// A box that is to drive `north` at ttyUSB0; these modems are plugged in.
    async fn start(dir: TempDir, plugged: &[(usize, &str)]) -> Self {
        let root = dir.path().to_owned();
        let rig = Rig::start(RigOptions::quick(&root.join("dev"))).expect("ptys");
        for modem in 0..2 {
            rig.unplug(modem).await.expect("unplugged");
        }
        for (modem, link) in plugged {
            let port = rig.plug(*modem, Some(link)).await.expect("plugged");
            seats(&root, &port, link, "12d1\n");
        }
        let wish = PortWish { path: root.join("dev/ttyUSB0"), name: "north".to_owned(), baud: None, scanned: false };
        let bench = Bench::rooted(dir, rig, Ports::Named(vec![wish]), Roots { dev: root.clone(), sys: root.clone() });
        Self { root, bench }
    }

    async fn plug(&self, modem: usize, link: &str, vendor: &str) {
        let port = self.bench.rig.plug(modem, Some(link)).await.expect("plugged");
        seats(&self.root, &port, link, vendor);
    }

    /// Waits until `north` is ready at this port; its IMEI.
    async fn until_at(&self, port: &'static str) -> String {
        let path = self.root.join("dev").join(port).display().to_string();
        let look = move |reader: &Reader<'_>| {
            Ok(reader.modem("north")?.filter(|modem| modem.state == ModemState::Ready && modem.port == path).and_then(|modem| modem.imei))
        };
        self.bench.until(&format!("ready at {port}"), look).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_that_comes_back_under_another_number_is_found_by_who_it_is() {
    let site = Site::start(tempfile::tempdir().expect("a directory"), &[(0, "ttyUSB0")]).await;
    let imei = site.until_at("ttyUSB0").await;
    site.bench.dispatch();
    site.bench.rig.unplug(0).await.expect("unplugged");
    site.bench.until_code("port_missing").await;
    // Another stick that looks the same.
    site.plug(1, "ttyUSB1", "12d1\n").await;
    let (text, _) = site.bench.accept("over the same modem", Policy::Notice).await;
    site.plug(0, "ttyUSB2", "12d1\n").await;
    assert_eq!(site.until_at("ttyUSB2").await, imei);
    site.bench.until_state(text, MessageState::Delivered).await;
    // Back at its own place, as after the next start of the machine.
    site.bench.rig.unplug(0).await.expect("unplugged");
    site.plug(0, "ttyUSB0", "12d1\n").await;
    assert_eq!(site.until_at("ttyUSB0").await, imei);
    let modems = site.bench.engine.read(|reader| reader.modems()).await.expect("the store reads");
    assert_eq!(modems.len(), 1, "the other stick is nobody's: {modems:?}");
    // The box starts, and the modem has another number than before.
    let dir = site.bench.stop().await;
    let site = Site::start(dir, &[(0, "ttyUSB3"), (1, "ttyUSB1")]).await;
    assert_eq!(site.until_at("ttyUSB3").await, imei);
    site.bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_no_modems_is_never_talked_to() {
    let site = Site::start(tempfile::tempdir().expect("a directory"), &[(0, "ttyUSB0")]).await;
    site.until_at("ttyUSB0").await;
    site.bench.rig.unplug(0).await.expect("unplugged");
    site.bench.until_code("port_missing").await;
    let cable = openpty(None, None).expect("a pty");
    let link = site.root.join("dev/ttyUSB1");
    symlink(nix::unistd::ttyname(&cable.slave).expect("its name"), &link).expect("linked");
    seats(&site.root, &link, "ttyUSB1", "0403\n");
    // Another modem stands behind it in the order in which they are asked.
    site.plug(1, "ttyUSB3", "1bc7\n").await;
    let asked = site.root.join("dev/ttyUSB3").display().to_string();
    let look = move |reader: &Reader<'_>| Ok(reader.modem("north")?.filter(|modem| modem.port == asked).map(drop));
    site.bench.until("the other modem is asked who it is", look).await;
    site.plug(0, "ttyUSB2", "12d1\n").await;
    site.until_at("ttyUSB2").await;
    let heard = poll(&mut [PollFd::new(cable.master.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO).expect("polled");
    assert_eq!(heard, 0, "somebody wrote to the cable of a meter");
    site.bench.stop().await;
}
