//! A text cut where its writer stopped: what stands behind a comma, a dash or a line break is another thing said.
//!
//! Words are read more kindly here than in [`super::Heard::words`]: "pleaes" is "please", "taak" is "tak". Money is never
//! matched against them.

use std::sync::OnceLock;

use super::marks::{Mark, Stretch};
use crate::conversation::normal;
use crate::conversation::packs::{Lexicon, Packs};

/// What stands in front of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Nothing: the text begins.
    Start,
    /// A comma, a full stop, a bracket.
    Comma,
    /// A dash between spaces.
    Dash,
    /// A line break.
    Line,
}

/// Words without a stop between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// What stands in front of it.
    pub stop: Stop,
    /// Its words.
    pub words: Vec<String>,
    /// Which of them begin with a capital letter.
    pub capital: Vec<bool>,
    marks: OnceLock<Vec<Mark>>,
    /// The same with its runs of signs opened, where some are no form as a whole.
    opened: OnceLock<Option<Box<Clause>>>,
}

impl Clause {
    fn new(stop: Stop, words: Vec<String>, capital: Vec<bool>) -> Self {
        Self { stop, words, capital, marks: OnceLock::new(), opened: OnceLock::new() }
    }

    /// Its words with what begins at each of them.
    pub fn stretch(&self, lexicon: &Lexicon) -> Stretch<'_> {
        Stretch::of(&self.words, &self.marks, lexicon)
    }

    /// The same with its runs of signs opened; `open` does that, and may find that nothing is to be said of it.
    pub fn opened(&self, open: impl FnOnce() -> Option<Vec<String>>) -> Option<&Self> {
        let clause = || open().map(|words| Box::new(Self::new(self.stop, words, Vec::new())));
        self.opened.get_or_init(clause).as_deref()
    }
}

/// Longer texts are not read clause by clause: nobody answers yes in a page.
const LETTERS_MAX: usize = 300;

/// The clauses of a text.
pub fn clauses(own: &str, packs: &Packs) -> Vec<Clause> {
    if own.chars().count() > LETTERS_MAX {
        return Vec::new();
    }
    let lexicon = &packs.lexicon;
    let mut found = Vec::new();
    for (stop, stretch) in stretches(own) {
        let (mut words, mut capital) = (Vec::new(), Vec::new());
        for token in stretch.split_whitespace() {
            let is_capital = token.chars().find(|sign| sign.is_alphabetic()).is_some_and(char::is_uppercase);
            for word in normal::words(token).into_iter().flat_map(|word| lexicon.pieces_of(word)).flat_map(|word| meant(word, lexicon)) {
                let repeats =
                    words.last() == Some(&word) && word.chars().all(|sign| !sign.is_numeric()) && !lexicon.doubled.contains(&word);
                if !repeats {
                    words.push(word);
                    capital.push(is_capital);
                }
            }
        }
        if !words.is_empty() {
            found.push(Clause::new(stop, words, capital));
        }
    }
    found
}

/// One clause of words that were taken out of a text.
pub fn one(words: &[String]) -> Vec<Clause> {
    vec![Clause::new(Stop::Start, words.to_vec(), vec![false; words.len()])]
}

/// The same as they were written.
pub fn parts(own: &str) -> Vec<String> {
    if own.chars().count() > LETTERS_MAX {
        return Vec::new();
    }
    stretches(own).into_iter().map(|(_, stretch)| stretch.trim().to_owned()).filter(|stretch| !stretch.is_empty()).collect()
}

/// Whether a text ends in these words and no others behind a line break or a dash, and no pack knows one of them: a name.
pub fn ends_apart(own: &str, name: &[String], lexicon: &Lexicon) -> bool {
    let all = stretches(own);
    let last = all.iter().rposition(|(stop, _)| matches!(stop, Stop::Line | Stop::Dash));
    let words = last.map(|at| all[at..].iter().flat_map(|(_, stretch)| normal::words(stretch)).collect::<Vec<String>>());
    let is_lower = |word: &str| word.starts_with(char::is_lowercase);
    let in_capitals = last.is_some_and(|at| !all[at..].iter().any(|(_, stretch)| stretch.split_whitespace().any(is_lower)));
    in_capitals && words.is_some_and(|words| words == name) && name.iter().all(|word| !lexicon.vocabulary.contains(word))
}

