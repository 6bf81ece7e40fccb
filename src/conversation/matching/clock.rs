//! Times of day as people say them: "17:00", "5 pm", "half past ten", "halb elf", "下午五点".

use super::menu::number_at;
use super::reasons::without_reason;
use super::scan::JOINTS;
use super::{Heard, Match, value};
use crate::conversation::normal;
use crate::conversation::packs::clock::Clock;
use crate::conversation::packs::{Lexicon, Phrases};
use crate::value::Value;

/// What a text says about the time.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "marks of one scan, each set by itself; no state machine")]
struct Said {
    numbers: Vec<i64>,
    /// Minutes that a half or a quarter adds.
    shift: Option<i64>,
    half: Option<Half>,
    /// Something says that the number is an hour.
    is_clock: bool,
    doubt: bool,
    unknown: bool,
    /// Two halves, two parts of the day.
    twice: bool,
    /// Noon was said by its name.
    is_noon: bool,
    /// The number is one that is an article as well: "un".
    is_article: bool,
    /// "05:30": nobody writes that of an afternoon.
    is_padded: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
    Night,
    Day,
}

/// A time of day.
pub fn time(heard: &Heard, lexicon: &Lexicon) -> Match {
    let words: Vec<String> =
        lexicon.if_possible.without(&lexicon.courtesy.without(&heard.words)).iter().flat_map(|word| split(word)).collect();
    let said = reasoned(&words, lexicon).unwrap_or_else(|| scan(&words, lexicon));
    if said.numbers.is_empty() {
        return Match::None;
    }
    let ranges = is_range(&heard.own) || counts_minutes(&words, lexicon);
    let time = of(&said).filter(|_| !ranges && !said.doubt && !said.twice && (!said.unknown || (said.is_clock && !said.is_article)));
    time.map_or(Match::Unclear, |time| value(Value::Time(time)))
}

/// Whether the words name an hour that no part of the day would change.
pub fn is_sure(heard: &Heard, lexicon: &Lexicon) -> bool {
    let words: Vec<String> = lexicon.courtesy.without(&heard.words).iter().flat_map(|word| split(word)).collect();
    is_said(&scan(&words, lexicon))
}

fn is_said(said: &Said) -> bool {
    said.half.is_some() || said.numbers.first().is_some_and(|hour| (NOON + 1..24).contains(hour))
}

/// "8 am before I leave": the hour, where it needs no reason to be understood. "9, when the kids sleep" is at night.
fn reasoned(words: &[String], lexicon: &Lexicon) -> Option<Said> {
    let head = without_reason(words, lexicon);
    let said = scan(head, lexicon);
    (head.len() < words.len() && is_said(&said)).then_some(said)
}

fn of(said: &Said) -> Option<jiff::civil::Time> {
    let (hour, minute) = match said.numbers.as_slice() {
        [one] if *one >= 100 => (one / 100, one % 100),
        // "At 4", "half past two": nobody gets up for that, and few mean the afternoon by it.
        [hour] if (1..EARLY_HOURS).contains(hour) && said.half.is_none() => return None,
        [0] if !said.is_clock => return None,
        [hour] => (*hour, 0),
        // "2:30" is the afternoon for most.
        [hour, _] if (1..NIGHT_ENDS).contains(hour) && said.half.is_none() && !said.is_padded => return None,
        [hour, minute] => (*hour, *minute),
        _ => return None,
    };
    let hour = match said.half {
        Some(Half::Day) if (1..EARLY_HOURS).contains(&hour) => hour + 12,
        Some(Half::Pm) if (1..12).contains(&hour) => hour + 12,
        // "Tonight at 5".
        Some(Half::Night) if (NIGHT_ENDS..=6).contains(&hour) => return None,
        Some(Half::Night) if (6..12).contains(&hour) => hour + 12,
        Some(Half::Am | Half::Night) if hour == 12 => 0,
        Some(_) | None => hour,
    };
    if !(0..24).contains(&hour) || !(0..60).contains(&minute) {
        return None;
    }
    let minutes = hour * 60 + minute + said.shift.unwrap_or(0);
    let minutes = minutes.rem_euclid(24 * 60);
    jiff::civil::Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()
}

