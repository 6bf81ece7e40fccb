//! The daemon: what starts and stops in which order. It wires the rooms together and decides nothing.
//!
//! Start: lock and store, R0 (what was on its way becomes a doubt), writer, API and pages on port and socket, webhooks,
//! endpoints, timers, modems. Stop: the other way round, and whoever takes too long is left behind: everything that matters
//! is committed.

mod place;
mod watchdog;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{Config, ModemPort, Modems};
use crate::engine::fleet::Fleet;
use crate::engine::{Engine, Reject, Work, called, doubt, modems};
use crate::modem::profile::Profile;
use crate::serial::hotplug::Roots;
use crate::serial::{self, Pace, PortWish, Ports, Shared};
use crate::store::{Queue, Store, Writer};
use crate::time::{Clock, SystemClock};
use crate::{http, timers, web, webhook};

pub use place::Error;

/// Named points of a daemon's life. The product has [`NoHooks`]; the kill tests stop the process at one.
pub trait Hooks: Send + Sync {
    /// The daemon has come to this point.
    fn reached(&self, point: &str);
}

/// Hooks that do nothing.
pub struct NoHooks;

impl Hooks for NoHooks {
    fn reached(&self, _: &str) {}
}

/// What a daemon is run with.
pub struct Arguments {
    /// What it was told.
    pub config: Config,
    /// Told the addresses once everything is served: the demo and the tests listen on port 0.
    pub on_ready: Box<dyn FnOnce(SocketAddr) + Send>,
    /// Stops it as SIGTERM does.
    pub stop: Option<watch::Receiver<bool>>,
}

/// How long the rooms have to put things down.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Runs a daemon until SIGTERM, SIGINT or `stop`.
pub fn run(arguments: Arguments, hooks: Arc<dyn Hooks>) -> Result<(), Error> {
    let _lock = place::lock(&arguments.config.store_dir)?;
    let store = Store::open(&arguments.config.store_dir)?;
    hooks.reached("opened");
    let (writer, thread) = Writer::start(store)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("answerback").build();
    let runtime = runtime.map_err(|cause| Error::new(format!("the program cannot start its threads: {cause}")))?;
    let outcome = runtime.block_on(live(arguments, &writer, &hooks));
    runtime.shutdown_timeout(STOP_PATIENCE);
    writer.close();
    // The thread ends when its queue is empty; a panic in it was logged and its jobs were told.
    drop(thread.join());
    hooks.reached("stopped");
    outcome
}

