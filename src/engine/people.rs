//! What staff do: close a task, take a thread and give it back.

use super::accept::PARTS_MAX_DEFAULT;
use super::emit::About;
use super::outgoing::Extra;
use super::{Reject, Work, clock, danger, held};
use crate::conversation::effect::TaskKind;
use crate::conversation::flow::Verb;
use crate::conversation::machine::{current_flow, lane_of};
use crate::conversation::session::Outgoing;
use crate::conversation::view::{AgentHold, Asked, ClosedThread, PersonView};
use crate::conversation::{Rosters, Trigger, hours, render};
use crate::ids::{MessageId, SessionId, TaskId};
use crate::msisdn::Msisdn;
use crate::store::Task;
use crate::terms::{Category, Policy, Purpose, QuestionState, Rank, Word};
use crate::text::Text;

/// Closes a task.
pub fn close_task(work: &mut Work<'_, '_>, id: TaskId, by: &str) -> Result<(), Reject> {
    let task = work.tx.task(id)?.ok_or_else(|| Reject::not_found("task"))?;
    if !work.tx.close_task(id, by, work.now)? {
        return Err(Reject::new("already_closed", "the task was closed before"));
    }
    if task.kind == TaskKind::Danger {
        let data = serde_json::json!({"task": id, "by": by, "kind": task.kind.word()});
        let subject = id.to_string();
        work.emit("danger.taken", About { subject: &subject, msisdn: task.msisdn.as_ref(), session: task.session }, data)?;
        danger::taken(work, id)?;
    }
    end_callback(work, &task, by)
}

/// A session that waits for a call is over when the call was made: its callback task is closed and there is no other.
fn end_callback(work: &mut Work<'_, '_>, task: &Task, by: &str) -> Result<(), Reject> {
    let Some(id) = task.session.filter(|_| task.kind == TaskKind::Callback) else { return Ok(()) };
    let Some(session) = work.tx.session(id)?.filter(|session| session.state.is_open()) else { return Ok(()) };
    let rosters = Rosters::new();
    let flow = current_flow(&session, &work.book.rules(&[], &rosters));
    let waits = match flow.as_ref().and_then(|flow| flow.step(&session.step)).map(|step| &step.verb) {
        Some(Verb::Callback(callback)) => callback.go.is_none() && callback.list.is_none(),
        Some(_) | None => false,
    };
    let left = work.tx.tasks_of(id)?.into_iter().any(|other| other.closed_at.is_none() && other.kind == TaskKind::Callback);
    if waits && !left { super::advance::close(work, id, by) } else { Ok(()) }
}

/// Takes a thread: the box is silent there until it is given back.
pub fn take_thread(work: &mut Work<'_, '_>, person: &Msisdn, who: &str, queue: &str) -> Result<(), Reject> {
    if let Some(hold) = work.tx.agent_hold(person)?.filter(|hold| hold.who != who) {
        return Err(Reject::new("taken", format!("{} holds this conversation", hold.who)));
    }
    work.tx.hold_thread(person, &AgentHold { who: who.to_owned(), queue: queue.to_owned(), active_at: work.now })?;
    danger::thread_taken(work, person)?;
    tell(work, "agent.taken", person, who)
}

/// Gives a thread back: the sessions of the person go on, and where anything was said meanwhile the person is told.
pub fn release_thread(work: &mut Work<'_, '_>, person: &Msisdn, who: &str) -> Result<(), Reject> {
    release_thread_to(work, person, who, None)
}

/// The same, where one session goes on at a chosen step.
pub fn release_thread_to(work: &mut Work<'_, '_>, person: &Msisdn, who: &str, chosen: Option<(SessionId, &str)>) -> Result<(), Reject> {
    if let Some((session, _)) = chosen {
        refuse_strange(work, person, session)?;
    }
    let since = work.tx.thread_taken_at(person)?.unwrap_or(work.now);
    let wrote = work.tx.texts_made_within(person, Purpose::Agent, &[], &(since..=work.now))? > 0;
    let heard = work.tx.heard_within(person, &(since..=work.now))?;
    if !work.tx.release_thread(person)? {
        return Err(Reject::new("not_taken", "nobody holds this conversation"));
    }
    tell(work, "agent.released", person, who)?;
    let asked: Vec<i64> = work.person(person)?.questions.into_iter().map(|asked| asked.question.id).collect();
    for session in work.tx.open_sessions_of(person)? {
        held::give_time(work, &session)?;
        match chosen.filter(|(chosen, _)| *chosen == session.id) {
            Some((id, step)) => super::advance::lead(work, id, step)?,
            None => work.advance_apart(session.id, Trigger::HandedBack)?,
        }
    }
    held::let_go(work, person)?;
    if wrote || heard { tell_person(work, person, &asked, wrote && who == IDLE) } else { Ok(()) }
}

