//! The rig's own copy of `serial::session` and `serial::supervisor`: octets, commands and answers for each driver.

use std::time::Duration;

use answerback::engine::modems;
use answerback::modem::driver::Driver;
use answerback::modem::io::{Input, ModemCommand, ModemEvent, Output, Remembered};
use answerback::modem::profile::Profile;
use answerback::terms::{Purpose, Rung};
use answerback::time::Tick;

use super::mutation::Mutation;
use super::shell::{GRACE, POLL, Phase, REOPEN, REOPEN_MAX, Shell};
use super::task::{ClerkJob, Task};
use super::{Sim, invariant};
use crate::emulator::brain::Control;
use crate::emulator::world::{WorldInput, WorldOutput};

/// What the root helper's work takes.
const HELPED: Duration = Duration::from_secs(5);
/// An octet at 115200 baud, 8N1.
const OCTET: Duration = Duration::from_nanos(86_806);

impl Sim {
    /// What modems print goes on the wire, ports that go away are gone; whether there was anything.
    pub(super) fn world_speaks(&mut self) -> bool {
        let mut moved = false;
        while let Some(output) = self.world.poll_output() {
            moved = true;
            match output {
                WorldOutput::Transmit { modem, bytes } => self.on_the_wire(modem, bytes),
                WorldOutput::Gone { modem, back } => {
                    let renamed = self.luck.below(3) == 0;
                    self.coverage.count(if renamed { "port vanishes, back under another name" } else { "port vanishes" });
                    self.port_gone(modem, back.unwrap_or(Duration::from_mins(2)), renamed);
                }
                WorldOutput::Log { modem, words } => self.note(&format!("modem{modem}"), format_args!("({words})")),
            }
        }
        moved
    }

    fn on_the_wire(&mut self, modem: usize, bytes: Vec<u8>) {
        let now = self.tick();
        let Some(port) = self.ports.get_mut(modem).filter(|port| port.open) else { return };
        let after = port.to_box.back().map_or(now, |(at, _)| (*at).max(now));
        // One read or two: where it is cut is chance.
        let cut = if self.luck.below(8) == 0 { self.luck.below(bytes.len() as u64 + 1) as usize } else { bytes.len() };
        let (head, tail) = bytes.split_at(cut);
        let mut at = after;
        for piece in [head, tail] {
            if !piece.is_empty() {
                at = at.plus(OCTET * u32::try_from(piece.len()).unwrap_or(u32::MAX));
                port.to_box.push_back((at, piece.to_vec()));
            }
        }
    }

    /// What has come over the wire is read.
    pub(super) fn ports_deliver(&mut self) {
        let now = self.tick();
        for modem in 0..self.ports.len() {
            while let Some((_, bytes)) = self.ports[modem].to_box.pop_front_if(|(at, _)| *at <= now) {
                self.trace.feed(now, &bytes);
                if self.trace.keeps() {
                    self.note(&format!("modem{modem}"), format_args!("< {}", bytes.escape_ascii()));
                }
                if let Some(place) = self.shell_at(modem) {
                    self.feed(place, Input::Bytes(&bytes));
                }
            }
        }
    }

    /// The shell that has the port of a modem open.
    fn shell_at(&self, modem: usize) -> Option<usize> {
        self.ram.as_ref()?.shells.iter().position(|shell| shell.modem == modem && shell.phase == Phase::Serving)
    }

    pub(super) fn shell(&mut self, place: usize) -> Option<&mut Shell> {
        self.ram.as_mut()?.shells.get_mut(place)
    }

    /// Tells a driver one thing and carries out everything it wants then.
    pub(super) fn feed(&mut self, place: usize, input: Input<'_>) {
        let now = self.tick();
        let Some(driver) = self.shell(place).and_then(|shell| shell.driver.as_mut()) else { return };
        driver.handle(now, input);
        if let Some(violation) = invariant::driver_is_bounded(driver) {
            self.violation.get_or_insert(violation);
        }
        self.obey(place);
    }

