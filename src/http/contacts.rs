//! `/v1/contacts`: what the box knows of people beside their conversations: language, zone, accounts, facts.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath, ApiQuery, slots};
use super::list::{List, Pages};
use super::write::Once;
use crate::engine::{Work, configure, json, verify};
use crate::store;

/// What is known of a number. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    /// The number: E.164, or a national form of the box's country.
    number: String,
    /// What people call them; empty forgets it.
    name: Option<String>,
    /// Language pack; empty forgets it.
    language: Option<String>,
    /// IANA zone, for example `Europe/Kyiv`: by its clock quiet hours count. Empty forgets it.
    zone: Option<String>,
    /// How many accounts stand on this number.
    accounts: Option<u32>,
    /// Whether the number is this person's: `true` after somebody has looked, `false` where it is known to be another's.
    verified: Option<bool>,
    /// Facts by name; they fill the needs of flows that the person begins. `null` forgets one. `outage_hours` says when texts about
    /// outages may come: `mon-fri 07:00-22:00; sat,sun,hol 09:00-22:00`.
    #[serde(default)]
    #[schema(value_type = Object)]
    facts: Map<String, Value>,
}

/// A contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    /// The number, in E.164.
    pub number: String,
    /// What people call them.
    pub name: Option<String>,
    /// Language pack.
    pub language: Option<String>,
    /// IANA zone.
    pub zone: Option<String>,
    /// How many accounts stand on this number.
    pub accounts: u32,
    /// Why the number may not be theirs (`wrong number`, `out of service`, `silent for half a year`): no fact is used until `verified`.
    pub unverified: Option<String>,
    /// Facts by name.
    #[schema(value_type = Object)]
    pub facts: Value,
}

impl ContactView {
    fn of(contact: store::Contact) -> Self {
        let unverified = verify::doubt_of(&contact).map(str::to_owned);
        let store::Contact { msisdn, name, language, zone, accounts, mut facts } = contact;
        facts.remove(verify::UNVERIFIED);
        Self { number: msisdn.e164().to_owned(), name, language, zone, accounts, unverified, facts: json::object(&facts).into() }
    }
}

/// Writes down what is known of a number.
pub async fn put(State(app): State<App>, once: Once, body: ApiJson<NewContact>) -> Result<Response, ApiError> {
    let NewContact { number, name, language, zone, accounts, verified, facts } = body.value;
    let (forgotten, told): (Map<String, Value>, Map<String, Value>) = facts.into_iter().partition(|(_, value)| value.is_null());
    let told = slots("/facts", &told)?.into_iter().map(|(name, value)| (name, Some(value)));
    let facts = told.chain(forgotten.into_iter().map(|(name, _)| (name, None))).collect();
    let request = configure::NewContact { number, name, language, zone, accounts, verified, facts };
    let job = move |work: &mut Work<'_, '_>, _: &Caller| Ok(ContactView::of(configure::contact(work, &request)?));
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// The newest contacts first.
pub async fn list(State(app): State<App>, ApiQuery(pages): ApiQuery<Pages>) -> Result<Json<List<ContactView>>, ApiError> {
    let paging = pages.paging()?;
    let page = app.read(move |reader| reader.contacts(paging)).await?;
    Ok(Json(List::of(page, |(_, contact)| ContactView::of(contact))))
}

/// One contact.
pub async fn one(State(app): State<App>, ApiPath(number): ApiPath<String>) -> Result<Json<ContactView>, ApiError> {
    let person = app.number("number", &number).await?;
    let contact = app.read(move |reader| reader.contact(&person)).await?;
    contact.map(|contact| Json(ContactView::of(contact))).ok_or_else(|| ApiError::not_found("contact"))
}

/// Forgets what is known of a number; what was said, and its consents, stay.
pub async fn remove(State(app): State<App>, ApiPath(number): ApiPath<String>) -> Result<StatusCode, ApiError> {
    let person = app.number("number", &number).await?;
    app.write(move |work| configure::remove_contact(work, &person)).await?;
    Ok(StatusCode::NO_CONTENT)
}
