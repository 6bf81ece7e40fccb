//! The sabotages at work: what a broken shell would hand to the writer, what it would do too early, what it would not hear.

mod choice;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use answerback::committed::Slot;
use answerback::courier::{Letter, Sent, Verb};
use answerback::delivery::cap::Usage;
use answerback::endpoint::verdict::{Looked, Verdict};
use answerback::engine::{Book, Reject, configure, doubt};
use answerback::ids::{MessageId, PartKey, WebhookId};
use answerback::modem::io::{Input, ModemEvent, UssdAsk, UssdEnd, UssdErrand};
use answerback::store::page::Paging;
use answerback::store::{Delivery, DeliveryState, Error, Event, Life, Message, MessageFilter, Part, Ring, Sim as OwnSim};
use answerback::target::{Reach, Target};
use answerback::terms::{Purpose, RingState};
use answerback::time::Timestamp;
use answerback::value::Value;
use at_commands::hex;
use at_commands::pdu::{Address, Deliver, Inbound, Smsc, StatusReport, Submit, Timestamp as Stamp, Udh, UserData};
use at_commands::text::{Shift, gsm7};

use super::Sim;
use super::mutation::Mutation;
use super::office::Ask;
use super::site::FLOWS;
use super::task::{ClerkJob, Done, Task};
use super::utility::RECEIVER;

pub(super) use self::choice::told;
use self::choice::unranked;

/// The one reference of a box that gives every text the same.
const SAME: u8 = 7;

/// What a saboteur remembers.
#[derive(Default)]
pub(super) struct Bench {
    /// PDUs that were read before.
    seen: BTreeSet<String>,
    /// Requests that came before, and how often.
    asked: BTreeMap<usize, u32>,
    /// A book and what is left of it.
    deaf: Option<(Arc<Book>, Arc<Book>)>,
    /// Questions by number, and when they count as asked.
    moved: BTreeMap<i64, Timestamp>,
    /// Deliveries that were put aside.
    aside: Vec<Delivery>,
    /// The confirmation that was doubled last.
    doubled: Option<MessageId>,
}

impl Bench {
    /// The configuration as a sabotaged box has it.
    pub(super) fn book(&mut self, mutation: Option<Mutation>, book: Arc<Book>) -> Arc<Book> {
        if !matches!(mutation, Some(Mutation::SkipDangerTap | Mutation::IgnoreStop)) {
            return book;
        }
        if let Some((known, deaf)) = &self.deaf
            && Arc::ptr_eq(known, &book)
        {
            return Arc::clone(deaf);
        }
        let mut deaf = Book::clone(&book);
        let lexicon = Arc::make_mut(&mut deaf.packs.lexicon);
        if mutation == Some(Mutation::IgnoreStop) {
            (lexicon.stop, lexicon.revoke) = Default::default();
        } else {
            (lexicon.dangers, lexicon.danger_fire) = Default::default();
        }
        let deaf = Arc::new(deaf);
        self.deaf = Some((book, Arc::clone(&deaf)));
        deaf
    }
}

impl Sim {
    /// Flows without what the gate looks at.
    pub(super) fn sabotage_flows(&mut self) -> Result<(), Reject> {
        let (what, instead) = match self.mutation {
            Some(Mutation::DropGate) => ("risk = \"money\"", ""),
            Some(Mutation::DropSwitchGate) => ("risk = \"switch\"", ""),
            Some(Mutation::NobodyRung) => ("go = \"rouse\"", "go = \"wide\""),
            _ => return Ok(()),
        };
        self.write(|work| {
            for (file, source) in FLOWS.iter().filter(|(_, source)| source.contains(what)) {
                let put = configure::keep_flow(work, file, &source.replace(what, instead), "a saboteur")?;
                configure::activate_flow(work, &put.name, put.revision)?;
            }
            Ok(())
        })
    }

