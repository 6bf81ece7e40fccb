//! How a language tells the time: halves and quarters, parts of the day, the words around an hour.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Pack, Phrases};
use crate::conversation::normal;

/// The table `[clock]` of a pack.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// "In the morning".
    pub am: Vec<String>,
    /// "In the afternoon".
    pub pm: Vec<String>,
    /// "At night": before midnight or after it.
    #[serde(default)]
    pub night: Vec<String>,
    /// Words around an hour: "o'clock", "Uhr".
    pub hour: Vec<String>,
    /// "By day", where that is said of three o'clock and of eleven: an hour of the afternoon up to six.
    #[serde(default)]
    pub by_day: Vec<String>,
    /// Twelve o'clock by its name: "noon".
    #[serde(default)]
    pub noon: Vec<String>,
    /// Words behind minutes.
    #[serde(default)]
    pub minute: Vec<String>,
    /// In front of the hour, and the minutes they add: "half past" = 30.
    #[serde(default)]
    pub before: BTreeMap<String, i64>,
    /// An hour and its minutes in one word, as minutes from twelve: "полтретьего" = 150.
    #[serde(default)]
    pub whole: BTreeMap<String, i64>,
    /// The same, where the hour is a word of this language only: Dutch "half" = -30, English "half ten" is another time.
    #[serde(default)]
    pub before_word: BTreeMap<String, i64>,
    /// Behind the hour: "y media" = 30.
    #[serde(default)]
    pub after: BTreeMap<String, i64>,
    /// One to twelve in the form that stands beside these, where it is another one than the number's.
    #[serde(default)]
    pub hours: Vec<String>,
}

/// The words of a day and its hours, of all languages together.
#[derive(Debug, Clone, Default)]
pub struct DayWords {
    /// Morning.
    pub am: Phrases,
    /// Afternoon and evening.
    pub pm: Phrases,
    /// Night.
    pub night: Phrases,
    /// Beside an hour.
    pub hour: Phrases,
    /// Twelve at day.
    pub noon: Phrases,
    /// By day.
    pub by_day: Phrases,
    /// Behind minutes.
    pub minute: Phrases,
}

impl DayWords {
    /// Of these packs.
    pub fn of<'a>(packs: impl Iterator<Item = &'a Pack> + Clone) -> Self {
        let phrases = |list: fn(&Told) -> &Vec<String>| Phrases::new(packs.clone().flat_map(|pack| list(&pack.clock)));
        Self {
            am: phrases(|told| &told.am),
            pm: phrases(|told| &told.pm),
            night: phrases(|told| &told.night),
            hour: phrases(|told| &told.hour),
            noon: phrases(|told| &told.noon),
            by_day: phrases(|told| &told.by_day),
            minute: phrases(|told| &told.minute),
        }
    }

    /// Every single word of it.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        [&self.am, &self.pm, &self.night, &self.hour, &self.noon, &self.by_day, &self.minute].into_iter().flat_map(Phrases::words)
    }
}

/// How one language tells halves and quarters.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Sequence, minutes, and whether the hour has to be a word of this language.
    pub before: Vec<(Vec<String>, i64, bool)>,
    /// Sequence behind the hour, and its minutes.
    pub after: Vec<(Vec<String>, i64)>,
    /// Hour and minutes in one word: sequence, minutes from twelve.
    pub whole: Vec<(Vec<String>, i64)>,
    /// Forms of hours beside these.
    pub hours: BTreeMap<Vec<String>, i64>,
    /// This language's own number words.
    pub numbers: BTreeSet<String>,
}

impl Clock {
    /// Of one pack.
    pub fn of(pack: &Pack) -> Self {
        let told = &pack.clock;
        let shifts = |table: &BTreeMap<String, i64>| table.iter().map(|(words, minutes)| (normal::words(words), *minutes)).collect();
        let any: Vec<(Vec<String>, i64)> = shifts(&told.before);
        let own: Vec<(Vec<String>, i64)> = shifts(&told.before_word);
        let hours =
            told.hours.iter().enumerate().flat_map(|(at, forms)| forms.split('|').map(move |form| (normal::words(form), at as i64 + 1)));
        Self {
            before: any.into_iter().map(|(w, m)| (w, m, false)).chain(own.into_iter().map(|(w, m)| (w, m, true))).collect(),
            after: shifts(&told.after),
            whole: shifts(&told.whole),
            hours: hours.collect(),
            numbers: pack.numbers.keys().map(|word| normal::words(word).concat()).collect(),
        }
    }

    /// Every single word of it.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let shifts = self.before.iter().map(|(words, ..)| words).chain(self.after.iter().map(|(words, _)| words));
        let shifts = shifts.chain(self.whole.iter().map(|(words, _)| words));
        shifts.chain(self.hours.keys()).flatten().map(String::as_str)
    }
}
