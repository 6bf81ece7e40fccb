//! Flow files as they were put in: every revision stays, because running sessions end on the one they began with.

use rusqlite::named_params;

use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::time::Timestamp;

/// One revision of one flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowRevision {
    /// Its name.
    pub name: String,
    /// Counts from 1.
    pub revision: u32,
    /// The file.
    pub source: String,
    /// New sessions begin with it.
    pub active: bool,
    /// Who put it in.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When new sessions stopped beginning with it.
    pub retired_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> Result<FlowRevision> {
    Ok(FlowRevision {
        name: row.get("name")?,
        revision: row.get("revision")?,
        source: row.get("source")?,
        active: row.get("active")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        retired_at: row.get("retired_at")?,
    })
}

impl Reader<'_> {
    /// The revisions that are active or that an open session (or one that ended after `since`) began with.
    pub fn flow_revisions_in_use(&self, since: Timestamp) -> Result<Vec<FlowRevision>> {
        let sql = "SELECT * FROM flow_revision WHERE active = 1 OR (name, revision) IN
                       (SELECT flow, revision FROM session WHERE state IN ('opening', 'asked')
                        UNION SELECT flow, revision FROM session WHERE ended_at >= ?1)
                   ORDER BY name, revision";
        self.all(sql, [since], read)
    }

    /// The newest revision of every flow, by name.
    pub fn newest_flows(&self) -> Result<Vec<FlowRevision>> {
        let sql = "SELECT * FROM flow_revision AS this
                   WHERE revision = (SELECT MAX(revision) FROM flow_revision WHERE name = this.name) ORDER BY name LIMIT 1000";
        self.all(sql, [], read)
    }

    /// The revisions of a flow, newest first.
    pub fn revisions_of(&self, name: &str) -> Result<Vec<FlowRevision>> {
        self.all("SELECT * FROM flow_revision WHERE name = ?1 ORDER BY revision DESC LIMIT 1000", [name], read)
    }

    /// One revision.
    pub fn flow_revision(&self, name: &str, revision: u32) -> Result<Option<FlowRevision>> {
        self.one("SELECT * FROM flow_revision WHERE name = ?1 AND revision = ?2", (name, revision), read)
    }

    /// The active revision of a flow.
    pub fn active_flow(&self, name: &str) -> Result<Option<FlowRevision>> {
        self.one("SELECT * FROM flow_revision WHERE name = ?1 AND active = 1", [name], read)
    }
}

impl Tx<'_> {
    /// Inserts a revision that is not active yet and answers its number.
    pub fn insert_flow_revision(&mut self, name: &str, source: &str, by: &str, now: Timestamp) -> Result<u32> {
        let next = self.count("SELECT COALESCE(MAX(revision), 0) + 1 FROM flow_revision WHERE name = ?1", [name])? as u32;
        let sql = "INSERT INTO flow_revision (name, revision, source, active, created_by, created_at)
                   VALUES (:name, :revision, :source, 0, :by, :now)";
        self.change(sql, named_params! {":name": name, ":revision": next, ":source": source, ":by": by, ":now": now})?;
        Ok(next)
    }

    /// New sessions of a flow begin with no revision any more.
    pub fn retire_flow(&mut self, name: &str, now: Timestamp) -> Result<bool> {
        self.touch().config += 1;
        let sql = "UPDATE flow_revision SET active = 0, retired_at = ?2 WHERE name = ?1 AND active = 1";
        Ok(self.change(sql, (name, now))? == 1)
    }

    /// New sessions of a flow begin with this revision; retire the other one first.
    pub fn activate_flow(&mut self, name: &str, revision: u32) -> Result<bool> {
        self.touch().config += 1;
        let sql = "UPDATE flow_revision SET active = 1, retired_at = NULL WHERE name = ?1 AND revision = ?2";
        Ok(self.change(sql, (name, revision))? == 1)
    }
}
