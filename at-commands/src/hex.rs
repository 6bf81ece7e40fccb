//! Hexadecimal as modems write it: two digits an octet, upper case out, either case in. No blanks, no prefixes.

use std::fmt;

/// The octets as upper-case hex digits.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    let mut hex = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        hex.push(digit(octet >> 4));
        hex.push(digit(octet & 0x0F));
    }
    hex
}

/// The octets written in `hex`; a lost nibble or a strange character is an error, never guessed at.
///
/// # Errors
///
/// An odd number of digits, or a byte that is no digit, with its place.
pub fn decode(hex: &str) -> Result<Vec<u8>, HexError> {
    if !hex.len().is_multiple_of(2) && hex.is_ascii() {
        return Err(HexError::OddDigits { digits: hex.len() });
    }
    let mut octets = Vec::with_capacity(hex.len() / 2);
    for (pair, at) in hex.as_bytes().chunks(2).zip((0..).step_by(2)) {
        match pair {
            [high, low] => octets.push(nibble(*high, at)? << 4 | nibble(*low, at.saturating_add(1))?),
            [.., lone] => {
                nibble(*lone, at)?;
            }
            [] => {}
        }
    }
    if hex.len().is_multiple_of(2) { Ok(octets) } else { Err(HexError::OddDigits { digits: hex.len() }) }
}

/// Why a text is not hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HexError {
    /// An odd number of digits: a nibble was lost on the line.
    OddDigits {
        /// How many digits there are.
        digits: usize,
    },
    /// A byte that is not a hex digit.
    NotADigit {
        /// The byte.
        byte: u8,
        /// Its offset in the text.
        at: usize,
    },
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OddDigits { digits } => write!(f, "{digits} hex digits is an odd number: one was lost on the line"),
            Self::NotADigit { byte, at } => write!(f, "\"{}\" at character {at} is not a hex digit", byte.escape_ascii()),
        }
    }
}

impl std::error::Error for HexError {}

fn digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase()
}

fn nibble(byte: u8, at: usize) -> Result<u8, HexError> {
    char::from(byte).to_digit(16).map(|digit| digit as u8).ok_or(HexError::NotADigit { byte, at })
}

#[cfg(test)]
mod tests {
    use super::{HexError, decode, encode};

    #[test]
    fn hex_is_read_in_either_case_and_written_in_upper() {
        assert_eq!(decode("07919fAB"), Ok(vec![0x07, 0x91, 0x9F, 0xAB]));
        assert_eq!(encode(&[0x07, 0x91, 0x9F, 0xAB]), "07919FAB");
        assert_eq!(decode(""), Ok(vec![]));
    }

    #[test]
    fn damaged_hex_says_what_is_wrong() {
        assert_eq!(decode("079"), Err(HexError::OddDigits { digits: 3 }));
        assert_eq!(decode("07 9"), Err(HexError::NotADigit { byte: b' ', at: 2 }));
        assert_eq!(decode("0\u{e9}9"), Err(HexError::NotADigit { byte: 0xC3, at: 1 }));
    }
}