    fn obey(&mut self, place: usize) {
        let now = self.tick();
        while let Some(output) = self.shell(place).and_then(|shell| shell.driver.as_mut()).and_then(Driver::poll_output) {
            let Some(shell) = self.shell(place) else { return };
            let lost = matches!(shell.phase, Phase::Ending { .. });
            match output {
                Output::Transmit(bytes) if !lost => {
                    let modem = shell.modem;
                    self.type_in(modem, &bytes);
                }
                Output::Transmit(_) => {}
                Output::Persist(part) => {
                    shell.give(ClerkJob::Begin(part));
                    if self.sabotaged(Mutation::SendBeforeCommit) {
                        self.feed(place, Input::AttemptCommitted { attempt: 0 });
                    }
                }
                Output::PersistPin { sim, imei } if !lost => shell.give(ClerkJob::Pin { sim, imei }),
                Output::PersistPin { .. } => {}
                Output::Reopen if !lost => {
                    shell.phase = Phase::Reopening { at: now.plus(REOPEN), since: now };
                    let modem = shell.modem;
                    self.close(modem);
                    self.coverage.count("port is opened anew");
                }
                Output::Help(rung) if !lost => {
                    shell.phase = Phase::Reopening { at: now.plus(HELPED), since: now };
                    let modem = shell.modem;
                    self.close(modem);
                    self.helped(modem, rung);
                }
                Output::Reopen | Output::Help(_) => {}
                Output::Event(event) => {
                    self.overhears(place, &event);
                    self.hears(place, event);
                }
            }
        }
    }

    /// The root helper does its work. Only the power reaches a modem whose USB is as stuck as itself.
    fn helped(&mut self, modem: usize, rung: Rung) {
        let (now, control) = (self.tick(), if rung == Rung::Power { Control::PowerCycle } else { Control::UsbReset });
        self.coverage.count(if rung == Rung::Power { "power is switched" } else { "USB device is reset" });
        self.world.handle(now, WorldInput::Control { modem, control });
    }

    fn type_in(&mut self, modem: usize, bytes: &[u8]) {
        let now = self.tick();
        self.trace.feed(now, bytes);
        if self.trace.keeps() {
            self.note(&format!("modem{modem}"), format_args!("> {}", bytes.escape_ascii()));
        }
        invariant::types(self, modem, bytes);
        self.world.handle(now, WorldInput::Bytes { modem, bytes });
    }

    fn hears(&mut self, place: usize, event: ModemEvent) {
        let now = self.now();
        let tick = self.tick();
        if self.trace.keeps() && !event.is_state() {
            let name = self.shell(place).map_or_else(String::new, |shell| shell.name.clone());
            self.note(&name, format_args!("tells {event:?}"));
        }
        let Some(ram) = self.ram.as_mut() else { return };
        let Some(shell) = ram.shells.get_mut(place) else { return };
        match &event {
            ModemEvent::Ready => {
                shell.served_since.get_or_insert(tick);
                let identity = shell.driver.as_ref().map(|driver| driver.identity().clone()).unwrap_or_default();
                shell.give(ClerkJob::Event(event));
                return ram.fleet.ready(&shell.name, &identity, now);
            }
            ModemEvent::Identity(identity) => ram.fleet.identified(&shell.name, identity, now),
            ModemEvent::Free => ram.fleet.free(&shell.name),
            ModemEvent::NotReady { .. } => ram.fleet.not_ready(&shell.name, now),
            ModemEvent::Received { hex, slot, live } => {
                let (hex, slot, live) = (hex.clone(), slot.clone(), *live);
                shell.give(ClerkJob::Received { hex, slot: slot.clone(), live });
                if self.lies_about_slots()
                    && let Some(slot) = slot
                {
                    self.lie(place, slot);
                }
                return;
            }
            ModemEvent::Submitted { part, .. } => ram.fleet.is_done_with(&shell.name, part, true, now),
            ModemEvent::Refused { part, .. } | ModemEvent::Aborted { part, .. } => ram.fleet.is_done_with(&shell.name, part, false, now),
            ModemEvent::Settled => ram.fleet.settled(&shell.name),
            ModemEvent::Duplicate { part, .. } => {
                ram.fleet.is_done_with(&shell.name, part, false, now);
                let message = self.store.read(|reader| reader.message(part.message)).ok().flatten();
                if message.is_some_and(|message| message.purpose != Purpose::Proof) {
                    self.coverage.count("a text sent again is refused as a duplicate");
                }
            }
            ModemEvent::InDoubt { part, attempt, .. } if self.mutation == Some(Mutation::ResendInDoubt) => {
                let job = ClerkJob::Event(ModemEvent::Aborted { part: *part, attempt: Some(*attempt), why: "taken for unsent" });
                return shell.give(job);
            }
            ModemEvent::InDoubt { .. } => ram.fleet.unsettled(&shell.name, now),
            ModemEvent::PinAccepted { .. }
            | ModemEvent::Kept { .. }
            | ModemEvent::Reference(_)
            | ModemEvent::OwnNumber(_)
            | ModemEvent::Orphan { .. }
            | ModemEvent::Signal(_)
            | ModemEvent::NetworkTime { .. }
            | ModemEvent::Ports(_)
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
            | ModemEvent::At { .. }
            | ModemEvent::Noise(_) => {}
        }
        shell.give(ClerkJob::Event(event));
    }

