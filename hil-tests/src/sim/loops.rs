//! The rig's own copies of the loops that wait: dispatcher, expiry, http steps, webhooks. What they do is the product's.

use std::time::Duration;

use answerback::courier::{Letter, Sent};
use answerback::delivery::schedule;
use answerback::endpoint::request::Started;
use answerback::endpoint::verdict;
use answerback::engine::{expire, queue, ring, selftest};
use answerback::store::{ClockJump, Delivery, Ussd, UssdState};
use answerback::terms::CallState;
use answerback::time::steady::is_jump;
use answerback::time::{Tick, Timestamp};
use answerback::webhook::{fan_out, request};

use super::mutation::Mutation;
use super::task::Task;
use super::{Flight, Sim};

/// What a request was sent for.
pub(super) enum Errand {
    Call(Box<Started>),
    LookUp(Box<Started>),
    Hook(Box<Delivery>),
}

/// Messages without a report have no due time of their own: `timers::expiry` looks for them this often.
const SWEEP: Duration = Duration::from_mins(1);
/// After the store said no.
pub(super) const STORE_PAUSE: Duration = Duration::from_secs(1);
/// `timers::errands` looks this often.
pub(super) const ROUND: Duration = Duration::from_secs(5);
/// Over the local network and back.
const ROUND_TRIP: Duration = Duration::from_millis(4);
const ROWS: u32 = 64;

impl Sim {
    /// Every loop looks for what is due; whether one found something to do at once.
    pub(super) fn loops_look(&mut self) -> bool {
        let now = self.tick();
        let Some(ram) = self.ram.as_mut() else { return false };
        ram.offer_again(now);
        let fleet_changed = ram.changes.has_changed().unwrap_or(false);
        if fleet_changed {
            ram.changes.mark_unchanged();
        }
        let dirty = std::mem::take(&mut ram.dirty);
        let due = |wake: Option<Tick>| wake.is_some_and(|at| at <= now);
        let (dispatch, expire) = (dirty || fleet_changed || due(ram.dispatcher.wake), dirty || due(ram.expiry.wake));
        // These look at nothing but their own rows.
        let calls = (dirty && ram.calls_stale) || due(ram.calls_wake);
        let hooks = (dirty && ram.hooks.stale) || due(ram.hooks.wake);
        let rings = dirty || due(ram.rings.wake);
        let mut moved = false;
        if dispatch {
            moved |= self.dispatch();
        }
        if expire {
            moved |= self.expire();
        }
        if calls {
            moved |= self.calls();
        }
        if hooks {
            moved |= self.hooks();
        }
        if dirty {
            moved |= self.tests();
            moved |= self.ussds();
        }
        if rings {
            moved |= self.rings();
        }
        moved
    }

    /// `timers::errands`, as far as it is about self-tests.
    fn tests(&mut self) -> bool {
        let (tick, now) = (self.tick(), self.now());
        let due = self.store.read(|reader| selftest::is_due(reader, now)).unwrap_or(false);
        let Some(ram) = self.ram.as_mut().filter(|ram| due && !ram.errands.testing) else { return false };
        ram.errands.testing = true;
        ram.writer.push(tick, Task::Tests);
        true
    }

    /// `timers::errands`, as far as it is about USSD.
    fn ussds(&mut self) -> bool {
        let tick = self.tick();
        let waits = |open: Vec<Ussd>| open.iter().any(|row| row.state == UssdState::Waiting);
        let due = self.store.read(|reader| reader.ussds_open()).is_ok_and(waits);
        let Some(ram) = self.ram.as_mut().filter(|ram| due && !ram.errands.asking) else { return false };
        ram.errands.asking = true;
        ram.writer.push(tick, Task::Ussds);
        true
    }

    /// `timers::errands`, as far as it is about telephones that are rung.
    fn rings(&mut self) -> bool {
        let (tick, now) = (self.tick(), self.now());
        let read = self.store.read(|reader| Ok::<_, answerback::store::Error>((ring::next_due(reader)?, ring::unwanted(reader)?)));
        let Ok((due, unwanted)) = read else { return false };
        let wake = self.tick_of(due).filter(|at| *at > tick);
        let Some(ram) = self.ram.as_mut() else { return false };
        for (modem, id) in &unwanted {
            ram.fleet.end_ring(modem, *id);
        }
        let moved = !unwanted.is_empty();
        ram.rings.wake = wake;
        if ram.rings.busy || due.is_none_or(|due| due > now) {
            return moved;
        }
        ram.rings.busy = true;
        let ringers = ram.fleet.ringers();
        ram.writer.push(tick, Task::Rings(ringers));
        true
    }

