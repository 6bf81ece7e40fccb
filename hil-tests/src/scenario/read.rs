//! Reads scenario files. A wrong file is refused with line, reason and proposal, and all wrong files at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use answerback::conversation::flow::reader::propose;
use answerback::conversation::flow::{Flow, Verb};
use serde::Deserialize;
use toml::Spanned;

use super::script::{Deed, FlowText, House, ModemSetup, NetworkSetup, Rig, Roster, Scenario, Step, Subject, What};
use super::steps::Written;
use super::trouble::{Trouble, in_words, line_of};
use super::{Span, tell};
use crate::emulator::dialect::Dialect;

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    title: String,
    about: String,
    #[serde(default)]
    network: NetworkSetup,
    #[serde(default)]
    modem: Vec<Spanned<SheetModem>>,
    #[serde(default)]
    flow: Vec<Spanned<SheetFlow>>,
    #[serde(default)]
    roster: Vec<Roster>,
    #[serde(default)]
    answers: BTreeMap<String, Spanned<toml::Table>>,
    #[serde(default)]
    opted_in: Vec<String>,
    settle: Option<Span>,
    #[serde(default)]
    step: Vec<Spanned<Written>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetModem {
    dialect: Option<String>,
    number: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetFlow {
    file: Option<PathBuf>,
    text: Option<String>,
}

/// What comes late comes within this time behind the last step.
const SETTLE: std::time::Duration = std::time::Duration::from_secs(1);
/// The boxes we know have no more.
const MODEMS_MAX: usize = 8;
const STEPS_MAX: usize = 500;

/// Reads every file; every trouble of every file where there is one.
pub fn read_all(files: &[PathBuf]) -> Result<Vec<Scenario>, Vec<Trouble>> {
    let (mut scenarios, mut troubles) = (Vec::new(), Vec::new());
    for file in files {
        let name = file.display().to_string();
        let found = match std::fs::read_to_string(file) {
            Ok(source) => read(&name, &source, file.parent().unwrap_or(Path::new("."))),
            Err(error) => {
                Err(vec![Trouble { file: name, line: 1, reason: format!("cannot be read: {error}"), proposal: "name a file".into() }])
            }
        };
        match found {
            Ok(scenario) => scenarios.push(scenario),
            Err(mut more) => troubles.append(&mut more),
        }
    }
    if troubles.is_empty() { Ok(scenarios) } else { Err(troubles) }
}

/// Reads the text of one file; flows are looked for from `folder`.
pub fn read(file: &str, source: &str, folder: &Path) -> Result<Scenario, Vec<Trouble>> {
    let mut page = Page { file, source, troubles: Vec::new() };
    let sheet: Sheet = match toml::from_str(source) {
        Ok(sheet) => sheet,
        Err(error) => {
            let (reason, proposal) = in_words(error.message());
            page.add(error.span().map_or(0, |span| span.start), &reason, &proposal);
            return Err(page.troubles);
        }
    };
    let scenario = page.scenario(sheet, folder);
    if page.troubles.is_empty() { Ok(scenario) } else { Err(page.troubles) }
}

/// A file being read.
struct Page<'s> {
    file: &'s str,
    source: &'s str,
    troubles: Vec<Trouble>,
}

