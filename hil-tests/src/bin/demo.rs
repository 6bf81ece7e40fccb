//! `demo`: the product in one conversation. `scripts/demo` builds and starts it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hil_tests::demo::{self, Options};

/// Asks a past-due question over an emulated modem and shows what happens until the receipt has arrived.
#[derive(Parser)]
#[command(after_help = "Example:\n  scripts/demo --once")]
struct Arguments {
    /// Exit after the conversation: 0 when it completed, 1 when something was missing.
    #[arg(long)]
    once: bool,
    /// The program `answerback`; the one beside this program when not given.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// How many seconds the conversation may take.
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options { program: arguments.program.unwrap_or_else(beside), patience: Duration::from_secs(arguments.patience) };
    match show(&options, arguments.once).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("demo: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn show(options: &Options, once: bool) -> Result<(), String> {
    let demo = tokio::select! {
        demo = demo::run(options, say) => demo?,
        _pressed = tokio::signal::ctrl_c() => return Err("interrupted".to_owned()),
    };
    if once {
        say("\nthe daemon is stopped now; without --once it stays up, and you see its pages and the documentation of its API");
    } else {
        say("");
        say(&demo.addresses().await?);
        say("\nstays up until Ctrl-C");
        // Without a signal handler there is nothing to wait for.
        let _pressed = tokio::signal::ctrl_c().await;
    }
    demo.stop().await;
    Ok(())
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A closed pipe ends the reader's interest, not the demo.
    let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn beside() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.with_file_name("answerback")
}
