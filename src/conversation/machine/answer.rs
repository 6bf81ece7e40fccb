//! An answer moves a session: once, with the text that proves it.

use std::collections::BTreeMap;

use super::{HEARD, HEARD_AT, HEARD_SIM, JOIN_UNTIL, LIVE_MS, Machine, NEXT_PAGE, PAGE, QUIET, WHO};
use crate::conversation::effect::{Due, Effect, QuestionChange, TaskKind, TimerKind};
use crate::conversation::flow::{Ask, Want};
use crate::conversation::render;
use crate::conversation::session::Question;
use crate::terms::QuestionState;
use crate::time::Timestamp;
use crate::value::{Row, Value};

/// What a text was taken as.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// An answer by its name in `on`.
    Named(String),
    /// A row of a list.
    Row(Row),
    /// A value that fits.
    Value(Value),
    /// A value above the highest.
    Over(Value),
    /// A value below the lowest.
    Under(Value),
}

impl Taken {
    /// The answer's name, where it has one.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Named(name) => Some(name.clone()),
            Self::Row(_) | Self::Value(_) | Self::Over(_) | Self::Under(_) => None,
        }
    }

    /// The value, where it is one.
    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Named(_) => None,
            Self::Row(row) => Some(Value::Text(row.id.clone())),
            Self::Value(value) | Self::Over(value) | Self::Under(value) => Some(value.clone()),
        }
    }
}

impl Machine<'_, '_> {
    /// Remembers which text moved the session, whose, on which SIM, and when it was stamped.
    pub fn hear(&mut self, text: &str, sim: &str, stamp: Timestamp) {
        let text: String = text.chars().take(HEARD_LETTERS_MAX).collect();
        self.session.slots.insert(HEARD.to_owned(), Value::Text(text));
        self.session.slots.remove(QUIET);
        self.session.slots.insert(HEARD_AT.to_owned(), Value::Number(stamp.unix_ms()));
        self.set_note(HEARD_SIM, sim.to_owned());
        if let Some(view) = self.view {
            self.session.slots.insert(WHO.to_owned(), Value::Text(view.msisdn.e164().to_owned()));
        }
        // Who wrote this hours ago sleeps by now, whenever it was read.
        self.live = self.now.ms_since(stamp) < LIVE_MS;
    }

    /// Takes an answer to a question of this session.
    pub fn answer(&mut self, question: &Question, ask: &Ask, taken: &Taken) {
        if question.state == QuestionState::Kept {
            self.live_again();
        }
        let answered = QuestionChange::State(QuestionState::Answered);
        let joins = matches!(taken, Taken::Value(_)) && ask.join.is_some();
        if !joins {
            self.effects.push(Effect::Question { id: question.id, change: answered });
        }
        let mut data = BTreeMap::from([("step".to_owned(), Value::Text(question.step.clone()))]);
        data.extend(taken.name().map(|name| ("answer".to_owned(), Value::Text(name))));
        let value = if joins { taken.value().map(|value| self.with_window(ask, value)) } else { taken.value() };
        data.extend(value.map(|value| ("value".to_owned(), value)));
        self.emit("session.answered", data);
        if ask.want == Want::Code && taken.name().as_deref() == Some("ack") {
            let by = Value::Text(self.name_of(self.note(WHO)));
            self.effects.push(Effect::StopRinging(self.session.id));
            self.emit("alarm.acknowledged", BTreeMap::from([("by".to_owned(), by)]));
        }
        let next = match taken {
            Taken::Named(name) => match (ask.on.get(name), &ask.roster) {
                (Some(next), Some(roster)) if next.name == self.session.step => return self.pass(ask, roster),
                (None, _) if ask.from.is_some() => return self.beside_the_rows(question, ask, name),
                (next, _) => next.cloned(),
            },
            Taken::Row(row) => {
                self.take_row(ask, row);
                ask.go.clone()
            }
            Taken::Value(value) => {
                if joins {
                    return self.join(ask, value);
                }
                self.put(ask, value.clone());
                ask.go.clone()
            }
            Taken::Over(value) => {
                self.put(ask, value.clone());
                ask.checks.over.clone()
            }
            Taken::Under(value) => {
                self.put(ask, value.clone());
                ask.checks.under.clone()
            }
        };
        match next {
            Some(next) => self.enter(&next.name),
            None => self.fail("its answer leads nowhere"),
        }
    }

    /// "More" and "none of these", which every list offers (conversation.md section 8, number 13).
    fn beside_the_rows(&mut self, question: &Question, ask: &Ask, name: &str) {
        if let Some(next) = self.session.slots.remove(NEXT_PAGE).filter(|_| name == render::MORE.to_string()) {
            self.session.slots.insert(PAGE.to_owned(), next);
            // The same question goes on: it has passed the door.
            (self.tag, self.free_door) = (question.tag, true);
            return self.enter(&question.step);
        }
        match &ask.retry.go {
            Some(go) => self.enter(&go.name),
            None => self.none_of_these(),
        }
    }

    /// Nobody knows what else it is: a person asks.
    fn none_of_these(&mut self) {
        let queue = self.lane_queue();
        let note = format!("none of the rows of {} is meant: {}", self.session.step, self.note(HEARD));
        self.task(TaskKind::Agent, queue.clone(), false, note, None);
        self.emit("agent.requested", BTreeMap::from([("queue".to_owned(), Value::Text(queue.clone()))]));
        self.say_built_in_with_hours("again_person", &queue);
    }

    fn put(&mut self, ask: &Ask, value: Value) {
        if let Some(slot) = &ask.fills {
            self.session.slots.insert(slot.clone(), value);
        }
    }

    /// The texts of this window so far and the new one, as they are stored.
    fn with_window(&self, ask: &Ask, value: Value) -> Value {
        let before = ask.fills.as_ref().and_then(|slot| self.session.slots.get(slot));
        match (before, value) {
            (Some(Value::Text(before)), Value::Text(words)) if self.session.slots.contains_key(JOIN_UNTIL) => {
                Value::Text(format!("{before}\n{words}"))
            }
            (_, value) => value,
        }
    }

    /// The first of perhaps several texts: the window restarts with each.
    fn join(&mut self, ask: &Ask, value: &Value) {
        let (Some(slot), Some(window)) = (&ask.fills, ask.join) else { return };
        if !matches!(value, Value::Text(_)) {
            return;
        }
        let joined = self.with_window(ask, value.clone());
        self.session.slots.insert(slot.clone(), joined);
        let until = self.now.plus(window);
        self.session.slots.insert(JOIN_UNTIL.to_owned(), Value::Number(until.unix_ms()));
        self.timer(TimerKind::Join, Due::At(until));
    }
}

/// What a note or a proof shows of a text at most.
const HEARD_LETTERS_MAX: usize = 500;
