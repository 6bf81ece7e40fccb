//! `/v1/calls`: who called a SIM of the box.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::ApiQuery;
use super::list::{List, Pages};
use crate::store;

/// A call that came in. The box takes none; what the network shows as the caller proves nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallView {
    /// Its number in the list.
    pub id: i64,
    /// Name of the modem.
    pub modem: String,
    /// The SIM that was called.
    pub iccid: String,
    /// Who called, in E.164; absent where the network showed no number.
    pub from: Option<String>,
    /// The caller hid the number.
    pub withheld: bool,
    /// How often it rang.
    pub rings: u16,
    /// The box rejected it.
    pub rejected: bool,
    /// When it began.
    pub at: String,
}

impl CallView {
    fn of(row: store::Call) -> Self {
        Self {
            id: row.id,
            modem: row.modem,
            iccid: row.iccid,
            from: row.from.map(|from| from.e164().to_owned()),
            withheld: row.withheld,
            rings: row.rings,
            rejected: row.rejected,
            at: row.at.to_string(),
        }
    }
}

/// The newest calls first.
pub async fn list(State(app): State<App>, ApiQuery(pages): ApiQuery<Pages>) -> Result<Json<List<CallView>>, ApiError> {
    let paging = pages.paging()?;
    let page = app.read(move |reader| reader.calls_in(paging)).await?;
    Ok(Json(List::of(page, CallView::of)))
}
