//! The words between the engine and the conversation: what is asked, what comes back, and the configuration both share.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::effect::{Effect, TimerKind};
use super::flow::Flow;
use super::packs::Packs;
use super::session::{FlowRef, Session};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::office::Queues;
use crate::settings::Settings;
use crate::terms::Lane;
use crate::value::Value;

/// What holds for everybody: flows, language packs, settings, lanes, rosters.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Every flow by revision.
    pub flows: &'a Flows,
    /// The language packs that are on.
    pub packs: &'a Packs,
    /// The facts of the utility.
    pub settings: &'a Settings,
    /// The lanes.
    pub lanes: &'a [Lane],
    /// Who stands on which roster, and who of them is paged now.
    pub rosters: &'a Rosters,
    /// The queues of people, and when somebody is there.
    pub queues: &'a Queues,
    /// ICCIDs of the SIMs that can send: the door may choose another one.
    pub sims: &'a [String],
}

impl Rules<'_> {
    /// The lane of this name; a lane nobody configured behaves like the last of the defaults.
    pub fn lane(&self, name: &str) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.name == name)
    }

    /// The SIM for a text (conversation.md section 2): the session's, else the person's last where the lane allows it, else the
    /// lane's own that can send, else the one for the prefix of the number. `None` leaves it to the least loaded.
    pub fn sim_for(&self, lane: Option<&Lane>, session: Option<&str>, last: Option<&str>, to: &Msisdn) -> Option<String> {
        let allows = |sim: &&str| lane.is_none_or(|lane| lane.allows(sim));
        let own = || {
            let sims = &lane?.sims;
            sims.iter().find(|sim| self.sims.contains(sim)).or(sims.first()).map(String::as_str)
        };
        let found = session.or(last.filter(allows)).or_else(own).or_else(|| self.settings.sim_of(to.e164()).filter(allows));
        found.map(str::to_owned)
    }
}

/// Rosters by name: people in calling order.
pub type Rosters = BTreeMap<String, Vec<Colleague>>;

/// Somebody on a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// What others call them: `{person}`.
    pub name: String,
    /// Their number.
    pub msisdn: Msisdn,
    /// Paged now: on shift, and not out of alarms.
    pub on_duty: bool,
    /// Out of alarms by a STOP: off the roster until the supervisor puts them back.
    pub is_out: bool,
    /// Codes of alarms that are open to them: a new one is told apart from each in two places.
    pub live_codes: Vec<String>,
}

impl Colleague {
    /// Somebody who is on duty and has no alarm open.
    pub fn new(name: &str, msisdn: Msisdn) -> Self {
        Self { name: name.to_owned(), msisdn, on_duty: true, is_out: false, live_codes: Vec::new() }
    }
}

/// Flows by exact revision, and which revision new sessions begin with.
#[derive(Debug, Clone, Default)]
pub struct Flows {
    revisions: BTreeMap<FlowRef, Arc<Flow>>,
    active: BTreeMap<String, u32>,
}

impl Flows {
    /// Adds a revision that running sessions may stand in.
    pub fn insert(&mut self, revision: u32, flow: Arc<Flow>) {
        self.revisions.insert(FlowRef { name: flow.name.clone(), revision }, flow);
    }

    /// New sessions of this flow begin with this revision.
    pub fn activate(&mut self, name: &str, revision: u32) {
        self.active.insert(name.to_owned(), revision);
    }

    /// The exact revision of a running session.
    pub fn get(&self, exact: &FlowRef) -> Option<&Arc<Flow>> {
        self.revisions.get(exact)
    }

    /// The revision that new sessions begin with.
    pub fn active(&self, name: &str) -> Option<(FlowRef, &Arc<Flow>)> {
        let exact = FlowRef { name: name.to_owned(), revision: *self.active.get(name)? };
        self.revisions.get(&exact).map(|flow| (exact, flow))
    }

    /// Every flow that new sessions may begin, by name.
    pub fn all_active(&self) -> impl Iterator<Item = (FlowRef, &Arc<Flow>)> {
        self.active.keys().filter_map(|name| self.active(name))
    }
}