/// Who gives back what its holder has forgotten.
pub const IDLE: &str = "idle";

/// Tells a person that the box answers again, with the question that has waited all the while. A question that was asked anew
/// says so itself; where nothing is asked, only who may still wait for a person is told.
fn tell_person(work: &mut Work<'_, '_>, person: &Msisdn, asked: &[i64], forgotten: bool) -> Result<(), Reject> {
    let view = work.person(person)?;
    let waiting = |asked: &&Asked| asked.question.state == QuestionState::Waiting && asked.question.code.is_none();
    if view.questions.iter().filter(waiting).any(|open| !asked.contains(&open.question.id)) {
        return Ok(());
    }
    // What has not left yet says so itself.
    let mut open = view.questions.iter().filter(waiting).filter(|asked| asked.question.accepted_at.is_some());
    let Some(open) = open.next_back() else {
        return if forgotten { hand_back(work, &view, None) } else { Ok(()) };
    };
    hand_back(work, &view, Some(open))
}

fn hand_back(work: &mut Work<'_, '_>, view: &PersonView, open: Option<&Asked>) -> Result<(), Reject> {
    let (book, rosters) = (work.book, Rosters::new());
    let rules = book.rules(&[], &rosters);
    let language = open.map_or(view.language.as_str(), |open| &open.session.language);
    let question = open.map_or("", |open| open.question.text.expose());
    let text = render::built_in(&rules, language, "handed_back", &[("question", question)]);
    let lane = match open {
        Some(open) => lane_of(&open.session, &rules),
        None => book.lane_of(Category::Account),
    };
    let is_live = clock::wrote_within(work.tx, &view.msisdn, &work.now.last(LIVE_FOR))?;
    let zone = hours::zone(view.zone.as_deref(), open.map(|open| &open.session.slots), &book.settings);
    let hours = lane.filter(|_| !is_live).map(|lane| lane.hours.clone()).unwrap_or_default();
    let outgoing = Outgoing {
        to: view.msisdn.clone(),
        text,
        purpose: Purpose::HandBack,
        category: lane.map_or(Category::Account, |lane| lane.category),
        policy: lane.map_or(Policy::Notice, |lane| lane.policy),
        rank: lane.map_or(Rank(1), |lane| lane.rank),
        sim: open.and_then(|open| open.question.sim.clone()),
        session: open.map(|open| open.session.id),
        not_before: hours::not_before(work.now, &hours, &book.settings.holidays, &zone),
        expires_at: open.map(|open| open.session.expires_at),
    };
    let extra = Extra { question: open.map(|open| open.question.id), source: "flow".to_owned(), ..Extra::default() };
    work.enqueue(&outgoing, &extra, PARTS_MAX_DEFAULT).map(drop)
}

/// Who wrote within this time is at the phone.
const LIVE_FOR: std::time::Duration = std::time::Duration::from_mins(30);

/// A person of the house answers in a thread; the first text takes it, in the same transaction.
pub fn reply(work: &mut Work<'_, '_>, person: &Msisdn, text: Text, who: &str, queue: &str) -> Result<MessageId, Reject> {
    words(&text)?;
    refuse_unasked(work, person)?;
    match work.tx.agent_hold(person)? {
        Some(hold) if hold.who == who => danger::thread_taken(work, person)?,
        Some(_) | None => take_thread(work, person, who, queue)?,
    }
    say(work, person, text, None)
}

/// What a note says a call has settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Nothing: the session waits as before.
    Nothing,
    /// The session is over.
    Closed,
    /// The session goes on at this step.
    Step(String),
}

