//! API keys: only their hash is kept.

use rusqlite::named_params;

use super::columns::Json;
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::ids::KeyId;
use crate::time::Timestamp;

/// One API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: String,
    /// The first letters of the key, to tell keys apart.
    pub prefix: String,
    /// What it may do: `send:alarm send:notice send:once read agent admin`.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything at this instant.
    pub fn works(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

fn read(row: &Row<'_>) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.get("id")?,
        name: row.get("name")?,
        hash: row.get("hash")?,
        prefix: row.get("prefix")?,
        scopes: row.get::<_, Json<_>>("scopes")?.0,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}

impl Reader<'_> {
    /// The key with this hash, whether it still works or not.
    pub fn key_by_hash(&self, hash: &str) -> Result<Option<ApiKey>> {
        self.one("SELECT * FROM api_key WHERE hash = ?1", [hash], read)
    }

    /// One key.
    pub fn key(&self, id: KeyId) -> Result<Option<ApiKey>> {
        self.one("SELECT * FROM api_key WHERE id = ?1", [id], read)
    }

    /// Every key, newest first.
    pub fn keys(&self) -> Result<Vec<ApiKey>> {
        self.all("SELECT * FROM api_key ORDER BY created_at DESC, id DESC LIMIT 1000", [], read)
    }
}

impl Tx<'_> {
    /// Inserts a key.
    pub fn insert_key(&mut self, key: &ApiKey) -> Result<()> {
        let sql = "INSERT INTO api_key (id, name, hash, prefix, scopes, created_at, expires_at)
                   VALUES (:id, :name, :hash, :prefix, :scopes, :created_at, :expires_at)";
        self.change(
            sql,
            named_params! {
                ":id": key.id, ":name": key.name, ":hash": key.hash, ":prefix": key.prefix, ":scopes": Json(&key.scopes),
                ":created_at": key.created_at, ":expires_at": key.expires_at,
            },
        )?;
        self.touch().config += 1;
        Ok(())
    }

    /// Revokes a key; `false` where none works under this id.
    pub fn revoke_key(&mut self, id: KeyId, now: Timestamp) -> Result<bool> {
        self.touch().config += 1;
        Ok(self.change("UPDATE api_key SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", (id, now))? == 1)
    }

    /// Remembers that a key was used.
    pub fn touch_key(&mut self, id: KeyId, now: Timestamp) -> Result<()> {
        self.change("UPDATE api_key SET last_used_at = ?2 WHERE id = ?1", (id, now))?;
        Ok(())
    }
}
