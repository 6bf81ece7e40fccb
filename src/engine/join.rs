//! A whole inbound text (or what came of it) is understood: row, resolution, effects, event. And the danger tap on its parts.

use at_commands::mms;
use at_commands::pdu::Deliver;

use super::apply::Cause;
use super::clock;
use super::emit::About;
use super::receive::{JOIN_KEEP, decoded, pick, read_back, sender};
use super::{Reject, Work, doubt};
use crate::conversation::danger;
use crate::conversation::effect::{Effect, NewTask, TaskKind};
use crate::conversation::view::{self, Sender};
use crate::conversation::{self, Resolution};
use crate::msisdn::Msisdn;
use crate::store::{InboundPart, InboundRow, Verdict};
use crate::terms::{Purpose, Word};
use crate::text::Text;

/// A text is there, whole or `incomplete` (parts that came, parts it has): it is understood once.
pub(super) fn whole(
    work: &mut Work<'_, '_>,
    parts: &[InboundPart],
    from: &Sender,
    deliver: &Deliver,
    text: String,
    incomplete: Option<(u8, u8)>,
) -> Result<(), Reject> {
    let Some(first) = parts.first() else {
        return Ok(());
    };
    let is_picture = deliver.udh.ports().is_some_and(|ports| ports.destination == mms::PUSH_PORT);
    let from = &pictured(work, parts).filter(|_| is_picture).map_or_else(|| from.clone(), Sender::Number);
    let number = match from {
        Sender::Number(number) => Some(number.clone()),
        Sender::NoReply(_) => None,
    };
    let (have, total) = incomplete.unwrap_or((first.total, first.total));
    let clock = clock::of(work, first)?;
    let row = row(work, parts, number.clone(), Text::new(text), (have, total));
    let row = InboundRow { offset_ms: clock.offset_ms, samples: clock.samples, ..row };
    let id = work.tx.insert_inbound(&row)?;
    for part in parts {
        work.tx.join_part(part.id, id)?;
    }
    let inbound = view::Inbound {
        from: from.clone(),
        sim: row.sim.clone(),
        text: row.text.clone(),
        scts: row.scts,
        received_at: row.received_at,
        live: row.live,
        // One part that was forwarded makes the whole text one.
        loop_prevention: deliver.loop_prevention || parts.iter().filter_map(read_back).any(|part| part.loop_prevention),
        incomplete,
        smsc: clock,
        picture_notice: is_picture,
    };
    let danger_raised = parts.iter().any(|part| part.danger);
    let row = InboundRow { id, ..row };
    let mut vital = None;
    let understood = work.apart(|work| understand(work, &row, &inbound, danger_raised, &mut vital))?;
    if let Err(reject) = understood {
        let cause = Cause { rule: None, source: None, danger_raised };
        let vital = vital.unwrap_or_else(|| unresolved(work, &inbound));
        let is_urgent = vital.iter().any(|effect| matches!(effect, Effect::Task(_) | Effect::Consent(_)));
        for effect in vital {
            if let Err(reject) = work.apart(|work| work.apply(vec![effect], &cause))? {
                tracing::error!(inbound = row.id, error = %reject, "Of inbound text {} not even this could be done: {reject}", row.id);
            }
        }
        for_a_person(work, &row, &reject, is_urgent)?;
    }
    clock::learn(work, first)
}

/// What a text leads to however badly the rest goes: a STOP is never lost, and an emergency never swallowed.
fn is_vital(effect: &Effect) -> bool {
    match effect {
        Effect::Task(task) => task.kind == TaskKind::Danger,
        // The records that a flow writes belong to its session.
        Effect::Consent(change) => change.source.starts_with("sms"),
        Effect::Withdraw { .. } => true,
        Effect::Say { outgoing, question: None } => {
            outgoing.session.is_none() && matches!(outgoing.purpose, Purpose::Safety | Purpose::Service)
        }
        _ => false,
    }
}

/// What is vital in a text whose sender nothing could be read about.
fn unresolved(work: &mut Work<'_, '_>, inbound: &view::Inbound) -> Vec<Effect> {
    let rosters = conversation::Rosters::new();
    conversation::resolver::unresolved(inbound, &work.book.rules(&[], &rosters), work.now)
}

