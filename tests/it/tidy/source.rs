//! One Rust file as the rules see it: code with comments and literals blanked, the literals and comments by line, and
//! which lines are tests. It is a lexer, not a parser: what needs types is the compiler's and clippy's work.

use std::ops::Range;

/// A file of the tree, read once.
pub struct Source {
    /// Path from the root of the workspace, with `/`.
    pub path: String,
    /// The text as it is.
    pub text: String,
    /// The text with comments and the insides of literals blanked: the same length and the same lines.
    pub code: String,
    /// String literals: line and content.
    pub strings: Vec<(usize, String)>,
    /// Plain comments by line (doc comments are prose about items, not reasons for a line).
    comments: Vec<usize>,
    /// Byte ranges of `code` that only exist in tests.
    tests: Vec<Range<usize>>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Source {
    /// Lexes `text`.
    pub fn new(path: &str, text: &str) -> Self {
        let mut lexer = Lexer { text: text.as_bytes(), at: 0, line: 1, code: Vec::new(), strings: Vec::new(), comments: Vec::new() };
        lexer.run();
        let code = String::from_utf8(lexer.code).expect("whole literals and comments are blanked, never half a character");
        let tests = if is_test_path(path) { std::iter::once(0..code.len()).collect() } else { test_items(&code) };
        let starts = std::iter::once(0).chain(code.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: path.to_owned(), text: text.to_owned(), strings: lexer.strings, comments: lexer.comments, tests, starts, code }
    }

    /// The line (from 1) of a byte of `code`.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// Whether that byte is compiled only for tests.
    pub fn is_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// Whether every byte of that line is compiled only for tests.
    pub fn is_test_line(&self, line: usize) -> bool {
        self.is_test(self.starts[line - 1])
    }

    /// Whether a plain comment stands on that line, or above the statement the line belongs to.
    pub fn has_reason(&self, line: usize) -> bool {
        if self.comments.contains(&line) {
            return true;
        }
        for above in (1..line).rev().take(STATEMENT_LINES_MAX) {
            let code = self.code[self.starts[above - 1]..self.starts[above]].trim();
            if code.is_empty() || self.comments.contains(&above) && !code.ends_with([';', '{', '}']) {
                return self.comments.contains(&above);
            }
            if code.ends_with([';', '{', '}']) {
                return false;
            }
        }
        false
    }

    /// Where `word` stands in the code as whole words, for example `Instant::now`.
    pub fn find(&self, word: &str) -> Vec<usize> {
        let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let bytes = self.code.as_bytes();
        let (starts, ends) = (is_word(word.as_bytes().first()), is_word(word.as_bytes().last()));
        self.code
            .match_indices(word)
            .map(|(offset, _)| offset)
            .filter(|offset| !(starts && *offset > 0 && is_word(bytes.get(offset - 1))))
            .filter(|offset| !(ends && is_word(bytes.get(offset + word.len()))))
            .collect()
    }

    /// The bytes from an opening bracket at or after `offset` to the one that closes it.
    pub fn bracketed(&self, offset: usize) -> Range<usize> {
        bracketed(&self.code, offset)
    }
}

/// How far above a line its statement may begin: the longest chain rustfmt leaves us.
const STATEMENT_LINES_MAX: usize = 25;

fn is_test_path(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "benches" | "examples" | "fuzz")) || path.ends_with("/tests.rs")
}

/// Items under `#[cfg(test)]`, from the attribute to their last byte.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let attributes = code.match_indices("#[cfg(").filter(|(at, _)| {
        let condition = &code[bracketed(code, *at)];
        condition.starts_with("[cfg(test)") || condition.starts_with("[cfg(all(test")
    });
    attributes.map(|(at, _)| at..item_end(code, at)).collect()
}

fn item_end(code: &str, attribute: usize) -> usize {
    let mut at = attribute;
    while code[at..].trim_start().starts_with('#') {
        at = bracketed(code, at).end;
    }
    match code[at..].find(['{', ';']) {
        Some(end) if code.as_bytes()[at + end] == b'{' => bracketed(code, at + end).end,
        Some(end) => at + end + 1,
        None => code.len(),
    }
}

