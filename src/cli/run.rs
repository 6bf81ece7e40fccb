//! `answerback run`: the daemon, in the foreground.

use super::{Failure, Place};
use crate::config::Config;
use crate::daemon::{self, Arguments};
use crate::telemetry;

/// Run the daemon in the foreground, until SIGTERM or Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  answerback run --config /etc/answerback/answerback.toml")]
pub struct Run {}

impl Run {
    /// Runs it.
    #[expect(clippy::unused_self, reason = "every command is run the same way")]
    pub fn go(self, place: &Place, prepare: fn(Config) -> Arguments) -> Result<(), Failure> {
        let mut config = place.load()?;
        if let Some(socket) = &place.socket {
            config.socket.clone_from(socket);
        }
        telemetry::start(config.log_format);
        daemon::run(prepare(config)).map_err(|error| Failure::no(error.to_string()))
    }
}
