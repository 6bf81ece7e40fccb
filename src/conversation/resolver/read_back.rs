//! Reading back: "Reply PAY to pay {amount}", the account digits of a shared phone, and the no after a read-back.

use super::case::{Case, Reply};
use super::questions::Taker;
use crate::conversation::effect::{Effect, QuestionChange};
use crate::conversation::flow::Ask;
use crate::conversation::machine::answer::Taken;
use crate::conversation::matching::forms;
use crate::conversation::render;
use crate::conversation::rules::{Outcome, Resolution};
use crate::conversation::view::Asked;
use crate::terms::Purpose;
use crate::value::Value;

/// So many digits of the account say which one is meant.
const ACCOUNT_DIGITS: usize = 3;

impl Case<'_, '_> {
    /// The word a read-back asks for: the answer's own, else the packs'.
    pub(super) fn word_for(&self, asked: &Asked, ask: &Ask, answer: &str) -> String {
        let language = &asked.session.language;
        let word = forms::own_word(ask, answer, language).unwrap_or_else(|| forms::common_word(answer, language, self.rules));
        word.to_uppercase()
    }

    /// The gate is shut: the answer is proposed and asked for by its own word.
    pub(super) fn read_back(&mut self, taker: &Taker, rule: u8, why: &str) -> Resolution {
        let (asked, ask) = (&taker.asked, &taker.ask);
        let answer = taker.taken.name().unwrap_or_default();
        let word = self.word_for(asked, ask, &answer);
        self.effects.push(Effect::Question { id: asked.question.id, change: QuestionChange::Proposed(Some(answer)) });
        let extra = [("word", word.as_str()), ("question", asked.question.text.expose())];
        let text = render::built_in(self.rules, &asked.session.language, "read_back", &extra);
        self.say_of(asked, text, Purpose::ReadBack);
        self.taken_of(rule, Outcome::Unclear, asked, format!("read back, nothing was done: {why}"))
    }

    /// After a read-back, no means the original question again.
    pub(super) fn no_to_read_back(&mut self) -> Option<Resolution> {
        let lexicon = &self.rules.packs.lexicon;
        if !self.heard.is_whole(&lexicon.no, lexicon) {
            return None;
        }
        let newest = self.view.sent.iter().find(|sent| sent.accepted_at <= self.clock.stamp)?;
        if newest.purpose != Purpose::ReadBack {
            return None;
        }
        let question = newest.question?;
        let read_back = |asked: &&crate::conversation::view::Asked| asked.question.id == question && asked.question.proposed.is_some();
        let asked = self.waiting().into_iter().find(read_back)?.clone();
        self.effects.push(Effect::Question { id: question, change: QuestionChange::Proposed(None) });
        let text = asked.question.text.clone();
        self.say_of(&asked, text, Purpose::Again);
        Some(self.taken_of(12, Outcome::Unclear, &asked, "no to a read-back: the question again"))
    }

    /// More than one account stands on this number, and the answer moves money or a switch.
    pub(super) fn lacks_account(&self, asked: &Asked, ask: &Ask, answer: Option<&str>) -> bool {
        self.view.accounts > 1 && asked.session.slots.contains_key("account") && self.is_bound(asked, ask, answer)
    }

    /// Asks for the last digits of the account.
    pub(super) fn ask_account(&mut self, taker: &Taker, rule: u8) -> Resolution {
        let (asked, ask) = (&taker.asked, &taker.ask);
        let answer = taker.taken.name().unwrap_or_default();
        let word = self.word_for(asked, ask, &answer);
        self.effects.push(Effect::Question { id: asked.question.id, change: QuestionChange::Proposed(Some(answer)) });
        let text = render::built_in(self.rules, &asked.session.language, "account_digits", &[("word", word.as_str())]);
        self.say_of(asked, text, Purpose::ReadBack);
        self.taken_of(rule, Outcome::Unclear, asked, "more than one account on this number: asked for the last 3 digits")
    }

    /// "733" after the answer, or "Y 733" at once.
    pub(super) fn account_digits(&mut self) -> Option<Resolution> {
        if self.view.accounts <= 1 {
            return None;
        }
        let lexicon = &self.rules.packs.lexicon;
        let core = self.heard.core(lexicon);
        let (digits, before) = core.split_last()?;
        if digits.len() != ACCOUNT_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let meant = self.waiting().into_iter().find(|asked| match asked.session.slots.get("account") {
            Some(Value::Text(account)) => account.ends_with(digits.as_str()),
            Some(_) | None => false,
        });
        let Some(asked) = meant.cloned() else {
            let proposed = self.waiting().into_iter().find(|asked| asked.question.proposed.is_some()).cloned()?;
            self.service("again", &[("question", "")], Reply::Again);
            return Some(self.taken_of(12, Outcome::Unclear, &proposed, "these digits are of no account that was asked about"));
        };
        let ask = self.ask(&asked)?;
        let answer = if before.is_empty() { asked.question.proposed.clone()? } else { self.said_before(before, &asked, &ask)? };
        if !self.clock.trusted() || asked.question.accepted_at.is_none_or(|accepted| self.clock.stamp < accepted) {
            return None;
        }
        let taken = Taken::Named(answer);
        self.apply(&asked, &taken);
        Some(self.answered(12, &asked, &taken, "the last digits name the account".to_owned()))
    }

    fn said_before(&self, before: &[String], asked: &Asked, ask: &Ask) -> Option<String> {
        let forms = forms::of(ask, &asked.session, self.rules);
        let (at, strength) = forms.whole(before, &self.rules.packs.lexicon)?;
        let light = strength == crate::conversation::matching::Strength::Light;
        (!(light && ask.risk.is_some())).then(|| forms.answers[at].name.clone())
    }
}
