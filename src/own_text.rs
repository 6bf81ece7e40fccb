//! The words of the texts of the box to itself, by which one is known wherever it lies or comes in: self-tests and proofs of life.

use crate::text::Text;

/// A text of a self-test.
pub const SELF_TEST: Beginning = Beginning("Answerback self-test ");
/// A proof of life.
pub const LIFE: Beginning = Beginning("Answerback proof of life ");
/// So many characters has a token: hexadecimal digits.
pub const TOKEN_CHARACTERS: usize = 12;
/// Behind the token.
const END: &str = ". If you are not this box, please ignore it.";

/// How a text begins; the token follows.
#[derive(Debug, Clone, Copy)]
pub struct Beginning(&'static str);

impl Beginning {
    /// The text that carries this token.
    pub fn text(self, token: &str) -> Text {
        let Self(beginning) = self;
        Text::new(format!("{beginning}{token}{END}"))
    }

    /// The token of a text that begins so.
    pub fn token(self, text: &str) -> Option<&str> {
        let Self(beginning) = self;
        let token = text.strip_prefix(beginning)?.get(..TOKEN_CHARACTERS)?;
        token.bytes().all(|octet| octet.is_ascii_hexdigit()).then_some(token)
    }

    /// Whether nothing stands in a text but what the box writes.
    pub fn is_whole(self, text: &str) -> bool {
        self.token(text).is_some_and(|token| self.text(token).expose() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_word_for_word_and_its_token_by_its_beginning() {
        let own = "Answerback self-test 0123456789AB. If you are not this box, please ignore it.";
        assert_eq!(SELF_TEST.text("0123456789AB").expose(), own);
        assert!(SELF_TEST.is_whole(own) && !LIFE.is_whole(own) && !SELF_TEST.is_whole(&format!("{own} Help!")));
        assert_eq!(SELF_TEST.token(&format!("{own} Help!")), Some("0123456789AB"));
        assert_eq!(SELF_TEST.token("Answerback self-test 0123456789"), None);
        assert_eq!(SELF_TEST.token("Answerback self-test of the pump"), None);
    }
}
