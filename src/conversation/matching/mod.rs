//! Whether a text is an answer to a question (conversation.md section 4). Precision first: a wrong yes is a defect, an
//! "unclear" is a polite question.

mod agreed;
mod beside;
mod clauses;
mod clock;
mod elsewhere;
mod exact;
mod figures;
pub mod forms;
mod marks;
mod meant;
pub mod menu;
mod named;
mod numerals;
mod people;
mod phone;
mod reading;
mod reasons;
mod refused;
mod remark;
mod scan;
mod scene;
mod signature;
mod vigesimal;
mod when;

use std::sync::OnceLock;

use super::flow::{Ask, Figure, Want};
use super::machine::answer::Taken;
use super::packs::tongue::Tongue;
use super::packs::{Lexicon, Packs};
use super::rules::Rules;
use super::session::Session;
use super::{normal, reaction};
use crate::time::Timestamp;
use crate::value::Value;
use clauses::Clause;
use marks::{Mark, Stretch};
use menu::Said;
use scene::Scene;

/// A text as it is matched: signature and quotes gone, one spelling for each word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// What was written, without a signature.
    pub own: String,
    /// Its words; `?` and emoji are words of their own.
    pub words: Vec<String>,
    /// What stood behind "thank you" and was taken for a name.
    named: Vec<String>,
    /// A word was said again and again.
    repeated: bool,
    /// What was cut off below or behind it may have been more than a signature: money is not moved before it.
    is_cut: bool,
    /// The same clause by clause, slips repaired. Money is never matched against them.
    pub clauses: Vec<Clause>,
    /// The same by the words of its own language alone, read where it is needed.
    again: OnceLock<Option<Box<Again>>>,
    /// The same where money moves.
    exactly: OnceLock<Option<Box<Heard>>>,
    /// The words without courtesy.
    core: OnceLock<Vec<String>>,
    /// What may be a value and a remark.
    cuts: OnceLock<Vec<remark::Cut>>,
    /// What begins at each word.
    marks: OnceLock<Vec<Mark>>,
    /// What number they say.
    said: OnceLock<Said>,
    /// What they mean to a list of options.
    meanings: OnceLock<Vec<String>>,
    /// Whether they ask, or speak of another matter.
    calls: OnceLock<bool>,
    /// Whether they speak of somebody else's matter.
    elsewhere: OnceLock<bool>,
    /// Whether they only quote a text of ours.
    is_reaction: OnceLock<bool>,
    /// Whether they wish for a person.
    wants_person: OnceLock<bool>,
    /// Whether a number among them is one of several, or of a moment.
    is_of_several: OnceLock<bool>,
    /// Whether a number among them is no score.
    is_no_score: OnceLock<bool>,
}

/// A second reading.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Again {
    tongue: Tongue,
    heard: Heard,
}

impl Heard {
    /// Reads a text.
    pub fn read(text: &str, packs: &Packs) -> Self {
        let text: String = text.chars().take(SIGNED_LETTERS_MAX).collect();
        let (own, is_cut) = signature::without_signature(&text, &packs.lexicon);
        let own: String = own.chars().take(LETTERS_MAX).collect();
        let words = normal::words(&own).into_iter().flat_map(|word| packs.lexicon.pieces_of(word)).collect();
        let (words, repeated) = deduplicated(words, &packs.lexicon);
        let (words, named) = signature::without_closing(words, &packs.lexicon);
        let clauses = clauses::clauses(&own, packs);
        Self { own, words, named, repeated, is_cut, clauses, ..Self::default() }
    }

    /// Words that were taken out of a text.
    pub fn of(words: Vec<String>) -> Self {
        Self { own: words.join(" "), clauses: clauses::one(&words), words, ..Self::default() }
    }

    /// What stands beside the tag in this text: its last figure.
    pub fn beside_tag(&self, words: Vec<String>) -> Self {
        let end = self.own.trim_end_matches(|sign: char| !sign.is_numeric());
        let own = format!("{}{}", end.trim_end_matches(char::is_numeric), &self.own[end.len()..]);
        Self { own, repeated: self.repeated, is_cut: self.is_cut, ..Self::of(words) }
    }

    /// The same text, of other words.
    pub fn with(&self, words: Vec<String>) -> Self {
        Self { own: self.own.clone(), words, ..Self::default() }
    }

    /// The same where money moves: around the answer stands nothing but what is polite, a name only on a line of its own. None
    /// where a word is said again and again ("ja ja ja" is laughter, too), or something was cut off the line.
    fn exactly(&self, lexicon: &Lexicon) -> Option<&Self> {
        let read = || {
            let is_apart = || clauses::ends_apart(&self.own, &self.named, lexicon);
            let named: &[String] = if self.named.is_empty() || is_apart() { &[] } else { &self.named };
            let words: Vec<String> = self.words.iter().chain(named).cloned().collect();
            let core = OnceLock::from(lexicon.polite.without(&words));
            (!self.repeated && !self.is_cut)
                .then(|| Box::new(Self { own: self.own.clone(), words, core, clauses: self.clauses.clone(), ..Self::default() }))
        };
        self.exactly.get_or_init(read).as_deref()
    }

