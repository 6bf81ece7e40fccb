//! Flow files: checked, kept as revisions, activated and retired. Running sessions end on the revision they began with.

use super::super::{Book, Reject, Work};
use super::mark;
use crate::conversation::flow::{Flow, Invalid};
use crate::conversation::lint::{self, Finding, Severity, Site};
use crate::store::{self, FlowRevision, Reader};

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

/// The link pages this box has (`src/web/customer.rs`).
const PAGES: &[&str] = &["pay", "slots"];

/// All there is to say about a flow file on this box: what the loader refuses and what somebody should look at.
pub fn look(reader: &Reader<'_>, book: &Book, file: &str, source: &str) -> store::Result<Vec<Finding>> {
    let flows: Vec<String> = reader.newest_flows()?.into_iter().map(|row| row.name).collect();
    Ok(findings(reader, book, Some(&flows), file, source)?.1)
}

fn findings(
    reader: &Reader<'_>,
    book: &Book,
    flows: Option<&[String]>,
    file: &str,
    source: &str,
) -> store::Result<(Option<Flow>, Vec<Finding>)> {
    let endpoints: Vec<String> = reader.endpoints()?.into_iter().map(|row| row.name).collect();
    let pages: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    let site = Site {
        endpoints: Some(&endpoints),
        // Queues and rosters are named by the flows themselves until there is a list of them.
        queues: None,
        rosters: None,
        pages: Some(&pages),
        flows,
        lanes: &book.lanes,
        settings: &book.settings,
        packs: &book.packs,
    };
    Ok(lint::check_source(file, source, &site))
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

/// What the loader says against putting a flow to work.
fn forbidden(name: &str, found: &[Finding]) -> Reject {
    let words = |finding: &Finding| {
        let proposal = if finding.proposal.is_empty() { String::new() } else { format!("; {}", finding.proposal) };
        format!("{name}.flow.toml:{}: {}: {}{proposal}", finding.line, finding.key, finding.reason)
    };
    let mut errors = found.iter().filter(|finding| finding.severity == Severity::Error).map(words);
    let first = Reject::at("bad_flow", "/text", errors.next().unwrap_or_else(|| "the flow cannot be put to work".to_owned()));
    errors.fold(first, |reject, words| reject.and_at("/text", words))
}

/// New sessions begin with this revision from now on.
pub fn activate_flow(work: &mut Work<'_, '_>, name: &str, revision: u32) -> Result<FlowRevision, Reject> {
    let row = work.tx.flow_revision(name, revision)?.ok_or_else(|| Reject::not_found("flow revision"))?;
    // Flows that run each other are put in one after the other: whether a sub-flow is there is asked when it is run.
    let (flow, found) = findings(work.tx, work.book, None, &format!("{name}.flow.toml"), &row.source)?;
    if flow.is_none() {
        return Err(forbidden(name, &found));
    }
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
