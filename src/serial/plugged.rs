//! The kernel's word that a name has come into one of the folders where ports are looked for (inotify). It only wakes: what is
//! there is said by a scan, and the poll goes on beside it, for folders that cannot be watched and kernels that tell nothing.

use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use tokio::net::unix::pipe;
use tracing::info;

use super::hotplug::Roots;

/// A stick makes a dozen names at once, of nodes and of links; one that never ends is looked at all the same after so many pauses.
const PAUSES_MAX: u32 = 10;

/// Folders that are watched.
pub(super) struct Plugged {
    kernel: Option<Kernel>,
    root: PathBuf,
    folders: Vec<PathBuf>,
    /// A folder that cannot be watched is told once.
    told: bool,
}

struct Kernel {
    inotify: Inotify,
    /// What it tells. That something came is enough: nobody reads the words.
    words: pipe::Receiver,
}

impl Kernel {
    fn new() -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        let words = pipe::Receiver::from_owned_fd_unchecked(inotify.as_fd().try_clone_to_owned()?)?;
        Ok(Self { inotify, words })
    }
}

impl Plugged {
    /// The folders of these patterns.
    pub(super) fn of(roots: &Roots, patterns: &[String]) -> Self {
        let deaf = |why: &io::Error| info!("The kernel does not tell of new ports, they are looked for all the time: {why}");
        let kernel = Kernel::new().inspect_err(deaf).ok();
        let folder = |pattern: &String| roots.dev.join(pattern.trim_start_matches('/')).parent().map(Path::to_owned);
        let mut folders: Vec<PathBuf> = patterns.iter().filter_map(folder).collect();
        folders.sort();
        folders.dedup();
        Self { kernel, root: roots.dev.clone(), folders, told: false }
    }

    /// Nothing is told, as by a kernel without inotify.
    #[cfg(test)]
    fn deaf() -> Self {
        Self { kernel: None, root: PathBuf::new(), folders: Vec::new(), told: true }
    }

    /// Watches what is there by now; of a folder that is missing, the nearest one above it. Before each scan: what comes behind
    /// this is told.
    pub(super) fn watch(&mut self) {
        let Some(kernel) = &self.kernel else { return };
        for folder in &self.folders {
            let there = folder.ancestors().take_while(|above| above.starts_with(&self.root)).find(|above| above.is_dir());
            let Some(there) = there else { continue };
            // The same folder again is the same watch.
            let flags = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_ONLYDIR;
            if let Err(error) = kernel.inotify.add_watch(there, flags)
                && !std::mem::replace(&mut self.told, true)
            {
                info!("The kernel does not tell of new ports in {}, they are looked for all the time: {error}", there.display());
            }
        }
    }

    /// Waits until a name has come and none has come for `quiet`; for ever where nothing is told.
    pub(super) async fn changed(&self, quiet: Duration) {
        let Some(kernel) = &self.kernel else { return std::future::pending().await };
        if !told(kernel).await {
            return std::future::pending().await;
        }
        let rest = async { while tokio::time::timeout(quiet, told(kernel)).await == Ok(true) {} };
        // At its end it is looked at, whatever goes on.
        drop(tokio::time::timeout(quiet * PAUSES_MAX, rest).await);
    }
}

/// Waits for the next names and forgets them; `false` where none will come.
async fn told(kernel: &Kernel) -> bool {
    let mut forgotten = [0; 4096];
    while kernel.words.readable().await.is_ok() {
        match kernel.words.try_read(&mut forgotten) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read.is_ok_and(|octets| octets > 0),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tokio::sync::{mpsc, watch};

    use super::super::{Looking, look_for_ports};
    use super::*;

    const LONG: Duration = Duration::from_hours(1);
    const SHORT: Duration = Duration::from_millis(20);
    /// A test that waits longer has failed.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Looks for ports below a folder of the test's own, until it is dropped.
    struct Site {
        dir: tempfile::TempDir,
        found: mpsc::UnboundedReceiver<PathBuf>,
        _stop: watch::Sender<bool>,
    }

    fn looks(poll: Duration, deaf: bool) -> Site {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir_all(dir.path().join("dev")).expect("made");
        let roots = Roots { dev: dir.path().to_owned(), sys: dir.path().to_owned() };
        let patterns = vec!["/dev/serial/by-id/*".to_owned(), "/dev/ttyUSB*".to_owned()];
        let plugged = if deaf { Plugged::deaf() } else { Plugged::of(&roots, &patterns) };
        let ((tell, found), (stop, stopped)) = (mpsc::unbounded_channel(), watch::channel(false));
        let looking = Looking { patterns, roots, plugged, poll, quiet: SHORT };
        let drive = move |path: PathBuf| {
            tell.send(path).expect("the test listens");
            tokio::spawn(std::future::pending())
        };
        tokio::spawn(look_for_ports(looking, drive, stopped));
        Site { dir, found, _stop: stop }
    }

    impl Site {
        fn plugs(&self, name: &str) {
            let tty = self.dir.path().join("tty of it");
            std::fs::write(&tty, "").expect("written");
            let link = self.dir.path().join(name);
            std::fs::create_dir_all(link.parent().expect("a folder")).expect("made");
            symlink(tty, link).expect("linked");
        }

        async fn finds(&mut self, name: &str) {
            let found = tokio::time::timeout(PATIENCE, self.found.recv()).await.expect("found in time");
            assert_eq!(found, Some(self.dir.path().join(name)));
        }
    }

    #[tokio::test]
    async fn a_stick_is_looked_at_when_it_is_plugged_in() {
        let mut looks = looks(LONG, false);
        tokio::time::sleep(SHORT).await;
        looks.plugs("dev/ttyUSB0");
        looks.finds("dev/ttyUSB0").await;
    }

    #[tokio::test]
    async fn a_folder_that_comes_with_its_first_stick_is_watched() {
        let mut looks = looks(LONG, false);
        tokio::time::sleep(SHORT).await;
        looks.plugs("dev/serial/by-id/usb-modem");
        looks.finds("dev/serial/by-id/usb-modem").await;
    }

    #[tokio::test]
    async fn where_the_kernel_tells_nothing_the_poll_finds_it() {
        let mut looks = looks(SHORT, true);
        tokio::time::sleep(SHORT).await;
        looks.plugs("dev/ttyUSB0");
        looks.finds("dev/ttyUSB0").await;
    }

    #[tokio::test]
    async fn a_burst_wakes_once_and_one_that_never_ends_all_the_same() {
        let dir = tempfile::tempdir().expect("a directory");
        let roots = Roots { dev: dir.path().to_owned(), sys: dir.path().to_owned() };
        let mut plugged = Plugged::of(&roots, &["/tty*".to_owned()]);
        plugged.watch();
        for name in 0..50 {
            std::fs::write(dir.path().join(format!("tty{name}")), "").expect("written");
        }
        plugged.changed(SHORT).await;
        let again = tokio::time::timeout(SHORT * 5, plugged.changed(SHORT)).await;
        assert!(again.is_err(), "all of them were one");
        let stop = std::sync::atomic::AtomicBool::new(false);
        let busy = async {
            for name in 0_u64.. {
                std::fs::write(dir.path().join(format!("more{name}")), "").expect("written");
                tokio::time::sleep(SHORT / 10).await;
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
            }
        };
        tokio::select! {
            () = busy => panic!("it does not end"),
            () = plugged.changed(SHORT) => {}
            () = tokio::time::sleep(PATIENCE) => panic!("it was not looked at"),
        }
    }
}
