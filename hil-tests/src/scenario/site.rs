//! A box as a process, asked through its API: what the pty rung and the hardware rung have in common.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use answerback::daemon::Arguments;
use answerback::signature::sha256_hex;
use answerback::terms::Word as _;
use answerback::time::{Clock as _, SystemClock};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::judge::{Facts, MessageFacts, ModemFacts, SessionFacts};
use super::script::{Ask, Event, FlowText, House, Mood, OnCall, Pin, Power, Resolve, Roster, Scenario, SendText};
use crate::api::Api;
use crate::machine::Machine;
use crate::utility::{Behaviour, Utility};

/// With this variable in its environment the program `scenario` is the box itself: `product` with the product's own
/// times, `emulator` with those for emulated modems.
pub const MAIN: &str = "SCENARIO_BOX";

/// The box, when this process was started as one.
pub fn serve_as_box() -> Option<ExitCode> {
    match std::env::var(MAIN).ok()?.as_str() {
        "emulator" => Some(answerback::cli::main_with(Arguments::emulator)),
        _ => Some(answerback::cli::main()),
    }
}

/// A box, its billing system, and what the scenario has made of it so far.
pub(super) struct Site {
    machine: Machine,
    api: Api,
    utility: Utility,
    messages: BTreeMap<String, String>,
    sessions: BTreeMap<String, String>,
    /// What the box calls modems whose port has another name now.
    called: BTreeMap<usize, String>,
    off: bool,
    /// Goes last: the daemon writes there.
    _folder: TempDir,
}

/// What a site is built from.
pub(super) struct Plan<'p> {
    pub(super) folder: TempDir,
    /// The program `scenario`, which is the box as well.
    pub(super) program: &'p Path,
    pub(super) times: &'static str,
    pub(super) ports: &'p [PathBuf],
    /// The box looks for its modems by this pattern instead.
    pub(super) scan: Option<PathBuf>,
    pub(super) scenario: &'p Scenario,
}

