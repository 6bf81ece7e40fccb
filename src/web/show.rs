//! How words and times of other people are shown: escaped, isolated, with nothing invisible left invisible.
//!
//! A text from the air may hold markup, control characters or direction overrides that make "pay 5" read as "pay 500".
//! maud escapes; this file isolates the direction and turns what cannot be seen into pictures.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::time::{Day, Timestamp};

/// The words of a person, whole, with their line breaks.
pub fn words(text: &str) -> Markup {
    let lines: Vec<&str> = text.split('\n').collect();
    html! {
        bdi dir="auto" class="words" {
            @for (at, line) in lines.iter().enumerate() {
                @if at > 0 { br; }
                @for piece in pieces(line.strip_suffix('\r').unwrap_or(line)) {
                    @match piece {
                        Piece::Plain(plain) => (plain),
                        Piece::Mark(mark) => span class="unseen" { (mark) },
                    }
                }
            }
        }
    }
}

/// The first words of a person, on one line.
pub fn first_words(text: &str, chars_max: usize) -> Markup {
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= chars_max {
        return words(&flat);
    }
    let cut: String = flat.chars().take(chars_max).collect();
    words(&format!("{}…", cut.trim_end()))
}

enum Piece {
    Plain(String),
    Mark(String),
}

fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    for sign in line.chars() {
        match picture(sign) {
            None => plain.push(sign),
            Some(mark) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Mark(mark));
            }
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    pieces
}

/// A sign that cannot be seen, as one that can. Joiners stay: emoji and several scripts need them.
fn picture(sign: char) -> Option<String> {
    match sign {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + sign as u32).map(String::from),
        '\u{7f}' => Some("\u{2421}".to_owned()),
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => Some(format!("[U+{:04X}]", sign as u32)),
        _ => None,
    }
}

/// The zone of the box, and what day it is there.
#[derive(Clone)]
pub struct Calendar {
    zone: TimeZone,
    now: Timestamp,
}

impl Calendar {
    /// A zone that is not known is UTC, and its name is then shown with each time.
    pub fn new(zone: &str, now: Timestamp) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC), now }
    }

    /// The instant pages are made at.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// An instant, as short as it can be said today.
    pub fn time(&self, at: Timestamp) -> Markup {
        let (then, today) = (at.civil(&self.zone), self.now.civil(&self.zone));
        let form = match (then.date() == today.date(), then.year() == today.year()) {
            (true, _) => "%H:%M:%S",
            (false, true) => "%-d %b %H:%M",
            (false, false) => "%-d %b %Y %H:%M",
        };
        html! { time datetime=(at.to_string()) title=(then.strftime("%A %-d %B %Y %H:%M:%S %Z").to_string()) { (then.strftime(form).to_string()) } }
    }

    /// What day it is there.
    pub fn today(&self) -> Day {
        Day::of(self.now, &self.zone)
    }

    /// How long ago, in words.
    pub fn ago(&self, at: Timestamp) -> Markup {
        let words = span(self.now.ms_since(at).max(0));
        html! { time datetime=(at.to_string()) title=(at.civil(&self.zone).strftime("%A %-d %B %Y %H:%M:%S %Z").to_string()) { (words) " ago" } }
    }
}

/// A length of time in its largest unit: `12 s`, `4 min`, `3 h`, `2 days`.
pub fn span(ms: i64) -> String {
    let seconds = ms / 1000;
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `in_doubt` as people write it: `in doubt`.
pub fn spaced(word: &str) -> String {
    word.replace(['_', '.'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &str) {
        let shown = words(text).into_string();
        let inner = shown.strip_prefix(r#"<bdi dir="auto" class="words">"#).and_then(|rest| rest.strip_suffix("</bdi>"));
        assert_eq!(inner, Some(want), "{text:?}");
    }

    #[test]
    fn markup_is_words() {
        check("Y", "Y");
        check("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
        check("\"><img src=x onerror=alert(1)>", "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;");
        check("' onmouseover='x", "' onmouseover='x");
        check("&lt;b&gt;", "&amp;lt;b&amp;gt;");
        check("</bdi></textarea><svg/onload=x>", "&lt;/bdi&gt;&lt;/textarea&gt;&lt;svg/onload=x&gt;");
        check("javascript:alert(1)", "javascript:alert(1)");
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        check("a\u{0}b", "a<span class=\"unseen\">␀</span>b");
        check("\u{1b}[31m", "<span class=\"unseen\">␛</span>[31m");
        check("\u{1a}", "<span class=\"unseen\">␚</span>");
        check("pay \u{202e}05", "pay <span class=\"unseen\">[U+202E]</span>05");
        check("\u{2067}x", "<span class=\"unseen\">[U+2067]</span>x");
        check("\u{85}\u{7f}", "<span class=\"unseen\">[U+0085]</span><span class=\"unseen\">␡</span>");
        check("one\r\ntwo", "one<br>two");
        check("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧");
        check("так, добре", "так, добре");
    }

    #[test]
    fn times_are_as_short_as_the_day_allows() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let calendar = Calendar::new("Europe/Kyiv", at("2026-11-21T20:00:00Z"));
        for (time, want) in
            [("2026-11-21T12:03:09Z", "14:03:09"), ("2026-11-20T12:03:09Z", "20 Nov 14:03"), ("2025-11-20T12:03:09Z", "20 Nov 2025 14:03")]
        {
            assert!(calendar.time(at(time)).into_string().contains(&format!(">{want}<")), "{time}");
        }
        for (ms, want) in [(0, "0 s"), (119_000, "119 s"), (120_000, "2 min"), (7_200_000, "2 h"), (172_800_000, "2 days")] {
            assert_eq!(span(ms), want);
        }
    }
}
