//! Paging a roster: one by one or all at once, with a code per alarm and per person.

use std::collections::BTreeMap;

use super::{CODE, Machine, PAGED, ROUND, ROUNDS, numbers_of};
use crate::conversation::effect::{Due, Effect, TimerKind};
use crate::conversation::flow::{Ask, Roster};
use crate::conversation::rules::Colleague;
use crate::conversation::session::NewQuestion;
use crate::msisdn::Msisdn;
use crate::terms::Purpose;
use crate::value::Value;

impl Machine<'_, '_> {
    /// A roster step begins with the first of its list, unless it is entered again by a PASS.
    pub(super) fn forget_round(&mut self, next: &str) {
        if self.session.step != next {
            self.session.slots.remove(ROUND);
            self.session.slots.remove(ROUNDS);
        }
    }

    /// Pages who is next; answers with the next step when nobody is left.
    pub(super) fn page(&mut self, ask: &Ask, roster: &Roster) -> Option<String> {
        let first = !self.session.slots.contains_key(ROUND);
        let paged = self.page_round(ask, roster);
        if paged == 0 {
            return ask.silence.as_ref().map(|silence| silence.go.name.clone());
        }
        if first || ask.silence.is_some() {
            self.arm(ask);
        }
        self.timer(TimerKind::Page, Due::At(self.now.plus(roster.every)));
        None
    }

    /// The page timer: the next person, or everybody once more.
    pub(super) fn page_again(&mut self, ask: &Ask, roster: &Roster) {
        if self.page_round(ask, roster) > 0 {
            self.timer(TimerKind::Page, Due::At(self.now.plus(roster.every)));
        }
    }

    fn page_round(&mut self, ask: &Ask, roster: &Roster) -> usize {
        let people = self.rules.rosters.get(&roster.list.name).cloned().unwrap_or_default();
        let rounds = match self.session.slots.get(ROUNDS) {
            Some(Value::Number(rounds)) => *rounds,
            Some(_) | None => 0,
        };
        if roster.all {
            if rounds >= i64::from(roster.rounds) {
                return 0;
            }
            self.session.slots.insert(ROUNDS.to_owned(), Value::Number(rounds + 1));
            for colleague in &people {
                self.page_one(ask, colleague, rounds > 0);
            }
            return people.len();
        }
        let done = numbers_of(self.note(ROUND));
        let Some(colleague) = people.iter().find(|colleague| !done.contains(&colleague.msisdn)) else { return 0 };
        self.page_one(ask, colleague, false);
        1
    }

    fn page_one(&mut self, ask: &Ask, colleague: &Colleague, again: bool) {
        let to = colleague.msisdn.clone();
        let code = self.code_of(&to);
        for list in [PAGED, ROUND] {
            if !numbers_of(self.note(list)).contains(&to) {
                let longer = format!("{} {}", self.note(list), to.e164()).trim().to_owned();
                self.set_note(list, longer);
            }
        }
        if !self.session.people.contains(&to) {
            self.session.people.push(to.clone());
        }
        let text = self.rendered(&ask.text, &to, &[("code", code.clone())]);
        let mut outgoing = self.outgoing(to.clone(), text, if again { Purpose::Reminder } else { Purpose::Prompt });
        outgoing.sim.clone_from(&self.session.sim);
        let shown = Value::Text(outgoing.text.expose().to_owned());
        if again {
            self.effects.push(Effect::Say { outgoing, question: None });
            return;
        }
        let question = NewQuestion {
            session: self.session.id,
            visit: self.session.visit,
            step: self.session.step.clone(),
            to,
            tag: None,
            code: Some(code),
            held_until: None,
            keep_until: None,
        };
        self.effects.push(Effect::Ask(question, outgoing));
        self.emit("session.asked", BTreeMap::from([("text".to_owned(), shown)]));
    }

    /// One code per alarm and person: two digits, none of them shared in place with a code of this alarm.
    fn code_of(&mut self, to: &Msisdn) -> String {
        let slot = format!("{CODE}{}", to.e164());
        if let Some(Value::Text(code)) = self.session.slots.get(&slot) {
            return code.clone();
        }
        let taken: Vec<String> = self.codes().map(|(_, code)| code.to_owned()).collect();
        let mut octets = [0; 1];
        self.chance.fill(&mut octets);
        let start = u32::from(octets[0]);
        let free = (0..90).map(|step| 10 + (start + step * 7) % 90).map(|code| code.to_string());
        let differs = |code: &String| taken.iter().all(|other| other.bytes().zip(code.bytes()).all(|(a, b)| a != b));
        let mut codes: Vec<String> = free.collect();
        let at = codes.iter().position(differs).or_else(|| codes.iter().position(|code| !taken.contains(code))).unwrap_or(0);
        let code = codes.swap_remove(at);
        self.session.slots.insert(slot, Value::Text(code.clone()));
        code
    }

    fn codes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.session.slots.iter().filter_map(|(slot, value)| match value {
            Value::Text(code) => slot.strip_prefix(CODE).map(|number| (number, code.as_str())),
            _ => None,
        })
    }
}
