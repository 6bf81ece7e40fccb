//! One modem for ever: waits for its port, opens it, lets the driver speak, and when anything fails drops the driver, backs
//! off and builds a new one from the store. One sick modem never slows another: each has its own task, clerk and clockwork.
//!
//! ```text
//! Waiting ── port there ──► Serving ── lost, stuck, panic, twin ──► Resting ── pause over ──► Waiting
//! ```

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info, warn};

use super::Shared;
use super::clerk::{Clerk, JOBS_MAX, Job};
use super::moved::{self, Seat};
use super::pace::Backoff;
use super::plugged::Plugged;
use super::port::{Port, PortError};
use super::session::{Ended, Session};
use super::speed;
use crate::engine::modems;
use crate::modem::driver::Driver;
use crate::modem::io::{AtEnd, ModemCommand, ModemEvent, Remembered};
use crate::store::{self, Queue};

/// A port somebody wants to have driven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortWish {
    /// A device path; may be a symlink, may appear later.
    pub path: PathBuf,
    /// What people call the modem.
    pub name: String,
    /// Line speed; where nobody named one, 115200, and on a real line the other usual ones where nothing answers.
    pub baud: Option<u32>,
    /// Found by a pattern: when it disappears, the supervisor ends and the pattern finds the modem again.
    pub scanned: bool,
}

/// Everything of one modem that outlives its driver.
pub(super) struct Supervisor {
    shared: Shared,
    wish: PortWish,
    jobs: mpsc::Sender<Job>,
    commands: Option<mpsc::Receiver<ModemCommand>>,
    stop: watch::Receiver<bool>,
    backoff: Backoff,
    yields_to: Option<Yields>,
    /// The speed at which somebody answered.
    speed: u32,
    /// The port that was asked for; the modem may be at another one by now.
    asked: PathBuf,
    /// What the system said of the port that the modem was at.
    seat: Option<Seat>,
    /// Ports at which another modem was found, until they go.
    strangers: Vec<PathBuf>,
}

/// Whom a port of a modem with several is left alone for.
enum Yields {
    /// Whoever has the radio of this IMEI.
    Radio(String),
    /// The driver of this port.
    Port(PathBuf),
}

/// Drives the modem of this port until `stop` says true, or until a scanned port is gone.
pub(super) async fn supervise(shared: Shared, wish: PortWish, stop: watch::Receiver<bool>) {
    let (jobs, clerk_jobs) = mpsc::channel(JOBS_MAX);
    let clerk = tokio::spawn(Clerk::new(shared.clone(), wish.name.clone()).work(clerk_jobs));
    let commands = shared.fleet.join(&wish.name);
    let backoff = Backoff::new(&shared.pace);
    let name = wish.name.clone();
    let (fleet, vitals) = (shared.fleet.clone(), shared.vitals.clone());
    let asked = wish.path.clone();
    let speed = wish.baud.unwrap_or(speed::DEFAULT);
    let supervisor = Supervisor {
        asked,
        seat: None,
        strangers: Vec::new(),
        shared,
        wish,
        jobs,
        commands: Some(commands),
        stop,
        backoff,
        yields_to: None,
        speed,
    };
    supervisor.run().await;
    fleet.leave(&name);
    vitals.end(&name);
    // The last jobs are written before this ends; a panic of the clerk was logged by its thread.
    let _finished = clerk.await;
}

impl Supervisor {
    async fn run(mut self) {
        self.tell_port().await;
        let mut told = None;
        while !self.is_over() {
            self.shared.vitals.beat(&self.wish.name, self.shared.tick());
            match Port::open(&self.wish.path, self.speed) {
                Ok(port) => {
                    told = None;
                    if !self.is_elsewhere() {
                        self.seat = Seat::of(&self.shared.roots.sys, &self.wish.path).or(self.seat.take());
                    }
                    info!(modem = %self.wish.name, "Port {} is open", self.wish.path.display());
                    self.drive(port).await;
                    self.rest().await;
                }
                Err(PortError::Missing { .. }) if self.wish.scanned => return,
                Err(_) if self.is_elsewhere() => {
                    self.rest().await;
                    self.goes_to(self.asked.clone()).await;
                }
                Err(error) => {
                    let missing = matches!(error, PortError::Missing { .. });
                    if told != Some(error.code()) {
                        told = Some(error.code());
                        self.tell(error.code(), error.to_string()).await;
                    }
                    if missing { self.wait_for_port().await } else { self.rest().await }
                }
            }
        }
    }

