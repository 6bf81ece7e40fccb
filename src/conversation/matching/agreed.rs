//! A plain yes to a visit and what is said along with it: "Yes, my kids are at nursery".
//!
//! The yes stands alone in its clause, or leads the text as a plain yes of the text's own language. What stands beside it asks
//! nothing, denies nothing, names no other time and no other answer. Where somebody else opens the door, the writer may be away:
//! "Yes, my neighbour will let you in, I'm at work".

use super::clauses::{self, Clause};
use super::scan::{Found, Ground, scan};
use super::{Heard, Strength};
use crate::conversation::packs::Lexicon;
use crate::conversation::packs::shapes::is_unspaced;

/// Longer remarks speak of more than the question.
const STRANGE_WORDS_MAX: usize = 14;

/// The yes, where everything else in the text is a remark.
pub fn answer(heard: &Heard, ground: &Ground<'_>) -> Option<(usize, Strength)> {
    let yes = ground.forms.only(|answer| answer.yes)?;
    let lexicon = ground.lexicon;
    if heard.clauses.is_empty() || heard.calls_elsewhere(lexicon) || heard.speaks_elsewhere(lexicon) {
        return None;
    }
    // What shall end, what is so and what costs are not agreed to with a remark.
    if !ground.forms.is_visit() {
        return None;
    }
    let somebody_opens = opens(heard, lexicon);
    let parted = if somebody_opens { away(&heard.clauses, lexicon) } else { Vec::new() };
    let (mut said, mut strange) = (false, 0);
    for (at, clause) in if somebody_opens { &parted } else { &heard.clauses }.iter().enumerate() {
        let stretch = clause.stretch(lexicon);
        let found = scan(stretch, ground, &Found::default());
        let is_away = |answer: usize| somebody_opens && ground.forms.answers[answer].no;
        let other = found.answers.iter().any(|(answer, _)| *answer != yes && !is_away(*answer));
        let other = other || found.halves.iter().any(|half| *half);
        let strange_run = |at: &usize| is_turned(&stretch.words[*at], lexicon);
        if found.unknown.iter().any(strange_run) || found.turned || found.doubt || found.negator || other {
            return None;
        }
        // "It's ok, my husband mended it": a light yes is none beside a remark.
        let strength = if somebody_opens { Strength::Light } else { Strength::Common };
        said |= is_clear(stretch.words, &found, at == 0, strength, ground);
        strange += found.unknown.len();
    }
    (said && strange <= STRANGE_WORDS_MAX).then_some((yes, Strength::Light))
}

/// Whether somebody is there to open, whoever is away.
pub fn opens(heard: &Heard, lexicon: &Lexicon) -> bool {
    heard.clauses.iter().any(|clause| lexicon.stand_within(&lexicon.lets_in, &clause.words))
}

/// "... lets you in because I am at work": the reason as a clause of its own.
fn away(clauses: &[Clause], lexicon: &Lexicon) -> Vec<Clause> {
    let mut parted = Vec::new();
    for clause in clauses {
        let words = &clause.words;
        let reason = (1..words.len()).find_map(|at| Some((at, lexicon.reasons.len_at(&words[at..])?)));
        let (front, behind) = reason.map_or((&words[..], &[][..]), |(at, len)| (&words[..at], &words[at + len..]));
        parted.extend([front, behind].into_iter().filter(|words| !words.is_empty()).flat_map(clauses::one));
    }
    parted
}

/// A run of signs that nobody knows as a whole, with something in it that may turn it.
fn is_turned(word: &String, lexicon: &Lexicon) -> bool {
    let day = &lexicon.day_words;
    let turns =
        [&lexicon.question, &lexicon.question_end, &lexicon.contrast, &lexicon.but, &lexicon.either, &lexicon.negators, &lexicon.no];
    let times = [&day.am, &day.pm, &day.night, &day.noon, &lexicon.during];
    is_unspaced(word) && turns.into_iter().chain(times).any(|phrases| lexicon.stand_within(phrases, std::slice::from_ref(word)))
}

fn is_clear(words: &[String], found: &Found, is_first: bool, enough: Strength, ground: &Ground<'_>) -> bool {
    let Some((first, strength)) = found.answers.first() else { return false };
    if !ground.forms.answers[*first].yes {
        return false;
    }
    if found.unknown.is_empty() {
        return *strength >= enough;
    }
    is_first && found.at_start && leads(words, ground)
}

/// "Yes I wait for your crew": a plain yes in the language of the text. A single letter begins other words, and "si puedo" may
/// be the "if" of a language without its accent.
fn leads(words: &[String], ground: &Ground<'_>) -> bool {
    let lexicon = ground.lexicon;
    let rest = lexicon.courtesy.behind(words);
    let Some(len) = lexicon.yes.len_at(rest) else { return false };
    ground.forms.is_one_language() && rest[0].chars().count() > 1 && !lexicon.yes_or_if.is(&rest[..len])
}
