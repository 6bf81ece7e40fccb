//! The steps of a flow: each verb with what a technician may say about it. Reading them is `steps` and `verbs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Branch, Moment, Named, Target, Template, Texts, Words};

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub line: u32,
    /// A text before the verb.
    pub tell: Option<Texts>,
    /// What it does.
    pub verb: Verb,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Send a question and wait.
    Ask(Arc<Ask>),
    /// Send only, then go on or sleep.
    Tell(Tell),
    /// Call a named endpoint.
    Http(Http),
    /// A single-use page.
    Link(LinkStep),
    /// A person takes the thread.
    Agent(AgentStep),
    /// A person rings.
    Callback(CallbackStep),
    /// The box rings.
    Ring(RingStep),
    /// A sub-flow.
    Run(Run),
    /// Branch on slots.
    When(Branches),
    /// Write a consent record.
    Consent(ConsentStep),
    /// End.
    Done(Done),
}

/// What an `ask` wants to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Yes or no.
    YesNo,
    /// One of the flow's own words.
    Choice,
    /// A number of a list.
    Menu,
    /// Anything.
    Text,
    /// A whole number.
    Int,
    /// An amount.
    Money,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// An account number.
    Account,
    /// A phone number.
    Phone,
    /// A meter reading.
    Reading,
    /// A number in a range.
    Score,
    /// A staff code.
    Code,
}

impl crate::terms::Word for Want {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::YesNo, "yesno"),
        (Self::Choice, "choice"),
        (Self::Menu, "menu"),
        (Self::Text, "text"),
        (Self::Int, "int"),
        (Self::Money, "money"),
        (Self::Date, "date"),
        (Self::Time, "time"),
        (Self::Account, "account"),
        (Self::Phone, "phone"),
        (Self::Reading, "reading"),
        (Self::Score, "score"),
        (Self::Code, "code"),
    ];
}

impl Want {
    /// Whether its answers are named in `on` (and not values of a slot).
    pub const fn is_named(self) -> bool {
        matches!(self, Self::YesNo | Self::Choice | Self::Menu | Self::Code)
    }
}

/// What an answer may set in motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// Money moves.
    Money,
    /// Something is switched.
    Switch,
}

/// What a "yes but ..." does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mixed {
    /// Read back and ask.
    #[default]
    Confirm,
    /// Act, and note the rest to a person.
    Note,
    /// To a person.
    Person,
}

/// When a prompt carries a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TagRule {
    /// When the door says so.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never: it waits instead.
    Never,
}

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Its words.
    pub text: Texts,
    /// What it wants to hear.
    pub want: Want,
    /// The slot its value goes to.
    pub fills: Option<String>,
    /// Answers and where they lead.
    pub on: BTreeMap<String, Target>,
    /// Where a value leads.
    pub go: Option<Target>,
    /// Further forms by answer and language.
    pub words: BTreeMap<String, Words>,
    /// Where they stand, by answer.
    pub word_lines: BTreeMap<String, u32>,
    /// Menu rows out of data.
    pub from: Option<Named>,
    /// A list of one row is taken without asking.
    pub sole_take: bool,
    /// How the value is looked at.
    pub checks: Checks,
    /// What its answers set in motion.
    pub risk: Option<Risk>,
    /// What a "yes but" does.
    pub mixed: Mixed,
    /// Asking again.
    pub retry: Retry,
    /// Reminders.
    pub remind: Vec<Remind>,
    /// What happens when nobody answers.
    pub silence: Option<Silence>,
    /// Texts within this long are joined.
    pub join: Option<Duration>,
    /// When it carries a tag.
    pub tag: TagRule,
    /// Who is paged.
    pub roster: Option<Roster>,
}

/// A number that is written down or held in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    /// Written.
    Fixed(i64),
    /// In a slot.
    Slot(String),
}

/// How a value is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checks {
    /// How many digits.
    pub digits: Option<Figure>,
    /// Least.
    pub min: Option<Figure>,
    /// Most.
    pub max: Option<Figure>,
    /// Where a value above `max` leads.
    pub over: Option<Target>,
    /// Where a value below `min` leads.
    pub under: Option<Target>,
}

/// Asking again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// How often.
    pub times: u8,
    /// With which words; `None` is the pack's.
    pub say: Option<Texts>,
    /// Where it leads then; `None` is a person.
    pub go: Option<Target>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { times: 2, say: None, go: None }
    }
}

/// When something of a step is due.
#[derive(Debug, Clone, PartialEq)]
pub enum DueAt {
    /// So long after the prompt was accepted.
    After(Duration),
    /// At a day and time of the data.
    At(Moment),
}

/// A reminder.
#[derive(Debug, Clone, PartialEq)]
pub struct Remind {
    /// When.
    pub due: DueAt,
    /// By e-mail: an event for another system.
    pub by_email: bool,
}

/// Nobody answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Silence {
    /// When.
    pub due: DueAt,
    /// Where it leads.
    pub go: Target,
}

