//! The states of messages, parts, attempts, sessions, questions and http steps. *In doubt* is about a message on air,
//! *unknown* about an http step or a delivery without a report.

use serde::{Deserialize, Serialize};

use super::Word;

/// State of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Answered 202; not yet planned for a modem.
    Accepted,
    /// Its parts wait for a modem.
    Queued,
    /// A part is claimed by a modem.
    Sending,
    /// Every part was accepted by the network.
    Submitted,
    /// Every part was received by the phone.
    Delivered,
    /// At least one part may or may not have been sent.
    InDoubt,
    /// In doubt under policy once: waits for a person.
    Parked,
    /// Taken back before it was sent.
    Withdrawn,
    /// Its time ran out before it was sent.
    Expired,
    /// The network or the modem said no for good.
    Refused,
    /// Sent, and a final report said it did not arrive.
    Failed,
    /// Sent, and no report came in time.
    UnknownDelivery,
}

impl Word for MessageState {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Accepted, "accepted"),
        (Self::Queued, "queued"),
        (Self::Sending, "sending"),
        (Self::Submitted, "submitted"),
        (Self::Delivered, "delivered"),
        (Self::InDoubt, "in_doubt"),
        (Self::Parked, "parked"),
        (Self::Withdrawn, "withdrawn"),
        (Self::Expired, "expired"),
        (Self::Refused, "refused"),
        (Self::Failed, "failed"),
        (Self::UnknownDelivery, "unknown_delivery"),
    ];
}

/// What we can say about a message on air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Nothing of it was put on air yet.
    NotSent,
    /// The network accepted it.
    Submitted,
    /// The network or the modem refused it.
    Refused,
    /// It may or may not have been sent.
    InDoubt,
}

impl Word for Certainty {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::NotSent, "not_sent"), (Self::Submitted, "submitted"), (Self::Refused, "refused"), (Self::InDoubt, "in_doubt")];
}

/// State of one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// Waits for a modem.
    Queued,
    /// A modem has it.
    Claimed,
    /// `+CMGS` came.
    Submitted,
    /// The report said ST 00.
    Delivered,
    /// It may or may not have been sent.
    InDoubt,
    /// In doubt, waits for a person.
    Parked,
    /// A final report or a permanent refusal.
    Failed,
    /// Its time ran out.
    Expired,
    /// Taken back.
    Withdrawn,
}

impl Word for PartState {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Queued, "queued"),
        (Self::Claimed, "claimed"),
        (Self::Submitted, "submitted"),
        (Self::Delivered, "delivered"),
        (Self::InDoubt, "in_doubt"),
        (Self::Parked, "parked"),
        (Self::Failed, "failed"),
        (Self::Expired, "expired"),
        (Self::Withdrawn, "withdrawn"),
    ];
}

/// State of one try to put a part on air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Committed before the PDU; its outcome is open.
    Attempting,
    /// `+CMGS` or a witness proved it.
    Submitted,
    /// A definite error.
    Refused,
    /// ESC before Ctrl-Z: no doubt, nothing left.
    Aborted,
    /// After Ctrl-Z without a definite answer.
    InDoubt,
}

impl Word for AttemptState {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Attempting, "attempting"),
        (Self::Submitted, "submitted"),
        (Self::Refused, "refused"),
        (Self::Aborted, "aborted"),
        (Self::InDoubt, "in_doubt"),
    ];
}

/// State of one run of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Begun; its first question has not left.
    Opening,
    /// Runs.
    Asked,
    /// Reached a `done`.
    Completed,
    /// Its time ran out.
    Expired,
    /// Closed by a person or by another system.
    Closed,
    /// Stopped by a bound or an undeliverable question.
    Failed,
    /// The person opted out.
    Parked,
}

impl Word for SessionState {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Opening, "opening"),
        (Self::Asked, "asked"),
        (Self::Completed, "completed"),
        (Self::Expired, "expired"),
        (Self::Closed, "closed"),
        (Self::Failed, "failed"),
        (Self::Parked, "parked"),
    ];
}

impl SessionState {
    /// Whether the session still moves by itself.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Opening | Self::Asked)
    }
}

/// State of one prompt to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// Behind the door: not sent yet, another question is open.
    Held,
    /// Waits for an answer.
    Waiting,
    /// Answered, but its step still hears corrections (`keep`).
    Kept,
    /// Answered.
    Answered,
    /// Taken back (outside event, STOP, close).
    Withdrawn,
    /// A newer question of the session took its place.
    Superseded,
    /// Its time ran out.
    Expired,
}

impl Word for QuestionState {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Held, "held"),
        (Self::Waiting, "waiting"),
        (Self::Kept, "kept"),
        (Self::Answered, "answered"),
        (Self::Withdrawn, "withdrawn"),
        (Self::Superseded, "superseded"),
        (Self::Expired, "expired"),
    ];
}

/// State of an http step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Decided; its bytes have not left.
    Queued,
    /// Committed before the bytes leave.
    Calling,
    /// The endpoint did it.
    Ok,
    /// The endpoint said no.
    Fail,
    /// It may or may not have arrived.
    Unknown,
}

impl Word for CallState {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Queued, "queued"), (Self::Calling, "calling"), (Self::Ok, "ok"), (Self::Fail, "fail"), (Self::Unknown, "unknown")];
}

/// State of a telephone that is to ring once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingState {
    /// Nobody has dialed.
    Waiting,
    /// Committed before a modem dials.
    Calling,
    /// Somebody took it. That is no acknowledgement.
    Answered,
    /// It rang its time, or as long as it was wanted.
    NotAnswered,
    /// It was engaged.
    Busy,
    /// The network ended it, or never put it through.
    NoCarrier,
    /// Certainly nobody was rung.
    Failed,
    /// It was dialed, and the modem does not tell what came of it.
    Unknown,
    /// It was dialed, or may have been, and the modem or the box was lost in the middle.
    InDoubt,
    /// Not wanted any more before it was dialed.
    Withdrawn,
}

impl Word for RingState {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Waiting, "waiting"),
        (Self::Calling, "calling"),
        (Self::Answered, "answered"),
        (Self::NotAnswered, "not_answered"),
        (Self::Busy, "busy"),
        (Self::NoCarrier, "no_carrier"),
        (Self::Failed, "failed"),
        (Self::Unknown, "unknown"),
        (Self::InDoubt, "in_doubt"),
        (Self::Withdrawn, "withdrawn"),
    ];
}

impl RingState {
    /// Whether its end is still to come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Calling)
    }

    /// Whether a telephone may have rung.
    pub const fn may_have_rung(self) -> bool {
        matches!(self, Self::Calling | Self::Answered | Self::NotAnswered | Self::Busy | Self::Unknown | Self::InDoubt)
    }
}
