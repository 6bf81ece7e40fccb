//! `measure`: figures of a real daemon. `scripts/measure` builds and starts it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hil_tests::measure::{self, Options};

/// Measures accepting, receiving, sending and memory, and prints each figure as it is known.
#[derive(Parser)]
#[command(after_help = "Example:\n  scripts/measure --dir /var/lib")]
struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    /// The program `answerback`; the one beside this program when not given.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    /// A directory on the disk that is measured.
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    dir: PathBuf,
    /// Texts accepted with 64 clients.
    #[arg(long, default_value_t = 20_000)]
    accepts: usize,
    /// Texts received, and texts sent.
    #[arg(long, default_value_t = 200)]
    texts: usize,
}

#[derive(Subcommand)]
enum What {
    /// Opens very many sessions: memory, lateness of timers, cost of one more text.
    #[command(after_help = "Example:\n  scripts/measure sessions --count 100000")]
    Sessions {
        /// How many.
        #[arg(long, default_value_t = 100_000)]
        count: usize,
    },
    /// Sends with 1, 4 and 8 modems at 0 s and 2 s network time; watches 8 at rest.
    #[command(after_help = "Example:\n  scripts/measure modems")]
    Modems,
    /// Queues very many texts before 8 modems: memory, an alarm past them, a start with them.
    #[command(after_help = "Example:\n  scripts/measure crowd --count 1000000")]
    Crowd {
        /// How many.
        #[arg(long, default_value_t = 1_000_000)]
        count: usize,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let beside = std::env::current_exe().unwrap_or_default().with_file_name("answerback");
    let options =
        Options { program: arguments.program.unwrap_or(beside), dir: arguments.dir, accepts: arguments.accepts, texts: arguments.texts };
    let mut tell = |line: &str| println!("{line}");
    let measured = match arguments.what {
        None => measure::run(&options, &mut tell).await,
        Some(What::Modems) => measure::fleet::measure(&options, &mut tell).await,
        Some(What::Crowd { count }) => measure::fleet::crowd(&options, count, &mut tell).await,
        Some(What::Sessions { count }) => measure::sessions::measure(&options, count, measure::sessions::Sizes::default(), &mut tell).await,
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("measure: {reason}");
            ExitCode::FAILURE
        }
    }
}
