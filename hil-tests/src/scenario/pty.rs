//! The pty rung: a real daemon, as a process, on the ptys of emulated modems, in real time.

use std::path::Path;
use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use at_commands::Tick;
use tokio::runtime::Runtime;

use super::judge::{Facts, ModemFacts};
use super::play::Stage;
use super::script::{Deed, Rig as RigDeed, Scenario, Step, Subject, What};
use super::site::{Plan, Site};
use super::world;
use crate::emulator::world::World;
use crate::emulator::{Make, Rig, RigOptions};

/// A box with emulated modems.
pub struct Pty {
    // Dropped in this order: the daemon before its ports, everything before the runtime.
    site: Site,
    rig: Rig,
    runtime: Runtime,
    began: Tick,
}

/// A busy machine needs this long for what takes a second on a quiet one.
const PATIENCE: Duration = Duration::from_secs(40);
/// How often something is looked at again.
const POLL: Duration = Duration::from_millis(50);

impl Pty {
    /// Sets the scenario's stage; `program` is the program `scenario`.
    pub fn build(scenario: &Scenario, program: &Path) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let (site, rig) = runtime.block_on(set(scenario, program))?;
        Ok(Self { site, rig, runtime, began: SystemClock.tick() })
    }
}

async fn set(scenario: &Scenario, program: &Path) -> Result<(Site, Rig), String> {
    let folder = tempfile::Builder::new().prefix("scenario-").tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let make = |modem: &super::ModemSetup| Make { dialect: Some(modem.dialect), number: modem.number.clone(), speed: None };
    let options = RigOptions {
        modems: scenario.modems.len(),
        makes: scenario.modems.iter().map(make).collect(),
        latency: scenario.network.answer.0,
        delivery: scenario.network.delivery.0,
        ..RigOptions::quick(&folder.path().join("ports"))
    };
    let modems = options.modems;
    let rig = Rig::start(options).map_err(|error| format!("the modems: {error}"))?;
    let ports: Vec<_> = (0..modems).map(|modem| rig.port(modem)).collect();
    let moves = |step: &Step| matches!(&step.what, What::Do(Deed::Plug(plug)) if plug.link().is_some());
    let scan = scenario.steps.iter().any(moves).then(|| folder.path().join("ports/*"));
    let plan = Plan { folder, program, times: "emulator", ports: &ports, scan, scenario };
    Ok((Site::build(plan).await?, rig))
}

/// The box here goes by short times: what is to be late for it is late by less.
fn shorter(deed: RigDeed) -> RigDeed {
    match deed {
        RigDeed::Fault { modem, times, on_ptys: Some(fault), .. } => RigDeed::Fault { modem, times, fault: Some(fault), on_ptys: None },
        other => other,
    }
}

impl Stage for Pty {
    fn now(&self) -> Duration {
        SystemClock.tick().since(self.began)
    }

    fn act(&mut self, deed: &Deed) -> Result<String, String> {
        let Self { site, rig, runtime, .. } = self;
        runtime.block_on(async {
            match deed {
                Deed::Send(send) => site.send(send, &send.to).await,
                Deed::Ask(ask) => site.ask(ask, ask.to.as_deref()).await,
                Deed::Event(event) => site.event(event).await,
                Deed::Rig(deed) => {
                    let deed = shorter(deed.clone());
                    rig.on_world(move |world, now| world::touch(world, now, &deed)).await?
                }
                Deed::Unplug(modem) => rig.unplug(*modem).await.map(|()| String::new()),
                Deed::Plug(plug) => {
                    if let Some(link) = plug.link() {
                        site.is_called(plug.modem(), link);
                    }
                    rig.plug(plug.modem(), plug.link()).await.map(|_| String::new())
                }
                Deed::Pin(pin) => site.pin(pin).await,
                Deed::Power(power) => site.power(*power).await,
                Deed::Billing(mood) => {
                    site.billing(*mood);
                    Ok(String::new())
                }
                Deed::Resolve(resolve) => site.resolve(resolve).await,
            }
        })
    }

    fn see(&mut self, subject: &Subject) -> Result<Facts, String> {
        let Self { site, rig, runtime, .. } = self;
        runtime.block_on(async {
            match subject {
                Subject::Phone(_) | Subject::Network(_) | Subject::Struck(_) => {
                    let subject = subject.clone();
                    let shown = rig.on_world(move |world, _| world::see(world, &subject)).await?;
                    shown.ok_or_else(|| "the rig shows phones, the network and faults".to_owned())
                }
                Subject::Inbox(look) => site.inbox(&look.from).await,
                Subject::Message(look) => site.message(&look.name).await,
                Subject::Session(look) => site.session(&look.name).await,
                Subject::Billing(_) => Ok(site.books()),
                Subject::Modem(look) => {
                    let modem = look.modem;
                    let inside = move |world: &mut World, _| (world::stored(world, modem), world::pin_tries(world, modem));
                    let (stored, pin_tries) = rig.on_world(inside).await?;
                    // What lies in a modem can be seen while the box is off.
                    match (look.ready, &look.code) {
                        (None, None) => Ok(Facts::Modem(ModemFacts { ready: false, code: None, stored, pin_tries })),
                        (Some(_), _) | (None, Some(_)) => site.modem(modem, stored, pin_tries).await,
                    }
                }
            }
        })
    }

    fn pass(&mut self, at_most: Duration) {
        // A timer is made inside the runtime.
        self.runtime.block_on(async { tokio::time::sleep(at_most.min(POLL)).await });
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn last_words(&mut self) -> String {
        self.site.last_words()
    }
}
