//! What a flow means to the box it will run on (conversation.md section 7, "The loader refuses"): every finding with its
//! line, its reason and a proposal, all at once.

mod answers;
mod begins;
mod names;
mod paths;
mod texts;

use std::sync::Arc;

use super::flow::{Flow, Invalid};
use super::packs::Packs;
use crate::settings::Settings;
use crate::terms::Lane;

/// What is known of the box. A list that is `None` is not known (offline): names in it are not
/// checked, and of endpoints it is said so.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// Endpoints by name.
    pub endpoints: Option<&'a [String]>,
    /// Queues of people.
    pub queues: Option<&'a [String]>,
    /// Rosters.
    pub rosters: Option<&'a [String]>,
    /// Link pages.
    pub pages: Option<&'a [String]>,
    /// Other flows by name.
    pub flows: Option<&'a [String]>,
    /// Other flows of the same box or folder, which people may be in at the same time.
    pub beside: &'a [Arc<Flow>],
    /// The lanes.
    pub lanes: &'a [Lane],
    /// The facts of the utility.
    pub settings: &'a Settings,
    /// The language packs.
    pub packs: &'a Packs,
}

impl<'a> Site<'a> {
    /// A place of which no names are known.
    pub const fn offline(lanes: &'a [Lane], settings: &'a Settings, packs: &'a Packs) -> Self {
        Self { endpoints: None, queues: None, rosters: None, pages: None, flows: None, beside: &[], lanes, settings, packs }
    }
}

/// Whether some text of the flow shows this slot to a person.
pub fn shows(flow: &Flow, slot: &str) -> bool {
    texts::shows(flow, slot)
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The flow is refused.
    Error,
    /// It runs; somebody should look.
    Warning,
}

impl crate::terms::Word for Severity {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Error, "error"), (Self::Warning, "warning")];
}

/// Something about a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line, from 1.
    pub line: u32,
    /// The key, for example `step.ask.on.yes`.
    pub key: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub reason: String,
    /// What to write instead.
    pub proposal: String,
}

impl From<Invalid> for Finding {
    fn from(invalid: Invalid) -> Self {
        let Invalid { path: _, line, key, reason, proposal } = invalid;
        Self { line, key, severity: Severity::Error, reason, proposal }
    }
}

/// What was found so far.
#[derive(Default)]
struct Found(Vec<Finding>);

impl Found {
    fn error(&mut self, line: u32, key: impl Into<String>, reason: impl Into<String>, proposal: impl Into<String>) {
        self.add(Severity::Error, line, key, reason, proposal);
    }

    fn warn(&mut self, line: u32, key: impl Into<String>, reason: impl Into<String>, proposal: impl Into<String>) {
        self.add(Severity::Warning, line, key, reason, proposal);
    }

    fn add(&mut self, severity: Severity, line: u32, key: impl Into<String>, reason: impl Into<String>, proposal: impl Into<String>) {
        let finding = Finding { line, key: key.into(), severity, reason: reason.into(), proposal: proposal.into() };
        if !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }
}

/// Looks at a flow that was read.
pub fn check(flow: &Flow, site: &Site<'_>) -> Vec<Finding> {
    let mut found = Found::default();
    names::check(flow, site, &mut found);
    answers::check(flow, site, &mut found);
    begins::check(flow, site, &mut found);
    paths::check(flow, &mut found);
    texts::check(flow, site, &mut found);
    found.0.sort_by_key(|finding| (finding.line, finding.severity));
    found.0
}

/// Reads a flow file and looks at what could be read of it: findings of the reader and of the looks do not hide each other.
pub fn check_source(file: &str, source: &str, site: &Site<'_>) -> (Option<Flow>, Vec<Finding>) {
    let (flow, invalid) = Flow::parse_all(file, source);
    let read_badly = !invalid.is_empty();
    let mut findings: Vec<Finding> = invalid.into_iter().map(Finding::from).collect();
    if let Some(flow) = &flow {
        // Of what could not be read nobody knows where it leads.
        findings.extend(check(flow, site).into_iter().filter(|finding| !read_badly || finding.severity == Severity::Error));
    }
    findings.sort_by_key(|finding| (finding.line, finding.severity));
    let refused = read_badly || findings.iter().any(|finding| finding.severity == Severity::Error);
    (flow.filter(|_| !refused), findings)
}

#[cfg(test)]
mod tests;
