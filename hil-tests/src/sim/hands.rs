//! The site in the hands of somebody who plays a story on it: what a plan does by chance, done one thing at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::conversation::effect::{ConsentChange, Proof};
use answerback::engine::doubt::As;
use answerback::engine::happened::Target;
use answerback::engine::{Reject, configure, consent, happened, pin};
use answerback::ids::MessageId;
use answerback::msisdn::Msisdn;
use answerback::terms::Category;
use answerback::time::Tick;
use answerback::value::Value;
use at_commands::pdu::{Inbound, Smsc};

use super::fault::Fault;
use super::plan::Plan;
use super::task::Task;
use super::{Cure, Sim, Written};
use crate::emulator::brain::Brain;
use crate::emulator::world::World;

/// Until somebody does the opposite.
const FOR_GOOD: Duration = Duration::from_hours(24 * 365);

impl Sim {
    /// The site of a plan with modems of the player's own; it keeps its lines.
    pub fn with_modems(plan: &Plan, modems: Vec<Brain>) -> Result<Self, Reject> {
        let sim = Self::new(plan, None, true)?;
        Ok(Self { world: World::new(modems, plan.network.clone()), ..sim })
    }

    /// Puts a flow in place, for new sessions.
    pub fn put_flow(&mut self, file: &str, text: &str) -> Result<(), Reject> {
        self.write(|work| {
            let put = configure::keep_flow(work, file, text, "the scenario")?;
            configure::activate_flow(work, &put.name, put.revision).map(drop)
        })
    }

    /// Puts an endpoint in place, beside those that the site has.
    pub fn put_endpoint(&mut self, name: &str) -> Result<(), Reject> {
        self.write(|work| configure::endpoint(work, &super::site::endpoint(name)).map(drop))
    }

    /// Puts a roster in place.
    pub fn put_roster(&mut self, roster: &configure::NewRoster) -> Result<(), Reject> {
        self.write(|work| configure::roster(work, roster).map(drop))
    }

    /// A number opts in to what asks for it.
    pub fn opt_in(&mut self, number: &str) -> Result<(), Reject> {
        self.write(|work| {
            let msisdn = Msisdn::from_e164(number).map_err(|error| Reject::new("invalid_number", error.to_string()))?;
            let categories = vec![Category::Energy, Category::Survey];
            let (source, proof) = ("api".to_owned(), Proof::told("as the scenario says", None));
            consent::record(work, &ConsentChange { msisdn, categories, granted: true, source, proof, pending: false })
        })
    }

    /// Something happened outside; how many sessions it reached.
    pub fn happens(&mut self, event: &str, target: &Target, data: &BTreeMap<String, Value>) -> Result<usize, Reject> {
        self.note("office", format_args!("event {event}"));
        let reached = self.write(|work| {
            let sessions = happened::targets(work.tx, target)?;
            happened::event(work, &sessions, event, data)
        })?;
        self.settle();
        Ok(reached)
    }

    /// Does something to modems, network and phones now, and carries out what follows at once.
    pub fn with_world<T>(&mut self, act: impl FnOnce(&mut World, Tick) -> T) -> T {
        let now = self.tick();
        let done = act(&mut self.world, now);
        self.settle();
        done
    }

    /// Somebody texts the SIM of a modem.
    pub fn text(&mut self, from: &str, modem: usize, text: &str) {
        self.write_text(from.to_owned(), modem, text.to_owned());
        self.settle();
    }

    /// A PDU of the player's own comes to the SIM of a modem; a copy of one that came before is nobody's new text.
    pub fn pdu(&mut self, modem: usize, pdu: &str) -> Result<(), String> {
        self.with_world(|world, now| world.with_network(now, |network| network.inject_pdu(modem, pdu)))?;
        let octets = at_commands::hex::decode(pdu).map_err(|error| error.to_string())?;
        let Ok(Inbound::Deliver(deliver)) = Inbound::decode(&octets, Smsc::Present) else { return Ok(()) };
        let (Some(from), Some(text)) = (deliver.oa.number(), deliver.text()) else { return Ok(()) };
        if !self.written.iter().any(|written| written.from == from && written.text == text) {
            self.written.push(Written { from, modem, text, at: self.clock.truth() });
        }
        Ok(())
    }

    /// Pulls the plug of a modem.
    pub fn unplug(&mut self, modem: usize) {
        self.act(super::plan::Act::Fault(Fault::Unplug { modem, back: FOR_GOOD, renamed: false }));
        self.settle();
    }

    /// Puts it back.
    pub fn plug(&mut self, modem: usize) {
        self.cures.retain(|(_, _, cure)| !matches!(cure, Cure::Plug(gone) if *gone == modem));
        self.port_back(modem);
        self.settle();
    }

    /// Puts it back, and its port has another name.
    pub fn plug_under_another_name(&mut self, modem: usize) {
        if let Some(port) = self.ports.get_mut(modem) {
            port.renamed += 1;
        }
        self.supervisor_ends(modem);
        self.plug(modem);
    }

    /// Somebody gives the box the PIN of the SIM in a modem.
    pub fn set_pin(&mut self, modem: usize, digits: &str) -> Result<(), Reject> {
        let name = self.name_of(modem);
        let card = self.world.brains().get(modem).map(Brain::card).filter(|card| card.pin != digits);
        if let Some(iccid) = card.map(|card| card.iccid.clone()) {
            *self.told_wrong.entry(iccid).or_default() += 1;
        }
        self.write(|work| pin::set(work, &name, Some(digits)))?;
        if let Some(ram) = self.ram.as_ref() {
            ram.fleet.rebuild(&name);
        }
        self.settle();
        Ok(())
    }

    /// Cuts the power of the box; modems keep theirs.
    pub fn cut_power(&mut self) {
        self.crash(FOR_GOOD);
    }

    /// Switches the box on.
    pub fn switch_on(&mut self) {
        self.start_at = Some(self.tick());
    }

    /// Whether the box is off.
    pub fn is_off(&self) -> bool {
        self.ram.is_none()
    }

    /// A person at the box decides about a message.
    pub fn decide(&mut self, message: MessageId, decision: As) {
        let now = self.tick();
        if let Some(ram) = self.ram.as_mut() {
            ram.writer.push(now, Task::Resolve(message, decision));
            self.note("person", format_args!("{message}: {decision:?}"));
        }
    }

    /// What the box calls a modem.
    pub fn modem_name(&self, modem: usize) -> String {
        self.name_of(modem)
    }

    /// The last so many lines of what happened.
    pub fn last_lines(&self, count: usize) -> &[String] {
        self.trace.last(count)
    }
}
