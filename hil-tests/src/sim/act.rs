//! What is done to the site from outside: by the plan, by people, by clients, by faults and their ends.

use std::time::Duration;

use answerback::engine::pin;
use answerback::store::page::Paging;
use answerback::store::{Modem, SelfTestState, UssdKind, UssdState};
use answerback::terms::RingState;
use answerback::time::Tick;

use super::fault::{Fault, Loss, Manner};
use super::invariant;
use super::mutation::Mutation;
use super::people::Person;
use super::plan::Act;
use super::plan::size::MODEMS_MAX;
use super::task::Task;
use super::{Cure, Sim, Written};
use crate::emulator::brain::{Brain, Control};
use crate::emulator::world::WorldInput;

/// A plan has no more self-tests of a modem.
const TESTS_MAX: u32 = 10;
/// Calls of a run that are counted.
const RINGS_MAX: u32 = 200;
/// A writer with a disk that has room.
const PAGES_PLENTY: u32 = 1 << 22;

/// From the start of the process to the moment all modems serve.
const UP_AGAIN: Duration = Duration::from_secs(45);

impl Sim {
    /// Everything of the plan that is due.
    pub(super) fn acts(&mut self) {
        let now = self.tick();
        while let Some((_, _, act)) = self.acts.pop_front_if(|(at, ..)| *at <= now) {
            self.act(act);
        }
    }

    /// Does one thing now.
    pub fn act(&mut self, act: Act) {
        match act {
            Act::Ask(ask) => {
                let number = self.office.ask(*ask);
                self.note("office", format_args!("request {number}"));
            }
            Act::Text { from, modem, text } => {
                let known = self.people.iter().any(|person| person.number == from);
                self.coverage.count(if known { "writes without being asked" } else { "a stranger writes" });
                self.unasked.insert(from.clone());
                self.write_text(from, modem, text);
            }
            Act::Desk { deed, person } => self.at_desk(deed, person),
            Act::Resolve { decision } => self.resolve(decision),
            Act::SelfTest { modem } => self.test_modem(modem),
            Act::Ring(new) => self.wants(Task::Ring(*new)),
            Act::RingCancel => self.wants(Task::RingCancel),
            Act::Ussd(new) => self.wants(Task::Ussd(new)),
            Act::Fault(fault) => self.strike(fault),
        }
    }

    fn strike(&mut self, fault: Fault) {
        let now = self.tick();
        self.note("fault", format_args!("{fault:?}"));
        match fault {
            Fault::Radio { modem, fault, times, until } => {
                if let Some(until) = until {
                    self.cure_later(until, Cure::Radio(modem, fault.clone()));
                }
                self.world.arm(now, modem, fault, times);
            }
            Fault::LastReference { modem, mr } => {
                self.world.handle(now, WorldInput::Control { modem, control: Control::LastMr(mr) });
            }
            Fault::Unplug { modem, back, renamed } if self.ports[modem].present => {
                self.coverage.count(if renamed { "unplugged, back under another name" } else { "unplugged" });
                self.world.handle(now, WorldInput::Control { modem, control: Control::Unplugged });
                self.port_gone(modem, back, renamed);
            }
            Fault::Swap { one, other, back } if self.ports[one].present && self.ports[other].present => {
                self.coverage.count("two modems swap their names");
                for modem in [one, other] {
                    self.world.handle(now, WorldInput::Control { modem, control: Control::Unplugged });
                }
                self.ports_swap(one, other, back);
            }
            Fault::Unplug { .. } | Fault::Swap { .. } => {}
            Fault::NoNetwork { modem, back } => {
                self.coverage.count("no network");
                self.world.handle(now, WorldInput::Control { modem, control: Control::Registration(2) });
                self.cure_later(back, Cure::Network(modem));
            }
            Fault::PhoneOff { person, back } => {
                let Some(number) = self.people.get(person).map(|person| person.number.clone()) else { return };
                self.world.with_network(now, |network| network.handset_power(&number, false));
                self.cure_later(back, Cure::Phone(person));
            }
            Fault::SamePduAgain { modem, restart: None } => self.text_again(modem, "the same PDU again"),
            Fault::SamePduAgain { modem, restart: Some(back) } => {
                if self.ram.is_some() {
                    self.crash(back);
                    self.cure_later(back + UP_AGAIN, Cure::Again(modem));
                }
            }
            Fault::Restart { modem } => self.restart_modem(modem),
            Fault::WhileRinging { loss, after, back } => self.while_ringing.push((loss, after, back)),
            Fault::TakenAway { modem, back } => self.taken_away.push((modem, back)),
            other => self.strike_box(other),
        }
    }