/// A bare "5" may be five in the afternoon.
const EARLY_HOURS: i64 = 7;

/// From then on people get up.
const NIGHT_ENDS: i64 = 5;

/// "8-10", "15–17 Uhr": from one hour to another; "14-00" and "9-30" are hours and minutes.
fn is_range(own: &str) -> bool {
    let dashed: String = own.chars().filter(|sign| !sign.is_whitespace()).collect();
    let mut runs = dashed.split(['-', '–', '—', '~', '〜', '～']).peekable();
    while let (Some(run), Some(next)) = (runs.next(), runs.peek()) {
        let to: String = next.chars().take_while(char::is_ascii_digit).collect();
        let is_hour = to.parse::<i64>().is_ok_and(|hour| (1..=LAST_HOUR).contains(&hour));
        if run.ends_with(|sign: char| sign.is_ascii_digit()) && is_hour {
            return true;
        }
    }
    false
}

const LAST_HOUR: i64 = 24;

/// "In 20 minutes": a number in front of a duration is no hour.
fn counts_minutes(words: &[String], lexicon: &Lexicon) -> bool {
    let is_counted = |at: usize| {
        let (_, len) = number_at(&words[at..], lexicon)?;
        let behind = &words[at + len..];
        lexicon.durations.len_at(behind).filter(|_| lexicon.day_words.hour.len_at(behind).is_none())
    };
    let hours = (0..words.len()).filter(|at| number_at(&words[*at..], lexicon).is_some()).count();
    hours == 1 && (0..words.len()).any(|at| is_counted(at).is_some())
}

const NOON: i64 = 12;

/// In minutes.
const HOUR: i64 = 60;

/// "17h30" as 17, h, 30.
fn split(word: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut last = None;
    for sign in word.chars() {
        let digit = sign.is_ascii_digit();
        match parts.last_mut() {
            Some(part) if last == Some(digit) => part.push(sign),
            Some(_) | None => parts.push(sign.to_string()),
        }
        last = Some(digit);
    }
    parts
}

fn scan(words: &[String], lexicon: &Lexicon) -> Said {
    let mut said = Said::default();
    let (mut at, mut parted) = (0, false);
    while at < words.len() {
        let rest = &words[at..];
        let numbers = said.numbers.len();
        let joins =
            JOINTS.contains(&rest[0].as_str()) || (lexicon.day_words.hour.len_at(rest).is_some() && !lexicon.small.is_word(&rest[0]));
        at += step(rest, &mut said, lexicon);
        if said.numbers.len() > numbers {
            // "De 9 a 13": another hour, no minutes.
            said.doubt |= parted;
        } else {
            parted |= numbers > 0 && !joins;
        }
    }
    said
}

/// Takes one thing from the front and says how many words it had.
fn step(rest: &[String], said: &mut Said, lexicon: &Lexicon) -> usize {
    if let Some((len, minutes, hour)) = lexicon.clocks.iter().filter_map(|clock| shifted(rest, clock, lexicon)).max_by_key(|(len, ..)| *len)
    {
        said.twice |= said.shift.is_some();
        said.shift = Some(minutes);
        said.is_clock = true;
        said.numbers.extend(hour);
        return len;
    }
    let day = &lexicon.day_words;
    let half = |phrases: &Phrases, half| phrases.len_at(rest).map(|len| (len, half));
    let halves = [half(&day.am, Half::Am), half(&day.pm, Half::Pm), half(&day.night, Half::Night), half(&day.by_day, Half::Day)];
    if let Some((len, half)) = halves.into_iter().flatten().max_by_key(|(len, _)| *len) {
        said.twice |= said.half.is_some_and(|other| other != half);
        said.half = Some(half);
        said.is_clock = true;
        return len;
    }
    if let Some(len) = day.noon.len_at(rest) {
        // "12 noon" says it once.
        if said.numbers.is_empty() {
            said.numbers.push(NOON);
            said.is_noon = true;
        }
        said.is_clock = true;
        return len;
    }
    if let Some(len) = day.hour.len_at(rest) {
        said.is_clock = true;
        return len;
    }
    if let Some((number, len)) = number_at(rest, lexicon) {
        // "Zu Mittag um 12".
        if number == NOON && said.is_noon && said.numbers == [NOON] {
            return len;
        }
        said.is_article |= lexicon.small.is_word(&rest[0]);
        said.is_padded |= said.numbers.is_empty() && rest[0].len() == 2 && rest[0].starts_with('0');
        said.is_clock |= said.numbers.len() == 1 && rest[0].len() == 2 || number >= 100 && rest[0].len() == 4;
        said.numbers.push(number);
        return len;
    }
    let turns = [&lexicon.either, &lexicon.contrast, &lexicon.negators];
    if rest[0] == "?" || lexicon.asks_at(rest).is_some() || turns.iter().any(|phrases| phrases.len_at(rest).is_some()) {
        said.doubt = true;
        return 1;
    }
    let beside = [&day.minute, &lexicon.small, &lexicon.harmless, &lexicon.option];
    match beside.into_iter().filter_map(|phrases| phrases.len_at(rest)).max() {
        Some(len) => len,
        None => {
            said.unknown |= !rest[0].chars().all(normal::is_emoji);
            1
        }
    }
}