    /// A job of the writer, as a sabotaged shell has it done.
    pub(super) fn sabotage(&mut self, mutation: Mutation, task: &Task) -> Result<Done, Reject> {
        match (mutation, task) {
            (Mutation::ClaimWithoutCommit, Task::Claim(_)) | (Mutation::RingBeforeCommit, Task::Rings(_)) => return self.undone(task),
            (Mutation::ForgetRings, Task::Clerk { job: ClerkJob::Recover, .. }) | (Mutation::RingEngaged, Task::Rings(_)) => {
                return self.hiding_rings(|sim| sim.perform(task));
            }
            (Mutation::SimNeverGone, Task::Due) => self.nobody_is_gone()?,
            (Mutation::RingToldTwice, Task::Clerk { job: ClerkJob::Event(ModemEvent::Rang { id, .. }), .. }) => {
                self.perform(task)?;
                self.rings_again(&[*id])?;
            }
            _ => {}
        }
        let Some(twisted) = self.twist(mutation, task)? else { return Ok(Done::Nothing) };
        let done = self.perform(&twisted)?;
        match (mutation, task) {
            (Mutation::SameReference, Task::Claim(_)) => return self.same_references(done),
            (Mutation::ForgetFence, Task::Clerk { .. }) => self.move_questions()?,
            (Mutation::ProofBelieved | Mutation::ProofTooOften, Task::Due) => self.proofs_done(mutation == Mutation::ProofTooOften)?,
            (Mutation::HooksOutOfOrder, Task::Hook(_)) => self.put_back()?,
            (Mutation::ConfirmTwice, Task::Clerk { job: ClerkJob::Received { .. }, .. }) => self.confirm_again()?,
            _ => {}
        }
        Ok(done)
    }

