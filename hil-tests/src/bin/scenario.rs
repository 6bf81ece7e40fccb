//! `scenario`: plays scenario files on a rung of the ladder of tests. docs/testing.md is the guide.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use hil_tests::scenario::{self, Hardware, Pty, Scenario, Simulated, Stage, Wish};

/// Plays scenario files.
#[derive(Parser)]
#[command(
    version,
    about,
    after_help = "Example:\n  scenario hil-tests/scenarios/notice-is-delivered.scenario.toml\n  ANSWERBACK_HIL_PORT=/dev/ttyUSB2 ANSWERBACK_HIL_NUMBER=+15550100200 \\\n    scenario --rung hardware hil-tests/scenarios/*.scenario.toml"
)]
struct Arguments {
    /// Where they are played.
    #[arg(long, value_enum, default_value_t = Rung::Sim)]
    rung: Rung,
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rung {
    /// The product's rules on a clock that jumps: takes no time.
    Sim,
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
    let place = match place(arguments.rung)? {
        Ok(place) => place,
        Err(reason) => {
            println!("the hardware rung is skipped: {reason}");
            return Ok(true);
        }
    };
    let (mut played, mut failed, mut skipped) = (0, 0, 0);
    for scenario in &scenarios {
        println!("{}\n  {}", scenario.file, scenario.title);
        let lacks = scenario::lacks(scenario, place.rung());
        if !lacks.is_empty() {
            println!("  skipped: {}", lacks.join("; "));
            skipped += 1;
            continue;
        }
        let good = played_through(scenario, &mut *place.stage(scenario)?);
        played += u32::from(good);
        failed += u32::from(!good);
    }
    println!("{played} played, {failed} failed, {skipped} skipped");
    Ok(failed == 0)
}

/// Where scenarios are played.
enum Place {
    Simulation,
    /// With this program as the box.
    Pty(PathBuf),
    Hardware(PathBuf, Wish),
}

/// The place of a rung, or why it is skipped.
fn place(rung: Rung) -> Result<Result<Place, String>, String> {
    let program = || std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"));
    let variable = |name: &str| std::env::var(name).ok();
    match rung {
        Rung::Sim => Ok(Ok(Place::Simulation)),
        Rung::Pty => Ok(Ok(Place::Pty(program()?))),
        Rung::Hardware => {
            let wish = Wish::from(variable(scenario::PORT).as_deref(), variable(scenario::NUMBER).as_deref());
            let program = program()?;
            Ok(wish.map(|wish| Place::Hardware(program, wish)))
        }
    }
}

impl Place {
    fn rung(&self) -> scenario::Rung {
        match self {
            Self::Simulation => scenario::Rung::Simulation,
            Self::Pty(_) => scenario::Rung::Pty,
            Self::Hardware(_, wish) => wish.rung(),
        }
    }

    fn stage(&self, scenario: &Scenario) -> Result<Box<dyn Stage>, String> {
        match self {
            Self::Simulation => Ok(Box::new(Simulated::build(scenario)?)),
            Self::Pty(program) => Ok(Box::new(Pty::build(scenario, program)?)),
            Self::Hardware(program, wish) => Ok(Box::new(Hardware::build(scenario, program, wish.clone())?)),
        }
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
