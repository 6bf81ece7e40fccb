//! What must hold after every instant, and at rest. Each file is one promise of reliability.md; each judges what has changed
//! since the last look, with what [`Memory`] has kept of it.

mod caps;
mod charge;
mod choice;
mod climbs;
mod consent;
mod early;
mod events;
mod inbound;
mod ledger;
mod lives;
mod order;
mod outcome;
mod pauses;
mod pins;
mod queues;
mod rest;
mod rings;
mod stranded;
#[cfg(test)]
mod tests;
mod truth;
pub(super) mod ussd;
mod watch;
mod witness;

use answerback::delivery::route::ModemView;
use answerback::modem::driver::Driver;
use answerback::modem::io::ModemEvent;
use answerback::store::Changed;
use answerback::terms::Rung;

use self::caps::Sent;
use self::charge::Posts;
use self::choice::Choices;
use self::climbs::Climbs;
use self::consent::Stops;
use self::early::Waits;
use self::events::Log;
use self::inbound::Inbox;
use self::ledger::{Change, Ledger};
use self::lives::Lives;
use self::order::Queue;
use self::pauses::Pauses;
use self::rings::Rings;
use self::stranded::Stranded;
use self::ussd::Exchanges;
use self::watch::Watch;
use super::{Sim, Violation};

/// `engine::expire` lets so many fire in one job.
const TIMERS_MAX: u32 = 100;

/// What invariants remember between looks.
#[derive(Debug, Default)]
pub struct Memory {
    /// Commits that were looked at.
    commits: u64,
    /// PDUs of the network that were looked at.
    taken: usize,
    /// Requests whose answer was found on disk.
    answered: Vec<bool>,
    /// Calls and events that arrived.
    arrived: usize,
    ledger: Ledger,
    log: Log,
    posts: Posts,
    inbox: Inbox,
    stops: Stops,
    queue: Queue,
    waits: Waits,
    rings: Rings,
    sent: Sent,
    lives: Lives,
    exchanges: Exchanges,
    watch: Watch,
    stranded: Stranded,
    choices: Choices,
    pauses: Pauses,
    climbs: Climbs,
    /// Numbers and codes that were dialed, and answers to these.
    dialed: usize,
}

impl Memory {
    /// What is counted of what was seen, and how often it was.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let caps = self.sent.reached().map(|cap| match cap {
            "minute" => ("a SIM at its cap of a minute", 1),
            "day" => ("a SIM at its cap of a day", 1),
            "month" => ("a SIM at its cap of a month", 1),
            _ => ("a SIM at its cap of people", 1),
        });
        let watched = [("a deaf modem is found", self.watch.deaf), ("a hung modem is back or given up", self.watch.hung)];
        let stranded = [
            ("an alarm is sent whole from another SIM", self.stranded.moved),
            ("a person hears of what waits for a SIM", self.stranded.told),
        ];
        let helped = [
            ("a SIM that is refused rests", self.pauses.refused),
            ("a modem that falls rests", self.pauses.fell),
            ("a restart that takes a modem away is noted", self.climbs.harmed),
            ("a modem is restarted for the last time of an hour", self.climbs.spent),
        ];
        caps.chain(watched)
            .chain(stranded)
            .chain(helped)
            .chain([("a proof of life comes in", self.lives.came), ("a proof of life is missing", self.lives.missing)])
    }
}

/// Looks at what has changed, where something was committed or taken by the network.
pub(super) fn check(sim: &mut Sim) -> Option<Violation> {
    let mut watch = std::mem::take(&mut sim.memory.watch);
    let watched = watch.look(sim);
    sim.memory.watch = watch;
    if let Err(violation) = watched {
        return Some(violation);
    }
    let taken = sim.world.network().taken().len();
    let arrived = sim.utility.heard().len() + sim.utility.asked().values().map(|asked| asked.posts.len()).sum::<usize>();
    let brains = sim.world.brains().iter();
    let dialed = brains.map(|brain| brain.dialed().len() + brain.ussd_heard().len() + brain.ussd_said().len()).sum();
    let known = &mut sim.memory;
    if (known.commits, known.taken, known.arrived, known.dialed) == (sim.commits, taken, arrived, dialed) {
        return None;
    }
    (known.commits, known.taken, known.arrived, known.dialed) = (sim.commits, taken, arrived, dialed);
    look(sim, false)
}

