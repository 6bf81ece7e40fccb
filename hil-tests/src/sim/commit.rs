//! Batches reach the disk, and what was waiting for them hears of it; crashes cut in front of a commit or behind it.

use std::time::Duration;

use answerback::engine::{Reject, submit};
use answerback::modem::io::{Input, ModemEvent, PinRefusal};
use answerback::store::Error;

use super::fault::{Moment, crash_name};
use super::loops::{ROUND, STORE_PAUSE};
use super::mutation::Mutation;
use super::shell::Phase;
use super::task::{ClerkJob, Done, Task};
use super::{Sim, invariant};

impl Sim {
    /// A batch is committed and answered; a crash that waits for one of its commits strikes here.
    pub(super) fn commit(&mut self, batch: Vec<Task>) {
        let cut = self.cut(&batch);
        self.too_early(&batch, cut.is_some_and(|(after, _)| !after));
        if let Some((after, back)) = cut {
            if after {
                for task in &batch {
                    // Nobody hears of it.
                    let _unanswered = self.execute(task);
                }
            }
            return self.crash(back);
        }
        let done: Vec<(Task, Result<Done, Reject>)> = batch
            .into_iter()
            .map(|task| {
                let done = self.execute(&task);
                (task, done)
            })
            .collect();
        let mut news = false;
        // An event wakes whoever tells it, also where it is about something that changes nothing else.
        let events = self.store.read(|reader| reader.newest_event()).unwrap_or_default();
        if let Some(ram) = self.ram.as_mut() {
            ram.dirty |= std::mem::replace(&mut ram.events, events) != events;
        }
        for (task, result) in done {
            // A state that was noted, a sweep that found nothing: no promise hangs on it.
            let routine = task.is_routine() || found_nothing(&task, &result);
            if !routine {
                news = true;
                self.trace.feed(self.clock.tick(), format!("{task:?}").as_bytes());
            }
            // What the disk did not take wakes no loop.
            if let Some(ram) = self.ram.as_mut() {
                ram.dirty |= !routine && result.is_ok();
            }
            self.landed(task, result);
        }
        self.commits += u64::from(news);
    }

    /// Takes the first crash that waits for one of these commits.
    fn cut(&mut self, batch: &[Task]) -> Option<(bool, Duration)> {
        self.batches += 1;
        let number = self.batches;
        let meant = |moment: Moment| {
            batch.iter().map(Task::commit).find(|commit| match moment {
                Moment::Next(wanted) => *commit == wanted,
                Moment::Number(wanted) => number == wanted,
            })
        };
        let (place, commit) = self.crash_at.iter().enumerate().find_map(|(place, (moment, ..))| Some((place, meant(*moment)?)))?;
        let (_, after, back) = self.crash_at.remove(place);
        self.coverage.count(crash_name(commit, after));
        Some((after, back))
    }

    fn execute(&mut self, task: &Task) -> Result<Done, Reject> {
        if let Task::Claim(views) = task {
            invariant::chooses(self, views);
        }
        match self.mutation {
            Some(mutation) => self.sabotage(mutation, task),
            None => self.perform(task),
        }
    }

    pub(super) fn perform(&mut self, task: &Task) -> Result<Done, Reject> {
        if matches!(task, Task::Due) && self.sets_clock {
            invariant::before_due(self);
        }
        let Task::Clerk { job: ClerkJob::Received { slot: Some(slot), .. }, .. } = task else {
            let done = self.write(|work| task.run(work));
            if let (Task::Resolve(id, _), Ok(_)) = (task, &done) {
                // Also where a crash keeps the answer from the person.
                self.human_acts.push(*id);
            }
            if let (Task::Jumped(jump), Ok(_)) = (task, &done) {
                self.clock.follow(jump.by_ms);
            }
            return done;
        };
        // The one answer that proves a commit: the slot may be deleted.
        let (now, shelf, chance) = (self.clock.now(), &self.shelf, &mut self.ids);
        let (mutation, bench) = (self.mutation, &mut self.bench);
        let stored = self.store.transact(|tx| {
            let book = bench.book(mutation, shelf.book(tx, now)?);
            task.run(&mut answerback::engine::Work { tx, now, chance, book: &book })?;
            Ok::<_, Reject>(slot.clone())
        });
        self.note_changes();
        stored.map(Done::Stored)
    }

