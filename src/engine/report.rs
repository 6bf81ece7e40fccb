//! A status report arrives: it finds its part by SIM, MR, RA and time, and says what became of it. W2: it also proves an
//! attempt that was in doubt.

use std::time::Duration;

use at_commands::pdu::{Status, StatusClass, StatusReport};

use super::doubt::{is_under_way, prove, prove_one_of};
use super::{Reject, Work, stranded};
use crate::delivery::receipt::{OpenAttempt, Owner, Reference, ReportKey, owner};
use crate::ids::PartKey;
use crate::store::{Attempt, Part, Report};
use crate::terms::{AttemptState, PartState, Purpose};
use crate::time::Timestamp;

/// A report may be read before the `+CMGS` it belongs to is written, which may take 7 minutes: this long it is tried again.
const EARLY_MAX: Duration = Duration::from_mins(10);
/// The offset of a clock is used from so many samples on.
const SAMPLES_MIN: u32 = 5;

/// Takes a report as it was read from a SIM.
pub fn take(work: &mut Work<'_, '_>, iccid: &str, pdu: &StatusReport, hex: &str, shown: bool) -> Result<(), Reject> {
    let key = format!("{iccid}:{hex}");
    if work.tx.seen_report(&key)?.is_some() {
        return Ok(());
    }
    let offset_ms = offset(work, pdu)?;
    let in_box_time = |stamp: Option<i64>| stamp.map(|ms| Timestamp::from_unix_ms(ms).shifted_ms(offset_ms));
    let mut report = Report {
        id: 0,
        sim: iccid.to_owned(),
        mr: pdu.mr,
        ra: pdu.ra.number().unwrap_or_default(),
        scts: in_box_time(pdu.scts.to_unix_ms()),
        discharged: in_box_time(pdu.dt.to_unix_ms()),
        st: pdu.st.octet(),
        shown,
        hex: key,
        received_at: work.now,
        part: None,
    };
    report.id = work.tx.insert_report(&report)?;
    apply(work, &report)?;
    learn(work, pdu, &report)
}

/// Its stamp beside the time at which the network took the part tells the offset of the centre's clock.
fn learn(work: &mut Work<'_, '_>, pdu: &StatusReport, report: &Report) -> Result<(), Reject> {
    let part = work.tx.seen_report(&report.hex)?.and_then(|report| report.part);
    let accepted_at = part.map(|part| work.tx.part(&part)).transpose()?.flatten().and_then(|part| part.submitted_at);
    let smsc = pdu.smsc.as_ref().and_then(at_commands::pdu::Address::number);
    match (smsc, pdu.scts.to_unix_ms(), accepted_at) {
        (Some(smsc), Some(stamped), Some(accepted_at)) => {
            super::clock::learn_from_report(work, &smsc, Timestamp::from_unix_ms(stamped), accepted_at)
        }
        _ => Ok(()),
    }
}

/// Reports of this reference (of any, where none is known) that found no owner when they came.
pub(super) fn try_again(work: &mut Work<'_, '_>, iccid: &str, mr: Option<u8>) -> Result<(), Reject> {
    for report in work.tx.unmatched_reports(iccid, mr, work.now.minus(EARLY_MAX))? {
        // A doubt that the one before has resolved may have taken this one, too.
        if work.tx.seen_report(&report.hex)?.is_some_and(|report| report.part.is_none()) {
            apply(work, &report)?;
        }
    }
    Ok(())
}

fn offset(work: &Work<'_, '_>, pdu: &StatusReport) -> Result<i64, Reject> {
    let Some(smsc) = pdu.smsc.as_ref().and_then(at_commands::pdu::Address::number) else {
        return Ok(0);
    };
    let clock = work.tx.smsc_clock(&smsc)?.clock;
    Ok(if clock.samples >= SAMPLES_MIN { clock.offset_ms } else { 0 })
}

/// Finds the owner among what was submitted and what is in doubt, and applies the report; `false` where there is none.
fn apply(work: &mut Work<'_, '_>, report: &Report) -> Result<bool, Reject> {
    let mut candidates = work.tx.attempts_awaiting_report(&report.sim, report.mr)?;
    for place in (0..candidates.len()).rev() {
        if is_probe(work, &candidates[place])? {
            candidates.remove(place);
        }
    }
    let mut open = Vec::with_capacity(candidates.len());
    for attempt in &candidates {
        if let Some(part) = work.tx.part(&attempt.part)? {
            let mr = reference(attempt);
            open.push(OpenAttempt { attempt: attempt.id, part: attempt.part, mr, to: part.to, begun_at: attempt.at });
        }
    }
    let key = ReportKey { mr: report.mr, ra_digits: report.ra.clone(), submitted_at: report.scts, read_at: report.received_at };
    match owner(&key, &open) {
        Some(Owner::Attempt(id)) => match candidates.iter().find(|attempt| attempt.id == id) {
            Some(attempt) => apply_to(work, report, attempt),
            None => Ok(false),
        },
        Some(Owner::OneOf(key, attempts)) => apply_to_one_of(work, report, &key, &candidates, &attempts),
        None => Ok(false),
    }
}

