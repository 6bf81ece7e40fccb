//! L4. Ports and the modems behind them: `port` is one tty, `hotplug` finds them, a supervisor keeps each modem running.
//!
//! [`run`] is the whole room: give it the engine, the fleet and the wished ports, after the daemon's R0 for all SIMs.
//! Decisions are the driver's (`modem`) and the engine's; here are only tasks, descriptors and timers.

mod clerk;
mod helper;
mod holder;
pub mod hotplug;
mod interfaces;
mod moved;
mod pace;
mod plugged;
pub mod port;
mod session;
mod speed;
mod supervisor;
mod twins;
mod vitals;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{error, info};

pub use self::helper::Helper;
pub use self::holder::{Holder, of as holder_of};
pub use self::pace::Pace;
pub use self::supervisor::PortWish;
pub use self::vitals::Vitals;
use crate::engine::Engine;
use crate::engine::fleet::Fleet;
use crate::modem::profile::Profile;
use crate::time::Tick;

/// Which ports to drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports {
    /// These and no others, whether they are there yet or not.
    Named(Vec<PortWish>),
    /// Whatever these patterns find, now and later.
    Scan {
        /// In order of trust: names given by udev rules first.
        patterns: Vec<String>,
        /// Where to look.
        roots: hotplug::Roots,
        /// Line speed of all of them; `None` where it is found out.
        baud: Option<u32>,
    },
}

/// What all supervisors share.
#[derive(Clone)]
pub struct Shared {
    /// What happens to what modems tell.
    pub engine: Engine,
    /// Who can send now.
    pub fleet: Fleet,
    /// The modems' protocol times.
    pub profile: Profile,
    /// The shell's own times.
    pub pace: Pace,
    /// When each modem's task last moved.
    pub vitals: Vitals,
    /// Who resets USB devices and switches power.
    pub helper: Helper,
    twins: twins::Twins,
    roots: hotplug::Roots,
    deaf: plugged::Deaf,
}

impl Shared {
    /// For [`run`].
    pub fn new(engine: Engine, fleet: Fleet, profile: Profile, pace: Pace, vitals: Vitals) -> Self {
        Self {
            engine,
            fleet,
            profile,
            pace,
            vitals,
            helper: Helper::default(),
            twins: twins::Twins::default(),
            roots: hotplug::Roots::default(),
            deaf: plugged::Deaf::default(),
        }
    }

    /// With the helper behind this socket.
    pub fn helped(self, socket: &Path) -> Self {
        Self { helper: Helper::behind(socket), ..self }
    }

    /// On the machine below these roots.
    pub fn on(self, roots: hotplug::Roots) -> Self {
        Self { roots, ..self }
    }

    fn tick(&self) -> Tick {
        self.engine.clock().tick()
    }
}

/// Drives all modems until `stop` says true; then waits for what is on air.
pub async fn run(shared: Shared, ports: Ports, stop: watch::Receiver<bool>) {
    match ports {
        Ports::Named(wishes) => {
            shared.twins.named(&wishes);
            let tasks: Vec<JoinHandle<()>> =
                wishes.into_iter().map(|wish| tokio::spawn(supervisor::supervise(shared.clone(), wish, stop.clone()))).collect();
            for task in tasks {
                finished(task).await;
            }
        }
        Ports::Scan { patterns, roots, baud } => {
            let shared = shared.on(roots.clone());
            scan(&shared, patterns, roots, baud, stop).await;
        }
    }
}

/// What is looked for, where and how often.
struct Looking {
    patterns: Vec<String>,
    roots: hotplug::Roots,
    plugged: plugged::Plugged,
    /// Whatever the kernel tells, it is looked this often.
    poll: Duration,
    /// What the kernel tells is looked at once it has told nothing for so long.
    quiet: Duration,
}

async fn scan(shared: &Shared, patterns: Vec<String>, roots: hotplug::Roots, baud: Option<u32>, stop: watch::Receiver<bool>) {
    let plugged = plugged::Plugged::of(&roots, &patterns, &shared.deaf);
    let looking = Looking { patterns, roots, plugged, poll: shared.pace.poll, quiet: shared.pace.quiet };
    let drive = |path: PathBuf| {
        info!("Port {} was found", path.display());
        let wish = PortWish { name: name_of(&path), path, baud, scanned: true };
        tokio::spawn(supervisor::supervise(shared.clone(), wish, stop.clone()))
    };
    look_for_ports(looking, drive, stop.clone()).await;
}

/// Has each port driven that is there, and each that comes, until `stop` says true.
async fn look_for_ports(looking: Looking, drive: impl Fn(PathBuf) -> JoinHandle<()>, mut stop: watch::Receiver<bool>) {
    let mut running: HashMap<PathBuf, JoinHandle<()>> = HashMap::new();
    while !*stop.borrow() {
        running.retain(|_, task| !task.is_finished());
        // First watched, then looked at: nothing comes in between.
        looking.plugged.watch();
        for path in hotplug::scan(&looking.roots, &looking.patterns) {
            if !running.contains_key(&path) {
                running.insert(path.clone(), drive(path));
            }
        }
        tokio::select! {
            () = looking.plugged.changed(looking.quiet) => {}
            () = tokio::time::sleep(looking.poll) => {}
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    for (_, task) in running {
        finished(task).await;
    }
}

/// The name of a modem nobody named: that of its port.
fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

async fn finished(task: JoinHandle<()>) {
    if task.await.is_err() {
        error!("A modem's supervisor failed; the modem is not used until the daemon starts again");
    }
}