/// What is written beside a conversation, of a call for example; the session it is about may be over with it, or go on
/// elsewhere. It is never texted.
pub fn note(
    work: &mut Work<'_, '_>,
    person: &Msisdn,
    (session, settled): (Option<SessionId>, &Settled),
    text: &Text,
    who: &str,
) -> Result<i64, Reject> {
    words(text)?;
    if let Some(session) = session {
        refuse_strange(work, person, session)?;
    }
    let of_session = || session.ok_or_else(|| Reject::at("invalid", "/session", "say which session it is about"));
    match settled {
        Settled::Nothing => {}
        Settled::Closed => super::advance::close(work, of_session()?, who)?,
        Settled::Step(step) => super::advance::lead(work, of_session()?, step)?,
    }
    let id = work.tx.insert_note(person, session, who, text, work.now)?;
    if let Some(hold) = work.tx.agent_hold(person)?.filter(|hold| hold.who == who) {
        work.tx.hold_thread(person, &AgentHold { active_at: work.now, ..hold })?;
    }
    Ok(id)
}

fn refuse_strange(work: &Work<'_, '_>, person: &Msisdn, session: SessionId) -> Result<(), Reject> {
    let known = work.tx.session(session)?.ok_or_else(|| Reject::not_found("session"))?;
    let theirs = known.people.contains(person);
    if theirs { Ok(()) } else { Err(Reject::at("invalid", "/session", "this session is with somebody else")) }
}

/// Closes a conversation: every open session with this person alone, its tasks and the hold of whoever closes it. An alarm that
/// pages others goes on. Answers how many sessions were closed.
pub fn close_thread(work: &mut Work<'_, '_>, person: &Msisdn, who: &str) -> Result<usize, Reject> {
    if let Some(hold) = work.tx.agent_hold(person)? {
        if hold.who != who {
            return Err(Reject::new("taken", format!("{} holds this conversation", hold.who)));
        }
        work.tx.release_thread(person)?;
        held::let_go(work, person)?;
        work.tx.close_thread(person, &ClosedThread { who: hold.who, queue: hold.queue, at: work.now })?;
        tell(work, "agent.released", person, who)?;
    }
    let mut closed = 0;
    for session in work.tx.open_sessions_of(person)? {
        if session.people.iter().any(|other| other != person) {
            continue;
        }
        super::advance::close(work, session.id, who)?;
        closed += 1;
        for task in work.tx.tasks_of(session.id)?.into_iter().filter(|task| task.closed_at.is_none() && task.kind != TaskKind::Danger) {
            close_task(work, task.id, who)?;
        }
    }
    Ok(closed)
}

fn words(text: &Text) -> Result<(), Reject> {
    let empty = text.expose().trim().is_empty();
    if empty { Err(Reject::at("invalid", "/text", "there are no words")) } else { Ok(()) }
}

/// After a STOP nothing leaves that the person did not start: who wrote within a day is answered.
fn refuse_unasked(work: &Work<'_, '_>, person: &Msisdn) -> Result<(), Reject> {
    if work.tx.heard_within(person, &work.now.last(LIVE))? {
        return Ok(());
    }
    work.refuse_without_consent(person, Category::Account)
}

const LIVE: std::time::Duration = std::time::Duration::from_hours(24);

/// A person of the house writes to somebody.
pub fn say(work: &mut Work<'_, '_>, person: &Msisdn, text: Text, sim: Option<&str>) -> Result<MessageId, Reject> {
    let lane = work.book.lane_of(Category::Account);
    let outgoing = Outgoing {
        to: person.clone(),
        text,
        purpose: Purpose::Agent,
        category: Category::Account,
        policy: Policy::Notice,
        rank: lane.map_or(Rank(1), |lane| lane.rank),
        sim: sim.map(str::to_owned),
        session: None,
        not_before: None,
        expires_at: None,
    };
    // Who writes in a thread they hold is there.
    if let Some(hold) = work.tx.agent_hold(person)? {
        work.tx.hold_thread(person, &AgentHold { active_at: work.now, ..hold })?;
    }
    let extra = Extra { source: "agent".to_owned(), ..Extra::default() };
    Ok(work.enqueue(&outgoing, &extra, PARTS_MAX_DEFAULT)?.id)
}

fn tell(work: &mut Work<'_, '_>, kind: &str, person: &Msisdn, who: &str) -> Result<(), Reject> {
    let subject = person.e164().to_owned();
    work.emit(kind, About { subject: &subject, msisdn: Some(person), session: None }, serde_json::json!({"msisdn": person, "by": who}))?;
    Ok(())
}
