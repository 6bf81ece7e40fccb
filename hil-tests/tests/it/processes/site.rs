//! One box of its own: a modem on a pty, a billing system, the daemon as a process, and what can be asked of each.

use std::path::Path;
use std::time::Duration;

use answerback::signature::Secret;
use answerback::time::{Clock as _, SystemClock, Tick};
use hil_tests::api::Api;
use hil_tests::emulator::dialect::Dialect;
use hil_tests::emulator::{Crossed, Rig, RigOptions};
use hil_tests::kill;
use hil_tests::machine::Machine;
use hil_tests::utility::Utility;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::sync::mpsc;

pub const CUSTOMER: &str = "+15555550123";
/// Whatever is waited for comes within this time, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_mins(2);
pub const POLL_EVERY: Duration = Duration::from_millis(50);
/// Stamps count whole seconds: who answers within the second of the prompt wrote before it was out, says the fence.
const READING: Duration = Duration::from_millis(1_500);
const HOOK_SECRET: &str = "whsec_d2ViaG9va3Mgb2YgdGhlIHRlc3RzMDAwMDAwMDAwMDE=";
const SCOPES: [&str; 5] = ["send:once", "send:notice", "send:alarm", "read", "agent"];

/// What differs between boxes.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// How the modem speaks.
    pub dialect: &'static str,
    /// The port is looked for by a pattern, under whatever name it has.
    pub scanning: bool,
    /// Two seconds for a prompt or an answer, until the first death.
    pub quick: bool,
}

/// A modem by the standard, on a port with a name.
pub const PLAIN: Setting = Setting { dialect: "generic", scanning: false, quick: false };

pub struct Site {
    pub rig: Rig,
    pub utility: Utility,
    pub machine: Machine,
    pub api: Api,
    crossed: mpsc::UnboundedReceiver<Crossed>,
    folder: TempDir,
}

impl Site {
    /// A box that is ready and configured.
    pub async fn build(setting: Setting) -> Result<Self, String> {
        let words = |error: std::io::Error| error.to_string();
        let folder = tempfile::tempdir().map_err(words)?;
        let links = folder.path().join("ports");
        let dialect = Dialect::named(setting.dialect).ok_or("no such dialect")?;
        let (tap, crossed) = mpsc::unbounded_channel();
        let rig = Rig::start(RigOptions { modems: 1, dialect, tap: Some(tap), ..RigOptions::quick(&links) }).map_err(words)?;
        let utility = Utility::start(None).await.map_err(words)?;
        utility.trust_hooks_signed_with(Secret::parse(HOOK_SECRET).ok_or("no secret")?);
        if setting.quick {
            std::fs::write(folder.path().join(kill::QUICK), "").map_err(words)?;
        }
        let program = Path::new(env!("CARGO_BIN_EXE_daemon-under-test"));
        let mut machine = if setting.scanning {
            Machine::start_scanning(program, folder.path(), &links.join("*").to_string_lossy(), &[]).await?
        } else {
            Machine::start(program, folder.path(), &[rig.port(0)]).await?
        };
        machine.import("site.toml", &configuration(&utility)).await?;
        let api = machine.api(machine.key("billing", &SCOPES).await?);
        machine.wait_for("/readyz").await?;
        Ok(Self { rig, utility, machine, api, crossed, folder })
    }

    /// The same, with a story that is played on it; what goes wrong is told with the daemon's last lines.
    pub async fn plays(setting: Setting, story: impl AsyncFnOnce(&Self) -> Result<(), String>) {
        let site = Self::build(setting).await.expect("a box");
        let played = story(&site).await;
        let log = site.machine.last_log_lines();
        site.machine.stop().await;
        played.unwrap_or_else(|wrong| panic!("{wrong}\n{log}"));
    }

    /// A person has read the last text and answers.
    pub async fn answers(&self, person: &str, words: &str) -> Result<(), String> {
        tokio::time::sleep(READING).await;
        self.rig.inject(0, person, words).await.map(drop)
    }

