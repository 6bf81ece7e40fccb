//! The figures of very many sessions are taken on a build that somebody makes for it: here a handful shows that they can be taken.

use std::time::Duration;

use hil_tests::measure::Options;
use hil_tests::measure::sessions::{Sizes, measure};

#[tokio::test]
async fn every_figure_of_a_crowd_is_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = Options { program: "none".into(), dir: dir.path().to_owned(), accepts: 0, texts: 0 };
    let sizes = Sizes { texts: 2, apart: 3, together: 12, beside: 2, ahead: Duration::from_secs(1) };
    let mut told = Vec::new();
    measure(&options, 0, sizes, &mut |line| told.push(line.to_owned())).await.expect("measured");
    let named: Vec<&str> = told.iter().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(named, ["disk", "sessions", "resolve", "sessions", "resolve", "timers", "timers", "resolve", "memory"], "{told:#?}");
    assert!(told.iter().filter(|line| line.contains("CPU each")).count() == 2 && told[6].contains("of 12;"), "{told:#?}");
}
