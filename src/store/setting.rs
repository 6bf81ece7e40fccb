//! Settings by name, each a JSON value: `settings`, `lanes`, and the mark that tells when a compiled book is old.

use rusqlite::named_params;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::columns::Json;
use super::error::Result;
use super::{Reader, Tx};
use crate::time::Timestamp;

impl Reader<'_> {
    /// The setting of this name.
    pub fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.one("SELECT value FROM setting WHERE name = ?1", [name], |row| Ok(row.get::<_, Json<T>>(0)?.0))
    }
}

impl Tx<'_> {
    /// Writes a setting.
    pub fn save_setting<T: Serialize>(&mut self, name: &str, value: &T, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO setting (name, value, updated_at) VALUES (:name, :value, :now)
                   ON CONFLICT (name) DO UPDATE SET value = :value, updated_at = :now";
        self.change(sql, named_params! {":name": name, ":value": Json(value), ":now": now})?;
        self.touch().config += 1;
        Ok(())
    }
}
