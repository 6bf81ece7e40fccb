//! `/v1/rosters`: who is on call, in calling order, with their shifts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath};
use super::list::List;
use super::write::Once;
use crate::conversation::Rosters;
use crate::engine::{Reject, Work, configure};
use crate::roster::{OnCall, Roster};

/// Who is on call for something.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoster {
    /// Its name in flow files, for example `oncall.water`.
    pub name: String,
    /// In calling order.
    pub people: Vec<NewOnCall>,
}

/// Somebody on a roster.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOnCall {
    /// What others read: "Anna has Pump 3".
    pub name: String,
    /// The number: E.164, or a national form of the box's country.
    pub number: String,
    /// How else their texts may come: short numbers of the house (`4471`), other phones of theirs. Nothing is sent there.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// When they are on call, like `mon-fri 08:00-16:00` in the box's zone; none is always.
    #[serde(default)]
    pub shifts: Vec<String>,
}

impl NewRoster {
    /// As the engine takes it.
    pub fn into_request(self) -> configure::NewRoster {
        let person = |NewOnCall { name, number, aliases, shifts }| configure::NewOnCall { name, number, aliases, shifts };
        configure::NewRoster { name: self.name, people: self.people.into_iter().map(person).collect() }
    }
}

/// A roster.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterView {
    /// Its name in flow files.
    pub name: String,
    /// In calling order.
    pub people: Vec<OnCallView>,
}

/// Somebody on a roster.
#[derive(Debug, Serialize, ToSchema)]
pub struct OnCallView {
    /// What others read.
    pub name: String,
    /// The number, in E.164.
    pub number: String,
    /// How else their texts may come.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// When they are on call; none is always.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<String>,
    /// Whether an alarm of this minute would page them; absent in an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_duty: Option<bool>,
}

impl RosterView {
    /// A roster as it is written.
    pub fn of(roster: &Roster) -> Self {
        let view = |person: &OnCall| OnCallView {
            name: person.name.clone(),
            number: person.number.e164().to_owned(),
            aliases: person.aliases.clone(),
            shifts: person.shifts.iter().map(ToString::to_string).collect(),
            on_duty: None,
        };
        Self { name: roster.name.clone(), people: roster.people.iter().map(view).collect() }
    }

    /// The same, with who would be paged now.
    fn now(roster: &Roster, rosters: &Rosters) -> Self {
        let mut view = Self::of(roster);
        let called = rosters.get(&roster.name).into_iter().flatten();
        for (person, colleague) in view.people.iter_mut().zip(called) {
            person.on_duty = Some(colleague.on_duty);
        }
        view
    }
}

/// Puts a roster in place, by its name.
pub async fn put(State(app): State<App>, once: Once, body: ApiJson<NewRoster>) -> Result<Response, ApiError> {
    let request = body.value.into_request();
    let job = move |work: &mut Work<'_, '_>, _: &Caller| Ok(RosterView::of(&configure::roster(work, &request)?));
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// Every roster, with who is on duty now.
pub async fn list(State(app): State<App>) -> Result<Json<List<RosterView>>, ApiError> {
    let rows = app.write(|work| {
        let now = work.rosters_now()?;
        Ok(work.book.rosters.iter().map(|roster| RosterView::now(roster, &now)).collect())
    });
    Ok(Json(List::whole(rows.await?)))
}

/// One roster, with who is on duty now.
pub async fn one(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<RosterView>, ApiError> {
    let row = app.write(move |work| {
        let found = work.book.rosters.iter().find(|roster| roster.name == name).ok_or_else(|| Reject::not_found("roster"))?;
        Ok(RosterView::now(found, &work.rosters_now()?))
    });
    Ok(Json(row.await?))
}

/// Takes a roster away.
pub async fn remove(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<StatusCode, ApiError> {
    app.write(move |work| configure::remove_roster(work, &name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
