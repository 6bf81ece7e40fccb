//! Quiet hours and the calendar of the box: when an unasked text may leave, and which instant a flow's moment is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::flow::template::TimeOf;
use super::flow::{Flow, Moment};
use super::rules::Rules;
use super::{packs, render};
use crate::office::Presence;
use crate::settings::Settings;
use crate::terms::hours::spans;
use crate::terms::{Category, Hours, Lane};
use crate::time::Timestamp;
use crate::value::Value;

/// The slot in which a session is told the zone of its premise.
pub const ZONE: &str = "zone";
/// The fact in which a person's choice stands: when texts about outages may come.
pub const OUTAGE_HOURS: &str = "outage_hours";
/// Longer than this nothing is put off: a lane whose hours never come is refused, and so are years of holidays.
const AHEAD_DAYS: i64 = 60;

/// The person's zone where it is known, else the premise's, else the box's; a name nobody knows is UTC.
pub fn zone(person: Option<&str>, slots: Option<&BTreeMap<String, Value>>, settings: &Settings) -> TimeZone {
    let named = |name: &str| TimeZone::get(name).ok();
    let premise = slots.and_then(|slots| match slots.get(ZONE) {
        Some(Value::Text(name)) => named(name),
        Some(_) | None => None,
    });
    person.and_then(named).or(premise).or_else(|| named(&settings.zone)).unwrap_or(TimeZone::UTC)
}

/// Whether this is the name of a time zone.
pub fn is_zone(value: &Value) -> bool {
    matches!(value, Value::Text(name) if TimeZone::get(name).is_ok())
}

/// The hours of a flow's texts to one person: texts about outages come when the person chose; where there was no choice, in
/// the lane's hours, unless the flow says that it does not wait (`quiet = "send"`).
pub fn of<'a>(lane: &'a Lane, flow: Option<&Flow>, facts: Option<&BTreeMap<String, Value>>) -> Cow<'a, [Hours]> {
    let chosen = facts.filter(|_| lane.category == Category::Outage).and_then(|facts| facts.get(OUTAGE_HOURS));
    match chosen.and_then(choice) {
        Some(chosen) => Cow::Owned(chosen),
        None if flow.is_some_and(|flow| flow.ignores_quiet_hours) => Cow::default(),
        None => Cow::Borrowed(&lane.hours),
    }
}

/// A choice as it is written: hours, separated by semicolons. Hours that nobody can read are no choice.
pub fn choice(value: &Value) -> Option<Vec<Hours>> {
    let Value::Text(words) = value else { return None };
    words.split(';').map(|hours| hours.trim().parse().ok()).collect()
}

/// The first instant, from `now` on, at which a text of these hours may leave; `None` is at once.
pub fn not_before(now: Timestamp, hours: &[Hours], holidays: &[Date], zone: &TimeZone) -> Option<Timestamp> {
    if hours.is_empty() {
        return None;
    }
    let today = now.civil(zone).date();
    for day in (0..AHEAD_DAYS).map(|ahead| today.saturating_add(ahead.days())) {
        for (from, until) in spans(hours, day, holidays) {
            let (from, until) = (local(from, zone), local(until, zone));
            if now < from {
                return Some(from);
            }
            if now < until {
                return None;
            }
        }
    }
    Some(local(today.saturating_add(AHEAD_DAYS.days()).to_datetime(Time::midnight()), zone))
}

/// The instant of a moment such as `{date} -1d 09:00`; `None` while its slots hold no day or time.
pub fn moment(moment: &Moment, slots: &BTreeMap<String, Value>, zone: &TimeZone) -> Option<Timestamp> {
    let day = day(slots.get(&moment.day)?)?.saturating_add(jiff::Span::new().days(moment.shift_days));
    let time = match &moment.time {
        TimeOf::Fixed(time) => *time,
        TimeOf::Slot(slot) => clock(slots.get(slot)?)?,
    };
    Some(instant(day, time, zone))
}

fn day(value: &Value) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::Text(text) => text.parse().ok(),
        Value::Number(_) | Value::Money(_) | Value::Time(_) | Value::Bool(_) | Value::Rows(_) => None,
    }
}

