//! Flow files: checked, kept as revisions, activated and retired. Running sessions end on the revision they began with.

use std::sync::Arc;

use super::super::book::{LANES, SETTINGS};
use super::super::{Reject, Work};
use super::mark;
use crate::conversation::flow::Flow;
use crate::conversation::lint::{self, Finding, Severity, Site};
use crate::conversation::packs::Packs;
use crate::settings::Settings;
use crate::store::{self, FlowRevision, Reader};
use crate::terms::{LINK_PAGES, Lane, default_lanes};

/// A flow file that was put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowPut {
    /// Its name, as the file says it.
    pub name: String,
    /// The revision that holds this text.
    pub revision: u32,
    /// This text was there already.
    pub known: bool,
}

/// A flow file longer than this is a mistake.
const SOURCE_OCTETS_MAX: usize = 256 * 1024;

/// What a flow is held against: what this box has of lanes, endpoints, rosters, other flows, language packs.
pub struct Ground {
    settings: Settings,
    lanes: Vec<Lane>,
    endpoints: Vec<String>,
    flows: Vec<String>,
    active: Vec<Arc<Flow>>,
    rosters: Vec<String>,
    queues: Vec<String>,
    pages: Vec<String>,
    packs: Option<Packs>,
}

impl Ground {
    /// The box as it is now.
    pub fn of(reader: &Reader<'_>) -> store::Result<Self> {
        let settings: Settings = reader.setting(SETTINGS)?.unwrap_or_default();
        let flows: Vec<String> = reader.newest_flows()?.into_iter().map(|row| row.name).collect();
        let mut active = Vec::new();
        for name in &flows {
            if let Some(row) = reader.active_flow(name)? {
                active.extend(Flow::parse(name, &row.source).ok().map(Arc::new));
            }
        }
        Ok(Self {
            lanes: reader.setting(LANES)?.unwrap_or_else(default_lanes),
            endpoints: reader.endpoints()?.into_iter().map(|row| row.name).collect(),
            rosters: super::rosters(reader)?.into_iter().map(|roster| roster.name).collect(),
            queues: super::queues(reader)?.iter().map(|queue| queue.name.clone()).collect(),
            pages: LINK_PAGES.iter().map(|page| (*page).to_owned()).collect(),
            // Languages that do not ship are the settings' mistake, and told there.
            packs: Packs::load(&settings.languages).or_else(|_| Packs::load(&[])).ok(),
            settings,
            flows,
            active,
        })
    }

    /// What the loader finds in a flow file.
    pub fn look(&self, file: &str, source: &str) -> Vec<Finding> {
        let Some(packs) = &self.packs else { return Vec::new() };
        let site = Site {
            endpoints: Some(&self.endpoints),
            queues: Some(&self.queues),
            pages: Some(&self.pages),
            rosters: Some(&self.rosters),
            flows: Some(&self.flows),
            beside: &self.active,
            lanes: &self.lanes,
            settings: &self.settings,
            packs,
        };
        lint::check_source(file, source, &site).1
    }
}

/// What the loader finds in a flow file on this box.
pub fn look(reader: &Reader<'_>, file: &str, source: &str) -> store::Result<Vec<Finding>> {
    Ok(Ground::of(reader)?.look(file, source))
}

/// Keeps the text of a flow as its newest revision, unless the loader refuses it; the same text again is the same revision.
/// It is not active yet.
pub fn put_flow(work: &mut Work<'_, '_>, file: &str, source: &str, by: &str) -> Result<FlowPut, Reject> {
    let findings = look(work.tx, file, source)?;
    refuse_errors(file, &findings)?;
    keep_flow(work, file, source, by)
}

/// [`put_flow`] before the rest of an import is there: only what the text says by itself is checked.
pub fn keep_flow(work: &mut Work<'_, '_>, file: &str, source: &str, by: &str) -> Result<FlowPut, Reject> {
    if source.len() > SOURCE_OCTETS_MAX {
        return Err(Reject::at("invalid", "/text", format!("a flow file has at most {SOURCE_OCTETS_MAX} octets")));
    }
    let flow = Flow::parse(file, source).map_err(|findings| {
        let findings: Vec<Finding> = findings.into_iter().map(Finding::from).collect();
        refused(file, &findings)
    })?;
    let newest = work.tx.revisions_of(&flow.name)?.into_iter().next();
    if let Some(row) = newest.filter(|row| row.source == source) {
        return Ok(FlowPut { name: flow.name, revision: row.revision, known: true });
    }
    let revision = work.tx.insert_flow_revision(&flow.name, source, by, work.now)?;
    Ok(FlowPut { name: flow.name, revision, known: false })
}

fn refuse_errors(file: &str, findings: &[Finding]) -> Result<(), Reject> {
    let errors: Vec<Finding> = findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    if errors.is_empty() { Ok(()) } else { Err(refused(file, &errors)) }
}

/// A flow file that the loader refuses: every finding with its line.
fn refused(file: &str, findings: &[Finding]) -> Reject {
    let words = |finding: &Finding| {
        let proposal = if finding.proposal.is_empty() { String::new() } else { format!("; {}", finding.proposal) };
        format!("{file}:{}: {}: {}{proposal}", finding.line, finding.key, finding.reason)
    };
    let first = findings.first().map_or_else(|| "the flow cannot be read".to_owned(), words);
    findings.iter().fold(Reject::new("bad_flow", first), |reject, finding| reject.and_at("/text", words(finding)))
}

/// New sessions begin with this revision from now on.
pub fn activate_flow(work: &mut Work<'_, '_>, name: &str, revision: u32) -> Result<FlowRevision, Reject> {
    let row = work.tx.flow_revision(name, revision)?.ok_or_else(|| Reject::not_found("flow revision"))?;
    let file = format!("{name}.flow.toml");
    refuse_errors(&file, &look(work.tx, &file, &row.source)?)?;
    if !row.active {
        work.tx.retire_flow(name, work.now)?;
        work.tx.activate_flow(name, revision)?;
        mark(work)?;
    }
    Ok(FlowRevision { active: true, retired_at: None, ..row })
}

/// No new session begins with this flow; running ones end as they would.
pub fn retire_flow(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    if !work.tx.retire_flow(name, work.now)? {
        return Err(Reject::not_found("active flow"));
    }
    mark(work)
}
