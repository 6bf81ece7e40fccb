//! A flow as the product runs it: what a technician wrote in `NAME.flow.toml`, parsed and typed (conversation.md section 7).
//!
//! The model knows nothing of the box it will run on; `lint` compares it with endpoints, lanes, queues and packs.

pub mod bounds;
mod head;
pub mod reader;
mod step;
mod steps;
pub mod template;
mod verbs;
pub mod when;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

pub use reader::Invalid;
pub use step::{
    AgentStep, Ask, Branches, CallbackStep, Checks, ConsentStep, Done, DueAt, Figure, Http, Keep, LinkStep, Mixed, Remind, Retry, RingStep,
    Risk, Roster, Run, Silence, Step, TagRule, Tell, Verb, Want,
};
pub use template::{Moment, Template};
pub use when::Branch;
pub use words::{Carried, Words};

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
    /// Where that stands.
    pub key_line: u32,
    /// Where it starts.
    pub start: Target,
    /// How long a session lives.
    pub expires: Expires,
    /// Where that stands.
    pub expires_line: u32,
    /// What a reply after the end gets.
    pub late: Option<Late>,
    /// `quiet = "send"`: the lane's quiet hours do not hold it back.
    pub ignores_quiet_hours: bool,
    /// Most segments that a text of it may take; `None` is one, and two where letters make it UCS-2.
    pub parts_max: Option<u8>,
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

    /// Reads what can be read, where it is TOML at all, and every finding. With findings it is no flow that could run: what could
    /// not be read is left out, or stands there without doing anything.
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
            (format!("{head}[step.ask]\ndone = true\nkeep = {{ step = \"ask\", for = \"1h\" }}\n"), 5, "nothing is said"),
            (format!("{head}[step.ask]\ndone = {{ en = \"x\" }}\nkeep = {{ step = \"ask\" }}\n"), 7, "no time"),
            (format!("{head}[step.ask]\nlink = {{ page = \"pay\", uses = 3 }}\n"), 6, "a link works once"),
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
