//! The demo's stage: a temporary folder, modems, billing, the daemon and its configuration. It leaves nothing behind.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use answerback::signature::Secret;
use answerback::time::{Clock as _, SystemClock, Timestamp};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::Options;
use super::api::Api;
use crate::emulator::{Rig, RigOptions};
use crate::utility::Utility;

/// Everything the conversation needs, running.
pub struct Stage {
    pub rig: Rig,
    pub utility: Utility,
    /// With billing's own key.
    pub api: Api,
    daemon: Child,
    program: PathBuf,
    socket: PathBuf,
    listen: SocketAddr,
    folder: TempDir,
}

/// How many modems the rig has.
pub const MODEMS: usize = 2;
/// The template, valid by itself; see its first lines for what is put in.
const CONFIGURATION: &str = include_str!("../../demo/demo.toml");
const FLOWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../flows/");
/// A debug build on a busy small machine takes a few seconds to open its database and bring two modems up.
const READY_WITHIN: Duration = Duration::from_mins(1);
const POLL_EVERY: Duration = Duration::from_millis(100);
/// From the modem to the phone and back: slow enough to follow, fast enough to wait for.
const ON_AIR: Duration = Duration::from_millis(400);

impl Stage {
    /// Starts everything and configures the daemon.
    pub async fn build(options: &Options, tell: &mut impl FnMut(&str)) -> Result<Self, String> {
        let folder =
            tempfile::Builder::new().prefix("answerback-demo-").tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let ports = folder.path().join("ports");
        let rig = Rig::start(RigOptions { modems: MODEMS, latency: ON_AIR, delivery: ON_AIR, ..RigOptions::quick(&ports) })
            .map_err(|error| format!("the modems: {error}"))?;
        tell(&format!("two emulated modems: {} and {}", rig.port(0).display(), rig.port(1).display()));
        let secrets = secrets_of(CONFIGURATION);
        let call_secret = secrets.first().and_then(|secret| Secret::parse(secret));
        let utility = Utility::start(call_secret).await.map_err(|error| format!("billing: {error}"))?;
        if let Some(secret) = secrets.last().and_then(|secret| Secret::parse(secret)) {
            utility.trust_hooks_signed_with(secret);
        }
        tell(&format!("a billing system: {}", utility.url("/")));
        let listen = free_port().map_err(|error| format!("no free port: {error}"))?;
        let socket = folder.path().join("answerback.sock");
        let configuration = daemon_configuration(&rig, listen, &socket, folder.path());
        let file = written(folder.path(), "answerback.toml", &configuration)?;
        let daemon = start(&options.program, &file, folder.path())?;
        tell(&format!("the daemon: {} run --config {}", options.program.display(), file.display()));
        let api = Api::new(format!("http://{listen}"), String::new());
        let mut stage = Self { rig, utility, api, daemon, program: options.program.clone(), socket, listen, folder };
        stage.wait_for("/healthz").await?;
        stage.configure(tell).await?;
        stage.wait_for("/readyz").await?;
        tell("ready: a modem can send");
        Ok(stage)
    }

    /// What the daemon said last, for a failure.
    pub fn last_log_lines(&self) -> String {
        log_tail(self.folder.path())
    }

    /// Where to look now, and how to log in.
    pub async fn addresses(&self) -> Result<String, String> {
        let listen = self.listen;
        let key = self.key("demo-page", &["admin"]).await?;
        Ok(format!(
            "overview page: http://{listen}/   log in with the key {key}\nAPI docs:      http://{listen}/docs\ncommand line:  {} --socket {} status",
            self.program.display(),
            self.socket.display()
        ))
    }

