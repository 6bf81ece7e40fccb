//! What a SIM may send: counted when the modem is about to be given a part, since the network may charge for it from then on.

use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Unit, Zoned, ZonedRound};

use crate::settings::Caps;
use crate::terms::{Policy, Rank, Word};
use crate::time::Timestamp;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// Which cap a SIM has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// Parts in a minute.
    Minute,
    /// Parts in a day.
    Day,
    /// Parts in a month.
    Month,
    /// People in a day: only who was texted on it today is texted on it again.
    Recipients,
}

impl Word for Cap {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Minute, "minute"), (Self::Day, "day"), (Self::Month, "month"), (Self::Recipients, "recipients")];
}

/// Which caps hold a text back; who passes more of them is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passes {
    /// Each of them does.
    None,
    /// That of a minute does not: it is a pace, and an alarm keeps none. The others are what the operator's contract allows.
    Minute,
    /// None does.
    Every,
}

impl Word for Passes {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::None, "none"), (Self::Minute, "minute"), (Self::Every, "every")];
}

impl Passes {
    /// By what a text is: urgent by its rank, a page to somebody on duty, or an alarm in a lane of whatever rank.
    pub const fn of(rank: Rank, policy: Policy, is_page: bool) -> Self {
        match policy {
            _ if rank.is_urgent() || is_page => Self::Every,
            Policy::Alarm => Self::Minute,
            Policy::Notice | Policy::Once => Self::None,
        }
    }

    /// Whether a text waits at this cap.
    pub const fn is_held_at(self, cap: Cap) -> bool {
        match self {
            Self::None => true,
            Self::Minute => !matches!(cap, Cap::Minute),
            Self::Every => false,
        }
    }
}

/// A SIM that sends only what is urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub cap: Cap,
    /// Until when.
    pub until: Timestamp,
}

/// What a SIM has sent in the windows that end at the instants beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// End of the minute, which begins with its first part.
    pub minute_until: Timestamp,
    /// Parts in it.
    pub minute_parts: u32,
    /// Midnight of the box.
    pub day_until: Timestamp,
    /// Parts in the day.
    pub day_parts: u32,
    /// People in the day.
    pub day_people: u32,
    /// End of the calendar month.
    pub month_until: Timestamp,
    /// Parts in it.
    pub month_parts: u32,
}

impl Default for Usage {
    fn default() -> Self {
        let never = Timestamp::from_unix_ms(0);
        Self { minute_until: never, minute_parts: 0, day_until: never, day_parts: 0, day_people: 0, month_until: never, month_parts: 0 }
    }
}

impl Usage {
    /// The same at `now`: a window that is over begins anew, and so does one that ends further ahead than it can be long, since the
    /// clock was set back.
    #[must_use]
    pub fn at(mut self, now: Timestamp, zone: &TimeZone) -> Self {
        if is_over(self.minute_until, now, MINUTE_MS) {
            (self.minute_until, self.minute_parts) = (now.shifted_ms(MINUTE_MS), 0);
        }
        if is_over(self.day_until, now, 2 * DAY_MS) {
            (self.day_until, self.day_parts, self.day_people) = (midnight(now, zone), 0, 0);
        }
        if is_over(self.month_until, now, 32 * DAY_MS) {
            (self.month_until, self.month_parts) = (month_end(now, zone), 0);
        }
        self
    }

    /// When the day began; an hour off in the nights in which the clock is put on or back.
    pub fn day_from(&self) -> Timestamp {
        self.day_until.shifted_ms(-DAY_MS)
    }

    /// One more part, to somebody whom it has not texted today or to somebody whom it has.
    pub fn count(&mut self, new_person: bool) {
        for parts in [&mut self.minute_parts, &mut self.day_parts, &mut self.month_parts] {
            *parts = parts.saturating_add(1);
        }
        self.day_people = self.day_people.saturating_add(u32::from(new_person));
    }

    /// The cap that holds longest.
    pub fn held(&self, caps: &Caps) -> Option<Held> {
        self.reached(caps).next()
    }

    /// The cap that holds longest whoever the text is for.
    pub fn held_for_all(&self, caps: &Caps) -> Option<Held> {
        self.reached(caps).find(|held| held.cap != Cap::Recipients)
    }

    fn reached(&self, caps: &Caps) -> impl Iterator<Item = Held> {
        let table = [
            (Cap::Month, caps.month, self.month_parts, self.month_until),
            (Cap::Day, caps.day, self.day_parts, self.day_until),
            (Cap::Recipients, caps.recipients, self.day_people, self.day_until),
            (Cap::Minute, caps.minute, self.minute_parts, self.minute_until),
        ];
        let reached = table.into_iter().filter(|(_, limit, count, _)| *limit > 0 && count >= limit);
        reached.map(|(cap, _, _, until)| Held { cap, until })
    }
}

