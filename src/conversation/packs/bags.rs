//! Bags: phrases whose words stand near each other in any order. Each word may be the beginning of a longer one, or one slip away.
//!
//! `(cut|hit) (cable|power line)`: a group is any of its words; an alternative of several words is all of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use foldhash::fast::FixedState;

use super::Pack;
use super::patterns::forms;
use super::shapes::is_unspaced;
use super::words::Words;
use crate::conversation::normal;

/// One phrase: its places, each with its alternatives, each of one or more stems.
type Bag = [u32];

/// Ends a place of a bag.
const PLACE: u32 = u32::MAX;
/// Stands between two alternatives of a place.
const OR: u32 = u32::MAX - 1;

/// A list of phrases.
#[derive(Debug, Clone, Default)]
pub struct Bags {
    /// One behind the other.
    all: Vec<u32>,
    bounds: Vec<u32>,
    /// The bags that may begin with a stem.
    by_stem: HashMap<u32, Vec<u32>, FixedState>,
}

/// The stems of many lists, each held once: a text is held against them once.
#[derive(Debug, Clone, Default)]
pub struct Stems {
    all: Words,
    /// By first letter and length: what a slip may have meant.
    shelf: HashMap<(char, usize), Vec<u32>>,
    /// Those of scripts without spaces, by their first sign: they stand anywhere in a run.
    unspaced: HashMap<char, Vec<u32>>,
    /// Bytes of the longest.
    longest: usize,
}

/// The words of a text, each with the stems it may be a form of.
#[derive(Debug, Clone)]
pub struct Signs {
    each: Vec<Sign>,
    /// Every stem that one of them may be a form of.
    said: HashSet<u32>,
}

#[derive(Debug, Clone, Default)]
struct Sign {
    /// As it is written, or with another ending.
    sure: Vec<u32>,
    /// A slip forgiven.
    near: Vec<u32>,
}

impl Bags {
    /// Reads lists of packs.
    pub fn of<'a>(lists: impl Iterator<Item = (&'a Pack, &'a Vec<String>)>, stems: &mut Stems) -> Self {
        let mut bags = Self::default();
        lists.flat_map(|(pack, list)| list.iter().map(move |pattern| (pack, pattern))).for_each(|(pack, pattern)| {
            bags.add(&bag(pack, pattern, stems));
        });
        bags.all.shrink_to_fit();
        bags
    }

    fn add(&mut self, bag: &Bag) {
        if places(bag).next().is_none() {
            return;
        }
        let number = self.bounds.len() as u32;
        for place in places(bag) {
            for stem in alternatives(place).filter_map(|stems| stems.first()) {
                self.by_stem.entry(*stem).or_default().push(number);
            }
            // A place that may stay empty is not what every text begins with.
            if alternatives(place).all(|stems| !stems.is_empty()) {
                break;
            }
        }
        self.all.extend(bag);
        self.bounds.push(self.all.len() as u32);
    }

    fn get(&self, number: u32) -> &Bag {
        let at = number as usize;
        let from = at.checked_sub(1).map_or(0, |before| self.bounds[before]);
        &self.all[from as usize..self.bounds[at] as usize]
    }

    /// Whether one of them stands within so many words of the text.
    pub fn stand_in(&self, signs: &Signs, stems: &Stems, window: usize) -> bool {
        self.stand_among(&signs.each, &signs.said, stems, window)
    }

    fn stand_among(&self, signs: &[Sign], said: &HashSet<u32>, stems: &Stems, window: usize) -> bool {
        let begun = said.iter().filter_map(|stem| self.by_stem.get(stem)).flatten();
        begun.map(|number| self.get(*number)).any(|bag| may_stand(bag, said) && stands_within(bag, signs, stems, window))
    }

    /// Whether one of these and one of others stand within one stretch of the text.
    pub fn stand_with(&self, others: &Self, signs: &Signs, stems: &Stems, window: usize, stretch: usize) -> bool {
        let stretch = stretch.min(signs.each.len()).max(1);
        signs.each.windows(stretch).any(|part| {
            let said = said(part);
            self.stand_among(part, &said, stems, window) && others.stand_among(part, &said, stems, window)
        })
    }

    /// Those of more than one word.
    pub fn of_several(&self) -> Self {
        let mut bags = Self::default();
        (0..self.bounds.len() as u32).map(|number| self.get(number)).filter(|bag| places(bag).count() > 1).for_each(|bag| bags.add(bag));
        bags
    }
}

fn places(bag: &Bag) -> impl Iterator<Item = &[u32]> {
    bag.split(|stem| *stem == PLACE).filter(|place| !place.is_empty())
}

fn alternatives(place: &[u32]) -> impl Iterator<Item = &[u32]> {
    place.split(|stem| *stem == OR)
}

