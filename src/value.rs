//! [`Value`]: what a slot of a session holds. The pure layers have no JSON type; the shells convert at the edge.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The value of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// Words.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A price.
    Money(Money),
    /// A day.
    Date(jiff::civil::Date),
    /// A time of day.
    Time(jiff::civil::Time),
    /// Yes or no.
    Bool(bool),
    /// Choices out of data, for a numbered list.
    Rows(Vec<Row>),
}

/// One choice of a numbered list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What the endpoint calls it.
    pub id: String,
    /// What the person reads.
    pub label: String,
}

/// An amount in hundredths of the box's currency: never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money {
    /// Hundredths.
    pub hundredths: i64,
}

impl Money {
    /// Reads `84`, `84.5`, `84.50` or `-3.20`; nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || part.len() > 2 || !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        if digits.ends_with('.') {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let part: i64 = format!("{part:0<2}").parse().ok()?;
        let hundredths = whole.checked_mul(100)?.checked_add(part)?;
        Some(Self { hundredths: sign * hundredths })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.hundredths < 0 { "-" } else { "" };
        let (whole, part) = (self.hundredths.unsigned_abs() / 100, self.hundredths.unsigned_abs() % 100);
        write!(f, "{sign}{whole}.{part:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        for (text, hundredths) in [("84.50", 8450), ("84.5", 8450), ("84", 8400), ("-3.20", -320), ("0.01", 1)] {
            assert_eq!(Money::parse(text), Some(Money { hundredths }), "{text}");
        }
        for text in ["", ".", "1.", ".5", "1.234", "1e3", "--1", "1,50", "99999999999999999999"] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
        assert_eq!(Money { hundredths: -320 }.to_string(), "-3.20");
    }
}
