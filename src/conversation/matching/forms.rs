//! The forms of a question's answers: the flow's own words, the packs' yes and no, the numbers of a list.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Strength;
use super::marks::Common;
use super::scene::Scene;
use crate::conversation::flow::{Ask, Carried, Want, Words};
use crate::conversation::machine::{NEXT_PAGE, lane_of};
use crate::conversation::packs::{Lexicon, Packs, Phrases};
use crate::conversation::render;
use crate::conversation::rules::Rules;
use crate::conversation::session::Session;
use crate::terms::Category;
use crate::value::Row;

/// The forms of one answer.
#[derive(Debug, Clone)]
pub struct AnswerForms<'a> {
    /// Its name in `on`.
    pub name: &'a str,
    /// The flow's own words.
    pub own: Cow<'a, Phrases>,
    /// The same by language, where the flow has any.
    pub words: Option<&'a Words>,
    /// What those carry of the packs.
    pub carried: Arc<Carried>,
    /// It takes every pack's yes.
    pub yes: bool,
    /// It takes every pack's no.
    pub no: bool,
}

/// The forms of a question.
pub struct Forms<'a> {
    /// By answer.
    pub answers: Vec<AnswerForms<'a>>,
    /// Numbers of a list and what each means.
    pub numbers: BTreeMap<i64, Option<Row>>,
    session: &'a Session,
    rules: &'a Rules<'a>,
    scene: Option<&'a Scene<'a>>,
}

/// Which answer begins somewhere, how many words it has, how strong it is.
pub type Form = (usize, usize, Strength);

/// The forms of a question of this session.
pub fn of<'a>(ask: &'a Ask, session: &'a Session, rules: &'a Rules<'a>) -> Forms<'a> {
    let named = matches!(ask.want, Want::YesNo | Want::Choice | Want::Menu);
    let answers = ask.on.keys().filter(|_| named).map(|name| answer(name, ask, &rules.packs.lexicon)).collect();
    let mut forms = Forms { answers, numbers: BTreeMap::new(), session, rules, scene: None };
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

fn answer<'a>(name: &'a str, ask: &'a Ask, lexicon: &Lexicon) -> AnswerForms<'a> {
    let (own, carried) = match ask.words.get(name) {
        Some(words) => (Cow::Borrowed(words.heard()), words.carried(lexicon)),
        None => {
            let own_name = ask.want == Want::Choice && name != "yes" && name != "no";
            let own = Phrases::new(own_name.then(|| name.to_owned()).iter());
            let carried = Arc::new(Carried::of(&own, lexicon));
            (Cow::Owned(own), carried)
        }
    };
    let is = |answer: &str| name == answer && ask.want != Want::Menu;
    let (yes, no) = (is("yes") || carried.yes, is("no") || carried.no);
    AnswerForms { name, own, words: ask.words.get(name), carried, yes, no }
}

/// Outages and alarms ask what is; whatever else asks whether something shall be.
fn is_offer(session: &Session, rules: &Rules<'_>) -> bool {
    let lane = lane_of(session, rules);
    lane.is_some_and(|lane| !matches!(lane.category, Category::Outage | Category::Safety | Category::Alarm))
}

/// A scale longer than this is no scale.
const SCORE_STEPS_MAX: i64 = 100;

impl<'a> Forms<'a> {
    /// The same, where the question itself decides what may be declined or agreed to.
    pub fn at_scene(mut self, scene: &'a Scene<'a>) -> Self {
        self.scene = Some(scene);
        self
    }

    /// The only answer of a kind.
    pub fn only(&self, is: impl Fn(&AnswerForms<'a>) -> bool) -> Option<usize> {
        let mut all = self.answers.iter().enumerate().filter(|(_, answer)| is(answer));
        all.next().filter(|_| all.next().is_none()).map(|(at, _)| at)
    }

    /// Whether the words of one language alone are heard.
    pub fn is_one_language(&self) -> bool {
        self.rules.packs.languages().len() == 1
    }

    /// The longest form at the beginning of these words: which answer, how many words, how strong.
    pub fn at(&self, words: &[String], lexicon: &Lexicon) -> Option<Form> {
        self.at_mark(words, &Common::of(words, lexicon))
    }

    /// The same, where it is known what of the packs begins there.
    pub fn at_mark(&self, words: &[String], common: &Common) -> Option<Form> {
        let own = self.answers.iter().enumerate();
        let own = own.filter_map(|(at, answer)| Some((at, answer.own.len_hashed(common.hash, words)?, Strength::Own)));
        let own = own.max_by_key(|(_, len, _)| *len);
        let common = self.common(common);
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

    fn common(&self, common: &Common) -> Option<Form> {
        let yes = || self.answers.iter().position(|answer| answer.yes);
        let no = || self.answers.iter().position(|answer| answer.no);
        let found = [
            common.yes.and_then(|len| Some((yes()?, len, Strength::Common))),
            common.yes_light.and_then(|len| Some((yes()?, len, Strength::Light))),
            common.no.and_then(|len| Some((no()?, len, Strength::Common))),
            common.no_light.filter(|_| !common.needless || !self.undoes()).and_then(|len| Some((no()?, len, Strength::Light))),
            common.declines.and_then(|len| Some((no().filter(|_| self.may_decline())?, len, Strength::Light))),
            common.mended.and_then(|len| Some((no().filter(|_| self.is_visit())?, len, Strength::Light))),
            common.accepts.and_then(|len| Some((yes().filter(|_| self.is_visit())?, len, Strength::Light))),
        ];
        found.into_iter().flatten().max_by_key(|(_, len, strength)| (*len, *strength))
    }

    /// It asks whether something shall end: "no need" may mean that something, or its end.
    pub fn undoes(&self) -> bool {
        self.scene.is_some_and(Scene::undoes)
    }

    /// It asks what is: whether the power is out.
    pub fn is_state(&self) -> bool {
        !is_offer(self.session, self.rules)
    }

    /// It offers or asks for something, which can be declined; a fact cannot, nor what shall end.
    fn may_decline(&self) -> bool {
        is_offer(self.session, self.rules) && !self.undoes()
    }

    /// It asks whether somebody may come, and for nothing else.
    pub fn is_visit(&self) -> bool {
        is_offer(self.session, self.rules) && self.scene.is_some_and(Scene::is_visit)
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
