//! Who lives in a house: "me, my wife and 2 kids".

use serde::Deserialize;

use super::{Pack, Phrases};

/// The table `[kin]` of a pack.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kin {
    /// Who writes: "me".
    pub me: Vec<String>,
    /// One more: "wife".
    pub one: Vec<String>,
    /// So many more as the number in front says: "kids".
    pub many: Vec<String>,
    /// The same, where it is everybody: "adults".
    #[serde(default)]
    pub adults: Vec<String>,
    /// A couple.
    #[serde(default)]
    pub two: Vec<String>,
    /// Two more: "twins".
    #[serde(default)]
    pub twins: Vec<String>,
    /// "My", where that means something in another language: French "ma".
    #[serde(default)]
    pub beside: Vec<String>,
    /// "Cats": no people.
    pub animals: Vec<String>,
    /// "Including": who is named behind it is counted already.
    pub including: Vec<String>,
    /// "With", which includes whoever is named beside more than two.
    #[serde(default)]
    pub with: Vec<String>,
}

/// The same, ready to be heard.
#[derive(Debug, Clone, Default)]
pub struct Household {
    /// Who writes.
    pub me: Phrases,
    /// One more.
    pub one: Phrases,
    /// As many as a number says.
    pub many: Phrases,
    /// Everybody, with a number.
    pub adults: Phrases,
    /// Two.
    pub two: Phrases,
    /// Two more.
    pub twins: Phrases,
    /// In front of them.
    pub beside: Phrases,
    /// No people.
    pub animals: Phrases,
    /// Counted already.
    pub including: Phrases,
    /// "With".
    pub with: Phrases,
}

impl Household {
    /// Takes what one pack says.
    pub fn hear(&mut self, pack: &Pack) {
        let said = &pack.kin;
        let all = [
            (&mut self.me, &said.me),
            (&mut self.one, &said.one),
            (&mut self.many, &said.many),
            (&mut self.adults, &said.adults),
            (&mut self.two, &said.two),
            (&mut self.twins, &said.twins),
            (&mut self.beside, &said.beside),
            (&mut self.animals, &said.animals),
            (&mut self.including, &said.including),
            (&mut self.with, &said.with),
        ];
        for (phrases, list) in all {
            phrases.hear(pack, list);
        }
    }

    /// Whether somebody is named who lives there beside the writer.
    pub fn names(&self, word: &str) -> bool {
        [&self.one, &self.many, &self.two, &self.twins].iter().any(|phrases| phrases.is_word(word))
    }
}
