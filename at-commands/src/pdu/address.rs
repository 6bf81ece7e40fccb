//! Addresses: TP-OA, TP-DA, TP-RA (3GPP 23.040 sec 9.1.2.5) and the service centre's (24.011 sec 8.2.5.1).
//! All types of number, letters, `*#abc` and no digits at all. It does not judge whether a number can be dialled.

use super::cursor::Cursor;
use super::error::{DecodeCause, DecodeError};
use super::octets::Octets;
use super::semi_octet;
use super::type_of_address::{Ton, TypeOfAddress};
use crate::text::{Shift, gsm7, packing};
use std::fmt;

/// The most semi-octets an address holds: twelve octets less length and type (3GPP 23.040 sec 9.1.2.5).
pub const ADDRESS_DIGITS_MAX: usize = 20;
/// The most octets the service centre's length octet may announce: type and ten octets of digits.
const SMSC_OCTETS_MAX: usize = 11;
/// The most letters of an alphanumeric address: twenty semi-octets are 80 bits, eleven septets.
const LETTERS_MAX: usize = 11;
/// No character of the default alphabet takes more than two octets of UTF-8 a septet.
const LETTERS_UTF8_MAX: usize = LETTERS_MAX * 2;

/// An address as it stood on the wire.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    toa: TypeOfAddress,
    semi_octets: u8,
    value: [u8; ADDRESS_DIGITS_MAX / 2],
    /// The text of an alphanumeric value, as UTF-8.
    letters: Option<Octets<LETTERS_UTF8_MAX>>,
}

impl Address {
    /// The international number `+380...`, with or without the `+`.
    ///
    /// # Errors
    ///
    /// A character that is no digit, or more than twenty.
    pub fn from_e164(number: &str) -> Result<Self, AddressError> {
        Self::digits(number.strip_prefix('+').unwrap_or(number), TypeOfAddress::INTERNATIONAL)
    }

    /// The characters `0-9 * # a b c` as they are, with the given type.
    ///
    /// # Errors
    ///
    /// Another character, more than twenty, or the type that takes letters.
    pub fn digits(digits: &str, toa: TypeOfAddress) -> Result<Self, AddressError> {
        let mut address = Self { toa, semi_octets: 0, value: [0xFF; ADDRESS_DIGITS_MAX / 2], letters: None };
        if toa.ton() == Ton::Alphanumeric {
            return Err(AddressError::LettersNeeded);
        }
        let mut slots = address.value.iter_mut();
        let mut characters = digits.chars();
        let code = |character| semi_octet::of_character(character).ok_or(AddressError::Character(character));
        while let Some(first) = characters.next() {
            let slot = slots.next().ok_or(AddressError::TooLong)?;
            let high = characters.next().map_or(Ok(0x0F), code)?;
            *slot = code(first)? | high << 4;
        }
        address.semi_octets = u8::try_from(digits.len()).map_err(|_| AddressError::TooLong)?;
        Ok(address)
    }

    /// Up to eleven letters of the default alphabet, as a sender's name.
    ///
    /// # Errors
    ///
    /// A letter outside the default alphabet, or more than eleven septets.
    pub fn from_alphanumeric(letters: &str) -> Result<Self, AddressError> {
        let septets = gsm7::encode(letters, Shift::DEFAULT).map_err(AddressError::Character)?;
        let text = Octets::of(letters.as_bytes()).filter(|_| septets.len() <= LETTERS_MAX).ok_or(AddressError::TooLong)?;
        // What no semi-octet reaches is filled as when decoding, so that equal addresses are equal.
        let mut value = [0xFF; ADDRESS_DIGITS_MAX / 2];
        for (slot, octet) in value.iter_mut().zip(packing::pack(&septets, 0)) {
            *slot = octet;
        }
        let semi_octets = septets.len().saturating_mul(7).div_ceil(4) as u8;
        Ok(Self { toa: TypeOfAddress::ALPHANUMERIC, semi_octets, value, letters: Some(text) })
    }

    /// The type-of-address octet.
    pub const fn type_of_address(&self) -> TypeOfAddress {
        self.toa
    }