/// Who sent a picture: its announcement comes from a code of the operator, and names its sender within.
fn pictured(work: &Work<'_, '_>, parts: &[InboundPart]) -> Option<Msisdn> {
    let push: Vec<u8> = parts.iter().filter_map(read_back).flat_map(|deliver| deliver.ud.units().to_vec()).collect();
    let mms::Sender::Number(number) = mms::Notification::decode(&push)?.from else { return None };
    match work.book.country() {
        _ if number.starts_with('+') => Msisdn::from_e164(&number).ok(),
        Some(country) => Msisdn::parse(&number, country).ok(),
        None => None,
    }
}

fn row(work: &Work<'_, '_>, parts: &[InboundPart], from: Option<Msisdn>, text: Text, (have, total): (u8, u8)) -> InboundRow {
    // `whole` is called with at least one part.
    let first = parts.first().expect("a text has a part");
    let newest = parts.iter().max_by_key(|part| part.id).unwrap_or(first);
    InboundRow {
        id: 0,
        from,
        sender: first.sender.clone(),
        sim: first.sim.clone(),
        text,
        hex: None,
        scts: first.scts,
        offset_ms: 0,
        samples: 0,
        received_at: newest.received_at.min(work.now),
        live: parts.iter().all(|part| part.live),
        parts_have: have,
        parts_total: total,
        redelivered: 0,
        rule: None,
        outcome: None,
        session: None,
        question: None,
        answer: None,
        why: String::new(),
        candidates: Vec::new(),
        danger: parts.iter().any(|part| part.danger),
    }
}

/// The rules decide, their reason is kept with the text, and what follows is written. `vital` is what has to be done though the
/// rest cannot.
fn understand(
    work: &mut Work<'_, '_>,
    row: &InboundRow,
    inbound: &view::Inbound,
    danger_raised: bool,
    vital: &mut Option<Vec<Effect>>,
) -> Result<(), Reject> {
    if let Some(from) = &row.from {
        work.look_for_silence(from, row.id)?;
    }
    let replier = row.from.as_ref().map(|from| work.replier(from, Some((&row.text, row.id)))).transpose()?;
    let (sims, rosters) = (work.tx.ready_sims()?, work.rosters_now()?);
    let rules = work.book.rules(&sims, &rosters);
    let resolution = conversation::resolve(inbound, replier.as_ref(), &rules, work.now, work.chance);
    *vital = Some(resolution.effects.iter().filter(|effect| is_vital(effect)).cloned().collect());
    tell(work, row, &resolution)?;
    if let (Some(question), Some(_)) = (resolution.question, &resolution.answer) {
        doubt::answered(work, question)?;
    }
    let cause = Cause { rule: Some(resolution.rule), source: None, danger_raised };
    work.apply(resolution.effects, &cause)?;
    if let Some(session) = resolution.session
        && work.tx.session(session)?.is_none()
    {
        return Err(Reject::new("already_open", "the session it asks for is open with somebody else"));
    }
    // Last, because the session that took the text may have begun with it.
    work.tx.save_verdict(
        row.id,
        &Verdict {
            rule: resolution.rule,
            outcome: resolution.outcome.word(),
            session: resolution.session,
            question: resolution.question,
            answer: resolution.answer.as_deref(),
            why: &resolution.why,
            candidates: &resolution.candidates,
            danger: resolution.danger,
        },
    )?;
    Ok(())
}

fn tell(work: &mut Work<'_, '_>, row: &InboundRow, resolution: &Resolution) -> Result<(), Reject> {
    let data = serde_json::json!({
        "inbound": row.id, "from": row.from, "sender": row.sender, "text": row.text, "sim": row.sim, "scts": row.scts,
        "received_at": row.received_at, "live": row.live, "parts": {"have": row.parts_have, "total": row.parts_total},
        "rule": resolution.rule, "outcome": resolution.outcome.word(), "session": resolution.session, "answer": resolution.answer,
        "note": resolution.note, "why": resolution.why, "danger": resolution.danger, "queue": resolution.queue, "silenced": resolution.silenced,
    });
    let about = About { subject: &row.id.to_string(), msisdn: row.from.as_ref(), session: resolution.session };
    work.emit("message.received", about, data)?;
    Ok(())
}

