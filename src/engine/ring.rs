//! Telephones that are rung: a call is a row, a modem is given it after its row is `calling` on disk, and what came of it is written to
//! the same row. Nobody is dialed twice for one row, and what may have rung when the box or the modem was lost is in doubt for good.
//!
//! A call says nothing: the person then reads the text. So an answered call acknowledges nothing.

use std::time::Duration;

use super::emit::About;
use super::voice::{learn, without_voice};
use super::{Reject, Work, accept};
use crate::conversation::effect::{NewTask, RingList, TaskKind};
use crate::conversation::{CallOutcome, Trigger};
use crate::delivery::route::ModemView;
use crate::ids::SessionId;
use crate::modem::io::{RingEnd, RingErrand};
use crate::msisdn::Msisdn;
use crate::store::{self, Reader, Ring};
use crate::terms::{Category, RingState};
use crate::text::Text;
use crate::time::Timestamp;

/// What a client wants rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRing {
    /// A number in any form.
    pub to: String,
    /// How long it rings each time, in seconds.
    pub seconds: u16,
    /// How often it is rung at most; once somebody took it, no more.
    pub times: u8,
    /// How long between two calls, in seconds.
    pub pause: u32,
    /// ICCID of the SIM it must go out on.
    pub sim: Option<String>,
    /// Who asks.
    pub source: String,
}

/// A telephone rings every 4 or 5 s; an answering machine takes it after 25 s or so.
pub const SECONDS: std::ops::RangeInclusive<u16> = 5..=60;
/// As long as it rings where nobody says how long.
pub const SECONDS_DEFAULT: u16 = 25;
/// How often one telephone may be rung for one thing.
pub const TIMES: std::ops::RangeInclusive<u8> = 1..=5;
/// Longest pause between two calls.
pub const PAUSE_S_MAX: u32 = 30 * 60;
/// How often one telephone is rung within an hour, whoever wants it.
pub const HOUR_MAX: u32 = 12;
const HOUR: Duration = Duration::from_hours(1);
/// A call that could not be made in that time is about yesterday's alarm.
const LIFE: Duration = Duration::from_hours(1);
/// Open calls of the whole box.
const OPEN_MAX: usize = 500;
/// A modem that certainly dialed nobody is asked again, or another one, this often.
const REFUSALS_MAX: u32 = 20;
const AGAIN: Duration = Duration::from_secs(3);
/// A call that was left up has ended by then.
pub const LEFT_FOR: Duration = Duration::from_mins(10);

/// Takes down what a client wants rung; the number of its list.
pub fn order(work: &mut Work<'_, '_>, new: &NewRing) -> Result<i64, Reject> {
    let to = accept::number(work, "/to", &new.to)?;
    let bad = |pointer: &str, words: String| Err(Reject::at("invalid", pointer, words));
    if !SECONDS.contains(&new.seconds) {
        return bad("/seconds", format!("it rings for {} to {} seconds", SECONDS.start(), SECONDS.end()));
    }
    if !TIMES.contains(&new.times) {
        return bad("/times", format!("{} to {} times", TIMES.start(), TIMES.end()));
    }
    if new.pause > PAUSE_S_MAX {
        return bad("/pause", format!("at most {PAUSE_S_MAX} seconds"));
    }
    work.refuse_without_consent(&to, Category::Alarm)?;
    if work.tx.rings_open()?.len() >= OPEN_MAX {
        return Err(Reject::new("too_many_rings", format!("{OPEN_MAX} calls wait already; cancel some, or wait")));
    }
    let wish = Wish {
        people: vec![to],
        rounds: u32::from(new.times),
        ring_s: new.seconds,
        pause_s: new.pause,
        sim: new.sim.clone(),
        source: new.source.clone(),
        session: None,
        until_answered: true,
    };
    begin(work, &wish)
}

/// Whom to ring, in which order, how often.
struct Wish {
    people: Vec<Msisdn>,
    rounds: u32,
    ring_s: u16,
    pause_s: u32,
    sim: Option<String>,
    source: String,
    session: Option<SessionId>,
    until_answered: bool,
}

