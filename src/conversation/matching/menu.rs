//! Numbers of a list and of a scale: "2.", "#2", "two", "option 2", "the second", "8/10".

use std::collections::BTreeMap;

use super::scan::JOINTS;
use super::scene::Scene;
use super::{Heard, Match, Strength, forms, meant, named, vigesimal};
use crate::conversation::flow::Ask;
use crate::conversation::machine::answer::Taken;
use crate::conversation::packs::Lexicon;
use crate::conversation::rules::Rules;
use crate::conversation::session::Session;
use crate::conversation::{normal, render};
use crate::value::Value;

/// What numbers a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// One number, and nothing that takes it back.
    One(i64),
    /// Several, or one with a condition.
    Unsure,
    /// None.
    Nothing,
}

/// A menu: a number of `on`, a row of the list, or a word of `words`.
pub fn matched(heard: &Heard, ask: &Ask, scene: &Scene<'_>, rules: &Rules<'_>) -> Match {
    let (lexicon, session) = (&rules.packs.lexicon, scene.session());
    let forms = forms::of(ask, session, rules);
    let worded = if ask.words.is_empty() { Match::None } else { named::matched(heard, &forms, scene, ask.risk.is_some(), lexicon) };
    if matches!(worded, Match::Answer { .. }) {
        return worded;
    }
    if let Some(row) = labelled(heard, &forms) {
        return Match::Answer { taken: Taken::Row(row), strength: Strength::Own, whole: true };
    }
    if ask.from.is_some() && !render::offers(&ask.text, render::NONE) && lexicon.none_of_these.is(&heard.words) {
        return Match::Answer { taken: Taken::Named(render::NONE.to_string()), strength: Strength::Own, whole: true };
    }
    // "Voglio parlare con un operatore in carne e ossa": a wish for a person means no other option.
    let wants_person = || lexicon.agent.stand_in(&heard.words) && !meant::is_call(heard, lexicon);
    if !has_figures(heard) && *heard.wants_person.get_or_init(wants_person) {
        return Match::None;
    }
    let number = match said(heard, lexicon) {
        Said::One(_) if *heard.is_of_several.get_or_init(|| is_of_several(&heard.words, lexicon)) => return Match::Unclear,
        Said::One(number) => number,
        Said::Unsure => match stated(heard, lexicon).or_else(|| labels_meant(heard, &forms, ask, session, rules)) {
            Some(number) => number,
            None => return Match::Unclear,
        },
        Said::Nothing => match labels_meant(heard, &forms, ask, session, rules) {
            Some(number) => number,
            None => return worded,
        },
    };
    let taken = match forms.numbers.get(&number) {
        Some(Some(row)) => Taken::Row(row.clone()),
        Some(None) => Taken::Named(number.to_string()),
        None => return Match::None,
    };
    Match::Answer { taken, strength: Strength::Own, whole: true }
}

/// "All 3", "a second".
fn is_of_several(words: &[String], lexicon: &Lexicon) -> bool {
    let is_moment = || (0..words.len()).any(|at| lexicon.contrast.len_at(&words[at..]).is_some_and(|len| len > 1));
    lexicon.stand_within(&lexicon.every, words) || is_moment()
}

fn has_figures(heard: &Heard) -> bool {
    heard.words.iter().any(|word| word.starts_with(|sign: char| sign.is_ascii_digit()))
}

/// The words of a row, typed out.
fn labelled(heard: &Heard, forms: &forms::Forms<'_>) -> Option<crate::value::Row> {
    let rows = forms.numbers.values().flatten();
    let mut same = rows.filter(|row| normal::words(&row.label) == heard.words);
    let found = same.next()?;
    same.next().is_none().then(|| found.clone())
}

