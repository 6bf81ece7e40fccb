//! The health of a modem in service: signal, registration, storage, and whether it silently lost what was set.
//!
//! It says `Ready` and `NotReady` when that changes, never else.

use std::collections::VecDeque;
use std::time::Duration;

use at_commands::Tick;
use at_commands::answer::{Final, Numbered};
use at_commands::chat::{ChatError, Done, Request};
use at_commands::command::network::{self, Domain, Registration};
use at_commands::command::{clock, identity, setup, sms};
use at_commands::error::Class;
use at_commands::urc::Supply;

use super::bring_up::{Lack, REPORTS, Setup, is_busy};
use super::driver::{Driver, Job, State, earliest};
use super::io::{Cell, Identity, ModemEvent};
use super::profile::Profile;

/// One look at the modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Signal,
    Registration(Domain),
    Operator,
    Storage,
    List,
    /// What lies in a memory that is not home.
    ListOf(&'static str),
    Indications,
    Mode,
    Errors,
    EchoOff,
    Clock,
    /// Who the SIM is, asked in this way.
    Card(usize),
    /// Who the SIM is, where it tells no ICCID.
    Subscriber,
}

/// What is known and when it is looked at next.
#[derive(Debug, Default)]
pub(super) struct Health {
    queue: VecDeque<Check>,
    /// What is queued goes before the next message.
    urgent: bool,
    keep_alive: Option<Tick>,
    verify: Option<Tick>,
    storage: Option<Tick>,
    modes: Option<Tick>,
    clock: Option<Tick>,
    card: Option<Tick>,
    echo_heard: Option<Tick>,
    /// `<stat>` of each registration that was told, and where.
    stats: Vec<(Domain, u8, Option<Cell>)>,
    operator: Option<String>,
    told_registration: Option<(u8, Option<String>, Option<Cell>)>,
    pub(super) told: Told,
    /// The SIM did not answer, and it was set up again for that.
    sim_gone: bool,
    /// What was told of the supply, and when.
    pub(super) supply_told: Option<(Supply, Tick)>,
    /// It was registered since it was set up.
    was_registered: bool,
}

/// What the box was told last.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    #[default]
    Nothing,
    Ready,
    NotReady(&'static str),
}

impl Check {
    pub(super) fn request(self) -> Request {
        match self {
            Self::Signal => network::signal_read(),
            Self::Registration(domain) => network::registration_read(domain),
            Self::Operator => network::operator_read(),
            Self::Storage => sms::storages_read(),
            Self::List | Self::ListOf(_) => sms::list(),
            Self::Indications => sms::indications_read(),
            Self::Mode => sms::mode_read(),
            Self::Errors => setup::error_numbers_read(),
            Self::EchoOff => setup::echo_off(),
            Self::Clock => clock::clock_read(),
            Self::Card(way) => identity::iccid_by(identity::ICCID_WAYS.get(way).copied().unwrap_or_default()),
            Self::Subscriber => identity::imsi(),
        }
    }
}

impl Health {
    pub(super) fn modem_restarted(&mut self) {
        self.queue.clear();
        self.stats.clear();
        self.was_registered = false;
    }

    /// The first round is due at once.
    pub(super) fn begin(&mut self, now: Tick) {
        self.keep_alive = Some(now);
        self.verify = None;
        self.storage = None;
        self.modes = None;
        self.clock = None;
        self.card = None;
    }