/// A flow wants the people of a roster rung, one after the other. What it wanted before is not wanted any more.
pub(super) fn roster(work: &mut Work<'_, '_>, list: &RingList) -> Result<(), Reject> {
    withdraw_session(work, list.session, "the flow rings anew")?;
    let room = OPEN_MAX.saturating_sub(work.tx.rings_open()?.len());
    // A session that goes on by what comes of it has at least one call to wait for.
    let most = (room / list.rounds.max(1) as usize).max(usize::from(list.awaited));
    let people: Vec<Msisdn> = list.people.iter().take(most).cloned().collect();
    if people.is_empty() {
        let words = format!("nobody of roster {} can be rung by the box; ring them", list.name);
        return task(work, Some(list.session), None, words);
    }
    let wish = Wish {
        people,
        rounds: list.rounds,
        ring_s: u16::try_from(list.ring_for.as_secs()).unwrap_or(SECONDS_DEFAULT).clamp(1, *SECONDS.end()),
        pause_s: u32::try_from(list.pause.as_secs()).unwrap_or(PAUSE_S_MAX),
        sim: None,
        source: "flow".to_owned(),
        session: Some(list.session),
        until_answered: list.awaited,
    };
    begin(work, &wish).map(drop)
}

fn begin(work: &mut Work<'_, '_>, wish: &Wish) -> Result<i64, Reject> {
    let mut list = 0;
    for round in 0..wish.rounds {
        for (place, to) in wish.people.iter().enumerate() {
            let row = Ring {
                list,
                source: wish.source.clone(),
                session: wish.session,
                pause_s: if round > 0 && place == 0 { wish.pause_s } else { 0 },
                sim: wish.sim.clone(),
                until_answered: wish.until_answered,
                ..Ring::waiting(to.clone(), wish.ring_s, work.now, work.now.plus(LIFE))
            };
            let id = work.tx.insert_ring(&row)?;
            list = if list == 0 { id } else { list };
        }
    }
    let subject = list.to_string();
    let data = serde_json::json!({
        "list": list, "to": wish.people, "times": wish.rounds, "seconds": wish.ring_s, "session": wish.session, "source": wish.source,
    });
    work.emit("call.accepted", About { subject: &subject, msisdn: None, session: wish.session }, data)?;
    Ok(list)
}

/// When there is something to do: a call is due, or worthless.
pub fn next_due(reader: &Reader<'_>) -> store::Result<Option<Timestamp>> {
    let open = reader.rings_open()?;
    let waiting = open.iter().filter(|row| row.state == RingState::Waiting && is_next(row, &open));
    Ok(waiting.map(|row| row.due_at.min(row.expires_at)).min())
}

/// Calls that a modem has and that nobody wants any more, with the modem's name.
pub fn unwanted(reader: &Reader<'_>) -> store::Result<Vec<(String, i64)>> {
    let open = reader.rings_open()?.into_iter().filter(|row| row.state == RingState::Calling && row.unwanted);
    Ok(open.filter_map(|row| Some((row.modem?, row.id))).collect())
}

/// Nobody of its list is in front of it.
fn is_next(row: &Ring, open: &[Ring]) -> bool {
    !open.iter().any(|other| other.list == row.list && other.id < row.id)
}

/// Takes what is due and can be given to a modem: from here on somebody may be rung.
pub fn claim(work: &mut Work<'_, '_>, ringers: &[(String, ModemView)]) -> Result<Vec<(String, RingErrand)>, Reject> {
    let open = work.tx.rings_open()?;
    let mut free: Vec<&(String, ModemView)> = ringers.iter().collect();
    let mut given: Vec<(String, RingErrand)> = Vec::new();
    for row in open.iter().filter(|row| row.state == RingState::Waiting && is_next(row, &open)) {
        let mut row = row.clone();
        if let Some((state, why)) = not_wanted(work, &row)? {
            (row.state, row.why) = (state, Some(why.to_owned()));
            finish(work, row)?;
            continue;
        }
        let engaged = open.iter().any(|other| other.state == RingState::Calling && other.to == row.to);
        if row.due_at > work.now || engaged || given.iter().any(|(_, errand)| errand.number == row.to.e164()) {
            continue;
        }
        match place(work, &row, &free)? {
            Place::Here(at) => {
                let (name, view) = free.remove(at);
                given.push((name.clone(), give(work, row, name, &view.iccid)?));
            }
            Place::Later => {}
            Place::Nowhere(why) => {
                (row.state, row.why) = (RingState::Failed, Some(why));
                finish(work, row)?;
            }
        }
    }
    Ok(given)
}

fn give(work: &mut Work<'_, '_>, mut row: Ring, modem: &str, iccid: &str) -> Result<RingErrand, Reject> {
    row.state = RingState::Calling;
    row.modem = Some(modem.to_owned());
    row.iccid = Some(iccid.to_owned());
    row.dialed_at = Some(work.now);
    work.tx.save_ring(&row)?;
    tell(work, "call.started", &row)?;
    Ok(RingErrand { id: row.id, number: row.to.e164().to_owned(), ring_for: Duration::from_secs(u64::from(row.ring_s)) })
}

