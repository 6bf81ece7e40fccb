//! The log has no gaps and tells every change that it promises; the subscriber hears each event, in order per conversation,
//! under the id it has in the log.

use std::collections::{BTreeMap, BTreeSet};

use answerback::store::page::Paging;
use answerback::store::{Reader, SessionFilter};
use answerback::terms::{MessageState, SessionState};

use super::ledger::Change;
use crate::sim::utility::Heard;

/// What was read of the log and heard of it.
#[derive(Debug, Default)]
pub(super) struct Log {
    seq: i64,
    /// Conversation and id of each event, from 1.
    rows: Vec<(String, String)>,
    /// Types of the events of each message, and of each session.
    of: BTreeMap<String, Vec<String>>,
    /// Types of the events of each call that goes out.
    calls: BTreeMap<i64, Vec<String>>,
    heard: usize,
    heard_seqs: BTreeSet<i64>,
    /// The newest event of each conversation that was heard.
    newest: BTreeMap<String, i64>,
}

/// Rows of one read.
const PAGE: u32 = 200;

impl Log {
    /// Reads on; numbers are without gaps.
    pub(super) fn read(&mut self, reader: &Reader<'_>) -> Result<(), String> {
        loop {
            let events = reader.events_after(self.seq, PAGE).map_err(|error| error.to_string())?;
            if events.is_empty() {
                return Ok(());
            }
            for event in events {
                if event.seq != self.seq + 1 {
                    return Err(format!("event {} follows event {}", event.seq, self.seq));
                }
                self.seq = event.seq;
                if let Some(call) = event.data["call"].as_i64().filter(|_| event.kind.starts_with("call.")) {
                    self.calls.entry(call).or_default().push(event.kind.clone());
                }
                self.of.entry(event.subject.clone()).or_default().push(event.kind.clone());
                if let Some(session) = event.session.map(|id| id.to_string()).filter(|id| *id != event.subject) {
                    self.of.entry(session).or_default().push(event.kind.clone());
                }
                self.rows.push((event.conversation().to_owned(), event.id.to_string()));
            }
        }
    }

    /// Number of the newest event.
    pub(super) fn newest(&self) -> i64 {
        self.seq
    }

    /// How many events of this type a call that goes out has.
    pub(super) fn of_call(&self, call: i64, kind: &str) -> usize {
        self.calls.get(&call).map_or(0, |kinds| kinds.iter().filter(|known| *known == kind).count())
    }

    fn has(&self, subject: &str, kind: &str) -> usize {
        self.of.get(subject).map_or(0, |kinds| kinds.iter().filter(|known| *known == kind).count())
    }

    /// A message is told when it is accepted, and each state it comes to that has an event.
    pub(super) fn tells(&self, change: &Change) -> Result<(), String> {
        let (id, state) = (change.after.message.id.to_string(), change.after.message.state);
        if self.has(&id, "message.accepted") != 1 {
            return Err(format!("{id} has {} events message.accepted", self.has(&id, "message.accepted")));
        }
        if change.before.as_ref().is_some_and(|before| before.message.state == state) {
            return Ok(());
        }
        match told_as(state) {
            Some(kind) if self.has(&id, kind) == 0 => Err(format!("{id} is {state:?} and the log has no {kind}")),
            Some(_) | None => self.tells_ends_once(&id),
        }
    }

    fn tells_ends_once(&self, id: &str) -> Result<(), String> {
        for kind in ["message.submitted", "message.delivered", "message.expired", "message.withdrawn", "message.failed"] {
            if self.has(id, kind) > 1 {
                return Err(format!("{id} has {} events {kind}", self.has(id, kind)));
            }
        }
        Ok(())
    }

