//! A phone number: "0171 1234567", "my daughter's, +1 206 555 0163, not before 9".

use super::{Heard, Match, value};
use crate::conversation::normal;
use crate::conversation::packs::Lexicon;
use crate::msisdn::{Country, Msisdn};
use crate::value::Value;

/// More digits behind a number are another one; fewer are an hour or a flat.
const BESIDE_DIGITS_MAX: usize = 4;

/// A phone number, in the forms of the box's country.
pub fn phone(heard: &Heard, country: &str, lexicon: &Lexicon) -> Match {
    // "+44 (0)7700": the zero is dialled inside the country only.
    let folded = normal::fold(&heard.own);
    let own = if folded.contains('+') || folded.contains("00") { folded.replace("(0)", "") } else { folded };
    let Some(at) = own.find(|sign: char| sign.is_ascii_digit() || sign == '+') else { return Match::None };
    let (before, from) = own.split_at(at);
    let end = from.find(|sign: char| !is_inside(sign)).unwrap_or(from.len());
    let (number, behind) = from.split_at(end);
    let denied = lexicon.negators.is_in(&normal::words(before));
    let doubts = [&lexicon.either, &lexicon.other_figures, &lexicon.about];
    let doubted = denied || lexicon.asks(&heard.words) || doubts.iter().any(|phrases| phrases.is_in(&heard.words));
    if doubted || behind.bytes().filter(u8::is_ascii_digit).count() > BESIDE_DIGITS_MAX {
        return Match::Unclear;
    }
    let written: String = number.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+').collect();
    let read = match Country::of(country) {
        Some(country) => Msisdn::parse(&written, country).ok(),
        None => Msisdn::from_e164(&written).ok(),
    };
    read.map_or(Match::Unclear, |number| value(Value::Text(number.e164().to_owned())))
}

/// What a number is written with.
fn is_inside(sign: char) -> bool {
    sign.is_ascii_digit() || sign.is_whitespace() && sign != '\n' || matches!(sign, '+' | '(' | ')' | '-' | '.' | '/' | '–')
}