    /// The number: `+380...` when international, the bare digits otherwise; `None` for letters.
    #[must_use]
    pub fn number(&self) -> Option<String> {
        if self.letters.is_some() {
            return None;
        }
        let mut number = String::with_capacity(usize::from(self.semi_octets).saturating_add(1));
        if self.toa.ton() == Ton::International && self.semi_octets > 0 {
            number.push('+');
        }
        let nibbles = self.value.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]);
        number.extend(nibbles.take(usize::from(self.semi_octets)).filter_map(semi_octet::character));
        Some(number)
    }

    /// The letters, when the address is a name.
    #[must_use]
    pub fn alphanumeric(&self) -> Option<&str> {
        self.letters.as_ref().and_then(|letters| std::str::from_utf8(letters).ok())
    }

    /// No digits and no letters: a length of zero, with the type octet that still comes.
    pub const fn is_empty(&self) -> bool {
        self.semi_octets == 0
    }

    /// A sender of CPHS voice mail: two "letters" that are flags, of which the first says on or off and which line.
    pub(crate) fn is_mailbox(&self) -> bool {
        let flags = matches!(self.value, [first, second, ..] if first & 0x7E == 0x10 && second & 0x7E == 0);
        self.letters.is_some() && self.semi_octets == 4 && flags
    }

    /// Decodes an address at the start of `octets`: the address and how many octets it took.
    ///
    /// # Errors
    ///
    /// Octets that end early, more than twenty semi-octets, or a filler among the digits.
    pub fn decode(octets: &[u8]) -> Result<(Self, usize), DecodeError> {
        let mut cursor = Cursor::new(octets);
        let address = Self::read(&mut cursor, "address")?;
        Ok((address, cursor.offset()))
    }

    /// Decodes a service centre address at the start of `octets`; `None` when its length is zero.
    ///
    /// # Errors
    ///
    /// Octets that end early, a length above eleven, or a filler among the digits.
    pub fn decode_smsc(octets: &[u8]) -> Result<(Option<Self>, usize), DecodeError> {
        let mut cursor = Cursor::new(octets);
        let address = Self::read_smsc(&mut cursor)?;
        Ok((address, cursor.offset()))
    }

    /// Length in semi-octets, type, value.
    pub(crate) fn read(cursor: &mut Cursor<'_>, field: &'static str) -> Result<Self, DecodeError> {
        Self::read_parts(cursor).map_err(|error| error.within(field))
    }

    fn read_parts(cursor: &mut Cursor<'_>) -> Result<Self, DecodeError> {
        let length_at = cursor.offset();
        let semi_octets = cursor.octet("len")?;
        if usize::from(semi_octets) > ADDRESS_DIGITS_MAX {
            let cause = DecodeCause::TooLong { length: usize::from(semi_octets), max: ADDRESS_DIGITS_MAX, unit: "digits" };
            return Err(DecodeError::new("len", length_at, cause));
        }
        let toa = read_type(cursor)?;
        let value_at = cursor.offset();
        let octets = cursor.take(usize::from(semi_octets.div_ceil(2)), "value")?;
        let mut value = [0xFF; ADDRESS_DIGITS_MAX / 2];
        for (slot, octet) in value.iter_mut().zip(octets) {
            *slot = *octet;
        }
        if toa.ton() == Ton::Alphanumeric {
            return Ok(Self { toa, semi_octets, value, letters: Some(letters(octets, semi_octets)) });
        }
        check_digits(octets, semi_octets, value_at)?;
        if let (1, Some(last)) = (semi_octets % 2, octets.len().checked_sub(1).and_then(|last| value.get_mut(last))) {
            // A surplus nibble where the filler belongs: senders forget it, and the length says which digits count.
            *last |= 0xF0;
        }
        Ok(Self { toa, semi_octets, value, letters: None })
    }

    /// Length in octets, type, value; `None` for a length of zero.
    pub(crate) fn read_smsc(cursor: &mut Cursor<'_>) -> Result<Option<Self>, DecodeError> {
        Self::read_smsc_parts(cursor).map_err(|error| error.within("smsc"))
    }

    fn read_smsc_parts(cursor: &mut Cursor<'_>) -> Result<Option<Self>, DecodeError> {
        let length_at = cursor.offset();
        let length = usize::from(cursor.octet("len")?);
        if length == 0 {
            return Ok(None);
        }
        if length > SMSC_OCTETS_MAX {
            let cause = DecodeCause::TooLong { length, max: SMSC_OCTETS_MAX, unit: "octets" };
            return Err(DecodeError::new("len", length_at, cause));
        }
        let toa = read_type(cursor)?;
        let value_at = cursor.offset();
        let octets = cursor.take(length.saturating_sub(1), "value")?;
        let mut value = [0xFF; ADDRESS_DIGITS_MAX / 2];
        for (slot, octet) in value.iter_mut().zip(octets) {
            *slot = *octet;
        }
        let filler = octets.last().is_some_and(|last| last >> 4 == 0x0F);
        let semi_octets = (octets.len().saturating_mul(2) as u8).saturating_sub(u8::from(filler));
        let letters = (toa.ton() == Ton::Alphanumeric).then(|| letters(octets, semi_octets));
        if letters.is_none() {
            check_digits(octets, semi_octets, value_at)?;
        }
        Ok(Some(Self { toa, semi_octets, value, letters }))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.semi_octets);
        out.push(self.toa.octet());
        out.extend(self.value.iter().take(self.value_octets()));
    }

    /// The service centre's octets; a single zero for none.
    pub(crate) fn write_smsc(smsc: Option<&Self>, out: &mut Vec<u8>) {
        let Some(address) = smsc else {
            out.push(0);
            return;
        };
        out.push(address.value_octets().saturating_add(1) as u8);
        out.push(address.toa.octet());
        out.extend(address.value.iter().take(address.value_octets()));
    }

    /// Octets on the wire in a TPDU: length, type, value.
    pub(crate) fn octets(&self) -> usize {
        self.value_octets().saturating_add(2)
    }

    fn value_octets(&self) -> usize {
        usize::from(self.semi_octets.div_ceil(2))
    }
}

