//! Days as people write them; the box's country decides whether 12/01 is in January.

use super::reasons::without_reason;
use super::scan::JOINTS;
use super::{Heard, Match, value};
use crate::conversation::hours;
use crate::conversation::packs::ahead::Ahead;
use crate::conversation::packs::shapes::is_unspaced;
use crate::conversation::packs::{Lexicon, Phrases};
use crate::conversation::rules::Rules;
use crate::time::Timestamp;
use crate::value::Value;

/// A day: "26.11.", "26 Nov", "tomorrow", "Friday". A day without its year is the next one.
pub fn date(heard: &Heard, rules: &Rules<'_>, now: Timestamp) -> Match {
    let lexicon = &rules.packs.lexicon;
    let today = now.civil(&hours::zone(None, None, rules.settings)).date();
    let whole = lexicon.if_possible.without(heard.core(lexicon));
    // "Monday 14 December, when I am out of hospital"; a weekday alone may be that of another week.
    let head = without_reason(&whole, lexicon);
    let words = if head.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit())) { head } else { &whole };
    // "20 days ago", where a month of another language is called so.
    if words.iter().any(|word| word.bytes().any(|b| b.is_ascii_digit())) && lexicon.past.is_in(words) {
        return Match::Unclear;
    }
    if let Some(found) = ahead(words, lexicon, today).or_else(|| next_week(words, lexicon, today)) {
        return found;
    }
    let (mut days, mut left) = relative(words, lexicon, today);
    // "Friday in two weeks", "last Friday": another one than the next.
    if !days.is_empty() && (lexicon.past.is_in(&left) || lexicon.weeks.is_in(&left) || counts_days(&left, lexicon)) {
        return Match::Unclear;
    }
    // "on Friday": beside a day a small word is no number, though Turkish "on" is ten.
    if !days.is_empty() {
        left.retain(|word| !lexicon.small.is(std::slice::from_ref(word)) || word.chars().any(|c| c.is_ascii_digit()));
    }
    // "Tomorrow" is one day; "Friday" is every Friday.
    let is_counted = (0..words.len()).any(|at| Lexicon::longest_at(&lexicon.days, &words[at..]).is_some());
    let figures = written(&left, lexicon, today, month_first(&rules.settings.country));
    let has_figures = left.iter().any(|word| word.chars().any(|c| c.is_ascii_digit()));
    // "martes 24": the weekday beside a figure only repeats it, or contradicts it.
    match figures {
        Some(day) if days.is_empty() || days == [day] => days = vec![day],
        // "Freitag, 4. Dezember": a weekday that the date falls on.
        Some(day) if !is_counted && days.iter().all(|named| named.weekday() == day.weekday()) => days = vec![day],
        Some(day) => days.push(day),
        None if has_figures && !days.is_empty() => days.extend(repeated(&left, lexicon, days[0])),
        None => {}
    }
    // "Friday I'm away", "between 5 and 6", "2-3 days", "10:30".
    let refuses = lexicon.declines.is_in(&whole) || lexicon.either.is_in(&whole);
    let names_it = !relative(words, lexicon, today).0.is_empty() || words.iter().any(|word| lexicon.months.contains_key(word));
    let others = figures.is_some() && !names_it && (counts_days(words, lexicon) || is_hour(&heard.own));
    let doubt = refuses || others || lexicon.asks(&left) || lexicon.contrast.is_in(&left) || lexicon.negators.is_in(&left);
    match days.as_slice() {
        [] if has_figures => Match::Unclear,
        [] => Match::None,
        [one] if !doubt => value(Value::Date(*one)),
        _ => Match::Unclear,
    }
}

/// "2-3 days": a number in front of a duration names no day.
fn counts_days(words: &[String], lexicon: &Lexicon) -> bool {
    let duration = |at: usize| {
        let (_, len) = super::menu::number_at(&words[at..], lexicon)?;
        lexicon.durations.len_at(&words[at + len..]).filter(|_| lexicon.day_mark.len_at(&words[at + len..]).is_none())
    };
    (0..words.len()).any(|at| duration(at).is_some())
}

/// "10:30": two figures of an hour.
fn is_hour(own: &str) -> bool {
    let signs: Vec<char> = own.chars().collect();
    signs.windows(3).any(|three| three[1] == ':' && three[0].is_ascii_digit() && three[2].is_ascii_digit())
}

