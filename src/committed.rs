//! [`Committed`]: proof that the transaction which produced a value is on disk.
//!
//! The modem driver deletes a stored message only against a `Committed<Slot>`. Only the store makes one, after COMMIT;
//! `tests/it/tidy.rs` holds everybody else to that.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;

/// A value whose transaction has been committed with an fsync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed<T>(T);

impl<T> Committed<T> {
    /// Called by the store alone, after COMMIT returned.
    pub(crate) fn after_commit(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Committed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Where a modem keeps a message it received.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The memory as the modem names it: `SM`, `ME`, `SR` ...; empty where it names none.
    pub memory: String,
    /// The index within that memory.
    pub index: u16,
    /// A hash of what lay there when it was read: an index is used again at once, and an answer about an earlier content
    /// must not free a later one.
    pub content: u64,
}

/// In the place of a memory's name: the PDU lies in none.
const SHOWN: &str = "+CMT";

impl Slot {
    /// Of a PDU that the modem showed and that waits for its acknowledgement: it lies in no memory.
    pub fn shown(hex: &str) -> Self {
        Self::of(SHOWN, 0, hex)
    }

    /// Whether it lies in no memory.
    pub fn is_shown(&self) -> bool {
        self.memory == SHOWN
    }

    /// The place of a PDU as the modem printed it.
    pub fn of(memory: &str, index: u16, hex: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        hex.hash(&mut hasher);
        Self { memory: memory.to_owned(), index, content: hasher.finish() }
    }
}
