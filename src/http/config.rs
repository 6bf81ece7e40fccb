//! `/v1/config`: everything a technician changes, as one document. It is applied as a whole or not at all; what it does not
//! name stays as it is. Keys of other systems travel as their hashes.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::balances::{BalanceView, NewBalance};
use super::endpoints::{Endpoint, NewEndpoint};
use super::error::ApiError;
use super::extract::{ApiJson, ApiQuery, parse_value};
use super::queues::{NewQueue, QueueView};
use super::rosters::{NewRoster, RosterView};
use super::settings::LaneView;
use super::webhooks::{NewWebhook, Webhook};
use crate::engine::book::{LANES, SETTINGS};
use crate::engine::{Reject, Work, balance, configure};
use crate::settings::Settings;
use crate::store::{self, Reader};
use crate::terms::{Lane, Scope, Word as _, default_lanes};
use crate::time::Timestamp;

/// What is applied.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConfig {
    /// Single settings; the others stay.
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: Map<String, Value>,
    /// Lanes by name; the others stay.
    #[serde(default)]
    lane: Vec<LaneView>,
    /// Endpoints by name.
    #[serde(default)]
    endpoint: Vec<NewEndpoint>,
    /// Subscribers by name.
    #[serde(default)]
    webhook: Vec<NewWebhook>,
    /// Rosters by name.
    #[serde(default)]
    roster: Vec<NewRoster>,
    /// Queues of people by name.
    #[serde(default)]
    queue: Vec<NewQueue>,
    /// Balance rules by SIM.
    #[serde(default)]
    balance: Vec<NewBalance>,
    /// Keys by their hash.
    #[serde(default)]
    key: Vec<KeyEntry>,
    /// Flows; they are active unless `active = false`.
    #[serde(default)]
    flow: Vec<FlowEntry>,
}

/// A key of another system, without the key itself.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// Which system uses it.
    name: String,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
    /// SHA-256 of the key, in hex.
    sha256: String,
    /// Its first letters.
    prefix: String,
    /// When it stops working.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    expires: Option<Timestamp>,
}

/// A flow.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowEntry {
    /// The name of its file, for findings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The file.
    text: String,
    /// Whether new sessions begin with it.
    #[serde(default = "yes")]
    active: bool,
}

const fn yes() -> bool {
    true
}

/// What was applied.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Applied {
    /// Settings named.
    pub settings: usize,
    /// Lanes.
    pub lanes: usize,
    /// Endpoints.
    pub endpoints: usize,
    /// Webhooks.
    pub webhooks: usize,
    /// Rosters.
    pub rosters: usize,
    /// Queues of people.
    pub queues: usize,
    /// Balance rules.
    pub balances: usize,
    /// Keys.
    pub keys: usize,
    /// Flows.
    pub flows: usize,
}

/// Applies a configuration as a whole.
pub async fn import(State(app): State<App>, caller: Caller, body: ApiJson<NewConfig>) -> Result<Json<Applied>, ApiError> {
    let config = body.value;
    Ok(Json(app.write(move |work| apply(work, config, &caller.who)).await?))
}

fn apply(work: &mut Work<'_, '_>, config: NewConfig, by: &str) -> Result<Applied, Reject> {
    let applied = Applied {
        settings: config.settings.len(),
        lanes: config.lane.len(),
        endpoints: config.endpoint.len(),
        webhooks: config.webhook.len(),
        rosters: config.roster.len(),
        queues: config.queue.len(),
        balances: config.balance.len(),
        keys: config.key.len(),
        flows: config.flow.len(),
    };
    if !config.settings.is_empty() {
        let settings = merged(work, config.settings)?;
        configure::settings(work, &settings).map_err(|reject| under("/settings", reject))?;
    }
    if !config.lane.is_empty() {
        let mut given: Vec<Lane> = Vec::new();
        each("/lane", config.lane, |lane| {
            given.push(lane.into_lane()?);
            Ok(())
        })?;
        configure::check_lanes(&given).map_err(|reject| under("/lane", reject))?;
        let lanes = merged_lanes(work, given)?;
        configure::lanes(work, &lanes)?;
    }
    each("/endpoint", config.endpoint, |endpoint| configure::endpoint(work, &endpoint.into_request()).map(drop))?;
    each("/webhook", config.webhook, |webhook| configure::webhook(work, &webhook.into_request()).map(drop))?;
    each("/roster", config.roster, |roster| configure::roster(work, &roster.into_request()).map(drop))?;
    each("/queue", config.queue, |queue| configure::queue(work, &queue.into_request()).map(drop))?;
    each("/balance", config.balance, |rule| balance::put(work, &rule.into_request()).map(drop))?;
    each("/key", config.key, |key| key_entry(work, &key))?;
    flows(work, config.flow, by)?;
    Ok(applied)
}

/// Flows may run each other: all of them are kept before the first is held against the others.
fn flows(work: &mut Work<'_, '_>, entries: Vec<FlowEntry>, by: &str) -> Result<(), Reject> {
    let mut kept = Vec::new();
    each("/flow", entries, |flow| {
        let file = flow.file.unwrap_or_else(|| "flow.toml".to_owned());
        let put = configure::keep_flow(work, &file, &flow.text, by)?;
        kept.push((file, flow.text, flow.active, put));
        Ok(())
    })?;
    each("/flow", kept, |(file, text, active, put)| {
        configure::put_flow(work, &file, &text, by)?;
        if active { configure::activate_flow(work, &put.name, put.revision).map(drop) } else { Ok(()) }
    })
}

