//! A plain yes to a visit and what is said along with it: "Yes, my kids are at nursery".
//!
//! The yes stands alone in its clause, or leads the text as a plain yes of the text's own language. What stands beside it asks
//! nothing, denies nothing, names no other time and no other answer. Where somebody else opens the door, the writer may be away:
//! "Yes, my neighbour will let you in, I'm at work".

use std::borrow::Cow;

use super::clauses::{self, Clause};
use super::remark::tells_time;
use super::scan::{Found, Ground, scan};
use super::{Heard, Strength};
use crate::conversation::packs::shapes::is_unspaced;
use crate::conversation::packs::{Lexicon, Phrases};

/// Longer remarks speak of more than the question.
const STRANGE_WORDS_MAX: usize = 14;

/// The yes, where everything else in the text is a remark.
pub fn answer(heard: &Heard, ground: &Ground<'_>) -> Option<(usize, Strength)> {
    let yes = ground.forms.only(|answer| answer.yes)?;
    let lexicon = ground.lexicon;
    if heard.clauses.is_empty() || heard.calls_elsewhere(lexicon) || heard.speaks_elsewhere(lexicon) || ground.undoes(heard) {
        return None;
    }
    let somebody_opens = stands(heard, &lexicon.lets_in);
    let clauses = if somebody_opens { parted(&heard.clauses, lexicon) } else { Cow::Borrowed(&heard.clauses[..]) };
    let (mut said, mut light, mut awaits, mut strange) = (false, false, false, 0);
    for (at, clause) in clauses.iter().enumerate() {
        let stretch = clause.stretch(lexicon);
        let found = scan(stretch, ground, &Found::default());
        let refuses = [&lexicon.negators, &lexicon.no, &lexicon.no_light, &lexicon.mended, &lexicon.lets_in];
        let denies = || refuses.iter().any(|phrases| phrases.is_in(stretch.words));
        // "I'm at work" is no refusal where somebody else opens; "I can't" is.
        let is_away = |answer: usize| somebody_opens && at > 0 && ground.forms.answers[answer].no && !denies();
        let other = found.answers.iter().any(|(answer, _)| *answer != yes && !is_away(*answer));
        let other = other || found.halves.iter().any(|half| *half);
        // "Yes, wrong address".
        // "Yes, they came yesterday".
        let other = other || lexicon.past.is_in(stretch.words);
        let other = other || lexicon.other_figures.is_in(stretch.words) || lexicon.wrong_number.stand_in(stretch.words);
        let strange_run = |at: &usize| is_turned(&stretch.words[*at], lexicon);
        // "Yes and I said I don't want it": words that are harmless alone deny where more follows them.
        let denied = at == 0 && !found.unknown.is_empty() && lexicon.negators.is_in(stretch.words);
        let other = other || denied;
        let turned = (found.turned || found.doubt || found.negator) && (at == 0 || !tells_the_way(stretch.words, ground));
        if found.unknown.iter().any(strange_run) || turned || other {
            return None;
        }
        said |= is_clear(stretch.words, &found, at == 0, ground);
        let is_alone = found.unknown.is_empty() && !found.answers.is_empty();
        (light, awaits) = (light || at == 0 && is_alone, awaits || at > 0 && lexicon.awaits.is_in(stretch.words));
        strange += found.unknown.len();
    }
    // "Va benissimo, vi aspetto con il caffè": a light yes is one beside "I will be waiting".
    ((said || light && awaits) && strange <= STRANGE_WORDS_MAX).then_some((yes, Strength::Light))
}

/// "... because I am at work": the cause as a clause of its own.
fn parted<'c>(all: &'c [Clause], lexicon: &Lexicon) -> Cow<'c, [Clause]> {
    let mut found = Vec::new();
    for clause in all {
        let words = &clause.words;
        match (1..words.len()).find_map(|at| Some((at, lexicon.because.len_at(&words[at..])?))) {
            Some((at, len)) => {
                let around = [&words[..at], &words[at + len..]];
                found.extend(around.into_iter().filter(|words| !words.is_empty()).flat_map(clauses::one));
            }
            None => found.push(clause.clone()),
        }
    }
    Cow::Owned(found)
}

fn stands(heard: &Heard, phrases: &Phrases) -> bool {
    heard.clauses.iter().any(|clause| phrases.is_in(&clause.words))
}

/// Whether the remark may make up for what stands against a yes elsewhere: somebody opens, or it tells the way.
pub fn eases(heard: &Heard, lexicon: &Lexicon) -> bool {
    stands(heard, &lexicon.lets_in) || stands(heard, &lexicon.access)
}

/// "The doorbell doesn't work": only how to get in. Nothing is asked, no condition made, no day and no hour named.
fn tells_the_way(words: &[String], ground: &Ground<'_>) -> bool {
    let lexicon = ground.lexicon;
    let is_figure = |at: usize| words[at].starts_with(|sign: char| sign.is_ascii_digit());
    let of_house = |at: usize| (0..at).any(|from| [&lexicon.house, &lexicon.access].iter().any(|phrases| phrases.is(&words[from..at])));
    let is_plain = |at: usize| {
        let rest = &words[at..];
        let times = tells_time(rest, lexicon) || (is_figure(at) && !of_house(at));
        !times && lexicon.contrast.len_at(rest).is_none() && lexicon.during.len_at(rest).is_none()
    };
    // "Nobody answers the doorbell" tells of nobody.
    let nobody = lexicon.people.get(&0).is_some_and(|phrases| lexicon.stand_within(phrases, words)) || lexicon.lets_in.is_in(words);
    lexicon.access.is_in(words) && !nobody && !lexicon.asks(words) && (0..words.len()).all(is_plain)
}

/// A run of signs that nobody knows as a whole, with something in it that may turn it.
fn is_turned(word: &String, lexicon: &Lexicon) -> bool {
    let day = &lexicon.day_words;
    let turns =
        [&lexicon.question, &lexicon.question_end, &lexicon.contrast, &lexicon.but, &lexicon.either, &lexicon.negators, &lexicon.no];
    let times = [&day.am, &day.pm, &day.night, &day.noon, &lexicon.during];
    is_unspaced(word) && turns.into_iter().chain(times).any(|phrases| lexicon.stand_within(phrases, std::slice::from_ref(word)))
}

fn is_clear(words: &[String], found: &Found, is_first: bool, ground: &Ground<'_>) -> bool {
    let Some((first, strength)) = found.answers.first() else { return false };
    if !ground.forms.answers[*first].yes {
        return false;
    }
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
    let rest = lexicon.courtesy.behind(words);
    let Some(len) = lexicon.yes.len_at(rest) else { return false };
    ground.forms.is_one_language() && rest[0].chars().count() > 1 && !lexicon.yes_or_if.is(&rest[..len])
}
