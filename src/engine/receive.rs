//! A PDU was read from a SIM: kept before it is deleted there, joined, understood once, and what follows is written, all in
//! one transaction. What cannot be decoded is kept as hex and shown.

use std::time::Duration;

use at_commands::hex;
use at_commands::pdu::{Deliver, Inbound, Smsc};
use at_commands::text::{Assembled, Part, assemble};

use super::emit::About;
use super::{Reject, Work, clock, join, life, proof, report, selftest};
use crate::committed::Slot;
use crate::conversation::resolver;
use crate::conversation::view::Sender;
use crate::msisdn::Msisdn;
use crate::signature::sha256_hex;
use crate::store::{InboundPart, InboundRow};
use crate::text::Text;
use crate::time::Timestamp;

/// Parts of a text wait this long for the rest before a person sees what came.
pub const JOIN_WAIT: Duration = Duration::from_mins(5);
/// Parts are joined with parts of the last day: afterwards a reference may be another text's.
pub const JOIN_KEEP: Duration = Duration::from_hours(24);

/// A PDU as a modem handed it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// ICCID of the SIM it came in on; empty until the modem has said which it has.
    pub sim: String,
    /// The modem by name.
    pub modem: String,
    /// The PDU in hex, SMSC included, as the modem printed it.
    pub hex: String,
    /// Where it lies; `None` where the modem showed it directly, [`Slot::shown`] where that waits for its acknowledgement.
    pub slot: Option<Slot>,
    /// Indicated as it came; false from a sweep.
    pub live: bool,
}

/// Takes a PDU. After COMMIT the slot may be deleted; for one that was shown directly it is [`Slot::shown`].
pub fn pdu(work: &mut Work<'_, '_>, arrival: &Arrival) -> Result<Slot, Reject> {
    let sim = super::modems::sim_of(work, &arrival.modem, &arrival.sim)?;
    let arrival = &Arrival { sim, ..arrival.clone() };
    let mut sim = super::submit::sim(work, &arrival.sim)?;
    sim.received_at = Some(work.now);
    sim.received += 1;
    work.tx.save_sim(&sim)?;
    let decoded = hex::decode(arrival.hex.trim()).map_err(|error| error.to_string());
    match decoded.and_then(|octets| Inbound::decode(&octets, Smsc::Present).map_err(|error| error.to_string())) {
        Ok(Inbound::Deliver(deliver)) => delivered(work, arrival, &deliver)?,
        Ok(Inbound::StatusReport(pdu)) => {
            let shown = arrival.slot.as_ref().is_none_or(Slot::is_shown);
            report::take(work, &arrival.sim, &pdu, arrival.hex.trim(), shown)?;
        }
        Err(why) => undecodable(work, arrival, &why)?,
    }
    Ok(arrival.slot.clone().unwrap_or_else(|| Slot::shown(&arrival.hex)))
}

/// Kept with its hex, shown, and told.
fn undecodable(work: &mut Work<'_, '_>, arrival: &Arrival, why: &str) -> Result<(), Reject> {
    let seen_key = sha256_hex(format!("undecodable:{}:{}", arrival.sim, arrival.hex.trim()).as_bytes());
    if let Some(seen) = work.tx.seen_part(&seen_key)? {
        return again(work, &seen);
    }
    let row = InboundRow {
        hex: Some(arrival.hex.trim().to_owned()),
        why: format!("the PDU cannot be decoded: {why}"),
        outcome: Some("undecodable".to_owned()),
        ..blank(work, arrival, "?", None)
    };
    let inbound = work.tx.insert_inbound(&row)?;
    let part = InboundPart { seen_key, inbound: Some(inbound), ..blank_part(work, arrival, "?") };
    work.tx.insert_inbound_part(&part)?;
    let data = serde_json::json!({"inbound": inbound, "modem": arrival.modem, "iccid": arrival.sim, "hex": row.hex, "undecodable": why});
    work.emit("message.received", About { subject: &inbound.to_string(), msisdn: None, session: None }, data)?;
    Ok(())
}

