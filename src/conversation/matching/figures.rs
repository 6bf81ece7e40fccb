//! Figures: whole numbers, meter readings, account numbers, amounts, phone numbers.

use super::menu::{Said, said};
use super::{Heard, Match, Strength, figure, limits, value};
use crate::conversation::flow::Ask;
use crate::conversation::machine::answer::Taken;
use crate::conversation::packs::Lexicon;
use crate::conversation::session::Session;
use crate::msisdn::{Country, Msisdn};
use crate::value::{Money, Value};

/// A whole number.
pub fn int(heard: &Heard, ask: &Ask, session: &Session, lexicon: &Lexicon) -> Match {
    match said(heard, lexicon) {
        Said::One(number) => within(number, Value::Number(number), ask, session),
        Said::Unsure => Match::Unclear,
        Said::Nothing => Match::None,
    }
}

/// Above the most and below the least have their own steps, or are asked again.
fn within(number: i64, value: Value, ask: &Ask, session: &Session) -> Match {
    let (least, most) = limits(ask, session);
    let above = most.is_some_and(|most| number > most);
    let below = least.is_some_and(|least| number < least);
    let taken = match (above, below) {
        (true, _) if ask.checks.over.is_some() => Taken::Over(value),
        (_, true) if ask.checks.under.is_some() => Taken::Under(value),
        (true, _) | (_, true) => return Match::Unclear,
        (false, false) => Taken::Value(value),
    };
    Match::Answer { taken, strength: Strength::Own, whole: true }
}

/// The digit runs of a text; `None` where letters and digits are mixed in one word ("lOO12").
fn runs(heard: &Heard) -> Option<Vec<&str>> {
    let mut runs = Vec::new();
    for word in &heard.words {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if digits == word.chars().count() && digits > 0 {
            runs.push(word.as_str());
        } else if digits > 0 && !is_unit(word) {
            return None;
        }
    }
    Some(runs)
}

/// "17420kwh", "17420m3": the unit behind the figure.
fn is_unit(word: &str) -> bool {
    matches!(word, "m3" | "m2")
}

/// Whether something takes a figure back.
fn doubted(heard: &Heard, lexicon: &Lexicon) -> bool {
    let words = &heard.words;
    let turns = [&lexicon.either, &lexicon.negators, &lexicon.question];
    words.iter().any(|word| word == "?") || turns.iter().any(|phrases| phrases.is_in(words))
}

/// A letter typed for a digit, or a word of letters that look like digits.
fn has_letter_digits(heard: &Heard) -> bool {
    heard.words.iter().any(|word| {
        word.len() >= 3
            && word.chars().all(|c| matches!(c, 'o' | 'l' | 'i' | 's' | 'b' | '0'..='9'))
            && word.chars().any(char::is_alphabetic)
            && word.chars().any(|c| c.is_ascii_digit())
    })
}

/// A meter reading: exactly one digit run of the right length.
pub fn reading(heard: &Heard, ask: &Ask, session: &Session, lexicon: &Lexicon) -> Match {
    let digits = figure(ask.checks.digits.as_ref(), session).and_then(|digits| usize::try_from(digits).ok());
    let Some(runs) = runs(heard).filter(|_| !has_letter_digits(heard)) else { return Match::Unclear };
    if runs.is_empty() {
        return Match::None;
    }
    if doubted(heard, lexicon) {
        return Match::Unclear;
    }
    let Some(run) = one_run(&runs, digits, heard) else { return Match::Unclear };
    let Ok(number) = run.parse::<i64>() else { return Match::Unclear };
    match digits {
        Some(digits) if run.len() < digits && !is_padded_within(number, ask, session) => Match::Unclear,
        Some(digits) if run.len() > digits => Match::Unclear,
        Some(digits) => within(number, Value::Text(format!("{run:0>digits$}")), ask, session),
        None if run.len() > READING_DIGITS_MAX => Match::Unclear,
        None => within(number, Value::Text(run), ask, session),
    }
}

/// No meter has more dials.
const READING_DIGITS_MAX: usize = 10;

/// One run, or the groups of one number ("04 417") where nothing else stands between and together they have the length.
fn one_run(runs: &[&str], digits: Option<usize>, heard: &Heard) -> Option<String> {
    match runs {
        [one] => Some((*one).to_owned()),
        groups => {
            let joined = groups.concat();
            let adjacent = heard.words.windows(groups.len()).any(|window| window.iter().map(String::as_str).eq(groups.iter().copied()));
            let separated = heard.own.contains([',', '.', '/', '\n']);
            (adjacent && !separated && Some(joined.len()) == digits && groups.iter().all(|group| Some(group.len()) != digits))
                .then_some(joined)
        }
    }
}

/// Leading zeros may be missing where the value lies within the limits.
fn is_padded_within(number: i64, ask: &Ask, session: &Session) -> bool {
    match limits(ask, session) {
        (Some(least), Some(most)) => (least..=most).contains(&number),
        _ => false,
    }
}

/// An account number: one run of the right length, perhaps in groups.
pub fn account(heard: &Heard, digits: Option<i64>, lexicon: &Lexicon) -> Match {
    let Some(runs) = runs(heard) else { return Match::Unclear };
    if runs.is_empty() {
        return Match::None;
    }
    let joined = runs.concat();
    let fits = match digits.and_then(|digits| usize::try_from(digits).ok()) {
        Some(digits) => joined.len() == digits,
        None => ACCOUNT_DIGITS.contains(&joined.len()),
    };
    if !fits || doubted(heard, lexicon) || (runs.len() > 1 && runs.iter().any(|run| run.len() >= 5)) {
        return Match::Unclear;
    }
    value(Value::Text(joined))
}

/// Account numbers as utilities write them.
const ACCOUNT_DIGITS: std::ops::RangeInclusive<usize> = 6..=14;

/// An amount: "84.50", "84,50", "$84".
pub fn money(heard: &Heard, lexicon: &Lexicon) -> Match {
    let mut amounts = Vec::new();
    let mut run = String::new();
    for sign in heard.own.chars().chain([' ']) {
        if sign.is_ascii_digit() || (matches!(sign, '.' | ',') && !run.is_empty()) {
            run.push(if sign == ',' { '.' } else { sign });
        } else if !run.is_empty() {
            amounts.push(std::mem::take(&mut run));
        }
    }
    let read = |amount: &String| Money::parse(amount.trim_end_matches('.'));
    match amounts.as_slice() {
        [] => Match::None,
        [one] if !doubted(heard, lexicon) && !heard.own.trim().starts_with('-') => {
            read(one).map_or(Match::Unclear, |money| value(Value::Money(money)))
        }
        _ => Match::Unclear,
    }
}

/// A phone number, in the forms of the box's country.
pub fn phone(heard: &Heard, country: &str) -> Match {
    let written: String = heard.own.chars().filter(|sign| sign.is_ascii_digit() || matches!(sign, '+')).collect();
    if written.is_empty() {
        return Match::None;
    }
    let read = match Country::of(country) {
        Some(country) => Msisdn::parse(&written, country).ok(),
        None => Msisdn::from_e164(&written).ok(),
    };
    read.map_or(Match::Unclear, |number| value(Value::Text(number.e164().to_owned())))
}
