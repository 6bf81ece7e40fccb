//! Days and times of day as people write them; the box's country decides whether 12/01 is in January.

use super::{Heard, Match, value};
use crate::conversation::packs::Lexicon;
use crate::conversation::rules::Rules;
use crate::conversation::{hours, normal};
use crate::time::Timestamp;
use crate::value::Value;

/// A day: "26.11.", "26 Nov", "tomorrow", "Friday". A day without its year is the next one.
pub fn date(heard: &Heard, rules: &Rules<'_>, now: Timestamp) -> Match {
    let lexicon = &rules.packs.lexicon;
    let today = now.civil(&hours::zone(None, rules.settings)).date();
    let words = heard.core(lexicon);
    let mut days: Vec<jiff::civil::Date> = Vec::new();
    days.extend(relative(&words, lexicon, today));
    days.extend(written(&words, lexicon, today, month_first(&rules.settings.country)));
    days.dedup();
    let doubt = words.iter().any(|word| word == "?") || lexicon.either.is_in(&words) || lexicon.negators.is_in(&words);
    match days.as_slice() {
        [] if words.iter().any(|word| word.chars().any(|c| c.is_ascii_digit())) => Match::Unclear,
        [] => Match::None,
        [one] if !doubt => value(Value::Date(*one)),
        _ => Match::Unclear,
    }
}

fn month_first(country: &str) -> bool {
    matches!(country.to_ascii_uppercase().as_str(), "US" | "PH")
}

fn relative(words: &[String], lexicon: &Lexicon, today: jiff::civil::Date) -> Vec<jiff::civil::Date> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = lexicon.days.iter().filter(|(form, _)| words[at..].starts_with(form)).max_by_key(|(form, _)| form.len());
        if let Some((form, days)) = longest {
            found.push(today.saturating_add(jiff::Span::new().days(i64::from(*days))));
            at += form.len();
            continue;
        }
        if let Some(weekday) = lexicon.weekdays.get(&words[at])
            && !lexicon.months.contains_key(&words[at])
        {
            let ahead = (i64::from(*weekday) - i64::from(today.weekday().to_monday_one_offset()) + 6).rem_euclid(7) + 1;
            found.push(today.saturating_add(jiff::Span::new().days(ahead)));
        }
        at += 1;
    }
    found
}

fn written(words: &[String], lexicon: &Lexicon, today: jiff::civil::Date, month_first: bool) -> Vec<jiff::civil::Date> {
    let numbers: Vec<i64> = words.iter().filter_map(|word| ordinal(word)).collect();
    let month = words.iter().find_map(|word| lexicon.months.get(word).copied());
    let (day, month, year) = match (month, numbers.as_slice()) {
        (Some(month), [day]) => (*day, i64::from(month), None),
        (Some(month), [day, year]) if *year > 31 => (*day, i64::from(month), Some(*year)),
        (None, [a, b]) if month_first => (*b, *a, None),
        (None, [a, b]) => (*a, *b, None),
        (None, [year, month, day]) if *year > 31 => (*day, *month, Some(*year)),
        (None, [a, b, year]) if month_first => (*b, *a, Some(*year)),
        (None, [a, b, year]) => (*a, *b, Some(*year)),
        _ => return Vec::new(),
    };
    calendar_day(day, month, year, today).into_iter().collect()
}

fn calendar_day(day: i64, month: i64, year: Option<i64>, today: jiff::civil::Date) -> Option<jiff::civil::Date> {
    let (day, month) = (i8::try_from(day).ok()?, i8::try_from(month).ok()?);
    let of = |year: i16| jiff::civil::Date::new(year, month, day).ok();
    match year {
        Some(year) => of(i16::try_from(if year < 100 { year + 2000 } else { year }).ok()?),
        None => of(today.year()).filter(|date| *date >= today).or_else(|| of(today.year() + 1)),
    }
}

/// "26", "26th".
fn ordinal(word: &str) -> Option<i64> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let tail = &word[digits.len()..];
    (matches!(tail, "" | "st" | "nd" | "rd" | "th") && !digits.is_empty() && digits.len() <= 4).then(|| digits.parse().ok()).flatten()
}

/// A time of day: "17:00", "5 pm", "17h30", "noon" is not one.
pub fn time(heard: &Heard, lexicon: &Lexicon) -> Match {
    let folded = normal::fold(&heard.own);
    let words = heard.core(lexicon);
    let doubt = words.iter().any(|word| word == "?") || lexicon.either.is_in(&words) || lexicon.negators.is_in(&words);
    let runs: Vec<&str> = folded.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    let afternoon = folded.contains("pm") || folded.contains("p.m");
    let (hour, minute) = match runs.as_slice() {
        [] => return Match::None,
        [one] if one.len() <= 2 => (one.parse::<i8>().unwrap_or(-1), 0),
        [one] if one.len() == 4 => (one[..2].parse::<i8>().unwrap_or(-1), one[2..].parse::<i8>().unwrap_or(-1)),
        [hour, minute] if hour.len() <= 2 && minute.len() == 2 => (hour.parse::<i8>().unwrap_or(-1), minute.parse::<i8>().unwrap_or(-1)),
        _ => return Match::Unclear,
    };
    let hour = if afternoon && (1..12).contains(&hour) { hour + 12 } else { hour };
    match jiff::civil::Time::new(hour, minute, 0, 0) {
        Ok(time) if !doubt => value(Value::Time(time)),
        Ok(_) | Err(_) => Match::Unclear,
    }
}
