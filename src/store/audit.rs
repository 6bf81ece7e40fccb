//! The audit log: who decided what, and why. Rows are only ever appended, and each carries a hash over itself and the row
//! before it: what is changed or taken out later shows.

use rusqlite::named_params;

use super::error::Result;
use super::page::{Page, Paging};
use super::row::Row;
use super::{Reader, Tx};
use crate::signature::sha256_hex;
use crate::time::Timestamp;

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Row number: newer is higher.
    pub n: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it: a key's id, `local:UID`.
    pub who: String,
    /// What was done, for example `stop.passed`.
    pub action: String,
    /// To whom or what.
    pub subject: String,
    /// What else is on record, as JSON.
    pub detail: String,
    /// Hash over the row before and this one.
    pub chain: String,
}

/// What has to go on record.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Who did it.
    pub who: &'a str,
    /// What was done.
    pub action: &'a str,
    /// To whom or what.
    pub subject: &'a str,
    /// What else is on record, as JSON.
    pub detail: &'a str,
}

fn read(row: &Row<'_>) -> Result<AuditRow> {
    Ok(AuditRow {
        n: row.get("n")?,
        at: row.get("at")?,
        who: row.get("who")?,
        action: row.get("action")?,
        subject: row.get("subject")?,
        detail: row.get("detail")?,
        chain: row.get("chain")?,
    })
}

fn chained(before: &str, decision: &Decision<'_>, at: Timestamp) -> String {
    let Decision { who, action, subject, detail } = decision;
    // Lengths keep what stands in one field from being read as the next one's.
    let fields = [*who, *action, *subject, *detail].map(|field| format!("{}:{field}", field.len()));
    sha256_hex(format!("{before} {} {}", at.unix_ms(), fields.join(" ")).as_bytes())
}

impl Reader<'_> {
    /// The newest decisions first.
    pub fn audit(&self, paging: Paging) -> Result<Page<AuditRow>> {
        let sql = "SELECT * FROM audit WHERE n < :before ORDER BY n DESC LIMIT :rows";
        let rows = self.all(sql, named_params! {":before": paging.before(), ":rows": paging.rows()}, read)?;
        Ok(Page::cut(rows, paging, |row| row.n))
    }

    /// How many rows there are from the first one on whose hashes fit, and the number of the first that does not.
    pub fn audit_verified(&self) -> Result<(u64, Option<i64>)> {
        let (mut fit, mut after, mut chain) = (0, 0, String::new());
        loop {
            let rows = self.all("SELECT * FROM audit WHERE n > ?1 ORDER BY n LIMIT 500", [after], read)?;
            if rows.is_empty() {
                return Ok((fit, None));
            }
            for row in rows {
                let decision = Decision { who: &row.who, action: &row.action, subject: &row.subject, detail: &row.detail };
                if row.chain != chained(&chain, &decision, row.at) || row.n != after + 1 {
                    return Ok((fit, Some(row.n)));
                }
                (fit, after, chain) = (fit + 1, row.n, row.chain);
            }
        }
    }
}

impl Tx<'_> {
    /// Appends a decision.
    pub fn insert_audit(&mut self, decision: &Decision<'_>, now: Timestamp) -> Result<()> {
        let before: Option<String> = self.one("SELECT chain FROM audit WHERE n = (SELECT MAX(n) FROM audit)", [], |row| Ok(row.get(0)?))?;
        let sql = "INSERT INTO audit (at, who, action, subject, detail, chain) VALUES (:at, :who, :action, :subject, :detail, :chain)";
        let chain = chained(&before.unwrap_or_default(), decision, now);
        self.insert(
            sql,
            named_params! {
                ":at": now, ":who": decision.who, ":action": decision.action, ":subject": decision.subject,
                ":detail": decision.detail, ":chain": chain,
            },
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Error, Store};

    fn store(rows: i64) -> Store {
        let mut store = Store::in_memory().expect("a store");
        for n in 0..rows {
            let subject = n.to_string();
            let decision = Decision { who: "key_1", action: "stop.passed", subject: &subject, detail: "{}" };
            store.transact::<_, Error>(|tx| tx.insert_audit(&decision, Timestamp::from_unix_ms(n))).expect("a row");
        }
        store
    }

    fn verified(store: &Store) -> (u64, Option<i64>) {
        store.read(|reader| reader.audit_verified()).expect("readable")
    }

    #[test]
    fn what_is_on_record_fits_together() {
        assert_eq!(verified(&store(0)), (0, None));
        assert_eq!(verified(&store(700)), (700, None));
        let newest = store(3).read(|reader| reader.audit(Paging::newest(2))).expect("readable");
        assert_eq!(newest.items.iter().map(|row| row.subject.as_str()).collect::<Vec<_>>(), ["2", "1"]);
        assert!(newest.next.is_some());
    }

    #[test]
    fn what_was_changed_or_taken_out_shows() {
        for (sql, want) in [
            ("UPDATE audit SET who = 'key_2' WHERE n = 2", (1, Some(2))),
            ("UPDATE audit SET at = 99 WHERE n = 3", (2, Some(3))),
            ("DELETE FROM audit WHERE n = 1", (0, Some(2))),
            ("DELETE FROM audit WHERE n = 2", (1, Some(3))),
        ] {
            let mut store = store(4);
            store.transact::<_, Error>(|tx| tx.change(sql, [])).expect("changed");
            assert_eq!(verified(&store), want, "{sql}");
        }
    }
}
