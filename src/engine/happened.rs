//! Something happened outside (paid, restored, cleared): it reaches every matching open session, thousands if need be, a
//! chunk of [`CHUNK`] in each job.

use std::collections::BTreeMap;

use super::idempotent::{Answered, Idempotency, once};
use super::{Engine, Reject, Work};
use crate::conversation::Trigger;
use crate::conversation::session::Session;
use crate::ids::SessionId;
use crate::store::{self, Queue, Reader};
use crate::value::Value;

/// Most sessions that one job moves: the modems' jobs never wait for more.
pub const CHUNK: usize = 500;

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

/// The sessions it concerns, in order.
pub fn targets(reader: &Reader<'_>, target: &Target) -> store::Result<Vec<SessionId>> {
    match target {
        Target::Session(id) => {
            Ok(reader.session(*id)?.filter(|session| session.state.is_open()).map(|session| session.id).into_iter().collect())
        }
        Target::Key { flow, key } => Ok(reader.twin_session(flow, key)?.map(|session| session.id).into_iter().collect()),
        Target::Where(wanted) => matching(reader, wanted),
    }
}

fn matching(reader: &Reader<'_>, wanted: &BTreeMap<String, Value>) -> store::Result<Vec<SessionId>> {
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let chunk = reader.open_sessions_after(after, CHUNK as u32)?;
        let Some((last, _)) = chunk.last() else {
            return Ok(found);
        };
        after = *last;
        found.extend(chunk.iter().filter(|(_, session)| holds(session, wanted)).map(|(_, session)| session.id));
    }
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

/// Reaches every session concerned, chunk by chunk; answers how many were reached. The same request again gets its first
/// answer; where the box stopped in the middle of the first, it reaches those that were left.
pub async fn everywhere(engine: &Engine, happening: Happening) -> Result<Answered<usize>, Reject> {
    let (target, key) = (happening.target.clone(), happening.idempotency.clone());
    let sessions = engine
        .read(move |reader| {
            let answered = key.map(|it| reader.first_answer(&it.owner, &it.key)).transpose()?.flatten().is_some();
            if answered { Ok(Vec::new()) } else { targets(reader, &target) }
        })
        .await?;
    let mut chunks = sessions.chunks(CHUNK).map(<[SessionId]>::to_vec);
    let (first, mut reached) = (chunks.next().unwrap_or_default(), 0);
    for chunk in chunks {
        let (name, data) = (happening.event.clone(), happening.data.clone());
        reached += engine.run(Queue::Others, move |work| event(work, &chunk, &name, &data)).await?.into_inner();
    }
    // The first chunk goes last, with the key: what is kept counts them all.
    let job = move |work: &mut Work<'_, '_>| {
        once(work, happening.idempotency.as_ref(), |work| Ok(reached + event(work, &first, &happening.event, &happening.data)?))
    };
    Ok(engine.run(Queue::Others, job).await?.into_inner())
}
