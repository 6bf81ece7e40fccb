//! A yes that moves money or switches something. The whole text is that yes, in one language: the yes, the answer's own word or both,
//! what tells the utility to go on, "now", and what is polite. Whatever is left over leaves it to be asked about.

use super::forms::{AnswerForms, Forms};
use super::{Heard, Strength};
use crate::conversation::normal;
use crate::conversation::packs::exact::{Exact, accented};
use crate::conversation::packs::{Lexicon, Phrases};

/// "OK" adds nothing to a yes, and is none.
const NEUTRAL: &[&str] = &["ok", "okay", "okey", "oke", "ок", "окей"];

/// Signs that stand in a text and say nothing. A question mark is none, nor are the signs of arithmetic: "≠ yes".
const SIGNS: &str = ".,!'\"-–—…“”„«»‘’¡。、，！．・「」،।~〜～";

/// Which answer the text gives, and how strongly.
pub fn said(heard: &Heard, forms: &Forms<'_>, lexicon: &Lexicon) -> Option<(usize, Strength)> {
    if !heard.own.chars().all(is_plain) {
        return None;
    }
    let given = |at: usize| {
        let answer = &forms.answers[at];
        let in_one = |exact: &Exact| Reading { heard, answer, own: own(answer, exact, lexicon), exact }.strength();
        (!answer.no).then(|| lexicon.exact.iter().filter_map(in_one).max()).flatten()
    };
    let mut found = (0..forms.answers.len()).filter_map(|at| Some((at, given(at)?)));
    found.next().filter(|_| found.next().is_none())
}

/// Whether a yes may only be friendly: "all good, see you Tuesday" drops no visit, "it's ok, it works" is no outage. Where something
/// shall end or a state is asked for, a light yes is taken beside a word of the matter alone, and no yes beside a welcome.
pub fn may_be_friendly(heard: &Heard, forms: &Forms<'_>, (name, strength): (&str, Strength), lexicon: &Lexicon) -> bool {
    let (ends, is_state) = (forms.undoes(), forms.is_state());
    let Some(answer) = forms.answers.iter().find(|answer| answer.name == name && answer.yes && !answer.no) else { return false };
    let words = &heard.words;
    let matter = (ends && lexicon.stand_within(&lexicon.undoes, words)) || (is_state && lexicon.outage.stand_in(words));
    let welcomes = || {
        let said = [&lexicon.harmless, &lexicon.accepts, &lexicon.awaits, &lexicon.access, &lexicon.house, &lexicon.lets_in];
        said.iter().any(|phrases| phrases.is_in(words))
    };
    let named = || answer.own.is_in(words);
    (ends || is_state) && !matter && (strength == Strength::Light || (ends && welcomes())) && !named()
}

/// Words, and signs that say nothing.
fn is_plain(sign: char) -> bool {
    let is_struck = matches!(sign, '\u{0334}'..='\u{0338}' | '\u{20d0}'..='\u{20ff}');
    !is_struck
        && (sign.is_alphanumeric()
            || sign.is_whitespace()
            || SIGNS.contains(sign)
            || normal::is_emoji(sign)
            || normal::is_invisible(sign)
            || unicode_normalization::char::is_combining_mark(sign))
}

/// The answer's own words of a language, and those of languages that no pack here knows; where the flow has none, its name.
fn own(answer: &AnswerForms<'_>, exact: &Exact, lexicon: &Lexicon) -> Vec<String> {
    let is_strange = |language: &String| lexicon.exact.iter().all(|exact| exact.language != *language);
    match answer.words {
        Some(words) => {
            let heard = words.iter().filter(|(language, _)| **language == exact.language || is_strange(language));
            heard.flat_map(|(_, forms)| forms.iter().cloned()).collect()
        }
        None if answer.yes => Vec::new(),
        None => vec![answer.name.to_owned()],
    }
}

/// A text as a yes of one language.
struct Reading<'a> {
    heard: &'a Heard,
    answer: &'a AnswerForms<'a>,
    own: Vec<String>,
    exact: &'a Exact,
}

/// What stands at a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Neutral,
    Beside,
    Now,
    Order,
    Yes,
    Own,
}

impl Reading<'_> {
    fn strength(&self) -> Option<Strength> {
        let words = &self.heard.words;
        let own = Phrases::new(&self.own);
        let (mut at, mut said) = (0, Vec::new());
        while at < words.len() {
            let (len, part) = self.part_at(&words[at..], &own, &said)?;
            said.push(part);
            at += len;
        }
        let has = |part: Part| said.contains(&part);
        let is_letter = words.len() > 1 && words.iter().any(|word| normal::is_letter(word));
        let strength = match said.iter().max()? {
            Part::Own => Strength::Own,
            // "E' ok", "yes, right away": it may be no yes, or a promise.
            Part::Yes if has(Part::Neutral) && is_letter || has(Part::Now) && !has(Part::Order) => return None,
            Part::Yes => Strength::Common,
            Part::Order | Part::Now | Part::Beside | Part::Neutral => return None,
        };
        (self.is_spelled() && !self.may_lead(&said)).then_some(strength)
    }

    /// The longest part that these words begin with.
    fn part_at(&self, rest: &[String], own: &Phrases, said: &[Part]) -> Option<(usize, Part)> {
        let (exact, pays) = (self.exact, self.answer.carried.pays);
        // Behind a courtesy a letter is an initial or an "and": "thanks, J", "por favor y gracias".
        let is_letter = normal::is_letter(&rest[0]);
        let yes = exact.yes.len_at(rest).filter(|len| self.answer.yes && (*len > 1 || !is_letter || said.is_empty()));
        let agreed = said.iter().any(|part| *part >= Part::Now);
        let beside = exact.beside.len_at(rest).max(exact.hello.len_at(rest).filter(|_| !agreed));
        let orders = exact.orders.len_at(rest).filter(|_| pays);
        // "Go ahead and pay it": an order with the answer's own word.
        let named = orders.filter(|len| own.is_in(&rest[..*len]));
        [
            (own.len_at(rest).max(named), Part::Own),
            (yes, Part::Yes),
            (orders, Part::Order),
            (exact.now.len_at(rest).filter(|_| pays), Part::Now),
            (beside, Part::Beside),
            (NEUTRAL.contains(&rest[0].as_str()).then_some(1), Part::Neutral),
        ]
        .into_iter()
        .filter_map(|(len, part)| Some((len?, part)))
        .max()
    }

    /// Every accent is one that this language writes here; an accent too many makes another word: "já" is no "ja".
    fn is_spelled(&self) -> bool {
        let own = |word: &String| self.own.iter().any(|form| accented(form).contains(word));
        accented(&self.heard.own).iter().all(|word| self.exact.spells(word) || own(word))
    }

    /// "Si pagar": without a stop behind it, the yes may lead a condition.
    fn may_lead(&self, said: &[Part]) -> bool {
        let own = normal::composed(&self.heard.own);
        let is_word = |sign: char| sign.is_alphanumeric();
        let leads = |form: &String| {
            own.match_indices(form.as_str()).any(|(at, _)| {
                let behind = &own[at + form.len()..];
                let goes_on = behind.starts_with(char::is_whitespace) && behind.trim_start().starts_with(is_word);
                goes_on && !own[..at].ends_with(is_word)
            })
        };
        said.iter().any(|part| matches!(part, Part::Order | Part::Own)) && self.exact.leads.iter().any(leads)
    }
}
