//! Where log lines go: standard error, for people or as JSON. Message texts and full numbers never reach them (`Text` and
//! `Msisdn` see to that).

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging. `ANSWERBACK_LOG` narrows or widens it (`debug`, `answerback::serial=trace`); the default is `info`.
/// A second start in one process is ignored: tests start several daemons.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("ANSWERBACK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    let started = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    drop(started);
}
