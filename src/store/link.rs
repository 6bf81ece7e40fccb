//! Single-use pages. Only the hash of a token is kept: a stolen backup opens no page.

use rusqlite::named_params;

use super::columns::Json;
use super::error::Result;
use super::row::Row;
use super::{Reader, Tx};
use crate::ids::SessionId;
use crate::time::Timestamp;

/// A page made for one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// SHA-256 of its token.
    pub token_sha256: String,
    /// Whose page.
    pub session: SessionId,
    /// Visit of the step that made it.
    pub visit: u32,
    /// Which page.
    pub page: String,
    /// Slots it shows.
    pub show: Vec<String>,
    /// Slots it fills.
    pub fills: Vec<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it dies.
    pub expires_at: Timestamp,
    /// When it was submitted.
    pub used_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> Result<LinkRow> {
    Ok(LinkRow {
        token_sha256: row.get("token_sha256")?,
        session: row.get("session")?,
        visit: row.get("visit")?,
        page: row.get("page")?,
        show: row.get::<_, Json<_>>("show")?.0,
        fills: row.get::<_, Json<_>>("fills")?.0,
        made_at: row.get("made_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
    })
}

impl Reader<'_> {
    /// The page with this token's hash.
    pub fn link(&self, token_sha256: &str) -> Result<Option<LinkRow>> {
        self.one("SELECT * FROM link WHERE token_sha256 = ?1", [token_sha256], read)
    }

    /// Pages of a session.
    pub fn links_of(&self, session: SessionId) -> Result<Vec<LinkRow>> {
        self.all("SELECT * FROM link WHERE session = ?1 ORDER BY made_at LIMIT 200", [session], read)
    }
}

impl Tx<'_> {
    /// Inserts a page.
    pub fn insert_link(&mut self, link: &LinkRow) -> Result<()> {
        let sql = "INSERT INTO link (token_sha256, session, visit, page, show, fills, made_at, expires_at)
                   VALUES (:token, :session, :visit, :page, :show, :fills, :made_at, :expires_at)";
        self.change(
            sql,
            named_params! {
                ":token": link.token_sha256, ":session": link.session, ":visit": link.visit, ":page": link.page,
                ":show": Json(&link.show), ":fills": Json(&link.fills), ":made_at": link.made_at, ":expires_at": link.expires_at,
            },
        )?;
        Ok(())
    }

    /// Uses a page up; `false` where it had been used before.
    pub fn use_link(&mut self, token_sha256: &str, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE link SET used_at = ?2 WHERE token_sha256 = ?1 AND used_at IS NULL";
        Ok(self.change(sql, (token_sha256, now))? == 1)
    }
}
