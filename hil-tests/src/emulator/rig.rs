//! The shell around [`World`]: ptys, real time and a way to ask for things. A test, the demo and `modem-emulator` start one each.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use at_commands::Tick;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::brain::Control;
use super::control;
use super::dialect::Dialect;
use super::fault::Fault;
use super::hub::{Hub, run};
use super::network::{HandsetText, Taken};
use super::world::{World, WorldInput};

/// How a rig is set up.
#[derive(Debug, Clone)]
pub struct RigOptions {
    /// How many modems.
    pub modems: usize,
    /// Where the links `modem0`, `modem1` ... are made.
    pub dir: PathBuf,
    /// How they speak.
    pub dialect: &'static Dialect,
    /// From Ctrl-Z to `+CMGS`.
    pub latency: Duration,
    /// From `+CMGS` to the phone, and from the phone to the report.
    pub delivery: Duration,
    /// A unix socket that takes JSON lines.
    pub control: Option<PathBuf>,
    /// Seed of the network's chance.
    pub seed: u64,
    /// All modems have the IMEI of the first: the ports of one stick.
    pub same_imei: bool,
    /// What is special about the first so many modems.
    pub makes: Vec<Make>,
    /// Print what the modems and the network do.
    pub verbose: bool,
    /// Told of every chunk of octets that crosses a port.
    pub tap: Option<mpsc::UnboundedSender<Crossed>>,
}

/// What is special about one modem.
#[derive(Debug, Clone, Default)]
pub struct Make {
    /// It speaks like this instead.
    pub dialect: Option<&'static Dialect>,
    /// Its SIM has this number instead.
    pub number: Option<String>,
    /// Its line runs at so many baud, and at another one nobody understands the other; without it at every speed, as on USB.
    pub speed: Option<u32>,
}

/// Octets that crossed a port.
#[derive(Debug, Clone)]
pub struct Crossed {
    /// Which modem.
    pub modem: usize,
    /// Whether the modem wrote them.
    pub from_modem: bool,
    /// When, by the machine's monotonic clock.
    pub at: Tick,
    /// What.
    pub octets: Vec<u8>,
}

impl RigOptions {
    /// Two generic modems with short times under `dir`: what a test wants.
    pub fn quick(dir: &Path) -> Self {
        Self {
            modems: 2,
            dir: dir.to_owned(),
            // The table of dialects has this row; a test holds it there.
            dialect: Dialect::all()[0],
            latency: Duration::from_millis(20),
            delivery: Duration::from_millis(20),
            control: None,
            seed: 1,
            same_imei: false,
            makes: Vec::new(),
            verbose: false,
            tap: None,
        }
    }
}

/// A running rig; dropped, it takes its ports and links away.
#[derive(Debug)]
pub struct Rig {
    handle: RigHandle,
    tasks: Vec<JoinHandle<()>>,
    dir: PathBuf,
    control: Option<PathBuf>,
}

/// What can be asked of a rig from anywhere.
#[derive(Debug, Clone)]
pub struct RigHandle {
    asks: mpsc::Sender<Ask>,
    changed: watch::Receiver<u64>,
}

pub(super) type Ask = Box<dyn FnOnce(&mut Hub) + Send>;

/// Why the rig could not do something, in words.
pub type RigError = String;

const ASKS_MAX: usize = 64;
const CHUNKS_MAX: usize = 256;

impl Rig {
    /// Opens the ports and starts. Must be called inside a tokio runtime.
    pub fn start(options: RigOptions) -> io::Result<Self> {
        std::fs::create_dir_all(&options.dir)?;
        let (asks, asked) = mpsc::channel(ASKS_MAX);
        let (bump, changed) = watch::channel(0);
        let (from_terminal, typed) = mpsc::channel(CHUNKS_MAX);
        let mut hub = Hub::new(&options, bump, from_terminal, asks.downgrade());
        for modem in 0..options.modems {
            hub.plug(modem, None).map_err(io::Error::other)?;
        }
        let handle = RigHandle { asks, changed };
        let mut tasks = Vec::new();
        if let Some(socket) = &options.control {
            tasks.push(control::listen(socket, handle.clone())?);
        }
        tasks.push(tokio::spawn(run(hub, asked, typed)));
        Ok(Self { handle, tasks, dir: options.dir, control: options.control })
    }

    /// The link of a modem's port.
    pub fn port(&self, modem: usize) -> PathBuf {
        self.dir.join(format!("modem{modem}"))
    }

    /// For tasks of their own.
    pub fn handle(&self) -> RigHandle {
        self.handle.clone()
    }
}

impl std::ops::Deref for Rig {
    type Target = RigHandle;

    fn deref(&self) -> &RigHandle {
        &self.handle
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        if let Some(socket) = &self.control {
            // It is ours; when it is gone already there is nothing left to do.
            let _gone = std::fs::remove_file(socket);
        }
    }
}

