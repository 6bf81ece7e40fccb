//! The GSM 7-bit alphabets: default, extension and all national tables (3GPP 23.038 sec 6.2.1). One septet is one octet here;
//! packing is `packing`'s work.

use super::language::{Language, Shift};
use super::tables::{LOCKING, SINGLE};
use crate::pdu::Octets;

/// The escape to the single shift table.
pub const ESCAPE: u8 = 0x1B;

/// The text of `septets`. A code that the single shift table does not have is the main table's letter, two escapes are one
/// blank, a lone escape at the end is nothing; a cell that the standard leaves empty is U+FFFD.
#[must_use]
pub fn decode(septets: &[u8], shift: Shift) -> String {
    // Most texts are ASCII up to here and there a letter: what comes before the first of those is copied.
    let is_plain = |code: &u8| ascii(*code) != NO_CODE;
    let run = if shift.locking == Language::Default { septets.iter().take_while(|code| is_plain(code)).count() } else { 0 };
    let (plain, rest) = septets.split_at_checked(run).unwrap_or((&[], septets));
    let mut bytes = Vec::with_capacity(septets.len());
    bytes.extend(plain.iter().map(|code| ascii(*code)));
    // ASCII is UTF-8, so the default is never taken.
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    text.extend(characters(rest, shift));
    text
}

/// The characters of `septets`, as [`decode`] reads them.
pub(crate) fn characters(septets: &[u8], shift: Shift) -> impl Iterator<Item = char> {
    let main = table(shift.locking);
    let mut codes = septets.iter().map(|code| code & 0x7F);
    std::iter::from_fn(move || {
        let code = codes.next()?;
        if code != ESCAPE {
            return Some(character(main, code));
        }
        match codes.next()? {
            ESCAPE => Some(' '),
            code => Some(extended(shift.single, code).unwrap_or_else(|| character(main, code))),
        }
    })
}

/// The septets of `text`, or the first character that these tables do not have.
///
/// # Errors
///
/// The first character that is in neither table.
pub fn encode(text: &str, shift: Shift) -> Result<Vec<u8>, char> {
    let mut septets = Vec::with_capacity(text.len());
    for character in text.chars() {
        match code(character, shift) {
            Some(Code::Main(code)) => septets.push(code),
            Some(Code::Escaped(code)) => septets.extend([ESCAPE, code]),
            None => return Err(character),
        }
    }
    Ok(septets)
}

/// The septets of `text` in place; `None` when a character is in neither table or they are more than `N`.
pub(crate) fn encode_in_place<const N: usize>(text: &str, shift: Shift) -> Option<Octets<N>> {
    if shift.locking == Language::Default
        && let Some(septets) = plain(text)
    {
        return Some(septets);
    }
    let mut septets = Octets::new();
    let fits = text.chars().all(|character| match code(character, shift) {
        Some(Code::Main(code)) => septets.push(code),
        Some(Code::Escaped(code)) => septets.extend(&[ESCAPE, code]),
        None => false,
    });
    fits.then_some(septets)
}

/// The septets of a text of which every byte is a character of the default table.
fn plain<const N: usize>(text: &str) -> Option<Octets<N>> {
    let mut octets = Octets::<N>::of(text.as_bytes())?;
    let mut all = 0;
    for octet in octets.as_mut_slice() {
        *octet = if *octet < 0x80 { LATIN_1.get(usize::from(*octet)).copied().unwrap_or(NO_CODE) } else { NO_CODE };
        all |= *octet;
    }
    (all < 0x80).then_some(octets)
}

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// In the main table: one septet.
    Main(u8),
    /// Behind an escape: two septets.
    Escaped(u8),
}

/// The code of `character` in these tables.
#[must_use]
pub fn code(character: char, shift: Shift) -> Option<Code> {
    main_code(character, shift.locking).map(Code::Main).or_else(|| escaped_code(character, shift.single).map(Code::Escaped))
}

