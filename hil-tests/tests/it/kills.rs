//! A few kills at moments of chance; `kill-nine` makes hundreds.

use std::path::PathBuf;
use std::time::Duration;

use hil_tests::kills::{Plan, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_daemon_that_is_killed_keeps_its_promises() {
    let plan = Plan {
        program: PathBuf::from(env!("CARGO_BIN_EXE_daemon-under-test")),
        kills: 5,
        lives_max: Duration::from_millis(2_500),
        modems: 2,
        network: Duration::from_millis(100),
        patience: Duration::from_mins(2),
        seed: 7,
    };
    let report = run(&plan, |_| {}).await.expect("it runs");
    assert!(report.violations.is_empty(), "{:#?}\n{}", report.violations, report.log);
    assert!(report.promised > 20 && report.written > 5, "it was busy: {report:?}");
}
