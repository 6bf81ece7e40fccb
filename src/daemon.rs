//! The daemon: what starts and stops in which order. It wires the rooms together and decides nothing.
//!
//! Start: store, R0 (what was on its way becomes a doubt), writer, API and pages on port and socket, webhooks,
//! endpoints, timers, modems. Stop: the other way round, and whoever takes too long is left behind: everything that matters
//! is committed.

mod place;
mod watchdog;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{self, Config};
use crate::engine::fleet::Fleet;
use crate::engine::restart::{self, Interrupted};
use crate::engine::{Engine, Reject};
use crate::hooks::{Hooks, NoHooks, Point};
use crate::modem::profile::Profile;
use crate::rehearsal::{self, Try};
use crate::serial::{self, Pace};
use crate::store::{self, Queue, Store, Writer};
use crate::time::{Clock, SystemClock};
use crate::{endpoint, http, timers, web, webhook};

pub use place::Error;

/// What a daemon is run with.
pub struct Arguments {
    /// What it was told.
    pub config: Config,
    /// The modems' protocol times.
    pub profile: Profile,
    /// The serial shell's own times.
    pub pace: Pace,
    /// No doubt waits longer than this for a witness.
    pub doubt_wait_max: Duration,
    /// Told of the points it comes to.
    pub hooks: Arc<dyn Hooks>,
    /// Told the addresses once everything is served: the demo and the tests listen on port 0.
    pub on_ready: Box<dyn FnOnce(SocketAddr) + Send>,
    /// Stops it as SIGTERM does.
    pub stop: Option<watch::Receiver<bool>>,
}

impl Arguments {
    /// The product's: real modems, until a signal.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            profile: Profile::default(),
            pace: Pace::default(),
            doubt_wait_max: Duration::MAX,
            hooks: Arc::new(NoHooks),
            on_ready: Box::new(|_| ()),
            stop: None,
        }
    }

    /// For emulated modems: nothing takes longer than two seconds.
    pub fn emulator(config: Config) -> Self {
        let (profile, pace, doubt_wait_max) = (Profile::emulator(), Pace::emulator(), Duration::from_secs(2));
        Self { profile, pace, doubt_wait_max, ..Self::new(config) }
    }
}

/// How long the rooms have to put things down.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// Runs a daemon until SIGTERM, SIGINT or `stop`.
pub fn run(arguments: Arguments) -> Result<(), Error> {
    let store = Store::open(&arguments.config.store_dir)?;
    place::tell_origin(store.origin(), &arguments.config.store_dir);
    arguments.hooks.reached(Point::Opened);
    let (writer, thread) = Writer::start(store)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("answerback").build();
    let runtime = runtime.map_err(|cause| Error::new(format!("the program cannot start its threads: {cause}")))?;
    let outcome = runtime.block_on(live(arguments, &writer));
    runtime.shutdown_timeout(STOP_PATIENCE);
    writer.close();
    // The thread ends when its queue is empty; a panic in it was logged and its jobs were told.
    drop(thread.join());
    outcome
}

