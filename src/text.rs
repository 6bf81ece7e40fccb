//! [`Text`]: what people wrote to each other. It has no `Display` and its `Debug` shows only a length, so that no log
//! line, error or panic can carry a customer's words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The body of a message.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Wraps a body.
    pub fn new(body: impl Into<String>) -> Self {
        Self(body.into())
    }

    /// The body itself. Call this only to store, send, match or show it to a person who may see it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} characters)", self.0.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_words() {
        let shown = format!("{:?}", Text::new("my secret"));
        assert_eq!(shown, "Text(9 characters)");
    }
}
