//! A part goes on air: claimed, attempted (its row is on disk before the PDU), submitted, refused or aborted.
//!
//! ```text
//! queued --claim--> claimed --begin_attempt--> attempting --submitted--> submitted
//!   ^                  |                         |  |  \---in_doubt----> (doubt.rs)
//!   |                  \------- aborted ---------/  \------refused-----> queued (pause) | failed
//! ```

use std::time::Duration;

use at_commands::error::CmsError;
use at_commands::pdu::{Smsc, Submit, ValidityPeriod};

use super::book::Book;
use super::consent::Point;
use super::doubt::{back_on_air, is_under_way, proved};
use super::settle::is_end;
use super::{Reject, Work, clock, digest, held, other_sim, reference, selftest, usage};
use crate::conversation::hours;
use crate::delivery::retry::{self, Verdict};
use crate::ids::PartKey;
use crate::modem::io::Submission;
use crate::signature::sha256_hex;
use crate::store::{self, Attempt, Message, Modem, NewAttempt, Part, Reader, Sim};
use crate::terms::{AttemptState, Category, PartState, Purpose, QuestionState};
use crate::time::Timestamp;

/// A part that came back without having been sent rests this long: a sick modem must not spin.
const ABORTED_PAUSE: Duration = Duration::from_secs(1);
/// Who wrote to us this recently is awake (conversation.md section 5).
const LIVE: Duration = Duration::from_mins(30);

/// The answer to the wish to begin an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begin {
    /// The row is there: the PDU may go out once it is committed.
    Go {
        /// Row number of the attempt.
        attempt: i64,
    },
    /// ESC: it must not be sent; the part has been taken care of.
    Denied {
        /// Why.
        why: &'static str,
    },
}

/// A modem takes a part: what the driver has to send. `None`: a person has taken the thread, or the evening came while it waited,
/// and it was put off.
pub fn claim(work: &mut Work<'_, '_>, key: &PartKey, iccid: &str) -> Result<Option<Submission>, Reject> {
    let (mut part, message) = load(work, key)?;
    if part.state != PartState::Queued || (part.deferred && part.due_at > work.now) {
        return Err(Reject::new("not_claimable", "the part does not wait for a modem any more"));
    }
    if message.expires_at.is_some_and(|end| end <= work.now) {
        return Err(Reject::new("not_claimable", "the message's time is over"));
    }
    if let Some(holder) = held::holder(work.tx, &message)? {
        held::put_off(work, part, &holder)?;
        return Ok(None);
    }
    if let Some(morning) = quiet_until(work.tx, work.book, &message, work.now)? {
        part.due_at = morning;
        // Also where it was due in that morning once, and the clock has been set back since.
        part.deferred = true;
        work.tx.save_part(&part)?;
        return Ok(None);
    }
    let (part, message) = other_sim::told(work, part, message, iccid)?;
    let sim = sim(work, iccid)?;
    let mut part = reference::given(work, part, &message, &sim)?;
    let submission = submission(&part, &message, &sim, work.now)?;
    part.state = PartState::Claimed;
    part.claimed_sim = Some(iccid.to_owned());
    part.claimed_at = Some(work.now);
    work.tx.save_part(&part)?;
    work.settle(key.message)?;
    Ok(Some(submission))
}

/// Until when the hours of a text's lane hold it back: only what nobody asked for, and only from people who are not writing
/// with us right now.
pub(super) fn quiet_until(reader: &Reader<'_>, book: &Book, message: &Message, at: Timestamp) -> store::Result<Option<Timestamp>> {
    let unasked = matches!(message.purpose, Purpose::Prompt | Purpose::Reminder) && message.session.is_some();
    let Some(lane) = book.lane_of(message.category).filter(|_| unasked) else { return Ok(None) };
    let contact = reader.contact(&message.to)?;
    let session = message.session.map(|id| reader.session(id)).transpose()?.flatten();
    let flow = session.as_ref().and_then(|session| book.flows.get(&session.flow));
    let hours = hours::of(lane, flow.map(|flow| &**flow), contact.as_ref().map(|contact| &contact.facts));
    if hours.is_empty() || clock::wrote_within(reader, &message.to, &at.last(LIVE))? {
        return Ok(None);
    }
    let zone = contact.as_ref().and_then(|contact| contact.zone.as_deref());
    let zone = hours::zone(zone, session.as_ref().map(|session| &session.slots), &book.settings);
    Ok(hours::not_before(at, &hours, &book.settings.holidays, &zone))
}

