//! The command line: one file per command, all of them clients of the daemon's HTTP API over its unix socket, except `run`
//! and the flow tools, which need no daemon. Errors are one line on standard error and say what to do.

mod ask;
mod audit;
mod balance;
mod client;
mod config;
mod desk;
mod doctor;
mod flow;
mod key;
mod message;
mod modem;
mod queue;
mod resolve;
mod ring;
mod roster;
mod run;
mod send;
mod status;
mod table;
mod tail;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config as file;
use crate::daemon;
use client::Client;

/// Holds text-message conversations for a utility over its own GSM modems.
#[derive(Debug, Parser)]
#[command(name = "answerback", version, about, subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// How every command finds its daemon and how it prints.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "ANSWERBACK_CONFIG")]
    config: Option<PathBuf>,
    /// The daemon's unix socket, when it is not the one of the configuration.
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Print JSON instead of a table for people.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Status(status::Status),
    Send(send::Send),
    Ask(ask::Ask),
    Tail(tail::Tail),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Config(config::Config),
    #[command(subcommand)]
    Flow(flow::Flow),
    Resolve(resolve::Resolve),
    Ring(ring::Ring),
    Doctor(doctor::Doctor),
    #[command(subcommand)]
    Message(message::MessageCommand),
    #[command(subcommand)]
    Modem(modem::Modem),
    #[command(subcommand)]
    Balance(balance::Balance),
    #[command(subcommand)]
    Queue(queue::QueueCommand),
    #[command(subcommand)]
    Roster(roster::RosterCommand),
    #[command(subcommand)]
    Desk(desk::Desk),
}

/// Why a command did not do it: the exit code and the one line for standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    code: u8,
    words: String,
}

const NO: u8 = 1;
const NOT_RUNNING: u8 = 69;
const BAD_CONFIGURATION: u8 = 78;

impl Failure {
    /// The answer is no.
    pub fn no(words: impl Into<String>) -> Self {
        Self { code: NO, words: words.into() }
    }

    /// There is no daemon to ask.
    pub fn not_running(words: impl Into<String>) -> Self {
        Self { code: NOT_RUNNING, words: words.into() }
    }

    /// The configuration is wrong.
    pub fn configuration(words: impl Into<String>) -> Self {
        Self { code: BAD_CONFIGURATION, words: words.into() }
    }
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    main_with(daemon::Arguments::new)
}

/// [`main`] with a daemon that is run with something else: the tests' has hooks and the times of emulated modems.
pub fn main_with(prepare: fn(file::Config) -> daemon::Arguments) -> ExitCode {
    match dispatch(Arguments::parse(), prepare) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.words.is_empty() {
                eprintln!("answerback: {}", failure.words.trim_end().replace('\n', "; "));
            }
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(arguments: Arguments, prepare: fn(file::Config) -> daemon::Arguments) -> Result<(), Failure> {
    let place = arguments.place;
    match arguments.command {
        Command::Run(run) => run.go(&place, prepare),
        Command::Flow(flow) => flow.go(&place),
        Command::Status(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Send(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Ask(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Tail(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Audit(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Key(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Config(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Resolve(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Ring(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Doctor(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Desk(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Balance(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Queue(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Roster(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Message(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
        Command::Modem(command) => ask_daemon(&place, async |client| command.go(&place, client).await),
    }
}

fn ask_daemon(place: &Place, command: impl AsyncFnOnce(&Client) -> Result<(), Failure>) -> Result<(), Failure> {
    let client = Client::new(&place.socket()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::no(format!("this process cannot wait for sockets: {error}")))?;
    runtime.block_on(command(&client))
}

impl Place {
    /// The configuration this command goes by.
    fn load(&self) -> Result<file::Config, Failure> {
        let environment: BTreeMap<String, String> = std::env::vars().collect();
        file::load(self.config.as_deref(), &environment).map_err(|error| Failure::configuration(error.to_string()))
    }

    fn socket(&self) -> Result<PathBuf, Failure> {
        match &self.socket {
            Some(socket) => Ok(socket.clone()),
            None => Ok(self.load()?.socket),
        }
    }

    /// Prints a JSON answer as it is, or what `people` makes of it.
    fn print(&self, answer: &serde_json::Value, people: impl FnOnce(&serde_json::Value) -> String) {
        let text = if self.json { format!("{answer:#}") } else { people(answer) };
        say(text.trim_end());
    }
}

/// Writes one text to standard output; a closed pipe is no error (`answerback tail | head`).
fn say(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// A remark beside what a command answers.
fn aside(text: &str) {
    use std::io::Write as _;
    let _nobody_reads_it = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes a path segment so that no sign of it ends the segment.
fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |path, octet| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => path + &char::from(octet).to_string(),
        _ => path + &format!("%{octet:02X}"),
    })
}
