//! A clear no and why: "No, I am abroad until Friday", "Bin auf Kur, geht leider nicht". And an order not to pay.
//!
//! The no stands alone in its clause, or leads the text as a word that is nothing but a no. What stands beside it may be anything
//! that is not a yes, a question, a "but", another matter, or what a no would turn into a yes ("no, no problem").

use super::clauses::Clause;
use super::scan::{Found, Ground, is_determiner, scan};
use super::{Heard, Strength};
use crate::conversation::packs::shapes::is_unspaced;
use crate::conversation::packs::{Lexicon, Phrases};

/// The no, where everything else in the text may be its reason.
pub fn answer(heard: &Heard, ground: &Ground<'_>) -> Option<(usize, Strength)> {
    let no = ground.forms.only(|answer| answer.no)?;
    let lexicon = ground.lexicon;
    if heard.clauses.is_empty() || heard.speaks_elsewhere(lexicon) {
        return None;
    }
    let (mut said, mut strange) = (false, 0);
    for (at, clause) in heard.clauses.iter().enumerate() {
        let stretch = opened(clause, lexicon)?.stretch(lexicon);
        let found = scan(stretch, ground, &Found::default());
        if found.turned || is_bare(&found) || agrees(stretch.words, &found, no, lexicon) {
            return None;
        }
        // "I work until 5": how long is a reason, and no no by itself.
        said |= !is_timed(&found) && is_clear(stretch.words, &found, at == 0, ground);
        strange += found.unknown.len();
    }
    (said && strange <= STRANGE_WORDS_MAX).then_some((no, Strength::Light))
}

/// A longer reason speaks of more than the question.
const STRANGE_WORDS_MAX: usize = 20;

/// A clause; of a run of signs that nobody knows as a whole what it begins with, and the rest as one strange word. None where
/// something inside the rest may turn it round.
fn opened<'c>(clause: &'c Clause, lexicon: &Lexicon) -> Option<&'c Clause> {
    if clause.words.iter().any(|word| is_unspaced(word)) { clause.opened(|| opened_words(clause, lexicon)) } else { Some(clause) }
}

fn opened_words(clause: &Clause, lexicon: &Lexicon) -> Option<Vec<String>> {
    let mut words = Vec::with_capacity(clause.words.len());
    for word in &clause.words {
        if !is_unspaced(word) || lexicon.is_piece(word) {
            words.push(word.clone());
            continue;
        }
        let (pieces, rest) = lexicon.head_of(word);
        let rest = [rest];
        let turns = [&lexicon.question, &lexicon.question_end, &lexicon.contrast, &lexicon.but, &lexicon.either];
        let yes = [&lexicon.yes, &lexicon.yes_light, &lexicon.accepts].into_iter().flat_map(Phrases::unspaced_words);
        let agrees = yes.filter(|form| form.chars().count() > 1).any(|form| rest[0].contains(form));
        if agrees || turns.iter().any(|phrases| lexicon.stand_within(phrases, &rest)) {
            return None;
        }
        words.extend(pieces);
        words.extend(rest.into_iter().filter(|rest| !rest.is_empty()));
    }
    Some(words)
}

/// A yes, another answer, an objection that may be denied, or a visit that nobody denies: "no, please come".
fn agrees(words: &[String], found: &Found, no: usize, lexicon: &Lexicon) -> bool {
    let invites = !found.negator && found.answers.is_empty() && lexicon.visit.is_in(words);
    let other = found.answers.iter().any(|(answer, _)| *answer != no) || found.halves.iter().any(|half| !half);
    // "No, no problem"; "that bill is wrong" denies nothing.
    let denies = || found.negator || !found.answers.is_empty() || words.len() <= DENIAL_WORDS_MAX;
    other || invites || (lexicon.stand_within(&lexicon.objections, words) && denies())
}

/// "No objection".
const DENIAL_WORDS_MAX: usize = 2;

/// "No, tomorrow", "no, not": another time or a negator and nothing else is no reason.
fn is_bare(found: &Found) -> bool {
    found.unknown.is_empty() && (found.negator || found.doubt && found.answers.is_empty())
}

/// "I'm abroad until Friday": an absence and how long.
fn is_timed(found: &Found) -> bool {
    found.unknown.is_empty() && found.doubt && !found.answers.is_empty()
}

/// Whether the clause says no and nothing that would make it something else.
fn is_clear(words: &[String], found: &Found, is_first: bool, ground: &Ground<'_>) -> bool {
    if found.answers.is_empty() {
        return false;
    }
    if found.unknown.is_empty() {
        return true;
    }
    (found.at_start && is_first && leads(words, ground)) || concludes(words, ground.lexicon)
}

/// "... quindi no": what was said before leads to it.
fn concludes(words: &[String], lexicon: &Lexicon) -> bool {
    let ends = |at: usize| lexicon.no.is(&words[at..]) && (0..at).any(|from| lexicon.sum.is(&words[from..at]));
    (1..words.len()).any(ends)
}

/// "Nein bin arbeiten", "no no puedo": a word that is only ever a no, or one that something other than a noun follows.
fn leads(words: &[String], ground: &Ground<'_>) -> bool {
    let lexicon = ground.lexicon;
    let words = lexicon.courtesy.behind(words);
    // "No cant" is light as a phrase; its first word is not.
    let Some(len) = lexicon.no.len_at(words) else { return false };
    let rest = &words[len..];
    let negates_once_more = || {
        let again = [lexicon.courtesy.len_at(rest), lexicon.negators.len_at(rest), lexicon.declines.len_at(rest), lexicon.no.len_at(rest)];
        again.iter().any(Option::is_some)
    };
    // "No in Aberdeen", in the words of one language: a preposition or a pronoun and no noun.
    let goes_on = || ground.forms.is_one_language() && rest.len() > 1 && lexicon.small.len_at(rest).is_some();
    len > 1 || !is_determiner(&words[0], lexicon) || negates_once_more() || goes_on()
}

/// "Nicht zahlen", "no, don't pay": an order to pay and a no, and nothing else.
pub fn unpaid(heard: &Heard, ground: &Ground<'_>) -> Option<(usize, Strength)> {
    let no = ground.forms.only(|answer| answer.no)?;
    let (lexicon, answers) = (ground.lexicon, &ground.forms.answers);
    let pays = |words: &[String]| {
        let own = answers.iter().filter(|answer| answer.yes).filter_map(|answer| answer.own.len_at(words)).max();
        own.filter(|len| !lexicon.yes.is(&words[..*len]) && !lexicon.yes_light.is(&words[..*len])).max(lexicon.pay.len_at(words))
    };
    if !answers.iter().any(|answer| answer.yes && answer.carried.pays) {
        return None;
    }
    let words = heard.core(lexicon);
    let (mut denied, mut paid, mut at) = (false, false, 0);
    while at < words.len() {
        let rest = &words[at..];
        let deny = lexicon.negators.len_at(rest).max(lexicon.no.len_at(rest));
        let pay = pays(rest);
        let len = deny.max(pay).or_else(|| lexicon.small.len_at(rest))?;
        denied |= deny == Some(len);
        paid |= pay == Some(len) && deny != Some(len);
        at += len;
    }
    (denied && paid).then_some((no, Strength::Light))
}