/// The PDU as it leaves now: the network tries as long as the message is worth something.
fn submission(part: &Part, message: &Message, sim: &Sim, now: Timestamp) -> Result<Submission, Reject> {
    let broken = |error: String| Reject::new("internal", format!("a stored part cannot be sent: {error}"));
    let mut submit = Submit::decode(&part.pdu, Smsc::Absent).map_err(|error| broken(error.to_string()))?;
    if let Some(end) = message.expires_at.filter(|_| !sim.no_validity) {
        let minutes = end.ms_since(now).max(0) / 60_000;
        submit.vp = Some(ValidityPeriod::of_minutes(u32::try_from(minutes).unwrap_or(u32::MAX)));
    }
    submit.mr = part.mr_given.unwrap_or(0);
    submit.reject_duplicates = part.no_duplicate;
    // A report of the second text of a self-test would look like one of the first.
    submit.status_report_request &= !(part.no_duplicate && message.purpose == Purpose::Proof);
    let keep = message.purpose == Purpose::Proof && message.tags.iter().any(|tag| tag == selftest::KEEP);
    let pdu = submit.encode(Smsc::Present).map_err(|error| broken(error.to_string()))?;
    Ok(Submission { part: part.key, rank: message.rank, pdu, tpdu_octets: submit.tpdu_octets(), keep })
}

/// W1: the last check and the attempt row. Commit this before the PDU goes out.
pub fn begin_attempt(work: &mut Work<'_, '_>, key: &PartKey, iccid: &str, modem: &str) -> Result<Begin, Reject> {
    let (part, message) = load(work, key)?;
    if let Some(why) = last_check(work, &part, &message, iccid)? {
        return Ok(Begin::Denied { why });
    }
    let mut sim = sim(work, iccid)?;
    usage::count(work, &mut sim, modem, &message)?;
    work.tx.save_sim(&sim)?;
    let mr_expected = reference::expected(work.tx, &part, &sim)?;
    let attempt = work.tx.insert_attempt(&NewAttempt {
        part: key,
        sim: iccid,
        modem,
        mr_expected,
        again: part.possibly_twice,
        mr_given: part.mr_given,
        no_duplicate: part.no_duplicate,
        pdu_sha256: &sha256_hex(&part.pdu),
        at: work.now,
    })?;
    if part.possibly_twice {
        work.tx.tally("possible_dup", "")?;
    }
    Ok(Begin::Go { attempt })
}

/// Why a part must not be sent after all; it is put where it belongs.
fn last_check(work: &mut Work<'_, '_>, part: &Part, message: &Message, iccid: &str) -> Result<Option<&'static str>, Reject> {
    if part.state != PartState::Claimed {
        return Ok(Some("withdrawn"));
    }
    if part.claimed_sim.as_deref() != Some(iccid) {
        // Its modem has got another SIM meanwhile.
        queue_again(work, part.clone(), ABORTED_PAUSE)?;
        return Ok(Some("claimed for another SIM"));
    }
    if let Some(open) = work.tx.open_attempt(iccid)? {
        if open.part == part.key {
            // It may be on air: its outcome or R0 decides, and nothing is queued beside it.
            return Ok(Some("its own attempt is open"));
        }
        queue_again(work, part.clone(), ABORTED_PAUSE)?;
        return Ok(Some("another attempt is open on this SIM"));
    }
    if usage::holds(work, iccid, part)? {
        queue_again(work, part.clone(), ABORTED_PAUSE)?;
        return Ok(Some("the SIM has come to its cap"));
    }
    if message.expires_at.is_some_and(|end| end <= work.now) {
        end_part(work, part, PartState::Expired, "its time was over before it could leave")?;
        return Ok(Some("expired"));
    }
    if is_end(message.state) {
        end_part(work, part, PartState::Withdrawn, "another part of it could not be sent")?;
        return Ok(Some("the rest of it has ended"));
    }
    if !work.standing(&message.to)?.lets_pass(message.category, message.purpose, Point { n: message.n, at: message.created_at }) {
        end_part(work, part, PartState::Withdrawn, "the person opted out")?;
        return Ok(Some("opted out"));
    }
    if work.standing(&message.to)?.asked && is_unsolicited(message) {
        queue_again(work, part.clone(), UNANSWERED_PAUSE)?;
        return Ok(Some("the person was asked whether STOP was meant"));
    }
    if let Some(holder) = held::holder(work.tx, message)? {
        queue_again(work, part.clone(), ABORTED_PAUSE)?;
        // What is on air by now waits for nobody.
        let (part, _) = load(work, &part.key)?;
        if part.state == PartState::Queued {
            held::put_off(work, part, &holder)?;
        }
        return Ok(Some("a person holds the thread"));
    }
    if has_moved(work, message)? {
        end_part(work, part, PartState::Withdrawn, "the session had moved on")?;
        return Ok(Some("the session moved"));
    }
    Ok(None)
}

/// Nobody asked for it: no text of the person led to it, and no alarm hangs on it.
const fn is_unsolicited(message: &Message) -> bool {
    message.rule.is_none()
        && !matches!(message.purpose, Purpose::Service | Purpose::Safety | Purpose::Agent)
        && !matches!(message.category, Category::Alarm | Category::Work | Category::Safety)
}

