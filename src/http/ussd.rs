//! `/v1/modems/{name}/ussd`: one exchange with the network of a SIM, and the last ones.

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
use crate::engine::ussd;
use crate::modem::io::UssdAsk;
use crate::store::{self, Reader, Ussd};
use crate::terms::Word as _;

/// What is wanted of the network: exactly one of `code`, `reply`, `cancel`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUssd {
    /// A code, for example `*100#`. Nobody can tell one that shows a balance from one that spends it: it is never sent twice.
    code: Option<String>,
    /// An answer to the menu that is open.
    reply: Option<String>,
    /// `true` ends the menu that is open, or an exchange that waits.
    cancel: Option<bool>,
    /// Seconds to wait for the answer, 0 to 120; 75 where it is left out.
    wait: Option<u8>,
}

/// One exchange.
#[derive(Debug, Serialize, ToSchema)]
pub struct UssdView {
    /// Its number.
    pub id: i64,
    /// Name of the modem.
    pub modem: String,
    /// The SIM that was in it.
    pub iccid: Option<String>,
    /// Who asked: a key's name, `local:UID`, `balance`, or `network` where nobody did.
    pub asker: String,
    /// `code`, `reply`, `cancel` or `network`.
    pub kind: &'static str,
    /// The code or the reply.
    pub asked: String,
    /// `waiting`, `asking`, `answered`, `menu` (it waits for a reply), `cancelled`, `not_sent`, `refused`, `unknown` (it went
    /// out, and nobody knows whether it was carried out).
    pub state: &'static str,
    /// The network's words.
    pub answer: Option<String>,
    /// Why it ended without an answer, as a stable word.
    pub why: Option<String>,
    /// The same for people, with what to do.
    pub words: Option<String>,
    /// In how many forms the string was given to the modem until it understood one.
    pub tries: u8,
    /// When it was asked for.
    pub asked_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
}

impl UssdView {
    fn of(row: Ussd) -> Self {
        Self {
            words: ussd::words(&row),
            id: row.id,
            modem: row.modem,
            iccid: row.iccid,
            asker: row.asker,
            kind: row.kind.word(),
            asked: row.asked,
            state: row.state.word(),
            answer: row.answer,
            why: row.why,
            tries: row.tries,
            asked_at: row.asked_at.to_string(),
            ended_at: time(row.ended_at),
        }
    }
}

impl Errand for Ussd {
    const NAME: &'static str = "exchange";
    type View = UssdView;

    fn read(reader: &Reader<'_>, id: i64) -> store::Result<Option<Self>> {
        reader.ussd(id)
    }

    fn is_open(&self) -> bool {
        self.state.is_open()
    }

    fn view(self) -> UssdView {
        UssdView::of(self)
    }
}

const WAIT_S: u8 = 75;
/// Exchanges shown at once.
const SHOWN: u32 = 50;

/// Asks, and waits for the answer.
pub async fn ask(
    State(app): State<App>,
    ApiPath(modem): ApiPath<String>,
    once: Once,
    body: ApiJson<NewUssd>,
) -> Result<Response, ApiError> {
    let value = body.value;
    let wait = patience(value.wait.unwrap_or(WAIT_S))?;
    let ask = match (value.code, value.reply, value.cancel) {
        (Some(code), None, None | Some(false)) => UssdAsk::Code(code),
        (None, Some(reply), None | Some(false)) => UssdAsk::Reply(reply),
        (None, None, Some(true)) => UssdAsk::Cancel,
        _ => return Err(ApiError::invalid("say one thing: `code`, `reply` or `cancel`").at("", "exactly one of `code`, `reply`, `cancel`")),
    };
    let idempotency = once.idempotency(&body.octets);
    let new = ussd::NewUssd { modem, ask, asker: once.caller.who.clone() };
    carry_out::<Ussd>(&app, idempotency, wait, move |work| ussd::ask(work, &new)).await
}

/// The last exchanges of a modem.
pub async fn list(State(app): State<App>, ApiPath(modem): ApiPath<String>) -> Result<Json<List<UssdView>>, ApiError> {
    let rows: Vec<Ussd> = of_modem(&app, modem, |reader, modem| reader.ussds_of_modem(&modem.name, SHOWN)).await?;
    Ok(Json(List::whole(rows.into_iter().map(UssdView::of).collect())))
}
