//! What a modem tells the box, written down: one job for each event of its driver.

use super::{Reject, Work, call, doubt, modems, network_time, pin, recovery, ring, selftest, submit, ussd};
use crate::modem::io::ModemEvent;

/// Writes what the driver of this modem, with this SIM (empty until it has said which), has told. What a modem received is taken by `receive`, which answers.
pub fn event(work: &mut Work<'_, '_>, modem: &str, sim: &str, event: &ModemEvent) -> Result<(), Reject> {
    match event {
        ModemEvent::Submitted { part, attempt, mr, acknowledged } => {
            recovery::sent(work, modem)?;
            submit::submitted(work, part, *attempt, *mr)?;
            if *acknowledged { selftest::acknowledged(work, part) } else { Ok(()) }
        }
        ModemEvent::Duplicate { part, attempt } => doubt::duplicate(work, part, *attempt),
        ModemEvent::Kept { part, stat } => selftest::kept(work, part, *stat),
        ModemEvent::Reference(mr) => {
            let sim = modems::sim_of(work, modem, sim)?;
            mr.map(|mr| doubt::reference(work, &sim, mr)).transpose()?;
            selftest::reference(work, modem, *mr)
        }
        ModemEvent::OwnNumber(number) => selftest::own_number(work, modem, sim, number.as_deref()),
        ModemEvent::Refused { part, attempt, code } => submit::refused(work, part, *attempt, *code),
        ModemEvent::Aborted { part, attempt, why } => submit::aborted(work, part, *attempt, why),
        ModemEvent::InDoubt { part, attempt, reason } => doubt::in_doubt(work, part, *attempt, reason),
        ModemEvent::Orphan { mr } => {
            let sim = modems::sim_of(work, modem, sim)?;
            doubt::orphan(work, &sim, *mr).map(drop)
        }
        ModemEvent::Identity(identity) => modems::identity(work, modem, identity),
        ModemEvent::Ready => modems::ready(work, modem),
        ModemEvent::NotReady { code, words } => modems::not_ready(work, modem, code, words),
        ModemEvent::PinAccepted { sim, imei } => pin::accepted(work, pin::Locked { modem, sim, imei }),
        ModemEvent::Signal(dbm) => modems::signal(work, modem, *dbm),
        ModemEvent::Registration { stat, operator, cell } => modems::registration(work, modem, *stat, operator.as_deref(), *cell),
        ModemEvent::NetworkTime { at, or } => network_time::heard(work, modem, *at, *or),
        ModemEvent::Storage { used, total } => modems::storage(work, modem, *used, *total),
        ModemEvent::Called { number, withheld, rings, rejected, lasted } => {
            let called = call::Called { number, withheld: *withheld, rings: *rings, rejected: *rejected, lasted: *lasted };
            call::came(work, modem, sim, &called)
        }
        ModemEvent::Ussd { id, tries, end } => ussd::ended(work, modem, *id, *tries, end),
        ModemEvent::Rang { id, end, rang } => ring::ended(work, *id, end, *rang),
        ModemEvent::Rung { rung, ailment } => recovery::tried(work, modem, *rung, *ailment),
        ModemEvent::Deaf => modems::deaf(work, modem, modems::LOST_SETTING),
        ModemEvent::CannotReceive => modems::cannot_receive(work, modem),
        ModemEvent::Unsaid => modems::deaf(work, modem, modems::UNSAID),
        ModemEvent::Fell => recovery::fell(work, modem),
        ModemEvent::Supply(supply) => modems::supply(work, modem, *supply),
        ModemEvent::Received { .. }
        | ModemEvent::Free
        | ModemEvent::Settled
        | ModemEvent::Noise(_)
        | ModemEvent::Ports(_)
        | ModemEvent::At { .. } => Ok(()),
    }
}

/// What that job is called.
pub const fn job(event: &ModemEvent) -> &'static str {
    match event {
        ModemEvent::Submitted { .. } => "note a submission",
        ModemEvent::Refused { .. } => "note a refusal",
        ModemEvent::Aborted { .. } => "give a part back",
        ModemEvent::InDoubt { .. } => "note a doubt",
        ModemEvent::Duplicate { .. } => "note a duplicate",
        ModemEvent::Kept { .. } | ModemEvent::Reference(_) | ModemEvent::OwnNumber(_) => "note what it witnesses",
        ModemEvent::Orphan { .. } => "use a late reference",
        ModemEvent::Identity(_) => "note its identity",
        ModemEvent::Ready => "note that it is ready",
        ModemEvent::NotReady { .. } => "note that it cannot send",
        ModemEvent::PinAccepted { .. } => "note that its PIN was taken",
        ModemEvent::Signal(_) | ModemEvent::Registration { .. } | ModemEvent::Storage { .. } | ModemEvent::NetworkTime { .. } => {
            "note its state"
        }
        ModemEvent::Called { .. } => "note a call",
        ModemEvent::Ussd { .. } => "note what USSD said",
        ModemEvent::Rang { .. } => "note the end of a ring",
        ModemEvent::Rung { .. } => "note a rung",
        ModemEvent::Deaf | ModemEvent::Unsaid | ModemEvent::CannotReceive => "note that it was deaf",
        ModemEvent::Fell => "note that it fell",
        ModemEvent::Supply(_) => "note its supply",
        ModemEvent::Received { .. }
        | ModemEvent::Free
        | ModemEvent::Settled
        | ModemEvent::Noise(_)
        | ModemEvent::Ports(_)
        | ModemEvent::At { .. } => "note nothing",
    }
}
