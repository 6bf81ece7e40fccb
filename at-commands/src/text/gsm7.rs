//! The GSM 7-bit alphabets: default, extension and all national tables (3GPP 23.038 sec 6.2.1). One septet is one octet here;
//! packing is `packing`'s work.

use super::language::{Language, Shift};
use super::tables::{LOCKING, SINGLE};

/// The escape to the single shift table.
pub const ESCAPE: u8 = 0x1B;

/// The text of `septets`. A code that the single shift table does not have is the main table's letter, two escapes are one
/// blank, a lone escape at the end is nothing; a cell that the standard leaves empty is U+FFFD.
#[must_use]
pub fn decode(septets: &[u8], shift: Shift) -> String {
    let mut text = String::with_capacity(septets.len());
    let main = table(shift.locking);
    let mut codes = septets.iter().map(|code| code & 0x7F);
    while let Some(code) = codes.next() {
        if code != ESCAPE {
            text.push(character(main, code));
            continue;
        }
        match codes.next() {
            None => {}
            Some(ESCAPE) => text.push(' '),
            Some(code) => text.push(extended(shift.single, code).unwrap_or_else(|| character(main, code))),
        }
    }
    text
}

/// The septets of `text`, or the first character that these tables do not have.
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

/// The codes of U+0000 to U+00FF in the default table, so that the common case is one look.
static LATIN_1: [u8; 256] = latin_1();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler, where a wrong index does not build")]
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