/// The second text of a self-test has the reference of the first, and no report of its own.
fn is_probe(work: &Work<'_, '_>, attempt: &Attempt) -> Result<bool, Reject> {
    let message = if attempt.no_duplicate { work.tx.message(attempt.part.message)? } else { None };
    Ok(message.is_some_and(|message| message.purpose == Purpose::Proof))
}

fn reference(attempt: &Attempt) -> Reference {
    match (attempt.mr, attempt.mr_expected) {
        (Some(mr), _) => Reference::Known(mr),
        (None, Some(mr)) => Reference::Guessed(mr),
        (None, None) => Reference::Any,
    }
}

fn apply_to(work: &mut Work<'_, '_>, report: &Report, attempt: &Attempt) -> Result<bool, Reject> {
    // Its answer is on its way and will say whether this is its reference: until then it proves nothing about older ones.
    if attempt.state == AttemptState::Attempting {
        return Ok(false);
    }
    work.tx.match_report(report.id, &attempt.part)?;
    if attempt.mr.is_none() {
        prove(work, attempt, Some(report.mr), "report", format!("a status report names reference {}", report.mr))?;
    }
    match work.tx.part(&attempt.part)?.filter(|part| !stranded::is_of(attempt, part)) {
        Some(part) => of_the_first_cut(work, report, &part, Some(attempt.id))?,
        None => record(work, report, &attempt.part, Some(attempt.id))?,
    }
    Ok(true)
}

/// One of these was taken: the part is on air, and each of them stays in doubt.
fn apply_to_one_of(work: &mut Work<'_, '_>, report: &Report, key: &PartKey, candidates: &[Attempt], ids: &[i64]) -> Result<bool, Reject> {
    let Some(part) = work.tx.part(key)? else { return Ok(false) };
    if is_under_way(work, &part)? {
        return Ok(false);
    }
    work.tx.match_report(report.id, key)?;
    let is_former = |attempt: &&Attempt| ids.contains(&attempt.id) && !stranded::is_of(attempt, &part);
    if candidates.iter().any(|attempt| is_former(&attempt)) {
        of_the_first_cut(work, report, &part, None)?;
        return Ok(true);
    }
    let may: Vec<Attempt> = ids.iter().filter_map(|id| candidates.iter().find(|attempt| attempt.id == *id)).cloned().collect();
    prove_one_of(work, part, &may, Some(report.mr), "report", &format!("a status report names reference {}", report.mr))?;
    record(work, report, key, None)?;
    Ok(true)
}

/// The text was cut anew since: what became of its former octets says nothing about those that are sent now.
fn of_the_first_cut(work: &mut Work<'_, '_>, report: &Report, part: &Part, attempt: Option<i64>) -> Result<(), Reject> {
    let words = Status::new(report.st).words();
    work.note(part, attempt, stranded::FORMER, format!("TP-ST {:02X}: {words}, of the text as it was cut before", report.st))
}

fn record(work: &mut Work<'_, '_>, report: &Report, key: &PartKey, attempt: Option<i64>) -> Result<(), Reject> {
    let status = Status::new(report.st);
    let Some(mut part) = work.tx.part(key)? else {
        return Ok(());
    };
    work.note(&part, attempt, "report", format!("TP-ST {:02X}: {}", report.st, status.words()))?;
    super::selftest::reported(work, key.message, report.shown)?;
    // Of two copies on air one may fail and the other arrive.
    let arrived_after_all = part.state == PartState::Failed && part.submitted_at.is_some() && status.is_delivered();
    if part.state != PartState::Submitted && !arrived_after_all {
        return Ok(());
    }
    match status.class() {
        StatusClass::Complete if status.is_delivered() => {
            part.state = PartState::Delivered;
            part.error = None;
            part.reason = None;
            part.delivered_at = report.discharged.or(Some(report.received_at));
        }
        // Forwarded or replaced: nobody says that the phone has it.
        StatusClass::Complete | StatusClass::Trying => return Ok(()),
        StatusClass::Failed | StatusClass::GaveUp => {
            part.state = PartState::Failed;
            part.error = Some(u16::from(report.st));
            part.reason = Some(format!("not delivered: {}", status.words()));
        }
    }
    work.tx.save_part(&part)?;
    work.settle(part.key.message)?;
    Ok(())
}