fn is_over(until: Timestamp, now: Timestamp, longest_ms: i64) -> bool {
    until <= now || until.ms_since(now) > longest_ms
}

fn midnight(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let day = ZonedRound::new().smallest(Unit::Day).mode(jiff::RoundMode::Trunc);
    let today = now.civil(zone).round(day);
    instant(today.and_then(|today| today.checked_add(1.day())), now, DAY_MS)
}

fn month_end(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let civil = now.civil(zone);
    let next = civil.date().first_of_month().checked_add(1.month()).and_then(|day| day.to_zoned(zone.clone()));
    instant(next, now, 30 * DAY_MS)
}

/// The end of the calendar has windows, too.
fn instant(at: Result<Zoned, jiff::Error>, now: Timestamp, otherwise_ms: i64) -> Timestamp {
    at.map_or(now.shifted_ms(otherwise_ms), |at| Timestamp::from_unix_ms(at.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps { minute: 3, day: 5, month: 8, recipients: 2 };

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("an instant")
    }

    fn kyiv() -> TimeZone {
        TimeZone::get("Europe/Kyiv").expect("a zone")
    }

    /// So many parts to one person at each of these times: what holds the SIM after the last.
    fn check(name: &str, caps: &Caps, sent: &[(&str, u32)], want: Option<(Cap, &str)>) {
        let mut usage = Usage::default();
        let mut new_person = true;
        for (time, parts) in sent {
            usage = usage.at(at(time), &kyiv());
            for _ in 0..*parts {
                usage.count(new_person);
                new_person = false;
            }
        }
        let want = want.map(|(cap, until)| Held { cap, until: at(until) });
        assert_eq!(usage.held(caps), want, "{name}");
    }

    #[test]
    fn a_sim_sends_what_it_may() {
        let (noon, later) = ("2026-11-22T12:00:00Z", "2026-11-22T12:01:00Z");
        check("room", &CAPS, &[(noon, 2)], None);
        check("a minute", &CAPS, &[(noon, 3)], Some((Cap::Minute, later)));
        check("the next minute", &CAPS, &[(noon, 3), (later, 1)], None);
        check("a day, until midnight of the box", &CAPS, &[(noon, 3), (later, 2)], Some((Cap::Day, "2026-11-22T22:00:00Z")));
        check("the next day", &CAPS, &[(noon, 3), (later, 2), ("2026-11-22T22:00:00Z", 2)], None);
        let days = [(noon, 4), ("2026-11-23T12:00:00Z", 4)];
        check("a month", &CAPS, &days, Some((Cap::Month, "2026-11-30T22:00:00Z")));
        check("no cap", &Caps { minute: 0, day: 0, month: 0, recipients: 0 }, &[(noon, 1_000_000)], None);
        check(
            "the night in which the clock is put back",
            &CAPS,
            &[("2026-10-24T21:30:00Z", 3), ("2026-10-24T22:30:00Z", 2)],
            Some((Cap::Day, "2026-10-25T22:00:00Z")),
        );
    }

    /// Who is held at the cap of a minute, and who at that of a day.
    #[test]
    fn an_alarm_waits_for_no_minute_whatever_its_rank() {
        let table = [
            ("an ordinary notice", Rank(3), Policy::Notice, false, (true, true)),
            ("at most once", Rank(5), Policy::Once, false, (true, true)),
            ("urgent by its rank", Rank(2), Policy::Notice, false, (false, false)),
            ("an alarm in an outage lane", Rank(3), Policy::Alarm, false, (false, true)),
            ("an alarm of the last rank", Rank(9), Policy::Alarm, false, (false, true)),
            ("a page in a lane of crews", Rank(3), Policy::Notice, true, (false, false)),
        ];
        for (name, rank, policy, is_page, held) in table {
            let passes = Passes::of(rank, policy, is_page);
            assert_eq!((passes.is_held_at(Cap::Minute), passes.is_held_at(Cap::Day)), held, "{name}");
            assert_eq!(passes.is_held_at(Cap::Month), held.1, "{name}");
            assert_eq!(passes.is_held_at(Cap::Recipients), held.1, "{name}");
        }
    }

    #[test]
    fn people_are_counted_once() {
        let mut usage = Usage::default().at(at("2026-11-22T12:00:00Z"), &kyiv());
        usage.count(true);
        usage.count(false);
        assert_eq!(usage.held(&CAPS), None);
        let mut crowd = usage.clone();
        crowd.minute_parts = 0;
        crowd.count(true);
        assert_eq!(crowd.held(&CAPS).map(|held| held.cap), Some(Cap::Recipients));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nobody_for_years() {
        let mut usage = Usage::default().at(at("2036-01-01T00:00:00Z"), &kyiv());
        (0..100).for_each(|_| usage.count(true));
        assert!(usage.held(&CAPS).is_some());
        assert_eq!(usage.at(at("2026-11-22T12:00:00Z"), &kyiv()).held(&CAPS), None);
    }
}
