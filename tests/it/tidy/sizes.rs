//! Small files, small functions, and a first line that says what a file is for.

use super::Violation;
use super::source::Source;

/// A file longer than this is two files.
const FILE_LINES_MAX: usize = 500;
/// Half the files are at most this long.
const FILE_LINES_MEDIAN: usize = 250;
/// A function longer than this has more than one level of decision.
const FUNCTION_LINES_MAX: usize = 70;

/// Files that are one table of data, which may be long.
const TABLES: &[&str] = &[];

/// Every file and function over its size, and every file that does not say what it is for.
pub fn violations(sources: &[Source]) -> Vec<Violation> {
    let mut found: Vec<Violation> = sources.iter().flat_map(file).collect();
    found.extend(sources.iter().flat_map(functions));
    let mut lengths: Vec<usize> = sources.iter().map(|source| source.text.lines().count()).collect();
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    if median > FILE_LINES_MEDIAN {
        let what = format!("half the files are longer than {median} lines; the aim is {FILE_LINES_MEDIAN}: split the longest");
        found.push(Violation { path: "src".to_owned(), line: 1, rule: "sizes", what });
    }
    found
}

fn file(source: &Source) -> Vec<Violation> {
    let at = |line, what| Violation { path: source.path.clone(), line, rule: "sizes", what };
    let mut found = Vec::new();
    let lines = source.text.lines().count();
    if lines > FILE_LINES_MAX && !TABLES.contains(&source.path.as_str()) {
        found.push(at(FILE_LINES_MAX, format!("{lines} lines; a file stops at {FILE_LINES_MAX}: split it by what its parts are for")));
    }
    if !source.text.starts_with("//!") {
        let what = "the first line says what the file is for (`//! ...`), and what it deliberately does not do".to_owned();
        found.push(Violation { rule: "first line", ..at(1, what) });
    }
    found
}

fn functions(source: &Source) -> Vec<Violation> {
    let product = source.find("fn").into_iter().filter(|offset| !source.is_test(*offset));
    product
        .filter_map(|offset| {
            let body = source.code[offset..].find(['{', ';']).map(|at| offset + at)?;
            let body = source.bracketed(body);
            let (from, to) = (source.line_of(offset), source.line_of(body.end.saturating_sub(1)));
            let named = source.code[offset + 2..].trim_start();
            let name: String = named.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let lines = to - from + 1;
            let what = format!(
                "`{name}` has {lines} lines; a function stops at {FUNCTION_LINES_MAX}: the parent keeps the `match`, the leaves are plain"
            );
            let has_body = source.code.as_bytes().get(body.start) == Some(&b'{') && !name.is_empty();
            (has_body && lines > FUNCTION_LINES_MAX).then(|| Violation { path: source.path.clone(), line: from, rule: "sizes", what })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, rules: &[&str]) {
        let found: Vec<&str> = violations(&[Source::new("src/engine/accept.rs", code)]).iter().map(|violation| violation.rule).collect();
        assert_eq!(found, rules);
    }

    #[test]
    fn sizes_are_kept() {
        let lines = |count| "//! x\n".repeat(count);
        check(&lines(250), &[]);
        check(&lines(251), &["sizes"]);
        check(&lines(501), &["sizes", "sizes"]);
        let function = |lines| format!("//! x\nfn f(x: [u8; 2]) {{\n{}}}\n", "    g();\n".repeat(lines));
        check(&function(68), &[]);
        check(&function(69), &["sizes"]);
        check(&format!("//! x\n#[cfg(test)]\nmod tests {{\n{}}}\n", function(90)), &[]);
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        check("fn f() {}\n", &["first line"]);
    }

    #[test]
    fn a_signature_without_a_body_has_no_size() {
        check(&format!("//! x\ntrait A {{\n fn a(&self);\n{}}}\n", "\n".repeat(90)), &[]);
    }
}