fn delivered(work: &mut Work<'_, '_>, arrival: &Arrival, deliver: &Deliver) -> Result<(), Reject> {
    let seen_key = seen_key(&arrival.sim, deliver);
    if let Some(seen) = work.tx.seen_part(&seen_key)? {
        return again(work, &seen);
    }
    let (sender, name) = sender(work, deliver);
    let concat = deliver.udh.concat().filter(|concat| concat.total > 1 && concat.is_consistent());
    let mut part = InboundPart {
        seen_key,
        smsc: deliver.smsc.as_ref().and_then(at_commands::pdu::Address::number),
        scts: deliver.scts.to_unix_ms().map(Timestamp::from_unix_ms),
        reference: concat.map(|concat| concat.reference),
        wide: concat.is_some_and(|concat| concat.wide),
        total: concat.map_or(1, |concat| concat.total),
        seq: concat.map_or(1, |concat| concat.seq),
        join_due: concat.map(|_| work.now.plus(JOIN_WAIT)),
        ..blank_part(work, arrival, &name)
    };
    if concat.is_none() && proves(work, arrival, deliver, &mut part, &sender)? {
        return Ok(());
    }
    if concat.is_none() {
        part.id = work.tx.insert_inbound_part(&part)?;
        let text = deliver.ud.text().unwrap_or_default();
        return join::whole(work, &[part], &sender, deliver, text, None);
    }
    // The danger tap hears every part as it comes; the whole text is heard again when it is joined.
    let text = Text::new(deliver.ud.text().unwrap_or_default());
    part.danger = join::tap(work, &sender, &text, &part)?;
    part.id = work.tx.insert_inbound_part(&part)?;
    match joined(work, &part)? {
        Some((text, parts)) => join::whole(work, &parts, &sender, deliver, text, None),
        None => Ok(()),
    }
}

/// A text of the box to itself is kept and shown, and is nobody's answer, also where nothing waits for it any more.
fn proves(work: &mut Work<'_, '_>, arrival: &Arrival, deliver: &Deliver, part: &mut InboundPart, sender: &Sender) -> Result<bool, Reject> {
    let text = deliver.ud.text().unwrap_or_default();
    let (test, life) = (selftest::of_text(work, &text)?, life::of_text(work, &text)?);
    if test.is_none() && life.is_none() && !proof::is_of_a_box(work, sender, &text)? {
        return Ok(false);
    }
    let row = InboundRow {
        text: Text::new(text),
        scts: part.scts,
        outcome: Some("proof".to_owned()),
        why: "a text of the box to itself".to_owned(),
        ..blank(work, arrival, &part.sender, None)
    };
    part.inbound = Some(work.tx.insert_inbound(&row)?);
    part.id = work.tx.insert_inbound_part(part)?;
    if let Some(test) = test {
        selftest::came_back(work, test, part.scts)?;
    }
    if let Some(life) = life {
        life::came_back(work, life)?;
    }
    clock::learn(work, part)?;
    Ok(true)
}

/// The whole text that this part completes, with its parts in order.
fn joined(work: &Work<'_, '_>, newest: &InboundPart) -> Result<Option<(String, Vec<InboundPart>)>, Reject> {
    let set = work.tx.part_set(newest, work.now.minus(JOIN_KEEP))?;
    let (rows, parts) = decoded(set);
    match assemble(&parts) {
        Assembled::Complete { text, used } => Ok(Some((text, pick(rows, &used)))),
        Assembled::Binary { used, .. } => Ok(Some((String::new(), pick(rows, &used)))),
        Assembled::Missing { .. } => Ok(None),
    }
}

/// Stored parts as the codec joins them.
pub(super) fn decoded(set: Vec<InboundPart>) -> (Vec<InboundPart>, Vec<Part>) {
    let mut rows = Vec::with_capacity(set.len());
    let mut parts = Vec::with_capacity(set.len());
    for row in set {
        if let Some(deliver) = read_back(&row)
            && let Some(concat) = deliver.udh.concat()
        {
            let at_ms = row.scts.unwrap_or(row.received_at).unix_ms();
            parts.push(Part { concat, at_ms, ud: deliver.ud });
            rows.push(row);
        }
    }
    (rows, parts)
}

