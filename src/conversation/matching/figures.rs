//! Figures: whole numbers, meter readings, account numbers, amounts, phone numbers.

use unicode_normalization::char::is_combining_mark;

use super::menu::{Said, number_at, said, spoken};
use super::scan::JOINTS;
use super::{Heard, Match, Strength, limits, numerals, people, reading, value};
use crate::conversation::flow::Ask;
use crate::conversation::flow::template::Piece;
use crate::conversation::machine::answer::Taken;
use crate::conversation::normal;
use crate::conversation::packs::Lexicon;
use crate::conversation::packs::shapes::is_unspaced;
use crate::conversation::session::Session;
use crate::value::{Money, Value};

/// A whole number.
pub fn int(heard: &Heard, ask: &Ask, session: &Session, lexicon: &Lexicon) -> Match {
    let taken = |number: i64| within(number, Value::Number(number), ask, session);
    if let Some(people) = people::household(heard, lexicon).or_else(|| people::people(heard, lexicon)) {
        return taken(people);
    }
    // "2 cats", where nobody asked for them.
    if lexicon.kin.animals.is_in(&heard.words) && !asks_for_animals(ask, lexicon) {
        return Match::Unclear;
    }
    match said(heard, lexicon) {
        // "5 and me".
        Said::One(_) if people::adds_me(heard, lexicon) => Match::Unclear,
        Said::One(number) => taken(number),
        // "Three are registered, zu zweit": two numbers of people.
        Said::Unsure if people::says_so_many(heard, lexicon) => Match::Unclear,
        Said::Unsure => {
            let plain = || counted(heard, lexicon).or_else(|| beside(heard, lexicon));
            let summed = summed(heard, lexicon).or_else(|| people::including(heard, lexicon));
            let found = summed.or_else(|| if people::names_some(heard, lexicon) { None } else { plain() });
            found.map_or(Match::Unclear, taken)
        }
        Said::Nothing => Match::None,
    }
}

/// "How many dogs are in the yard?"
fn asks_for_animals(ask: &Ask, lexicon: &Lexicon) -> bool {
    let pieces = ask.text.by_language.values().flat_map(|template| &template.pieces);
    pieces.into_iter().any(|piece| match piece {
        Piece::Words(words) => lexicon.kin.animals.is_in(&normal::words(words)),
        Piece::Slot { .. } => false,
    })
}

/// "Nur ich und mein Mann, also 2": whoever is named in front, the sum is said at the end, as the only number.
fn summed(heard: &Heard, lexicon: &Lexicon) -> Option<i64> {
    let words = spoken(heard.core(lexicon).to_vec(), lexicon);
    let at = (0..words.len()).rfind(|at| lexicon.sum.len_at(&words[*at..]).is_some())?;
    let (before, behind) = (&words[..at], &words[at + lexicon.sum.len_at(&words[at..])?..]);
    let behind = lexicon.small.without(behind);
    let counts = |words: &[String]| (0..words.len()).find_map(|at| number_at(&words[at..], lexicon));
    let turned = lexicon.asks(&words) || lexicon.either.is_in(&words) || lexicon.negators.is_in(&words);
    let number = match number_at(&behind, lexicon) {
        Some((number, len)) if len == behind.len() && counts(before).is_none() => number,
        // "We are 4 in total".
        None if behind.is_empty() && !before.is_empty() => {
            let (number, len) = number_at(&before[before.len() - 1..], lexicon)?;
            (len == 1 && counts(&before[..before.len() - 1]).is_none()).then_some(number)?
        }
        _ => return None,
    };
    (!turned).then_some(number)
}