    fn landed(&mut self, task: Task, result: Result<Done, Reject>) {
        if let Err(reject) = &result {
            let kind = task.commit();
            self.note("store", format_args!("refuses {kind:?}: {reject}"));
            if matches!(reject.cause, Some(Error::Full)) {
                self.coverage.count("disk full");
            }
        }
        if let (Task::Clerk { job: ClerkJob::Event(ModemEvent::Duplicate { attempt, .. }), .. }, Ok(_)) = (&task, &result) {
            self.duplicates.insert(*attempt);
        }
        match task {
            Task::Clerk { shell, life, job, .. } => self.clerk_hears(shell, life, &job, result),
            Task::Claim(_) => self.claimed(result),
            Task::GiveBack(_) => self.given_back(&result),
            Task::Due => self.fired(&result),
            Task::Jumped(_) => self.jumped(result.is_ok()),
            Task::CallStart(id) => match result {
                Ok(Done::Start(Some(_))) if self.sabotaged(Mutation::PostBeforeCommit) => {}
                Ok(Done::Start(Some(started))) => self.call_leaves(started, false),
                Ok(_) | Err(_) => self.call_over(id),
            },
            Task::LookStart(id) => match result {
                Ok(Done::Prepared(started)) => self.call_leaves(started, true),
                Ok(_) | Err(_) => self.call_over(id),
            },
            Task::CallEnd(id, _) | Task::LookEnd(id, _) => match result {
                Err(reject) if is_later(&reject) => self.again(task),
                Ok(_) | Err(_) => self.call_over(id),
            },
            Task::FanOut => {
                if let Some(ram) = self.ram.as_mut() {
                    (ram.hooks.fanning, ram.hooks.stale) = (false, true);
                }
            }
            Task::Hook(ref landed) => {
                let id = (landed.0.id, landed.0.webhook);
                match result {
                    Err(reject) if is_later(&reject) => self.again(task),
                    Ok(_) | Err(_) => {
                        if let Some(ram) = self.ram.as_mut() {
                            ram.hooks.aloft.remove(&id);
                            ram.hooks.stale = true;
                        }
                    }
                }
            }
            Task::Office(number, _) => self.office_hears(number, result),
            Task::Desk(deed, _) => {
                if result.is_ok() {
                    self.coverage.count(deed.name());
                }
            }
            Task::Tests => self.modems_are_tested(result),
            Task::Rings(_) => self.telephones_ring(result),
            Task::Ussds if result.as_ref().is_err_and(is_later) => self.again(task),
            Task::Ussds => self.networks_are_asked(result),
            Task::RingNotGiven(_) | Task::UssdNotGiven(..) => {
                if result.as_ref().is_err_and(is_later) {
                    self.again(task);
                }
            }
            Task::RingCancel => {
                if result.is_ok() {
                    self.coverage.count("a call is taken back");
                }
            }
            Task::Resolve(..) | Task::Opened { .. } | Task::SelfTest(_) | Task::TestNotGiven(_) | Task::Ring(_) | Task::Ussd(_) => {}
        }
    }

    /// What was due is done; all of it, when nothing was due any more.
    fn fired(&mut self, result: &Result<Done, Reject>) {
        let now = self.tick();
        let Some(ram) = self.ram.as_mut() else { return };
        ram.expiry.busy = false;
        match result {
            Ok(Done::Fired(0)) => (ram.expiry.swept, ram.expiry.wake) = (Some(now), Some(now)),
            Ok(Done::Fired(_)) => {}
            Ok(_) | Err(_) => ram.expiry.wake = Some(now.plus(STORE_PAUSE)),
        }
    }

