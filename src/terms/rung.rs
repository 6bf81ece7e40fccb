//! The rungs of the recovery ladder (reliability.md section 5) and what they are climbed for.

use serde::{Deserialize, Serialize};

use super::Word;

/// What is tried for a modem, each rung harder than the one before it. Rung 1, ESC and `AT`, is climbed after every command that is
/// not answered, and nobody has to hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Every setting again.
    Settings,
    /// The port closed and opened.
    Reopen,
    /// The radio off and on.
    Radio,
    /// The modem's own reset.
    Reset,
    /// Its USB device taken from its drivers and given back, by the root helper.
    UsbReset,
    /// Its power off and on, by the root helper.
    Power,
}

impl Word for Rung {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Settings, "settings"),
        (Self::Reopen, "reopen"),
        (Self::Radio, "radio"),
        (Self::Reset, "reset"),
        (Self::UsbReset, "usb_reset"),
        (Self::Power, "power"),
    ];
}

impl Rung {
    /// Whether the modem starts anew: its port may go away, and more of them in an hour do harm.
    pub const fn restarts(self) -> bool {
        match self {
            Self::Settings | Self::Reopen | Self::Radio => false,
            Self::Reset | Self::UsbReset | Self::Power => true,
        }
    }

    /// Whether the root helper has to do it.
    pub const fn needs_helper(self) -> bool {
        matches!(self, Self::UsbReset | Self::Power)
    }
}

/// What a modem suffers from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ailment {
    /// It does not answer `AT`, or nothing but `AT`.
    NoAnswer,
    /// It answers, and finds no network.
    NotRegistered,
    /// It is registered, and one message after the other fails without a word about the message.
    SendsFail,
}

impl Word for Ailment {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::NoAnswer, "no_answer"), (Self::NotRegistered, "not_registered"), (Self::SendsFail, "sends_fail")];
}

impl Ailment {
    /// What may help, the gentlest first.
    pub const fn rungs(self) -> &'static [Rung] {
        match self {
            Self::NoAnswer => &[Rung::Settings, Rung::Reopen, Rung::Reset, Rung::UsbReset, Rung::Power],
            // Its USB works; only what restarts its firmware may help.
            Self::NotRegistered | Self::SendsFail => &[Rung::Radio, Rung::Reset, Rung::Power],
        }
    }
}

/// What came of a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The modem was well again.
    Mended,
    /// It was not.
    Failed,
    /// Its port went away and came back only much later: a person had to help.
    Harmed,
}

impl Word for Outcome {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Mended, "mended"), (Self::Failed, "failed"), (Self::Harmed, "harmed")];
}
