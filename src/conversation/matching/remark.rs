//! A value and a remark behind a stop: "3, we waited all morning", "Saturday, I drive on the other days". The remark is left out
//! where it counts nothing, tells no day or hour, asks nothing and takes nothing back.

use super::menu::number_at;
use super::{clauses, clock, meant};
use crate::conversation::flow::Want;
use crate::conversation::packs::shapes::is_unspaced;
use crate::conversation::packs::{Lexicon, Packs, Phrases};

use super::Heard;

/// A greeting may stand in front of the value.
const CLAUSES_MAX: usize = 2;
/// Longer remarks speak of more than the question.
const WORDS_MAX: usize = 14;

/// What stands in front of the remark, shortest first.
pub fn fronts<'h>(heard: &'h Heard, want: Want, packs: &Packs) -> Vec<&'h Heard> {
    if !matches!(want, Want::Score | Want::Int | Want::Date | Want::Time | Want::Money | Want::Menu | Want::Choice) {
        return Vec::new();
    }
    let lexicon = &packs.lexicon;
    let fits = |cut: &&Cut| {
        // "Call me, I do not get on with texts": what is denied is no call. Of other options one may be named in the remark.
        let names = matches!(want, Want::Menu | Want::Choice);
        let is_left = want == Want::Score && is_rest_of(cut, lexicon);
        // "8, after work" may be in the evening.
        let is_sure = want != Want::Time || clock::is_sure(&cut.front, lexicon);
        (want == Want::Score || !cut.because)
            && is_sure
            && (!names || meant::is_call(&cut.front, lexicon))
            && (is_left || is_plain(&cut.remark.words, want, names, lexicon))
            && (is_left || want != Want::Score || !lexicon.stand_within(&lexicon.deducted, &cut.remark.words))
    };
    heard.cuts.get_or_init(|| cuts(heard, packs)).iter().filter(fits).map(|cut| &cut.front).collect()
}

/// A text cut in two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    front: Heard,
    remark: Heard,
    /// At a "because", and not at a stop.
    because: bool,
}

/// Cut behind each of its first stops, and at a cause ("2 because they were late").
fn cuts(heard: &Heard, packs: &Packs) -> Vec<Cut> {
    let parts = clauses::parts(&heard.own);
    let at_stop = |at: usize| Cut {
        front: Heard::read(&parts[..at].join(", "), packs),
        remark: Heard::read(&parts[at..].join(", "), packs),
        because: false,
    };
    let words = &heard.words;
    let why = (1..words.len()).find_map(|at| Some((at, packs.lexicon.because.len_at(&words[at..])?)));
    let of = |words: &[String]| Heard::of(words.to_vec());
    let at_cause = why.map(|(at, len)| Cut { front: of(&words[..at]), remark: of(&words[at + len..]), because: true });
    (1..parts.len()).take(CLAUSES_MAX).map(at_stop).chain(at_cause).collect()
}

/// "9, minus one for the mud": what was taken off and what is left are the whole scale.
fn is_rest_of(cut: &Cut, lexicon: &Lexicon) -> bool {
    let words = &cut.remark.words;
    let numbers: Vec<i64> = (0..words.len()).filter_map(|at| number_at(&words[at..], lexicon)).map(|(number, _)| number).collect();
    let ([taken], Some((left, _))) = (numbers.as_slice(), number_at(&cut.front.words, lexicon)) else { return false };
    let turned = lexicon.asks(words) || lexicon.either.is_in(words) || lexicon.sum.is_in(words) || lexicon.negators.is_in(words);
    lexicon.stand_within(&lexicon.deducted, words) && !turned && left + taken == SCALE && words.len() <= WORDS_MAX
}

/// The greatest score of most scales.
const SCALE: i64 = 10;

