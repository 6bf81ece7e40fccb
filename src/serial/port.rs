//! A serial port: opened raw and for us alone, read and written with every failure told in words that say what to do.
//!
//! It knows ttys and no AT command. Ecosystem notes: an unplugged port reads 0 for ever, a stuck one takes 20 KiB and then
//! nothing, a pty has no modem lines (ENOTTY), and closing must not drop DTR (HUPCL).

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag};
use nix::sys::termios::{
    ControlFlags, FlushArg, InputFlags, LocalFlags, OutputFlags, SetArg, SpecialCharacterIndices, Termios, tcflush, tcgetattr, tcsetattr,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_serial::{SerialPort, SerialPortBuilderExt, SerialStream};

use super::holder::{self, Holder};

/// An open port.
#[derive(Debug)]
pub struct Port {
    stream: SerialStream,
    /// The same tty once more, for what needs a plain descriptor.
    tty: File,
    path: PathBuf,
}

/// Why a port cannot be used, in words for a technician.
#[derive(Debug)]
pub enum PortError {
    /// The path does not exist.
    Missing {
        /// The port.
        path: PathBuf,
    },
    /// The system does not let this user.
    Permission {
        /// The port.
        path: PathBuf,
    },
    /// Another program has it.
    Held {
        /// The port.
        path: PathBuf,
        /// Who, where the system tells.
        by: Option<Holder>,
    },
    /// It is no serial port.
    NotATty {
        /// The port.
        path: PathBuf,
    },
    /// It went away while it was open.
    Gone {
        /// The port.
        path: PathBuf,
    },
    /// It takes no more octets.
    Stuck {
        /// The port.
        path: PathBuf,
        /// How long it was tried.
        after: Duration,
    },
    /// Anything else the system said.
    System {
        /// The port.
        path: PathBuf,
        /// What.
        cause: io::Error,
    },
}

impl Port {
    /// Opens a tty raw, 8N1, locked, with DTR and RTS raised. What stood in its buffers stays: boot lines are wanted.
    pub fn open(path: &Path, baud: u32) -> Result<Self, PortError> {
        Self::open_on(Path::new("/"), path, baud)
    }

    /// As [`open`](Self::open), on the machine below this root.
    fn open_on(root: &Path, path: &Path, baud: u32) -> Result<Self, PortError> {
        // Before it is opened: opening alone moves DTR, and whoever has only a lock file would lose what comes.
        if let Some(holder) = holder::by_lock_file(root, path).filter(|_| path.exists()) {
            return Err(PortError::Held { path: path.to_owned(), by: Some(holder) });
        }
        let tty = plain_open(path)?;
        if tcgetattr(&tty).is_err() {
            return Err(PortError::NotATty { path: path.to_owned() });
        }
        refuse_locked(&tty, path)?;
        let name = path.to_string_lossy();
        let builder = tokio_serial::new(name, baud).exclusive(true).dtr_on_open(true);
        let mut stream = builder.open_native_async().map_err(|error| not_opened(path, error))?;
        let mut termios = tcgetattr(&tty).map_err(|errno| system(path, errno))?;
        raw(&mut termios);
        tcsetattr(&tty, SetArg::TCSANOW, &termios).map_err(|errno| system(path, errno))?;
        // A pty has no such lines and says ENOTTY; a port that refuses them may work all the same.
        let _no_line = stream.write_data_terminal_ready(true);
        let _no_line = stream.write_request_to_send(true);
        Ok(Self { stream, tty, path: path.to_owned() })
    }

    /// Reads what is there, at least one octet.
    pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, PortError> {
        match self.stream.read(buffer).await {
            // 0 is a hang-up, and it would be said for ever.
            Ok(0) => Err(PortError::Gone { path: self.path.clone() }),
            Ok(count) => Ok(count),
            Err(cause) => Err(self.failed(cause)),
        }
    }

    /// Writes all octets within the time.
    pub async fn write(&mut self, octets: &[u8], within: Duration) -> Result<(), PortError> {
        match tokio::time::timeout(within, self.stream.write_all(octets)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(self.failed(cause)),
            Err(_elapsed) => Err(PortError::Stuck { path: self.path.clone(), after: within }),
        }
    }

    fn failed(&self, cause: io::Error) -> PortError {
        match cause.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EIO | Errno::ENODEV | Errno::ENXIO | Errno::EPIPE) => PortError::Gone { path: self.path.clone() },
            Some(_) | None => PortError::System { path: self.path.clone(), cause },
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        // Closing a USB port waits up to 30 s for octets nobody takes; a port that is gone has nothing to flush.
        let _gone = tcflush(&self.tty, FlushArg::TCOFLUSH);
    }
}

