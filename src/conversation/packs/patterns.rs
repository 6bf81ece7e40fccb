//! Forms with choices in them: `(I|we) cannot (come|be home|)`. Written out they would be hundreds of thousands; here each
//! choice is held once. `*` is up to three words, `smell*` the beginning of one.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::Pack;
use super::shapes::is_unspaced;
use super::words::{Words, hash};
use crate::conversation::normal;

/// Patterns of words, or of the signs of a script without spaces, followed all at once.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    /// Every word of them once.
    words: Words,
    /// The places behind a first word.
    starts: HashMap<u32, Vec<u32>, FixedState>,
    /// The places behind the beginning of a first word, by its first letter.
    begun: HashMap<char, Vec<(Token, u32)>, FixedState>,
    /// The places behind any first word.
    loose: Vec<u32>,
    places: Vec<Place>,
    /// Words, or signs, of the longest.
    reach: usize,
}

#[derive(Debug, Clone)]
enum Place {
    /// One word, and the place behind it.
    Step(Token, u32),
    /// Any of these.
    Fork(Box<[u32]>),
    End,
}

/// What one word, or one sign, may be; words by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Word(u32),
    /// A word that begins so.
    Begins(u32),
    Any,
}

/// A part of a choice.
#[derive(Debug, Clone)]
enum Part {
    One(String),
    Begins(String),
    /// Up to so many of any.
    Gap(usize),
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Self::One(_) | Self::Begins(_) => 1,
            Self::Gap(most) => *most,
        }
    }
}

/// Any of these sequences, perhaps none.
type Choice = Vec<Vec<Part>>;

const GAP_WORDS_MAX: usize = 3;
const GAP_SIGNS_MAX: usize = 6;

impl Patterns {
    /// Adds a form, with or without choices; not one whose choices are parts of words.
    pub fn add(&mut self, pattern: &str) -> bool {
        let Some(choices) = choices(pattern) else { return false };
        self.link(&choices);
        true
    }

    /// Adds a form of a script without spaces, sign by sign.
    pub fn add_signs(&mut self, pattern: &str) {
        let signs = |text: &str| {
            let mut parts = Vec::new();
            for (at, stretch) in text.split('*').enumerate() {
                if at > 0 {
                    parts.push(Part::Gap(GAP_SIGNS_MAX));
                }
                parts.extend(normal::words(stretch).concat().chars().map(|sign| Part::One(sign.to_string())));
            }
            parts
        };
        let choices: Vec<Choice> = groups(pattern).iter().map(|options| options.iter().map(|option| signs(option)).collect()).collect();
        self.link(&choices);
    }

    /// From the last to the first: each part leads to the place behind it.
    fn link(&mut self, choices: &[Choice]) {
        let longest = |choice: &Choice| choice.iter().map(|parts| parts.iter().map(Part::len).sum()).max().unwrap_or(0);
        self.reach = self.reach.max(choices.iter().map(longest).sum());
        let mut behind = self.place(Place::End);
        for choice in choices.iter().rev() {
            let mut here: Vec<u32> = choice.iter().map(|parts| self.chain(parts, behind)).collect();
            here.dedup();
            behind = match here.as_slice() {
                [one] => *one,
                _ => self.place(Place::Fork(here.into())),
            };
        }
        for place in self.open([behind]) {
            match &self.places[place as usize] {
                Place::Step(Token::Word(word), next) => self.starts.entry(*word).or_default().push(*next),
                Place::Step(Token::Any, next) => self.loose.push(*next),
                Place::Step(Token::Begins(start), next) => {
                    match self.words.get(*start).chars().next() {
                        Some(first) => self.begun.entry(first).or_default().push((Token::Begins(*start), *next)),
                        // "-*" is any word.
                        None => self.loose.push(*next),
                    }
                }
                Place::Fork(_) | Place::End => {}
            }
        }
    }

    fn place(&mut self, place: Place) -> u32 {
        self.places.push(place);
        (self.places.len() - 1) as u32
    }

