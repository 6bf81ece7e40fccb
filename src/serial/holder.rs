//! Who holds a port: whoever has it open or locked (/proc), or says so with a lock file, as far as this user may look. The root is an
//! argument, so that a test can build a machine of its own; on a real one it is `/`.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// A process that holds a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its name; empty where this user may not know it.
    pub name: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() { write!(f, "process {}", self.pid) } else { write!(f, "{} (process {})", self.name, self.pid) }
    }
}

/// Where programs put their lock files, LCK..ttyUSB0 (FHS 3.0, section 5.9).
const LOCK_FOLDERS: [&str; 4] = ["run/lock", "var/lock", "run/lock/lockdev", "var/lock/lockdev"];

/// The first process, other than this one, that holds `path`; `None` also when nobody may be looked at.
pub fn of(root: &Path, path: &Path) -> Option<Holder> {
    by_descriptor(root, path).or_else(|| by_lock_file(root, path)).or_else(|| by_kernel_lock(root, path))
}

/// Who says by a lock file that the port is in use, and lives: some programs lock a port in no other way.
pub fn by_lock_file(root: &Path, path: &Path) -> Option<Holder> {
    let true_path = fs::canonicalize(path).ok();
    let names: Vec<_> = [Some(path), true_path.as_deref()].into_iter().flatten().filter_map(Path::file_name).collect();
    let files = LOCK_FOLDERS
        .iter()
        .flat_map(|folder| names.iter().map(move |name| root.join(folder).join(format!("LCK..{}", name.to_string_lossy()))));
    files.filter_map(|file| owner(&file)).find_map(|pid| process(root, pid))
}

/// The process number in a lock file: in words as a rule, in four octets of old programs.
fn owner(file: &Path) -> Option<u32> {
    let content = fs::read(file).ok()?;
    let in_words = std::str::from_utf8(&content).ok().and_then(|text| text.split_whitespace().next()?.parse().ok());
    in_words.or_else(|| Some(u32::from_ne_bytes(content.try_into().ok()?)))
}

fn by_descriptor(root: &Path, path: &Path) -> Option<Holder> {
    let (proc, target) = (root.join("proc"), fs::canonicalize(path).ok()?);
    let processes = fs::read_dir(&proc).ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    processes.filter(|pid| has_open(&proc.join(pid.to_string()).join("fd"), &target)).find_map(|pid| process(root, pid))
}

fn has_open(descriptors: &Path, target: &Path) -> bool {
    let Ok(list) = fs::read_dir(descriptors) else { return false };
    list.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|link| link == target))
}

/// `1: FLOCK  ADVISORY  WRITE 812 00:06:1234 0 EOF`: everybody may read this, also of processes whose descriptors are hidden.
fn by_kernel_lock(root: &Path, path: &Path) -> Option<Holder> {
    let facts = fs::metadata(path).ok()?;
    let file = format!("{:02x}:{:02x}:{}", major(facts.dev()), minor(facts.dev()), facts.ino());
    let locks = fs::read_to_string(root.join("proc/locks")).ok()?;
    let mut holders = locks.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = words.iter().position(|word| *word == file)?;
        words.get(place.checked_sub(1)?)?.parse().ok()
    });
    holders.find_map(|pid| process(root, pid))
}

/// A process that lives and is not this one.
fn process(root: &Path, pid: u32) -> Option<Holder> {
    let folder: PathBuf = root.join("proc").join(pid.to_string());
    if pid == std::process::id() || !(folder.exists() || root == Path::new("/") && is_hidden(pid)) {
        return None;
    }
    let name = fs::read_to_string(folder.join("comm")).unwrap_or_default();
    Some(Holder { pid, name: name.trim().to_owned() })
}

