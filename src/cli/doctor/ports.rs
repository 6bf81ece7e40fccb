//! The serial ports of the configuration: are they there, may we open them, and who holds them?

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::unistd::{AccessFlags, access};

use super::{Finding, udev};
use crate::config::Modems;
use crate::serial::{Holder, holder_of};

/// What is wrong with the ports, and what is right.
pub fn check(modems: &Modems) -> Vec<Finding> {
    check_on(&Machine { root: Path::new("/"), is_busy: refuses_as_busy }, modems)
}

/// What is looked at; a test builds one of its own.
struct Machine<'a> {
    /// Where the processes, lock files and udev's notes are.
    root: &'a Path,
    /// Whether a port is held for one program alone.
    is_busy: fn(&Path) -> bool,
}

/// A port that somebody has for himself (TIOCEXCL) is not opened for another user, and nothing happens to it by asking.
fn refuses_as_busy(port: &Path) -> bool {
    let flags = (OFlag::O_NOCTTY | OFlag::O_NONBLOCK).bits();
    let opened = fs::OpenOptions::new().read(true).write(true).custom_flags(flags).open(port);
    opened.is_err_and(|error| error.raw_os_error() == Some(Errno::EBUSY as i32))
}

/// As [`check`], on this machine.
fn check_on(machine: &Machine<'_>, modems: &Modems) -> Vec<Finding> {
    match modems {
        Modems::Named(named) => named.iter().map(|modem| port(machine, &modem.port)).collect(),
        Modems::Scan(patterns) => {
            let found: Vec<PathBuf> = patterns.iter().flat_map(|pattern| matching(pattern)).collect();
            if found.is_empty() {
                let fix = "plug a modem in; `dmesg | tail` tells whether the kernel saw it, [modems] scan where we look";
                return vec![Finding::warn("ports", format!("none at {}", patterns.join(", ")), fix)];
            }
            found.iter().map(|path| port(machine, path)).collect()
        }
    }
}

fn port(machine: &Machine<'_>, path: &Path) -> Finding {
    let root = machine.root;
    let what = path.file_name().map_or_else(|| "port".to_owned(), |name| name.to_string_lossy().into_owned());
    let Ok(facts) = fs::metadata(path) else {
        return Finding::bad(&what, format!("{} is not there", path.display()), "plug the modem in, or correct [[modem]] port");
    };
    if !facts.file_type().is_char_device() {
        return Finding::bad(&what, format!("{} is no serial port", path.display()), "correct [[modem]] port");
    }
    if access(path, AccessFlags::R_OK | AccessFlags::W_OK).is_err() {
        return Finding::bad(&what, format!("{} may not be opened", path.display()), "add the user to the group dialout");
    }
    match holder_of(root, path) {
        None if (machine.is_busy)(path) => busy(root, &what, path),
        None if udev::is_open_to_modem_manager(root, path) => {
            let words = format!("{} is there, and ModemManager runs and may take it", path.display());
            Finding::warn(&what, words, MODEM_MANAGER)
        }
        None => Finding::good(&what, format!("{} is there, nobody we can see holds it", path.display())),
        Some(Holder { name, .. }) if name.starts_with("answerback") => {
            Finding::good(&what, format!("{} is held by the daemon", path.display()))
        }
        Some(holder) => {
            let name = if holder.name.is_empty() { "that program" } else { &holder.name };
            let fix = format!("stop {name}, or keep it away from this port (the udev rules do that for ModemManager)");
            Finding::bad(&what, format!("{} is held by {holder}", path.display()), fix)
        }
    }
}

/// Keeps it away from a modem, by a rule or altogether.
const MODEM_MANAGER: &str = "install the udev rules (70-answerback.rules), or for a modem that they do not know a rule with ENV{ID_MM_DEVICE_IGNORE}=\"1\"; \
                             then unplug the modem and plug it in again, or `systemctl disable --now ModemManager` where nobody needs it";

/// Held by a program that this user may not see.
fn busy(root: &Path, what: &str, path: &Path) -> Finding {
    if udev::modem_manager_runs(root) {
        let words = format!("{} is held, by whom this user may not see: probably ModemManager, which runs", path.display());
        return Finding::bad(what, words, MODEM_MANAGER);
    }
    let words = format!("{} is held by a program that this user may not see", path.display());
    Finding::bad(what, words, "`sudo answerback doctor` tells which one; stop it, or keep it away from this port")
}

/// The files that a pattern names; `*` stands in its last part only.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let Some((dir, name)) = pattern.rsplit_once('/') else { return Vec::new() };
    let Some((front, back)) = name.split_once('*') else {
        return Some(PathBuf::from(pattern)).filter(|path| path.exists()).into_iter().collect();
    };
    let entries = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let fits = |name: &str| name.len() >= front.len() + back.len() && name.starts_with(front) && name.ends_with(back);
    let mut found: Vec<PathBuf> = entries.filter(|entry| entry.file_name().to_str().is_some_and(fits)).map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Health;
    use crate::config::ModemPort;

    #[test]
    fn a_missing_port_and_a_file_that_is_no_port_are_told_apart() {
        for (path, words) in [("/dev/no-such-port", "is not there"), ("/etc/passwd", "is no serial port")] {
            let found = check(&Modems::Named(vec![ModemPort { port: path.into(), name: None, baud: None }]));
            assert_eq!(found[0].health, Health::Bad);
            assert!(found[0].words.contains(words), "{}", found[0].words);
        }
    }

    #[test]
    fn who_holds_a_port_is_named() {
        let root = tempfile::tempdir().expect("a directory");
        let make = |file: &str, content: &str| {
            let file = root.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, content).expect("written");
        };
        let modems = Modems::Named(vec![ModemPort { port: "/dev/null".into(), name: None, baud: None }]);
        let machine = Machine { root: root.path(), is_busy: |_| false };
        make("var/lock/LCK..null", "       812\n");
        assert_eq!(check_on(&machine, &modems)[0].health, Health::Good, "left over");
        make("proc/812/comm", "minicom\n");
        let found = check_on(&machine, &modems);
        assert_eq!(found[0].health, Health::Bad);
        assert!(found[0].words.contains("minicom (process 812)"), "{}", found[0].words);
    }

    #[test]
    fn a_port_held_by_somebody_out_of_sight_is_not_well() {
        let root = tempfile::tempdir().expect("a directory");
        let modems = Modems::Named(vec![ModemPort { port: "/dev/null".into(), name: None, baud: None }]);
        let machine = Machine { root: root.path(), is_busy: |_| true };
        let found = check_on(&machine, &modems).remove(0);
        assert!(found.health == Health::Bad && !found.words.contains("ModemManager") && found.fix.contains("sudo"), "{found:?}");
        fs::create_dir_all(root.path().join("proc/77")).expect("made");
        fs::write(root.path().join("proc/77/comm"), "ModemManager\n").expect("written");
        let found = check_on(&machine, &modems).remove(0);
        assert!(found.health == Health::Bad && found.words.contains("probably ModemManager"), "{found:?}");
        assert!(found.fix.contains("70-answerback.rules") && found.fix.contains("ID_MM_DEVICE_IGNORE"), "{found:?}");
    }

    #[test]
    fn a_pattern_names_files() {
        assert_eq!(matching("/dev/nul*"), [PathBuf::from("/dev/null")]);
        assert_eq!(matching("/dev/null"), [PathBuf::from("/dev/null")]);
        assert!(matching("/dev/no-such-*").is_empty());
    }
}