    /// From the next start on there is time for everything.
    pub fn be_patient(&self) {
        // It is there where the box began in haste.
        let _none = std::fs::remove_file(self.folder.path().join(kill::QUICK));
    }

    /// Polls a resource until it looks as wanted.
    pub async fn until(&self, path: &str, what: &str, wanted: impl Fn(&Json) -> bool) -> Result<Json, String> {
        let deadline = deadline();
        loop {
            let last = self.api.get(path).await.unwrap_or_else(Json::String);
            if wanted(&last) {
                return Ok(last);
            }
            if SystemClock.tick() >= deadline {
                return Err(format!("{what} did not come; {path} says {last:#}\n{}", self.machine.last_log_lines()));
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// Every message with its tries and what was seen of it, oldest first.
    pub async fn messages(&self) -> Result<Vec<Json>, String> {
        let list = self.api.get("/v1/messages").await?;
        let mut details = Vec::new();
        for message in items(&list).iter().rev() {
            details.push(self.api.get(&format!("/v1/messages/{}", message["id"].as_str().unwrap_or_default())).await?);
        }
        Ok(details)
    }

    /// What the customer wrote, as the box has it.
    pub async fn texts_in(&self) -> Result<Vec<Json>, String> {
        let with = self.api.get(&format!("/v1/conversations/{CUSTOMER}")).await?;
        let thread = with["thread"].as_array().cloned().unwrap_or_default();
        Ok(thread.into_iter().filter(|line| line["direction"] == "in").collect())
    }

    /// A person sends a message in doubt once more.
    pub async fn resend(&self, message: &Json) -> Result<(), String> {
        let path = format!("/v1/messages/{}/resolve", message["id"].as_str().unwrap_or_default());
        self.api.post(&path, "resend", &json!({ "as": "resend" })).await.map(drop)
    }

    /// Waits until the port has gone, once or for good.
    pub async fn until_gone(&self) -> Result<(), String> {
        let until = deadline();
        while self.rig.port(0).exists() {
            if SystemClock.tick() >= until {
                return Err("the port did not go".to_owned());
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        Ok(())
    }

    /// Waits until `octets` have crossed the port.
    pub async fn until_crossed(&mut self, octets: &[u8]) -> Result<(), String> {
        let seen = async {
            while let Some(chunk) = self.crossed.recv().await {
                if chunk.octets.windows(octets.len()).any(|window| window == octets) {
                    return;
                }
            }
        };
        let late = |_| format!("{:?} did not cross the port", String::from_utf8_lossy(octets));
        tokio::time::timeout(PATIENCE, seen).await.map_err(late)
    }
}

/// The items of a list.
pub fn items(list: &Json) -> Vec<Json> {
    list["items"].as_array().cloned().unwrap_or_default()
}

/// The end of all patience.
pub fn deadline() -> Tick {
    SystemClock.tick().plus(PATIENCE)
}

fn configuration(utility: &Utility) -> String {
    let flow = concat!(env!("CARGO_MANIFEST_DIR"), "/../flows/pay.past_due.flow.toml");
    let endpoint = |name: &str, path: &str| {
        let (url, status) = (utility.url(path), utility.url("/billing/status"));
        format!("[[endpoint]]\nname = \"{name}\"\nurl = \"{url}\"\nstatus_url = \"{status}\"\nprivate = true\ntimeout = 60\n")
    };
    format!(
        "[settings]\nutility = \"City Power\"\ncountry = \"US\"\nzone = \"{}\"\ncurrency = \"USD\"\nemergency = \"911\"\n[settings.caps]\nminute = 0\n\n{}\n{}\n\
         [[webhook]]\nname = \"billing\"\nurl = \"{}\"\nprivate = true\nsecret = \"{HOOK_SECRET}\"\n\n[[flow]]\nfile = \"{flow}\"\n",
        hil_tests::demo::daytime_zone(SystemClock.now()),
        endpoint("billing.charge", "/billing/charge"),
        endpoint("billing.claim_paid", "/billing/claim_paid"),
        utility.url("/hooks"),
    )
}
