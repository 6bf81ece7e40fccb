//! API keys: 256 random bits, shown once, kept as their hash.

use super::super::{Reject, Work};
use crate::ids::KeyId;
use crate::signature::sha256_hex;
use crate::store::ApiKey;
use crate::terms::{Scope, Word as _};
use crate::time::Timestamp;

/// A key somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Which system will use it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// A key that was made.
pub struct MadeKey {
    /// Its row.
    pub row: ApiKey,
    /// The key itself: this is the only time it is there.
    pub secret: String,
}

/// In front of every key, so that one in a log or a repository is recognised.
const PREFIX: &str = "ab_";
const OCTETS: usize = 32;
/// So much of a key tells keys apart and opens nothing.
const SHOWN: usize = 9;

/// Makes a key.
pub fn new_key(work: &mut Work<'_, '_>, new: &NewKey) -> Result<MadeKey, Reject> {
    if new.name.trim().is_empty() {
        return Err(Reject::at("invalid", "/name", "name the system that will use it"));
    }
    if new.scopes.is_empty() {
        return Err(Reject::at("invalid", "/scopes", "name at least one scope"));
    }
    if new.expires_at.is_some_and(|end| end <= work.now) {
        return Err(Reject::at("invalid", "/expires", "this has passed already"));
    }
    let mut octets = [0; OCTETS];
    work.chance.fill(&mut octets);
    let secret = octets.iter().fold(PREFIX.to_owned(), |secret, octet| secret + &format!("{octet:02x}"));
    let row = ApiKey {
        id: KeyId::new(work.now, work.chance),
        name: new.name.trim().to_owned(),
        hash: sha256_hex(secret.as_bytes()),
        prefix: secret[..SHOWN].to_owned(),
        scopes: new.scopes.iter().map(|scope| scope.word().to_owned()).collect(),
        created_at: work.now,
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    work.tx.insert_key(&row)?;
    Ok(MadeKey { row, secret })
}

/// Revokes a key at once; one that is revoked already stays so.
pub fn revoke_key(work: &mut Work<'_, '_>, id: KeyId) -> Result<ApiKey, Reject> {
    work.tx.revoke_key(id, work.now)?;
    work.tx.key(id)?.ok_or_else(|| Reject::not_found("key"))
}

/// Puts a key in place that another box made, by its hash; one that is there already stays as it is.
pub fn known_key(work: &mut Work<'_, '_>, new: &NewKey, hash: &str, prefix: &str) -> Result<(), Reject> {
    if hash.len() != 64 || !hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Reject::at("invalid", "/sha256", "must be the SHA-256 of the key in 64 small hex digits, as the export writes it"));
    }
    if work.tx.key_by_hash(hash)?.is_some() {
        return Ok(());
    }
    work.tx.insert_key(&ApiKey {
        id: KeyId::new(work.now, work.chance),
        name: new.name.clone(),
        hash: hash.to_owned(),
        prefix: prefix.chars().take(SHOWN).collect(),
        scopes: new.scopes.iter().map(|scope| scope.word().to_owned()).collect(),
        created_at: work.now,
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
    })?;
    Ok(())
}
