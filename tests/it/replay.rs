//! Every case file, in every manner, through the engine: conversation.md sections 3 and 6.

use std::path::PathBuf;

use answerback::rehearsal::{Manner, Replay, replay};

fn manifest(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn every_case_passes_plain_doubled_restarted_and_swapped() {
    let request =
        Replay { flows: manifest("flows"), cases: vec![manifest("tests/data/cases")], settings: None, manners: Manner::ALL.to_vec() };
    let mut out = Vec::new();
    let summary = replay(&request, &mut out).expect("runs");
    let said = String::from_utf8(out).expect("words");
    let fallen: Vec<&str> = said.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert!(fallen.is_empty() && summary.passed >= 79, "{}\n{summary:?}", fallen.join("\n"));
}
