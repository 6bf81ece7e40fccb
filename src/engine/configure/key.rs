//! API keys: 256 bits of chance, shown once, kept as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Reject, Work, changed};
use crate::ids::KeyId;
use crate::signature::sha256_hex;
use crate::store::ApiKey;
use crate::time::Timestamp;

/// What a key can be allowed to do.
pub const SCOPES: &[&str] = &["send:alarm", "send:notice", "send:once", "read", "agent", "admin"];
/// The first letters of every key: secret scanners know ours by them.
const PREFIX: &str = "ab_";
const OCTETS: usize = 32;
/// So many letters are kept to tell keys apart; what is left has more than 200 bits.
const SHOWN: usize = 9;
const NAME_CHARACTERS_MAX: usize = 64;

/// A new key. The text is nowhere else: it is shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its row.
    pub row: ApiKey,
    /// The key itself.
    pub key: String,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKey").field("row", &self.row).finish_non_exhaustive()
    }
}

/// Makes a key.
pub fn create(work: &mut Work<'_, '_>, name: &str, scopes: &[String], expires_at: Option<Timestamp>) -> Result<NewKey, Reject> {
    if name.trim().is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        return Err(Reject::at("invalid", "/name", format!("1 to {NAME_CHARACTERS_MAX} characters that tell whose key it is")));
    }
    if scopes.is_empty() {
        return Err(Reject::at("invalid", "/scopes", format!("at least one of {}", SCOPES.join(" "))));
    }
    if let Some((place, scope)) = scopes.iter().enumerate().find(|(_, scope)| !SCOPES.contains(&scope.as_str())) {
        return Err(Reject::at("invalid", &format!("/scopes/{place}"), format!("`{scope}` is no scope; there are {}", SCOPES.join(" "))));
    }
    if expires_at.is_some_and(|end| end <= work.now) {
        return Err(Reject::at("invalid", "/expires", "it would have expired already"));
    }
    let mut octets = [0; OCTETS];
    work.chance.fill(&mut octets);
    let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(octets));
    let row = ApiKey {
        id: KeyId::new(work.now, work.chance),
        name: name.to_owned(),
        hash: hash(&key),
        prefix: key.chars().take(SHOWN).collect(),
        scopes: scopes.to_vec(),
        created_at: work.now,
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    work.tx.insert_key(&row)?;
    changed(work)?;
    Ok(NewKey { row, key })
}

/// The hash under which a key is found.
pub fn hash(key: &str) -> String {
    sha256_hex(key.as_bytes())
}

/// Revokes a key at once.
pub fn revoke(work: &mut Work<'_, '_>, id: KeyId) -> Result<(), Reject> {
    if work.tx.key(id)?.is_none() {
        return Err(Reject::not_found("key"));
    }
    if !work.tx.revoke_key(id, work.now)? {
        return Err(Reject::new("already_revoked", "the key was revoked before"));
    }
    changed(work)
}
