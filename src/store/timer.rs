//! Timers: each carries (session, visit) and is worthless once the session has moved.

use rusqlite::named_params;

use super::error::{Error, Result};
use super::row::Row;
use super::{Reader, Tx};
use crate::conversation::effect::{Due, TimerKind};
use crate::ids::SessionId;
use crate::time::Timestamp;

/// A timer that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// Row number.
    pub id: i64,
    /// Whose.
    pub session: SessionId,
    /// The step visit it belongs to.
    pub visit: u32,
    /// What for.
    pub kind: TimerKind,
    /// When; `None` until the network has accepted the prompt of its visit.
    pub due_at: Option<Timestamp>,
}

const fn spell(kind: TimerKind) -> (&'static str, u8) {
    match kind {
        TimerKind::Remind(nth) => ("remind", nth),
        TimerKind::Silence => ("silence", 0),
        TimerKind::Expires => ("expires", 0),
        TimerKind::LinkExpired => ("link_expired", 0),
        TimerKind::Door => ("door", 0),
        TimerKind::Join => ("join", 0),
        TimerKind::Page => ("page", 0),
    }
}

fn kind(word: &str, nth: u8) -> Result<TimerKind> {
    match word {
        "remind" => Ok(TimerKind::Remind(nth)),
        "silence" => Ok(TimerKind::Silence),
        "expires" => Ok(TimerKind::Expires),
        "link_expired" => Ok(TimerKind::LinkExpired),
        "door" => Ok(TimerKind::Door),
        "join" => Ok(TimerKind::Join),
        "page" => Ok(TimerKind::Page),
        other => Err(Error::Row { column: "timer.kind".to_owned(), cause: format!("`{other}` is not one of its words") }),
    }
}

fn read(row: &Row<'_>) -> Result<Timer> {
    let word: String = row.get("kind")?;
    Ok(Timer {
        id: row.get("id")?,
        session: row.get("session")?,
        visit: row.get("visit")?,
        kind: kind(&word, row.get("nth")?)?,
        due_at: row.get("due_at")?,
    })
}

impl Reader<'_> {
    /// Timers that are due, by time; at the same instant `expires` comes first.
    pub fn due_timers(&self, now: Timestamp, limit: u32) -> Result<Vec<Timer>> {
        // One second is one instant to people: at the same second the end of the session wins.
        // The order is an index: of a hundred thousand that are due at once, a chunk costs no more than of a hundred.
        let sql = "SELECT * FROM timer WHERE due_at <= ?1 AND due_at / 1000 <= ?1 / 1000
                   ORDER BY due_at / 1000, kind <> 'expires', due_at, id LIMIT ?2";
        self.all(sql, (now, limit), read)
    }

    /// When the next timer fires.
    pub fn next_timer_due(&self) -> Result<Option<Timestamp>> {
        Ok(self.one("SELECT MIN(due_at) FROM timer WHERE due_at IS NOT NULL", [], |row| Ok(row.get(0)?))?.flatten())
    }

    /// Timers of a session.
    pub fn timers_of(&self, session: SessionId) -> Result<Vec<Timer>> {
        self.all("SELECT * FROM timer WHERE session = ?1 ORDER BY due_at, id LIMIT 200", [session], read)
    }
}

impl Tx<'_> {
    /// Sets a timer, or sets it anew. A session that has ended waits for nothing.
    pub fn set_timer(&mut self, session: SessionId, visit: u32, kind: TimerKind, due: Due) -> Result<()> {
        let (word, nth) = spell(kind);
        let (due_at, after_ms) = match due {
            Due::At(at) => (Some(at), None),
            Due::AfterAccepted(after) => (None, Some(i64::try_from(after.as_millis()).unwrap_or(i64::MAX))),
        };
        let sql = "INSERT INTO timer (session, visit, kind, nth, due_at, after_ms)
                   SELECT id, :visit, :kind, :nth, :due_at, :after_ms FROM session
                   WHERE id = :session AND state IN ('opening', 'asked')
                   ON CONFLICT (session, visit, kind, nth) DO UPDATE SET due_at = :due_at, after_ms = :after_ms";
        self.change(
            sql,
            named_params! {
                ":session": session, ":visit": visit, ":kind": word, ":nth": nth, ":due_at": due_at, ":after_ms": after_ms,
            },
        )?;
        self.touch().timers += 1;
        Ok(())
    }

    /// The prompt of a visit was accepted: its waiting timers begin to run.
    pub fn arm_timers(&mut self, session: SessionId, visit: u32, accepted_at: Timestamp) -> Result<()> {
        let sql = "UPDATE timer SET due_at = ?3 + after_ms, after_ms = NULL WHERE session = ?1 AND visit = ?2 AND after_ms IS NOT NULL";
        self.change(sql, (session, visit, accepted_at))?;
        self.touch().timers += 1;
        Ok(())
    }

    /// Removes a timer that fired.
    pub fn remove_timer(&mut self, id: i64) -> Result<()> {
        self.change("DELETE FROM timer WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Removes the timers of earlier visits; those of the whole session stay until it ends.
    pub fn remove_stale_timers(&mut self, session: SessionId, visit: u32, ended: bool) -> Result<()> {
        let sql = "DELETE FROM timer WHERE session = ?1 AND (?3 OR (visit < ?2 AND kind IN ('remind', 'silence', 'door', 'join')))";
        self.change(sql, (session, visit, ended))?;
        Ok(())
    }
}