/// The number of the option that means what the text says, by the words behind it in the question: "2 paid already".
fn labels_meant(heard: &Heard, forms: &forms::Forms<'_>, ask: &Ask, session: &Session, rules: &Rules<'_>) -> Option<i64> {
    if ask.risk.is_some() {
        return None;
    }
    let lexicon = &rules.packs.lexicon;
    let core = heard.core(lexicon);
    let facts = render::Facts { rules, language: &session.language, slots: &session.slots, system: BTreeMap::new() };
    let words = normal::words(render::texts(&ask.text, &facts).expose());
    let numbers: Vec<i64> = forms.numbers.iter().filter(|(_, row)| row.is_none()).map(|(number, _)| *number).collect();
    let label = |number: &i64| -> Vec<String> {
        let behind = words.iter().skip_while(|word| **word != number.to_string()).skip(1);
        behind.take_while(|word| !word.starts_with(|sign: char| sign.is_ascii_digit())).cloned().collect()
    };
    let labels: Vec<Vec<String>> = numbers.iter().map(label).collect();
    // The very words of one option.
    let mut same = labels.iter().enumerate().filter(|(_, label)| !core.is_empty() && *label == core);
    if let (Some((at, _)), None) = (same.next(), same.next()) {
        return Some(numbers[at]);
    }
    if !meant::means(heard, lexicon) {
        return None;
    }
    let options: Vec<Vec<&str>> = labels.iter().map(|label| lexicon.meanings_of(label).collect()).collect();
    meant::option(heard, &options, Some(&numbers), |_| false, lexicon).map(|at| numbers[at])
}

/// "Not now, 4": the number of a clause of its own, where nothing else counts, asks or takes it back.
fn stated(heard: &Heard, lexicon: &Lexicon) -> Option<i64> {
    if is_negative(&heard.own) {
        return None;
    }
    let mut stated = None;
    for clause in &heard.clauses {
        match (said_in(&lexicon.courtesy.without(&clause.words), false, lexicon), stated) {
            (Said::One(number), None) => stated = Some(number),
            (Said::Nothing, _)
                if !lexicon.asks(&clause.words) && !lexicon.but.is_in(&clause.words) && !lexicon.either.is_in(&clause.words) => {}
            (Said::One(_) | Said::Unsure | Said::Nothing, _) => return None,
        }
    }
    stated
}

/// "9, friendly lads", "10! Sehr freundlich": a number and behind it what was liked, with no other number.
fn remarked(heard: &Heard, lexicon: &Lexicon) -> Option<i64> {
    let words = spoken(heard.core(lexicon).to_vec(), lexicon);
    let lead = (0..words.len()).take_while(|at| {
        let word = &words[*at..=*at];
        number_at(word, lexicon).is_none() && (lexicon.option.is(word) || lexicon.small.is(word))
    });
    let rest = &words[lead.count()..];
    // Only figures: "très bien" is no three.
    let is_figure = rest.first().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let (number, len) = number_at(rest, lexicon).filter(|_| is_figure)?;
    let remark = lexicon.option.without(&rest[len..]);
    let figure = |word: &String| {
        word.starts_with(|sign: char| sign.is_ascii_digit()) || lexicon.numbers.contains_key(word) && !lexicon.small.is_word(word)
    };
    let counts = |word: &String| {
        let word = std::slice::from_ref(word);
        let counted = [&lexicon.weeks, &lexicon.visit, &lexicon.durations];
        lexicon.measures(word) || counted.iter().any(|phrases| phrases.is(word)) || lexicon.ahead.iter().any(|ahead| ahead.unit.is(word))
    };
    let first = remark.first()?;
    let turned = lexicon.asks(&remark) || lexicon.either.is_in(&remark) || takes_back(&remark, lexicon);
    (!turned && !counts(first) && !remark.iter().any(figure) && !is_negative(&heard.own)).then_some(number)
}

/// "7, no wait": a no or a second thought right behind the number.
fn takes_back(remark: &[String], lexicon: &Lexicon) -> bool {
    let first = &remark[..1];
    let second_thought = (0..remark.len()).any(|at| {
        let found = lexicon.contrast.len_at(&remark[at..]).is_some();
        found && !lexicon.but.is_word(&remark[at]) && !lexicon.prefer.is_word(&remark[at])
    });
    // "1 nobody came" is a reason, "7, not" is none.
    let denies = lexicon.negators.is(first) && remark.len() <= DENIAL_WORDS_MAX;
    denies || lexicon.no.is(first) || second_thought
}

/// A denial in so few words denies the number.
const DENIAL_WORDS_MAX: usize = 2;

