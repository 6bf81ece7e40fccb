//! Configuration: everything a technician changes, checked before it is written. A change of settings, lanes, rosters or flows moves
//! the mark that tells the shelf to compile a new book.

mod contact;
mod flow;
mod key;
mod queue;
mod roster;
mod target;

pub use contact::{NewContact, contact, remove_contact};
pub use flow::{FlowPut, Ground, activate_flow, keep_flow, look, put_flow, retire_flow};
pub use key::{MadeKey, NewKey, known_key, new_key, revoke_key};
pub use queue::{NewQueue, kept_queues, queue, queues, remove_queue};
pub use roster::{NewOnCall, NewRoster, remove_roster, roster, rosters};
pub use target::{
    NewEndpoint, NewWebhook, endpoint, remove_endpoint, remove_webhook, replay_dead_letters, rotate_secret, test_webhook, webhook,
};

use super::book::{LANES, MARK, SETTINGS};
use super::{Reject, Work, usage};
use crate::conversation::packs::Packs;
use crate::conversation::{hours, law};
use crate::msisdn::Country;
use crate::settings::{ProofOfLife, Settings};
use crate::terms::Lane;
use crate::time::Timestamp;

/// Replaces the settings.
pub fn settings(work: &mut Work<'_, '_>, settings: &Settings) -> Result<(), Reject> {
    let wrong = wrong_settings(settings, work.now);
    if !wrong.is_empty() {
        return Err(all_at(&wrong));
    }
    work.tx.save_setting(SETTINGS, settings, work.now)?;
    usage::look_again(work, settings)?;
    mark(work)
}

fn wrong_settings(settings: &Settings, now: Timestamp) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    if !settings.country.is_empty() && Country::of(&settings.country).is_none() {
        let known: Vec<&str> = Country::all().iter().map(|country| country.iso).collect();
        wrong.push(("/country", format!("`{}` is not known; known are {}", settings.country, known.join(" "))));
    }
    if jiff::tz::TimeZone::get(&settings.zone).is_err() {
        wrong.push(("/zone", format!("`{}` is no time zone; write it like Europe/Kyiv", settings.zone)));
    }
    let shipped = Packs::shipped();
    if let Some(unknown) = settings.languages.iter().find(|language| !shipped.contains(language)) {
        wrong.push(("/languages", format!("there is no language pack `{unknown}`; there are {}", shipped.join(", "))));
    }
    if settings.languages.is_empty() {
        wrong.push(("/languages", format!("name at least one; there are {}", shipped.join(", "))));
    }
    if settings.holidays.len() > HOLIDAYS_MAX {
        wrong.push(("/holidays", format!("at most {HOLIDAYS_MAX}: leave out those that are over")));
    }
    if settings.office_from >= settings.office_until || settings.office_until > 24 {
        wrong.push(("/office_until", "office hours are two hours of a day, the first before the second, at most 24".to_owned()));
    }
    if settings.keep_closed_minutes > KEEP_CLOSED_MINUTES_MAX {
        wrong.push(("/keep_closed_minutes", format!("0 to {KEEP_CLOSED_MINUTES_MAX}: a week at most")));
    }
    if !["all", "category"].contains(&settings.stop_scope.as_str()) {
        wrong.push(("/stop_scope", "must be `all` or `category`".to_owned()));
    }
    if settings.stop_scope == law::CATEGORY {
        wrong.extend(unlawful_scope(settings, now).map(|reason| ("/stop_scope", reason)));
    }
    if settings.proof_of_life.every_hours > ProofOfLife::EVERY_HOURS_MAX {
        wrong.push(("/proof_of_life/every_hours", format!("0 (none) to {}: a month at most", ProofOfLife::EVERY_HOURS_MAX)));
    }
    if ![ProofOfLife::ITSELF, ProofOfLife::ANOTHER].contains(&settings.proof_of_life.to.as_str()) {
        wrong.push(("/proof_of_life/to", "must be `itself` or `another`".to_owned()));
    }
    if !settings.public_url.is_empty() && !settings.public_url.starts_with("https://") && !settings.public_url.starts_with("http://") {
        wrong.push(("/public_url", "must begin with https:// (or be empty)".to_owned()));
    }
    wrong
}

/// Why a STOP may not end one category only, here and today.
fn unlawful_scope(settings: &Settings, now: Timestamp) -> Option<String> {
    let Some(until) = law::one_category_until(&settings.country) else {
        return Some("a STOP of one category is not known to be lawful in this country; write `all`".to_owned());
    };
    let today = now.civil(&hours::zone(None, None, settings)).date();
    (today >= until).then(|| format!("a STOP of one category was lawful here until {until}; write `all`"))
}

const KEEP_CLOSED_MINUTES_MAX: u32 = 7 * 24 * 60;

/// The holidays of ten years.
const HOLIDAYS_MAX: usize = 400;