fn stretches(own: &str) -> Vec<(Stop, String)> {
    let signs: Vec<char> = own.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| signs.get(at)).is_some_and(char::is_ascii_digit);
    let space = |at: Option<usize>| at.and_then(|at| signs.get(at)).is_none_or(|sign| sign.is_whitespace());
    let mut found = vec![(Stop::Start, String::new())];
    for (at, sign) in signs.iter().enumerate() {
        let (before, after) = (at.checked_sub(1), Some(at + 1));
        let stop = match sign {
            '\n' | '\r' => Some(Stop::Line),
            '-' | '–' | '—' | '―' | '~' | '*' if space(before) => Some(Stop::Dash),
            '–' | '—' | '―' => Some(Stop::Dash),
            '.' | ',' | ':' if digit(before) && digit(after) => None,
            '.' if is_initial(&signs[..at]) => None,
            '.' | ',' | ';' | ':' | '!' | '(' | ')' | '…' | '。' | '、' | '，' | '！' | '；' | '：' | '．' | '،' | '؛' | '।' => {
                Some(Stop::Comma)
            }
            _ => None,
        };
        let Some(stop) = stop else {
            if let Some((_, stretch)) = found.last_mut() {
                stretch.push(*sign);
            }
            continue;
        };
        match found.last_mut() {
            // ".\n" is a line break, ", -" is a dash.
            Some((last, stretch)) if stretch.trim().is_empty() => {
                if *last == Stop::Comma || stop == Stop::Line {
                    *last = if *last == Stop::Start { Stop::Start } else { stop };
                }
            }
            Some(_) | None => found.push((stop, String::new())),
        }
    }
    found
}

/// "J. de Vries", "Dr. Pichler": the dot behind an initial or a title ends nothing.
fn is_initial(before: &[char]) -> bool {
    let word: String = before.iter().rev().take_while(|sign| sign.is_alphabetic()).collect::<Vec<_>>().into_iter().rev().collect();
    let is_capital =
        word.chars().count() == 1 && word.chars().all(char::is_uppercase) && !matches!(word.as_str(), "Y" | "N" | "J" | "O" | "S");
    is_capital || TITLES.contains(&word.to_lowercase().as_str())
}

/// Short for a title.
const TITLES: &[&str] = &["dr", "mr", "mrs", "ms", "hr", "fr", "sr", "sra", "dhr", "mevr", "sig", "ing", "prof", "mme"];

/// A slip is repaired in words of at least so many letters; shorter ones are one letter from many others.
const SLIP_LETTERS_MIN: usize = 5;

/// The words that were meant: short spellings in full, slips repaired.
fn meant(word: String, lexicon: &Lexicon) -> Vec<String> {
    match lexicon.chat.get(&word) {
        Some(full) if !lexicon.vocabulary.contains(&word) || lexicon.yes_whole.is_word(&word) || lexicon.no_whole.is_word(&word) => {
            full.clone()
        }
        Some(_) | None => vec![repaired(word, lexicon)],
    }
}

/// The word that was meant, where nobody knows the one that was written and only one known word is near.
fn repaired(word: String, lexicon: &Lexicon) -> String {
    let letters = word.chars().count();
    if letters < 3 || lexicon.vocabulary.contains(&word) || word.chars().any(char::is_numeric) || word.chars().any(normal::is_unspaced) {
        return word;
    }
    if let Some(short) = normal::squeezed(&word).into_iter().find(|short| lexicon.vocabulary.contains(short)) {
        return short;
    }
    let single = undoubled(&word);
    if letters >= 4 && (lexicon.yes.is_word(&single) || lexicon.no.is_word(&single)) {
        return single;
    }
    if letters < SLIP_LETTERS_MIN {
        return word;
    }
    let near = lexicon.near(&word);
    // Of several the one that would change a meaning: then the text is asked about.
    near.iter()
        .find(|form| lexicon.turns(form))
        .or(if near.len() == 1 { near.first() } else { None })
        .map_or(word, |form| (*form).to_owned())
}

/// "taak" as "tak".
fn undoubled(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.dedup();
    letters.into_iter().collect()
}
