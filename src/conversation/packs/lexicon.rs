//! The forms of all packs together, normalised once and found fast.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Pack;
use super::clock::Clock;
use crate::conversation::normal;

/// Word sequences, found by their first word.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    by_first: HashMap<String, Vec<Vec<String>>>,
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

    /// Adds one sequence, longest first among its kind.
    pub fn add(&mut self, words: Vec<String>) {
        let Some(first) = words.first() else { return };
        let same = self.by_first.entry(first.clone()).or_default();
        if !same.contains(&words) {
            same.push(words);
            same.sort_by_key(|sequence| std::cmp::Reverse(sequence.len()));
        }
    }

    /// Whether the whole is one of the forms.
    pub fn is(&self, words: &[String]) -> bool {
        words.first().and_then(|first| self.by_first.get(first)).is_some_and(|same| same.iter().any(|form| form == words))
    }

    /// How many words the longest form at the beginning of `words` has.
    pub fn len_at(&self, words: &[String]) -> Option<usize> {
        let same = self.by_first.get(words.first()?)?;
        same.iter().find(|form| words.starts_with(form)).map(Vec::len)
    }

    /// Whether a form stands anywhere.
    pub fn is_in(&self, words: &[String]) -> bool {
        (0..words.len()).any(|at| self.len_at(&words[at..]).is_some())
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

    /// Every sequence.
    pub fn iter(&self) -> impl Iterator<Item = &Vec<String>> {
        self.by_first.values().flatten()
    }
}

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

/// Longer runs are sentences; nobody answers yes in one.
const RUN_SIGNS_MAX: usize = 24;

/// Kana and Han.
pub fn is_unspaced(word: &str) -> bool {
    word.chars().any(normal::is_unspaced)
}

/// What every pack that is on hears.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    /// Exact forms of yes.
    pub yes: Phrases,
    /// Light ones.
    pub yes_light: Phrases,
    /// Exact forms of no.
    pub no: Phrases,
    /// Light ones.
    pub no_light: Phrases,
    /// Yes, where nothing else is said.
    pub yes_whole: Phrases,
    /// No, where nothing else is said.
    pub no_whole: Phrases,
    /// No to an offer.
    pub declines: Phrases,
    /// Reserved consent words.
    pub stop: Phrases,
    /// Plain-language revocations.
    pub revoke: Vec<Vec<Piece>>,
    /// "Enough", near a word of `quit_what`.
    pub quit: Vec<Vec<Piece>>,
    /// "Messages".
    pub quit_what: Vec<Vec<Piece>>,
    /// HELP and its kin.
    pub help: Phrases,
    /// START and its kin.
    pub start: Phrases,
    /// CALL as the whole message.
    pub call: Phrases,
    /// "Call me" inside a longer one.
    pub call_me: Phrases,
    /// "Who has it".
    pub who_has: Vec<Vec<Piece>>,
    /// "A real person".
    pub agent: Vec<Vec<Piece>>,
    /// "Wrong number".
    pub wrong_number: Vec<Vec<Piece>>,
    /// Gas.
    pub danger_gas: Vec<Vec<String>>,
    /// Wires.
    pub danger_wires: Vec<Vec<String>>,
    /// Fire.
    pub danger_fire: Phrases,
    /// No danger, whatever its words.
    pub calm: Vec<Vec<Piece>>,
    /// Courtesy.
    pub courtesy: Phrases,
    /// Harmless additions.
    pub harmless: Phrases,
    /// Negators.
    pub negators: Phrases,
    /// Contrast.
    pub contrast: Phrases,
    /// Question words.
    pub question: Phrases,
    /// Question words where nothing follows.
    pub question_end: Phrases,
    /// "Or".
    pub either: Phrases,
    /// "Option".
    pub option: Phrases,
    /// Articles, prepositions, pronouns.
    pub small: Phrases,
    /// "Kind regards": a name follows.
    pub closings: Phrases,
    /// "8 out of 10".
    pub out_of: Phrases,
    /// "10 üzerinden 8".
    pub whole_first: Phrases,
    /// Words of money.
    pub currency: Phrases,
    /// Marks a number as a month: 月.
    pub month_mark: Phrases,
    /// Marks a number as a day of the month: 日.
    pub day_mark: Phrases,
    /// How each language tells the time.
    pub clocks: Vec<Clock>,
    /// Ordinals.
    pub ordinals: BTreeMap<Vec<String>, i64>,
    /// Number words.
    pub numbers: BTreeMap<String, i64>,
    /// Months from 1.
    pub months: BTreeMap<String, i8>,
    /// Weekdays from 1, Monday.
    pub weekdays: BTreeMap<Vec<String>, i8>,
    /// Today 0, tomorrow 1, the day after 2.
    pub days: BTreeMap<Vec<String>, i8>,
    /// Outage words.
    pub outage: Vec<Vec<Piece>>,
    /// Reactions.
    pub reactions: Vec<String>,
    /// Signatures.
    pub signatures: Vec<String>,
    /// Forms of scripts written without spaces: a run of signs is cut into them.
    pub unspaced: BTreeSet<String>,
    /// Every single word some pack knows for something: never repaired to another one.
    pub known: BTreeSet<String>,
}

