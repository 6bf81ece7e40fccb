//! Paging a roster: one by one or all at once, with a code per alarm and per person.

use std::collections::BTreeMap;

use super::{ALARM, CODE, HURRIED, Machine, PAGED, PASSED, ROUND, ROUNDS, UNREACHED, WHO, lane_of, numbers_of};
use crate::conversation::effect::{Due, Effect, TaskKind, TimerKind};
use crate::conversation::flow::{Ask, Roster, Verb};
use crate::conversation::render;
use crate::conversation::rules::Colleague;
use crate::conversation::session::{NewQuestion, Session};
use crate::msisdn::Msisdn;
use crate::terms::Purpose;
use crate::value::Value;

impl Machine<'_, '_> {
    /// A roster step begins with the first of its list, unless it is entered again by a PASS.
    pub(super) fn forget_round(&mut self, next: &str) {
        if self.session.step != next {
            self.session.slots.remove(ROUND);
            self.session.slots.remove(ROUNDS);
            self.session.slots.remove(PASSED);
            self.session.slots.remove(UNREACHED);
        }
    }

    /// Pages who is next; answers with the next step when nobody is left.
    pub(super) fn page(&mut self, ask: &Ask, roster: &Roster) -> Option<String> {
        let first = !self.session.slots.contains_key(ROUND);
        if self.on_duty(roster).is_empty() {
            // The next list may be as empty: nothing goes round in circles, a person looks at it.
            let note = format!("nobody of roster {} can be paged; call them", roster.list.name);
            self.task(TaskKind::Callback, self.rules.settings.control_room.clone(), true, note, Some(self.now));
            self.arm(ask);
            return None;
        }
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

    /// The page timer, or a page that cannot be delivered: the next person, or everybody once more.
    pub(super) fn page_again(&mut self, ask: &Ask, roster: &Roster) -> usize {
        let paged = self.page_round(ask, roster);
        if paged > 0 {
            self.timer(TimerKind::Page, Due::At(self.now.plus(roster.every)));
        }
        paged
    }

    /// Somebody passes the alarm on: the codes of the others stay good; after the last one the next step comes at once.
    pub(super) fn pass(&mut self, ask: &Ask, roster: &Roster) {
        let who = self.note(WHO).to_owned();
        let passed = format!("{} {who}", self.note(PASSED)).trim().to_owned();
        let all_passed = {
            let passed = numbers_of(&passed);
            self.on_duty(roster).iter().all(|colleague| passed.contains(&colleague.msisdn))
        };
        self.set_note(PASSED, passed);
        let left = if roster.all { usize::from(!all_passed) } else { self.page_again(ask, roster) };
        if left == 0
            && let Some(silence) = &ask.silence
        {
            self.enter(&silence.go.name.clone());
        }
    }

    /// A page that cannot be delivered: the next person at once, and after the last one the next step. Pages that all fail
    /// lead round in circles, so that only the first few of them hurry.
    pub(super) fn unreached(&mut self, ask: &Ask, roster: &Roster) {
        if let Some(view) = self.view {
            let unreached = format!("{} {}", self.note(UNREACHED), view.msisdn.e164()).trim().to_owned();
            self.set_note(UNREACHED, unreached);
        }
        if !roster.all && self.page_again(ask, roster) > 0 {
            return;
        }
        let out = [numbers_of(self.note(UNREACHED)), numbers_of(self.note(PASSED))].concat();
        let nobody = self.on_duty(roster).iter().all(|colleague| out.contains(&colleague.msisdn));
        let hurried = match self.session.slots.get(HURRIED) {
            Some(Value::Number(times)) => *times,
            Some(_) | None => 0,
        };
        if let Some(silence) = ask.silence.as_ref().filter(|_| nobody && hurried < HURRIED_MAX) {
            self.session.slots.insert(HURRIED.to_owned(), Value::Number(hurried + 1));
            self.enter(&silence.go.name.clone());
        }
    }

    /// Who has this alarm, for somebody who was paged.
    pub fn who_has(&self) -> String {
        let flow = self.flow();
        let step = flow.as_ref().and_then(|flow| flow.step(&self.session.step));
        let language = self.view.map_or(self.session.language.as_str(), |view| view.language.as_str());
        let alarm = self.note(ALARM);
        let built_in = |name: &str| {
            let person = self.name_of(self.note(WHO));
            let extra = [("alarm", if alarm.is_empty() { "?" } else { alarm }), ("person", person.as_str())];
            render::built_in(self.rules, language, name, &extra).expose().to_owned()
        };
        match step.map(|step| (&step.verb, &step.tell)) {
            Some((Verb::Ask(_), _)) | None => built_in("nobody_has"),
            // The flow's own words for where it stands: "Anna has Pump 3.", or that SCADA did not confirm.
            Some((Verb::Tell(_), Some(texts))) => match self.view {
                Some(view) => self.rendered(texts, &view.msisdn, &[]).expose().to_owned(),
                None => built_in("not_confirmed"),
            },
            Some(_) if self.note(WHO).is_empty() => built_in("nobody_has"),
            Some(_) => built_in("not_confirmed"),
        }
    }

    fn on_duty(&self, roster: &Roster) -> Vec<Colleague> {
        let people = self.rules.rosters.get(&roster.list.name).into_iter().flatten();
        people.filter(|colleague| colleague.on_duty).cloned().collect()
    }

    fn page_round(&mut self, ask: &Ask, roster: &Roster) -> usize {
        let people = self.on_duty(roster);
        let rounds = match self.session.slots.get(ROUNDS) {
            Some(Value::Number(rounds)) => *rounds,
            Some(_) | None => 0,
        };
        if roster.all {
            if rounds >= i64::from(roster.rounds) {
                return 0;
            }
            self.session.slots.insert(ROUNDS.to_owned(), Value::Number(rounds + 1));
            let passed = numbers_of(self.note(PASSED));
            let left: Vec<&Colleague> = people.iter().filter(|colleague| !passed.contains(&colleague.msisdn)).collect();
            for colleague in &left {
                self.page_one(ask, colleague, rounds > 0);
            }
            return left.len();
        }
        let done = numbers_of(self.note(ROUND));
        let Some(colleague) = people.iter().find(|colleague| !done.contains(&colleague.msisdn)) else { return 0 };
        self.page_one(ask, colleague, false);
        1
    }

    fn page_one(&mut self, ask: &Ask, colleague: &Colleague, again: bool) {
        let to = colleague.msisdn.clone();
        let code = self.code_of(colleague);
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
        outgoing.sim = self.rules.sim_for(lane_of(&self.session, self.rules), self.session.sim.as_deref(), None, &outgoing.to);
        let shown = Value::Text(outgoing.text.expose().to_owned());
        if !self.session.slots.contains_key(ALARM) {
            self.set_note(ALARM, alarm_named(outgoing.text.expose(), &code));
        }
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

    /// One code per alarm and person, told apart in two places from every other code that is open to this person, and from
    /// the codes of the others of this alarm: three digits once two are not enough.
    fn code_of(&mut self, colleague: &Colleague) -> String {
        let slot = format!("{CODE}{}", colleague.msisdn.e164());
        if let Some(Value::Text(code)) = self.session.slots.get(&slot) {
            return code.clone();
        }
        let mut octets = [0; 2];
        self.chance.fill(&mut octets);
        let others: Vec<&str> = self.codes().collect();
        let code = free_code(&colleague.live_codes, &others, usize::from(u16::from_be_bytes(octets)));
        self.session.slots.insert(slot, Value::Text(code.clone()));
        code
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        self.session.slots.iter().filter_map(|(slot, value)| match value {
            Value::Text(code) if slot.starts_with(CODE) => Some(code.as_str()),
            _ => None,
        })
    }
}

/// Whether this person was paged for it.
pub fn was_paged(session: &Session, person: &Msisdn) -> bool {
    matches!(session.slots.get(PAGED), Some(Value::Text(paged)) if numbers_of(paged).contains(person))
}

/// "Pump 3 low pressure" of "ACK 37: Pump 3 low pressure. Or PASS 37 to pass it on."
fn alarm_named(page: &str, code: &str) -> String {
    let first = page.split(". ").next().unwrap_or(page).trim_end_matches('.');
    match first.split_once(": ") {
        Some((head, alarm)) if head.contains(code) => alarm.to_owned(),
        Some(_) | None => first.to_owned(),
    }
}

/// Every page failing at once is no hurry but a dead network.
const HURRIED_MAX: i64 = 4;

/// A code that no slip of one digit makes another one of `own`, and that none of `others` has.
fn free_code(own: &[String], others: &[&str], start: usize) -> String {
    // 7 has no factor in common with 90 or 900: every number comes once.
    let all = |least: usize, count: usize| (0..count).map(move |step| (least + (start + step * 7) % count).to_string());
    let apart = |code: &String| own.iter().all(|other| differ(other, code) >= 2);
    let strict = |code: &String| apart(code) && others.iter().all(|other| differ(other, code) >= 2);
    let loose = |code: &String| apart(code) && !others.contains(&code.as_str());
    let found = all(10, 90).find(strict).or_else(|| all(10, 90).find(loose)).or_else(|| all(100, 900).find(loose));
    // More than a hundred alarms are open to one person: a code that is merely another one.
    found.or_else(|| all(100, 900).find(|code| !own.contains(code))).unwrap_or_else(|| "100".to_owned())
}

/// In how many places two codes differ; one of another length is as many off as it is longer, and once more.
fn differ(a: &str, b: &str) -> usize {
    let unlike = a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count();
    let longer = a.len().abs_diff(b.len());
    unlike + longer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_one_person_are_told_apart_in_two_places() {
        for start in [0, 1, 37, 4711] {
            let mut own: Vec<String> = Vec::new();
            for _ in 0..60 {
                let code = free_code(&own, &[], start);
                for other in &own {
                    assert!(differ(other, &code) >= 2, "{code} is one slip away from {other}: {own:?}");
                }
                own.push(code);
            }
            assert!(own.iter().all(|code| code.len() <= 3), "{own:?}");
        }
    }

    #[test]
    fn a_code_of_a_colleague_is_another_one_even_when_codes_run_short() {
        let others: Vec<String> = (10..100).map(|code| code.to_string()).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        assert_eq!(free_code(&[], &others, 5).len(), 3);
        assert!(!others[..40].contains(&free_code(&[], &others[..40], 5).as_str()));
    }
}
