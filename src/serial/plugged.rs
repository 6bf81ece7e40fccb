//! The kernel's word that a name has come into one of the folders where ports are looked for (inotify). It only wakes: what is
//! there is said by a scan, and the poll goes on beside it, for folders that cannot be watched and kernels that tell nothing.

use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::errno::Errno;
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
    deaf: Deaf,
}

/// Whether it was said that the kernel tells nothing: a limit on its watches concerns all ports, and is said once. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Deaf {
    told: Arc<AtomicBool>,
}

impl Deaf {
    /// From here on the poll alone finds what comes.
    fn tell(&self, place: &str, why: &io::Error) {
        if !self.told.swap(true, Ordering::Relaxed) {
            let advice = match why.raw_os_error().map(Errno::from_raw) {
                Some(Errno::ENOSPC) => "; fs.inotify.max_user_watches says how much it may watch",
                Some(Errno::EMFILE) => "; fs.inotify.max_user_instances and the limit of open files say how much it may watch",
                Some(_) | None => "",
            };
            info!("The kernel does not tell of new ports{place}, they are looked for all the time: {why}{advice}");
        }
    }
}

struct Kernel {
    inotify: Inotify,
    /// What it tells. That something came is enough: nobody reads the words.
    words: pipe::Receiver,
    /// So many more folders are watched before the system refuses.
    #[cfg(test)]
    room: usize,
}

impl Kernel {
    fn new() -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        let words = pipe::Receiver::from_owned_fd_unchecked(inotify.as_fd().try_clone_to_owned()?)?;
        Ok(Self {
            inotify,
            words,
            #[cfg(test)]
            room: usize::MAX,
        })
    }

    /// The same folder again is the same watch.
    fn watch(&self, folder: &Path) -> Result<(), Errno> {
        #[cfg(test)]
        if self.room == 0 {
            return Err(Errno::ENOSPC);
        }
        let flags = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_ONLYDIR;
        self.inotify.add_watch(folder, flags).map(drop)
    }
}

impl Plugged {
    /// The folders of these patterns.
    pub(super) fn of(roots: &Roots, patterns: &[String], deaf: &Deaf) -> Self {
        let paths = patterns.iter().map(|pattern| roots.dev.join(pattern.trim_start_matches('/')));
        Self::below(&roots.dev, paths, deaf)
    }

    /// The folders of these ports, and those that their links lead to.
    pub(super) fn around(ports: &[PathBuf], deaf: &Deaf) -> Self {
        let behind = ports.iter().filter_map(|port| Some(port.parent()?.join(std::fs::read_link(port).ok()?)));
        Self::below(Path::new("/"), ports.iter().cloned().chain(behind), deaf)
    }

    fn below(root: &Path, paths: impl Iterator<Item = PathBuf>, deaf: &Deaf) -> Self {
        let kernel = Kernel::new().inspect_err(|why| deaf.tell("", why)).ok();
        let mut folders: Vec<PathBuf> = paths.filter_map(|path| path.parent().map(Path::to_owned)).collect();
        folders.sort();
        folders.dedup();
        Self { kernel, root: root.to_owned(), folders, deaf: deaf.clone() }
    }

    /// Nothing is told, as by a kernel without inotify.
    #[cfg(test)]
    fn deaf() -> Self {
        Self { kernel: None, root: PathBuf::new(), folders: Vec::new(), deaf: Deaf::default() }
    }