/// "In 2 days", "2日後", "today in 14 days": counted from today, and nothing else in the text.
fn ahead(words: &[String], lexicon: &Lexicon, today: jiff::civil::Date) -> Option<Match> {
    let bare = lexicon.small.behind(words);
    let named = Lexicon::longest_at(&lexicon.days, bare).filter(|(days, _)| **days == 0).map(|(_, len)| &bare[len..]);
    let words = named.unwrap_or(words);
    let counted = |ahead: &Ahead| {
        let front = ahead.before.len_at(words).unwrap_or(0);
        let (number, len) = super::menu::number_at(&words[front..], lexicon)?;
        let behind = &words[front + len..];
        let of = |phrases: &Phrases, days: i64| Some((phrases.len_at(behind)?, days));
        let (unit, days) = of(&ahead.unit, 1).or_else(|| of(&ahead.weeks, WEEK))?;
        let after = ahead.after.len_at(&behind[unit..]).unwrap_or(0);
        ((front > 0 || after > 0) && front + len + unit + after == words.len()).then_some(number.checked_mul(days)?)
    };
    // "Hoy en ocho días" is a week, however it is counted.
    let is_told = |days: &i64| named.is_none() || days % WEEK == 0;
    let days = lexicon.ahead.iter().find_map(counted).filter(|days| (1..=AHEAD_DAYS_MAX).contains(days) && is_told(days))?;
    Some(value(Value::Date(today.saturating_add(jiff::Span::new().days(days)))))
}

/// Days of a week.
const WEEK: i64 = 7;

/// Further ahead people name a date.
const AHEAD_DAYS_MAX: i64 = 31;

/// "Friday next week": the week behind this one. Without a day it is no day.
fn next_week(words: &[String], lexicon: &Lexicon, today: jiff::civil::Date) -> Option<Match> {
    if lexicon.week_after.is_in(words) {
        let (days, rest) = relative(&lexicon.week_after.without(words), lexicon, today);
        // "Woensdag over een week", said on a Wednesday.
        let is_said = |day: &jiff::civil::Date| *day == today || day.weekday() != today.weekday();
        let is_plain = |word: &String| lexicon.small.is_word(word) && !JOINTS.contains(&word.as_str());
        let plain = rest.iter().all(is_plain) && days.iter().all(is_said);
        let later = |day: jiff::civil::Date| value(Value::Date(day.saturating_add(jiff::Span::new().days(WEEK))));
        let day = match days.as_slice() {
            [] => Some(today),
            [one] => Some(*one),
            _ => None,
        };
        return Some(day.filter(|_| plain).map_or(Match::Unclear, later));
    }
    lexicon.next_week.is_in(words).then_some(())?;
    let left = lexicon.next_week.without(words);
    let (days, rest) = relative(&left, lexicon, today);
    let plain = rest.iter().all(|word| lexicon.small.is_word(word));
    let weekday = match (days.as_slice(), left.as_slice()) {
        ([day], _) => i64::from(day.weekday().to_monday_zero_offset()),
        // "下周三": the weekday by its number alone.
        ([], [sign]) if is_unspaced(sign) => super::menu::number_at(&left, lexicon).filter(|(number, _)| (1..=6).contains(number))?.0 - 1,
        _ => return Some(Match::Unclear),
    };
    let plain = plain || days.is_empty();
    let monday = today.saturating_sub(jiff::Span::new().days(i64::from(today.weekday().to_monday_zero_offset()) - 7));
    let found = monday.saturating_add(jiff::Span::new().days(weekday));
    Some(if plain { value(Value::Date(found)) } else { Match::Unclear })
}

/// Countries that write the month in front of the day.
fn month_first(country: &str) -> bool {
    matches!(country.to_ascii_uppercase().as_str(), "US" | "PH" | "CN" | "TW" | "HK" | "JP" | "KR" | "HU")
}

/// A figure beside a weekday that is not its day of the month: a second day.
fn repeated(words: &[String], lexicon: &Lexicon, day: jiff::civil::Date) -> Option<jiff::civil::Date> {
    let figures: Vec<i64> = words.iter().filter_map(|word| ordinal(word)).collect();
    let same = figures.as_slice() == [i64::from(day.day())];
    let beside = words.iter().all(|word| ordinal(word).is_some() || is_beside(word, lexicon));
    (!same || !beside).then(|| day.saturating_add(jiff::Span::new().days(1)))
}

fn is_beside(word: &str, lexicon: &Lexicon) -> bool {
    let word = std::slice::from_ref(&word).iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    lexicon.small.is(&word) || lexicon.option.is(&word) || lexicon.day_mark.is(&word)
}