/// A request to begin a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Begin {
    /// Which flow, by the revision that is active now.
    pub flow: FlowRef,
    /// Whom it speaks with; `None` where the flow pages a roster.
    pub to: Option<Msisdn>,
    /// What it is told, by slot.
    pub data: BTreeMap<String, Value>,
    /// Blocks twins; `None` takes the flow's own `key`.
    pub key: Option<String>,
    /// Language of its texts; `None` takes the person's.
    pub language: Option<String>,
    /// ICCID it should speak on.
    pub sim: Option<String>,
    /// Begin at this step and not at `start`: rehearsals and late steps.
    pub at: Option<String>,
    /// Carry this tag and pass the door: rehearsals.
    pub tag: Option<u8>,
    /// Its first prompt passes the door: rehearsals.
    pub free_door: bool,
    /// The person began it (a keyword): quiet hours do not hold it back.
    pub asked_for: bool,
    /// A STOP does not keep it back: a person has approved that, and it is on record.
    pub passes_stop: bool,
}

impl Begin {
    /// The plain request: this flow, this person, this data.
    pub fn new(flow: FlowRef, to: Option<Msisdn>, data: BTreeMap<String, Value>) -> Self {
        Self {
            flow,
            to,
            data,
            key: None,
            language: None,
            sim: None,
            at: None,
            tag: None,
            free_door: false,
            asked_for: false,
            passes_stop: false,
        }
    }
}

/// Why a session does not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such flow is active.
    #[error("there is no active flow `{0}`; the flows are listed by GET /v1/flows")]
    UnknownFlow(String),
    /// No such step.
    #[error("flow `{flow}` has no step `{step}`")]
    UnknownStep {
        /// The flow.
        flow: String,
        /// What was asked for.
        step: String,
    },
    /// Data the flow does not know.
    #[error("flow `{flow}` has no slot `{slot}`; it needs {needs}")]
    UnknownSlot {
        /// The flow.
        flow: String,
        /// What was sent.
        slot: String,
        /// What it takes.
        needs: String,
    },
    /// Data the flow cannot do without.
    #[error("flow `{flow}` needs `{slot}` ({kind})")]
    Missing {
        /// The flow.
        flow: String,
        /// What is missing.
        slot: String,
        /// Its type.
        kind: String,
    },
    /// Data of the wrong type.
    #[error("`{slot}` must be {kind}")]
    BadValue {
        /// The slot.
        slot: String,
        /// Its type.
        kind: String,
    },
    /// The flow speaks to one person and none was named.
    #[error("flow `{0}` speaks to one person: name the number in `to`")]
    NobodyToAsk(String),
    /// The person opted out of this category.
    #[error("this number opted out of `{0}` texts")]
    OptedOut(String),
    /// The category needs an opt-in that this number never gave.
    #[error("`{0}` texts need an opt-in that this number has not given")]
    NoOptIn(String),
    /// The same key is open already.
    #[error("a session of flow `{flow}` with key `{key}` is open already: {session}")]
    Twin {
        /// The flow.
        flow: String,
        /// The key.
        key: String,
        /// The session that has it.
        session: SessionId,
    },
    /// Too many sessions are open with this person.
    #[error("{0} sessions are open with this number; close one first")]
    TooMany(usize),
    /// A text of the flow cannot be made from this data.
    #[error("{0}")]
    Unsayable(String),
}

/// Something that moves a session besides a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// An http step has its outcome. `saved` holds the fields of the answer by name.
    Called {
        /// The step that called.
        step: String,
        /// Its visit.
        visit: u32,
        /// How it ended.
        outcome: CallOutcome,
        /// Fields of the answer.
        saved: BTreeMap<String, Value>,
    },
    /// The calls that the session wanted are over.
    RungOut {
        /// Whether somebody took a call.
        outcome: CallOutcome,
    },
    /// Something happened outside.
    Happened {
        /// What.
        event: String,
        /// What is known of it; only slots that the event names are taken.
        data: BTreeMap<String, Value>,
    },
    /// A timer fired.
    Timer {
        /// Which.
        kind: TimerKind,
        /// The visit that armed it.
        visit: u32,
    },
    /// A link page was submitted.
    LinkDone {
        /// The visit that made the page.
        visit: u32,
        /// What was filled in.
        data: BTreeMap<String, Value>,
    },
    /// A text cannot be delivered, for good.
    Undelivered {
        /// The question it put, or whose answers are heard though it asks nothing.
        question: Option<i64>,
    },
    /// A person or a system closed it.
    Closed {
        /// Who.
        by: String,
    },
    /// A person who held the thread gave it back.
    HandedBack,
    /// A person of the house leads it to this step of the flow it is in, or of the outer one.
    Led {
        /// Where it goes on.
        step: String,
    },
    /// The person opted out of its texts, at the desk or by telephone.
    OptedOut,
}