/// A number of a scale.
pub fn score(heard: &Heard, limits: (Option<i64>, Option<i64>), lexicon: &Lexicon) -> Match {
    // "10, minus one for the mud", "would have been a 10", "one of the best".
    if *heard.is_no_score.get_or_init(|| is_no_score(&heard.words, lexicon)) {
        return Match::Unclear;
    }
    // "5 stars" are all there are, "3 hours" are no three.
    let first = |words: &[String]| (0..words.len()).find_map(|at| number_at(&words[at..], lexicon));
    let may_be_all = first(&heard.words).is_some_and(|(number, _)| number <= STARS);
    if limits.1 != Some(STARS) && may_be_all && lexicon.stars.is_in(&heard.words) {
        return Match::Unclear;
    }
    if let Some(left) = without_durations(&heard.words, lexicon) {
        // "3 hours, 2 crews": the score is said first.
        let leads = first(&left).is_some() && first(&left) == first(&heard.words);
        return if leads { score(&heard.with(left), limits, lexicon) } else { Match::Unclear };
    }
    let fits = |number: i64| limits.0.is_none_or(|least| number >= least) && limits.1.is_none_or(|most| number <= most);
    match of_most(heard, limits.1, lexicon) {
        Some((number, true)) if fits(number) => return super::value(Value::Number(number)),
        // "5 out of 5" on a scale to ten.
        Some((_, false)) => return Match::Unclear,
        Some((_, true)) | None => {}
    }
    match said(heard, lexicon) {
        Said::One(number) if fits(number) => super::value(Value::Number(number)),
        Said::One(_) => Match::Unclear,
        Said::Unsure => match stated(heard, lexicon).or_else(|| remarked(heard, lexicon)).filter(|number| fits(*number)) {
            Some(number) => super::value(Value::Number(number)),
            None => Match::Unclear,
        },
        Said::Nothing => Match::None,
    }
}

/// Whether the number is not what is left of a score, or none at all.
fn is_no_score(words: &[String], lexicon: &Lexicon) -> bool {
    let mut numbers = (0..words.len()).filter_map(|at| number_at(&words[at..], lexicon)).map(|(number, _)| number);
    let doubts = [&lexicon.deducted, &lexicon.would];
    // "Prima hoor": what is first is no score.
    let is_ordinal = |at: usize| Lexicon::longest_at(&lexicon.ordinals, &words[at..]).is_some_and(|(number, _)| *number == 1);
    let is_first = (0..words.len()).any(|at| !words[at].starts_with(|sign: char| sign.is_ascii_digit()) && is_ordinal(at));
    let praises = (is_first || lexicon.stand_within(&lexicon.best, words)) && numbers.all(|number| number == 1);
    praises || (words.len() > 1 && doubts.iter().any(|phrases| lexicon.stand_within(phrases, words)))
}

/// The most that stars usually go to.
const STARS: i64 = 5;

/// "Hours"; of a run of signs its beginning: "時間待ちました".
fn duration_at(words: &[String], lexicon: &Lexicon) -> Option<usize> {
    let run = || words.first().filter(|word| lexicon.durations.unspaced_words().any(|form| word.starts_with(form))).map(|_| 1);
    lexicon.durations.len_at(words).or_else(run)
}

/// The words without "3 hours", "deux heures"; none where there is nothing of that kind.
fn without_durations(words: &[String], lexicon: &Lexicon) -> Option<Vec<String>> {
    // "9 out of 10 times" is one thing.
    let is_share = |at: usize| {
        let (_, len) = number_at(&words[at..], lexicon)?;
        let behind = &words[at + len..];
        number_at(&behind[lexicon.out_of.len_at(behind)?..], lexicon)
    };
    if (0..words.len()).any(|at| is_share(at).is_some()) {
        return None;
    }
    let (mut left, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let counted = number_at(&words[at..], lexicon).and_then(|(_, len)| Some(len + duration_at(&words[at + len..], lexicon)?));
        left.extend(counted.is_none().then(|| words[at].clone()));
        at += counted.unwrap_or(1);
    }
    (left.len() < words.len()).then_some(left)
}

/// "8/10", "8 out of 10", "10 üzerinden 8": the number, and whether 10 is the most.
fn of_most(heard: &Heard, most: Option<i64>, lexicon: &Lexicon) -> Option<(i64, bool)> {
    of_most_in(&heard.words, heard, most, lexicon).or_else(|| {
        // "Ten out of ten, such a nice man": said in the first clause, and nothing counted, asked or taken back behind it.
        let (first, behind) = heard.clauses.split_first()?;
        let counts = |words: &[String]| (0..words.len()).any(|at| number_at(&words[at..], lexicon).is_some());
        let turns = |words: &[String]| lexicon.asks(words) || lexicon.either.is_in(words) || takes_back(words, lexicon);
        let plain = behind.iter().all(|clause| !counts(&clause.words) && !turns(&clause.words));
        (plain && !behind.is_empty()).then(|| of_most_in(&first.words, heard, most, lexicon))?
    })
}

