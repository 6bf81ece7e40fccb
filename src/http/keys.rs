//! `/v1/keys`: the keys of other systems. A key is shown once, in the answer that makes it.

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
use super::view::time;
use super::write::Once;
use crate::engine::{Work, configure};
use crate::ids::KeyId;
use crate::store::ApiKey;
use crate::terms::Scope;
use crate::time::Timestamp;

/// A key somebody wants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Which system will use it.
    name: String,
    /// What it may do: `send:alarm send:notice send:once read agent admin`.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
    /// When it stops working.
    #[schema(value_type = Option<String>)]
    expires: Option<Timestamp>,
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Its id.
    pub id: String,
    /// Which system uses it.
    pub name: String,
    /// Its first letters.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: String,
    /// When it stops working.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<String>,
}

impl KeyView {
    fn of(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes,
            created_at: key.created_at.to_string(),
            expires_at: time(key.expires_at),
            revoked_at: time(key.revoked_at),
            last_used_at: time(key.last_used_at),
        }
    }
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeKey {
    /// The key itself: keep it now, only its hash is stored.
    pub key: String,
    /// What it is.
    #[serde(flatten)]
    pub about: KeyView,
}

/// Makes a key.
pub async fn create(State(app): State<App>, once: Once, body: ApiJson<NewKey>) -> Result<Response, ApiError> {
    let NewKey { name, scopes, expires } = body.value;
    let new = configure::NewKey { name, scopes, expires_at: expires };
    let job = move |work: &mut Work<'_, '_>, _: &Caller| {
        let made = configure::new_key(work, &new)?;
        Ok(MadeKey { key: made.secret, about: KeyView::of(made.row) })
    };
    once.run_with_secret(&app, &body.octets, StatusCode::CREATED, "key", job).await
}

/// Every key, newest first.
pub async fn list(State(app): State<App>) -> Result<Json<List<KeyView>>, ApiError> {
    let keys = app.read(|reader| reader.keys()).await?;
    Ok(Json(List::whole(keys.into_iter().map(KeyView::of).collect())))
}

/// Revokes a key at once.
pub async fn revoke(State(app): State<App>, ApiPath(id): ApiPath<KeyId>) -> Result<Json<KeyView>, ApiError> {
    let row = app.write(move |work| configure::revoke_key(work, id)).await?;
    Ok(Json(KeyView::of(row)))
}