/// Opens without waiting for carrier and without becoming the controlling terminal.
fn plain_open(path: &Path) -> Result<File, PortError> {
    let flags = (OFlag::O_NOCTTY | OFlag::O_NONBLOCK).bits();
    let opened = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path);
    let tty = opened.map_err(|cause| match cause.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOENT) => PortError::Missing { path: path.to_owned() },
        Some(Errno::EACCES | Errno::EPERM) => PortError::Permission { path: path.to_owned() },
        Some(Errno::EBUSY) => held(path),
        // The node is there and the device behind it is not.
        Some(Errno::ENXIO | Errno::ENODEV) => PortError::Missing { path: path.to_owned() },
        Some(Errno::EISDIR) => PortError::NotATty { path: path.to_owned() },
        Some(_) | None => PortError::System { path: path.to_owned(), cause },
    })?;
    let is_device = tty.metadata().is_ok_and(|meta| meta.file_type().is_char_device());
    if is_device { Ok(tty) } else { Err(PortError::NotATty { path: path.to_owned() }) }
}

/// Looks at the lock before `TIOCEXCL` is touched: taking and giving that back would undo the holder's own.
fn refuse_locked(tty: &File, path: &Path) -> Result<(), PortError> {
    let ours = tty.try_clone().map_err(|cause| PortError::System { path: path.to_owned(), cause })?;
    match Flock::lock(ours, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => lock.unlock().map(drop).map_err(|(_, errno)| system(path, errno)),
        Err((_, Errno::EWOULDBLOCK)) => Err(held(path)),
        Err((_, errno)) => Err(system(path, errno)),
    }
}

fn held(path: &Path) -> PortError {
    PortError::Held { path: path.to_owned(), by: holder::of(Path::new("/"), path) }
}

fn system(path: &Path, errno: Errno) -> PortError {
    PortError::System { path: path.to_owned(), cause: io::Error::from_raw_os_error(errno as i32) }
}

/// The library says "no device" for everything it could not open; the plain open above has already told the causes apart.
fn not_opened(path: &Path, error: tokio_serial::Error) -> PortError {
    match error.kind() {
        tokio_serial::ErrorKind::NoDevice => held(path),
        tokio_serial::ErrorKind::Io(io::ErrorKind::WouldBlock | io::ErrorKind::ResourceBusy) => held(path),
        _ => PortError::System { path: path.to_owned(), cause: io::Error::other(error.to_string()) },
    }
}

/// Raw mode: 8N1, no echo, no lines, no translation, no flow control; modem lines ignored, and DTR kept when the port is
/// closed. The speed stays.
pub fn raw(termios: &mut Termios) {
    termios.input_flags = InputFlags::empty();
    termios.output_flags.remove(OutputFlags::OPOST);
    termios
        .local_flags
        .remove(LocalFlags::ECHO | LocalFlags::ECHOE | LocalFlags::ECHONL | LocalFlags::ICANON | LocalFlags::ISIG | LocalFlags::IEXTEN);
    termios
        .control_flags
        .remove(ControlFlags::CSIZE | ControlFlags::PARENB | ControlFlags::CSTOPB | ControlFlags::CRTSCTS | ControlFlags::HUPCL);
    termios.control_flags.insert(ControlFlags::CS8 | ControlFlags::CREAD | ControlFlags::CLOCAL);
    termios.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
    termios.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
}

impl PortError {
    /// A stable code for the modem's row.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "port_missing",
            Self::Permission { .. } => "port_permission",
            Self::Held { .. } => "port_held",
            Self::NotATty { .. } => "port_not_a_tty",
            Self::Gone { .. } => "lost",
            Self::Stuck { .. } => "port_stuck",
            Self::System { .. } => "port_error",
        }
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => {
                write!(f, "{} is not there yet; it is opened as soon as it appears. Is the modem plugged in and powered?", path.display())
            }
            Self::Permission { path } => {
                write!(f, "{}: this user may not open it; add the user to the group dialout and start again", path.display())
            }
            Self::Held { path, by } => {
                write!(f, "{} is held by another program", path.display())?;
                match by {
                    Some(holder) => write!(f, ": {holder}")?,
                    None => f.write_str(", probably ModemManager")?,
                }
                f.write_str("; stop it, or install udev/70-answerback.rules, which keeps ModemManager away from modem ports")
            }
            Self::NotATty { path } => {
                write!(f, "{} is not a serial port; name the tty of a modem, for example /dev/ttyUSB2", path.display())
            }
            Self::Gone { path } => {
                write!(f, "{} went away (unplugged, or the modem restarted); it is opened again when it is back", path.display())
            }
            Self::Stuck { path, after } => {
                write!(f, "{} took nothing for {} s: the modem hangs; it is opened anew", path.display(), after.as_secs())
            }
            Self::System { path, cause } => write!(f, "{}: {cause}", path.display()),
        }
    }
}

