//! Something happened outside (paid, restored, cleared): it reaches every matching open session, thousands if need be, a
//! chunk of [`CHUNK`] in each job.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::idempotent::{Answered, Idempotency, keep, kept};
use super::{Book, Engine, Reject, Work};
use crate::conversation::machine::event_of;
use crate::conversation::render::{kind_word, typed};
use crate::conversation::session::Session;
use crate::conversation::{Rosters, Trigger};
use crate::ids::SessionId;
use crate::store::{self, Queue, Reader};
use crate::value::Value;

/// Most sessions that one job moves: the modems' jobs wait a few tens of milliseconds at most.
pub const CHUNK: usize = 100;
/// Most sessions looked at in one read.
const LOOKED_AT: u32 = 500;

/// Whom it concerns.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// One session.
    Session(SessionId),
    /// The open session of a flow with this key.
    Key {
        /// The flow.
        flow: String,
        /// Its key.
        key: String,
    },
    /// Every open session whose slots hold these values.
    Where(BTreeMap<String, Value>),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// What.
    pub event: String,
    /// Whom it concerns.
    pub target: Target,
    /// What is known of it.
    pub data: BTreeMap<String, Value>,
    /// Makes the request safe to repeat.
    pub idempotency: Option<Idempotency>,
}

/// The sessions it concerns.
pub fn targets(reader: &Reader<'_>, target: &Target) -> store::Result<Vec<SessionId>> {
    let mut found = Vec::new();
    each(reader, target, &mut |session| found.push(session.id))?;
    Ok(found)
}

fn each(reader: &Reader<'_>, target: &Target, take: &mut dyn FnMut(&Session)) -> store::Result<()> {
    match target {
        Target::Session(id) => reader.session(*id)?.filter(|session| session.state.is_open()).iter().for_each(take),
        Target::Key { flow, key } => reader.twin_session(flow, key)?.iter().for_each(take),
        Target::Where(wanted) => matching(reader, wanted, take)?,
    }
    Ok(())
}

fn matching(reader: &Reader<'_>, wanted: &BTreeMap<String, Value>, take: &mut dyn FnMut(&Session)) -> store::Result<()> {
    let mut after = 0;
    loop {
        let chunk = reader.open_sessions_after(after, LOOKED_AT)?;
        let Some((last, _)) = chunk.last() else {
            return Ok(());
        };
        after = *last;
        chunk.iter().map(|(_, session)| session).filter(|session| holds(session, wanted)).for_each(&mut *take);
    }
}

/// Why what is known of it cannot stand in the slots of a session that it concerns: nobody is told half of it.
fn misfit(book: &Book, session: &Session, happening: &Happening) -> Option<Reject> {
    let rosters = Rosters::new();
    let rules = book.rules(&[], &rosters);
    let (flow, outside) = event_of(session, &happening.event, &rules)?;
    outside.data.iter().find_map(|slot| {
        let (value, need) = (happening.data.get(slot)?, flow.needs.get(slot)?);
        let words = format!("flow {}: `{slot}` must be {}", flow.name, kind_word(need.kind));
        typed(*need, value).is_none().then(|| Reject::at("bad_value", &format!("/data/{slot}"), words))
    })
}

/// A slot holds what it reads as: `"A-17"` matches a text, `"84.50"` a price.
fn holds(session: &Session, wanted: &BTreeMap<String, Value>) -> bool {
    !wanted.is_empty()
        && wanted.iter().all(|(slot, value)| session.slots.get(slot).is_some_and(|held| held == value || spelled(held) == spelled(value)))
}

fn spelled(value: &Value) -> String {
    match super::json::to_json(value) {
        serde_json::Value::String(words) => words,
        other => other.to_string(),
    }
}

/// Moves one chunk of sessions; answers how many were open. A session that cannot move does not hold back the others.
pub fn event(work: &mut Work<'_, '_>, sessions: &[SessionId], name: &str, data: &BTreeMap<String, Value>) -> Result<usize, Reject> {
    let mut reached = 0;
    for session in sessions.iter().take(CHUNK) {
        let trigger = Trigger::Happened { event: name.to_owned(), data: data.clone() };
        match work.apart(|work| work.advance(*session, trigger))? {
            Ok(true) => reached += 1,
            Ok(false) => {}
            Err(reject) => tracing::error!(session = %session, error = %reject, "Session {session} did not take an event: {reject}"),
        }
    }
    Ok(reached)
}