/// Prints the type and how much there is, never the number: a log is no place for it.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.letters.is_some() { "letters" } else { "digits" };
        write!(f, "Address({:02X}, {} semi-octets of {kind})", self.toa.octet(), self.semi_octets)
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressError {
    /// A character that no address can carry.
    Character(char),
    /// More than twenty digits, or eleven letters.
    TooLong,
    /// Digits were given with the type for letters.
    LettersNeeded,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(character) => write!(f, "an address cannot carry {character:?}"),
            Self::TooLong => write!(f, "an address holds at most {ADDRESS_DIGITS_MAX} digits or {LETTERS_MAX} letters"),
            Self::LettersNeeded => f.write_str("the alphanumeric type takes letters, not digits"),
        }
    }
}

impl std::error::Error for AddressError {}

fn read_type(cursor: &mut Cursor<'_>) -> Result<TypeOfAddress, DecodeError> {
    cursor.octet("toa").map(TypeOfAddress::new)
}

/// The F filler may stand behind the digits, not among them.
fn check_digits(octets: &[u8], semi_octets: u8, value_at: usize) -> Result<(), DecodeError> {
    let nibbles = octets.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]).take(usize::from(semi_octets));
    match nibbles.enumerate().find(|(_, nibble)| *nibble == 0x0F) {
        None => Ok(()),
        Some((index, _)) => Err(DecodeError::new("value", value_at.saturating_add(index / 2), DecodeCause::Filler)),
    }
}

/// The letters in an alphanumeric value: seven letters leave seven spare bits, which are no eighth letter.
fn letters(octets: &[u8], semi_octets: u8) -> Octets<LETTERS_UTF8_MAX> {
    let septets = usize::from(semi_octets).saturating_mul(4) / 7;
    let codes: Octets<LETTERS_MAX> = packing::unpack(octets, septets, 0);
    let mut text = Octets::new();
    // Eleven letters always fit.
    let _ = gsm7::characters(&codes, Shift::DEFAULT).all(|character| text.extend(character.encode_utf8(&mut [0; 4]).as_bytes()));
    text
}