/// The rules could not finish: the text is kept, told, and given to a person; the modem must not hand it over for ever.
fn for_a_person(work: &mut Work<'_, '_>, row: &InboundRow, reject: &Reject, urgent: bool) -> Result<(), Reject> {
    tracing::error!(inbound = row.id, error = %reject, "Inbound text {} was not understood: {reject}", row.id);
    let why = format!("what should have followed could not be done ({reject}); a person looks at it");
    let verdict =
        Verdict { rule: 17, outcome: "none", session: None, question: None, answer: None, why: &why, candidates: &[], danger: row.danger };
    work.tx.save_verdict(row.id, &verdict)?;
    let data = serde_json::json!({"inbound": row.id, "from": row.from, "text": row.text, "rule": 17, "outcome": "none", "why": why});
    work.emit("message.received", About { subject: &row.id.to_string(), msisdn: row.from.as_ref(), session: None }, data)?;
    work.task(&NewTask {
        kind: TaskKind::Inbox,
        queue: "default".to_owned(),
        urgent,
        note: Text::new(why),
        session: None,
        msisdn: row.from.clone(),
        due: None,
    })
}

/// The danger tap on a part of a longer text: an urgent task at once, and one safety text. It consumes nothing. Answers
/// whether something was heard.
pub(super) fn tap(work: &mut Work<'_, '_>, from: &Sender, text: &Text, part: &InboundPart) -> Result<bool, Reject> {
    if danger::heard(text.expose(), &work.book.packs).is_none() {
        return Ok(false);
    }
    let raised = work.tx.part_set(part, work.now.minus(JOIN_KEEP))?.iter().any(|other| other.danger);
    let rosters = conversation::Rosters::new();
    let rules = work.book.rules(&[], &rosters);
    let cause = Cause { danger_raised: raised, ..Cause::default() };
    let number = match from {
        Sender::Number(number) => number,
        Sender::NoReply(name) => {
            let task = conversation::resolver::alarm_of(name, text.expose(), &rules);
            work.apply(vec![Effect::Task(task)], &cause)?;
            return Ok(true);
        }
    };
    let replier = work.replier(number, None)?;
    let ours: Vec<&str> = replier.person.sent.iter().map(|sent| sent.text.expose()).collect();
    let Some(heard) = danger::heard_beside(text.expose(), &ours, &work.book.packs) else {
        return Ok(false);
    };
    let told = replier.guard.has_told(heard);
    let who = (number, replier.person.language.as_str(), part.sim.as_str());
    let effects = conversation::resolver::alarm(heard, text.expose(), who, told, &rules, work.now);
    work.apply(effects, &cause)?;
    Ok(true)
}

/// The wait for missing parts is over: what came goes to a person, marked. Late parts complete it.
pub(super) fn give_up_waiting(work: &mut Work<'_, '_>, part: &InboundPart) -> Result<(), Reject> {
    // The clock may have been set by years since it came.
    let set = work.tx.part_set(part, work.now.min(part.received_at).minus(JOIN_KEEP))?;
    let waiting: Vec<InboundPart> = set.into_iter().filter(|other| other.inbound.is_none()).collect();
    let places: Vec<usize> = (0..waiting.len()).collect();
    let (rows, _) = decoded(waiting);
    let rows = pick(rows, &places);
    let Some(deliver) = rows.first().and_then(read_back) else {
        return Ok(());
    };
    let text: String = rows.iter().filter_map(read_back).filter_map(|deliver| deliver.ud.text()).collect();
    let mut seqs: Vec<u8> = rows.iter().map(|row| row.seq).collect();
    seqs.dedup();
    let (from, _) = sender(work, &deliver);
    whole(work, &rows, &from, &deliver, text, Some((seqs.len() as u8, part.total)))
}
