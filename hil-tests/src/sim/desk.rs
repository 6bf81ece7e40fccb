//! What the utility's people and systems do besides asking for texts: they tell of payments, take threads, write, take back.

use std::collections::BTreeMap;

use answerback::conversation::effect::{ConsentChange, Proof};
use answerback::conversation::session::Session;
use answerback::engine::{Reject, Work, accept, consent, happened, people};
use answerback::ids::{MessageId, SessionId};
use answerback::msisdn::Msisdn;
use answerback::store::MessageFilter;
use answerback::store::page::Paging;
use answerback::terms::MessageState;
use answerback::text::Text;
use answerback::value::Value;

use super::Sim;
use super::task::Task;

/// Something that is done at a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A system tells of something that concerns an open session: paid, late, restored, as its flow knows it.
    Happened,
    /// An agent takes the thread of a person.
    Take,
    /// And gives it back.
    Release,
    /// An agent writes to a person.
    Say,
    /// Somebody tells the desk that they want no texts.
    OptOut,
    /// And that they want them again.
    OptIn,
    /// A client takes a message back.
    Cancel,
}

impl Deed {
    /// Every one.
    pub const ALL: &'static [Self] =
        &[Self::Happened, Self::Take, Self::Release, Self::Say, Self::OptOut, Self::OptIn, Self::Cancel, Self::Happened, Self::Happened];

    /// What it is counted as.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Happened => "a system tells what happened",
            Self::Take => "an agent takes a thread",
            Self::Release => "an agent gives a thread back",
            Self::Say => "an agent writes",
            Self::OptOut => "the desk notes a STOP",
            Self::OptIn => "the desk notes a START",
            Self::Cancel => "a message is taken back",
        }
    }
}

/// A deed with what it is done to.
#[derive(Debug, Clone)]
pub(super) enum Paper {
    Happened(SessionId, &'static str, BTreeMap<String, Value>),
    Person(Deed, Msisdn),
    Cancel(MessageId),
}

/// An event that a flow knows.
struct Event {
    flow: &'static str,
    name: &'static str,
    /// The slots it brings.
    data: &'static [(&'static str, &'static str)],
}

const fn event(flow: &'static str, name: &'static str, data: &'static [(&'static str, &'static str)]) -> Event {
    Event { flow, name, data }
}

const EVENTS: &[Event] = &[
    event("pay.past_due", "paid", &[]),
    event("pay.past_due", "settled", &[("receipt", "9001")]),
    event("pay.past_due", "refused", &[]),
    event("crew.visit", "crew_delayed", &[("window", "12-15")]),
    event("crew.visit", "visited", &[]),
    event("outage.confirm", "etr_changed", &[("ticket", "T9"), ("etr", "18:00")]),
    event("outage.confirm", "restored", &[]),
    event("crew.job", "withdrawn", &[]),
];
const WHO: &str = "olena";
const SESSIONS: u32 = 100;

impl Sim {
    /// Does something at a desk, where there is something to do it to.
    pub(super) fn at_desk(&mut self, deed: Deed, person: usize) {
        let number = self.people.get(person).and_then(|person| Msisdn::from_e164(&person.number).ok());
        let paper = match deed {
            Deed::Happened => self.happening(),
            Deed::Cancel => self.cancellable().map(Paper::Cancel),
            Deed::Take | Deed::Release | Deed::Say | Deed::OptOut | Deed::OptIn => number.map(|number| Paper::Person(deed, number)),
        };
        let now = self.tick();
        if let (Some(paper), Some(ram)) = (paper, self.ram.as_mut()) {
            ram.writer.push(now, Task::Desk(deed, paper));
        }
    }

    fn happening(&mut self) -> Option<Paper> {
        let open: Vec<Session> =
            self.read(|reader| reader.open_sessions_after(0, SESSIONS)).ok()?.into_iter().map(|(_, session)| session).collect();
        let known = |session: &Session| EVENTS.iter().any(|event| event.flow == session.flow.name);
        let session = open.iter().rfind(|session| known(session))?;
        let events: Vec<_> = EVENTS.iter().filter(|event| event.flow == session.flow.name).collect();
        let Event { name, data, .. } = events[self.luck.below(events.len() as u64) as usize];
        let data = data.iter().map(|(slot, words)| ((*slot).to_owned(), Value::Text((*words).to_owned()))).collect();
        Some(Paper::Happened(session.id, name, data))
    }

    fn cancellable(&self) -> Option<MessageId> {
        let filter = MessageFilter { state: Some(MessageState::Queued), ..MessageFilter::default() };
        self.read(|reader| reader.messages(&filter, Paging::newest(1))).ok()?.items.first().map(|message| message.id)
    }
}

impl Paper {
    pub(super) fn run(&self, work: &mut Work<'_, '_>) -> Result<(), Reject> {
        match self {
            Self::Happened(session, event, data) => happened::event(work, &[*session], event, data).map(drop),
            Self::Cancel(message) => accept::cancel(work, *message, WHO),
            Self::Person(Deed::Take, person) => people::take_thread(work, person, WHO, "billing"),
            Self::Person(Deed::Release, person) => people::release_thread(work, person, WHO),
            Self::Person(Deed::Say, person) => people::say(work, person, Text::new("This is Olena. How can I help?"), None).map(drop),
            Self::Person(deed, person) => consent::note(work, &change(person, *deed == Deed::OptIn)),
        }
    }
}

fn change(person: &Msisdn, granted: bool) -> ConsentChange {
    let proof = if granted { "asked for texts by phone" } else { "asked for no texts by phone" };
    ConsentChange {
        msisdn: person.clone(),
        categories: Vec::new(),
        granted,
        source: "desk".to_owned(),
        proof: Proof::told(proof, None),
        pending: false,
    }
}
