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
    /// Those of them that are another word where they lead on without a stop: Spanish "si" is "if", Ukrainian "так" is "so".
    #[serde(default)]
    pub leads: Vec<String>,
    /// What leaves a yes a yes, wherever it stands: "please", "thank you", "I agree".
    pub beside: Vec<String>,
    /// "Hello", in front.
    pub hello: Vec<String>,
    /// What tells the utility to take the money now. Never what somebody promises, wishes or has done, nor what a bill that is
    /// written off or a form of the past would be called.
    pub orders: Vec<String>,
    /// "Now". "Pay today" may be what somebody means to do.
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
    /// What leaves a yes a yes.
    pub beside: Phrases,
    /// "Hello".
    pub hello: Phrases,
    /// A yes that is another word where it leads on.
    pub leads: Vec<String>,
    /// What these spell with accents.
    accented: BTreeSet<String>,
}

impl Exact {
    /// As this pack says it.
    pub fn of(pack: &Pack) -> Self {
        let phrases = |list: &[String]| Phrases::of_pack(pack, list);
        let exact = &pack.exact;
        let lists = [&exact.yes, &exact.orders, &exact.now, &exact.beside, &exact.hello];
        Self {
            language: pack.language.clone(),
            yes: phrases(&exact.yes),
            orders: phrases(&exact.orders),
            now: phrases(&exact.now),
            beside: phrases(&exact.beside),
            hello: phrases(&exact.hello),
            leads: exact.leads.clone(),
            accented: lists.into_iter().flatten().flat_map(|form| accented(form)).collect(),
        }
    }

    /// Whether this language spells a word with this accent among these forms. "Pagué" is not "pague".
    pub fn spells(&self, word: &str) -> bool {
        self.accented.contains(word)
    }
}

/// The Latin words of a text that have an accent, and the Arabic ones with a hamza: "I pay" is "pay" with one.
pub fn accented(text: &str) -> Vec<String> {
    let text = normal::composed(text);
    let words = text.split(|sign: char| !sign.is_alphabetic());
    let has_accent = |word: &&str| word.chars().any(is_accented);
    words.filter(has_accent).map(str::to_owned).collect()
}

fn is_accented(sign: char) -> bool {
    matches!(sign, '\u{00c0}'..='\u{024f}' | '\u{1e00}'..='\u{1eff}' | '\u{0622}' | '\u{0623}' | '\u{0625}')
}
