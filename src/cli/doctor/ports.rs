//! The serial ports of the configuration: are they there, may we open them, and who holds them?

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::Finding;
use crate::config::Modems;
use crate::serial::{Holder, holder_of};

/// What is wrong with the ports, and what is right.
pub fn check(modems: &Modems) -> Vec<Finding> {
    check_on(Path::new("/"), modems)
}

/// As [`check`], with the processes and lock files below this root.
fn check_on(root: &Path, modems: &Modems) -> Vec<Finding> {
    match modems {
        Modems::Named(named) => named.iter().map(|modem| port(root, &modem.port)).collect(),
        Modems::Scan(patterns) => {
            let found: Vec<PathBuf> = patterns.iter().flat_map(|pattern| matching(pattern)).collect();
            if found.is_empty() {
                let fix = "plug a modem in; `dmesg | tail` tells whether the kernel saw it, [modems] scan where we look";
                return vec![Finding::warn("ports", format!("none at {}", patterns.join(", ")), fix)];
            }
            found.iter().map(|path| port(root, path)).collect()
        }
    }
}

fn port(root: &Path, path: &Path) -> Finding {
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
            let found = check(&Modems::Named(vec![ModemPort { port: path.into(), name: None, baud: 115_200 }]));
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
        let modems = Modems::Named(vec![ModemPort { port: "/dev/null".into(), name: None, baud: 115_200 }]);
        make("var/lock/LCK..null", "       812\n");
        assert_eq!(check_on(root.path(), &modems)[0].health, Health::Good, "left over");
        make("proc/812/comm", "minicom\n");
        let found = check_on(root.path(), &modems);
        assert_eq!(found[0].health, Health::Bad);
        assert!(found[0].words.contains("minicom (process 812)"), "{}", found[0].words);
    }

    #[test]
    fn a_pattern_names_files() {
        assert_eq!(matching("/dev/nul*"), [PathBuf::from("/dev/null")]);
        assert_eq!(matching("/dev/null"), [PathBuf::from("/dev/null")]);
        assert!(matching("/dev/no-such-*").is_empty());
    }
}
