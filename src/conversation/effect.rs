//! What has to happen: the resolver and the session machine say it, the engine writes it, in one transaction, in order.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::session::{FlowRef, NewQuestion, Outgoing, Session};
use super::view::HeldAnswer;
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::terms::{Category, QuestionState};
use crate::text::Text;
use crate::time::Timestamp;
use crate::value::Value;

/// One thing that has to happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Insert or update the session row.
    Save(Session),
    /// Put a question: its row, its message, its parts. Held ones get a row and no message.
    Ask(NewQuestion, Outgoing),
    /// Send a held question now.
    Release {
        /// Row of the held question.
        question: i64,
        /// Its text.
        outgoing: Outgoing,
        /// The tag the door gave it.
        tag: Option<u8>,
    },
    /// Send a text that puts no new question. `question`: the row it reminds of, asks again or reads back.
    Say {
        /// The text.
        outgoing: Outgoing,
        /// The row it reminds of, asks again or reads back.
        question: Option<i64>,
    },
    /// Write back what changed in a question (asked again, proposed, state, keep).
    Question {
        /// Row number.
        id: i64,
        /// The change.
        change: QuestionChange,
    },
    /// Every question of this session that is held, waiting or kept goes to this state.
    CloseQuestions {
        /// Whose questions.
        session: SessionId,
        /// Where they go.
        state: QuestionState,
    },
    /// Keep an answer until the person says which question it is for; `None` forgets it.
    Hold {
        /// Whose answer.
        msisdn: Msisdn,
        /// The answer with the questions offered.
        held: Option<HeldAnswer>,
    },
    /// Queue an http step.
    Call(Call),
    /// Make a single-use page; its address was rendered into a text with `token`.
    Link(Link),
    /// Give a person something to do.
    Task(NewTask),
    /// Ring people, one after the other.
    Ring(RingList),
    /// Nobody of this session has to be rung any more.
    StopRinging(SessionId),
    /// Arm a timer of this session visit.
    Timer {
        /// Whose timer.
        session: SessionId,
        /// The visit it belongs to: it does nothing once the session has moved on.
        visit: u32,
        /// What it is for.
        kind: TimerKind,
        /// When it fires.
        due: Due,
    },
    /// Record consent.
    Consent(ConsentChange),
    /// Withdraw what is queued to this person in these categories (all when empty), except texts of purpose service and safety.
    Withdraw {
        /// Whose texts.
        msisdn: Msisdn,
        /// Which; empty is all.
        categories: Vec<Category>,
    },
    /// Whoever has this number is not who it stands for: what is known of the person is forgotten.
    Detach {
        /// The number.
        msisdn: Msisdn,
    },
    /// Withdraw what is queued and unsent of one session.
    WithdrawSession(SessionId),
    /// Append to the event log.
    Emit {
        /// Its type: a name of interfaces.md section 4, or the event that a flow raises.
        kind: Cow<'static, str>,
        /// The session it is about.
        session: Option<SessionId>,
        /// The person it is about.
        msisdn: Option<Msisdn>,
        /// What it says.
        data: BTreeMap<String, Value>,
    },
}

/// What changes in a question.
#[derive(Debug, Clone, PartialEq)]
pub enum QuestionChange {
    /// It leaves or changes its state.
    State(QuestionState),
    /// It was asked once more.
    AskedAgain,
    /// A read-back proposes this answer; `None` withdraws the proposal.
    Proposed(Option<String>),
    /// It is kept until then.
    KeepUntil(Timestamp),
}

/// An http step that has to be called.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// First part of the idempotency key.
    pub session: SessionId,
    /// Second part.
    pub step: String,
    /// Third part.
    pub visit: u32,
    /// Name of the endpoint in the settings.
    pub endpoint: String,
    /// A look-up: may be asked again, changes nothing.
    pub read: bool,
    /// What is sent.
    pub body: BTreeMap<String, Value>,
}

