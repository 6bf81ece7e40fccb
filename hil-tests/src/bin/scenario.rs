//! `scenario`: plays scenario files on a rung of the ladder of tests. docs/testing.md is the guide.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use hil_tests::scenario::{self, Hardware, Pty, Scenario, Stage, Wish};

/// Plays scenario files.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Example:\n  scenario hil-tests/scenarios/notice-is-delivered.scenario.toml\n  ANSWERBACK_HIL_PORT=/dev/ttyUSB2 ANSWERBACK_HIL_NUMBER=+15550100200 \\\n    scenario --rung hardware hil-tests/scenarios/*.scenario.toml"
)]
struct Arguments {
    /// Where they are played.
    #[arg(long, value_enum, default_value_t = Rung::Pty)]
    rung: Rung,
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rung {
    /// A real daemon on emulated modems.
    Pty,
    /// A real daemon on the modem that ANSWERBACK_HIL_PORT names.
    Hardware,
}

fn main() -> ExitCode {
    // The box of a scenario is this program too.
    if let Some(code) = scenario::serve_as_box() {
        return code;
    }
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(words) => {
            eprintln!("scenario: {words}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything that was played came to its end.
fn run(arguments: &Arguments) -> Result<bool, String> {
    let scenarios = scenario::read_all(&arguments.files).map_err(|troubles| {
        let lines: Vec<String> = troubles.iter().map(ToString::to_string).collect();
        format!("{} troubles\n{}", lines.len(), lines.join("\n"))
    })?;
    let wish = wish(arguments.rung);
    if let Some(Err(reason)) = &wish {
        println!("the hardware rung is skipped: {reason}");
        return Ok(true);
    }
    let wish = wish.and_then(Result::ok);
    let program = std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))?;
    let (mut played, mut failed, mut skipped) = (0, 0, 0);
    for scenario in &scenarios {
        println!("{}\n  {}", scenario.file, scenario.title);
        let rung = wish.as_ref().map_or(scenario::Rung::Pty, Wish::rung);
        let lacks = scenario::lacks(scenario, rung);
        if !lacks.is_empty() {
            println!("  skipped: {}", lacks.join("; "));
            skipped += 1;
            continue;
        }
        let mut stage: Box<dyn Stage> = match &wish {
            Some(wish) => Box::new(Hardware::build(scenario, &program, wish.clone())?),
            None => Box::new(Pty::build(scenario, &program)?),
        };
        let good = played_through(scenario, &mut *stage);
        played += u32::from(good);
        failed += u32::from(!good);
    }
    println!("{played} played, {failed} failed, {skipped} skipped");
    Ok(failed == 0)
}

fn wish(rung: Rung) -> Option<Result<Wish, String>> {
    let variable = |name: &str| std::env::var(name).ok();
    match rung {
        Rung::Pty => None,
        Rung::Hardware => Some(Wish::from(variable(scenario::PORT).as_deref(), variable(scenario::NUMBER).as_deref())),
    }
}

fn played_through(scenario: &Scenario, stage: &mut dyn Stage) -> bool {
    match scenario::play(scenario, stage, &mut |line| println!("  {line}")) {
        Ok(()) => true,
        Err(failure) => {
            println!("  FAILED {failure}");
            false
        }
    }
}
