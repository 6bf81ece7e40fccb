//! One short conversation, cut at commits and behind octets: `simulate --exhaustive` makes every cut, these a share of them.

use hil_tests::sim::exhaustive::{Report, commits, octets};
use hil_tests::sim::fault::Coverage;
use hil_tests::sim::plan::Plan;
use hil_tests::sim::required::REQUIRED;
use hil_tests::sim::run::play;

fn kept(report: &Report) {
    let broken: Vec<String> = report.broken.iter().map(|(name, no)| format!("{name}: {}: {}", no.name, no.words)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn nothing_is_lost_or_doubled_wherever_the_box_dies() {
    let report = commits(13);
    kept(&report);
    assert!(report.commits > 26, "the conversation has more commits than {}", report.commits);
}

#[test]
fn nothing_is_lost_or_doubled_wherever_the_line_breaks() {
    let report = octets(11);
    kept(&report);
    assert!(report.cut * 10 > report.runs * 8, "{} of {} runs were cut", report.cut, report.runs);
}

#[test]
fn faults_strike_that_are_armed() {
    let mut coverage = Coverage::default();
    for seed in 1..=3 {
        coverage.merge(&play(&Plan::storm(seed, 0.05), None, false).coverage);
    }
    let blind = coverage.blind();
    assert!(blind.len() * 3 < REQUIRED.len() * 2, "three storms show not even a third: {}", blind.join("; "));
}
