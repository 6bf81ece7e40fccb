//! A migration is never edited after it ships: boxes in the field have run it. Its hash is on record.

use sha2::{Digest, Sha256};

use super::Violation;

/// Where migrations live.
pub const FOLDER: &str = "src/store/migrations/";
/// Their hashes, in the form `sha256sum` reads and writes.
pub const RECORD: &str = "tests/data/migrations.sha256";

/// Compares migrations (path and text, sorted by path) with the record.
pub fn violations(shipped: &[(String, String)], record: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let known: Vec<(&str, &str)> = record.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once("  ")).collect();
    let mut say = |path: &str, what: String| found.push(Violation { path: path.to_owned(), line: 1, rule: "migrations", what });
    for (at, (path, text)) in shipped.iter().enumerate() {
        let number = format!("{FOLDER}{:04}_", at + 1);
        if !path.starts_with(&number) {
            say(path, format!("migrations count up without a gap, NNNN_verb_noun.sql: this one begins with {number}"));
        }
        match known.iter().find(|(_, known)| known == path) {
            None => say(path, "a new migration: put it on record with scripts/record-migrations".to_owned()),
            Some((hash, _)) if *hash != hash_of(text) => {
                say(
                    path,
                    "edited after it was put on record: undo, and write the next migration (never shipped? scripts/record-migrations)"
                        .to_owned(),
                );
            }
            Some(_) => {}
        }
    }
    for (_, path) in known.iter().filter(|(_, known)| !shipped.iter().any(|(path, _)| path == known)) {
        say(path, "on record but gone: a box in the field has run it, put it back".to_owned());
    }
    found
}

fn hash_of(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shipped: &[(&str, &str)], record: &[(&str, &str)], want: usize) {
        let shipped: Vec<(String, String)> = shipped.iter().map(|(path, text)| (format!("{FOLDER}{path}"), (*text).to_owned())).collect();
        let lines: Vec<String> = record.iter().map(|(path, text)| format!("{}  {FOLDER}{path}", hash_of(text))).collect();
        let found = violations(&shipped, &format!("# released up to 0000\n{}\n", lines.join("\n")));
        assert_eq!(found.len(), want, "{found:?}");
    }

    #[test]
    fn the_record_holds_every_migration() {
        check(&[("0001_create.sql", "a")], &[("0001_create.sql", "a")], 0);
        check(&[("0001_create.sql", "b")], &[("0001_create.sql", "a")], 1);
        check(&[("0001_create.sql", "a"), ("0002_add.sql", "b")], &[("0001_create.sql", "a")], 1);
        check(&[], &[("0001_create.sql", "a")], 1);
        check(&[("0002_add.sql", "a")], &[("0002_add.sql", "a")], 1);
    }
}
