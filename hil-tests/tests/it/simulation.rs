//! The deterministic simulation: the same seed is the same run, and each sabotage of the rig breaks a promise.

use hil_tests::sim::mutation::{SABOTAGES, hunt};
use hil_tests::sim::plan::Plan;
use hil_tests::sim::run::play;

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in [3, 8] {
        let plan = Plan::of(seed, 0.05);
        let (first, second) = (play(&plan, None, false), play(&plan, None, true));
        assert_eq!(first.digest, second.digest, "seed {seed}");
        assert_eq!(first.coverage, second.coverage, "seed {seed}");
        assert_ne!(first.digest, play(&Plan::of(seed + 1, 0.05), None, false).digest, "another seed is another run");
    }
}

/// Every third sabotage of the table, from `first` on: caught, and its plans break nothing without it.
fn check_sabotages(first: usize) {
    for sabotage in SABOTAGES.iter().skip(first).step_by(3) {
        let hunt = hunt(sabotage, true);
        assert!(hunt.caught.is_some(), "{:?} is not caught in {} plans: {}", sabotage.mutation, hunt.plans, sabotage.breaks);
        assert_eq!(hunt.innocent, None, "{:?}: its plans without it", sabotage.mutation);
    }
}

#[test]
fn sabotages_are_caught() {
    check_sabotages(0);
}

#[test]
fn more_sabotages_are_caught() {
    check_sabotages(1);
}

#[test]
fn the_other_sabotages_are_caught() {
    check_sabotages(2);
}

/// A share of what `scripts/soak` plays for hours.
#[test]
fn the_first_seeds_break_no_promise() {
    const SEEDS: u64 = 100;
    const THREADS: u64 = 2;
    let play_some = |thread: u64| {
        let seeds = (1..=SEEDS).skip(thread as usize).step_by(THREADS as usize);
        let broken = seeds.filter_map(|seed| Some((seed, play(&Plan::of(seed, 0.01), None, false).violation?)));
        broken.map(|(seed, no)| format!("seed {seed}: {}: {}", no.name, no.words)).collect::<Vec<_>>()
    };
    let broken: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || play_some(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no seed panics")).collect()
    });
    assert!(broken.is_empty(), "simulate --days 0.01 --seeds 1 --start SEED shows what happened:\n{}", broken.join("\n"));
}

/// Seeds that found what the first ones do not, and what it was.
const FOUND: &[(u64, &str)] = &[(201_099, "a clock that was set right left what had been learned and asked in the time before")];

#[test]
fn what_a_seed_has_found_stays_mended() {
    for (seed, what) in FOUND {
        let violation = play(&Plan::of(*seed, 0.05), None, false).violation;
        assert_eq!(violation, None, "{what}; simulate --seeds 1 --start {seed} shows what happened");
    }
}
