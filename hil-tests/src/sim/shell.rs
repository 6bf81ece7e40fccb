//! The rig's own copy of a modem's shell (`src/serial`): port, driver and clerk of one modem, in simulated time.
//!
//! ```text
//! Resting ── port there ──► Recovering ── R0 written ──► Serving ── lost ──► Ending ── R0 written ──► Resting
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use answerback::engine::fleet::Fleet;
use answerback::modem::driver::Driver;
use answerback::modem::io::ModemCommand;
use answerback::time::Tick;
use tokio::sync::mpsc::Receiver;

use super::task::ClerkJob;

/// A modem's shell.
pub(super) struct Shell {
    pub(super) id: u64,
    pub(super) modem: usize,
    pub(super) name: String,
    pub(super) phase: Phase,
    pub(super) driver: Option<Driver>,
    /// Each driver has its own: no answer reaches the next one.
    pub(super) life: u64,
    pub(super) commands: Receiver<ModemCommand>,
    pub(super) clerk: Clerk,
    pub(super) served_since: Option<Tick>,
    pub(super) pause: Duration,
    /// Its port has come back under another name: when its last jobs are written it is gone.
    pub(super) leaving: bool,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Looks for its port from then on.
    Resting { until: Tick },
    /// The port is open; R0 is being written.
    Recovering,
    /// A driver speaks.
    Serving,
    /// The driver asked for the port to be opened anew.
    Reopening { at: Tick, since: Tick },
    /// The port is lost and the driver owes the outcome of an attempt whose row is being written.
    Ending { until: Tick },
    /// R0 after a loss is being written.
    Burying,
}

/// The paperwork of one modem: one job after the other.
#[derive(Debug, Default)]
pub(super) struct Clerk {
    pub(super) sim: String,
    pub(super) jobs: VecDeque<(u64, ClerkJob)>,
    pub(super) busy: bool,
    pub(super) again_at: Option<Tick>,
    pause: Duration,
}

/// `Pace::default()` of the product.
pub(super) const REST_MIN: Duration = Duration::from_secs(1);
pub(super) const REST_MAX: Duration = Duration::from_mins(5);
pub(super) const PROVEN: Duration = Duration::from_mins(1);
pub(super) const POLL: Duration = Duration::from_secs(2);
pub(super) const REOPEN: Duration = Duration::from_secs(1);
pub(super) const REOPEN_MAX: Duration = Duration::from_secs(10);
pub(super) const GRACE: Duration = Duration::from_secs(10);
/// First and longest pause before the store is asked again.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Jobs in front of a clerk: `serial::clerk` takes no more.
pub(super) const JOBS_MAX: usize = 512;

impl Shell {
    pub(super) fn new(id: u64, modem: usize, name: String, fleet: &Fleet, from: Tick) -> Self {
        let commands = fleet.join(&name);
        Self {
            id,
            modem,
            name,
            phase: Phase::Resting { until: from },
            driver: None,
            life: 0,
            commands,
            clerk: Clerk::default(),
            served_since: None,
            pause: REST_MIN,
            leaving: false,
        }
    }

    /// Hands the clerk a job.
    pub(super) fn give(&mut self, job: ClerkJob) {
        self.clerk.jobs.push_back((self.life, job));
    }

    /// When something happens by itself next.
    pub(super) fn due(&self) -> Option<Tick> {
        let own = match self.phase {
            Phase::Resting { until } if !self.leaving => Some(until),
            Phase::Reopening { at, .. } => Some(at),
            Phase::Ending { until } => Some(until),
            Phase::Serving => self.driver.as_ref().and_then(Driver::poll_timeout),
            Phase::Resting { .. } | Phase::Recovering | Phase::Burying => None,
        };
        let clerk = self.clerk.again_at.filter(|_| !self.clerk.busy);
        own.into_iter().chain(clerk).min()
    }

    /// The pause before the port is opened again.
    pub(super) fn rest(&mut self, now: Tick) {
        if self.served_since.take().is_some_and(|since| now.since(since) >= PROVEN) {
            self.pause = REST_MIN;
        }
        self.phase = Phase::Resting { until: now.plus(self.pause) };
        self.pause = (self.pause * 2).min(REST_MAX);
    }
}

impl Clerk {
    /// The job to write now, if it is time.
    pub(super) fn next(&mut self, now: Tick) -> Option<(u64, ClerkJob)> {
        if self.busy || self.again_at.is_some_and(|at| at > now) {
            return None;
        }
        let job = self.jobs.front().cloned()?;
        (self.busy, self.again_at) = (true, None);
        Some(job)
    }

    /// It is written, or given up.
    pub(super) fn written(&mut self) {
        self.jobs.pop_front();
        (self.busy, self.pause) = (false, PAUSE_MIN);
    }

    /// The store cannot take it now.
    pub(super) fn wait(&mut self, now: Tick) {
        self.pause = self.pause.max(PAUSE_MIN);
        (self.busy, self.again_at) = (false, Some(now.plus(self.pause)));
        self.pause = (self.pause * 2).min(PAUSE_MAX);
    }
}
