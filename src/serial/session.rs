//! One life of a driver on an open port: octets, commands, the clerk's answers and deadlines, one at a time.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tracing::{debug, info, warn};

use super::Shared;
use super::clerk::{Answer, Job, Reply};
use super::port::{Port, PortError};
use super::speed;
use super::supervisor::PortWish;
use crate::engine::modems;
use crate::hooks::Point;
use crate::modem::driver::Driver;
use crate::modem::io::{AtEnd, DEAD, Identity, Input, ModemCommand, ModemEvent, Output};
use crate::modem::wire::Way;
use crate::store::Queue;
use crate::terms::Rung;
use crate::time::Tick;

const fn does(rung: Rung) -> &'static str {
    match rung {
        Rung::Power => "switch the power of",
        Rung::Settings | Rung::Reopen | Rung::Radio | Rung::Reset | Rung::UsbReset => "reset the USB device of",
    }
}

/// A driver with its port.
pub(super) struct Session {
    pub(super) shared: Shared,
    pub(super) wish: PortWish,
    /// `None` once it is lost.
    pub(super) port: Option<Port>,
    /// Its speed, where it has one.
    pub(super) speed: u32,
    pub(super) driver: Driver,
    pub(super) jobs: mpsc::Sender<Job>,
    /// Where the clerk answers this life of the driver.
    pub(super) reply: Reply,
    pub(super) answers: mpsc::Receiver<Answer>,
    pub(super) commands: mpsc::Receiver<ModemCommand>,
    pub(super) stop: watch::Receiver<bool>,
    /// Who answered on this port.
    pub(super) imei: Option<String>,
    /// Since when it can send.
    pub(super) served: Option<Tick>,
    /// Who has to be at this port, and by when it has to say so: `None` where a person named the port.
    pub(super) expects: Option<(String, Tick)>,
}

/// What is left when it is over.
pub(super) struct Over {
    pub(super) commands: mpsc::Receiver<ModemCommand>,
    pub(super) speed: u32,
    /// How long it could send.
    pub(super) served_for: Option<Duration>,
    pub(super) ended: Ended,
}

/// Why it is over.
#[derive(Debug)]
pub(super) enum Ended {
    /// The daemon stops.
    Stopped,
    /// What the driver was told at its birth has changed.
    Rebuilt,
    /// The port failed.
    Port(PortError),
    /// The modem that was looked for is not at this port.
    Stranger,
    /// Another port of the same modem is in use.
    Twin { other: String, imei: String },
    /// Another port of the same modem is open, and only that one tells what comes.
    Deaf { other: PathBuf },
}

/// What happened.
enum Happened {
    Read(usize),
    Command(ModemCommand),
    Answer(Answer),
    Timer,
    Stop,
}

/// A read takes at most this much; a burst of a full SIM is some 16 KiB.
const READ_OCTETS: usize = 4_096;
/// A task that hears nothing still shows that it lives.
const BEAT: Duration = Duration::from_secs(5);

impl Session {
    /// Serves until something ends it.
    pub(super) async fn run(mut self) -> Over {
        let ended = self.serve().await;
        self.finish(matches!(ended, Ended::Stopped)).await;
        let now = self.shared.tick();
        Over { served_for: self.served.map(|since| now.since(since)), commands: self.commands, speed: self.speed, ended }
    }

    async fn serve(&mut self) -> Ended {
        let mut buffer = vec![0; READ_OCTETS];
        if let Err(ended) = self.input(Input::Opened).await {
            return ended;
        }
        loop {
            self.shared.vitals.beat(&self.wish.name, self.shared.tick());
            if let Some(ended) = self.is_over_here() {
                return ended;
            }
            // Said while the driver was fed: `next` would wait for a change that has been.
            if *self.stop.borrow() {
                return self.stop_in_order(&mut buffer).await;
            }
            let handled = match self.next(&mut buffer).await {
                Ok(Happened::Read(count)) => self.heard(&buffer[..count]).await,
                Ok(Happened::Command(ModemCommand::Rebuild)) => return Ended::Rebuilt,
                Ok(Happened::Command(command)) => self.input(Input::Command(command)).await,
                Ok(Happened::Answer(answer)) => self.input(answer.into_input()).await,
                Ok(Happened::Timer) => self.input(Input::Timer).await,
                Ok(Happened::Stop) => return self.stop_in_order(&mut buffer).await,
                Err(error) => return Ended::Port(error),
            };
            if let Err(ended) = handled {
                return ended;
            }
        }
    }

