//! Endpoints: named addresses of the utility's systems that flows may call.

use rusqlite::named_params;

use super::error::{Error, Result};
use super::row::Row;
use super::{Reader, Tx};
use crate::signature::Secret;
use crate::time::Timestamp;

/// A named address.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointRow {
    /// Its name in flow files, for example `billing.charge`.
    pub name: String,
    /// Where steps are posted.
    pub url: String,
    /// Where the outcome of an unknown step is asked, with `{key}` in it.
    pub status_url: Option<String>,
    /// `POST`, or `GET` for look-ups.
    pub method: String,
    /// Signs what is posted.
    pub secret: Secret,
    /// After this long without an answer the outcome is unknown.
    pub timeout_ms: u32,
    /// May point to a private address.
    pub allow_private: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

fn read(row: &Row<'_>) -> Result<EndpointRow> {
    let secret: String = row.get("secret")?;
    Ok(EndpointRow {
        name: row.get("name")?,
        url: row.get("url")?,
        status_url: row.get("status_url")?,
        method: row.get("method")?,
        secret: Secret::parse(&secret)
            .ok_or_else(|| Error::Row { column: "endpoint.secret".to_owned(), cause: "not a signing secret".to_owned() })?,
        timeout_ms: row.get("timeout_ms")?,
        allow_private: row.get("allow_private")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

impl Reader<'_> {
    /// Every endpoint by name.
    pub fn endpoints(&self) -> Result<Vec<EndpointRow>> {
        self.all("SELECT * FROM endpoint ORDER BY name LIMIT 1000", [], read)
    }

    /// One endpoint.
    pub fn endpoint(&self, name: &str) -> Result<Option<EndpointRow>> {
        self.one("SELECT * FROM endpoint WHERE name = ?1", [name], read)
    }
}

impl Tx<'_> {
    /// Inserts an endpoint or writes it back.
    pub fn save_endpoint(&mut self, endpoint: &EndpointRow) -> Result<()> {
        let sql = "INSERT INTO endpoint (name, url, status_url, method, secret, timeout_ms, allow_private, created_at, updated_at)
                   VALUES (:name, :url, :status_url, :method, :secret, :timeout_ms, :allow_private, :created_at, :updated_at)
                   ON CONFLICT (name) DO UPDATE SET url = :url, status_url = :status_url, method = :method, secret = :secret,
                       timeout_ms = :timeout_ms, allow_private = :allow_private, updated_at = :updated_at";
        self.change(
            sql,
            named_params! {
                ":name": endpoint.name, ":url": endpoint.url, ":status_url": endpoint.status_url, ":method": endpoint.method,
                ":secret": endpoint.secret.expose(), ":timeout_ms": endpoint.timeout_ms, ":allow_private": endpoint.allow_private,
                ":created_at": endpoint.created_at, ":updated_at": endpoint.updated_at,
            },
        )?;
        self.touch().config += 1;
        Ok(())
    }

    /// Takes an endpoint away; `false` where there was none.
    pub fn remove_endpoint(&mut self, name: &str) -> Result<bool> {
        self.touch().config += 1;
        Ok(self.change("DELETE FROM endpoint WHERE name = ?1", [name])? == 1)
    }
}