fn said(signs: &[Sign]) -> HashSet<u32> {
    signs.iter().flat_map(|sign| sign.near.iter().copied()).collect()
}

impl Stems {
    /// The words of a text; a word that some pack knows for something else is no slip.
    pub fn signs(&self, words: &[String], is_known: impl Fn(&str) -> bool) -> Signs {
        let mut seen: HashMap<&String, Sign> = HashMap::new();
        let each: Vec<Sign> =
            words.iter().map(|word| seen.entry(word).or_insert_with(|| self.sign(word, is_known(word))).clone()).collect();
        Signs { said: said(&each), each }
    }

    fn sign(&self, word: &str, is_known: bool) -> Sign {
        let mut sign = Sign::default();
        let (letters, first) = (word.chars().count(), word.chars().next());
        let begins = word.char_indices().map(|(at, letter)| &word[..at + letter.len_utf8()]);
        for begin in begins.take_while(|begin| begin.len() <= self.longest) {
            let Some(stem) = self.all.find(begin) else { continue };
            if is_form(begin, word, letters, false) {
                sign.sure.push(stem);
            }
            if is_form(begin, word, letters, true) {
                sign.near.push(stem);
            }
        }
        if is_unspaced(word) {
            let inside = self.inside(word);
            sign.sure.extend(&inside);
            sign.near.extend(inside);
        }
        if !is_known {
            let shelves = (letters.saturating_sub(1)..=letters + 1).filter_map(|len| self.shelf.get(&(first?, len)));
            sign.near.extend(shelves.flatten().filter(|stem| is_slip(self.all.get(**stem), word)));
        }
        sign
    }

    /// The stems of scripts without spaces that stand anywhere in a run, each once.
    fn inside(&self, run: &str) -> Vec<u32> {
        let begun = run.char_indices().filter_map(|(at, first)| Some((at, self.unspaced.get(&first)?)));
        let stands = |at: usize, stem: u32| run[at..].starts_with(self.all.get(stem));
        let found = begun.flat_map(|(at, stems)| stems.iter().copied().filter(move |stem| stands(at, *stem)));
        found.collect::<BTreeSet<u32>>().into_iter().collect()
    }

    fn number(&mut self, stem: &str) -> u32 {
        if let Some(number) = self.all.find(stem) {
            return number;
        }
        let number = self.all.number(stem);
        self.longest = self.longest.max(stem.len());
        let Some(first) = stem.chars().next() else { return number };
        if is_unspaced(stem) {
            self.unspaced.entry(first).or_default().push(number);
        } else {
            self.shelf.entry((first, stem.chars().count())).or_default().push(number);
        }
        number
    }
}

fn bag(pack: &Pack, pattern: &str, stems: &mut Stems) -> Vec<u32> {
    let mut bag = Vec::new();
    for part in parts(pattern) {
        let forms = forms(pack, &part);
        let is_choice = part.contains('(') || forms.len() > 1;
        for (at, form) in forms.iter().enumerate() {
            if at > 0 {
                bag.push(OR);
            }
            for word in normal::words(form) {
                bag.push(stems.number(&word));
                if !is_choice {
                    bag.push(PLACE);
                }
            }
        }
        if is_choice {
            bag.push(PLACE);
        }
    }
    bag
}

