//! When a message, or all that waits, should be on air: the rows and the modems of now, as [`eta::eta`] wants them. It costs the
//! same behind a million as behind one: what waits is counted already, and a long lane is walked for a piece only.

use std::collections::BTreeMap;

use super::book::Book;
use super::fleet::Seat;
use super::{queue, submit};
use crate::conversation::hours;
use crate::delivery::eta::{self, Ahead, Sender, Wanted};
use crate::delivery::route::{STICKY_WAIT, SimWish};
use crate::ids::MessageId;
use crate::settings::Settings;
use crate::store::{Message, Part, QueueCount, Reader, Result};
use crate::terms::{MessageState, PartState, Rank};
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

/// So many parts in front of one are counted; of more its place between the ends of the lane tells.
const COUNTED_MAX: u32 = 1_000;

impl Outlook<'_> {
    /// When the last part of a message that waits should be on air; `None` while no modem can send it, and once nothing of it waits.
    pub fn of_message(&self, book: &Book, id: MessageId) -> Result<Option<Timestamp>> {
        self.waiting(book, id, false)
    }

    /// The same of a message that was accepted just now, where `lanes` were counted before it.
    pub fn of_new(&self, book: &Book, id: MessageId) -> Result<Option<Timestamp>> {
        self.waiting(book, id, true)
    }

    /// The same of a text of so many parts that somebody thinks of sending.
    pub fn of_draft(&self, settings: &Settings, parts: u64, rank: Rank) -> Result<Option<Timestamp>> {
        let senders = self.senders(settings)?;
        let ahead = Ahead { due: self.sorted(&senders, rank, self.all(rank, false)), later: BTreeMap::new() };
        let wanted = Wanted { parts, sim: SimWish::Any, urgent: rank.is_urgent(), from: self.now };
        Ok(eta::eta(&senders, &ahead, &wanted, self.now))
    }

    /// When all that waits should be on air, what waits for its time included; `None` while no modem can send.
    pub fn of_all(&self, settings: &Settings) -> Result<Option<Timestamp>> {
        let (senders, last) = (self.senders(settings)?, Rank(u8::MAX));
        let deferred = self.all(last, true);
        let (first_due, last_due) = (self.reader.next_deferred()?, self.reader.last_deferred()?);
        let from = first_due.filter(|_| !deferred.is_empty()).unwrap_or(self.now).max(self.now);
        let due = self.sorted(&senders, last, self.all(last, false));
        let ahead = Ahead { due, later: self.sorted(&senders, last, deferred) };
        let wanted = Wanted { parts: 0, sim: SimWish::Any, urgent: false, from };
        let all = eta::eta(&senders, &ahead, &wanted, self.now);
        // The last one is not on air before its time.
        let alone = |at: Timestamp| eta::eta(&senders, &Ahead::default(), &Wanted { parts: 1, from: at, ..wanted.clone() }, self.now);
        Ok(all.map(|all| last_due.filter(|at| *at > self.now).and_then(alone).map_or(all, |at| at.max(all))))
    }

    fn waiting(&self, book: &Book, id: MessageId, is_new: bool) -> Result<Option<Timestamp>> {
        let senders = self.senders(&book.settings)?;
        let Some(message) = self.reader.message(id)?.filter(|message| waits(message) && !senders.is_empty()) else { return Ok(None) };
        let parts = self.reader.parts_of(id)?;
        let queued: Vec<&Part> = parts.iter().filter(|part| part.state == PartState::Queued).collect();
        let Some(first) = queued.first() else {
            let claimed = parts.iter().find_map(|part| part.claimed_sim.clone().filter(|_| part.state == PartState::Claimed));
            let in_hand = |sim| Wanted { parts: 0, sim: SimWish::Only(sim), urgent: message.rank.is_urgent(), from: self.now };
            return Ok(claimed.and_then(|sim| eta::eta(&senders, &Ahead::default(), &in_hand(sim), self.now)));
        };
        let Some(asks) = self.reader.asks_of(first, self.now)? else { return Ok(None) };
        let due_at = queued.iter().filter(|part| part.deferred).map(|part| part.due_at).max().unwrap_or(self.now);
        let (sim, from) = self.wish(queue::wish(&asks), &senders, message.rank, due_at.max(self.now));
        let wanted = Wanted { parts: queued.len() as u64, sim, urgent: message.rank.is_urgent(), from };
        let due = self.in_front(first, is_new || first.deferred)?;
        let later = if from > self.now { self.later(first, from)? } else { BTreeMap::new() };
        let (due, later) = (self.sorted(&senders, message.rank, due), self.sorted(&senders, message.rank, later));
        let ahead = Ahead { due, later };
        let Some(at) = eta::eta(&senders, &ahead, &wanted, self.now) else { return Ok(None) };
        let Some(morning) = submit::quiet_until(self.reader, book, &message, at)? else { return Ok(Some(at)) };
        // What stands in front of it waits for the morning just so.
        let ahead = Ahead { later: ahead.due, due: BTreeMap::new() };
        Ok(eta::eta(&senders, &ahead, &Wanted { from: morning, ..wanted }, self.now))
    }

    /// The SIMs that can send now.
    fn senders(&self, settings: &Settings) -> Result<Vec<Sender>> {
        let zone = hours::zone(None, None, settings);
        let sender = |seat: &Seat| {
            let usage = self.reader.sim(&seat.iccid)?.unwrap_or_default().usage.at(self.now, &zone);
            let per_part = seat.pace.per_part();
            Ok(Sender { iccid: seat.iccid.clone(), per_part, in_hand: seat.in_hand, caps: settings.caps, usage })
        };
        self.seats.iter().filter(|seat| seat.ready).map(sender).collect()
    }

    /// What a part asks for as it will be taken, and from when on: a SIM that is away or held for long is waited for a while only.
    fn wish(&self, wish: SimWish, senders: &[Sender], rank: Rank, from: Timestamp) -> (SimWish, Timestamp) {
        let SimWish::Prefer(iccid) = wish else { return (wish, from) };
        if let Some(sender) = senders.iter().find(|sender| sender.iccid == iccid) {
            return (if self.is_held(sender, rank) { SimWish::Any } else { SimWish::Prefer(iccid) }, from);
        }
        let away = self.seats.iter().find(|seat| seat.iccid == iccid).filter(|_| !rank.is_urgent());
        (SimWish::Any, away.map_or(from, |seat| seat.since.plus(STICKY_WAIT).max(from)))
    }

    /// Whether what prefers this SIM goes elsewhere.
    fn is_held(&self, sender: &Sender, rank: Rank) -> bool {
        !rank.is_urgent() && sender.held_until(self.now).is_some_and(|until| until > self.now.plus(STICKY_WAIT))
    }

    /// Lanes, where those of a SIM that is held for long stand with those that any may take.
    fn sorted(&self, senders: &[Sender], rank: Rank, lanes: BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let held = |lane: &String| senders.iter().any(|sender| sender.iccid == *lane && self.is_held(sender, rank));
        let mut sorted = BTreeMap::new();
        for (lane, parts) in lanes {
            *sorted.entry(if held(&lane) { String::new() } else { lane }).or_default() += parts;
        }
        sorted
    }

    /// Everything of at least this urgency.
    fn all(&self, rank: Rank, deferred: bool) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for count in self.lanes.iter().filter(|count| count.deferred == deferred && count.rank <= rank) {
            *all.entry(count.lane.clone()).or_default() += count.parts;
        }
        all
    }

    /// What stands in front of a part; `is_last`: all of its urgency does.
    fn in_front(&self, part: &Part, is_last: bool) -> Result<BTreeMap<String, u64>> {
        if is_last {
            return Ok(self.all(part.rank, false));
        }
        let mut front = self.all(Rank(part.rank.0.saturating_sub(1)), false);
        for count in self.lanes.iter().filter(|count| !count.deferred && count.rank == part.rank) {
            *front.entry(count.lane.clone()).or_default() += self.place(count, part)?;
        }
        Ok(front)
    }

    /// How many of these stand in front of a part.
    fn place(&self, count: &QueueCount, part: &Part) -> Result<u64> {
        let wish = (!count.lane.is_empty()).then_some(count.lane.as_str());
        let counted = self.reader.parts_before(wish, part, COUNTED_MAX)?;
        if counted < u64::from(COUNTED_MAX) {
            return Ok(counted);
        }
        let Some((first, last)) = self.reader.ends_of_lane(wish, part.rank)? else { return Ok(counted) };
        // Where the clock was set back, the first by its time may have come last.
        let (first, last) = (first.min(last), first.max(last));
        let share = |n: i64| u128::try_from((n - first).clamp(0, last - first)).unwrap_or(0);
        let place = u128::from(count.parts) * share(part.n) / share(last).max(1);
        Ok(u64::try_from(place).unwrap_or(u64::MAX).max(counted))
    }

    /// What will stand in front of a part when its time comes; where those are many, all of its urgency that waits for a time.
    fn later(&self, part: &Part, until: Timestamp) -> Result<BTreeMap<String, u64>> {
        let before = self.reader.deferred_before(part, until, COUNTED_MAX)?;
        if before.len() >= COUNTED_MAX as usize {
            return Ok(self.all(part.rank, true));
        }
        let mut later = BTreeMap::new();
        for lane in before.into_iter().flatten() {
            *later.entry(lane).or_default() += 1;
        }
        Ok(later)
    }
}

const fn waits(message: &Message) -> bool {
    matches!(message.state, MessageState::Accepted | MessageState::Queued | MessageState::Sending)
}
