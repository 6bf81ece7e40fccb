//! The facts of the utility, and the lanes.

use super::{Reject, Work, changed};
use crate::conversation::packs::Packs;
use crate::engine::book::{LANES, SETTINGS};
use crate::msisdn::Country;
use crate::settings::Settings;
use crate::terms::Lane;

/// Keeps the settings, all of them; every fault is told at once.
pub fn save(work: &mut Work<'_, '_>, settings: &Settings) -> Result<(), Reject> {
    let faults = faults(settings);
    if !faults.is_empty() {
        let detail = faults.iter().map(|(pointer, reason)| format!("{pointer}: {reason}")).collect::<Vec<_>>().join("; ");
        return Err(Reject { errors: faults, ..Reject::new("invalid", detail) });
    }
    work.tx.save_setting(SETTINGS, settings, work.now)?;
    changed(work)
}

/// What is wrong with settings: pointer and reason.
pub fn faults(settings: &Settings) -> Vec<(String, String)> {
    let mut faults = Vec::new();
    let mut say = |pointer: &str, reason: String| faults.push((pointer.to_owned(), reason));
    if !settings.country.is_empty() && Country::of(&settings.country).is_none() {
        let known: Vec<&str> = Country::all().iter().map(|country| country.iso).collect();
        say("/country", format!("`{}` is no country of the box; there are {}", settings.country, known.join(" ")));
    }
    if jiff::tz::TimeZone::get(&settings.zone).is_err() {
        say("/zone", format!("`{}` is no time zone; write it like Europe/Kyiv", settings.zone));
    }
    if let Err(unknown) = Packs::load(&settings.languages) {
        say("/languages", unknown.to_string());
    }
    if !settings.currency.is_empty() && !(settings.currency.len() == 3 && settings.currency.bytes().all(|b| b.is_ascii_uppercase())) {
        say("/currency", "a currency is three capital letters, for example EUR".to_owned());
    }
    if settings.office_from >= settings.office_until || settings.office_until > 24 {
        say("/office_from", "office hours begin before they end, between 0 and 24".to_owned());
    }
    if !["all", "category"].contains(&settings.stop_scope.as_str()) {
        say("/stop_scope", "`all` or `category`".to_owned());
    }
    let url = &settings.public_url;
    if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
        say("/public_url", "an address begins with https:// or http://".to_owned());
    }
    faults
}

/// Keeps the lanes, all of them.
pub fn save_lanes(work: &mut Work<'_, '_>, lanes: &[Lane]) -> Result<(), Reject> {
    for (place, lane) in lanes.iter().enumerate() {
        super::check_name(&format!("/{place}/name"), &lane.name)?;
        if lanes[..place].iter().any(|other| other.name == lane.name) {
            return Err(Reject::at("invalid", &format!("/{place}/name"), format!("the lane `{}` is there twice", lane.name)));
        }
        if lane.hours.is_some_and(|hours| hours.from_hour >= hours.until_hour || hours.until_hour > 24) {
            return Err(Reject::at("invalid", &format!("/{place}/hours"), "hours begin before they end, between 0 and 24"));
        }
    }
    work.tx.save_setting(LANES, &lanes, work.now)?;
    changed(work)
}
