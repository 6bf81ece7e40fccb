//! What `resolve` is told: the inbound text and what the box knows of its sender; and what any other move of a session is told.

use std::collections::BTreeMap;

use super::danger::Danger;
use super::session::{Question, SentText, Session};
use crate::msisdn::Msisdn;
use crate::terms::Category;
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// One complete inbound text.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// Who wrote it.
    pub from: Sender,
    /// ICCID of the SIM it came in on.
    pub sim: String,
    /// What it says.
    pub text: Text,
    /// Service-centre time of its first part as the network wrote it; `None` where that is no date.
    pub scts: Option<Timestamp>,
    /// When the box read it.
    pub received_at: Timestamp,
    /// Indicated by the modem as it came; false when a sweep found it.
    pub live: bool,
    /// TP-LP: the sender asks for no automatic reply.
    pub loop_prevention: bool,
    /// "2 of 3 parts": the rest never came.
    pub incomplete: Option<(u8, u8)>,
    /// What is known of the service centre's clock.
    pub smsc: SmscClock,
    /// An application port that means a picture message (WAP push 2948).
    pub picture_notice: bool,
}

/// Who wrote an inbound text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A number that can be answered.
    Number(Msisdn),
    /// A name or short code: nothing can be answered (rule 2).
    NoReply(String),
}

/// Offset of a service centre's clock: box time = service-centre time + offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SmscClock {
    /// Milliseconds to add to a service-centre time.
    pub offset_ms: i64,
    /// How many live texts and reports it rests on; few where they disagree.
    pub samples: u32,
    /// This text and another live one are off by the same whole quarter hours: the clock was set, or its zone is wrong.
    pub shifted: bool,
    /// The modem was away between the stamp of this text and its reading: the network may have held it back.
    pub gap: bool,
}

/// What the box knows of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonView {
    /// Who.
    pub msisdn: Msisdn,
    /// Language of the person, by pack name.
    pub language: String,
    /// Categories the person opted out of; empty is none.
    pub out_of: Vec<Category>,
    /// Categories the person opted in to by name.
    pub into: Vec<Category>,
    /// When the last STOP confirmation went out.
    pub stopped_at: Option<Timestamp>,
    /// "Did you mean STOP?" waits for an answer.
    pub stop_asked: bool,
    /// Whether any consent record exists for this number.
    pub has_consent_record: bool,
    /// Open, held and kept questions with their sessions, oldest first.
    pub questions: Vec<Asked>,
    /// Sessions of this person that move but have no question waiting (for HELP, keywords, parking).
    pub sessions: Vec<Session>,
    /// Ended sessions inside the longest `late` window, newest first, with their last question.
    pub ended: Vec<Asked>,
    /// How many sessions of a flow that follows another one, by its name, began with this person inside the time that it counts;
    /// only of flows that follow an open session.
    pub begun: BTreeMap<String, u32>,
    /// Tags used with this number in the last 7 days.
    pub tags_used: Vec<u8>,
    /// The person's IANA zone, where known.
    pub zone: Option<String>,
    /// Our accepted texts to this number, newest first.
    pub sent: Vec<SentText>,
    /// How many accounts stand on this number.
    pub accounts: u32,
    /// What the box knows of the person: fills the `needs` of a session the person starts.
    pub facts: BTreeMap<String, Value>,
}

/// Who wrote the text at hand: the person, and what only a text is judged by. No other move of a session looks at it, and a
/// timer does not pay for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Replier {
    /// What every move sees.
    pub person: PersonView,
    /// Questions that left the waiting state within the last two hours, newest first.
    pub closed: Vec<Asked>,
    /// The answer held while "which one?" is open.
    pub held: Option<HeldAnswer>,
    /// A person has the thread.
    pub agent: Option<AgentHold>,
    /// Who last closed the thread.
    pub closed_thread: Option<ClosedThread>,
    /// Counters of the guard.
    pub guard: Guard,
    /// Staff codes of the last 12 hours that did not fit, as they were written: each is refused once.
    pub refused: Vec<Text>,
    /// When the person was told that nobody of the house holds the thread any more: what was written before was for them.
    pub handed_back_at: Option<Timestamp>,
}

/// A question with the session it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// Its session.
    pub session: Session,
}

/// The answer that waits until the person says which question it is for.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldAnswer {
    /// The text that several questions took.
    pub text: Text,
    /// When it was stamped (box time).
    pub stamp: Timestamp,
    /// The questions offered, in the order of the list the person read.
    pub offered: Vec<i64>,
    /// When the list lapses.
    pub until: Timestamp,
}

/// Who holds a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentHold {
    /// The person.
    pub who: String,
    /// Their queue.
    pub queue: String,
    /// When they were last active.
    pub active_at: Timestamp,
}

/// A thread that its holder has closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedThread {
    /// The person.
    pub who: String,
    /// Their queue.
    pub queue: String,
    /// When.
    pub at: Timestamp,
}

/// What the guard counts for one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guard {
    /// Equal texts to the one at hand in the last hour, the one at hand not counted.
    pub equal_last_hour: u32,
    /// Automatic replies to HELP, START, BAL in the last hour.
    pub service_last_hour: u32,
    /// Fallback and ask-again texts in the last day.
    pub asked_last_day: u32,
    /// Fallback texts in the last day.
    pub fallback_last_day: u32,
    /// Keywords of flows in the last hour, the one at hand not counted.
    pub begun_last_hour: u32,
    /// "Reply OUT to report" in the last day.
    pub hints_last_day: u32,
    /// Safety texts in the last 10 minutes.
    pub safety_last_10_min: u32,
    /// Those of them that only ask whether there is a fire.
    pub fire_last_10_min: u32,
}

impl Guard {
    /// Whether this danger needs no further text: the advice went out in the last 10 minutes, or the question about a fire did.
    pub fn has_told(&self, danger: Danger) -> bool {
        match danger {
            Danger::Gas | Danger::Wires | Danger::Life => self.safety_last_10_min > self.fire_last_10_min,
            Danger::Fire => self.safety_last_10_min > 0,
        }
    }
}
