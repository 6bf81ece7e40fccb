//! Reads a TPDU from left to right and knows the offset of each octet. It knows no field: the fields read themselves from it.

use super::error::{DecodeCause, DecodeError};

/// What is left of the octets, and where it starts.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets, offset: 0 }
    }

    /// A cursor over `octets`, which start at `offset` of the whole.
    pub(crate) const fn at(octets: &'a [u8], offset: usize) -> Self {
        Self { rest: octets, offset }
    }

    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// An error at the present offset.
    pub(crate) const fn error(&self, field: &'static str, cause: DecodeCause) -> DecodeError {
        DecodeError::new(field, self.offset, cause)
    }

    /// The next octet, left in place.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(crate) fn octet(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        let Some((octet, rest)) = self.rest.split_first() else {
            return Err(self.error(field, DecodeCause::Short { need: 1, left: 0 }));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(1);
        Ok(*octet)
    }

    pub(crate) fn take(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(self.error(field, DecodeCause::Short { need: count, left: self.rest.len() }));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(count);
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.error(field, DecodeCause::Short { need: N, left: self.rest.len() }));
        };
        self.rest = rest;
        self.offset = self.offset.saturating_add(N);
        Ok(*taken)
    }
}