    /// Waits for the next thing that happens.
    async fn next(&mut self, buffer: &mut [u8]) -> Result<Happened, PortError> {
        let wait = self.driver.poll_timeout().map_or(BEAT, |at| at.since(self.shared.tick()).min(BEAT));
        let stopping = *self.stop.borrow();
        let Some(port) = self.port.as_mut() else { return Err(PortError::Gone { path: self.wish.path.clone() }) };
        tokio::select! {
            read = port.read(buffer) => Ok(Happened::Read(read?)),
            Some(command) = self.commands.recv(), if !stopping => Ok(Happened::Command(command)),
            Some(answer) = self.answers.recv() => Ok(Happened::Answer(answer)),
            () = tokio::time::sleep(wait) => Ok(Happened::Timer),
            _changed = self.stop.changed(), if !stopping => Ok(Happened::Stop),
        }
    }

    async fn heard(&mut self, octets: &[u8]) -> Result<(), Ended> {
        self.crossed(Way::Received, octets);
        self.input(Input::Bytes(octets)).await
    }

    fn crossed(&self, way: Way, octets: &[u8]) {
        self.shared.engine.wires().record(&self.wish.name, self.shared.engine.now(), way, octets);
    }

    /// Tells the driver one thing and carries out everything it wants then.
    async fn input(&mut self, input: Input<'_>) -> Result<(), Ended> {
        let now = self.shared.tick();
        self.driver.handle(now, input);
        while let Some(output) = self.driver.poll_output() {
            match output {
                Output::Transmit(octets) => self.write(&octets).await.map_err(Ended::Port)?,
                Output::Persist(part) => self.give(Job::Begin { part, reply: self.reply.clone() }).await,
                Output::PersistPin { sim, imei } => self.give(Job::Pin { sim, imei, reply: self.reply.clone() }).await,
                Output::Reopen => self.reopen(self.shared.pace.reopen_max).await.map_err(Ended::Port)?,
                Output::Help(rung) => self.have_helped(rung).await.map_err(Ended::Port)?,
                Output::Event(event) => self.event(event).await?,
            }
        }
        Ok(())
    }

    async fn write(&mut self, octets: &[u8]) -> Result<(), PortError> {
        let within = self.shared.pace.write;
        self.crossed(Way::Sent, octets);
        self.shared.engine.reached(Point::Writes(octets));
        match self.port.as_mut() {
            Some(port) => port.write(octets, within).await?,
            None => return Err(PortError::Gone { path: self.wish.path.clone() }),
        }
        self.shared.engine.reached(Point::Wrote(octets));
        Ok(())
    }

    /// Rungs 6 and 7: the root helper does it while nobody has the port open; the modem may come back as another tty, which is then
    /// found as a new one is.
    async fn have_helped(&mut self, rung: Rung) -> Result<(), PortError> {
        let (shared, path) = (self.shared.clone(), self.wish.path.clone());
        self.port = None;
        let done = shared.helper.act(&path, rung);
        tokio::pin!(done);
        let done = loop {
            match tokio::time::timeout(BEAT, &mut done).await {
                Ok(done) => break done,
                Err(_still_at_work) => shared.vitals.beat(&self.wish.name, shared.tick()),
            }
        };
        if let Err(words) = done {
            warn!(modem = %self.wish.name, "The helper could not {} modem {}: {words}", does(rung), self.wish.name);
        }
        self.open_again(shared.pace.helped_max).await?;
        self.driver.handle(self.shared.tick(), Input::Opened);
        Ok(())
    }

    /// Rung 3: closes the port and opens it again, as long as that may take.
    async fn reopen(&mut self, within: Duration) -> Result<(), PortError> {
        self.open_again(within).await?;
        if self.may_seek_speed() {
            self.seek_speed(within).await?;
        }
        let now = self.shared.tick();
        // Its outputs are drained by the loop that asked for this.
        self.driver.handle(now, Input::Opened);
        Ok(())
    }

    async fn open_again(&mut self, within: Duration) -> Result<(), PortError> {
        info!(modem = %self.wish.name, "Port {} is closed and opened again", self.wish.path.display());
        self.port = None;
        let began = self.shared.tick();
        loop {
            tokio::time::sleep(self.shared.pace.reopen).await;
            match Port::open(&self.wish.path, self.speed) {
                Ok(port) => {
                    self.port = Some(port);
                    return Ok(());
                }
                Err(error) if self.shared.tick().since(began) >= within => return Err(error),
                Err(_not_yet) => self.shared.vitals.beat(&self.wish.name, self.shared.tick()),
            }
        }
    }

    /// Nobody has answered here yet, and nobody named a speed: whoever is there may listen at another one.
    fn may_seek_speed(&self) -> bool {
        self.wish.baud.is_none() && self.imei.is_none() && speed::is_line(&self.shared.roots.sys, &self.wish.path)
    }

