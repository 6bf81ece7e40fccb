//! How many parts stand in each lane, by urgency: kept beside the rows, so that an estimate costs the same behind a hundred
//! thousand as behind one.
//!
//! The table and its triggers are the writer's own and lie in memory: they are part of each transaction and go back with it, and
//! are counted anew when the store is opened. Other connections do not see them.

use rusqlite::{Connection, named_params};

use super::error::Result;
use super::{QueuePlace, Reader, Tx};
use crate::terms::Rank;
use crate::time::Timestamp;

const KEEP: &str = "
    CREATE TEMP TABLE queue_count (
        lane     TEXT NOT NULL,
        rank     INTEGER NOT NULL,
        deferred INTEGER NOT NULL,
        parts    INTEGER NOT NULL,
        PRIMARY KEY (lane, rank, deferred)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO queue_count SELECT COALESCE(wish, ''), rank, deferred, COUNT(*) FROM part WHERE state = 'queued'
        GROUP BY wish, rank, deferred;
    CREATE TEMP TRIGGER queue_count_came AFTER INSERT ON part WHEN new.state = 'queued' BEGIN
        INSERT INTO queue_count VALUES (COALESCE(new.wish, ''), new.rank, new.deferred, 1)
            ON CONFLICT (lane, rank, deferred) DO UPDATE SET parts = parts + 1;
    END;
    CREATE TEMP TRIGGER queue_count_went AFTER DELETE ON part WHEN old.state = 'queued' BEGIN
        UPDATE queue_count SET parts = parts - 1 WHERE lane = COALESCE(old.wish, '') AND rank = old.rank AND deferred = old.deferred;
    END;
    CREATE TEMP TRIGGER queue_count_moved AFTER UPDATE OF state, deferred, wish, rank ON part
        WHEN old.state = 'queued' OR new.state = 'queued' BEGIN
        UPDATE queue_count SET parts = parts - 1
            WHERE lane = COALESCE(old.wish, '') AND rank = old.rank AND deferred = old.deferred AND old.state = 'queued';
        INSERT INTO queue_count SELECT COALESCE(new.wish, ''), new.rank, new.deferred, 1 WHERE new.state = 'queued'
            ON CONFLICT (lane, rank, deferred) DO UPDATE SET parts = parts + 1;
    END;
";

/// Counts what waits and keeps counting on this connection.
pub(super) fn keep(connection: &Connection) -> Result<()> {
    Ok(connection.execute_batch(KEEP)?)
}

/// Parts of one urgency that wait in one lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueCount {
    /// The ICCID they ask for, empty where any will do.
    pub lane: String,
    /// Their urgency.
    pub rank: Rank,
    /// They wait for their time.
    pub deferred: bool,
    /// How many.
    pub parts: u64,
}

impl Reader<'_> {
    /// How many parts wait in each lane. Only the writer's connection knows; others see [`super::Writer::lanes`].
    pub(super) fn lanes(&self) -> Result<Vec<QueueCount>> {
        let sql = "SELECT lane, rank, deferred, parts FROM queue_count WHERE parts > 0";
        self.all(sql, [], |row| {
            let parts = u64::try_from(row.get::<_, i64>("parts")?).unwrap_or(0);
            Ok(QueueCount { lane: row.get("lane")?, rank: row.get("rank")?, deferred: row.get("deferred")?, parts })
        })
    }

    /// How many parts of its urgency stand in front of a place in the lane of `wish`, where they are fewer than `limit`.
    pub fn parts_before(&self, wish: Option<&str>, place: &QueuePlace, limit: u32) -> Result<u64> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM part WHERE state = 'queued' AND deferred = 0 AND wish IS :wish AND rank = :rank
                       AND (queued_at, n, seq) < (:queued_at, :n, :seq) LIMIT :limit)";
        let wanted = named_params! {
            ":wish": wish, ":rank": place.rank, ":queued_at": place.queued_at, ":n": place.n, ":seq": place.seq(), ":limit": limit,
        };
        Ok(u64::try_from(self.count(sql, wanted)?).unwrap_or(0))
    }

    /// Row numbers of the messages of the first and the last part of one urgency in a lane.
    pub fn ends_of_lane(&self, wish: Option<&str>, rank: Rank) -> Result<Option<(i64, i64)>> {
        let first = "SELECT n FROM part WHERE state = 'queued' AND deferred = 0 AND wish IS ?1 AND rank = ?2 ORDER BY queued_at, n LIMIT 1";
        let last = "SELECT n FROM part WHERE state = 'queued' AND deferred = 0 AND wish IS ?1 AND rank = ?2
                       ORDER BY queued_at DESC, n DESC LIMIT 1";
        let end = |sql: &str| self.one(sql, (wish, rank), |row| Ok(row.get(0)?));
        Ok(end(first)?.zip(end(last)?))
    }

    /// Parts that wait for a time up to `until`, at most `limit`: the lane of each, where it will stand in front of `place` then.
    pub fn deferred_before(&self, place: &QueuePlace, until: Timestamp, limit: u32) -> Result<Vec<Option<String>>> {
        let sql = "SELECT COALESCE(wish, '') AS lane, (rank, queued_at, n, seq) < (:rank, :queued_at, :n, :seq) AS ahead FROM part
                   WHERE state = 'queued' AND deferred = 1 AND due_at <= :until ORDER BY due_at LIMIT :limit";
        let wanted = named_params! {
            ":rank": place.rank, ":queued_at": place.queued_at, ":n": place.n, ":seq": place.seq(), ":until": until, ":limit": limit,
        };
        self.all(sql, wanted, |row| Ok(if row.get("ahead")? { Some(row.get("lane")?) } else { None }))
    }

    /// When the last part that waits for its time falls due.
    pub fn last_deferred(&self) -> Result<Option<Timestamp>> {
        Ok(self.one("SELECT MAX(due_at) FROM part WHERE state = 'queued' AND deferred = 1", [], |row| Ok(row.get(0)?))?.flatten())
    }
}

impl Tx<'_> {
    /// How many parts wait in each lane, what this transaction wrote included.
    pub fn lanes_now(&self) -> Result<Vec<QueueCount>> {
        self.lanes()
    }
}
