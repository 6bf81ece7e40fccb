//! Sessions: runs of flows, as `conversation` thinks of them.

use rusqlite::named_params;

use super::columns::{Json, Spelled};
use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::conversation::session::{FlowRef, Session};
use crate::ids::SessionId;
use crate::msisdn::Msisdn;
use crate::terms::SessionState;
use crate::time::Timestamp;

fn read(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        flow: FlowRef { name: row.get("flow")?, revision: row.get("revision")? },
        key: row.get("key")?,
        lane: row.get("lane")?,
        people: row.get::<_, Json<_>>("people")?.0,
        language: row.get("language")?,
        sim: row.get("sim")?,
        step: row.get("step")?,
        visit: row.get("visit")?,
        slots: row.get::<_, Json<_>>("slots")?.0,
        state: row.get::<_, Spelled<_>>("state")?.0,
        result: row.get("result")?,
        opened_at: row.get("opened_at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
        ended_by: row.get("ended_by")?,
    })
}

/// What a list of sessions is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Only with this person.
    pub with: Option<Msisdn>,
    /// Only of this flow.
    pub flow: Option<String>,
    /// Only in this state.
    pub state: Option<SessionState>,
}

impl Reader<'_> {
    /// One session.
    pub fn session(&self, id: SessionId) -> Result<Option<Session>> {
        self.one("SELECT * FROM session WHERE id = ?1", [id], read)
    }

    /// Whether there is a session of this id.
    pub fn has_session(&self, id: SessionId) -> Result<bool> {
        Ok(self.one("SELECT 1 FROM session WHERE id = ?1", [id], |_| Ok(()))?.is_some())
    }

    /// The newest sessions first.
    pub fn sessions(&self, filter: &SessionFilter, paging: Paging) -> Result<Page<Session>> {
        let state = filter.state.map(Spelled);
        let numbered = |row: &Row<'_>| Ok((row.get::<_, i64>("n")?, read(row)?));
        let rows = match &filter.with {
            Some(with) => self.all(
                "SELECT session.* FROM participant JOIN session ON session.id = participant.session
                 WHERE participant.msisdn = :with AND n < :before AND (:flow IS NULL OR flow = :flow) AND (:state IS NULL OR state = :state)
                 ORDER BY n DESC LIMIT :rows",
                named_params! {
                    ":before": paging.before(), ":flow": filter.flow, ":state": state, ":with": with, ":rows": paging.rows(),
                },
                numbered,
            ),
            None => self.all(
                "SELECT * FROM session
                 WHERE n < :before AND (:flow IS NULL OR flow = :flow) AND (:state IS NULL OR state = :state)
                 ORDER BY n DESC LIMIT :rows",
                named_params! {":before": paging.before(), ":flow": filter.flow, ":state": state, ":rows": paging.rows()},
                numbered,
            ),
        }?;
        let page = Page::cut(rows, paging, |(n, _)| *n);
        Ok(Page { items: page.items.into_iter().map(|(_, session)| session).collect(), next: page.next })
    }

    /// The open session of a flow with this key.
    pub fn twin_session(&self, flow: &str, key: &str) -> Result<Option<Session>> {
        let sql = "SELECT * FROM session WHERE flow = ?1 AND key = ?2 AND state IN ('opening', 'asked')";
        self.one(sql, (flow, key), read)
    }

    /// Open sessions of a person, oldest first.
    pub fn open_sessions_of(&self, person: &Msisdn) -> Result<Vec<Session>> {
        let sql = "SELECT session.* FROM participant JOIN session ON session.id = participant.session
                   WHERE participant.msisdn = ?1 AND session.state IN ('opening', 'asked') ORDER BY session.n LIMIT 200";
        self.all(sql, [person], read)
    }

    /// Sessions of a person that ended at or after `since`, newest end first.
    pub fn ended_sessions_of(&self, person: &Msisdn, since: Timestamp, limit: u32) -> Result<Vec<Session>> {
        let sql = "SELECT session.* FROM participant JOIN session ON session.id = participant.session
                   WHERE participant.msisdn = ?1 AND session.ended_at >= ?2 ORDER BY session.ended_at DESC, session.n DESC LIMIT ?3";
        self.all(sql, (person, since, limit), read)
    }

    /// How many sessions of a flow began with a person at or after `since`.
    pub fn sessions_begun(&self, person: &Msisdn, flow: &str, since: Timestamp) -> Result<u32> {
        let sql = "SELECT COUNT(*) FROM participant JOIN session ON session.id = participant.session
                   WHERE participant.msisdn = ?1 AND session.flow = ?2 AND session.opened_at >= ?3";
        self.count(sql, (person, flow, since)).map(|n| n as u32)
    }

    /// Open sessions with row numbers above `after`, in order: for what concerns them all, a chunk at a time.
    pub fn open_sessions_after(&self, after: i64, limit: u32) -> Result<Vec<(i64, Session)>> {
        let sql = "SELECT * FROM session WHERE state IN ('opening', 'asked') AND n > ?1 ORDER BY n LIMIT ?2";
        self.all(sql, (after, limit), |row| Ok((row.get("n")?, read(row)?)))
    }
}

impl Tx<'_> {
    /// Inserts a session or writes it back.
    pub fn save_session(&mut self, session: &Session) -> Result<()> {
        if !self.update_session(session)? {
            self.insert_session(session)?;
        }
        for person in &session.people {
            let sql = "INSERT INTO participant (session, msisdn) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            self.change(sql, (session.id, person))?;
        }
        Ok(())
    }

    fn update_session(&mut self, session: &Session) -> Result<bool> {
        let sql = "UPDATE session SET people = :people, language = :language, sim = :sim, step = :step, visit = :visit, slots = :slots,
                       state = :state, result = :result, expires_at = :expires_at, ended_at = :ended_at, ended_by = :ended_by, key = :key
                   WHERE id = :id";
        let changed = self.change(
            sql,
            named_params! {
                ":people": Json(&session.people), ":language": session.language, ":sim": session.sim, ":step": session.step,
                ":visit": session.visit, ":slots": Json(&session.slots), ":state": Spelled(session.state), ":result": session.result,
                ":expires_at": session.expires_at, ":ended_at": session.ended_at, ":ended_by": session.ended_by, ":key": session.key,
                ":id": session.id,
            },
        )?;
        Ok(changed == 1)
    }

    fn insert_session(&mut self, session: &Session) -> Result<()> {
        let sql = "INSERT INTO session (id, flow, revision, key, lane, people, language, sim, step, visit, slots, state, result,
                       opened_at, expires_at, ended_at, ended_by)
                   VALUES (:id, :flow, :revision, :key, :lane, :people, :language, :sim, :step, :visit, :slots, :state, :result,
                       :opened_at, :expires_at, :ended_at, :ended_by)";
        self.insert(
            sql,
            named_params! {
                ":id": session.id, ":flow": session.flow.name, ":revision": session.flow.revision, ":key": session.key,
                ":lane": session.lane, ":people": Json(&session.people), ":language": session.language, ":sim": session.sim,
                ":step": session.step, ":visit": session.visit, ":slots": Json(&session.slots), ":state": Spelled(session.state),
                ":result": session.result, ":opened_at": session.opened_at, ":expires_at": session.expires_at,
                ":ended_at": session.ended_at, ":ended_by": session.ended_by,
            },
        )?;
        Ok(())
    }
}
