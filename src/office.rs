//! Queues of people and their office hours: who works on what, and when somebody is there. Times of day are those of the
//! box's zone. What waits in a queue is in the store; what leaves the box has a queue of its own (`delivery`).

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use crate::roster::Shift;
use crate::settings::Settings;

/// The queue of what names no other one. It always exists.
pub const DEFAULT: &str = "default";

/// A queue, as the settings keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Its name in flow files.
    pub name: String,
    /// When somebody is there; none is never.
    pub hours: Vec<Shift>,
    /// Days on which no hours begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Date>,
    /// The roster whose people on duty get a text when work comes in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

/// When somebody of a queue is there, seen from one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Day and night.
    Always,
    /// Now, until then.
    Until(DateTime),
    /// From then on.
    From(DateTime),
    /// Nobody knows: no hours begin within `AHEAD_DAYS`.
    Never,
}

/// A row of holidays longer than this is a closed office.
const AHEAD_DAYS: i64 = 31;
/// Hours that go on for a week without a gap have none.
const ALWAYS_DAYS: i64 = 7;

impl Queue {
    /// When somebody is there.
    pub fn presence(&self, now: DateTime) -> Presence {
        let Some((from, mut until)) = self.spans(now).into_iter().find(|(_, until)| *until > now) else { return Presence::Never };
        if from > now {
            return Presence::From(from);
        }
        for (from, later) in self.spans(now) {
            if from <= until {
                until = until.max(later);
            }
        }
        if until.saturating_sub(ALWAYS_DAYS.days()) >= now { Presence::Always } else { Presence::Until(until) }
    }

    /// Every stretch of hours around and after this moment, in the order in which they begin.
    fn spans(&self, now: DateTime) -> Vec<(DateTime, DateTime)> {
        let days = (-1..AHEAD_DAYS).map(|ahead| now.date().saturating_add(ahead.days()));
        let open = days.filter(|day| !self.holidays.contains(day));
        let mut spans: Vec<(DateTime, DateTime)> =
            open.flat_map(|day| self.hours.iter().filter_map(move |shift| shift.span(day))).collect();
        spans.sort();
        spans
    }
}

/// The queues that a box begins with: those of the lanes and of the flows that ship.
const SHIPPED: &[(&str, Hours)] = &[
    (DEFAULT, Hours::Office),
    ("account", Hours::Office),
    ("alarm", Hours::Always),
    ("billing", Hours::Office),
    ("consent", Hours::Office),
    ("dispatch", Hours::Office),
    ("energy", Hours::Office),
    ("metering", Hours::Office),
    ("outage", Hours::Office),
    ("quality", Hours::Office),
    ("safety", Hours::Always),
    ("survey", Hours::Office),
    ("visits", Hours::Office),
    ("work", Hours::Office),
];

#[derive(Clone, Copy)]
enum Hours {
    Office,
    Always,
}

impl Hours {
    fn shifts(self, settings: &Settings) -> Vec<Shift> {
        match self {
            Self::Office => Shift::weekdays(settings.office_from, settings.office_until).into_iter().collect(),
            Self::Always => vec![Shift::ALWAYS],
        }
    }
}

/// Every queue of a box, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queues(Vec<Queue>);