impl Page<'_> {
    fn add(&mut self, octet: usize, reason: &str, proposal: &str) {
        self.add_at(line_of(self.source, octet), reason, proposal);
    }

    fn add_at(&mut self, line: usize, reason: &str, proposal: &str) {
        self.troubles.push(Trouble { file: self.file.to_owned(), line, reason: reason.to_owned(), proposal: proposal.to_owned() });
    }

    fn scenario(&mut self, sheet: Sheet, folder: &Path) -> Scenario {
        if sheet.title.trim().is_empty() || sheet.about.trim().is_empty() {
            self.add(0, "title and about say what happened", "write one sentence, and what was seen in plain words");
        }
        let modems = self.modems(sheet.modem);
        let (flows, names) = self.flows(sheet.flow, folder);
        let house = self.house(&flows, sheet.roster, sheet.answers, sheet.opted_in);
        let steps = self.steps(sheet.step);
        let scenario = Scenario {
            file: self.file.to_owned(),
            title: sheet.title,
            about: sheet.about,
            modems,
            network: sheet.network,
            flows,
            house,
            settle: sheet.settle.map_or(SETTLE, |settle| settle.0),
            steps,
        };
        self.hold_together(&scenario, &names);
        scenario
    }

    fn modems(&mut self, written: Vec<Spanned<SheetModem>>) -> Vec<ModemSetup> {
        let generic = Dialect::all()[0];
        if written.len() > MODEMS_MAX {
            self.add(written[MODEMS_MAX].span().start, &format!("more than {MODEMS_MAX} modems"), "take some out");
        }
        let mut modems = Vec::new();
        for modem in written {
            let (at, modem) = (modem.span().start, modem.into_inner());
            let name = modem.dialect.as_deref().unwrap_or(generic.name);
            let dialect = Dialect::named(name).unwrap_or_else(|| {
                let known: Vec<&str> = Dialect::all().iter().map(|dialect| dialect.name).collect();
                self.add(at, &format!("there is no dialect `{name}`"), &propose(name, &known));
                generic
            });
            if modem.number.as_deref().is_some_and(|number| !is_number(number)) {
                self.add(at, "the number of a SIM begins with +", "write +1555...");
            }
            modems.push(ModemSetup { dialect, number: modem.number });
        }
        if modems.is_empty() {
            modems.push(ModemSetup { dialect: generic, number: None });
        }
        modems
    }

    fn flows(&mut self, written: Vec<Spanned<SheetFlow>>, folder: &Path) -> (Vec<FlowText>, BTreeSet<String>) {
        let (mut flows, mut names) = (Vec::new(), BTreeSet::new());
        for flow in written {
            let at = flow.span().start;
            let text = match flow.into_inner() {
                SheetFlow { file: Some(file), text: None } => {
                    let path = folder.join(&file);
                    let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                    std::fs::read_to_string(&path).map(|text| FlowText { file: name, text }).map_err(|error| {
                        (format!("{} cannot be read: {error}", path.display()), "write its path from this file on".to_owned())
                    })
                }
                SheetFlow { file: None, text: Some(text) } => Ok(FlowText { file: format!("{}.flow.toml", flows.len() + 1), text }),
                SheetFlow { .. } => Err(("a flow has `file` or `text`".to_owned(), "give it one of them".to_owned())),
            };
            match text {
                Ok(flow) => {
                    names.extend(self.flow_name(at, &flow));
                    flows.push(flow);
                }
                Err((reason, proposal)) => self.add(at, &reason, &proposal),
            }
        }
        (flows, names)
    }

    /// Every endpoint that the flows call is there, and answers with nothing where the file does not say.
    fn house(
        &mut self,
        flows: &[FlowText],
        rosters: Vec<Roster>,
        answers: BTreeMap<String, Spanned<toml::Table>>,
        opted_in: Vec<String>,
    ) -> House {
        let read = flows.iter().filter_map(|flow| Flow::parse(&flow.file, &flow.text).ok());
        let steps = read.flat_map(|flow| flow.steps.into_values());
        let called = steps.filter_map(|step| if let Verb::Http(http) = step.verb { Some(http.endpoint.name) } else { None });
        let mut endpoints: BTreeMap<String, serde_json::Value> = called.map(|name| (name, serde_json::Value::Null)).collect();
        for (name, answer) in answers {
            match endpoints.get_mut(&name) {
                Some(known) => *known = serde_json::to_value(answer.into_inner()).unwrap_or_default(),
                None => {
                    let known: Vec<&str> = endpoints.keys().map(String::as_str).collect();
                    self.add(answer.span().start, &format!("no flow here calls `{name}`"), &propose(&name, &known));
                }
            }
        }
        for number in rosters.iter().flat_map(|roster| &roster.people).map(|person| &person.number).chain(&opted_in) {
            self.number(1, number);
        }
        House { rosters, endpoints, opted_in }
    }

    fn flow_name(&mut self, at: usize, flow: &FlowText) -> Option<String> {
        match Flow::parse(&flow.file, &flow.text) {
            Ok(flow) => Some(flow.name),
            Err(findings) => {
                for finding in findings {
                    self.add(at, &format!("{} line {}: {}: {}", flow.file, finding.line, finding.key, finding.reason), &finding.proposal);
                }
                None
            }
        }
    }

    fn steps(&mut self, written: Vec<Spanned<Written>>) -> Vec<Step> {
        if written.is_empty() || written.len() > STEPS_MAX {
            self.add(0, &format!("a scenario has 1 to {STEPS_MAX} steps"), "write them as [[step]]");
        }
        let mut steps = Vec::new();
        for step in written {
            let line = line_of(self.source, step.span().start);
            match step.into_inner().into_step() {
                Ok((when, what)) => steps.push(Step { line, when, what }),
                Err((reason, proposal)) => self.add_at(line, &reason, &proposal),
            }
        }
        steps
    }

    /// What one step names, another has to make; the last word is an expectation.
    fn hold_together(&mut self, scenario: &Scenario, flows: &BTreeSet<String>) {
        let (mut messages, mut sessions) = (BTreeSet::new(), BTreeSet::new());
        for step in &scenario.steps {
            match &step.what {
                What::Do(Deed::Send(send)) => {
                    self.new_name(step.line, &mut messages, &send.message);
                    self.number(step.line, &send.to);
                }
                What::Do(Deed::Ask(ask)) => {
                    self.new_name(step.line, &mut sessions, &ask.session);
                    if let Some(to) = &ask.to {
                        self.number(step.line, to);
                    }
                    self.known(step.line, "flow", &ask.flow, flows);
                }
                What::Do(Deed::Event(event)) => {
                    if let Some(session) = &event.session {
                        self.known(step.line, "session", session, &sessions);
                    }
                    if event.session.is_some() != event.r#where.is_empty() {
                        self.add_at(step.line, "an event reaches a session, or those `where` slots hold something", "write one of the two");
                    }
                }
                What::Do(Deed::Resolve(resolve)) => self.known(step.line, "message", &resolve.message, &messages),
                What::Do(Deed::Unplug(modem)) => self.modem(step.line, *modem, scenario),
                What::Do(Deed::Plug(plug)) => self.modem(step.line, plug.modem(), scenario),
                What::Do(Deed::Pin(pin)) => self.modem(step.line, pin.modem, scenario),
                What::Do(Deed::Rig(rig)) => self.rig(step.line, rig, scenario),
                What::Do(Deed::Power(_) | Deed::Billing(_)) => {}
                What::WaitUntil(look) | What::Expect(look) => {
                    for subject in &look.subjects {
                        self.subject(step.line, subject, scenario, &messages, &sessions);
                    }
                }
            }
        }
        if !scenario.steps.iter().any(|step| matches!(step.what, What::Expect(_))) {
            let line = scenario.steps.last().map_or(1, |step| step.line);
            self.add_at(line, "nothing is expected: this scenario cannot fail", "end it with a [[step]] that has expect");
        }
    }

    fn rig(&mut self, line: usize, rig: &Rig, scenario: &Scenario) {
        match rig {
            Rig::Text { from, modem, .. } => {
                self.modem(line, modem.unwrap_or(0), scenario);
                if from.is_empty() {
                    self.add_at(line, "a text has a sender", "write from = \"+1555...\"");
                }
            }
            Rig::Pdu { modem, .. } | Rig::Fault { modem, .. } | Rig::Reset(modem) => self.modem(line, *modem, scenario),
            Rig::Set(set) => self.modem(line, set.modem, scenario),
            Rig::Report(report) => self.modem(line, report.modem, scenario),
            Rig::Urc(urc) => self.modem(line, urc.modem, scenario),
            Rig::Phone(phone) => self.number(line, &phone.number),
        }
    }

    fn subject(&mut self, line: usize, subject: &Subject, scenario: &Scenario, messages: &BTreeSet<String>, sessions: &BTreeSet<String>) {
        match subject {
            Subject::Message(look) => self.known(line, "message", &look.name, messages),
            Subject::Session(look) => self.known(line, "session", &look.name, sessions),
            Subject::Modem(look) => self.modem(line, look.modem, scenario),
            Subject::Struck(look) => self.modem(line, look.modem, scenario),
            Subject::Phone(look) => self.number(line, &look.number),
            Subject::Inbox(_) | Subject::Billing(_) | Subject::Network(_) => {}
        }
    }

    fn new_name(&mut self, line: usize, known: &mut BTreeSet<String>, name: &str) {
        if !known.insert(name.to_owned()) {
            self.add_at(line, &format!("`{name}` is the name of an earlier step"), "give it a name of its own");
        }
    }

    fn known(&mut self, line: usize, kind: &str, name: &str, known: &BTreeSet<String>) {
        if !known.contains(name) {
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            let proposal = if names.is_empty() { tell::how_to_make(kind).to_owned() } else { propose(name, &names) };
            self.add_at(line, &format!("there is no {kind} `{name}` here"), &proposal);
        }
    }

    fn modem(&mut self, line: usize, modem: usize, scenario: &Scenario) {
        if modem >= scenario.modems.len() {
            let count = scenario.modems.len();
            self.add_at(line, &format!("there is no modem {modem}: this scenario has {count}"), "they count from 0; add a [[modem]]");
        }
    }

    fn number(&mut self, line: usize, number: &str) {
        if !is_number(number) {
            self.add_at(line, &format!("`{number}` is no number"), "write it whole: +1555...");
        }
    }
}

fn is_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| digits.len() >= 6 && digits.bytes().all(|octet| octet.is_ascii_digit()))
}
