//! The demo as a newcomer runs it: `demo --once` plays the whole conversation over two ptys and exits with what it saw.

use std::process::{Command, Output};

#[test]
fn a_past_due_bill_is_asked_answered_charged_once_and_receipted() {
    let shown = demo(env!("CARGO_BIN_EXE_daemon-under-test"), "120");
    let told = text(&shown);
    assert!(shown.status.success(), "{told}");
    let scenes = [
        "the daemon accepts: 202",
        "the modem took it, the network has it: prompt",
        "Reply Y to pay now with card 1234",
        "the customer answers: Y",
        "the daemon understands it by rule 12",
        "/billing/charge key ses_",
        "session.completed, its signature is right",
        "Paid 84.50 USD. Receipt 8841. Thank you.",
        "the delivery report is back: tell",
        "completed: asked, answered, charged once, receipt delivered",
    ];
    for scene in scenes {
        assert_eq!(told.matches(scene).count(), 1, "`{scene}` once:\n{told}");
    }
}

#[test]
fn a_demo_that_cannot_complete_fails_and_says_why() {
    let no_daemon = demo("/bin/false", "5");
    assert_eq!(no_daemon.status.code(), Some(1));
    assert!(text(&no_daemon).contains("demo: the daemon ended"), "{}", text(&no_daemon));
    let no_time = demo(env!("CARGO_BIN_EXE_daemon-under-test"), "0");
    assert_eq!(no_time.status.code(), Some(1));
    let told = text(&no_time);
    assert!(told.contains("missing: ") && told.contains("the receipt on the customer's phone"), "{told}");
}

fn demo(program: &str, patience_s: &str) -> Output {
    let arguments = ["--once", "--program", program, "--patience", patience_s];
    Command::new(env!("CARGO_BIN_EXE_demo")).args(arguments).output().expect("the demo runs")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
