//! What a character would become in the default alphabet: the same letter without its mark, the same sign in ASCII.
//! Only for those who ask for it; nothing is replaced unasked. Scripts that have no such letters have no stand-in here.

use super::gsm7;
use super::language::Shift;

/// The text of default-alphabet characters that can stand for `character`; `None` where there is none.
#[must_use]
pub fn stand_in(character: char) -> Option<&'static str> {
    TABLE.iter().find(|(characters, _)| characters.contains(character)).map(|(_, text)| *text)
}

/// The text with every character that the default alphabet lacks replaced; `None` when one of them has no stand-in.
#[must_use]
pub fn replaced(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if gsm7::code(character, Shift::DEFAULT).is_some() {
            plain.push(character);
        } else {
            plain.push_str(stand_in(character)?);
        }
    }
    Some(plain)
}

/// Characters and what stands for each of them.
static TABLE: &[(&str, &str)] = &[
    // Signs of word processors.
    ("\u{2018}\u{2019}\u{201A}\u{201B}\u{2032}\u{2039}\u{203A}\u{00B4}\u{02BC}`", "'"),
    ("\u{201C}\u{201D}\u{201E}\u{201F}\u{2033}\u{00AB}\u{00BB}", "\""),
    ("\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{00AD}", "-"),
    ("\u{00A0}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200A}\u{202F}\u{205F}\u{3000}\t", " "),
    ("\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}\u{FE0E}\u{FE0F}", ""),
    ("\u{2028}\u{2029}\u{0085}", "\n"),
    ("\u{2026}", "..."),
    ("\u{2022}\u{00B7}\u{2219}\u{25CF}\u{25AA}", "*"),
    ("\u{2044}\u{2215}", "/"),
    ("\u{00D7}", "x"),
    ("\u{00F7}", ":"),
    ("\u{00B1}", "+/-"),
    ("\u{00A9}", "(c)"),
    ("\u{00AE}", "(R)"),
    ("\u{2122}", "TM"),
    ("\u{2116}", "No."),
    ("\u{00B0}\u{00BA}", "o"),
    ("\u{00AA}", "a"),
    ("\u{00B9}", "1"),
    ("\u{00B2}", "2"),
    ("\u{00B3}", "3"),
    ("\u{00BC}", "1/4"),
    ("\u{00BD}", "1/2"),
    ("\u{00BE}", "3/4"),
    ("\u{00A2}", "c"),
    ("\u{00B5}\u{03BC}", "u"),
    ("\u{2264}", "<="),
    ("\u{2265}", ">="),
    ("\u{2190}", "<-"),
    ("\u{2192}", "->"),
    ("\u{00A6}", "|"),
    // Letters of the Latin script.
    ("\u{00E1}\u{00E2}\u{00E3}\u{0101}\u{0103}\u{0105}\u{01CE}", "a"),
    ("\u{00C1}\u{00C2}\u{00C3}\u{00C0}\u{0100}\u{0102}\u{0104}\u{01CD}", "A"),
    ("\u{00E7}\u{0107}\u{0109}\u{010B}\u{010D}", "c"),
    ("\u{0106}\u{0108}\u{010A}\u{010C}", "C"),
    ("\u{010F}\u{0111}\u{00F0}", "d"),
    ("\u{010E}\u{0110}\u{00D0}", "D"),
    ("\u{00EA}\u{00EB}\u{0113}\u{0115}\u{0117}\u{0119}\u{011B}", "e"),
    ("\u{00C8}\u{00CA}\u{00CB}\u{0112}\u{0114}\u{0116}\u{0118}\u{011A}", "E"),
    ("\u{011D}\u{011F}\u{0121}\u{0123}", "g"),
    ("\u{011C}\u{011E}\u{0120}\u{0122}", "G"),
    ("\u{0125}\u{0127}", "h"),
    ("\u{0124}\u{0126}", "H"),
    ("\u{00ED}\u{00EE}\u{00EF}\u{0129}\u{012B}\u{012D}\u{012F}\u{0131}", "i"),
    ("\u{00CC}\u{00CD}\u{00CE}\u{00CF}\u{0128}\u{012A}\u{012C}\u{012E}\u{0130}", "I"),
    ("\u{0135}", "j"),
    ("\u{0134}", "J"),
    ("\u{0137}", "k"),
    ("\u{0136}", "K"),
    ("\u{013A}\u{013C}\u{013E}\u{0140}\u{0142}", "l"),
    ("\u{0139}\u{013B}\u{013D}\u{013F}\u{0141}", "L"),
    ("\u{0144}\u{0146}\u{0148}", "n"),
    ("\u{0143}\u{0145}\u{0147}", "N"),
    ("\u{00F3}\u{00F4}\u{00F5}\u{014D}\u{014F}\u{0151}", "o"),
    ("\u{00D2}\u{00D3}\u{00D4}\u{00D5}\u{014C}\u{014E}\u{0150}", "O"),
    ("\u{0153}", "oe"),
    ("\u{0152}", "OE"),
    ("\u{0155}\u{0157}\u{0159}", "r"),
    ("\u{0154}\u{0156}\u{0158}", "R"),
    ("\u{015B}\u{015D}\u{015F}\u{0161}\u{0219}", "s"),
    ("\u{015A}\u{015C}\u{015E}\u{0160}\u{0218}", "S"),
    ("\u{1E9E}", "SS"),
    ("\u{0163}\u{0165}\u{0167}\u{021B}", "t"),
    ("\u{0162}\u{0164}\u{0166}\u{021A}", "T"),
    ("\u{00FE}", "th"),
    ("\u{00DE}", "Th"),
    ("\u{00FA}\u{00FB}\u{0169}\u{016B}\u{016D}\u{016F}\u{0171}\u{0173}", "u"),
    ("\u{00D9}\u{00DA}\u{00DB}\u{0168}\u{016A}\u{016C}\u{016E}\u{0170}\u{0172}", "U"),
    ("\u{0175}", "w"),
    ("\u{0174}", "W"),
    ("\u{00FD}\u{00FF}\u{0177}", "y"),
    ("\u{00DD}\u{0178}\u{0176}", "Y"),
    ("\u{017A}\u{017C}\u{017E}", "z"),
    ("\u{0179}\u{017B}\u{017D}", "Z"),
    // Greek capitals that look like Latin ones, which is how handsets write Greek in this alphabet.
    ("\u{0391}", "A"),
    ("\u{0392}", "B"),
    ("\u{0395}", "E"),
    ("\u{0396}", "Z"),
    ("\u{0397}", "H"),
    ("\u{0399}", "I"),
    ("\u{039A}", "K"),
    ("\u{039C}", "M"),
    ("\u{039D}", "N"),
    ("\u{039F}", "O"),
    ("\u{03A1}", "P"),
    ("\u{03A4}", "T"),
    ("\u{03A5}", "Y"),
    ("\u{03A7}", "X"),
];

#[cfg(test)]
mod tests {
    use super::{TABLE, replaced, stand_in};
    use crate::text::{Shift, gsm7};

    #[test]
    fn stand_ins_are_in_the_alphabet_and_stand_for_what_is_not() {
        for (characters, text) in TABLE {
            assert!(gsm7::encode(text, Shift::DEFAULT).is_ok(), "{text:?}");
            for character in characters.chars() {
                assert!(gsm7::code(character, Shift::DEFAULT).is_none(), "{character:?} needs no stand-in");
                assert_eq!(stand_in(character), Some(*text), "{character:?} is in the table twice");
            }
        }
    }

    #[test]
    fn a_text_is_replaced_whole_or_not_at_all() {
        assert_eq!(replaced("\u{201C}T\u{00ED}o\u{201D} \u{2013} ok\u{2026}").as_deref(), Some("\"Tio\" - ok..."));
        assert_eq!(replaced("\u{201C}\u{0414}\u{0430}\u{201D}"), None);
    }
}
