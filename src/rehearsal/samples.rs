//! What a rehearsal knows where nobody says more: a utility, and a sample for each type of slot.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Trouble;
use crate::conversation::flow::{Flow, Kind};
use crate::conversation::packs::Packs;
use crate::settings::Settings;
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
