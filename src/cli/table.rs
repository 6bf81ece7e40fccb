//! Tables for people: columns as wide as their widest cell, colour only on a terminal.

use std::io::IsTerminal as _;

use serde_json::Value;

/// Lines up rows below a heading.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heading[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![strong(&line(&mut heading.iter().copied()))];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

/// Bold on a terminal.
pub fn strong(text: &str) -> String {
    coloured("1", text)
}

/// Green on a terminal.
pub fn good(text: &str) -> String {
    coloured("32", text)
}

/// Red on a terminal.
pub fn bad(text: &str) -> String {
    coloured("31", text)
}

fn coloured(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A JSON value as one cell: absent is a dash, control characters of a stranger's text cannot reach the terminal.
pub fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    };
    plain(&text)
}

/// A text without anything a terminal obeys: control characters become their pictures.
pub fn plain(text: &str) -> String {
    text.chars().map(picture).collect()
}

fn picture(sign: char) -> char {
    match sign {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + sign as u32).unwrap_or('?'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let text = table(&["NAME", "STATE"], &[vec!["a longer name".to_owned(), "up".to_owned()], vec!["b".to_owned(), "down".to_owned()]]);
        assert_eq!(text, "NAME           STATE\na longer name  up\nb              down");
    }

    #[test]
    fn a_strangers_text_cannot_steer_the_terminal() {
        assert_eq!(plain("a\u{1b}[2J\rb\u{202e}c"), "a\u{241b}[2J\u{240d}b\u{fffd}c");
    }
}