    /// What hung on the clock that was set has been moved, or not yet.
    fn jumped(&mut self, moved: bool) {
        let now = self.tick();
        let Some(ram) = self.ram.as_mut() else { return };
        // It may have been set again meanwhile.
        (ram.expiry.busy, ram.expiry.wake) = (false, Some(if moved { now } else { now.plus(STORE_PAUSE) }));
        if moved {
            ram.jumps += 1;
            (ram.hooks.stale, ram.calls_stale) = (true, true);
            self.coverage.count("clock jump seen");
        }
    }

    /// What could not be written now is written after a pause.
    fn again(&mut self, task: Task) {
        let later = self.tick().plus(STORE_PAUSE);
        if let Some(ram) = self.ram.as_mut() {
            ram.put_off.push((later, task));
        }
    }

    fn call_over(&mut self, id: i64) {
        if let Some(ram) = self.ram.as_mut() {
            ram.aloft.remove(&id);
            ram.calls_stale = true;
        }
    }

    fn claimed(&mut self, result: Result<Done, Reject>) {
        let (tick, now) = (self.tick(), self.now());
        let (twice, forgets) = (self.sabotaged(Mutation::ClaimToTwo), self.sabotaged(Mutation::ForgetGiveBack));
        let Some(ram) = self.ram.as_mut() else { return };
        ram.dispatcher.busy = false;
        match result {
            Ok(Done::Claimed(claims)) => {
                for (claim, submission) in claims {
                    for other in ram.fleet.views().iter().filter(|other| twice && other.imei != claim.imei) {
                        ram.fleet.submit(&other.imei, submission.clone(), now);
                    }
                    if !ram.fleet.submit(&claim.imei, submission, now) && !forgets {
                        ram.dispatcher.back.push(claim);
                    }
                }
            }
            Ok(_) | Err(_) => ram.dispatcher.wake = Some(tick.plus(STORE_PAUSE)),
        }
    }

    fn modems_are_tested(&mut self, result: Result<Done, Reject>) {
        let now = self.tick();
        let Some(ram) = self.ram.as_mut() else { return };
        ram.errands.testing = false;
        let Ok(Done::Tests(tests)) = result else { return };
        for (id, modem) in tests {
            if !ram.fleet.look(&modem) {
                ram.writer.push(now, Task::TestNotGiven(id));
            }
        }
    }

    /// Modems are given what to ask their networks; one that is gone meanwhile asks nothing.
    fn networks_are_asked(&mut self, result: Result<Done, Reject>) {
        let now = self.tick();
        let Some(ram) = self.ram.as_mut() else { return };
        ram.errands.asking = false;
        let Ok(Done::Ussds(asked)) = result else { return };
        for (modem, errand) in asked {
            let id = errand.id;
            if !ram.fleet.ussd(&modem, errand) {
                ram.writer.push(now, Task::UssdNotGiven(modem, id));
            }
        }
    }

    /// Modems are given whom they ring; one that is gone meanwhile rings nobody.
    fn telephones_ring(&mut self, result: Result<Done, Reject>) {
        let now = self.tick();
        let (twice, long) = (self.sabotaged(Mutation::RingOnTwo), self.sabotaged(Mutation::RingForAnHour));
        let Some(ram) = self.ram.as_mut() else { return };
        ram.rings.busy = false;
        let Ok(Done::Rings(given)) = result else {
            ram.rings.wake = Some(now.plus(STORE_PAUSE));
            return;
        };
        if given.is_empty() {
            ram.rings.wake = Some(now.plus(ROUND));
        }
        for (modem, mut errand) in given {
            if long {
                errand.ring_for = Duration::from_hours(1);
            }
            for (other, _) in ram.fleet.ringers().iter().filter(|(other, _)| twice && *other != modem) {
                ram.fleet.ring(other, errand.clone());
            }
            let id = errand.id;
            if !ram.fleet.ring(&modem, errand) {
                ram.writer.push(now, Task::RingNotGiven(id));
            }
        }
    }

