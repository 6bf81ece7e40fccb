//! `/v1/modems/{id}/places`: where a modem was registered, stay by stay.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::{ApiPath, ApiQuery};
use super::list::{List, Pages};
use super::modems::of_modem;
use crate::store::{Page, Place};

/// One stay of a modem at a cell of an operator. Who comes back within an hour goes on with the same stay.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// The SIM in the modem.
    pub iccid: Option<String>,
    /// Registration by the standard's number: 1 at home, 5 roaming, 6 and 7 texts only.
    pub registration: u8,
    /// The network.
    pub operator: Option<String>,
    /// Location or tracking area, in hex as networks write it.
    pub area: Option<String>,
    /// The cell, in hex.
    pub cell: Option<String>,
    /// The way of access: `GSM`, `UTRAN`, `E-UTRAN` ...
    pub access: Option<&'static str>,
    /// When it came.
    pub since: String,
    /// When it was seen there last.
    pub seen_at: String,
    /// How often it came.
    pub visits: u32,
    /// The weakest signal there, in dBm.
    pub low_dbm: Option<i16>,
    /// The strongest.
    pub high_dbm: Option<i16>,
}

impl PlaceView {
    /// Of a row.
    pub fn of(row: Place) -> Self {
        let hex = |number: Option<u64>| number.map(|number| format!("{number:X}"));
        Self {
            area: hex(row.spot.area),
            cell: hex(row.spot.cell),
            access: row.spot.access.map(at_commands::command::network::access_name),
            iccid: row.spot.iccid,
            registration: row.spot.registration,
            operator: row.spot.operator,
            since: row.since.to_string(),
            seen_at: row.seen_at.to_string(),
            visits: row.visits,
            low_dbm: row.low,
            high_dbm: row.high,
        }
    }
}

/// Where a modem was, newest first.
pub async fn list(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(pages): ApiQuery<Pages>,
) -> Result<Json<List<PlaceView>>, ApiError> {
    let paging = pages.paging()?;
    let page: Page<Place> = of_modem(&app, name, move |reader, modem| reader.places(&modem.name, paging)).await?;
    Ok(Json(List::of(page, PlaceView::of)))
}
