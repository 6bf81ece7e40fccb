//! The rig's one task: it owns the world and the ports, and takes octets, asks and deadlines one at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use answerback::time::{Clock, SystemClock};
use at_commands::Tick;
use tokio::sync::{mpsc, watch};

use super::brain::{Brain, Card, Control};
use super::network::NetworkOptions;
use super::pty::{FromTerminal, Pty};
use super::rig::{Ask, Crossed, RigError, RigOptions};
use super::world::{World, WorldInput, WorldOutput};

/// Everything the rig's one task owns.
pub(super) struct Hub {
    pub(super) world: World,
    ports: HashMap<usize, (u64, Pty)>,
    pluggings: u64,
    dir: PathBuf,
    started: Tick,
    changes: watch::Sender<u64>,
    from_terminal: mpsc::Sender<FromTerminal>,
    asks: mpsc::WeakSender<Ask>,
    verbose: bool,
    tap: Option<mpsc::UnboundedSender<Crossed>>,
    /// Of each modem, where its line has one.
    speeds: Vec<Option<u32>>,
}

/// What is read of any words at another speed.
const NOISE: &[u8] = b"\xFC\x00\xE0\x9C";

impl Hub {
    pub(super) fn new(
        options: &RigOptions,
        changes: watch::Sender<u64>,
        from_terminal: mpsc::Sender<FromTerminal>,
        asks: mpsc::WeakSender<Ask>,
    ) -> Self {
        let network = NetworkOptions {
            answer: options.latency,
            delivery: options.delivery,
            report: options.delivery,
            wall_ms: SystemClock.now().unix_ms(),
            seed: options.seed,
            ..NetworkOptions::default()
        };
        Self {
            world: World::new(brains(options), network),
            ports: HashMap::new(),
            pluggings: 0,
            dir: options.dir.clone(),
            started: SystemClock.tick(),
            changes,
            from_terminal,
            asks,
            verbose: options.verbose,
            tap: options.tap.clone(),
            speeds: options.makes.iter().map(|make| make.speed).collect(),
        }
    }

    /// Time since the rig started: the world's clock begins at 0.
    fn now(&self) -> Tick {
        Tick::default().plus(SystemClock.tick().since(self.started))
    }

    /// Does something to the world and carries out what follows.
    pub(super) fn act<T>(&mut self, act: impl FnOnce(&mut World, Tick) -> T) -> T {
        let now = self.now();
        let result = act(&mut self.world, now);
        self.drain();
        result
    }

    pub(super) fn network<T>(&mut self, act: impl FnOnce(&mut super::network::Network) -> T) -> T {
        self.act(|world, now| world.with_network(now, act))
    }

    /// Tells whoever taps the lines.
    fn tapped(&self, modem: usize, from_modem: bool, octets: &[u8]) {
        if let Some(tap) = &self.tap {
            // Whoever listened may have stopped.
            let _stopped = tap.send(Crossed { modem, from_modem, at: SystemClock.tick(), octets: octets.to_vec() });
        }
    }

    fn typed(&mut self, (modem, plugging, bytes): FromTerminal) {
        self.tapped(modem, false, &bytes);
        if !self.understands(modem) {
            return;
        }
        if self.ports.get(&modem).is_some_and(|(number, _)| *number == plugging) {
            self.act(|world, now| world.handle(now, WorldInput::Bytes { modem, bytes: &bytes }));
        }
    }

    /// Whether both ends of the line have the same speed.
    fn understands(&self, modem: usize) -> bool {
        let Some(speed) = self.speeds.get(modem).copied().flatten() else { return true };
        self.ports.get(&modem).and_then(|(_, pty)| pty.speed()) == Some(speed)
    }

