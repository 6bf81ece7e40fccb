//! What the box knows of a person beside the conversation: facts, and who of the staff holds the thread.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::columns::Json;
use super::error::Result;
use super::page::{Page, Paging};
use super::row::Row;
use super::{Reader, Tx};
use crate::conversation::view::{AgentHold, ClosedThread};
use crate::msisdn::Msisdn;
use crate::time::Timestamp;
use crate::value::Value;

/// A contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Who.
    pub msisdn: Msisdn,
    /// What people call them.
    pub name: Option<String>,
    /// Language pack.
    pub language: Option<String>,
    /// IANA zone.
    pub zone: Option<String>,
    /// How many accounts stand on this number.
    pub accounts: u32,
    /// Fills the needs of what they start.
    pub facts: BTreeMap<String, Value>,
}

fn read(row: &Row<'_>) -> Result<Contact> {
    Ok(Contact {
        msisdn: row.get("msisdn")?,
        name: row.get("name")?,
        language: row.get("language")?,
        zone: row.get("zone")?,
        accounts: row.get("accounts")?,
        facts: row.get::<_, Json<_>>("facts")?.0,
    })
}

impl Reader<'_> {
    /// One contact.
    pub fn contact(&self, person: &Msisdn) -> Result<Option<Contact>> {
        self.one("SELECT * FROM contact WHERE msisdn = ?1", [person], read)
    }

    /// The newest contacts first, with their row numbers.
    pub fn contacts(&self, paging: Paging) -> Result<Page<(i64, Contact)>> {
        let sql = "SELECT * FROM contact WHERE n < :before ORDER BY n DESC LIMIT :rows";
        let numbered = |row: &Row<'_>| Ok((row.get("n")?, read(row)?));
        let rows = self.all(sql, named_params! {":before": paging.before(), ":rows": paging.rows()}, numbered)?;
        Ok(Page::cut(rows, paging, |(n, _)| *n))
    }

    /// Who holds a thread.
    pub fn agent_hold(&self, person: &Msisdn) -> Result<Option<AgentHold>> {
        self.one("SELECT * FROM agent_hold WHERE msisdn = ?1", [person], |row| {
            Ok(AgentHold { who: row.get("who")?, queue: row.get("queue")?, active_at: row.get("active_at")? })
        })
    }

    /// Who last closed a thread that they held.
    pub fn thread_closed(&self, person: &Msisdn) -> Result<Option<ClosedThread>> {
        self.one("SELECT * FROM thread_closed WHERE msisdn = ?1", [person], |row| {
            Ok(ClosedThread { who: row.get("who")?, queue: row.get("queue")?, at: row.get("at")? })
        })
    }

    /// When a contact was last written.
    pub fn contact_written_at(&self, person: &Msisdn) -> Result<Option<Timestamp>> {
        self.one("SELECT updated_at FROM contact WHERE msisdn = ?1", [person], |row| Ok(row.get(0)?))
    }

    /// Since when somebody holds a thread.
    pub fn thread_taken_at(&self, person: &Msisdn) -> Result<Option<Timestamp>> {
        self.one("SELECT taken_at FROM agent_hold WHERE msisdn = ?1", [person], |row| Ok(row.get(0)?))
    }

    /// Threads whose holder was last active at or before `before`.
    pub fn idle_threads(&self, before: Timestamp, limit: u32) -> Result<Vec<Msisdn>> {
        let sql = "SELECT msisdn FROM agent_hold WHERE active_at <= ?1 ORDER BY active_at LIMIT ?2";
        self.all(sql, (before, limit), |row| Ok(row.get(0)?))
    }

    /// When the holder that has been idle longest was last active.
    pub fn longest_idle(&self) -> Result<Option<Timestamp>> {
        Ok(self.one("SELECT MIN(active_at) FROM agent_hold", [], |row| Ok(row.get(0)?))?.flatten())
    }
}

impl Tx<'_> {
    /// Inserts a contact or writes it anew.
    pub fn save_contact(&mut self, contact: &Contact, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO contact (msisdn, name, language, zone, accounts, facts, updated_at)
                   VALUES (:msisdn, :name, :language, :zone, :accounts, :facts, :now)
                   ON CONFLICT (msisdn) DO UPDATE SET name = :name, language = :language, zone = :zone, accounts = :accounts,
                       facts = :facts, updated_at = :now";
        self.change(
            sql,
            named_params! {
                ":msisdn": contact.msisdn, ":name": contact.name, ":language": contact.language, ":zone": contact.zone,
                ":accounts": contact.accounts, ":facts": Json(&contact.facts), ":now": now,
            },
        )?;
        Ok(())
    }

    /// Forgets a contact; `false` where there was none.
    pub fn remove_contact(&mut self, person: &Msisdn) -> Result<bool> {
        Ok(self.change("DELETE FROM contact WHERE msisdn = ?1", [person])? == 1)
    }

    /// Gives a thread to somebody, or marks them active.
    pub fn hold_thread(&mut self, person: &Msisdn, hold: &AgentHold) -> Result<()> {
        let sql = "INSERT INTO agent_hold (msisdn, who, queue, taken_at, active_at) VALUES (:person, :who, :queue, :at, :at)
                   ON CONFLICT (msisdn) DO UPDATE SET who = :who, queue = :queue, active_at = :at";
        self.change(sql, named_params! {":person": person, ":who": hold.who, ":queue": hold.queue, ":at": hold.active_at})?;
        Ok(())
    }

    /// Notes who closed a thread.
    pub fn close_thread(&mut self, person: &Msisdn, closed: &ClosedThread) -> Result<()> {
        let sql = "INSERT INTO thread_closed (msisdn, who, queue, at) VALUES (:person, :who, :queue, :at)
                   ON CONFLICT (msisdn) DO UPDATE SET who = :who, queue = :queue, at = :at";
        self.change(sql, named_params! {":person": person, ":who": closed.who, ":queue": closed.queue, ":at": closed.at})?;
        Ok(())
    }

    /// Hands a thread back; `false` where nobody held it.
    pub fn release_thread(&mut self, person: &Msisdn) -> Result<bool> {
        Ok(self.change("DELETE FROM agent_hold WHERE msisdn = ?1", [person])? == 1)
    }
}
