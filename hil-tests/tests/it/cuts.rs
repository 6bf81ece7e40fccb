//! One short conversation, cut at commits and behind octets: `simulate --exhaustive` makes every cut, these a share of them.

use hil_tests::emulator::dialect::Dialect;
use hil_tests::sim::exhaustive::{Report, Share, commits, octets};
use hil_tests::sim::fault::Coverage;
use hil_tests::sim::plan::Plan;
use hil_tests::sim::required::REQUIRED;
use hil_tests::sim::run::play;

fn kept(report: &Report) {
    let broken: Vec<String> = report.broken.iter().map(|(name, no)| format!("{name}: {}: {}", no.name, no.words)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Every dialect with cuts of its own: together they leave few places out.
fn shares(stride: usize) -> impl Iterator<Item = Share> {
    let dialects = Dialect::all();
    dialects.iter().enumerate().map(move |(place, dialect)| Share { dialect, first: place * stride / dialects.len(), stride })
}

/// No promise is broken, every dialect is cut, and most of the cuts are made.
fn check(stride: usize, cut: fn(Share) -> Report) {
    let (mut made, mut runs) = (0, 0);
    for share in shares(stride) {
        let report = cut(share);
        kept(&report);
        assert!(report.cut > 0, "{}: none of {} runs was cut", share.dialect.name, report.runs);
        (made, runs) = (made + report.cut, runs + report.runs);
    }
    assert!(made * 2 > runs, "{made} of {runs} runs were cut");
}

#[test]
fn nothing_is_lost_or_doubled_wherever_the_box_dies() {
    check(24, commits);
}

#[test]
fn nothing_is_lost_or_doubled_wherever_the_line_breaks() {
    check(60, octets);
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
