//! The modem's paperwork: what a driver tells becomes jobs of the writer, one after the other, and what the writer
//! committed goes back as the driver's next input. It outlives the driver, so that an outcome is never lost with a port.
//!
//! It decides nothing: every rule is in `engine`. What the store could not take now (busy, disk full) is tried again, and a
//! message that waits meanwhile stays on its SIM.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tracing::{debug, error, info, warn};

use super::Shared;
use crate::committed::{Committed, Slot};
use crate::engine::{Reject, Work, doubt, pin, receive, ring, submit, told, ussd};
use crate::modem::io::{Identity, Input, ModemEvent, PartKey, Pin, PinRefusal};
use crate::store::{Error, Queue};
use crate::terms::{Rung, Word};

/// What has to be written.
#[derive(Debug)]
pub(super) enum Job {
    /// `Output::Persist`.
    Begin { part: PartKey, reply: Reply },
    /// `Output::PersistPin`.
    Pin { sim: String, imei: String, reply: Reply },
    /// R0 of this modem, behind everything its last driver told.
    Recover { done: oneshot::Sender<usize> },
    /// A command that no driver will see.
    GiveBack(PartKey),
    /// What the supervisor or a driver that ended told.
    Event(ModemEvent),
    /// What a driver read from a slot; it waits for the answer.
    Received { hex: String, slot: Option<Slot>, live: bool, reply: Reply },
}

/// Where an answer goes: each life of a driver has its own, so that no answer reaches the next one.
pub(super) type Reply = mpsc::Sender<Answer>;

/// What goes back to the driver.
#[derive(Debug)]
pub(super) enum Answer {
    Stored(Committed<Slot>),
    AttemptCommitted { attempt: i64 },
    AttemptDenied,
    PinPersisted(Pin),
    PinDenied(PinRefusal),
}

impl Answer {
    pub(super) fn into_input(self) -> Input<'static> {
        match self {
            Self::Stored(slot) => Input::Stored(slot),
            Self::AttemptCommitted { attempt } => Input::AttemptCommitted { attempt },
            Self::AttemptDenied => Input::AttemptDenied,
            Self::PinPersisted(pin) => Input::PinPersisted(pin),
            Self::PinDenied(why) => Input::PinDenied(why),
        }
    }
}

/// The clerk of one modem.
pub(super) struct Clerk {
    shared: Shared,
    name: String,
    sim: String,
}

/// Jobs in front of the clerk: a driver tells a few per second, a sweep of a full memory 255 at once.
pub(super) const JOBS_MAX: usize = 512;
/// First and longest pause before the store is asked again.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);

impl Clerk {
    pub(super) fn new(shared: Shared, name: String) -> Self {
        Self { shared, name, sim: String::new() }
    }

    /// Works until nobody gives it jobs any more.
    pub(super) async fn work(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(job) = jobs.recv().await {
            match job {
                Job::Begin { part, reply } => answer(&reply, Some(self.begin(part).await)).await,
                Job::Pin { sim, imei, reply } => answer(&reply, Some(self.pin(sim, imei).await)).await,
                Job::Recover { done } => self.recover(done).await,
                Job::GiveBack(part) => {
                    self.insist("give a part back", move |work| submit::aborted(work, &part, None, "the modem was lost")).await;
                }
                Job::Event(event) => self.event(event).await,
                Job::Received { hex, slot, live, reply } => answer(&reply, self.received(hex, slot, live).await).await,
            }
        }
    }

    /// R0: what the last driver left open is in doubt, what it had only claimed waits again.
    async fn recover(&mut self, done: oneshot::Sender<usize>) {
        let (name, found) = (self.name.clone(), std::sync::Arc::new(AtomicUsize::new(0)));
        let count = std::sync::Arc::clone(&found);
        let note = move |work: &mut Work<'_, '_>| {
            count.store(doubt::restart_modem(work, &name, "restarted")?, Ordering::Relaxed);
            ussd::restart_modem(work, &name)?;
            ring::restart_modem(work, &name)?;
            Ok(())
        };
        self.insist("take over what was open", note).await;
        self.remember_sim().await;
        // The supervisor waits as long as it lives.
        let _ended = done.send(found.load(Ordering::Relaxed));
    }

    /// What a modem tells before it has told its SIM (a late reference, a text it shows) is about the SIM it had: it only tells
    /// that if it kept its settings, and so its power.
    async fn remember_sim(&mut self) {
        let name = self.name.clone();
        if self.sim.is_empty()
            && let Ok(Some(modem)) = self.shared.engine.read(move |reader| reader.modem(&name)).await
        {
            self.sim = modem.iccid.unwrap_or_default();
        }
    }

