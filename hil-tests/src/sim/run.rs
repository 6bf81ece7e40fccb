//! One seed: made, played, brought to rest, judged; and where a promise was not kept, played again with fewer faults.

use std::time::Duration;

use answerback::time::Tick;

use super::fault::Coverage;
use super::invariant;
use super::mutation::Mutation;
use super::plan::Plan;
use super::{Sim, Violation};

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The promise that was not kept.
    pub violation: Option<Violation>,
    /// Modems times the time that passed.
    pub modem_time: Duration,
    /// How often each fault struck.
    pub coverage: Coverage,
    /// Two runs of a seed have the same.
    pub digest: u64,
    /// What happened; empty where it was not asked for.
    pub lines: Vec<String>,
}

/// After the last act a site that is well comes to rest within this: longer than every wait of a message but its validity.
const REST_MAX: Duration = Duration::from_hours(8);
/// It is looked whether it has, this often: no multiple of what a flow waits, or each look meets the same text on air.
const REST_LOOK: Duration = Duration::from_secs(1_187);
/// A run that does more than this per simulated hour goes round in circles.
const STEPS_PER_HOUR_MAX: u64 = 400_000;

/// Plays a plan.
pub fn play(plan: &Plan, mutation: Option<Mutation>, keep_lines: bool) -> Outcome {
    play_and_rest(plan, mutation, keep_lines, REST_MAX)
}

/// Plays a plan whose site comes to rest within so long after its last act.
pub fn play_and_rest(plan: &Plan, mutation: Option<Mutation>, keep_lines: bool, rest_max: Duration) -> Outcome {
    let mut sim = match Sim::new(plan, mutation, keep_lines) {
        Ok(sim) => sim,
        Err(reject) => return broken(plan, format!("the site cannot be made: {reject}")),
    };
    run_to(&mut sim, plan.until);
    if sim.violation.is_none() {
        sim.calm();
        sim.violation = comes_to_rest(&mut sim, plan.until, rest_max);
    }
    sim.count_faults();
    let modem_time = sim.tick().since(Tick::default()) * u32::try_from(plan.modems.len()).unwrap_or(1);
    let (violation, coverage) = (sim.violation.clone(), sim.coverage.clone());
    let (digest, lines) = sim.finish();
    Outcome { violation, modem_time, coverage, digest, lines }
}

/// Lets time pass until nothing is in hand any more; what is still in hand at the end was forgotten.
fn comes_to_rest(sim: &mut Sim, from: Tick, rest_max: Duration) -> Option<Violation> {
    let mut waited = Duration::ZERO;
    loop {
        waited += REST_LOOK;
        run_to(sim, from.plus(waited));
        if sim.violation.is_some() {
            return sim.violation.take();
        }
        sim.pins_told_again();
        let restless = invariant::at_rest(sim);
        if restless.is_none() || waited >= rest_max {
            return restless;
        }
    }
}

fn run_to(sim: &mut Sim, until: Tick) {
    let hours = until.since(sim.tick()).as_secs() / 3_600 + 1;
    let mut steps = hours * STEPS_PER_HOUR_MAX;
    while sim.violation.is_none() && sim.step(until) {
        steps -= 1;
        if steps == 0 {
            sim.violation = Some(Violation { name: "rest", words: "the site never comes to rest".to_owned() });
        }
    }
}

fn broken(plan: &Plan, words: String) -> Outcome {
    Outcome {
        violation: Some(Violation { name: "site", words }),
        modem_time: Duration::ZERO,
        coverage: Coverage::default(),
        digest: plan.seed,
        lines: Vec::new(),
    }
}

/// The plan with as few faults as still break the same promise: halves are left out first, then single ones.
pub fn shrink(plan: &Plan, mutation: Option<Mutation>, name: &str) -> Plan {
    let mut least = plan.clone();
    let mut size = least.faults().len().div_ceil(2).max(1);
    loop {
        let faults = least.faults();
        let shorter = faults
            .chunks(size)
            .map(|places| least.without(places))
            .find(|shorter| play(shorter, mutation, false).violation.is_some_and(|violation| violation.name == name));
        match shorter {
            Some(shorter) => least = shorter,
            None if size == 1 => return least,
            None => size = size.div_ceil(2).min(size - 1).max(1),
        }
        if least.faults().is_empty() {
            return least;
        }
        size = size.min(least.faults().len()).max(1);
    }
}
