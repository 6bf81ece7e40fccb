//! What is asked of the site: messages, sessions, deeds at a desk, texts that nobody asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::engine::accept::NewMessage;
use answerback::engine::doubt::As;
use answerback::engine::session::NewSession;
use answerback::terms::{Category, Policy, Rank};
use answerback::text::Text;
use answerback::time::{Tick, Timestamp};
use answerback::value::{Money, Value};

use super::{Act, Maker, NOBODY};
use crate::emulator::brain::Card;
use crate::sim::desk::Deed;
use crate::sim::office::Ask;

/// What people write unasked.
const TEXTS: &[&str] =
    &["OUT", "BAL", "STOP", "START", "hello", "Y", "I smell gas", "JOIN", "agent please", "SALDO", "sin luz", LONG, LONG, LONG, LONG];
/// A text of two parts and more.
const LONG: &str = "Hello, this is the house on the corner: the lamp in front of our door has been dark for three weeks now and the one \
     across the street blinks all night long, could somebody please come and look at both of them before the winter, thank you very much";
/// A person the box has never heard of.
const STRANGER: &str = "+15555550177";

impl Maker {
    pub(super) fn load(&mut self, at: Tick) -> Act {
        let to = self.person();
        match self.below(20) {
            0..=6 => Act::Ask(Box::new(Ask::Message(self.message(to, at)))),
            7..=13 => Act::Ask(Box::new(Ask::Session(self.session(to, at)))),
            14 => Act::Resolve { decision: *self.pick(&[As::Resend, As::Sent, As::Cancel]) },
            15 | 16 => Act::Desk { deed: *self.pick(Deed::ALL), person: self.below(self.people.len() as u64) as usize },
            _ => {
                let from = if self.below(8) == 0 { STRANGER.to_owned() } else { to };
                Act::Text { from, modem: self.modem(), text: (*self.pick(TEXTS)).to_owned() }
            }
        }
    }

    fn person(&mut self) -> String {
        if self.below(25) == 0 {
            return NOBODY.to_owned();
        }
        let place = self.below(self.people.len() as u64) as usize;
        self.people[place].0.clone()
    }

    /// A number as clients write it.
    fn written(&mut self, number: String) -> String {
        let national = number.strip_prefix("+1").filter(|national| national.len() == 10).map(str::to_owned);
        match (self.below(5), national) {
            (0, Some(national)) => national,
            (1, Some(national)) => format!("({}) {}-{}", &national[..3], &national[3..6], &national[6..]),
            (_, _) => number,
        }
    }

    /// The wall time some minutes after `at`.
    fn minutes_after(&mut self, at: Tick, most: u64) -> Timestamp {
        let minutes = Duration::from_mins(1 + self.below(most));
        Timestamp::from_unix_ms(self.wall_ms).plus(at.since(Tick::default()) + minutes)
    }

    fn message(&mut self, to: String, at: Tick) -> NewMessage {
        let long = "The water is off in your street until the evening; we are sorry for it. ".repeat(1 + self.below(6) as usize);
        let text = (*self.pick(&["Your power is back.", "Pump 3 failed.", long.as_str(), "Світло повернулося."])).to_owned();
        let categories = [Category::Safety, Category::Alarm, Category::Outage, Category::Visits, Category::Billing, Category::Account];
        NewMessage {
            to: self.written(to),
            text: Text::new(text),
            policy: *self.pick(&[Policy::Alarm, Policy::Notice, Policy::Once]),
            rank: (self.below(4) == 0).then(|| Rank(1 + self.below(9) as u8)),
            category: if self.below(3) == 0 { Some(*self.pick(&categories)) } else { None },
            not_before: if self.below(6) == 0 { Some(self.minutes_after(at, 60)) } else { None },
            expires_at: if self.below(4) == 0 { Some(self.minutes_after(at, 240).plus(Duration::from_hours(1))) } else { None },
            sim: (self.below(10) == 0).then(|| Card::numbered(self.modem() as u16 + 1).iccid),
            parts_max: None,
            class: (self.below(20) == 0).then_some(0),
            report: true,
            replaces: (self.below(12) == 0).then(|| 1 + self.below(3) as u8),
            tags: if self.below(8) == 0 { vec!["storm".to_owned()] } else { Vec::new() },
            source: "simulation".to_owned(),
            idempotency: None,
        }
    }

    fn session(&mut self, to: String, at: Tick) -> NewSession {
        if let Some(twin) = self.before.clone().filter(|_| self.chance.below(8) == 0) {
            return twin;
        }
        let (flow, data) = self.story();
        let session = NewSession {
            flow: flow.to_owned(),
            to: Some(self.written(to)),
            data,
            language: if self.below(4) == 0 { Some((*self.pick(&["es", "uk", "en"])).to_owned()) } else { None },
            not_before: if self.below(10) == 0 { Some(self.minutes_after(at, 30)) } else { None },
            source: "simulation".to_owned(),
            ..NewSession::default()
        };
        self.before = Some(session.clone());
        session
    }

    /// A flow with what it is told.
    fn story(&mut self) -> (&'static str, BTreeMap<String, Value>) {
        let number = self.below(1_000_000);
        let mandate = self.below(4) > 0;
        let (flow, data) = match self.below(6) {
            0..=2 => return ("pay.past_due", bill(number, mandate)),
            3 => ("outage.confirm", vec![("place", text(&format!("Elm St {number}")))]),
            4 => {
                ("crew.job", vec![("order", text(&format!("J{number}"))), ("place", text("Elm St 5")), ("task", text("change the meter"))])
            }
            _ => ("crew.visit", vec![("order", text(&format!("W{number}"))), ("date", day()), ("window", text("9-12"))]),
        };
        (flow, slots(data))
    }
}

/// What a bill is made of.
pub(super) fn bill(account: u64, mandate: bool) -> BTreeMap<String, Value> {
    slots(vec![
        ("account", text(&format!("{account:08}"))),
        ("amount", Value::Money(Money { hundredths: 8_450 })),
        ("due", day()),
        ("card", text("1234")),
        ("mandate", Value::Bool(mandate)),
    ])
}

fn slots(data: Vec<(&str, Value)>) -> BTreeMap<String, Value> {
    data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn text(words: &str) -> Value {
    Value::Text(words.to_owned())
}

fn day() -> Value {
    Value::Date(jiff::civil::date(2026, 11, 28))
}
