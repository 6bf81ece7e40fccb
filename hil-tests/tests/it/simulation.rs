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
