//! What a scenario looks at, as data. Every name here is a key of the file.

use std::time::Duration;

use answerback::terms::{Certainty, MessageState, SessionState};
use serde::Deserialize;

/// What is looked at, together, and how long.
#[derive(Debug, Clone)]
pub struct Look {
    /// It has to be so within this time; the rung's own patience where it is not said.
    pub within: Option<Duration>,
    /// Each of them.
    pub subjects: Vec<Subject>,
}

/// One thing to look at.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A customer's phone.
    Phone(PhoneLook),
    /// What the box read from a person.
    Inbox(InboxLook),
    /// What the API says of a message.
    Message(MessageLook),
    /// What the API says of a session.
    Session(SessionLook),
    /// The billing system's books.
    Billing(BillingLook),
    /// What the network took: the truth.
    Network(NetworkLook),
    /// What the API says of a modem, and what lies in it.
    Modem(ModemLook),
    /// What went wrong in a modem and its network.
    Struck(StruckLook),
}

/// `phone`: texts on a screen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneLook {
    /// Whose.
    pub number: String,
    /// How many texts, of those that fit where a text is given. At least one when left out.
    pub count: Option<usize>,
    /// Exactly this text.
    pub text: Option<String>,
    /// Texts that contain this.
    pub containing: Option<String>,
}

/// `inbox`: texts the box read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxLook {
    /// Who wrote them.
    pub from: String,
    /// As of `phone`.
    pub count: Option<usize>,
    /// As of `phone`.
    pub text: Option<String>,
    /// As of `phone`.
    pub containing: Option<String>,
}

/// `message`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageLook {
    /// Its name in this file.
    pub name: String,
    /// Its state.
    pub state: Option<MessageState>,
    /// What can be said about it being on air.
    pub certainty: Option<Certainty>,
    /// How often it was put on air.
    pub attempts: Option<usize>,
    /// Whether it is marked so.
    pub possibly_twice: Option<bool>,
}

/// `session`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionLook {
    /// Its name in this file.
    pub name: String,
    /// Its state.
    pub state: Option<SessionState>,
    /// The step it stands at.
    pub step: Option<String>,
    /// The result it ended with.
    pub result: Option<String>,
}

/// `billing`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillingLook {
    /// How many charges are in its books.
    pub charges: Option<usize>,
    /// How often a charge in its books was posted, all together.
    pub posts: Option<usize>,
}

/// `network`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkLook {
    /// How many PDUs it took.
    pub took: usize,
    /// For this number only.
    pub to: Option<String>,
}

/// `modem`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModemLook {
    /// Which.
    #[serde(default)]
    pub modem: usize,
    /// Whether the box can send on it.
    pub ready: Option<bool>,
    /// Why it cannot.
    pub code: Option<String>,
    /// Texts that lie in it.
    pub stored: Option<usize>,
    /// PIN tries that its SIM has left.
    pub pin_tries: Option<u8>,
}

/// `struck`: what was met, as the emulator counts it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StruckLook {
    /// In this modem, or in the network's line to its SIM.
    #[serde(default)]
    pub modem: usize,
    /// A fault, or what else is counted.
    pub name: String,
    /// At least so often; once where it is not said.
    pub times: Option<u64>,
}