    /// Stays with the speed at which somebody answers; where nobody does, with the one it was.
    async fn seek_speed(&mut self, within: Duration) -> Result<(), PortError> {
        // The one that is set first: a modem that only woke up now must not be taken to another one.
        for speed in std::iter::once(self.speed).chain(speed::others(self.speed)) {
            self.shared.vitals.beat(&self.wish.name, self.shared.tick());
            self.port = None;
            // A speed that this line cannot have, or a port that is held for a moment, is none at which somebody answers.
            let Ok(mut port) = Port::open(&self.wish.path, speed) else { continue };
            if matches!(speed::answers(&mut port, self.shared.pace.hears).await, Ok(true)) {
                self.port = Some(port);
                if speed != self.speed {
                    self.speed = speed;
                    self.tell_speed().await;
                }
                return Ok(());
            }
        }
        self.open_again(within).await
    }

    async fn tell_speed(&self) {
        let (name, baud) = (self.wish.name.clone(), self.speed);
        info!(modem = %name, "Modem {name} answers at {baud} baud: {}", self.wish.path.display());
        let noted = self.shared.engine.run(Queue::Others, move |work| modems::speed(work, &name, baud)).await;
        if let Err(reject) = noted {
            warn!(modem = %self.wish.name, "The speed of modem {} could not be written: {reject}", self.wish.name);
        }
    }

    async fn event(&mut self, event: ModemEvent) -> Result<(), Ended> {
        let (fleet, name) = (self.shared.fleet.clone(), self.wish.name.clone());
        match &event {
            ModemEvent::Identity(identity) => {
                if self.expects.as_ref().is_some_and(|(imei, _)| imei.is_empty() || *imei != identity.imei) {
                    return Err(Ended::Stranger);
                }
                self.imei = Some(identity.imei.clone());
                self.claim(identity)?;
                fleet.identified(&name, identity, self.shared.engine.now());
            }
            ModemEvent::Ports(modes) => {
                if let Some(other) = self.shared.twins.better(&self.shared.roots.sys, &self.wish.path, *modes) {
                    return self.is_not_the_one(other);
                }
            }
            ModemEvent::Ready => {
                self.served.get_or_insert(self.shared.tick());
                let identity = self.driver.identity().clone();
                // One that was given up has let go of its radio.
                self.claim(&identity)?;
                // The row first: whoever hears of a ready modem finds its SIM in the store.
                self.give(Job::Event(event)).await;
                fleet.ready(&name, &identity, self.shared.engine.now());
                return Ok(());
            }
            ModemEvent::Free => fleet.free(&name),
            ModemEvent::NotReady { code, .. } => {
                fleet.not_ready(&name, self.shared.engine.now());
                if *code == DEAD {
                    // Another port of the same modem may answer.
                    self.shared.twins.forget(&name);
                }
            }
            ModemEvent::Submitted { part, .. } => fleet.is_done_with(&name, part, true, self.shared.engine.now()),
            ModemEvent::Refused { part, .. } | ModemEvent::Aborted { part, .. } | ModemEvent::Duplicate { part, .. } => {
                fleet.is_done_with(&name, part, false, self.shared.engine.now());
            }
            ModemEvent::InDoubt { .. } => fleet.unsettled(&name, self.shared.engine.now()),
            ModemEvent::Settled => fleet.settled(&name),
            ModemEvent::Received { .. } => {}
            ModemEvent::PinAccepted { .. }
            | ModemEvent::Kept { .. }
            | ModemEvent::Reference(_)
            | ModemEvent::OwnNumber(_)
            | ModemEvent::Orphan { .. }
            | ModemEvent::Signal(_)
            | ModemEvent::NetworkTime { .. }
            | ModemEvent::Registration { .. }
            | ModemEvent::Storage { .. }
            | ModemEvent::Ussd { .. }
            | ModemEvent::Rung { .. }
            | ModemEvent::Fell
            | ModemEvent::Deaf
            | ModemEvent::Unsaid
            | ModemEvent::CannotReceive
            | ModemEvent::Supply(_)
            | ModemEvent::Called { .. }
            | ModemEvent::Rang { .. }
            | ModemEvent::Noise(_) => {}
            ModemEvent::At { id, end } => {
                // A person waits for it; the audit is written by whoever asked.
                fleet.at_ended(*id, end.clone());
                return Ok(());
            }
        }
        self.give(self.job_of(event)).await;
        Ok(())
    }

    /// What the clerk makes of it: what was received is answered.
    fn job_of(&self, event: ModemEvent) -> Job {
        match event {
            ModemEvent::Received { hex, slot, live } => Job::Received { hex, slot, live, reply: self.reply.clone() },
            event => Job::Event(event),
        }
    }

    /// One radio, one port.
    fn claim(&self, identity: &Identity) -> Result<(), Ended> {
        let twins = &self.shared.twins;
        match twins.claim(&identity.imei, &self.wish.name) {
            Some(other) => Err(Ended::Twin { other, imei: identity.imei.clone() }),
            None => {
                twins.opened(&self.wish.name, &self.wish.path);
                Ok(())
            }
        }
    }