    /// It is time to stop, or nobody is left who could say so.
    fn is_over(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    /// One life of a driver.
    async fn drive(&mut self, port: Port) {
        let remembered = match self.remember().await {
            Ok(remembered) => remembered,
            Err(words) => {
                return error!(modem = %self.wish.name, "Modem {} waits, because the store cannot be read: {words}", self.wish.name);
            }
        };
        self.yields_to = None;
        let Some(commands) = self.commands.take() else { return self.renew() };
        let expects = match self.expected().await {
            Ok(imei) => imei.map(|imei| (imei, self.shared.tick().plus(self.shared.pace.says_who))),
            Err(words) => {
                self.commands = Some(commands);
                return error!(modem = %self.wish.name, "Modem {} waits, because the store cannot be read: {words}", self.wish.name);
            }
        };
        self.shared.twins.opened(&self.wish.name, &self.wish.path);
        let (reply, answers) = mpsc::channel(JOBS_MAX);
        let session = Session {
            shared: self.shared.clone(),
            wish: self.wish.clone(),
            port: Some(port),
            speed: self.speed,
            driver: Driver::new(self.shared.profile.clone(), remembered),
            jobs: self.jobs.clone(),
            reply,
            answers,
            commands,
            stop: self.stop.clone(),
            imei: None,
            served: None,
            expects,
        };
        match tokio::spawn(session.run()).await {
            Ok(over) => {
                self.commands = Some(over.commands);
                self.speed = over.speed;
                if over.served_for.is_some_and(|time| time >= self.shared.pace.proven) {
                    self.backoff.reset();
                }
                self.tell_end(&over.ended).await;
            }
            Err(_panic) => {
                // The panic's own words are in the log already.
                error!(modem = %self.wish.name, "The driver of modem {} failed; it is built anew", self.wish.name);
                self.renew();
                // R0 now: a scanned port may be gone, and its SIM may come back under another name.
                if let Err(words) = self.remember().await {
                    error!(modem = %self.wish.name, "The open attempts of modem {} could not be settled: {words}", self.wish.name);
                }
            }
        }
        self.shared.twins.forget(&self.wish.name);
        self.shared.fleet.not_ready(&self.wish.name, self.shared.engine.now());
        // Now, not when the port comes back: other modems may be free for what this one had.
        self.recover().await;
    }

    async fn tell_end(&mut self, ended: &Ended) {
        match ended {
            Ended::Stopped | Ended::Rebuilt => {}
            Ended::Stranger => {
                info!(modem = %self.wish.name, "Modem {} is not at {}", self.wish.name, self.wish.path.display());
                self.strangers.push(self.wish.path.clone());
                self.backoff.reset();
                self.goes_to(self.asked.clone()).await;
            }
            // The driver has told the loss with its outcome.
            Ended::Port(PortError::Gone { .. }) => info!(modem = %self.wish.name, "Port {} is gone", self.wish.path.display()),
            Ended::Port(error) => self.tell(error.code(), error.to_string()).await,
            Ended::Twin { other, imei } => {
                self.yields_to = Some(Yields::Radio(imei.clone()));
                let words = format!("This port belongs to the same modem as {other}, which is used; this one is left alone.");
                self.backoff.longest();
                self.tell("same_modem", words).await;
            }
            Ended::Deaf { other } => {
                self.yields_to = Some(Yields::Port(other.clone()));
                let other = other.display();
                let words =
                    format!("This port of the modem tells nothing of texts that come; {other} does and is used; this one is left alone.");
                self.backoff.longest();
                self.tell("same_modem", words).await;
            }
        }
    }

    /// After a panic: a new queue of commands, since the old one went with the driver.
    fn renew(&mut self) {
        self.commands = Some(self.shared.fleet.join(&self.wish.name));
    }

    /// R0 of this modem, before any byte is written and behind everything its last driver told.
    async fn recover(&self) {
        let (done, recovered) = oneshot::channel();
        give_back(&self.jobs, Job::Recover { done }).await;
        tokio::pin!(recovered);
        loop {
            match tokio::time::timeout(ALIVE, &mut recovered).await {
                Ok(Ok(0) | Err(_)) => return,
                Ok(Ok(doubts)) => {
                    return warn!(modem = %self.wish.name, "{doubts} attempts of modem {} were open and are in doubt", self.wish.name);
                }
                // The store cannot write now: no byte goes out before it can.
                Err(_waiting) => self.shared.vitals.beat(&self.wish.name, self.shared.tick()),
            }
        }
    }

    /// What a new driver must know.
    async fn remember(&self) -> Result<Remembered, String> {
        self.recover().await;
        let name = self.wish.name.clone();
        let (now, tick, profile) = (self.shared.engine.now(), self.shared.tick(), self.shared.profile.clone());
        let read = move |reader: &store::Reader<'_>| modems::remembered(reader, &name, &profile, now, tick);
        let remembered = self.shared.engine.read(read).await.map_err(|error| error.to_string())?;
        if self.is_elsewhere() {
            // Until it has said who it is, this port may be anybody's.
            return Ok(Remembered { known: false, ..remembered });
        }
        Ok(Remembered { helps: self.shared.helper.offers(&self.wish.path).await, ..remembered })
    }

    /// Waits for a port that is not there: until the kernel tells of it, or a look at a directory finds it.
    async fn wait_for_port(&mut self) {
        let numbered = moved::NUMBERED.map(|pattern| self.shared.roots.dev.join(pattern.trim_start_matches('/')));
        let ports: Vec<PathBuf> = [self.wish.path.clone()].into_iter().chain(numbered).collect();
        let plugged = Plugged::around(&ports, &self.shared.deaf);
        let mut woken = false;
        loop {
            // First watched, then looked at: nothing comes in between.
            plugged.watch();
            if self.wish.path.exists() {
                break;
            }
            // The tty is there before udev has made its link: a name that comes is no name that is gone.
            if woken {
                self.pause(self.shared.pace.settle).await;
                if self.wish.path.exists() {
                    break;
                }
            }
            woken = true;
            if let Some(path) = self.moved().await {
                let (name, asked, now_at) = (&self.wish.name, self.asked.display(), path.display());
                warn!(modem = %name, "Port {asked} is gone; modem {name} may be at {now_at} now. A name below /dev/answerback or /dev/serial/by-path stays the same");
                self.goes_to(path).await;
                continue;
            }
            let (poll, quiet) = (self.shared.pace.poll, self.shared.pace.quiet);
            if self.pause_until(poll, plugged.changed(quiet)).await {
                return;
            }
        }
        // udev is still at work on it: rights, links, locks of others.
        self.pause(self.shared.pace.settle).await;
    }

    /// The modem is looked for, or was found, at a port that nobody named.
    fn is_elsewhere(&self) -> bool {
        self.wish.path != self.asked
    }

    /// Who has to be at the port: whoever it is where a person named it.
    async fn expected(&self) -> Result<Option<String>, String> {
        if self.is_elsewhere() { Ok(Some(self.known_imei().await?.unwrap_or_default())) } else { Ok(None) }
    }

    /// Who was at the port that was asked for.
    async fn known_imei(&self) -> Result<Option<String>, String> {
        let name = self.wish.name.clone();
        let read = self.shared.engine.read(move |reader| reader.modem(&name)).await.map_err(|error| error.to_string())?;
        Ok(read.and_then(|modem| modem.imei))
    }

    /// Another port at which the modem may be, where it is known who it is.
    async fn moved(&mut self) -> Option<PathBuf> {
        self.strangers.retain(|path| path.exists());
        let paths = moved::candidates(&self.shared.roots, self.seat.as_ref());
        let path = paths.into_iter().find(|path| !self.strangers.contains(path) && self.shared.twins.takes(&self.wish.name, path))?;
        match self.known_imei().await {
            Ok(Some(_)) => Some(path),
            // A new modem, or a store that cannot be read: it is looked for where it was named.
            Ok(None) | Err(_) => {
                self.shared.twins.forget(&self.wish.name);
                None
            }
        }
    }

    async fn goes_to(&mut self, path: PathBuf) {
        if path == self.asked {
            self.shared.twins.forget(&self.wish.name);
        }
        self.wish.path = path;
        self.tell_port().await;
    }

    async fn tell_port(&self) {
        let (name, port) = (self.wish.name.clone(), self.wish.path.display().to_string());
        let begun = self.shared.engine.run(Queue::Others, move |work| modems::opened(work, &name, &port)).await;
        if let Err(reject) = begun {
            warn!(modem = %self.wish.name, "The row of modem {} could not be written: {reject}", self.wish.name);
        }
    }

    async fn rest(&mut self) {
        let pause = self.backoff.next();
        let appears = self.shared.pace.poll;
        let began = self.shared.tick();
        let was_there = self.wish.path.exists();
        while self.shared.tick().since(began) < pause {
            let left = pause.saturating_sub(self.shared.tick().since(began));
            if self.pause(left.min(appears)).await {
                return;
            }
            // A port that comes back was plugged in again: no reason to wait longer.
            if (!was_there && self.wish.path.exists()) || self.is_its_turn() {
                return;
            }
        }
    }

    /// Who was driven instead is gone, or was given up.
    fn is_its_turn(&self) -> bool {
        match &self.yields_to {
            Some(Yields::Radio(imei)) => self.shared.twins.holder(imei).is_none(),
            Some(Yields::Port(other)) => !self.shared.twins.is_open(other),
            None => false,
        }
    }

    /// Sleeps and gives back what the dispatcher hands over meanwhile; true when it is time to stop.
    async fn pause(&mut self, time: Duration) -> bool {
        self.pause_until(time, std::future::pending()).await
    }

    /// [`pause`](Self::pause), which ends when something happens.
    async fn pause_until(&mut self, time: Duration, happens: impl Future<Output = ()>) -> bool {
        self.shared.vitals.beat(&self.wish.name, self.shared.tick());
        let over = tokio::time::timeout(time, happens);
        tokio::pin!(over);
        loop {
            let Some(commands) = self.commands.as_mut() else { return *self.stop.borrow() };
            tokio::select! {
                _elapsed_or_told = &mut over => return *self.stop.borrow(),
                changed = self.stop.changed() => return changed.is_err() || *self.stop.borrow(),
                command = commands.recv() => match command {
                    Some(ModemCommand::Submit(submission)) => give_back(&self.jobs, Job::GiveBack(submission.part)).await,
                    Some(ModemCommand::Ussd(errand)) => give_back(&self.jobs, Job::Event(errand.not_sent("lost"))).await,
                    Some(ModemCommand::Ring(errand)) => give_back(&self.jobs, Job::Event(errand.not_dialed("lost"))).await,
                    Some(ModemCommand::At(errand)) => self.shared.fleet.at_ended(errand.id, AtEnd::NotSent { why: "lost" }),
                    Some(ModemCommand::Restart | ModemCommand::Rebuild | ModemCommand::RejectCalls(_) | ModemCommand::EndRing(_) | ModemCommand::Look) => {}
                    None => self.commands = None,
                },
            }
        }
    }

    async fn tell(&self, code: &'static str, words: String) {
        give_back(&self.jobs, Job::Event(ModemEvent::NotReady { code, words })).await;
    }
}

async fn give_back(jobs: &mpsc::Sender<Job>, job: Job) {
    // The clerk ends after the supervisor only.
    let _clerk_gone = jobs.send(job).await;
}

/// A task that waits shows that it lives.
const ALIVE: Duration = Duration::from_secs(5);