/// What stands between spaces; a group with the spaces in it is one part.
fn parts(pattern: &str) -> Vec<String> {
    let (mut parts, mut open) = (vec![String::new()], false);
    for sign in pattern.chars() {
        open = (open || sign == '(') && sign != ')';
        match parts.last_mut() {
            Some(last) if open || !sign.is_whitespace() => last.push(sign),
            Some(_) | None => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether each place has an alternative whose stems are said at all.
fn may_stand(bag: &Bag, said: &HashSet<u32>) -> bool {
    places(bag).all(|place| alternatives(place).any(|stems| stems.iter().all(|stem| said.contains(stem))))
}

fn stands_within(bag: &Bag, signs: &[Sign], stems: &Stems, window: usize) -> bool {
    let count = places(bag).count();
    if count == 1 {
        // A word alone says enough only as it is.
        let alone = |stem: &u32| signs.iter().any(|sign| sign.sure.contains(stem));
        if places(bag).flat_map(alternatives).any(|alternative| matches!(alternative, [one] if alone(one))) {
            return true;
        }
    }
    let least: usize = places(bag).map(|place| alternatives(place).map(<[u32]>::len).max().unwrap_or(0)).sum();
    let window = window.max(least).min(signs.len()).clamp(1, u64::BITS as usize);
    let is_several = count > 1 || places(bag).flat_map(alternatives).any(|stems| stems.len() > 1);
    is_several && signs.windows(window).any(|part| fits(bag, part, stems, 0))
}

/// Whether the places find words of their own; `used` has a bit for each word that is taken.
fn fits(bag: &Bag, signs: &[Sign], stems: &Stems, used: u64) -> bool {
    let end = bag.iter().position(|stem| *stem == PLACE).unwrap_or(bag.len());
    let rest = bag.get(end + 1..).unwrap_or_default();
    if end == 0 {
        return bag.is_empty() || fits(rest, signs, stems, used);
    }
    alternatives(&bag[..end]).any(|stems_of| match taken(stems_of, signs, stems, used) {
        Some(used) => fits(rest, signs, stems, used),
        None => false,
    })
}

fn taken(alternative: &[u32], signs: &[Sign], stems: &Stems, used: u64) -> Option<u64> {
    alternative.iter().try_fold(used, |used, stem| {
        let at = signs.iter().enumerate().position(|(at, sign)| used & (1 << at) == 0 && sign.near.contains(stem))?;
        // In a run of signs two stems may stand.
        Some(if is_unspaced(stems.all.get(*stem)) { used } else { used | (1 << at) })
    })
}

/// A letter takes at most so many bytes.
const LETTER_BYTES_MAX: usize = 4;
/// A slip is forgiven in words of at least so many letters.
const SLIP_LETTERS_MIN: usize = 4;
/// "spark" is heard in "sparking", "gas" only in "gas" (but "газ" in "газом").
const STEM_LETTERS_MIN: usize = 4;
const ENDING_LETTERS_MAX: usize = 5;

/// Whether a word of so many letters that begins with a stem is a form of it.
fn is_form(stem: &str, word: &str, letters: usize, beside: bool) -> bool {
    if stem == word || is_unspaced(stem) {
        return true;
    }
    let stem_letters = stem.chars().count();
    // Alone "gas" is heard only as it is; beside "smell" also as "gazem".
    let declined = stem_letters == 3 && (beside || !stem.is_ascii()) && letters <= stem_letters + 2;
    declined || (stem_letters >= STEM_LETTERS_MIN && letters <= stem_letters + ENDING_LETTERS_MAX)
}

fn is_slip(stem: &str, word: &str) -> bool {
    // One letter more or less, and what one letter takes.
    if stem.len().abs_diff(word.len()) > LETTER_BYTES_MAX || !normal::may_slip(stem, word) {
        return false;
    }
    let long = |word: &str| word.chars().count() >= SLIP_LETTERS_MIN;
    // One wrong letter of four is more likely another word.
    let is_other = word.chars().count() == SLIP_LETTERS_MIN && normal::one_letter_differs(stem, word);
    long(stem) && long(word) && same_start(stem, word) && normal::one_slip(stem, word) && !is_other
}

fn same_start(a: &str, b: &str) -> bool {
    a.chars().next() == b.chars().next()
}

#[cfg(test)]
mod tests {
    use super::super::shipped;
    use super::*;

    #[test]
    fn a_phrase_stands_where_its_places_find_words_of_their_own() {
        let pack = shipped::pack("en").expect("a pack");
        for (pattern, text, want) in [
            ("smell gas", "there is gas, i can smell it", true),
            ("smell gas", "gas in the street and outside my window a smell", false),
            ("(cut|hit|dug) (cable|power line)", "the digger hit a power line", true),
            ("(cut|hit|dug) (cable|power line)", "they cut the grass below the line", false),
            ("(cut|hit|dug) (cable|power line)", "we have cut the calbe", true),
            ("(smoke|smoking)", "smoking", true),
            ("explosion", "explosoin", false),
            ("bare wire", "a bore wire", false),
            ("smell gas", "smel of gas", true),
            ("power lane", "the power line is fine", false),
            ("(no|without) (power|heat)", "no heating at all", true),
            ("gas gas", "gas", false),
            ("漏电", "这里漏电了", true),
        ] {
            let mut stems = Stems::default();
            let list = vec![pattern.to_owned()];
            let bags = Bags::of([(&pack, &list)].into_iter(), &mut stems);
            let signs = stems.signs(&normal::words(text), |word| word == "line");
            assert_eq!(bags.stand_in(&signs, &stems, 4), want, "{pattern} in {text}");
        }
    }

    #[test]
    fn two_phrases_stand_together_in_one_stretch() {
        let pack = shipped::pack("en").expect("a pack");
        let mut stems = Stems::default();
        let (one, other) = (vec!["oxygen".to_owned()], vec!["no power".to_owned()]);
        let who = Bags::of([(&pack, &one)].into_iter(), &mut stems);
        let lack = Bags::of([(&pack, &other)].into_iter(), &mut stems);
        let near = |text: &str| who.stand_with(&lack, &stems.signs(&normal::words(text), |word| word == "line"), &stems, 4, 8);
        assert!(near("My husband is on oxygen. We have no power"));
        assert!(!near("oxygen"));
        assert!(!near("oxygen one two three four five six seven eight no power"));
        assert!(!near(""));
    }
}
