//! SIMs that no modem can send with, and since when. A row is written when a modem with the SIM stops being ready, and goes when
//! one is again.

use std::time::Duration;

use super::error::Result;
use super::{Reader, Tx};
use crate::time::Timestamp;

impl Reader<'_> {
    /// SIMs that no modem has been able to send with since that instant or longer, and since when.
    pub fn sims_away(&self, since: Timestamp) -> Result<Vec<(String, Timestamp)>> {
        let sql = "SELECT iccid, since FROM sim_away WHERE since <= ?1 AND iccid NOT IN (SELECT iccid FROM modem WHERE state = 'ready'
                   AND iccid IS NOT NULL) ORDER BY iccid LIMIT 1000";
        self.all(sql, [since], |row| Ok((row.get("iccid")?, row.get("since")?)))
    }

    /// When what has begun on a SIM that is away is to be looked at next.
    pub fn next_look_for_sims(&self) -> Result<Option<Timestamp>> {
        Ok(self.one("SELECT MIN(look_at) FROM sim_away", [], |row| Ok(row.get(0)?))?.flatten())
    }
}

impl Tx<'_> {
    /// No modem can send with a SIM from `at` on, if not from before.
    pub fn sim_is_away(&mut self, iccid: &str, at: Timestamp, first_look: Duration) -> Result<()> {
        let sql = "INSERT INTO sim_away (iccid, since, look_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.change(sql, (iccid, at, at.plus(first_look)))?;
        self.touch().timers += 1;
        Ok(())
    }

    /// A modem can send with a SIM again.
    pub fn sim_is_back(&mut self, iccid: &str) -> Result<()> {
        self.change("DELETE FROM sim_away WHERE iccid = ?1", [iccid])?;
        Ok(())
    }

    /// Nobody knows for how long they have been away: from now on.
    pub fn sims_are_away_from(&mut self, now: Timestamp) -> Result<()> {
        self.change("UPDATE sim_away SET look_at = look_at - since + ?1, since = ?1", [now])?;
        Ok(())
    }

    /// What was due is looked at: the next look is so long behind the beginning, and there is none behind that.
    pub fn looked_for_sims(&mut self, now: Timestamp, next: Duration) -> Result<()> {
        let ms = next.as_millis() as i64;
        let sql = "UPDATE sim_away SET look_at = CASE WHEN since + ?2 > ?1 THEN since + ?2 END WHERE look_at <= ?1";
        self.change(sql, (now, ms))?;
        Ok(())
    }
}