fn clock(value: &Value) -> Option<Time> {
    match value {
        Value::Time(time) => Some(*time),
        Value::Text(text) => super::flow::template::clock_time(text),
        Value::Number(_) | Value::Money(_) | Value::Date(_) | Value::Bool(_) | Value::Rows(_) => None,
    }
}

/// A local time that a clock change skips or doubles is read the compatible way: later in a gap, earlier in a fold.
pub fn instant(day: Date, time: Time, zone: &TimeZone) -> Timestamp {
    local(day.to_datetime(time), zone)
}

fn local(at: DateTime, zone: &TimeZone) -> Timestamp {
    let zoned = zone.to_ambiguous_zoned(at).compatible();
    // Days at the two ends of the calendar may not exist in every zone.
    zoned.map_or(Timestamp::from_unix_ms(i64::MAX), |at| Timestamp::from_unix_ms(at.timestamp().as_millisecond()))
}

/// When somebody of this queue answers, as a sentence of this language; empty where nobody knows.
pub fn somebody_answers(queue: &str, language: &str, rules: &Rules<'_>, now: Timestamp) -> String {
    let now = now.civil(&zone(None, None, rules.settings)).datetime();
    let time = |at: jiff::civil::DateTime| format!("{:02}:{:02}", at.hour(), at.minute());
    let said = |name: &str| rules.packs.text(language, name);
    match rules.queues.or_default(queue).presence(now) {
        Presence::Always => said("office_always"),
        Presence::Until(at) => said("office_until").replace("{time}", &time(at)),
        Presence::From(at) => {
            let day = render::date_shown(at.date(), language, rules);
            said("office_from").replace("{day}", &day).replace("{time}", &time(at))
        }
        Presence::Never => String::new(),
    }
}

