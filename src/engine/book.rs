//! [`Book`]: the configuration, compiled: flows by revision, language packs, settings, lanes, rosters. Rebuilt from the store
//! when it changed, never during a job.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::danger;
use crate::conversation::flow::Flow;
use crate::conversation::packs::Packs;
use crate::conversation::{Flows, Rosters, Rules};
use crate::msisdn::{Country, Msisdn};
use crate::office::Queues;
use crate::roster::Roster;
use crate::settings::Settings;
use crate::store::{self, Reader};
use crate::terms::{Category, Lane, Policy, default_lanes};
use crate::time::Timestamp;

/// Name of the setting that holds [`Settings`].
pub const SETTINGS: &str = "settings";
/// Name of the setting that holds the lanes.
pub const LANES: &str = "lanes";
/// Name of the setting that holds the rosters.
pub const ROSTERS: &str = "rosters";
/// Name of the setting that holds the queues of people.
pub const QUEUES: &str = "queues";
/// Name of the setting that changes with every change of the configuration.
pub const MARK: &str = "configuration_mark";
/// Ended sessions keep their revision this long: the longest `late` window, with room.
pub const LATE_MAX: Duration = Duration::from_hours(24 * 45);

/// The compiled configuration.
#[derive(Debug, Clone)]
pub struct Book {
    /// The facts of the utility.
    pub settings: Settings,
    /// The lanes.
    pub lanes: Vec<Lane>,
    /// The language packs that are on.
    pub packs: Packs,
    /// Every flow that a session may stand in.
    pub flows: Flows,
    /// Who is on call, and when.
    pub rosters: Vec<Roster>,
    /// The queues of people, and when somebody is there.
    pub queues: Queues,
    /// What the configuration holds and this program cannot use, in words.
    pub problems: Vec<String>,
    /// No doubt waits longer than this for a witness; the product waits as its policies say.
    pub doubt_wait_max: Duration,
}

impl Book {
    /// Compiles what the store holds. A flow or a language that cannot be read is a problem, not the end of the box.
    pub fn load(reader: &Reader<'_>, now: Timestamp) -> store::Result<Self> {
        let settings: Settings = reader.setting(SETTINGS)?.unwrap_or_default();
        let lanes = reader.setting(LANES)?.unwrap_or_else(default_lanes);
        let rosters = reader.setting(ROSTERS)?.unwrap_or_default();
        let queues = Queues::new(reader.setting(QUEUES)?.unwrap_or_default(), &settings);
        let mut problems = Vec::new();
        let packs = packs(&settings, &mut problems);
        let mut flows = Flows::default();
        for row in reader.flow_revisions_in_use(now.minus(LATE_MAX))? {
            match Flow::parse(&format!("{}.flow.toml", row.name), &row.source) {
                Ok(flow) => {
                    flows.insert(row.revision, Arc::new(flow));
                    if row.active {
                        flows.activate(&row.name, row.revision);
                    }
                }
                Err(findings) => {
                    let first = findings.first().map_or_else(String::new, |finding| format!(" line {}: {}", finding.line, finding.reason));
                    problems.push(format!("flow {} revision {} cannot be read:{first}", row.name, row.revision));
                }
            }
        }
        danger::own_flow(&mut flows, &settings);
        Ok(Self { settings, lanes, packs, flows, rosters, queues, problems, doubt_wait_max: Duration::MAX })
    }

    /// What the conversation needs of it; `sims` are those that can send, `rosters` say who is paged now.
    pub fn rules<'a>(&'a self, sims: &'a [String], rosters: &'a Rosters) -> Rules<'a> {
        Rules { flows: &self.flows, packs: &self.packs, settings: &self.settings, lanes: &self.lanes, rosters, queues: &self.queues, sims }
    }

    /// Whether this number stands on a roster.
    pub fn is_on_call(&self, number: &Msisdn) -> bool {
        self.rosters.iter().flat_map(|roster| &roster.people).any(|person| person.number == *number)
    }

    /// Whose number this is besides their own: a short number of the house, or another phone.
    pub fn alias(&self, number: &str) -> Option<&Msisdn> {
        let people = self.rosters.iter().flat_map(|roster| &roster.people);
        people.into_iter().find(|person| person.aliases.iter().any(|alias| alias == number)).map(|person| &person.number)
    }

    /// The numbering plan of the box's country, where one is set.
    pub fn country(&self) -> Option<&'static Country> {
        Country::of(&self.settings.country)
    }

    /// How long a doubt waits for a witness before the policy acts.
    pub fn doubt_wait(&self, policy: Policy) -> Duration {
        policy.doubt_wait().min(self.doubt_wait_max)
    }

    /// How long what has begun on a SIM waits for it: where doubts are hurried, so is this.
    pub fn sim_wait(&self, wait: Duration) -> Duration {
        wait.min(self.doubt_wait_max.saturating_mul(2))
    }

    /// The lane of a category: its rank, hours and opt-in.
    pub fn lane_of(&self, category: Category) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.category == category)
    }
}

fn packs(settings: &Settings, problems: &mut Vec<String>) -> Packs {
    match Packs::load(&settings.languages) {
        Ok(packs) => packs,
        Err(unknown) => {
            problems.push(unknown.to_string());
            let known: Vec<String> = settings.languages.iter().filter(|name| Packs::shipped().contains(name)).cloned().collect();
            // Every name is one that ships, and none at all is English.
            Packs::load(&known).expect("shipped packs load")
        }
    }
}

/// Where the newest [`Book`] lies. It is exchanged between jobs, when the mark in the store is another one.
#[derive(Default)]
pub struct Shelf {
    current: Mutex<Option<(Option<String>, Arc<Book>)>>,
    /// For every book that lies here; see [`Book::doubt_wait_max`].
    doubt_wait_max: Option<Duration>,
}

impl Shelf {
    /// A shelf whose books let no doubt wait longer than this.
    pub fn hurried(doubt_wait_max: Duration) -> Self {
        Self { doubt_wait_max: Some(doubt_wait_max), ..Self::default() }
    }

    /// The book of what the store holds now.
    pub fn book(&self, reader: &Reader<'_>, now: Timestamp) -> store::Result<Arc<Book>> {
        let mark: Option<String> = reader.setting(MARK)?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some((known, book)) if *known == mark => Ok(Arc::clone(book)),
            Some(_) | None => {
                let loaded = Book::load(reader, now)?;
                let doubt_wait_max = self.doubt_wait_max.unwrap_or(loaded.doubt_wait_max);
                let book = Arc::new(Book { doubt_wait_max, ..loaded });
                *current = Some((mark, Arc::clone(&book)));
                Ok(book)
            }
        }
    }
}