impl std::error::Error for PortError {}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::pty::openpty;

    #[test]
    fn raw_mode_changes_nothing_on_its_way_and_keeps_dtr_at_close() {
        let pty = openpty(None, None).expect("a pty");
        let mut termios = tcgetattr(&pty.slave).expect("its settings");
        termios.control_flags.insert(ControlFlags::HUPCL | ControlFlags::PARENB | ControlFlags::CSTOPB | ControlFlags::CRTSCTS);
        termios.control_flags.remove(ControlFlags::CLOCAL | ControlFlags::CREAD);
        termios.input_flags.insert(InputFlags::ICRNL | InputFlags::IXON | InputFlags::ISTRIP);
        let speed = nix::sys::termios::cfgetospeed(&termios);
        raw(&mut termios);
        assert_eq!(termios.input_flags, InputFlags::empty());
        assert!(!termios.output_flags.contains(OutputFlags::OPOST));
        assert!(!termios.local_flags.intersects(LocalFlags::ECHO | LocalFlags::ICANON | LocalFlags::ISIG | LocalFlags::IEXTEN));
        let off = ControlFlags::HUPCL | ControlFlags::PARENB | ControlFlags::CSTOPB | ControlFlags::CRTSCTS;
        assert!(!termios.control_flags.intersects(off));
        assert!(termios.control_flags.contains(ControlFlags::CS8 | ControlFlags::CREAD | ControlFlags::CLOCAL));
        assert_eq!(nix::sys::termios::cfgetospeed(&termios), speed);
    }

    #[test]
    fn an_error_says_what_to_do() {
        let path = PathBuf::from("/dev/ttyUSB2");
        let by = Some(Holder { pid: 812, name: "ModemManager".to_owned() });
        let cases = [
            (PortError::Missing { path: path.clone() }, "is not there yet"),
            (PortError::Permission { path: path.clone() }, "group dialout"),
            (PortError::Held { path: path.clone(), by: None }, "probably ModemManager; stop it, or install udev/70-answerback.rules"),
            (PortError::Held { path: path.clone(), by }, "held by another program: ModemManager (process 812)"),
            (PortError::NotATty { path: path.clone() }, "is not a serial port"),
            (PortError::Gone { path: path.clone() }, "went away"),
            (PortError::Stuck { path, after: Duration::from_secs(5) }, "took nothing for 5 s"),
        ];
        for (error, words) in cases {
            let shown = error.to_string();
            assert!(shown.starts_with("/dev/ttyUSB2") && shown.contains(words), "{shown}");
        }
    }

    fn refused(path: &Path) -> &'static str {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _inside = runtime.enter();
        Port::open(path, 115_200).err().map_or("opened", |error| error.code())
    }

    #[test]
    fn what_is_no_port_is_told_apart() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("file");
        std::fs::write(&file, "no tty").expect("written");
        for (path, code) in [
            (Path::new("/dev/no-such-port"), "port_missing"),
            (file.as_path(), "port_not_a_tty"),
            (Path::new("/dev/null"), "port_not_a_tty"),
            (dir.path(), "port_not_a_tty"),
        ] {
            assert_eq!(refused(path), code, "{}", path.display());
        }
    }

    #[tokio::test]
    async fn a_port_is_held_by_one_and_gone_when_its_other_end_closes() {
        let pty = openpty(None, None).expect("a pty");
        let path = nix::unistd::ttyname(&pty.slave).expect("its name");
        let mut port = Port::open(&path, 115_200).expect("opens");
        let error = Port::open(&path, 115_200).expect_err("held by ourselves");
        assert_eq!(error.code(), "port_held");
        nix::unistd::write(&pty.master, b"OK\r\n").expect("written");
        let mut buffer = [0; 16];
        let count = port.read(&mut buffer).await.expect("reads");
        assert_eq!(&buffer[..count], b"OK\r\n");
        drop(pty);
        assert_eq!(port.read(&mut buffer).await.expect_err("hung up").code(), "lost");
    }

    #[tokio::test]
    async fn a_port_with_a_lock_file_of_a_program_that_lives_is_not_opened() {
        let pty = openpty(None, None).expect("a pty");
        let path = nix::unistd::ttyname(&pty.slave).expect("its name");
        let root = tempfile::tempdir().expect("a directory");
        let file = format!("LCK..{}", path.file_name().expect("a name").to_string_lossy());
        std::fs::create_dir_all(root.path().join("run/lock")).expect("made");
        std::fs::write(root.path().join("run/lock").join(file), "       812\n").expect("written");
        drop(Port::open_on(root.path(), &path, 115_200).expect("process 812 is no more"));
        std::fs::create_dir_all(root.path().join("proc/812")).expect("made");
        std::fs::write(root.path().join("proc/812/comm"), "minicom\n").expect("written");
        let error = Port::open_on(root.path(), &path, 115_200).expect_err("minicom has it");
        assert_eq!(error.code(), "port_held");
        assert!(error.to_string().contains("minicom (process 812)"), "{error}");
    }

    #[tokio::test]
    async fn a_port_that_takes_nothing_is_stuck() {
        let pty = openpty(None, None).expect("a pty");
        let path = nix::unistd::ttyname(&pty.slave).expect("its name");
        let mut port = Port::open(&path, 115_200).expect("opens");
        let error = port.write(&vec![b'x'; 256 * 1024], Duration::from_millis(50)).await.expect_err("nobody reads");
        assert_eq!(error.code(), "port_stuck");
    }
}
