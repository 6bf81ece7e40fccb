//! `/v1/modems/{id}/recoveries`: what was tried for a modem that failed, and what came of it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::ApiPath;
use super::list::List;
use super::modems::of_modem;
use crate::store::Recovery;
use crate::terms::Word as _;

/// Rows shown.
const SHOWN: u32 = 100;

/// One rung of the recovery ladder.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryView {
    /// What was tried: `settings`, `reopen`, `radio` (off and on), `reset`.
    pub rung: &'static str,
    /// What for: `no_answer`, `not_registered`, `sends_fail`.
    pub ailment: &'static str,
    /// When.
    pub at: String,
    /// When it was known what came of it.
    pub ended_at: Option<String>,
    /// `mended`, `failed`, or `harmed`: the modem stayed away until a person helped. Absent while it is not known.
    pub outcome: Option<&'static str>,
}

impl RecoveryView {
    fn of(row: &Recovery) -> Self {
        Self {
            rung: row.rung.word(),
            ailment: row.ailment.word(),
            at: row.at.to_string(),
            ended_at: row.ended_at.map(|at| at.to_string()),
            outcome: row.outcome.map(crate::terms::Word::word),
        }
    }
}

/// What was tried for a modem, newest first. It stays with the modem, whatever port it is on.
pub async fn list(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<List<RecoveryView>>, ApiError> {
    let rows: Vec<Recovery> = of_modem(&app, name, |reader, modem| match modem.imei {
        None => Ok(Vec::new()),
        Some(imei) => reader.recoveries(&imei, SHOWN),
    })
    .await?;
    Ok(Json(List::whole(rows.iter().map(RecoveryView::of).collect())))
}
