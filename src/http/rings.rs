//! `/v1/rings`: telephones that are rung, by flows and by whoever may send alarms.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath, ApiQuery};
use super::list::{List, Pages};
use super::view::time;
use super::write::Once;
use crate::engine::{Reject, Work, ring};
use crate::store::{self, Ring};
use crate::terms::{Policy, Word as _};

/// A telephone to ring. A call says nothing and is hung up when somebody takes it: text the person what it is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRing {
    /// The number: E.164, or a national form of the box's country.
    to: String,
    /// How long it rings each time, 5 to 60 s; 25 when absent.
    seconds: Option<u16>,
    /// How often it is rung at most, 1 to 5; 1 when absent. Once somebody took it, no more.
    times: Option<u8>,
    /// The pause between two calls in seconds, up to 1800; 60 when absent.
    pause: Option<u32>,
    /// ICCID of the SIM it must go out on.
    sim: Option<String>,
}

/// One call. An answered one acknowledges nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct RingView {
    /// Its number.
    pub id: i64,
    /// The number of its list: calls of one order follow each other.
    pub list: i64,
    /// Whose telephone, in E.164.
    pub to: String,
    /// `waiting`, `calling`, `answered`, `not_answered`, `busy`, `no_carrier`, `failed`, `unknown` (the modem does not tell),
    /// `in_doubt` (lost in the middle; it is not dialed again), `withdrawn`.
    pub state: &'static str,
    /// It was heard to ring there.
    pub rang: bool,
    /// Why it ended so, as a stable word or in words of the network.
    pub why: Option<String>,
    /// The same in words, with what to do.
    pub words: Option<String>,
    /// How long it rings, in seconds.
    pub seconds: u16,
    /// The session that wanted it.
    pub session: Option<String>,
    /// Who wanted it: a key's id, `local:UID`, `flow`.
    pub source: String,
    /// The modem that had it.
    pub modem: Option<String>,
    /// The SIM in that modem.
    pub iccid: Option<String>,
    /// When it was wanted.
    pub ordered_at: String,
    /// When a modem was given it; nobody was rung before.
    pub dialed_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
}

impl RingView {
    fn of(row: Ring) -> Self {
        Self {
            words: ring::words(&row),
            id: row.id,
            list: row.list,
            to: row.to.e164().to_owned(),
            state: row.state.word(),
            rang: row.rang,
            why: row.why,
            seconds: row.ring_s,
            session: row.session.map(|session| session.to_string()),
            source: row.source,
            modem: row.modem,
            iccid: row.iccid,
            ordered_at: row.ordered_at.to_string(),
            dialed_at: time(row.dialed_at),
            ended_at: time(row.ended_at),
        }
    }
}

/// The calls of one order, in the order in which they are made.
#[derive(Debug, Serialize, ToSchema)]
pub struct RingList {
    /// Its number.
    pub id: i64,
    /// The end of one of its calls is still to come.
    pub open: bool,
    /// The calls.
    pub calls: Vec<RingView>,
}

impl RingList {
    fn of(id: i64, rows: Vec<Ring>) -> Self {
        let open = rows.iter().any(|row| row.state.is_open());
        Self { id, open, calls: rows.into_iter().map(RingView::of).collect() }
    }
}

const PAUSE_S: u32 = 60;

/// Rings a telephone.
pub async fn order(State(app): State<App>, once: Once, body: ApiJson<NewRing>) -> Result<Response, ApiError> {
    once.caller.must_send(Policy::Alarm)?;
    let value = body.value;
    let new = ring::NewRing {
        to: value.to,
        seconds: value.seconds.unwrap_or(ring::SECONDS_DEFAULT),
        times: value.times.unwrap_or(1),
        pause: value.pause.unwrap_or(PAUSE_S),
        sim: value.sim,
        source: once.caller.who.clone(),
    };
    let job = move |work: &mut Work<'_, '_>, _: &Caller| {
        let list = ring::order(work, &new)?;
        Ok(RingList::of(list, work.tx.rings_of_list(list)?))
    };
    once.run(&app, &body.octets, StatusCode::ACCEPTED, job).await
}

/// The newest calls first.
pub async fn list(State(app): State<App>, ApiQuery(pages): ApiQuery<Pages>) -> Result<Json<List<RingView>>, ApiError> {
    let paging = pages.paging()?;
    let page = app.read(move |reader| reader.rings(paging)).await?;
    Ok(Json(List::of(page, RingView::of)))
}

/// The calls of one order.
pub async fn one(State(app): State<App>, ApiPath(id): ApiPath<i64>) -> Result<Json<RingList>, ApiError> {
    let rows = app.read(move |reader: &store::Reader<'_>| reader.rings_of_list(id)).await?;
    if rows.is_empty() { Err(ApiError::not_found("call")) } else { Ok(Json(RingList::of(id, rows))) }
}

/// Takes an order back: what waits is not dialed, what rings is hung up.
pub async fn cancel(State(app): State<App>, caller: Caller, ApiPath(id): ApiPath<i64>) -> Result<Json<RingList>, ApiError> {
    caller.must_send(Policy::Alarm)?;
    let rows = app.write(move |work| {
        ring::cancel(work, id, &caller.who)?;
        Ok::<_, Reject>(work.tx.rings_of_list(id)?)
    });
    rows.await.map(|rows| Json(RingList::of(id, rows)))
}
