//! When a message, or all that waits, should be on air: the rows and the modems of now, as [`eta::eta`] wants them. It costs the
//! same behind a million as behind one: what waits is counted already, and a long lane is walked for a piece only.

use std::collections::BTreeMap;

use super::accept::{self, NewMessage, PARTS_MAX_DEFAULT};
use super::book::Book;
use super::consent::Standing;
use super::fleet::Seat;
use super::{held, outgoing, queue, submit};
use crate::conversation::{Rosters, hours};
use crate::delivery::cap::Passes;
use crate::delivery::eta::{self, Ahead, Sender, Wanted};
use crate::delivery::route::{STICKY_WAIT, SimWish};
use crate::ids::MessageId;
use crate::settings::{Caps, Settings};
use crate::store::{Message, Part, QueueCount, QueuePlace, Reader, Result};
use crate::terms::{MessageState, PartState, Policy, Rank};
use crate::time::Timestamp;

/// What an estimate looks at.
pub struct Outlook<'a> {
    /// The rows.
    pub reader: &'a Reader<'a>,
    /// What waits, counted.
    pub lanes: &'a [QueueCount],
    /// The SIMs in modems that are there.
    pub seats: &'a [Seat],
    /// The wall clock.
    pub now: Timestamp,
}

/// A text that waits, or that somebody is about to send.
struct Waiting {
    rank: Rank,
    passes: Passes,
    parts: u64,
    wish: SimWish,
    /// Not before this instant.
    from: Timestamp,
    place: QueuePlace,
    /// Behind all of its urgency.
    is_last: bool,
}

/// So many parts in front of one are counted; of more its place between the ends of the lane tells.
const COUNTED_MAX: u32 = 1_000;

