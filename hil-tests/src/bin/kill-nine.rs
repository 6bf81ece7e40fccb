//! `kill-nine`: kills a busy daemon at moments of chance and judges what is left of its promises.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hil_tests::kills::{Plan, run};

/// Kills a busy daemon with SIGKILL again and again, starts it each time, and holds its words against what the network saw.
#[derive(Parser)]
#[command(after_help = "Example:\n  cargo run -p hil-tests --bin kill-nine -- --kills 200 --program target/release/answerback")]
struct Arguments {
    /// How often.
    #[arg(long, default_value_t = 200)]
    kills: usize,
    /// How many modems.
    #[arg(long, default_value_t = 4)]
    modems: usize,
    /// Seconds it lives at most before the next kill.
    #[arg(long, default_value_t = 6)]
    lives: u64,
    /// Seconds that what is on its way may take at the end.
    #[arg(long, default_value_t = 900)]
    patience: u64,
    /// Seed of the moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The program; `answerback` beside this program when not given.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let beside = std::env::current_exe().unwrap_or_default().with_file_name("answerback");
    let plan = Plan {
        program: arguments.program.unwrap_or(beside),
        kills: arguments.kills,
        lives_max: Duration::from_secs(arguments.lives),
        modems: arguments.modems,
        network: Duration::from_millis(300),
        patience: Duration::from_secs(arguments.patience),
        seed: arguments.seed,
    };
    match run(&plan, |line| println!("{line}")).await {
        Ok(report) => {
            println!(
                "{} kills: {} texts promised, {} of them taken twice and marked, {} in doubt and said so; {} texts written to it; {} broken",
                plan.kills,
                report.promised,
                report.twice,
                report.in_doubt,
                report.written,
                report.violations.len()
            );
            report.violations.iter().take(20).for_each(|violation| println!("  {violation}"));
            println!("{}", report.log);
            if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(reason) => {
            eprintln!("kill-nine: {reason}");
            ExitCode::FAILURE
        }
    }
}
