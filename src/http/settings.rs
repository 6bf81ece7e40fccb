//! `/v1/settings` and `/v1/lanes`: the facts of the utility, and how urgent what is.

use std::borrow::Cow;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::App;
use super::error::ApiError;
use super::extract::ApiJson;
use super::list::List;
use crate::engine::{Reject, configure};
use crate::settings::Settings;
use crate::terms::{Category, Hours, Lane, Policy, Rank, lane_hours};

/// The settings, in the form of [`SettingsShape`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SettingsView(pub Settings);

impl ToSchema for SettingsView {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Settings")
    }
}

impl PartialSchema for SettingsView {
    fn schema() -> RefOr<Schema> {
        SettingsShape::schema()
    }
}

/// The settings every box has. In a PUT, what is left out gets its default.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only its schema is used: Settings itself lies below and knows no OpenAPI")]
struct SettingsShape {
    /// The name people read: `{utility}`.
    utility: Option<String>,
    /// ISO letters of the country: number forms, date order, emergency number.
    country: Option<String>,
    /// IANA zone, for example `Europe/Kyiv`.
    zone: Option<String>,
    /// ISO letters of the currency.
    currency: Option<String>,
    /// Language packs that are on; the first is the default.
    languages: Option<Vec<String>>,
    /// The number that saves lives: `{emergency}`.
    emergency: Option<String>,
    /// Where customers' phones reach the box's link pages; empty turns `link` steps to their `expired` branch.
    public_url: Option<String>,
    /// The queue that urgent danger tasks go to.
    control_room: Option<String>,
    /// Days on which texts leave only in the hours that a lane has for holidays (`hol`).
    #[schema(value_type = Option<Vec<String>>)]
    holidays: Option<Vec<jiff::civil::Date>>,
    /// First office hour.
    office_from: Option<u8>,
    /// Hour at which the office closes.
    office_until: Option<u8>,
    /// For so many minutes after somebody of the house closed a conversation, what comes goes to their queue; 0: a new thread at
    /// once; 60 when absent.
    keep_closed_minutes: Option<u32>,
    /// What a person who smells gas reads.
    safety_gas: Option<String>,
    /// What a person who sees a wire down reads.
    safety_wires: Option<String>,
    /// Scope of a plain STOP: `all`, or `category` where and while that is lawful.
    stop_scope: Option<String>,
    /// Texts of the category safety may reach who opted out, each with an approver and a reason; `false` when absent.
    safety_passes_stop: Option<bool>,
    /// How much each SIM may send.
    #[schema(inline)]
    caps: Option<CapsShape>,
    /// Texts of each SIM to the box itself, as a proof that it sends and receives. Each costs one text.
    #[schema(inline)]
    proof_of_life: Option<ProofOfLifeShape>,
    /// ICCIDs of SIMs by how numbers begin (`+38067`): who has never been texted is texted from there.
    sim_by_prefix: Option<std::collections::BTreeMap<String, String>>,
}

/// What a SIM may send before its texts wait; 0 is no cap. Safety, alarms and the box's own answers to STOP, HELP and danger pass.
#[derive(Deserialize, ToSchema)]
#[schema(as = Caps)]
#[expect(dead_code, reason = "only its schema is used: Caps itself lies below and knows no OpenAPI")]
struct CapsShape {
    /// Parts in a minute; 60 when absent.
    minute: Option<u32>,
    /// Parts in a day of the box's zone; 10,000 when absent.
    day: Option<u32>,
    /// Parts in a calendar month; 100,000 when absent.
    month: Option<u32>,
    /// Different people in a day; 5,000 when absent.
    recipients: Option<u32>,
}

/// How often each SIM proves that it sends and receives.
#[derive(Deserialize, ToSchema)]
#[schema(as = ProofOfLife)]
#[expect(dead_code, reason = "only its schema is used: ProofOfLife itself lies below and knows no OpenAPI")]
struct ProofOfLifeShape {
    /// Hours between two proofs of a SIM, 720 at most; 0, as when absent, is none.
    every_hours: Option<u16>,
    /// `itself` when absent, or `another` SIM of the box where there is one.
    to: Option<String>,
}

/// The settings.
pub async fn show(State(app): State<App>) -> Result<Json<SettingsView>, ApiError> {
    Ok(Json(SettingsView(app.engine().book().await?.settings.clone())))
}

/// Replaces the settings.
pub async fn put(State(app): State<App>, body: ApiJson<SettingsView>) -> Result<Json<SettingsView>, ApiError> {
    let settings = body.value.0;
    let kept = settings.clone();
    app.write(move |work| configure::settings(work, &settings)).await?;
    Ok(Json(SettingsView(kept)))
}

/// A lane: what its flows have in common.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneView {
    /// Its name in flow files.
    pub name: String,
    /// Consent category.
    #[schema(value_type = String)]
    pub category: Category,
    /// Urgency: 1 goes first, 9 last.
    pub rank: u8,
    /// What a doubt does: `alarm`, `notice` or `once`.
    #[schema(value_type = String)]
    pub policy: Policy,
    /// First hour of every day in which unasked texts leave; absent with `until` and `hours` is always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u8>,
    /// Hour at which they stop leaving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u8>,
    /// Other hours on other days, in place of `from` and `until`: `mon-fri 08:00-21:00`, `sat,sun,hol 10:00-18:00`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub hours: Vec<Hours>,
    /// Whether a person must have opted in.
    #[serde(default)]
    pub requires_opt_in: bool,
    /// ICCIDs of the SIMs that its texts may leave on, the first one first; none is every SIM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sims: Vec<String>,
}

impl LaneView {
    /// A lane, rendered.
    pub fn of(lane: &Lane) -> Self {
        let daily = match lane.hours.as_slice() {
            [hours] => hours.as_daily(),
            _ => None,
        };
        let (from, until) = daily.unzip();
        Self {
            name: lane.name.clone(),
            category: lane.category,
            rank: lane.rank.0,
            policy: lane.policy,
            from,
            until,
            hours: if daily.is_some() { Vec::new() } else { lane.hours.clone() },
            requires_opt_in: lane.requires_opt_in,
            sims: lane.sims.clone(),
        }
    }

    /// A lane, read.
    pub fn into_lane(self) -> Result<Lane, Reject> {
        let hours =
            lane_hours(self.from, self.until, self.hours).map_err(|(key, reason)| Reject::at("invalid", &format!("/{key}"), reason))?;
        let (rank, requires_opt_in) = (Rank(self.rank), self.requires_opt_in);
        Ok(Lane { name: self.name, category: self.category, rank, policy: self.policy, hours, requires_opt_in, sims: self.sims })
    }
}

/// Every lane.
pub async fn lanes(State(app): State<App>) -> Result<Json<List<LaneView>>, ApiError> {
    let book = app.engine().book().await?;
    Ok(Json(List::whole(book.lanes.iter().map(LaneView::of).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_names_every_setting_and_no_other() {
        let schema = serde_json::to_value(SettingsView::schema()).expect("a schema");
        let settings = serde_json::to_value(Settings::default()).expect("settings");
        let keys =
            |value: &serde_json::Value| value.as_object().expect("an object").keys().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(keys(&schema["properties"]), keys(&settings));
    }
}