/// The code of `character` in a main table.
#[must_use]
pub fn main_code(character: char, locking: Language) -> Option<u8> {
    let point = u16::try_from(u32::from(character)).ok().filter(|point| *point != 0)?;
    if locking == Language::Default
        && let Some(code) = LATIN_1.get(usize::from(point))
    {
        return (*code != NO_CODE).then_some(*code);
    }
    table(locking).iter().position(|cell| *cell == point).map(|code| code as u8)
}

/// The code of `character` in a single shift table.
#[must_use]
pub fn escaped_code(character: char, single: Language) -> Option<u8> {
    let point = u16::try_from(u32::from(character)).ok()?;
    cells(single).iter().find(|(_, cell)| *cell == point).map(|(code, _)| *code)
}

const NO_CODE: u8 = 0xFF;

/// The ASCII character of a code of the default table; `NO_CODE` where it is none, and for the escape.
fn ascii(code: u8) -> u8 {
    ASCII.get(usize::from(code & 0x7F)).copied().unwrap_or(NO_CODE)
}

static ASCII: [u8; 128] = ascii_of_default();

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs in the compiler, where a wrong one does not build")]
const fn ascii_of_default() -> [u8; 128] {
    let mut letters = [NO_CODE; 128];
    let mut code = 0;
    while code < 128 {
        let point = LOCKING[0][code];
        if point != 0 && point < 128 {
            letters[code] = point as u8;
        }
        code += 1;
    }
    letters
}

/// The codes of U+0000 to U+00FF in the default table, so that the common case is one look.
static LATIN_1: [u8; 256] = latin_1();

#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs in the compiler, where a wrong one does not build")]
const fn latin_1() -> [u8; 256] {
    let mut codes = [NO_CODE; 256];
    let mut code = 0;
    while code < 128 {
        let point = LOCKING[0][code] as usize;
        if point != 0 && point < 256 {
            codes[point] = code as u8;
        }
        code += 1;
    }
    codes
}

fn table(locking: Language) -> &'static [u16; 128] {
    LOCKING.get(usize::from(locking.id())).unwrap_or(&LOCKING[0])
}

fn cells(single: Language) -> &'static [(u8, u16)] {
    SINGLE.get(usize::from(single.id())).copied().unwrap_or_default()
}

fn character(main: &[u16; 128], code: u8) -> char {
    match main.get(usize::from(code)) {
        Some(0) | None => char::REPLACEMENT_CHARACTER,
        Some(point) => char::from_u32(u32::from(*point)).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

fn extended(single: Language, code: u8) -> Option<char> {
    let (_, point) = cells(single).iter().find(|(cell, _)| *cell == code)?;
    char::from_u32(u32::from(*point))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::text::{Language, Shift};

    #[test]
    fn every_character_of_every_table_goes_there_and_back() {
        for locking in Language::ALL {
            for single in Language::ALL {
                let shift = Shift { locking, single };
                for code in (0..128_u8).filter(|code| *code != 0x1B) {
                    for septets in [vec![code], vec![0x1B, code]] {
                        let text = decode(&septets, shift);
                        if text.contains(char::REPLACEMENT_CHARACTER) {
                            continue;
                        }
                        let again = encode(&text, shift).map(|septets| decode(&septets, shift));
                        assert_eq!(again.as_deref(), Ok(text.as_str()), "{shift:?} {septets:02X?}");
                    }
                }
            }
        }
    }

    #[test]
    fn escapes_follow_the_standard() {
        let text = |septets: &[u8]| decode(septets, Shift::DEFAULT);
        assert_eq!(text(&[0x1B, 0x65]), "\u{20AC}");
        assert_eq!(text(&[0x1B, 0x41]), "A");
        assert_eq!(text(&[0x1B, 0x1B, 0x41]), " A");
        assert_eq!(text(&[0x41, 0x1B]), "A");
    }
}
