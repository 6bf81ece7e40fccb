//! The demo's stage: a temporary folder, modems, billing, the daemon and its configuration. It leaves nothing behind.

use std::time::Duration;

use answerback::signature::Secret;
use answerback::time::{Clock as _, SystemClock, Timestamp};
use tempfile::TempDir;

use super::Options;
use super::play::CUSTOMER;
use crate::api::Api;
use crate::emulator::{Rig, RigOptions};
use crate::machine::Machine;
use crate::utility::Utility;

/// Everything the conversation needs, running.
pub struct Stage {
    pub rig: Rig,
    pub utility: Utility,
    /// With billing's own key.
    pub api: Api,
    machine: Machine,
    _folder: TempDir,
}

/// How many modems the rig has.
pub const MODEMS: usize = 2;
/// The template, valid by itself; see its first lines for what is put in.
const CONFIGURATION: &str = include_str!("../../demo/demo.toml");
const FLOWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../flows/");
/// From the modem to the phone and back: slow enough to follow, fast enough to wait for.
const ON_AIR: Duration = Duration::from_millis(400);

impl Stage {
    /// Starts everything and configures the daemon.
    pub async fn build(options: &Options, tell: &mut impl FnMut(&str)) -> Result<Self, String> {
        let folder =
            tempfile::Builder::new().prefix("answerback-demo-").tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let links = folder.path().join("ports");
        let rig = Rig::start(RigOptions { modems: MODEMS, latency: ON_AIR, delivery: ON_AIR, ..RigOptions::quick(&links) })
            .map_err(|error| format!("the modems: {error}"))?;
        let ports = [rig.port(0), rig.port(1)];
        tell(&format!("two emulated modems: {} and {}", ports[0].display(), ports[1].display()));
        let utility = billing(tell).await?;
        let mut machine = Machine::start(&options.program, folder.path(), &ports).await?;
        tell(&format!("the daemon: {} run, as process {}", options.program.display(), machine.id().unwrap_or_default()));
        tell(&format!("answerback config import demo.toml: {}", machine.import("demo.toml", &configuration(&utility)).await?));
        let api = machine.api(machine.key("billing", &["send:once", "read"]).await?);
        tell("answerback key create --name billing --scope send:once --scope read");
        machine.wait_for("/readyz").await?;
        tell("ready: a modem can send");
        Ok(Self { rig, utility, api, machine, _folder: folder })
    }

    /// What the daemon said last, for a failure.
    pub fn last_log_lines(&self) -> String {
        self.machine.last_log_lines()
    }

    /// Where to look now, and how to log in.
    pub async fn addresses(&self) -> Result<String, String> {
        let listen = self.machine.listen();
        let key = self.machine.key("demo-page", &["admin"]).await?;
        let (program, socket) = (self.machine.program().display(), self.machine.socket().display());
        Ok(format!(
            "overview page:    http://{listen}/login#{key}  (signs in by itself)\nthe conversation: http://{listen}/conversations/%2B{}\nAPI docs:         http://{listen}/docs\ncommand line:     {program} --socket {socket} status",
            CUSTOMER.trim_start_matches('+')
        ))
    }

    /// Ends the daemon as systemd would.
    pub async fn stop(self) {
        self.machine.stop().await;
    }
}

/// The billing system, with the secrets of the template.
async fn billing(tell: &mut impl FnMut(&str)) -> Result<Utility, String> {
    let secrets = secrets_of(CONFIGURATION);
    let call_secret = secrets.first().and_then(|secret| Secret::parse(secret));
    let utility = Utility::start(call_secret).await.map_err(|error| format!("billing: {error}"))?;
    if let Some(secret) = secrets.last().and_then(|secret| Secret::parse(secret)) {
        utility.trust_hooks_signed_with(secret);
    }
    tell(&format!("a billing system: {}", utility.url("/")));
    Ok(utility)
}

fn configuration(utility: &Utility) -> String {
    CONFIGURATION
        .replace("http://127.0.0.1:8490/", &utility.url("/"))
        .replace("Etc/UTC", &daytime_zone(SystemClock.now()))
        .replace("../../flows/", FLOWS)
}

/// A zone in which it is about two in the afternoon: bills are not texted at night.
pub fn daytime_zone(now: Timestamp) -> String {
    let hour = now.unix_ms().div_euclid(3_600_000).rem_euclid(24);
    // The names of these zones have the sign turned around: Etc/GMT+5 is five hours behind UTC.
    match hour - 14 {
        0 => "Etc/UTC".to_owned(),
        behind @ 1.. => format!("Etc/GMT+{behind}"),
        ahead => format!("Etc/GMT{ahead}"),
    }
}

fn secrets_of(configuration: &str) -> Vec<String> {
    let lines = configuration.lines().filter_map(|line| line.strip_prefix("secret = \""));
    lines.map(|line| line.trim_end_matches('"').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_day_in_the_demos_zone_at_every_hour() {
        for hour in 0..24 {
            let now = Timestamp::from_unix_ms(1_795_000_000_000 / 86_400_000 * 86_400_000 + hour * 3_600_000 + 1_800_000);
            let zone = jiff::tz::TimeZone::get(&daytime_zone(now)).expect("a zone of the tz database");
            assert_eq!(now.civil(&zone).hour(), 14, "{hour} {}", daytime_zone(now));
        }
    }

    #[test]
    fn the_template_holds_secrets_that_verify() {
        let secrets = secrets_of(CONFIGURATION);
        assert_eq!(secrets.len(), 3);
        assert!(secrets.iter().all(|secret| Secret::parse(secret).is_some()));
    }
}
