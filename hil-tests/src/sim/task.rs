//! What the box writes: each job of its writer, and what comes back when it is on disk.

use answerback::committed::{Committed, Slot};
use answerback::courier::Sent;
use answerback::delivery::route::ModemView;
use answerback::delivery::schedule::Claim;
use answerback::endpoint::request::Started;
use answerback::endpoint::verdict::{Looked, Verdict};
use answerback::engine::ring::NewRing;
use answerback::engine::ussd::NewUssd;
use answerback::engine::{Reject, Work, clock, doubt, expire, modems, pin, queue, receive, ring, selftest, submit, told, ussd};
use answerback::engine::{accept, session};
use answerback::ids::{MessageId, PartKey};
use answerback::modem::io::{ModemEvent, Pin, PinRefusal, RingErrand, Submission, UssdErrand};
use answerback::store::{ClockJump, Delivery};
use answerback::{endpoint, webhook};

use super::desk::{Deed, Paper};
use super::fault::Commit;
use super::office::{Ask, Said};

/// One job of the writer.
#[derive(Debug, Clone)]
pub(super) enum Task {
    /// Of the clerk of a modem, for this life of its driver.
    Clerk {
        shell: u64,
        life: u64,
        name: String,
        sim: String,
        job: ClerkJob,
    },
    /// A supervisor begins.
    Opened {
        name: String,
        port: String,
    },
    Claim(Vec<ModemView>),
    GiveBack(Claim),
    Due,
    Jumped(ClockJump),
    CallStart(i64),
    CallEnd(i64, Verdict),
    LookStart(i64),
    LookEnd(i64, Looked),
    FanOut,
    Hook(Box<(Delivery, Sent)>),
    /// Request number of the office.
    Office(usize, Ask),
    /// Of the utility's people and systems.
    Desk(Deed, Paper),
    /// A person decides about a message in doubt.
    Resolve(MessageId, doubt::As),
    /// A technician has a modem tested.
    SelfTest(String),
    /// Modems in a test are to be asked.
    Tests,
    TestNotGiven(i64),
    /// A client wants a telephone rung.
    Ring(NewRing),
    /// And takes the newest list back.
    RingCancel,
    /// Telephones that are due are given to modems.
    Rings(Vec<(String, ModemView)>),
    RingNotGiven(i64),
    /// Somebody asks the network for something.
    Ussd(NewUssd),
    /// What is to be asked is given to modems.
    Ussds,
    UssdNotGiven(String, i64),
}

/// One job of a modem's clerk.
#[derive(Debug, Clone)]
pub(super) enum ClerkJob {
    Begin(PartKey),
    Pin { sim: String, imei: String },
    Recover,
    GiveBack(PartKey),
    Event(ModemEvent),
    Received { hex: String, slot: Option<Slot>, live: bool },
}

/// What comes back.
pub(super) enum Done {
    Nothing,
    Stored(Committed<Slot>),
    Begun(submit::Begin),
    Pin(Result<Pin, PinRefusal>),
    Recovered,
    Claimed(Vec<(Claim, Submission)>),
    /// Which modems are to be asked, for which tests.
    Tests(Vec<(i64, String)>),
    /// Which modem rings whom.
    Rings(Vec<(String, RingErrand)>),
    /// Which modem asks its network for what.
    Ussds(Vec<(String, UssdErrand)>),
    /// How much was due.
    Fired(usize),
    /// A call may leave; `None`: it must not.
    Start(Option<Box<Started>>),
    Prepared(Box<Started>),
    Said(Said),
}

impl Task {
    /// What a crash at this commit is counted as.
    pub(super) fn commit(&self) -> Commit {
        match self {
            Self::Clerk { job, .. } => match job {
                ClerkJob::Begin(_) => Commit::Attempt,
                ClerkJob::Recover => Commit::Recover,
                ClerkJob::Received { .. } => Commit::Receive,
                ClerkJob::Event(
                    ModemEvent::Submitted { .. }
                    | ModemEvent::Refused { .. }
                    | ModemEvent::Aborted { .. }
                    | ModemEvent::InDoubt { .. }
                    | ModemEvent::Duplicate { .. },
                ) => Commit::Outcome,
                ClerkJob::Event(ModemEvent::Rang { .. }) => Commit::RingEnd,
                ClerkJob::Event(_) | ClerkJob::Pin { .. } | ClerkJob::GiveBack(_) => Commit::Other,
            },
            Self::Claim(_) => Commit::Claim,
            Self::Due | Self::Jumped(_) => Commit::Due,
            Self::CallStart(_) | Self::LookStart(_) => Commit::CallStart,
            Self::CallEnd(..) | Self::LookEnd(..) => Commit::CallEnd,
            Self::FanOut | Self::Hook(_) => Commit::Hook,
            Self::Office(..) => Commit::Accept,
            Self::Opened { .. } | Self::GiveBack(_) | Self::Desk(..) | Self::Resolve(..) => Commit::Other,
            Self::Rings(_) => Commit::Ring,
            Self::SelfTest(_) | Self::Tests | Self::TestNotGiven(_) => Commit::Other,
            Self::Ring(_) | Self::RingCancel | Self::RingNotGiven(_) => Commit::Other,
            Self::Ussd(_) | Self::Ussds | Self::UssdNotGiven(..) => Commit::Other,
        }
    }

