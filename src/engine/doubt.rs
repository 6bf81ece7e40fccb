//! It is not known whether a part was sent: the doubt is written, told, and resolved by a witness, by the policy or by a
//! person; never by a silent second send (reliability.md sections 1 and 2).

use std::time::Duration;

use super::submit::{load, on_air, sim};
use super::{Reject, Work, reference, selftest, stranded};
use crate::delivery::doubt::{Decision, decide};
use crate::ids::{MessageId, PartKey};
use crate::store::{Attempt, Evidence, Message, Part};
use crate::terms::{AttemptState, MessageState, PartState, Policy, Purpose};
use crate::time::Timestamp;

/// An orphan `+CMGS` belongs to an attempt not older than the longest final result and its settle.
const ORPHAN_MAX: Duration = Duration::from_mins(15);
/// People answer a text of ours that is no older than this, whether or not anybody waits for that.
const ANSWERED_LATE_MAX: Duration = Duration::from_hours(24);
/// A parked part whose session has been told waits for a person alone.
const FOR_A_PERSON: Timestamp = Timestamp::from_unix_ms(i64::MAX);

/// What a person makes of a message in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    /// Send it again; it may arrive twice.
    Resend,
    /// Take it as sent.
    Sent,
    /// Take it as not sent, and do not send it.
    Cancel,
}

impl crate::terms::Word for As {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Resend, "resend"), (Self::Sent, "sent"), (Self::Cancel, "cancel")];
}

/// Ctrl-Z went out and no definite answer came.
pub fn in_doubt(work: &mut Work<'_, '_>, key: &PartKey, attempt: i64, reason: &str) -> Result<(), Reject> {
    let Some(row) = work.tx.attempt(attempt)? else {
        return Err(Reject::not_found("attempt"));
    };
    if row.state != AttemptState::Attempting {
        return Ok(());
    }
    let (mut part, message) = load(work, key)?;
    work.tx.settle_attempt(attempt, AttemptState::InDoubt, None, Some(reason), work.now)?;
    work.note(&part, Some(attempt), "silence", format!("no definite answer after the message was handed over: {reason}"))?;
    work.tx.tally("in_doubt", reason)?;
    let mut sim = sim(work, &row.sim)?;
    sim.doubts += 1;
    work.tx.save_sim(&sim)?;
    if part.state != PartState::Claimed {
        return Ok(());
    }
    if let Some(first) = proved(work, &part)? {
        return back_on_air(work, part, &first);
    }
    part.attempts += 1;
    part.claimed_sim = None;
    part.claimed_at = None;
    // First the doubt, so that everybody hears of it; then what the policy makes of it.
    part.state = PartState::InDoubt;
    part.due_at = work.now;
    part.reason = Some(format!("in doubt: {reason}"));
    work.tx.save_part(&part)?;
    work.settle(key.message)?;
    hear_answers_from(work, &row)?;
    // The report may have been faster than the doubt.
    super::report::try_again(work, &row.sim, None)?;
    let (part, _) = load(work, key)?;
    match part.state {
        PartState::InDoubt => decide_part(work, part, message.policy, false),
        PartState::Submitted
        | PartState::Delivered
        | PartState::Failed
        | PartState::Queued
        | PartState::Claimed
        | PartState::Parked
        | PartState::Expired
        | PartState::Withdrawn => Ok(()),
    }
}

