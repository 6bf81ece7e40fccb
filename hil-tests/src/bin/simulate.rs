//! `simulate`: plays seeds through the deterministic simulation. The last line is `N seeds, 0 violations, X modem-days`; a
//! violation prints its seed and what happened, and the program exits with 1.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use hil_tests::sim::fault::Coverage;
use hil_tests::sim::mutation::{SABOTAGES, hunt};
use hil_tests::sim::plan::Plan;
use hil_tests::sim::run::{play, shrink};

/// Plays seeds through the deterministic simulation.
#[derive(Debug, Parser)]
#[command(name = "simulate", version)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 1)]
    start: u64,
    /// Days of life of each.
    #[arg(long, default_value_t = 0.5)]
    days: f64,
    /// Print what happened, also where nothing went wrong.
    #[arg(long)]
    trace: bool,
    /// Hunt every sabotage of the rig instead, and print what caught each.
    #[arg(long)]
    mutations: bool,
    /// Of these only the one of this name.
    #[arg(long, requires = "mutations")]
    only: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.mutations {
        return hunts(arguments.only.as_deref());
    }
    let mut coverage = Coverage::default();
    let mut modem_time = Duration::ZERO;
    let mut violations = 0;
    for seed in arguments.start..arguments.start + arguments.seeds {
        let plan = Plan::of(seed, arguments.days);
        let outcome = play(&plan, None, arguments.trace);
        modem_time += outcome.modem_time;
        coverage.merge(&outcome.coverage);
        for line in &outcome.lines {
            println!("{line}");
        }
        if let Some(violation) = outcome.violation {
            violations += 1;
            println!("seed {seed}: {}: {}", violation.name, violation.words);
            let least = shrink(&plan, None, violation.name);
            for line in play(&least, None, true).lines {
                println!("{line}");
            }
            println!(
                "seed {seed}: {}: {} ({} of {} faults are enough)",
                violation.name,
                violation.words,
                least.faults().len(),
                plan.faults().len()
            );
            if violations >= 3 {
                break;
            }
        }
    }
    for (what, times) in coverage.iter() {
        println!("{times:>10}  {what}");
    }
    println!("{} seeds, {violations} violations, {:.1} modem-days", arguments.seeds, modem_time.as_secs_f64() / 86_400.0);
    ExitCode::from(u8::from(violations > 0))
}

/// A line for each sabotage: after how many plans it was caught, and by which promise.
fn hunts(only: Option<&str>) -> ExitCode {
    let mut missed = 0;
    let mut hunted = 0;
    for sabotage in SABOTAGES.iter().filter(|sabotage| only.is_none_or(|only| format!("{:?}", sabotage.mutation) == only)) {
        let hunt = hunt(sabotage, true);
        let (name, bound) = (format!("{:?}", sabotage.mutation), sabotage.plans_max);
        let caught = hunt.caught.as_ref().map_or("NOT CAUGHT", |violation| violation.name);
        println!("{name:<20} {:>3} of {bound:<3} {caught:<38} {}", hunt.plans, sabotage.breaks);
        if let Some(violation) = &hunt.innocent {
            println!("{:<20} without it: {}: {}", "", violation.name, violation.words);
        }
        hunted += 1;
        missed += u32::from(hunt.caught.is_none() || hunt.innocent.is_some());
    }
    println!("{hunted} sabotages, {missed} missed");
    ExitCode::from(u8::from(missed > 0))
}