    /// What strikes the process, its disk, its clock and its neighbours.
    fn strike_box(&mut self, fault: Fault) {
        let now = self.tick();
        match fault {
            Fault::CrashAt { at, after, back } => self.crash_at.push((at, after, back)),
            Fault::Stop { back } => self.stop(back),
            Fault::Crash { back, power } => {
                if self.ram.is_some() {
                    self.coverage.count(if power { "power cut" } else { "crash" });
                    self.crash(back);
                }
                if power {
                    for modem in 0..self.ports.len() {
                        self.world.handle(now, WorldInput::Control { modem, control: Control::PowerCycle });
                    }
                }
            }
            Fault::DiskFull { back } => {
                // What is there stays; not one page more.
                if let Ok(pages) = self.store.pages() {
                    let _capped = self.store.limit_pages(pages);
                }
                self.cure_later(back, Cure::Disk);
            }
            Fault::SlowDisk { fsync, back } => {
                if let Some(ram) = self.ram.as_mut() {
                    self.coverage.count("slow disk");
                    ram.writer.fsync = fsync;
                }
                self.cure_later(back, Cure::FastDisk);
            }
            Fault::ClockStep { by_ms, back } => {
                self.coverage.count(step_name(by_ms));
                self.clock.set(by_ms);
                self.look_at_the_clock();
                self.cure_later(back, Cure::Clock);
            }
            Fault::Endpoint { manner, back } => {
                self.utility.manner = manner;
                self.cure_later(back, Cure::Endpoint);
            }
            Fault::ReceiverDown { back } => {
                self.utility.receiver_down.get_or_insert(now);
                self.cure_later(back, Cure::Receiver);
            }
            // These strike modems and phones.
            Fault::Radio { .. }
            | Fault::LastReference { .. }
            | Fault::Unplug { .. }
            | Fault::Swap { .. }
            | Fault::TakenAway { .. }
            | Fault::NoNetwork { .. }
            | Fault::PhoneOff { .. }
            | Fault::Restart { .. }
            | Fault::WhileRinging { .. }
            | Fault::SamePduAgain { .. } => {}
        }
    }

    fn text_again(&mut self, modem: usize, name: &str) {
        let now = self.tick();
        if self.world.with_network(now, |network| network.again(modem)) {
            self.coverage.count(name);
        }
    }

    /// A card whose PIN was being tried when the box died is tried again only after a person has looked at it, who finds the modem by
    /// its IMEI in the list.
    pub(super) fn pins_told_again(&mut self) {
        let locked: Vec<(String, String)> = self
            .world
            .brains()
            .iter()
            .filter(|brain| brain.card().pin_enabled)
            .map(|brain| (brain.imei().to_owned(), brain.card().pin.clone()))
            .collect();
        for (imei, pin) in locked {
            let waits =
                |modem: &Modem| modem.imei.as_ref() == Some(&imei) && modem.code.as_ref().is_some_and(|code| code.starts_with("sim_pin"));
            let modems = self.store.read(|reader| reader.modems()).unwrap_or_default();
            let Some(Modem { name, .. }) = modems.into_iter().find(waits) else { continue };
            let told = self.write(|work| pin::set(work, &name, Some(&pin)));
            self.note("person", format_args!("looks at the card in {name}: {told:?}"));
            if let Some(ram) = self.ram.as_ref() {
                ram.fleet.rebuild(&name);
            }
        }
    }

    /// A technician has a modem and its SIM tested.
    fn test_modem(&mut self, modem: usize) {
        let (now, name) = (self.tick(), self.name_of(modem));
        if let Some(ram) = self.ram.as_mut() {
            ram.writer.push(now, Task::SelfTest(name));
        }
    }

    /// A client wants something of a modem besides texts.
    fn wants(&mut self, task: Task) {
        let now = self.tick();
        if let Some(ram) = self.ram.as_mut() {
            ram.writer.push(now, task);
        }
    }

    /// What waited for a telephone to ring strikes a while after.
    pub(super) fn losses_strike(&mut self) {
        let Some(modem) = self.world.brains().iter().position(Brain::is_in_call) else { return };
        for (loss, after, back) in std::mem::take(&mut self.while_ringing) {
            self.cure_later(after, Cure::Lose(loss, modem, back));
        }
    }

    fn lose_now(&mut self, loss: Loss, modem: usize, back: Duration) {
        if self.world.brains().get(modem).is_some_and(Brain::is_in_call) && self.ram.is_some() {
            self.coverage.count(loss.name());
        }
        match loss {
            Loss::Process => self.strike(Fault::Crash { back, power: false }),
            Loss::Power => self.strike(Fault::Crash { back, power: true }),
            Loss::Port => self.strike(Fault::Unplug { modem, back, renamed: false }),
        }
    }