/// A text that waits for "did you mean STOP?" is looked at again after this.
const UNANSWERED_PAUSE: Duration = Duration::from_mins(1);

/// Whether the question that a text puts or repeats waits no more.
fn has_moved(work: &Work<'_, '_>, message: &Message) -> Result<bool, Reject> {
    if !matches!(message.purpose, Purpose::Prompt | Purpose::Reminder | Purpose::Again | Purpose::ReadBack | Purpose::HandBack) {
        return Ok(false);
    }
    let mut over = false;
    for id in digest::questions(message) {
        let Some(question) = work.tx.question(id)? else { continue };
        match question.state {
            // One of a list is enough to send it.
            QuestionState::Held | QuestionState::Waiting | QuestionState::Kept => return Ok(false),
            QuestionState::Answered | QuestionState::Withdrawn | QuestionState::Superseded | QuestionState::Expired => over = true,
        }
    }
    Ok(over)
}

fn end_part(work: &mut Work<'_, '_>, part: &Part, state: PartState, reason: &str) -> Result<(), Reject> {
    let ended = Part { state, reason: Some(reason.to_owned()), ..part.clone() };
    work.tx.save_part(&ended)?;
    work.settle(part.key.message)?;
    Ok(())
}

/// `+CMGS: mr`: the network has it.
pub fn submitted(work: &mut Work<'_, '_>, key: &PartKey, attempt: i64, mr: u8) -> Result<(), Reject> {
    let (part, _) = load(work, key)?;
    let Some(row) = work.tx.attempt(attempt)? else {
        return Err(Reject::not_found("attempt"));
    };
    work.tx.settle_attempt(attempt, AttemptState::Submitted, Some(mr), None, work.now)?;
    work.note(&part, Some(attempt), "cmgs", format!("+CMGS: {mr}"))?;
    on_air(work, part, &row.sim, Some(mr), work.now)?;
    // What came meanwhile and was not its own belongs to an older one.
    super::report::try_again(work, &row.sim, None)
}

/// The network has a part: by `+CMGS`, or by a witness. Reports that came before their match are tried again.
pub(super) fn on_air(work: &mut Work<'_, '_>, mut part: Part, iccid: &str, mr: Option<u8>, at: Timestamp) -> Result<(), Reject> {
    part.state = PartState::Submitted;
    part.attempts += 1;
    part.sim = Some(iccid.to_owned());
    part.mr = mr;
    part.submitted_at = Some(at);
    part.claimed_sim = None;
    part.claimed_at = None;
    part.error = None;
    part.reason = None;
    work.tx.save_part(&part)?;
    let mut sim = sim(work, iccid)?;
    sim.mr_last = mr.or(sim.mr_last);
    sim.sent_at = Some(work.now);
    sim.submitted += 1;
    work.tx.save_sim(&sim)?;
    work.settle(part.key.message)?;
    match mr {
        Some(_) => super::report::try_again(work, iccid, mr),
        None => Ok(()),
    }
}

/// A definite no: tried again after a pause by the class of its number, or for the last time.
pub fn refused(work: &mut Work<'_, '_>, key: &PartKey, attempt: Option<i64>, code: Option<u16>) -> Result<(), Reject> {
    let (mut part, message) = load(work, key)?;
    let maker = maker_of(work, part.claimed_sim.as_deref())?;
    let words = code.map_or_else(|| "ERROR before the message was handed over".to_owned(), |code| CmsError(code).words_by(&maker));
    if let Some(id) = attempt {
        work.tx.settle_attempt(id, AttemptState::Refused, None, Some(&words), work.now)?;
    }
    work.note(&part, attempt, "refused", words.clone())?;
    let reports = attempt.map(|id| work.tx.attempt(id)).transpose()?.flatten();
    if part.state != PartState::Claimed {
        return reports_again(work, reports);
    }
    if let Some(first) = proved(work, &part)? {
        return back_on_air(work, part, &first);
    }
    if let Some(code) = code
        && learns_no_validity(work, &part, code)?
    {
        queue_again(work, part, ABORTED_PAUSE)?;
        return reports_again(work, reports);
    }
    part.refusals += 1;
    part.error = code;
    part.claimed_sim = None;
    part.claimed_at = None;
    match retry::after_refusal(code.map(|code| CmsError(code).class_by(&maker)), part.refusals) {
        Verdict::Retry(pause) => {
            let pause = if reports.is_some() && another_may_try(work, &part, &message)? { retry::OTHER_SIM.min(pause) } else { pause };
            part.state = PartState::Queued;
            part.due_at = work.now.plus(pause);
        }
        Verdict::Fail => {
            part.state = PartState::Failed;
            part.reason = Some(words);
        }
    }
    work.tx.save_part(&part)?;
    work.settle(key.message)?;
    reports_again(work, reports)
}

