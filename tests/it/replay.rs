//! Every case file, in every manner, through the engine: conversation.md sections 3 and 6.

use std::path::PathBuf;

use answerback::rehearsal::{Manner, Replay, replay};

fn manifest(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn check(flows: &str, cases: &str, cases_min: usize) {
    let request = Replay { flows: manifest(flows), cases: vec![manifest(cases)], settings: None, manners: Manner::ALL.to_vec() };
    let mut out = Vec::new();
    let summary = replay(&request, &mut out).expect("runs");
    let said = String::from_utf8(out).expect("words");
    let fallen: Vec<&str> = said.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert!(fallen.is_empty() && summary.passed >= cases_min, "{}\n{summary:?}", fallen.join("\n"));
}

#[test]
fn every_case_passes_plain_doubled_restarted_and_swapped() {
    check("flows", "tests/data/cases", 189);
}

/// Keys of flow files that no shipped flow uses in every way.
#[test]
fn every_key_does_what_the_manual_says() {
    check("tests/data/keys", "tests/data/keys", 40);
}

/// Each line names what holds one hard case: a case file, or a test as `FILE::NAME`.
#[test]
fn every_hard_case_is_a_named_test() {
    let list = std::fs::read_to_string(manifest("tests/data/hard-cases.toml")).expect("the list");
    let list: toml::Table = list.parse().expect("a table");
    let mut missing = Vec::new();
    for number in 1..=HARD_CASES {
        let names = list.get(&number.to_string()).and_then(toml::Value::as_array);
        let names: Vec<&str> = names.into_iter().flatten().filter_map(toml::Value::as_str).collect();
        if names.is_empty() || !names.iter().all(|name| is_there(name)) {
            missing.push(format!("{number}: {names:?}"));
        }
    }
    assert!(missing.is_empty(), "hard cases of conversation.md section 3 without their tests:\n{}", missing.join("\n"));
}

const HARD_CASES: usize = 54;

fn is_there(name: &str) -> bool {
    match name.split_once("::") {
        Some((file, test)) => {
            let source = std::fs::read_to_string(manifest(file)).unwrap_or_default();
            source.contains(&format!("fn {test}("))
        }
        None => ["cases", "keys"].iter().any(|dir| manifest(&format!("tests/data/{dir}/{name}.case.toml")).exists()),
    }
}
