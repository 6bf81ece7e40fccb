//! `/v1/audit`: what was decided, by whom and why. Rows are only appended; a chain of hashes shows what was changed later.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::ApiQuery;
use super::list::{List, Pages};
use crate::store::AuditRow;

/// One decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditView {
    /// Its number, counted from 1.
    pub n: i64,
    /// When.
    pub at: String,
    /// Who did it: a key's id, `local:UID`.
    pub who: String,
    /// What was done, for example `stop.passed`.
    pub action: String,
    /// To whom or what.
    pub subject: String,
    /// What else is on record.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// SHA-256 over the row before and this one, in hex.
    pub chain: String,
}

impl AuditView {
    fn of(row: AuditRow) -> Self {
        let AuditRow { n, at, who, action, subject, detail, chain } = row;
        let detail = serde_json::from_str(&detail).unwrap_or(Value::String(detail));
        Self { n, at: at.to_string(), who, action, subject, detail, chain }
    }
}

/// The newest decisions first.
pub async fn list(State(app): State<App>, ApiQuery(pages): ApiQuery<Pages>) -> Result<Json<List<AuditView>>, ApiError> {
    let paging = pages.paging()?;
    let page = app.read(move |reader| reader.audit(paging)).await?;
    Ok(Json(List::of(page, AuditView::of)))
}

/// Whether every row fits the one before.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verified {
    /// Nothing was changed or taken out.
    pub whole: bool,
    /// Rows that fit, from the first one on.
    pub rows: u64,
    /// The first row that does not.
    pub broken_at: Option<i64>,
}

/// Reckons every hash anew.
pub async fn verify(State(app): State<App>) -> Result<Json<Verified>, ApiError> {
    let (rows, broken_at) = app.read(|reader| reader.audit_verified()).await?;
    Ok(Json(Verified { whole: broken_at.is_none(), rows, broken_at }))
}