impl Queues {
    /// What the settings keep, and beside it the queues that exist anyway: those that ship and the control room's.
    pub fn new(kept: Vec<Queue>, settings: &Settings) -> Self {
        let mut all = kept;
        let control_room = (settings.control_room.as_str(), Hours::Always);
        for (name, hours) in SHIPPED.iter().copied().chain([control_room]) {
            if !name.is_empty() && !all.iter().any(|queue| queue.name == name) {
                all.push(Queue { name: name.to_owned(), hours: hours.shifts(settings), holidays: Vec::new(), told: None });
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Self(all)
    }

    /// A queue that exists.
    pub fn get(&self, name: &str) -> Option<&Queue> {
        self.0.iter().find(|queue| queue.name == name)
    }

    /// This queue, else the default one: a revision that still runs may name one that was taken away.
    pub fn or_default(&self, name: &str) -> &Queue {
        // `new` puts the default queue in, and nothing takes it out.
        self.get(name).or_else(|| self.get(DEFAULT)).expect("the default queue")
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Queue> {
        self.0.iter()
    }
}

impl Default for Queues {
    fn default() -> Self {
        Self::new(Vec::new(), &Settings::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(hours: &[&str], holidays: &[&str]) -> Queue {
        Queue {
            name: "billing".to_owned(),
            hours: hours.iter().map(|shift| shift.parse().expect(shift)).collect(),
            holidays: holidays.iter().map(|day| day.parse().expect(day)).collect(),
            told: None,
        }
    }

    fn check(queue: &Queue, now: &str, want: Presence) {
        assert_eq!(queue.presence(now.parse().expect(now)), want, "{queue:?} at {now}");
    }

    fn at(text: &str) -> DateTime {
        text.parse().expect(text)
    }

    #[test]
    fn somebody_is_there_in_office_hours_and_from_the_next_ones_on() {
        // 2026-11-23 is a Monday.
        let office = queue(&["mon-fri 08:00-17:00"], &["2026-11-26", "2026-11-27"]);
        check(&office, "2026-11-23T08:00", Presence::Until(at("2026-11-23T17:00")));
        check(&office, "2026-11-23T16:59", Presence::Until(at("2026-11-23T17:00")));
        check(&office, "2026-11-23T17:00", Presence::From(at("2026-11-24T08:00")));
        check(&office, "2026-11-23T07:59", Presence::From(at("2026-11-23T08:00")));
        check(&office, "2026-11-25T20:00", Presence::From(at("2026-11-30T08:00")));
    }

    #[test]
    fn hours_run_over_noon_and_over_midnight() {
        let two = queue(&["mon-fri 08:00-12:00", "mon-fri 12:00-13:00", "mon-fri 14:00-17:00"], &[]);
        check(&two, "2026-11-23T09:00", Presence::Until(at("2026-11-23T13:00")));
        check(&two, "2026-11-23T13:30", Presence::From(at("2026-11-23T14:00")));
        let night = queue(&["sun 20:00-06:00"], &[]);
        check(&night, "2026-11-23T05:00", Presence::Until(at("2026-11-23T06:00")));
        check(&night, "2026-11-23T06:00", Presence::From(at("2026-11-29T20:00")));
        check(&queue(&["sun 20:00-06:00"], &["2026-11-22"]), "2026-11-23T05:00", Presence::From(at("2026-11-29T20:00")));
    }

    #[test]
    fn day_and_night_and_never_are_said_as_such() {
        check(&queue(&["daily 00:00-24:00"], &[]), "2026-11-23T05:00", Presence::Always);
        check(&queue(&["daily 00:00-12:00", "daily 12:00-24:00"], &[]), "2026-11-23T05:00", Presence::Always);
        check(&queue(&[], &[]), "2026-11-23T05:00", Presence::Never);
    }

    #[test]
    fn the_queues_that_ship_exist_and_can_be_told_otherwise() {
        let settings = Settings { office_from: 9, control_room: "room".to_owned(), ..Settings::default() };
        let queues = Queues::new(vec![queue(&["sat 10:00-12:00"], &[])], &settings);
        let hours = |name: &str| queues.or_default(name).hours.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(hours(DEFAULT), ["mon-fri 09:00-17:00"]);
        assert_eq!(hours("billing"), ["sat 10:00-12:00"]);
        assert_eq!(hours("room"), ["daily 00:00-24:00"]);
        assert_eq!(hours("nobody knows it"), ["mon-fri 09:00-17:00"]);
        assert!(queues.get("nobody knows it").is_none());
    }
}
