//! The deterministic simulation: the product's engine, drivers and rules on an in-memory store, emulated modems on one
//! simulated network with people who answer, one clock that jumps to the next thing that happens, one seed.
//!
//! No runtime, no thread, no sleep: the same seed gives the same run. Where the product has a shell (a port, a clerk, a loop
//! that waits), the rig has its own copy in simulated time; every decision is the product's. Faults are acts of a [`Plan`], so
//! that a run that goes wrong can be played again with fewer of them; [`Mutation`]s break one rule of the copy each, and the
//! invariants must notice.

mod act;
mod care;
mod clock;
mod commit;
pub mod desk;
pub mod exhaustive;
pub mod fault;
mod hands;
pub mod invariant;
mod loops;
mod modems;
pub mod mutation;
pub mod office;
pub mod people;
pub mod plan;
mod ram;
pub mod required;
pub mod run;
mod sabotage;
pub mod season;
mod shell;
mod site;
mod stop;
mod task;
mod trace;
pub mod utility;
mod writer;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use answerback::chance::Seeded;
use answerback::courier::{Letter, Sent};
use answerback::engine::{Reject, Shelf, Work};
use answerback::msisdn::Msisdn;
use answerback::store::{Changed, Reader, SimPin, Store};
use answerback::terms::Rung;
use answerback::time::{Tick, Timestamp};

use self::clock::Clock;
use self::fault::{Coverage, Moment};
use self::loops::Errand;
use self::mutation::Mutation;
use self::office::Office;
use self::people::Person;
use self::plan::{Act, Plan, Setup};
use self::ram::Ram;
use self::trace::Trace;
use self::utility::Utility;
use crate::emulator::brain::{Brain, Control};
use crate::emulator::fault::Fault as Radio;
use crate::emulator::world::{World, WorldInput};

/// A simulated site: the box, its modems, the network, the people and the utility.
pub struct Sim {
    clock: Clock,
    world: World,
    ports: Vec<Port>,
    /// What survives a crash.
    store: Store,
    shelf: Arc<Shelf>,
    /// What does not; `None` while the process is dead.
    ram: Option<Ram>,
    /// When it starts again.
    start_at: Option<Tick>,
    ids: Seeded,
    luck: Seeded,
    letters: Vec<Flight>,
    /// The utility's systems.
    pub utility: Utility,
    /// The utility's programs.
    pub office: Office,
    /// The people.
    pub people: Vec<Person>,
    /// The numbers of the box.
    numbers: Vec<String>,
    written: Vec<Written>,
    /// Numbers from which came what nobody had asked for.
    unasked: BTreeSet<String>,
    human_acts: Vec<answerback::ids::MessageId>,
    acts: VecDeque<(Tick, usize, Act)>,
    cures: Vec<(Tick, u64, Cure)>,
    cure_count: u64,
    /// Crashes that wait for their commit: at which, behind it, and how long the box is dead then.
    crash_at: Vec<(Moment, bool, Duration)>,
    /// What strikes once a telephone rings.
    while_ringing: Vec<(fault::Loss, Duration, Duration)>,
    /// Modems that the next restart takes away, and for how long.
    taken_away: Vec<(usize, Duration)>,
    fsync: Duration,
    mutation: Option<Mutation>,
    bench: sabotage::Bench,
    coverage: Coverage,
    trace: Trace,
    commits: u64,
    /// Batches that were about to be committed.
    batches: u64,
    /// Rows that nobody has judged since they changed.
    changed: Changed,
    memory: invariant::Memory,
    /// Somebody is going to set the wall clock.
    sets_clock: bool,
    /// So often.
    clock_steps: u32,
    /// How the box is set up.
    setup: Setup,
    /// Attempts that were refused as duplicates, and the box was told.
    duplicates: BTreeSet<i64>,
    /// Wrong PINs that a person told the box, by ICCID.
    told_wrong: BTreeMap<String, u8>,
    /// There are rosters.
    pages: bool,
    violation: Option<Violation>,
}