/// The days that words name, and the words that are left.
fn relative(words: &[String], lexicon: &Lexicon, today: jiff::civil::Date) -> (Vec<jiff::civil::Date>, Vec<String>) {
    let (mut found, mut left) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at..];
        let weekday = Lexicon::longest_at(&lexicon.weekdays, rest);
        if let Some((days, len)) = Lexicon::longest_at(&lexicon.days, rest) {
            found.push(today.saturating_add(jiff::Span::new().days(i64::from(*days))));
            at += len;
        } else if let Some((weekday, len)) = weekday.filter(|(_, len)| *len > 1 || !lexicon.months.contains_key(&rest[0])) {
            let ahead = (i64::from(*weekday) - i64::from(today.weekday().to_monday_one_offset()) + 6).rem_euclid(7) + 1;
            found.push(today.saturating_add(jiff::Span::new().days(ahead)));
            at += len;
        } else {
            left.push(rest[0].clone());
            at += 1;
        }
    }
    found.dedup();
    (found, left)
}

fn written(words: &[String], lexicon: &Lexicon, today: jiff::civil::Date, month_first: bool) -> Option<jiff::civil::Date> {
    let mut numbers: Vec<i64> = Vec::new();
    let mut month = words.iter().find_map(|word| lexicon.months.get(word).copied()).map(i64::from);
    let mut marked = false;
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at..];
        let number = ordinal(&rest[0]).map(|number| (number, 1)).or_else(|| super::menu::number_at(rest, lexicon));
        let Some((number, len)) = number.filter(|_| !lexicon.months.contains_key(&rest[0])) else {
            at += 1;
            continue;
        };
        let behind = &rest[len..];
        if month.is_none() && lexicon.month_mark.len_at(behind).is_some() {
            month = Some(number);
        } else {
            marked |= lexicon.day_mark.len_at(behind).is_some() || !rest[0].bytes().all(|b| b.is_ascii_digit());
            numbers.push(number);
        }
        at += len;
    }
    let beside = words.iter().any(|word| lexicon.small.is(std::slice::from_ref(word)));
    let only = |day: i64| (marked || beside) && words.iter().all(|word| ordinal(word) == Some(day) || is_beside(word, lexicon));
    let (day, month, year) = match (month, numbers.as_slice()) {
        (Some(month), [day]) => (*day, month, None),
        (Some(month), [year, day]) if *year > 31 => (*day, month, Some(*year)),
        (Some(month), [day, year]) if *year > 31 => (*day, month, Some(*year)),
        (None, [a, b]) if month_first => (*b, *a, None),
        (None, [a, b]) => (*a, *b, None),
        (None, [year, month, day]) if *year > 31 => (*day, *month, Some(*year)),
        (None, [a, b, year]) if month_first => (*b, *a, Some(*year)),
        (None, [a, b, year]) => (*a, *b, Some(*year)),
        (None, [day]) if only(*day) => return next_day(*day, today),
        _ => return None,
    };
    // "24/11" where the month comes first and there is no such month.
    let (day, month) = if month > MONTHS && day <= MONTHS { (month, day) } else { (day, month) };
    calendar_day(day, month, year, today)
}

const MONTHS: i64 = 12;

/// "el 27": the next such day of a month.
fn next_day(day: i64, today: jiff::civil::Date) -> Option<jiff::civil::Date> {
    let day = i8::try_from(day).ok()?;
    let mut first = today.first_of_month();
    for _ in 0..MONTHS_AHEAD {
        if let Ok(date) = jiff::civil::Date::new(first.year(), first.month(), day)
            && date >= today
        {
            return Some(date);
        }
        first = first.last_of_month().tomorrow().ok()?;
    }
    None
}

/// A 31st comes within so many months.
const MONTHS_AHEAD: usize = 3;

fn calendar_day(day: i64, month: i64, year: Option<i64>, today: jiff::civil::Date) -> Option<jiff::civil::Date> {
    let (day, month) = (i8::try_from(day).ok()?, i8::try_from(month).ok()?);
    let of = |year: i16| jiff::civil::Date::new(year, month, day).ok();
    match year {
        Some(year) => of(i16::try_from(if year < 100 { year + 2000 } else { year }).ok()?),
        None => of(today.year()).filter(|date| *date >= today).or_else(|| of(today.year() + 1)),
    }
}

/// "26", "26th", "1er", "1º".
fn ordinal(word: &str) -> Option<i64> {
    let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
    let tail = &word[digits.len()..];
    (matches!(tail, "" | "st" | "nd" | "rd" | "th" | "er" | "o" | "a" | "ro" | "e" | "de" | "ste" | "го" | "е" | "ого" | "й" | "му")
        && !digits.is_empty()
        && digits.len() <= 4)
        .then(|| digits.parse().ok())
        .flatten()
}
