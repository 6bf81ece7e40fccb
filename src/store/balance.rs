//! Balance rules: how to ask for the balance of a SIM, and what was read last.

use rusqlite::named_params;

use super::columns::Spelled;
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::balance::Level;
use crate::time::Timestamp;
use crate::value::Money;

/// The rule of one SIM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Which SIM.
    pub iccid: String,
    /// What is asked.
    pub code: String,
    /// Where the number stands in the answer.
    pub pattern: String,
    /// The first limit.
    pub warn: Option<Money>,
    /// The second limit.
    pub critical: Option<Money>,
    /// How often it is asked at most, in minutes.
    pub every_minutes: u32,
    /// When it is asked next.
    pub next_at: Timestamp,
    /// What was read last.
    pub amount: Option<Money>,
    /// When.
    pub read_at: Option<Timestamp>,
    /// How bad that is.
    pub level: Level,
    /// Why the last answer gave no number.
    pub problem: Option<String>,
}

fn read(row: &Row<'_>) -> Result<Balance> {
    let money = |name: &str| Ok::<_, super::Error>(row.get::<_, Option<i64>>(name)?.map(|hundredths| Money { hundredths }));
    Ok(Balance {
        iccid: row.get("iccid")?,
        code: row.get("code")?,
        pattern: row.get("pattern")?,
        warn: money("warn")?,
        critical: money("critical")?,
        every_minutes: row.get("every_minutes")?,
        next_at: row.get("next_at")?,
        amount: money("amount")?,
        read_at: row.get("read_at")?,
        level: row.get::<_, Spelled<_>>("level")?.0,
        problem: row.get("problem")?,
    })
}

impl Reader<'_> {
    /// Every rule, by SIM.
    pub fn balances(&self) -> Result<Vec<Balance>> {
        self.all("SELECT * FROM balance ORDER BY iccid LIMIT 1000", [], read)
    }

    /// The rule of one SIM.
    pub fn balance(&self, iccid: &str) -> Result<Option<Balance>> {
        self.one("SELECT * FROM balance WHERE iccid = ?1", [iccid], read)
    }
}

impl Tx<'_> {
    /// Inserts a rule or writes it back.
    pub fn save_balance(&mut self, balance: &Balance) -> Result<()> {
        let sql = "INSERT INTO balance (iccid, code, pattern, warn, critical, every_minutes, next_at, amount, read_at, level, problem)
                   VALUES (:iccid, :code, :pattern, :warn, :critical, :every, :next_at, :amount, :read_at, :level, :problem)
                   ON CONFLICT (iccid) DO UPDATE SET code = :code, pattern = :pattern, warn = :warn, critical = :critical,
                       every_minutes = :every, next_at = :next_at, amount = :amount, read_at = :read_at, level = :level,
                       problem = :problem";
        let hundredths = |money: Option<Money>| money.map(|money| money.hundredths);
        self.change(
            sql,
            named_params! {
                ":iccid": balance.iccid, ":code": balance.code, ":pattern": balance.pattern, ":warn": hundredths(balance.warn),
                ":critical": hundredths(balance.critical), ":every": balance.every_minutes, ":next_at": balance.next_at,
                ":amount": hundredths(balance.amount), ":read_at": balance.read_at, ":level": Spelled(balance.level),
                ":problem": balance.problem,
            },
        )?;
        self.touch().errands += 1;
        Ok(())
    }

    /// Takes a rule away; `false` where there was none.
    pub fn remove_balance(&mut self, iccid: &str) -> Result<bool> {
        Ok(self.change("DELETE FROM balance WHERE iccid = ?1", [iccid])? == 1)
    }
}
