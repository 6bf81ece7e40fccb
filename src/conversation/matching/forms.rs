//! The forms of a question's answers: the flow's own words, the packs' yes and no, the numbers of a list.

use std::collections::BTreeMap;

use super::Strength;
use super::scene::Scene;
use crate::conversation::flow::{Ask, Want};
use crate::conversation::machine::NEXT_PAGE;
use crate::conversation::packs::{Lexicon, Packs, Phrases};
use crate::conversation::render;
use crate::conversation::rules::Rules;
use crate::conversation::session::Session;
use crate::terms::Category;
use crate::value::Row;

/// The forms of one answer.
#[derive(Debug, Clone, Default)]
pub struct AnswerForms {
    /// Its name in `on`.
    pub name: String,
    /// The flow's own words.
    pub own: Phrases,
    /// It takes every pack's yes.
    pub yes: bool,
    /// It takes every pack's no.
    pub no: bool,
}

/// The forms of a question.
#[derive(Debug, Clone, Default)]
pub struct Forms {
    /// By answer.
    pub answers: Vec<AnswerForms>,
    /// Numbers of a list and what each means.
    pub numbers: BTreeMap<i64, Option<Row>>,
    /// It offers or asks for something, which can be declined; a fact cannot.
    pub is_offer: bool,
    /// It asks whether somebody may come.
    pub is_visit: bool,
}

/// The forms of a question of this session.
pub fn of(ask: &Ask, session: &Session, rules: &Rules<'_>) -> Forms {
    let lexicon = &rules.packs.lexicon;
    let named = matches!(ask.want, Want::YesNo | Want::Choice | Want::Menu);
    let mut forms = Forms { is_offer: is_offer(session, rules), ..Forms::default() };
    for name in ask.on.keys().filter(|_| named) {
        let words = ask.words.get(name);
        let mut own = Phrases::new(words.into_iter().flat_map(BTreeMap::values).flatten());
        if words.is_none() && ask.want == Want::Choice && name != "yes" && name != "no" {
            own = Phrases::new([name]);
        }
        let carries = |exact: &Phrases, light: &Phrases| own.iter().any(|form| exact.is(&form) || light.is(&form));
        let yes = (name == "yes" && ask.want != Want::Menu) || carries(&lexicon.yes, &lexicon.yes_light);
        let no = (name == "no" && ask.want != Want::Menu) || carries(&lexicon.no, &lexicon.no_light);
        forms.answers.push(AnswerForms { name: name.clone(), own, yes, no });
    }
    if ask.want == Want::Menu {
        forms.numbers.extend(ask.on.keys().filter_map(|name| name.parse().ok()).map(|number: i64| (number, None)));
        let rows = ask.from.as_ref().map(|from| render::rows(session.slots.get(&from.name))).unwrap_or_default();
        if !rows.is_empty() {
            forms.numbers.entry(render::NONE).or_insert(None);
        }
        if session.slots.contains_key(NEXT_PAGE) {
            forms.numbers.entry(render::MORE).or_insert(None);
        }
        for (at, row) in rows.into_iter().enumerate() {
            forms.numbers.entry(render::row_number(at)).or_insert(Some(row));
        }
    }
    if ask.want == Want::Score
        && let (Some(least), Some(most)) = super::limits(ask, session)
    {
        forms.numbers.extend((least..=most.min(least + SCORE_STEPS_MAX)).map(|number| (number, None)));
    }
    forms
}

/// Outages and alarms ask what is; whatever else asks whether something shall be.
fn is_offer(session: &Session, rules: &Rules<'_>) -> bool {
    let lane = rules.flows.get(&session.flow).and_then(|flow| rules.lane(&flow.lane.name));
    lane.is_some_and(|lane| !matches!(lane.category, Category::Outage | Category::Safety | Category::Alarm))
}

/// A scale longer than this is no scale.
const SCORE_STEPS_MAX: i64 = 100;

impl Forms {
    /// The same, where the question itself decides what may be declined or agreed to.
    pub fn at_scene(mut self, scene: &Scene) -> Self {
        self.is_visit = self.is_offer && scene.is_visit;
        self.is_offer &= !scene.undoes;
        self
    }

