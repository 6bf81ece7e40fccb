//! What has changed since somebody looked last: for a judge who looks after every commit, and cannot read everything each time.
//!
//! The table and its triggers lie in memory beside the database, and go back with a transaction that does not come about.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Store;
use super::error::Result;
use super::tx::Reader;
use crate::ids::MessageId;

/// Rows that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a kind of rows that somebody looks at")]
pub struct Changed {
    /// Messages that have changed themselves, or a part or an attempt of which has.
    pub messages: BTreeSet<MessageId>,
    /// Questions have.
    pub questions: bool,
    /// Texts that came in have.
    pub inbound: bool,
    /// The log, its subscribers or what they are owed have.
    pub deliveries: bool,
    /// Http steps have.
    pub calls: bool,
    /// Sessions have.
    pub sessions: bool,
    /// Telephones that are rung have.
    pub rings: bool,
    /// Exchanges by USSD have.
    pub ussds: bool,
}

impl Changed {
    /// Both.
    pub fn add(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.questions |= other.questions;
        self.inbound |= other.inbound;
        self.deliveries |= other.deliveries;
        self.calls |= other.calls;
        self.sessions |= other.sessions;
        self.rings |= other.rings;
        self.ussds |= other.ussds;
    }
}

/// What is watched, and under which word (SQL: `row` stands for the new or the old one) it is noted.
const WATCHED: &[(&str, &str)] = &[
    ("message", "row.id"),
    ("part", "row.message"),
    ("attempt", "row.message"),
    ("question", "'question'"),
    ("inbound", "'inbound'"),
    ("event", "'delivery'"),
    ("webhook", "'delivery'"),
    ("delivery", "'delivery'"),
    ("calling", "'calling'"),
    ("session", "'session'"),
    ("ring", "'ring'"),
    ("ussd", "'ussd'"),
];

impl Store {
    /// Notes what changes from now on, for [`Store::changed`].
    pub fn watch(&mut self) -> Result<()> {
        let mut sql = "CREATE TEMP TABLE changed (what TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;".to_owned();
        for (table, what) in WATCHED {
            for (event, row) in [("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")] {
                let what = what.replace("row", row);
                // Writing to a String cannot fail.
                let _ = write!(
                    sql,
                    "CREATE TEMP TRIGGER changed_{table}_{event} AFTER {event} ON {table} BEGIN
                     INSERT OR IGNORE INTO changed VALUES ({what}); END;"
                );
            }
        }
        Ok(self.connection.execute_batch(&sql)?)
    }

    /// What has changed since this was asked last, or since [`Store::watch`].
    pub fn changed(&mut self) -> Result<Changed> {
        let words: Vec<String> = Reader::on(&self.connection).all("SELECT what FROM changed", [], |row| Ok(row.get(0)?))?;
        let mut changed = Changed::default();
        if words.is_empty() {
            return Ok(changed);
        }
        self.connection.prepare_cached("DELETE FROM changed")?.execute([])?;
        for word in words {
            match word.as_str() {
                "question" => changed.questions = true,
                "inbound" => changed.inbound = true,
                "delivery" => changed.deliveries = true,
                "calling" => changed.calls = true,
                "session" => changed.sessions = true,
                "ring" => changed.rings = true,
                "ussd" => changed.ussds = true,
                // Ids of messages are the box's own and read back.
                id => changed.messages.extend(id.parse::<MessageId>()),
            }
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(store: &mut Store, sql: &str, keep: bool) -> Changed {
        let done = store.transact(|tx| {
            tx.change(sql, [])?;
            if keep { Ok(()) } else { Err(super::super::Error::Panicked) }
        });
        assert_eq!(done.is_ok(), keep, "{sql}");
        store.changed().expect("readable")
    }

    #[test]
    fn what_changed_is_told_once_and_nothing_that_went_back() {
        let mut store = Store::in_memory().expect("a store");
        store.watch().expect("a new database");
        let id = "msg_01m85htmkpmtbtxxmgpeemvv1s";
        let text = format!(
            "INSERT INTO message (id, msisdn, text, purpose, category, policy, rank, sim_only, state, encoding, parts, reference,
                 report, possibly_twice, tags, source, created_at)
             VALUES ('{id}', '+15550100200', '', 'plain', 'outage', 'notice', 5, 0, 'queued', 'gsm7', 1, 1, 1, 0, '[]', '', 0)"
        );
        let of_message = Changed { messages: BTreeSet::from([id.parse().expect("an id")]), ..Changed::default() };
        assert_eq!(change(&mut store, &text, false), Changed::default(), "it went back");
        assert_eq!(change(&mut store, &text, true), of_message);
        assert_eq!(change(&mut store, "UPDATE message SET rank = 2", true), of_message);
        assert_eq!(change(&mut store, "UPDATE message SET rank = 2 WHERE rank = 7", true), Changed::default(), "no row of them");
        assert_eq!(change(&mut store, "DELETE FROM message", true), of_message);
        assert_eq!(store.changed().expect("readable"), Changed::default(), "told once");
    }
}