async fn live(arguments: Arguments, writer: &Writer) -> Result<(), Error> {
    let Arguments { config, profile, pace, doubt_wait_max, hooks, on_ready, stop } = arguments;
    let signals = Signals::hear()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let engine = Engine::new(writer.clone(), Arc::clone(&clock)).ok_or_else(|| Error::new("a daemon needs a state directory"))?;
    let engine = engine.with_hooks(hooks).hurried(doubt_wait_max);
    // R0: before any byte goes out, what was on its way when the last run ended becomes a doubt.
    recover(&engine).await?;
    let doors = place::open(&config).await?;
    let address = doors.address;
    let (stopping, stop_seen) = watch::channel(false);
    let fleet = Fleet::default();
    let shared = serial::Shared::new(engine.clone(), fleet.clone(), profile, pace, serial::Vitals::default()).helped(&config.helper);
    let beats = watchdog::Beats::new(shared.vitals.clone(), clock);
    let mut rooms = JoinSet::new();
    serve(&mut rooms, doors, &engine, &fleet, &stop_seen);
    work(&mut rooms, &engine, &fleet, &beats, &stop_seen);
    drive(&mut rooms, shared, &config.modems, &stop_seen);
    watchdog::start(&mut rooms, writer.clone(), beats, config.socket.clone(), stop_seen.clone());
    drop(sd_notify::notify(&[sd_notify::NotifyState::Ready]));
    tracing::info!(%address, socket = %config.socket.display(), "Answerback {} serves http://{address}/", env!("CARGO_PKG_VERSION"));
    on_ready(address);
    engine.reached(Point::Serving);
    let outcome = until_told(signals, stop, &mut rooms).await;
    drop(sd_notify::notify(&[sd_notify::NotifyState::Stopping]));
    stopping.send_replace(true);
    if tokio::time::timeout(STOP_PATIENCE, async { while rooms.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!("Some work did not stop in time and is left; everything accepted is on disk");
    }
    place::close(&config.socket);
    outcome
}

/// On a full disk it is left to each modem, which does it before its first byte, and to the caller of http steps: the API and
/// the pages come up and say what is wrong.
async fn recover(engine: &Engine) -> Result<(), Error> {
    let taken = engine.run_named("take over the last run", Queue::Modems, restart::all).await;
    let Interrupted { sends, calls, rings } = match taken {
        Ok(found) => found.into_inner(),
        Err(Reject { cause: Some(store::Error::Full), .. }) => {
            tracing::error!("The disk is full: nothing is sent until there is room in the state directory");
            return Ok(());
        }
        Err(reject) => return Err(Error::new(format!("the state of the last run cannot be taken over: {reject}"))),
    };
    if sends + calls + rings > 0 {
        tracing::warn!(sends, calls, rings, "The last run ended in the middle of {sends} sends, {calls} http steps and {rings} calls");
    }
    Ok(())
}

/// API and pages, on the port and on the socket.
fn serve(rooms: &mut JoinSet<&'static str>, doors: place::Doors, engine: &Engine, fleet: &Fleet, stopping: &watch::Receiver<bool>) {
    let rooms_of_api = http::Rooms { engine: engine.clone(), fleet: fleet.clone(), sandbox: sandbox(), stopping: stopping.clone() };
    let app = http::App::new(rooms_of_api);
    let router = http::router(&app).merge(web::router(engine.clone(), fleet.clone(), stopping.clone()));
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

/// The rehearsal's sandbox, as the API asks for it.
pub fn sandbox() -> Arc<http::Sandbox> {
    Arc::new(|request: &http::Rehearsal, active: &[String]| {
        let tried = Try {
            file: "flow.toml".into(),
            beside: Vec::new(),
            http: request.http.clone(),
            set: request.set.clone(),
            now: request.now,
            fresh: request.fresh,
        };
        let flows = rehearsal::Texts { tried: &request.text, active, beside: &request.beside };
        rehearsal::try_text(&tried, &flows, &request.replies).map_err(|trouble| trouble.to_string())
    })
}

/// Everything that acts by itself.
fn work(rooms: &mut JoinSet<&'static str>, engine: &Engine, fleet: &Fleet, beats: &watchdog::Beats, stopping: &watch::Receiver<bool>) {
    let (own, stop) = (engine.clone(), stopping.clone());
    rooms.spawn(async move {
        webhook::run(own, stop).await;
        "webhooks"
    });
    let (own, stop) = (engine.clone(), stopping.clone());
    rooms.spawn(async move {
        endpoint::run(own, stop).await;
        "http steps"
    });
    let (own, beat, stop) = (engine.clone(), beats.timers(), stopping.clone());
    rooms.spawn(async move {
        timers::expiry(own, beat, stop).await;
        "timers"
    });
    let (own, all, beat, stop) = (engine.clone(), fleet.clone(), beats.dispatcher(), stopping.clone());
    rooms.spawn(async move {
        timers::dispatch(own, all, beat, stop).await;
        "the dispatcher"
    });
    let (own, all, stop) = (engine.clone(), fleet.clone(), stopping.clone());
    rooms.spawn(async move {
        timers::errands(own, all, stop).await;
        "the errands"
    });
}

/// The modems, last: everything they tell has somebody who hears it.
fn drive(rooms: &mut JoinSet<&'static str>, shared: serial::Shared, modems: &config::Modems, stopping: &watch::Receiver<bool>) {
    let (ports, stop) = (place::ports(modems), stopping.clone());
    rooms.spawn(async move {
        serial::run(shared, ports, stop).await;
        "the modems"
    });
}

/// What ends a daemon in order.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on a signal waits until it is looked for: who stops a daemon that has hardly begun stops it in order, too.
    fn hear() -> Result<Self, Error> {
        let cannot = |cause: std::io::Error| Error::new(format!("signals cannot be heard: {cause}"));
        let terminate = signal(SignalKind::terminate()).map_err(cannot)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
        Ok(Self { terminate, interrupt })
    }
}

/// Waits for a signal, for the owner of `stop`, or for a room that ends although nobody asked it to.
async fn until_told(mut signals: Signals, stop: Option<watch::Receiver<bool>>, rooms: &mut JoinSet<&'static str>) -> Result<(), Error> {
    let told = async {
        match stop {
            Some(mut stop) => drop(stop.wait_for(|stop| *stop).await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = signals.terminate.recv() => Ok(()),
        _ = signals.interrupt.recv() => Ok(()),
        () = told => Ok(()),
        ended = rooms.join_next() => match ended {
            Some(Ok(room)) => Err(Error::new(format!("{room} ended although nobody asked; the log has more"))),
            Some(Err(panic)) => Err(Error::new(format!("a part of the daemon failed: {panic}"))),
            None => Ok(()),
        },
    }
}
