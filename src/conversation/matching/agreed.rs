//! A plain yes to a visit and what is said along with it: "Yes, my kids are at nursery".
//!
//! The yes stands alone in its clause, or leads the text as a plain yes of the text's own language. What stands beside it asks
//! nothing, denies nothing, names no other time and no other answer.

use super::scan::{Found, Ground, scan};
use super::{Heard, Strength};
use crate::conversation::packs::Lexicon;
use crate::conversation::packs::shapes::is_unspaced;

/// Longer remarks speak of more than the question.
const STRANGE_WORDS_MAX: usize = 14;

/// The yes, where everything else in the text is a remark.
pub fn answer(heard: &Heard, ground: &Ground<'_>) -> Option<(usize, Strength)> {
    let yes = the_yes(ground)?;
    let lexicon = ground.lexicon;
    if heard.clauses.is_empty() || heard.calls_elsewhere(lexicon) || heard.speaks_elsewhere(lexicon) {
        return None;
    }
    // What shall end, what is so and what costs are not agreed to with a remark.
    if !ground.forms.asks_to_come() {
        return None;
    }
    let (mut said, mut strange) = (false, 0);
    for (at, clause) in heard.clauses.iter().enumerate() {
        let stretch = clause.stretch(lexicon);
        let found = scan(stretch, ground, &Found::default());
        let other = found.answers.iter().any(|(answer, _)| *answer != yes) || found.halves.iter().any(|half| *half);
        let strange_run = |at: &usize| is_turned(&stretch.words[*at], lexicon);
        if found.unknown.iter().any(strange_run) || found.turned || found.doubt || found.negator || other {
            return None;
        }
        said |= is_clear(stretch.words, &found, at == 0, ground);
        strange += found.unknown.len();
    }
    (said && strange <= STRANGE_WORDS_MAX).then_some((yes, Strength::Light))
}

/// A run of signs that nobody knows as a whole, with something in it that may turn it.
fn is_turned(word: &String, lexicon: &Lexicon) -> bool {
    let day = &lexicon.day_words;
    let turns =
        [&lexicon.question, &lexicon.question_end, &lexicon.contrast, &lexicon.but, &lexicon.either, &lexicon.negators, &lexicon.no];
    let times = [&day.am, &day.pm, &day.night, &day.noon, &lexicon.during];
    is_unspaced(word) && turns.into_iter().chain(times).any(|phrases| lexicon.stand_within(phrases, std::slice::from_ref(word)))
}

/// The one answer that is a yes.
fn the_yes(ground: &Ground<'_>) -> Option<usize> {
    let mut all = ground.forms.answers.iter().enumerate().filter(|(_, answer)| answer.yes);
    all.next().filter(|_| all.next().is_none()).map(|(at, _)| at)
}

fn is_clear(words: &[String], found: &Found, is_first: bool, ground: &Ground<'_>) -> bool {
    let Some((_, strength)) = found.answers.first() else { return false };
    // "It's ok, my husband mended it": a light yes is none beside a remark.
    if found.unknown.is_empty() {
        return *strength >= Strength::Common;
    }
    is_first && found.at_start && leads(words, ground)
}

/// "Yes I wait for your crew": a plain yes in the language of the text. A single letter begins other words, and "si puedo" may
/// be the "if" of a language without its accent.
fn leads(words: &[String], ground: &Ground<'_>) -> bool {
    let lexicon = ground.lexicon;
    let mut at = 0;
    while let Some(len) = words.get(at..).and_then(|rest| lexicon.courtesy.len_at(rest)) {
        at += len;
    }
    let rest = words.get(at..).unwrap_or_default();
    let Some(len) = lexicon.yes.len_at(rest) else { return false };
    ground.forms.is_one_language() && rest[0].chars().count() > 1 && !lexicon.yes_or_if.is(&rest[..len])
}
