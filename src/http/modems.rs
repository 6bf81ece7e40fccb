//! `/v1/modems` and `/v1/status`: what the box can do now.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::balances::Reading;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath};
use super::list::List;
use super::places::PlaceView;
use super::view::{Message, time};
use crate::conversation::hours;
use crate::engine::{modems, network_time, pin as engine_pin, voice};
use crate::store::{self, Queue};
use crate::terms::Word as _;
use crate::time::Timestamp;

/// One modem as it last described itself. Its PIN is never shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Modem {
    /// Its name.
    pub name: String,
    /// Its tty.
    pub port: String,
    /// `ready`, `not_ready`, or `unknown` until it has spoken.
    pub state: &'static str,
    /// Why it cannot send, as a stable code.
    pub code: Option<String>,
    /// Why it cannot send, and what to do.
    pub words: Option<String>,
    /// IMEI of the radio.
    pub imei: Option<String>,
    /// ICCID of its SIM.
    pub iccid: Option<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// Which model.
    pub model: Option<String>,
    /// Its firmware.
    pub firmware: Option<String>,
    /// The service centre of its SIM.
    pub smsc: Option<String>,
    /// The network it is on.
    pub operator: Option<String>,
    /// Registration by the standard's number.
    pub registration: Option<u8>,
    /// The same in words.
    pub registration_words: Option<&'static str>,
    /// Where it is registered now, where it tells that.
    pub place: Option<PlaceView>,
    /// Signal in dBm.
    pub signal_dbm: Option<i16>,
    /// Calls that come in are rejected.
    pub reject_calls: bool,
    /// What was learned of calling with its SIM, in words; absent while nothing was.
    pub voice: Option<String>,
    /// Slots in use of the memory that receives.
    pub storage_used: Option<u16>,
    /// Slots of that memory.
    pub storage_total: Option<u16>,
    /// What it heard the network say of the time; absent while it heard nothing.
    pub network_time: Option<NetworkTime>,
    /// At which speed its line answers, where that was found by trying.
    pub line_speed: Option<LineSpeed>,
    /// When anything of this changed.
    pub changed_at: String,
}

/// A speed that was found by trying.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineSpeed {
    /// In baud.
    pub baud: u32,
    /// The same in words, and what to do.
    pub words: String,
}

/// The network's time beside the box's clock, which it never sets.
#[derive(Debug, Serialize, ToSchema)]
pub struct NetworkTime {
    /// When it was heard last.
    pub heard_at: String,
    /// By how many seconds the box was ahead then; negative where it was behind.
    pub box_ahead_s: i64,
    /// It is more than 5 minutes: the box's clock is not to be trusted.
    pub untrusted: bool,
    /// The same in words, and what to do.
    pub words: String,
}

impl NetworkTime {
    fn of(row: &store::Modem) -> Option<Self> {
        let ahead_ms = row.clock_ahead_ms?;
        Some(Self {
            heard_at: time(row.clock_heard_at)?,
            box_ahead_s: ahead_ms / 1000,
            untrusted: network_time::is_untrusted(ahead_ms),
            words: network_time::words(&row.name, ahead_ms),
        })
    }
}

/// Something that a technician should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Complaint {
    /// `time_untrusted`: the box's clock is not what the network says.
    pub code: &'static str,
    /// The modem it is about.
    pub modem: String,
    /// What is wrong, and what to do.
    pub words: String,
}

impl Modem {
    fn of(row: store::Modem, voice: Option<&store::SimVoice>, place: Option<store::Place>, now: Timestamp) -> Self {
        Self {
            network_time: NetworkTime::of(&row),
            name: row.name,
            port: row.port,
            state: row.state.word(),
            code: row.code,
            words: row.words,
            imei: row.imei,
            iccid: row.iccid,
            manufacturer: row.manufacturer,
            model: row.model,
            firmware: row.firmware,
            smsc: row.smsc,
            operator: row.operator,
            registration: row.registration,
            registration_words: row.registration.map(modems::registration_words),
            place: place.map(PlaceView::of),
            signal_dbm: row.signal_dbm,
            reject_calls: row.reject_calls,
            voice: voice.and_then(|voice| voice::words(voice, now)),
            storage_used: row.storage_used,
            storage_total: row.storage_total,
            line_speed: row.line_speed.map(|baud| LineSpeed { baud, words: modems::speed_words(baud) }),
            changed_at: row.changed_at.to_string(),
        }
    }
}

