//! UCS-2 of SMS, read as UTF-16 big-endian, which is what phones send (3GPP 23.038 sec 6.2.3). Join the octets of all parts first:
//! a surrogate pair may lie across two of them.

use std::fmt;

/// The text, with U+FFFD for a lone surrogate and without the last octet of an odd number.
#[must_use]
pub fn decode_lossy(octets: &[u8]) -> String {
    let units = octets.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The text of whole, sound UTF-16.
///
/// # Errors
///
/// An odd number of octets, or one half of a surrogate pair.
pub fn decode(octets: &[u8]) -> Result<String, BadUcs2> {
    if !octets.len().is_multiple_of(2) {
        return Err(BadUcs2::OddOctets { octets: octets.len() });
    }
    let text = decode_lossy(octets);
    let lone = text.contains(char::REPLACEMENT_CHARACTER) && encode(&text) != octets;
    if lone { Err(BadUcs2::LoneSurrogate) } else { Ok(text) }
}

/// The octets of the text.
#[must_use]
pub fn encode(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Damaged UTF-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadUcs2 {
    /// Half a unit at the end: some service centres cut there.
    OddOctets {
        /// How many octets there are.
        octets: usize,
    },
    /// One half of a surrogate pair.
    LoneSurrogate,
}

impl fmt::Display for BadUcs2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OddOctets { octets } => write!(f, "{octets} octets of UCS-2 are not whole characters"),
            Self::LoneSurrogate => f.write_str("one half of a surrogate pair stands alone"),
        }
    }
}

impl std::error::Error for BadUcs2 {}
