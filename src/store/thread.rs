//! Threads: what was said with a person, or within a session, in the order in which it happened.

use super::error::Result;
use super::inbound::InboundRow;
use super::message::Message;
use super::{MessageFilter, Paging, Reader};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::time::Timestamp;

/// One text of a thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Ours.
    Out(Message),
    /// Theirs, with the rule that took it and why.
    In(InboundRow),
}

impl Said {
    /// When it was made or read.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Out(message) => message.created_at,
            Self::In(inbound) => inbound.received_at,
        }
    }
}

impl Reader<'_> {
    /// The newest `limit` texts with a person, oldest of them first.
    pub fn thread(&self, person: &Msisdn, limit: u32) -> Result<Vec<Said>> {
        let filter = MessageFilter { to: Some(person.clone()), state: None };
        let ours = self.messages(&filter, Paging::newest(limit))?.items;
        let theirs = self.inbounds(Some(person), Paging::newest(limit))?.items;
        let mut thread = merge(ours, theirs);
        let surplus = thread.len().saturating_sub(limit as usize);
        thread.drain(..surplus);
        Ok(thread)
    }

    /// What was said within a session, oldest first.
    pub fn transcript(&self, session: SessionId) -> Result<Vec<Said>> {
        Ok(merge(self.messages_of_session(session)?, self.inbounds_of_session(session)?))
    }
}

fn merge(ours: Vec<Message>, theirs: Vec<InboundRow>) -> Vec<Said> {
    let mut thread: Vec<Said> = theirs.into_iter().map(Said::In).chain(ours.into_iter().map(Said::Out)).collect();
    // At the same instant theirs comes first: ours answers it. Row numbers keep each side in order.
    thread.sort_by_key(|said| match said {
        Said::In(inbound) => (inbound.received_at, 0, inbound.id),
        Said::Out(message) => (message.created_at, 1, message.n),
    });
    thread
}
