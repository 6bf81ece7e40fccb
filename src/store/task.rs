//! Tasks for people: a thread to take over, somebody to ring, a danger, a text nobody understood.

use rusqlite::{named_params, params};

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Page, Paging, Reader, Tx};
use crate::conversation::effect::{NewTask, TaskKind};
use crate::ids::{SessionId, TaskId};
use crate::msisdn::Msisdn;
use crate::text::Text;
use crate::time::Timestamp;

/// One task.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Row number: newer is higher.
    pub n: i64,
    /// Its id.
    pub id: TaskId,
    /// What kind.
    pub kind: TaskKind,
    /// Who should do it.
    pub queue: String,
    /// Before everything else.
    pub urgent: bool,
    /// What it is about.
    pub note: Text,
    /// The session.
    pub session: Option<SessionId>,
    /// The person it is about.
    pub msisdn: Option<Msisdn>,
    /// By when.
    pub due_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was done.
    pub closed_at: Option<Timestamp>,
    /// Who did it.
    pub closed_by: Option<String>,
}

fn read(row: &Row<'_>) -> Result<Task> {
    Ok(Task {
        n: row.get("n")?,
        id: row.get("id")?,
        kind: row.get::<_, Spelled<_>>("kind")?.0,
        queue: row.get("queue")?,
        urgent: row.get("urgent")?,
        note: row.get("note")?,
        session: row.get("session")?,
        msisdn: row.get("msisdn")?,
        due_at: row.get("due_at")?,
        created_at: row.get("created_at")?,
        closed_at: row.get("closed_at")?,
        closed_by: row.get("closed_by")?,
    })
}

impl Reader<'_> {
    /// One task.
    pub fn task(&self, id: TaskId) -> Result<Option<Task>> {
        self.one("SELECT * FROM task WHERE id = ?1", [id], read)
    }

    /// The newest tasks first; only the open ones where `open`.
    pub fn tasks(&self, open: bool, paging: Paging) -> Result<Page<Task>> {
        let sql = "SELECT * FROM task WHERE n < :before AND (NOT :open OR closed_at IS NULL) ORDER BY n DESC LIMIT :rows";
        let rows = self.all(sql, named_params! {":before": paging.before(), ":open": open, ":rows": paging.rows()}, read)?;
        Ok(Page::cut(rows, paging, |task| task.n))
    }

    /// Danger tasks about a person that nobody has closed.
    pub fn open_dangers_of(&self, person: &Msisdn) -> Result<Vec<TaskId>> {
        let sql = "SELECT id FROM task WHERE closed_at IS NULL AND kind = 'danger' AND msisdn = ?1 ORDER BY n LIMIT 200";
        self.all(sql, [person], |row| Ok(row.get(0)?))
    }

    /// Tasks to ring a person whose note begins with these words, and that nobody has closed.
    pub fn open_callbacks(&self, person: &Msisdn, beginning: &str) -> Result<Vec<TaskId>> {
        let sql = "SELECT id FROM task WHERE closed_at IS NULL AND kind = 'callback' AND msisdn = ?1
                   AND substr(note, 1, length(?2)) = ?2 ORDER BY n LIMIT 200";
        self.all(sql, params![person, beginning], |row| Ok(row.get(0)?))
    }

    /// Tasks about modems whose note begins with these words, and that nobody has closed.
    pub fn open_modem_tasks(&self, beginning: &str) -> Result<Vec<TaskId>> {
        let sql =
            "SELECT id FROM task WHERE closed_at IS NULL AND kind = 'modem' AND substr(note, 1, length(?1)) = ?1 ORDER BY n LIMIT 200";
        self.all(sql, [beginning], |row| Ok(row.get(0)?))
    }

    /// Tasks of a session, oldest first.
    pub fn tasks_of(&self, session: SessionId) -> Result<Vec<Task>> {
        self.all("SELECT * FROM task WHERE session = ?1 ORDER BY n LIMIT 200", [session], read)
    }
}

impl Tx<'_> {
    /// Inserts a task.
    pub fn insert_task(&mut self, id: TaskId, task: &NewTask, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO task (id, kind, queue, urgent, note, session, msisdn, due_at, created_at)
                   VALUES (:id, :kind, :queue, :urgent, :note, :session, :msisdn, :due_at, :now)";
        self.insert(
            sql,
            named_params! {
                ":id": id, ":kind": Spelled(task.kind), ":queue": task.queue, ":urgent": task.urgent, ":note": task.note,
                ":session": task.session, ":msisdn": task.msisdn, ":due_at": task.due, ":now": now,
            },
        )?;
        Ok(())
    }

    /// Closes a task; `false` where it was closed before.
    pub fn close_task(&mut self, id: TaskId, by: &str, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE task SET closed_at = ?3, closed_by = ?2 WHERE id = ?1 AND closed_at IS NULL";
        Ok(self.change(sql, (id, by, now))? == 1)
    }
}
