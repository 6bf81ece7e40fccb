//! A busy hour in seconds, recorded: clients that post and post again, phones that text, customers who pay, a webhook that
//! hears of all of it, and a daemon that dies in the middle of a send and is started again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use answerback::chance::Os;
use answerback::signature::Secret;
use answerback::store::FILE;
use answerback::time::{Clock as _, SystemClock};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::log;
use super::marks::{self, Mark};
use super::shim::{DIE_AFTER_SENDS, Shim};
use crate::api::Api;
use crate::emulator::network::Taken;
use crate::emulator::{Rig, RigHandle, RigOptions};
use crate::machine::Machine;
use crate::utility::Utility;

/// How much happens.
#[derive(Debug, Clone)]
pub struct Burst {
    /// Texts accepted one after the other while nothing else happens, to see what one costs; they leave tomorrow.
    pub alone: usize,
    /// Texts that go their whole way to the phone and back, one after the other.
    pub whole_ways: usize,
    /// Clients that post at the same time.
    pub clients: usize,
    /// Texts of each.
    pub texts: usize,
    /// Texts that phones send.
    pub inbound: usize,
    /// Customers who are asked for money and answer Y.
    pub customers: usize,
    /// The daemon dies right after so many Ctrl-Z and is started again.
    pub dies_after: usize,
}

impl Burst {
    /// What `cargo test` can afford, with more than one checkpoint of the database in it.
    pub const fn small() -> Self {
        Self { alone: 9, whole_ways: 5, clients: 4, texts: 6, inbound: 15, customers: 2, dies_after: 12 }
    }
}

/// What the world outside knows of a burst.
#[derive(Debug)]
pub struct Seen {
    /// Ids of the texts that were accepted alone.
    pub alone: Vec<String>,
    /// Ids of those that went their whole way alone.
    pub whole_ways: Vec<String>,
    /// Every id that a client got with its 202.
    pub accepted: Vec<String>,
    /// Every PDU the network took.
    pub taken: Vec<Taken>,
    /// How many PDUs phones put on the SIMs.
    pub delivered: usize,
    /// Keys of the charges that billing was posted.
    pub charges: Vec<String>,
    /// The records, one of each process.
    pub records: Vec<Vec<u8>>,
    /// What lies in the state directory in the end.
    pub files: super::Files,
}

const MODEMS: usize = 2;
/// Enough for a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
const POLL_EVERY: Duration = Duration::from_millis(50);
/// The radio is quick, so that most of the time is spent in the store.
const ON_AIR: Duration = Duration::from_millis(10);
/// Stamps count whole seconds: who answers within the second of the prompt wrote before it was out, says the fence.
const READING: Duration = Duration::from_millis(1_500);

struct Site {
    rig: Rig,
    utility: Utility,
    machine: Machine,
    api: Api,
    shim: Shim,
    state: PathBuf,
    _folder: TempDir,
}

/// Runs a burst on a daemon of this program and tells what was seen.
pub async fn record(program: &Path, burst: &Burst) -> Result<Seen, String> {
    let mut site = build(program, burst).await?;
    let alone = alone(&site.api, burst.alone).await?;
    let whole_ways = whole_ways(&site.api, burst.whole_ways).await?;
    site.machine.import("billing.toml", &site.billing()).await?;
    let (delivered, accepted) = site.live_through(burst).await?;
    let charges = site.utility.calls().into_iter().filter(|call| call.path == "/billing/charge").filter_map(|call| call.key).collect();
    let Site { rig, machine, shim, state, _folder, .. } = site;
    machine.stop().await;
    let (records, files) = (shim.records()?, files(&state).map_err(|error| format!("{}: {error}", state.display()))?);
    // What left last may still be on its way through the line.
    let marks = marks::find(&log::read(&records)?);
    let on_air = marks.iter().filter(|(_, mark)| matches!(mark, Mark::OnAir { .. })).count();
    let taken = rig.wait_for_sent(on_air, PATIENCE).await?;
    let accepted = [&alone[..], &whole_ways, &accepted].concat();
    Ok(Seen { alone, whole_ways, accepted, taken, delivered, charges, records, files })
}

