//! The house rules as tests: layers, bans, sizes, migrations, tracked files. A rule that matters stands here, not in a
//! person's memory; each has a self-test that shows it can fail.

mod bans;
mod files;
mod layers;
mod migrations;
mod sizes;
mod source;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use source::Source;

/// One broken rule: where, which, and what to do about it.
#[derive(Debug)]
struct Violation {
    path: String,
    line: usize,
    rule: &'static str,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.what)
    }
}

fn violation(source: &Source, offset: usize, rule: &'static str, what: impl Into<String>) -> Violation {
    Violation { path: source.path.clone(), line: source.line_of(offset), rule, what: what.into() }
}

#[test]
fn imports_go_down_and_siblings_never_meet() {
    let mut found: Vec<Violation> = sources().iter().flat_map(layers::imports).collect();
    found.extend(layers::manifest(&read("at-commands/Cargo.toml")));
    none(&found);
}

#[test]
fn nothing_banned_is_used() {
    none(&sources().iter().flat_map(bans::violations).collect::<Vec<_>>());
}

#[test]
fn files_and_functions_are_small() {
    none(&sizes::violations(&sources()));
}

#[test]
fn shipped_migrations_are_never_edited() {
    let shipped = tracked().into_iter().filter(|path| path.starts_with(migrations::FOLDER) && extension(path) == "sql");
    let shipped: Vec<(String, String)> = shipped.map(|path| (read(&path), path)).map(|(text, path)| (path, text)).collect();
    none(&migrations::violations(&shipped, &read(migrations::RECORD)));
}

#[test]
fn tracked_files_name_no_machine_and_every_link_holds() {
    let tracked = tracked();
    let texts = tracked.iter().filter_map(|path| Some((path.as_str(), std::fs::read_to_string(root().join(path)).ok()?)));
    none(&texts.flat_map(|(path, text)| files::violations(path, &text, &tracked)).collect::<Vec<_>>());
}

#[test]
fn the_code_is_formatted() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let check = Command::new(cargo)
        .args(["fmt", "--all", "--check"])
        .current_dir(root())
        .output()
        .expect("cargo fmt runs; rustup component add rustfmt");
    let differences = String::from_utf8_lossy(&check.stdout).lines().filter(|line| line.starts_with("Diff in")).count();
    assert!(
        check.status.success(),
        "{differences} places are not as rustfmt writes them: run `cargo fmt --all`\n{}",
        String::from_utf8_lossy(&check.stderr)
    );
}

fn none(found: &[Violation]) {
    let lines: Vec<String> = found.iter().map(Violation::to_string).collect();
    assert!(found.is_empty(), "{} broken house rules:\n{}", found.len(), lines.join("\n"));
}

/// Every Rust file of the three crates.
fn sources() -> Vec<Source> {
    let rust = tracked().into_iter().filter(|path| extension(path) == "rs");
    rust.map(|path| Source::new(&path, &read(&path))).collect()
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The project's files: what git tracks or would add, or every file outside build folders where there is no git.
fn tracked() -> Vec<String> {
    let git = Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root()).output();
    let mut paths: Vec<String> = match git {
        Ok(listing) if listing.status.success() => String::from_utf8_lossy(&listing.stdout).lines().map(str::to_owned).collect(),
        Ok(_) | Err(_) => walk(&root()),
    };
    paths.retain(|path| root().join(path).is_file());
    paths.sort();
    paths.dedup();
    assert!(paths.len() > 10, "no sources found below {}", root().display());
    paths
}

fn walk(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "target" && name != ".git" {
            paths.extend(walk(&path));
        } else if let Ok(inside) = path.strip_prefix(root()) {
            paths.push(inside.to_string_lossy().into_owned());
        }
    }
    paths
}
