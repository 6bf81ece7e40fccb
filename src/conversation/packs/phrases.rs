//! Word sequences of the packs, and which of them stand in a text.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::Pack;
use super::patterns::{Patterns, forms};
use super::shapes::is_unspaced;
use super::words::{Words, hash};
use crate::conversation::normal;

/// Word sequences, found word by word from their beginning: what a text costs does not grow with the packs.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    /// Every word of them once.
    words: Words,
    /// Where each word leads from each place; place 0 is the beginning.
    steps: HashMap<(u32, u32), u32, FixedState>,
    /// By place: whether a sequence ends there.
    ends: Vec<bool>,
    /// Every sequence, one behind the other.
    all: Vec<u32>,
    /// Where each ends.
    bounds: Vec<u32>,
    /// Words of scripts without spaces.
    unspaced: Vec<u32>,
    patterns: Patterns,
    /// Forms with choices in scripts without spaces.
    runs: Patterns,
    /// As the packs write them.
    run_forms: Vec<String>,
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
        if self.ends.is_empty() {
            self.ends.push(false);
        }
        let words: Vec<u32> = words.iter().map(|word| self.number(word)).collect();
        let mut place = 0;
        for word in &words {
            let fresh = self.ends.len() as u32;
            place = *self.steps.entry((place, *word)).or_insert(fresh);
            if place == fresh {
                self.ends.push(false);
            }
        }
        if !std::mem::replace(&mut self.ends[place as usize], true) {
            self.all.extend(words);
            self.bounds.push(self.all.len() as u32);
        }
    }

    fn number(&mut self, word: &str) -> u32 {
        let known = self.words.len();
        let number = self.words.number(word);
        if self.words.len() > known && is_unspaced(word) {
            self.unspaced.push(number);
        }
        number
    }

    /// Gives back what was kept for more of them.
    pub fn shrink(&mut self) {
        self.words.shrink();
        self.steps.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.all.shrink_to_fit();
        self.bounds.shrink_to_fit();
        self.patterns.shrink();
        self.runs.shrink();
    }

    fn next(&self, place: u32, word: &str) -> Option<u32> {
        self.steps.get(&(place, self.words.find(word)?)).copied()
    }

    /// From the lists of packs, with their patterns.
    pub fn of_pack(pack: &Pack, list: &[String]) -> Self {
        let mut phrases = Self::default();
        phrases.hear(pack, list);
        phrases
    }

    /// From one list of each pack.
    pub fn of_all<'a>(lists: impl Iterator<Item = (&'a Pack, &'a Vec<String>)>, add: fn(&mut Self, &Pack, &[String])) -> Self {
        let mut phrases = Self::default();
        lists.for_each(|(pack, list)| add(&mut phrases, pack, list));
        phrases
    }

    /// Adds a list of a pack, with its patterns.
    pub fn hear(&mut self, pack: &Pack, list: &[String]) {
        for form in list {
            let has_choice = form.contains('(');
            if has_choice && is_unspaced(form) {
                self.runs.add_signs(form);
                self.run_forms.push(form.clone());
            } else if !has_choice || !self.patterns.add(form) {
                for form in forms(pack, form) {
                    self.add(normal::words(&form));
                }
            }
        }
    }

    /// Adds a list of a pack, every form of its patterns by itself: one that means something in another language can be taken out.
    pub fn write_out(&mut self, pack: &Pack, list: &[String]) {
        for form in list.iter().flat_map(|form| forms(pack, form)) {
            self.add(normal::words(&form));
        }
    }

    /// Whether the whole is one of the forms.
    pub fn is(&self, words: &[String]) -> bool {
        let end = words.iter().try_fold(0, |place, word| self.next(place, word));
        let is_pattern = || self.patterns.len_at(words) == Some(words.len()) || matches!(words, [run] if self.is_run(run));
        end.is_some_and(|place| self.ends.get(place as usize) == Some(&true)) || (!words.is_empty() && is_pattern())
    }

    /// Whether this word alone is one of the forms.
    pub fn is_word(&self, word: &str) -> bool {
        self.next(0, word).is_some_and(|place| self.ends[place as usize]) || self.patterns.is_word(word) || self.is_run(word)
    }

    fn is_run(&self, run: &str) -> bool {
        !self.run_forms.is_empty() && is_unspaced(run) && self.runs.is_run(run)
    }

    /// Forms with choices in scripts without spaces, as the packs write them.
    pub fn run_forms(&self) -> &[String] {
        &self.run_forms
    }

    /// How many words the longest form at the beginning of `words` has.
    pub fn len_at(&self, words: &[String]) -> Option<usize> {
        self.len_hashed(hash(words.first()?), words)
    }

    /// The same, where the hash of the first is known.
    pub(in crate::conversation) fn len_hashed(&self, hash: u64, words: &[String]) -> Option<usize> {
        let first = words.first()?;
        let (mut place, mut found) = (0, None);
        for (at, word) in words.iter().enumerate() {
            let number = if at == 0 { self.words.find_hashed(hash, word) } else { self.words.find(word) };
            let Some(next) = number.and_then(|number| self.steps.get(&(place, number)).copied()) else { break };
            place = next;
            if self.ends[place as usize] {
                found = Some(at + 1);
            }
        }
        let run = self.is_run(first).then_some(1);
        found.max(self.patterns.len_hashed(hash, words)).max(run)
    }

    /// Whether a form stands anywhere.
    pub fn is_in(&self, words: &[String]) -> bool {
        (0..words.len()).any(|at| self.len_at(&words[at..]).is_some())
    }

    /// What stands behind all forms of these at the beginning.
    pub fn behind<'w>(&self, mut words: &'w [String]) -> &'w [String] {
        while let Some(len) = self.len_at(words) {
            words = &words[len..];
        }
        words
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
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().chain(self.patterns.words())
    }

    /// Every word of a script without spaces.
    pub fn unspaced_words(&self) -> impl Iterator<Item = &str> {
        self.unspaced.iter().map(|word| self.words.get(*word))
    }

    /// Every word that is a sequence by itself.
    pub fn single_words(&self) -> impl Iterator<Item = &str> {
        self.sequences().filter(|words| words.len() == 1).map(|words| self.words.get(words[0]))
    }

    /// Every sequence that was written out; those of a pattern are too many.
    pub fn iter(&self) -> impl Iterator<Item = Vec<String>> {
        self.sequences().map(|words| words.iter().map(|word| self.words.get(*word).to_owned()).collect())
    }

    fn sequences(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.bounds.iter().copied());
        starts.zip(&self.bounds).map(|(from, to)| &self.all[from as usize..*to as usize])
    }
}
