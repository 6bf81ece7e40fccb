//! Checks vector files against this crate: one line for each vector that falls, then the count; exit 1 if any fell.
//!
//! `cargo run --release -p at-commands --example vectors -- FILE...`

#[path = "../tests/it/check/mod.rs"]
mod check;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "an example program reads its arguments and files; the crate does not")]
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("name one or more vector files: vectors FILE...");
        return ExitCode::from(2);
    }
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for file in &files {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("{file}: {error}");
                return ExitCode::from(2);
            }
        };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match verdict(line) {
                Ok(()) => passed += 1,
                Err(why) => {
                    failed += 1;
                    println!("{why}");
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A vector falls by a difference, by a line that is none, and by a panic.
fn verdict(line: &str) -> Result<(), String> {
    let vector = check::parse(line)?;
    let id = vector.get("id").and_then(serde_json::Value::as_str).unwrap_or("?").to_owned();
    match std::panic::catch_unwind(|| check::check(&vector)) {
        Ok(verdict) => verdict.map_err(|why| format!("{id}: {why}")),
        Err(_) => Err(format!("{id}: the crate panicked")),
    }
}
