//! "Which one?": several questions take the text; it is held for half an hour while the person picks.

use std::time::Duration;

use super::case::{Case, Reply};
use super::questions::Taker;
use crate::conversation::door::{labels_of, rank_of};
use crate::conversation::effect::Effect;
use crate::conversation::flow::Want;
use crate::conversation::matching::menu::{Said, said};
use crate::conversation::matching::{Heard, Match, Strength, matched};
use crate::conversation::render;
use crate::conversation::rules::{Outcome, Resolution};
use crate::conversation::view::{Asked, HeldAnswer};
use crate::terms::{Purpose, QuestionState};

/// How long an answer is held.
const HELD_TERM: Duration = Duration::from_mins(30);

impl Case<'_, '_> {
    /// Asks which of these questions is meant and holds the answer.
    pub(super) fn which_one(&mut self, takers: &[Taker]) -> Resolution {
        let mut offered: Vec<&Asked> = takers.iter().map(|taker| &taker.asked).collect();
        offered.sort_by_key(|asked| (rank_of(&asked.session, self.rules), asked.question.accepted_at, asked.question.id));
        let letters = self.any_takes_digits();
        let labels = labels_of(&offered, self.rules);
        let list: Vec<String> = labels.iter().enumerate().map(|(at, label)| format!("{} {label}", sign(at, letters))).collect();
        let name = if letters { "which_one_letters" } else { "which_one" };
        let text = render::built_in(self.rules, &self.view.language, name, &[("list", list.join(", ").as_str())]);
        let held = HeldAnswer {
            text: self.inbound.text.clone(),
            stamp: self.clock.stamp,
            offered: offered.iter().map(|asked| asked.question.id).collect(),
            until: self.now.plus(HELD_TERM),
        };
        self.effects.push(Effect::Hold { msisdn: self.view.msisdn.clone(), held: Some(held) });
        if self.may_reply(Reply::Again) {
            let outgoing = self.to_writer(text, Purpose::WhichOne);
            self.effects.push(Effect::Say { outgoing, question: None });
        }
        let why = format!("{} open questions take this text: asked which one, the answer is held for 30 minutes", takers.len());
        for asked in offered {
            self.unclear(asked);
        }
        self.taken(12, Outcome::Unclear, why)
    }

    fn any_takes_digits(&self) -> bool {
        self.waiting().into_iter().any(|asked| {
            self.ask(asked).is_some_and(|ask| match ask.want {
                Want::YesNo | Want::Choice | Want::Text | Want::Code => false,
                Want::Menu | Want::Int | Want::Money | Want::Date | Want::Time => true,
                Want::Account | Want::Phone | Want::Reading | Want::Score => true,
            })
        })
    }

    /// The pick: the held answer goes to the question it names; money is read back, never moved by a pick.
    pub(super) fn pick(&mut self) -> Option<Resolution> {
        let stamp = self.clock.stamp;
        // Written before the answer that is held it is no pick: nobody had asked which one.
        let follows = |held: &HeldAnswer| stamp >= held.stamp || !self.clock.trusted();
        let held = self.replier.held.clone().filter(|held| follows(held) && stamp <= held.until && self.now <= held.until)?;
        let at = self.picked(held.offered.len())?;
        let question = *held.offered.get(at)?;
        let is_heard = |asked: &&Asked| asked.question.state == QuestionState::Waiting || self.is_kept(asked);
        let asked = self.view.questions.iter().filter(is_heard).find(|asked| asked.question.id == question)?.clone();
        let ask = self.ask(&asked)?;
        let heard = Heard::read(held.text.expose(), self.rules.packs);
        let (taken, strength, whole) = match matched(&heard, &ask, &asked.session, self.rules, self.now) {
            Match::Answer { taken, strength, whole } => (taken, strength, whole),
            Match::Mixed(_) | Match::Unclear | Match::None => (self.held_with_digits(&heard, &asked, &ask)?, Strength::Own, true),
        };
        self.effects.push(Effect::Hold { msisdn: self.view.msisdn.clone(), held: None });
        let taker = Taker { asked, ask, taken, strength, whole, soft: false };
        if self.lacks_account(&taker.asked, &taker.ask, taker.taken.name().as_deref()) {
            return Some(self.ask_account(&taker, 12));
        }
        if self.is_bound(&taker.asked, &taker.ask, taker.taken.name().as_deref()) {
            return Some(self.read_back(&taker, 12, "a pick never moves money or a switch by itself"));
        }
        self.apply(&taker.asked, &taker.taken);
        Some(self.answered(12, &taker.asked, &taker.taken, "picked from \"which one?\": the held answer was applied".to_owned()))
    }

    fn picked(&self, offered: usize) -> Option<usize> {
        let lexicon = &self.rules.packs.lexicon;
        if self.any_takes_digits() {
            let core = self.heard.core(lexicon);
            let [letter] = core else { return None };
            return (0..offered).find(|at| sign(*at, true).eq_ignore_ascii_case(letter));
        }
        match said(&self.heard, lexicon) {
            Said::One(number) => usize::try_from(number).ok()?.checked_sub(1).filter(|at| *at < offered),
            Said::Unsure | Said::Nothing => None,
        }
    }
}

fn sign(at: usize, letters: bool) -> String {
    if letters { char::from(b'A' + (at % 26) as u8).to_string() } else { (at + 1).to_string() }
}
