//! What the process holds in RAM and loses with it: the fleet, the writer's queue, the shells of the modems, the loops.

use std::collections::BTreeSet;
use std::time::Duration;

use answerback::delivery::schedule::Claim;
use answerback::engine::fleet::Fleet;
use answerback::ids::WebhookId;
use answerback::store::Newest;
use answerback::time::Tick;
use tokio::sync::watch;

use super::shell::Shell;
use super::stop::Stop;
use super::task::{Task, restart};
use super::writer::Writer;
use super::{Sim, mutation::Mutation};

/// One life of the process.
pub(super) struct Ram {
    /// Which one.
    pub(super) life: u64,
    pub(super) fleet: Fleet,
    pub(super) changes: watch::Receiver<u64>,
    pub(super) writer: Writer<Task>,
    /// What the store did not take, and when it is offered again.
    pub(super) put_off: Vec<(Tick, Task)>,
    pub(super) shells: Vec<Shell>,
    pub(super) shell_count: u64,
    /// It was told to stop.
    pub(super) stop: Option<Stop>,
    /// Something was committed that a loop may wait for.
    pub(super) dirty: bool,
    /// The newest event it knows of.
    pub(super) events: i64,
    pub(super) dispatcher: Dispatcher,
    pub(super) expiry: Expiry,
    /// Steps of the wall clock that it has seen.
    pub(super) jumps: u64,
    /// Calls and look-ups under way, and when the next is due.
    pub(super) aloft: BTreeSet<i64>,
    pub(super) calls_wake: Option<Tick>,
    /// An http step has changed, or is no longer under way, since they were looked at.
    pub(super) calls_stale: bool,
    pub(super) hooks: Hooks,
    pub(super) errands: Errands,
    pub(super) rings: Rings,
}

/// Gives modems what is wanted of them besides texts and calls.
#[derive(Default)]
pub(super) struct Errands {
    /// Modems in a self-test are being looked for.
    pub(super) testing: bool,
    /// What is to be asked by USSD is being given to modems.
    pub(super) asking: bool,
}

/// Gives telephones to modems.
#[derive(Default)]
pub(super) struct Rings {
    pub(super) busy: bool,
    pub(super) wake: Option<Tick>,
}

/// Gives parts to modems.
#[derive(Default)]
pub(super) struct Dispatcher {
    pub(super) busy: bool,
    pub(super) wake: Option<Tick>,
    /// What no modem took and is still to be written as waiting.
    pub(super) back: Vec<Claim>,
}

/// Lets time pass.
pub(super) struct Expiry {
    pub(super) busy: bool,
    pub(super) wake: Option<Tick>,
    /// The newest rows that it has found.
    pub(super) before: Newest,
    pub(super) swept: Option<Tick>,
}

/// Tells subscribers.
#[derive(Default)]
pub(super) struct Hooks {
    pub(super) fanning: bool,
    /// The log or what is owed of it has changed, or a letter is no longer under way, since they were looked at.
    pub(super) stale: bool,
    pub(super) wake: Option<Tick>,
    pub(super) aloft: BTreeSet<(i64, WebhookId)>,
}

impl Ram {
    /// When something in it happens by itself next.
    pub(super) fn due(&self) -> Option<Tick> {
        let loops = [self.dispatcher.wake, self.expiry.wake, self.calls_wake, self.hooks.wake, self.rings.wake, self.writer.due()];
        let stop = self.stop.map(|stop| stop.until);
        let put_off = self.put_off.iter().map(|(at, _)| *at);
        loops.into_iter().flatten().chain(stop).chain(put_off).chain(self.shells.iter().filter_map(Shell::due)).min()
    }
}

impl Ram {
    /// Offers again what was put off until now.
    pub(super) fn offer_again(&mut self, now: Tick) {
        for (_, task) in self.put_off.extract_if(.., |(at, _)| *at <= now) {
            self.writer.push(now, task);
        }
    }
}