/// The longest sentence that [`somebody_answers`] makes in this language.
pub fn longest_answer_hint(language: &str, packs: &packs::Packs) -> String {
    let said = ["office_always", "office_until", "office_from"].map(|name| packs.text(language, name));
    let filled = said.map(|text| text.replace("{day}", "30 Sept").replace("{time}", "08:00"));
    filled.into_iter().max_by_key(|text| text.chars().count()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(words: &[&str]) -> Vec<Hours> {
        words.iter().map(|words| words.parse().expect("hours")).collect()
    }

    /// 2026-11-23 is a Monday, and the 26th a holiday.
    fn check(hours: &[Hours], now: &str, want: Option<&str>) {
        let zone = TimeZone::get("Europe/Kyiv").expect("a zone");
        let holidays = [jiff::civil::date(2026, 11, 26)];
        let now = Timestamp::parse(now).expect("a time");
        assert_eq!(not_before(now, hours, &holidays, &zone), want.and_then(Timestamp::parse), "{now} {hours:?}");
    }

    #[test]
    fn unasked_texts_wait_for_the_morning() {
        let day = hours(&["daily 08:00-21:00"]);
        check(&day, "2026-11-23T10:00:00+02:00", None);
        check(&day, "2026-11-23T20:59:59+02:00", None);
        check(&day, "2026-11-23T21:00:00+02:00", Some("2026-11-24T08:00:00+02:00"));
        check(&day, "2026-11-23T03:00:00+02:00", Some("2026-11-23T08:00:00+02:00"));
        check(&[], "2026-11-23T03:00:00+02:00", None);
    }

    #[test]
    fn every_weekday_has_its_hours() {
        let week = hours(&["mon-fri 08:00-12:00", "mon-fri 13:30-21:00", "sun 10:00-18:00"]);
        check(&week, "2026-11-23T12:30:00+02:00", Some("2026-11-23T13:30:00+02:00"));
        check(&week, "2026-11-27T21:30:00+02:00", Some("2026-11-29T10:00:00+02:00"));
        check(&week, "2026-11-29T17:59:00+02:00", None);
        check(&hours(&["tue 08:00-24:00"]), "2026-11-25T00:00:00+02:00", Some("2026-12-01T08:00:00+02:00"));
    }

    #[test]
    fn on_a_holiday_only_the_hours_of_holidays_count() {
        check(&hours(&["daily 08:00-21:00"]), "2026-11-26T10:00:00+02:00", Some("2026-11-27T08:00:00+02:00"));
        check(&hours(&["daily 08:00-21:00", "hol 10:00-14:00"]), "2026-11-26T09:00:00+02:00", Some("2026-11-26T10:00:00+02:00"));
        check(&hours(&["daily,hol 08:00-21:00"]), "2026-11-26T09:00:00+02:00", None);
        // Hours that never come are put off, not for ever.
        check(&hours(&["hol 10:00-14:00"]), "2026-11-27T09:00:00+02:00", Some("2027-01-26T00:00:00+02:00"));
    }

    #[test]
    fn a_clock_change_moves_no_hour() {
        // On 2026-10-25 Kyiv goes from +03:00 to +02:00.
        check(&hours(&["daily 08:00-21:00"]), "2026-10-24T22:00:00+03:00", Some("2026-10-25T08:00:00+02:00"));
        check(&hours(&["daily 00:00-24:00"]), "2026-10-25T03:30:00+03:00", None);
    }

    #[test]
    fn the_zone_is_the_persons_else_the_premises_else_the_boxs() {
        let settings = Settings { zone: "Europe/Kyiv".to_owned(), ..Settings::default() };
        let premise = |name: &str| BTreeMap::from([(ZONE.to_owned(), Value::Text(name.to_owned()))]);
        for (person, slots, want) in [
            (Some("Asia/Tokyo"), Some(premise("America/Chicago")), "Asia/Tokyo"),
            (Some("Nowhere/None"), Some(premise("America/Chicago")), "America/Chicago"),
            (None, Some(premise("America/Chicago")), "America/Chicago"),
            (None, Some(premise("the north")), "Europe/Kyiv"),
            (None, None, "Europe/Kyiv"),
        ] {
            assert_eq!(zone(person, slots.as_ref(), &settings).iana_name(), Some(want), "{person:?} {slots:?}");
        }
    }

    #[test]
    fn a_person_chooses_when_texts_about_outages_come() {
        let lanes = crate::terms::default_lanes();
        let lane = |name: &str| lanes.iter().find(|lane| lane.name == name).expect("a lane");
        let facts = |words: &str| BTreeMap::from([(OUTAGE_HOURS.to_owned(), Value::Text(words.to_owned()))]);
        let sends = "flow = \"f\"\nlane = \"outage\"\nquiet = \"send\"\nstart = \"a\"\nexpires = \"1h\"\n[step]\na = { done = true }\n";
        let sends = Flow::parse("f.flow.toml", sends).expect("a flow");
        let chosen = facts("mon-fri 07:00-22:00; sat,sun,hol 09:00-22:00");
        assert_eq!(*of(lane("outage"), Some(&sends), Some(&chosen)), hours(&["mon-fri 07:00-22:00", "sat,sun,hol 09:00-22:00"]));
        assert_eq!(*of(lane("outage"), None, None), []);
        assert_eq!(*of(lane("outage"), None, Some(&facts("whenever"))), [], "what nobody can read is no choice");
        assert_eq!(*of(lane("billing"), None, Some(&chosen)), hours(&["daily 08:00-21:00"]));
        assert_eq!(*of(lane("billing"), Some(&sends), None), []);
        assert_eq!(*of(lane("alarm"), None, Some(&chosen)), []);
    }

    #[test]
    fn moments_are_local() {
        let zone = TimeZone::get("Europe/Kyiv").expect("a zone");
        let slots = BTreeMap::from([("date".to_owned(), Value::Date(jiff::civil::date(2026, 11, 26)))]);
        let read = |text: &str| super::moment(&Moment::parse(text).expect("a moment"), &slots, &zone);
        assert_eq!(read("{date} -1d 09:00"), Timestamp::parse("2026-11-25T09:00:00+02:00"));
        assert_eq!(read("{day} 09:00"), None);
    }
}