    /// Watches what is there by now; of a folder that is missing, the nearest one above it. Before each scan: what comes behind
    /// this is told.
    pub(super) fn watch(&self) {
        let Some(kernel) = &self.kernel else { return };
        for folder in &self.folders {
            let there = folder.ancestors().take_while(|above| above.starts_with(&self.root)).find(|above| above.is_dir());
            if let Some(there) = there
                && let Err(errno) = kernel.watch(there)
            {
                self.deaf.tell(&format!(" in {}", there.display()), &errno.into());
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

    /// How much the kernel tells.
    enum Tells {
        All,
        Nothing,
        /// It takes no watch.
        NoRoom,
    }

    fn looks(poll: Duration, tells: Tells) -> Site {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir_all(dir.path().join("dev")).expect("made");
        let roots = Roots { dev: dir.path().to_owned(), sys: dir.path().to_owned() };
        let patterns = vec!["/dev/serial/by-id/*".to_owned(), "/dev/ttyUSB*".to_owned()];
        let mut plugged = if matches!(tells, Tells::Nothing) { Plugged::deaf() } else { Plugged::of(&roots, &patterns, &Deaf::default()) };
        if let (Tells::NoRoom, Some(kernel)) = (tells, &mut plugged.kernel) {
            kernel.room = 0;
        }
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
        let mut looks = looks(LONG, Tells::All);
        tokio::time::sleep(SHORT).await;
        looks.plugs("dev/ttyUSB0");
        looks.finds("dev/ttyUSB0").await;
    }

    #[tokio::test]
    async fn a_folder_that_comes_with_its_first_stick_is_watched() {
        let mut looks = looks(LONG, Tells::All);
        tokio::time::sleep(SHORT).await;
        looks.plugs("dev/serial/by-id/usb-modem");
        looks.finds("dev/serial/by-id/usb-modem").await;
    }

    #[tokio::test]
    async fn where_the_kernel_tells_nothing_the_poll_finds_it() {
        for tells in [Tells::Nothing, Tells::NoRoom] {
            let mut looks = looks(SHORT, tells);
            tokio::time::sleep(SHORT).await;
            looks.plugs("dev/ttyUSB0");
            looks.finds("dev/ttyUSB0").await;
        }
    }

    /// What is written to the log while this happens.
    fn logged(happens: impl FnOnce()) -> String {
        #[derive(Clone, Default)]
        struct Log(Arc<std::sync::Mutex<Vec<u8>>>);
        impl io::Write for Log {
            fn write(&mut self, words: &[u8]) -> io::Result<usize> {
                self.0.lock().expect("one thread").extend(words);
                Ok(words.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let log = Log::default();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(lines, happens);
        String::from_utf8(log.0.lock().expect("one thread").clone()).expect("words")
    }

    #[tokio::test]
    async fn a_limit_on_watches_is_said_once_for_all_ports() {
        let deaf = Deaf::default();
        let said = logged(|| {
            for port in ["/dev/ttyUSB0", "/dev/ttyUSB1"] {
                let mut plugged = Plugged::around(&[PathBuf::from(port)], &deaf);
                plugged.kernel.as_mut().expect("this kernel tells").room = 0;
                plugged.watch();
                plugged.watch();
            }
        });
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains("/dev") && said.contains("max_user_watches"), "{said}");
        let deaf = Deaf::default();
        let said = logged(|| {
            deaf.tell("", &Errno::EMFILE.into());
            deaf.tell("", &Errno::EMFILE.into());
        });
        assert!(said.lines().count() == 1 && said.contains("max_user_instances"), "{said}");
    }

    /// A port that is named by a link, below a folder that is not there: both ends are watched.
    #[tokio::test]
    async fn a_named_port_is_told_of_at_either_end_of_its_link() {
        let dir = tempfile::tempdir().expect("a directory");
        let (link, tty) = (dir.path().join("north"), dir.path().join("dev/ttyUSB0"));
        std::fs::create_dir(dir.path().join("dev")).expect("made");
        symlink("dev/ttyUSB0", &link).expect("linked");
        for name in [tty, dir.path().join("by-id")] {
            let plugged = Plugged::around(&[link.clone(), dir.path().join("by-id/modem")], &Deaf::default());
            plugged.watch();
            std::fs::write(&name, "").expect("written");
            assert_eq!(tokio::time::timeout(PATIENCE, plugged.changed(SHORT)).await, Ok(()), "{}", name.display());
        }
    }

    #[tokio::test]
    async fn a_burst_wakes_once_and_one_that_never_ends_all_the_same() {
        let dir = tempfile::tempdir().expect("a directory");
        let roots = Roots { dev: dir.path().to_owned(), sys: dir.path().to_owned() };
        let plugged = Plugged::of(&roots, &["/tty*".to_owned()], &Deaf::default());
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
