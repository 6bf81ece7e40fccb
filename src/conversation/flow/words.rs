//! A flow's own words, by language, and how they are heard.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::conversation::packs::{Lexicon, Phrases};

/// Forms by language.
#[derive(Debug, Default)]
pub struct Words {
    by_language: BTreeMap<String, Vec<String>>,
    /// The forms of all languages, normalised when a text is first held against them.
    heard: OnceLock<Phrases>,
    /// What they carry, by the number of the lexicon.
    carried: Mutex<Vec<(u64, Arc<Carried>)>>,
}

/// What of the packs stands among some words.
#[derive(Debug, Default)]
pub struct Carried {
    /// A form of yes.
    pub yes: bool,
    /// A form of no.
    pub no: bool,
    /// An order to pay.
    pub pays: bool,
    /// What they mean to a list of options.
    pub meanings: Vec<String>,
}

/// As many lexicons as there are languages, and all languages together; a box that changes its languages begins anew.
const LEXICONS_MAX: usize = 32;

impl Words {
    /// The forms of all languages together.
    pub fn heard(&self) -> &Phrases {
        self.heard.get_or_init(|| Phrases::new(self.by_language.values().flatten()))
    }

    /// What they carry of these packs.
    pub fn carried(&self, lexicon: &Lexicon) -> Arc<Carried> {
        // Nothing below panics with the lock in hand, and what lies here is whole in any case.
        let mut known = self.carried.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, carried)) = known.iter().find(|(number, _)| *number == lexicon.number) {
            return Arc::clone(carried);
        }
        let carried = Arc::new(Carried::of(self.heard(), lexicon));
        known.truncate(LEXICONS_MAX - 1);
        known.push((lexicon.number, Arc::clone(&carried)));
        carried
    }
}

impl Carried {
    /// What these words carry of these packs.
    pub fn of(words: &Phrases, lexicon: &Lexicon) -> Self {
        let mut carried = Self::default();
        for form in words.iter() {
            carried.yes |= lexicon.yes.is(&form) || lexicon.yes_light.is(&form);
            carried.no |= lexicon.no.is(&form) || lexicon.no_light.is(&form);
            carried.pays |= lexicon.pay.is(&form);
            carried.meanings.extend(lexicon.meanings_of(&form).map(str::to_owned));
        }
        carried
    }
}

impl Deref for Words {
    type Target = BTreeMap<String, Vec<String>>;

    fn deref(&self) -> &Self::Target {
        &self.by_language
    }
}

impl Clone for Words {
    fn clone(&self) -> Self {
        Self { by_language: self.by_language.clone(), ..Self::default() }
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.by_language == other.by_language
    }
}

impl FromIterator<(String, Vec<String>)> for Words {
    fn from_iter<T: IntoIterator<Item = (String, Vec<String>)>>(forms: T) -> Self {
        Self { by_language: forms.into_iter().collect(), ..Self::default() }
    }
}
