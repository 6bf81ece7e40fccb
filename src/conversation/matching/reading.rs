//! Meter readings: "04417", "M1: 05 502", "four thousand six hundred and twelve", "4 3 2 9", "05588,4".

use super::figures::{between, doubted, runs, within};
use super::scene::Scene;
use super::{Heard, Match, clauses, figure, limits, numerals};
use crate::conversation::flow::Ask;
use crate::conversation::normal;
use crate::conversation::packs::Lexicon;
use crate::conversation::session::Session;
use crate::value::Value;

/// A meter reading: exactly one digit run of the right length, or one number in words.
pub fn reading(heard: &Heard, ask: &Ask, scene: &Scene<'_>, lexicon: &Lexicon) -> Match {
    let session = scene.session();
    let digits = figure(ask.checks.digits.as_ref(), session).and_then(|digits| usize::try_from(digits).ok());
    let unnamed = without_names(heard, scene);
    let heard = unnamed.as_ref().unwrap_or(heard);
    // "PLZ 10115": a figure of another kind.
    if lexicon.other_figures.is_in(&heard.words) {
        return Match::Unclear;
    }
    let Some(runs) = runs(heard).filter(|_| !has_letter_digits(heard)) else { return Match::Unclear };
    let said = |digits: usize| spelled(heard, digits, lexicon).or_else(|| counted(heard, lexicon));
    let spelled = digits.filter(|_| runs.is_empty()).and_then(said);
    let runs = match &spelled {
        Some(run) => vec![run.as_str()],
        None => alone(without_red(runs, digits, heard, lexicon), digits, heard),
    };
    if runs.is_empty() {
        return Match::None;
    }
    if doubted(heard, lexicon) || lexicon.about.is_in(&heard.words) || lexicon.past.is_in(&heard.words) {
        return Match::Unclear;
    }
    let fits = |number: i64| is_padded_within(number, ask, session);
    let Some(run) = one_run(&runs, digits, heard, fits) else { return Match::Unclear };
    let Ok(number) = run.parse::<i64>() else { return Match::Unclear };
    match digits {
        Some(digits) if run.len() < digits && !fits(number) => Match::Unclear,
        Some(digits) if run.len() > digits => Match::Unclear,
        Some(digits) => within(number, Value::Text(format!("{run:0>digits$}")), ask, session),
        None if run.len() > READING_DIGITS_MAX => Match::Unclear,
        None => within(number, Value::Text(run), ask, session),
    }
}

/// The same without "M1", the name of the meter, as the question says it.
fn without_names(heard: &Heard, scene: &Scene<'_>) -> Option<Heard> {
    let is_name = |word: &str| {
        let mixed = word.bytes().any(|b| b.is_ascii_digit()) && word.chars().any(char::is_alphabetic);
        mixed && scene.holds(word)
    };
    let named: Vec<&String> = heard.words.iter().filter(|word| is_name(word)).collect();
    let [name] = named.as_slice() else { return None };
    let own = normal::fold(&heard.own).replacen(name.as_str(), " ", 1);
    let words = heard.words.iter().filter(|word| word != name).cloned().collect();
    Some(Heard { own: own.trim_start_matches([' ', ':', '-']).to_owned(), words, ..Heard::default() })
}

/// "Four thousand six hundred and twelve": the only number of the text, of thousands.
fn counted(heard: &Heard, lexicon: &Lexicon) -> Option<String> {
    let words = numerals::in_figures(&heard.words, lexicon);
    let mut figures = words.iter().enumerate().filter(|(_, word)| word.bytes().all(|b| b.is_ascii_digit()));
    let ((at, run), None) = (figures.next()?, figures.next()) else { return None };
    // What stands right behind may be the rest of the number.
    let ends = lexicon.courtesy.without(&words[at + 1..]).is_empty();
    (run.len() >= COUNTED_DIGITS_MIN && ends).then(|| run.clone())
}

/// Fewer digits are something else that was counted.
const COUNTED_DIGITS_MIN: usize = 4;

/// "Zero six zero four four": as many digits in words as the meter has, and no other number.
pub fn spelled(heard: &Heard, digits: usize, lexicon: &Lexicon) -> Option<String> {
    let digit = |word: &String| lexicon.numbers.get(word).filter(|number| (0..10).contains(*number)).map(i64::to_string);
    // "Four four" are two digits.
    let words: Vec<String> = normal::words(&heard.own).into_iter().flat_map(|word| lexicon.pieces_of(word)).collect();
    let from = words.iter().position(|word| digit(word).is_some() && !lexicon.small.is_word(word))?;
    // "One zero four four one seven": the article in front is a digit, too.
    let front = words[..from].iter().rev().map_while(digit).count();
    let from = from - front;
    let said: Vec<String> = words[from..].iter().map_while(digit).collect();
    let other = words[from + said.len()..].iter().any(|word| lexicon.numbers.contains_key(word));
    (said.len() == digits && !other).then(|| said.concat())
}