/// The last look before somebody is rung: why not.
fn not_wanted(work: &Work<'_, '_>, row: &Ring) -> Result<Option<(RingState, &'static str)>, Reject> {
    if row.expires_at <= work.now {
        return Ok(Some((RingState::Failed, "too_late")));
    }
    if let Some(session) = row.session
        && !work.tx.session(session)?.is_some_and(|session| session.state.is_open())
    {
        return Ok(Some((RingState::Withdrawn, "over")));
    }
    if row.due_at <= work.now && work.tx.rings_dialed_since(&row.to, work.now.minus(HOUR), work.now)? >= HOUR_MAX {
        return Ok(Some((RingState::Failed, "too_often")));
    }
    let out = work.standing(&row.to)?.out.contains_key(&Category::Alarm);
    Ok(out.then_some((RingState::Withdrawn, "opted_out")))
}

enum Place {
    /// On this modem.
    Here(usize),
    /// No modem is free for it now.
    Later,
    /// No modem of the box can.
    Nowhere(String),
}

/// Which modem rings it: one whose SIM has voice, the least busy first.
fn place(work: &Work<'_, '_>, row: &Ring, free: &[&(String, ModemView)]) -> Result<Place, Reject> {
    let may = |iccid: &str| row.sim.as_deref().is_none_or(|sim| sim == iccid);
    let mut found = None;
    for (at, (_, view)) in free.iter().enumerate() {
        if may(&view.iccid) && without_voice(work, &view.iccid)?.is_none() {
            // The one that has refused it comes last.
            if row.not_on.as_deref() != Some(&view.iccid) {
                return Ok(Place::Here(at));
            }
            found = found.or(Some(at));
        }
    }
    if let Some(at) = found {
        return Ok(Place::Here(at));
    }
    let mut why = None;
    for modem in work.tx.modems()? {
        let Some(iccid) = modem.iccid.filter(|iccid| may(iccid)) else { continue };
        match without_voice(work, &iccid)? {
            None => return Ok(Place::Later),
            Some(none) => why = why.or(none.why),
        }
    }
    // A SIM that is named may be in a drawer, and a box may wait for its first modem: until its time is over.
    if free.is_empty() && row.refusals == 0 {
        return Ok(Place::Later);
    }
    Ok(Place::Nowhere(why.or_else(|| row.why.clone()).unwrap_or_else(|| "no_voice".to_owned())))
}

/// What came of a call, as its modem tells it. An end is written once.
pub fn ended(work: &mut Work<'_, '_>, id: i64, end: &RingEnd, rang: bool) -> Result<(), Reject> {
    let Some(mut row) = work.tx.ring(id)?.filter(|row| row.state == RingState::Calling) else { return Ok(()) };
    row.rang |= rang;
    learn(work, &row, end)?;
    let (state, why) = match end {
        RingEnd::NotDialed { why: "withdrawn" } => (RingState::Withdrawn, Some("withdrawn".to_owned())),
        RingEnd::NotDialed { why: why @ "no_number" } => (RingState::Failed, Some((*why).to_owned())),
        RingEnd::NotDialed { why } => return not_dialed(work, row, (*why).to_owned()),
        RingEnd::Refused { why } => {
            row.not_on.clone_from(&row.iccid);
            return not_dialed(work, row, why.clone());
        }
        RingEnd::Answered => (RingState::Answered, None),
        RingEnd::Busy => (RingState::Busy, None),
        RingEnd::NotAnswered { cut } => (RingState::NotAnswered, cut.then(|| "cut".to_owned())),
        RingEnd::NoCarrier { cause } => (RingState::NoCarrier, cause.clone()),
        RingEnd::Unknown => (RingState::Unknown, Some("cannot_tell".to_owned())),
        RingEnd::InDoubt { why } => (RingState::InDoubt, Some((*why).to_owned())),
    };
    (row.state, row.why) = (state, why);
    finish(work, row)
}

/// Certainly nobody was rung: it waits again, for this modem or another.
fn not_dialed(work: &mut Work<'_, '_>, mut row: Ring, why: String) -> Result<(), Reject> {
    row.refusals += 1;
    row.dialed_at = None;
    row.why = Some(why);
    if row.unwanted {
        row.state = RingState::Withdrawn;
        return finish(work, row);
    }
    if row.refusals >= REFUSALS_MAX {
        row.state = RingState::Failed;
        return finish(work, row);
    }
    row.state = RingState::Waiting;
    row.due_at = work.now.plus(AGAIN);
    Ok(work.tx.save_ring(&row)?)
}