/// "Nous sommes six à la maison": one number in a text that counts nothing else and names nobody beside it.
fn beside(heard: &Heard, lexicon: &Lexicon) -> Option<i64> {
    let words = spoken(heard.core(lexicon).to_vec(), lexicon);
    let (mut number, mut strange, mut at) = (None, 0, 0);
    while at < words.len() {
        let rest = &words[at..];
        if let Some((found, len)) = number_at(rest, lexicon).filter(|_| !lexicon.small.is_word(&rest[0])) {
            let joined = [at.checked_sub(1), Some(at + len)].into_iter().flatten().filter_map(|near| words.get(near));
            if number.is_some() || joined.into_iter().any(|word| JOINTS.contains(&word.as_str()) || lexicon.plus.is_word(word)) {
                return None;
            }
            (number, at) = (Some(found), at + len);
            continue;
        }
        let turns = [&lexicon.either, &lexicon.contrast, &lexicon.negators, &lexicon.no, &lexicon.question];
        if rest[0] == "?"
            || turns.iter().any(|phrases| phrases.len_at(rest).is_some())
            || turns_within(&rest[..1], lexicon)
            || (lexicon.measures(&rest[..1]) && !lexicon.small.is_word(&rest[0]))
        {
            return None;
        }
        let known = [&lexicon.small, &lexicon.option, &lexicon.harmless].into_iter().filter_map(|phrases| phrases.len_at(rest)).max();
        strange += usize::from(known.is_none());
        at += known.unwrap_or(1);
    }
    // "5 persone più la badante".
    let adds = lexicon.plus.is_in(&words) && !words.iter().any(|word| JOINTS.contains(&word.as_str()) && lexicon.plus.is_word(word));
    number.filter(|_| strange <= STRANGE_WORDS_MAX && !adds && !heard.own.contains(['+', '-']))
}

/// "3人ですが実際は": whether something inside a run of signs takes back what stands in front.
fn turns_within(word: &[String], lexicon: &Lexicon) -> bool {
    word.iter().any(|word| is_unspaced(word))
        && [&lexicon.contrast, &lexicon.either, &lexicon.question].iter().any(|phrases| lexicon.stand_within(phrases, word))
}

/// Words around a number that nobody knows.
const STRANGE_WORDS_MAX: usize = 3;

/// "Two dogs", "somos 5", "4 people live here": one number with one strange word beside it, which is what was counted.
fn counted(heard: &Heard, lexicon: &Lexicon) -> Option<i64> {
    let words: Vec<String> =
        spoken(heard.core(lexicon).to_vec(), lexicon).into_iter().filter(|word| !word.chars().all(normal::is_emoji)).collect();
    let left = lexicon.small.without(&words);
    let turns = [&lexicon.either, &lexicon.contrast, &lexicon.negators, &lexicon.question, &lexicon.no, &lexicon.no_light, &lexicon.plus];
    let strange = |word: &String| {
        !lexicon.numbers.contains_key(word)
            && turns.iter().all(|phrases| !phrases.is(std::slice::from_ref(word)))
            && word.chars().all(|sign| sign.is_alphabetic() || is_combining_mark(sign))
            && !lexicon.measures(std::slice::from_ref(word))
            && !turns_within(std::slice::from_ref(word), lexicon)
    };
    let (number, thing) = match number_at(&left, lexicon) {
        Some((number, len)) => (number, left.get(len..)?),
        None => {
            let (number, len) = number_at(left.get(1..)?, lexicon)?;
            if left.len() > len + 1 {
                return None;
            }
            (number, left.get(..1)?)
        }
    };
    (matches!(thing, [one] if strange(one)) && !heard.own.trim_start().starts_with('-')).then_some(number)
}

