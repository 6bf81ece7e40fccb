//! How many parts stand in each lane, by urgency: kept beside the rows, so that an estimate costs the same behind a hundred
//! thousand as behind one.
//!
//! The table and its triggers are the writer's own and lie in memory: they are part of each transaction and go back with it, and
//! are counted anew when the store is opened. Other connections do not see them.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::Tx;
use super::error::Result;
use crate::terms::Rank;

const KEEP: &str = "
    CREATE TEMP TABLE queue_count (
        lane  TEXT NOT NULL,
        rank  INTEGER NOT NULL,
        parts INTEGER NOT NULL,
        PRIMARY KEY (lane, rank)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO queue_count SELECT COALESCE(wish, ''), rank, COUNT(*) FROM part WHERE state = 'queued' AND deferred = 0
        GROUP BY wish, rank;
    CREATE TEMP TRIGGER queue_count_came AFTER INSERT ON part WHEN new.state = 'queued' AND new.deferred = 0 BEGIN
        INSERT INTO queue_count VALUES (COALESCE(new.wish, ''), new.rank, 1)
            ON CONFLICT (lane, rank) DO UPDATE SET parts = parts + 1;
    END;
    CREATE TEMP TRIGGER queue_count_went AFTER DELETE ON part WHEN old.state = 'queued' AND old.deferred = 0 BEGIN
        UPDATE queue_count SET parts = parts - 1 WHERE lane = COALESCE(old.wish, '') AND rank = old.rank;
    END;
    CREATE TEMP TRIGGER queue_count_moved AFTER UPDATE OF state, deferred, wish, rank ON part
        WHEN (old.state = 'queued' AND old.deferred = 0) OR (new.state = 'queued' AND new.deferred = 0) BEGIN
        UPDATE queue_count SET parts = parts - 1
            WHERE lane = COALESCE(old.wish, '') AND rank = old.rank AND old.state = 'queued' AND old.deferred = 0;
        INSERT INTO queue_count SELECT COALESCE(new.wish, ''), new.rank, 1 WHERE new.state = 'queued' AND new.deferred = 0
            ON CONFLICT (lane, rank) DO UPDATE SET parts = parts + 1;
    END;
";

/// Counts what waits and keeps counting on this connection.
pub(super) fn keep(connection: &Connection) -> Result<()> {
    Ok(connection.execute_batch(KEEP)?)
}

impl Tx<'_> {
    /// How many parts of at least this urgency stand in each lane: by the ICCID they ask for, empty where any will do.
    pub fn parts_ahead(&self, rank: Rank) -> Result<BTreeMap<String, u64>> {
        let sql = "SELECT lane, SUM(parts) FROM queue_count WHERE rank <= ?1 GROUP BY lane";
        let lanes = self.all(sql, [rank], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        Ok(lanes.into_iter().map(|(lane, parts)| (lane, u64::try_from(parts).unwrap_or(0))).collect())
    }
}
