//! What will be done to a site: made from a seed, as data, so that a run can be repeated, cut shorter and written down.

mod calls;
mod care;
pub(super) mod energy;
mod habits;
mod load;
mod names;
mod odd;
mod sims;
pub(super) mod size;
mod trouble;
pub(super) mod ussd;

use std::time::Duration;

use answerback::chance::Seeded;
use answerback::engine::doubt::As;
use answerback::engine::ring::NewRing;
use answerback::engine::session::NewSession;
use answerback::engine::ussd::NewUssd;
use answerback::settings::Caps;
use answerback::terms::Rung;
use answerback::time::Tick;

use super::desk::Deed;
use super::fault::Fault;
use super::office::Ask;
use crate::emulator::brain::Habits;
use crate::emulator::dialect::Dialect;
use crate::emulator::network::NetworkOptions;

/// One thing that is done to the site.
#[derive(Debug, Clone)]
pub enum Act {
    /// A client asks for something.
    Ask(Box<Ask>),
    /// Somebody writes unasked.
    Text {
        /// Who.
        from: String,
        /// To which modem.
        modem: usize,
        /// What.
        text: String,
    },
    /// Somebody at the utility does something.
    Desk {
        /// What.
        deed: Deed,
        /// About this person.
        person: usize,
    },
    /// A person decides about the oldest message in doubt.
    Resolve {
        /// How.
        decision: As,
    },
    /// A technician has a modem and its SIM tested.
    SelfTest {
        /// Which modem.
        modem: usize,
    },
    /// A client wants a telephone rung.
    Ring(Box<NewRing>),
    /// And takes back what it wanted rung last.
    RingCancel,
    /// Somebody asks the network for something.
    Ussd(NewUssd),
    /// Something goes wrong.
    Fault(Fault),
}

/// A site and what happens to it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of this seed.
    pub seed: u64,
    /// How its modems speak.
    pub modems: Vec<&'static Dialect>,
    /// What its modems do with references and with what comes in; those that are not named do what most do.
    pub habits: Vec<Habits>,
    /// The modems whose card asks for its PIN.
    pub locked: Vec<usize>,
    /// What the root helper offers for each modem.
    pub helps: Vec<Vec<Rung>>,
    /// How its network behaves.
    pub network: NetworkOptions,
    /// Numbers and seeds of its people.
    pub people: Vec<(String, u64)>,
    /// How its box is set up.
    pub setup: Setup,
    /// Numbers and seeds of the people on call.
    pub on_call: Vec<(String, u64)>,
    /// What everybody says to the first text, instead of what comes to mind.
    pub says: Option<&'static str>,
    /// How long a commit takes.
    pub fsync: Duration,
    /// What happens, in order of time.
    pub acts: Vec<(Tick, Act)>,
    /// Until then things happen; afterwards the site comes to rest.
    pub until: Tick,
}

/// How a box is set up, where boxes differ: those that are set up alike share what is compiled of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Setup {
    /// The numbers on its rosters, in calling order; the last is the boss. None has no roster.
    pub on_call: Vec<String>,
    /// To whom its SIMs text as a proof of life, in the words of the settings.
    pub proofs: Option<&'static str>,
    /// What its SIMs may send, where that is not what the settings begin with.
    pub caps: Option<Caps>,
    /// Its people have joined the peak hours.
    pub joined: bool,
}

/// A third of the boxes has no helper; of the hubs of the others half can switch their sockets. A chance of its own: the rest of the
/// plan does not hang on it.
fn helps(seed: u64, modems: usize) -> Vec<Vec<Rung>> {
    let mut chance = Seeded::new(seed ^ 0x0068_656c_7065_7273);
    let there = chance.below(3) > 0;
    let offers = |power: bool| if power { vec![Rung::UsbReset, Rung::Power] } else { vec![Rung::UsbReset] };
    (0..modems).map(|_| if there { offers(chance.below(2) == 0) } else { Vec::new() }).collect()
}

/// A Monday morning in Chicago, in November.
const START_MS: i64 = 1_795_446_000_000;

impl Plan {
    /// The plan of a seed: so many days of life.
    pub fn of(seed: u64, days: f64) -> Self {
        // Some weeks nothing breaks; in most several things do.
        Self::made(seed, days, &[0, 1, 2, 4, 8, 12])
    }

    /// The plan of a seed in which everything breaks: fewer of these show as many faults.
    pub fn storm(seed: u64, days: f64) -> Self {
        Self::made(seed, days, &[40])
    }

    fn made(seed: u64, days: f64, faults: &[u64]) -> Self {
        let until = Duration::from_secs_f64(days * 86_400.0);
        let mut maker = Maker {
            chance: Seeded::new(seed),
            until,
            modems: 0,
            locked: Vec::new(),
            people: Vec::new(),
            sends: Vec::new(),
            wall_ms: 0,
            before: None,
        };
        maker.plan(seed, faults)
    }

    /// One conversation in which nothing goes wrong: a bill, "Y", the charge, the receipt.
    pub fn script(dialect: &'static Dialect) -> Self {
        let bill = NewSession {
            flow: "pay.past_due".to_owned(),
            to: Some("+15555550100".to_owned()),
            data: load::bill(4_711, true),
            source: "simulation".to_owned(),
            ..NewSession::default()
        };
        let at = |seconds| Tick::default().plus(Duration::from_secs(seconds));
        Self {
            seed: 1,
            modems: vec![dialect],
            habits: Vec::new(),
            locked: Vec::new(),
            helps: vec![Vec::new()],
            network: NetworkOptions { wall_ms: START_MS, ..NetworkOptions::default() },
            people: vec![("+15555550100".to_owned(), 1)],
            setup: Setup::default(),
            on_call: Vec::new(),
            says: Some("Y"),
            fsync: Duration::from_millis(1),
            acts: vec![(at(60), Act::Ask(Box::new(Ask::Session(bill))))],
            until: at(180),
        }
    }

