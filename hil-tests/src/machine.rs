//! A daemon as a process in a folder of its own: started with its command line, configured with it, stopped as systemd
//! stops it or killed as a power cut does. The demo, the measurements and the tests of whole processes stand on it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::UnixStream;
use tokio::process::Command;

use crate::api::Api;
use crate::guard::Guarded;
use crate::kill;

/// A running daemon. Dropped, its process is killed; the folder stays with its owner.
pub struct Machine {
    program: PathBuf,
    folder: PathBuf,
    listen: SocketAddr,
    socket: PathBuf,
    /// In the environment of the daemon and of its commands.
    variables: Vec<(String, String)>,
    /// In the environment of the daemon alone: what watches it.
    watching: Vec<(String, OsString)>,
    daemon: Guarded,
}

/// A debug build on a busy small machine takes a few seconds to open its database and bring two modems up.
const READY_WITHIN: Duration = Duration::from_mins(1);
const STOP_WITHIN: Duration = Duration::from_secs(10);
const POLL_EVERY: Duration = Duration::from_millis(100);
/// Below those that Linux gives out by itself (`ip_local_port_range`).
const PORTS: Range<u16> = 12_000..32_000;
/// Two processes begin this far apart.
const SPREAD: u32 = 211;

impl Machine {
    /// Starts `program` in `folder` with these ports and waits until it answers.
    pub async fn start(program: &Path, folder: &Path, ports: &[PathBuf]) -> Result<Self, String> {
        Self::start_with(program, folder, ports, &[]).await
    }

