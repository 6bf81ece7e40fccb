//! The event log: append-only, in the same transaction as the change it tells of, numbered without gaps.

use rusqlite::named_params;
use serde_json::Value as Json;

use super::columns;
use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::ids::{EventId, SessionId};
use crate::msisdn::Msisdn;
use crate::time::Timestamp;

/// Most events of one read.
pub const EVENTS_MAX: u32 = 500;

/// One row of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Counts from 1, no gaps.
    pub seq: i64,
    /// Stable across retries: the `webhook-id`.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// Its type, for example `message.submitted`.
    pub kind: String,
    /// What it is about: an id, a modem's name, an ICCID.
    pub subject: String,
    /// The person it concerns: events of one person are delivered in order.
    pub msisdn: Option<Msisdn>,
    /// The session it concerns.
    pub session: Option<SessionId>,
    /// The rest, as a JSON object.
    pub data: Json,
}

/// An event that has no number yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// Its type.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// The person.
    pub msisdn: Option<Msisdn>,
    /// The session.
    pub session: Option<SessionId>,
    /// The rest.
    pub data: Json,
}

impl Event {
    /// What must stay in order together: the person, else the subject.
    pub fn conversation(&self) -> &str {
        self.msisdn.as_ref().map_or(&self.subject, Msisdn::e164)
    }
}

fn read(row: &Row<'_>) -> Result<Event> {
    Ok(Event {
        seq: row.get("seq")?,
        id: row.get("id")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        subject: row.get("subject")?,
        msisdn: row.get("msisdn")?,
        session: row.get("session")?,
        data: row.get::<_, columns::Json<Json>>("data")?.0,
    })
}

impl Reader<'_> {
    /// Number of the newest event, 0 where there is none.
    pub fn newest_event(&self) -> Result<i64> {
        self.count("SELECT COALESCE(MAX(seq), 0) FROM event", [])
    }

    /// Events after `seq`, oldest first, at most `limit` (and [`EVENTS_MAX`]).
    pub fn events_after(&self, seq: i64, limit: u32) -> Result<Vec<Event>> {
        let limit = limit.min(EVENTS_MAX);
        self.all("SELECT * FROM event WHERE seq > :seq ORDER BY seq LIMIT :limit", named_params! {":seq": seq, ":limit": limit}, read)
    }

    /// One event.
    pub fn event(&self, seq: i64) -> Result<Option<Event>> {
        self.one("SELECT * FROM event WHERE seq = ?1", [seq], read)
    }

    /// The newest events first.
    pub fn events(&self, paging: Paging) -> Result<Page<Event>> {
        let sql = "SELECT * FROM event WHERE seq < :before ORDER BY seq DESC LIMIT :rows";
        let rows = self.all(sql, named_params! {":before": paging.before(), ":rows": paging.rows()}, read)?;
        Ok(Page::cut(rows, paging, |event| event.seq))
    }

    /// The newest 500 events of one session, oldest first.
    pub fn events_of_session(&self, session: SessionId) -> Result<Vec<Event>> {
        let sql = "SELECT * FROM event WHERE session = ?1 ORDER BY seq DESC LIMIT 500";
        let mut events = self.all(sql, [session], read)?;
        events.reverse();
        Ok(events)
    }

    /// How far a named reader of the log has come.
    pub fn cursor_of(&self, reader: &str) -> Result<i64> {
        Ok(self.one("SELECT seq FROM cursor WHERE reader = ?1", [reader], |row| Ok(row.get(0)?))?.unwrap_or(0))
    }
}

impl Tx<'_> {
    /// Appends to the log and answers the number.
    pub fn append_event(&mut self, event: &NewEvent) -> Result<i64> {
        let sql = "INSERT INTO event (seq, id, at, kind, subject, msisdn, session, data)
                   VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM event), :id, :at, :kind, :subject, :msisdn, :session, :data)";
        let seq = self.insert(
            sql,
            named_params! {
                ":id": event.id, ":at": event.at, ":kind": event.kind, ":subject": event.subject,
                ":msisdn": event.msisdn, ":session": event.session, ":data": columns::Json(&event.data),
            },
        )?;
        self.touch().events = seq;
        Ok(seq)
    }

    /// Remembers how far a named reader of the log has come.
    pub fn save_cursor(&mut self, reader: &str, seq: i64) -> Result<()> {
        let sql = "INSERT INTO cursor (reader, seq) VALUES (?1, ?2) ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq";
        self.change(sql, (reader, seq))?;
        Ok(())
    }
}