    /// A note of a modem's state, which changes nothing that is promised.
    pub(super) fn is_routine(&self) -> bool {
        matches!(self, Self::Clerk { job: ClerkJob::Event(event), .. } if event.is_state())
    }

    /// Does it, in a transaction. A text read from a slot is `receive`d by the caller: its answer is the proof of the commit.
    pub(super) fn run(&self, work: &mut Work<'_, '_>) -> Result<Done, Reject> {
        match self {
            Self::Clerk { name, sim, job, .. } => job.run(work, name, sim),
            Self::Opened { name, port } => modems::opened(work, name, port).map(|()| Done::Nothing),
            Self::Claim(views) => queue::claim(work, views).map(Done::Claimed),
            Self::GiveBack(claim) => submit::give_back(work, &claim.part, &claim.iccid).map(|()| Done::Nothing),
            Self::Due => expire::due(work).map(Done::Fired),
            Self::Jumped(jump) => clock::jumped(work, jump).map(|()| Done::Nothing),
            Self::CallStart(id) => endpoint::write::start(work, *id).map(|started| Done::Start(started.map(Box::new))),
            Self::CallEnd(id, verdict) => endpoint::write::after_call(work, *id, verdict.clone()).map(|()| Done::Nothing),
            Self::LookStart(id) => endpoint::write::prepare(work, *id).map(|started| Done::Prepared(Box::new(started))),
            Self::LookEnd(id, looked) => endpoint::write::after_look_up(work, *id, looked.clone()).map(|()| Done::Nothing),
            Self::FanOut => Ok(webhook::fan_out::advance(work.tx, work.now).map(|()| Done::Nothing)?),
            Self::Hook(landed) => {
                let (delivery, sent) = landed.as_ref();
                Ok(webhook::settle(work.tx, delivery.clone(), sent, work.now, work.chance).map(|()| Done::Nothing)?)
            }
            Self::Office(_, Ask::Message(request)) => accept::message(work, request).map(|done| Done::Said(Said::Message(done.answer.id))),
            Self::Office(_, Ask::Session(request)) => {
                session::begin(work, request).map(|done| Done::Said(Said::Session(done.answer.id, done.answer.messages)))
            }
            Self::Desk(_, paper) => paper.run(work).map(|()| Done::Nothing),
            Self::SelfTest(modem) => {
                let new = selftest::NewSelfTest { modem: modem.clone(), to: None, asker: "the simulation".to_owned() };
                selftest::ask(work, &new).map(|_| Done::Nothing)
            }
            Self::Tests => selftest::claim(work).map(Done::Tests),
            Self::TestNotGiven(id) => selftest::not_given(work, *id).map(|()| Done::Nothing),
            Self::Ring(new) => ring::order(work, new).map(|_| Done::Nothing),
            Self::RingCancel => cancel_newest(work).map(|()| Done::Nothing),
            Self::Rings(ringers) => ring::claim(work, ringers).map(Done::Rings),
            Self::RingNotGiven(id) => ring::not_given(work, *id).map(|()| Done::Nothing),
            Self::Ussd(new) => ussd::ask(work, new).map(|_| Done::Nothing),
            Self::Ussds => ussd::claim(work).map(Done::Ussds),
            Self::UssdNotGiven(modem, id) => ussd::not_given(work, modem, *id).map(|()| Done::Nothing),
            Self::Resolve(id, decision) => doubt::resolve(work, *id, *decision, "the simulation").map(|()| Done::Nothing),
        }
    }
}

impl ClerkJob {
    fn run(&self, work: &mut Work<'_, '_>, name: &str, sim: &str) -> Result<Done, Reject> {
        match self {
            Self::Begin(part) => submit::begin_attempt(work, part, sim, name).map(Done::Begun),
            Self::Pin { sim, imei } => pin::try_once(work, pin::Locked { modem: name, sim, imei }).map(Done::Pin),
            Self::Recover => {
                doubt::restart_modem(work, name, "restarted")?;
                ussd::restart_modem(work, name)?;
                ring::restart_modem(work, name).map(|()| Done::Recovered)
            }
            Self::GiveBack(part) => submit::aborted(work, part, None, "the modem was lost").map(|()| Done::Nothing),
            Self::Event(event) => told::event(work, name, sim, event).map(|()| Done::Nothing),
            Self::Received { hex, slot, live } => {
                let arrival =
                    receive::Arrival { sim: sim.to_owned(), modem: name.to_owned(), hex: hex.clone(), slot: slot.clone(), live: *live };
                receive::pdu(work, &arrival).map(|_| Done::Nothing)
            }
        }
    }

    /// Written again and again while the store cannot take it.
    pub(super) fn insists(&self) -> bool {
        match self {
            Self::Begin(_) | Self::Pin { .. } => false,
            Self::Received { slot, .. } => slot.is_none(),
            Self::Event(event) => !event.is_state(),
            Self::Recover | Self::GiveBack(_) => true,
        }
    }
}

/// A client takes back what it wanted rung last.
fn cancel_newest(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    match work.tx.rings_open()?.last() {
        Some(newest) => ring::cancel(work, newest.list, "the simulation"),
        None => Err(Reject::not_found("call")),
    }
}

/// At start, before any byte: R0 of the box.
pub(super) fn restart(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    answerback::engine::restart::all(work).map(drop)
}
