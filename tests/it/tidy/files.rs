//! Tracked files: no path of somebody's machine, no registry host, no dead link in the documentation.

use super::Violation;

/// Every broken rule of one tracked text file.
pub fn violations(path: &str, text: &str, tracked: &[String]) -> Vec<Violation> {
    let mut found = machine(path, text);
    if super::extension(path) == "md" {
        found.extend(links(path, text, tracked));
    }
    found
}

/// Written in two halves, so that this file passes its own rule.
const FOREIGN: &[(&str, &str)] = &[
    ("/ho", "me/"),
    ("/Us", "ers/"),
    ("/ro", "ot/"),
    ("/wo", "rk/"),
    ("/w", "t/"),
    ("crates", ".io"),
    ("py", "pi.org"),
    ("npm", "js.org"),
    ("deb.deb", "ian.org"),
    ("//docs", ".rs"),
];

/// Cargo writes its index into the lock file; it is no address of ours.
const LOCK: &str = "Cargo.lock";

fn machine(path: &str, text: &str) -> Vec<Violation> {
    if path == LOCK {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for word in FOREIGN.iter().map(|(a, b)| format!("{a}{b}")).filter(|word| stands(line, word)) {
            let what = format!("`{word}` belongs to one machine or to a registry: use a path of the project, or a name");
            found.push(Violation { path: path.to_owned(), line: at + 1, rule: "machine", what });
        }
    }
    found
}

/// A path begins there (not in the middle of a longer one), and a host is a whole name.
fn stands(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        if word.starts_with('/') {
            !before.is_some_and(|c| inside(c) || matches!(c, '.' | '}' | '$' | ')'))
        } else {
            !before.is_some_and(inside) && !after.is_some_and(inside)
        }
    })
}

fn links(path: &str, text: &str, tracked: &[String]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let aim = resolve(path, target);
            if !tracked.iter().any(|file| *file == aim || file.starts_with(&format!("{aim}/"))) {
                let what = format!("the link to `{target}` leads nowhere: {aim} is not a file of the project");
                found.push(Violation { path: path.to_owned(), line: at + 1, rule: "links", what });
            }
        }
    }
    found
}

fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, rules: &[&str]) {
        let tracked = ["README.md".to_owned(), "docs/install.md".to_owned()];
        let found: Vec<&str> = violations(path, text, &tracked).iter().map(|violation| violation.rule).collect();
        assert_eq!(found, rules, "{path}: {text}");
    }

    #[test]
    fn nothing_names_a_machine_or_a_registry() {
        check("src/a.rs", concat!("read(\"/ho", "me/ann/x\")"), &["machine"]);
        check("scripts/test", concat!("cd /wo", "rk/x"), &["machine"]);
        check("docs/a.md", concat!("see https://crates", ".io/x"), &["machine"]);
        check("Cargo.lock", concat!("registry+https://github.com/rust-lang/crates", ".io-index"), &[]);
        check("src/a.rs", "\"/var/lib/answerback\" $dir/work/ a/home/b", &[]);
    }

    #[test]
    fn links_lead_to_files() {
        check("README.md", "[install](docs/install.md#udev) [web](https://example.org) [docs](docs/)", &[]);
        check("docs/install.md", "[up](../README.md) [gone](gone.md)", &["links"]);
    }
}
