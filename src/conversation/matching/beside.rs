//! A clear answer and what people write around it: a greeting, thanks for the text, a name, an address, how to come in.
//!
//! The answer stands alone in its clause, with words that are known to leave it what it is. Every other clause is one of a few
//! kinds that cannot change it. A negator, a contrast, a question, another time or another answer anywhere ends it.

use unicode_normalization::char::is_combining_mark;

use super::Heard;
use super::Strength;
use super::clauses::{Clause, Stop};
use super::scan::{Found, Ground, scan};
use crate::conversation::packs::Lexicon;

/// The answer, where everything beside it is of a known kind.
pub fn answer(heard: &Heard, ground: &Ground<'_>) -> Option<(usize, Strength)> {
    let shouts = !heard.own.chars().any(char::is_lowercase);
    let is_kana = heard.own.chars().any(|sign| matches!(sign, '\u{3040}'..='\u{30ff}'));
    let clauses = &heard.clauses;
    if heard.calls_elsewhere(ground.lexicon) {
        return None;
    }
    let takes_back = ground.undoes(heard);
    let mut said = Found::default();
    for (at, clause) in clauses.iter().enumerate() {
        let found = scan(clause.stretch(ground.lexicon), ground, &said);
        let place = Place { is_first: at == 0, is_last: at + 1 == clauses.len(), shouts, is_kana };
        if !is_neutral(clause, &found, &place, &said, ground) {
            return None;
        }
        said.meant = found.meant;
        said.halves.extend(&found.halves);
        said.answers.extend(found.answers);
    }
    let (first, strength) = said.answers.first().copied()?;
    let is_no = ground.forms.answers[first].no;
    let same = said.answers.iter().all(|(other, _)| *other == first) && said.halves.iter().all(|half| *half == is_no);
    (same && (is_no || !takes_back)).then_some((first, strength.min(Strength::Common)))
}

#[expect(clippy::struct_excessive_bools, reason = "what is known of one place, each by itself; no state machine")]
struct Place {
    is_first: bool,
    is_last: bool,
    shouts: bool,
    is_kana: bool,
}

fn is_neutral(clause: &Clause, found: &Found, place: &Place, said: &Found, ground: &Ground<'_>) -> bool {
    let lexicon = ground.lexicon;
    if found.negator || found.doubt {
        return false;
    }
    found.unknown.is_empty()
        || is_thanks(clause, found, lexicon)
        || is_greeting(clause, found, lexicon)
        || is_introduction(clause, found, place, lexicon)
        || is_name(clause, found, place, said)
        || is_named_answer(clause, found, place, said, ground)
}

/// What was received is told in so many words.
const THANKS_WORDS_MAX: usize = 7;

/// "Thanks for the reminder", with an answer in front of it at most.
fn is_thanks(clause: &Clause, found: &Found, lexicon: &Lexicon) -> bool {
    let heads = (0..clause.words.len()).find_map(|at| lexicon.thanks.len_at(&clause.words[at..]).map(|len| at + len));
    heads.is_some_and(|end| found.unknown.first().is_some_and(|first| *first >= end) && found.unknown.len() <= THANKS_WORDS_MAX)
}

/// Who is greeted has a name of so many words.
const GREETED_WORDS_MAX: usize = 4;

/// "Dear City Power team".
fn is_greeting(clause: &Clause, found: &Found, lexicon: &Lexicon) -> bool {
    let greets = lexicon.greets.len_at(&clause.words).is_some();
    greets && found.answers.is_empty() && found.unknown.len() <= GREETED_WORDS_MAX && are_names(clause, found, 0)
}

/// A name, with a title.
const NAME_WORDS_MAX: usize = 3;

/// "This is Anna Schmidt", "Anna here".
fn is_introduction(clause: &Clause, found: &Found, place: &Place, lexicon: &Lexicon) -> bool {
    let words = &clause.words;
    let named = !place.shouts && found.unknown.iter().all(|at| clause.capital[*at]) && found.unknown.len() <= NAME_WORDS_MAX;
    let head = (0..words.len()).any(|at| lexicon.introduces.len_at(&words[at..]).is_some_and(|len| found.unknown[0] == at + len));
    let tail = words.last().is_some_and(|last| lexicon.introduces.is_word(last)) && found.unknown[0] == 0;
    named && found.answers.is_empty() && (head || tail)
}

/// "Y - John Miller": a name behind a stop, or alone on the last line.
fn is_name(clause: &Clause, found: &Found, place: &Place, said: &Found) -> bool {
    let words = clause.words.len();
    if place.is_first || said.answers.is_empty() || !found.answers.is_empty() || words > NAME_WORDS_MAX || !are_names(clause, found, 0) {
        return false;
    }
    let capitals = !place.shouts && found.unknown.iter().all(|at| clause.capital[*at]);
    // "はい、お願いします。佐藤": a family name at the end of a Japanese text.
    let is_sign = |sign: char| matches!(sign, '\u{4e00}'..='\u{9fff}');
    let family =
        place.is_last && place.is_kana && words == 1 && clause.words[0].chars().count() <= 4 && clause.words[0].chars().all(is_sign);
    if family {
        return true;
    }
    let signs = place.is_last && clause.stop != Stop::Comma;
    signs || (capitals && (words > 1 || place.is_last))
}

/// "Yes John Miller": names right behind a strong yes, at the end of its clause. A bare no takes no noun behind it.
fn is_named_answer(clause: &Clause, found: &Found, place: &Place, said: &Found, ground: &Ground<'_>) -> bool {
    let [(answer, strength)] = found.answers.as_slice() else { return false };
    let first = found.unknown[0];
    let strong = *strength >= Strength::Common && said.answers.is_empty() && !ground.forms.answers[*answer].no;
    let tail = first + found.unknown.len() == clause.words.len() && first > 0;
    let capitals =
        !place.shouts && found.unknown.iter().all(|at| clause.capital[*at]) && !clause.capital[..first].iter().skip(1).any(|c| *c);
    strong && tail && capitals && found.unknown.len() <= NAME_WORDS_MAX && are_names(clause, found, NAME_LETTERS_MIN)
}

/// Right behind an answer a shorter word is rarely a name.
const NAME_LETTERS_MIN: usize = 3;

fn are_names(clause: &Clause, found: &Found, letters_min: usize) -> bool {
    found.unknown.iter().all(|at| {
        let word = &clause.words[*at];
        word.chars().all(|sign| sign.is_alphabetic() || is_combining_mark(sign))
            && word.chars().any(char::is_alphabetic)
            && word.chars().count() >= letters_min
    })
}