/// A call has its end: it is told, and the next of its list may go. A list that is over and rang nobody is somebody's task.
fn finish(work: &mut Work<'_, '_>, mut row: Ring) -> Result<(), Reject> {
    row.ended_at = Some(work.now);
    row.unwanted = false;
    work.tx.save_ring(&row)?;
    let kind = match row.state {
        RingState::InDoubt => "call.in_doubt",
        RingState::Withdrawn => "call.withdrawn",
        RingState::Waiting | RingState::Calling | RingState::Answered | RingState::NotAnswered | RingState::Busy => "call.ended",
        RingState::NoCarrier | RingState::Failed | RingState::Unknown => "call.ended",
    };
    tell(work, kind, &row)?;
    let rows = work.tx.rings_of_list(row.list)?;
    let taken = row.until_answered && row.state == RingState::Answered;
    for mut other in rows.iter().filter(|other| other.state == RingState::Waiting).cloned() {
        if taken {
            (other.state, other.why, other.ended_at) = (RingState::Withdrawn, Some("answered".to_owned()), Some(work.now));
            work.tx.save_ring(&other)?;
            tell(work, "call.withdrawn", &other)?;
            continue;
        }
        other.due_at = other.due_at.max(work.now.plus(Duration::from_secs(u64::from(other.pause_s))));
        work.tx.save_ring(&other)?;
        break;
    }
    let rows = work.tx.rings_of_list(row.list)?;
    if rows.iter().any(|other| other.state.is_open()) { Ok(()) } else { list_over(work, &rows) }
}

/// A list is over: a session that waits for it goes on, and one that rang nobody is somebody's task.
fn list_over(work: &mut Work<'_, '_>, rows: &[Ring]) -> Result<(), Reject> {
    nobody_rung(work, rows)?;
    let Some(session) = rows.first().and_then(|row| row.session) else { return Ok(()) };
    // Only the list that the session wanted last is what it waits for.
    let newest = work.tx.rings_of_session(session)?.last().map(|row| row.list);
    if newest != rows.first().map(|row| row.list) {
        return Ok(());
    }
    work.advance_apart(session, Trigger::RungOut { outcome: outcome(rows) })
}

fn outcome(rows: &[Ring]) -> CallOutcome {
    let any = |states: &[RingState]| rows.iter().any(|row| states.contains(&row.state));
    match () {
        () if any(&[RingState::Answered]) => CallOutcome::Ok,
        () if any(&[RingState::Unknown, RingState::InDoubt]) => CallOutcome::Unknown,
        () => CallOutcome::Fail,
    }
}

fn nobody_rung(work: &mut Work<'_, '_>, rows: &[Ring]) -> Result<(), Reject> {
    let tried = |row: &&Ring| row.state != RingState::Withdrawn;
    let Some(last) = rows.iter().rfind(tried) else { return Ok(()) };
    if rows.iter().any(|row| row.state.may_have_rung()) {
        return Ok(());
    }
    let mut numbers: Vec<&str> = rows.iter().filter(tried).map(|row| row.to.e164()).collect();
    numbers.dedup();
    let words = format!("ring {}: the box could not. {}", numbers.join(", "), words(last).unwrap_or_default());
    task(work, last.session, Some(last.to.clone()), words)
}

fn task(work: &mut Work<'_, '_>, session: Option<SessionId>, msisdn: Option<Msisdn>, words: String) -> Result<(), Reject> {
    let queue = work.book.settings.control_room.clone();
    let (kind, note, due) = (TaskKind::Callback, Text::new(words), Some(work.now));
    work.task(&NewTask { kind, queue, urgent: true, note, session, msisdn, due })
}

/// Nobody of this session has to be rung any more.
pub(super) fn withdraw_session(work: &mut Work<'_, '_>, session: SessionId, why: &str) -> Result<(), Reject> {
    let rows = work.tx.rings_of_session(session)?;
    withdraw(work, rows, why).map(drop)
}