fn of_most_in(words: &[String], heard: &Heard, most: Option<i64>, lexicon: &Lexicon) -> Option<(i64, bool)> {
    let folded = normal::fold(&heard.own);
    if let Some((number, behind)) = folded.trim().split_once('/') {
        let digits = behind.trim_start().chars().take_while(char::is_ascii_digit).count();
        let (whole, remark) = behind.trim_start().split_at(digits);
        let (number, whole): (i64, i64) = (number.trim().parse().ok()?, whole.parse().ok()?);
        // "6/10, peut mieux faire": what was liked or not counts nothing else and takes nothing back.
        let remark: Vec<String> = normal::words(remark);
        let counts = remark.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit()));
        let turned = lexicon.asks(&remark) || lexicon.either.is_in(&remark) || (!remark.is_empty() && takes_back(&remark, lexicon));
        return (!counts && !turned).then_some((number, Some(whole) == most));
    }
    let beside = [&lexicon.small, &lexicon.option, &lexicon.harmless];
    let core = beside.iter().fold(lexicon.courtesy.without(words), |words, phrases| match phrases {
        // What stands between the two numbers is often an article as well.
        _ if words.len() <= PAIR_WORDS_MAX => words,
        phrases => phrases.without(&words),
    });
    let (first, len) = number_at(&core, lexicon)?;
    let is_counted = |word: &&String| {
        let word = std::slice::from_ref(*word);
        lexicon.option.is(word) && !lexicon.out_of.is(word) && !lexicon.whole_first.is(word)
    };
    let rest = &core[len..];
    // "5 stars out of 5".
    let rest = &rest[rest.iter().take_while(is_counted).count()..];
    let of = lexicon.out_of.len_at(rest).map(|len| (len, false));
    let (skip, reversed) = of.or_else(|| lexicon.whole_first.len_at(rest).map(|len| (len, true)))?;
    let (second, len) = number_at(&rest[skip..], lexicon)?;
    let remark = &rest[skip + len..];
    let counts = || (0..remark.len()).any(|at| number_at(&remark[at..], lexicon).is_some());
    let turned = || lexicon.asks(remark) || lexicon.either.is_in(remark) || takes_back(remark, lexicon);
    // "10 na 10 super pan".
    let ends = remark.iter().all(|word| lexicon.option.is(std::slice::from_ref(word)))
        || !(counts() || turned() || lexicon.durations.len_at(remark).is_some());
    let (number, whole) = if reversed { (second, first) } else { (first, second) };
    ends.then_some((number, Some(whole) == most))
}

/// "8 out of 10" and no more.
const PAIR_WORDS_MAX: usize = 5;

/// The number a text says.
pub fn said(heard: &Heard, lexicon: &Lexicon) -> Said {
    *heard.said.get_or_init(|| said_in(heard.core(lexicon), is_negative(&heard.own), lexicon))
}

fn said_in(words: &[String], negative: bool, lexicon: &Lexicon) -> Said {
    let core = spoken(words.to_vec(), lexicon);
    // "un 8" is eight, not one and eight.
    let is_article = |rest: &[String]| {
        let len = lexicon.option.len_at(rest).or_else(|| lexicon.small.len_at(rest))?;
        number_at(&rest[len..], lexicon).map(|_| len)
    };
    let mut numbers = Vec::new();
    let (mut doubt, mut unknown) = (negative, false);
    let mut at = 0;
    while at < core.len() {
        let rest = &core[at..];
        if let Some(len) = is_article(rest) {
            at += len;
            continue;
        }
        if let Some((number, len)) = number_at(rest, lexicon) {
            numbers.push(number);
            at += len;
            continue;
        }
        let beside = [&lexicon.option, &lexicon.harmless, &lexicon.small];
        if let Some(len) = beside.iter().filter_map(|phrases| phrases.len_at(rest)).max() {
            at += len;
            continue;
        }
        // "Otto e grazie": a joint with nothing behind it.
        if rest.len() == 1 && JOINTS.contains(&rest[0].as_str()) && !numbers.is_empty() {
            break;
        }
        if is_picture(&rest[0]) && !lexicon.no_light.is(&rest[..1]) {
            at += 1;
            continue;
        }
        let turns = [&lexicon.either, &lexicon.contrast, &lexicon.negators];
        doubt |= rest[0] == "?" || lexicon.asks_at(rest).is_some() || turns.iter().any(|phrases| phrases.len_at(rest).is_some());
        unknown = true;
        at += 1;
    }
    match (numbers.as_slice(), doubt, unknown) {
        ([], _, _) => Said::Nothing,
        ([one], false, false) => Said::One(*one),
        _ => Said::Unsure,
    }
}