/// What was proved on a SIM.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sim {
    /// Its key everywhere.
    pub iccid: String,
    /// Last proven send.
    pub sent_at: Option<String>,
    /// Last proven receive.
    pub received_at: Option<String>,
    /// Whole minutes since then.
    pub sent_minutes_ago: Option<i64>,
    /// Whole minutes since then.
    pub received_minutes_ago: Option<i64>,
    /// Its proof of life, where the settings ask for it.
    pub proof_of_life: Option<ProofView>,
    /// Parts the network accepted.
    pub submitted: u64,
    /// Attempts that ended in doubt.
    pub doubts: u64,
    /// TPDUs received.
    pub received: u64,
    /// What it sent today and this month of what it may send.
    pub usage: UsageView,
    /// What was read of its balance, where a rule asks for it.
    pub balance: Option<Reading>,
}

/// The texts of a SIM to the box itself (`proof_of_life` of the settings).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProofView {
    /// When one came in last.
    pub proved_at: Option<String>,
    /// The last one never came in: texts may not leave, or none may come in.
    pub missing: bool,
    /// One is on its way.
    pub awaited: bool,
}

impl ProofView {
    fn of(row: &store::Life) -> Self {
        Self { proved_at: time(row.proved_at), missing: row.missing, awaited: row.awaited }
    }
}

/// What a SIM sent of what it may send (`caps` of the settings).
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageView {
    /// Parts today.
    pub day: u32,
    /// Different people today.
    pub recipients: u32,
    /// Parts this month.
    pub month: u32,
    /// The cap it has come to: `minute`, `day`, `month` or `recipients`. Only safety and alarms leave on it until `held_until`.
    pub held_by: Option<&'static str>,
    /// When it has room again.
    pub held_until: Option<String>,
}

impl UsageView {
    /// What was counted, at `now`: a day that is over counts no more.
    fn of(sim: &store::Sim, now: Timestamp, zone: &jiff::tz::TimeZone) -> Self {
        let usage = sim.usage.clone().at(now, zone);
        let held = sim.held.filter(|held| held.until > now);
        Self {
            day: usage.day_parts,
            recipients: usage.day_people,
            month: usage.month_parts,
            held_by: held.map(|held| held.cap.word()),
            held_until: time(held.map(|held| held.until)),
        }
    }
}

/// The box at a glance.
#[derive(Debug, Serialize, ToSchema)]
pub struct Status {
    /// Version of the program.
    pub version: &'static str,
    /// What a technician should look at; empty when all is well.
    pub health: Vec<Complaint>,
    /// The modems.
    pub modems: Vec<Modem>,
    /// The SIMs.
    pub sims: Vec<Sim>,
    /// Parts that wait for a modem or are with one.
    pub queue: u32,
    /// When all of them should be on air, those that wait for their time included; `null` while no modem can send, and while nothing
    /// waits.
    pub queue_eta: Option<String>,
    /// Messages in doubt.
    pub in_doubt: u32,
    /// The oldest of them.
    pub doubts: Vec<Message>,
    /// Open sessions.
    pub sessions_open: u32,
    /// Questions that wait for an answer.
    pub questions_open: u32,
    /// Http steps without an outcome.
    pub calls_open: u32,
    /// Tasks nobody has closed.
    pub tasks_open: u32,
    /// Events that wait for a webhook.
    pub deliveries_waiting: u32,
    /// Events that a webhook never took.
    pub dead_letters: u32,
    /// Number of the newest event.
    pub newest_event: i64,
}

/// Doubts shown at a glance.
const DOUBTS_SHOWN: u32 = 20;

/// Every modem.
pub async fn list(State(app): State<App>) -> Result<Json<List<Modem>>, ApiError> {
    Ok(Json(List::whole(views(&app).await?)))
}

/// One modem.
pub async fn one(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<Modem>, ApiError> {
    let all = views(&app).await?;
    all.into_iter().find(|modem| modem.name == name).map(Json).ok_or_else(|| ApiError::not_found("modem"))
}

/// Every modem with what was learned of its SIM.
async fn views(app: &App) -> Result<Vec<Modem>, ApiError> {
    let now = app.now();
    let read = |reader: &store::Reader<'_>| {
        let with_voice = |modem: store::Modem| {
            let voice = modem.iccid.as_deref().map(|iccid| reader.sim_voice(iccid)).transpose()?.flatten();
            let place = modem.place.map(|n| reader.place(n)).transpose()?.flatten();
            Ok((modem, voice, place))
        };
        reader.modems()?.into_iter().map(with_voice).collect::<store::Result<Vec<_>>>()
    };
    let modems = app.read(read).await?;
    Ok(modems.into_iter().map(|(modem, voice, place)| Modem::of(modem, voice.as_ref(), place, now)).collect())
}

/// Starts the bring-up of a modem again.
pub async fn restart(State(app): State<App>, ApiPath(name): ApiPath<String>) -> Result<Json<Modem>, ApiError> {
    let modem = one(State(app.clone()), ApiPath(name.clone())).await?;
    if !app.fleet().restart(&name) {
        return Err(ApiError::conflict("modem_gone", "its port is not there now; it starts by itself when it is plugged in"));
    }
    Ok(modem)
}

