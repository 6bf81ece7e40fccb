//! Http steps: committed before their bytes leave, never posted twice.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::columns::{Json, Spelled};
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::conversation::effect::Call;
use crate::ids::SessionId;
use crate::terms::CallState;
use crate::time::Timestamp;
use crate::value::Value;

/// One http step of one visit.
#[derive(Debug, Clone, PartialEq)]
pub struct Calling {
    /// Row number.
    pub id: i64,
    /// First part of the idempotency key.
    pub session: SessionId,
    /// Second part.
    pub step: String,
    /// Third part.
    pub visit: u32,
    /// Name of the endpoint.
    pub endpoint: String,
    /// A look-up: may be asked again.
    pub read: bool,
    /// What is sent.
    pub body: BTreeMap<String, Value>,
    /// Where it is in its life.
    pub state: CallState,
    /// Status and reason, in words for a technician.
    pub detail: Option<String>,
    /// When the step was reached.
    pub queued_at: Timestamp,
    /// When its bytes were allowed to leave.
    pub started_at: Option<Timestamp>,
    /// When its outcome was known.
    pub ended_at: Option<Timestamp>,
    /// How often the endpoint's status was asked after an unknown outcome.
    pub lookups: u32,
    /// The flow was told that the outcome is unknown.
    pub told: bool,
    /// When it may be called or its status asked next.
    pub due_at: Option<Timestamp>,
}

impl Calling {
    /// The `Idempotency-Key` header: the same for every try of this step visit.
    pub fn key(&self) -> String {
        format!("{}:{}:{}", self.session, self.step, self.visit)
    }
}

fn read(row: &Row<'_>) -> Result<Calling> {
    Ok(Calling {
        id: row.get("id")?,
        session: row.get("session")?,
        step: row.get("step")?,
        visit: row.get("visit")?,
        endpoint: row.get("endpoint")?,
        read: row.get("read")?,
        body: row.get::<_, Json<_>>("body")?.0,
        state: row.get::<_, Spelled<_>>("state")?.0,
        detail: row.get("detail")?,
        queued_at: row.get("queued_at")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
        lookups: row.get("lookups")?,
        told: row.get("told")?,
        due_at: row.get("due_at")?,
    })
}

impl Reader<'_> {
    /// One http step.
    pub fn calling(&self, id: i64) -> Result<Option<Calling>> {
        self.one("SELECT * FROM calling WHERE id = ?1", [id], read)
    }

    /// Http steps of a session, oldest first.
    pub fn callings_of(&self, session: SessionId) -> Result<Vec<Calling>> {
        self.all("SELECT * FROM calling WHERE session = ?1 ORDER BY id LIMIT 1000", [session], read)
    }

    /// The newest http step of a session.
    pub fn last_calling_of(&self, session: SessionId) -> Result<Option<Calling>> {
        self.one("SELECT * FROM calling WHERE session = ?1 ORDER BY id DESC LIMIT 1", [session], read)
    }

    /// Steps whose bytes may leave now, oldest first.
    pub fn queued_calls(&self, now: Timestamp, limit: u32) -> Result<Vec<Calling>> {
        let sql = "SELECT * FROM calling WHERE state IN ('queued', 'calling', 'unknown') AND state = 'queued' AND (due_at IS NULL OR due_at <= ?1) ORDER BY id LIMIT ?2";
        self.all(sql, (now, limit), read)
    }

    /// Steps whose bytes were allowed to leave and whose outcome is open.
    pub fn started_calls(&self) -> Result<Vec<Calling>> {
        self.all(
            "SELECT * FROM calling WHERE state IN ('queued', 'calling', 'unknown') AND state = 'calling' ORDER BY id LIMIT 1000",
            [],
            read,
        )
    }

    /// Unknown steps whose endpoint's status should be asked now.
    pub fn calls_to_look_up(&self, now: Timestamp, limit: u32) -> Result<Vec<Calling>> {
        self.all("SELECT * FROM calling WHERE state IN ('queued', 'calling', 'unknown') AND state = 'unknown' AND due_at <= ?1 ORDER BY due_at LIMIT ?2", (now, limit), read)
    }

    /// When the next call or look-up falls due after `now`.
    pub fn next_call_due(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(due_at) FROM calling WHERE state IN ('queued', 'unknown') AND due_at > ?1";
        Ok(self.one(sql, [now], |row| Ok(row.get(0)?))?.flatten())
    }

    /// Http steps of a session, oldest first.
    pub fn calls_of(&self, session: SessionId) -> Result<Vec<Calling>> {
        self.all("SELECT * FROM calling WHERE session = ?1 ORDER BY id LIMIT 1000", [session], read)
    }

    /// The newest http steps of an endpoint.
    pub fn calls_of_endpoint(&self, endpoint: &str, limit: u32) -> Result<Vec<Calling>> {
        self.all("SELECT * FROM calling WHERE endpoint = ?1 ORDER BY id DESC LIMIT ?2", (endpoint, limit), read)
    }
}

impl Tx<'_> {
    /// Queues an http step; the same step visit is queued once, whoever asks.
    pub fn queue_call(&mut self, call: &Call, now: Timestamp) -> Result<bool> {
        let sql = "INSERT INTO calling (session, step, visit, endpoint, read, body, state, queued_at, lookups, told)
                   VALUES (:session, :step, :visit, :endpoint, :read, :body, 'queued', :now, 0, 0)
                   ON CONFLICT (session, step, visit) DO NOTHING";
        let rows = self.change(
            sql,
            named_params! {
                ":session": call.session, ":step": call.step, ":visit": call.visit, ":endpoint": call.endpoint,
                ":read": call.read, ":body": Json(&call.body), ":now": now,
            },
        )?;
        self.touch().calls += 1;
        Ok(rows == 1)
    }

    /// Writes back where an http step is in its life.
    pub fn save_call(&mut self, call: &Calling) -> Result<()> {
        let sql = "UPDATE calling SET state = :state, detail = :detail, started_at = :started_at, ended_at = :ended_at,
                       lookups = :lookups, told = :told, due_at = :due_at
                   WHERE id = :id";
        self.change(
            sql,
            named_params! {
                ":state": Spelled(call.state), ":detail": call.detail, ":started_at": call.started_at,
                ":ended_at": call.ended_at, ":lookups": call.lookups, ":told": call.told, ":due_at": call.due_at, ":id": call.id,
            },
        )?;
        self.touch().calls += 1;
        Ok(())
    }
}