/// "On est 3": beside a figure a small word is no number, though Turkish "on" is ten.
pub fn spoken(words: Vec<String>, lexicon: &Lexicon) -> Vec<String> {
    let is_figure = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    if !words.iter().any(is_figure) {
        return words;
    }
    let is_small = |word: &String| lexicon.numbers.contains_key(word) && lexicon.small.is(std::slice::from_ref(word));
    words.into_iter().filter(|word| !is_small(word)).collect()
}

fn is_picture(word: &str) -> bool {
    word.chars().all(normal::is_emoji)
}

fn is_negative(text: &str) -> bool {
    let text = text.trim();
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A number at the beginning of these words: digits, a number word, an ordinal; tens and units together.
pub fn number_at(words: &[String], lexicon: &Lexicon) -> Option<(i64, usize)> {
    let first = words.first()?;
    if first.bytes().all(|b| b.is_ascii_digit()) {
        return first.parse().ok().filter(|_| first.len() <= DIGITS_MAX).map(|number| (number, 1));
    }
    if !lexicon.may_tell_time(first) {
        return None;
    }
    if let Some(found) = vigesimal::number_at(words) {
        return Some(found);
    }
    if let Some((number, len)) = Lexicon::longest_at(&lexicon.ordinals, words) {
        return Some((*number, len));
    }
    if let Some(found) = han_number(words, lexicon) {
        return Some(found);
    }
    let tens = *lexicon.numbers.get(first)?;
    let units = words.get(1).and_then(|word| lexicon.numbers.get(word)).copied();
    match units {
        Some(units) if (20..100).contains(&tens) && tens % 10 == 0 && (1..10).contains(&units) => Some((tens + units, 2)),
        Some(_) | None => Some((tens, 1)),
    }
}

/// Longer digit runs are no counts.
const DIGITS_MAX: usize = 9;

/// "十五", "二十", "二十三": tens by their sign.
fn han_number(words: &[String], lexicon: &Lexicon) -> Option<(i64, usize)> {
    const TEN: &str = "十";
    let unit = |at: usize| {
        let word = words.get(at).filter(|word| word.as_str() != TEN && super::super::packs::shapes::is_unspaced(word))?;
        lexicon.numbers.get(word).copied().filter(|number| (1..10).contains(number))
    };
    let (tens, at) = match (unit(0), words.first()?.as_str()) {
        (Some(tens), _) if words.get(1).is_some_and(|word| word == TEN) => (tens, 2),
        (None, TEN) => (1, 1),
        _ => return None,
    };
    Some(unit(at).map_or((tens * 10, at), |units| (tens * 10 + units, at + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::packs::Packs;

    #[test]
    fn a_score_counts_no_hours_and_no_stars() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        let cases: &[(&str, Option<i64>)] = &[
            ("3", Some(3)),
            ("3 saat bekledim", None),
            ("3時間待ちました", None),
            ("10時に来ました", None),
            ("waited 3 hours", None),
            ("2 want drie kwartier te laat", Some(2)),
            ("3, deux heures de retard", Some(3)),
            ("2分，等了一天", Some(2)),
            ("1 nobody showed up", Some(1)),
            ("7 no wait", None),
            ("10 na 10 super pan", Some(10)),
            ("10 out of 10 or 9", None),
            ("5 stars", None),
            ("7 stars", Some(7)),
            ("3 hours, 2 crews", None),
            ("9 out of 10 times nobody shows up", None),
        ];
        for (text, number) in cases {
            let heard = Heard::read(text, &packs);
            let found = score(&heard, (Some(0), Some(10)), &packs.lexicon);
            let wanted = number.map(|number| super::super::value(Value::Number(number)));
            let answer = Some(found).filter(|found| matches!(found, Match::Answer { .. }));
            assert_eq!(answer, wanted, "{text}: {:?}", heard.words);
        }
    }
}