impl Outlook<'_> {
    /// When the last part of a message that waits should be on air; `None` while no modem can send it or a person holds it back,
    /// where its time is over before, and once nothing of it waits.
    pub fn of_message(&self, book: &Book, id: MessageId) -> Result<Option<Timestamp>> {
        let Some(message) = self.reader.message(id)?.filter(waits) else { return Ok(None) };
        if held::holder(self.reader, &message)?.is_some() {
            return Ok(None);
        }
        let at = self.of_waiting(book, &message)?;
        Ok(at.filter(|at| message.expires_at.is_none_or(|end| *at <= end)))
    }

    /// The same of a plain message that is about to be accepted. What is wrong with it is said where it is.
    pub fn of_new(&self, book: &Book, new: &NewMessage) -> Result<Option<Timestamp>> {
        let category = new.category.unwrap_or(accept::category_of(new.policy));
        let rank = new.rank.unwrap_or_else(|| accept::rank_of(book, category));
        let cut = outgoing::cut(new.text.expose(), 0, new.parts_max.unwrap_or(PARTS_MAX_DEFAULT), new.class);
        let (Ok(to), Ok(cut)) = (accept::number_of(book, "/to", &new.to), cut) else { return Ok(None) };
        let passes = Passes::of(rank, new.policy, false);
        let senders = self.senders(&book.settings, passes)?;
        if senders.is_empty() || Standing::of(&self.reader.consents_of(&to)?, false).asked {
            return Ok(None);
        }
        let (sims, rosters, last) = (self.reader.ready_sims()?, Rosters::new(), self.reader.last_sim_of(&to)?);
        let wish = match &new.sim {
            Some(sim) => SimWish::Only(sim.clone()),
            None => book
                .rules(&sims, &rosters)
                .sim_for(book.lane_of(category), None, last.as_deref(), &to)
                .map_or(SimWish::Any, SimWish::Prefer),
        };
        let from = new.not_before.map_or(self.now, |from| from.max(self.now));
        let place = QueuePlace { rank, queued_at: self.now, n: i64::MAX, key: None };
        let waiting = Waiting { rank, passes, parts: cut.parts.len() as u64, wish, from, place, is_last: true };
        let (ahead, wanted) = self.seen(&senders, waiting)?;
        let at = eta::eta(&senders, &ahead, &wanted, self.now);
        Ok(at.filter(|at| new.expires_at.is_none_or(|end| *at <= end)))
    }

    /// The same of a text of so many parts that somebody thinks of sending.
    pub fn of_draft(&self, settings: &Settings, parts: u64, (rank, policy): (Rank, Policy)) -> Result<Option<Timestamp>> {
        let passes = Passes::of(rank, policy, false);
        let senders = self.senders(settings, passes)?;
        let ahead = self.in_turn(&senders, passes, self.all(rank), BTreeMap::new());
        let wanted = Wanted { parts, sim: SimWish::Any, urgent: passes == Passes::Every, from: self.now };
        Ok(eta::eta(&senders, &ahead, &wanted, self.now))
    }

    /// When all that waits should be on air, what waits for its time included; `None` while no modem can send.
    pub fn of_all(&self, settings: &Settings) -> Result<Option<Timestamp>> {
        let (senders, last) = (self.senders(settings, Passes::None)?, Rank(u8::MAX));
        let deferred = self.all_later(last);
        let (first_due, last_due) = (self.reader.next_deferred()?, self.reader.last_deferred()?);
        let from = first_due.filter(|_| !deferred.is_empty()).unwrap_or(self.now).max(self.now);
        let ahead = self.in_turn(&senders, Passes::None, self.all(last), deferred);
        let wanted = Wanted { parts: 0, sim: SimWish::Any, urgent: false, from };
        // Alarms wait for no cap, and for nothing that does.
        let alarms = Ahead { urgent: ahead.urgent.clone(), ..Ahead::default() };
        let alarms = eta::eta(&senders, &alarms, &Wanted { urgent: true, from: self.now, ..wanted.clone() }, self.now);
        let all = eta::eta(&senders, &ahead, &wanted, self.now).zip(alarms).map(|(rest, alarms)| rest.max(alarms));
        // The last one is not on air before its time.
        let alone = |at: Timestamp| eta::eta(&senders, &Ahead::default(), &Wanted { parts: 1, from: at, ..wanted.clone() }, self.now);
        Ok(all.map(|all| last_due.filter(|at| *at > self.now).and_then(alone).map_or(all, |at| at.max(all))))
    }

    fn of_waiting(&self, book: &Book, message: &Message) -> Result<Option<Timestamp>> {
        let parts = self.reader.parts_of(message.id)?;
        let Some(passes) = parts.first().map(|part| part.passes) else { return Ok(None) };
        let senders = self.senders(&book.settings, passes)?;
        let queued: Vec<&Part> = parts.iter().filter(|part| part.state == PartState::Queued).collect();
        let Some(first) = queued.first().filter(|_| !senders.is_empty()) else {
            let claimed = parts.iter().find_map(|part| part.claimed_sim.clone().filter(|_| part.state == PartState::Claimed));
            let in_hand = |sim| Wanted { parts: 0, sim: SimWish::Only(sim), urgent: passes == Passes::Every, from: self.now };
            return Ok(claimed.and_then(|sim| eta::eta(&senders, &Ahead::default(), &in_hand(sim), self.now)));
        };
        let Some(asks) = self.reader.asks_of(first, self.now)? else { return Ok(None) };
        let due_at = queued.iter().filter(|part| part.deferred).map(|part| part.due_at).max().unwrap_or(self.now);
        let waiting = Waiting {
            rank: message.rank,
            passes,
            parts: queued.len() as u64,
            wish: queue::wish(&asks),
            from: due_at.max(self.now),
            place: first.place(),
            is_last: first.deferred,
        };
        let (ahead, wanted) = self.seen(&senders, waiting)?;
        let Some(at) = eta::eta(&senders, &ahead, &wanted, self.now) else { return Ok(None) };
        let Some(morning) = submit::quiet_until(self.reader, book, message, at)? else { return Ok(Some(at)) };
        // What stands in front of it waits for the morning just so.
        let ahead = Ahead { later: ahead.due, ..Ahead::default() };
        Ok(eta::eta(&senders, &ahead, &Wanted { from: morning, ..wanted }, self.now))
    }

    /// A text as the estimate asks for it, and what stands in front of it.
    fn seen(&self, senders: &[Sender], waiting: Waiting) -> Result<(Ahead, Wanted)> {
        let (sim, from) = self.wish(waiting.wish, senders, (waiting.rank, waiting.passes), waiting.from);
        let due = self.in_front(&waiting.place, waiting.is_last)?;
        let later = if from > self.now { self.later(&waiting.place, from)? } else { BTreeMap::new() };
        let wanted = Wanted { parts: waiting.parts, sim, urgent: waiting.passes == Passes::Every, from };
        Ok((self.in_turn(senders, waiting.passes, due, later), wanted))
    }

    /// The SIMs that can send now, with the caps that hold such a text.
    fn senders(&self, settings: &Settings, passes: Passes) -> Result<Vec<Sender>> {
        let zone = hours::zone(None, None, settings);
        let caps = match passes {
            Passes::Minute => Caps { minute: 0, ..settings.caps },
            Passes::None | Passes::Every => settings.caps,
        };
        let sender = |seat: &Seat| {
            let usage = self.reader.sim(&seat.iccid)?.unwrap_or_default().usage.at(self.now, &zone);
            let per_part = seat.pace.per_part();
            Ok(Sender { iccid: seat.iccid.clone(), per_part, in_hand: seat.in_hand, caps, usage })
        };
        self.seats.iter().filter(|seat| seat.ready).map(sender).collect()
    }

    /// What a part asks for as it will be taken, and from when on: a SIM that is away or held for long is waited for a while only.
    fn wish(&self, wish: SimWish, senders: &[Sender], (rank, passes): (Rank, Passes), from: Timestamp) -> (SimWish, Timestamp) {
        let SimWish::Prefer(iccid) = wish else { return (wish, from) };
        if let Some(sender) = senders.iter().find(|sender| sender.iccid == iccid) {
            return (if self.is_held(sender, passes) { SimWish::Any } else { SimWish::Prefer(iccid) }, from);
        }
        let away = self.seats.iter().find(|seat| seat.iccid == iccid).filter(|_| !rank.is_urgent());
        (SimWish::Any, away.map_or(from, |seat| seat.since.plus(STICKY_WAIT).max(from)))
    }

    /// Whether what prefers this SIM goes elsewhere.
    fn is_held(&self, sender: &Sender, passes: Passes) -> bool {
        passes != Passes::Every && sender.held_until(self.now).is_some_and(|until| until > self.now.plus(STICKY_WAIT))
    }

    /// What stands in front, apart what waits for no cap.
    fn in_turn(&self, senders: &[Sender], passes: Passes, due: Lanes, later: BTreeMap<String, u64>) -> Ahead {
        Ahead { urgent: due.urgent, due: self.sorted(senders, passes, due.rest), later: self.sorted(senders, passes, later) }
    }

    /// Lanes, where those of a SIM that is held for long stand with those that any may take.
    fn sorted(&self, senders: &[Sender], passes: Passes, lanes: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let held = |lane: &String| senders.iter().any(|sender| sender.iccid == *lane && self.is_held(sender, passes));
        let mut sorted = BTreeMap::new();
        for (lane, parts) in lanes {
            *sorted.entry(if held(&lane) { String::new() } else { lane }).or_default() += parts;
        }
        sorted
    }

    /// Everything of at least this urgency that may leave now.
    fn all(&self, rank: Rank) -> Lanes {
        let mut all = Lanes::default();
        for count in self.lanes.iter().filter(|count| !count.deferred && count.rank <= rank) {
            *all.of(count).entry(count.lane.clone()).or_default() += count.parts;
        }
        all
    }

    /// Everything of at least this urgency that waits for a time.
    fn all_later(&self, rank: Rank) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for count in self.lanes.iter().filter(|count| count.deferred && count.rank <= rank) {
            *all.entry(count.lane.clone()).or_default() += count.parts;
        }
        all
    }

    /// What stands in front of a place; `is_last`: all of its urgency does.
    fn in_front(&self, place: &QueuePlace, is_last: bool) -> Result<Lanes> {
        if is_last {
            return Ok(self.all(place.rank));
        }
        let mut front = self.all(Rank(place.rank.0.saturating_sub(1)));
        for count in self.lanes.iter().filter(|count| !count.deferred && count.rank == place.rank) {
            *front.of(count).entry(count.lane.clone()).or_default() += self.before(count, place)?;
        }
        Ok(front)
    }

    /// How many of these stand in front of a place.
    fn before(&self, count: &QueueCount, place: &QueuePlace) -> Result<u64> {
        let wish = (!count.lane.is_empty()).then_some(count.lane.as_str());
        let counted = self.reader.parts_before(wish, place, COUNTED_MAX)?;
        if counted < u64::from(COUNTED_MAX) {
            return Ok(counted);
        }
        let Some((first, last)) = self.reader.ends_of_lane(wish, place.rank)? else { return Ok(counted) };
        // Where the clock was set back, the first by its time may have come last.
        let (first, last) = (first.min(last), first.max(last));
        let share = |n: i64| u128::try_from((n - first).clamp(0, last - first)).unwrap_or(0);
        let before = u128::from(count.parts) * share(place.n) / share(last).max(1);
        Ok(u64::try_from(before).unwrap_or(u64::MAX).max(counted))
    }

    /// What will stand in front of a place when its time comes; where those are many, all of its urgency that waits for a time.
    fn later(&self, place: &QueuePlace, until: Timestamp) -> Result<BTreeMap<String, u64>> {
        let before = self.reader.deferred_before(place, until, COUNTED_MAX)?;
        if before.len() >= COUNTED_MAX as usize {
            return Ok(self.all_later(place.rank));
        }
        let mut later = BTreeMap::new();
        for lane in before.into_iter().flatten() {
            *later.entry(lane).or_default() += 1;
        }
        Ok(later)
    }
}

/// Parts in each lane: those that wait for no cap, and the others.
#[derive(Default)]
struct Lanes {
    urgent: BTreeMap<String, u64>,
    rest: BTreeMap<String, u64>,
}

impl Lanes {
    fn of(&mut self, count: &QueueCount) -> &mut BTreeMap<String, u64> {
        if count.rank.is_urgent() { &mut self.urgent } else { &mut self.rest }
    }
}

const fn waits(message: &Message) -> bool {
    matches!(message.state, MessageState::Accepted | MessageState::Queued | MessageState::Sending)
}