/// W3: the service centre refused an attempt as a duplicate of one that it holds.
pub fn duplicate(work: &mut Work<'_, '_>, key: &PartKey, attempt: i64) -> Result<(), Reject> {
    let Some(row) = work.tx.attempt(attempt)?.filter(|row| row.state == AttemptState::Attempting) else { return Ok(()) };
    let (part, message) = load(work, key)?;
    let mut held = work.tx.attempts_of(key.message)?;
    held.retain(|other| other.part == *key && other.id != attempt && other.sim == row.sim && other.mr_given == row.mr_given);
    if held.iter().any(|other| other.state == AttemptState::Submitted) {
        // That is the one it holds, and it would have refused every later one.
        held.clear();
    }
    held.retain(|other| other.state == AttemptState::InDoubt);
    let is_test = message.purpose == Purpose::Proof;
    // Where the box did not ask for that refusal, the modem may have sent it twice by itself.
    if !row.no_duplicate || (held.is_empty() && !is_test && proved(work, &part)?.is_none()) {
        return in_doubt(work, key, attempt, "cms_197");
    }
    let words = "the service centre refused it as a duplicate: it has taken one with this reference";
    work.tx.settle_attempt(attempt, AttemptState::Refused, None, Some(words), work.now)?;
    if !held.is_empty() {
        return prove_one_of(work, part, &held, row.mr_given, "duplicate", words);
    }
    work.note(&part, Some(attempt), "duplicate", words.to_owned())?;
    match proved(work, &part)? {
        Some(first) if part.state == PartState::Claimed => back_on_air(work, part, &first),
        Some(_) => Ok(()),
        None => {
            let part = Part { state: PartState::Failed, error: Some(selftest::DUPLICATE), reason: Some(words.to_owned()), ..part };
            work.tx.save_part(&Part { claimed_sim: None, claimed_at: None, ..part })?;
            work.settle(key.message).map(drop)
        }
    }
}

/// W5: what the SIM keeps as its last reference is a hint about the last text, where it is in doubt; it settles nothing.
pub fn reference(work: &mut Work<'_, '_>, iccid: &str, mr: u8) -> Result<(), Reject> {
    let Some(attempt) = work.tx.attempts_in_doubt(iccid)?.into_iter().next() else { return Ok(()) };
    let known = work.tx.evidence_of(attempt.part.message)?.iter().any(|seen| seen.attempt == Some(attempt.id) && seen.kind == "reference");
    if known || work.tx.was_tried_behind(&attempt)? || !reference::proved(work.tx, iccid)?.reference_kept {
        return Ok(());
    }
    let before = sim(work, iccid)?.mr_last;
    let words = match (Some(mr) == attempt.mr_expected, Some(mr) == before) {
        // It was sent again with the reference of the text before it.
        (true, true) => return Ok(()),
        (true, false) => format!("the SIM's last reference is {mr}, as if it had left: a strong hint, no proof"),
        (false, true) => format!("the SIM's last reference is still {mr}: a hint that it did not leave, no proof"),
        (false, false) => format!("the SIM's last reference is {mr}, which says nothing about it"),
    };
    let (part, _) = load(work, &attempt.part)?;
    work.note(&part, Some(attempt.id), "reference", words)
}

/// A question whose prompt may have arrived can be answered from the moment of the attempt on.
fn hear_answers_from(work: &mut Work<'_, '_>, attempt: &Attempt) -> Result<(), Reject> {
    let Some(message) = work.tx.message(attempt.part.message)?.filter(|message| message.purpose == Purpose::Prompt) else {
        return Ok(());
    };
    let Some(mut question) = message.question.map(|id| work.tx.question(id)).transpose()?.flatten() else {
        return Ok(());
    };
    if question.accepted_at.is_none() {
        question.accepted_at = Some(attempt.at);
        question.sim = Some(attempt.sim.clone());
        work.tx.save_question(&question)?;
    }
    Ok(())
}

/// R3: what the policy makes of a part in doubt now; `waited`: no witness came in the time it had.
fn decide_part(work: &mut Work<'_, '_>, mut part: Part, policy: Policy, waited: bool) -> Result<(), Reject> {
    match decide(policy, part.attempts, work.book.doubt_wait(policy), waited) {
        Decision::Wait(wait) => {
            part.due_at = work.now.plus(wait);
            work.tx.save_part(&part)?;
        }
        Decision::SendAgain => {
            part.state = PartState::Queued;
            part.possibly_twice = true;
            part.due_at = work.now;
            work.tx.save_part(&part)?;
            work.note(&part, None, "policy", format!("sent again, possibly twice: attempt {} was in doubt", part.attempts))?;
            work.settle(part.key.message)?;
        }
        Decision::Park => {
            part.state = PartState::Parked;
            // A witness may still come; after this wait the session is told.
            part.due_at = work.now.plus(work.book.doubt_wait(Policy::Once));
            work.tx.save_part(&part)?;
            work.note(&part, None, "policy", "waits for a person: resend, take as sent, or cancel".to_owned())?;
            work.settle(part.key.message)?;
        }
    }
    Ok(())
}