/// Replaces the lanes.
pub fn lanes(work: &mut Work<'_, '_>, lanes: &[Lane]) -> Result<(), Reject> {
    check_lanes(lanes)?;
    work.tx.save_setting(LANES, &lanes, work.now)?;
    mark(work)
}

/// Refuses lanes that contradict themselves.
pub fn check_lanes(lanes: &[Lane]) -> Result<(), Reject> {
    for (n, lane) in lanes.iter().enumerate() {
        if lanes[..n].iter().any(|other| other.name == lane.name) || lane.name.is_empty() {
            return Err(Reject::at("invalid", &format!("/{n}/name"), "every lane has a name of its own"));
        }
        if !(1..=9).contains(&lane.rank.0) {
            return Err(Reject::at("invalid", &format!("/{n}/rank"), "a rank is 1 (first) to 9 (last)"));
        }
        if !lane.hours.is_empty() && lane.hours.iter().all(|hours| hours.is_for_holidays_only()) {
            return Err(Reject::at("invalid", &format!("/{n}/hours"), "no hours on any day of the week: nothing of this lane would leave"));
        }
        if lane.hours.len() > HOURS_MAX {
            return Err(Reject::at("invalid", &format!("/{n}/hours"), format!("at most {HOURS_MAX} stretches of hours")));
        }
    }
    Ok(())
}

/// A morning and an afternoon for every day of the week, and for holidays.
const HOURS_MAX: usize = 16;

/// The compiled book is old from here on.
fn mark(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    let mut octets = [0; 8];
    work.chance.fill(&mut octets);
    work.tx.save_setting(MARK, &format!("{:016x}", u64::from_be_bytes(octets)), work.now)?;
    Ok(())
}

/// A name that stands in flows, addresses and tables: letters, digits, `.`, `-` and `_`.
fn name(pointer: &str, text: &str) -> Result<(), Reject> {
    let fits = (1..=NAME_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if fits {
        return Ok(());
    }
    let words = format!("a name is 1 to {NAME_CHARACTERS_MAX} letters, digits, dots, dashes and underscores");
    Err(Reject::at("invalid", pointer, words))
}

const NAME_CHARACTERS_MAX: usize = 64;

/// One refusal for several values.
fn all_at(wrong: &[(&'static str, String)]) -> Reject {
    let words: Vec<String> = wrong.iter().map(|(pointer, reason)| format!("{pointer}: {reason}")).collect();
    wrong.iter().fold(Reject::new("invalid", words.join("; ")), |reject, (pointer, reason)| reject.and_at(pointer, reason.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Settings), pointers: &[&str]) {
        let now = Timestamp::parse("2026-11-23T10:00:00Z").expect("a time");
        let mut settings = Settings::default();
        change(&mut settings);
        let wrong: Vec<&str> = wrong_settings(&settings, now).iter().map(|(pointer, _)| *pointer).collect();
        assert_eq!(wrong, pointers, "{settings:?}");
    }

    #[test]
    fn settings_are_checked_value_by_value() {
        check(|_| (), &[]);
        check(|settings| settings.country = "UA".to_owned(), &[]);
        check(|settings| settings.country = "Ukraine".to_owned(), &["/country"]);
        check(|settings| settings.zone = "Kyiv".to_owned(), &["/zone"]);
        check(|settings| settings.languages = vec!["en".to_owned(), "xx".to_owned()], &["/languages"]);
        check(|settings| settings.languages.clear(), &["/languages"]);
        check(|settings| settings.office_until = 7, &["/office_until"]);
        check(|settings| settings.keep_closed_minutes = 0, &[]);
        check(|settings| settings.keep_closed_minutes = 10_081, &["/keep_closed_minutes"]);
        check(|settings| settings.holidays = vec![jiff::civil::date(2026, 12, 25); 401], &["/holidays"]);
        check(|settings| settings.proof_of_life.every_hours = 720, &[]);
        check(|settings| settings.proof_of_life.every_hours = 721, &["/proof_of_life/every_hours"]);
        check(|settings| settings.proof_of_life.to = "them".to_owned(), &["/proof_of_life/to"]);
        check(|settings| settings.stop_scope = "some".to_owned(), &["/stop_scope"]);
        check(|settings| settings.stop_scope = "category".to_owned(), &["/stop_scope"]);
        let in_the_us = |settings: &mut Settings| {
            settings.stop_scope = "category".to_owned();
            settings.country = "US".to_owned();
        };
        check(in_the_us, &[]);
        let mut settings = Settings::default();
        in_the_us(&mut settings);
        let later = Timestamp::parse("2027-01-31T00:00:00Z").expect("a time");
        assert_eq!(wrong_settings(&settings, later).len(), 1, "from that day on no more");
        check(|settings| settings.public_url = "pay.example".to_owned(), &["/public_url"]);
    }
}