impl Sim {
    /// The process starts, when it is time: R0 first.
    pub(super) fn start(&mut self) {
        let now = self.tick();
        if self.ram.is_some() || self.start_at.is_none_or(|at| at > now) {
            return;
        }
        self.start_at = None;
        self.clock.follow(self.clock.ahead_ms());
        let recovered = match self.mutation {
            Some(Mutation::ForgetOpenAttempts) => Ok(()),
            Some(Mutation::RepostFromCalling) => self.repost(),
            Some(Mutation::ForgetUsage) => self.forget_usage(),
            Some(Mutation::RingAgain) => self.ring_again(),
            Some(Mutation::ForgetRings) => self.hiding_rings(|sim| sim.write(restart)),
            _ => self.write(restart),
        };
        if let Err(reject) = recovered {
            // A full disk: each modem does it before its first byte, as the daemon has it.
            self.note("box", format_args!("starts without R0: {reject}"));
        }
        self.commits += 1;
        let before = self.read(|reader| reader.newest_rows()).unwrap_or_default();
        let fleet = Fleet::default();
        let mut ram = Ram {
            life: self.commits,
            changes: fleet.changes(),
            fleet,
            writer: Writer::new(self.fsync),
            put_off: Vec::new(),
            shells: Vec::new(),
            shell_count: 0,
            stop: None,
            dirty: true,
            events: 0,
            dispatcher: Dispatcher::default(),
            expiry: Expiry { busy: false, wake: Some(now), before, swept: None },
            jumps: 0,
            aloft: BTreeSet::new(),
            calls_wake: None,
            calls_stale: true,
            hooks: Hooks { stale: true, ..Hooks::default() },
            errands: Errands::default(),
            rings: Rings::default(),
        };
        for modem in 0..self.ports.len() {
            let name = self.name_of(modem);
            ram.shell_count += 1;
            let from = now.plus(Duration::from_millis(100));
            ram.shells.push(Shell::new(ram.shell_count, modem, name.clone(), &ram.fleet, from));
            ram.writer.push(now, Task::Opened { name: name.clone(), port: name });
        }
        self.note("box", format_args!("starts"));
        self.ram = Some(ram);
    }

    /// The process ends as in a power cut: nothing is put down.
    pub(super) fn crash(&mut self, back: Duration) {
        self.note("box", format_args!("dies; it starts again after {back:?}"));
        self.ram = None;
        self.start_at = Some(self.tick().plus(back));
        for port in &mut self.ports {
            port.open = false;
            port.to_box.clear();
        }
    }

    /// What a port is called now.
    pub(super) fn name_of(&self, modem: usize) -> String {
        let super::Port { called, renamed, .. } = &self.ports[modem];
        if *renamed == 0 { format!("modem{called}") } else { format!("modem{called}-{renamed}") }
    }

    /// A restart that posts again what was being posted.
    fn repost(&mut self) -> Result<(), answerback::engine::Reject> {
        self.write(|work| {
            for mut call in work.tx.started_calls()? {
                call.state = answerback::terms::CallState::Queued;
                work.tx.save_call(&call)?;
            }
            answerback::engine::modems::restart(work)?;
            answerback::engine::doubt::restart(work, "restarted").map(drop)
        })
    }

    /// Everything in it that is due.
    pub(super) fn ram_runs(&mut self) {
        let now = self.tick();
        let landed = self.ram.as_mut().and_then(|ram| ram.writer.land(now));
        if let Some(batch) = landed {
            self.commit(batch);
        }
        self.shells_run();
        self.stopping();
    }

    /// Carries on until nothing more happens at this instant.
    pub(super) fn settle(&mut self) {
        // Each round either hands something over or ends; the bound is against a rig that goes round in circles.
        for _ in 0..10_000 {
            let moved = self.world_speaks() | self.commands_arrive() | self.clerks_write() | self.loops_look();
            if !moved {
                return;
            }
        }
        let words = "the box does not come to rest at one instant".to_owned();
        self.violation.get_or_insert(super::Violation { name: "rest", words });
    }
}