    /// `Ready` is told again when it is true again.
    pub(super) fn forget_ready(&mut self) {
        if self.told == Told::Ready {
            self.told = Told::Nothing;
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.told == Told::Ready
    }

    /// The next deadline of any check. What is queued already needs none: it leaves as soon as the port is free.
    pub(super) fn due(&self) -> Option<Tick> {
        if !self.queue.is_empty() {
            return None;
        }
        let often = earliest(earliest(self.keep_alive, self.verify), earliest(self.storage, self.modes));
        earliest(often, earliest(self.clock, self.card))
    }

    /// Whether checks go before messages: one was asked for, or one has waited too long behind them.
    pub(super) fn is_urgent(&mut self, profile: &Profile, now: Tick) -> bool {
        let late = |due: Option<Tick>| due.is_some_and(|due| now.since(due) >= profile.overdue);
        self.urgent |= [self.keep_alive, self.verify, self.storage, self.modes].into_iter().any(late);
        self.urgent
    }

    pub(super) fn want_list(&mut self) {
        self.urgent = true;
        self.want(Check::List);
    }

    /// The next look at the storage is due then, if not before.
    pub(super) fn look_sooner(&mut self, at: Tick) {
        self.storage = earliest(self.storage, Some(at));
    }

    /// No memory can be listed now; the next look at the storage asks for it again.
    pub(super) fn forget_list(&mut self) {
        self.queue.retain(|check| *check != Check::List);
    }

    /// Nobody knows of a text whether it left: a report that nobody told of may lie there.
    pub(super) fn want_reports(&mut self, setup: &Setup) {
        if setup.other_memories().any(|memory| memory == REPORTS) {
            self.urgent = true;
            self.want(Check::ListOf(REPORTS));
        }
    }

    /// The list of a memory, where it is wanted and that memory is chosen.
    pub(super) fn take_list_of(&mut self, chosen: &str) -> Option<Check> {
        let at = self.queue.iter().position(|check| matches!(check, Check::ListOf(memory) if *memory == chosen))?;
        self.queue.remove(at)
    }

    pub(super) fn want_indications(&mut self) {
        self.urgent = true;
        self.want(Check::Indications);
    }

    pub(super) fn want_registration(&mut self) {
        self.urgent = true;
        for (domain, ..) in self.stats.clone() {
            self.want(Check::Registration(domain));
        }
    }

    /// Echo was switched off and is back: look for what else is lost, but not at every echo of a modem that keeps it.
    pub(super) fn echo_heard(&mut self, now: Tick, profile: &Profile) {
        if self.echo_heard.is_some_and(|last| now.since(last) < profile.verify) {
            return;
        }
        self.echo_heard = Some(now);
        self.urgent = true;
        self.want(Check::EchoOff);
        self.want(Check::Indications);
        self.want(Check::Storage);
    }

    pub(super) fn want(&mut self, check: Check) {
        if !self.queue.contains(&check) {
            self.queue.push_back(check);
        }
    }

    /// Queues the checks whose time has come.
    fn queue_due(&mut self, now: Tick, profile: &Profile, setup: &Setup, card: Option<Check>, doubted: bool) {
        let is_due = |due: Option<Tick>| due.is_some_and(|due| due <= now);
        if is_due(self.keep_alive) {
            self.keep_alive = Some(now.plus(profile.keep_alive));
            for domain in &setup.domains {
                self.want(Check::Registration(*domain));
            }
            self.want(Check::Signal);
        }
        if is_due(self.verify) {
            self.want(Check::Indications);
        }
        if is_due(self.storage) {
            self.want(Check::Storage);
            setup.other_memories().for_each(|memory| self.want(Check::ListOf(memory)));
        }
        if is_due(self.modes) {
            self.want(Check::Mode);
            if setup.error_numbers {
                self.want(Check::Errors);
            }
        }
        if is_due(self.clock) {
            self.want(Check::Clock);
        }
        if is_due(self.card)
            && let Some(card) = card
        {
            self.want(card);
        }
        self.card = Some(next(self.card, now, profile.card));
        self.clock = Some(next(self.clock, now, profile.clock));
        self.verify = Some(next(self.verify, now, profile.verify));
        self.storage = Some(next(self.storage, now, if doubted { profile.storage.min(profile.deaf_sweep) } else { profile.storage }));
        self.modes = Some(next(self.modes, now, profile.modes));
    }
}

fn is_without_sim(result: &Final) -> bool {
    let class = match result.number() {
        Some(Numbered::Cme(error)) => error.class(),
        Some(Numbered::Cms(error)) => error.class(),
        Some(Numbered::Modem(_)) | None => return false,
    };
    class == Class::SimStop
}

/// Checks start one period after the bring-up, which has just done what they do.
fn next(due: Option<Tick>, now: Tick, period: Duration) -> Tick {
    due.filter(|due| *due > now).unwrap_or_else(|| now.plus(period))
}

impl Driver {
    pub(super) fn next_check(&mut self, now: Tick) -> Option<Job> {
        if self.health.queue.is_empty() {
            let card = self.card_check();
            self.health.queue_due(now, &self.profile, &self.setup, card, self.ears.doubted());
        }
        if !self.setup.clock.is_asked() {
            self.health.queue.retain(|check| *check != Check::Clock);
        }
        if self.health.queue.contains(&Check::List)
            && let Some(home) = self.inbox.doubted_home()
        {
            return Some(Job::Memory(home));
        }
        let memory_is_home = self.inbox.is_home();
        let now_or_elsewhere = |check: &Check| match check {
            Check::List => memory_is_home,
            Check::ListOf(_) => false,
            _ => true,
        };
        let Some(at) = self.health.queue.iter().position(now_or_elsewhere) else {
            // What was read elsewhere is to be freed there first.
            if !self.inbox.rests_at_home() {
                return None;
            }
            let memory = self.health.queue.iter().find_map(|check| if let Check::ListOf(memory) = check { Some(*memory) } else { None });
            return memory.map(|memory| Job::Memory(memory.to_owned()));
        };
        let check = self.health.queue.remove(at);
        self.health.urgent &= !self.health.queue.is_empty();
        check.map(Job::Check)
    }

