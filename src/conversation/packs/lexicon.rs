//! The forms of all packs together, normalised once and found fast.

mod vocabulary;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Pack;
use super::ahead::Ahead;
use super::clock::{Clock, DayWords};
use super::dangers::Dangers;
use super::exact::Exact;
use super::patterns::{Patterns, forms};
use super::phrases::Phrases;
use super::shapes::{Piece, Shapes, is_unspaced, pieces};
use super::words::Words;
use crate::conversation::normal;

/// A slip is looked for among words of at least so many letters.
const SLIP_LETTERS_MIN: usize = 5;

/// The number of the next lexicon.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// What every pack that is on hears.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    /// Each has its own: what was found of one is not held to be true of another.
    pub number: u64,
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
    pub revoke: Shapes,
    /// What makes a revocation one to be asked about.
    pub keep: Shapes,
    /// What options of a list may mean.
    pub meanings: BTreeMap<String, Shapes>,
    /// "None of these", as a list offers it.
    pub none_of_these: Phrases,
    /// "Pay it now": behind a yes to a question that asks for payment.
    pub pay: Phrases,
    /// "Rather", "already": beside a meaning they change nothing.
    pub prefer: Phrases,
    /// What tells when.
    pub during: Phrases,
    /// In front of a sum, or behind it.
    pub sum: Phrases,
    /// "Plus".
    pub plus: Phrases,
    /// People of a house without a number.
    pub people: BTreeMap<i64, Phrases>,
    /// "About".
    pub about: Phrases,
    /// Short spellings.
    pub chat: HashMap<String, Vec<String>>,
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
    pub who_has: Shapes,
    /// "A real person".
    pub agent: Shapes,
    /// "Wrong number".
    pub wrong_number: Shapes,
    /// What is dangerous.
    pub dangers: Dangers,
    /// Fire.
    pub danger_fire: Phrases,
    /// No danger, whatever its words.
    pub calm: Shapes,
    /// Courtesy.
    pub courtesy: Phrases,
    /// A score that is none.
    pub would: Phrases,
    /// Praise that counts nothing.
    pub best: Phrases,
    /// No option of a list.
    pub every: Phrases,
    /// Repaired: no to a visit.
    pub mended: Phrases,
    /// "Need".
    pub needs: Phrases,
    /// Courtesy beside money.
    pub polite: Phrases,
    /// Harmless additions.
    pub harmless: Phrases,
    /// Negators.
    pub negators: Phrases,
    /// What is denied by who agrees.
    pub objections: Phrases,
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
    /// "Can I": a wish put as a question.
    pub may: Phrases,
    /// "If possible", beside a day or an hour.
    pub if_possible: Phrases,
    /// What a reason begins with.
    pub reasons: Phrases,
    /// "Minus", "one off": what was taken from a score.
    pub deducted: Phrases,
    /// "Because": a cause and no condition.
    pub because: Phrases,
    /// "Floor": a number in front counts floors.
    pub floors: Phrases,
    /// "Doorbell", "the dog": how the crew gets in.
    pub access: Phrases,
    /// "In red": the digits of a meter that are not asked for.
    pub red: Phrases,
    /// "Will let you in": somebody is there, whoever is away.
    pub lets_in: Phrases,
    /// "I can pay", beside an amount.
    pub can_pay: Phrases,
    /// Figures of another kind: a postcode, a serial number.
    pub other_figures: Phrases,
    /// A yes that may be "if" where it leads: Spanish "si".
    pub yes_or_if: Phrases,
    /// "Thursday week".
    pub week_after: Phrases,
    /// "I will be waiting".
    pub awaits: Phrases,
    /// How each language says yes where money moves.
    pub exact: Vec<Exact>,
    /// What a number in front counts that is no score.
    pub durations: Phrases,
    /// "Stars".
    pub stars: Phrases,
    /// The hundredth part of it.
    pub hundredths: Phrases,
    /// Marks a number as a month: 月.
    pub month_mark: Phrases,
    /// Marks a number as a day of the month: 日.
    pub day_mark: Phrases,
    /// The words of a day and its hours.
    pub day_words: DayWords,
    /// How each language tells the time.
    pub clocks: Vec<Clock>,
    /// Ordinals.
    pub ordinals: BTreeMap<Vec<String>, i64>,
    /// Number words.
    pub numbers: BTreeMap<String, i64>,
    /// Who lives in a house.
    pub kin: super::kin::Household,
    /// Hundreds and thousands, for amounts.
    pub hundreds: BTreeMap<String, i64>,
    /// Months from 1.
    pub months: BTreeMap<String, i8>,
    /// Weekdays from 1, Monday.
    pub weekdays: BTreeMap<Vec<String>, i8>,
    /// Today 0, tomorrow 1, the day after 2.
    pub days: BTreeMap<Vec<String>, i8>,
    /// Outage words.
    pub outage: Shapes,
    /// Reactions.
    pub reactions: Vec<String>,
    /// Signatures.
    pub signatures: Vec<String>,
    /// Forms of scripts written without spaces: a run of signs is cut into them.
    pub unspaced: Words,
    /// Such forms with choices in them.
    pub(super) runs: Patterns,
    /// Every single word some pack knows for something: never repaired to another one.
    pub known: Words,
    /// Yes to a visit: "see you then".
    pub accepts: Phrases,
    /// "Thanks for": the words behind it are about what was received.
    pub thanks: Phrases,
    /// "Dear": a name follows.
    pub greets: Phrases,
    /// "This is": a name follows.
    pub introduces: Phrases,
    /// Who is in a house and what belongs to it.
    pub house: Phrases,
    /// "But".
    pub but: Phrases,
    /// What a question about a visit speaks of.
    pub visit: Phrases,
    /// What a question that ends something speaks of.
    pub undoes: Phrases,
    /// "Last", "ago": a day that is over.
    pub past: Phrases,
    /// "Next week".
    pub next_week: Phrases,
    /// "Week", "month": beside a day they name another one.
    pub weeks: Phrases,
    /// "In" days.
    pub ahead: Vec<Ahead>,
    /// Words that turn a meaning where they stand twice: "so so".
    pub doubled: HashSet<String>,
    /// Every word that stands anywhere in a pack.
    pub vocabulary: Words,
    /// The words of it, by first letter and length: what a slip may have meant.
    shelf: HashMap<(char, usize), Vec<u32>>,
    turning: Words,
    /// First words of what tells a time or a number.
    time_words: Words,
}

