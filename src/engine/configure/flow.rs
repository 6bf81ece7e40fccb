//! Flows: checked, kept as a new revision, activated, retired. Sessions end on the revision they began with.

use super::{Reject, Work, changed};
use crate::conversation::flow::Flow;
use crate::store::FlowRevision;

/// A flow file is a page of text; this is a hundred.
const SOURCE_OCTETS_MAX: usize = 256 * 1024;

/// Keeps a flow file as the next revision of its flow and activates it where asked. What the loader refuses is not kept.
pub fn put(work: &mut Work<'_, '_>, source: &str, by: &str, activate: bool) -> Result<FlowRevision, Reject> {
    if source.len() > SOURCE_OCTETS_MAX {
        return Err(Reject::at("too_large", "/source", format!("a flow file has at most {SOURCE_OCTETS_MAX} octets")));
    }
    let flow = Flow::parse("flow.toml", source).map_err(|findings| {
        let errors: Vec<(String, String)> =
            findings.iter().map(|it| (format!("/source#L{}", it.line), format!("{}: {}; {}", it.path, it.reason, it.proposal))).collect();
        let detail = errors.first().map_or_else(String::new, |(place, reason)| format!("{place} {reason}"));
        Reject { errors, ..Reject::new("flow_invalid", detail) }
    })?;
    let same = work.tx.revisions_of(&flow.name)?.into_iter().next().filter(|newest| newest.source == source);
    let revision = match same {
        Some(newest) => newest.revision,
        None => work.tx.insert_flow_revision(&flow.name, source, by, work.now)?,
    };
    if activate {
        self::activate(work, &flow.name, revision)?;
    } else {
        changed(work)?;
    }
    work.tx.flow_revision(&flow.name, revision)?.ok_or_else(|| Reject::not_found("revision"))
}

/// New sessions begin with this revision.
pub fn activate(work: &mut Work<'_, '_>, name: &str, revision: u32) -> Result<(), Reject> {
    if work.tx.flow_revision(name, revision)?.is_none() {
        return Err(Reject::not_found("revision"));
    }
    work.tx.retire_flow(name, work.now)?;
    work.tx.activate_flow(name, revision)?;
    changed(work)
}

/// No new sessions begin; those that run end on their revision.
pub fn retire(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    if !work.tx.retire_flow(name, work.now)? {
        return Err(Reject::not_found("active flow"));
    }
    changed(work)
}