/// The box is about to do what is due by its clock.
pub(super) fn before_due(sim: &mut Sim) {
    let timers = sim.read(|reader| reader.due_timers(sim.now(), TIMERS_MAX)).unwrap_or_default();
    let now = sim.tick();
    sim.memory.waits.fire(now, &timers);
}

/// What a driver tells is heard by whoever waits for it.
pub(super) fn hears(sim: &mut Sim, shell: u64, modem: usize, event: &ModemEvent) {
    let (now, life) = (sim.tick(), life(sim));
    sim.memory.watch.hears(now, shell, event);
    sim.memory.pauses.hears(now, life, modem, event);
    let climbs = sim.memory.climbs.hears(now, life, modem, event);
    // Whoever sets the clock makes an hour of any time.
    if !sim.sets_clock {
        told(sim, named("the ladder harms nobody", climbs));
    }
}

/// Something is typed into a modem.
pub(super) fn types(sim: &mut Sim, modem: usize, bytes: &[u8]) {
    let (now, life) = (sim.tick(), life(sim));
    let typed = sim.memory.pauses.typed(now, life, modem, bytes);
    if !sim.sets_clock {
        told(sim, named("a modem out of service sends nothing", typed));
    }
}

/// A driver is made for a modem.
pub(super) fn is_born(sim: &mut Sim, modem: usize) {
    let (life, mut climbs) = (life(sim), std::mem::take(&mut sim.memory.climbs));
    climbs.born(sim, life, modem);
    sim.memory.climbs = climbs;
}

/// The port of a modem goes away.
pub(super) fn port_gone(sim: &mut Sim, modem: usize) {
    let (now, life) = (sim.tick(), life(sim));
    sim.memory.pauses.gone(now, life, modem);
}

/// It has another name from now on.
pub(super) fn port_renamed(sim: &mut Sim, modem: usize) {
    sim.memory.climbs.renamed(modem);
}

/// It is there again.
pub(super) fn port_back(sim: &mut Sim, modem: usize) {
    let (life, mut climbs) = (life(sim), std::mem::take(&mut sim.memory.climbs));
    let back = climbs.back(sim, life, modem);
    sim.memory.climbs = climbs;
    if !sim.sets_clock {
        told(sim, named("the ladder harms nobody", back));
    }
}

/// A restart takes a modem away.
pub(super) fn taken_away(sim: &mut Sim, modem: usize, rung: Rung) {
    let (now, life) = (sim.tick(), life(sim));
    sim.memory.climbs.taken_away(now, life, modem, rung);
}

/// A person has a modem tried again.
pub(super) fn is_forgiven(sim: &mut Sim, modem: usize) {
    sim.memory.pauses.forgiven(modem);
}

/// The box is about to give parts to these modems.
pub(super) fn chooses(sim: &mut Sim, views: &[ModemView]) {
    sim.memory.choices.among(views);
}

/// The life of the process; 0 while it is dead.
fn life(sim: &Sim) -> u64 {
    sim.ram.as_ref().map_or(0, |ram| ram.life)
}

fn told(sim: &mut Sim, verdict: Result<(), Violation>) {
    if let Err(violation) = verdict {
        sim.violation.get_or_insert(violation);
    }
}

/// Looks at what a driver holds, before its outputs are taken.
pub(super) fn driver_is_bounded(driver: &Driver) -> Option<Violation> {
    named("bounded queues", queues::driver_is_bounded(driver)).err()
}

/// Looks at everything once more, and at what only rest can show.
pub(super) fn at_rest(sim: &mut Sim) -> Option<Violation> {
    look(sim, true).or_else(|| {
        let memory = std::mem::take(&mut sim.memory);
        let verdict = rest::all(sim, &memory).err();
        sim.memory = memory;
        verdict
    })
}

fn look(sim: &mut Sim, everything: bool) -> Option<Violation> {
    let mut memory = std::mem::take(&mut sim.memory);
    let changed = std::mem::take(&mut sim.changed);
    let verdict = judge(sim, &mut memory, &changed, everything).err();
    sim.memory = memory;
    verdict
}

