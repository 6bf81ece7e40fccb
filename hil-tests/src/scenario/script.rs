//! What a scenario is, as data: a setting, and steps in time. Every name here is a key of the file.

use std::collections::BTreeMap;
use std::time::Duration;

use answerback::engine::doubt::As;
use answerback::terms::{Policy, Word as _};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::Span;
pub use super::looks::{BillingLook, InboxLook, Look, MessageLook, ModemLook, NetworkLook, PhoneLook, SessionLook, StruckLook, Subject};
use crate::emulator::dialect::Dialect;
use crate::emulator::fault::Fault;

/// One story, read and checked.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Where it was read.
    pub file: String,
    /// One sentence.
    pub title: String,
    /// What happened in the field, in plain words.
    pub about: String,
    /// The modems; at least one.
    pub modems: Vec<ModemSetup>,
    /// The network's times.
    pub network: NetworkSetup,
    /// The flows that are active.
    pub flows: Vec<FlowText>,
    /// What the flows find there: who is on call, what endpoints say, who has opted in.
    pub house: House,
    /// How long nothing more may happen behind the last step.
    pub settle: Duration,
    /// What happens.
    pub steps: Vec<Step>,
}

/// One modem.
#[derive(Debug, Clone)]
pub struct ModemSetup {
    /// How it speaks.
    pub dialect: &'static Dialect,
    /// The number of its SIM, where the scenario cares.
    pub number: Option<String>,
}

/// Times of the emulated network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSetup {
    /// From Ctrl-Z to `+CMGS`.
    pub answer: Span,
    /// From `+CMGS` to the phone, and from the phone to the report.
    pub delivery: Span,
}

impl Default for NetworkSetup {
    fn default() -> Self {
        let quick = Span(Duration::from_millis(20));
        Self { answer: quick, delivery: quick }
    }
}

/// What the flows find at the utility.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct House {
    /// Rosters.
    pub rosters: Vec<Roster>,
    /// Endpoints that the flows call, each with what it answers where it does as asked.
    pub endpoints: BTreeMap<String, serde_json::Value>,
    /// Numbers that have opted in to everything.
    pub opted_in: Vec<String>,
}

/// `[[roster]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// Its name in flow files.
    pub name: String,
    /// In calling order.
    pub people: Vec<OnCall>,
}

/// Somebody on a roster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnCall {
    /// What others call them.
    pub name: String,
    /// Their number.
    pub number: String,
}

/// A flow that is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowText {
    /// The name of its file, for what the loader says.
    pub file: String,
    /// The file.
    pub text: String,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its line in the file.
    pub line: usize,
    /// When it begins.
    pub when: When,
    /// What it is.
    pub what: What,
}

/// When a step begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When the step before has ended.
    Now,
    /// Not before this time of the scene.
    At(Duration),
    /// So long after the step before has ended.
    After(Duration),
}

/// What a step is.
#[derive(Debug, Clone)]
pub enum What {
    /// Something is done.
    Do(Deed),
    /// The scene goes on when this is so.
    WaitUntil(Look),
    /// This comes to be so, and is so at the end.
    Expect(Look),
}

/// Something that is done.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Another system sends a text through the box.
    Send(SendText),
    /// Another system begins a session.
    Ask(Ask),
    /// Something happened outside.
    Event(Event),
    /// Something on the far side of the modems: phones, network, faults.
    Rig(Rig),
    /// The plug of a modem is pulled.
    Unplug(usize),
    /// And put back.
    Plug(Plug),
    /// Somebody gives the box the PIN of a SIM.
    Pin(Pin),
    /// The box's own power.
    Power(Power),
    /// The billing system changes its ways.
    Billing(Mood),
    /// A person decides about a message in doubt.
    Resolve(Resolve),
}

/// What happens on the far side of the modems.
#[derive(Debug, Clone)]
pub enum Rig {
    /// A customer texts.
    Text {
        /// Whose phone.
        from: String,
        /// What; `{tag}` is the tag that the last text on their phone asks for, `{code}` its staff code.
        text: String,
        /// To the SIM of this modem; else to the number that texted them last.
        modem: Option<usize>,
        /// So many texts, each with its number behind it where there is more than one.
        times: u16,
    },
    /// A PDU of the tester's own arrives.
    Pdu {
        /// At the SIM of this modem.
        modem: usize,
        /// SMSC octets and TPDU in hex.
        pdu: String,
    },
    /// A fault is switched on; `None` switches all off.
    Fault {
        /// Of this modem.
        modem: usize,
        /// How often it strikes; 0 is until cleared.
        times: u32,
        /// Which.
        fault: Option<Fault>,
        /// The same with a shorter time, for the box on ptys: its own times are short, too.
        on_ptys: Option<Fault>,
    },
    /// A modem's state is set.
    Set(SetModem),
    /// A status report of the tester's choice.
    Report(Report),
    /// A line is printed unasked.
    Urc(Urc),
    /// Power off and on; the port stays.
    Reset(usize),
    /// A phone is switched on or off.
    Phone(Phone),
}

