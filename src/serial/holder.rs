//! Who has a port open, from /proc, as far as this user may look.

use std::fmt;
use std::fs;
use std::path::Path;

/// A process that has a file open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", self.name, self.pid)
    }
}

/// The first process under `proc` that has `path` open, other than this one; `None` also when nobody may be looked at.
pub fn of(proc: &Path, path: &Path) -> Option<Holder> {
    let target = fs::canonicalize(path).ok()?;
    let own = std::process::id();
    let processes = fs::read_dir(proc).ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = processes.filter(|pid| *pid != own).find(|pid| has_open(&proc.join(pid.to_string()).join("fd"), &target))?;
    let name = fs::read_to_string(proc.join(pid.to_string()).join("comm")).unwrap_or_default();
    Some(Holder { pid, name: name.trim().to_owned() })
}

fn has_open(descriptors: &Path, target: &Path) -> bool {
    let Ok(list) = fs::read_dir(descriptors) else { return false };
    list.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|link| link == target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_holder_is_found_by_its_descriptors() {
        let root = tempfile::tempdir().expect("a directory");
        let port = root.path().join("ttyUSB0");
        fs::write(&port, "").expect("written");
        let port = fs::canonicalize(&port).expect("its true path");
        for (pid, name, file) in [("41", "getty\n", Path::new("/dev/null")), ("812", "ModemManager\n", port.as_path())] {
            let fds = root.path().join("proc").join(pid).join("fd");
            fs::create_dir_all(&fds).expect("made");
            symlink(file, fds.join("7")).expect("linked");
            fs::write(fds.with_file_name("comm"), name).expect("written");
        }
        let found = of(&root.path().join("proc"), &port);
        assert_eq!(found, Some(Holder { pid: 812, name: "ModemManager".to_owned() }));
        assert_eq!(of(&root.path().join("proc"), Path::new("/dev/zero")), None);
    }
}
