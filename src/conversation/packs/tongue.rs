//! In which language a text is written: the one whose pack knows most of its words. A word of that language is then not heard as
//! a word of another one: Portuguese "no" is "in the".

use std::sync::{Arc, OnceLock};

use super::shipped;
use super::words::Words;
use super::{Lexicon, Packs};
use crate::conversation::normal;

/// Which packs know a word: one bit each.
type Mask = u32;

/// The words of the packs that are on, each with the packs that know it.
#[derive(Debug, Default)]
pub struct Tongues {
    words: Words,
    /// By the number of the word.
    masks: Vec<Mask>,
    /// Each pack alone, made when a text needs it.
    alone: Vec<(String, OnceLock<Packs>)>,
}

/// One of the languages that are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tongue(usize);

/// Packs beyond these are not told apart.
const PACKS_MAX: usize = Mask::BITS as usize;

impl Tongues {
    /// Of these packs; one alone needs none.
    pub fn of(enabled: &[String]) -> Self {
        let mut tongues = Self::default();
        if enabled.len() < 2 {
            return tongues;
        }
        for (at, language) in enabled.iter().enumerate().take(PACKS_MAX) {
            for word in shipped::words(language) {
                let number = tongues.words.number(&word) as usize;
                if number == tongues.masks.len() {
                    tongues.masks.push(0);
                }
                tongues.masks[number] |= 1 << at;
            }
            tongues.alone.push((language.clone(), OnceLock::new()));
        }
        tongues.words.shrink();
        tongues.masks.shrink_to_fit();
        tongues
    }

    /// The pack of the language that these words are plainly of, alone.
    pub fn of_text(&self, words: &[String], lexicon: &Lexicon) -> Option<Tongue> {
        if self.alone.is_empty() || words.len() < WORDS_MIN {
            return None;
        }
        let known: Vec<Mask> = words.iter().map(|word| self.mask(word)).collect();
        let turning = turning(words, lexicon);
        // A word that turns a meaning in some language does not tell which it is of.
        let telling: Vec<Mask> = known.iter().zip(&turning).filter(|(_, turns)| !**turns).map(|(mask, _)| *mask).collect();
        // A word of few languages says more than one of many.
        let weight =
            |at: usize| telling.iter().filter(|mask| *mask & (1 << at) != 0).map(|mask| 1.0 / f64::from(mask.count_ones())).sum::<f64>();
        let mut weights: Vec<(usize, f64)> = (0..self.alone.len()).map(|at| (at, weight(at))).collect();
        weights.sort_by(|a, b| b.1.total_cmp(&a.1));
        let [(best, most), (_, next), ..] = weights.as_slice() else { return None };
        if *most < next * MARGIN || *most <= 0.0 {
            return None;
        }
        // "No, but domani": a word that turns a meaning and is not of this language speaks for itself.
        let strange = |word: &String, mask: &Mask| mask & (1 << best) == 0 && changes(word, lexicon);
        if words.iter().zip(&known).any(|(word, mask)| strange(word, mask)) {
            return None;
        }
        // "Yes, non so": nor is a phrase that means nothing in it.
        let alone = self.alone(Tongue(*best))?;
        let is_strange = |at: usize| {
            let long = lexicon.doubts_at(&words[at..]).filter(|len| *len > 1);
            long.is_some() && alone.lexicon.doubts_at(&words[at..]) < long
        };
        (!(0..words.len()).any(is_strange)).then_some(Tongue(*best))
    }

    fn mask(&self, word: &str) -> Mask {
        self.words.find(word).map_or(0, |number| self.masks[number as usize])
    }

    /// One pack alone.
    pub fn alone(&self, Tongue(at): Tongue) -> Option<&Packs> {
        let (language, packs) = self.alone.get(at)?;
        if let Some(packs) = packs.get() {
            return Some(packs);
        }
        let made = Packs::make(std::slice::from_ref(language)).ok()?;
        Some(packs.get_or_init(|| made))
    }
}

/// One word may be of any language.
const WORDS_MIN: usize = 2;
/// So much more must speak for a language than for the next one.
const MARGIN: f64 = 1.25;

/// Which of the words stand in something that denies, doubts or asks.
fn turning(words: &[String], lexicon: &Lexicon) -> Vec<bool> {
    let mut turning = vec![false; words.len()];
    for at in 0..words.len() {
        let len = lexicon.doubts_at(&words[at..]).max(lexicon.negators.len_at(&words[at..])).unwrap_or(0);
        turning[at..at + len].fill(true);
    }
    turning
}

fn changes(word: &str, lexicon: &Lexicon) -> bool {
    let answers = [&lexicon.yes, &lexicon.no, &lexicon.yes_light, &lexicon.no_light, &lexicon.stop];
    word == "?" || lexicon.turns(word) || answers.iter().any(|phrases| phrases.is_word(word))
}

/// The words of a pack's file: every form, and the keys of tables whose keys are words.
pub fn words(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut table = "";
    for line in source.lines() {
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']');
        }
        if line.starts_with(['#', '[']) || table == "texts" {
            continue;
        }
        let key = line.split(" = ").next().filter(|_| matches!(table, "numbers" | "chat")).unwrap_or_default();
        let forms = line.split('"').skip(1).step_by(2);
        for form in forms.chain([key]) {
            found.extend(normal::words(&form.replace(['(', ')', '|', '*'], " ")));
        }
    }
    found
}

/// Shared by all copies of the packs.
pub type Shared = Arc<Tongues>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_of_the_language_that_knows_most_of_it() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        for (text, want) in [
            ("não posso na terça", Some("pt")),
            ("mi spiace ma non è possibile", Some("it")),
            ("no cant im in college", Some("en")),
            ("Нас не буде, поїхали до батьків", Some("uk")),
            ("нас не будет, уехали на дачу", Some("ru")),
            ("ja danke, ich bin zu Hause", Some("de")),
            ("ja hoor, ik ben thuis", Some("nl")),
            ("no", None),
            ("ok", None),
            ("17420", None),
            ("", None),
            // The "but" is not Italian.
            ("domani va bene but non posso", None),
        ] {
            let words = normal::words(text);
            let found = packs
                .tongues
                .of_text(&words, &packs.lexicon)
                .and_then(|tongue| packs.tongues.alone(tongue))
                .and_then(|packs| packs.languages().first().cloned());
            assert_eq!(found.as_deref(), want, "{text}");
        }
    }
}