async fn live(arguments: Arguments, writer: &Writer, hooks: &Arc<dyn Hooks>) -> Result<(), Error> {
    let Arguments { config, on_ready, stop } = arguments;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let engine = Engine::new(writer.clone(), Arc::clone(&clock)).ok_or_else(|| Error::new("a daemon needs a state directory"))?;
    // R0: before any byte goes out, what was on its way when the last run ended becomes a doubt.
    recover(&engine).await.map_err(|error| Error::new(format!("the state of the last run cannot be taken over: {error}")))?;
    hooks.reached("recovered");
    let doors = place::open(&config).await?;
    let address = doors.address;
    let (stopping, stop_seen) = watch::channel(false);
    let fleet = Fleet::default();
    let beats = watchdog::Beats::default();
    let mut rooms = JoinSet::new();
    serve(&mut rooms, doors, &engine, &fleet, &stop_seen);
    work(&mut rooms, &engine, &fleet, &beats, &stop_seen);
    drive_modems(&mut rooms, &config, &engine, &fleet, &beats, &stop_seen);
    watchdog::start(&mut rooms, writer.clone(), beats, config.socket.clone(), stop_seen.clone());
    follow(&mut rooms, writer, hooks, &stop_seen);
    drop(sd_notify::notify(&[sd_notify::NotifyState::Ready]));
    tracing::info!(%address, socket = %config.socket.display(), "Answerback {} serves http://{address}/", env!("CARGO_PKG_VERSION"));
    on_ready(address);
    hooks.reached("serving");
    let outcome = until_told(stop, &mut rooms).await;
    drop(sd_notify::notify(&[sd_notify::NotifyState::Stopping]));
    hooks.reached("stopping");
    stopping.send_replace(true);
    if tokio::time::timeout(STOP_PATIENCE, async { while rooms.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!("Some work did not stop in time and is left; everything accepted is on disk");
    }
    place::close(&config.socket);
    outcome
}

async fn recover(engine: &Engine) -> Result<(), Reject> {
    let job = |work: &mut Work<'_, '_>| {
        modems::restart(work)?;
        Ok((doubt::restart(work, None, "restarted")?, called::restart(work)?))
    };
    let (doubts, unknown) = engine.run(Queue::Modems, job).await?.into_inner();
    if doubts + unknown > 0 {
        tracing::warn!(doubts, unknown, "The last run ended in the middle of {doubts} sends and {unknown} http steps");
    }
    Ok(())
}

/// API and pages, on the port and on the socket.
fn serve(rooms: &mut JoinSet<&'static str>, doors: place::Doors, engine: &Engine, fleet: &Fleet, stopping: &watch::Receiver<bool>) {
    let app = http::App::new(http::Rooms { engine: engine.clone(), fleet: fleet.clone(), stopping: stopping.clone() });
    let router = http::router(&app).merge(web::router(engine.clone(), stopping.clone()));
    let (local, stop) = (router.clone(), stopping.clone());
    rooms.spawn(async move {
        drop(http::serve_local(doors.local, local, stop).await);
        "the unix socket"
    });
    let stop = stopping.clone();
    rooms.spawn(async move {
        drop(http::serve_network(doors.network, router, stop).await);
        "the HTTP port"
    });
}

/// Everything that acts by itself.
fn work(rooms: &mut JoinSet<&'static str>, engine: &Engine, fleet: &Fleet, beats: &watchdog::Beats, stopping: &watch::Receiver<bool>) {
    let (own, stop) = (engine.clone(), stopping.clone());
    rooms.spawn(async move {
        webhook::run(own, stop).await;
        "webhooks"
    });
    let (own, beat, stop) = (engine.clone(), beats.timers(), stopping.clone());
    rooms.spawn(async move {
        timers::expiry(own, beat, stop).await;
        "timers"
    });
    let (own, fleet, beat, stop) = (engine.clone(), fleet.clone(), beats.dispatcher(), stopping.clone());
    rooms.spawn(async move {
        timers::dispatch(own, fleet, beat, stop).await;
        "the dispatcher"
    });
}

/// A supervisor for each modem, on the ports the configuration names or on those that are found.
fn drive_modems(
    rooms: &mut JoinSet<&'static str>,
    config: &Config,
    engine: &Engine,
    fleet: &Fleet,
    beats: &watchdog::Beats,
    stopping: &watch::Receiver<bool>,
) {
    let shared = Shared::new(engine.clone(), fleet.clone(), Profile::default(), Pace::default(), beats.modems());
    let (ports, stop) = (ports(&config.modems), stopping.clone());
    rooms.spawn(async move {
        serial::run(shared, ports, stop).await;
        "the modems"
    });
}

fn ports(modems: &Modems) -> Ports {
    match modems {
        Modems::Scan(patterns) => Ports::Scan { patterns: patterns.clone(), roots: Roots::default(), baud: BAUD_OF_FOUND },
        Modems::Named(named) => Ports::Named(named.iter().map(wish).collect()),
    }
}

/// USB ports ignore it; a modem on a real UART is named with its own.
const BAUD_OF_FOUND: u32 = 115_200;

fn wish(modem: &ModemPort) -> PortWish {
    let name = modem.name.clone().unwrap_or_else(|| modem.port.display().to_string());
    PortWish { path: modem.port.clone(), name, baud: modem.baud, scanned: false }
}

/// Tells the hooks of every commit that somebody may wait for.
fn follow(rooms: &mut JoinSet<&'static str>, writer: &Writer, hooks: &Arc<dyn Hooks>, stopping: &watch::Receiver<bool>) {
    let (mut pulse, mut stopping, hooks) = (writer.pulse(), stopping.clone(), Arc::clone(hooks));
    rooms.spawn(async move {
        loop {
            tokio::select! {
                changed = pulse.changed() => if changed.is_err() { return "hooks" },
                _ = stopping.wait_for(|stop| *stop) => return "hooks",
            }
            hooks.reached("committed");
        }
    });
}

/// Waits for a signal, for the owner of `stop`, or for a room that ends although nobody asked it to.
async fn until_told(stop: Option<watch::Receiver<bool>>, rooms: &mut JoinSet<&'static str>) -> Result<(), Error> {
    let cannot = |cause: std::io::Error| Error::new(format!("signals cannot be heard: {cause}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    let told = async {
        match stop {
            Some(mut stop) => drop(stop.wait_for(|stop| *stop).await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = told => Ok(()),
        ended = rooms.join_next() => match ended {
            Some(Ok(room)) => Err(Error::new(format!("{room} ended although nobody asked; the log has more"))),
            Some(Err(panic)) => Err(Error::new(format!("a part of the daemon failed: {panic}"))),
            None => Ok(()),
        },
    }
}