/// Above the most and below the least have their own steps, or are asked again.
pub fn within(number: i64, value: Value, ask: &Ask, session: &Session) -> Match {
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
pub fn runs(heard: &Heard) -> Option<Vec<&str>> {
    let (mut runs, mut behind_figure) = (Vec::new(), false);
    for word in &heard.words {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if digits == word.chars().count() && digits > 0 {
            runs.push(word.as_str());
        } else if digits > 0 && !(is_unit(word) && behind_figure) {
            return None;
        }
        behind_figure = digits > 0;
    }
    Some(runs)
}

/// "17420kwh", "17420m3": the unit behind the figure.
fn is_unit(word: &str) -> bool {
    matches!(word, "m3" | "m2")
}

/// Whether something takes a figure back.
pub fn doubted(heard: &Heard, lexicon: &Lexicon) -> bool {
    let digits = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    // "No. 04417": the English and Turkish short form of "number".
    let heard = heard.core(lexicon);
    let is_label = |at: usize| heard[at] == "no" && heard.get(at + 1).is_some_and(digits);
    let words: Vec<String> = (0..heard.len()).filter(|at| !is_label(*at)).map(|at| heard[at].clone()).collect();
    // "o contador marca 04417": an "or" in front of every figure is an article of another language.
    let first = words.iter().position(digits).unwrap_or(words.len());
    lexicon.other_figures.is_in(&words) || lexicon.asks(&words) || lexicon.negators.is_in(&words) || lexicon.either.is_in(&words[first..])
}

/// What stands between the groups, all of it.
pub fn between(text: &str, groups: &[&str]) -> Option<String> {
    let (first, others) = groups.split_first()?;
    let mut rest = text.split_once(first)?.1;
    let mut gaps = String::new();
    for group in others {
        let (gap, behind) = rest.split_once(group)?;
        gaps.push_str(gap);
        rest = behind;
    }
    Some(gaps)
}

/// An account number: one run of the right length, perhaps in groups.
pub fn account(heard: &Heard, digits: Option<i64>, lexicon: &Lexicon) -> Match {
    let Some(runs) = runs(heard) else { return Match::Unclear };
    let length = digits.and_then(|digits| usize::try_from(digits).ok());
    if runs.is_empty() {
        let spelled = length.and_then(|digits| reading::spelled(heard, digits, lexicon)).filter(|_| !doubted(heard, lexicon));
        return spelled.map_or(Match::None, |number| value(Value::Text(number)));
    }
    let joined = runs.concat();
    let fits = match length {
        Some(digits) => joined.len() == digits,
        None => ACCOUNT_DIGITS.contains(&joined.len()),
    };
    let apart = runs.len() > 1 && (!stand_together(&runs, heard) || is_day(&runs));
    if !fits || apart || doubted(heard, lexicon) || (runs.len() > 1 && runs.iter().any(|run| run.len() >= 5)) {
        return Match::Unclear;
    }
    value(Value::Text(joined))
}

/// "44 71 90 02", "55.120.874", "26/417/093": nothing but signs between the groups.
fn stand_together(runs: &[&str], heard: &Heard) -> bool {
    let adjacent = heard.words.windows(runs.len()).any(|window| window.iter().map(String::as_str).eq(runs.iter().copied()));
    adjacent && between(&normal::fold(&heard.own), runs).is_none_or(|gaps| !gaps.contains([',', '\n', ';']))
}

/// "23.11.2026".
fn is_day(runs: &[&str]) -> bool {
    let in_range = |run: &str, most: u32| run.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number));
    matches!(runs, [day, month, year] if year.len() == 4 && year.starts_with(['1', '2']) && in_range(day, 31) && in_range(month, 31))
}

/// Account numbers as utilities write them.
const ACCOUNT_DIGITS: std::ops::RangeInclusive<usize> = 6..=14;