/// The TPDU of a stored part: it was decoded once, so it decodes again.
pub(super) fn read_back(row: &InboundPart) -> Option<Deliver> {
    let octets = hex::decode(&row.hex).ok()?;
    match Inbound::decode(&octets, Smsc::Present).ok()? {
        Inbound::Deliver(deliver) => Some(deliver),
        Inbound::StatusReport(_) => None,
    }
}

pub(super) fn pick(rows: Vec<InboundPart>, used: &[usize]) -> Vec<InboundPart> {
    let mut picked: Vec<InboundPart> = rows.into_iter().enumerate().filter(|(place, _)| used.contains(place)).map(|(_, row)| row).collect();
    picked.sort_by_key(|row| (row.seq, row.id));
    picked
}

/// Rule 1: counted, nothing else; its slot is freed all the same.
fn again(work: &mut Work<'_, '_>, seen: &InboundPart) -> Result<(), Reject> {
    work.tx.count_part_again(seen.id, work.now)?;
    if let Some(inbound) = seen.inbound {
        work.tx.count_redelivered(inbound)?;
    }
    Ok(())
}

/// SIM, OA, SCTS, PID and DCS, UDH, hash of UD: the same text read twice is one text; two texts in one second are two.
fn seen_key(sim: &str, deliver: &Deliver) -> String {
    let (oa, name) = (deliver.oa.number(), deliver.oa.alphanumeric());
    let words = format!("{sim}|{oa:?}|{name:?}|{:?}|{}|{}|", deliver.scts.encode(), deliver.pid, deliver.dcs.octet());
    let mut octets = words.into_bytes();
    octets.extend_from_slice(deliver.udh.as_octets());
    octets.push(b'|');
    octets.extend_from_slice(deliver.ud.units());
    sha256_hex(&octets)
}

/// Who wrote: a number in international form, or in the box's national one; a name or a short code cannot be answered, unless it
/// is a short number of the staff: then it is whoever has it.
pub(super) fn sender(work: &Work<'_, '_>, deliver: &Deliver) -> (Sender, String) {
    let Some(number) = deliver.oa.number() else {
        let name = deliver.oa.alphanumeric().unwrap_or("?").to_owned();
        return (Sender::NoReply(name.clone()), name);
    };
    let read = match work.book.country() {
        _ if number.starts_with('+') => Msisdn::from_e164(&number).ok(),
        Some(country) => Msisdn::parse(&number, country).ok(),
        None => None,
    };
    if let Some(person) = work.book.alias(read.as_ref().map_or(number.as_str(), Msisdn::e164)) {
        // Another phone is somebody's own, too: what is no word of the staff is written by its number.
        let words = deliver.ud.text().unwrap_or_default();
        if read.is_none() || resolver::speaks_as_staff(&words, &work.book.packs) {
            return (Sender::Number(person.clone()), number);
        }
    }
    match read {
        Some(msisdn) => (Sender::Number(msisdn), number),
        None => (Sender::NoReply(number.clone()), number),
    }
}

fn blank_part(work: &Work<'_, '_>, arrival: &Arrival, sender: &str) -> InboundPart {
    InboundPart {
        id: 0,
        seen_key: String::new(),
        sim: arrival.sim.clone(),
        sender: sender.to_owned(),
        smsc: None,
        scts: None,
        hex: arrival.hex.trim().to_owned(),
        reference: None,
        wide: false,
        total: 1,
        seq: 1,
        received_at: work.now,
        live: arrival.live,
        danger: false,
        join_due: None,
        inbound: None,
    }
}

fn blank(work: &Work<'_, '_>, arrival: &Arrival, sender: &str, from: Option<Msisdn>) -> InboundRow {
    InboundRow {
        id: 0,
        from,
        sender: sender.to_owned(),
        sim: arrival.sim.clone(),
        text: Text::default(),
        hex: None,
        scts: None,
        offset_ms: 0,
        samples: 0,
        received_at: work.now,
        live: arrival.live,
        parts_have: 1,
        parts_total: 1,
        redelivered: 0,
        rule: None,
        outcome: None,
        session: None,
        question: None,
        answer: None,
        why: String::new(),
        candidates: Vec::new(),
        danger: false,
    }
}