/// The wait of a doubt is over: the policy acts, or the session of a parked prompt learns that it is undelivered.
pub(super) fn wait_is_over(work: &mut Work<'_, '_>, part: Part) -> Result<(), Reject> {
    let message = work.tx.message(part.key.message)?.ok_or_else(|| Reject::not_found("message"))?;
    if part.state == PartState::Parked {
        leave_to_a_person(work, part)?;
        return work.tell_undelivered(&message);
    }
    decide_part(work, part, message.policy, true)
}

/// Nothing but a witness or a person decides any more.
pub(super) fn leave_to_a_person(work: &mut Work<'_, '_>, part: Part) -> Result<(), Reject> {
    Ok(work.tx.save_part(&Part { due_at: FOR_A_PERSON, ..part })?)
}

/// R0 at start: before any byte is written, every open attempt is in doubt, and what was only claimed waits again. Answers how
/// many doubts there are.
pub fn restart(work: &mut Work<'_, '_>, reason: &str) -> Result<usize, Reject> {
    let open = work.tx.open_attempts()?;
    for attempt in &open {
        in_doubt(work, &attempt.part, attempt.id, reason)?;
    }
    for part in work.tx.claimed_parts(None)? {
        super::submit::queue_again(work, part, Duration::ZERO)?;
    }
    Ok(open.len())
}

/// R0 of one modem: what it began is in doubt, and what it had only claimed waits again. A claim that another modem has
/// taken over meanwhile is denied at its attempt.
pub fn restart_modem(work: &mut Work<'_, '_>, modem: &str, reason: &str) -> Result<usize, Reject> {
    let open: Vec<Attempt> = work.tx.open_attempts()?.into_iter().filter(|attempt| attempt.modem == modem).collect();
    for attempt in &open {
        in_doubt(work, &attempt.part, attempt.id, reason)?;
    }
    let Some(iccid) = work.tx.modem(modem)?.and_then(|modem| modem.iccid) else { return Ok(open.len()) };
    let busy = work.tx.open_attempt(&iccid)?.map(|attempt| attempt.part);
    for part in work.tx.claimed_parts(Some(&iccid))?.into_iter().filter(|part| busy != Some(part.key)) {
        super::submit::queue_again(work, part, Duration::ZERO)?;
    }
    Ok(open.len())
}

/// W1: an orphan `+CMGS: mr` proves the one unsettled attempt of this SIM; but where a report has already proved one with this
/// reference, that is the one it belongs to.
pub fn orphan(work: &mut Work<'_, '_>, iccid: &str, mr: u8) -> Result<bool, Reject> {
    let since = work.now.minus(ORPHAN_MAX);
    if work.tx.attempts_awaiting_report(iccid, mr)?.iter().any(|attempt| attempt.mr == Some(mr) && attempt.at >= since) {
        return Ok(false);
    }
    let doubts = work.tx.attempts_in_doubt(iccid)?;
    let youngest = doubts.first().map(|attempt| attempt.id);
    let recent: Vec<&Attempt> = doubts.iter().filter(|attempt| attempt.at >= since).collect();
    match recent.as_slice() {
        // A younger one that looks old was made while the clock was set wrong.
        [only] if Some(only.id) == youngest => prove(work, only, Some(mr), "orphan", format!("+CMGS: {mr} came late")),
        _ => Ok(false),
    }
}

/// A witness says that an attempt in doubt reached the network.
pub(super) fn prove(work: &mut Work<'_, '_>, attempt: &Attempt, mr: Option<u8>, kind: &str, words: String) -> Result<bool, Reject> {
    let (part, _) = load(work, &attempt.part)?;
    work.tx.settle_attempt(attempt.id, AttemptState::Submitted, mr, None, work.now)?;
    work.note(&part, Some(attempt.id), kind, words)?;
    // A second witness resolves nothing.
    if attempt.state == AttemptState::InDoubt && part.submitted_at.is_none() {
        work.tx.tally("resolved", kind)?;
    }
    if stranded::is_of(attempt, &part) {
        reached(work, part, &Attempt { mr, ..attempt.clone() })?;
    }
    Ok(true)
}

