//! What a question itself speaks of: the day and the hour it proposes, its own words. Whoever repeats them adds nothing;
//! whoever names another day answers something else.

use std::collections::{BTreeMap, BTreeSet};

use super::menu::number_at;
use crate::conversation::flow::{Ask, Want};
use crate::conversation::normal;
use crate::conversation::packs::{Lexicon, Phrases};
use crate::conversation::rules::Rules;
use crate::conversation::session::Session;
use crate::conversation::{hours, render};
use crate::time::Timestamp;
use crate::value::Value;

/// What a question speaks of.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// It asks whether somebody may come, and does not ask whether something shall end.
    pub is_visit: bool,
    /// It asks whether something shall end: there "I cannot" is no plain no.
    pub undoes: bool,
    words: BTreeSet<String>,
    weekdays: BTreeSet<i8>,
    months: BTreeSet<i8>,
    numbers: BTreeSet<i64>,
    /// The weekday of today, from 1.
    today: i8,
}

/// Whether words about time repeat what was proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// They do.
    Same,
    /// They name another day or hour.
    Other,
}

/// Shorter names of days are words of other languages: "so", "mar".
const DAY_LETTERS_MIN: usize = 3;

impl Scene {
    /// Of a question of this session, as it stands in the text that went out.
    pub fn of(ask: &Ask, session: &Session, rules: &Rules<'_>, now: Timestamp) -> Self {
        let lexicon = &rules.packs.lexicon;
        let facts = render::Facts { rules, language: &session.language, slots: &session.slots, system: BTreeMap::new() };
        let words: Vec<String> = normal::words(render::texts(&ask.text, &facts).expose());
        let words: Vec<String> = words.into_iter().flat_map(|word| lexicon.pieces_of(word)).collect();
        let undoes = lexicon.undoes.is_in(&words);
        let today = now.civil(&hours::zone(None, None, rules.settings)).date().weekday().to_monday_one_offset();
        let mut scene = Self { is_visit: !undoes && lexicon.visit.is_in(&words), undoes, today, ..Self::default() };
        for at in 0..words.len() {
            let rest = &words[at..];
            scene.weekdays.extend(weekday_at(rest, lexicon).map(|(day, _)| day));
            scene.months.extend(lexicon.months.get(&rest[0]));
            if let Some((number, len)) = figure(&rest[0]).or_else(|| number_at(rest, lexicon)) {
                scene.numbers.insert(number);
                if number < NOON && half(&rest[len.min(rest.len())..], lexicon, |clock| &clock.pm) {
                    scene.numbers.insert(number + NOON);
                }
            }
        }
        for value in session.slots.values() {
            if let Value::Date(date) = value {
                scene.weekdays.insert(date.weekday().to_monday_one_offset());
                scene.months.insert(date.month());
                scene.numbers.insert(i64::from(date.day()));
            }
        }
        if ask.want == Want::Menu {
            // The figures of a list are its answers.
            scene.numbers.clear();
        }
        scene.words = words.into_iter().filter(|word| is_own(word, lexicon)).collect();
        scene
    }

