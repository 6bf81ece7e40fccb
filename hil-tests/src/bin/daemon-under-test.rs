//! `daemon-under-test`: the product's own program with the times of emulated modems and one hook: while the file that the
//! variable `KILL_AT` names holds the name of a point, the process kills itself there as a power cut would. Tests of whole
//! processes start it. Every point it comes to is written to a file beside that one, for the test of their completeness.
//! `hil_tests::kill` names the files.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use answerback::config::Config;
use answerback::daemon::Arguments;
use answerback::hooks::{Hooks, NoHooks, Point};
use answerback::modem::profile::Profile;
use answerback::serial::Pace;
use hil_tests::kill::{QUICK, REACHED, point_name};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

struct KillAt {
    order: PathBuf,
    reached: Option<File>,
}

impl KillAt {
    fn new(order: PathBuf) -> Self {
        let reached = OpenOptions::new().create(true).append(true).open(order.with_file_name(REACHED)).ok();
        Self { order, reached }
    }
}

impl Hooks for KillAt {
    fn reached(&self, point: Point<'_>) {
        let Some(name) = point_name(&point) else { return };
        if let Some(mut reached) = self.reached.as_ref() {
            // A test that misses the line fails by itself.
            let _full_disk = reached.write_all(format!("{name}\n").as_bytes());
        }
        if std::fs::read_to_string(&self.order).is_ok_and(|order| order == name) {
            // The signal ends this process before the call returns.
            let _unreturned = kill(Pid::this(), Signal::SIGKILL);
        }
    }
}

fn arguments(config: Config) -> Arguments {
    let order = std::env::var_os("KILL_AT").map(PathBuf::from);
    let profile = profile(order.as_deref());
    let hooks: Arc<dyn Hooks> = match order {
        Some(order) => Arc::new(KillAt::new(order)),
        None => Arc::new(NoHooks),
    };
    Arguments { hooks, profile, pace: Pace::emulator(), ..Arguments::new(config) }
}

/// Nothing waits for these times to pass but a test of something lost.
fn profile(order: Option<&Path>) -> Profile {
    let quick = order.is_some_and(|order| order.with_file_name(QUICK).exists());
    let most = if quick { Duration::from_secs(2) } else { Duration::from_secs(30) };
    let mut profile =
        Profile { command_max: most, prompt: most, final_answer: most, persist: most, settings_budget: most, ..Profile::emulator() };
    profile.pace.attention = Duration::from_secs(2);
    profile
}

fn main() -> ExitCode {
    answerback::cli::main_with(arguments)
}