/// How an http step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The endpoint did it.
    Ok,
    /// The endpoint said no.
    Fail,
    /// It may or may not have arrived.
    Unknown,
}

/// A session after it moved, and what has to happen.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// The session as it stands now; `effects` saves it.
    pub session: Session,
    /// What has to happen, in order.
    pub effects: Vec<Effect>,
}

/// What a text was understood as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// An answer, a pick, a keyword that began something.
    Answer,
    /// Understood half, or read back.
    Unclear,
    /// Not understood, or for the inbox.
    None,
    /// STOP.
    OptOut,
    /// HELP.
    Help,
    /// START, or a keyword that opened a flow.
    Start,
    /// For a person.
    Agent,
    /// For the control room.
    Danger,
    /// A reply after the end.
    Late,
}

impl crate::terms::Word for Outcome {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Answer, "answer"),
        (Self::Unclear, "unclear"),
        (Self::None, "none"),
        (Self::OptOut, "optout"),
        (Self::Help, "help"),
        (Self::Start, "start"),
        (Self::Agent, "agent"),
        (Self::Danger, "danger"),
        (Self::Late, "late"),
    ];
}

/// What was decided about one inbound text.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// The rule that took it (conversation.md section 1).
    pub rule: u8,
    /// What it was understood as.
    pub outcome: Outcome,
    /// The session it was applied to.
    pub session: Option<SessionId>,
    /// The question it was applied to.
    pub question: Option<i64>,
    /// The answer by its name in `on`.
    pub answer: Option<String>,
    /// The value that was stored.
    pub value: Option<Value>,
    /// What was written beside the answer.
    pub note: Option<String>,
    /// Why, in words that an agent understands.
    pub why: String,
    /// Sessions that could have been meant.
    pub candidates: Vec<SessionId>,
    /// The danger tap heard something.
    pub danger: bool,
    /// The queue or person that gets the text.
    pub queue: Option<String>,
    /// The guard held back an automatic reply.
    pub silenced: bool,
    /// What has to happen, in order.
    pub effects: Vec<Effect>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::default_lanes;

    #[test]
    fn a_text_leaves_on_the_sim_that_is_next_in_line() {
        let own = vec!["A".to_owned(), "B".to_owned()];
        let mut lanes = default_lanes();
        lanes.iter_mut().filter(|lane| lane.name == "alarm").for_each(|lane| lane.sims.clone_from(&own));
        let prefixes = [("+38067".to_owned(), "K".to_owned()), ("+380".to_owned(), "U".to_owned())];
        let settings = Settings { sim_by_prefix: prefixes.into(), ..Settings::default() };
        let (flows, packs, rosters, queues) = (Flows::default(), Packs::load(&[]).expect("packs"), Rosters::new(), Queues::default());
        let check = |lane: &str, ready: &[&str], session: Option<&str>, last: Option<&str>, to: &str, want: Option<&str>| {
            let sims: Vec<String> = ready.iter().map(|sim| (*sim).to_owned()).collect();
            let rules =
                Rules { flows: &flows, packs: &packs, settings: &settings, lanes: &lanes, rosters: &rosters, queues: &queues, sims: &sims };
            let to = Msisdn::from_e164(to).expect("a number");
            let got = rules.sim_for(rules.lane(lane), session, last, &to);
            assert_eq!(got.as_deref(), want, "{lane} {ready:?} {session:?} {last:?} {to:?}");
        };
        let (mobile, other, abroad) = ("+380671112233", "+380501112233", "+12025550123");
        check("alarm", &["A", "B", "C"], Some("C"), None, mobile, Some("C"));
        check("alarm", &["A", "B", "C"], None, Some("B"), mobile, Some("B"));
        check("alarm", &["A", "B", "C"], None, Some("C"), mobile, Some("A"));
        check("alarm", &["B", "C"], None, Some("C"), mobile, Some("B"));
        check("alarm", &["C"], None, None, mobile, Some("A"));
        check("billing", &["A", "C"], None, Some("C"), mobile, Some("C"));
        check("billing", &["A"], None, None, mobile, Some("K"));
        check("billing", &["A"], None, None, other, Some("U"));
        check("billing", &["A"], None, None, abroad, None);
    }
}
