//! `simulate`: plays seeds through the deterministic simulation. The last line is `N seeds, 0 violations, X modem-days`; a
//! violation prints its seed and what happened, and the program exits with 1.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use clap::Parser;
use hil_tests::emulator::dialect::Dialect;
use hil_tests::sim::exhaustive::{self, Report, Share};
use hil_tests::sim::fault::Coverage;
use hil_tests::sim::mutation::{SABOTAGES, hunt};
use hil_tests::sim::plan::Plan;
use hil_tests::sim::run::{Outcome, play, shrink};

/// Plays seeds through the deterministic simulation.
#[derive(Debug, Parser)]
#[command(name = "simulate", version)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 1)]
    start: u64,
    /// Days of life of each.
    #[arg(long, default_value_t = 0.05, value_parser = days)]
    days: f64,
    /// Stop after so many minutes, however many seeds that are.
    #[arg(long)]
    minutes: Option<u64>,
    /// How many seeds are played at once; by default one for each core.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Cut one short conversation with a modem of every kind at every commit and behind every octet instead.
    #[arg(long)]
    exhaustive: bool,
    /// With `--exhaustive`: only every so many commits and octets.
    #[arg(long, default_value_t = 1)]
    stride: usize,
    /// Print what happened, also where nothing went wrong.
    #[arg(long)]
    trace: bool,
    /// Print one line for each violation, and go on to the last seed.
    #[arg(long, conflicts_with = "trace")]
    list: bool,
    /// Hunt every sabotage of the rig instead, and print what caught each.
    #[arg(long)]
    mutations: bool,
    /// Of these only the one of this name.
    #[arg(long, requires = "mutations")]
    only: Option<String>,
}

fn days(text: &str) -> Result<f64, String> {
    let days: f64 = text.parse().map_err(|_| format!("`{text}` is no number of days"))?;
    if (0.001..=366.0).contains(&days) { Ok(days) } else { Err("0.001 to 366 days".to_owned()) }
}

/// What all seeds came to.
#[derive(Default)]
struct Total {
    seeds: u64,
    violations: u64,
    modem_time: Duration,
    coverage: Coverage,
}

/// After so many nobody reads on.
const VIOLATIONS_MAX: u64 = 3;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.mutations {
        return hunts(arguments.only.as_deref());
    }
    if arguments.exhaustive {
        return everywhere(arguments.stride);
    }
    let total = Mutex::new(Total::default());
    let next = AtomicU64::new(0);
    let began = SystemClock.tick();
    let jobs = arguments.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| work(&arguments, &next, &total, began));
        }
    });
    let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    let seconds = SystemClock.tick().since(began).as_secs_f64();
    for (what, times) in total.coverage.iter() {
        println!("{times:>10}  {what}");
    }
    let modem_days = total.modem_time.as_secs_f64() / 86_400.0;
    println!("{:.2} modem-days a second, {:.1} seeds a second", modem_days / seconds, total.seeds as f64 / seconds);
    let blindness = total.coverage.blindness(total.seeds);
    if let Some(words) = &blindness {
        println!("{words}");
    }
    println!("{} seeds, {} violations, {modem_days:.1} modem-days", total.seeds, total.violations);
    ExitCode::from(u8::from(total.violations > 0 || blindness.is_some()))
}

/// Plays seed after seed until all are taken, the time is over, or enough went wrong.
fn work(arguments: &Arguments, next: &AtomicU64, total: &Mutex<Total>, began: answerback::time::Tick) {
    let limit = arguments.minutes.map(|minutes| Duration::from_secs(60 * minutes));
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let late = limit.is_some_and(|limit| SystemClock.tick().since(began) >= limit);
        let enough = !arguments.list && total.lock().unwrap_or_else(PoisonError::into_inner).violations >= VIOLATIONS_MAX;
        if late || enough || (limit.is_none() && number >= arguments.seeds) {
            return;
        }
        let seed = arguments.start + number;
        let plan = Plan::of(seed, arguments.days);
        let outcome = play(&plan, None, arguments.trace);
        let words = if arguments.list { listed(seed, &outcome) } else { told(seed, &plan, &outcome) };
        let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
        total.seeds += 1;
        total.modem_time += outcome.modem_time;
        total.coverage.merge(&outcome.coverage);
        total.violations += u64::from(outcome.violation.is_some());
        print!("{words}");
    }
}

/// A violation in one line.
fn listed(seed: u64, outcome: &Outcome) -> String {
    outcome.violation.as_ref().map_or_else(String::new, |violation| format!("seed {seed}: {}: {}\n", violation.name, violation.words))
}

/// What a person reads of a run: its lines where they were asked for; after a violation those of the shortest run that has it.
fn told(seed: u64, plan: &Plan, outcome: &Outcome) -> String {
    let lines = |outcome: &Outcome| outcome.lines.iter().fold(String::new(), |text, line| text + line + "\n");
    let Some(violation) = &outcome.violation else { return lines(outcome) };
    let head = format!("seed {seed}: {}: {}", violation.name, violation.words);
    let least = shrink(plan, None, violation.name);
    let shortest = play(&least, None, true);
    let (few, all) = (least.faults().len(), plan.faults().len());
    let end = shortest.violation.as_ref().map_or_else(String::new, |violation| violation.words.clone());
    format!("{head}\n{}seed {seed}: {}: {end} ({few} of {all} faults are enough)\n", lines(&shortest), violation.name)
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

/// A line for each dialect.
fn everywhere(stride: usize) -> ExitCode {
    let mut broken = 0;
    for dialect in Dialect::all() {
        let share = Share { stride, ..Share::all(dialect) };
        let mut report = exhaustive::commits(share);
        report.merge(exhaustive::octets(share));
        for (name, violation) in &report.broken {
            println!("{name}: {}: {}", violation.name, violation.words);
        }
        let Report { runs, cut, commits, .. } = report;
        println!("{:<10} {cut} cuts in {runs} runs, {commits} commits, {} violations", dialect.name, report.broken.len());
        broken += report.broken.len();
    }
    ExitCode::from(u8::from(broken > 0))
}
