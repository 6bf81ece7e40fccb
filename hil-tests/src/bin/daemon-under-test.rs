//! `daemon-under-test`: the product's own program, with one hook: the variable `KILL_AT` names a point of the daemon's
//! life at which the process kills itself as a power cut would. Tests of whole processes start it.

use std::process::ExitCode;
use std::sync::Arc;

use answerback::daemon::Hooks;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

struct KillAt(Option<String>);

impl Hooks for KillAt {
    fn reached(&self, point: &str) {
        if self.0.as_deref() == Some(point) {
            // The signal ends this process before the call returns.
            let _unreturned = kill(Pid::this(), Signal::SIGKILL);
        }
    }
}

fn main() -> ExitCode {
    answerback::cli::main_with(Arc::new(KillAt(std::env::var("KILL_AT").ok())))
}
