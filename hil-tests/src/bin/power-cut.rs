//! `power-cut`: records a burst of a real daemon and cuts its power at many places of the record.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use hil_tests::powercut::{self, Burst, Plan};

/// Cuts the power of a recorded daemon and judges every database that a disk may be left with.
#[derive(Parser)]
#[command(after_help = "Example:\n  cargo run -p hil-tests --bin power-cut -- --cuts 20000")]
struct Arguments {
    /// Places at which the power goes; each is tried with all, none, half and pieces of what was not flushed.
    #[arg(long, default_value_t = 2_000)]
    cuts: usize,
    /// Texts that each of four clients posts.
    #[arg(long, default_value_t = 50)]
    texts: usize,
    /// Seed of the places and of the pieces.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The program to record; `daemon-under-test` beside this program when not given.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("power-cut: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool, String> {
    let beside = std::env::current_exe().unwrap_or_default().with_file_name("daemon-under-test");
    let program = arguments.program.unwrap_or(beside);
    let burst = Burst { texts: arguments.texts, ..Burst::small() };
    let recording = powercut::record(&program, &burst).await?;
    println!("recorded {} deeds and {} promises: {}", recording.deeds.len(), recording.marks.len(), recording.total());
    if let Some((accepted, way)) = recording.costs() {
        println!("one accepted text: {accepted}; its whole way: {way}");
    }
    let scratch = powercut::scratch().map_err(|error| format!("no temporary folder: {error}"))?;
    let plan = Plan { cuts: arguments.cuts, seed: arguments.seed, scratch: scratch.path().to_owned() };
    let report = powercut::cut(&recording.deeds, &recording.marks, &plan)?;
    println!("{} cuts, {} disks, {} of them broken", report.cuts, report.disks, report.broken.len());
    for broken in &report.broken {
        println!("cut before deed {}, {:?}:", broken.place, broken.loss);
        broken.violations.iter().for_each(|violation| println!("  {violation}"));
    }
    Ok(report.broken.is_empty())
}
