//! What a killed test leaves behind: nothing. A shell holds the other end of a pipe; when whoever started a process is gone,
//! however that came about, the pipe ends and the shell kills what was started. Unlike a parent-death signal this needs no
//! unsafe code, is not tied to a thread, and takes grandchildren too.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

/// Watches over a process or a group. Dropped, it lets go: who ends in order ends their processes themselves.
#[derive(Debug)]
struct Guard {
    shell: Child,
}

/// A process with its guard.
#[derive(Debug)]
pub struct Guarded {
    /// The process.
    pub child: tokio::process::Child,
    _guard: Guard,
}

impl Guarded {
    /// Watches over a process that was just started.
    pub fn alone(child: tokio::process::Child) -> std::io::Result<Self> {
        let guard = Guard::over(child.id().unwrap_or_default())?;
        Ok(Self { child, _guard: guard })
    }

    /// Watches over the leader of a group.
    pub fn with_group(child: tokio::process::Child) -> std::io::Result<Self> {
        let guard = Guard::over_group(child.id().unwrap_or_default())?;
        Ok(Self { child, _guard: guard })
    }
}

/// Waits for the end of its input; in a group of its own Ctrl-C does not reach it first.
const WATCH: &str = "read -r _; kill -s KILL -- \"$0\" 2>/dev/null";

impl Guard {
    /// Over one process.
    fn over(process: u32) -> std::io::Result<Self> {
        Self::watch(&process.to_string())
    }

    /// Over a process with everything in its group.
    fn over_group(leader: u32) -> std::io::Result<Self> {
        Self::watch(&format!("-{leader}"))
    }

    fn watch(whom: &str) -> std::io::Result<Self> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", WATCH, whom]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Ok(Self { shell: shell.spawn()? })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // One that is gone already needs neither.
        let _gone = self.shell.kill().and_then(|()| self.shell.wait().map(drop));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("20").process_group(0).spawn().expect("sleep")
    }

    #[test]
    fn a_group_whose_owner_is_gone_is_killed() {
        let mut sleeper = sleeper();
        let mut guard = Guard::over_group(sleeper.id()).expect("a guard");
        // What the end of this process would do.
        drop(guard.shell.stdin.take());
        assert_eq!(sleeper.wait().expect("its end").signal(), Some(9));
    }

    #[test]
    fn an_owner_that_lets_go_kills_nothing() {
        let mut sleeper = sleeper();
        drop(Guard::over(sleeper.id()).expect("a guard"));
        assert!(sleeper.try_wait().expect("its state").is_none());
        sleeper.kill().and_then(|()| sleeper.wait().map(drop)).expect("its end");
    }
}
