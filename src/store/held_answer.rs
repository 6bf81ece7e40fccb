//! The answer that waits while "which one?" is open: at most one for each person.

use rusqlite::named_params;

use super::columns::Json;
use super::error::Result;
use super::{Reader, Tx};
use crate::conversation::view::HeldAnswer;
use crate::msisdn::Msisdn;

impl Reader<'_> {
    /// The held answer of a person, lapsed or not.
    pub fn held_answer(&self, person: &Msisdn) -> Result<Option<HeldAnswer>> {
        self.one("SELECT * FROM held_answer WHERE msisdn = ?1", [person], |row| {
            Ok(HeldAnswer {
                text: row.get("text")?,
                stamp: row.get("stamp")?,
                offered: row.get::<_, Json<_>>("offered")?.0,
                until: row.get("until")?,
            })
        })
    }
}

impl Tx<'_> {
    /// Holds an answer in place of the one before.
    pub fn hold_answer(&mut self, person: &Msisdn, held: &HeldAnswer) -> Result<()> {
        let sql = "INSERT INTO held_answer (msisdn, text, stamp, offered, until) VALUES (:person, :text, :stamp, :offered, :until)
                   ON CONFLICT (msisdn) DO UPDATE SET text = :text, stamp = :stamp, offered = :offered, until = :until";
        let values = named_params! {
            ":person": person, ":text": held.text, ":stamp": held.stamp, ":offered": Json(&held.offered), ":until": held.until,
        };
        self.change(sql, values)?;
        Ok(())
    }

    /// Forgets the held answer of a person.
    pub fn forget_held_answer(&mut self, person: &Msisdn) -> Result<()> {
        self.change("DELETE FROM held_answer WHERE msisdn = ?1", [person])?;
        Ok(())
    }
}