impl RigHandle {
    /// Runs `act` inside the rig and gives back what it found.
    pub(super) async fn with<T: Send + 'static>(&self, act: impl FnOnce(&mut Hub) -> T + Send + 'static) -> Result<T, RigError> {
        let (answer, answered) = oneshot::channel();
        let ask: Ask = Box::new(move |hub| {
            // Whoever asked may have given up; then nobody needs the answer.
            let _given_up = answer.send(act(hub));
        });
        self.asks.send(ask).await.map_err(|_| STOPPED.to_owned())?;
        answered.await.map_err(|_| STOPPED.to_owned())
    }

    /// A phone texts the SIM of a modem; gives the number of parts.
    pub async fn inject(&self, modem: usize, from: &str, text: &str) -> Result<usize, RigError> {
        let (from, text) = (from.to_owned(), text.to_owned());
        self.with(move |hub| hub.network(|network| network.inject(modem, &from, &text))).await?
    }

    /// A status report about what a modem sent last, or about its TP-MR; gives the TP-MR.
    pub async fn report(&self, modem: usize, mr: Option<u8>, st: u8) -> Result<u8, RigError> {
        self.with(move |hub| hub.network(|network| network.report(modem, mr, st))).await?
    }

    /// Every PDU the network took, oldest first.
    pub async fn sent(&self) -> Result<Vec<Taken>, RigError> {
        self.with(|hub| hub.world.network().taken().to_vec()).await
    }

    /// What the phone of this number shows, joined, oldest first.
    pub async fn received(&self, number: &str) -> Result<Vec<HandsetText>, RigError> {
        let number = number.to_owned();
        self.with(move |hub| hub.world.network().received(&number).to_vec()).await
    }

    /// Waits until the network took at least `count` PDUs.
    pub async fn wait_for_sent(&self, count: usize, patience: Duration) -> Result<Vec<Taken>, RigError> {
        let enough = move |hub: &mut Hub| {
            let taken = hub.world.network().taken();
            (taken.len() >= count).then(|| taken.to_vec())
        };
        self.wait_for(enough, patience).await?.ok_or_else(|| format!("the network did not take {count} PDUs within {patience:?}"))
    }

    /// Waits until the phone of `number` shows at least `count` texts.
    pub async fn wait_for_text(&self, number: &str, count: usize, patience: Duration) -> Result<Vec<HandsetText>, RigError> {
        let wanted = number.to_owned();
        let enough = move |hub: &mut Hub| {
            let texts = hub.world.network().received(&wanted);
            (texts.len() >= count).then(|| texts.to_vec())
        };
        self.wait_for(enough, patience).await?.ok_or_else(|| format!("the phone {number} did not get {count} texts within {patience:?}"))
    }

    async fn wait_for<T: Send + 'static>(
        &self,
        look: impl Fn(&mut Hub) -> Option<T> + Clone + Send + 'static,
        patience: Duration,
    ) -> Result<Option<T>, RigError> {
        let mut changed = self.changed.clone();
        let looking = async {
            loop {
                changed.borrow_and_update();
                if let Some(found) = self.with(look.clone()).await? {
                    return Ok(found);
                }
                changed.changed().await.map_err(|_| STOPPED.to_owned())?;
            }
        };
        match tokio::time::timeout(patience, looking).await {
            Ok(found) => found.map(Some),
            Err(_elapsed) => Ok(None),
        }
    }

    /// Switches a fault on for so many strikes (0 = until cleared).
    pub async fn fault(&self, modem: usize, fault: Fault, times: u32) -> Result<(), RigError> {
        self.with(move |hub| hub.act(|world, now| world.arm(now, modem, fault, times))).await
    }

    /// Does something to a modem.
    pub async fn control(&self, modem: usize, control: Control) -> Result<(), RigError> {
        self.with(move |hub| hub.act(|world, now| world.handle(now, WorldInput::Control { modem, control }))).await
    }

    /// Pulls the plug of a modem.
    pub async fn unplug(&self, modem: usize) -> Result<(), RigError> {
        self.with(move |hub| hub.unplug(modem)).await?
    }

    /// Puts it back, under another link name where one is given.
    pub async fn plug(&self, modem: usize, link: Option<&str>) -> Result<PathBuf, RigError> {
        let link = link.map(str::to_owned);
        self.with(move |hub| hub.plug(modem, link.as_deref())).await?
    }

    /// Messages in SM, ME and SR of a modem.
    pub async fn stored(&self, modem: usize) -> Result<[usize; 3], RigError> {
        self.with(move |hub| hub.world.brains().get(modem).map_or([0; 3], super::brain::Brain::stored)).await
    }

    /// Waits until a modem holds this many messages in SM, ME and SR.
    pub async fn wait_for_stored(&self, modem: usize, wanted: [usize; 3], patience: Duration) -> Result<(), RigError> {
        let look = move |hub: &mut Hub| hub.world.brains().get(modem).is_some_and(|brain| brain.stored() == wanted).then_some(());
        self.wait_for(look, patience).await?.ok_or_else(|| format!("modem {modem} did not come to hold {wanted:?} within {patience:?}"))
    }

    /// How long a modem stood idle between the answer to one submission and the next `AT+CMGS`.
    pub async fn send_gaps(&self, modem: usize) -> Result<Vec<Duration>, RigError> {
        self.with(move |hub| hub.world.brains().get(modem).map_or_else(Vec::new, |brain| brain.send_gaps().to_vec())).await
    }

    /// PIN tries left on a modem's SIM.
    pub async fn pin_tries(&self, modem: usize) -> Result<u8, RigError> {
        self.with(move |hub| hub.world.brains().get(modem).map_or(0, |brain| brain.card().pin_tries)).await
    }

    /// Waits until `look` finds something in the world; `None` when it did not in time.
    pub async fn wait_for_world<T: Send + 'static>(
        &self,
        look: impl Fn(&World) -> Option<T> + Clone + Send + 'static,
        patience: Duration,
    ) -> Result<Option<T>, RigError> {
        self.wait_for(move |hub| look(&hub.world), patience).await
    }

    /// Does something to the world, at its time.
    pub async fn on_world<T: Send + 'static>(&self, act: impl FnOnce(&mut World, Tick) -> T + Send + 'static) -> Result<T, RigError> {
        self.with(move |hub| hub.act(act)).await
    }

    /// The number of a modem's SIM.
    pub async fn number(&self, modem: usize) -> Result<String, RigError> {
        self.with(move |hub| hub.world.brains().get(modem).map_or_else(String::new, |brain| brain.card().number.clone())).await
    }
}

const STOPPED: &str = "the rig has stopped";