/// A person takes a list back.
pub fn cancel(work: &mut Work<'_, '_>, list: i64, by: &str) -> Result<(), Reject> {
    let rows = work.tx.rings_of_list(list)?;
    if rows.is_empty() {
        return Err(Reject::not_found("call"));
    }
    if !withdraw(work, rows, &format!("cancelled by {by}"))? {
        return Err(Reject::new("not_cancellable", "every call of it is over"));
    }
    let rows = work.tx.rings_of_list(list)?;
    let session = rows.first().and_then(|row| row.session).filter(|_| !rows.iter().any(|row| row.state.is_open()));
    match session {
        // Nothing rings that would tell the flow later.
        Some(_) => list_over(work, &rows),
        None => Ok(()),
    }
}

fn withdraw(work: &mut Work<'_, '_>, rows: Vec<Ring>, why: &str) -> Result<bool, Reject> {
    let mut any = false;
    for mut row in rows {
        match row.state {
            RingState::Waiting => {
                (row.state, row.why, row.ended_at) = (RingState::Withdrawn, Some(why.to_owned()), Some(work.now));
                work.tx.save_ring(&row)?;
                tell(work, "call.withdrawn", &row)?;
                any = true;
            }
            RingState::Calling if !row.unwanted => {
                row.unwanted = true;
                work.tx.save_ring(&row)?;
                any = true;
            }
            RingState::Calling | RingState::Answered | RingState::NotAnswered | RingState::Busy | RingState::NoCarrier => {}
            RingState::Failed | RingState::Unknown | RingState::InDoubt | RingState::Withdrawn => {}
        }
    }
    Ok(any)
}

/// No modem of this name took it: nobody was dialed.
pub fn not_given(work: &mut Work<'_, '_>, id: i64) -> Result<(), Reject> {
    ended(work, id, &RingEnd::NotDialed { why: "not_ready" }, false)
}

/// The daemon starts: what a modem had may have rung.
pub fn restart(work: &mut Work<'_, '_>) -> Result<usize, Reject> {
    let open: Vec<Ring> = work.tx.rings_open()?.into_iter().filter(|row| row.state == RingState::Calling).collect();
    for row in &open {
        ended(work, row.id, &RingEnd::InDoubt { why: "restarted" }, false)?;
    }
    Ok(open.len())
}

/// The driver of a modem is gone without a word about what it had.
pub fn restart_modem(work: &mut Work<'_, '_>, name: &str) -> Result<(), Reject> {
    for row in work.tx.rings_open()? {
        if row.state == RingState::Calling && row.modem.as_deref() == Some(name) {
            ended(work, row.id, &RingEnd::InDoubt { why: "restarted" }, false)?;
        }
    }
    Ok(())
}

fn tell(work: &mut Work<'_, '_>, kind: &str, row: &Ring) -> Result<(), Reject> {
    let subject = row.list.to_string();
    let data = serde_json::json!({
        "call": row.id, "list": row.list, "to": row.to, "session": row.session, "state": row.state, "rang": row.rang, "modem": row.modem,
        "iccid": row.iccid, "why": row.why, "words": words(row), "source": row.source,
    });
    work.emit(kind, About { subject: &subject, msisdn: Some(&row.to), session: row.session }, data)?;
    Ok(())
}

/// What an end means, and what to do, in words for a technician.
pub fn words(row: &Ring) -> Option<String> {
    let why = row.why.as_deref().unwrap_or_default();
    let words = match row.state {
        RingState::Waiting if row.refusals > 0 => "No modem could dial yet; it is tried again.",
        RingState::Waiting | RingState::Calling | RingState::NotAnswered | RingState::Busy => return None,
        RingState::Answered => "Somebody took the call and heard nothing: that is no acknowledgement.",
        RingState::NoCarrier if row.rang => "It rang, and the other side or the network ended the call.",
        RingState::NoCarrier => "The network did not put the call through; nothing was heard to ring.",
        RingState::Failed => match why {
            "too_often" => "This telephone was rung 12 times within an hour; it is left alone. Ring by hand if it matters.",
            "too_late" => "No modem was free for it within an hour; nobody was rung.",
            "no_number" => "This is no number that the box dials; nobody was rung.",
            "not_ready" | "busy" | "lost" => "No modem was ready for it; nobody was rung. `answerback doctor` tells why.",
            _ => "No SIM of this box can call; nobody was rung. Texts are not affected. Ask the operator for voice service.",
        },
        RingState::Unknown => "It was dialed; this modem does not tell whether it rang or who took it.",
        RingState::InDoubt => "The modem or the box was lost in the middle: it may have rung. It is not dialed again by itself.",
        RingState::Withdrawn => "It was not wanted any more; nobody was rung for it.",
    };
    Some(if why.is_empty() { words.to_owned() } else { format!("{words} ({why})") })
}
