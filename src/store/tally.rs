//! What has happened how often since the box was set up, for those who watch its rates: a handful of names, each by a label.

use super::error::Result;
use super::{Reader, Tx};

/// One count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Of what.
    pub name: String,
    /// Of which kind.
    pub label: String,
    /// How often.
    pub n: u64,
}

/// Reasons and witnesses are few; a modem that makes up numbers adds some.
const TALLIES_MAX: u32 = 500;

impl Reader<'_> {
    /// All counts.
    pub fn tallies(&self) -> Result<Vec<Tally>> {
        let sql = "SELECT name, label, n FROM tally ORDER BY name, label LIMIT ?1";
        self.all(sql, [TALLIES_MAX], |row| {
            Ok(Tally { name: row.get("name")?, label: row.get("label")?, n: row.get::<_, i64>("n")?.unsigned_abs() })
        })
    }
}

impl Tx<'_> {
    /// It happened once more.
    pub fn tally(&mut self, name: &str, label: &str) -> Result<()> {
        let sql = "INSERT INTO tally (name, label, n) VALUES (?1, ?2, 1) ON CONFLICT (name, label) DO UPDATE SET n = n + 1";
        self.change(sql, [name, label])?;
        Ok(())
    }
}
