//! The deterministic simulation: the same seed is the same run, and a share of seeds keeps every promise.

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