    /// What the subscriber took since the last look.
    pub(super) fn hears(&mut self, heard: &[Heard]) -> Result<(), String> {
        for one in &heard[self.heard.min(heard.len())..] {
            let row = usize::try_from(one.seq - 1).ok().and_then(|place| self.rows.get(place));
            let Some((conversation, id)) = row else {
                return Err(format!("the subscriber heard event {}, the log ends at {}", one.seq, self.seq));
            };
            if *id != one.id {
                return Err(format!("event {} has the id {id} and was heard as {}", one.seq, one.id));
            }
            let newest = self.newest.entry(conversation.clone()).or_default();
            if self.heard_seqs.insert(one.seq) {
                if one.seq < *newest {
                    return Err(format!("event {} was heard first after event {newest} of the same conversation", one.seq));
                }
                *newest = one.seq;
            }
        }
        self.heard = heard.len();
        Ok(())
    }

    /// At rest every event was heard.
    pub(super) fn all_heard(&self) -> Result<(), String> {
        match (1..=self.seq).find(|seq| !self.heard_seqs.contains(seq)) {
            Some(seq) => Err(format!("nobody heard event {seq} of {}", self.seq)),
            None => Ok(()),
        }
    }

    /// At rest every session was told from its beginning to its end.
    pub(super) fn sessions_are_told(&self, reader: &Reader<'_>) -> Result<(), String> {
        let mut cursor = None;
        loop {
            let page = reader.sessions(&SessionFilter::default(), Paging::new(PAGE, cursor)).map_err(|error| error.to_string())?;
            for session in &page.items {
                let id = session.id.to_string();
                let end = match session.state {
                    SessionState::Opening | SessionState::Asked => "session.opened",
                    SessionState::Completed | SessionState::Closed => "session.completed",
                    SessionState::Expired => "session.expired",
                    SessionState::Failed => "session.failed",
                    SessionState::Parked => "session.parked",
                };
                if let Some(kind) = ["session.opened", end].into_iter().find(|kind| self.has(&id, kind) == 0) {
                    return Err(format!("session {id} is {:?} and the log has no {kind}", session.state));
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }
}

const fn told_as(state: MessageState) -> Option<&'static str> {
    match state {
        MessageState::Submitted => Some("message.submitted"),
        MessageState::Delivered => Some("message.delivered"),
        MessageState::InDoubt | MessageState::Parked => Some("message.in_doubt"),
        MessageState::Withdrawn => Some("message.withdrawn"),
        MessageState::Expired => Some("message.expired"),
        MessageState::Refused | MessageState::Failed => Some("message.failed"),
        MessageState::Accepted | MessageState::Queued | MessageState::Sending | MessageState::UnknownDelivery => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(conversations: &[&str]) -> Log {
        let rows: Vec<(String, String)> =
            conversations.iter().enumerate().map(|(place, name)| ((*name).to_owned(), format!("evt_{}", place + 1))).collect();
        Log { seq: rows.len() as i64, rows, ..Log::default() }
    }

    fn heard(seqs: &[i64]) -> Vec<Heard> {
        seqs.iter().map(|seq| Heard { seq: *seq, id: format!("evt_{seq}"), kind: String::new() }).collect()
    }

    fn check(name: &str, seqs: &[i64], want: Result<(), &str>) {
        let got = log(&["anna", "bert", "anna"]).hears(&heard(seqs));
        assert_eq!(got.is_ok(), want.is_ok(), "{name}: {got:?}");
    }

    #[test]
    fn order_is_kept_in_a_conversation_and_repeats_do_not_count() {
        check("in order", &[1, 2, 3], Ok(()));
        check("another conversation may be first", &[2, 1, 3], Ok(()));
        check("a repeat of an old one", &[1, 3, 1], Ok(()));
        check("out of order", &[3, 1], Err("event 1"));
        check("not in the log", &[4], Err("event 4"));
        let mut wrong = heard(&[1]);
        "evt_9".clone_into(&mut wrong[0].id);
        assert!(log(&["anna"]).hears(&wrong).is_err(), "another id");
        let mut some = log(&["anna", "bert"]);
        assert!(some.hears(&heard(&[2])).is_ok() && some.all_heard().is_err());
    }
}
