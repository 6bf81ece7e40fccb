//! One pseudo-terminal: raw slave, asynchronous master, a symbolic link with a stable name.
//!
//! The slave stays open on our side as well, so that the master never sees a hang-up while nobody has the port open: what a
//! modem prints then waits in the line, as it does on a USB stick.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::stat::{Mode, fstat, major, minor};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{read, write};
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

/// A plugged modem's port.
#[derive(Debug)]
pub(super) struct Pty {
    link: PathBuf,
    device: PathBuf,
    line: OwnedFd,
    to_terminal: mpsc::UnboundedSender<Vec<u8>>,
    task: tokio::task::JoinHandle<()>,
}

/// Octets a terminal wrote, with the modem and the number of its plugging.
pub(super) type FromTerminal = (usize, u64, Vec<u8>);

/// What a terminal may leave unread before the modem's words are lost, as in a tty buffer.
const UNREAD_MAX: usize = 256 * 1024;

impl Pty {
    /// Opens a pty, links it at `link` and carries octets until it is dropped.
    pub(super) fn open(link: &Path, modem: usize, plugging: u64, from_terminal: mpsc::Sender<FromTerminal>) -> io::Result<Self> {
        let (master, slave, device) = pair()?;
        let mut termios = tcgetattr(&slave)?;
        cfmakeraw(&mut termios);
        tcsetattr(&slave, SetArg::TCSANOW, &termios)?;
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let master = watched(master)?;
        relink(&device, link)?;
        let line = slave.try_clone()?;
        let (to_terminal, words) = mpsc::unbounded_channel();
        let task = tokio::spawn(carry(master, slave, words, (modem, plugging), from_terminal));
        Ok(Self { link: link.to_owned(), device, line, to_terminal, task })
    }

    /// Prints octets.
    pub(super) fn print(&self, bytes: Vec<u8>) {
        // The task ends only when this is dropped or the pty failed; then there is nobody to read.
        let _ended = self.to_terminal.send(bytes);
    }

    /// At which speed the terminal speaks now.
    pub(super) fn speed(&self) -> Option<u32> {
        rustix::termios::tcgetattr(&self.line).ok().map(|termios| termios.output_speed())
    }

    pub(super) fn device(&self) -> &Path {
        &self.device
    }

    pub(super) fn link(&self) -> &Path {
        &self.link
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.task.abort();
        // The link is ours; when somebody removed it already there is nothing left to do.
        let _gone = std::fs::remove_file(&self.link);
    }
}

/// Both ends and the slave's device. No process started from here inherits them: it would hold an unplugged port open.
fn pair() -> io::Result<(OwnedFd, OwnedFd, PathBuf)> {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let device = PathBuf::from(ptsname_r(&master)?);
    let slave = open(&device, OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC, Mode::empty())?;
    Ok((master.into(), slave, device))
}

#[expect(unsafe_code, reason = "tokio asks for a promise that the descriptor stays open while it is watched; an OwnedFd does")]
fn watched(master: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the `AsyncFd` owns the `OwnedFd`, which closes its descriptor only when it is dropped, after deregistration.
    Ok(unsafe { AsyncFd::register(master) }?)
}

fn relink(device: &Path, link: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(link) {
        Ok(meta) if meta.is_symlink() => std::fs::remove_file(link)?,
        Ok(_) => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there and is not a link of ours", link.display())));
        }
        Err(_) => {}
    }
    symlink(device, link)
}

/// How often a port is freed that a killed program left locked.
const FREE_EVERY: Duration = Duration::from_millis(250);

/// Carries octets both ways.
async fn carry(
    master: AsyncFd<OwnedFd>,
    slave: OwnedFd,
    mut words: mpsc::UnboundedReceiver<Vec<u8>>,
    (modem, plugging): (usize, u64),
    from_terminal: mpsc::Sender<FromTerminal>,
) {
    let mut unwritten: Vec<u8> = Vec::new();
    let mut buffer = [0; 4_096];
    let mut free = tokio::time::interval(FREE_EVERY);
    loop {
        tokio::select! {
            _tick = free.tick() => free_if_left(&slave),
            more = words.recv() => match more {
                Some(bytes) if unwritten.len() + bytes.len() <= UNREAD_MAX => unwritten.extend(bytes),
                Some(_) => {}
                None => return,
            },
            ready = master.readable() => {
                let Ok(mut guard) = ready else { return };
                match guard.try_io(|fd| Ok(read(fd.as_fd(), &mut buffer)?)) {
                    Ok(Ok(0)) => return,
                    Ok(Ok(count)) => {
                        if from_terminal.send((modem, plugging, buffer[..count].to_vec())).await.is_err() {
                            return;
                        }
                    }
                    Ok(Err(_)) => return,
                    Err(_would_block) => {}
                }
            }
            ready = master.writable(), if !unwritten.is_empty() => {
                let Ok(mut guard) = ready else { return };
                match guard.try_io(|fd| Ok(write(fd.as_fd(), &unwritten)?)) {
                    Ok(Ok(count)) => drop(unwritten.drain(..count)),
                    Ok(Err(_)) => return,
                    Err(_would_block) => {}
                }
            }
        }
    }
}

/// A tty forgets TIOCEXCL when its last user goes; here the last user is always the rig, so that it forgets for the program
/// that was killed. Programs that hold the port also hold a lock on it, which the system takes back by itself.
fn free_if_left(slave: &OwnedFd) {
    let Ok(stat) = fstat(slave) else { return };
    let place = format!("{:02x}:{:02x}:{}", major(stat.st_dev), minor(stat.st_dev), stat.st_ino);
    let locked = std::fs::read_to_string("/proc/locks").is_ok_and(|locks| locks.split_whitespace().any(|word| word == place));
    if !locked {
        // A slave that is gone needs no freeing.
        let _gone = rustix::termios::ioctl_tiocnxcl(slave);
    }
}
