//! [`World`]: a box without iron. The engine and its store are the product's; the clock jumps, the network accepts at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::phones::Phones;
use super::{Trouble, radio};
use crate::chance::Seeded;
use crate::committed::Slot;
use crate::conversation::flow::{Flow, Verb};
use crate::conversation::packs::Packs;
use crate::conversation::view::SmscClock;
use crate::conversation::{Flows, Rosters};
use crate::engine::called::{self, Found, Start};
use crate::engine::receive::Arrival;
use crate::engine::{Book, Reject, Work, danger, expire, receive, ring, submit};
use crate::ids::{MessageId, SessionId};
use crate::modem::io::Submission;
use crate::msisdn::Msisdn;
use crate::office::Queues;
use crate::roster::Roster;
use crate::settings::Settings;
use crate::store::{Calling, Modem, ModemState, Reader, SmscClockRow, Store};
use crate::terms::{Purpose, default_lanes};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// What an endpoint does in a rehearsal.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It did it; values by slot.
    Ok(BTreeMap<String, Value>),
    /// It said no.
    Fail,
    /// Sent, no answer.
    Unknown,
}

/// A text the network accepted.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The message.
    pub message: MessageId,
    /// To whom, in E.164.
    pub to: String,
    /// Its words.
    pub text: Text,
    /// Why it was sent.
    pub purpose: Purpose,
    /// Its session.
    pub session: Option<SessionId>,
    /// The question it put or repeated.
    pub question: Option<i64>,
    /// ICCID it left on.
    pub sim: String,
    /// References of its parts.
    pub references: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

/// Modems of a rehearsal have been there for a day: what is held back is written as such.
const READY_FOR: Duration = Duration::from_hours(24);

/// Nothing settles after more rounds than this: something goes round in circles.
const ROUNDS_MAX: u32 = 10_000;
/// So many agree that a service centre's clock is known.
const SAMPLES_KEPT: u32 = 15;

/// A box without iron.
pub struct World {
    store: Store,
    /// Its configuration.
    pub book: Book,
    /// Its clock.
    pub now: Timestamp,
    chance: Seeded,
    pub(super) sims: Vec<String>,
    /// Telephones that are rung.
    pub(super) phones: Phones,
    references: BTreeMap<String, u8>,
    http: BTreeMap<String, (Vec<Answer>, usize)>,
    /// What is known of the service centre's clock, whatever is heard.
    pub smsc: SmscClock,
    /// Endpoints called, in order.
    pub calls: Vec<String>,
    /// Texts sent, in order.
    pub sent: Vec<Sent>,
}

impl World {
    /// A box with these flows, SIMs and endpoints.
    pub fn new(
        flows: &[Arc<Flow>],
        settings: Settings,
        rosters: Vec<Roster>,
        sims: &[String],
        http: BTreeMap<String, Vec<Answer>>,
        now: Timestamp,
    ) -> Result<Self, Trouble> {
        let packs = Packs::load(&settings.languages).map_err(|error| Trouble(error.to_string()))?;
        let mut shelf = Flows::default();
        for flow in flows {
            shelf.insert(1, Arc::clone(flow));
            shelf.activate(&flow.name, 1);
        }
        danger::own_flow(&mut shelf, &settings);
        let queues = Queues::new(Vec::new(), &settings);
        let book = Book {
            settings,
            lanes: default_lanes(),
            packs,
            flows: shelf,
            rosters,
            queues,
            problems: Vec::new(),
            doubt_wait_max: Duration::MAX,
        };
        let mut world = Self {
            store: Store::in_memory()?,
            book,
            now,
            chance: Seeded::new(1),
            sims: sims.to_vec(),
            phones: Phones::default(),
            references: BTreeMap::new(),
            http: http.into_iter().map(|(name, answers)| (name, (answers, 0))).collect(),
            smsc: SmscClock::default(),
            calls: Vec::new(),
            sent: Vec::new(),
        };
        for sim in sims {
            let ready_since = Some(now.minus(READY_FOR));
            let modem = Modem { state: ModemState::Ready, iccid: Some(sim.clone()), ready_since, ..Modem::new(sim, sim, now) };
            world.job(|work| Ok(work.tx.save_modem(&modem)?))?;
        }
        Ok(world)
    }

    /// One job of the engine.
    pub fn job<T>(&mut self, job: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Reject>) -> Result<T, Trouble> {
        let (book, chance, now) = (&self.book, &mut self.chance, self.now);
        let done = self.store.transact(|tx| job(&mut Work { tx, now, chance, book }));
        Ok(done.map_err(Trouble::from)?.into_inner())
    }