/// What is kept under the key of a request: how far it has come, and at last its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Kept {
    /// All were reached: so many.
    Done(usize),
    /// Under way, or the box stopped in the middle.
    Doing {
        /// Those up to this one have been moved; `None` before the first.
        after: Option<SessionId>,
        /// The last one: who came later is not concerned.
        until: Option<SessionId>,
        /// So many were open.
        reached: usize,
    },
}

impl Kept {
    /// Before the first of these, which are in order.
    pub(super) fn nothing_of(sessions: &[SessionId]) -> Self {
        Self::Doing { after: None, until: sessions.last().copied(), reached: 0 }
    }
}

/// What a job made of its chunk.
#[derive(Debug)]
pub(super) enum Step {
    /// Others are left.
    More,
    /// All were reached.
    Done(Answered<usize>),
}

/// Reaches every session concerned, chunk by chunk; answers how many were reached. The key is noted with the first chunk and
/// moves with each: the same request again, meanwhile or after a stop in the middle, goes on where it stands, and gets the
/// first answer where all were reached.
pub async fn everywhere(engine: &Engine, happening: Happening) -> Result<Answered<usize>, Reject> {
    let (happening, book) = (Arc::new(happening), engine.book().await?);
    let wanted = Arc::clone(&happening);
    let (mut sessions, refused) = engine.read(move |reader| concerned(reader, &book, &wanted)).await?;
    sessions.sort_unstable();
    let (sessions, refused) = (Arc::new(sessions), Arc::new(refused));
    let mut so_far = Kept::nothing_of(&sessions);
    loop {
        let (wanted, all, no) = (Arc::clone(&happening), Arc::clone(&sessions), Arc::clone(&refused));
        let job = move |work: &mut Work<'_, '_>| match no.as_ref() {
            Some(no) if !is_known(work, &wanted)? => Err(no.clone()),
            Some(_) | None => step(work, &wanted, &all, so_far, CHUNK),
        };
        match engine.run(Queue::Others, job).await?.into_inner() {
            (Step::More, now) => so_far = now,
            (Step::Done(answered), _) => return Ok(answered),
        }
    }
}

/// The sessions it concerns, and why not all of them can take it.
fn concerned(reader: &Reader<'_>, book: &Book, happening: &Happening) -> store::Result<(Vec<SessionId>, Option<Reject>)> {
    let (mut sessions, mut refused) = (Vec::new(), None);
    each(reader, &happening.target, &mut |session| {
        sessions.push(session.id);
        if refused.is_none() {
            refused = misfit(book, session, happening);
        }
    })?;
    Ok((sessions, refused))
}

/// Whether this request was taken before: then it goes on, whoever has come since.
fn is_known(work: &Work<'_, '_>, happening: &Happening) -> Result<bool, Reject> {
    let first: Option<Option<Kept>> = happening.idempotency.as_ref().map(|request| kept(work, request)).transpose()?;
    Ok(first.flatten().is_some())
}

/// Moves the next chunk of `sessions`, which are in order. How far the work has come is what the key says, or `so_far` where there
/// is none.
pub(super) fn step(
    work: &mut Work<'_, '_>,
    happening: &Happening,
    sessions: &[SessionId],
    so_far: Kept,
    most: usize,
) -> Result<(Step, Kept), Reject> {
    let first = happening.idempotency.as_ref().map(|request| kept(work, request)).transpose()?.flatten();
    let (after, until, reached) = match first.unwrap_or(so_far) {
        Kept::Done(answer) => return Ok((Step::Done(Answered { answer, replayed: true }), Kept::Done(answer))),
        Kept::Doing { after, until, reached } => (after, until, reached),
    };
    // They are in order: whatever their number, finding the place costs next to nothing.
    let place = |session: Option<SessionId>| session.map_or(0, |session| sessions.partition_point(|other| *other <= session));
    let left = sessions.get(place(after)..place(until)).unwrap_or_default();
    let chunk = &left[..left.len().min(most)];
    let reached = reached + event(work, chunk, &happening.event, &happening.data)?;
    // The last chunk is the one behind which nobody is left.
    let last = chunk.last().copied().filter(|_| left.len() > chunk.len());
    let now = match last {
        Some(_) => Kept::Doing { after: last, until, reached },
        None => Kept::Done(reached),
    };
    if let Some(request) = &happening.idempotency {
        keep(work, request, &now)?;
    }
    let step = if last.is_some() { Step::More } else { Step::Done(Answered { answer: reached, replayed: false }) };
    Ok((step, now))
}
