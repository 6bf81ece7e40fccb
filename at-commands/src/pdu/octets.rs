//! A short octet string kept in place: a TPDU is decoded without a heap allocation. It holds bytes and means nothing.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// Up to `N` octets (`N` at most 255), stored inline.
#[derive(Clone, Copy)]
pub struct Octets<const N: usize> {
    octets: [u8; N],
    len: u8,
}

impl<const N: usize> Octets<N> {
    /// No octets.
    #[must_use]
    pub const fn new() -> Self {
        Self { octets: [0; N], len: 0 }
    }

    /// A copy of `source`, or `None` when it is longer than `N`.
    #[must_use]
    pub fn of(source: &[u8]) -> Option<Self> {
        let mut copy = Self::new();
        copy.extend(source).then_some(copy)
    }

    /// Appends one octet; `false` when full.
    #[must_use]
    pub fn push(&mut self, octet: u8) -> bool {
        let Some(slot) = self.octets.get_mut(usize::from(self.len)) else { return false };
        let Some(len) = self.len.checked_add(1) else { return false };
        *slot = octet;
        self.len = len;
        true
    }

    /// Appends all of `source`, or nothing and `false` when it does not fit.
    #[must_use]
    pub fn extend(&mut self, source: &[u8]) -> bool {
        let start = usize::from(self.len);
        let Some(end) = start.checked_add(source.len()) else { return false };
        let (Some(room), Ok(len)) = (self.octets.get_mut(start..end), u8::try_from(end)) else { return false };
        room.copy_from_slice(source);
        self.len = len;
        true
    }

    /// The octets, to be changed in place.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.octets.get_mut(..usize::from(self.len)).unwrap_or_default()
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl<const N: usize> Default for Octets<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Deref for Octets<N> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl<const N: usize> PartialEq for Octets<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<const N: usize> Eq for Octets<N> {}

impl<const N: usize> Hash for Octets<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<const N: usize> fmt::Debug for Octets<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::hex::encode(self))
    }
}

#[cfg(test)]
mod tests {
    use super::Octets;

    #[test]
    fn a_full_string_refuses_and_keeps_what_it_has() {
        let mut octets = Octets::<3>::of(&[1, 2]).expect("two fit in three");
        assert!(!octets.extend(&[3, 4]));
        assert!(octets.push(3));
        assert!(!octets.push(4));
        assert_eq!(octets.as_slice(), [1, 2, 3]);
        assert!(Octets::<3>::of(&[0; 4]).is_none());
    }
}
