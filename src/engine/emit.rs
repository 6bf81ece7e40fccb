//! Appending to the event log, in the transaction of the change.

use serde_json::{Value as Json, json};

use super::{Reject, Work};
use crate::ids::{EventId, SessionId};
use crate::msisdn::Msisdn;
use crate::store::{Message, NewEvent};

/// What an event is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// An id, a modem's name, an ICCID.
    pub subject: &'a str,
    /// The person.
    pub msisdn: Option<&'a Msisdn>,
    /// The session.
    pub session: Option<SessionId>,
}

impl Work<'_, '_> {
    /// Appends one event.
    pub fn emit(&mut self, kind: &str, about: About<'_>, data: Json) -> Result<i64, Reject> {
        let event = NewEvent {
            id: EventId::new(self.now, self.chance),
            at: self.now,
            kind: kind.to_owned(),
            subject: about.subject.to_owned(),
            msisdn: about.msisdn.cloned(),
            session: about.session,
            data,
        };
        Ok(self.tx.append_event(&event)?)
    }

    /// Appends an event about a message. Its text is not in it: readers of the log fetch what they may see.
    pub fn emit_message(&mut self, kind: &str, message: &Message) -> Result<(), Reject> {
        let data = json!({
            "message": message.id, "to": message.to, "session": message.session, "purpose": message.purpose,
            "state": message.state, "certainty": message.certainty(), "possibly_twice": message.possibly_twice,
            "parts": message.parts, "tags": message.tags, "reason": message.reason,
        });
        let subject = message.id.to_string();
        self.emit(kind, About { subject: &subject, msisdn: Some(&message.to), session: message.session }, data)?;
        Ok(())
    }
}
