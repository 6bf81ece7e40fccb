//! `/v1/modems/{name}/selftest`: what can be proved with a SIM in a modem after a lost answer.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath};
use super::list::List;
use super::modems::of_modem;
use super::view::time;
use super::wait::{Errand, carry_out, patience};
use super::write::Once;
use crate::delivery::witness::Witness;
use crate::engine::selftest;
use crate::store::{self, Reader, SelfTest};
use crate::terms::Word as _;

/// A self-test that is wanted. It sends 2 texts over the SIM to the SIM itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSelfTest {
    /// The SIM's own number; needed where neither the SIM nor an earlier test tells it.
    to: Option<String>,
    /// Seconds to wait for its end, 0 to 120; 0 where it is left out.
    wait: Option<u8>,
}

/// What one witness is worth with this SIM in this modem.
#[derive(Debug, Serialize, ToSchema)]
pub struct WitnessView {
    /// `W2` to `W5`, `ack`.
    pub id: &'static str,
    /// What it is.
    pub name: &'static str,
    /// `green`: seen to work; `amber`: not seen.
    pub worth: &'static str,
    /// What that means after a lost answer.
    pub words: &'static str,
}

impl WitnessView {
    fn of(witness: Witness) -> Self {
        Self { id: witness.id, name: witness.name, worth: witness.worth.word(), words: witness.words }
    }
}

/// One self-test.
#[derive(Debug, Serialize, ToSchema)]
pub struct SelfTestView {
    /// Its number.
    pub id: i64,
    /// Name of the modem.
    pub modem: String,
    /// IMEI of its radio.
    pub imei: String,
    /// The SIM that was in it.
    pub iccid: String,
    /// Texts it sends at most.
    pub texts: u32,
    /// Who wanted it: a key's id, `local:UID`.
    pub asker: String,
    /// `waiting` for a quiet moment, `looking`, `first`, `between`, `second`, `behind`, `listening`, `done`, `ended`.
    pub state: &'static str,
    /// Why it ended early, as a stable word.
    pub why: Option<String>,
    /// The same for people, with what to do.
    pub words: Option<&'static str>,
    /// What can be proved; empty until it is done.
    pub witnesses: Vec<WitnessView>,
    /// The modem sends the reference that the box writes: a text sent again carries the one of the first.
    pub mr_honoured: Option<bool>,
    /// How status reports come: `directly` or `stored`.
    pub report: Option<&'static str>,
    /// The longest answer to a text, in milliseconds.
    pub answer_ms: Option<i64>,
    /// From the first answer to the text that came in, in milliseconds.
    pub came_back_ms: Option<i64>,
    /// By how much the service centre's clock is ahead of the box, in milliseconds.
    pub centre_ahead_ms: Option<i64>,
    /// When it was asked for.
    pub asked_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
}

impl SelfTestView {
    /// Of a row.
    pub fn of(row: SelfTest) -> Self {
        let done = row.state == store::SelfTestState::Done;
        let witnesses = if done { row.findings.witnesses() } else { Vec::new() };
        Self {
            words: selftest::words(&row),
            id: row.id,
            texts: selftest::TEXTS,
            state: row.state.word(),
            witnesses: witnesses.into_iter().map(WitnessView::of).collect(),
            mr_honoured: done.then(|| row.findings.proved().mr_honoured),
            report: row.findings.report.map(|shown| shown.word()),
            answer_ms: row.findings.answer_ms(),
            came_back_ms: row.findings.came_back_ms,
            centre_ahead_ms: row.findings.centre_ahead_ms,
            modem: row.modem,
            imei: row.imei,
            iccid: row.iccid,
            asker: row.asker,
            why: row.why,
            asked_at: row.asked_at.to_string(),
            ended_at: time(row.ended_at),
        }
    }
}

impl Errand for SelfTest {
    const NAME: &'static str = "self-test";
    type View = SelfTestView;

    fn read(reader: &Reader<'_>, id: i64) -> store::Result<Option<Self>> {
        reader.selftest(id)
    }

    fn is_open(&self) -> bool {
        self.state.is_open()
    }

    fn view(self) -> SelfTestView {
        SelfTestView::of(self)
    }
}

/// Tests shown at once.
const SHOWN: u32 = 20;

/// Takes a test down, and waits for its end where that is wanted.
pub async fn ask(
    State(app): State<App>,
    ApiPath(modem): ApiPath<String>,
    once: Once,
    body: ApiJson<NewSelfTest>,
) -> Result<Response, ApiError> {
    let wait = patience(body.value.wait.unwrap_or(0))?;
    let idempotency = once.idempotency(&body.octets);
    let new = selftest::NewSelfTest { modem, to: body.value.to, asker: once.caller.who.clone() };
    carry_out::<SelfTest>(&app, idempotency, wait, move |work| selftest::ask(work, &new)).await
}

/// The last tests of a modem.
pub async fn list(State(app): State<App>, ApiPath(modem): ApiPath<String>) -> Result<Json<List<SelfTestView>>, ApiError> {
    let rows: Vec<SelfTest> = of_modem(&app, modem, |reader, modem| reader.selftests_of_modem(&modem.name, SHOWN)).await?;
    Ok(Json(List::whole(rows.into_iter().map(SelfTestView::of).collect())))
}