fn is_plain(words: &[String], want: Want, may_deny: bool, lexicon: &Lexicon) -> bool {
    let turns = [&lexicon.either, &lexicon.but, &lexicon.stop, &lexicon.yes, &lexicon.about];
    let denies = [&lexicon.negators, &lexicon.no].into_iter().filter(|_| !may_deny);
    let turns: Vec<&Phrases> = turns.into_iter().chain(denies).collect();
    let turned = |rest: &[String]| {
        // "I think" begins with a small word and is none.
        let small = |len: &usize| *len == 1 && lexicon.small.is_word(&rest[0]) && !lexicon.about.is_word(&rest[0]);
        let why = lexicon.reasons.len_at(rest);
        let doubts = lexicon.contrast.len_at(rest).filter(|_| why.is_none());
        let longest = turns.iter().filter_map(|phrases| phrases.len_at(rest)).chain(doubts).max();
        longest.is_some_and(|len| !small(&len))
    };
    let counts = |rest: &[String]| {
        let first = rest[0].starts_with(|sign: char| sign.is_ascii_digit());
        // "等了一上午": a whole morning, on a scale.
        let lasts = || want == Want::Score && rest.len() > 1 && tells_time(&rest[1..], lexicon);
        first || (number_at(rest, lexicon).is_some() && !lexicon.small.is_word(&rest[0]) && !lasts())
    };
    let other = |rest: &[String]| match want {
        Want::Date | Want::Time => tells_time(rest, lexicon) || lexicon.weeks.len_at(rest).is_some(),
        Want::Int | Want::Money if lexicon.other_figures.len_at(rest).is_some() => true,
        Want::Int if lexicon.people.values().any(|phrases| phrases.len_at(rest).is_some()) => true,
        Want::Int => lexicon.kin.names(&rest[0]) || lexicon.plus.is_word(&rest[0]),
        Want::Money => lexicon.currency.len_at(rest).is_some() || lexicon.plus.is_word(&rest[0]),
        _ => false,
    };
    // "出院以后", "退院してから": the reason's own "after" ends the run.
    let is_reason = |word: &String| lexicon.reasons.unspaced_words().any(|form| word.ends_with(form));
    let runs: Vec<String> = words.iter().filter(|word| is_unspaced(word) && !is_reason(word)).cloned().collect();
    let inside = turns.iter().copied().chain([&lexicon.question, &lexicon.question_end, &lexicon.contrast]);
    !words.is_empty()
        && words.len() <= WORDS_MAX
        && !lexicon.asks(words)
        && !inside.into_iter().any(|phrases| lexicon.stand_within(phrases, &runs))
        && (0..words.len()).all(|at| !turned(&words[at..]) && !counts(&words[at..]) && !other(&words[at..]))
}

/// Whether a day, a month or a part of a day begins here.
pub fn tells_time(rest: &[String], lexicon: &Lexicon) -> bool {
    let day = &lexicon.day_words;
    let parts = [&day.am, &day.pm, &day.night, &day.noon, &lexicon.past, &lexicon.next_week];
    Lexicon::longest_at(&lexicon.weekdays, rest).is_some()
        || Lexicon::longest_at(&lexicon.days, rest).is_some()
        || lexicon.months.contains_key(&rest[0])
        || parts.iter().any(|phrases| phrases.len_at(rest).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_left_out_where_it_says_nothing_more() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        let cases: &[(&str, Want, bool)] = &[
            ("saturday, I drive on the other days", Want::Date, true),
            ("saturday, I drive all week", Want::Date, false),
            ("saturday, next month", Want::Date, false),
            ("84, I think", Want::Money, false),
            ("84, may be more", Want::Money, false),
            ("78704, zip code", Want::Money, false),
            ("8, after work", Want::Time, false),
            ("18:30, I close the shop then", Want::Time, true),
            ("18:30, or later", Want::Time, false),
            ("18:30, tomorrow", Want::Time, false),
            ("18:30, 19:00", Want::Time, false),
            ("1, sorry I meant 2", Want::Menu, false),
            ("accept, sorry I meant pass", Want::Choice, false),
            ("call me, I do not get on with texts", Want::Choice, true),
            ("saturday, or sunday", Want::Date, false),
            ("saturday, not in the morning", Want::Date, false),
            ("saturday, next week", Want::Date, false),
            ("3分，等了一上午", Want::Score, true),
            ("3, no wait", Want::Score, false),
            ("3, is that good?", Want::Score, false),
            ("3, me and the kids", Want::Int, false),
            ("12月14号星期一，出院以后", Want::Date, true),
            ("12月14日月曜、退院してから", Want::Date, true),
        ];
        for (text, want, is_left_out) in cases {
            let heard = Heard::read(text, &packs);
            let parts = clauses::parts(&heard.own);
            let remark = Heard::read(&parts[1..].join(", "), &packs);
            assert_eq!(!fronts(&heard, *want, &packs).is_empty(), *is_left_out, "{text}: {:?}", remark.words);
        }
    }
}