    /// What every shell does by itself now.
    pub(super) fn shells_run(&mut self) {
        let now = self.tick();
        let count = self.ram.as_ref().map_or(0, |ram| ram.shells.len());
        for place in 0..count {
            let Some(shell) = self.shell(place) else { return };
            match shell.phase {
                Phase::Resting { until } if until <= now && !shell.leaving => self.look_for_port(place),
                Phase::Reopening { at, since } if at <= now => self.reopen(place, since),
                Phase::Ending { until } if until <= now => self.bury(place),
                Phase::Serving if shell.driver.as_ref().and_then(Driver::poll_timeout).is_some_and(|at| at <= now) => {
                    self.feed(place, Input::Timer);
                }
                Phase::Resting { .. } | Phase::Reopening { .. } | Phase::Ending { .. } | Phase::Serving => {}
                Phase::Recovering | Phase::Burying => {}
            }
        }
        if let Some(ram) = self.ram.as_mut() {
            ram.shells.retain(|shell| !(shell.leaving && shell.clerk.jobs.is_empty() && matches!(shell.phase, Phase::Resting { .. })));
        }
    }

    fn look_for_port(&mut self, place: usize) {
        let now = self.tick();
        let Some(modem) = self.shell(place).map(|shell| shell.modem) else { return };
        let present = self.ports[modem].present;
        if present {
            self.ports[modem].open = true;
        }
        let Some(shell) = self.shell(place) else { return };
        if present {
            shell.give(ClerkJob::Recover);
            shell.phase = Phase::Recovering;
        } else {
            shell.phase = Phase::Resting { until: now.plus(POLL) };
        }
    }

    /// R0 of a modem is written.
    pub(super) fn recovered(&mut self, place: usize) {
        let (now, tick, profile) = (self.now(), self.tick(), self.profile());
        let Some(shell) = self.shell(place) else { return };
        if shell.phase == Phase::Burying {
            return shell.rest(tick);
        }
        if shell.phase != Phase::Recovering {
            return;
        }
        let (name, modem) = (shell.name.clone(), shell.modem);
        let remembered = self.store.read(|reader| modems::remembered(reader, &name, &profile, now, tick));
        let Ok(remembered) = remembered else { return };
        let remembered = self.remembers(Remembered { helps: self.ports[modem].helps.clone(), ..remembered });
        invariant::is_born(self, modem);
        let Some(shell) = self.shell(place) else { return };
        shell.life += 1;
        shell.driver = Some(Driver::new(profile, remembered));
        shell.phase = Phase::Serving;
        self.feed(place, Input::Opened);
        if !self.ports[modem].present {
            self.lose(place);
        }
    }