    /// Whoever is at this port does not say who it is; or a modem that was given up here is driven through another port, and helping it
    /// from here would hurt it there.
    fn is_over_here(&self) -> Option<Ended> {
        if self.imei.is_none() && self.expects.as_ref().is_some_and(|(_, by)| *by <= self.shared.tick()) {
            return Some(Ended::Stranger);
        }
        let imei = self.imei.clone()?;
        let other = self.shared.twins.holder(&imei).filter(|holder| *holder != self.wish.name)?;
        Some(Ended::Twin { other, imei })
    }

    /// A port that was found is left alone; one that a person named is used, and the log says which would be better.
    fn is_not_the_one(&self, other: PathBuf) -> Result<(), Ended> {
        if self.wish.scanned {
            return Err(Ended::Deaf { other });
        }
        warn!(modem = %self.wish.name, "Port {} tells nothing of texts that come; {} does", self.wish.path.display(), other.display());
        Ok(())
    }

    /// Waits while the clerk is behind (a full disk): this task lives all the same.
    async fn give(&self, job: Job) {
        loop {
            match tokio::time::timeout(BEAT, self.jobs.reserve()).await {
                Ok(Ok(place)) => return place.send(job),
                // The clerk ends after the supervisor only.
                Ok(Err(_clerk_gone)) => return,
                Err(_still_full) => self.shared.vitals.beat(&self.wish.name, self.shared.tick()),
            }
        }
    }

    /// The daemon stops: nothing new is taken, and an answer that is on its way is waited for.
    async fn stop_in_order(&mut self, buffer: &mut [u8]) -> Ended {
        self.shared.fleet.not_ready(&self.wish.name, self.shared.engine.now());
        let until = self.shared.tick().plus(self.shared.pace.grace);
        if self.driver.is_ringing()
            && let Err(ended) = self.input(Input::Command(ModemCommand::EndRing(0))).await
        {
            return ended;
        }
        while (self.driver.is_sending() || self.driver.is_ringing()) && self.shared.tick() < until {
            let handled = match self.next(buffer).await {
                Ok(Happened::Read(count)) => self.heard(&buffer[..count]).await,
                Ok(Happened::Answer(answer)) => self.input(answer.into_input()).await,
                Ok(Happened::Timer) => self.input(Input::Timer).await,
                Ok(Happened::Command(_) | Happened::Stop) => Ok(()),
                Err(error) => return Ended::Port(error),
            };
            if let Err(ended) = handled {
                return ended;
            }
        }
        debug!(modem = %self.wish.name, "Modem {} is let go", self.wish.name);
        Ended::Stopped
    }

    /// The last words of the driver: what was on air is in doubt, what was not goes back, and an attempt whose row is still
    /// being written gets its outcome.
    async fn finish(&mut self, in_order: bool) {
        self.port = None;
        self.last_input(Input::Lost, in_order).await;
        while self.driver.owes_outcome() {
            let answer = tokio::time::timeout(self.shared.pace.grace, self.answers.recv()).await;
            let Ok(Some(answer)) = answer else {
                warn!(modem = %self.wish.name, "The store did not answer; the next start finds the attempt of {} in doubt", self.wish.name);
                break;
            };
            self.last_input(answer.into_input(), in_order).await;
        }
        while let Ok(command) = self.commands.try_recv() {
            match command {
                ModemCommand::Submit(submission) => self.give(Job::GiveBack(submission.part)).await,
                ModemCommand::Ussd(errand) => self.give(Job::Event(errand.not_sent("lost"))).await,
                ModemCommand::Ring(errand) => self.give(Job::Event(errand.not_dialed("lost"))).await,
                ModemCommand::At(errand) => self.shared.fleet.at_ended(errand.id, AtEnd::NotSent { why: "lost" }),
                ModemCommand::Restart
                | ModemCommand::Rebuild
                | ModemCommand::RejectCalls(_)
                | ModemCommand::EndRing(_)
                | ModemCommand::Look => {}
            }
        }
    }

    async fn last_input(&mut self, input: Input<'_>, in_order: bool) {
        let now = self.shared.tick();
        self.driver.handle(now, input);
        while let Some(output) = self.driver.poll_output() {
            match output {
                // Nobody has to be told that a daemon which stops lets its modems go.
                Output::Event(ModemEvent::NotReady { .. }) if in_order => {}
                Output::Event(ModemEvent::At { id, end }) => self.shared.fleet.at_ended(id, end),
                Output::Event(event) => self.give(Job::Event(event)).await,
                Output::Persist(part) => self.give(Job::Begin { part, reply: self.reply.clone() }).await,
                Output::Transmit(_) | Output::PersistPin { .. } | Output::Reopen | Output::Help(_) => {}
            }
        }
    }
}
