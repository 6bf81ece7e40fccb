//! How a language counts days from today: "in 2 days", "2 days later", "in 3 weeks".

use serde::Deserialize;

use super::{Pack, Phrases};

/// The key `ahead` of a pack.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// In front of the number: "in".
    #[serde(default)]
    pub before: Vec<String>,
    /// Behind it: "days".
    pub unit: Vec<String>,
    /// The same, of seven days each: "weeks".
    #[serde(default)]
    pub weeks: Vec<String>,
    /// Behind that: "later".
    #[serde(default)]
    pub after: Vec<String>,
}

/// The same, ready to be heard.
#[derive(Debug, Clone, Default)]
pub struct Ahead {
    /// In front of the number.
    pub before: Phrases,
    /// Behind it.
    pub unit: Phrases,
    /// The same, of seven days each.
    pub weeks: Phrases,
    /// Behind the unit, where nothing stands in front.
    pub after: Phrases,
}

impl Ahead {
    /// As this pack counts.
    pub fn of(pack: &Pack) -> Self {
        let phrases = |list: &[String]| Phrases::of_pack(pack, list);
        Self {
            before: phrases(&pack.ahead.before),
            unit: phrases(&pack.ahead.unit),
            weeks: phrases(&pack.ahead.weeks),
            after: phrases(&pack.ahead.after),
        }
    }
}