impl Site {
    /// Starts and configures a box and waits until a modem can send.
    pub(super) async fn build(plan: Plan<'_>) -> Result<Self, String> {
        let utility = Utility::start(None).await.map_err(|error| format!("billing: {error}"))?;
        let variables = [(MAIN, plan.times)];
        let mut machine = match &plan.scan {
            Some(pattern) => Machine::start_scanning(plan.program, plan.folder.path(), &pattern.to_string_lossy(), &variables).await?,
            None => Machine::start_with(plan.program, plan.folder.path(), plan.ports, &variables).await?,
        };
        let flows = written(plan.folder.path(), &plan.scenario.flows)?;
        let house = &plan.scenario.house;
        for (name, answer) in &house.endpoints {
            let known = name.starts_with("billing.") && answer.is_null();
            if !known {
                utility.ledger().answers.insert(path_of(name), if answer.is_null() { json!({}) } else { answer.clone() });
            }
        }
        machine.import("scenario.toml", &configuration(&utility, house, &flows)).await?;
        let key = machine.key("scenario", &["send:alarm", "send:notice", "send:once", "read", "agent", "admin"]).await?;
        let api = machine.api(key);
        for number in &house.opted_in {
            let body = json!({ "msisdn": number, "granted": true, "proof": "as the scenario says", "categories": CATEGORIES });
            api.post("/v1/consents", &format!("in-{number}"), &body).await?;
        }
        machine.wait_for("/readyz").await?;
        let (messages, sessions, called) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { machine, api, utility, messages, sessions, called, off: false, _folder: plan.folder })
    }

    pub(super) async fn send(&mut self, send: &SendText, to: &str) -> Result<String, String> {
        let body = json!({ "to": to, "text": send.text, "policy": send.policy });
        let answer = self.api.post("/v1/messages", &format!("message-{}", send.message), &body).await;
        accepted(answer, send.refused.as_deref(), |answer| keep(&mut self.messages, &send.message, &answer))
    }

    pub(super) async fn event(&self, event: &Event) -> Result<String, String> {
        let mut body = json!({ "event": event.name, "data": event.data });
        match &event.session {
            Some(session) => body["session"] = json!(id_of(&self.sessions, session)?),
            None => body["where"] = json!(event.r#where),
        }
        let key = format!("event-{}", sha256_hex(body.to_string().as_bytes()));
        let answer = self.api.post("/v1/events", &key, &body).await?;
        Ok(answer.to_string())
    }

    pub(super) async fn ask(&mut self, ask: &Ask, to: Option<&str>) -> Result<String, String> {
        let body = json!({ "flow": ask.flow, "to": to, "data": ask.data });
        let answer = self.api.post("/v1/sessions", &format!("session-{}", ask.session), &body).await;
        accepted(answer, ask.refused.as_deref(), |answer| keep(&mut self.sessions, &ask.session, &answer))
    }

    pub(super) async fn resolve(&self, resolve: &Resolve) -> Result<String, String> {
        let path = format!("/v1/messages/{}/resolve", id_of(&self.messages, &resolve.message)?);
        let answer = self.api.post(&path, &format!("resolve-{}", resolve.message), &json!({ "as": resolve.r#as.word() })).await?;
        Ok(word(&answer, "state"))
    }

    pub(super) async fn power(&mut self, power: Power) -> Result<String, String> {
        match (power, self.off) {
            (Power::Cut, true) => return Err("the box is off already; switch it on before".to_owned()),
            (Power::On, false) => return Err("the box is on already; cut its power before".to_owned()),
            (Power::Restart, true) => return Err("the box is off; write power_on".to_owned()),
            (Power::Cut | Power::Restart, false) | (Power::On, true) => {}
        }
        match power {
            Power::Cut => self.machine.power_cut().await?,
            Power::On => self.machine.start_again().await?,
            Power::Restart => {
                self.machine.end().await?;
                self.machine.start_again().await?;
            }
        }
        self.off = power == Power::Cut;
        Ok(String::new())
    }

    pub(super) fn billing(&self, mood: Mood) {
        let mut ledger = self.utility.ledger();
        match behaviour(mood) {
            Some(behaviour) => ledger.behaviour = behaviour,
            None => ledger.settle(),
        }
    }

    pub(super) fn books(&self) -> Facts {
        let ledger = self.utility.ledger();
        let posts = ledger.charges().values().map(|charge| charge.posts as usize).sum();
        Facts::Billing { charges: ledger.charges().len(), posts }
    }

    pub(super) async fn message(&self, name: &str) -> Result<Facts, String> {
        let seen = self.read(&format!("/v1/messages/{}", id_of(&self.messages, name)?)).await?;
        Ok(Facts::Message(MessageFacts {
            state: word(&seen, "state"),
            certainty: word(&seen, "certainty"),
            attempts: seen["attempts"].as_array().map_or(0, Vec::len),
            possibly_twice: seen["possibly_twice"].as_bool().unwrap_or_default(),
        }))
    }

    pub(super) async fn session(&self, name: &str) -> Result<Facts, String> {
        let seen = self.read(&format!("/v1/sessions/{}", id_of(&self.sessions, name)?)).await?;
        let result = seen["result"].as_str().map(str::to_owned);
        Ok(Facts::Session(SessionFacts { state: word(&seen, "state"), step: word(&seen, "step"), result }))
    }

    /// What the box read from a person, oldest first.
    pub(super) async fn inbox(&self, from: &str) -> Result<Facts, String> {
        let seen = self.read(&format!("/v1/conversations/{}", from.replace('+', "%2B"))).await?;
        let lines = seen["thread"].as_array().cloned().unwrap_or_default();
        let theirs = lines.iter().filter(|line| line["direction"] == "in");
        Ok(Facts::Texts(theirs.map(|line| word(line, "text")).collect()))
    }

    /// The port of a modem has this name from now on, and so has the modem.
    pub(super) fn is_called(&mut self, modem: usize, name: &str) {
        self.called.insert(modem, name.to_owned());
    }

    fn name_of(&self, modem: usize) -> String {
        self.called.get(&modem).cloned().unwrap_or_else(|| format!("modem{modem}"))
    }

    pub(super) async fn pin(&self, pin: &Pin) -> Result<String, String> {
        let path = format!("/v1/modems/{}/pin", self.name_of(pin.modem));
        let answer = self.api.post(&path, &format!("pin-{}-{}", pin.modem, pin.pin), &json!({ "pin": pin.pin })).await?;
        Ok(word(&answer, "state"))
    }

    pub(super) async fn modem(&self, modem: usize, stored: Option<usize>, pin_tries: Option<u8>) -> Result<Facts, String> {
        let seen = self.read("/v1/modems").await?;
        let name = self.name_of(modem);
        let row = seen["items"].as_array().and_then(|rows| rows.iter().find(|row| row["name"] == name.as_str()));
        let (ready, code) = match row {
            Some(row) => (row["state"] == "ready", row["code"].as_str().map(str::to_owned)),
            // It has not looked there yet.
            None if self.called.contains_key(&modem) => (false, None),
            None => return Err(format!("the box knows no {name}: {seen}")),
        };
        Ok(Facts::Modem(ModemFacts { ready, code, stored, pin_tries }))
    }

    pub(super) fn last_words(&self) -> String {
        format!("the box said last:\n{}", self.machine.last_log_lines())
    }

    async fn read(&self, path: &str) -> Result<Json, String> {
        if self.off {
            return Err("the box is off and can show nothing: write power_on before".to_owned());
        }
        self.api.get(path).await
    }
}

fn behaviour(mood: Mood) -> Option<Behaviour> {
    match mood {
        Mood::Ok => Some(Behaviour::Ok),
        Mood::Fail => Some(Behaviour::Fail),
        Mood::ChargeThenSilence => Some(Behaviour::ChargeThenSilence),
        Mood::ChargeThenReset => Some(Behaviour::ChargeThenReset),
        Mood::Broken => Some(Behaviour::Broken),
        Mood::Down => Some(Behaviour::Down),
        Mood::Later => Some(Behaviour::Later),
        Mood::Settle => None,
    }
}

/// What the API answered, against what it should answer.
fn accepted(
    answer: Result<Json, String>,
    refused: Option<&str>,
    keep: impl FnOnce(Json) -> Result<String, String>,
) -> Result<String, String> {
    match (answer, refused) {
        (Ok(answer), None) => keep(answer),
        (Ok(_), Some(code)) => Err(format!("it was accepted, and should have been refused as {code}")),
        (Err(reason), Some(code)) if reason.contains(&format!("\"code\":\"{code}\"")) => Ok(format!("refused: {code}")),
        (Err(reason), _) => Err(reason),
    }
}

fn keep(names: &mut BTreeMap<String, String>, name: &str, answer: &Json) -> Result<String, String> {
    let id = answer["id"].as_str().ok_or_else(|| format!("the answer has no id: {answer}"))?;
    names.insert(name.to_owned(), id.to_owned());
    Ok(format!("202 {id}"))
}

fn id_of<'n>(names: &'n BTreeMap<String, String>, name: &str) -> Result<&'n str, String> {
    names.get(name).map(String::as_str).ok_or_else(|| format!("`{name}` was refused: there is nothing to look at"))
}

fn word(seen: &Json, name: &str) -> String {
    seen[name].as_str().unwrap_or_default().to_owned()
}

/// Puts the flows beside the configuration that names them.
fn written(folder: &Path, flows: &[FlowText]) -> Result<String, String> {
    let mut entries = String::new();
    for flow in flows {
        std::fs::write(folder.join(&flow.file), &flow.text).map_err(|error| format!("{}: {error}", flow.file))?;
        writeln!(entries, "[[flow]]\nfile = \"{}\"", flow.file).map_err(|error| error.to_string())?;
    }
    Ok(entries)
}

/// Seconds the box waits for billing.
const TIMEOUT_S: u32 = 2;

/// What somebody who opted in to everything has opted in to.
const CATEGORIES: [&str; 2] = ["energy", "survey"];

/// `wms.book` is asked at `/wms/book`.
fn path_of(endpoint: &str) -> String {
    format!("/{}", endpoint.replacen('.', "/", 1))
}

fn configuration(utility: &Utility, house: &House, flows: &str) -> String {
    let endpoint = |name: &String| {
        let (url, status) = (utility.url(&path_of(name)), utility.url("/billing/status"));
        format!("[[endpoint]]\nname = \"{name}\"\nurl = \"{url}\"\nstatus = \"{status}\"\nprivate = true\ntimeout = {TIMEOUT_S}\n")
    };
    let endpoints: Vec<String> = house.endpoints.keys().map(endpoint).collect();
    let person = |person: &OnCall| format!("{{ name = \"{}\", number = \"{}\" }}", person.name, person.number);
    let roster = |roster: &Roster| {
        let people: Vec<String> = roster.people.iter().map(person).collect();
        format!("[[roster]]\nname = \"{}\"\npeople = [{}]\n", roster.name, people.join(", "))
    };
    let rosters: Vec<String> = house.rosters.iter().map(roster).collect();
    format!(
        "[settings]\nutility = \"City Power\"\ncountry = \"US\"\nzone = \"{}\"\ncurrency = \"USD\"\nemergency = \"911\"\n[settings.caps]\nminute = 0\n\n{}\n{}\n{}",
        crate::demo::daytime_zone(SystemClock.now()),
        endpoints.join("\n"),
        rosters.join("\n"),
        flows,
    )
}
