//! How a language says yes where money moves or something is switched: a few words for it, and no others.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Pack, Phrases};
use crate::conversation::normal;

/// The key `exact` of a pack.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forms {
    /// Yes, and nothing that may be something else in this language.
    pub yes: Vec<String>,
    /// What tells the utility to take the money now. Never what somebody promises, wishes or has done, nor what a bill that is
    /// written off or a form of the past would be called.
    pub orders: Vec<String>,
    /// "Now", "today".
    pub now: Vec<String>,
}

/// The same, ready to be heard.
#[derive(Debug, Clone, Default)]
pub struct Exact {
    /// Two letters.
    pub language: String,
    /// Yes.
    pub yes: Phrases,
    /// What tells the utility to take the money.
    pub orders: Phrases,
    /// "Now".
    pub now: Phrases,
    /// "Please", "thank you", "hello".
    pub polite: Phrases,
    /// What these spell with accents.
    accented: BTreeSet<String>,
    /// Each yes that has an accent which people leave out: Spanish "si" is "if", too.
    pub unaccented: Vec<String>,
}

impl Exact {
    /// As this pack says it.
    pub fn of(pack: &Pack) -> Self {
        let phrases = |list: &[String]| Phrases::of_pack(pack, list);
        let lists = [&pack.exact.yes, &pack.exact.orders, &pack.exact.now, &pack.polite];
        let is_accented = |form: &&String| !accented(form).is_empty();
        Self {
            language: pack.language.clone(),
            yes: phrases(&pack.exact.yes),
            orders: phrases(&pack.exact.orders),
            now: phrases(&pack.exact.now),
            polite: phrases(&pack.polite),
            accented: lists.into_iter().flatten().flat_map(|form| accented(form)).collect(),
            unaccented: pack.exact.yes.iter().filter(is_accented).map(|form| normal::fold(form)).collect(),
        }
    }

    /// Whether this language spells a word with this accent among these forms. "Pagué" is not "pague".
    pub fn spells(&self, word: &str) -> bool {
        self.accented.contains(word)
    }
}

/// The Latin words of a text that have an accent.
pub fn accented(text: &str) -> Vec<String> {
    let text = normal::composed(text);
    let words = text.split(|sign: char| !sign.is_alphabetic());
    let has_accent = |word: &&str| word.chars().any(is_accented);
    words.filter(has_accent).map(str::to_owned).collect()
}

fn is_accented(sign: char) -> bool {
    matches!(sign, '\u{00c0}'..='\u{024f}' | '\u{1e00}'..='\u{1eff}')
}