    /// [`Machine::start`] of a program that goes by these variables of its environment.
    pub async fn start_with(program: &Path, folder: &Path, ports: &[PathBuf], variables: &[(&str, &str)]) -> Result<Self, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::begin(program, folder, &named(ports), variables, Vec::new()).await
    }

    /// [`Machine::start`] with whatever ports this pattern finds, now and later.
    pub async fn start_scanning(program: &Path, folder: &Path, pattern: &str, variables: &[(&str, &str)]) -> Result<Self, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::begin(program, folder, &format!("[modems]\nscan = [\"{pattern}\"]\n"), variables, Vec::new()).await
    }

    /// [`Machine::start`] of a daemon that is watched by what these variables bring in; its commands do not see them.
    pub async fn start_watched(
        program: &Path,
        folder: &Path,
        ports: &[PathBuf],
        watching: Vec<(String, OsString)>,
    ) -> Result<Self, String> {
        Self::begin(program, folder, &named(ports), Vec::new(), watching).await
    }

    async fn begin(
        program: &Path,
        folder: &Path,
        modems: &str,
        variables: Vec<(String, String)>,
        watching: Vec<(String, OsString)>,
    ) -> Result<Self, String> {
        let listen = free_port().map_err(|error| format!("no free port: {error}"))?;
        let socket = folder.join("answerback.sock");
        written(folder, "answerback.toml", &configuration(modems, listen, &socket, folder))?;
        let daemon = spawn(program, folder, &variables, &watching)?;
        let mut machine = Self { program: program.to_owned(), folder: folder.to_owned(), listen, socket, variables, watching, daemon };
        machine.wait_for("/healthz").await?;
        Ok(machine)
    }

    /// `daemon-under-test` kills itself when it comes to this point; `None` takes the order back.
    pub fn order_to_die_at(&self, point: Option<&str>) -> Result<(), String> {
        let order = self.folder.join(kill::ORDER);
        let done = match point {
            // In one step: half an order names no point.
            Some(point) => {
                std::fs::write(order.with_extension("new"), point).and_then(|()| std::fs::rename(order.with_extension("new"), &order))
            }
            None if order.exists() => std::fs::remove_file(&order),
            None => Ok(()),
        };
        done.map_err(|error| format!("{}: {error}", order.display()))
    }

    /// Every point that `daemon-under-test` has come to here, over all its lives.
    pub fn points_reached(&self) -> BTreeSet<String> {
        let lines = std::fs::read_to_string(self.folder.join(kill::REACHED)).unwrap_or_default();
        lines.lines().map(str::to_owned).collect()
    }

    /// Whether the process is gone.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.daemon.child.try_wait(), Ok(Some(_)))
    }

    /// Kills the process as a power cut does: no signal handler runs.
    pub async fn power_cut(&mut self) -> Result<(), String> {
        self.daemon.child.kill().await.map_err(|error| format!("the daemon cannot be killed: {error}"))
    }

    /// Waits until the process has ended by itself.
    pub async fn ended(&mut self, patience: Duration) -> Result<(), String> {
        let ended = tokio::time::timeout(patience, self.daemon.child.wait()).await;
        ended.map_err(|_| format!("the daemon still runs after {} s", patience.as_secs()))?.map(drop).map_err(|error| error.to_string())
    }

    /// Is watched without this variable from the next start on.
    pub fn watch_without(&mut self, name: &str) {
        self.watching.retain(|(known, _)| known != name);
    }

    /// Starts the process again in the same folder and waits until it answers.
    pub async fn start_again(&mut self) -> Result<(), String> {
        self.daemon = spawn(&self.program, &self.folder, &self.variables, &self.watching)?;
        self.wait_for("/healthz").await
    }

    /// Ends the daemon as systemd would; it may be started again.
    pub async fn end(&mut self) -> Result<(), String> {
        let id = self.id().and_then(|id| i32::try_from(id).ok()).ok_or("the daemon has ended already")?;
        kill(Pid::from_raw(id), Signal::SIGTERM).map_err(|error| format!("the daemon cannot be told to stop: {error}"))?;
        let ended = tokio::time::timeout(STOP_WITHIN, self.daemon.child.wait()).await;
        let ended = ended.map_err(|_| format!("the daemon did not stop within {} s\n{}", STOP_WITHIN.as_secs(), self.last_log_lines()))?;
        ended.map(drop).map_err(|error| format!("the daemon cannot be waited for: {error}"))
    }

    /// Ends the daemon as systemd would, or else by force.
    pub async fn stop(mut self) {
        // One that does not stop in time is killed when dropped.
        let _late = self.end().await;
    }

    /// Waits until this path answers with success.
    pub async fn wait_for(&mut self, path: &str) -> Result<(), String> {
        let api = self.api(String::new());
        let deadline = SystemClock.tick().plus(READY_WITHIN);
        loop {
            // Whoever answers at the port, the socket is its own.
            let here = UnixStream::connect(&self.socket).await.map_err(|error| format!("{}: {error}", self.socket.display()));
            let reason = match here {
                Ok(_) => match api.get(path).await {
                    Ok(_) => return Ok(()),
                    Err(reason) => reason,
                },
                Err(reason) => reason,
            };
            if let Ok(Some(status)) = self.daemon.child.try_wait() {
                return Err(format!("the daemon ended ({status})\n{}", self.last_log_lines()));
            }
            if SystemClock.tick() >= deadline {
                return Err(format!("not ready within {} s: {reason}\n{}", READY_WITHIN.as_secs(), self.last_log_lines()));
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// Writes `text` to a file of this name and imports it as any user would.
    pub async fn import(&self, name: &str, text: &str) -> Result<String, String> {
        let file = written(&self.folder, name, text)?;
        self.command(&["config", "import", &file.to_string_lossy()]).await
    }

    /// Makes an API key.
    pub async fn key(&self, name: &str, scopes: &[&str]) -> Result<String, String> {
        let mut arguments = vec!["--json", "key", "create", "--name", name];
        for scope in scopes {
            arguments.extend(["--scope", scope]);
        }
        let answer = self.command(&arguments).await?;
        let answer: serde_json::Value = serde_json::from_str(&answer).map_err(|error| format!("key create: {error}: {answer}"))?;
        answer["key"].as_str().map(str::to_owned).ok_or_else(|| format!("key create shows no key: {answer}"))
    }

    /// Runs `answerback ARGUMENTS` and gives what it printed.
    pub async fn command(&self, arguments: &[&str]) -> Result<String, String> {
        let output = clean(&self.program, &self.variables).arg("--socket").arg(&self.socket).args(arguments).output().await;
        let output = output.map_err(|error| format!("{}: {error}", self.program.display()))?;
        let said = |octets: &[u8]| String::from_utf8_lossy(octets).trim_end().to_owned();
        if output.status.success() {
            Ok(said(&output.stdout))
        } else {
            Err(format!("answerback {}: {}", arguments.join(" "), said(&output.stderr)))
        }
    }

    /// The API with a key.
    pub fn api(&self, key: String) -> Api {
        Api::new(format!("http://{}", self.listen), key)
    }

    /// Where it serves.
    pub fn listen(&self) -> SocketAddr {
        self.listen
    }

    /// Where its commands reach it.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The program it runs.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Its process; `None` once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.daemon.child.id()
    }

    /// What the daemon said last, for a failure.
    pub fn last_log_lines(&self) -> String {
        const LINES: usize = 30;
        let log = std::fs::read_to_string(self.folder.join(LOG)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

const LOG: &str = "answerback.log";

fn named(ports: &[PathBuf]) -> String {
    let modem = |(number, port): (usize, &PathBuf)| format!("[[modem]]\nport = \"{}\"\nname = \"modem{number}\"\n", port.display());
    let modems: Vec<String> = ports.iter().enumerate().map(modem).collect();
    if modems.is_empty() { "[modems]\nscan = []\n".to_owned() } else { modems.join("\n") }
}

fn configuration(modems: &str, listen: SocketAddr, socket: &Path, folder: &Path) -> String {
    let state = folder.join("state");
    format!("[http]\nlisten = \"{listen}\"\nsocket = \"{}\"\n\n[store]\ndir = \"{}\"\n\n{modems}", socket.display(), state.display())
}

/// Nobody's environment changes what a test or the demo shows.
fn clean(program: &Path, variables: &[(String, String)]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ANSWERBACK_")) {
        command.env_remove(name);
    }
    command.envs(variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
    command
}

fn spawn(program: &Path, folder: &Path, variables: &[(String, String)], watching: &[(String, OsString)]) -> Result<Guarded, String> {
    let cannot = |error: std::io::Error| format!("{} does not start: {error}", program.display());
    let log: File = OpenOptions::new().create(true).append(true).open(folder.join(LOG)).map_err(cannot)?;
    let copy = log.try_clone().map_err(cannot)?;
    let mut command = clean(program, variables);
    command.envs(watching.iter().map(|(name, value)| (name, value)));
    command.arg("--config").arg(folder.join("answerback.toml")).arg("run").stdout(log).stderr(copy).kill_on_drop(true);
    // The product knows no such variable; `daemon-under-test` does.
    command.env("KILL_AT", folder.join(kill::ORDER));
    command.spawn().and_then(Guarded::alone).map_err(cannot)
}

fn written(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let file = folder.join(name);
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file)
}

/// A port that stays this daemon's over all its lives: the kernel gives those from 32768 on to whoever asks for any, also for a
/// connection that goes out, and two daemons of one test are never offered the same.
fn free_port() -> std::io::Result<SocketAddr> {
    static OFFERED: AtomicU32 = AtomicU32::new(0);
    let mut refused = None;
    for _ in 0..PORTS.len() {
        let place = (std::process::id().wrapping_mul(SPREAD).wrapping_add(OFFERED.fetch_add(1, Ordering::Relaxed)))
            % u32::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(place).unwrap_or_default();
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return listener.local_addr(),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| ErrorKind::AddrInUse.into()))
}