    fn drain(&mut self) {
        while let Some(output) = self.world.poll_output() {
            match output {
                WorldOutput::Transmit { modem, bytes } => {
                    self.tapped(modem, true, &bytes);
                    let understood = self.understands(modem);
                    if let Some((_, pty)) = self.ports.get(&modem) {
                        pty.print(if understood { bytes } else { NOISE.to_vec() });
                    }
                }
                WorldOutput::Gone { modem, back } => self.gone(modem, back),
                WorldOutput::Log { modem, words } if self.verbose => println!("modem{modem} {words}"),
                WorldOutput::Log { .. } => {}
            }
        }
        self.changes.send_modify(|count| *count += 1);
    }

    /// A fault took the port away.
    fn gone(&mut self, modem: usize, back: Option<Duration>) {
        self.ports.remove(&modem);
        let (Some(back), Some(asks)) = (back, self.asks.upgrade()) else { return };
        tokio::spawn(async move {
            tokio::time::sleep(back).await;
            let plug: Ask = Box::new(move |hub| {
                if let Err(words) = hub.plug(modem, None) {
                    println!("modem{modem} did not come back: {words}");
                }
            });
            // A rig that has stopped plugs nothing.
            let _stopped = asks.send(plug).await;
        });
    }

    /// Pulls the plug: the port disappears, the modem loses power.
    pub(super) fn unplug(&mut self, modem: usize) -> Result<(), RigError> {
        self.ports.remove(&modem).ok_or_else(|| format!("modem {modem} is not plugged"))?;
        self.act(|world, now| world.handle(now, WorldInput::Control { modem, control: Control::Unplugged }));
        Ok(())
    }

    /// Puts a modem back under its own link or another one.
    pub(super) fn plug(&mut self, modem: usize, link: Option<&str>) -> Result<PathBuf, RigError> {
        if self.world.brains().get(modem).is_none() {
            return Err(format!("there is no modem {modem}; the rig has {}", self.world.brains().len()));
        }
        if self.ports.contains_key(&modem) {
            return Err(format!("modem {modem} is plugged already"));
        }
        let name = link.map_or_else(|| format!("modem{modem}"), str::to_owned);
        if name.contains('/') || name.starts_with('.') {
            return Err(format!("`{name}` is no name for a link inside the rig's directory"));
        }
        self.pluggings += 1;
        let path = self.dir.join(name);
        let pty = Pty::open(&path, modem, self.pluggings, self.from_terminal.clone())
            .map_err(|error| format!("cannot open a pty at {}: {error}", path.display()))?;
        self.ports.insert(modem, (self.pluggings, pty));
        if self.pluggings > self.world.brains().len() as u64 {
            self.act(|world, now| world.handle(now, WorldInput::Control { modem, control: Control::PowerCycle }));
        }
        Ok(path)
    }

    /// The device and link of a plugged modem.
    pub(super) fn port(&self, modem: usize) -> Option<(&Path, &Path)> {
        self.ports.get(&modem).map(|(_, pty)| (pty.device(), pty.link()))
    }
}

/// The one task: octets, asks and deadlines, one at a time.
pub(super) async fn run(mut hub: Hub, mut asked: mpsc::Receiver<Ask>, mut typed: mpsc::Receiver<FromTerminal>) {
    loop {
        let wait = hub.world.poll_timeout().map(|at| at.since(hub.now()));
        tokio::select! {
            ask = asked.recv() => match ask {
                Some(ask) => ask(&mut hub),
                None => return,
            },
            Some(chunk) = typed.recv() => hub.typed(chunk),
            () = sleep(wait) => hub.act(|world, now| world.handle(now, WorldInput::Timer)),
        }
    }
}

/// The modems of a rig, each with its own card; `same_imei` makes them one radio with several ports.
fn brains(options: &RigOptions) -> Vec<Brain> {
    let brain = |index: usize| {
        let make = options.makes.get(index).cloned().unwrap_or_default();
        let dialect = make.dialect.unwrap_or(options.dialect);
        let imei = Brain::numbered(dialect, if options.same_imei { 0 } else { index as u16 }).imei().to_owned();
        let mut card = Card::numbered(index as u16 + 1);
        card.number = make.number.unwrap_or(card.number);
        Brain::new(dialect, imei, card)
    };
    (0..options.modems).map(brain).collect()
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
