//! `modem-emulator`: GSM modems on pseudo-terminals, with a simulated network and a control socket, for people who test a
//! flow or another gateway without a SIM.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::replay::Replay;
use hil_tests::emulator::{EXAMPLES, ReplayPort, Rig, RigOptions};

/// Emulates GSM modems on pseudo-terminals, linked as DIR/modem0, DIR/modem1 ...
#[derive(Debug, Parser)]
#[command(name = "modem-emulator", version, after_help = help())]
struct Arguments {
    /// How many modems.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    modems: u16,
    /// The directory of the links.
    #[arg(long)]
    dir: PathBuf,
    /// How they speak: generic, huawei, sim800, quectel, cinterion, tc35, telit, mute.
    #[arg(long, default_value = "generic", value_parser = dialect)]
    dialect: &'static Dialect,
    /// From Ctrl-Z to +CMGS, for example 2s or 500ms.
    #[arg(long, default_value = "2s", value_parser = duration)]
    latency: Duration,
    /// From +CMGS to the phone, and from the phone to the report.
    #[arg(long, default_value = "1s", value_parser = duration)]
    delivery: Duration,
    /// A unix socket that takes JSON lines.
    #[arg(long)]
    control: Option<PathBuf>,
    /// Seed of the network's chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Play a recorded modem as DIR/modem0 instead: a file written by `answerback modem trace NAME --once --json`.
    #[arg(long, conflicts_with_all = ["modems", "dialect", "latency", "delivery", "control", "seed"])]
    replay: Option<PathBuf>,
    /// Print what modems and network do.
    #[arg(long, short)]
    verbose: bool,
}

fn help() -> String {
    format!(
        "Example:\n  modem-emulator --modems 2 --dir /tmp/modems --control /tmp/modems/control\n  \
         picocom /tmp/modems/modem0     # in a second terminal; type AT+CSQ\n\nLines for the control socket (try: socat - UNIX-CONNECT:/tmp/modems/control):\n{EXAMPLES}"
    )
}

fn dialect(name: &str) -> Result<&'static Dialect, String> {
    let names: Vec<&str> = Dialect::all().iter().map(|dialect| dialect.name).collect();
    Dialect::named(name).ok_or_else(|| format!("there is no dialect `{name}`; there are {}", names.join(", ")))
}

/// `2s`, `500ms`, `1.5s`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write 2s or 500ms");
    let (number, seconds) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').ok_or_else(wrong)?, 1.0),
    };
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(file) = &arguments.replay {
        return ended(replay(file, &arguments.dir).await);
    }
    let options = RigOptions {
        modems: usize::from(arguments.modems),
        dir: arguments.dir,
        dialect: arguments.dialect,
        latency: arguments.latency,
        delivery: arguments.delivery,
        control: arguments.control.clone(),
        seed: arguments.seed,
        same_imei: false,
        makes: Vec::new(),
        verbose: arguments.verbose,
        tap: None,
    };
    ended(run(options, arguments.control).await)
}

fn ended(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("modem-emulator: {words}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: RigOptions, control: Option<PathBuf>) -> Result<(), String> {
    let modems = options.modems;
    let rig = Rig::start(options).map_err(|error| error.to_string())?;
    for modem in 0..modems {
        println!("modem{modem} {} {}", rig.port(modem).display(), rig.number(modem).await?);
    }
    if let Some(socket) = control {
        println!("control {}", socket.display());
    }
    println!("ready; Ctrl-C ends it");
    stopped().await.map_err(|error| error.to_string())
}

/// A recorded modem, until somebody ends it; at the end it says what the trace did not know.
async fn replay(file: &Path, dir: &Path) -> Result<(), String> {
    let source = std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let modem = Replay::read(&source).map_err(|error| format!("{}: {error}", file.display()))?;
    std::fs::create_dir_all(dir).map_err(|error| format!("{} cannot be made: {error}", dir.display()))?;
    let port = ReplayPort::open(&dir.join("modem0"), modem).map_err(|error| error.to_string())?;
    println!("modem0 {}", port.link().display());
    println!("ready; Ctrl-C ends it");
    stopped().await.map_err(|error| error.to_string())?;
    for command in port.strange() {
        println!("not in the trace: {command}");
    }
    Ok(())
}

/// Ctrl-C or SIGTERM.
async fn stopped() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}
