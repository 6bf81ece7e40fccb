//! `/v1/balances`: how to ask for the balance of a SIM, how often, and what was read last.

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
use crate::engine::{Work, balance};
use crate::store::Balance;
use crate::terms::Word as _;

/// The balance rule of a SIM.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBalance {
    /// ICCID of the SIM.
    pub iccid: String,
    /// What is asked by USSD, for example `*100#`.
    pub code: String,
    /// The network's words with `{}` in the place of the number and `*` for what changes: `Balance: {} EUR`.
    pub pattern: String,
    /// At or below this amount the event `modem.sim` is told, for example `5.00`.
    #[serde(default)]
    pub warn: Option<String>,
    /// At or below this one it is told again.
    #[serde(default)]
    pub critical: Option<String>,
    /// How often it is asked at most, 15 to 43200 minutes; a day where it is left out.
    #[serde(default = "a_day")]
    pub every_minutes: u32,
}

const fn a_day() -> u32 {
    1_440
}

impl NewBalance {
    /// As the engine takes it.
    pub fn into_request(self) -> balance::NewBalance {
        let Self { iccid, code, pattern, warn, critical, every_minutes } = self;
        balance::NewBalance { iccid, code, pattern, warn, critical, every_minutes }
    }
}

/// A rule with what was read last. An import takes back what it can be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceView {
    /// ICCID of the SIM.
    pub iccid: String,
    /// What is asked by USSD.
    pub code: String,
    /// Where the number stands in the answer.
    pub pattern: String,
    /// The first limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn: Option<String>,
    /// The second limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical: Option<String>,
    /// How often it is asked at most.
    pub every_minutes: u32,
    /// What was read last; absent in an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Reading>,
}

/// What was read last.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reading {
    /// The amount.
    pub amount: Option<String>,
    /// When it was read.
    pub read_at: Option<String>,
    /// `unknown`, `good`, `warn` or `critical`.
    pub level: &'static str,
    /// Why the last answer gave no number.
    pub problem: Option<String>,
    /// When it is asked next.
    pub next_at: String,
}

impl Reading {
    /// What was read of a SIM.
    pub fn of(row: &Balance) -> Self {
        Self {
            amount: row.amount.map(|amount| amount.to_string()),
            read_at: time(row.read_at),
            level: row.level.word(),
            problem: row.problem.clone(),
            next_at: row.next_at.to_string(),
        }
    }
}

impl BalanceView {
    /// A rule as it is written.
    pub fn of(row: &Balance) -> Self {
        Self {
            iccid: row.iccid.clone(),
            code: row.code.clone(),
            pattern: row.pattern.clone(),
            warn: row.warn.map(|limit| limit.to_string()),
            critical: row.critical.map(|limit| limit.to_string()),
            every_minutes: row.every_minutes,
            last: None,
        }
    }

    fn now(row: &Balance) -> Self {
        Self { last: Some(Reading::of(row)), ..Self::of(row) }
    }
}

/// A rule to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BalanceTrial {
    /// The rule, as it would be put in place.
    rule: NewBalance,
    /// Words of the network to try it on; without them, what it said last to this code on this SIM.
    answer: Option<String>,
}

/// What a rule makes of words of the network.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialView {
    /// The words it was tried on; absent where the network has said nothing to this code on this SIM yet.
    pub answer: Option<String>,
    /// The amount it reads; absent where the pattern does not fit.
    pub amount: Option<String>,
    /// `unknown`, `good`, `warn` or `critical`.
    pub level: &'static str,
}

/// Tries a rule. Nothing is asked of the network, and nothing is kept.
pub async fn try_out(State(app): State<App>, body: ApiJson<BalanceTrial>) -> Result<Json<TrialView>, ApiError> {
    let BalanceTrial { rule, answer } = body.value;
    let request = rule.into_request();
    let tried = app.read(move |reader| balance::tried(reader, &request, answer.as_deref())).await?;
    let tried = tried.map_err(|no| ApiError::from(no.within("/rule")))?;
    Ok(Json(TrialView { answer: tried.answer, amount: tried.amount.map(|amount| amount.to_string()), level: tried.level.word() }))
}

/// Puts a rule in place, by its SIM.
pub async fn put(State(app): State<App>, once: Once, body: ApiJson<NewBalance>) -> Result<Response, ApiError> {
    let request = body.value.into_request();
    let job = move |work: &mut Work<'_, '_>, _: &Caller| Ok(BalanceView::now(&balance::put(work, &request)?));
    once.run(&app, &body.octets, StatusCode::CREATED, job).await
}

/// Every rule with what was read last.
pub async fn list(State(app): State<App>) -> Result<Json<List<BalanceView>>, ApiError> {
    let rows = app.read(|reader| reader.balances()).await?;
    Ok(Json(List::whole(rows.iter().map(BalanceView::now).collect())))
}

/// Takes a rule away.
pub async fn remove(State(app): State<App>, ApiPath(iccid): ApiPath<String>) -> Result<StatusCode, ApiError> {
    app.write(move |work| balance::remove(work, &iccid)).await?;
    Ok(StatusCode::NO_CONTENT)
}