fn judge(sim: &Sim, memory: &mut Memory, changed: &Changed, everything: bool) -> Result<(), Violation> {
    let changes = sim.read(|reader| memory.ledger.look(reader, sim.world(), &changed.messages, everything));
    let changes = named("no submission without its attempt", changes)?;
    if changes.iter().any(|change| change.before.is_none()) {
        let asks = sim.office.requests().iter().map(|request| &request.ask);
        named("a request is one message", outcome::asked_is_made_once(asks, memory.ledger.lives()))?;
    }
    let logged = memory.log.newest();
    if changed.deliveries || everything {
        named("the log has no gaps", sim.read(|reader| memory.log.read(reader)))?;
    }
    for change in &changes {
        judge_message(sim, change)?;
        named("every change is told", memory.log.tells(change))?;
    }
    named("a telephone rings as it was asked for", memory.rings.look(sim, &memory.log, changed, everything))?;
    named("a code is dialed as it was asked for", memory.exchanges.look(sim, changed, everything))?;
    named("the subscriber hears in order", memory.log.hears(sim.utility.heard()))?;
    named("a charge is wanted, once", memory.posts.look(sim, &memory.ledger))?;
    named("what leaves is well chosen", memory.choices.look(sim, &changes, &memory.ledger, &memory.queue))?;
    named("the older leaves first", memory.queue.look(sim, &changes, &memory.ledger))?;
    named("nothing fires early", memory.waits.look(sim, &changes))?;
    let texts = named("a text is understood once", memory.inbox.look(sim, &memory.ledger, changed, everything))?;
    named("a SIM that is said to live lives", memory.lives.look(sim, &memory.ledger, &memory.inbox))?;
    named("nothing waits for a SIM in silence", memory.stranded.look(sim, &changes, &memory.ledger))?;
    named("no SIM sends more than it may", memory.sent.look(sim, &memory.ledger))?;
    let texts = texts || everything;
    let news = texts || memory.log.newest() != logged;
    named("STOP is kept", memory.stops.look(sim, &memory.ledger, &changes, (news, texts)))?;
    named("a 202 is on disk", answered(sim, memory, everything))?;
    named("no wrong PIN is typed", pins::none_wrong(sim.world(), &sim.told_wrong))?;
    named("bounded queues", queues::bounded(sim))
}

fn judge_message(sim: &Sim, change: &Change) -> Result<(), Violation> {
    let life = &change.after;
    let persons = sim.human_acts().iter().filter(|id| **id == life.message.id).count();
    named("an outcome is final", outcome::ends_once(change))?;
    named("no silent second submission", outcome::no_silent_twice(life, persons))?;
    let fates = sim.world().network().fates();
    let evidence = sim.read(|reader| reader.evidence_of(life.message.id)).unwrap_or_default();
    // Whoever writes "Y" out of the blue while the box doubts that it asked misleads everybody.
    let misled = sim.wrote_unasked(&life.message.to) && evidence.iter().any(|seen| seen.kind == "reply");
    let believed = persons + usize::from(misled);
    named("what is said of a part is so", truth::parts_are_true(life, fates, believed))?;
    named("what is said of an attempt is so", truth::attempts_are_true(life, misled))?;
    named("a duplicate proves the first", truth::duplicates_prove(life, &sim.duplicates, persons))?;
    named("certainty is certain", truth::certainty_is_true(life))?;
    named("a doubt has its evidence", truth::doubts_have_evidence(life, &evidence))
}

/// Each answer once, when the client has it, and all of them at the end.
fn answered(sim: &Sim, memory: &mut Memory, everything: bool) -> Result<(), String> {
    let requests = sim.office.requests();
    memory.answered.resize(requests.len(), false);
    for (number, request) in requests.iter().enumerate().filter(|(_, request)| request.told) {
        if everything || !memory.answered[number] {
            outcome::answer_is_on_disk(sim, number)?;
            outcome::answered_is_on_disk(sim, request.said.as_ref())?;
            memory.answered[number] = true;
        }
    }
    Ok(())
}

fn named<T>(name: &'static str, verdict: Result<T, String>) -> Result<T, Violation> {
    verdict.map_err(|words| Violation { name, words })
}
