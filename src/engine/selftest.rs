//! The self-test of a SIM in a modem: two texts of the SIM to itself show what can be proved there after a lost answer
//! (reliability.md section 2, "commissioning probe").
//!
//! ```text
//!   waiting ── nothing else waits ──► looking ──► first ──► between ──► second ──► behind ──► listening ──► done
//!      │                                 └──────────┴──────────┴─ no number, refused, in doubt, too late, restart ──► ended
//!      └── too long busy ──► ended
//! ```
//!
//! Its texts take the way of all texts, behind every other: they are attempts, they count for the caps, and what is in doubt
//! is in doubt. They are nobody's conversation. What the witnesses are worth is `delivery::witness`'s business.

use std::time::Duration;

use super::outgoing::Extra;
use super::{Reject, Work, accept, doubt, proof, usage};
use crate::conversation::session::Outgoing;
use crate::delivery::cap::Passes;
use crate::delivery::witness::{Answered, Shown};
use crate::ids::{MessageId, PartKey};
use crate::msisdn::Msisdn;
use crate::own_text;
use crate::store::{self, Decision, Message, ModemState, Part, Reader, SelfTest, SelfTestState};
use crate::terms::{AttemptState, Category, MessageState, PartState, Policy, Purpose, Rank};
use crate::time::Timestamp;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSelfTest {
    /// Name of the modem.
    pub modem: String,
    /// The SIM's own number, where it is not known.
    pub to: Option<String>,
    /// Who wants it.
    pub asker: String,
}

/// What it costs: texts that leave on the SIM.
pub const TEXTS: u32 = 2;
/// The text that is kept in the modem's memory first.
pub const KEEP: &str = "keep";
/// Behind every text that somebody wants.
pub(super) const LAST: Rank = Rank(9);
/// TP-FCS C5, as `+CMS ERROR` has it.
pub(super) const DUPLICATE: u16 = 197;
/// A box that is busy for so long has no quiet moment today.
const BUSY_MAX: Duration = Duration::from_mins(15);
/// Two commands.
const LOOK_MAX: Duration = Duration::from_mins(2);
/// A text may wait for the final answer, and for others in front of it.
const TEXT_MAX: Duration = Duration::from_mins(15);
/// A network that is this slow with its own report and text is as good as one without.
const LISTEN_MAX: Duration = Duration::from_mins(3);

/// Takes a test down; it begins as soon as the modem has nothing else to do.
pub fn ask(work: &mut Work<'_, '_>, new: &NewSelfTest) -> Result<i64, Reject> {
    let modem = work.tx.modem(&new.modem)?.ok_or_else(|| Reject::not_found("modem"))?;
    let (Some(imei), Some(iccid), ModemState::Ready) = (modem.imei, modem.iccid, modem.state) else {
        return Err(Reject::new("modem_not_ready", "the modem cannot send now; its page says why"));
    };
    if work.tx.selftests_open()?.iter().any(|test| test.modem == new.modem || test.iccid == iccid) {
        return Err(Reject::new("selftest_open", "a self-test of this modem is under way; wait for its end"));
    }
    let sim = super::submit::sim(work, &iccid)?;
    let number = new.to.as_deref().map(|to| accept::number(work, "/to", to)).transpose()?.or(sim.number.clone());
    if let Some(number) = &number
        && let Some(held) = usage::bar(work.tx, &sim, Passes::None, number, work.now)?
    {
        return Err(Reject::new("sim_at_cap", format!("this SIM has sent what it may; it has room again at {}", held.until)));
    }
    let test = SelfTest {
        id: 0,
        modem: new.modem.clone(),
        imei,
        iccid,
        number,
        asker: new.asker.clone(),
        token: proof::new_token(work.chance),
        state: SelfTestState::Waiting,
        look: false,
        first: None,
        second: None,
        findings: crate::delivery::witness::Findings::default(),
        why: None,
        asked_at: work.now,
        due_at: work.now.plus(BUSY_MAX),
        ended_at: None,
    };
    let id = work.tx.insert_selftest(&test)?;
    let detail = serde_json::json!({"selftest": id, "iccid": test.iccid, "texts": TEXTS}).to_string();
    work.tx.insert_audit(&Decision { who: &new.asker, action: "modem.selftest", subject: &new.modem, detail: &detail }, work.now)?;
    Ok(id)
}

