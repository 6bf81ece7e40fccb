//! `/v1/webhooks`: who hears events, what was delivered, and dead letters sent again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath, ApiQuery, one_of};
use super::list::{self, List};
use super::view::time;
use super::write::Once;
use crate::engine::{Work, configure};
use crate::ids::WebhookId;
use crate::store::{Delivery, DeliveryState, WebhookRow};
use crate::terms::Word as _;

/// A subscriber somebody wants.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// What people call it.
    pub name: String,
    /// Where events are posted, signed as Standard Webhooks has it.
    pub url: String,
    /// Types it wants, `message.*` for a family; empty is all.
    #[serde(default)]
    pub types: Vec<String>,
    /// Signs what is posted: `whsec_...`; left out, the one it has stays, or one is made.
    pub secret: Option<String>,
    /// Whether it may be a private or loopback address.
    #[serde(default)]
    pub private: bool,
    /// Whether it is served.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

impl NewWebhook {
    /// As the engine takes it.
    pub fn into_request(self) -> configure::NewWebhook {
        let Self { name, url, types, secret, private, enabled } = self;
        configure::NewWebhook { name, url, types, secret, private, enabled }
    }
}

/// A subscriber.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What people call it.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    /// Types it wants; empty is all.
    pub types: Vec<String>,
    /// Whether it may be a private or loopback address.
    pub private: bool,
    /// Whether it is served.
    pub enabled: bool,
    /// Signs what is posted: shown in the answer that makes it, for the one who configures the receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl Webhook {
    /// A row, rendered.
    pub fn of(row: &WebhookRow, with_secret: bool) -> Self {
        Self {
            id: Some(row.id.to_string()),
            name: row.name.clone(),
            url: row.url.clone(),
            types: row.events.clone(),
            private: row.allow_private,
            enabled: row.enabled,
            secret: with_secret.then(|| row.secret.expose()),
        }
    }
}

/// Puts a subscriber in place, by its name.
pub async fn put(State(app): State<App>, once: Once, body: ApiJson<NewWebhook>) -> Result<Response, ApiError> {
    let request = body.value.into_request();
    let job = move |work: &mut Work<'_, '_>, _: &Caller| {
        let made = request.secret.is_none() && !work.tx.webhooks()?.iter().any(|row| row.name == request.name);
        Ok(Webhook::of(&configure::webhook(work, &request)?, made))
    };
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// Every subscriber.
pub async fn list(State(app): State<App>) -> Result<Json<List<Webhook>>, ApiError> {
    let rows = app.read(|reader| reader.webhooks()).await?;
    Ok(Json(List::whole(rows.iter().map(|row| Webhook::of(row, false)).collect())))
}

/// One subscriber.
pub async fn one(State(app): State<App>, ApiPath(id): ApiPath<WebhookId>) -> Result<Json<Webhook>, ApiError> {
    let row = app.read(move |reader| reader.webhook(id)).await?;
    row.map(|row| Json(Webhook::of(&row, false))).ok_or_else(|| ApiError::not_found("webhook"))
}

/// Takes a subscriber away.
pub async fn remove(State(app): State<App>, ApiPath(id): ApiPath<WebhookId>) -> Result<StatusCode, ApiError> {
    app.write(move |work| configure::remove_webhook(work, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One event for one subscriber.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Row number.
    pub id: i64,
    /// Number of the event.
    pub seq: i64,
    /// What stays in order together.
    pub conversation: String,
    /// `waiting`, `done` or `dead`.
    pub state: &'static str,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Option<String>,
    /// When it was tried last.
    pub last_at: Option<String>,
    /// HTTP status of the last try.
    pub last_status: Option<u16>,
    /// What went wrong in the last try.
    pub last_error: Option<String>,
}

impl DeliveryView {
    fn of(row: Delivery) -> Self {
        Self {
            id: row.id,
            seq: row.seq,
            conversation: row.conversation,
            state: row.state.word(),
            attempts: row.attempts,
            due_at: (row.state == DeliveryState::Waiting).then(|| row.due_at.to_string()),
            last_at: time(row.last_at),
            last_status: row.last_status,
            last_error: row.last_error,
        }
    }
}

/// What a list of deliveries is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrow {
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// What the docs say of it.
pub const QUERY: &[(&str, &str)] = &[
    ("state", "Only `waiting`, `done` or `dead` ones."),
    ("limit", "At most so many items, 1 to 500; 50 when absent."),
    ("cursor", "`next` of the page before."),
];

/// The newest deliveries of a subscriber first.
pub async fn deliveries(
    State(app): State<App>,
    ApiPath(id): ApiPath<WebhookId>,
    ApiQuery(query): ApiQuery<Narrow>,
) -> Result<Json<List<DeliveryView>>, ApiError> {
    let paging = list::paging(query.limit, query.cursor.as_deref())?;
    let state = query.state.map(|word| one_of("state", &word)).transpose()?;
    let page = app.read(move |reader| Ok(reader.webhook(id)?.map(|_| reader.deliveries(id, state, paging))));
    let page = page.await?.ok_or_else(|| ApiError::not_found("webhook"))?;
    Ok(Json(List::of(page?, DeliveryView::of)))
}

/// How many are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// Deliveries that wait again.
    pub deliveries: u32,
}

/// Sends the dead letters of a subscriber again, at most 500 of them.
pub async fn replay(State(app): State<App>, ApiPath(id): ApiPath<WebhookId>) -> Result<Json<Replayed>, ApiError> {
    Ok(Json(Replayed { deliveries: app.write(move |work| configure::replay_dead_letters(work, id)).await? }))
}

/// Gives a subscriber a new secret. For a day both sign, so that the receiver can change over.
pub async fn rotate(State(app): State<App>, ApiPath(id): ApiPath<WebhookId>) -> Result<Json<Webhook>, ApiError> {
    let row = app.write(move |work| configure::rotate_secret(work, id)).await?;
    Ok(Json(Webhook::of(&row, true)))
}

/// The event that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tested {
    /// Its number.
    pub seq: i64,
}

/// Puts the event `webhook.test` into the log; this subscriber hears it whatever types it wants.
pub async fn test(State(app): State<App>, caller: Caller, ApiPath(id): ApiPath<WebhookId>) -> Result<Json<Tested>, ApiError> {
    Ok(Json(Tested { seq: app.write(move |work| configure::test_webhook(work, id, &caller.who)).await? }))
}