/// A witness says that one of these attempts in doubt, or of them and an open one, reached the network: which it was is known
/// only where there is no other. Else the part is on air by the oldest, and each of them stays in doubt.
pub(super) fn prove_one_of(
    work: &mut Work<'_, '_>,
    part: Part,
    may: &[Attempt],
    mr: Option<u8>,
    kind: &str,
    words: &str,
) -> Result<(), Reject> {
    match may {
        [] => Ok(()),
        [only] => prove(work, only, mr, kind, words.to_owned()).map(drop),
        [oldest, ..] => {
            work.note(&part, None, kind, format!("{words}: one of {} attempts was taken, nobody can say which", may.len()))?;
            if part.submitted_at.is_none() {
                work.tx.tally("resolved", kind)?;
            }
            reached(work, part, &Attempt { mr, ..oldest.clone() })
        }
    }
}

/// A witness says that a part reached the network, and names no attempt.
fn prove_part(work: &mut Work<'_, '_>, part: Part, kind: &str, words: &str) -> Result<(), Reject> {
    let mut may = work.tx.attempts_of(part.key.message)?;
    may.retain(|attempt| attempt.part == part.key);
    // Nor does it name the cut.
    if !may.iter().all(|attempt| stranded::is_of(attempt, &part)) {
        return Ok(());
    }
    // Where a copy is known to have left, that may be the one it speaks of.
    let is_known = may.iter().any(|attempt| attempt.state == AttemptState::Submitted) || has_witness(work, &part)?;
    may.retain(|attempt| matches!(attempt.state, AttemptState::InDoubt | AttemptState::Attempting));
    if is_known || may.iter().all(|attempt| attempt.state == AttemptState::Attempting) {
        return Ok(());
    }
    prove_one_of(work, part, &may, None, kind, words)
}

/// What is said of a part as a whole, where nobody knows which of its attempts it was.
const WITNESSES: [&str; 4] = ["report", "reply", "duplicate", "came_in"];

fn has_witness(work: &Work<'_, '_>, part: &Part) -> Result<bool, Reject> {
    let of_part = |seen: &&Evidence| seen.seq == Some(part.key.seq) && seen.attempt.is_none();
    let seen = work.tx.evidence_of(part.key.message)?;
    // Before it was cut anew other octets were spoken of.
    let of_this_cut = seen.iter().rev().filter(of_part).take_while(|seen| seen.kind != stranded::CUT_ANEW);
    Ok(of_this_cut.into_iter().any(|seen| WITNESSES.contains(&&*seen.kind)))
}

/// The network has a part by an attempt whose answer nobody heard.
fn reached(work: &mut Work<'_, '_>, part: Part, proved: &Attempt) -> Result<(), Reject> {
    match part.state {
        PartState::InDoubt | PartState::Parked | PartState::Queued => back_on_air(work, part, proved),
        // A modem has it in hand for the second time and has not begun: the last check will stop it.
        PartState::Claimed if !is_under_way(work, &part)? => back_on_air(work, part, proved),
        // It is on air again, or ended: the evidence stands beside it.
        PartState::Claimed
        | PartState::Submitted
        | PartState::Delivered
        | PartState::Failed
        | PartState::Expired
        | PartState::Withdrawn => Ok(()),
    }
}

/// Whether an attempt of a part is open.
pub(super) fn is_under_way(work: &Work<'_, '_>, part: &Part) -> Result<bool, Reject> {
    let attempts = work.tx.attempts_of(part.key.message)?;
    Ok(attempts.iter().any(|attempt| attempt.part == part.key && attempt.state == AttemptState::Attempting))
}

/// An attempt of a part that was proved while the next one was under way: the network has the part, whatever became of that.
/// The oldest in doubt stands for those of which one was.
pub(super) fn proved(work: &Work<'_, '_>, part: &Part) -> Result<Option<Attempt>, Reject> {
    let mut attempts = work.tx.attempts_of(part.key.message)?;
    attempts.retain(|attempt| attempt.part == part.key && stranded::is_of(attempt, part));
    if let Some(place) = attempts.iter().rposition(|attempt| attempt.state == AttemptState::Submitted) {
        return Ok(Some(attempts.swap_remove(place)));
    }
    match attempts.into_iter().find(|attempt| attempt.state == AttemptState::InDoubt) {
        Some(oldest) if has_witness(work, part)? => Ok(Some(oldest)),
        Some(_) | None => Ok(None),
    }
}

