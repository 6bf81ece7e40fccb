//! Reading back: "Reply PAY to pay {amount}", the account digits of a shared phone, and the no after a read-back.

use super::case::{Case, Reply};
use super::clock::Fence;
use super::questions::Taker;
use crate::conversation::effect::{Effect, QuestionChange};
use crate::conversation::flow::Ask;
use crate::conversation::machine::answer::Taken;
use crate::conversation::matching::{Heard, Match, Strength, forms, matched};
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
        // Where another open question takes the word as well, the tag says whose it is.
        let word = match asked.question.tag.filter(|_| self.another_takes(asked, &word)) {
            Some(tag) => format!("{word}{tag}"),
            None => word,
        };
        self.effects.push(Effect::Question { id: asked.question.id, change: QuestionChange::Proposed(Some(answer)) });
        let extra = [("word", word.as_str()), ("question", asked.question.text.expose())];
        let text = render::built_in(self.rules, &asked.session.language, "read_back", &extra);
        self.say_of(asked, text, Purpose::ReadBack);
        self.taken_of(rule, Outcome::Unclear, asked, format!("read back, nothing was done: {why}"))
    }

    fn another_takes(&self, asked: &Asked, word: &str) -> bool {
        let heard = Heard::read(word, self.rules.packs);
        let takes = |other: &Asked| {
            let ask = self.ask(other);
            let found = ask.map(|ask| matched(&heard, &ask, &other.session, self.rules, self.now));
            matches!(found, Some(Match::Answer { .. }))
        };
        self.waiting().into_iter().any(|other| other.question.id != asked.question.id && takes(other))
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
        // "Reply N": then N is what was asked for.
        let proposed = asked.question.proposed.as_deref();
        if let Match::Answer { taken, .. } = self.matched(&asked, self.ask(&asked)?.as_ref())
            && taken.name().as_deref() == proposed
        {
            return None;
        }
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
        let (waiting, of_account) = (self.waiting(), |asked: &&Asked| account_ends(asked, digits));
        if !waiting.iter().copied().any(|asked| of_account(&asked)) {
            let proposed = waiting.into_iter().find(|asked| asked.question.proposed.is_some()).cloned()?;
            self.service("again", &[("question", "")], Reply::Again);
            return Some(self.taken_of(12, Outcome::Unclear, &proposed, "these digits are of no account that was asked about"));
        }
        let mut takers: Vec<Taker> =
            waiting.into_iter().filter(of_account).filter_map(|asked| self.taker_by_digits(asked, before)).collect();
        // Several bills of one account: the one that was read back last, else the person says which.
        if let Some(last) = self.last_read_back()
            && takers.iter().any(|taker| taker.asked.question.id == last)
        {
            takers.retain(|taker| taker.asked.question.id == last);
        }
        match takers.as_slice() {
            [] => None,
            [one] => Some(self.take_by_digits(&one.clone())),
            [_, _, ..] => Some(self.which_one(&takers)),
        }
    }

    /// The question as one that takes this answer, or the answer it was asked to confirm, where the text may answer it at all.
    fn taker_by_digits(&self, asked: &Asked, before: &[String]) -> Option<Taker> {
        let ask = self.ask(asked)?;
        let answer = if before.is_empty() { asked.question.proposed.clone()? } else { self.said_before(before, asked, &ask)? };
        let may = self.clock.trusted() && matches!(self.fence(asked, true), Fence::Open | Fence::Soft);
        let (asked, taken) = (asked.clone(), Taken::Named(answer));
        may.then_some(Taker { asked, ask, taken, strength: Strength::Own, whole: true, soft: false })
    }

    fn take_by_digits(&mut self, taker: &Taker) -> Resolution {
        if self.is_bound(&taker.asked, &taker.ask, taker.taken.name().as_deref()) && !self.was_shown(&taker.asked) {
            return self.read_back(taker, 12, "nobody knows whether its prompt went out");
        }
        self.apply(&taker.asked, &taker.taken);
        self.answered(12, &taker.asked, &taker.taken, "the last digits name the account".to_owned())
    }

    /// The question that our newest text, when this one was written, read back.
    pub(super) fn last_read_back(&self) -> Option<i64> {
        let newest = self.view.sent.iter().find(|sent| sent.accepted_at <= self.clock.stamp)?;
        newest.question.filter(|_| newest.purpose == Purpose::ReadBack)
    }

    /// The answer in a held text like "Y 733".
    pub(super) fn held_with_digits(&self, held: &Heard, asked: &Asked, ask: &Ask) -> Option<Taken> {
        let core = held.core(&self.rules.packs.lexicon);
        let (digits, before) = core.split_last()?;
        let named = self.view.accounts > 1 && account_ends(asked, digits);
        let answer = if before.is_empty() { asked.question.proposed.clone() } else { self.said_before(before, asked, ask) };
        answer.filter(|_| named).map(Taken::Named)
    }

    fn said_before(&self, before: &[String], asked: &Asked, ask: &Ask) -> Option<String> {
        let forms = forms::of(ask, &asked.session, self.rules);
        let (at, strength) = forms.whole(before, &self.rules.packs.lexicon)?;
        let light = strength == crate::conversation::matching::Strength::Light;
        (!(light && ask.risk.is_some())).then(|| forms.answers[at].name.to_owned())
    }
}

fn account_ends(asked: &Asked, digits: &str) -> bool {
    matches!(asked.session.slots.get("account"), Some(Value::Text(account)) if account.ends_with(digits))
}
