//! A flow as the product runs it: what a technician wrote in `NAME.flow.toml`, parsed and typed (conversation.md section 7).
//!
//! The model knows nothing of the box it will run on; `lint` compares it with endpoints, lanes, queues and packs.

mod head;
pub mod reader;
mod steps;
pub mod template;
mod verbs;
pub mod when;

use std::collections::BTreeMap;
use std::time::Duration;

pub use reader::Invalid;
pub use template::{Moment, Template};
pub use when::Branch;

/// A flow: its head and its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// The file it was read from, for findings.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Its lane by name.
    pub lane: Named,
    /// What it must be told, by slot.
    pub needs: BTreeMap<String, Need>,
    /// Blocks twin sessions.
    pub key: Option<Template>,
    /// Where it starts.
    pub start: Target,
    /// How long a session lives.
    pub expires: Expires,
    /// What a reply after the end gets.
    pub late: Option<Late>,
    /// `quiet = "send"`: the lane's quiet hours do not hold it back.
    pub ignores_quiet_hours: bool,
    /// Keywords that open it.
    pub begin: Option<Keywords>,
    /// The flow whose end opens it.
    pub after: Option<After>,
    /// What may happen outside.
    pub events: BTreeMap<String, Outside>,
    /// Its steps.
    pub steps: BTreeMap<String, Step>,
}

impl Flow {
    /// Reads a flow file; every finding at once, each with its line.
    pub fn parse(name_of_file: &str, source: &str) -> Result<Self, Vec<Invalid>> {
        head::parse(name_of_file, source)
    }

    /// Reads what can be read: the flow where its shape is whole, and every finding.
    pub fn parse_all(name_of_file: &str, source: &str) -> (Option<Self>, Vec<Invalid>) {
        head::parse_all(name_of_file, source)
    }

    /// A step by name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.get(name)
    }
}

/// A name with the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub line: u32,
}

/// The step somebody goes to, and where that is written.
pub type Target = Named;

/// What kind of value a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words of at most so many characters.
    Text(u16),
    /// A whole number.
    Int,
    /// A price.
    Money,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A phone number.
    Phone,
    /// An account number.
    Account,
    /// Yes or no.
    Bool,
    /// Rows for a numbered list.
    List,
}

/// A slot the flow must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Its type.
    pub kind: Kind,
    /// `?`: may be missing, or a later step fills it.
    pub optional: bool,
    /// Where it stands.
    pub line: u32,
}

/// A text in its languages.
#[derive(Debug, Clone, PartialEq)]
pub struct Texts {
    /// By language.
    pub by_language: BTreeMap<String, Template>,
    /// Where it stands.
    pub line: u32,
}

/// How long a session lives.
#[derive(Debug, Clone, PartialEq)]
pub enum Expires {
    /// So long after it began.
    After(Duration),
    /// Until a day and time of its data.
    Until(Moment),
    /// After so long, an open question raises `event` and the session goes on at `go`; another term begins either way.
    Renew {
        /// The length of a term.
        after: Duration,
        /// The event that is raised.
        event: String,
        /// Where it goes on.
        go: Target,
    },
}

/// What a reply after the end gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// For how long.
    pub window: Duration,
    /// The step of the new session.
    pub go: Target,
}

/// Keywords that open a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Keywords {
    /// Forms by language.
    pub words: Words,
    /// Words that only repeat the state of an open session.
    pub again: Words,
    /// `start`, `unstop`: sent there by the rules of consent.
    pub system: Vec<String>,
    /// The words after the keyword go into this slot.
    pub rest: Option<Named>,
    /// The step that fills `needs` when the facts lack some.
    pub look: Option<Target>,
    /// A lane's rank that its keyword has instead of the flow's own.
    pub rank: Option<Named>,
    /// Where it stands.
    pub line: u32,
}

/// Forms by language.
pub type Words = BTreeMap<String, Vec<String>>;

/// The end of another flow that opens this one.
#[derive(Debug, Clone, PartialEq)]
pub struct After {
    /// Which flow.
    pub flow: Named,
    /// With which result.
    pub result: Option<String>,
    /// How long after.
    pub wait: Duration,
    /// One in so many.
    pub one_in: u32,
    /// At most so many per person in so long.
    pub per_person: Option<(u32, Duration)>,
}