async fn build(program: &Path, burst: &Burst) -> Result<Site, String> {
    let folder = tempfile::Builder::new().prefix("power-cut-").tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let place = folder.path().canonicalize().map_err(|error| error.to_string())?;
    let (shim, state) = (Shim::build(&place)?, place.join("state"));
    let rig = Rig::start(RigOptions { modems: MODEMS, latency: ON_AIR, delivery: ON_AIR, ..RigOptions::quick(&place.join("ports")) });
    let rig = rig.map_err(|error| format!("the modems: {error}"))?;
    let utility = Utility::start(None).await.map_err(|error| format!("billing: {error}"))?;
    let mut watching = shim.variables(&state.join(FILE));
    let dies_after = burst.whole_ways + burst.dies_after;
    watching.push((DIE_AFTER_SENDS.to_owned(), dies_after.to_string().into()));
    let ports: Vec<PathBuf> = (0..MODEMS).map(|modem| rig.port(modem)).collect();
    let mut machine = Machine::start_watched(program, &place, &ports, watching).await?;
    let zone = crate::demo::daytime_zone(SystemClock.now());
    let settings = format!(
        "[settings]\nutility = \"City Power\"\ncountry = \"US\"\nzone = \"{zone}\"\ncurrency = \"USD\"\nemergency = \"911\"\n[settings.caps]\nminute = 0\n"
    );
    machine.import("settings.toml", &settings).await?;
    let api = machine.api(machine.key("clients", &["send:once", "send:notice", "send:alarm", "read"]).await?);
    machine.wait_for("/readyz").await?;
    Ok(Site { rig, utility, machine, api, shim, state, _folder: folder })
}

impl Site {
    /// Billing with its flow, and a webhook that hears everything.
    fn billing(&self) -> String {
        let secret = Secret::generate(&mut Os);
        let flow = concat!(env!("CARGO_MANIFEST_DIR"), "/../flows/pay.past_due.flow.toml");
        let (charge, claim) = (self.utility.url("/billing/charge"), self.utility.url("/billing/claim_paid"));
        let (status, hooks) = (self.utility.url("/billing/status"), self.utility.url("/hooks"));
        let configuration = format!(
            "[[endpoint]]\nname = \"billing.charge\"\nurl = \"{charge}\"\nstatus_url = \"{status}\"\nprivate = true\n\n\
             [[endpoint]]\nname = \"billing.claim_paid\"\nurl = \"{claim}\"\nprivate = true\n\n\
             [[webhook]]\nname = \"billing\"\nurl = \"{hooks}\"\nprivate = true\nsecret = \"{}\"\n\n[[flow]]\nfile = \"{flow}\"\n",
            secret.expose()
        );
        self.utility.trust_hooks_signed_with(secret);
        configuration
    }

    /// Everything at once; the daemon dies on the way. Answers how many PDUs the phones sent and every id the clients got.
    async fn live_through(&mut self, burst: &Burst) -> Result<(usize, Vec<String>), String> {
        let mut tasks: JoinSet<Result<Vec<String>, String>> = JoinSet::new();
        for client in 0..burst.clients {
            tasks.spawn(client_posts(self.api.clone(), client, burst.texts));
        }
        for customer in 0..burst.customers {
            tasks.spawn(customer_pays(self.api.clone(), self.rig.handle(), customer));
        }
        let phones = tokio::spawn(phones_text(self.rig.handle(), burst.inbound));
        self.machine.ended(PATIENCE).await?;
        self.machine.watch_without(DIE_AFTER_SENDS);
        self.machine.start_again().await?;
        let mut accepted = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let ids = done.map_err(|error| error.to_string())?;
            accepted.extend(ids.map_err(|reason| format!("{reason}\n{}", self.machine.last_log_lines()))?);
        }
        let mut delivered = phones.await.map_err(|error| error.to_string())??;
        for modem in 0..MODEMS {
            self.rig.wait_for_stored(modem, [0; 3], PATIENCE).await?;
        }
        // Each customer wrote one text of one part.
        delivered += burst.customers;
        Ok((delivered, accepted))
    }
}

/// Texts that leave tomorrow: nothing but their acceptance is written.
async fn alone(api: &Api, count: usize) -> Result<Vec<String>, String> {
    let tomorrow = SystemClock.now().plus(Duration::from_hours(24)).to_string();
    let mut ids = Vec::new();
    for number in 0..count {
        let body = json!({ "to": format!("+1555300{number:04}"), "text": TEXT, "policy": "notice", "not_before": tomorrow });
        ids.push(posted(api, "/v1/messages", &format!("alone-{number}"), &body).await?);
    }
    Ok(ids)
}