/// An amount: "84.50", "84,50", "$84".
pub fn money(heard: &Heard, lexicon: &Lexicon) -> Match {
    // "About 80", "десь 350": nobody pays by that.
    if heard.own.contains('%') || lexicon.about.is_in(&heard.words) || glued(&heard.words, lexicon) || lexicon.contrast.is_in(&heard.words)
    {
        return Match::Unclear;
    }
    let folded = normal::fold(&heard.own);
    let mut amounts = Vec::new();
    let mut run = String::new();
    for sign in folded.chars().chain([' ']) {
        if sign.is_ascii_digit() || (matches!(sign, '.' | ',') && !run.is_empty()) {
            run.push(sign);
        } else if !run.is_empty() {
            amounts.push(std::mem::take(&mut run));
        }
    }
    let read = match amounts.as_slice() {
        [] => return in_words(heard, lexicon),
        _ if doubted(heard, lexicon) || folded.trim().starts_with('-') => None,
        [one] if and_more(one, &heard.words, lexicon) || scaled(one, &heard.words, lexicon) => None,
        [one] if counts_hundredths(one, &heard.words, lexicon) => hundredths(0, one),
        [one] => amount(one),
        // "142€60".
        [whole, part] if part.len() == 2 && SIGNS.iter().any(|sign| folded.contains(&format!("{whole}{sign}{part}"))) => {
            amount(&format!("{whole}.{part}"))
        }
        [whole, part] => in_two(whole, part, &heard.words, lexicon),
        _ => None,
    };
    read.map_or(Match::Unclear, |money| value(Value::Money(money)))
}

/// "3ayez", "b2b": a figure inside a word that is no money.
fn glued(words: &[String], lexicon: &Lexicon) -> bool {
    let is_money = |word: &String| {
        let letters: String = word.chars().filter(|sign| sign.is_alphabetic() || is_combining_mark(*sign)).collect();
        letters.is_empty()
            || letters.chars().any(normal::is_unspaced)
            || [&lexicon.currency, &lexicon.hundredths].iter().any(|phrases| phrases.is_word(&letters))
    };
    words.iter().any(|word| word.chars().any(|sign| sign.is_ascii_digit()) && !is_money(word))
}

/// Signs of money.
const SIGNS: [char; 4] = ['€', '$', '£', '₽'];

/// "Fifty dollars", "two hundred and forty dollars ten": an amount without figures.
fn in_words(heard: &Heard, lexicon: &Lexicon) -> Match {
    let words = numerals::in_figures(&lexicon.can_pay.without(&heard.words), lexicon);
    let figures: Vec<&String> = words.iter().filter(|word| word.bytes().all(|b| b.is_ascii_digit())).collect();
    let split = match figures.as_slice() {
        [one] if counts_hundredths(one, &words, lexicon) => hundredths(0, one),
        [whole, part] => in_two(whole, part, &words, lexicon),
        _ => None,
    };
    // What is around the figures may not take them back.
    let bare: Vec<String> = match figures.as_slice() {
        [whole, part] if split.is_some() => words.iter().filter(|word| word != part || whole == part).cloned().collect(),
        _ => words.clone(),
    };
    let around = said(&heard.with(lexicon.hundredths.without(&lexicon.currency.without(&bare))), lexicon);
    match (around, split) {
        (Said::One(_), Some(money)) => value(Value::Money(money)),
        (Said::One(number), None) if figures.len() == 1 => value(Value::Money(Money { hundredths: number.saturating_mul(100) })),
        (Said::Nothing, None) if figures.is_empty() => Match::None,
        (Said::One(_) | Said::Unsure | Said::Nothing, _) => Match::Unclear,
    }
}

/// "50 cents": the only figure counts hundredths.
fn counts_hundredths(run: &str, words: &[String], lexicon: &Lexicon) -> bool {
    let at = words.iter().position(|word| word == run);
    at.is_some_and(|at| lexicon.hundredths.len_at(&words[at + 1..]).is_some())
}

fn hundredths(whole: i64, part: &str) -> Option<Money> {
    let part: i64 = part.parse().ok().filter(|part| (0..100).contains(part))?;
    Some(Money { hundredths: whole.checked_mul(100)?.checked_add(part)? })
}

