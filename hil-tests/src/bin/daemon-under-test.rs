//! `daemon-under-test`: the product's own program with the times of emulated modems and one hook: while the file that the
//! variable `KILL_AT` names holds the name of a point, the process kills itself there as a power cut would. Tests of whole
//! processes start it. Every point it comes to is written to a file beside that one, for the test of their completeness.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use answerback::config::Config;
use answerback::daemon::Arguments;
use answerback::hooks::{Hooks, NoHooks, Point};
use answerback::modem::profile::Profile;
use answerback::serial::Pace;
use hil_tests::kill::{REACHED, point_name};
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
            let _full_disk = writeln!(reached, "{name}");
        }
        if std::fs::read_to_string(&self.order).is_ok_and(|order| order == name) {
            // The signal ends this process before the call returns.
            let _unreturned = kill(Pid::this(), Signal::SIGKILL);
        }
    }
}

fn arguments(config: Config) -> Arguments {
    let hooks: Arc<dyn Hooks> = match std::env::var_os("KILL_AT") {
        Some(order) => Arc::new(KillAt::new(order.into())),
        None => Arc::new(NoHooks),
    };
    Arguments { hooks, profile: Profile::emulator(), pace: Pace::emulator(), ..Arguments::new(config) }
}

fn main() -> ExitCode {
    answerback::cli::main_with(arguments)
}