/// `send`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendText {
    /// Its name in this file.
    pub message: String,
    /// To whom.
    pub to: String,
    /// What.
    pub text: String,
    /// What happens in doubt.
    pub policy: Policy,
    /// The API is to refuse it with this code.
    pub refused: Option<String>,
}

/// `ask`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Its name in this file.
    pub session: String,
    /// Which flow.
    pub flow: String,
    /// Whom; nobody where the flow pages a roster.
    pub to: Option<String>,
    /// What the flow needs.
    #[serde(default)]
    pub data: BTreeMap<String, toml::Value>,
    /// The API is to refuse it with this code.
    pub refused: Option<String>,
}

/// `event`: something happened outside, told by another system.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What.
    #[serde(rename = "event")]
    pub name: String,
    /// To this session of the file.
    pub session: Option<String>,
    /// Else to every session whose slots hold this.
    #[serde(default)]
    pub r#where: BTreeMap<String, toml::Value>,
    /// What is known of it.
    #[serde(default)]
    pub data: BTreeMap<String, toml::Value>,
}

/// `set`: registration, signal, TP-MR or PIN, as in the control protocol.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetModem {
    /// Of this modem.
    #[serde(default)]
    pub modem: usize,
    /// Registration by the standard's number.
    pub stat: Option<u8>,
    /// `+CSQ`.
    pub csq: Option<u8>,
    /// TP-MR of the last submission.
    pub mr: Option<u8>,
    /// A PIN to ask for after the next reset.
    pub pin: Option<String>,
}

/// `report`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Of this modem.
    #[serde(default)]
    pub modem: usize,
    /// TP-MR; the last one when left out.
    pub mr: Option<u8>,
    /// TP-ST: 0 is received.
    #[serde(default)]
    pub st: u8,
}

/// `urc`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Urc {
    /// On this modem.
    #[serde(default)]
    pub modem: usize,
    /// The line.
    pub line: String,
}

/// `phone`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// Whose.
    pub number: String,
    /// On or off.
    pub on: bool,
}

/// `plug`: a number, or a table that says under which name the port comes back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Plug {
    /// Where it was.
    Back(usize),
    /// Elsewhere.
    Under {
        /// Of this modem.
        modem: usize,
        /// The new name of its port.
        link: String,
    },
}

impl Plug {
    /// Of which modem.
    pub const fn modem(&self) -> usize {
        match self {
            Self::Back(modem) | Self::Under { modem, .. } => *modem,
        }
    }

    /// The new name of its port.
    pub fn link(&self) -> Option<&str> {
        match self {
            Self::Back(_) => None,
            Self::Under { link, .. } => Some(link),
        }
    }
}

/// `pin`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Of the SIM in this modem.
    #[serde(default)]
    pub modem: usize,
    /// What the box is told.
    pub pin: String,
}

/// The box's own power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// Stopped in order and started again.
    Restart,
    /// The plug of the box: no signal handler runs.
    Cut,
    /// Started again behind a cut.
    On,
}

/// How the billing system behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// It charges and hands out a receipt.
    Ok,
    /// The bank says no.
    Fail,
    /// It charges, and never answers.
    ChargeThenSilence,
    /// It charges, and the connection breaks before the answer.
    ChargeThenReset,
    /// It answers 500 and charges nothing.
    Broken,
    /// The connection breaks before anything is charged.
    Down,
    /// It decides later.
    Later,
    /// What it put off is decided now.
    Settle,
}

/// `resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// Its name in this file.
    pub message: String,
    /// `resend`, `sent` or `cancel`.
    #[serde(deserialize_with = "decision")]
    pub r#as: As,
}

fn decision<'de, D: Deserializer<'de>>(deserializer: D) -> Result<As, D::Error> {
    let word = String::deserialize(deserializer)?;
    As::from_word(&word).ok_or_else(|| D::Error::unknown_variant(&word, &["resend", "sent", "cancel"]))
}
