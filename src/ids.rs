//! Identifiers of the things we keep: a ULID (48 bits of time, 80 of chance) with the thing's kind in its type and in its spelling.
//!
//! Ids are random, not counted: a database restored from yesterday's backup must never hand out an id that a billing
//! system has already seen as part of an idempotency key.

use std::fmt::{self, Write as _};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chance::Chance;
use crate::time::Timestamp;

/// An identifier of a `K`, spelled `prefix_` and 26 letters of Crockford's base 32, for example `msg_01hf...`.
pub struct Id<K> {
    bits: u128,
    kind: PhantomData<fn() -> K>,
}

/// What an [`Id`] can name.
pub trait Kind {
    /// The letters before the underscore.
    const PREFIX: &'static str;
}

/// A [`Kind`] for messages.
pub enum Message {}
/// A [`Kind`] for sessions.
pub enum Session {}
/// A [`Kind`] for events.
pub enum Event {}
/// A [`Kind`] for webhooks.
pub enum Webhook {}
/// A [`Kind`] for API keys.
pub enum Key {}
/// A [`Kind`] for tasks a person has to do.
pub enum Task {}

/// One outbound message.
pub type MessageId = Id<Message>;
/// One run of a flow.
pub type SessionId = Id<Session>;
/// One row of the event log, stable across retries.
pub type EventId = Id<Event>;
/// One subscriber.
pub type WebhookId = Id<Webhook>;
/// One API key.
pub type KeyId = Id<Key>;
/// One task for a person.
pub type TaskId = Id<Task>;

/// The key of an outbound part: what one `AT+CMGS` carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartKey {
    /// The message.
    pub message: MessageId,
    /// The part, from 1.
    pub seq: u8,
}

impl Kind for Message {
    const PREFIX: &'static str = "msg";
}
impl Kind for Session {
    const PREFIX: &'static str = "ses";
}
impl Kind for Event {
    const PREFIX: &'static str = "evt";
}
impl Kind for Webhook {
    const PREFIX: &'static str = "whk";
}
impl Kind for Key {
    const PREFIX: &'static str = "key";
}
impl Kind for Task {
    const PREFIX: &'static str = "tsk";
}

impl<K> Id<K> {
    /// A new id of this instant.
    pub fn new(now: Timestamp, chance: &mut dyn Chance) -> Self {
        let mut random = [0; 16];
        chance.fill(&mut random[6..]);
        let time = u128::from(now.unix_ms().max(0) as u64 & TIME_MASK) << 80;
        Self::from_bits(time | u128::from_be_bytes(random))
    }

    const fn from_bits(bits: u128) -> Self {
        Self { bits, kind: PhantomData }
    }
}

const TIME_MASK: u64 = (1 << 48) - 1;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LETTERS: usize = 26;

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::PREFIX)?;
        f.write_char('_')?;
        for place in (0..LETTERS).rev() {
            let five = (self.bits >> (place * 5)) & 31;
            f.write_char(char::from(ALPHABET[five as usize]))?;
        }
        Ok(())
    }
}

/// Why a text is not an id of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form {prefix}_ and 26 letters or digits")]
pub struct BadId {
    text: String,
    prefix: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId { text: text.chars().take(40).collect(), prefix: K::PREFIX };
        let rest = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or_else(bad)?;
        if rest.len() != LETTERS || !matches!(rest.as_bytes()[0], b'0'..=b'7') {
            return Err(bad());
        }
        let mut bits = 0_u128;
        for letter in rest.bytes() {
            let five = ALPHABET.iter().position(|a| *a == letter).ok_or_else(bad)?;
            bits = (bits << 5) | five as u128;
        }
        Ok(Self::from_bits(bits))
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bits.cmp(&other.bits)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bits.hash(state);
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Seeded;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = MessageId::new(Timestamp::from_unix_ms(1_795_000_000_000), &mut Seeded::new(7));
        assert_eq!(id.to_string().parse::<MessageId>(), Ok(id));
        assert!(id.to_string().starts_with("msg_"));
    }

    #[test]
    fn ids_sort_by_time() {
        let mut chance = Seeded::new(1);
        let first = SessionId::new(Timestamp::from_unix_ms(1000), &mut chance);
        let second = SessionId::new(Timestamp::from_unix_ms(1001), &mut chance);
        assert!(first < second && first.to_string() < second.to_string());
    }

    #[test]
    fn wrong_ids_are_refused() {
        for wrong in ["", "msg_", "ses_00000000000000000000000000", "msg_0000000000000000000000000u", "msg_80000000000000000000000000"] {
            assert!(wrong.parse::<MessageId>().is_err(), "{wrong}");
        }
    }
}
