//! Word sequences of the packs, and which of them stand in a text.

use std::collections::HashMap;

use super::Pack;
use super::patterns::{Patterns, forms};
use crate::conversation::normal;

/// Word sequences, found word by word from their beginning: what a text costs does not grow with the packs.
#[derive(Debug, Clone)]
pub struct Phrases {
    /// Where each word leads from each place; place 0 is the beginning.
    steps: Vec<Step>,
    all: Vec<Vec<String>>,
    patterns: Patterns,
}

#[derive(Debug, Clone, Default)]
struct Step {
    next: HashMap<String, usize>,
    ends: bool,
}

impl Default for Phrases {
    fn default() -> Self {
        Self { steps: vec![Step::default()], all: Vec::new(), patterns: Patterns::default() }
    }
}

impl Phrases {
    /// From what people write.
    pub fn new<'a>(forms: impl IntoIterator<Item = &'a String>) -> Self {
        let mut phrases = Self::default();
        for form in forms {
            phrases.add(normal::words(form));
        }
        phrases
    }

    /// Adds one sequence.
    pub fn add(&mut self, words: Vec<String>) {
        if words.is_empty() {
            return;
        }
        let mut place = 0;
        for word in &words {
            let fresh = self.steps.len();
            let next = *self.steps[place].next.entry(word.clone()).or_insert(fresh);
            if next == fresh {
                self.steps.push(Step::default());
            }
            place = next;
        }
        if !self.steps[place].ends {
            self.steps[place].ends = true;
            self.all.push(words);
        }
    }

    /// From the lists of packs, with their patterns.
    pub fn of_pack(pack: &Pack, list: &[String]) -> Self {
        let mut phrases = Self::default();
        phrases.hear(pack, list);
        phrases
    }

    /// Adds a list of a pack, with its patterns.
    pub fn hear(&mut self, pack: &Pack, list: &[String]) {
        for form in list {
            if !self.patterns.add(form) {
                for form in forms(pack, form) {
                    self.add(normal::words(&form));
                }
            }
        }
    }

    /// Whether the whole is one of the forms.
    pub fn is(&self, words: &[String]) -> bool {
        let end = words.iter().try_fold(0, |place, word| self.steps[place].next.get(word).copied());
        end.is_some_and(|place| self.steps[place].ends) || (!words.is_empty() && self.patterns.len_at(words) == Some(words.len()))
    }

    /// Whether this word alone is one of the forms.
    pub fn is_word(&self, word: &str) -> bool {
        self.steps[0].next.get(word).is_some_and(|place| self.steps[*place].ends) || self.patterns.is_word(word)
    }

    /// How many words the longest form at the beginning of `words` has.
    pub fn len_at(&self, words: &[String]) -> Option<usize> {
        let (mut place, mut found) = (0, None);
        for (at, word) in words.iter().enumerate() {
            let Some(next) = self.steps[place].next.get(word) else { break };
            place = *next;
            if self.steps[place].ends {
                found = Some(at + 1);
            }
        }
        found.max(self.patterns.len_at(words))
    }

    /// Whether a form stands anywhere.
    pub fn is_in(&self, words: &[String]) -> bool {
        (0..words.len()).any(|at| self.len_at(&words[at..]).is_some())
    }

    /// The words without every form of these.
    pub fn without(&self, words: &[String]) -> Vec<String> {
        let mut left = Vec::with_capacity(words.len());
        let mut at = 0;
        while at < words.len() {
            let len = self.len_at(&words[at..]);
            if len.is_none() {
                left.push(words[at].clone());
            }
            at += len.unwrap_or(1);
        }
        left
    }

    /// Every word of every sequence.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        self.all.iter().flatten().chain(self.patterns.words())
    }

    /// Every sequence that was written out; those of a pattern are too many.
    pub fn iter(&self) -> impl Iterator<Item = &Vec<String>> {
        self.all.iter()
    }
}
