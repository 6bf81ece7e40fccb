//! Sequences with gaps: "remove * from * list", "smell* gas".

use super::Pack;
use super::patterns::{Patterns, forms};
use crate::conversation::normal;

/// A sequence with gaps: each element is a word, the beginning of a word, or up to three words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// This word.
    Word(String),
    /// A word that begins so.
    Begins(String),
    /// Up to three words.
    Gap,
}

/// Reads `remove * from * list` and `smell* gas`.
pub fn pieces(pattern: &str) -> Vec<Piece> {
    pattern
        .split_whitespace()
        .flat_map(|part| match part.strip_suffix('*') {
            Some("") => vec![Piece::Gap],
            Some(begin) => vec![Piece::Begins(normal::words(begin).concat())],
            None => normal::words(part).into_iter().map(Piece::Word).collect(),
        })
        .collect()
}

/// Whether the pattern stands anywhere in the words; in scripts without spaces anywhere in the line.
pub fn stands_in(pattern: &[Piece], words: &[String]) -> bool {
    match pattern {
        [Piece::Word(run)] if is_unspaced(run) => {
            words.iter().any(|word| word.contains(run.as_str())) || words.concat().contains(run.as_str())
        }
        _ => (0..words.len()).any(|at| len_at(pattern, &words[at..]).is_some()),
    }
}

/// Patterns with gaps, followed all at once: what a text costs does not grow with their number.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    patterns: Patterns,
    /// Those of scripts without spaces: they stand anywhere in a run.
    runs: Patterns,
}

impl Shapes {
    /// Of lists of packs.
    pub fn of<'a>(lists: impl Iterator<Item = (&'a Pack, &'a Vec<String>)>) -> Self {
        let mut shapes = Self::default();
        lists.for_each(|(pack, list)| shapes.hear(pack, list));
        shapes
    }

    /// Adds a list of a pack.
    pub fn hear(&mut self, pack: &Pack, list: &[String]) {
        for form in list {
            let has_choice = form.contains('(');
            let is_run = is_unspaced(form) && normal::words(form).len() == 1 && !form.contains('*');
            if is_run || (is_unspaced(form) && has_choice) {
                self.runs.add_signs(form);
            } else if !has_choice || !self.patterns.add(form) {
                for form in forms(pack, form) {
                    self.patterns.add(&form);
                }
            }
        }
    }

    /// Gives back what was kept for more of them.
    pub fn shrink(&mut self) {
        self.patterns.shrink();
        self.runs.shrink();
    }

    /// Whether one stands anywhere in the words.
    pub fn stand_in(&self, words: &[String]) -> bool {
        let stands = |run: &str| self.first_in(run).is_some();
        (0..words.len()).any(|at| self.len_at(&words[at..]).is_some())
            || words.iter().any(|word| is_unspaced(word) && stands(word))
            || (words.iter().any(|word| is_unspaced(word)) && stands(&words.concat()))
    }

    /// How many words the longest at the beginning of these has.
    pub fn len_at(&self, words: &[String]) -> Option<usize> {
        self.patterns.len_at(words)
    }

    /// The words without what stands there; of runs of signs what is left of them.
    pub fn without(&self, words: &[String]) -> Vec<String> {
        let (mut left, mut at) = (Vec::new(), 0);
        while at < words.len() {
            match self.len_at(&words[at..]) {
                Some(len) if len > 0 => at += len,
                Some(_) | None => {
                    left.push(words[at].clone());
                    at += 1;
                }
            }
        }
        let joined = left.concat();
        if is_unspaced(&joined) && self.first_in(&joined).is_some() { vec![self.strip(&joined)] } else { left }
    }

    /// A run of signs without those inside it.
    pub fn strip(&self, run: &str) -> String {
        let (mut left, mut from) = (run.to_owned(), 0);
        while let Some(found) = self.first_in(&left[from..]) {
            let start = from + found.start;
            left.replace_range(start..from + found.end, " ");
            // The next one may begin before what was taken out of its gap.
            from = left[..start].char_indices().rev().nth(self.runs.reach()).map_or(0, |(at, _)| at);
        }
        left
    }

    /// Where the first one stands in a run, the longest of those that begin there.
    fn first_in(&self, run: &str) -> Option<std::ops::Range<usize>> {
        run.char_indices().find_map(|(at, _)| self.runs.ends_in(&run[at..]).pop().map(|len| at..at + len))
    }
}

const GAP_WORDS_MAX: usize = 3;

/// Whether both stand in the words with at most three words between them; in scripts without spaces anywhere in the line.
pub fn stand_near(one: &[Piece], other: &[Piece], words: &[String]) -> bool {
    let unspaced = |pattern: &[Piece]| matches!(pattern, [Piece::Word(run)] if is_unspaced(run));
    if unspaced(one) && unspaced(other) {
        return stands_in(one, words) && stands_in(other, words);
    }
    let follows = |first: &[Piece], second: &[Piece]| {
        (0..words.len()).any(|at| {
            let Some(len) = len_at(first, &words[at..]) else { return false };
            let behind = &words[at + len..];
            (0..=GAP_WORDS_MAX.min(behind.len())).any(|skip| len_at(second, &behind[skip..]).is_some())
        })
    };
    follows(one, other) || follows(other, one)
}

/// How many words the pattern has at the beginning of these.
pub fn len_at(pattern: &[Piece], words: &[String]) -> Option<usize> {
    let Some((piece, rest)) = pattern.split_first() else { return Some(0) };
    let one = |fits: bool| if fits { len_at(rest, &words[1..]).map(|len| len + 1) } else { None };
    match piece {
        Piece::Word(word) => one(words.first() == Some(word)),
        Piece::Begins(start) => one(words.first().is_some_and(|word| word.starts_with(start))),
        Piece::Gap => (0..=GAP_WORDS_MAX.min(words.len())).find_map(|skip| len_at(rest, &words[skip..]).map(|len| len + skip)),
    }
}

/// Kana and Han.
pub fn is_unspaced(word: &str) -> bool {
    word.chars().any(normal::is_unspaced)
}