/// The network has the part by an attempt that was counted when it fell into doubt.
pub(super) fn back_on_air(work: &mut Work<'_, '_>, part: Part, proved: &Attempt) -> Result<(), Reject> {
    let part = Part { attempts: part.attempts.saturating_sub(1), ..part };
    on_air(work, part, &proved.sim, proved.mr, proved.at)
}

/// W6: the person answered what only this prompt had asked.
pub(super) fn answered(work: &mut Work<'_, '_>, question: i64) -> Result<(), Reject> {
    for message in work.tx.messages_of_question(question)? {
        if message.purpose != Purpose::Prompt {
            continue;
        }
        let in_doubt = |attempt: &Attempt| attempt.state == AttemptState::InDoubt;
        if work.tx.attempts_of(message.id)?.iter().any(in_doubt) && !may_answer_another(work, &message)? {
            for part in work.tx.parts_of(message.id)? {
                prove_part(work, part, "reply", "the person answered it")?;
            }
        }
    }
    Ok(())
}

/// A text of the box to itself came in: it was sent.
pub(super) fn came_in(work: &mut Work<'_, '_>, id: MessageId) -> Result<(), Reject> {
    for part in work.tx.parts_of(id)? {
        prove_part(work, part, "came_in", "the text came in")?;
    }
    Ok(())
}

/// Whether the person may have meant another text of ours: who never got this one may have answered that one.
fn may_answer_another(work: &Work<'_, '_>, message: &Message) -> Result<bool, Reject> {
    let open = work.tx.questions_heard(&message.to)?;
    if open.iter().any(|other| Some(other.id) != message.question && other.accepted_at.is_some()) {
        return Ok(true);
    }
    Ok(work.tx.may_have_another(message, work.now.minus(ANSWERED_LATE_MAX))?)
}

/// A person decides about a message in doubt.
pub fn resolve(work: &mut Work<'_, '_>, id: MessageId, decision: As, by: &str) -> Result<(), Reject> {
    let message = work.tx.message(id)?.ok_or_else(|| Reject::not_found("message"))?;
    if !matches!(message.state, MessageState::InDoubt | MessageState::Parked) {
        let words = format!("the message is {}, not in doubt: there is nothing to decide", crate::terms::Word::word(message.state));
        return Err(Reject::new("not_in_doubt", words));
    }
    for part in work.tx.parts_of(id)? {
        if matches!(part.state, PartState::InDoubt | PartState::Parked) {
            resolve_part(work, part, decision, by)?;
        }
    }
    let message = work.settle(id)?;
    if decision == As::Cancel {
        work.tell_undelivered(&message)?;
    }
    Ok(())
}

fn resolve_part(work: &mut Work<'_, '_>, mut part: Part, decision: As, by: &str) -> Result<(), Reject> {
    work.tx.tally("resolved", "person")?;
    match decision {
        As::Resend => {
            part.state = PartState::Queued;
            part.possibly_twice = true;
            part.due_at = work.now;
            part.reason = None;
            work.note(&part, None, "person", format!("{by}: send it again"))?;
        }
        As::Sent => {
            let attempt = work.tx.attempts_of(part.key.message)?.into_iter().rev().find(|attempt| attempt.part == part.key);
            part.state = PartState::Submitted;
            part.submitted_at = Some(attempt.as_ref().map_or(work.now, |attempt| attempt.at));
            part.sim = attempt.map(|attempt| attempt.sim);
            part.reason = Some(format!("{by} takes it as sent"));
            work.note(&part, None, "person", format!("{by}: it was sent"))?;
        }
        As::Cancel => {
            part.state = PartState::Withdrawn;
            part.reason = Some(format!("{by} gave it up while it was in doubt"));
            work.note(&part, None, "person", format!("{by}: it is not sent again"))?;
        }
    }
    work.tx.save_part(&part)?;
    Ok(())
}
