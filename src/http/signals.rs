//! `/v1/modems/{id}/signal`: the signal of a modem over a week, and by days and months over ten years.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::{ApiPath, ApiQuery};
use super::list::{List, Pages};
use super::modems::of_modem;
use crate::conversation::hours;
use crate::store::{self, Page, SIGNAL_DAYS_KEPT, SignalDay, SignalMonth};
use crate::time::Day;

/// The signal in ten minutes.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignalView {
    /// When they began.
    pub at: String,
    /// The weakest, in dBm.
    pub low_dbm: i16,
    /// The strongest.
    pub high_dbm: i16,
}

/// The signal of a modem over a week, oldest first; ten minutes without a reading have no row.
pub async fn week(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<List<SignalView>>, ApiError> {
    let since = app.now().shifted_ms(-store::SIGNAL_KEEP_MS);
    let rows = of_modem(&app, name, move |reader, modem| reader.signals(&modem.name, since)).await?;
    let view = |row: store::Signal| SignalView { at: row.at.to_string(), low_dbm: row.low, high_dbm: row.high };
    Ok(Json(List::whole(rows.into_iter().map(view).collect())))
}

/// The signal of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignalDayView {
    /// Its date in the zone of the settings.
    pub day: String,
    /// The weakest, in dBm.
    pub low_dbm: i16,
    /// The mean of the readings.
    pub mean_dbm: i16,
    /// The strongest.
    pub high_dbm: i16,
    /// How often it was read.
    pub readings: i64,
}

impl SignalDayView {
    fn of(row: SignalDay) -> Self {
        Self { day: row.day.to_string(), low_dbm: row.low, mean_dbm: row.mean(), high_dbm: row.high, readings: row.readings }
    }
}

/// The signal of a month.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignalMonthView {
    /// Year and month: `2026-10`.
    pub month: String,
    /// The weakest, in dBm.
    pub low_dbm: i16,
    /// The mean of the readings.
    pub mean_dbm: i16,
    /// The strongest.
    pub high_dbm: i16,
    /// Days on which it was read.
    pub days: u32,
}

impl SignalMonthView {
    fn of(row: SignalMonth) -> Self {
        let SignalMonth { all, days } = row;
        Self { month: all.day.date().strftime("%Y-%m").to_string(), low_dbm: all.low, mean_dbm: all.mean(), high_dbm: all.high, days }
    }
}

/// The days of a modem, newest first; a day without a reading has no row.
pub async fn days(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(pages): ApiQuery<Pages>,
) -> Result<Json<List<SignalDayView>>, ApiError> {
    let (paging, today) = (pages.paging()?, today(&app).await?);
    let page: Page<SignalDay> = of_modem(&app, name, move |reader, modem| reader.signal_days(&modem.name, today, paging)).await?;
    Ok(Json(List::of(page, SignalDayView::of)))
}

/// The months of a modem, newest first; a month without a reading has no row.
pub async fn months(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<List<SignalMonthView>>, ApiError> {
    let today = today(&app).await?;
    let since = today.minus(SIGNAL_DAYS_KEPT);
    let rows: Vec<SignalMonth> = of_modem(&app, name, move |reader, modem| reader.signal_months(&modem.name, since, today)).await?;
    Ok(Json(List::whole(rows.into_iter().map(SignalMonthView::of).collect())))
}

async fn today(app: &App) -> Result<Day, ApiError> {
    let book = app.engine().book().await?;
    Ok(Day::of(app.now(), &hours::zone(None, None, &book.settings)))
}