    /// Whether the question says this word itself.
    pub fn says(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Words about time at the beginning of these: how many, and whether they repeat what was proposed.
    pub fn time_at(&self, words: &[String], lexicon: &Lexicon) -> Option<(usize, Named)> {
        if !lexicon.may_tell_time(&words[0]) {
            return None;
        }
        let judged = |same: bool| if same { Named::Same } else { Named::Other };
        if let Some((days, len)) = Lexicon::longest_at(&lexicon.days, words) {
            let weekday = (self.today + days - 1).rem_euclid(7) + 1;
            return Some((len, judged(self.weekdays.contains(&weekday))));
        }
        if let Some((day, len)) = weekday_at(words, lexicon) {
            return Some((len, judged(self.weekdays.contains(&day))));
        }
        if let Some(month) = lexicon.months.get(&words[0]).filter(|_| words[0].chars().count() > DAY_LETTERS_MIN) {
            return Some((1, judged(self.months.contains(month))));
        }
        self.hour_at(words, lexicon).or_else(|| self.part_of_day_at(words, lexicon))
    }

    /// "At 10", "10am", "10:00", "10 Uhr".
    fn hour_at(&self, words: &[String], lexicon: &Lexicon) -> Option<(usize, Named)> {
        let hour = |words: &[String]| lexicon.clocks.iter().filter_map(|clock| clock.hour.len_at(words)).max();
        let front = hour(words).filter(|len| words.get(*len).is_some_and(|word| figure(word).is_some())).unwrap_or(0);
        let (number, mut len) = figure(&words[front]).or_else(|| number_at(&words[front..], lexicon))?;
        let glued = words[front].trim_start_matches(|c: char| c.is_ascii_digit());
        let tail: Vec<String> = if glued.is_empty() || glued == words[front] { Vec::new() } else { vec![glued.to_owned()] };
        len += front;
        let mut behind = if tail.is_empty() { words[len..].to_vec() } else { tail.clone() };
        let mut took = 0;
        if let Some(more) = hour(&behind) {
            took += more;
            behind.drain(..more);
        }
        let (am, pm) = (half(&behind, lexicon, |clock| &clock.am), half(&behind, lexicon, |clock| &clock.pm));
        if am || pm {
            let phrases = lexicon.clocks.iter().filter_map(|clock| clock.am.len_at(&behind).max(clock.pm.len_at(&behind)));
            took += phrases.max().unwrap_or(0);
        }
        if tail.is_empty() {
            len += took;
        } else if took == 0 && !ORDINAL_ENDS.contains(&tail[0].as_str()) {
            return Some((len, Named::Other));
        }
        let meant = match (am, pm) {
            (false, true) if number < NOON => number + NOON,
            (true, false) if number == NOON => 0,
            _ => number,
        };
        let bare = !am && !pm && number < NOON && self.numbers.contains(&(number + NOON));
        Some((len, if self.numbers.contains(&meant) || bare { Named::Same } else { Named::Other }))
    }

    /// "In the morning", where the morning was proposed.
    fn part_of_day_at(&self, words: &[String], lexicon: &Lexicon) -> Option<(usize, Named)> {
        let of = |phrases: fn(&crate::conversation::packs::clock::Clock) -> &Phrases| {
            lexicon.clocks.iter().filter_map(|clock| phrases(clock).len_at(words)).max()
        };
        let long = |len: &usize| words[0].chars().count() > 2 || *len > 1;
        let within = |hours: std::ops::Range<i64>| self.numbers.iter().any(|number| hours.contains(number));
        let parts = [
            (of(|clock| &clock.am), within(5..NOON)),
            (of(|clock| &clock.pm), within(NOON..24)),
            (of(|clock| &clock.night), false),
            (of(|clock| &clock.noon), self.numbers.contains(&NOON)),
        ];
        let found = parts.into_iter().filter_map(|(len, same)| Some((len.filter(long)?, same))).max_by_key(|(len, same)| (*len, *same));
        found.map(|(len, same)| (len, if same { Named::Same } else { Named::Other }))
    }
}

const NOON: i64 = 12;

/// "The 24th", "el 24º".
const ORDINAL_ENDS: &[&str] = &["st", "nd", "rd", "th", "er", "e", "o", "a", "го", "е", "日", "号"];

/// The figures that a word begins with: "10", "10am", "24th".
fn figure(word: &str) -> Option<(i64, usize)> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    (1..=4).contains(&digits.len()).then(|| digits.parse().ok()).flatten().map(|number| (number, 1))
}

fn half(words: &[String], lexicon: &Lexicon, phrases: fn(&crate::conversation::packs::clock::Clock) -> &Phrases) -> bool {
    !words.is_empty() && lexicon.clocks.iter().any(|clock| phrases(clock).len_at(words).is_some())
}

fn weekday_at(words: &[String], lexicon: &Lexicon) -> Option<(i8, usize)> {
    if !lexicon.may_tell_time(&words[0]) {
        return None;
    }
    let long = |len: usize| len > 1 || words[0].chars().count() >= DAY_LETTERS_MIN || words[0].chars().any(normal::is_unspaced);
    Lexicon::longest_at(&lexicon.weekdays, words).filter(|(_, len)| long(*len)).map(|(day, len)| (*day, len))
}

/// A word that says what the question is about, not one that answers or turns it.
fn is_own(word: &str, lexicon: &Lexicon) -> bool {
    let turns = [&lexicon.yes, &lexicon.no, &lexicon.yes_light, &lexicon.no_light, &lexicon.stop, &lexicon.undoes];
    word.chars().count() > 1
        && word.chars().all(char::is_alphabetic)
        && !lexicon.turns(word)
        && !turns.iter().any(|phrases| phrases.is_word(word))
}
