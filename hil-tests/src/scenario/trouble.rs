//! What is wrong with a scenario file: where, why, and what to write instead.

use std::fmt;

use answerback::conversation::flow::reader::propose;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub proposal: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)?;
        if self.proposal.is_empty() { Ok(()) } else { write!(f, "; {}", self.proposal) }
    }
}

/// The line of an octet, from 1.
pub(super) fn line_of(source: &str, octet: usize) -> usize {
    source.char_indices().take_while(|(at, _)| *at < octet).filter(|(_, letter)| *letter == '\n').count() + 1
}

/// What the reader of TOML, or serde behind it, says: reason, and what to write instead.
pub(super) fn in_words(message: &str) -> (String, String) {
    let message = message.trim().replace('\n', "; ");
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (Some(wrong), known) = (quoted.next(), quoted.collect::<Vec<_>>()) else { return (message, String::new()) };
    if message.starts_with("unknown field") {
        return (format!("nothing here is called `{wrong}`"), propose(wrong, &known));
    }
    if message.starts_with("unknown variant") {
        return (format!("`{wrong}` is not known here"), propose(wrong, &known));
    }
    if message.starts_with("missing field") {
        return (format!("`{wrong}` is missing"), format!("add {wrong} = ..."));
    }
    (message, String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serdes_words_become_reason_and_proposal() {
        let check = |message: &str, reason: &str, proposal: &str| {
            assert_eq!(in_words(message), (reason.to_owned(), proposal.to_owned()), "{message}");
        };
        check("unknown field `sned`, expected one of `send`, `ask`", "nothing here is called `sned`", "did you mean `send`?");
        check("unknown field `zzz`, expected `send` or `ask`", "nothing here is called `zzz`", "allowed here: send, ask");
        check("unknown variant `onec`, expected one of `alarm`, `once`", "`onec` is not known here", "did you mean `once`?");
        check("missing field `title`", "`title` is missing", "add title = ...");
        check("`9 parsecs` is no length of time", "`9 parsecs` is no length of time", "");
    }
}