/// A promise that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The invariant.
    pub name: &'static str,
    /// What is wrong.
    pub words: String,
}

/// The port of a modem as the box sees it.
#[derive(Debug, Default)]
struct Port {
    present: bool,
    open: bool,
    /// Its name is that of the modem with this number, and has changed so often.
    called: usize,
    renamed: u32,
    /// What the root helper offers for it.
    helps: Vec<Rung>,
    to_box: VecDeque<(Tick, Vec<u8>)>,
}

/// A request on its way; it arrives even if its sender dies meanwhile.
struct Flight {
    arrives: Tick,
    answers: Tick,
    letter: Option<Letter>,
    sent: Option<Sent>,
    errand: Errand,
    /// The life of the process that sent it.
    life: u64,
}

/// A text that a person wrote.
#[derive(Debug, Clone)]
pub struct Written {
    /// Who.
    pub from: String,
    /// To which modem.
    pub modem: usize,
    /// What.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// What modems say unasked; some say it every two seconds, and days would be spent on it.
const CHATTER: Duration = Duration::from_mins(7);

/// What ends a fault.
#[derive(Debug, Clone)]
enum Cure {
    Plug(usize),
    Network(usize),
    Phone(usize),
    Radio(usize, Radio),
    Again(usize),
    Disk,
    FastDisk,
    Clock,
    Endpoint,
    Receiver,
    /// No cure: what waited for a telephone to ring strikes.
    Lose(fault::Loss, usize, Duration),
    /// The same: a restart takes a modem away.
    Away(usize, Duration),
}

thread_local! {
    /// The compiled configuration, which is the same in every run of sites that are set up alike.
    static SHELVES: RefCell<BTreeMap<Setup, Arc<Shelf>>> = RefCell::default();
}

/// The shelf of a site that is set up so.
fn shelf(setup: &Setup) -> Arc<Shelf> {
    SHELVES.with_borrow_mut(|shelves| Arc::clone(shelves.entry(setup.clone()).or_default()))
}

impl Sim {
    /// The site of a plan, before anything has happened.
    pub fn new(plan: &Plan, mutation: Option<Mutation>, keep_lines: bool) -> Result<Self, Reject> {
        let brains = (0..plan.modems.len()).map(|number| brain(plan, number)).collect::<Vec<_>>();
        let numbers = brains.iter().map(|brain| brain.card().number.clone()).collect();
        let port = |(called, helps): (usize, &Vec<Rung>)| Port { present: true, called, helps: helps.clone(), ..Port::default() };
        let ports = plan.helps.iter().enumerate().map(port).collect();
        let world = World::new(brains, plan.network.clone());
        let on_call = plan.on_call.iter().map(|(number, seed)| Person::on_call(number.clone(), *seed));
        let people = plan.people.iter().map(|(number, seed)| person(plan, number, *seed)).chain(on_call).collect();
        let acts = plan.acts.iter().enumerate().map(|(number, (at, act))| (*at, number, act.clone())).collect();
        let mut sim = Self {
            clock: Clock::new(plan.network.wall_ms),
            world,
            ports,
            store: Store::in_memory()?,
            shelf: if mutation.is_none() { shelf(&plan.setup) } else { Arc::default() },
            ram: None,
            start_at: Some(Tick::default()),
            // The same configuration in every run: it is compiled once.
            ids: Seeded::new(0),
            luck: Seeded::new(plan.seed ^ 0x10C4),
            letters: Vec::new(),
            utility: Utility::default(),
            office: Office::default(),
            people,
            numbers,
            written: Vec::new(),
            unasked: BTreeSet::new(),
            human_acts: Vec::new(),
            acts,
            cures: Vec::new(),
            cure_count: 0,
            crash_at: Vec::new(),
            while_ringing: Vec::new(),
            taken_away: Vec::new(),
            fsync: plan.fsync,
            mutation,
            bench: sabotage::Bench::default(),
            coverage: Coverage::default(),
            trace: Trace::new(keep_lines),
            commits: 0,
            batches: 0,
            changed: Changed::default(),
            memory: invariant::Memory::default(),
            sets_clock: plan.clock_steps() > 0,
            clock_steps: plan.clock_steps(),
            setup: plan.setup.clone(),
            duplicates: BTreeSet::new(),
            told_wrong: BTreeMap::new(),
            pages: !plan.setup.on_call.is_empty(),
            violation: None,
        };
        sim.store.watch()?;
        sim.write(|work| site::configured(work, &sabotage::told(mutation, &plan.setup)))?;
        sim.ids = Seeded::new(plan.seed ^ 0x1D5);
        sim.numbers_known()?;
        sim.sabotage_flows()?;
        let people = plan.people.iter().map(|(number, _)| number.as_str()).chain([season::QUIET]);
        people.filter(|_| plan.setup.joined).try_for_each(|number| sim.opt_in(number))?;
        sim.networks_know_codes();
        for modem in &plan.locked {
            sim.pin_known(*modem)?;
        }
        Ok(sim)
    }

