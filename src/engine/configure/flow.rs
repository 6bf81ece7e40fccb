//! Flow files: checked, kept as revisions, activated and retired. Running sessions end on the revision they began with.

use super::super::{Reject, Work};
use super::mark;
use crate::conversation::flow::{Flow, Invalid};
use crate::store::FlowRevision;

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

/// What a flow file says, or everything that is wrong with it.
pub fn check_flow(file: &str, source: &str) -> Result<Flow, Vec<Invalid>> {
    Flow::parse(file, source)
}

/// Keeps the text of a flow as its newest revision; the same text again is the same revision. It is not active yet.
pub fn put_flow(work: &mut Work<'_, '_>, file: &str, source: &str, by: &str) -> Result<FlowPut, Reject> {
    if source.len() > SOURCE_OCTETS_MAX {
        return Err(Reject::at("invalid", "/text", format!("a flow file has at most {SOURCE_OCTETS_MAX} octets")));
    }
    let flow = check_flow(file, source).map_err(|findings| refused(&findings))?;
    let newest = work.tx.revisions_of(&flow.name)?.into_iter().next();
    if let Some(row) = newest.filter(|row| row.source == source) {
        return Ok(FlowPut { name: flow.name, revision: row.revision, known: true });
    }
    let revision = work.tx.insert_flow_revision(&flow.name, source, by, work.now)?;
    Ok(FlowPut { name: flow.name, revision, known: false })
}

/// A flow file that the loader refuses: every finding with its line.
fn refused(findings: &[Invalid]) -> Reject {
    let words = |finding: &Invalid| {
        let proposal = if finding.proposal.is_empty() { String::new() } else { format!("; {}", finding.proposal) };
        format!("{}:{}: {}: {}{proposal}", finding.path, finding.line, finding.key, finding.reason)
    };
    let first = findings.first().map_or_else(|| "the flow cannot be read".to_owned(), words);
    findings.iter().fold(Reject::new("bad_flow", first), |reject, finding| reject.and_at("/text", words(finding)))
}

/// New sessions begin with this revision from now on.
pub fn activate_flow(work: &mut Work<'_, '_>, name: &str, revision: u32) -> Result<FlowRevision, Reject> {
    let row = work.tx.flow_revision(name, revision)?.ok_or_else(|| Reject::not_found("flow revision"))?;
    check_flow(&format!("{name}.flow.toml"), &row.source).map_err(|findings| refused(&findings))?;
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