    /// The pack of the text's own language, and the text by its words alone.
    fn again<'a>(&'a self, packs: &'a Packs) -> Option<(&'a Packs, &'a Self)> {
        let read = || {
            let tongue = packs.tongues.of_text(&self.words, &packs.lexicon)?;
            Some(Box::new(Again { tongue, heard: Self::read(&self.own, packs.tongues.alone(tongue)?) }))
        };
        let again = self.again.get_or_init(read).as_ref()?;
        Some((packs.tongues.alone(again.tongue)?, &again.heard))
    }

    /// The words without courtesy.
    pub fn core(&self, lexicon: &Lexicon) -> &[String] {
        self.core.get_or_init(|| lexicon.courtesy.without(&self.words))
    }

    /// The words with what begins at each of them.
    fn stretch(&self, lexicon: &Lexicon) -> Stretch<'_> {
        Stretch::of(&self.words, &self.marks, lexicon)
    }

    /// Whether each of several questions is one of these forms: "What is this? Is it a scam?".
    pub fn is_each(&self, phrases: &super::packs::Phrases, lexicon: &Lexicon) -> bool {
        let mut asked = self.core(lexicon).split(|word| word == "?").filter(|words| !words.is_empty()).peekable();
        asked.peek().is_some() && asked.all(|words| phrases.is(words))
    }

    /// Whether the whole message, courtesy aside, is one of these forms. A question mark does not hurt: "¿ayuda?".
    pub fn is_whole(&self, phrases: &super::packs::Phrases, lexicon: &Lexicon) -> bool {
        let plain = |words: &[String]| words.iter().filter(|word| *word != "?").cloned().collect::<Vec<_>>();
        let asks = self.words.iter().any(|word| word == "?");
        let is = |words: &[String]| if asks { phrases.is(&plain(words)) } else { phrases.is(words) };
        is(&self.words) || is(self.core(lexicon))
    }
}

/// "Yes" a hundred times is an answer to a visit and a reason to ask about money.
const EXACT_LETTERS_MAX: usize = 160;
/// Longer texts are free text; nobody answers yes in a page.
const LETTERS_MAX: usize = 2000;
/// A signature is looked for in so many.
const SIGNED_LETTERS_MAX: usize = 2 * LETTERS_MAX;

/// What a text is to a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Match {
    /// An answer.
    Answer {
        /// Which.
        taken: Taken,
        /// How it was said.
        strength: Strength,
        /// Whether the whole message is the form.
        whole: bool,
    },
    /// Begins like an answer and takes it half back.
    Mixed(String),
    /// Speaks to the question, both ways or as a question.
    Unclear,
    /// Does not speak to the question.
    None,
}

/// How an answer was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Too light for money.
    Light,
    /// A form that many questions take.
    Common,
    /// The answer's own word, a number of its list, a value.
    Own,
}

/// Whether a text answers a question of this session. What all languages together do not understand is read once more by the
/// words of its own language; a yes to money is not.
pub fn matched(heard: &Heard, ask: &Ask, session: &Session, rules: &Rules<'_>, now: Timestamp) -> Match {
    let found = matched_by_any(heard, ask, session, rules, now);
    let Match::Answer { taken: Taken::Named(name), strength, .. } = &found else { return found };
    let is_friendly = || {
        let scene = Scene::of(ask, session, rules, now);
        let forms = forms::of(ask, session, rules).at_scene(&scene);
        exact::may_be_friendly(heard, &forms, (name, *strength), &rules.packs.lexicon)
    };
    if ask.risk.is_none() && ask.want.is_named() && is_friendly() { Match::Unclear } else { found }
}

fn matched_by_any(heard: &Heard, ask: &Ask, session: &Session, rules: &Rules<'_>, now: Timestamp) -> Match {
    let scene = Scene::of(ask, session, rules, now);
    let found = heard_by_all(heard, ask, &scene, rules, now);
    if matches!(found, Match::Answer { .. }) {
        return found;
    }
    let Some((own, heard)) = heard.again(rules.packs) else { return found };
    let rules = Rules { packs: own, ..*rules };
    let again = heard_by_all(heard, ask, &scene.again(&rules), &rules, now);
    let is_safe = |name: &str| ask.risk.is_none() || !(name == "yes" || changes(ask, name, session, &rules));
    match &again {
        Match::Answer { taken: Taken::Named(name), .. } if !is_safe(name) => found,
        Match::Answer { .. } => again,
        Match::Mixed(_) | Match::Unclear | Match::None => found,
    }
}