/// "05230 and a 7 in red", "05588,4": the digits behind the comma are not asked for.
fn without_red<'r>(runs: Vec<&'r str>, digits: Option<usize>, heard: &Heard, lexicon: &Lexicon) -> Vec<&'r str> {
    let mut whole = runs.iter().filter(|run| Some(run.len()) == digits);
    let (Some(first), None) = (whole.next().copied(), whole.next()) else { return runs };
    let others_are_short = runs.iter().all(|run| *run == first || run.len() <= RED_DIGITS_MAX);
    let follows = runs.iter().position(|run| *run == first) == Some(0) && runs.len() == 2;
    let behind_comma = || [',', '.'].iter().any(|sign| normal::fold(&heard.own).contains(&format!("{first}{sign}{}", runs[1])));
    let is_red = || lexicon.stand_within(&lexicon.red, &heard.words);
    if others_are_short && follows && (behind_comma() || is_red()) { vec![first] } else { runs }
}

/// "18 Elm Street, reading is 04877": the only figure of a clause, as long as the meter's, and short ones in other clauses.
fn alone<'r>(runs: Vec<&'r str>, digits: Option<usize>, heard: &Heard) -> Vec<&'r str> {
    let mut whole = runs.iter().filter(|run| Some(run.len()) == digits);
    let (Some(reading), None) = (whole.next().copied(), whole.next()) else { return runs };
    let others_are_short = runs.iter().all(|run| *run == reading || run.len() <= RED_DIGITS_MAX);
    let parts = clauses::parts(&normal::fold(&heard.own));
    let has_figure = |part: &String| part.replace(reading, " ").bytes().any(|b| b.is_ascii_digit());
    let is_apart = parts.iter().any(|part| part.contains(reading) && !has_figure(part));
    if runs.len() > 1 && others_are_short && is_apart { vec![reading] } else { runs }
}

/// A meter has no more of them.
const RED_DIGITS_MAX: usize = 3;

/// No meter has more dials.
const READING_DIGITS_MAX: usize = 10;

/// One run, or the groups of one number ("04 417") where nothing else stands between and together they have the length.
fn one_run(runs: &[&str], digits: Option<usize>, heard: &Heard, fits: impl Fn(i64) -> bool) -> Option<String> {
    let groups = match runs {
        [one] => return Some((*one).to_owned()),
        groups => groups,
    };
    let joined = groups.concat();
    let adjacent = heard.words.windows(groups.len()).any(|window| window.iter().map(String::as_str).eq(groups.iter().copied()));
    let gaps = between(&normal::fold(&heard.own), groups);
    let stops = [',', '.', '/', '\n'];
    let number = joined.parse().ok().filter(|_| adjacent);
    // "4 3 2 9", "0 6 1 5 0": digit by digit.
    let one_by_one = groups.len() >= COUNTED_DIGITS_MIN && groups.iter().all(|group| group.len() == 1);
    if one_by_one && number.is_some_and(&fits) {
        let apart = gaps.is_none_or(|gaps| gaps.contains(stops));
        return (!apart && digits.is_none_or(|digits| joined.len() <= digits)).then_some(joined);
    }
    // "4,264": by thousands.
    if let ([thousands, rest], Some(gap)) = (groups, &gaps)
        && (1..=3).contains(&thousands.len())
        && rest.len() == 3
        && matches!(gap.as_str(), "," | ".")
        && number.is_some_and(&fits)
        && !thousands.parse().is_ok_and(&fits)
    {
        return Some(joined);
    }
    // "Hi, meter 2 4417, thanks": a single digit in front may be another number.
    let separated = if groups[0].len() > 1 { gaps.is_none_or(|gaps| gaps.contains(stops)) } else { heard.own.contains(stops) };
    (adjacent && !separated && Some(joined.len()) == digits && groups.iter().all(|group| Some(group.len()) != digits)).then_some(joined)
}

/// Leading zeros may be missing where the value lies within the limits.
fn is_padded_within(number: i64, ask: &Ask, session: &Session) -> bool {
    match limits(ask, session) {
        (Some(least), Some(most)) => (least..=most).contains(&number),
        _ => false,
    }
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