/// Whether a SIM that has never refused a part can send now and may take it. What has begun on a SIM, and what a client named
/// one for, stays there.
fn another_may_try(work: &Work<'_, '_>, part: &Part, message: &Message) -> Result<bool, Reject> {
    let begun = |other: &Part| other.key != part.key && (other.attempts > 0 || other.claimed_sim.is_some());
    if message.sim_only || work.tx.parts_of(message.id)?.iter().any(begun) {
        return Ok(false);
    }
    let attempts = work.tx.attempts_of(message.id)?;
    let refused = |iccid: &str| {
        attempts.iter().any(|attempt| attempt.part == part.key && attempt.state == AttemptState::Refused && attempt.sim == iccid)
    };
    for iccid in work.tx.ready_sims()?.into_iter().filter(|iccid| !refused(iccid)) {
        if usage::bar(work.tx, &sim(work, &iccid)?, part.passes, &part.to, work.now)?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// TP-VPF and TP-VP not supported (23.040 9.2.3.22).
const NO_VALIDITY: [u16; 2] = [198, 199];

/// The service centre of a SIM does not take the validity period: it gets none from now on. Whether that is news.
fn learns_no_validity(work: &mut Work<'_, '_>, part: &Part, code: u16) -> Result<bool, Reject> {
    let Some(iccid) = part.claimed_sim.as_deref().filter(|_| NO_VALIDITY.contains(&code)) else { return Ok(false) };
    let sim = sim(work, iccid)?;
    if !sim.no_validity {
        work.tx.save_sim(&Sim { no_validity: true, ..sim.clone() })?;
    }
    Ok(!sim.no_validity)
}

/// Who made the modem that has this SIM; empty where that is not known.
fn maker_of(work: &Work<'_, '_>, iccid: Option<&str>) -> Result<String, Reject> {
    let of_sim = |modem: &Modem| iccid.is_some() && modem.iccid.as_deref() == iccid;
    Ok(work.tx.modems()?.into_iter().find(of_sim).and_then(|modem| modem.manufacturer).unwrap_or_default())
}

/// Reports that waited for the answer to an attempt belong to an older one, now that it was not sent.
fn reports_again(work: &mut Work<'_, '_>, unsent: Option<Attempt>) -> Result<(), Reject> {
    match unsent {
        Some(attempt) => super::report::try_again(work, &attempt.sim, None),
        None => Ok(()),
    }
}

/// Nothing was sent: the part waits again.
pub fn aborted(work: &mut Work<'_, '_>, key: &PartKey, attempt: Option<i64>, why: &str) -> Result<(), Reject> {
    let (part, _) = load(work, key)?;
    if let Some(id) = attempt {
        work.tx.settle_attempt(id, AttemptState::Aborted, None, Some(why), work.now)?;
        work.note(&part, attempt, "aborted", why.to_owned())?;
    }
    let reports = attempt.map(|id| work.tx.attempt(id)).transpose()?.flatten();
    if part.state == PartState::Claimed {
        queue_again(work, part, ABORTED_PAUSE)?;
    }
    reports_again(work, reports)
}

/// Gives back a claim that no modem took. By the time it is written the part may have another: that one stands.
pub fn give_back(work: &mut Work<'_, '_>, key: &PartKey, iccid: &str) -> Result<(), Reject> {
    let (part, _) = load(work, key)?;
    let mine = part.state == PartState::Claimed && part.claimed_sim.as_deref() == Some(iccid);
    if mine && !is_under_way(work, &part)? {
        queue_again(work, part, ABORTED_PAUSE)?;
    }
    Ok(())
}

pub(super) fn queue_again(work: &mut Work<'_, '_>, mut part: Part, pause: Duration) -> Result<(), Reject> {
    if let Some(first) = proved(work, &part)? {
        return back_on_air(work, part, &first);
    }
    part.state = PartState::Queued;
    part.claimed_sim = None;
    part.claimed_at = None;
    part.due_at = work.now.plus(pause);
    work.tx.save_part(&part)?;
    work.settle(part.key.message)?;
    Ok(())
}

pub(super) fn load(work: &Work<'_, '_>, key: &PartKey) -> Result<(Part, Message), Reject> {
    let part = work.tx.part(key)?.ok_or_else(|| Reject::not_found("part"))?;
    let message = work.tx.message(key.message)?.ok_or_else(|| Reject::not_found("message"))?;
    Ok((part, message))
}

pub(super) fn sim(work: &Work<'_, '_>, iccid: &str) -> Result<Sim, Reject> {
    Ok(work.tx.sim(iccid)?.unwrap_or_else(|| Sim { iccid: iccid.to_owned(), ..Sim::default() }))
}