    /// The tick at which the wall clock will show `at`, as it is set now.
    pub(super) fn tick_at(&self, at: Timestamp) -> Tick {
        let wait = at.ms_since(self.now());
        self.tick().plus(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
    }

    fn tick_of(&self, at: Option<Timestamp>) -> Option<Tick> {
        at.map(|at| self.tick_at(at))
    }

    fn dispatch(&mut self) -> bool {
        let (tick, now) = (self.tick(), self.now());
        let Some(ram) = self.ram.as_mut() else { return false };
        ram.dispatcher.wake = None;
        if ram.dispatcher.busy {
            return false;
        }
        if let Some(claim) = ram.dispatcher.back.first().cloned() {
            ram.dispatcher.busy = true;
            ram.writer.push(tick, Task::GiveBack(claim));
            return true;
        }
        let views = ram.fleet.views();
        let (waiting, next) = self.store.read(|reader| (queue::waiting(reader, now), queue::next_change(reader, now)));
        let waiting = waiting.unwrap_or_default();
        if !schedule::next(&waiting, &views, now).is_empty() {
            let Some(ram) = self.ram.as_mut() else { return false };
            ram.dispatcher.busy = true;
            ram.writer.push(tick, Task::Claim(views));
            return true;
        }
        let next = next.ok().flatten().into_iter().chain(schedule::next_late(&views, now)).min();
        let wake = self.tick_of(next).filter(|at| *at > tick);
        if let Some(ram) = self.ram.as_mut() {
            ram.dispatcher.wake = wake;
        }
        false
    }

    fn expire(&mut self) -> bool {
        let (tick, now) = (self.tick(), self.now());
        let Some(ram) = self.ram.as_mut() else { return false };
        ram.expiry.wake = None;
        if ram.expiry.busy {
            return false;
        }
        let next = self.store.read(expire::next).ok().flatten();
        let wake = self.tick_of(next);
        let Some(ram) = self.ram.as_mut() else { return false };
        let swept = ram.expiry.swept.is_none_or(|last| tick.since(last) >= SWEEP);
        let by_ms = self.clock.ahead_ms();
        if is_jump(by_ms) {
            ram.expiry.busy = true;
            ram.writer.push(tick, Task::Jumped(ClockJump { from: now, by_ms, before: ram.expiry.before.clone() }));
            return true;
        }
        // What stays due though it was looked at is looked at again after a pause.
        let looked = ram.expiry.swept.is_some_and(|last| tick.since(last) < STORE_PAUSE);
        if swept || (next.is_some_and(|at| at <= now) && !looked) {
            ram.expiry.busy = true;
            ram.writer.push(tick, Task::Due);
            return true;
        }
        let wake = if looked { wake.map(|at| at.max(tick.plus(STORE_PAUSE))) } else { wake };
        let sweep = ram.expiry.swept.map_or(tick, |last| last.plus(SWEEP));
        ram.expiry.wake = Some(wake.map_or(sweep, |at| at.min(sweep)).max(tick));
        false
    }

    fn calls(&mut self) -> bool {
        let (tick, now) = (self.tick(), self.now());
        let rows = self.store.read(|reader| {
            let due = reader.queued_calls(now, ROWS)?.into_iter().chain(reader.calls_to_look_up(now, ROWS)?);
            Ok::<_, answerback::store::Error>((due.collect::<Vec<_>>(), reader.next_call_due(now)?))
        });
        let Ok((due, next)) = rows else { return false };
        let wake = self.tick_of(next).filter(|at| *at > tick);
        let Some(ram) = self.ram.as_mut() else { return false };
        (ram.calls_wake, ram.calls_stale) = (wake, false);
        let mut moved = false;
        for row in due {
            if ram.aloft.insert(row.id) {
                let task = if row.state == CallState::Unknown { Task::LookStart(row.id) } else { Task::CallStart(row.id) };
                ram.writer.push(tick, task);
                moved = true;
            }
        }
        moved
    }

    fn hooks(&mut self) -> bool {
        let (tick, now) = (self.tick(), self.now());
        let read = self.store.read(|reader| {
            let behind = fan_out::is_behind(reader)?;
            Ok::<_, answerback::store::Error>((behind, request::due(reader, now, ROWS)?, reader.next_delivery_due(now)?))
        });
        let Ok((behind, due, next)) = read else { return false };
        let wake = self.tick_of(next).filter(|at| *at > tick);
        let Some(ram) = self.ram.as_mut() else { return false };
        (ram.hooks.wake, ram.hooks.stale) = (wake, false);
        let mut moved = false;
        if behind && !ram.hooks.fanning {
            ram.hooks.fanning = true;
            ram.writer.push(tick, Task::FanOut);
            moved = true;
        }
        let fresh: Vec<_> = due.into_iter().filter(|one| ram.hooks.aloft.insert((one.delivery.id, one.delivery.webhook))).collect();
        for one in fresh {
            moved = true;
            let errand = Errand::Hook(Box::new(one.delivery.clone()));
            match one.letter(now) {
                Ok(letter) => self.post(letter, errand),
                Err(error) => self.returns(errand, Sent::Nothing { why: error.to_string() }),
            }
        }
        moved
    }

    /// A request leaves.
    pub(super) fn post(&mut self, letter: Letter, errand: Errand) {
        let now = self.tick();
        let life = self.ram.as_ref().map_or(0, |ram| ram.life);
        let arrives = now.plus(ROUND_TRIP / 2);
        self.letters.push(Flight { arrives, answers: arrives, letter: Some(letter), sent: None, errand, life });
    }

    /// Requests arrive, answers come back.
    pub(super) fn letters_travel(&mut self) {
        let now = self.tick();
        let mut answered = Vec::new();
        let mut travelling = std::mem::take(&mut self.letters);
        for flight in &mut travelling {
            if let Some(letter) = flight.letter.take_if(|_| flight.arrives <= now) {
                let sent = self.utility.arrives(now, &letter);
                self.seen_by_utility(&letter, &sent);
                let wait = if matches!(&sent, Sent::Perhaps { why } if why.contains("in time")) { letter.patience } else { ROUND_TRIP / 2 };
                flight.answers = flight.arrives.plus(wait);
                flight.sent = Some(sent);
            }
        }
        for flight in travelling {
            match flight.sent {
                Some(sent) if flight.answers <= now => answered.push((flight.life, flight.errand, sent)),
                sent => self.letters.push(Flight { sent, ..flight }),
            }
        }
        for (life, errand, sent) in answered {
            if self.ram.as_ref().is_some_and(|ram| ram.life == life) {
                self.returns(errand, sent);
            }
        }
    }

    fn seen_by_utility(&mut self, letter: &Letter, sent: &Sent) {
        if !self.trace.keeps() {
            return;
        }
        let (path, what) = (
            letter.target.uri().path().to_owned(),
            match sent {
                Sent::Nothing { .. } => "is not heard".to_owned(),
                Sent::Perhaps { .. } => "hears, says nothing".to_owned(),
                Sent::Answered { status, .. } => format!("answers {status}"),
            },
        );
        self.note("utility", format_args!("{path}: {what}"));
    }

    /// An answer is back: what came of it is written.
    pub(super) fn returns(&mut self, errand: Errand, sent: Sent) {
        let now = self.tick();
        let Some(ram) = self.ram.as_mut() else { return };
        let task = match errand {
            Errand::Call(started) => Task::CallEnd(started.call.id, verdict::of_call(&sent, &started.asked)),
            Errand::LookUp(started) => Task::LookEnd(started.call.id, verdict::of_look_up(&sent, &started.asked)),
            Errand::Hook(delivery) => Task::Hook(Box::new((*delivery, sent))),
        };
        ram.writer.push(now, task);
    }

    /// A call that was written down as `calling` leaves, or a look-up.
    pub(super) fn call_leaves(&mut self, started: Box<Started>, look_up: bool) {
        let now = self.now();
        let letter = if look_up { started.question(now) } else { started.letter(now) };
        let errand = if look_up { Errand::LookUp(started) } else { Errand::Call(started) };
        match letter {
            Ok(letter) => self.post(letter, errand),
            Err(why) => self.returns(errand, Sent::Nothing { why }),
        }
    }

    /// Whether a sabotage is on.
    pub(super) fn sabotaged(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}
