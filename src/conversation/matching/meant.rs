//! An option by what it means: "in instalments, please" is the payment plan of the list, whatever words the list has.
//!
//! Never for an answer that changes something. One meaning only, and nothing beside it that turns it round.

use super::forms::{AnswerForms, Forms};
use super::remark::tells_time;
use super::{Heard, Match, Strength};
use crate::conversation::machine::answer::Taken;
use crate::conversation::packs::{Lexicon, Phrases};

/// Longer texts speak of several things.
const WORDS_MAX: usize = 14;

/// "Call me": may be put as a question.
const CALL: &str = "call";
/// "In instalments": may be wished for in a question, "can I"; "how does it work?" wishes nothing.
const PLAN: &str = "plan";
/// "What else is there?" wishes for it.
const OTHERS: &str = "others";
/// "Not now".
const LATER: &str = "later";
/// "I will not pay".
const REFUSE: &str = "refuse";

/// An answer that changes nothing.
pub fn gentle(found: Match, is_safe: impl Fn(&str) -> bool) -> Option<Match> {
    match &found {
        Match::Answer { taken: Taken::Named(name), .. } if is_safe(name) => Some(found),
        _ => None,
    }
}

/// The answer whose own words mean what the text says.
pub fn named(heard: &Heard, forms: &Forms<'_>, is_risky: bool, is_safe: impl Fn(&str) -> bool, lexicon: &Lexicon) -> Option<Match> {
    if !means(heard, lexicon) {
        return None;
    }
    let options: Vec<Vec<&str>> = forms.answers.iter().map(|answer| own(answer, is_risky)).collect();
    let denies = |at: usize| forms.answers[at].no;
    let at = option(heard, &options, None, denies, lexicon)?;
    let name = forms.answers[at].name;
    is_safe(name).then(|| Match::Answer { taken: Taken::Named(name.to_owned()), strength: Strength::Light, whole: false })
}

fn own<'f>(answer: &'f AnswerForms<'_>, is_risky: bool) -> Vec<&'f str> {
    // "Not now" is no to a question that would move money at once.
    let denied = [LATER, REFUSE].into_iter().filter(|_| is_risky && answer.no);
    answer.carried.meanings.iter().map(String::as_str).chain(denied).collect()
}

/// Whether the text means anything that an option may mean.
pub fn means(heard: &Heard, lexicon: &Lexicon) -> bool {
    heard.words.len() <= WORDS_MAX && !said(heard, lexicon).is_empty()
}

/// Whether it wishes for a call, and for nothing else.
pub fn is_call(heard: &Heard, lexicon: &Lexicon) -> bool {
    means(heard, lexicon) && said(heard, lexicon) == [CALL]
}

/// What a text means; it is asked for each question and found once.
fn said<'h>(heard: &'h Heard, lexicon: &Lexicon) -> &'h [String] {
    heard.meanings.get_or_init(|| lexicon.meanings_of(&heard.words).map(str::to_owned).collect())
}

/// The one option that the text means; `numbers` are those of the options, where they have some.
pub fn option(
    heard: &Heard,
    options: &[Vec<&str>],
    numbers: Option<&[i64]>,
    denies: impl Fn(usize) -> bool,
    lexicon: &Lexicon,
) -> Option<usize> {
    let words = &heard.words;
    if words.len() > WORDS_MAX || options.iter().all(Vec::is_empty) {
        return None;
    }
    let said = said(heard, lexicon);
    // "Var mı", "क्या": a question without its sign.
    let asks =
        heard.own.contains(['?', '？', '؟']) || lexicon.question_end.is_in(words.get(words.len().saturating_sub(2)..).unwrap_or_default());
    let wishes = said == [PLAN] && lexicon.stand_within(&lexicon.may, words);
    let may_ask = said == [CALL] || said == [OTHERS];
    if said.is_empty() || (asks && !may_ask && !wishes) {
        return None;
    }
    let mut fits = options.iter().enumerate().filter(|(_, meant)| said.iter().all(|meaning| meant.contains(&meaning.as_str())));
    let (at, _) = fits.next()?;
    if fits.next().is_some() {
        return None;
    }
    let words = if said == [CALL] { untimed(words, lexicon) } else { words };
    let left = said.iter().filter_map(|meaning| lexicon.meanings.get(meaning)).fold(words.to_vec(), |left, shapes| shapes.without(&left));
    let left = lexicon.prefer.without(&lexicon.courtesy.without(&left));
    let left: Vec<String> = if wishes { lexicon.may.without(&left).into_iter().filter(|word| word != "?").collect() } else { left };
    // "Taksitte faiz var mı?" asks about interest.
    if wishes && left.iter().any(|word| !lexicon.vocabulary.contains(word) && !word.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let number = |word: &String| word.parse::<i64>().ok();
    let other = |word: &String| number(word).is_some_and(|number| numbers.is_none_or(|numbers| numbers[at] != number));
    // "Yes thanks, later".
    let agrees = denies(at) && lexicon.yes.is_in(&left);
    let left = if denies(at) { lexicon.no.without(&left) } else { left };
    (!agrees && !turned(&left, may_ask, lexicon) && !left.iter().any(other)).then_some(at)
}

/// "Call me after 5": when it suits is for whoever calls; the words in front of it, where they wish for the call by themselves.
fn untimed<'w>(words: &'w [String], lexicon: &Lexicon) -> &'w [String] {
    let day = &lexicon.day_words;
    let is_time = |rest: &[String]| {
        let tells = [&lexicon.during, &day.hour, &day.am, &day.pm, &day.night, &day.noon];
        tells.iter().any(|phrases| phrases.len_at(rest).is_some()) || tells_time(rest, lexicon)
    };
    let Some(at) = (1..words.len()).find(|at| is_time(&words[*at..])) else { return words };
    let (front, tail) = words.split_at(at);
    let turns = [&lexicon.negators, &lexicon.no, &lexicon.yes, &lexicon.either, &lexicon.stop, &lexicon.but];
    let is_plain = !turns.iter().any(|phrases| lexicon.stand_within(phrases, tail)) && !lexicon.asks(tail);
    // "I will call back tomorrow".
    let wishes = lexicon.meanings_of(front).eq([CALL]) && !lexicon.stand_within(&lexicon.contrast, front);
    if wishes && is_plain { front } else { words }
}

/// Whether something is left that takes a meaning back.
fn turned(left: &[String], may_ask: bool, lexicon: &Lexicon) -> bool {
    let turns = [&lexicon.negators, &lexicon.contrast, &lexicon.either, &lexicon.stop, &lexicon.but, &lexicon.no];
    let questions = [&lexicon.question];
    let stands = |phrases: &Phrases| lexicon.stand_within(phrases, left);
    turns.into_iter().any(stands) || (!may_ask && questions.into_iter().any(|phrases| phrases.is_in(left)))
}