/// Whether calls are rejected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// `true` ends a call at its first ring; `false` lets it ring. The box takes none.
    reject: bool,
}

/// Says whether calls to the SIM of a modem are rejected.
pub async fn reject_calls(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    ApiJson { value: wanted, .. }: ApiJson<Rejection>,
) -> Result<Json<Modem>, ApiError> {
    let named = name.clone();
    app.write(move |work| modems::set_reject_calls(work, &named, wanted.reject)).await?;
    app.fleet().reject_calls(&name, wanted.reject);
    one(State(app), ApiPath(name)).await
}

/// What is read of a modem by its name; 404 where there is none of that name.
pub async fn of_modem<T: Send + 'static>(
    app: &App,
    name: String,
    read: impl FnOnce(&store::Reader<'_>, store::Modem) -> store::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    let look = move |reader: &store::Reader<'_>| reader.modem(&name)?.map(|modem| read(reader, modem)).transpose();
    app.read(look).await?.ok_or_else(|| ApiError::not_found("modem"))
}

/// The PIN of the SIM in a modem.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPin {
    /// 4 to 8 digits; `null` takes it away. It is sent to the SIM once, and only while all three tries are left.
    pin: Option<String>,
}

/// Sets the PIN of the SIM in a modem. It is never shown again.
pub async fn pin(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    ApiJson { value: new, .. }: ApiJson<NewPin>,
) -> Result<Json<Modem>, ApiError> {
    let wanted = name.clone();
    app.engine().run(Queue::Others, move |work| engine_pin::set(work, &wanted, new.pin.as_deref())).await?;
    let modem = one(State(app.clone()), ApiPath(name.clone())).await?;
    // A modem that can send needs no PIN now, and may have a text in hand.
    if modem.state != store::ModemState::Ready.word() {
        app.fleet().rebuild(&name);
    }
    Ok(modem)
}

/// Every SIM that was ever seen or has a rule.
fn with_balances(reader: &store::Reader<'_>) -> store::Result<Vec<(store::Sim, Option<store::Balance>)>> {
    let mut sims: Vec<_> = reader.sims()?.into_iter().map(|sim| (sim, None)).collect();
    for balance in reader.balances()? {
        match sims.iter_mut().find(|(sim, _)| sim.iccid == balance.iccid) {
            Some((_, place)) => *place = Some(balance),
            None => sims.push((store::Sim { iccid: balance.iccid.clone(), ..store::Sim::default() }, Some(balance))),
        }
    }
    Ok(sims)
}

fn complaint(row: &store::Modem) -> Option<Complaint> {
    network_time::complaint(row).map(|words| Complaint { code: "time_untrusted", modem: row.name.clone(), words })
}

/// The box at a glance.
pub async fn status(State(app): State<App>) -> Result<Json<Status>, ApiError> {
    let book = app.engine().book().await?;
    let settings = book.settings.clone();
    let (overview, sims, lives, doubts, newest_event, rows, eta) = app
        .outlook(move |outlook| {
            let reader = outlook.reader;
            let sims = with_balances(reader)?;
            let doubts = reader.messages_in_doubt(DOUBTS_SHOWN)?;
            Ok((reader.overview()?, sims, reader.lives()?, doubts, reader.newest_event()?, reader.modems()?, outlook.of_all(&settings)?))
        })
        .await?;
    let (now, zone) = (app.now(), hours::zone(None, None, &book.settings));
    let sim = |(sim, balance): (store::Sim, Option<store::Balance>)| Sim {
        usage: UsageView::of(&sim, now, &zone),
        sent_minutes_ago: sim.sent_at.map(|at| now.ms_since(at) / 60_000),
        received_minutes_ago: sim.received_at.map(|at| now.ms_since(at) / 60_000),
        proof_of_life: lives.iter().find(|life| life.iccid == sim.iccid).map(ProofView::of),
        balance: balance.as_ref().map(Reading::of),
        iccid: sim.iccid,
        sent_at: time(sim.sent_at),
        received_at: time(sim.received_at),
        submitted: sim.submitted,
        doubts: sim.doubts,
        received: sim.received,
    };
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        health: rows.iter().filter_map(complaint).collect(),
        modems: views(&app).await?,
        sims: sims.into_iter().map(sim).collect(),
        queue: overview.queued + overview.claimed,
        queue_eta: time(eta.filter(|_| overview.queued + overview.claimed > 0)),
        in_doubt: overview.in_doubt,
        doubts: doubts.into_iter().map(Message::of).collect(),
        sessions_open: overview.open_sessions,
        questions_open: overview.open_questions,
        calls_open: overview.open_calls,
        tasks_open: overview.open_tasks,
        deliveries_waiting: overview.deliveries_waiting,
        dead_letters: overview.deliveries_dead,
        newest_event,
    }))
}