    /// The longest form at the beginning of these words: which answer, how many words, how strong.
    pub fn at(&self, words: &[String], lexicon: &Lexicon) -> Option<(usize, usize, Strength)> {
        let own = self.answers.iter().enumerate().filter_map(|(at, answer)| Some((at, answer.own.len_at(words)?, Strength::Own)));
        let own = own.max_by_key(|(_, len, _)| *len);
        let common = self.common(words, lexicon);
        match (own, common) {
            (Some(own), Some(common)) if common.1 > own.1 => Some(common),
            (Some((at, len, _)), common) => {
                // A word in `words` that is also a pack's form is as common as that form.
                let strength = common.filter(|(_, other, _)| *other == len).map_or(Strength::Own, |(_, _, strength)| strength);
                Some((at, len, strength))
            }
            (None, common) => common,
        }
    }

    fn common(&self, words: &[String], lexicon: &Lexicon) -> Option<(usize, usize, Strength)> {
        let yes = self.answers.iter().position(|answer| answer.yes);
        let no = self.answers.iter().position(|answer| answer.no);
        let sets = [
            (yes, &lexicon.yes, Strength::Common),
            (yes, &lexicon.yes_light, Strength::Light),
            (no, &lexicon.no, Strength::Common),
            (no, &lexicon.no_light, Strength::Light),
            (no.filter(|_| self.is_offer), &lexicon.declines, Strength::Light),
            (yes.filter(|_| self.is_visit), &lexicon.accepts, Strength::Light),
        ];
        let found = sets.into_iter().filter_map(|(answer, phrases, strength)| Some((answer?, phrases.len_at(words)?, strength)));
        found.max_by_key(|(_, len, strength)| (*len, *strength))
    }

    /// The answer of which these words are exactly a form.
    pub fn whole(&self, words: &[String], lexicon: &Lexicon) -> Option<(usize, Strength)> {
        self.at(words, lexicon).filter(|(_, len, _)| *len == words.len()).map(|(at, _, strength)| (at, strength))
    }

    /// Whether one text could be an answer to both.
    pub fn overlaps(&self, other: &Self, packs: &Packs) -> bool {
        let numbers = self.numbers.keys().any(|number| other.numbers.contains_key(number));
        let answers = self.answers.iter().any(|mine| {
            other
                .answers
                .iter()
                .any(|theirs| (mine.yes && theirs.yes) || (mine.no && theirs.no) || mine.own.iter().any(|form| theirs.own.is(&form)))
        });
        let crossed =
            |a: &Self, b: &Self| a.answers.iter().any(|answer| answer.own.iter().any(|form| b.whole(&form, &packs.lexicon).is_some()));
        numbers || answers || crossed(self, other) || crossed(other, self)
    }
}

/// One form of each answer, as a text shows it to a person of this language.
pub fn shown(ask: &Ask, language: &str, rules: &Rules<'_>) -> Vec<String> {
    // "Reply Y7, N7": a yes is said before a no.
    let place = |name: &&String| match name.as_str() {
        "yes" => 0,
        "no" => 1,
        _ => 2,
    };
    let mut names: Vec<&String> = ask.on.keys().collect();
    names.sort_by_key(place);
    let named = names.into_iter().map(|name| own_word(ask, name, language).unwrap_or_else(|| common_word(name, language, rules)));
    // Of a list its first two rows show how it is done.
    let rows = ask.from.iter().flat_map(|_| ["1".to_owned(), "2".to_owned()]);
    rows.chain(named).map(|form| if ask.want == Want::Menu { format!("{form}-") } else { form }).collect()
}

/// The answer's own word in this language, else in any; none for a bare yes and no, and none for a menu.
pub fn own_word(ask: &Ask, name: &str, language: &str) -> Option<String> {
    if ask.want == Want::Menu {
        return Some(name.to_owned());
    }
    let words = ask.words.get(name)?;
    words.get(language).or_else(|| words.values().next())?.first().cloned()
}

/// The word of the packs for this answer.
pub fn common_word(name: &str, language: &str, rules: &Rules<'_>) -> String {
    let packs = rules.packs;
    let default = packs.languages().first().map_or("en", String::as_str);
    let pack = packs.get(language).or_else(|| packs.get(default));
    let found = pack.and_then(|own| match name {
        "yes" => Some(own.yes.clone()),
        "no" => Some(own.no.clone()),
        _ => None,
    });
    found.unwrap_or_else(|| name.to_owned())
}