fn heard_by_all(heard: &Heard, ask: &Ask, scene: &Scene<'_>, rules: &Rules<'_>, now: Timestamp) -> Match {
    let found = heard_whole(heard, ask, scene, rules, now);
    if matches!(found, Match::Answer { .. }) || ask.risk.is_some() || heard.speaks_elsewhere(&rules.packs.lexicon) {
        return found;
    }
    let answer = |front: &Heard| Some(heard_whole(front, ask, scene, rules, now)).filter(|found| matches!(found, Match::Answer { .. }));
    remark::fronts(heard, ask.want, rules.packs).iter().copied().find_map(answer).unwrap_or(found)
}

fn heard_whole(heard: &Heard, ask: &Ask, scene: &Scene<'_>, rules: &Rules<'_>, now: Timestamp) -> Match {
    let session = scene.session();
    let is_reaction = || reaction::quoted(&heard.own, rules.packs).is_some();
    if heard.words.is_empty() || *heard.is_reaction.get_or_init(is_reaction) {
        return Match::None;
    }
    let lexicon = &rules.packs.lexicon;
    match ask.want {
        Want::YesNo | Want::Choice => {
            let forms = forms::of(ask, session, rules).at_scene(scene);
            let exact = ask.risk.is_some();
            let found = match heard.exactly(lexicon).filter(|_| exact) {
                Some(exactly) => named::matched(exactly, &forms, scene, exact, lexicon),
                None if exact => Match::Unclear,
                None => named::matched(heard, &forms, scene, exact, lexicon),
            };
            let too_long = exact && heard.own.chars().count() > EXACT_LETTERS_MAX;
            match found {
                Match::Answer { .. } if too_long => Match::Unclear,
                Match::Answer { .. } => found,
                Match::Mixed(_) | Match::Unclear | Match::None => {
                    // A yes to money is taken in its exact forms wherever it leads.
                    let agrees = |name: &str| forms.answers.iter().any(|answer| answer.yes && answer.name == name);
                    let safe = |name: &str| !exact || !(agrees(name) || changes(ask, name, session, rules));
                    let plain = if exact { named::matched(heard, &forms, scene, false, lexicon) } else { Match::None };
                    meant::gentle(plain, safe).or_else(|| meant::named(heard, &forms, exact, safe, lexicon)).unwrap_or(found)
                }
            }
        }
        Want::Menu if ask.risk.is_some() => {
            heard.exactly(lexicon).map_or(Match::Unclear, |exactly| menu::matched(exactly, ask, scene, rules))
        }
        Want::Menu => menu::matched(heard, ask, scene, rules),
        Want::Score => menu::score(heard, limits(ask, session), lexicon),
        Want::Int => figures::int(heard, ask, session, lexicon),
        Want::Reading => reading::reading(heard, ask, scene, lexicon),
        Want::Account => figures::account(heard, figure(ask.checks.digits.as_ref(), session), lexicon),
        Want::Money => figures::money(heard, lexicon),
        Want::Phone => phone::phone(heard, &rules.settings.country, lexicon),
        Want::Date => when::date(heard, rules, now),
        Want::Time => clock::time(heard, lexicon),
        Want::Text => Match::Answer { taken: Taken::Value(Value::Text(heard.own.trim().to_owned())), strength: Strength::Own, whole: true },
        Want::Code => Match::None,
    }
}

/// Whether an answer sets something in motion: then it is taken in its exact forms only.
fn changes(ask: &Ask, name: &str, session: &Session, rules: &Rules<'_>) -> bool {
    let Some(flow) = super::machine::current_flow(session, rules) else { return true };
    ask.on.get(name).or(ask.go.as_ref()).is_none_or(|target| super::resolver::reaches_change(&flow, &target.name, &mut Vec::new()))
}

/// Least and most, where the step names them.
fn limits(ask: &Ask, session: &Session) -> (Option<i64>, Option<i64>) {
    (figure(ask.checks.min.as_ref(), session), figure(ask.checks.max.as_ref(), session))
}

/// A number that is written down or held in a slot.
fn figure(figure: Option<&Figure>, session: &Session) -> Option<i64> {
    match figure? {
        Figure::Fixed(number) => Some(*number),
        Figure::Slot(slot) => match session.slots.get(slot)? {
            Value::Number(number) => Some(*number),
            Value::Text(text) => text.parse().ok(),
            Value::Money(_) | Value::Date(_) | Value::Time(_) | Value::Bool(_) | Value::Rows(_) => None,
        },
    }
}

fn value(value: Value) -> Match {
    Match::Answer { taken: Taken::Value(value), strength: Strength::Own, whole: true }
}

/// "yes yes yes" is one yes, and two thumbs are one; "so so" is not "so". And whether a word was repeated.
fn deduplicated(words: Vec<String>, lexicon: &Lexicon) -> (Vec<String>, bool) {
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut repeated = false;
    for word in words {
        let repeats = out.last() == Some(&word) && word.chars().all(|sign| !sign.is_numeric()) && !lexicon.doubled.contains(&word);
        repeated |= repeats && word.chars().any(char::is_alphabetic);
        if !repeats {
            out.push(word);
        }
    }
    (out, repeated)
}

#[cfg(test)]
mod tests;