    /// W1. A store that cannot take the row denies the attempt: nothing goes out without it.
    async fn begin(&self, part: PartKey) -> Answer {
        let (key, sim, name) = (part, self.sim.clone(), self.name.clone());
        let begun = self
            .shared
            .engine
            .run_named("begin an attempt", Queue::Modems, move |work| submit::begin_attempt(work, &key, &sim, &name))
            .await;
        match begun.map(Committed::into_inner) {
            Ok(submit::Begin::Go { attempt }) => Answer::AttemptCommitted { attempt },
            Ok(submit::Begin::Denied { why }) => {
                info!(modem = %self.name, part.message = %part.message, "Part {} of {} is not sent: {why}", part.seq, part.message);
                Answer::AttemptDenied
            }
            Err(reject) => {
                warn!(modem = %self.name, part.message = %part.message, "Part {} of {} cannot be sent now: {reject}", part.seq, part.message);
                Answer::AttemptDenied
            }
        }
    }

    async fn pin(&self, sim: String, imei: String) -> Answer {
        let name = self.name.clone();
        let note = move |work: &mut Work<'_, '_>| pin::try_once(work, pin::Locked { modem: &name, sim: &sim, imei: &imei });
        let noted = self.shared.engine.run(Queue::Modems, note).await;
        match noted.map(Committed::into_inner) {
            Ok(Ok(pin)) => Answer::PinPersisted(pin),
            Ok(Err(why)) => Answer::PinDenied(why),
            Err(reject) => {
                warn!(modem = %self.name, "The PIN of {} is not sent, because its note could not be written: {reject}", self.name);
                Answer::PinDenied(PinRefusal::NotNoted)
            }
        }
    }

    async fn event(&mut self, event: ModemEvent) {
        self.log(&event);
        match event {
            // Its slot keeps it where no driver waits for the answer.
            ModemEvent::Received { hex, slot, live } => drop(self.received(hex, slot, live).await),
            // A matter of the fleet or of the log alone.
            ModemEvent::Free | ModemEvent::Settled | ModemEvent::Noise(_) | ModemEvent::At { .. } | ModemEvent::Ports(_) => {}
            // The next of its kind comes within a minute.
            ModemEvent::Signal(_) | ModemEvent::Registration { .. } | ModemEvent::Storage { .. } | ModemEvent::NetworkTime { .. } => {
                self.try_once(event).await;
            }
            ModemEvent::Identity(ref identity) => {
                self.sim.clone_from(&identity.iccid);
                self.insist_event(event).await;
            }
            ModemEvent::Submitted { .. }
            | ModemEvent::Refused { .. }
            | ModemEvent::Aborted { .. }
            | ModemEvent::InDoubt { .. }
            | ModemEvent::Duplicate { .. }
            | ModemEvent::Kept { .. }
            | ModemEvent::Reference(_)
            | ModemEvent::OwnNumber(_)
            | ModemEvent::Orphan { .. }
            | ModemEvent::Ready
            | ModemEvent::NotReady { .. }
            | ModemEvent::Ussd { .. }
            | ModemEvent::Called { .. }
            | ModemEvent::Rang { .. }
            | ModemEvent::PinAccepted { .. }
            | ModemEvent::Rung { .. }
            | ModemEvent::Supply(_)
            | ModemEvent::Fell
            | ModemEvent::Deaf
            | ModemEvent::CannotReceive
            | ModemEvent::Unsaid => self.insist_event(event).await,
        }
    }

    fn log(&self, event: &ModemEvent) {
        let name = &self.name;
        match event {
            ModemEvent::Submitted { part, mr, .. } => {
                info!(modem = %name, part.message = %part.message, "Part {} of {} submitted as MR {mr}", part.seq, part.message);
            }
            ModemEvent::Refused { part, code, .. } => {
                info!(modem = %name, part.message = %part.message, code, "Part {} of {} was refused", part.seq, part.message);
            }
            ModemEvent::Aborted { part, why, .. } => {
                debug!(modem = %name, part.message = %part.message, "Part {} of {} was not sent: {why}", part.seq, part.message);
            }
            ModemEvent::InDoubt { part, reason, .. } => {
                warn!(modem = %name, part.message = %part.message, "Part {} of {} is in doubt: {reason}", part.seq, part.message);
            }
            ModemEvent::Duplicate { part, .. } => {
                info!(modem = %name, part.message = %part.message, "Part {} of {} was refused as a duplicate", part.seq, part.message);
            }
            ModemEvent::Identity(Identity { imei, iccid, manufacturer, model, .. }) => {
                info!(modem = %name, imei, iccid, "Modem {name} is a {manufacturer} {model}");
            }
            ModemEvent::NotReady { code, words } => warn!(modem = %name, code, "Modem {name} cannot send: {words}"),
            ModemEvent::Ussd { id, tries, .. } => info!(modem = %name, ussd = id, tries, "A USSD exchange of {name} ended"),
            ModemEvent::Rung { rung, ailment } => {
                warn!(modem = %name, rung = rung.word(), ailment = ailment.word(), "Modem {name} is helped: {}", helps(*rung));
            }
            ModemEvent::Deaf => {
                warn!(modem = %name, "Modem {name} had stopped telling of texts; it is set up again and they are looked for");
            }
            ModemEvent::CannotReceive => warn!(modem = %name, "Modem {name} has no memory that can be read: it can receive nothing"),
            ModemEvent::Unsaid => warn!(modem = %name, "Modem {name} does not tell of texts that come; it is looked through every minute"),
            ModemEvent::Fell => warn!(modem = %name, "Modem {name} started by itself, or went away with a text in hand"),
            ModemEvent::Supply(supply) => warn!(modem = %name, "Modem {name} says that its supply is bad: {supply:?}"),
            ModemEvent::Called { rings, rejected, .. } => info!(modem = %name, rings, rejected, "Somebody called {name}"),
            ModemEvent::Rang { id, rang, .. } => info!(modem = %name, ring = id, rang, "A call of {name} is over"),
            ModemEvent::Settled => debug!(modem = %name, "The port of {name} is quiet and answers"),
            ModemEvent::Noise(line) => debug!(modem = %name, "Modem {name} said: {line}"),
            ModemEvent::Orphan { .. }
            | ModemEvent::Kept { .. }
            | ModemEvent::Reference(_)
            | ModemEvent::OwnNumber(_)
            | ModemEvent::Ready
            | ModemEvent::Free
            | ModemEvent::At { .. }
            | ModemEvent::PinAccepted { .. }
            | ModemEvent::Received { .. }
            | ModemEvent::Signal(_)
            | ModemEvent::NetworkTime { .. }
            | ModemEvent::Ports(_)
            | ModemEvent::Registration { .. }
            | ModemEvent::Storage { .. } => {}
        }
    }

