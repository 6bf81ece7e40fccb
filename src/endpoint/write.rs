//! What is written down about a call, each in one transaction: that it begins, what came of it, what was looked up.

use super::plan::{self, Known};
use super::request::Started;
use super::verdict::{Asked, Looked, Verdict, Wanted};
use crate::conversation::Rosters;
use crate::conversation::flow::{Flow, Verb};
use crate::conversation::lint;
use crate::conversation::machine::current_flow;
use crate::engine::called::{self, Start};
use crate::engine::{Reject, Work};
use crate::store::Calling;

/// Before the first octet: the row says `calling` once this is committed. `None`: it must not leave any more.
pub fn start(work: &mut Work<'_, '_>, id: i64) -> Result<Option<Started>, Reject> {
    match called::start(work, id)? {
        Start::Go(call) => started(work, call).map(Some),
        Start::Skip => Ok(None),
    }
}

/// Gathers what a look-up needs.
pub fn prepare(work: &mut Work<'_, '_>, id: i64) -> Result<Started, Reject> {
    let call = work.tx.calling(id)?.ok_or_else(|| Reject::not_found("call"))?;
    started(work, call)
}

fn started(work: &Work<'_, '_>, call: Calling) -> Result<Started, Reject> {
    let endpoint = work.tx.endpoint(&call.endpoint)?;
    let asked = asked(work, &call)?;
    Ok(Started { call, endpoint, asked })
}

/// The fields that the step's `save` reads, by the revision the session began with; of the sub-flow while one runs.
fn asked(work: &Work<'_, '_>, call: &Calling) -> Result<Asked, Reject> {
    let session = work.tx.session(call.session)?;
    let rosters = Rosters::new();
    let rules = work.book.rules(&[], &rosters);
    let flow = session.and_then(|session| current_flow(&session, &rules));
    let fields = flow.as_deref().and_then(|flow| match &flow.step(&call.step)?.verb {
        Verb::Http(http) => Some(http.save.iter().map(|(slot, field)| wanted(flow, slot, field)).collect()),
        _ => None,
    });
    let currency = work.book.settings.currency.clone();
    Ok(Asked { read: call.read, fields: fields.unwrap_or_default(), sent: call.body.clone(), currency })
}

fn wanted(flow: &Flow, slot: &str, field: &str) -> Wanted {
    Wanted { field: field.to_owned(), need: flow.needs.get(slot).copied(), shown: lint::shows(flow, slot) }
}

/// After a try.
pub fn after_call(work: &mut Work<'_, '_>, id: i64, verdict: Verdict) -> Result<(), Reject> {
    let known = known(work, id, 0)?;
    let (found, why) = plan::after_call(verdict, &known, work.now);
    called::result(work, id, found, &why)
}

/// After a look-up.
pub fn after_look_up(work: &mut Work<'_, '_>, id: i64, looked: Looked) -> Result<(), Reject> {
    let known = known(work, id, 1)?;
    let (found, why) = plan::after_look_up(looked, &known, work.now);
    called::result(work, id, found, &why)
}

fn known(work: &Work<'_, '_>, id: i64, look_ups_now: u32) -> Result<Known, Reject> {
    let call = work.tx.calling(id)?.ok_or_else(|| Reject::not_found("call"))?;
    let can_look_up = work.tx.endpoint(&call.endpoint)?.is_some_and(|endpoint| endpoint.status_url.is_some());
    let started_at = call.started_at.unwrap_or(work.now);
    Ok(Known { read: call.read, can_look_up, started_at, look_ups: call.lookups + look_ups_now })
}