const TEXT: &str = "Power will be off on Tuesday from 9 to 11.";
const LONG: &str = "Power will be off on Tuesday from 9 to 11, and on Wednesday from 13 to 16, while the line along the river is \
                    rebuilt. Please keep fridges closed; water pumps stop. Questions: call 555-0100 or answer this text.";

/// Texts that are sent and reported before the next one is posted.
async fn whole_ways(api: &Api, count: usize) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let body = json!({ "to": format!("+1555301{number:04}"), "text": TEXT, "policy": "notice" });
        let id = posted(api, "/v1/messages", &format!("whole-{number}"), &body).await?;
        until(api, &format!("/v1/messages/{id}"), |message| message["state"] == "delivered").await?;
        ids.push(id);
    }
    Ok(ids)
}

/// One client: every text in turn, each until it is answered; then it watches each until no part waits. Reports that the
/// modem showed while nobody listened never come.
async fn client_posts(api: Api, client: usize, texts: usize) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    for number in 0..texts {
        let policy = ["alarm", "notice", "once"][(client + number) % 3];
        let text = if number % 4 == 3 { LONG } else { TEXT };
        let body = json!({ "to": format!("+155531{client:02}{number:03}"), "text": text, "policy": policy });
        ids.push(posted(&api, "/v1/messages", &format!("client-{client}-{number}"), &body).await?);
    }
    for id in &ids {
        let moving = |state: &Json| matches!(state.as_str(), Some("accepted" | "queued" | "sending"));
        until(&api, &format!("/v1/messages/{id}"), |message| !message["state"].is_null() && !moving(&message["state"])).await?;
    }
    Ok(ids)
}

/// One customer: asked for money, answers Y once the question is on the phone, and has a receipt in the end.
async fn customer_pays(api: Api, rig: RigHandle, customer: usize) -> Result<Vec<String>, String> {
    let number = format!("+1555320{customer:04}");
    let account = format!("004511{customer:02}");
    let data = json!({ "account": account, "amount": "84.50", "due": "2026-11-12", "card": "1234", "mandate": true });
    let body = json!({ "flow": "pay.past_due", "to": number, "data": data });
    let id = posted(&api, "/v1/sessions", &format!("customer-{customer}"), &body).await?;
    let shown = rig.wait_for_text(&number, 1, PATIENCE).await?;
    tokio::time::sleep(READING).await;
    for modem in 0..MODEMS {
        if rig.number(modem).await? == shown[0].from {
            rig.inject(modem, &number, "Y").await?;
        }
    }
    until(&api, &format!("/v1/sessions/{id}"), |session| session["result"] == "paid").await?;
    rig.wait_for_text(&number, 2, PATIENCE).await?;
    Ok(vec![id])
}

/// Phones text both SIMs, some of them in two parts; answers how many PDUs that made.
async fn phones_text(rig: RigHandle, count: usize) -> Result<usize, String> {
    let mut parts = 0;
    for number in 0..count {
        let text = if number % 5 == 4 { LONG } else { "when will it be back?" };
        parts += rig.inject(number % MODEMS, &format!("+1555330{number:04}"), text).await?;
        tokio::time::sleep(POLL_EVERY).await;
    }
    Ok(parts)
}

/// Posts until it is answered with success, always with the same key; gives the id.
async fn posted(api: &Api, path: &str, key: &str, body: &Json) -> Result<String, String> {
    let deadline = SystemClock.tick().plus(PATIENCE);
    loop {
        match api.post(path, key, body).await {
            Ok(answer) => return answer["id"].as_str().map(str::to_owned).ok_or_else(|| format!("{path} names no id: {answer}")),
            Err(reason) if SystemClock.tick() >= deadline => return Err(reason),
            Err(_) => tokio::time::sleep(POLL_EVERY).await,
        }
    }
}

async fn until(api: &Api, path: &str, wanted: impl Fn(&Json) -> bool) -> Result<(), String> {
    let deadline = SystemClock.tick().plus(PATIENCE);
    loop {
        let found = api.get(path).await;
        if found.as_ref().is_ok_and(&wanted) {
            return Ok(());
        }
        if SystemClock.tick() >= deadline {
            return Err(format!("{path} does not come to what is waited for: {found:?}"));
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

fn files(state: &Path) -> std::io::Result<super::Files> {
    let mut files = super::Files::new();
    for entry in std::fs::read_dir(state)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(FILE) && !name.ends_with("-shm") {
            files.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(files)
}