fn bracketed(code: &str, offset: usize) -> Range<usize> {
    let Some(start) = code[offset..].find(['(', '[', '{']).map(|at| offset + at) else {
        return code.len()..code.len();
    };
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return start..at + 1;
        }
    }
    start..code.len()
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    code: Vec<u8>,
    strings: Vec<(usize, String)>,
    comments: Vec<usize>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while self.at < self.text.len() {
            match self.text[self.at] {
                b'/' if self.starts("//") => self.line_comment(),
                b'/' if self.starts("/*") => self.block_comment(),
                b'"' => self.string(),
                b'r' if !self.after_word() && self.raw_hashes().is_some() => self.raw_string(),
                b'b' | b'c' if !self.after_word() && matches!(self.peek(1), Some(b'"' | b'\'')) => self.keep(1),
                b'b' | b'c' if !self.after_word() && self.peek(1) == Some(b'r') => self.keep(1),
                b'\'' => self.quote(),
                _ => self.keep(1),
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn starts(&self, with: &str) -> bool {
        self.text[self.at..].starts_with(with.as_bytes())
    }

    /// Whether the byte before belongs to a word; a `b` or `c` prefix alone does not.
    fn after_word(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).map(|at| self.text[at]);
        let is_word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_prefix = matches!(before(1), Some(b'b' | b'c'));
        is_word(before(if is_prefix { 2 } else { 1 }))
    }

    fn keep(&mut self, bytes: usize) {
        for _ in 0..bytes {
            let byte = self.text[self.at];
            self.line += usize::from(byte == b'\n');
            self.code.push(byte);
            self.at += 1;
        }
    }

    fn blank(&mut self, end: usize) {
        for at in self.at..end.min(self.text.len()) {
            let byte = self.text[at];
            self.line += usize::from(byte == b'\n');
            self.code.push(if byte == b'\n' { b'\n' } else { b' ' });
        }
        self.at = end.min(self.text.len());
    }

    fn line_comment(&mut self) {
        let end = self.text[self.at..].iter().position(|byte| *byte == b'\n').map_or(self.text.len(), |at| self.at + at);
        let doc = matches!(self.peek(2), Some(b'!')) || (self.peek(2) == Some(b'/') && self.peek(3) != Some(b'/'));
        if !doc {
            self.comments.push(self.line);
        }
        self.blank(end);
    }

    fn block_comment(&mut self) {
        let (mut depth, mut end) = (0_usize, self.at);
        self.comments.push(self.line);
        while end < self.text.len() {
            if self.text[end..].starts_with(b"/*") {
                (depth, end) = (depth + 1, end + 2);
            } else if self.text[end..].starts_with(b"*/") {
                (depth, end) = (depth - 1, end + 2);
            } else {
                end += 1;
            }
            if depth == 0 {
                break;
            }
        }
        self.blank(end);
    }

    fn string(&mut self) {
        self.keep(1);
        let mut end = self.at;
        while end < self.text.len() && self.text[end] != b'"' {
            end += if self.text[end] == b'\\' { 2 } else { 1 };
        }
        self.literal(end);
        if self.at < self.text.len() {
            self.keep(1);
        }
    }

    fn raw_hashes(&self) -> Option<usize> {
        let hashes = self.text[self.at + 1..].iter().take_while(|byte| **byte == b'#').count();
        (self.peek(1 + hashes) == Some(b'"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(0);
        let close = format!("\"{}", "#".repeat(hashes));
        self.keep(2 + hashes);
        let rest = &self.text[self.at..];
        let end = rest.windows(close.len()).position(|window| window == close.as_bytes()).map_or(self.text.len(), |at| self.at + at);
        self.literal(end);
        let tail = close.len().min(self.text.len() - self.at);
        self.keep(tail);
    }

    fn literal(&mut self, end: usize) {
        let end = end.min(self.text.len());
        self.strings.push((self.line, String::from_utf8_lossy(&self.text[self.at..end]).into_owned()));
        self.blank(end);
    }

    /// A character literal, or the tick of a lifetime.
    fn quote(&mut self) {
        let rest = &self.text[self.at + 1..];
        let escaped = rest.first() == Some(&b'\\');
        let close = rest.iter().skip(1 + usize::from(escaped)).position(|byte| *byte == b'\'').map(|at| at + 1 + usize::from(escaped));
        let one = |close: usize| std::str::from_utf8(&rest[..close]).is_ok_and(|inside| inside.chars().count() == 1);
        match close.filter(|close| escaped || one(*close)) {
            Some(close) => {
                self.keep(1);
                self.blank(self.at + close);
                self.keep(1);
            }
            None => self.keep(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &str) {
        assert_eq!(Source::new("src/x.rs", text).code, want, "{text}");
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */ */ d", "a                 d");
        check(r#"f("a\"b", 'c', '\'', b"d", 'é')"#, r#"f("    ", ' ', '  ', b" ", '  ')"#);
        check("r#\"a\"b\"#; br\"c\";", "r#\"   \"#; br\" \";");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
        check("'outer: loop { break 'outer; }", "'outer: loop { break 'outer; }");
        check("for_r(\"x\")", "for_r(\" \")");
    }

    #[test]
    fn test_items_are_told_from_the_product() {
        let source = Source::new("src/x.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}\n");
        let tests: Vec<bool> = (1..=6).map(|line| source.is_test_line(line)).collect();
        assert_eq!(tests, [false, true, true, true, true, false]);
        assert!(Source::new("src/room/tests.rs", "fn a() {}").is_test(0));
    }

    #[test]
    fn a_reason_stands_on_the_line_or_above_its_statement() {
        let cases = [
            ("a(); // why\n", 1, true),
            ("// why\na\n    .b()\n    .c();\n", 3, true),
            ("// why\na();\nb();\n", 3, false),
            ("/// what\na();\n", 2, false),
            ("// why\n\na();\n", 3, false),
        ];
        for (text, line, want) in cases {
            assert_eq!(Source::new("src/x.rs", text).has_reason(line), want, "{text}");
        }
    }

    #[test]
    fn whole_words_are_found() {
        let source = Source::new("src/x.rs", "Instant::now(); MyInstant::now(); Instant::nowhere(); a.expect(b); a.expect_err(c)");
        assert_eq!(source.find("Instant::now"), [0]);
        assert_eq!(source.find(".expect(").len(), 1);
    }
}
