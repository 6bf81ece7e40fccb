//! What a session says: texts with their purpose, hours and validity, and prompts behind the door.

use std::collections::BTreeMap;

use super::answer::Taken;
use super::{FIRST_ASKED, HEARD, HEARD_AT, Machine, NEXT_PAGE, PAGE, PAGED, QUIET, REST, WHO, lane_of, numbers_of};
use crate::conversation::door::{self, Door};
use crate::conversation::effect::{Due, Effect, TimerKind};
use crate::conversation::flow::{Ask, DueAt, Flow, Keep, Template, Texts, Verb};
use crate::conversation::matching::{Heard, Match, matched};
use crate::conversation::session::{NewQuestion, Outgoing};
use crate::conversation::{hours, render};
use crate::msisdn::Msisdn;
use crate::terms::{Category, Policy, Purpose, Rank};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::{Row, Value};

/// A `silence` whose day has passed already still leaves people this long.
const SILENCE_MIN: std::time::Duration = std::time::Duration::from_hours(1);

impl Machine<'_, '_> {
    /// Says something to the person.
    pub(super) fn say(&mut self, texts: &Texts, purpose: Purpose, extra: &[(&'static str, String)]) {
        let Some(to) = self.person() else { return self.say_to_paged(texts) };
        if self.session.slots.contains_key(QUIET) {
            return;
        }
        let text = self.rendered(texts, &to, extra);
        let outgoing = self.outgoing(to, text, purpose);
        self.effects.push(Effect::Say { outgoing, question: None });
    }

    /// Says that a person takes over, and when somebody of this queue answers.
    pub(super) fn say_with_hours(&mut self, texts: &Texts, queue: &str) {
        let Some(to) = self.person() else { return self.say_to_paged(texts) };
        let hint = hours::somebody_answers(queue, &self.session.language, self.rules, self.now);
        let text = render::with_hint(&self.rendered(texts, &to, &[]), &hint);
        let outgoing = self.outgoing(to, text, Purpose::Tell);
        self.effects.push(Effect::Say { outgoing, question: None });
    }

    /// One of the box's own texts, and when somebody of this queue answers.
    pub(super) fn say_built_in_with_hours(&mut self, name: &str, queue: &str) {
        let Some(to) = self.person() else { return };
        let language = &self.session.language;
        let hint = hours::somebody_answers(queue, language, self.rules, self.now);
        let text = render::with_hint(&render::built_in(self.rules, language, name, &[]), &hint);
        let outgoing = self.outgoing(to, text, Purpose::Tell);
        self.effects.push(Effect::Say { outgoing, question: None });
    }

    /// Says something to everybody who was paged and has not left the roster with a STOP since.
    pub(super) fn say_to_paged(&mut self, texts: &Texts) {
        let mut people = numbers_of(self.note(PAGED));
        if people.is_empty() {
            people.clone_from(&self.session.people);
        }
        let is_out = |to: &Msisdn| self.rules.rosters.values().flatten().any(|colleague| colleague.is_out && colleague.msisdn == *to);
        people.retain(|to| !is_out(to));
        for to in people {
            let text = self.rendered(texts, &to, &[]);
            let outgoing = self.outgoing(to, text, Purpose::Tell);
            self.effects.push(Effect::Say { outgoing, question: None });
        }
    }

    /// Says something that asks nothing, while the answers of another step are heard.
    pub(super) fn say_kept(&mut self, texts: &Texts, keep: &Keep) {
        let Some(to) = self.person() else { return };
        let text = self.rendered(texts, &to, &[]);
        let until = match &keep.until {
            DueAt::After(term) => self.now.plus(*term),
            DueAt::At(moment) => self.moment(moment).unwrap_or(self.session.expires_at),
        };
        let question = NewQuestion {
            session: self.session.id,
            visit: self.session.visit,
            step: keep.step.name.clone(),
            to: to.clone(),
            tag: None,
            code: None,
            held_until: None,
            keep_until: Some(until),
        };
        let outgoing = self.outgoing(to, text, Purpose::Tell);
        self.effects.push(Effect::Ask(question, outgoing));
    }

    /// Puts a question, or takes the only row without asking.
    pub(super) fn ask(&mut self, flow: &Flow, ask: &Ask) -> Option<String> {
        if let Some(next) = self.sole_row(flow, ask).or_else(|| self.rest_of_keyword(flow, ask)) {
            return Some(next);
        }
        if let Some(roster) = &ask.roster {
            return self.page(ask, roster);
        }
        let to = self.person()?;
        let mut text = match &ask.from {
            Some(from) => self.rendered_list(ask, &from.name, &to),
            None => self.rendered(&ask.text, &to, &[]),
        };
        self.session.slots.entry(FIRST_ASKED.to_owned()).or_insert(Value::Number(i64::from(self.session.visit)));
        let door = self.door(ask);
        let (mut tag, mut held_until) = (None, None);
        match door {
            Door::Send => {}
            Door::Sim(sim) => self.session.sim = Some(sim),
            Door::Tag(number) => tag = Some(number),
            Door::Hold(until) => held_until = Some(until),
        }
        if let Some(tag) = tag {
            text = door::tagged(&text, ask, tag, &self.session.language, self.rules);
        }
        let question = NewQuestion {
            session: self.session.id,
            visit: self.session.visit,
            step: self.session.step.clone(),
            to: to.clone(),
            tag,
            code: None,
            held_until,
            keep_until: None,
        };
        let outgoing = self.outgoing(to, text, Purpose::Prompt);
        let shown = Value::Text(outgoing.text.expose().to_owned());
        self.effects.push(Effect::Ask(question, outgoing));
        self.emit("session.asked", BTreeMap::from([("text".to_owned(), shown)]));
        if let Some(until) = held_until {
            self.timer(TimerKind::Door, Due::At(until));
        }
        self.arm(ask);
        None
    }

    fn door(&mut self, ask: &Ask) -> Door {
        match (self.tag.take(), self.free_door, self.view) {
            (Some(tag), _, _) => Door::Tag(tag),
            (None, true, _) | (None, false, None) => Door::Send,
            (None, false, Some(view)) => door::decide(view, self.rules, &self.session, ask, self.now),
        }
    }

    /// Reminders and silence of a question.
    pub(super) fn arm(&mut self, ask: &Ask) {
        for (at, remind) in ask.remind.iter().enumerate() {
            let past = matches!(&remind.due, DueAt::At(moment) if self.moment(moment).is_none_or(|at| at <= self.now));
            if !past {
                let due = self.due(&remind.due, false);
                self.timer(TimerKind::Remind(at as u8), due);
            }
        }
        if let Some(silence) = &ask.silence {
            // An alarm does not wait for a modem: where no page can leave, somebody has to be rung all the sooner.
            let due = self.due(&silence.due, ask.roster.is_some());
            self.timer(TimerKind::Silence, due);
        }
    }

    /// When something of this step is due. `from_now`: no question carries it, it counts from now.
    pub(super) fn due(&self, due: &DueAt, from_now: bool) -> Due {
        match due {
            DueAt::After(term) if from_now => Due::At(self.now.plus(*term)),
            DueAt::After(term) => Due::AfterAccepted(*term),
            DueAt::At(moment) => {
                let at = self.moment(moment).unwrap_or(self.session.expires_at);
                Due::At(at.max(self.now.plus(SILENCE_MIN).min(self.session.expires_at)))
            }
        }
    }

    pub(super) fn moment(&self, moment: &crate::conversation::flow::Moment) -> Option<Timestamp> {
        hours::moment(moment, &self.session.slots, &self.zone())
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        hours::zone(self.view.and_then(|view| view.zone.as_deref()), Some(&self.session.slots), self.rules.settings)
    }

    /// A list of one row is taken without asking, unless the next step changes something.
    fn sole_row(&mut self, flow: &Flow, ask: &Ask) -> Option<String> {
        let rows = render::rows(self.session.slots.get(&ask.from.as_ref()?.name));
        let [row] = rows.as_slice() else { return None };
        let go = ask.go.as_ref()?;
        let changes = matches!(flow.step(&go.name).map(|step| &step.verb), Some(Verb::Http(http)) if !http.read);
        if changes && !ask.sole_take {
            return None;
        }
        self.take_row(ask, row);
        Some(go.name.clone())
    }

    /// The words after the keyword pass the checks of the question that owns their slot, or are asked for.
    fn rest_of_keyword(&mut self, flow: &Flow, ask: &Ask) -> Option<String> {
        let owns = flow.begin.as_ref().and_then(|begin| begin.rest.as_ref()).map(|slot| &slot.name) == ask.fills.as_ref();
        let Some(Value::Text(rest)) = self.session.slots.get(REST).filter(|_| owns && ask.fills.is_some()).cloned() else { return None };
        self.session.slots.remove(REST);
        let heard = Heard::read(&rest, self.rules.packs);
        let Match::Answer { taken, .. } = matched(&heard, ask, &self.session, self.rules, self.now) else { return None };
        let (value, next) = match taken {
            Taken::Value(value) => (value, ask.go.as_ref()),
            Taken::Over(value) => (value, ask.checks.over.as_ref()),
            Taken::Under(value) => (value, ask.checks.under.as_ref()),
            Taken::Named(_) | Taken::Row(_) => return None,
        };
        if let Some(slot) = &ask.fills {
            self.session.slots.insert(slot.clone(), value);
        }
        next.map(|next| next.name.clone())
    }

    /// Stores a picked row.
    pub(super) fn take_row(&mut self, ask: &Ask, row: &Row) {
        let value = if row.id == row.label { Value::Text(row.label.clone()) } else { Value::Rows(vec![row.clone()]) };
        if let Some(slot) = &ask.fills {
            self.session.slots.insert(slot.clone(), value);
        }
    }

    /// The words of a template for people of the house: notes, keys, numbers.
    pub(super) fn words_of(&self, template: &Template) -> String {
        let system = self.system(None, &[]);
        render::template(template, &render::Facts { rules: self.rules, language: "en", slots: &self.session.slots, system })
    }

    pub(super) fn system_words(&self, slot: &str) -> String {
        match slot {
            "utility" => self.rules.settings.utility.clone(),
            "emergency" => self.rules.settings.emergency.clone(),
            _ => self.system(None, &[]).remove(slot).unwrap_or_default(),
        }
    }

    pub(super) fn rendered(&self, texts: &Texts, to: &Msisdn, extra: &[(&'static str, String)]) -> Text {
        let system = self.system(Some(to), extra);
        render::texts(texts, &render::Facts { rules: self.rules, language: &self.session.language, slots: &self.session.slots, system })
    }

    /// A question with a page of its list, and what every list offers behind its rows.
    fn rendered_list(&mut self, ask: &Ask, slot: &str, to: &Msisdn) -> Text {
        let from = match self.session.slots.remove(PAGE) {
            Some(Value::Number(row)) => usize::try_from(row).unwrap_or(0),
            Some(_) | None => 0,
        };
        let said = |name: &str| self.rules.packs.text(&self.session.language, name);
        let has_rows = !render::rows(self.session.slots.get(slot)).is_empty();
        let none = (has_rows && !render::offers(&ask.text, render::NONE)).then(|| said("none_of_these"));
        let more = (!ask.on.contains_key(&render::MORE.to_string())).then(|| said("more"));
        let flow = self.flow();
        let lane = self.rules.lane(flow.as_ref().map_or(&self.session.lane, |flow| &flow.lane.name));
        let tag = door::longest_tag(ask, lane.map(|lane| lane.category), &self.session.language, self.rules);
        let list = render::List { slot: slot.to_owned(), from, none, more, tag, parts_max: flow.and_then(|flow| flow.parts_max) };
        let system = self.system(Some(to), &[]);
        let facts = render::Facts { rules: self.rules, language: &self.session.language, slots: &self.session.slots, system };
        let (text, next) = render::texts_with_list(&ask.text, &facts, &list);
        match next {
            Some(row) => self.session.slots.insert(NEXT_PAGE.to_owned(), Value::Number(row as i64)),
            None => self.session.slots.remove(NEXT_PAGE),
        };
        text
    }

    fn system(&self, to: Option<&Msisdn>, extra: &[(&'static str, String)]) -> BTreeMap<&'static str, String> {
        let mut system = BTreeMap::new();
        if let Some(person) = self.session.people.first().or(to) {
            system.insert("from", person.e164().to_owned());
        }
        system.insert("heard", self.note(HEARD).to_owned());
        if let Some(Value::Number(ms)) = self.session.slots.get(HEARD_AT) {
            system.insert("heard_at", Timestamp::from_unix_ms(*ms).to_string());
        }
        system.insert("person", self.name_of(self.note(WHO)));
        system.extend(extra.iter().map(|(slot, value)| (*slot, value.clone())));
        system
    }

    /// The name a roster has for this number, else the number's end.
    pub(super) fn name_of(&self, number: &str) -> String {
        let known = self.rules.rosters.values().flatten().find(|colleague| colleague.msisdn.e164() == number);
        match known {
            Some(colleague) if !colleague.name.is_empty() => colleague.name.clone(),
            Some(_) | None => number.to_owned(),
        }
    }

    /// A text of this session's lane, hours and validity.
    pub fn outgoing(&self, to: Msisdn, text: Text, purpose: Purpose) -> Outgoing {
        let flow = self.flow();
        let lane = lane_of(&self.session, self.rules);
        let facts = self.view.map(|view| &view.facts);
        let hours = lane.filter(|_| !self.live).map(|lane| hours::of(lane, flow.as_deref(), facts)).unwrap_or_default();
        let from = self.not_before.unwrap_or(self.now);
        let open = self.session.state.is_open() && self.session.expires_at > self.now;
        let last = self.view.and_then(|view| view.sent.first()).map(|sent| sent.sim.as_str());
        let sim = self.rules.sim_for(lane, self.session.sim.as_deref(), last, &to);
        Outgoing {
            to,
            text,
            purpose,
            category: lane.map_or(Category::Account, |lane| lane.category),
            policy: lane.map_or(Policy::Notice, |lane| lane.policy),
            rank: door::keyword_rank(&self.session, self.rules).or(lane.map(|lane| lane.rank)).unwrap_or(Rank(RANK_LAST)),
            sim,
            session: Some(self.session.id),
            not_before: hours::not_before(from, &hours, &self.rules.settings.holidays, &self.zone()).or(self.not_before),
            expires_at: open.then_some(self.session.expires_at),
        }
    }
}

/// The rank of texts whose lane nobody configured.
const RANK_LAST: u8 = 9;