    /// Reads rows.
    pub fn read<T>(&self, read: impl FnOnce(&Reader<'_>) -> crate::store::Result<T>) -> Result<T, Trouble> {
        Ok(self.store.read(read)?)
    }

    /// What a restart does: what was under way is looked at again, nothing is remembered but rows.
    pub fn restart(&mut self) -> Result<(), Trouble> {
        self.job(|work| called::restart(work).map(drop))?;
        self.job(|work| ring::restart(work).map(drop))?;
        self.job(|work| crate::engine::doubt::restart(work, "the box was restarted").map(drop))
    }

    /// Runs the clock to `until`: every timer that falls due fires in order.
    pub fn run_to(&mut self, until: Timestamp) -> Result<(), Trouble> {
        let mut rounds = 0;
        self.settle(&mut rounds)?;
        while let Some(next) = self.next_due()?.filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.settle(&mut rounds)?;
        }
        self.now = self.now.max(until);
        self.settle(&mut rounds)
    }

    fn next_due(&self) -> Result<Option<Timestamp>, Trouble> {
        let now = self.now;
        let times = self.read(|reader| Ok([expire::next(reader)?, reader.next_part_due(now)?, reader.next_call_due(now)?]))?;
        // What is due and waits for a free modem has its turn when a call is over.
        let ring = self.read(ring::next_due)?.filter(|due| *due > now);
        Ok(times.into_iter().chain([ring, self.phones.next()]).flatten().min())
    }

    /// Everything that is due at this instant.
    fn settle(&mut self, rounds: &mut u32) -> Result<(), Trouble> {
        loop {
            *rounds += 1;
            if *rounds > ROUNDS_MAX {
                return Err(Trouble::of("the flow does not come to rest: something goes round in circles"));
            }
            let fired = self.job(expire::due)?;
            let called = self.call_next()?;
            let sent = self.send_due()?;
            let rung = self.ring_next()?;
            if fired == 0 && !called && sent == 0 && !rung {
                return Ok(());
            }
        }
    }

    /// One http step at a time: its outcome comes at once.
    fn call_next(&mut self) -> Result<bool, Trouble> {
        let now = self.now;
        let Some(call) = self.read(|reader| reader.queued_calls(now, 1))?.into_iter().next() else { return Ok(false) };
        let Start::Go(call) = self.job(|work| called::start(work, call.id))? else { return Ok(true) };
        self.calls.push(call.endpoint.clone());
        let found = self.answer_of(&call)?;
        self.job(|work| called::result(work, call.id, found, "rehearsed"))?;
        Ok(true)
    }

    fn answer_of(&mut self, call: &Calling) -> Result<Found, Trouble> {
        let answer = match self.http.get_mut(&call.endpoint) {
            None => Answer::Ok(BTreeMap::new()),
            Some((answers, at)) => {
                let answer = answers.get(*at).or(answers.last()).cloned().unwrap_or(Answer::Ok(BTreeMap::new()));
                *at += 1;
                answer
            }
        };
        Ok(match answer {
            Answer::Ok(slots) => Found::Ok(self.fields_of(call, slots)?),
            Answer::Fail => Found::Fail(BTreeMap::new()),
            Answer::Unknown => Found::Unknown { look_up_at: None, tell: true },
        })
    }

