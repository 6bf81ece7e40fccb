//! A stranger's process: found, started in a group of its own, watched, ended by its id.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::Command;

use crate::guard::Guarded;

/// A running program. Dropped, it and what it started are killed.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    guarded: Guarded,
    said: PathBuf,
}

/// gammu-smsd and Kannel tidy up when they are asked to end.
const END_WITHIN: Duration = Duration::from_secs(5);

impl Process {
    /// Starts an installed program; what it prints goes into `<name>.out` of the folder.
    pub(super) fn start(name: &str, folder: &Path, arguments: &[&str]) -> Result<Self, String> {
        let said = folder.join(format!("{name}.out"));
        let cannot = |error: std::io::Error| format!("{name} does not start: {error}");
        let out = File::create(&said).map_err(cannot)?;
        let copy = out.try_clone().map_err(cannot)?;
        let child = command(name, folder)?.args(arguments).stdout(out).stderr(copy).process_group(0).spawn().map_err(cannot)?;
        Ok(Self { name: name.to_owned(), guarded: Guarded::with_group(child).map_err(cannot)?, said })
    }

    /// Whether it still runs; if not, how it ended and what it said last.
    pub(super) fn alive(&mut self) -> Result<(), String> {
        match self.guarded.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(format!("{} ended ({status}): {}", self.name, last_lines(&self.said))),
            Err(error) => Err(format!("{} cannot be watched: {error}", self.name)),
        }
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn end(&mut self) {
        self.signal(Signal::SIGTERM);
        // One that does not end is killed when dropped.
        let _late = tokio::time::timeout(END_WITHIN, self.guarded.child.wait()).await;
    }

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.guarded.child.id().and_then(|id| i32::try_from(id).ok()) {
            // A group that is gone already needs no signal.
            let _gone = killpg(Pid::from_raw(id), signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}

/// A command for an installed program: no input, texts in UTF-8, no configuration of the person who runs the test.
pub(super) fn command(name: &str, folder: &Path) -> Result<Command, String> {
    let mut command = Command::new(installed(name)?);
    command.current_dir(folder).env("HOME", folder).env("LC_ALL", "C.UTF-8").env_remove("LANGUAGE").stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

/// Where a program is: in PATH, or where Debian keeps daemons.
fn installed(name: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(PathBuf::from));
    let mut found = places.map(|place| place.join(name)).filter(|file| file.is_file());
    found.next().ok_or_else(|| format!("{name} is not installed: run scripts/setup"))
}

/// The end of a log.
pub(super) fn last_lines(file: &Path) -> String {
    const LINES: usize = 40;
    let text = String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_with_the_remedy() {
        let refused = command("no-such-gateway", Path::new("/")).map(|_| ());
        assert_eq!(refused, Err("no-such-gateway is not installed: run scripts/setup".to_owned()));
    }
}