/// Whether a modem is to be asked something now.
pub fn is_due(reader: &Reader<'_>, now: Timestamp) -> store::Result<bool> {
    for test in reader.selftests_open()? {
        if test.look || (test.state == SelfTestState::Waiting && is_quiet(reader, &test, now)?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Nothing waits to leave and nothing is in hand: a test comes behind everything.
fn is_quiet(reader: &Reader<'_>, test: &SelfTest, now: Timestamp) -> store::Result<bool> {
    Ok(reader.claimed_parts(Some(&test.iccid))?.is_empty() && reader.due_parts(now, 1)?.is_empty())
}

/// Takes what modems are to be asked now; the names of those modems.
pub fn claim(work: &mut Work<'_, '_>) -> Result<Vec<(i64, String)>, Reject> {
    let mut claimed = Vec::new();
    for mut test in work.tx.selftests_open()? {
        let begins = test.state == SelfTestState::Waiting && is_quiet(work.tx, &test, work.now)?;
        if begins {
            (test.state, test.due_at) = (SelfTestState::Looking, work.now.plus(LOOK_MAX));
        }
        if begins || test.look {
            test.look = false;
            work.tx.save_selftest(&test)?;
            claimed.push((test.id, test.modem));
        }
    }
    Ok(claimed)
}

/// No modem of this name was there to be asked.
pub fn not_given(work: &mut Work<'_, '_>, id: i64) -> Result<(), Reject> {
    match work.tx.selftest(id)? {
        Some(test) => end(work, test, "modem_gone"),
        None => Ok(()),
    }
}

fn open_of_modem(work: &Work<'_, '_>, modem: &str) -> Result<Option<SelfTest>, Reject> {
    Ok(work.tx.selftests_open()?.into_iter().find(|test| test.modem == modem))
}

/// The number that is written on the SIM of a modem.
pub fn own_number(work: &mut Work<'_, '_>, modem: &str, iccid: &str, number: Option<&str>) -> Result<(), Reject> {
    let iccid = super::modems::sim_of(work, modem, iccid)?;
    let Some(number) = number.and_then(|number| accept::number(work, "/to", number).ok()) else { return Ok(()) };
    let mut sim = super::submit::sim(work, &iccid)?;
    if sim.number.is_none() {
        sim.number = Some(number.clone());
        work.tx.save_sim(&sim)?;
    }
    if let Some(mut test) = open_of_modem(work, modem)?.filter(|test| test.number.is_none()) {
        test.number = Some(number);
        work.tx.save_selftest(&test)?;
    }
    Ok(())
}

/// The last reference of the SIM in a modem, where a test waits for it.
pub fn reference(work: &mut Work<'_, '_>, modem: &str, mr: Option<u8>) -> Result<(), Reject> {
    match open_of_modem(work, modem)? {
        Some(test) if !test.look => looked(work, test, mr),
        Some(_) | None => Ok(()),
    }
}

/// A test of this modem waits for the reference: a question that was lost with a port is put again by the next driver.
pub(super) fn waits_for_reference(reader: &Reader<'_>, modem: &str) -> store::Result<bool> {
    let waits = |test: &SelfTest| test.modem == modem && matches!(test.state, SelfTestState::Between | SelfTestState::Behind);
    Ok(reader.selftests_open()?.iter().any(waits))
}

fn looked(work: &mut Work<'_, '_>, mut test: SelfTest, mr: Option<u8>) -> Result<(), Reject> {
    match test.state {
        SelfTestState::Looking => {
            test.findings.kept_references.push(mr);
            send_first(work, test)
        }
        SelfTestState::Between => {
            test.findings.kept_references.push(mr);
            send_second(work, test)
        }
        SelfTestState::Behind => {
            test.findings.kept_references.push(mr);
            (test.state, test.due_at) = (SelfTestState::Listening, work.now.plus(LISTEN_MAX));
            work.tx.save_selftest(&test)?;
            done_if_all_is_seen(work, test)
        }
        SelfTestState::Waiting
        | SelfTestState::First
        | SelfTestState::Second
        | SelfTestState::Listening
        | SelfTestState::Done
        | SelfTestState::Ended => Ok(()),
    }
}

fn send_first(work: &mut Work<'_, '_>, mut test: SelfTest) -> Result<(), Reject> {
    let Some(number) = test.number.clone() else { return end(work, test, "no_number") };
    let message = send(work, &test, &number, &[KEEP])?;
    (test.state, test.due_at, test.first) = (SelfTestState::First, work.now.plus(TEXT_MAX), Some(message.id));
    Ok(work.tx.save_selftest(&test)?)
}

/// The same once more, as a doubt would send it: with the reference of the first, and "no duplicates".
fn send_second(work: &mut Work<'_, '_>, mut test: SelfTest) -> Result<(), Reject> {
    let (Some(number), Some(first)) = (test.number.clone(), test.findings.first) else { return end(work, test, "no_number") };
    let message = send(work, &test, &number, &[])?;
    for part in work.tx.parts_of(message.id)? {
        work.tx.save_part(&Part { mr_given: Some(first.mr), no_duplicate: true, ..part })?;
    }
    (test.state, test.due_at, test.second) = (SelfTestState::Second, work.now.plus(TEXT_MAX), Some(message.id));
    Ok(work.tx.save_selftest(&test)?)
}

fn send(work: &mut Work<'_, '_>, test: &SelfTest, number: &Msisdn, tags: &[&str]) -> Result<Message, Reject> {
    let outgoing = Outgoing {
        to: number.clone(),
        text: own_text::SELF_TEST.text(&test.token),
        purpose: Purpose::Proof,
        category: Category::Work,
        policy: Policy::Once,
        rank: LAST,
        sim: Some(test.iccid.clone()),
        session: None,
        not_before: None,
        expires_at: Some(work.now.plus(TEXT_MAX)),
    };
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let extra = Extra { sim_only: true, tags, source: format!("selftest:{}", test.id), ..Extra::default() };
    work.enqueue(&outgoing, &extra, 1)
}

/// The open test that a text is of.
pub(super) fn of_message(work: &Work<'_, '_>, message: MessageId) -> Result<Option<SelfTest>, Reject> {
    let open = work.tx.selftests_open()?;
    Ok(open.into_iter().find(|test| test.first == Some(message) || test.second == Some(message)))
}

/// One of its texts has moved.
pub(super) fn text_moved(work: &mut Work<'_, '_>, test: SelfTest, message: &Message) -> Result<(), Reject> {
    let awaited = match test.state {
        SelfTestState::First => test.first,
        SelfTestState::Second => test.second,
        SelfTestState::Waiting
        | SelfTestState::Looking
        | SelfTestState::Between
        | SelfTestState::Behind
        | SelfTestState::Listening
        | SelfTestState::Done
        | SelfTestState::Ended => None,
    };
    // The first may be delivered while the second is on its way.
    if awaited != Some(message.id) {
        return Ok(());
    }
    match message.state {
        MessageState::Submitted | MessageState::Delivered | MessageState::UnknownDelivery => answered(work, test, message),
        MessageState::Refused | MessageState::Failed if is_duplicate(work, message)? => answered(work, test, message),
        MessageState::Refused | MessageState::Failed => end(work, test, "refused"),
        MessageState::InDoubt | MessageState::Parked => end(work, test, "in_doubt"),
        MessageState::Expired | MessageState::Withdrawn => end(work, test, "not_sent"),
        MessageState::Accepted | MessageState::Queued | MessageState::Sending => Ok(()),
    }
}

fn is_duplicate(work: &Work<'_, '_>, message: &Message) -> Result<bool, Reject> {
    Ok(work.tx.parts_of(message.id)?.iter().any(|part| part.error == Some(DUPLICATE)))
}

fn answered(work: &mut Work<'_, '_>, mut test: SelfTest, message: &Message) -> Result<(), Reject> {
    let attempts = work.tx.attempts_of(message.id)?;
    let sent = attempts.iter().rev().find(|attempt| attempt.state == AttemptState::Submitted);
    let answer = sent.and_then(|attempt| {
        let took_ms = attempt.settled_at.map_or(0, |at| at.ms_since(attempt.at));
        attempt.mr.map(|mr| Answered { mr, acknowledged: false, took_ms })
    });
    let next = if test.state == SelfTestState::First {
        test.findings.first = answer;
        SelfTestState::Between
    } else {
        test.findings.second = answer;
        test.findings.duplicate_refused = answer.is_none();
        SelfTestState::Behind
    };
    (test.state, test.look, test.due_at) = (next, true, work.now.plus(LOOK_MAX));
    Ok(work.tx.save_selftest(&test)?)
}

/// The service centre's acknowledgement came with the answer to a part.
pub(super) fn acknowledged(work: &mut Work<'_, '_>, part: &PartKey) -> Result<(), Reject> {
    let Some(mut test) = of_message(work, part.message)? else { return Ok(()) };
    let answer = if test.first == Some(part.message) { &mut test.findings.first } else { &mut test.findings.second };
    if let Some(answer) = answer {
        answer.acknowledged = true;
    }
    Ok(work.tx.save_selftest(&test)?)
}

/// What the modem's memory says of a part that was sent from there.
pub fn kept(work: &mut Work<'_, '_>, part: &PartKey, stat: Option<u16>) -> Result<(), Reject> {
    let Some(mut test) = of_message(work, part.message)? else { return Ok(()) };
    test.findings.stat = stat;
    Ok(work.tx.save_selftest(&test)?)
}

/// A status report of one of its texts came.
pub(super) fn reported(work: &mut Work<'_, '_>, message: MessageId, shown: bool) -> Result<(), Reject> {
    let Some(mut test) = of_message(work, message)? else { return Ok(()) };
    test.findings.report.get_or_insert(if shown { Shown::Directly } else { Shown::Stored });
    work.tx.save_selftest(&test)?;
    done_if_all_is_seen(work, test)
}

/// The test whose text this is.
pub(super) fn of_text(work: &Work<'_, '_>, text: &str) -> Result<Option<SelfTest>, Reject> {
    let Some(token) = own_text::SELF_TEST.token(text) else { return Ok(None) };
    Ok(work.tx.selftest_of_token(token)?)
}

/// One of its texts came in; `stamped`: by the service centre's clock.
pub(super) fn came_back(work: &mut Work<'_, '_>, mut test: SelfTest, stamped: Option<Timestamp>) -> Result<(), Reject> {
    let first = test.first.map(|id| work.tx.attempts_of(id)).transpose()?.unwrap_or_default();
    let sent_at = first.last().and_then(|attempt| attempt.settled_at);
    if let Some(sent_at) = sent_at.filter(|_| test.findings.came_back_ms.is_none()) {
        test.findings.came_back_ms = Some(work.now.ms_since(sent_at));
        test.findings.centre_ahead_ms = stamped.map(|stamped| stamped.ms_since(sent_at));
        work.tx.save_selftest(&test)?;
    }
    done_if_all_is_seen(work, test)
}

fn done_if_all_is_seen(work: &mut Work<'_, '_>, test: SelfTest) -> Result<(), Reject> {
    let all = test.findings.report.is_some() && test.findings.came_back_ms.is_some();
    if all && test.state == SelfTestState::Listening { done(work, test) } else { Ok(()) }
}

fn done(work: &mut Work<'_, '_>, test: SelfTest) -> Result<(), Reject> {
    if let Some(number) = test.number.clone().filter(|_| test.findings.came_back_ms.is_some()) {
        // It has shown that it is the SIM's own.
        let mut sim = super::submit::sim(work, &test.iccid)?;
        sim.number = Some(number);
        work.tx.save_sim(&sim)?;
    }
    Ok(work.tx.save_selftest(&SelfTest { state: SelfTestState::Done, ended_at: Some(work.now), ..test })?)
}

/// It cannot go on: what has not left is taken back, and nobody is asked about what is in doubt.
fn end(work: &mut Work<'_, '_>, test: SelfTest, why: &str) -> Result<(), Reject> {
    if !test.state.is_open() {
        return Ok(());
    }
    let texts = [test.first, test.second];
    let ended = SelfTest { state: SelfTestState::Ended, look: false, why: Some(why.to_owned()), ended_at: Some(work.now), ..test };
    work.tx.save_selftest(&ended)?;
    for id in texts.into_iter().flatten() {
        work.withdraw(id, "the self-test has ended")?;
        let doubted = work.tx.parts_of(id)?.iter().any(|part| matches!(part.state, PartState::InDoubt | PartState::Parked));
        if doubted {
            doubt::resolve(work, id, doubt::As::Cancel, "the self-test")?;
        }
    }
    Ok(())
}

/// What it waited for has not come.
pub(super) fn overdue(work: &mut Work<'_, '_>, id: i64) -> Result<(), Reject> {
    let Some(test) = work.tx.selftest(id)? else { return Ok(()) };
    match test.state {
        SelfTestState::Waiting => end(work, test, "busy"),
        SelfTestState::Looking => end(work, test, "modem_silent"),
        SelfTestState::First | SelfTestState::Second => end(work, test, "not_sent"),
        SelfTestState::Between | SelfTestState::Behind => looked(work, SelfTest { look: false, ..test }, None),
        SelfTestState::Listening => done(work, test),
        SelfTestState::Done | SelfTestState::Ended => Ok(()),
    }
}

/// The daemon starts: what was between two steps is not known any more.
pub fn restart(work: &mut Work<'_, '_>) -> Result<(), Reject> {
    for test in work.tx.selftests_open()? {
        end(work, test, "restarted")?;
    }
    Ok(())
}

/// Why a test could not go on, and what to do, in words for a technician.
pub fn words(test: &SelfTest) -> Option<&'static str> {
    let words = match test.why.as_deref()? {
        "busy" => "The modem had no quiet moment; nothing was sent. Start it again when less waits.",
        "modem_gone" => "The port of the modem is not there now. Start it again when it is plugged in.",
        "modem_silent" => "The modem did not answer; nothing was sent. Look at its page.",
        "no_number" => "The SIM does not know its own number; nothing was sent. Say it: --to NUMBER, or in the form.",
        "refused" => "The network refused the text. Look at the modem's page and at the account of the SIM.",
        "in_doubt" => "The answer to a text was lost, as it may happen to any text. Start it again.",
        "not_sent" => "A text did not leave in time, because others went first. Start it again when less waits.",
        "restarted" => "The daemon started anew in the middle. Start it again.",
        _ => "It could not go on.",
    };
    Some(words)
}