    fn given_back(&mut self, result: &Result<Done, Reject>) {
        let tick = self.tick();
        let Some(ram) = self.ram.as_mut() else { return };
        ram.dispatcher.busy = false;
        match result {
            Err(reject) if reject.cause.is_some() => {
                // Nothing else is handed out before this is written.
                ram.dirty = false;
                ram.dispatcher.wake = Some(tick.plus(STORE_PAUSE));
            }
            Ok(_) | Err(_) => drop(ram.dispatcher.back.remove(0)),
        }
    }

    fn office_hears(&mut self, number: usize, result: Result<Done, Reject>) {
        let Some(request) = self.office.request_mut(number) else { return };
        match result {
            Ok(Done::Said(said)) => (request.told, request.said) = (true, Some(said)),
            // 507 and 503: the client asks again.
            Err(reject) if reject.cause.is_some() => {}
            Err(reject) => request.refused = Some(reject.code),
            Ok(_) => {}
        }
    }

    fn clerk_hears(&mut self, id: u64, life: u64, job: &ClerkJob, result: Result<Done, Reject>) {
        let now = self.tick();
        let forgets = self.sabotaged(Mutation::ForgetOnFullDisk);
        let Some(ram) = self.ram.as_mut() else { return };
        let Some(place) = ram.shells.iter().position(|shell| shell.id == id) else { return };
        let shell = &mut ram.shells[place];
        if result.as_ref().is_err_and(is_later) && job.insists() && !forgets {
            return shell.clerk.wait(now);
        }
        shell.clerk.written();
        let serving = shell.driver.is_some() && shell.life == life && matches!(shell.phase, Phase::Serving | Phase::Ending { .. });
        match (job, result) {
            (ClerkJob::Recover, _) => self.recovered(place),
            (ClerkJob::Begin(_), result) if serving && !self.sabotaged(Mutation::SendBeforeCommit) => {
                let input = match result {
                    Ok(Done::Begun(submit::Begin::Go { attempt })) => Input::AttemptCommitted { attempt },
                    Ok(Done::Begun(submit::Begin::Denied { .. })) if self.is_reckless() => Input::AttemptCommitted { attempt: 0 },
                    Ok(_) | Err(_) => Input::AttemptDenied,
                };
                self.feed(place, input);
                self.end_if_done(place);
            }
            (ClerkJob::Pin { .. }, result) if serving => {
                let input = match result {
                    Ok(Done::Pin(Ok(pin))) => Input::PinPersisted(pin),
                    Ok(Done::Pin(Err(why))) => Input::PinDenied(why),
                    Ok(_) | Err(_) => Input::PinDenied(PinRefusal::NotNoted),
                };
                self.feed(place, input);
            }
            (ClerkJob::Received { .. }, Ok(Done::Stored(slot))) if serving && !self.lies_about_slots() => {
                self.feed(place, Input::Stored(slot));
            }
            (ClerkJob::Received { slot: Some(slot), .. }, Err(_)) if serving && self.sabotaged(Mutation::DeleteOnFullDisk) => {
                self.lie(place, slot.clone());
            }
            (ClerkJob::Begin(_) | ClerkJob::Pin { .. } | ClerkJob::Received { .. } | ClerkJob::GiveBack(_) | ClerkJob::Event(_), _) => {}
        }
    }
}

/// A sweep that found nothing.
fn found_nothing(task: &Task, result: &Result<Done, Reject>) -> bool {
    match (task, result) {
        (Task::Due, Ok(Done::Fired(0))) => true,
        (Task::Rings(_), Ok(Done::Rings(given))) => given.is_empty(),
        (Task::Ussds, Ok(Done::Ussds(asked))) => asked.is_empty(),
        _ => false,
    }
}

fn is_later(reject: &Reject) -> bool {
    matches!(reject.cause, Some(Error::Full | Error::Busy(_) | Error::Later(_)))
}