    pub(super) fn check_done(&mut self, now: Tick, check: Check, done: &Done) {
        let lines = &done.lines;
        if self.sim_is_gone(done) {
            return self.restart(now);
        }
        match check {
            Check::Signal => self.tell(ModemEvent::Signal(network::signal_dbm(lines))),
            Check::Registration(domain) => match network::registration(lines, domain) {
                Some(registration) => self.registration_told(&registration),
                None => self.registration_unknown(domain, done),
            },
            Check::Operator => {
                self.health.operator = network::operator(lines).map(|operator| operator.name);
                self.tell_registration();
            }
            Check::Storage => match sms::storages(lines) {
                Some(storages) => {
                    self.ears.sweep_begins();
                    self.health.sim_gone = false;
                    self.storage_came(&storages);
                    if storages.memories[0].as_ref().is_some_and(|storage| storage.used > 0) {
                        self.health.want_list();
                    }
                }
                // It names no memory: whether something came in is seen by the list alone.
                None if self.setup.home.is_none() => self.health.want_list(),
                None => {}
            },
            Check::List => {
                let home = self.setup.home.clone().unwrap_or_default();
                self.listed(now, &home, lines);
            }
            Check::ListOf(memory) => self.listed(now, memory, lines),
            Check::Indications => self.compare_indications(now, lines),
            Check::Mode if sms::mode(lines) == Some(1) && self.setup.lacks != Some(Lack::PduMode) => self.restart(now),
            Check::Errors if setup::error_mode(lines) == Some(0) => self.restart(now),
            Check::Clock => self.clock_came(done),
            Check::Card(_) => return self.card_came(now, identity::iccid(lines), |known| &known.iccid),
            Check::Subscriber => return self.card_came(now, identity::digits(lines), |known| &known.imsi),
            Check::Mode | Check::Errors | Check::EchoOff => {}
        }
        self.announce();
    }

    /// A card that wants its PIN again, or none at all: the modem was reset or the card was taken out. It is set up again once,
    /// until the card has answered.
    fn sim_is_gone(&mut self, done: &Done) -> bool {
        let refused = match &done.result {
            Err(ChatError::Refused(result)) => is_without_sim(result),
            Ok(()) | Err(_) => false,
        };
        let news = refused && !self.health.sim_gone;
        self.health.sim_gone |= refused;
        news
    }

    /// How the SIM is asked who it is; `None` where it does not say.
    fn card_check(&self) -> Option<Check> {
        let by_subscriber = || (!self.identity.imsi.is_empty()).then_some(Check::Subscriber);
        self.setup.card_way.map(Check::Card).or_else(by_subscriber)
    }

    /// It may be another SIM than before.
    pub(super) fn want_card(&mut self) {
        if let Some(check) = self.card_check() {
            self.health.urgent = true;
            self.health.want(check);
        }
    }

    /// Another SIM has another number, other caps and other doubts: everything is asked and set again, and what waits for the old one
    /// goes back.
    fn card_came(&mut self, now: Tick, said: Option<String>, known: impl FnOnce(&Identity) -> &String) {
        let Some(said) = said else { return };
        self.health.sim_gone = false;
        if said != *known(&self.identity) {
            self.restart(now);
        }
    }

    /// A silent reset shows as lost settings.
    fn compare_indications(&mut self, now: Tick, lines: &[at_commands::chat::Info]) {
        let Some(values) = sms::indications(lines) else { return };
        let Some(wanted) = self.setup.indications else { return };
        let same = values.iter().zip(wanted).take(4).all(|(said, set)| *said == i64::from(set));
        if !same {
            if values.get(1) == Some(&0) && wanted[1] != 0 {
                self.tell(ModemEvent::Deaf);
            }
            self.restart(now);
        }
    }

