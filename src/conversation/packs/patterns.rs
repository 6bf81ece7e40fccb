//! Forms with choices in them: `(I|we) cannot (come|be home|)`. Written out they would be hundreds of thousands; here each
//! choice is held once.

use std::collections::HashMap;

use super::Pack;
use super::shapes::is_unspaced;
use crate::conversation::normal;

/// Patterns of words, followed all at once.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    /// First words and the places behind them.
    starts: HashMap<String, Vec<usize>>,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Default)]
struct Place {
    next: Vec<(String, Vec<usize>)>,
    ends: bool,
}

/// A part of a pattern: any of these word sequences, perhaps none.
type Choice = Vec<Vec<String>>;

impl Patterns {
    /// Adds a pattern; not one without choices, and not one whose choices are parts of words.
    pub fn add(&mut self, pattern: &str) -> bool {
        let Some(choices) = choices(pattern) else { return false };
        // From the last to the first: the places from which a part of the pattern may begin.
        let end = self.place(true);
        let mut behind = vec![end];
        for choice in choices.iter().rev() {
            let mut here = Vec::new();
            for words in choice {
                if words.is_empty() {
                    here.extend(behind.iter().copied());
                } else {
                    here.push(self.chain(words, &behind));
                }
            }
            behind = here;
        }
        for place in behind {
            for (word, next) in self.places[place].next.clone() {
                self.starts.entry(word).or_default().extend(next);
            }
        }
        true
    }

    fn place(&mut self, ends: bool) -> usize {
        self.places.push(Place { next: Vec::new(), ends });
        self.places.len() - 1
    }

    /// Places that these words lead through, to any of those behind.
    fn chain(&mut self, words: &[String], behind: &[usize]) -> usize {
        let mut next = behind.to_vec();
        for word in words.iter().rev() {
            let place = self.place(false);
            self.places[place].next.push((word.clone(), next));
            next = vec![place];
        }
        next[0]
    }

    /// How many words the longest pattern at the beginning of these has.
    pub fn len_at(&self, words: &[String]) -> Option<usize> {
        let mut places = self.starts.get(words.first()?)?.clone();
        let mut found = None;
        for at in 1..=words.len() {
            if places.iter().any(|place| self.places[*place].ends) {
                found = Some(at);
            }
            let Some(word) = words.get(at) else { break };
            let leads = places.iter().flat_map(|place| &self.places[*place].next).filter(|(next, _)| next == word);
            let mut led: Vec<usize> = leads.flat_map(|(_, next)| next).copied().collect();
            led.sort_unstable();
            led.dedup();
            if led.is_empty() {
                break;
            }
            places = led;
        }
        found
    }

    /// Whether this word alone is one of them.
    pub fn is_word(&self, word: &str) -> bool {
        self.starts.get(word).is_some_and(|places| places.iter().any(|place| self.places[*place].ends))
    }

    /// Every word of them.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        self.places.iter().flat_map(|place| place.next.iter().map(|(word, _)| word))
    }
}

/// The parts of a pattern, where each begins and ends with whole words.
fn choices(pattern: &str) -> Option<Vec<Choice>> {
    if !pattern.contains('(') || is_unspaced(pattern) {
        return None;
    }
    let mut parts: Vec<Choice> = Vec::new();
    let (mut rest, mut open) = (pattern, false);
    while let Some((before, behind)) = rest.split_once('(') {
        let (inner, after) = behind.split_once(')')?;
        let literal = vec![normal::words(before)];
        // "con(migo|)": the choice is a part of a word.
        let glued = |left: &str, right: &str| {
            let is_letter = |sign: Option<char>| sign.is_some_and(|sign| !sign.is_whitespace());
            is_letter(left.chars().next_back()) && is_letter(right.chars().next())
        };
        let options: Vec<&str> = inner.split('|').collect();
        let follows = |option: &&str| glued(before, option) || glued(option, after.split(['(', '|']).next().unwrap_or_default());
        let joins = open && before.is_empty() && options.iter().any(|option| option.starts_with(|sign: char| !sign.is_whitespace()));
        if joins || options.iter().any(follows) {
            return None;
        }
        open = options.iter().any(|option| option.ends_with(|sign: char| !sign.is_whitespace()));
        if after.starts_with('(') && open && first_glues(after) {
            return None;
        }
        parts.push(literal);
        parts.push(options.iter().map(|option| normal::words(option)).collect());
        rest = after;
    }
    parts.push(vec![normal::words(rest)]);
    Some(parts)
}

/// Whether a choice right behind another begins in the middle of a word.
fn first_glues(after: &str) -> bool {
    let inner = after.trim_start_matches('(').split(')').next().unwrap_or_default();
    inner.split('|').any(|option| option.starts_with(|sign: char| !sign.is_whitespace()))
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
    fn a_choice_inside_a_word_is_written_out() {
        for pattern in ["con(migo|tigo)", "plain words", "(在|不在)家", "(l'|il)(orario|giorno)"] {
            assert!(!Patterns::default().add(pattern), "{pattern}");
        }
        assert_eq!(expanded("con(migo|tigo)"), ["conmigo", "contigo"]);
    }
}