    /// Calls that are up are not seen while something is done.
    pub(super) fn hiding_rings<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, Reject>) -> Result<T, Reject> {
        let open = self.read(|reader| reader.rings_open())?;
        let calling: Vec<Ring> = open.into_iter().filter(|row| row.state == RingState::Calling).collect();
        let save = |sim: &mut Self, state: RingState| {
            sim.write(|work| {
                for row in &calling {
                    work.tx.save_ring(&Ring { state, ..row.clone() })?;
                }
                Ok(())
            })
        };
        save(self, RingState::Unknown)?;
        let done = act(self);
        save(self, RingState::Calling)?;
        done
    }

    /// Calls are up again that were not.
    fn rings_again(&mut self, ids: &[i64]) -> Result<(), Reject> {
        self.write(|work| {
            for id in ids {
                if let Some(row) = work.tx.ring(*id)? {
                    work.tx.save_ring(&Ring { state: RingState::Calling, ..row })?;
                }
            }
            Ok(())
        })
    }

    /// A restart that forgets what each SIM has sent.
    pub(super) fn forget_usage(&mut self) -> Result<(), Reject> {
        self.write(|work| {
            for sim in work.tx.sims()? {
                work.tx.save_sim(&OwnSim { usage: Usage::default(), held: None, ..sim })?;
            }
            answerback::engine::restart::all(work).map(drop)
        })
    }

    /// Every SIM that is gone is taken for one that can send.
    fn nobody_is_gone(&mut self) -> Result<(), Reject> {
        self.write(|work| {
            for (iccid, _) in work.tx.sims_away(work.now)? {
                work.tx.sim_is_back(&iccid)?;
            }
            Ok(())
        })
    }

    /// Every proof that is waited for is taken to have come in; `again`: and the next is due.
    fn proofs_done(&mut self, again: bool) -> Result<(), Reject> {
        self.write(|work| {
            for life in work.tx.lives()?.into_iter().filter(|life| life.awaited != again) {
                let due_at = if again { work.now } else { life.due_at };
                let proved_at = if again { life.proved_at } else { Some(work.now) };
                work.tx.save_life(&Life { awaited: false, missing: false, proved_at, due_at, ..life })?;
            }
            Ok(())
        })
    }

    /// A restart that dials again whom it may have dialed.
    pub(super) fn ring_again(&mut self) -> Result<(), Reject> {
        self.write(|work| {
            for row in work.tx.rings_open()? {
                work.tx.save_ring(&Ring { state: RingState::Waiting, due_at: work.now, ..row })?;
            }
            answerback::engine::restart::all(work).map(drop)
        })
    }

    /// Every part leaves with one reference, and again with "no duplicates".
    fn same_references(&mut self, done: Done) -> Result<Done, Reject> {
        let Done::Claimed(mut claimed) = done else { return Ok(done) };
        for (claim, submission) in &mut claimed {
            let again = self.write(|work| {
                let is_test = work.tx.message(claim.part.message)?.is_some_and(|message| message.purpose == Purpose::Proof);
                let Some(part) = work.tx.part(&claim.part)?.filter(|_| !is_test) else { return Ok(None) };
                let again = part.attempts > 0;
                work.tx.save_part(&Part { mr_given: Some(SAME), no_duplicate: again, ..part })?;
                Ok(Some(again))
            })?;
            let Some((again, mut submit)) = again.zip(Submit::decode(&submission.pdu, Smsc::Present).ok()) else { continue };
            (submit.mr, submit.reject_duplicates) = (SAME, again);
            submission.pdu = submit.encode(Smsc::Present).unwrap_or_default();
        }
        Ok(Done::Claimed(claimed))
    }

    /// What is written instead; `None`: nothing.
    fn twist(&mut self, mutation: Mutation, task: &Task) -> Result<Option<Task>, Reject> {
        Ok(Some(match (mutation, task) {
            (_, Task::Clerk { job, .. }) => return self.twist_clerk(mutation, task, job),
            (Mutation::LookUpFindsNothing, Task::LookEnd(id, Looked::Ok(_))) => Task::LookEnd(*id, Looked::NotFound),
            (Mutation::UnknownIsDone, Task::CallEnd(id, Verdict::Unknown(_))) => Task::CallEnd(*id, Verdict::Ok(invented())),
            (Mutation::FailedHookIsDone, Task::Hook(landed)) => {
                Task::Hook(Box::new((landed.0.clone(), Sent::Answered { status: 200, body: Vec::new() })))
            }
            (Mutation::HooksOutOfOrder, Task::Hook(landed)) if !matches!(landed.1, Sent::Answered { .. }) => {
                self.put_aside(&landed.0)?;
                return Ok(None);
            }
            (Mutation::ClockJumpIgnored, Task::Jumped(jump)) => {
                self.clock.follow(jump.by_ms);
                return Ok(None);
            }
            (Mutation::SkipEvent, Task::FanOut) => {
                self.skip_event()?;
                task.clone()
            }
            (Mutation::WishIgnored, Task::Claim(views)) => Task::Claim(self.without_the_wished(views)?),
            (Mutation::RankForgotten, Task::Office(number, ask)) => Task::Office(*number, unranked(ask)),
            (Mutation::RepeatedAskIsNew, Task::Office(number, ask)) => {
                let times = self.bench.asked.entry(*number).or_default();
                *times += 1;
                Task::Office(*number, renamed(ask, *times))
            }
            _ => task.clone(),
        }))
    }

    fn twist_clerk(&mut self, mutation: Mutation, task: &Task, job: &ClerkJob) -> Result<Option<Task>, Reject> {
        let Task::Clerk { shell, life, name, sim, .. } = task else { return Ok(None) };
        let job = match (mutation, job) {
            (Mutation::ForgetOpenAttempts, ClerkJob::Recover) | (Mutation::ForgetGiveBack, ClerkJob::GiveBack(_)) => return Ok(None),
            (Mutation::RingUntold, ClerkJob::Event(ModemEvent::Rang { .. })) => return Ok(None),
            (Mutation::UssdUntold, ClerkJob::Event(ModemEvent::Ussd { .. })) => return Ok(None),
            (Mutation::UssdAnswered, ClerkJob::Event(ModemEvent::Ussd { id, tries, end: UssdEnd::Unknown { .. } })) => {
                let end = UssdEnd::Answered { text: "12.50".to_owned(), menu: false };
                ClerkJob::Event(ModemEvent::Ussd { id: *id, tries: *tries, end })
            }
            (Mutation::UssdAgain, ClerkJob::Event(ModemEvent::Ussd { id: Some(id), end: UssdEnd::Unknown { .. }, .. })) => {
                self.asks_again(name, *id)?;
                job.clone()
            }
            (Mutation::RefusedInDoubt, ClerkJob::Event(ModemEvent::InDoubt { part, attempt, .. })) => {
                ClerkJob::Event(ModemEvent::Refused { part: *part, attempt: Some(*attempt), code: Some(500) })
            }
            (Mutation::DuplicateIsRefused, ClerkJob::Event(ModemEvent::Duplicate { part, attempt })) => {
                ClerkJob::Event(ModemEvent::Refused { part: *part, attempt: Some(*attempt), code: Some(197) })
            }
            (Mutation::SubmittedInDoubt, ClerkJob::Event(ModemEvent::InDoubt { part, attempt, .. })) => {
                ClerkJob::Event(ModemEvent::Submitted { part: *part, attempt: *attempt, mr: 0, acknowledged: false })
            }
            (Mutation::ReferenceProves, ClerkJob::Event(ModemEvent::Reference(Some(mr)))) => {
                self.write(|work| doubt::orphan(work, sim, *mr))?;
                job.clone()
            }
            (Mutation::OrphanToAnother, ClerkJob::Event(ModemEvent::Submitted { mr, .. })) => {
                self.write(|work| doubt::orphan(work, sim, *mr))?;
                job.clone()
            }
            (Mutation::PinByName, ClerkJob::Pin { sim, imei }) => {
                let before = self.store.read(|reader| reader.modem(name))?;
                let (iccid, radio) = before.map(|modem| (modem.iccid, modem.imei)).unwrap_or_default();
                ClerkJob::Pin { sim: iccid.unwrap_or_else(|| sim.clone()), imei: radio.unwrap_or_else(|| imei.clone()) }
            }
            (_, ClerkJob::Received { hex, slot, live }) => {
                let hex = self.misread(mutation, sim, hex).unwrap_or_else(|| hex.clone());
                ClerkJob::Received { hex, slot: slot.clone(), live: *live }
            }
            (_, job) => job.clone(),
        };
        Ok(Some(Task::Clerk { shell: *shell, life: *life, name: name.clone(), sim: sim.clone(), job }))
    }

    /// A code that has no answer goes to its modem once more.
    fn asks_again(&mut self, name: &str, id: i64) -> Result<(), Reject> {
        let row = self.store.read(|reader| reader.ussd(id))?;
        if let Some((row, ram)) = row.zip(self.ram.as_ref()) {
            ram.fleet.ussd(name, UssdErrand { id, ask: UssdAsk::Code(row.asked) });
        }
        Ok(())
    }

    /// A PDU as a sabotaged box reads it; `None`: as it is.
    fn misread(&mut self, mutation: Mutation, sim: &str, pdu: &str) -> Option<String> {
        let octets = hex::decode(pdu.trim()).ok()?;
        let read = Inbound::decode(&octets, Smsc::Present).ok()?;
        let octets = match (mutation, read) {
            (Mutation::ReceiptByReference, Inbound::StatusReport(report)) => {
                let newest = self.read(|reader| reader.reported_candidates(sim, report.mr)).ok()?.into_iter().next()?;
                let ra = Address::from_e164(newest.to.e164()).ok()?;
                let scts = Stamp::from_unix_ms(newest.submitted_at?.unix_ms(), report.scts.zone_quarters)?;
                StatusReport { ra, scts, ..report }.encode(Smsc::Present).ok()?
            }
            (Mutation::RepetitionIsNew, Inbound::Deliver(deliver)) => {
                if self.bench.seen.insert(pdu.to_owned()) {
                    return None;
                }
                let scts = Stamp { second: (deliver.scts.second + 1) % 60, ..deliver.scts };
                Deliver { scts, ..deliver }.encode(Smsc::Present).ok()?
            }
            (Mutation::ProofIsAText, Inbound::Deliver(deliver)) => {
                let text = deliver.ud.text().filter(|text| text.contains("proof of life"))?;
                let septets = gsm7::encode(&format!("FWD: {text}"), Shift::DEFAULT).ok()?;
                Deliver { ud: UserData::gsm7(&septets, Shift::DEFAULT)?, ..deliver }.encode(Smsc::Present).ok()?
            }
            (Mutation::PartIsWhole, Inbound::Deliver(deliver)) if deliver.udh.concat().is_some() => {
                Deliver { udh: Udh::none(), ..deliver }.encode(Smsc::Present).ok()?
            }
            _ => return None,
        };
        Some(hex::encode(&octets))
    }

    /// What a batch does before it is on disk; `lost`: it will never be.
    pub(super) fn too_early(&mut self, batch: &[Task], lost: bool) {
        match self.mutation {
            Some(Mutation::PostBeforeCommit) => {
                for task in batch.iter().filter(|task| matches!(task, Task::CallStart(_))) {
                    if let Ok(Done::Start(Some(started))) = self.undone(task) {
                        self.call_leaves(started, false);
                    }
                }
            }
            Some(Mutation::TellBeforeCommit) if lost => self.tell_undone(batch),
            _ => {}
        }
    }

    /// Does a job and takes it back; what it would have answered.
    fn undone(&mut self, task: &Task) -> Result<Done, Reject> {
        let mut kept = Err(Reject::not_found("answer"));
        let undone = self.write(|work| {
            kept = task.run(work);
            Err::<(), _>(Reject::new("sabotaged", "taken back"))
        });
        debug_assert!(undone.is_err(), "nothing of it is on disk");
        kept
    }

    fn tell_undone(&mut self, batch: &[Task]) {
        let mut events = Vec::new();
        let undone = self.write(|work| {
            let before = work.tx.newest_event()?;
            for task in batch {
                task.run(work)?;
            }
            events = work.tx.events_after(before, 100)?;
            Err::<(), _>(Reject::new("sabotaged", "taken back"))
        });
        debug_assert!(undone.is_err(), "nothing of it is on disk");
        let now = self.tick();
        for letter in events.iter().filter_map(letter) {
            self.utility.arrives(now, &letter);
        }
    }

    /// A driver is told that a slot may be deleted, and nothing was written.
    pub(super) fn lie(&mut self, place: usize, slot: Slot) {
        if let Ok(lie) = self.store.transact(|_| Ok::<_, Error>(slot)) {
            self.feed(place, Input::Stored(lie));
        }
    }

    /// Whether a driver is told of a slot before its text is on disk.
    pub(super) fn lies_about_slots(&self) -> bool {
        matches!(self.mutation, Some(Mutation::DeleteBeforeCommit | Mutation::AcknowledgeBeforeCommit))
    }

    /// Whether a modem sends what its last check forbids.
    pub(super) fn is_reckless(&self) -> bool {
        matches!(self.mutation, Some(Mutation::IgnoreLastCheck | Mutation::ClaimToTwo | Mutation::ClaimWithoutCommit))
    }

    fn move_questions(&mut self) -> Result<(), Reject> {
        let mut moved = std::mem::take(&mut self.bench.moved);
        let done = self.write(|work| {
            for mut question in work.tx.questions_waiting(100)? {
                let Some(at) = question.accepted_at.filter(|at| moved.get(&question.id) != Some(at)) else { continue };
                let before = at.shifted_ms(-3_600_000);
                moved.insert(question.id, before);
                question.accepted_at = Some(before);
                work.tx.save_question(&question)?;
            }
            Ok(())
        });
        self.bench.moved = moved;
        done
    }

    /// The newest confirmation of a STOP leaves a second time.
    fn confirm_again(&mut self) -> Result<(), Reject> {
        let newest = self.read(|reader| reader.messages(&MessageFilter::default(), Paging::newest(1)))?.items.pop();
        let Some(first) = newest.filter(|one| one.purpose == Purpose::Service && self.bench.doubled != Some(one.id)) else { return Ok(()) };
        let twin = self.write(|work| {
            let mut twin = Message { n: 0, id: MessageId::new(work.now, work.chance), ..first.clone() };
            twin.n = work.tx.insert_message(&twin)?;
            for part in work.tx.parts_of(first.id)? {
                work.tx.insert_part(&Part { key: PartKey { message: twin.id, ..part.key }, n: twin.n, ..part })?;
            }
            work.emit_message("message.accepted", &twin)?;
            Ok(twin.id)
        })?;
        self.bench.doubled = Some(twin);
        Ok(())
    }

    fn put_aside(&mut self, delivery: &Delivery) -> Result<(), Reject> {
        let done = Delivery { state: DeliveryState::Done, ..delivery.clone() };
        self.write(|work| Ok(work.tx.save_delivery(&done)?))?;
        self.bench.aside.push(delivery.clone());
        Ok(())
    }

    fn put_back(&mut self) -> Result<(), Reject> {
        let aside = std::mem::take(&mut self.bench.aside);
        self.write(|work| {
            for delivery in aside {
                work.tx.save_delivery(&Delivery { due_at: work.now, ..delivery })?;
            }
            Ok(())
        })
    }

    fn skip_event(&mut self) -> Result<(), Reject> {
        self.write(|work| {
            let newest = work.tx.newest_event()?;
            let behind: Vec<(WebhookId, i64)> = work
                .tx
                .webhooks()?
                .into_iter()
                .filter(|one| one.cursor < newest && newest % 3 == 0)
                .map(|one| (one.id, one.cursor))
                .collect();
            for (id, cursor) in behind {
                work.tx.move_webhook_cursor(id, cursor + 1)?;
            }
            Ok(())
        })
    }
}

/// What an endpoint would have answered.
fn invented() -> BTreeMap<String, Value> {
    ["receipt", "ticket", "etr"].into_iter().map(|name| (name.to_owned(), Value::Text("1".to_owned()))).collect()
}

/// A request under a key of its own each time it comes.
fn renamed(ask: &Ask, times: u32) -> Ask {
    let mut ask = ask.clone();
    let idempotency = match &mut ask {
        Ask::Message(message) => message.idempotency.as_mut(),
        Ask::Session(session) => session.idempotency.as_mut(),
    };
    if let Some(idempotency) = idempotency.filter(|_| times > 1) {
        idempotency.key = format!("{}-{times}", idempotency.key);
    }
    ask
}

fn letter(event: &Event) -> Option<Letter> {
    let target = Target::parse(RECEIVER, Reach::of(true)).ok()?;
    let body = serde_json::json!({"id": event.id, "seq": event.seq, "type": event.kind}).to_string().into_bytes();
    let headers = vec![("webhook-id", event.id.to_string())];
    Some(Letter { target, verb: Verb::Post(body), headers, patience: std::time::Duration::from_secs(15) })
}