impl Lexicon {
    /// Of these packs.
    pub fn new<'a>(packs: impl Iterator<Item = &'a Pack> + Clone) -> Self {
        let phrases = |field: fn(&Pack) -> &Vec<String>| Phrases::of_all(packs.clone().map(|pack| (pack, field(pack))), Phrases::hear);
        let written = |field: fn(&Pack) -> &Vec<String>| Phrases::of_all(packs.clone().map(|p| (p, field(p))), Phrases::write_out);
        let patterns = |field: fn(&Pack) -> &Vec<String>| {
            let all = packs.clone().flat_map(move |pack| field(pack).iter().flat_map(|form| forms(pack, form)));
            all.map(|pattern| pieces(&pattern)).collect()
        };
        let shapes = |field: fn(&Pack) -> &Vec<String>| Shapes::of(packs.clone().map(|pack| (pack, field(pack))));
        let folded = |field: fn(&Pack) -> &Vec<String>| {
            packs.clone().flat_map(move |pack| field(pack).iter()).map(|text| normal::fold(text)).collect()
        };
        let mut lexicon = Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            yes: phrases(|p| &p.yes),
            yes_light: phrases(|p| &p.yes_light),
            no: phrases(|p| &p.no),
            no_light: phrases(|p| &p.no_light),
            yes_whole: phrases(|p| &p.yes_whole),
            no_whole: phrases(|p| &p.no_whole),
            declines: phrases(|p| &p.declines),
            stop: phrases(|p| &p.stop),
            quit: patterns(|p| &p.quit),
            quit_what: patterns(|p| &p.quit_what),
            help: phrases(|p| &p.help),
            start: phrases(|p| &p.start),
            call: phrases(|p| &p.call),
            call_me: phrases(|p| &p.call_me),
            who_has: shapes(|p| &p.who_has),
            agent: shapes(|p| &p.agent),
            wrong_number: shapes(|p| &p.wrong_number),
            dangers: Dangers::of(packs.clone()),
            danger_fire: phrases(|p| &p.danger_fire),
            calm: shapes(|p| &p.calm),
            courtesy: written(|p| &p.courtesy),
            polite: written(|p| &p.polite),
            harmless: phrases(|p| &p.harmless),
            negators: phrases(|p| &p.negators),
            objections: phrases(|p| &p.objections),
            during: phrases(|p| &p.during),
            sum: phrases(|p| &p.sum),
            plus: phrases(|p| &p.plus),
            contrast: phrases(|p| &p.contrast),
            question: phrases(|p| &p.question),
            question_end: phrases(|p| &p.question_end),
            either: phrases(|p| &p.either),
            option: phrases(|p| &p.option),
            small: written(|p| &p.small),
            closings: phrases(|p| &p.closings),
            whole_first: phrases(|p| &p.whole_first),
            currency: phrases(|p| &p.currency),
            may: phrases(|p| &p.may),
            hundredths: phrases(|p| &p.hundredths),
            month_mark: phrases(|p| &p.month_mark),
            day_mark: phrases(|p| &p.day_mark),
            day_words: DayWords::of(packs.clone()),
            reactions: folded(|p| &p.reactions),
            signatures: folded(|p| &p.signatures),
            ..Self::default()
        };
        for pack in packs {
            lexicon.count(pack);
            lexicon.converse(pack);
        }
        lexicon.small = lexicon.only_small();
        lexicon.courtesy = lexicon.only_courteous(&lexicon.courtesy);
        lexicon.polite = lexicon.only_courteous(&lexicon.polite);
        lexicon.know();
        lexicon.shelve();
        lexicon
    }

    /// Gives back what was kept for more words.
    fn shrink(&mut self) {
        let said = [&mut self.yes, &mut self.yes_light, &mut self.no, &mut self.no_light, &mut self.declines, &mut self.accepts];
        let around = [&mut self.harmless, &mut self.during, &mut self.house, &mut self.pay, &mut self.courtesy, &mut self.contrast];
        said.into_iter().chain(around).for_each(Phrases::shrink);
        let shapes = [
            &mut self.keep,
            &mut self.revoke,
            &mut self.agent,
            &mut self.wrong_number,
            &mut self.calm,
            &mut self.outage,
            &mut self.who_has,
        ];
        shapes.into_iter().chain(self.meanings.values_mut()).for_each(Shapes::shrink);
        [&mut self.known, &mut self.vocabulary, &mut self.turning, &mut self.unspaced].into_iter().for_each(Words::shrink);
    }

    /// Hears the consent words of this pack as well.
    pub fn reserve(&mut self, pack: &Pack) {
        for (phrases, forms) in [(&mut self.stop, &pack.stop), (&mut self.help, &pack.help), (&mut self.start, &pack.start)] {
            for form in forms {
                phrases.add(normal::words(form));
            }
        }
    }

    /// What stands around an answer.
    fn converse(&mut self, pack: &Pack) {
        self.accepts.hear(pack, &pack.accepts);
        self.thanks.hear(pack, &pack.thanks);
        self.greets.hear(pack, &pack.greets);
        self.introduces.hear(pack, &pack.introduces);
        self.house.hear(pack, &pack.house);
        self.but.hear(pack, &pack.but);
        self.visit.hear(pack, &pack.visit);
        self.undoes.hear(pack, &pack.undoes);
        self.past.hear(pack, &pack.past);
        self.next_week.hear(pack, &pack.next_week);
        self.weeks.hear(pack, &pack.weeks);
        self.ahead.push(Ahead::of(pack));
        self.clocks.push(Clock::of(pack));
        self.outage.hear(pack, &pack.outage);
        self.out_of.hear(pack, &pack.out_of);
        self.about.hear(pack, &pack.about);
        self.none_of_these.add(pack.texts.get("none_of_these").map(|text| normal::words(text)).unwrap_or_default());
        self.revoke.hear(pack, &pack.revoke);
        self.keep.hear(pack, &pack.keep);
        for (meaning, list) in &pack.meanings {
            match meaning.as_str() {
                "pay" => self.pay.hear(pack, list),
                "prefer" => self.prefer.hear(pack, list),
                _ => self.meanings.entry(meaning.clone()).or_default().hear(pack, list),
            }
        }
        for (number, list) in &pack.people {
            self.people.entry(number.parse().unwrap_or_default()).or_default().hear(pack, list);
        }
        self.kin.hear(pack);
        self.if_possible.hear(pack, &pack.if_possible);
        self.reasons.hear(pack, &pack.reasons);
        self.deducted.hear(pack, &pack.deducted);
        self.because.hear(pack, &pack.because);
        self.would.hear(pack, &pack.would);
        self.best.hear(pack, &pack.best);
        self.every.hear(pack, &pack.every);
        self.mended.hear(pack, &pack.mended);
        self.needs.hear(pack, &pack.needs);
        self.floors.hear(pack, &pack.floors);
        self.access.hear(pack, &pack.access);
        self.red.hear(pack, &pack.red);
        self.lets_in.hear(pack, &pack.lets_in);
        self.can_pay.hear(pack, &pack.can_pay);
        self.other_figures.hear(pack, &pack.other_figures);
        self.yes_or_if.hear(pack, &pack.yes_or_if);
        self.durations.hear(pack, &pack.durations);
        self.week_after.hear(pack, &pack.week_after);
        self.exact.push(Exact::of(pack));
        self.awaits.hear(pack, &pack.awaits);
        self.stars.hear(pack, &pack.stars);
        for (short, full) in &pack.chat {
            self.chat.entry(normal::words(short).concat()).or_insert_with(|| normal::words(full));
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
        for (word, number) in &pack.hundreds {
            self.hundreds.insert(normal::words(word).concat(), *number);
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

    fn shelve(&mut self) {
        let turning = [&self.negators, &self.contrast, &self.question, &self.either, &self.past, &self.weeks, &self.stop];
        let told = self.ordinals.keys().chain(self.weekdays.keys()).chain(self.days.keys()).filter_map(|form| form.first());
        let told = told.chain(self.numbers.keys()).chain(self.months.keys()).map(String::as_str);
        self.time_words = told.chain(self.clock_words()).collect();
        let twice = |words: Vec<String>| words.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone());
        self.doubled = turning.into_iter().flat_map(Phrases::iter).filter_map(twice).collect();
        self.turning = turning.into_iter().flat_map(Phrases::words).collect();
        let days = self.weekdays.keys().chain(self.days.keys()).flatten().chain(self.months.keys()).map(String::as_str);
        let days: Vec<&str> = days.chain(self.day_words.words()).chain(self.clocks.iter().flat_map(Clock::words)).collect();
        let more = [&self.accepts, &self.thanks, &self.greets, &self.introduces, &self.house, &self.next_week, &self.small, &self.closings];
        let more = more.into_iter().chain([&self.either, &self.option, &self.call_me, &self.out_of, &self.whole_first, &self.currency]);
        let words = more.flat_map(Phrases::words);
        self.vocabulary = self.known.iter().chain(words).chain(days.iter().copied()).chain(self.turning.iter()).collect();
        // A weekday that was written with a slip is a weekday: it is not to be taken for a name.
        let small = &self.small;
        self.turning.extend(days.into_iter().filter(|word| !small.is_word(word)));
        for (number, word) in self.vocabulary.iter().enumerate() {
            let Some(first) = word.chars().next() else { continue };
            self.shelf.entry((first, word.chars().count())).or_default().push(number as u32);
        }
        self.shrink();
    }

    /// The known words that are one slip from this one and begin as it does.
    pub fn near(&self, word: &str) -> Vec<&str> {
        let letters = word.chars().count();
        let Some(first) = word.chars().next() else { return Vec::new() };
        let shelves = (letters - 1..=letters + 1).filter(|len| *len >= SLIP_LETTERS_MIN).filter_map(|len| self.shelf.get(&(first, len)));
        shelves
            .flatten()
            .map(|number| self.vocabulary.get(*number))
            .filter(|form| normal::may_slip(form, word) && normal::one_slip(form, word))
            .collect()
    }

    /// What these words mean to a list of options.
    pub fn meanings_of(&self, words: &[String]) -> impl Iterator<Item = &str> {
        self.meanings.iter().filter(|(_, shapes)| shapes.stand_in(words)).map(|(name, _)| name.as_str())
    }

    /// Whether a time or a number may begin with this word.
    pub fn may_tell_time(&self, word: &str) -> bool {
        word.starts_with(|sign: char| sign.is_ascii_digit()) || self.time_words.contains(word)
    }

    /// Whether a word may change the meaning of others.
    pub fn turns(&self, word: &str) -> bool {
        self.turning.contains(word)
    }

    /// Whether one of these forms stands anywhere; in a run of signs also inside it.
    pub fn stand_within(&self, phrases: &Phrases, words: &[String]) -> bool {
        let runs: Vec<&String> = words.iter().filter(|word| is_unspaced(word)).collect();
        let inside = |form: &str| runs.iter().any(|run| run.contains(form));
        phrases.is_in(words) || (!runs.is_empty() && phrases.unspaced_words().any(inside))
    }

    /// Whether these are a time, a day or money: "4 hours" counts no people.
    pub fn measures(&self, words: &[String]) -> bool {
        self.clock_words().any(|word| words.iter().any(|own| own == word))
            || self.currency.is_in(words)
            || words.iter().any(|word| self.months.contains_key(word))
            || self.days.keys().chain(self.weekdays.keys()).any(|form| form == words)
    }

    /// The longest of these forms at the beginning of the words.
    pub fn longest_at<'l, T>(forms: &'l BTreeMap<Vec<String>, T>, words: &[String]) -> Option<(&'l T, usize)> {
        let first = words.get(..1)?;
        let begun = forms.range::<[String], _>((Bound::Included(first), Bound::Unbounded)).take_while(|(form, _)| form.starts_with(first));
        begun.filter(|(form, _)| words.starts_with(form)).map(|(form, value)| (value, form.len())).max_by_key(|(_, len)| *len)
    }
}
