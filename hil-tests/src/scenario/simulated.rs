//! The simulation rung: the product's engine, drivers and rules on a clock that jumps. After every instant the promises
//! of the simulation are looked at too, so that a scenario fails on any lie, not only on the one it speaks of.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::engine::accept::NewMessage;
use answerback::engine::configure::{NewOnCall, NewRoster};
use answerback::engine::happened::Target;
use answerback::engine::session::NewSession;
use answerback::engine::{Reject, json};
use answerback::ids::{MessageId, SessionId};
use answerback::msisdn::Msisdn;
use answerback::store::{self, ModemState, Paging, Reader};
use answerback::terms::Word as _;
use answerback::text::Text;
use answerback::time::Tick;
use answerback::value::Value;

use super::judge::{Facts, MessageFacts, ModemFacts, SessionFacts};
use super::play::Stage;
use super::script::{Ask, Deed, Event, ModemLook, Mood, OnCall, Plug, Power, Rig, Scenario, SendText, Subject};
use super::world;
use crate::emulator::brain::{Brain, Card};
use crate::emulator::network::NetworkOptions;
use crate::sim::Sim;
use crate::sim::fault::Manner;
use crate::sim::office;
use crate::sim::plan::{Plan, Setup};

/// A simulated site with a scenario on it.
pub struct Simulated {
    sim: Sim,
    began: Tick,
    messages: BTreeMap<String, MessageId>,
    sessions: BTreeMap<String, SessionId>,
}

/// Monday 2026-11-23, ten in the morning in Chicago: bills are not texted at night.
const START_MS: i64 = 1_795_449_600_000;
/// Simulated time costs nothing: what does not come within this never comes.
const PATIENCE: Duration = Duration::from_hours(1);
/// Modems are up, and a client has its answer, within this.
const SOON: Duration = Duration::from_mins(5);
/// Longer than every wait of a doubt.
const SETTLE: Duration = Duration::from_mins(10);
const LAST_LINES: usize = 40;
const TEXTS_MAX: u32 = 200;

impl Simulated {
    /// Sets the scenario's stage.
    pub fn build(scenario: &Scenario) -> Result<Self, String> {
        let network = NetworkOptions {
            answer: scenario.network.answer.0,
            delivery: scenario.network.delivery.0,
            report: scenario.network.delivery.0,
            wall_ms: START_MS,
            ..NetworkOptions::default()
        };
        let plan = Plan {
            seed: 1,
            modems: scenario.modems.iter().map(|modem| modem.dialect).collect(),
            habits: Vec::new(),
            locked: Vec::new(),
            helps: scenario.modems.iter().map(|_| Vec::new()).collect(),
            network,
            people: Vec::new(),
            setup: Setup::default(),
            on_call: Vec::new(),
            says: None,
            fsync: Duration::from_millis(1),
            acts: Vec::new(),
            until: Tick::default(),
        };
        let mut sim = Sim::with_modems(&plan, brains(scenario)).map_err(|no| no.to_string())?;
        furnish(&mut sim, scenario).map_err(|no| no.to_string())?;
        for flow in &scenario.flows {
            sim.put_flow(&flow.file, &flow.text).map_err(|no| format!("{}: {no}", flow.file))?;
        }
        let mut stage = Self { sim, began: Tick::default(), messages: BTreeMap::new(), sessions: BTreeMap::new() };
        let modems = scenario.modems.len();
        stage.until("every modem can send", |stage| stage.ready_modems().map(|ready| (ready == modems).then_some(())))?;
        stage.began = stage.sim.tick();
        Ok(stage)
    }

    fn ready_modems(&self) -> Result<usize, String> {
        let modems = self.read(|reader| reader.modems())?;
        Ok(modems.iter().filter(|modem| modem.state == ModemState::Ready).count())
    }

