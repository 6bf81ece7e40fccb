//! Semi-octets: two digits an octet, the first in the low nibble (3GPP 23.040 sec 9.1.2.3), in their two readings:
//! decimal digits of a time, and the fifteen characters of an address.

use super::error::DecodeCause;

/// The two-digit decimal number in `octet`.
pub(crate) fn decimal(octet: u8) -> Result<u8, DecodeCause> {
    let (tens, units) = (octet & 0x0F, octet >> 4);
    if tens > 9 {
        return Err(DecodeCause::Digit(tens));
    }
    if units > 9 {
        return Err(DecodeCause::Digit(units));
    }
    Ok(tens.saturating_mul(10).saturating_add(units))
}

/// The two-digit decimal number in `octet`, with 0 for a semi-octet that is no digit.
pub(crate) fn decimal_or_zero(octet: u8) -> u8 {
    let digit = |nibble: u8| if nibble > 9 { 0 } else { nibble };
    digit(octet & 0x0F).saturating_mul(10).saturating_add(digit(octet >> 4))
}

/// `number` (0 to 99; more is taken modulo 100) as an octet of two decimal digits.
pub(crate) const fn of_decimal(number: u8) -> u8 {
    let number = number % 100;
    (number / 10) | ((number % 10) << 4)
}

/// The address character of a semi-octet; `None` is the filler F.
pub(crate) const fn character(nibble: u8) -> Option<char> {
    match nibble {
        0..=9 => Some((b'0' | nibble) as char),
        0x0A => Some('*'),
        0x0B => Some('#'),
        0x0C => Some('a'),
        0x0D => Some('b'),
        0x0E => Some('c'),
        _ => None,
    }
}

/// The semi-octet of an address character.
pub(crate) const fn of_character(character: char) -> Option<u8> {
    match character {
        '0'..='9' => Some(character as u8 & 0x0F),
        '*' => Some(0x0A),
        '#' => Some(0x0B),
        'a' => Some(0x0C),
        'b' => Some(0x0D),
        'c' => Some(0x0E),
        _ => None,
    }
}
