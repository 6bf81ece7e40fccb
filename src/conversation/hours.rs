//! Quiet hours and the calendar of the box: when an unasked text may leave, and which instant a flow's moment is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::flow::Moment;
use super::flow::template::TimeOf;
use super::rules::Rules;
use super::{packs, render};
use crate::office::Presence;
use crate::settings::Settings;
use crate::terms::QuietHours;
use crate::time::Timestamp;
use crate::value::Value;

/// The person's zone where it is known, else the box's; a name nobody knows is UTC.
pub fn zone(person: Option<&str>, settings: &Settings) -> TimeZone {
    let named = |name: &str| TimeZone::get(name).ok();
    person.and_then(named).or_else(|| named(&settings.zone)).unwrap_or(TimeZone::UTC)
}

/// The first instant, from `now` on, at which a text of these hours may leave; `None` is at once.
pub fn not_before(now: Timestamp, hours: Option<QuietHours>, zone: &TimeZone) -> Option<Timestamp> {
    let hours = hours.filter(|hours| hours.from_hour < hours.until_hour)?;
    let local = now.civil(zone);
    let hour = local.hour() as u8;
    if (hours.from_hour..hours.until_hour).contains(&hour) {
        return None;
    }
    let day = if hour < hours.from_hour { local.date() } else { local.date().saturating_add(jiff::Span::new().days(1)) };
    Some(instant(day, jiff::civil::Time::midnight().saturating_add(jiff::Span::new().hours(i64::from(hours.from_hour))), zone))
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

fn clock(value: &Value) -> Option<jiff::civil::Time> {
    match value {
        Value::Time(time) => Some(*time),
        Value::Text(text) => super::flow::template::clock_time(text),
        Value::Number(_) | Value::Money(_) | Value::Date(_) | Value::Bool(_) | Value::Rows(_) => None,
    }
}

/// A local time that a clock change skips or doubles is read the compatible way: later in a gap, earlier in a fold.
pub fn instant(day: Date, time: jiff::civil::Time, zone: &TimeZone) -> Timestamp {
    let zoned = zone.to_ambiguous_zoned(day.to_datetime(time)).compatible();
    // Days at the two ends of the calendar may not exist in every zone.
    zoned.map_or(Timestamp::from_unix_ms(i64::MAX), |at| Timestamp::from_unix_ms(at.timestamp().as_millisecond()))
}

/// When somebody of this queue answers, as a sentence of this language; empty where nobody knows.
pub fn somebody_answers(queue: &str, language: &str, rules: &Rules<'_>, now: Timestamp) -> String {
    let now = now.civil(&zone(None, rules.settings)).datetime();
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

    #[test]
    fn unasked_texts_wait_for_the_morning() {
        let zone = TimeZone::get("Europe/Kyiv").expect("a zone");
        let day = Some(QuietHours { from_hour: 8, until_hour: 21 });
        for (now, want) in [
            ("2026-11-23T10:00:00+02:00", None),
            ("2026-11-23T20:59:00+02:00", None),
            ("2026-11-23T21:00:00+02:00", Some("2026-11-24T08:00:00+02:00")),
            ("2026-11-23T03:00:00+02:00", Some("2026-11-23T08:00:00+02:00")),
        ] {
            let now = Timestamp::parse(now).expect("a time");
            assert_eq!(not_before(now, day, &zone), want.and_then(Timestamp::parse), "{now}");
        }
        assert_eq!(not_before(Timestamp::from_unix_ms(0), None, &zone), None);
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