fn key_entry(work: &mut Work<'_, '_>, key: &KeyEntry) -> Result<(), Reject> {
    let new = configure::NewKey { name: key.name.clone(), scopes: key.scopes.clone(), expires_at: key.expires };
    configure::known_key(work, &new, &key.sha256, &key.prefix)
}

fn each<T>(place: &str, items: Vec<T>, mut put: impl FnMut(T) -> Result<(), Reject>) -> Result<(), Reject> {
    items.into_iter().enumerate().try_for_each(|(n, item)| put(item).map_err(|reject| under(&format!("{place}/{n}"), reject)))
}

/// A refusal of one entry, pointing into the whole.
fn under(place: &str, mut reject: Reject) -> Reject {
    for (pointer, _) in &mut reject.errors {
        pointer.insert_str(0, place);
    }
    reject
}

fn merged(work: &Work<'_, '_>, given: Map<String, Value>) -> Result<Settings, Reject> {
    let now: Settings = work.tx.setting(SETTINGS)?.unwrap_or_default();
    let mut all = serde_json::to_value(now).map_err(|error| Reject::new("internal", error.to_string()))?;
    if let Some(map) = all.as_object_mut() {
        map.extend(given);
    }
    parse_value(&all).map_err(|(pointer, reason)| Reject::at("invalid", &format!("/settings{pointer}"), reason))
}

fn merged_lanes(work: &Work<'_, '_>, given: Vec<Lane>) -> Result<Vec<Lane>, Reject> {
    let mut lanes = lanes_of(work.tx)?;
    for lane in given {
        match lanes.iter_mut().find(|known| known.name == lane.name) {
            Some(known) => *known = lane,
            None => lanes.push(lane),
        }
    }
    Ok(lanes)
}

fn lanes_of(reader: &Reader<'_>) -> store::Result<Vec<Lane>> {
    Ok(reader.setting(LANES)?.unwrap_or_else(default_lanes))
}

/// What is exported: the same form.
#[derive(Debug, Serialize, ToSchema)]
pub struct Config {
    /// The settings.
    #[schema(value_type = Object)]
    pub settings: Settings,
    /// The lanes, where they are not the default ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lane: Vec<LaneView>,
    /// The endpoints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub endpoint: Vec<Endpoint>,
    /// The subscribers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhook: Vec<Webhook>,
    /// The rosters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roster: Vec<RosterView>,
    /// The queues of people that were set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<QueueView>,
    /// The balance rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub balance: Vec<BalanceView>,
    /// The keys that work, by their hashes; only with secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<KeyEntry>,
    /// The active flows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flow: Vec<FlowEntry>,
}

/// What an export holds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    secrets: Option<bool>,
}

/// What the docs say of it.
pub const QUERY: &[(&str, &str)] = &[("secrets", "`true` exports the secrets of endpoints and webhooks and the hashes of keys, too.")];

/// The whole configuration.
pub async fn export(State(app): State<App>, ApiQuery(wanted): ApiQuery<Wanted>) -> Result<Json<Config>, ApiError> {
    let (secrets, now) = (wanted.secrets.unwrap_or(false), app.now());
    Ok(Json(app.read(move |reader| gather(reader, secrets, now)).await?))
}

fn gather(reader: &Reader<'_>, secrets: bool, now: Timestamp) -> store::Result<Config> {
    let lanes = lanes_of(reader)?;
    let webhook = |row: &store::WebhookRow| Webhook { id: None, ..Webhook::of(row, secrets) };
    let keys = if secrets { reader.keys()? } else { Vec::new() };
    Ok(Config {
        settings: reader.setting(SETTINGS)?.unwrap_or_default(),
        lane: if lanes == default_lanes() { Vec::new() } else { lanes.iter().map(LaneView::of).collect() },
        endpoint: reader.endpoints()?.iter().map(|row| Endpoint::of(row, secrets)).collect(),
        webhook: reader.webhooks()?.iter().map(webhook).collect(),
        roster: configure::rosters(reader)?.iter().map(RosterView::of).collect(),
        queue: configure::kept_queues(reader)?.iter().map(QueueView::of).collect(),
        balance: reader.balances()?.iter().map(BalanceView::of).collect(),
        key: keys.into_iter().filter(|key| key.works(now)).map(exported_key).collect(),
        flow: active_flows(reader)?,
    })
}

fn exported_key(key: store::ApiKey) -> KeyEntry {
    KeyEntry {
        name: key.name,
        scopes: key.scopes.iter().filter_map(|word| Scope::from_word(word)).collect(),
        sha256: key.hash,
        prefix: key.prefix,
        expires: key.expires_at,
    }
}

fn active_flows(reader: &Reader<'_>) -> store::Result<Vec<FlowEntry>> {
    let mut flows = Vec::new();
    for newest in reader.newest_flows()? {
        if let Some(active) = reader.active_flow(&newest.name)? {
            flows.push(FlowEntry { file: None, text: active.source, active: true });
        }
    }
    Ok(flows)
}