    /// Ends the daemon as systemd would.
    pub async fn stop(mut self) {
        if let Some(id) = self.daemon.id().and_then(|id| i32::try_from(id).ok()) {
            // A daemon that is gone already needs no signal.
            let _gone = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
        // After that it is killed when dropped.
        let _late = tokio::time::timeout(Duration::from_secs(10), self.daemon.wait()).await;
    }

    async fn configure(&mut self, tell: &mut impl FnMut(&str)) -> Result<(), String> {
        let now = SystemClock.now();
        let text = CONFIGURATION
            .replace("http://127.0.0.1:8490/", &self.utility.url("/"))
            .replace("Etc/UTC", &daytime_zone(now))
            .replace("../../flows/", FLOWS);
        let file = written(self.folder.path(), "demo.toml", &text)?;
        let file = file.to_string_lossy().into_owned();
        tell(&format!("answerback config import demo.toml: {}", self.command(&["config", "import", &file]).await?));
        let key = self.key("billing", &["send:once", "read"]).await?;
        self.api = Api::new(format!("http://{}", self.listen), key);
        tell("answerback key create --name billing --scope send:once --scope read");
        Ok(())
    }

    async fn key(&self, name: &str, scopes: &[&str]) -> Result<String, String> {
        let mut arguments = vec!["--json", "key", "create", "--name", name];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        let answer = self.command(&arguments).await?;
        let answer: serde_json::Value = serde_json::from_str(&answer).map_err(|error| format!("key create: {error}: {answer}"))?;
        answer["key"].as_str().map(str::to_owned).ok_or_else(|| format!("key create shows no key: {answer}"))
    }

    /// Runs `answerback ARGUMENTS` and gives what it printed.
    async fn command(&self, arguments: &[&str]) -> Result<String, String> {
        let output = clean(&self.program).arg("--socket").arg(&self.socket).args(arguments).output().await;
        let output = output.map_err(|error| format!("{}: {error}", self.program.display()))?;
        let said = |octets: &[u8]| String::from_utf8_lossy(octets).trim_end().to_owned();
        if output.status.success() {
            Ok(said(&output.stdout))
        } else {
            Err(format!("answerback {}: {}", arguments.join(" "), said(&output.stderr)))
        }
    }

    async fn wait_for(&mut self, path: &str) -> Result<(), String> {
        let deadline = SystemClock.tick().plus(READY_WITHIN);
        loop {
            let answer = self.api.get(path).await;
            let Err(reason) = answer else { return Ok(()) };
            if let Ok(Some(status)) = self.daemon.try_wait() {
                return Err(format!("the daemon ended ({status})\n{}", self.last_log_lines()));
            }
            if SystemClock.tick() >= deadline {
                return Err(format!("not ready within {} s: {reason}\n{}", READY_WITHIN.as_secs(), self.last_log_lines()));
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }
}

fn daemon_configuration(rig: &Rig, listen: SocketAddr, socket: &Path, folder: &Path) -> String {
    let modem = |number: usize| format!("[[modem]]\nport = \"{}\"\nname = \"modem{number}\"\n", rig.port(number).display());
    format!(
        "[http]\nlisten = \"{listen}\"\nsocket = \"{}\"\n\n[store]\ndir = \"{}\"\n\n{}\n{}",
        socket.display(),
        folder.join("state").display(),
        modem(0),
        modem(1)
    )
}

/// Nobody's environment changes what the demo shows.
fn clean(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ANSWERBACK_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn start(program: &Path, configuration: &Path, folder: &Path) -> Result<Child, String> {
    let cannot = |error: std::io::Error| format!("{} does not start: {error}", program.display());
    let log = File::create(folder.join("answerback.log")).map_err(cannot)?;
    let copy = log.try_clone().map_err(cannot)?;
    let mut command = clean(program);
    command.arg("--config").arg(configuration).arg("run").stdout(log).stderr(copy).kill_on_drop(true);
    command.spawn().map_err(cannot)
}

fn log_tail(folder: &Path) -> String {
    const LINES: usize = 30;
    let log = std::fs::read_to_string(folder.join("answerback.log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

fn written(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let file = folder.join(name);
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// Free a moment ago; the daemon says so when somebody was faster.
fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

/// A zone in which it is about two in the afternoon.
fn daytime_zone(now: Timestamp) -> String {
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