    /// The acts that are faults, by place.
    pub fn faults(&self) -> Vec<usize> {
        let is_fault = |(_, (_, act)): &(usize, &(Tick, Act))| matches!(act, Act::Fault(_));
        self.acts.iter().enumerate().filter(is_fault).map(|(place, _)| place).collect()
    }

    /// How often somebody sets the wall clock.
    pub fn clock_steps(&self) -> u32 {
        let steps = self.acts.iter().filter(|(_, act)| matches!(act, Act::Fault(Fault::ClockStep { .. })));
        u32::try_from(steps.count()).unwrap_or(u32::MAX)
    }

    /// The same plan without the acts at these places.
    pub fn without(&self, places: &[usize]) -> Self {
        let acts = self.acts.iter().enumerate().filter(|(place, _)| !places.contains(place)).map(|(_, act)| act.clone()).collect();
        Self { acts, ..self.clone() }
    }
}

struct Maker {
    chance: Seeded,
    until: Duration,
    modems: usize,
    locked: Vec<usize>,
    people: Vec<(String, u64)>,
    /// When something is asked for: faults strike near it.
    sends: Vec<Tick>,
    /// Unix milliseconds at tick 0.
    wall_ms: i64,
    /// The session that was asked for before: some clients ask twice.
    before: Option<NewSession>,
}

/// A number that nobody has.
const NOBODY: &str = "+15555550199";

impl Maker {
    fn plan(&mut self, seed: u64, faults: &[u64]) -> Plan {
        let few = 1 + self.below(3) as usize;
        let (count, until) = size::of(seed, few, self.until);
        self.until = until;
        let modems = (0..count).map(|_| *self.pick(Dialect::all())).collect::<Vec<_>>();
        self.modems = modems.len();
        self.locked = (0..modems.len()).filter(|_| self.chance.below(6) == 0).collect();
        self.people = (0..2 + self.below(4)).map(|n| (format!("+1555555{:04}", 100 + n), self.chance.next_u64())).collect();
        self.wall_ms = START_MS + self.below(86_400) as i64 * 1_000;
        let network = self.network(seed);
        let fsync = Duration::from_micros(*self.pick(&[200, 1_000, 5_000, 60_000]));
        let mut acts = Vec::new();
        for _ in 0..4 + self.below(24) {
            let at = self.when();
            self.sends.push(at);
            let load = self.load(at);
            acts.push((at, load));
        }
        for _ in 0..*self.pick(faults) {
            acts.push((self.near(), Act::Fault(self.fault())));
        }
        let mut until = Tick::default().plus(self.until);
        if self.below(40) == 0 {
            let (down, whole) = self.long_weekend();
            acts.push(down);
            until = until.plus(whole);
        }
        let habits = habits::of(seed, &modems, &mut acts);
        if names::swapped(seed, modems.len(), self.until, &mut acts) {
            self.locked = (0..modems.len()).collect();
        }
        ussd::acts(seed, modems.len(), self.until, &mut acts);
        let on_call = calls::on_call(seed, modems.len(), self.until, &mut acts);
        let setup = Setup {
            on_call: on_call.iter().map(|(number, _)| number.clone()).collect(),
            joined: energy::joined(seed),
            ..sims::setup(seed)
        };
        until = until.max(sims::acts(&setup, seed, &self.people, &mut acts));
        until = until.max(care::acts(seed, modems.len(), &self.people, &mut acts));
        until = until.max(odd::acts(seed, &modems, &self.people, &mut acts));
        energy::acts(seed, self.until, &self.people, &mut acts);
        acts.sort_by_key(|(at, _)| *at);
        // A fault that struck later would never end.
        until = acts.last().map_or(until, |(at, _)| until.max(*at));
        let (people, locked) = (std::mem::take(&mut self.people), std::mem::take(&mut self.locked));
        let helps = helps(seed, modems.len());
        Plan { seed, modems, habits, locked, helps, network, people, setup, on_call, says: None, fsync, acts, until }
    }

    fn network(&mut self, seed: u64) -> NetworkOptions {
        NetworkOptions {
            answer: Duration::from_millis(*self.pick(&[50, 2_000, 2_500, 4_000, 12_000])),
            delivery: Duration::from_millis(*self.pick(&[200, 1_000, 6_000])),
            report: Duration::from_millis(*self.pick(&[100, 1_000, 4_000])),
            lost_permille: *self.pick(&[0, 0, 0, 20]),
            doubled_permille: *self.pick(&[0, 0, 20, 100]),
            jitter: Duration::from_millis(*self.pick(&[0, 0, 3_000])),
            wall_ms: self.wall_ms,
            unassigned: vec![NOBODY.to_owned()],
            seed: seed ^ 0x2E7,
            ..NetworkOptions::default()
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len() as u64) as usize]
    }

    fn modem(&mut self) -> usize {
        self.below(self.modems as u64) as usize
    }

    /// Some time of the run; the first minute belongs to the modems.
    fn when(&mut self) -> Tick {
        let ms = self.until.as_millis().max(1) as u64;
        Tick::default().plus(Duration::from_mins(1)).plus(Duration::from_millis(self.below(ms)))
    }

    /// A time at which something is about to be sent, or any.
    fn near(&mut self) -> Tick {
        if self.sends.is_empty() || self.below(4) == 0 {
            return self.when();
        }
        let place = self.below(self.sends.len() as u64) as usize;
        let send = self.sends[place].since(Tick::default());
        let earlier = Duration::from_millis(self.below(30_000));
        Tick::default().plus(send.saturating_sub(earlier))
    }
}