    /// A technician has a modem brought up anew.
    fn restart_modem(&mut self, modem: usize) {
        let name = self.name_of(modem);
        if self.ram.as_ref().is_some_and(|ram| ram.fleet.restart(&name)) {
            self.coverage.count("modem told to restart");
            invariant::is_forgiven(self, modem);
        }
    }

    pub(super) fn cure_later(&mut self, after: Duration, cure: Cure) {
        self.cure_count += 1;
        self.cures.push((self.clock.tick().plus(after), self.cure_count, cure));
    }

    /// Every fault whose time is over ends.
    pub(super) fn heal(&mut self) {
        let now = self.tick();
        loop {
            let due = self.cures.iter().enumerate().filter(|(_, (at, ..))| *at <= now).min_by_key(|(_, (at, n, _))| (*at, *n));
            let Some((place, _)) = due else { return };
            let (_, _, cure) = self.cures.remove(place);
            self.note("fault", format_args!("over: {cure:?}"));
            self.cure(&cure);
        }
    }

    fn cure(&mut self, cure: &Cure) {
        let now = self.tick();
        match cure {
            Cure::Plug(modem) => self.port_back(*modem),
            Cure::Network(modem) => {
                self.world.handle(now, WorldInput::Control { modem: *modem, control: Control::Registration(1) });
            }
            Cure::Phone(person) => {
                let Some(number) = self.people.get(*person).map(|person| person.number.clone()) else { return };
                self.world.with_network(now, |network| network.handset_power(&number, true));
            }
            Cure::Radio(modem, fault) => self.world.disarm(now, *modem, fault.clone()),
            Cure::Again(modem) => self.text_again(*modem, "the same PDU again, after a restart"),
            Cure::Disk => {
                let _uncapped = self.store.limit_pages(PAGES_PLENTY);
            }
            Cure::FastDisk => {
                if let Some(ram) = self.ram.as_mut() {
                    ram.writer.fsync = self.fsync;
                }
            }
            Cure::Clock => {
                self.clock.set_right();
                self.look_at_the_clock();
            }
            Cure::Endpoint => self.utility.manner = Manner::Good,
            Cure::Receiver => self.utility.receiver_down = None,
            Cure::Lose(loss, modem, back) => self.lose_now(*loss, *modem, *back),
            Cure::Away(modem, back) => self.strike(Fault::Unplug { modem: *modem, back: *back, renamed: false }),
        }
    }

    /// Loops look at the clock every few seconds.
    fn look_at_the_clock(&mut self) {
        let wait = Duration::from_millis(self.luck.below(5_000));
        let at = self.tick().plus(wait);
        let Some(ram) = self.ram.as_mut() else { return };
        for wake in [&mut ram.expiry.wake, &mut ram.dispatcher.wake, &mut ram.calls_wake, &mut ram.hooks.wake, &mut ram.rings.wake] {
            *wake = Some(wake.map_or(at, |before| before.min(at)));
        }
    }

    /// People look at their phones and write.
    pub(super) fn people_write(&mut self) {
        let now = self.tick();
        for place in 0..self.people.len() {
            let person = &mut self.people[place];
            person.look(now, self.world.network().received(&person.number), &self.numbers);
            while let Some((to, text)) = self.people[place].write(now) {
                let modem = self.world.brains().iter().position(|brain| brain.card().number == to);
                if let Some(modem) = modem {
                    self.write_text(self.people[place].number.clone(), modem, text);
                }
            }
        }
    }

    pub(super) fn write_text(&mut self, from: String, modem: usize, text: String) {
        let now = self.tick();
        let sent = self.world.with_network(now, |network| network.inject(modem, &from, &text));
        self.note(&from, format_args!("writes {text:?} to modem{modem}"));
        if sent.is_ok() {
            self.written.push(Written { from, modem, text, at: self.clock.truth() });
        }
    }

    /// A person at the box decides about the oldest message in doubt.
    fn resolve(&mut self, decision: answerback::engine::doubt::As) {
        let parked = self.store.read(|reader| reader.messages_in_doubt(1)).unwrap_or_default();
        if let Some(message) = parked.first() {
            self.decide(message.id, decision);
        }
    }

    /// Clients send what they want, and send it again while nobody answers.
    pub(super) fn office_asks(&mut self) {
        let now = self.tick();
        if self.ram.is_none() {
            return;
        }
        let early = self.sabotaged(Mutation::AnswerBeforeCommit);
        for (number, ask) in self.office.send(now) {
            if early && let Some(request) = self.office.request_mut(number) {
                request.told = true;
            }
            if let Some(ram) = self.ram.as_mut() {
                ram.writer.push(now, Task::Office(number, ask));
            }
        }
    }