/// "1.234,50" and "1,234.50": two digits behind the last sign are hundredths, three are thousands.
fn amount(run: &str) -> Option<Money> {
    let run = run.trim_end_matches(['.', ',']);
    let Some(at) = run.rfind(['.', ',']) else { return Money::parse(run) };
    let (whole, part) = (&run[..at], &run[at + 1..]);
    let groups: Vec<&str> = whole.split(['.', ',']).collect();
    let grouped = |groups: &[&str]| groups.len() == 1 || groups[1..].iter().all(|group| group.len() == 3);
    match part.len() {
        1 | 2 if grouped(&groups) => Money::parse(&format!("{}.{part}", groups.concat())),
        3 if grouped(&groups) && groups[0].len() <= 3 && groups[0] != "0" => Money::parse(&format!("{}{part}", groups.concat())),
        _ => None,
    }
}

/// "80 e qualcosa": something comes on top.
fn and_more(run: &str, words: &[String], lexicon: &Lexicon) -> bool {
    let Some(at) = words.iter().position(|word| run.ends_with(word.as_str())) else { return false };
    let behind = lexicon.currency.without(&lexicon.courtesy.without(&words[at + 1..]));
    let first = behind.first();
    first.is_some_and(|word| behind.len() > 1 && JOINTS.contains(&word.as_str()) || lexicon.plus.is_word(word))
}

/// "2 grand", "2 hazar": a small figure in front of a word that may be thousands.
fn scaled(run: &str, words: &[String], lexicon: &Lexicon) -> bool {
    let Some(at) = words.iter().position(|word| word == run) else { return false };
    let beside = [&lexicon.currency, &lexicon.hundredths, &lexicon.courtesy, &lexicon.small, &lexicon.harmless, &lexicon.sum];
    let is_known = |rest: &[String]| beside.iter().any(|phrases| phrases.len_at(rest).is_some());
    run.len() == 1 && words.get(at + 1..).filter(|rest| !rest.is_empty()).is_some_and(|rest| !is_known(rest))
}

/// "With", "and".
const AND_LETTERS_MAX: usize = 4;

/// "84 euros con 50", "1 234,50": the amount in two groups.
fn in_two(whole: &str, part: &str, words: &[String], lexicon: &Lexicon) -> Option<Money> {
    let digits = |run: &str| run.bytes().all(|b| b.is_ascii_digit());
    let at = words.iter().position(|word| word == whole)?;
    let between: Vec<String> = words[at + 1..].iter().take_while(|word| !part.starts_with(word.as_str())).cloned().collect();
    let left = lexicon.small.without(&lexicon.currency.without(&between));
    let has_currency = lexicon.currency.is_in(&between);
    // "84 e 20": as it is said.
    let ends = words.iter().rposition(|word| word == part).is_some_and(|at| lexicon.currency.without(&words[at + 1..]).is_empty());
    if let [joint] = between.as_slice()
        && CENT_JOINTS.contains(&joint.as_str())
        && part.len() == 2
        && whole != part
        && ends
    {
        return (digits(whole) && digits(part)).then(|| Money::parse(&format!("{whole}.{part}")))?;
    }
    if between.is_empty() && digits(whole) && whole.len() <= 3 && part.len() >= 3 && digits(&part[..3]) {
        return amount(&format!("{whole},{part}"));
    }
    // "74 euros con 5 céntimos" is 74.05.
    if digits(whole)
        && left.iter().all(|word| word.chars().count() <= AND_LETTERS_MAX)
        && counts_hundredths(part, &words[at + 1..], lexicon)
    {
        return hundredths(whole.parse().ok()?, part);
    }
    // "84 euros 5" is hundredths or tenths, "65块3" is tenths.
    if part.len() < 2 && !between.iter().any(|word| word.chars().any(normal::is_unspaced)) {
        return None;
    }
    (has_currency && left.iter().all(|word| word.chars().count() == 1) && digits(whole) && digits(part) && part.len() <= 2)
        .then(|| Money::parse(&format!("{whole}.{part}")))?
}

/// "Centoventitré e cinquanta", "trinta e seis e oitenta", "ochenta con cincuenta": what stands in front of cents. "50 з 84" is a
/// part of something, "fifty and thirty" are two amounts.
const CENT_JOINTS: &[&str] = &["e", "con", "com", "y", "und"];
