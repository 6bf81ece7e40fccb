//! "8 am before I leave", "Saturday because I work": a day or an hour, and why. The reason is left out where it says nothing
//! about another day, another hour or a number, asks nothing and takes nothing back.

use super::menu::number_at;
use super::remark::tells_time;
use crate::conversation::packs::Lexicon;

/// The words in front of the reason; all of them where none stands behind a value.
pub fn without_reason<'w>(words: &'w [String], lexicon: &Lexicon) -> &'w [String] {
    let at = (1..words.len()).find(|at| lexicon.reasons.len_at(&words[*at..]).is_some());
    match at {
        Some(at) if is_plain(&words[at..], lexicon) => &words[..at],
        Some(_) | None => words,
    }
}

fn is_plain(reason: &[String], lexicon: &Lexicon) -> bool {
    let first = lexicon.reasons.len_at(reason).unwrap_or(0);
    let behind = &reason[first..];
    let turns = [&lexicon.negators, &lexicon.no, &lexicon.declines, &lexicon.either, &lexicon.but, &lexicon.stop];
    let tells = |rest: &[String]| tells_time(rest, lexicon) || number_at(rest, lexicon).is_some_and(|_| !lexicon.small.is_word(&rest[0]));
    let turned =
        |rest: &[String]| turns.iter().any(|phrases| phrases.len_at(rest).is_some_and(|len| len > 1 || !lexicon.small.is_word(&rest[0])));
    // "After che porto i bimbi": the word behind a reason asks nothing.
    let asks = behind.iter().any(|word| word == "?") || lexicon.asks(behind.get(1..).unwrap_or_default());
    !behind.is_empty() && !asks && (0..behind.len()).all(|at| !tells(&behind[at..]) && !turned(&behind[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::matching::Heard;
    use crate::conversation::packs::Packs;

    #[test]
    fn a_reason_is_left_out_where_it_says_nothing_more() {
        let packs = Packs::load(&Packs::shipped()).expect("packs");
        let cases: &[(&str, usize)] = &[
            ("8 am before i leave", 2),
            ("8 am before 9", 4),
            ("8 am before monday", 4),
            ("8 am when do you come?", 7),
            ("8 am because not later", 5),
            ("8 am before", 3),
            ("after 8 am", 3),
            ("8 am because of work I can't make it", 9),
        ];
        for (text, left) in cases {
            let heard = Heard::read(text, &packs);
            assert_eq!(without_reason(&heard.words, &packs.lexicon).len(), *left, "{text}: {:?}", heard.words);
        }
    }
}