/// People to ring, one after the other. A call says nothing: they then read the text.
#[derive(Debug, Clone, PartialEq)]
pub struct RingList {
    /// For which session.
    pub session: SessionId,
    /// The roster.
    pub name: String,
    /// Who is on duty, in order.
    pub people: Vec<Msisdn>,
    /// How long each telephone rings.
    pub ring_for: Duration,
    /// How often each of them is rung at most.
    pub rounds: u32,
    /// The pause before they are rung again.
    pub pause: Duration,
    /// The session goes on by what comes of it: once somebody took a call, nobody else is rung.
    pub awaited: bool,
}

/// A single-use page for one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The unguessable part of its address; only its hash is stored.
    pub token: String,
    /// Whose page.
    pub session: SessionId,
    /// Visit of the step that made it.
    pub visit: u32,
    /// Which page.
    pub page: String,
    /// Slots it shows.
    pub show: Vec<String>,
    /// Slots it fills.
    pub fills: Vec<String>,
    /// When it dies.
    pub expires_at: Timestamp,
}

/// What kind of task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// Take over the thread.
    Agent,
    /// Ring somebody.
    Callback,
    /// The control room, now.
    Danger,
    /// Look at a text nobody understood.
    Inbox,
    /// Look at a modem that the box cannot bring back.
    Modem,
}

impl crate::terms::Word for TaskKind {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Agent, "agent"), (Self::Callback, "callback"), (Self::Danger, "danger"), (Self::Inbox, "inbox"), (Self::Modem, "modem")];
}

/// A task for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// What kind.
    pub kind: TaskKind,
    /// Who should do it.
    pub queue: String,
    /// Before everything else.
    pub urgent: bool,
    /// What it is about, in words.
    pub note: Text,
    /// The session.
    pub session: Option<SessionId>,
    /// The person it is about.
    pub msisdn: Option<Msisdn>,
    /// By when.
    pub due: Option<Timestamp>,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimerKind {
    /// The n-th reminder, from 0.
    Remind(u8),
    /// Nobody answered.
    Silence,
    /// The session's time is over.
    Expires,
    /// The link page died.
    LinkExpired,
    /// The door's patience is over: send tagged.
    Door,
    /// Texts of a `join` step are complete.
    Join,
    /// The next person of a roster is paged.
    Page,
}

/// When a timer fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// At an instant.
    At(Timestamp),
    /// This long after the network accepted the question's prompt of that visit.
    AfterAccepted(Duration),
}

/// The source of a record that only answers "did you mean STOP?" with no: whoever was in or out of something stays so.
pub const KEPT: &str = "sms:kept";

/// The source of a START of somebody on a roster: it gives back what a customer gets, and never the roster.
pub const STAFF: &str = "sms:staff";

/// A consent record.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentChange {
    /// Who.
    pub msisdn: Msisdn,
    /// Of what; empty is everything.
    pub categories: Vec<Category>,
    /// In or out.
    pub granted: bool,
    /// How it came: `sms`, `flow:NAME@REVISION`, `api`, `desk`.
    pub source: String,
    /// What proves it.
    pub proof: Proof,
    /// "Did you mean STOP?" was asked: nothing unsolicited leaves until answered.
    pub pending: bool,
}

/// What proves a consent record (conversation.md section 5). Number, source and time stand beside it in the record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proof {
    /// The words of the person, or what was said on the telephone or written on paper.
    pub reply: Text,
    /// The text or form the person had before them.
    pub shown: Option<Text>,
    /// ICCID of the SIM the reply came in on.
    pub sim: Option<String>,
    /// The flow, at its revision, that had asked.
    pub flow: Option<FlowRef>,
    /// Its session.
    pub session: Option<SessionId>,
    /// Who wrote it down, where that was a person or another system.
    pub by: Option<String>,
}

impl Proof {
    /// Words that came by another way than SMS.
    pub fn told(reply: impl Into<String>, by: Option<String>) -> Self {
        Self { reply: Text::new(reply), by, ..Self::default() }
    }
}
