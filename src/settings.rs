//! What every box is told about its utility: the facts behind system slots, number forms and hours.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The settings every box has (interfaces.md section 7). Times of day are hours in `zone`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The name people read: `{utility}`.
    pub utility: String,
    /// ISO letters of the country: number forms, date order, emergency number.
    pub country: String,
    /// IANA zone, for example `Europe/Kyiv`.
    pub zone: String,
    /// ISO letters of the currency.
    pub currency: String,
    /// Language packs that are on; the first is the default.
    pub languages: Vec<String>,
    /// The number that saves lives: `{emergency}`.
    pub emergency: String,
    /// Where customers' phones reach the box's link pages; empty turns `link` steps to their `expired` branch.
    pub public_url: String,
    /// The queue that urgent danger tasks go to.
    pub control_room: String,
    /// Days on which texts leave only in the hours that a lane has for holidays.
    pub holidays: Vec<Date>,
    /// First office hour.
    pub office_from: u8,
    /// Hour at which the office closes.
    pub office_until: u8,
    /// For so many minutes after somebody of the house closed a conversation, what comes goes to their queue; 0: a new thread at once.
    pub keep_closed_minutes: u32,
    /// What a person who smells gas reads.
    pub safety_gas: String,
    /// What a person who sees a wire down reads.
    pub safety_wires: String,
    /// Scope of a plain STOP: `all` or `category`.
    pub stop_scope: String,
    /// ICCIDs of SIMs by how numbers begin (`+38067`): who has never been texted is texted from there.
    pub sim_by_prefix: BTreeMap<String, String>,
    /// How much each SIM may send.
    pub caps: Caps,
    /// Texts of the category safety may reach who opted out, each with an approver and a reason.
    pub safety_passes_stop: bool,
    /// Texts of each SIM to the box itself, as a proof that it sends and receives.
    pub proof_of_life: ProofOfLife,
}

/// How often each SIM proves that it sends and receives, and to whom it texts. Each proof costs one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProofOfLife {
    /// Hours between two proofs of a SIM; 0 is none.
    pub every_hours: u16,
    /// `itself`, or `another` SIM of the box where there is one.
    pub to: String,
}

impl ProofOfLife {
    /// To the SIM that sends.
    pub const ITSELF: &str = "itself";
    /// To another SIM of the box.
    pub const ANOTHER: &str = "another";
    /// A month.
    pub const EVERY_HOURS_MAX: u16 = 720;
}

impl Default for ProofOfLife {
    fn default() -> Self {
        Self { every_hours: 0, to: Self::ITSELF.to_owned() }
    }
}

/// What a SIM may send before the box holds its texts back: an operator bars a SIM that sends more than its contract allows.
/// Safety, alarms and the box's own answers to STOP, HELP and danger pass. 0 is no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Caps {
    /// Parts in a minute.
    pub minute: u32,
    /// Parts in a day of the box's zone.
    pub day: u32,
    /// Parts in a calendar month.
    pub month: u32,
    /// Different people in a day.
    pub recipients: u32,
}

impl Default for Caps {
    /// A minute holds what the fastest radio sends: a program gone wild is held within it, and nothing else.
    fn default() -> Self {
        Self { minute: 60, day: 10_000, month: 100_000, recipients: 5_000 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            utility: String::new(),
            country: String::new(),
            zone: "UTC".to_owned(),
            currency: String::new(),
            languages: vec!["en".to_owned()],
            emergency: String::new(),
            public_url: String::new(),
            control_room: "control_room".to_owned(),
            holidays: Vec::new(),
            office_from: 8,
            office_until: 17,
            keep_closed_minutes: 60,
            safety_gas:
                "Leave the building now. Do not use phone or switches inside. From outside call {emergency}. Do not wait for us to reply."
                    .to_owned(),
            safety_wires: "Stay well away, touch nothing, call {emergency} now. Do not wait for us to reply.".to_owned(),
            stop_scope: "all".to_owned(),
            sim_by_prefix: BTreeMap::new(),
            caps: Caps::default(),
            safety_passes_stop: false,
            proof_of_life: ProofOfLife::default(),
        }
    }
}

impl Settings {
    /// The SIM for numbers that begin like this one, by the longest beginning.
    pub fn sim_of(&self, number: &str) -> Option<&str> {
        let fitting = self.sim_by_prefix.iter().filter(|(prefix, _)| number.starts_with(prefix.as_str()));
        fitting.max_by_key(|(prefix, _)| prefix.len()).map(|(_, sim)| sim.as_str())
    }
}