/// Who is paged, in which order.
#[derive(Debug, Clone, PartialEq)]
pub struct Roster {
    /// Its name in the settings.
    pub list: Named,
    /// All at once, or one after the other.
    pub all: bool,
    /// How long between two pages.
    pub every: Duration,
    /// How often everybody is paged.
    pub rounds: u32,
}

/// Send only.
#[derive(Debug, Clone, PartialEq)]
pub struct Tell {
    /// Where it goes on.
    pub go: Option<Target>,
    /// The event it sleeps for.
    pub wait: Option<Named>,
    /// What else may wake it.
    pub on: BTreeMap<String, Target>,
    /// To everybody who was paged.
    pub to_paged: bool,
    /// What happens when nothing wakes it.
    pub silence: Option<Silence>,
    /// The answers of which step are still heard.
    pub keep: Option<Keep>,
}

/// The answers of a step are still heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Keep {
    /// Which step's answers.
    pub step: Target,
    /// Until when.
    pub until: DueAt,
}

/// A call of a named endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Http {
    /// Its name in the settings.
    pub endpoint: Named,
    /// What is sent.
    pub send: BTreeMap<String, Template>,
    /// Slot from field of the answer.
    pub save: BTreeMap<String, String>,
    /// It did it.
    pub ok: Target,
    /// It said no.
    pub fail: Target,
    /// Sent, no answer.
    pub unknown: Option<Target>,
    /// A look-up.
    pub read: bool,
}

/// A single-use page.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkStep {
    /// Which page.
    pub page: Named,
    /// How long it lives.
    pub ttl: Duration,
    /// How often it may be submitted.
    pub uses: u32,
    /// Slots it shows.
    pub show: Vec<String>,
    /// It takes a photo.
    pub photo: bool,
    /// Slots it fills.
    pub data: Vec<String>,
    /// Submitted.
    pub done: Target,
    /// Died unused.
    pub expired: Target,
}

/// A person takes the thread.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentStep {
    /// Which queue.
    pub queue: Named,
    /// What it is about.
    pub note: Option<Template>,
    /// Before everything else.
    pub urgent: bool,
    /// Where the session goes on at once.
    pub go: Option<Target>,
    /// Where a hand-back leads.
    pub back: Option<Target>,
}

/// A person rings.
#[derive(Debug, Clone, PartialEq)]
pub struct CallbackStep {
    /// Which queue.
    pub queue: Option<Named>,
    /// Within how long.
    pub within: Option<Duration>,
    /// Which numbers.
    pub to: Vec<Template>,
    /// Everybody of this roster.
    pub list: Option<Named>,
    /// Where the session goes on at once.
    pub go: Option<Target>,
}

/// The box rings the people of a roster, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct RingStep {
    /// Its name in the settings.
    pub list: Named,
    /// How long each telephone rings.
    pub ring_for: Duration,
    /// How often each is rung at most.
    pub rounds: u32,
    /// The pause before they are rung again.
    pub pause: Duration,
    /// Where the session goes on at once, while telephones ring.
    pub go: Target,
    /// When the calls are over, where it still waits there: somebody took one. That acknowledges nothing.
    pub ok: Option<Target>,
    /// Nobody took one.
    pub fail: Option<Target>,
    /// It cannot be told; without it as where nobody did.
    pub unknown: Option<Target>,
}

impl RingStep {
    /// Where it goes on by what comes of the calls, by key.
    pub fn outcomes(&self) -> impl Iterator<Item = (&'static str, &Target)> {
        let ways = [("ok", &self.ok), ("fail", &self.fail), ("unknown", &self.unknown)];
        ways.into_iter().filter_map(|(way, target)| Some((way, target.as_ref()?)))
    }

    /// Every way out, by its key.
    pub fn ways(&self) -> impl Iterator<Item = (&'static str, &Target)> {
        std::iter::once(("go", &self.go)).chain(self.outcomes())
    }
}

/// A sub-flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Which.
    pub flow: Named,
    /// Where it goes on afterwards.
    pub go: Target,
}

/// Branches, first true.
#[derive(Debug, Clone, PartialEq)]
pub struct Branches {
    /// In the order they are written.
    pub branches: Vec<(Branch, Target)>,
    /// When none holds.
    pub otherwise: Option<Target>,
}

/// A consent record.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentStep {
    /// Categories granted.
    pub grant: Vec<Named>,
    /// Categories withdrawn.
    pub revoke: Vec<Named>,
    /// The words that proved it.
    pub proof: Option<Template>,
    /// Where it goes on.
    pub go: Option<Target>,
    /// Or how it ends.
    pub done: Option<Done>,
}

/// The end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Done {
    /// What is said.
    pub text: Option<Texts>,
    /// How it ended, for systems.
    pub result: Option<String>,
    /// The answers of which step are still heard.
    pub keep: Option<Keep>,
}