    /// The product's own times, where nobody has meddled with them.
    fn profile(&self) -> Profile {
        const NEVER: Duration = Duration::from_hours(5);
        match self.mutation {
            Some(Mutation::NeverListens) => Profile { verify: NEVER, ..Profile::default() },
            Some(Mutation::MendForever) => Profile { reset_budget: NEVER, ..Profile::default() },
            _ => Profile::default(),
        }
    }

    fn reopen(&mut self, place: usize, since: Tick) {
        let now = self.tick();
        let Some(modem) = self.shell(place).map(|shell| shell.modem) else { return };
        let present = self.ports[modem].present;
        self.ports[modem].open = present;
        let Some(shell) = self.shell(place) else { return };
        if present {
            shell.phase = Phase::Serving;
            self.feed(place, Input::Opened);
        } else if now.since(since) >= REOPEN_MAX {
            self.lose(place);
        } else {
            shell.phase = Phase::Reopening { at: now.plus(REOPEN), since };
        }
    }

    /// The port of a modem goes away.
    pub(super) fn port_gone(&mut self, modem: usize, back: Duration, renamed: bool) {
        let Some(port) = self.ports.get_mut(modem).filter(|port| port.present) else { return };
        port.present = false;
        port.renamed += u32::from(renamed);
        self.note(&format!("modem{modem}"), format_args!("its port is gone for {back:?}"));
        self.cure_later(back, super::Cure::Plug(modem));
        invariant::port_gone(self, modem);
        self.close(modem);
        if let Some(place) = self.shell_at(modem) {
            self.lose(place);
        }
        if renamed {
            self.supervisor_ends(modem);
        }
    }

    /// Found by a pattern: its supervisor ends with the port.
    pub(super) fn supervisor_ends(&mut self, modem: usize) {
        invariant::port_renamed(self, modem);
        let Some(ram) = self.ram.as_mut() else { return };
        for shell in ram.shells.iter_mut().filter(|shell| shell.modem == modem) {
            shell.leaving = true;
            ram.fleet.leave(&shell.name);
        }
    }

    /// Two sticks are pulled, and each comes back under the name that the other had.
    pub(super) fn ports_swap(&mut self, one: usize, other: usize, back: Duration) {
        for (modem, back) in [(one, back), (other, back + POLL / 2)] {
            self.port_gone(modem, back, false);
            self.supervisor_ends(modem);
        }
        let name = |port: &super::Port| (port.called, port.renamed);
        let (first, second) = (name(&self.ports[one]), name(&self.ports[other]));
        (self.ports[one].called, self.ports[one].renamed) = second;
        (self.ports[other].called, self.ports[other].renamed) = first;
    }

    /// The port of a modem is there again, under the name it has now.
    pub(super) fn port_back(&mut self, modem: usize) {
        let (now, name) = (self.tick(), self.name_of(modem));
        // Whoever had its name before writes its last jobs first.
        let had = |shell: &Shell| shell.modem != modem && shell.name == name;
        if self.ram.as_ref().is_some_and(|ram| ram.shells.iter().any(had)) {
            return self.cure_later(POLL, super::Cure::Plug(modem));
        }
        self.ports[modem].present = true;
        invariant::port_back(self, modem);
        self.world.handle(now, WorldInput::Control { modem, control: Control::PowerCycle });
        let Some(ram) = self.ram.as_mut() else { return };
        if ram.shells.iter().any(|shell| shell.modem == modem && !shell.leaving) {
            return;
        }
        ram.shell_count += 1;
        ram.shells.push(Shell::new(ram.shell_count, modem, name.clone(), &ram.fleet, now.plus(POLL)));
        ram.writer.push(now, Task::Opened { name: name.clone(), port: name });
    }

    pub(super) fn close(&mut self, modem: usize) {
        let port = &mut self.ports[modem];
        port.open = false;
        port.to_box.clear();
    }

    /// The last words of a driver: what was on air is in doubt, what was not goes back.
    pub(super) fn lose(&mut self, place: usize) {
        let now = self.tick();
        let Some(shell) = self.shell(place) else { return };
        shell.phase = Phase::Ending { until: now.plus(GRACE) };
        self.feed(place, Input::Lost);
        self.end_if_done(place);
    }