    /// What the networks answer by USSD besides a balance.
    fn networks_know_codes(&mut self) {
        use plan::ussd::{CHOICE, MENU};
        for modem in 0..self.ports.len() {
            for ((code, text), menu) in [(MENU, true), (CHOICE, false)] {
                let control = Control::Ussd { code: code.to_owned(), text: text.to_owned(), menu };
                self.world.handle(Tick::default(), WorldInput::Control { modem, control });
            }
        }
    }

    /// The box knows the PIN of the card in a modem from the bench; of some modems it saw no ICCID there.
    fn pin_known(&mut self, modem: usize) -> Result<(), Reject> {
        let (brain, set_at) = (&self.world.brains()[modem], self.now());
        let (card, imei) = (brain.card(), brain.imei().to_owned());
        let iccid = Some(card.iccid.clone()).filter(|_| modem.is_multiple_of(2));
        let pin = SimPin { n: 0, iccid, imei: Some(imei), modem: self.name_of(modem), pin: card.pin.clone(), set_at };
        self.write(|work| Ok(work.tx.insert_pin(&pin)?))
    }

    /// Whoever wants proofs of life has said what numbers the SIMs have.
    fn numbers_known(&mut self) -> Result<(), Reject> {
        let cards: Vec<(String, Option<Msisdn>)> =
            self.world.brains().iter().map(|brain| (brain.card().iccid.clone(), Msisdn::from_e164(&brain.card().number).ok())).collect();
        if self.setup.proofs.is_none() {
            return Ok(());
        }
        self.write(|work| {
            for (iccid, number) in cards {
                work.tx.save_sim(&answerback::store::Sim { iccid, number, ..answerback::store::Sim::default() })?;
            }
            Ok(())
        })
    }

    /// The tick it is.
    pub fn tick(&self) -> Tick {
        self.clock.tick()
    }

    /// Whether a person ever wrote out of the blue.
    pub(crate) fn wrote_unasked(&self, person: &Msisdn) -> bool {
        self.unasked.contains(person.e164())
    }

    /// Whether a person was asked "did you mean STOP?" and has not answered.
    pub(crate) fn is_asked_about_stop(&self, person: &Msisdn) -> bool {
        self.read(|reader| reader.consents_of(person)).is_ok_and(|rows| rows.last().is_some_and(|row| row.change.pending))
    }

