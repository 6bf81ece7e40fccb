//! What a rehearsal knows where nobody says more: a utility, and a sample for each type of slot.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::Trouble;
use crate::conversation::flow::{Flow, Kind};
use crate::conversation::packs::Packs;
use crate::settings::Settings;
use crate::terms::{Category, Hours, Lane, Policy, Rank, default_lanes, lane_hours};
use crate::time::Timestamp;
use crate::value::{Money, Row, Value};

/// Monday 2026-11-23, 10:00 in the zone of [`settings`].
pub(super) const START: Timestamp = Timestamp::from_unix_ms(1_795_420_800_000);

/// The settings of every rehearsal: every language pack is on.
pub(super) fn settings() -> Settings {
    Settings {
        utility: "Northgrid".to_owned(),
        country: "UA".to_owned(),
        zone: "Europe/Kyiv".to_owned(),
        languages: Packs::shipped(),
        emergency: "112".to_owned(),
        public_url: "https://northgrid.example".to_owned(),
        control_room: "control_room".to_owned(),
        ..Settings::default()
    }
}

/// Settings of a file: those of [`Settings`], alone or under `[settings]`.
pub fn settings_of(file: &Path) -> Result<Settings, Trouble> {
    let source = std::fs::read_to_string(file).map_err(|error| Trouble(format!("{}: {error}", file.display())))?;
    let wrong = |error: &dyn std::fmt::Display| Trouble(format!("{}: {error}", file.display()));
    let table: toml::Table = source.parse().map_err(|error: toml::de::Error| wrong(&error.message()))?;
    let inner = match table.get("settings") {
        Some(toml::Value::Table(inner)) => inner.clone(),
        Some(_) | None => table,
    };
    inner.try_into().map_err(|error: toml::de::Error| wrong(&error.message()))
}

/// The names of this kind (`endpoint`, `roster`, `queue`) in an exported configuration; `None` where it holds none of the kind.
pub fn names_of(file: &Path, kind: &str) -> Result<Option<Vec<String>>, Trouble> {
    let wrong = |error: &dyn std::fmt::Display| Trouble(format!("{}: {error}", file.display()));
    let source = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    let table: toml::Table = source.parse().map_err(|error: toml::de::Error| wrong(&error.message()))?;
    let name = |entry: &toml::Value| entry.get("name").and_then(toml::Value::as_str).map(str::to_owned);
    Ok(table.get(kind).and_then(toml::Value::as_array).map(|entries| entries.iter().filter_map(name).collect()))
}

/// A lane as an exported configuration writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLane {
    name: String,
    category: Category,
    rank: u8,
    policy: Policy,
    from: Option<u8>,
    until: Option<u8>,
    #[serde(default)]
    hours: Vec<Hours>,
    #[serde(default)]
    requires_opt_in: bool,
    #[serde(default)]
    sims: Vec<String>,
}

/// The lanes of a box with this configuration: those it names, and the others as they ship.
pub fn lanes_of(file: &Path) -> Result<Vec<Lane>, Trouble> {
    let wrong = |error: &dyn std::fmt::Display| Trouble(format!("{}: lane: {error}", file.display()));
    let source = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    let table: toml::Table = source.parse().map_err(|error: toml::de::Error| wrong(&error.message()))?;
    let mut lanes = default_lanes();
    for entry in table.get("lane").and_then(toml::Value::as_array).into_iter().flatten() {
        let written: WrittenLane = entry.clone().try_into().map_err(|error: toml::de::Error| wrong(&error.message()))?;
        let WrittenLane { name, category, rank, policy, from, until, hours, requires_opt_in, sims } = written;
        let hours = lane_hours(from, until, hours).map_err(|(key, reason)| wrong(&format!("{name}: {key}: {reason}")))?;
        let lane = Lane { name, category, rank: Rank(rank), policy, hours, requires_opt_in, sims };
        match lanes.iter_mut().find(|known| known.name == lane.name) {
            Some(known) => *known = lane,
            None => lanes.push(lane),
        }
    }
    Ok(lanes)
}

/// One flow file.
pub(super) fn flow(file: &Path) -> Result<Arc<Flow>, Trouble> {
    let source = std::fs::read_to_string(file).map_err(|error| Trouble(format!("{}: {error}", file.display())))?;
    let parsed = Flow::parse(&file.display().to_string(), &source);
    parsed.map(Arc::new).map_err(|found| Trouble(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// A sample of every need the flow cannot do without.
pub(super) fn needs(flow: &Flow, now: Timestamp) -> BTreeMap<String, Value> {
    let today = now.civil(&jiff::tz::TimeZone::UTC).date();
    let sample = |kind: Kind, slot: &str| match kind {
        Kind::Text(letters) => Value::Text(slot.chars().take(usize::from(letters)).collect()),
        Kind::Int => Value::Number(5),
        Kind::Money => Value::Money(Money { hundredths: 8450 }),
        Kind::Date => Value::Date(today.saturating_add(jiff::Span::new().days(3))),
        Kind::Time => Value::Time(jiff::civil::time(17, 0, 0, 0)),
        Kind::Phone => Value::Text("+380501110000".to_owned()),
        Kind::Account => Value::Text("20417733".to_owned()),
        Kind::Bool => Value::Bool(true),
        Kind::List => Value::Rows(vec![row("one"), row("two")]),
    };
    flow.needs.iter().filter(|(_, need)| !need.optional).map(|(slot, need)| (slot.clone(), sample(need.kind, slot))).collect()
}

fn row(label: &str) -> Row {
    Row { id: label.to_owned(), label: label.to_owned() }
}