    /// A driver that owes no outcome any more is dropped.
    pub(super) fn end_if_done(&mut self, place: usize) {
        let Some(shell) = self.shell(place) else { return };
        let owes = shell.driver.as_ref().is_some_and(Driver::owes_outcome);
        if matches!(shell.phase, Phase::Ending { .. }) && !owes {
            self.bury(place);
        }
    }

    fn bury(&mut self, place: usize) {
        let now = self.now();
        let Some(ram) = self.ram.as_mut() else { return };
        let Some(shell) = ram.shells.get_mut(place) else { return };
        shell.driver = None;
        while let Ok(command) = shell.commands.try_recv() {
            match command {
                ModemCommand::Submit(submission) => shell.give(ClerkJob::GiveBack(submission.part)),
                ModemCommand::Ussd(errand) => shell.give(ClerkJob::Event(errand.not_sent("lost"))),
                ModemCommand::Ring(errand) => shell.give(ClerkJob::Event(errand.not_dialed("lost"))),
                ModemCommand::At(errand) => shell.give(ClerkJob::Event(errand.not_sent("lost"))),
                ModemCommand::Restart
                | ModemCommand::Rebuild
                | ModemCommand::RejectCalls(_)
                | ModemCommand::EndRing(_)
                | ModemCommand::Look => {}
            }
        }
        ram.fleet.not_ready(&shell.name, now);
        shell.give(ClerkJob::Recover);
        shell.phase = Phase::Burying;
    }

    /// What the dispatcher handed over; whether there was anything.
    pub(super) fn commands_arrive(&mut self) -> bool {
        let mut moved = false;
        let count = self.ram.as_ref().map_or(0, |ram| ram.shells.len());
        for place in 0..count {
            while let Some(Ok(command)) = self.shell(place).map(|shell| shell.commands.try_recv()) {
                moved = true;
                let Some(shell) = self.shell(place) else { break };
                match (shell.phase, command) {
                    // What the driver was told at its birth has changed: the next one is told anew.
                    (Phase::Serving, ModemCommand::Rebuild) => {
                        let modem = shell.modem;
                        self.close(modem);
                        self.lose(place);
                    }
                    (Phase::Serving, command) => self.feed(place, Input::Command(command)),
                    (_, ModemCommand::Submit(submission)) => shell.give(ClerkJob::GiveBack(submission.part)),
                    (_, ModemCommand::Ussd(errand)) => shell.give(ClerkJob::Event(errand.not_sent("lost"))),
                    (_, ModemCommand::Ring(errand)) => shell.give(ClerkJob::Event(errand.not_dialed("lost"))),
                    (_, ModemCommand::At(errand)) => shell.give(ClerkJob::Event(errand.not_sent("lost"))),
                    (
                        _,
                        ModemCommand::Restart
                        | ModemCommand::Rebuild
                        | ModemCommand::RejectCalls(_)
                        | ModemCommand::EndRing(_)
                        | ModemCommand::Look,
                    ) => {}
                }
            }
        }
        moved
    }

    /// Each clerk has its next job written; whether one had any.
    pub(super) fn clerks_write(&mut self) -> bool {
        let now = self.tick();
        let Some(ram) = self.ram.as_mut() else { return false };
        let mut moved = false;
        for shell in &mut ram.shells {
            while let Some((life, job)) = shell.clerk.next(now) {
                if let ClerkJob::Event(ModemEvent::Identity(identity)) = &job {
                    shell.clerk.sim.clone_from(&identity.iccid);
                }
                moved = true;
                // A matter of the fleet or of the log alone.
                if matches!(&job, ClerkJob::Event(ModemEvent::Free | ModemEvent::Settled | ModemEvent::Noise(_) | ModemEvent::At { .. })) {
                    shell.clerk.written();
                    continue;
                }
                let (name, sim) = (shell.name.clone(), shell.clerk.sim.clone());
                ram.writer.push(now, Task::Clerk { shell: shell.id, life, name, sim, job });
            }
        }
        moved
    }
}
