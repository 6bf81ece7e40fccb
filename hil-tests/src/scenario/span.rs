//! A length of time as a technician writes it: `20 ms`, `1.5 s`, `3 min`, `2 h`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A length of time in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span(pub Duration);

/// Nobody waits longer for a scenario, on any rung.
const LONGEST: Duration = Duration::from_hours(24 * 365);

impl Span {
    /// Reads a number and its unit.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no length of time: write a number and ms, s, min, h or d, for example \"1.5 s\"");
        let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number: f64 = text[..text.len() - unit.len()].parse().map_err(|_| wrong())?;
        let seconds = match unit.trim() {
            "ms" => 0.001,
            "s" => 1.0,
            "min" | "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return Err(wrong()),
        };
        let span = Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())?;
        if span > LONGEST { Err(format!("`{text}` is longer than a year")) } else { Ok(Self(span)) }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want_ms: Option<u64>) {
        assert_eq!(Span::parse(text).ok(), want_ms.map(|ms| Span(Duration::from_millis(ms))), "{text}");
    }

    #[test]
    fn a_number_and_a_unit_is_a_time() {
        check("20 ms", Some(20));
        check("1.5 s", Some(1_500));
        check("2s", Some(2_000));
        check("3 min", Some(180_000));
        check("1 h", Some(3_600_000));
        check("2 d", Some(172_800_000));
        for wrong in ["", "5", "s", "-1 s", "1 week", "one s", "1..2 s", "9999999 d"] {
            check(wrong, None);
        }
    }
}