/// Something that may happen outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// Where the session goes.
    pub go: Option<Target>,
    /// Slots it may fill.
    pub data: Vec<String>,
    /// What is said.
    pub tell: Option<Texts>,
    /// To everybody who was paged.
    pub to_paged: bool,
    /// Where it stands.
    pub line: u32,
}

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
    Ask(Box<Ask>),
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
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// What is said.
    pub text: Option<Texts>,
    /// How it ended, for systems.
    pub result: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flow file with one line put in or changed must be refused at this line, with this in the finding.
    fn refused(source: &str, line: u32, says: &str) {
        let found = Flow::parse("t.flow.toml", source).expect_err(says);
        let hit = found.iter().find(|finding| finding.line == line && finding.to_string().contains(says));
        assert!(hit.is_some(), "line {line}, {says:?}: {found:#?}");
    }

    #[test]
    fn every_shipped_flow_reads() {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/flows")).expect("flows") {
            let path = entry.expect("an entry").path();
            let source = std::fs::read_to_string(&path).expect("a file");
            match Flow::parse(&path.display().to_string(), &source) {
                Ok(flow) => names.push(flow.name),
                Err(found) => panic!("{found:#?}"),
            }
        }
        assert_eq!(names.len(), 13);
    }

    #[test]
    fn both_table_forms_are_the_same_flow() {
        let long = "flow=\"a\"\nlane=\"billing\"\nstart=\"x\"\nexpires=\"1h\"\n[step.x]\ndone={en=\"bye\"}\n";
        let short = "flow=\"a\"\nlane=\"billing\"\nstart=\"x\"\nexpires=\"1h\"\n[step]\nx={done={en=\"bye\"}}\n";
        let (long, short) = (Flow::parse("f", long).expect("long"), Flow::parse("f", short).expect("short"));
        let verb = |flow: &Flow| match &flow.steps["x"].verb {
            Verb::Done(done) => done.text.as_ref().map(|texts| texts.by_language.clone()),
            _ => None,
        };
        assert_eq!(verb(&long), verb(&short));
    }

    #[test]
    fn what_cannot_run_is_refused_with_its_line() {
        let head = "flow = \"a\"\nlane = \"billing\"\nstart = \"ask\"\nexpires = \"1h\"\n";
        for (source, line, says) in [
            ("flow = \"a\"\nlane = 3\n".to_owned(), 2, "must be text in quotes, not integer"),
            ("flow = \"a\n".to_owned(), 1, "mend the TOML"),
            (format!("{head}expire = \"1h\"\n"), 5, "did you mean `expires`"),
            (format!("{head}[step.ask]\nask = {{ en = \"x\" }}\nwant = \"yesno\"\n"), 5, "no answer leads anywhere"),
            (format!("{head}[step.ask]\nask = {{ en = \"x\" }}\nwant = \"yes\"\non = {{ yes = \"a\" }}\n"), 7, "did you mean `yesno`"),
            (format!("{head}[step.ask]\nask = {{ en = \"x\" }}\nhttp = \"y\"\n"), 5, "one verb a step"),
            (format!("{head}[step.ask]\nfrob = {{ en = \"x\" }}\n"), 5, "the step does nothing"),
            (format!("{head}[step.ask]\nhttp = \"y\"\nok = \"a\"\nfail = \"b\"\n"), 5, "needs `unknown`"),
            (format!("{head}[step.ask]\ndone = {{ en = \"{{x\" }}\n"), 6, "without its `}`"),
            (format!("{head}[step.ask]\ndone = \"bye\"\n"), 6, "needs its language"),
            (format!("{head}[step.ask]\ndone = true\nkeep = {{ step = \"ask\" }}\n"), 7, "`keep` is not built yet"),
            (format!("{head}[step.ask]\ntell = {{ en = \"x\" }}\n"), 5, "no way out"),
            (format!("{head}[step.ask]\nwhen = {{ \"a = 1\" = \"b\", else = \"c\" }}\n"), 6, "no condition"),
            (format!("{head}needs = {{ a = \"txt\" }}\n"), 5, "unknown type `txt`"),
            (head.replace("1h", "soon"), 4, "is no end"),
        ] {
            refused(&source, line, says);
        }
    }

    #[test]
    fn all_findings_come_at_once() {
        let found = Flow::parse("f", "flow = 1\nlane = 2\nfoo = 3\n").expect_err("wrong");
        assert!(found.len() >= 5, "{found:#?}");
        assert!(found.is_sorted_by_key(|finding| finding.line));
    }
}
