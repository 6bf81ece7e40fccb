//! Sequences with gaps: "remove * from * list", "smell* gas".

use std::collections::HashMap;

use super::Pack;
use super::patterns::forms;
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

/// Patterns with gaps, found by their first word: what a text costs does not grow with their number.
#[derive(Debug, Clone, Default)]
pub struct Shapes {
    by_word: HashMap<String, Vec<Vec<Piece>>>,
    others: Vec<Vec<Piece>>,
}

impl Shapes {
    /// Adds a list of a pack.
    pub fn hear(&mut self, pack: &Pack, list: &[String]) {
        for pattern in list.iter().flat_map(|form| forms(pack, form)).map(|form| pieces(&form)) {
            match pattern.first() {
                Some(Piece::Word(word)) if !is_unspaced(word) => self.by_word.entry(word.clone()).or_default().push(pattern),
                Some(_) => self.others.push(pattern),
                None => {}
            }
        }
    }

    /// Whether one stands anywhere in the words.
    pub fn stand_in(&self, words: &[String]) -> bool {
        (0..words.len()).any(|at| self.len_at(&words[at..]).is_some()) || self.others.iter().any(|pattern| stands_in(pattern, words))
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
        let runs = self.others.iter().filter_map(|pattern| match pattern.as_slice() {
            [Piece::Word(run)] => Some(run),
            _ => None,
        });
        for run in runs {
            if left.concat().contains(run.as_str()) {
                left = vec![left.concat().replacen(run.as_str(), " ", 1)];
            }
        }
        left
    }

    fn len_at(&self, words: &[String]) -> Option<usize> {
        let same = self.by_word.get(words.first()?);
        let spaced = self.others.iter().filter(|pattern| !matches!(pattern.as_slice(), [Piece::Word(_)]));
        same.into_iter().flatten().chain(spaced).filter_map(|pattern| len_at(pattern, words)).max()
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