    /// Gives back what was kept for more of them.
    pub fn shrink(&mut self) {
        self.words.shrink();
        self.starts.shrink_to_fit();
        self.starts.values_mut().for_each(Vec::shrink_to_fit);
        self.begun.values_mut().for_each(Vec::shrink_to_fit);
        self.loose.shrink_to_fit();
        self.places.shrink_to_fit();
    }

    /// The place that leads through these parts to the one behind.
    fn chain(&mut self, parts: &[Part], behind: u32) -> u32 {
        let mut next = behind;
        for part in parts.iter().rev() {
            next = match part {
                Part::One(word) => {
                    let word = self.words.number(word);
                    self.place(Place::Step(Token::Word(word), next))
                }
                Part::Begins(start) => {
                    let start = self.words.number(start);
                    self.place(Place::Step(Token::Begins(start), next))
                }
                Part::Gap(most) => {
                    let mut open = next;
                    for _ in 0..*most {
                        let any = self.place(Place::Step(Token::Any, open));
                        open = self.place(Place::Fork(Box::new([next, any])));
                    }
                    open
                }
            };
        }
        next
    }

    /// The steps and ends that these places are, forks followed; each once.
    fn open(&self, places: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let (mut waiting, mut found): (Vec<u32>, Vec<u32>) = (places.into_iter().collect(), Vec::new());
        while let Some(place) = waiting.pop() {
            match &self.places[place as usize] {
                Place::Fork(places) => waiting.extend(places.iter()),
                Place::Step(..) | Place::End => found.push(place),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn fits(&self, token: Token, word: &str, number: Option<u32>) -> bool {
        match token {
            Token::Word(own) => number == Some(own),
            Token::Begins(start) => word.starts_with(self.words.get(start)),
            Token::Any => true,
        }
    }

    /// After how many of these a pattern that begins with the first of them ends; with the hash of that one.
    fn ends<'a>(&self, hash: u64, words: impl IntoIterator<Item = &'a str>) -> Vec<usize> {
        let mut words = words.into_iter();
        let mut found = Vec::new();
        let Some(first) = words.next() else { return found };
        let number = self.words.find_hashed(hash, first);
        let whole = number.and_then(|number| self.starts.get(&number)).into_iter().flatten();
        let begun = if self.begun.is_empty() { None } else { first.chars().next().and_then(|letter| self.begun.get(&letter)) };
        let begun = begun.into_iter().flatten().filter(|(token, _)| self.fits(*token, first, number)).map(|(_, next)| next);
        let mut places = self.open(whole.chain(begun).chain(&self.loose).copied());
        let mut count = 1;
        while !places.is_empty() {
            if places.iter().any(|place| matches!(self.places[*place as usize], Place::End)) {
                found.push(count);
            }
            let Some(word) = words.next() else { break };
            let number = self.words.find(word);
            let leads = places.iter().filter_map(|place| match &self.places[*place as usize] {
                Place::Step(token, next) if self.fits(*token, word, number) => Some(*next),
                _ => None,
            });
            places = self.open(leads);
            count += 1;
        }
        found
    }

    /// How many words the longest pattern at the beginning of these has.
    pub fn len_at(&self, words: &[String]) -> Option<usize> {
        self.len_hashed(hash(words.first()?), words)
    }

    /// The same, where the hash of the first is known.
    pub(super) fn len_hashed(&self, hash: u64, words: &[String]) -> Option<usize> {
        if self.places.is_empty() {
            return None;
        }
        self.ends(hash, words.iter().map(String::as_str)).pop()
    }

    /// Where in a run of signs the patterns end that begin with its first sign.
    pub fn ends_in(&self, run: &str) -> Vec<usize> {
        let end = |(at, sign): (usize, char)| {
            #[cfg(test)]
            super::words::work::add(1);
            at + sign.len_utf8()
        };
        let ends = || run.char_indices().map(end);
        let Some(first) = ends().next().map(|end| hash(&run[..end])) else { return Vec::new() };
        // No pattern looks farther than its own length: the run may be a page.
        let signs = ends().scan(0, |from, to| Some(&run[std::mem::replace(from, to)..to]));
        let counts = self.ends(first, signs);
        let mut bounds = ends().enumerate();
        counts.into_iter().filter_map(|count| bounds.find(|(at, _)| at + 1 == count)).map(|(_, end)| end).collect()
    }

    /// How many signs the longest of them has.
    pub fn reach(&self) -> usize {
        self.reach
    }

    /// Whether a run of signs is one of them.
    pub fn is_run(&self, run: &str) -> bool {
        self.ends_in(run).last() == Some(&run.len())
    }

    /// Whether this word alone is one of them.
    pub fn is_word(&self, word: &str) -> bool {
        let behind = self.words.find(word).and_then(|number| self.starts.get(&number));
        behind
            .is_some_and(|places| self.open(places.iter().copied()).iter().any(|place| matches!(self.places[*place as usize], Place::End)))
    }

    /// Every word of them.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.words.iter()
    }
}

/// The literals and the choices of a pattern, in order.
fn groups(pattern: &str) -> Vec<Vec<&str>> {
    let (mut groups, mut rest) = (Vec::new(), pattern);
    while let Some((before, (inner, after))) = rest.split_once('(').and_then(|(before, behind)| Some((before, behind.split_once(')')?))) {
        groups.push(vec![before]);
        groups.push(inner.split('|').collect());
        rest = after;
    }
    groups.push(vec![rest]);
    groups
}

/// The parts of a pattern, where each begins and ends with whole words.
fn choices(pattern: &str) -> Option<Vec<Choice>> {
    let groups = groups(pattern);
    // Only the widest reading counts: a letter on both sides of a seam, with nothing but choices that may be empty between.
    let is_letter = |sign: Option<char>| sign.is_some_and(|sign| !sign.is_whitespace());
    let mut open = false;
    for options in &groups {
        let starts = options.iter().any(|option| is_letter(option.chars().next()));
        if open && starts {
            return None;
        }
        let ends = options.iter().any(|option| is_letter(option.chars().next_back()));
        open = ends || (open && options.iter().any(|option| option.is_empty()));
    }
    Some(groups.iter().map(|options| options.iter().map(|option| parts(option)).collect()).collect())
}

fn parts(text: &str) -> Vec<Part> {
    let part = |part: &str| match part.strip_suffix('*') {
        Some("") => vec![Part::Gap(GAP_WORDS_MAX)],
        Some(begin) => vec![Part::Begins(normal::words(begin).concat())],
        None => normal::words(part).into_iter().map(Part::One).collect(),
    };
    text.split_whitespace().flat_map(part).collect()
}

/// How many forms a pattern has.
pub fn width(pattern: &str) -> usize {
    groups(pattern).iter().map(Vec::len).fold(1, usize::saturating_mul)
}

/// Whether a pattern has to be written out, since its choices are parts of words.
pub fn is_written_out(pattern: &str) -> bool {
    !is_unspaced(pattern) && choices(pattern).is_none()
}

/// A form written out; a German one also as it is typed without dots: "fuer".
pub fn forms(pack: &Pack, form: &str) -> Vec<String> {
    let mut forms = expanded(form);
    if pack.language == "de" {
        let plain = |form: &String| form.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
        let typed: Vec<String> = forms.iter().filter(|form| form.contains(['ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü'])).map(plain).collect();
        forms.extend(typed);
    }
    if matches!(pack.language.as_str(), "uk" | "ru") {
        let typed: Vec<String> = forms.iter().filter_map(|form| in_latin(form, &pack.language)).collect();
        forms.extend(typed);
    }
    forms
}

/// Shorter words in Latin letters are words of other languages: "da", "ne".
const LATIN_LETTERS_MIN: usize = 5;

/// "Bud laska": a Cyrillic form on a phone without Cyrillic letters.
fn in_latin(form: &str, language: &str) -> Option<String> {
    let latin: String = form.to_lowercase().chars().map(|letter| latin(letter, language)).collect();
    let letters = latin.chars().filter(char::is_ascii_alphabetic).count();
    (latin.is_ascii() && latin != form.to_lowercase() && letters >= LATIN_LETTERS_MIN).then_some(latin)
}

fn latin(letter: char, language: &str) -> String {
    let is_russian = language == "ru";
    let found = match letter {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => {
            if is_russian {
                "g"
            } else {
                "h"
            }
        }
        'ґ' => "g",
        'д' => "d",
        'е' | 'э' => "e",
        'ё' => "e",
        'є' => "ye",
        'ж' => "zh",
        'з' => "z",
        'и' => {
            if is_russian {
                "i"
            } else {
                "y"
            }
        }
        'і' => "i",
        'ї' => "yi",
        'й' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "sch",
        'ы' => "y",
        'ю' => "yu",
        'я' => "ya",
        'ь' | 'ъ' | '\'' | '’' | 'ʼ' => "",
        other => return other.to_string(),
    };
    found.to_owned()
}

fn expanded(form: &str) -> Vec<String> {
    let Some((before, rest)) = form.split_once('(') else { return vec![form.to_owned()] };
    let Some((choices, after)) = rest.split_once(')') else { return vec![form.to_owned()] };
    let tails = expanded(after);
    let each = |choice: &str| tails.iter().map(|tail| format!("{before}{choice}{tail}")).collect::<Vec<_>>();
    choices.split('|').flat_map(each).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn len(pattern: &str, text: &str) -> Option<usize> {
        let mut patterns = Patterns::default();
        assert!(patterns.add(pattern), "{pattern}");
        patterns.len_at(&normal::words(text))
    }

    #[test]
    fn a_choice_is_any_of_its_forms_and_the_longest_counts() {
        for (pattern, text, want) in [
            ("(i|we) cannot( come| be home|)", "we cannot be home today", Some(4)),
            ("(i|we) cannot( come| be home|)", "i cannot be", Some(2)),
            ("(i|we) cannot( come| be home|)", "they cannot", None),
            ("(really |)no( way|)", "no way", Some(2)),
            ("(really |)no( way|)", "really no", Some(2)),
            ("see (you|u)( then|)( there|)", "see u there", Some(3)),
        ] {
            assert_eq!(len(pattern, text), want, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_gap_is_up_to_three_words_and_a_star_the_rest_of_one() {
        for (pattern, text, want) in [
            ("remove * from * list", "remove me from your list", Some(5)),
            ("remove * from * list", "remove from list", Some(3)),
            ("remove * list", "remove me now and here list", None),
            ("smell* gas", "smelling gas", Some(2)),
            ("(stop|quit) * (texts|messages)", "quit all these silly texts please", Some(5)),
        ] {
            assert_eq!(len(pattern, text), want, "{pattern} on {text}");
        }
    }

    #[test]
    fn signs_are_followed_one_by_one() {
        let mut patterns = Patterns::default();
        patterns.add_signs("(その日|当日)(は|)(不在|仕事)です");
        for (run, want) in [("その日は不在です", true), ("当日仕事です", true), ("その日です", false), ("その日は不在ですが", false)]
        {
            assert_eq!(patterns.is_run(run), want, "{run}");
        }
        assert_eq!(patterns.ends_in("当日仕事ですので").as_slice(), ["当日仕事です".len()]);
    }

    #[test]
    fn a_choice_inside_a_word_is_written_out() {
        for pattern in ["con(migo|tigo)", "(l'|il)(orario|giorno)", "(ja|)(hoor)", "(in |)(ver|)(zicht)"] {
            assert!(is_written_out(pattern), "{pattern}");
            assert!(!Patterns::default().add(pattern), "{pattern}");
        }
        assert!(!is_written_out("(ja |)(hoor|zeker)( hoor|)"));
        assert_eq!(width("(a|b) (c|d|)"), 6);
        assert_eq!(expanded("con(migo|tigo)"), ["conmigo", "contigo"]);
    }
}
