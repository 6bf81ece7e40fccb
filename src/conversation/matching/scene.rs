//! What a question itself speaks of: the day and the hour it proposes, its own words. Whoever repeats them adds nothing;
//! whoever names another day answers something else.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::marks::Stretch;
use super::menu::number_at;
use crate::conversation::flow::{Ask, Want};
use crate::conversation::normal;
use crate::conversation::packs::Lexicon;
use crate::conversation::rules::Rules;
use crate::conversation::session::Session;
use crate::conversation::{hours, render};
use crate::time::Timestamp;
use crate::value::Value;

/// What a question speaks of, found where a rule asks for it.
pub struct Scene<'a> {
    ask: &'a Ask,
    session: &'a Session,
    rules: &'a Rules<'a>,
    now: Timestamp,
    words: OnceCell<Vec<String>>,
    times: OnceCell<Times>,
    /// Whether it speaks of an end, and of a visit, in the words of all packs.
    speaks: OnceCell<(bool, bool)>,
}

/// The days and hours of a question.
#[derive(Default)]
struct Times {
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

impl<'a> Scene<'a> {
    /// Of a question of this session.
    pub fn of(ask: &'a Ask, session: &'a Session, rules: &'a Rules<'a>, now: Timestamp) -> Self {
        Self { ask, session, rules, now, words: OnceCell::new(), times: OnceCell::new(), speaks: OnceCell::new() }
    }

    /// The same for a reply that is read by the words of its own language: a question is in any.
    pub fn again<'b>(&self, rules: &'b Rules<'b>) -> Scene<'b>
    where
        'a: 'b,
    {
        let scene = Scene::of(self.ask, self.session, rules, self.now);
        Scene { speaks: OnceCell::from(*self.speaks()), ..scene }
    }

    /// Whose question it is.
    pub fn session(&self) -> &'a Session {
        self.session
    }

    fn lexicon(&self) -> &'a Lexicon {
        &self.rules.packs.lexicon
    }

    /// Its words, as they stand in the text that went out.
    fn words(&self) -> &[String] {
        self.words.get_or_init(|| {
            let (session, rules) = (self.session, self.rules);
            let facts = render::Facts { rules, language: &session.language, slots: &session.slots, system: BTreeMap::new() };
            let words = normal::words(render::texts(&self.ask.text, &facts).expose());
            words.into_iter().flat_map(|word| self.lexicon().pieces_of(word)).collect()
        })
    }

    /// It asks whether something shall end: there "I cannot" is no plain no.
    pub fn undoes(&self) -> bool {
        self.speaks().0
    }

    /// It asks whether somebody may come, and does not ask whether something shall end.
    pub fn is_visit(&self) -> bool {
        !self.undoes() && self.speaks().1
    }

    fn speaks(&self) -> &(bool, bool) {
        self.speaks.get_or_init(|| (self.lexicon().undoes.is_in(self.words()), self.lexicon().visit.is_in(self.words())))
    }

    fn times(&self) -> &Times {
        self.times.get_or_init(|| {
            let (words, lexicon) = (self.words(), self.lexicon());
            let today = self.now.civil(&hours::zone(None, None, self.rules.settings)).date().weekday().to_monday_one_offset();
            let mut times = Times { today, ..Times::default() };
            for at in 0..words.len() {
                let rest = &words[at..];
                times.weekdays.extend(weekday_at(rest, lexicon).map(|(day, _)| day));
                times.months.extend(lexicon.months.get(&rest[0]));
                if let Some((number, len)) = figure(&rest[0]).or_else(|| number_at(rest, lexicon)) {
                    times.numbers.insert(number);
                    if number < NOON && lexicon.day_words.pm.len_at(&rest[len.min(rest.len())..]).is_some() {
                        times.numbers.insert(number + NOON);
                    }
                }
            }
            for value in self.session.slots.values() {
                if let Value::Date(date) = value {
                    times.weekdays.insert(date.weekday().to_monday_one_offset());
                    times.months.insert(date.month());
                    times.numbers.insert(i64::from(date.day()));
                }
            }
            if self.ask.want == Want::Menu {
                // The figures of a list are its answers.
                times.numbers.clear();
            }
            times
        })
    }

    /// Whether the question says this word itself.
    pub fn says(&self, word: &str) -> bool {
        self.words().iter().any(|own| own == word) && is_own(word, self.lexicon())
    }

    /// Whether this word stands in the question, whatever it is: "M1".
    pub fn holds(&self, word: &str) -> bool {
        self.words().iter().any(|own| own == word)
    }

    /// Words about time at the beginning of these: how many, and whether they repeat what was proposed.
    pub fn time_at(&self, rest: Stretch<'_>) -> Option<(usize, Named)> {
        if !rest.marks[0].may_tell_time {
            return None;
        }
        let (words, lexicon, times) = (rest.words, self.lexicon(), self.times());
        let judged = |same: bool| if same { Named::Same } else { Named::Other };
        if let Some((days, len)) = Lexicon::longest_at(&lexicon.days, words) {
            let weekday = (times.today + days - 1).rem_euclid(7) + 1;
            return Some((len, judged(times.weekdays.contains(&weekday))));
        }
        if let Some((day, len)) = weekday_at(words, lexicon) {
            return Some((len, judged(times.weekdays.contains(&day))));
        }
        if let Some(month) = lexicon.months.get(&words[0]).filter(|_| words[0].chars().count() > DAY_LETTERS_MIN) {
            return Some((1, judged(times.months.contains(month))));
        }
        times.hour_at(words, lexicon).or_else(|| times.part_of_day_at(words, lexicon))
    }
}

impl Times {
    /// "At 10", "10am", "10:00", "10 Uhr".
    fn hour_at(&self, words: &[String], lexicon: &Lexicon) -> Option<(usize, Named)> {
        let day = &lexicon.day_words;
        let hour = |words: &[String]| day.hour.len_at(words);
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
        let (am, pm) = (day.am.len_at(&behind), day.pm.len_at(&behind));
        took += am.max(pm).unwrap_or(0);
        let (am, pm) = (am.is_some(), pm.is_some());
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
        let day = &lexicon.day_words;
        let long = |len: &usize| words[0].chars().count() > 2 || *len > 1;
        let within = |hours: std::ops::Range<i64>| self.numbers.iter().any(|number| hours.contains(number));
        let parts = [
            (day.am.len_at(words), within(5..NOON)),
            (day.pm.len_at(words), within(NOON..24)),
            (day.night.len_at(words), false),
            (day.noon.len_at(words), self.numbers.contains(&NOON)),
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