    /// A text that is not committed keeps its slot, and the driver tells it again after a while; or it is not acknowledged, and the network
    /// sends it again.
    async fn received(&self, hex: String, slot: Option<Slot>, live: bool) -> Option<Answer> {
        let shown = slot.is_none();
        let arrival = receive::Arrival { sim: self.sim.clone(), modem: self.name.clone(), hex, slot, live };
        if shown {
            // What was shown directly lies nowhere else.
            self.insist("store what was shown", move |work| receive::pdu(work, &arrival).map(drop)).await;
            return None;
        }
        match self.shared.engine.run_named("take what was read", Queue::Modems, move |work| receive::pdu(work, &arrival)).await {
            Ok(slot) => Some(Answer::Stored(slot)),
            Err(reject) => {
                error!(modem = %self.name, "A text on modem {} could not be stored and stays where it is: {reject}", self.name);
                None
            }
        }
    }

    async fn insist_event(&self, event: ModemEvent) {
        let (name, sim) = (self.name.clone(), self.sim.clone());
        self.insist(told::job(&event), move |work| told::event(work, &name, &sim, &event)).await;
    }

    async fn try_once(&self, event: ModemEvent) {
        let (name, sim) = (self.name.clone(), self.sim.clone());
        let noted = self.shared.engine.run(Queue::Modems, move |work| told::event(work, &name, &sim, &event)).await;
        if let Err(reject) = noted {
            warn!(modem = %self.name, "Could not note the state of modem {}: {reject}", self.name);
        }
    }

    /// Has something written, again and again while the store cannot take it. A refusal or the end of the daemon ends it:
    /// at the next start an open attempt is in doubt, which is the truth.
    async fn insist(&self, what: &'static str, note: impl Fn(&mut Work<'_, '_>) -> Result<(), Reject> + Send + Sync + 'static) {
        let note = std::sync::Arc::new(note);
        let mut pause = PAUSE_MIN;
        loop {
            let again = std::sync::Arc::clone(&note);
            let Err(reject) = self.shared.engine.run_named(what, Queue::Modems, move |work| again(work)).await else { return };
            match reject.cause {
                Some(Error::Full | Error::Busy(_) | Error::Later(_)) => {
                    warn!(modem = %self.name, "Could not {what} for modem {}, trying again: {reject}", self.name);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Some(
                    Error::Corrupt(_)
                    | Error::Closed
                    | Error::Panicked
                    | Error::Newer { .. }
                    | Error::Unfinished { .. }
                    | Error::InUse { .. }
                    | Error::Directory { .. }
                    | Error::Row { .. }
                    | Error::Constraint(_)
                    | Error::Sqlite(_),
                )
                | None => {
                    error!(modem = %self.name, "Could not {what} for modem {}: {reject}", self.name);
                    return;
                }
            }
        }
    }
}

/// Without a driver nobody waits for it; what it says is in the store.
async fn answer(reply: &Reply, answer: Option<Answer>) {
    if let Some(answer) = answer {
        let _no_driver = reply.send(answer).await;
    }
}

/// What a rung of the ladder does.
const fn helps(rung: Rung) -> &'static str {
    match rung {
        Rung::Settings => "everything is set again",
        Rung::Reopen => "its port is closed and opened",
        Rung::Radio => "its radio is switched off and on",
        Rung::Reset => "it is reset",
        Rung::UsbReset => "its USB device is reset",
        Rung::Power => "its power is switched off and on",
    }
}
