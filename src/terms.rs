//! Words that siblings share: lanes, policies and states, each spelled one way in rows, in the API and on the pages.

pub mod hours;
mod rung;
mod states;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use hours::Hours;
pub use rung::{Ailment, Outcome, Rung};
pub use states::{AttemptState, CallState, Certainty, MessageState, PartState, QuestionState, RingState, SessionState};

/// A closed set of words, each with the one spelling used in rows, JSON and pages.
pub trait Word: Copy + PartialEq + 'static {
    /// Every member with its spelling.
    const WORDS: &'static [(Self, &'static str)];

    /// The spelling of this member.
    fn word(self) -> &'static str {
        // Each table below names every variant; the test `every_word_reads_back` holds it to that.
        Self::WORDS.iter().find(|(member, _)| *member == self).map_or("?", |(_, word)| word)
    }

    /// The member spelled `word`.
    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, spelled)| *spelled == word).map(|(member, _)| *member)
    }
}

/// What happens when it is not known whether a part was sent (reliability.md section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// At least once: send again now, at most 3 times, marked possibly twice.
    Alarm,
    /// Wait 180 s for a witness, then once more, at most 2 times.
    Notice,
    /// At most once: park and ask a person.
    Once,
}

impl Word for Policy {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Alarm, "alarm"), (Self::Notice, "notice"), (Self::Once, "once")];
}

impl Policy {
    /// How many attempts a part may have without a person's word.
    pub const fn attempts_max(self) -> u32 {
        match self {
            Self::Alarm => 3,
            Self::Notice => 2,
            Self::Once => 1,
        }
    }

    /// How long a doubt waits for a witness before the policy acts.
    pub const fn doubt_wait(self) -> Duration {
        match self {
            Self::Alarm => Duration::ZERO,
            Self::Notice | Self::Once => Duration::from_mins(3),
        }
    }
}

/// What a text is about: the unit of consent (conversation.md section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Danger to people.
    Safety,
    /// Alarms to staff.
    Alarm,
    /// Work of crews.
    Work,
    /// Power, water or gas is off.
    Outage,
    /// A crew comes.
    Visits,
    /// Bills and payments.
    Billing,
    /// The customer's account.
    Account,
    /// Saving energy.
    Energy,
    /// Surveys.
    Survey,
    /// Consent itself.
    Consent,
}

impl Word for Category {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Safety, "safety"),
        (Self::Alarm, "alarm"),
        (Self::Work, "work"),
        (Self::Outage, "outage"),
        (Self::Visits, "visits"),
        (Self::Billing, "billing"),
        (Self::Account, "account"),
        (Self::Energy, "energy"),
        (Self::Survey, "survey"),
        (Self::Consent, "consent"),
    ];
}

impl Category {
    /// Whether texts of this category go to people the utility employs.
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Alarm | Self::Work)
    }
}

/// How urgent: a lower number goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rank(pub u8);

impl Rank {
    /// The last one that is urgent.
    pub const URGENT: Self = Self(2);

    /// Safety, alarm, the box's own answers to STOP, HELP and danger: they wait for no SIM of choice, for no cap and for no notice
    /// that is not on air yet.
    pub const fn is_urgent(self) -> bool {
        self.0 <= Self::URGENT.0
    }

    /// Whether it takes the place of one that waits in a modem's hand: only what is urgent does, or a queue would do nothing but
    /// change places.
    pub fn may_overtake(self, other: Self) -> bool {
        self.is_urgent() && self < other
    }
}

/// A lane: consent category, rank, policy and hours of the flows in it (interfaces.md section 7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// Its name in flow files.
    pub name: String,
    /// Consent category.
    pub category: Category,
    /// Urgency of its texts.
    pub rank: Rank,
    /// What a doubt does.
    pub policy: Policy,
    /// When its unasked texts may leave, in the person's zone; none is always.
    pub hours: Vec<Hours>,
    /// Whether a person must have opted in.
    pub requires_opt_in: bool,
    /// ICCIDs of the SIMs that its texts may leave on, the first one first; none is every SIM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sims: Vec<String>,
}

impl Lane {
    /// Whether its texts may leave on this SIM.
    pub fn allows(&self, sim: &str) -> bool {
        self.sims.is_empty() || self.sims.iter().any(|allowed| allowed == sim)
    }
}

/// When a lane's texts leave, as it is written: two hours of every day, or other hours on other days. What is wrong with it stands
/// at a key.
pub fn lane_hours(from: Option<u8>, until: Option<u8>, hours: Vec<Hours>) -> Result<Vec<Hours>, (&'static str, &'static str)> {
    match (from, until, hours) {
        (None, None, hours) => Ok(hours),
        (from, until, hours) if hours.is_empty() => {
            let daily = Hours::daily(from.unwrap_or(0), until.unwrap_or(24));
            Ok(vec![daily.ok_or(("until", "two hours of a day, `from` before `until`, at most 24"))?])
        }
        _ => Err(("hours", "write either `from` and `until`, or `hours`")),
    }
}