    /// A rehearsal names slots; an endpoint answers with the fields that the step saves into them.
    fn fields_of(&self, call: &Calling, slots: BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>, Trouble> {
        let session = self.read(|reader| reader.session(call.session))?;
        let flow = session.and_then(|session| {
            let rosters = Rosters::new();
            let rules = self.book.rules(&self.sims, &rosters);
            crate::conversation::machine::current_flow(&session, &rules)
        });
        let save = flow.as_ref().and_then(|flow| flow.step(&call.step)).and_then(|step| match &step.verb {
            Verb::Http(http) => Some(http.save.clone()),
            _ => None,
        });
        let save = save.unwrap_or_default();
        Ok(slots.into_iter().map(|(slot, value)| (save.get(&slot).cloned().unwrap_or(slot), value)).collect())
    }

    /// The network accepts every part that is due, at once.
    fn send_due(&mut self) -> Result<usize, Trouble> {
        let now = self.now;
        let due = self.read(|reader| reader.due_parts(now, 100))?;
        let mut sent = 0;
        for part in due {
            let asked = part.begun_on.clone().or(part.sim.clone()).filter(|sim| self.sims.contains(sim));
            let Some(sim) = asked.or_else(|| self.sims.first().cloned()) else { continue };
            let claimed: Submission = match self.job(|work| submit::claim(work, &part.key, &sim)) {
                Ok(Some(claimed)) => claimed,
                // Put off until the morning, or not to be sent any more.
                Ok(None) | Err(_) => continue,
            };
            sent += 1;
            let begun = self.job(|work| submit::begin_attempt(work, &claimed.part, &sim, &sim))?;
            let submit::Begin::Go { attempt } = begun else { continue };
            let mr = self.reference(&sim);
            self.job(|work| submit::submitted(work, &claimed.part, attempt, mr))?;
            self.note_sent(claimed.part.message, &sim, mr)?;
        }
        Ok(sent)
    }

    fn reference(&mut self, sim: &str) -> u8 {
        let reference = self.references.entry(sim.to_owned()).or_insert(0);
        *reference = reference.wrapping_add(1);
        *reference
    }

    fn note_sent(&mut self, id: MessageId, sim: &str, mr: u8) -> Result<(), Trouble> {
        if let Some(before) = self.sent.iter_mut().find(|sent| sent.message == id) {
            before.references.push(mr);
            return Ok(());
        }
        let Some(message) = self.read(|reader| reader.message(id))? else { return Ok(()) };
        self.sent.push(Sent {
            message: id,
            to: message.to.e164().to_owned(),
            text: message.text,
            purpose: message.purpose,
            session: message.session,
            question: message.question,
            sim: sim.to_owned(),
            references: vec![mr],
            at: self.now,
        });
        Ok(())
    }

    /// A part of a text is read from a SIM.
    pub(super) fn hear(&mut self, sim: &str, from: &str, stamp: Timestamp, part: &radio::Part<'_>, live: bool) -> Result<(), Trouble> {
        let hex = radio::deliver(from, stamp, part)?;
        self.take(sim, hex, live)
    }

    /// A SIM is no longer in the box: what waits leaves over another one.
    pub(super) fn lose(&mut self, sim: &str) -> Result<(), Trouble> {
        let before = self.sims.len();
        self.sims.retain(|known| known != sim);
        if self.sims.is_empty() || self.sims.len() == before {
            return Err(Trouble(format!("there is no SIM {sim} beside another one")));
        }
        let gone = Modem { state: ModemState::NotReady, iccid: Some(sim.to_owned()), ..Modem::new(sim, sim, self.now) };
        self.job(|work| Ok(work.tx.save_modem(&gone)?))
    }

    /// A delivery report for the last question of a session.
    pub(super) fn report(&mut self, session: SessionId, delivered: bool) -> Result<(), Trouble> {
        let last = self.sent.iter().rev().find(|sent| sent.session == Some(session) && sent.question.is_some()).cloned();
        let Some(sent) = last else { return Err(Trouble::of("a report for a session that has asked nothing")) };
        for mr in &sent.references {
            let at = self.now.shifted_ms(-self.smsc.offset_ms);
            let hex = radio::report(&sent.to, *mr, sent.at.shifted_ms(-self.smsc.offset_ms), at, delivered)?;
            self.take(&sent.sim, hex, true)?;
        }
        Ok(())
    }

    fn take(&mut self, sim: &str, hex: String, live: bool) -> Result<(), Trouble> {
        // All that was seen of it agreed.
        let recent = vec![self.smsc.offset_ms; self.smsc.samples.min(SAMPLES_KEPT) as usize];
        let row = SmscClockRow { clock: self.smsc, recent };
        let slot = Some(Slot::of("SM", 1, &hex));
        let arrival = Arrival { sim: sim.to_owned(), modem: sim.to_owned(), hex, slot, live };
        self.job(|work| {
            // What a rehearsal says of the service centre's clock stays as it is.
            work.tx.save_smsc_clock(radio::SMSC, &row)?;
            receive::pdu(work, &arrival).map(drop)
        })
    }

    /// Number of the newest event.
    pub fn newest_event(&self) -> Result<i64, Trouble> {
        self.read(|reader| {
            let newest = reader.newest_event()?;
            Ok(newest)
        })
    }

    /// Whether a person has opted out of anything.
    pub fn opted_out(&mut self, person: &Msisdn) -> Result<bool, Trouble> {
        self.job(|work| Ok(!work.person(person)?.out_of.is_empty()))
    }

    /// Waits a moment.
    pub fn pause(&mut self, by: Duration) -> Result<(), Trouble> {
        self.run_to(self.now.plus(by))
    }
}