    /// Lets time pass until `look` finds something.
    fn until<T>(&mut self, what: &str, look: impl Fn(&Self) -> Result<Option<T>, String>) -> Result<T, String> {
        let deadline = self.sim.tick().plus(SOON);
        loop {
            self.kept()?;
            if let Some(found) = look(self)? {
                return Ok(found);
            }
            if !self.sim.step(deadline) {
                return Err(format!("in vain: {what}\n{}", self.sim.last_lines(LAST_LINES).join("\n")));
            }
        }
    }

    /// Every promise was kept so far.
    fn kept(&self) -> Result<(), String> {
        self.sim.violation().map_or(Ok(()), |broken| Err(format!("a promise was not kept: {}: {}", broken.name, broken.words)))
    }

    fn read<T>(&self, read: impl FnOnce(&Reader<'_>) -> store::Result<T>) -> Result<T, String> {
        self.sim.read(read).map_err(|error| error.to_string())
    }

    /// A client asks and waits for its answer.
    fn office(&mut self, ask: office::Ask, refused: Option<&str>) -> Result<Option<office::Said>, String> {
        if self.sim.is_off() {
            return Err("the box is off: write power_on before".to_owned());
        }
        let number = self.sim.office.ask(ask);
        let look = move |stage: &Self| {
            let request = stage.sim.office.requests().get(number);
            Ok(request.filter(|request| request.told || request.refused.is_some()).map(|request| (request.said.clone(), request.refused)))
        };
        match (self.until("the answer of the API", look)?, refused) {
            ((said @ Some(_), None), None) => Ok(said),
            ((_, Some(code)), Some(wanted)) if code == wanted => Ok(None),
            ((_, Some(code)), _) => Err(format!("it was refused: {code}")),
            ((_, None), Some(wanted)) => Err(format!("it was accepted, and should have been refused as {wanted}")),
            ((None, None), None) => Err("the answer says nothing".to_owned()),
        }
    }

    fn send(&mut self, send: &SendText) -> Result<String, String> {
        let message = NewMessage {
            to: send.to.clone(),
            text: Text::new(&send.text),
            policy: send.policy,
            rank: None,
            category: None,
            not_before: None,
            expires_at: None,
            sim: None,
            parts_max: None,
            class: None,
            report: true,
            replaces: None,
            tags: Vec::new(),
            source: "scenario".to_owned(),
            idempotency: None,
        };
        match self.office(office::Ask::Message(message), send.refused.as_deref())? {
            Some(office::Said::Message(id)) => {
                self.messages.insert(send.message.clone(), id);
                Ok(format!("202 {id}"))
            }
            Some(office::Said::Session(..)) => Err("the answer is about a session".to_owned()),
            None => Ok("refused".to_owned()),
        }
    }

    fn ask(&mut self, ask: &Ask) -> Result<String, String> {
        let session = NewSession {
            flow: ask.flow.clone(),
            to: ask.to.clone(),
            data: slots(&ask.data)?,
            source: "scenario".to_owned(),
            ..NewSession::default()
        };
        match self.office(office::Ask::Session(session), ask.refused.as_deref())? {
            Some(office::Said::Session(id, _)) => {
                self.sessions.insert(ask.session.clone(), id);
                Ok(format!("202 {id}"))
            }
            Some(office::Said::Message(_)) => Err("the answer is about a message".to_owned()),
            None => Ok("refused".to_owned()),
        }
    }

    fn event(&mut self, event: &Event) -> Result<String, String> {
        let target = match &event.session {
            Some(session) => Target::Session(*self.sessions.get(session).ok_or_else(|| format!("`{session}` was refused"))?),
            None => Target::Where(slots(&event.r#where)?),
        };
        let reached = self.sim.happens(&event.name, &target, &slots(&event.data)?).map_err(|no| no.to_string())?;
        Ok(format!("{reached} sessions"))
    }

    fn power(&mut self, power: Power) -> Result<(), String> {
        match (power, self.sim.is_off()) {
            (Power::Cut | Power::Restart, true) => return Err("the box is off already; switch it on before".to_owned()),
            (Power::On, false) => return Err("the box is on already; cut its power before".to_owned()),
            (Power::Cut, false) => {
                self.sim.cut_power();
                return Ok(());
            }
            (Power::Restart, false) => self.sim.cut_power(),
            (Power::On, true) => {}
        }
        self.sim.switch_on();
        self.until("the box is on", |stage| Ok((!stage.sim.is_off()).then_some(())))
    }

    fn message(&self, name: &str) -> Result<Facts, String> {
        let id = *self.messages.get(name).ok_or_else(|| format!("`{name}` was refused: there is nothing to look at"))?;
        let (message, attempts) = self.read(|reader| Ok((reader.message(id)?, reader.attempts_of(id)?)))?;
        let message = message.ok_or_else(|| format!("{id} is not on disk"))?;
        Ok(Facts::Message(MessageFacts {
            state: message.state.word().to_owned(),
            certainty: message.certainty().word().to_owned(),
            attempts: attempts.len(),
            possibly_twice: message.possibly_twice,
        }))
    }

    fn session(&self, name: &str) -> Result<Facts, String> {
        let id = *self.sessions.get(name).ok_or_else(|| format!("`{name}` was refused: there is nothing to look at"))?;
        let session = self.read(|reader| reader.session(id))?.ok_or_else(|| format!("{id} is not on disk"))?;
        Ok(Facts::Session(SessionFacts { state: session.state.word().to_owned(), step: session.step, result: session.result }))
    }

    fn inbox(&self, from: &str) -> Result<Facts, String> {
        let from = Msisdn::from_e164(from).map_err(|error| error.to_string())?;
        let rows = self.read(|reader| reader.inbounds(Some(&from), Paging::newest(TEXTS_MAX)))?;
        Ok(Facts::Texts(rows.items.into_iter().rev().map(|row| row.text.expose().to_owned()).collect()))
    }

    fn books(&self) -> Facts {
        let asked = self.sim.utility.asked().values();
        let charges: Vec<_> = asked.filter(|asked| asked.endpoint == "billing.charge" && (asked.acted > 0 || asked.refused)).collect();
        Facts::Billing { charges: charges.len(), posts: charges.iter().map(|asked| asked.posts.len()).sum() }
    }

    fn modem(&self, look: &ModemLook) -> Result<Facts, String> {
        let name = self.sim.modem_name(look.modem);
        let row = self.read(|reader| reader.modem(&name))?.ok_or_else(|| format!("the box knows no {name}"))?;
        let world = self.sim.world();
        let (stored, pin_tries) = (world::stored(world, look.modem), world::pin_tries(world, look.modem));
        Ok(Facts::Modem(ModemFacts { ready: row.state == ModemState::Ready, code: row.code, stored, pin_tries }))
    }
}

fn slots(written: &BTreeMap<String, toml::Value>) -> Result<BTreeMap<String, Value>, String> {
    let slot = |(name, value): (&String, &toml::Value)| {
        let value = serde_json::to_value(value).ok().and_then(|value| json::from_json(&value));
        value.map(|value| (name.clone(), value)).ok_or_else(|| format!("`{name}` is no value of a slot"))
    };
    written.iter().map(slot).collect()
}

/// Endpoints, rosters and consents of the scenario.
fn furnish(sim: &mut Sim, scenario: &Scenario) -> Result<(), Reject> {
    let house = &scenario.house;
    for (name, answer) in &house.endpoints {
        sim.put_endpoint(name)?;
        if !answer.is_null() {
            sim.utility.answers.insert(name.clone(), answer.clone());
        }
    }
    for roster in &house.rosters {
        let person = |person: &OnCall| NewOnCall {
            name: person.name.clone(),
            number: person.number.clone(),
            aliases: Vec::new(),
            shifts: Vec::new(),
        };
        sim.put_roster(&NewRoster { name: roster.name.clone(), people: roster.people.iter().map(person).collect() })?;
    }
    for number in &house.opted_in {
        sim.opt_in(number)?;
    }
    Ok(())
}

fn brains(scenario: &Scenario) -> Vec<Brain> {
    let numbered = (0..).zip(&scenario.modems);
    let brain = |(index, modem): (u16, &super::ModemSetup)| {
        let mut card = Card::numbered(index + 1);
        card.number = modem.number.clone().unwrap_or(card.number);
        Brain::new(modem.dialect, Brain::numbered(modem.dialect, index).imei().to_owned(), card)
    };
    numbered.map(brain).collect()
}

fn manner(mood: Mood) -> Result<Manner, String> {
    match mood {
        Mood::Ok => Ok(Manner::Good),
        Mood::Fail => Ok(Manner::Refuses),
        Mood::ChargeThenSilence => Ok(Manner::ActsAndHangs),
        Mood::ChargeThenReset => Ok(Manner::ActsAndBreaks),
        Mood::Broken => Ok(Manner::Broken),
        Mood::Down => Ok(Manner::Down),
        Mood::Later | Mood::Settle => Err("the simulated billing system decides at once".to_owned()),
    }
}

impl Stage for Simulated {
    fn now(&self) -> Duration {
        self.sim.tick().since(self.began)
    }

    fn act(&mut self, deed: &Deed) -> Result<String, String> {
        self.kept()?;
        match deed {
            Deed::Send(send) => return self.send(send),
            Deed::Ask(ask) => return self.ask(ask),
            Deed::Event(event) => return self.event(event),
            // What people write is told to the simulation: it counts what the box makes of it.
            Deed::Rig(Rig::Text { from, text, modem, times }) => {
                let (modem, texts) = world::letters(self.sim.world(), from, text, *modem, *times)?;
                for text in &texts {
                    self.sim.text(from, modem, text);
                }
                return Ok(format!("{:?} to modem {modem}", texts.first().map_or("", String::as_str)));
            }
            Deed::Rig(Rig::Pdu { modem, pdu }) => self.sim.pdu(*modem, pdu)?,
            Deed::Rig(rig) => return self.sim.with_world(|far, now| world::touch(far, now, rig)),
            Deed::Unplug(modem) => self.sim.unplug(*modem),
            Deed::Plug(Plug::Back(modem)) => self.sim.plug(*modem),
            Deed::Plug(Plug::Under { modem, .. }) => self.sim.plug_under_another_name(*modem),
            Deed::Pin(pin) => self.sim.set_pin(pin.modem, &pin.pin).map_err(|no| no.to_string())?,
            Deed::Power(power) => self.power(*power)?,
            Deed::Billing(mood) => self.sim.utility.manner = manner(*mood)?,
            Deed::Resolve(resolve) => {
                let id = self.messages.get(&resolve.message).copied();
                self.sim.decide(id.ok_or_else(|| format!("`{}` was refused", resolve.message))?, resolve.r#as);
            }
        }
        Ok(String::new())
    }

    fn see(&mut self, subject: &Subject) -> Result<Facts, String> {
        self.kept()?;
        if let Some(shown) = world::see(self.sim.world(), subject) {
            return Ok(shown);
        }
        match subject {
            Subject::Inbox(look) => self.inbox(&look.from),
            Subject::Message(look) => self.message(&look.name),
            Subject::Session(look) => self.session(&look.name),
            Subject::Modem(look) => self.modem(look),
            Subject::Billing(_) => Ok(self.books()),
            Subject::Phone(_) | Subject::Network(_) | Subject::Struck(_) => {
                Err("the world shows phones, the network and faults".to_owned())
            }
        }
    }

    fn pass(&mut self, at_most: Duration) {
        let until = self.sim.tick().plus(at_most);
        self.sim.step(until);
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    /// A second text, were there one, would come within that.
    fn settles(&self, asked: Duration) -> Duration {
        asked.max(SETTLE)
    }

    fn last_words(&mut self) -> String {
        format!("what happened last:\n{}", self.sim.last_lines(LAST_LINES).join("\n"))
    }
}