/// A half or a quarter with its hour, or behind one: words, minutes, the hour where it stands with them.
fn shifted(rest: &[String], clock: &Clock, lexicon: &Lexicon) -> Option<(usize, i64, Option<i64>)> {
    if let Some((words, minutes)) = clock.whole.iter().find(|(words, _)| rest.starts_with(words)) {
        return Some((words.len(), minutes % HOUR, Some(minutes / HOUR)));
    }
    let own = |words: &[String]| {
        let form = clock.hours.iter().filter(|(form, _)| words.starts_with(form)).max_by_key(|(form, _)| form.len());
        form.map(|(form, hour)| (*hour, form.len())).or_else(|| {
            let (number, len) = number_at(words, lexicon)?;
            words.first().filter(|word| clock.numbers.contains(*word)).map(|_| (number, len))
        })
    };
    let front = clock.before.iter().filter(|(words, ..)| rest.starts_with(words)).filter_map(|(words, minutes, only_words)| {
        let behind = &rest[words.len()..];
        let hour = own(behind).or_else(|| if *only_words { None } else { number_at(behind, lexicon) });
        hour.filter(|(hour, _)| (1..=24).contains(hour)).map(|(hour, len)| (words.len() + len, *minutes, Some(hour)))
    });
    if let Some(found) = front.max_by_key(|(len, ..)| *len) {
        return Some(found);
    }
    let back = clock.after.iter().filter(|(words, _)| rest.starts_with(words)).max_by_key(|(words, _)| words.len());
    if let Some((words, minutes)) = back {
        return Some((words.len(), *minutes, None));
    }
    // "sekizi çeyrek geçe": the hour has a form of its own here.
    let (form, hour) = clock.hours.iter().filter(|(form, _)| rest.starts_with(form)).max_by_key(|(form, _)| form.len())?;
    let behind = &rest[form.len()..];
    let (words, minutes) = clock.after.iter().filter(|(words, _)| behind.starts_with(words)).max_by_key(|(words, _)| words.len())?;
    Some((form.len() + words.len(), *minutes, Some(*hour)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::packs::Packs;

    #[test]
    fn an_hour_is_told_in_many_ways() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        let cases: &[(&str, Option<&str>)] = &[
            ("zu Mittag um 12", Some("12:00")),
            ("12 noon", Some("12:00")),
            ("je voudrais parler à un préposé", None),
            ("à une heure de l'après-midi", Some("13:00")),
            ("в полтретьего дня", Some("14:30")),
            ("दिन के साढ़े तीन बजे", Some("15:30")),
            ("दिन के ग्यारह बजे", Some("11:00")),
            ("dans l'avant-midi", None),
        ];
        for (text, told) in cases {
            let heard = Heard::read(text, &packs);
            let found = match time(&heard, &packs.lexicon) {
                Match::Answer { taken, .. } => Some(format!("{taken:?}")),
                Match::Mixed(_) | Match::Unclear | Match::None => None,
            };
            let fits = match (&found, told) {
                (Some(found), Some(told)) => found.contains(told),
                (found, told) => found.is_none() && told.is_none(),
            };
            assert!(fits, "{text}: {found:?}");
        }
    }
}
