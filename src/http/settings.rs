//! `/v1/settings` and `/v1/lanes`: the facts of the utility, and how urgent what is.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::ApiJson;
use super::list::List;
use crate::engine::configure;
use crate::settings::Settings;
use crate::terms::{Category, Lane, Policy, QuietHours, Rank};

/// The settings every box has. In a PUT, what is left out gets its default.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct SettingsView(pub Settings);

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
    /// First hour in which unasked texts leave; absent with `until` is always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u8>,
    /// Hour at which they stop leaving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u8>,
    /// Whether a person must have opted in.
    #[serde(default)]
    pub requires_opt_in: bool,
}

impl LaneView {
    /// A lane, rendered.
    pub fn of(lane: &Lane) -> Self {
        Self {
            name: lane.name.clone(),
            category: lane.category,
            rank: lane.rank.0,
            policy: lane.policy,
            from: lane.hours.map(|hours| hours.from_hour),
            until: lane.hours.map(|hours| hours.until_hour),
            requires_opt_in: lane.requires_opt_in,
        }
    }

    /// A lane, read.
    pub fn into_lane(self) -> Lane {
        let hours = match (self.from, self.until) {
            (None, None) => None,
            (from, until) => Some(QuietHours { from_hour: from.unwrap_or(0), until_hour: until.unwrap_or(24) }),
        };
        let (rank, requires_opt_in) = (Rank(self.rank), self.requires_opt_in);
        Lane { name: self.name, category: self.category, rank, policy: self.policy, hours, requires_opt_in }
    }
}

/// Every lane.
pub async fn lanes(State(app): State<App>) -> Result<Json<List<LaneView>>, ApiError> {
    let book = app.engine().book().await?;
    Ok(Json(List::whole(book.lanes.iter().map(LaneView::of).collect())))
}