    /// The time as the box has it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Modems and network.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Reads what the box has on disk.
    pub fn read<T>(&self, read: impl FnOnce(&Reader<'_>) -> T) -> T {
        self.store.read(read)
    }

    /// The promise that was not kept, once there is one.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// How often each fault struck.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Everything people wrote.
    pub fn written(&self) -> &[Written] {
        &self.written
    }

    /// Messages about which a person has decided.
    pub fn human_acts(&self) -> &[answerback::ids::MessageId] {
        &self.human_acts
    }

    /// Does one thing that happens, or all of one instant; `false` when nothing is going to happen before `until`.
    pub fn step(&mut self, until: Tick) -> bool {
        let Some(next) = self.next().filter(|next| *next <= until) else {
            self.clock.advance(until);
            return false;
        };
        self.clock.advance(next);
        let now = self.tick();
        self.world.handle(now, WorldInput::Timer);
        self.start();
        self.acts();
        self.heal();
        self.people_write();
        self.office_asks();
        self.letters_travel();
        self.ports_deliver();
        self.ram_runs();
        self.settle();
        if !self.while_ringing.is_empty() {
            self.losses_strike();
        }
        if self.violation.is_none() {
            self.violation = invariant::check(self);
        }
        true
    }

    /// When something happens next.
    fn next(&self) -> Option<Tick> {
        let now = self.tick();
        let ports = self.ports.iter().filter(|port| port.open).filter_map(|port| port.to_box.front().map(|(at, _)| *at));
        let letters = self.letters.iter().map(|letter| if letter.letter.is_some() { letter.arrives } else { letter.answers });
        let people = self.people.iter().filter_map(Person::due);
        // A dead box hears nobody.
        let box_due = self.ram.as_ref().map(|ram| [ram.due(), self.office.due()]).into_iter().flatten().flatten();
        [self.world.poll_timeout(), self.start_at, self.acts.front().map(|(at, ..)| *at)]
            .into_iter()
            .flatten()
            .chain(ports)
            .chain(letters)
            .chain(people)
            .chain(box_due)
            .chain(self.cures.iter().map(|(at, ..)| *at))
            .min()
            .map(|at| at.max(now))
    }

    /// Writes something in a transaction of its own.
    fn write<T>(&mut self, job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject>) -> Result<T, Reject> {
        let (now, shelf, chance) = (self.clock.now(), &self.shelf, &mut self.ids);
        let (mutation, bench) = (self.mutation, &mut self.bench);
        let done = self.store.transact(|tx| {
            let book = bench.book(mutation, shelf.book(tx, now)?);
            job(&mut Work { tx, now, chance, book: &book })
        });
        self.note_changes();
        done.map(answerback::committed::Committed::into_inner)
    }

    /// What a transaction changed is to be judged, and looked at by the loops that it concerns.
    fn note_changes(&mut self) {
        // The watch lies in memory, beside the disk that may be full.
        let changed = self.store.changed().expect("the watch answers");
        if let Some(ram) = self.ram.as_mut() {
            ram.hooks.stale |= changed.deliveries;
            ram.calls_stale |= changed.calls;
        }
        self.changed.add(changed);
    }

    fn note(&mut self, who: &str, what: std::fmt::Arguments<'_>) {
        self.trace.note(self.clock.tick(), who, what);
    }

    /// Ends the run: the digest of everything that happened, and its lines.
    pub fn finish(self) -> (u64, Vec<String>) {
        (self.trace.digest(), self.trace.into_lines())
    }
}

fn person(plan: &Plan, number: &str, seed: u64) -> Person {
    match plan.says {
        Some(text) => Person::who_says(number.to_owned(), text),
        None => Person::new(number.to_owned(), seed),
    }
}

fn brain(plan: &Plan, number: usize) -> Brain {
    let brain = Brain::numbered(plan.modems[number], u16::try_from(number).unwrap_or(u16::MAX)).chatting_every(CHATTER);
    let brain = brain.with_habits(plan.habits.get(number).copied().unwrap_or_default());
    // Each has a PIN of its own: another's costs a try.
    if plan.locked.contains(&number) { brain.locked(&format!("{}", 4_000 + number)) } else { brain }
}