    /// Takes over how often each fault of modems and network struck.
    pub fn count_faults(&mut self) {
        let radio = self.world.brains().iter().flat_map(|brain| brain.strikes()).chain(self.world.network().strikes());
        let people = self.people.iter().flat_map(Person::ways);
        let strikes: Vec<(&'static str, u64)> = radio.chain(self.utility.strikes()).chain(people).collect();
        for (name, times) in strikes {
            self.coverage.add(name, times);
        }
        let modems = self.read(|reader| reader.modems()).unwrap_or_default();
        for test in
            modems.iter().flat_map(|modem| self.store.read(|reader| reader.selftests_of_modem(&modem.name, TESTS_MAX)).unwrap_or_default())
        {
            let done = test.state == SelfTestState::Done;
            self.coverage.count(if done { "a self-test, done" } else { "a self-test, ended" });
        }
        for (name, times) in self.memory.counts() {
            self.coverage.add(name, times);
        }
        self.count_rings();
        self.count_ussds();
        self.count_switches();
        if self.ports.len() == MODEMS_MAX {
            self.coverage.count("seeds with 8 modems");
        }
        for modem in 0..self.ports.len() {
            let references: Vec<u8> =
                self.world.network().taken().iter().filter(|taken| taken.modem == modem).map(|taken| taken.mr).collect();
            let wraps = references.windows(2).filter(|pair| pair[0] >= 250 && pair[1] < 6).count();
            if wraps > 0 {
                self.coverage.add("last reference wraps", wraps as u64);
            }
        }
    }

    fn count_rings(&mut self) {
        let rows = self.store.read(|reader| reader.rings(Paging::newest(RINGS_MAX))).map(|page| page.items).unwrap_or_default();
        for row in rows {
            match row.state {
                RingState::Waiting | RingState::Calling | RingState::Withdrawn | RingState::Failed => {}
                RingState::InDoubt => self.coverage.count("a call, in doubt"),
                RingState::Answered | RingState::NotAnswered | RingState::Busy | RingState::NoCarrier | RingState::Unknown => {
                    self.coverage.count("a call, told");
                }
            }
            let session = row.session.filter(|_| row.rang).and_then(|id| self.store.read(|reader| reader.session(id)).ok().flatten());
            match session.as_ref().map(|session| session.flow.name.as_str()) {
                Some("alarm.page") => self.coverage.count("an alarm rings"),
                Some("danger.page") => self.coverage.count("a danger rings"),
                Some(_) | None => {}
            }
        }
    }

    fn count_switches(&mut self) {
        let acted =
            |endpoint: &str| self.utility.asked().values().filter(|asked| asked.endpoint == endpoint && asked.acted > 0).count() as u64;
        let (switched, alone) = (acted("drms.join"), acted("drms.skip"));
        self.coverage.add("a load is switched", switched);
        self.coverage.add("a load is left alone", alone);
    }

    fn count_ussds(&mut self) {
        for row in invariant::ussd::rows(self).unwrap_or_default() {
            let lost = matches!(row.why.as_deref(), Some("lost" | "restarted"));
            match row.state {
                UssdState::Waiting | UssdState::Asking => {}
                UssdState::Answered => self.coverage.count("a code, answered"),
                UssdState::Menu => self.coverage.count("a code, a menu"),
                UssdState::Cancelled => self.coverage.count("a code, cancelled"),
                UssdState::NotSent => self.coverage.count("a code, not sent"),
                UssdState::Refused => self.coverage.count("a code, refused"),
                UssdState::Unknown if lost => self.coverage.count("a code, lost in the middle"),
                UssdState::Unknown => self.coverage.count("a code, no answer"),
            }
            if row.kind == UssdKind::Reply && row.state == UssdState::Answered {
                self.coverage.count("a menu, answered");
            }
        }
    }

    /// Ends every fault and lets the site come to rest.
    pub fn calm(&mut self) {
        self.while_ringing.clear();
        self.taken_away.clear();
        let cures = std::mem::take(&mut self.cures);
        // What has not struck yet does not strike any more.
        for (_, _, cure) in cures.iter().filter(|(_, _, cure)| !matches!(cure, Cure::Lose(..) | Cure::Away(..))) {
            self.cure(cure);
        }
        self.crash_at.clear();
        self.pins_told_again();
        let now: Tick = self.tick();
        for modem in 0..self.ports.len() {
            self.world.clear_faults(now, modem);
        }
        for person in &mut self.people {
            person.stop_answering();
        }
    }
}

/// What a step of the wall clock is counted as.
fn step_name(by_ms: i64) -> &'static str {
    const YEAR_MS: i64 = 365 * 86_400_000;
    match (by_ms.abs() >= YEAR_MS, by_ms < 0) {
        (true, true) => "clock step, years back",
        (true, false) => "clock step, years forward",
        (false, true) => "clock step, hours back",
        (false, false) => "clock step, hours forward",
    }
}