impl Lexicon {
    /// Of these packs.
    pub fn new<'a>(packs: impl Iterator<Item = &'a Pack> + Clone) -> Self {
        let phrases = |field: fn(&Pack) -> &Vec<String>| Phrases::new(packs.clone().flat_map(move |pack| field(pack).iter()));
        let patterns =
            |field: fn(&Pack) -> &Vec<String>| packs.clone().flat_map(move |pack| field(pack).iter()).map(|p| pieces(p)).collect();
        let bags =
            |field: fn(&Pack) -> &Vec<String>| packs.clone().flat_map(move |pack| field(pack).iter()).map(|b| normal::words(b)).collect();
        let folded = |field: fn(&Pack) -> &Vec<String>| {
            packs.clone().flat_map(move |pack| field(pack).iter()).map(|text| normal::fold(text)).collect()
        };
        let mut lexicon = Self {
            yes: phrases(|p| &p.yes),
            yes_light: phrases(|p| &p.yes_light),
            no: phrases(|p| &p.no),
            no_light: phrases(|p| &p.no_light),
            yes_whole: phrases(|p| &p.yes_whole),
            no_whole: phrases(|p| &p.no_whole),
            declines: phrases(|p| &p.declines),
            stop: phrases(|p| &p.stop),
            revoke: patterns(|p| &p.revoke),
            quit: patterns(|p| &p.quit),
            quit_what: patterns(|p| &p.quit_what),
            help: phrases(|p| &p.help),
            start: phrases(|p| &p.start),
            call: phrases(|p| &p.call),
            call_me: phrases(|p| &p.call_me),
            who_has: patterns(|p| &p.who_has),
            agent: patterns(|p| &p.agent),
            wrong_number: patterns(|p| &p.wrong_number),
            danger_gas: bags(|p| &p.danger_gas),
            danger_wires: bags(|p| &p.danger_wires),
            danger_fire: phrases(|p| &p.danger_fire),
            calm: patterns(|p| &p.calm),
            courtesy: phrases(|p| &p.courtesy),
            harmless: phrases(|p| &p.harmless),
            negators: phrases(|p| &p.negators),
            contrast: phrases(|p| &p.contrast),
            question: phrases(|p| &p.question),
            question_end: phrases(|p| &p.question_end),
            either: phrases(|p| &p.either),
            option: phrases(|p| &p.option),
            small: phrases(|p| &p.small),
            closings: phrases(|p| &p.closings),
            out_of: phrases(|p| &p.out_of),
            whole_first: phrases(|p| &p.whole_first),
            currency: phrases(|p| &p.currency),
            month_mark: phrases(|p| &p.month_mark),
            day_mark: phrases(|p| &p.day_mark),
            clocks: packs.clone().map(Clock::of).collect(),
            outage: patterns(|p| &p.outage),
            reactions: folded(|p| &p.reactions),
            signatures: folded(|p| &p.signatures),
            ..Self::default()
        };
        for pack in packs {
            lexicon.count(pack);
        }
        lexicon.small = lexicon.only_small();
        lexicon.know();
        lexicon
    }

    /// Hears the consent words of this pack as well.
    pub fn reserve(&mut self, pack: &Pack) {
        for (phrases, forms) in [(&mut self.stop, &pack.stop), (&mut self.help, &pack.help), (&mut self.start, &pack.start)] {
            for form in forms {
                phrases.add(normal::words(form));
            }
        }
    }

    fn count(&mut self, pack: &Pack) {
        for (at, words) in pack.ordinals.iter().enumerate() {
            for word in words.split('|') {
                self.ordinals.insert(normal::words(word), at as i64 + 1);
            }
        }
        for (word, number) in &pack.numbers {
            self.numbers.insert(normal::words(word).concat(), *number);
        }
        for (at, words) in pack.months.iter().enumerate() {
            for word in words.split('|') {
                self.months.insert(normal::words(word).concat(), at as i8 + 1);
            }
        }
        for (at, words) in pack.weekdays.iter().enumerate() {
            for word in words.split('|') {
                self.weekdays.insert(normal::words(word), at as i8 + 1);
            }
        }
        for (at, words) in pack.days.iter().enumerate() {
            for word in words.split('|') {
                self.days.insert(normal::words(word), at as i8);
            }
        }
    }

    /// A small word of one language may turn a meaning in another one ("no", "до"): then it is not small.
    fn only_small(&self) -> Phrases {
        let turns = [&self.negators, &self.contrast, &self.question, &self.yes, &self.no, &self.yes_light, &self.no_light];
        let mut small = Phrases::default();
        for words in self.small.iter().filter(|words| !turns.iter().any(|phrases| phrases.is(words))) {
            small.add(words.clone());
        }
        small
    }

    fn know(&mut self) {
        let mut known = BTreeSet::new();
        let sets = [
            &self.yes,
            &self.yes_light,
            &self.no,
            &self.no_light,
            &self.yes_whole,
            &self.no_whole,
            &self.declines,
            &self.stop,
            &self.help,
            &self.start,
            &self.call,
            &self.courtesy,
            &self.harmless,
            &self.negators,
            &self.contrast,
            &self.question,
            &self.question_end,
            &self.danger_fire,
        ];
        for phrases in sets {
            known.extend(phrases.iter().flatten().cloned());
        }
        known.extend(self.numbers.keys().cloned());
        let more = [&self.either, &self.option, &self.call_me, &self.out_of, &self.whole_first, &self.currency, &self.small];
        let marks = [&self.month_mark, &self.day_mark];
        let more = more.into_iter().chain(marks).flat_map(Phrases::iter).flatten();
        let more = more.chain(self.ordinals.keys().flatten()).chain(self.days.keys().flatten()).chain(self.weekdays.keys().flatten());
        let more = more.chain(self.clocks.iter().flat_map(Clock::words));
        self.unspaced = known.iter().chain(more).filter(|word| is_unspaced(word)).cloned().collect();
        self.known = known;
    }

    /// Whether these are a time, a day or money: "4 hours" counts no people.
    pub fn measures(&self, words: &[String]) -> bool {
        let clock = |clock: &Clock| clock.words().any(|word| words.contains(word));
        self.clocks.iter().any(clock)
            || self.currency.is_in(words)
            || words.iter().any(|word| self.months.contains_key(word))
            || self.days.keys().chain(self.weekdays.keys()).any(|form| form == words)
    }

    /// How many words of the beginning ask something.
    pub fn asks_at(&self, words: &[String]) -> Option<usize> {
        let at_end = || self.question_end.len_at(words).filter(|len| words[*len..].iter().all(|word| word == "?"));
        self.question.len_at(words).or_else(at_end)
    }

    /// Whether something is asked anywhere.
    pub fn asks(&self, words: &[String]) -> bool {
        words.iter().any(|word| word == "?") || (0..words.len()).any(|at| self.asks_at(&words[at..]).is_some())
    }

    /// A run of signs as the forms it is made of; `None` where some of it is no form. The longest forms are tried first.
    pub fn cut(&self, run: &str) -> Option<Vec<String>> {
        if run.is_empty() {
            return Some(Vec::new());
        }
        if !is_unspaced(run) || run.chars().count() > RUN_SIGNS_MAX {
            return None;
        }
        let mut dead = BTreeSet::new();
        let mut pieces = Vec::new();
        self.cut_from(run, 0, &mut dead, &mut pieces).then_some(pieces)
    }

    /// `dead`: places from which no way leads to the end; without them the ways are too many to try.
    fn cut_from(&self, run: &str, from: usize, dead: &mut BTreeSet<usize>, pieces: &mut Vec<String>) -> bool {
        if from == run.len() {
            return true;
        }
        if dead.contains(&from) {
            return false;
        }
        let ends: Vec<usize> = run[from..].char_indices().map(|(at, sign)| from + at + sign.len_utf8()).collect();
        for end in ends.into_iter().rev().filter(|end| self.unspaced.contains(&run[from..*end])) {
            pieces.push(run[from..end].to_owned());
            if self.cut_from(run, end, dead, pieces) {
                return true;
            }
            pieces.pop();
        }
        dead.insert(from);
        false
    }
}