/// The pages that a `link` step of a flow may send.
pub const LINK_PAGES: &[&str] = &["meter", "pay", "slots"];

/// The lanes of every box before its settings change them.
pub fn default_lanes() -> Vec<Lane> {
    let day: Vec<Hours> = Hours::daily(8, 21).into_iter().collect();
    let always = Vec::new;
    [
        ("safety", Category::Safety, 1, Policy::Alarm, always(), false),
        ("alarm", Category::Alarm, 2, Policy::Alarm, always(), false),
        ("work", Category::Work, 3, Policy::Notice, always(), false),
        ("outage", Category::Outage, 3, Policy::Notice, always(), false),
        ("visits", Category::Visits, 4, Policy::Notice, day.clone(), false),
        ("billing", Category::Billing, 5, Policy::Once, day.clone(), false),
        ("account", Category::Account, 6, Policy::Notice, day.clone(), false),
        ("energy", Category::Energy, 7, Policy::Notice, day.clone(), true),
        ("survey", Category::Survey, 8, Policy::Once, day.clone(), true),
        ("consent", Category::Consent, 1, Policy::Notice, always(), false),
    ]
    .into_iter()
    .map(|(name, category, rank, policy, hours, requires_opt_in)| Lane {
        name: name.to_owned(),
        category,
        rank: Rank(rank),
        policy,
        hours,
        requires_opt_in,
        sims: Vec::new(),
    })
    .collect()
}

/// Why a text was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The question of a step.
    Prompt,
    /// The same question again later.
    Reminder,
    /// The question once more, because the reply was unclear.
    Again,
    /// "Reply PAY to pay 84.50".
    ReadBack,
    /// "Which one?"
    WhichOne,
    /// A `tell`, a receipt, a `done` text.
    Tell,
    /// Consent, help: a built-in text that answers the person.
    Service,
    /// "Nobody was waiting for this text": at most once a day per number.
    Fallback,
    /// The safety text of the danger tap.
    Safety,
    /// A person wrote it.
    Agent,
    /// The person who held the thread has left it, and the box answers again.
    HandBack,
    /// A plain message by API.
    Plain,
    /// A text of a SIM to the box itself, that shows what works.
    Proof,
}

impl Word for Purpose {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::Prompt, "prompt"),
        (Self::Reminder, "reminder"),
        (Self::Again, "again"),
        (Self::ReadBack, "read_back"),
        (Self::WhichOne, "which_one"),
        (Self::Tell, "tell"),
        (Self::Service, "service"),
        (Self::Fallback, "fallback"),
        (Self::Safety, "safety"),
        (Self::Agent, "agent"),
        (Self::HandBack, "hand_back"),
        (Self::Plain, "plain"),
        (Self::Proof, "proof"),
    ];
}

/// What an API key may do (interfaces.md section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Send and ask under policy alarm.
    #[serde(rename = "send:alarm")]
    SendAlarm,
    /// Send and ask under policy notice.
    #[serde(rename = "send:notice")]
    SendNotice,
    /// Send and ask under policy once.
    #[serde(rename = "send:once")]
    SendOnce,
    /// Look at everything but secrets.
    #[serde(rename = "read")]
    Read,
    /// Work at the desk: tasks, conversations, what is in doubt.
    #[serde(rename = "agent")]
    Agent,
    /// Everything.
    #[serde(rename = "admin")]
    Admin,
}

impl Word for Scope {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::SendAlarm, "send:alarm"),
        (Self::SendNotice, "send:notice"),
        (Self::SendOnce, "send:once"),
        (Self::Read, "read"),
        (Self::Agent, "agent"),
        (Self::Admin, "admin"),
    ];
}

impl Scope {
    /// The scope that sending under `policy` asks for.
    pub const fn to_send(policy: Policy) -> Self {
        match policy {
            Policy::Alarm => Self::SendAlarm,
            Policy::Notice => Self::SendNotice,
            Policy::Once => Self::SendOnce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<W: Word + std::fmt::Debug>() {
        for (member, word) in W::WORDS {
            assert_eq!(W::from_word(word), Some(*member));
            assert_eq!(member.word(), *word);
        }
        assert_eq!(W::from_word("no such word"), None);
    }

    #[test]
    fn every_word_reads_back() {
        check::<Policy>();
        check::<Category>();
        check::<MessageState>();
        check::<Certainty>();
        check::<PartState>();
        check::<AttemptState>();
        check::<SessionState>();
        check::<QuestionState>();
        check::<CallState>();
        check::<RingState>();
        check::<Purpose>();
        check::<Scope>();
        check::<Rung>();
        check::<Ailment>();
        check::<Outcome>();
    }

    #[test]
    fn the_default_lanes_are_those_of_the_manual() {
        let lanes = default_lanes();
        let billing = lanes.iter().find(|lane| lane.name == "billing").expect("a billing lane");
        assert_eq!((billing.rank, billing.policy), (Rank(5), Policy::Once));
        assert_eq!(lanes.len(), 10);
    }
}