/// A daemon that sees no processes but its own (ProtectProc=invisible) is told by the kernel all the same that a number is in use.
fn is_hidden(pid: u32) -> bool {
    let number = i32::try_from(pid).ok().filter(|number| *number > 0);
    number.is_some_and(|number| kill(Pid::from_raw(number), None) == Err(Errno::EPERM))
}

/// As the kernel packs device numbers.
const fn major(dev: u64) -> u64 {
    ((dev >> 8) & 0xfff) | ((dev >> 32) & 0xffff_f000)
}

const fn minor(dev: u64) -> u64 {
    (dev & 0xff) | ((dev >> 12) & 0xffff_ff00)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A machine of files with two processes, and a port.
    fn machine() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().expect("a directory");
        let port = root.path().join("ttyUSB0");
        fs::write(&port, "").expect("written");
        for (pid, name) in [("41", "getty\n"), ("812", "ModemManager\n")] {
            let fds = root.path().join("proc").join(pid).join("fd");
            fs::create_dir_all(&fds).expect("made");
            symlink("/dev/null", fds.join("0")).expect("linked");
            fs::write(fds.with_file_name("comm"), name).expect("written");
        }
        let port = fs::canonicalize(&port).expect("its true path");
        (root, port)
    }

    fn locks(root: &Path, folder: &str, name: &str, content: &[u8]) {
        fs::create_dir_all(root.join(folder)).expect("made");
        fs::write(root.join(folder).join(name), content).expect("written");
    }

    fn manager() -> Holder {
        Holder { pid: 812, name: "ModemManager".to_owned() }
    }

    #[test]
    fn the_holder_is_found_by_its_descriptors() {
        let (root, port) = machine();
        assert_eq!(of(root.path(), &port), None);
        symlink(&port, root.path().join("proc/812/fd/7")).expect("linked");
        assert_eq!(of(root.path(), &port), Some(manager()));
        assert_eq!(of(root.path(), Path::new("/dev/zero")), None);
    }

    #[test]
    fn the_holder_is_found_by_its_lock_file() {
        for (folder, name, content, found) in [
            ("var/lock", "LCK..ttyUSB0", &b"       812\n"[..], true),
            ("run/lock", "LCK..ttyUSB0", b"812 minicom root\n", true),
            ("run/lock/lockdev", "LCK..ttyUSB0", &812_u32.to_ne_bytes(), true),
            ("run/lock", "LCK..north", b"812", true),
            ("run/lock", "LCK..ttyUSB1", b"812", false),
            // Left over by a program that died, or by nobody.
            ("run/lock", "LCK..ttyUSB0", b"4711\n", false),
            ("run/lock", "LCK..ttyUSB0", b"", false),
            ("run/lock", "LCK..ttyUSB0", b"gone", false),
        ] {
            let (root, port) = machine();
            let link = root.path().join("north");
            symlink(&port, &link).expect("linked");
            locks(root.path(), folder, name, content);
            let want = found.then(manager);
            assert_eq!((by_lock_file(root.path(), &link), of(root.path(), &link)), (want.clone(), want), "{folder}/{name} {content:?}");
        }
    }

    #[test]
    fn the_holder_is_found_by_its_lock_in_the_kernel() {
        let (root, port) = machine();
        let facts = fs::metadata(&port).expect("its facts");
        let line =
            |inode: u64| format!("1: FLOCK  ADVISORY  WRITE 812 {:02x}:{:02x}:{inode} 0 EOF\n", major(facts.dev()), minor(facts.dev()));
        fs::write(root.path().join("proc/locks"), line(facts.ino() + 1)).expect("written");
        assert_eq!(of(root.path(), &port), None, "another file");
        fs::write(root.path().join("proc/locks"), line(facts.ino() + 1) + &line(facts.ino())).expect("written");
        assert_eq!(of(root.path(), &port), Some(manager()));
        fs::remove_file(root.path().join("proc/812/comm")).expect("hidden");
        assert_eq!(of(root.path(), &port).expect("a process").to_string(), "process 812");
    }
}