    pub(super) fn registration_told(&mut self, registration: &Registration) {
        let carried = self.best_stat().is_some_and(Registration::carries_sms);
        let stats = &mut self.health.stats;
        let cell = Some(Cell { area: registration.area, cell: registration.cell, access: registration.access });
        let told = (registration.domain, registration.stat, cell.filter(|cell| cell.cell != 0));
        match stats.iter_mut().find(|(domain, ..)| *domain == registration.domain) {
            Some(known) => *known = told,
            None => stats.push(told),
        }
        let carries = self.best_stat().is_some_and(Registration::carries_sms);
        if carries && self.health.operator.is_none() && matches!(self.state, State::Serving(_)) {
            self.health.want(Check::Operator);
            self.health.want(Check::Clock);
        }
        if carries && !carried && std::mem::replace(&mut self.health.was_registered, true) {
            self.want_card();
        }
        self.tell_registration();
        self.announce();
    }

    /// A registration the modem does not know is not asked again: it refuses, or says `OK` twice and nothing else.
    fn registration_unknown(&mut self, domain: Domain, done: &Done) {
        let unknown = match &done.result {
            Err(ChatError::Refused(result)) => !is_busy(result),
            Ok(()) if done.lines.is_empty() && !self.health.stats.iter().any(|(told, ..)| *told == domain) => {
                let again = self.setup.wordless.contains(&domain);
                self.setup.wordless.push(domain);
                again
            }
            Ok(()) | Err(_) => false,
        };
        if unknown {
            self.setup.domains.retain(|known| *known != domain);
            self.health.stats.retain(|(told, ..)| *told != domain);
        }
    }

    /// The status that matters: one that carries messages, or else the first.
    pub(super) fn best_stat(&self) -> Option<u8> {
        let stats = self.health.stats.iter().map(|(_, stat, _)| *stat);
        stats.clone().find(|stat| Registration::carries_sms(*stat)).or_else(|| stats.max())
    }

    /// The cell of the first registration that carries messages and tells one; the way of access may stand with another of them.
    fn cell(&self) -> Option<Cell> {
        let told = |(_, stat, cell): &(Domain, u8, Option<Cell>)| cell.filter(|_| Registration::carries_sms(*stat));
        let first = self.health.stats.iter().find_map(told)?;
        let mut same = self.health.stats.iter().filter_map(told).filter(|cell| cell.cell == first.cell);
        Some(Cell { access: first.access.or_else(|| same.find_map(|cell| cell.access)), ..first })
    }

    /// T_final where it is registered now.
    pub(super) fn final_answer(&self) -> Duration {
        let over = |(_, stat, cell): &(Domain, u8, Option<Cell>)| cell.filter(|_| Registration::carries_sms(*stat))?.access;
        let accesses = self.health.stats.iter().map(over);
        accesses.map(|access| self.profile.final_answer_over(access)).max().unwrap_or(self.profile.final_answer)
    }

    fn tell_registration(&mut self) {
        let Some(stat) = self.best_stat() else { return };
        if !Registration::carries_sms(stat) {
            self.health.operator = None;
        }
        let told = self.health.told_registration.take();
        let (operator, mut cell) = (self.health.operator.clone(), self.cell());
        let same = |told: &(u8, Option<String>, Option<Cell>)| (told.0, &told.1) == (stat, &operator);
        if let Some(told) = told.as_ref().filter(|told| same(told)) {
            // A line without the cell says nothing of another one, and a cell has one way of access.
            cell = cell.filter(|cell| told.2.is_none_or(|told| (told.area, told.cell) != (cell.area, cell.cell))).or(told.2);
        }
        let now_is = (stat, operator, cell);
        if told.as_ref() != Some(&now_is) {
            let (stat, operator, cell) = now_is.clone();
            self.tell(ModemEvent::Registration { stat, operator, cell });
        }
        self.health.told_registration = Some(now_is);
    }

    pub(super) fn storage_came(&mut self, storages: &sms::Storages) {
        let receiving = storages.memories[2].as_ref().or(storages.memories[0].as_ref());
        if let Some(storage) = receiving {
            self.tell(ModemEvent::Storage { used: storage.used, total: storage.total });
        }
    }
}
