//! [`Pattern`]: where the number stands in what a network says of a balance, and how bad a balance is.
//!
//! A pattern is the network's own words with `{}` in the place of the number and `*` for what changes; upper and lower case
//! and the width of blanks do not matter. No regular expressions: a technician copies the text and puts `{}` in.

use serde::{Deserialize, Serialize};

use crate::terms::Word;
use crate::value::Money;

/// Where the number stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    before: Side,
    after: Side,
}

/// What stands on one side of the number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Side {
    /// In their order.
    pieces: Vec<String>,
    /// Something else may stand between them and the number.
    loose: bool,
}

/// How bad a balance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing was read yet.
    Unknown,
    /// Enough.
    Good,
    /// At or below the first limit.
    Warn,
    /// At or below the second limit: sending ends soon.
    Critical,
}

impl Word for Level {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Unknown, "unknown"), (Self::Good, "good"), (Self::Warn, "warn"), (Self::Critical, "critical")];
}

impl Level {
    /// The level of an amount under these limits.
    pub fn of(amount: Money, warn: Option<Money>, critical: Option<Money>) -> Self {
        let reached = |limit: Option<Money>| limit.is_some_and(|limit| amount <= limit);
        match (reached(critical), reached(warn)) {
            (true, _) => Self::Critical,
            (false, true) => Self::Warn,
            (false, false) => Self::Good,
        }
    }
}

/// A whole answer by USSD is no longer.
const PATTERN_CHARACTERS_MAX: usize = 182;

impl Pattern {
    /// Reads one; words that say what is wrong.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.chars().count() > PATTERN_CHARACTERS_MAX {
            return Err("a pattern has at most 182 characters");
        }
        let Some((before, after)) = text.split_once("{}") else {
            return Err("put {} where the number stands, for example: Balance: {} EUR");
        };
        if after.contains("{}") {
            return Err("a pattern has one {}");
        }
        let pieces = |side: &str| side.split('*').map(folded).filter(|piece| !piece.is_empty()).collect();
        let before = Side { pieces: pieces(before), loose: before.trim_end().ends_with('*') };
        let after = Side { pieces: pieces(after), loose: after.trim_start().starts_with('*') };
        Ok(Self { before, after })
    }

    /// The first number that has the pattern's words in their order around it.
    pub fn read(&self, text: &str) -> Option<Money> {
        let text = folded(text);
        numbers(&text).into_iter().find_map(|(number, begin, end)| {
            let fits = self.before.precedes(text.get(..begin)?) && self.after.follows(text.get(end..)?);
            fits.then(|| money(number)).flatten()
        })
    }
}

impl Side {
    fn precedes(&self, text: &str) -> bool {
        match self.pieces.split_last() {
            Some((last, others)) if !self.loose => {
                text.trim_end().strip_suffix(last.as_str()).is_some_and(|rest| end_of(others, rest).is_some())
            }
            Some(_) | None => end_of(&self.pieces, text).is_some(),
        }
    }

    fn follows(&self, text: &str) -> bool {
        match self.pieces.split_first() {
            Some((first, others)) if !self.loose => {
                text.trim_start().strip_prefix(first.as_str()).is_some_and(|rest| end_of(others, rest).is_some())
            }
            Some(_) | None => end_of(&self.pieces, text).is_some(),
        }
    }
}

/// Lower case, with single blanks.
fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the last of these pieces ends, when all of them stand there in their order.
fn end_of(pieces: &[String], text: &str) -> Option<usize> {
    let mut at = 0;
    for piece in pieces {
        at += text.get(at..)?.find(piece.as_str())? + piece.len();
    }
    Some(at)
}

/// Every run of digits with its sign and separators, where it begins and where it ends.
fn numbers(text: &str) -> Vec<(&str, usize, usize)> {
    let mut found = Vec::new();
    let mut begin = None;
    for (at, sign) in text.char_indices().chain([(text.len(), '\n')]) {
        let inside = sign.is_ascii_digit() || (begin.is_some() && matches!(sign, '.' | ','));
        match (begin, inside) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                let minus = text.get(..from).is_some_and(|before| before.ends_with('-'));
                let from = if minus { from - 1 } else { from };
                let run = text.get(from..at).unwrap_or_default().trim_end_matches(['.', ',']);
                found.push((run, from, from + run.len()));
                begin = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    found
}

/// `1.234,56`, `1,234.56`, `12,5`, `12`: the last separator with one or two digits behind it is the decimal one; so is a
/// single one behind a lone nought. What is smaller than a hundredth is dropped.
fn money(number: &str) -> Option<Money> {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let single = digits.matches(['.', ',']).count() == 1;
    let decimal = digits.rfind(['.', ',']).filter(|at| {
        let behind = digits.len() - at - 1;
        behind <= 2 || (single && (behind > 3 || digits.get(..*at) == Some("0")))
    });
    let (whole, part) = decimal.map_or((digits, ""), |at| (&digits[..at], &digits[at + 1..]));
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let part: String = part.chars().take(2).collect();
    Money::parse(&if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_where_the_pattern_says() {
        let cases = [
            ("Balance: {} EUR", "Balance: 3.20 EUR until 1.12.", Some("3.20")),
            ("balance {}", "Your BALANCE\n is  1.234,56 UAH", None),
            ("balance*{}", "Your BALANCE\n is  1.234,56 UAH", Some("1234.56")),
            ("{} UAH", "Tel 380501112233: 12,5 UAH", Some("12.50")),
            ("{}", "Balance 12.50", Some("12.50")),
            ("{}", "no number here", None),
            ("rahunok {} grn", "Na rahunok -3.20 grn", Some("-3.20")),
            ("{}", "1,234.56", Some("1234.56")),
            ("{}", "12,345", Some("12345.00")),
            ("{}", "0.500", Some("0.50")),
            ("{}", "4.9999", Some("4.99")),
            ("{}", "Credit: 5.", Some("5.00")),
            ("Balance: {}", "Balance until 1.12.: none. Balance: 7.00", Some("7.00")),
            ("{} EUR", "5 GB, 3.10 EUR", Some("3.10")),
            ("GB*{} EUR", "5 GB left. 3.10 EUR", Some("3.10")),
            ("{} EUR", "99999999999999999999999 EUR", None),
            ("Guthaben: {}\u{20ac}", "Ihr Guthaben: 7,05\u{20ac}", Some("7.05")),
        ];
        for (pattern, text, want) in cases {
            let read = Pattern::parse(pattern).expect("a pattern").read(text).map(|money| money.to_string());
            assert_eq!(read.as_deref(), want, "{pattern:?} in {text:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_so() {
        for wrong in ["", "Balance", "{} of {}", &"x".repeat(200)] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_limit_that_is_reached_counts() {
        let euro = |hundredths| Some(Money { hundredths });
        for (amount, warn, critical, want) in [
            (501, euro(500), euro(100), Level::Good),
            (500, euro(500), euro(100), Level::Warn),
            (100, euro(500), euro(100), Level::Critical),
            (-5, None, euro(100), Level::Critical),
            (-5, None, None, Level::Good),
        ] {
            assert_eq!(Level::of(Money { hundredths: amount }, warn, critical), want, "{amount}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_of_a_network_breaks_it(pattern in "\\PC{0,20}\\{\\}\\PC{0,20}", text in "\\PC{0,80}|[-0-9., ]{0,40}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                let _read = pattern.read(&text);
            }
        }
    }
}
